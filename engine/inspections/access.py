"""How rounds, checks and rectifications answer the relations that permissions ask about.

A check is drawn for one person by name: colleagues in the inspector's unit do not record it instead.
Whoever was drawn for a work item may read the item and its evidence.
"""

from collections.abc import Callable

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from engine.campaigns.models import Campaign, KeyTaskUnit, Obligation, UnitRole, WorkItem
from engine.context import Context
from engine.evidence.models import Submission
from engine.inspections.models import (
    CheckState,
    InspectionRound,
    Rectification,
    RectificationReport,
    SiteCheck,
)
from engine.organisation.queries import below
from engine.permissions import Answer, Relation, register
from engine.reviews.models import Review

_Column = InstrumentedAttribute[int]


def _of_item(item_id: _Column, condition: Callable[[Context], ColumnElement[bool]]) -> Answer:
    """The relation holds for the work item that the column names."""

    def answer(ctx: Context) -> ColumnElement[bool]:
        return item_id.in_(select(WorkItem.id).where(condition(ctx)))

    return answer


def _has_part(role: UnitRole) -> Callable[[Context], ColumnElement[bool]]:
    def condition(ctx: Context) -> ColumnElement[bool]:
        return WorkItem.key_task_id.in_(
            select(KeyTaskUnit.key_task_id).where(
                KeyTaskUnit.role == role, KeyTaskUnit.unit_id.in_(ctx.actor.units())
            )
        )

    return condition


def _reviews(ctx: Context) -> ColumnElement[bool]:
    return WorkItem.review_unit_id.in_(ctx.actor.units())


def _is_office(ctx: Context) -> ColumnElement[bool]:
    return WorkItem.office_unit_id.in_(ctx.actor.units())


def _drawn_for(check_id: _Column | None = None, item_id: _Column | None = None) -> Answer:
    """Drawn by name for the check, or for any check of the work item that was not withdrawn."""

    def answer(ctx: Context) -> ColumnElement[bool]:
        if ctx.actor.person_id is None:
            return false()
        check = aliased(SiteCheck)
        mine = check.inspector_person_id == ctx.actor.person_id, check.state != CheckState.WITHDRAWN
        if check_id is not None:
            return check_id.in_(select(check.id).where(*mine))
        assert item_id is not None
        return item_id.in_(select(check.work_item_id).where(*mine))

    return answer


def _own_item(ctx: Context) -> ColumnElement[bool]:
    return WorkItem.unit_id.in_(ctx.actor.units())


def _item_below(ctx: Context) -> ColumnElement[bool]:
    return WorkItem.unit_id.in_(below(ctx.actor.units()))


def _round_of(condition: Callable[[Context], ColumnElement[bool]]) -> Answer:
    """A part in any work item of the round's campaign."""

    def answer(ctx: Context) -> ColumnElement[bool]:
        return InspectionRound.campaign_id.in_(select(WorkItem.campaign_id).where(condition(ctx)))

    return answer


def _reported(ctx: Context) -> ColumnElement[bool]:
    if ctx.actor.person_id is None:
        return false()
    return Rectification.id.in_(
        select(RectificationReport.rectification_id).where(
            RectificationReport.submitted_by_id == ctx.actor.person_id
        )
    )


for _case in (SiteCheck, Rectification):
    register(_case, Relation.LEAD_OF, _of_item(_case.work_item_id, _reviews))
    register(_case, Relation.OFFICE_OF, _of_item(_case.work_item_id, _is_office))
    register(_case, Relation.COOPERATES_ON, _of_item(_case.work_item_id, _has_part(UnitRole.COOPERATING)))
    register(_case, Relation.SUPERVISES, _of_item(_case.work_item_id, _has_part(UnitRole.SUPERVISING)))
register(SiteCheck, Relation.OWN_UNIT, _of_item(SiteCheck.work_item_id, _own_item))
register(SiteCheck, Relation.SUPERIOR_OF, _of_item(SiteCheck.work_item_id, _item_below))
register(SiteCheck, Relation.DRAWN_FOR, _drawn_for(check_id=SiteCheck.id))
register(SiteCheck, Relation.SUBMITTER, lambda _ctx: false())
# The unit that owes the rectification need not be the item's own: it may be a cooperating unit.
register(
    Rectification, Relation.OWN_UNIT, lambda ctx: Rectification.responsible_unit_id.in_(ctx.actor.units())
)
register(
    Rectification,
    Relation.SUPERIOR_OF,
    lambda ctx: Rectification.responsible_unit_id.in_(below(ctx.actor.units())),
)
register(Rectification, Relation.SUBMITTER, _reported)
register(Rectification, Relation.DRAWN_FOR, _drawn_for(check_id=Rectification.check_id))
register(WorkItem, Relation.DRAWN_FOR, _drawn_for(item_id=WorkItem.id))
register(Obligation, Relation.DRAWN_FOR, _drawn_for(item_id=Obligation.work_item_id))
register(Submission, Relation.DRAWN_FOR, _drawn_for(item_id=Submission.work_item_id))
register(Review, Relation.DRAWN_FOR, _drawn_for(item_id=Review.work_item_id))

register(InspectionRound, Relation.OWN_UNIT, _round_of(_own_item))
register(InspectionRound, Relation.SUPERIOR_OF, _round_of(_item_below))
register(InspectionRound, Relation.LEAD_OF, _round_of(_reviews))
register(InspectionRound, Relation.COOPERATES_ON, _round_of(_has_part(UnitRole.COOPERATING)))
register(InspectionRound, Relation.SUPERVISES, _round_of(_has_part(UnitRole.SUPERVISING)))
register(
    InspectionRound,
    Relation.OFFICE_OF,
    lambda ctx: InspectionRound.campaign_id.in_(
        select(Campaign.id).where(Campaign.office_unit_id.in_(ctx.actor.units()))
    ),
)
