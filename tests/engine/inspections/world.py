"""A small city whose work items have come as far as the draw, every step by the real verbs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import Engine, select

from engine import deadlines, handlers, queue
from engine.campaigns import key_tasks, work_items
from engine.campaigns import service as campaigns
from engine.campaigns.models import KeyTask, Obligation, WorkItem
from engine.clock import FixedClock, local_date
from engine.context import Actor, Context, Role
from engine.db import transaction
from engine.evidence import service as evidence
from engine.inspections import service as inspections
from engine.inspections.models import SiteCheck
from engine.organisation.models import Unit, UnitKind, UnitLevel
from engine.reviews import service as reviews
from engine.reviews.models import Review
from engine.settings import Settings
from tests import factories

T = TypeVar("T")
assert handlers.OPERATORS


@dataclass
class World:
    """Who there is, and how to act as one of them. Each act is a transaction of its own."""

    db: Engine
    clock: FixedClock
    settings: Settings
    campaign_id: int = 0
    office: Unit | None = None
    officer: Actor | None = None
    lead: Actor | None = None
    reporters: dict[int, Actor] | None = None  # by unit id
    heads: dict[int, Actor] | None = None
    inspectors: dict[int, Actor] | None = None  # by person id

    def act(self, actor: Actor | None, verb: Callable[..., T], *args: Any, **named: Any) -> T:
        with transaction(self.db) as session:
            ctx = Context(session, actor or Actor.system("test"), self.clock, self.settings)
            return verb(ctx, *args, **named)

    def read(self, query: Any) -> list[Any]:
        with transaction(self.db) as session:
            return list(session.scalars(query))

    def drain(self) -> None:
        """Let the queue run until nothing is due, messages that came too early included."""
        for _ in range(200):
            if not queue.work_one(self.db, self.clock, self.settings):
                stuck = self.read(
                    select(queue.QueueItem).where(queue.QueueItem.state.in_(["ready", "parked"]))
                )
                if not stuck:
                    return
                assert all(item.state == "ready" for item in stuck), [item.last_error for item in stuck]
                self.clock.move(seconds=15)
        raise AssertionError("the queue does not come to rest")

    def pass_time(self, until: date) -> None:
        """Move the clock to the day's morning and let the sweep do what is due."""
        while local_date(self.clock.now()) < until:
            self.clock.move(days=1)
            self.act(
                None,
                lambda ctx: [
                    deadlines.act(ctx, id) for id in deadlines.due_ids(ctx.session, ctx.clock.now(), 100)
                ],
            )
        self.drain()

    def item(self, id: int) -> WorkItem:
        return self.read(select(WorkItem).where(WorkItem.id == id))[0]

    def cancelled(self, item_id: int) -> None:
        """The item withdrawn, as an approved request does it."""
        self.act(None, lambda ctx: work_items.withdraw(ctx, work_items.lock(ctx, item_id), "职责划转"))

    def items(self) -> list[WorkItem]:
        return self.read(select(WorkItem).order_by(WorkItem.id))

    def checks(self) -> list[SiteCheck]:
        return self.read(select(SiteCheck).order_by(SiteCheck.id))

    def today(self) -> date:
        return local_date(self.clock.now())

    def in_days(self, days: int) -> date:
        return self.today() + timedelta(days=days)

    def drawn(self, rate: int = 100, seed: str = "7 1 4") -> int:
        """A round that is drawn and whose checks are open; its id."""
        round_id = self.act(
            self.officer, inspections.prepare_round, self.campaign_id, title="第一轮抽查", rate=rate,
            seed_source="福彩3D 第2026056期",
        ).id  # fmt: skip
        self.act(self.officer, inspections.draw, round_id, seed)
        self.drain()
        return round_id

    def inspector_of(self, check: SiteCheck) -> Actor:
        assert self.inspectors
        return self.inspectors[check.inspector_person_id]

    def finish_reports(self) -> None:
        """Carry every work item to the sampling window."""
        assert self.reporters
        assert self.heads
        for item in self.items():
            reporter, head = self.reporters[item.unit_id], self.heads[item.unit_id]
            self.act(reporter, work_items.acknowledge, item.id)
            self.act(reporter, work_items.file_plan, item.id, text="按方案推进")
        self.drain()
        for item in self.items():
            reporter, head = self.reporters[item.unit_id], self.heads[item.unit_id]
            for due in self.read(select(Obligation).where(Obligation.work_item_id == item.id)):
                self.act(reporter, evidence.submit, due.id, text="已经完成")
                self.act(head, evidence.sign_off, due.id, signed=True)
                (review,) = self.read(select(Review).where(Review.obligation_id == due.id))
                self.act(self.lead, reviews.decide, review.id, approved=True)
        self.drain()


def build(db: Engine, clock: FixedClock, settings: Settings, *, units: int = 3) -> World:
    """A campaign of one key task for that many districts, all reports accepted, none drawn yet.

    Inspectors: two of the supervising office, one of the first district (who must stand back there).
    """
    world = World(db, clock, settings)
    with transaction(db) as session:
        ctx = Context(session, Actor.system("test"), clock, settings)
        city = factories.make_unit(ctx, "云山市人民政府", kind=UnitKind.GOVERNMENT)
        world.office = factories.make_unit(ctx, "市政府督查室", city)
        lead = factories.make_unit(ctx, "市司法局", city)
        districts = [
            factories.make_unit(ctx, f"第{n}区人民政府", city, UnitLevel.COUNTY, UnitKind.GOVERNMENT)
            for n in range(1, units + 1)
        ]
        world.officer = factories.make_person(ctx, world.office, Role.OFFICER)
        world.lead = factories.make_person(ctx, lead, Role.HEAD)
        world.reporters = {d.id: factories.make_person(ctx, d, Role.REPORTER) for d in districts}
        world.heads = {d.id: factories.make_person(ctx, d, Role.HEAD) for d in districts}
        drawn_from = [
            factories.make_person(ctx, world.office, Role.INSPECTOR),
            factories.make_person(ctx, world.office, Role.INSPECTOR),
            factories.make_person(ctx, districts[0], Role.INSPECTOR),
        ]
        world.inspectors = {actor.person_id: actor for actor in drawn_from if actor.person_id}
        campaign = campaigns.create(
            ctx,
            title="法治政府建设专项行动",
            office_unit_id=world.office.id,
            year=2026,
            key_tasks=[
                campaigns.NewKeyTask(
                    number=3,
                    title="清理行政规范性文件",
                    lead=[lead.id],
                    responsible=[d.id for d in districts],
                )
            ],
        )
        world.campaign_id = campaign.id
    (task,) = world.read(select(KeyTask))
    world.act(world.officer, key_tasks.confirm_assignment, task.id, final_on=date(2026, 6, 30), progress=None)
    world.drain()
    world.finish_reports()
    return world
