"""A city to measure in: units, people in posts, campaigns under way, all made by the real verbs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import Engine, select

from engine import queue
from engine.campaigns import key_tasks, service, work_items
from engine.campaigns.models import KeyTask, LimitKind, Obligation, WorkItem
from engine.campaigns.rules import Limit
from engine.campaigns.service import NewKeyTask
from engine.clock import SystemClock, local_date
from engine.context import Actor, Context, Role
from engine.db import Base, transaction
from engine.organisation import service as organisation
from engine.organisation.models import UnitKind, UnitLevel
from engine.settings import Settings

T = TypeVar("T")
SYSTEM = Actor.system("benchmark")


def prepare(db: Engine) -> None:
    """The schema as the models say it, with the rows that every installation has."""
    import notifications.models  # noqa: F401
    from engine import reference

    Base.metadata.create_all(db)
    with transaction(db) as session:
        reference.load(Context(session, SYSTEM, SystemClock(), Settings()))


@dataclass
class City:
    """Bureaus 1..n, an office and a lead bureau. Every act runs as a web request does, in its own transaction."""

    db: Engine
    settings: Settings
    bureaus: int
    clock: SystemClock = field(default_factory=SystemClock)
    units: list[int] = field(init=False)
    _people: Any = field(init=False, default_factory=partial(count, 1))

    def __post_init__(self) -> None:
        self.lead, self.office = self.act(SYSTEM, _units, ["市牵头局", "市督办室"])
        names = [f"市第{n}局" for n in range(1, self.bureaus + 1)]
        self.units = self.act(SYSTEM, _units, names)
        self.officer = self.person(self.office, Role.OFFICER)
        self.reviewer = self.person(self.lead, Role.HEAD)
        self.reporters = {unit: self.person(unit, Role.REPORTER) for unit in self.units}
        self.heads = {unit: self.person(unit, Role.HEAD) for unit in self.units}

    def person(self, unit: int, role: Role) -> Actor:
        n = next(self._people)
        return Actor(f"人员{n}", n, frozenset({(unit, role)}))

    def act(self, actor: Actor, verb: Callable[..., T], *args: Any, **values: Any) -> T:
        with transaction(self.db) as session:
            return verb(Context(session, actor, self.clock, self.settings), *args, **values)

    def drain(self) -> None:
        """Work the queue until nothing is due. Raises RuntimeError when an item failed."""
        while queue.work_one(self.db, self.clock, self.settings):
            pass
        with transaction(self.db, read_only=True) as session:
            failed = session.scalars(
                select(queue.QueueItem.last_error).where(queue.QueueItem.last_error.is_not(None))
            ).first()
        if failed:
            raise RuntimeError(failed)

    def campaign(self, numbers: int, responsible: Sequence[int]) -> list[int]:
        """Ids of the key tasks of a new campaign, each for all the units, waiting for confirmation."""
        year = local_date(self.clock.now()).year + 1
        limits = [
            Limit(
                kind,
                {"rule": "fixed_date", "on": date(year, month, 20).isoformat(), "text": f"{month}月20日前"},
            )
            for month, kind in ((3, LimitKind.MILESTONE), (6, LimitKind.MILESTONE), (9, LimitKind.FINAL))
        ]
        new = [
            NewKeyTask(
                number=n,
                title=f"压减第{n}类审批时限",
                lead=[self.lead],
                responsible=responsible,
                limits=limits,
            )
            for n in range(1, numbers + 1)
        ]
        campaign = self.act(
            self.officer,
            service.create,
            title="专项行动",
            office_unit_id=self.office,
            year=year,
            key_tasks=new,
        )
        with transaction(self.db, read_only=True) as session:
            found = select(KeyTask.id).where(KeyTask.campaign_id == campaign.id).order_by(KeyTask.number)
            return list(session.scalars(found))

    def confirm(self, key_task_id: int) -> None:
        self.act(self.officer, key_tasks.confirm_assignment, key_task_id, progress=None)

    def open_obligations(self, key_task_ids: Sequence[int]) -> list[tuple[int, int]]:
        """(obligation id, responsible unit) of the key tasks' items, dispatched, acknowledged and planned."""
        for id in key_task_ids:
            self.confirm(id)
        self.drain()
        with transaction(self.db, read_only=True) as session:
            items = session.execute(
                select(WorkItem.id, WorkItem.unit_id).where(WorkItem.key_task_id.in_(key_task_ids))
            ).all()
        for item_id, unit_id in items:
            self.act(self.reporters[unit_id], work_items.acknowledge, item_id)
            self.act(self.reporters[unit_id], work_items.file_plan, item_id, text="分三步推进")
        with transaction(self.db, read_only=True) as session:
            found = session.execute(
                select(Obligation.id, WorkItem.unit_id)
                .join(WorkItem)
                .where(WorkItem.key_task_id.in_(key_task_ids))
                .order_by(Obligation.id)
            )
            return [(id, unit) for id, unit in found]


def _units(ctx: Context, names: Sequence[str]) -> list[int]:
    return [
        organisation.create_unit(
            ctx, name=name, level=UnitLevel.CITY, kind=UnitKind.DEPARTMENT, parent_id=None
        ).id
        for name in names
    ]
