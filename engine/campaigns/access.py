"""How campaigns, key tasks, work items and obligations answer the relations that permissions ask about."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, exists, false, func, or_

from engine.campaigns.models import Campaign, KeyTask, KeyTaskUnit, Obligation, UnitRole, WorkItem
from engine.context import Context
from engine.db import Base
from engine.organisation.queries import below
from engine.permissions import Answer, Relation, register


def _part(key_task_id: Any, role: UnitRole) -> Answer:
    """The actor's unit has the role in the key task."""

    def answer(ctx: Context) -> ColumnElement[bool]:
        return exists().where(
            KeyTaskUnit.key_task_id == key_task_id,
            KeyTaskUnit.role == role,
            KeyTaskUnit.unit_id.in_(ctx.actor.units()),
        )

    return answer


def _above_part(ctx: Context) -> ColumnElement[bool]:
    return exists().where(
        KeyTaskUnit.key_task_id == KeyTask.id,
        KeyTaskUnit.role == UnitRole.RESPONSIBLE,
        KeyTaskUnit.unit_id.in_(below(ctx.actor.units())),
    )


def _item_lead(ctx: Context) -> ColumnElement[bool]:
    units = ctx.actor.units()
    leads = exists().where(KeyTask.id == WorkItem.key_task_id, KeyTask.review_unit_id.in_(units))
    return or_(WorkItem.review_unit_id.in_(units), leads)


_ITEM: dict[Relation, Answer] = {
    Relation.OWN_UNIT: lambda ctx: WorkItem.unit_id.in_(ctx.actor.units()),
    Relation.SUPERIOR_OF: lambda ctx: WorkItem.unit_id.in_(below(ctx.actor.units())),
    Relation.LEAD_OF: _item_lead,
    Relation.COOPERATES_ON: _part(WorkItem.key_task_id, UnitRole.COOPERATING),
    Relation.SUPERVISES: _part(WorkItem.key_task_id, UnitRole.SUPERVISING),
    Relation.OFFICE_OF: lambda ctx: WorkItem.office_unit_id.in_(ctx.actor.units()),
}

_KEY_TASK: dict[Relation, Answer] = {
    Relation.OWN_UNIT: _part(KeyTask.id, UnitRole.RESPONSIBLE),
    Relation.SUPERIOR_OF: _above_part,
    Relation.LEAD_OF: lambda ctx: KeyTask.review_unit_id.in_(ctx.actor.units()),
    Relation.COOPERATES_ON: _part(KeyTask.id, UnitRole.COOPERATING),
    Relation.SUPERVISES: _part(KeyTask.id, UnitRole.SUPERVISING),
    Relation.OFFICE_OF: lambda ctx: KeyTask.office_unit_id.in_(ctx.actor.units()),
}


def of_work_item(work_item_id: Any, relation: Relation) -> Answer:
    """The relation that holds for the work item which a column names: for rows that hang on an item."""
    return _within(WorkItem, WorkItem.id, work_item_id, _ITEM[relation])


def register_by_work_item(model: type[Base], work_item_id: Any) -> None:
    """Let the rows of a model answer every relation as the work item does that their column names."""
    for relation in _ITEM:
        register(model, relation, of_work_item(work_item_id, relation))


def _within(
    parent: type[Base], key: Any, column: Any, answer: Answer
) -> Callable[[Context], ColumnElement[bool]]:
    def within(ctx: Context) -> ColumnElement[bool]:
        # EXISTS is looked up by key for one row, and the planner may hash it for a list.
        return exists().where(key == column, answer(ctx)).correlate_except(parent)

    return within


def _summarised_by(ctx: Context) -> ColumnElement[bool]:
    return func.coalesce(KeyTask.summarised_by_id == ctx.actor.person_id, false())


for _relation, _answer in _ITEM.items():
    register(WorkItem, _relation, _answer)
for _relation, _answer in _KEY_TASK.items():
    register(KeyTask, _relation, _answer)
    register(Campaign, _relation, _within(KeyTask, KeyTask.campaign_id, Campaign.id, _answer))
register(KeyTask, Relation.SUBMITTER, _summarised_by)
register(Campaign, Relation.OFFICE_OF, lambda ctx: Campaign.office_unit_id.in_(ctx.actor.units()))
register_by_work_item(Obligation, Obligation.work_item_id)
