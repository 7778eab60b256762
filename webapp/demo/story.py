"""What the people of the demo know of a case when they decide what to do: the key task, the unit, the way they go."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.campaigns.models import KeyTask, Obligation, ObligationKind, WorkItem
from engine.clock import local_date
from engine.db import Base
from engine.inspections.models import InspectionRound, Rectification, SiteCheck
from engine.organisation.models import Unit
from engine.process.models import UserTask
from webapp.demo.acting import Edge
from webapp.demo.city import City
from webapp.demo.conduct import Way, way

M = TypeVar("M", bound=Base)


@dataclass
class Story:
    edge: Edge
    city: City
    campaign_id: int
    #: Summaries that the office has returned already, by key task.
    returned: set[int] = field(default_factory=set)
    #: On which day a user task is taken up, by its id.
    turns: dict[int, date] = field(default_factory=dict)

    @cached_property
    def key_tasks(self) -> dict[int, KeyTask]:
        """By number."""
        query = select(KeyTask).where(KeyTask.campaign_id == self.campaign_id)
        return {row.number: row for row in self.edge.read(lambda session: session.scalars(query).all())}

    @cached_property
    def _numbers(self) -> dict[int, int]:
        return {row.id: number for number, row in self.key_tasks.items()}

    @cached_property
    def _unit_keys(self) -> dict[int, str]:
        return {id: key for key, id in self.city.units.items()}

    @cached_property
    def _unit_names(self) -> dict[int, str]:
        query = select(Unit.id, Unit.short_name)
        return {row[0]: row[1] for row in self.edge.read(lambda session: session.execute(query).all())}

    def get(self, model: type[M], id: int) -> M:
        return self.edge.read(lambda session: session.get_one(model, id))

    def number_of(self, key_task_id: int) -> int:
        return self._numbers[key_task_id]

    def unit_name(self, unit_id: int) -> str:
        return self._unit_names[unit_id]

    def item(self, number: int, unit: str) -> WorkItem:
        query = select(WorkItem).where(
            WorkItem.key_task_id == self.key_tasks[number].id, WorkItem.unit_id == self.city.units[unit]
        )
        return self.edge.read(lambda session: session.scalars(query).one())

    def way(self, item: WorkItem) -> Way:
        return way(self._numbers[item.key_task_id], self._unit_keys[item.unit_id])

    def case(self, user_task: UserTask) -> tuple[WorkItem, Way]:
        """The work item that a user task belongs to, and how it goes there."""
        assert user_task.work_item_id is not None
        item = self.get(WorkItem, user_task.work_item_id)
        return item, self.way(item)

    def obligation(self, user_task: UserTask) -> tuple[Obligation, bool]:
        """With whether it is one of a series of periods, which go their ordinary way."""
        row = self.get(Obligation, user_task.subject_id)
        return row, row.kind == ObligationKind.PERIOD

    def is_first(self, obligation: Obligation) -> bool:
        """Whether it is the item's first milestone or, without one, its final report."""
        query = select(func.min(Obligation.position)).where(
            Obligation.work_item_id == obligation.work_item_id, Obligation.kind != ObligationKind.PERIOD
        )
        return self.edge.read(lambda session: session.scalar(query)) == obligation.position

    def check(self, check_id: int) -> tuple[SiteCheck, int, int]:
        """The check, which round of the campaign it is in, and its place among the inspector's of that round."""

        def read(session: Session) -> tuple[SiteCheck, int, int]:
            row = session.get_one(SiteCheck, check_id)
            rounds = list(session.scalars(select(InspectionRound.id).order_by(InspectionRound.id)))
            own = select(SiteCheck.id).where(
                SiteCheck.round_id == row.round_id, SiteCheck.inspector_person_id == row.inspector_person_id
            )
            places = list(session.scalars(own.order_by(SiteCheck.id)))
            return row, rounds.index(row.round_id) + 1, places.index(row.id) + 1

        return self.edge.read(read)

    def rectification(self, id: int) -> tuple[Rectification, SiteCheck, int, int]:
        row = self.get(Rectification, id)
        return row, *self.check(row.check_id)

    # Days.

    def after(self, user_task: UserTask, days: int) -> date:
        """The day so many working days after it came up."""
        return self.edge.calendar.shift(local_date(user_task.opened_at), days)

    def limit(self, user_task: UserTask, days: int) -> date:
        """The day so many working days before (negative) or after its limit."""
        assert user_task.due_at is not None
        return self.edge.calendar.shift(local_date(user_task.due_at - timedelta(seconds=1)), days)
