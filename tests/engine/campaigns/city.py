"""A small city and its edge: every act runs as a web request would, in a transaction of its own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from engine import deadlines, process, queue
from engine.audit import AuditEntry
from engine.campaigns import key_tasks, service, work_items
from engine.campaigns.models import Campaign, KeyTask, Obligation, WorkItem
from engine.campaigns.rules import Limit
from engine.campaigns.service import NewKeyTask
from engine.clock import SHANGHAI, FixedClock
from engine.context import Actor, Context, Role
from engine.db import transaction
from engine.evidence import service as evidence
from engine.organisation.models import Unit
from engine.process import inbox
from engine.process.models import UserTask
from engine.reviews import service as reviews
from engine.reviews.models import Review
from engine.settings import Settings
from tests.factories import make_person, make_unit

T = TypeVar("T")
SYSTEM = Actor.system("test")


@dataclass
class Staff:
    """A unit with the people in its posts."""

    unit: Unit
    reporter: Actor
    head: Actor

    @property
    def id(self) -> int:
        return self.unit.id


@dataclass
class City:
    db: Engine
    clock: FixedClock
    settings: Settings
    #: Of its campaigns.
    title: str = "法治建设专项行动"
    government: Staff = field(init=False)
    office: Staff = field(init=False)
    officer: Actor = field(init=False)
    lead: Staff = field(init=False)
    bureau: Staff = field(init=False)
    county: Staff = field(init=False)

    def __post_init__(self) -> None:
        self.government = self.staff()
        self.office = self.staff(self.government)
        self.officer = self.act(SYSTEM, make_person, self.office.unit, Role.OFFICER)
        self.lead, self.bureau, self.county = (self.staff(self.government) for _ in range(3))

    def staff(self, parent: Staff | None = None) -> Staff:
        def make(ctx: Context) -> Staff:
            unit = make_unit(ctx, parent=parent.unit if parent else None)
            return Staff(unit, make_person(ctx, unit, Role.REPORTER), make_person(ctx, unit, Role.HEAD))

        return self.act(SYSTEM, make)

    def act(self, actor: Actor, verb: Callable[..., T], *args: Any, **values: Any) -> T:
        """Run one verb as the actor in its own transaction."""
        with transaction(self.db) as session:
            return verb(Context(session, actor, self.clock, self.settings), *args, **values)

    def read(self, read: Callable[[Session], T]) -> T:
        with transaction(self.db, read_only=True) as session:
            return read(session)

    def get(self, model: type[T], id: int) -> T:
        return self.read(lambda session: session.get_one(model, id))

    def drain(self) -> int:
        """Work the queue until nothing is due; the number of steps. Nothing may have failed."""
        steps = 0
        while queue.work_one(self.db, self.clock, self.settings):
            steps += 1
        failed = self.read(
            lambda session: session.scalars(
                select(queue.QueueItem).where(queue.QueueItem.last_error.is_not(None))
            ).all()
        )
        assert [(item.key, item.last_error) for item in failed] == []
        return steps

    def at(self, *when: int) -> None:
        """Move the clock to year, month, day, hour in Shanghai and sweep what is due by then."""
        self.clock.move_to(datetime(*when, tzinfo=SHANGHAI))  # type: ignore[arg-type,misc]
        assert deadlines.sweep(self.db, self.clock, self.settings).failed == 0
        self.drain()

    def user_tasks(self, subject: tuple[str, int]) -> list[UserTask]:
        return self.read(lambda session: list(inbox.find_open(session, subject)))

    def elements(self, subject: tuple[str, int]) -> set[str]:
        """Where the tokens of the subject's process stand."""
        standing = self.act(SYSTEM, process.standing, subject)
        return standing.live if standing else set()

    def actions(self, stream: str) -> list[str]:
        """What the audit holds of a stream, oldest first."""
        return self.read(
            lambda session: list(
                session.scalars(
                    select(AuditEntry.action).where(AuditEntry.stream == stream).order_by(AuditEntry.seq)
                )
            )
        )

    # Short ways to a state, through the verbs.

    def campaign(self, *given: NewKeyTask, **values: Any) -> Campaign:
        asked = given or (self.new_key_task(),)
        defaults = {"title": self.title, "office_unit_id": self.office.id, "year": 2026}
        return self.act(self.officer, service.create, key_tasks=asked, **(defaults | values))

    def new_key_task(self, number: int = 1, **values: Any) -> NewKeyTask:
        limits = (Limit("final", {"rule": "fixed_date", "on": "2026-06-30", "text": "6月30日前"}),)  # type: ignore[arg-type]
        defaults: dict[str, Any] = {
            "title": "压减审批时限",
            "lead": [self.lead.id],
            "responsible": [self.bureau.id],
            "limits": limits,
        }
        return NewKeyTask(number=number, **(defaults | values))

    def key_task(self, **values: Any) -> KeyTask:
        """A key task that waits for confirmation."""
        campaign = self.campaign(self.new_key_task(**values))
        return self.read(
            lambda session: session.scalars(select(KeyTask).where(KeyTask.campaign_id == campaign.id)).one()
        )

    def dispatched(self, progress: Any = None, **values: Any) -> KeyTask:
        key_task = self.key_task(**values)
        self.act(self.officer, key_tasks.confirm_assignment, key_task.id, progress=progress)
        self.drain()
        return self.get(KeyTask, key_task.id)

    def items(self, key_task: KeyTask) -> list[WorkItem]:
        return self.read(
            lambda session: list(
                session.scalars(
                    select(WorkItem).where(WorkItem.key_task_id == key_task.id).order_by(WorkItem.id)
                )
            )
        )

    def work_item(self, **values: Any) -> WorkItem:
        """A work item of the bureau, just assigned."""
        return self.items(self.dispatched(**values))[0]

    def begun(self, **values: Any) -> WorkItem:
        """A work item of the bureau with its obligations open."""
        item = self.work_item(**values)
        self.act(self.bureau.reporter, work_items.acknowledge, item.id)
        self.act(self.bureau.reporter, work_items.file_plan, item.id, text="按季推进")
        return self.get(WorkItem, item.id)

    def obligations(self, item: WorkItem) -> list[Obligation]:
        return self.read(
            lambda session: list(
                session.scalars(
                    select(Obligation).where(Obligation.work_item_id == item.id).order_by(Obligation.position)
                )
            )
        )

    def obligation(self, **values: Any) -> Obligation:
        """The final obligation of a begun item."""
        return self.obligations(self.begun(**values))[-1]

    def submitted(self, obligation: Obligation | None = None, text: str = "已完成") -> Obligation:
        obligation = obligation or self.obligation()
        self.act(self.bureau.reporter, evidence.submit, obligation.id, text=text)
        return self.get(Obligation, obligation.id)

    def in_review(self, obligation: Obligation | None = None) -> Review:
        obligation = self.submitted(obligation)
        self.act(self.bureau.head, evidence.sign_off, obligation.id, signed=True)
        return self.read(
            lambda session: session.scalars(
                select(Review).where(Review.obligation_id == obligation.id).order_by(Review.id.desc())
            ).first()
        )  # type: ignore[return-value]

    def accepted_after_submission(self, obligation: Obligation) -> None:
        """Sign off and approve what has been submitted."""
        self.act(self.bureau.head, evidence.sign_off, obligation.id, signed=True)
        review = self.read(
            lambda session: session.scalars(select(Review).where(Review.obligation_id == obligation.id)).one()
        )
        self.act(self.lead.head, reviews.decide, review.id, approved=True)

    def accepted(self, obligation: Obligation | None = None) -> Obligation:
        review = self.in_review(obligation)
        self.act(self.lead.head, reviews.decide, review.id, approved=True)
        return self.get(Obligation, review.obligation_id)

    def cancelled(self, item_id: int, reason: str = "职责划转") -> WorkItem:
        """The item withdrawn, as an approved request does it."""

        def withdraw(ctx: Context) -> None:
            work_items.withdraw(ctx, work_items.lock(ctx, item_id), reason)

        self.act(SYSTEM, withdraw)
        return self.get(WorkItem, item_id)

    def sampling(self, **values: Any) -> WorkItem:
        """A work item in its sampling window."""
        obligation = self.accepted(self.obligation(**values))
        self.drain()
        return self.get(WorkItem, obligation.work_item_id)
