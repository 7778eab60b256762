"""How rounds, checks, rectifications and their files answer the relations that permissions ask about.

A check is drawn for one person by name: colleagues in the inspector's unit do not record it instead.
Whoever was drawn for a work item may read the item and its evidence.
"""

from typing import Any

from sqlalchemy import ColumnElement, exists, false, select
from sqlalchemy.orm import aliased

from engine.campaigns.access import of_work_item, register_by_work_item
from engine.campaigns.models import Campaign, Obligation, WorkItem
from engine.change_requests.access import took_over
from engine.context import Context
from engine.evidence.models import EvidenceFile, Submission
from engine.inspections.models import (
    CheckState,
    Draw,
    InspectionRound,
    Rectification,
    RectificationFile,
    RectificationReport,
    SiteCheck,
)
from engine.organisation.queries import below
from engine.permissions import Answer, Relation, register
from engine.reviews.models import Review

_PARTIES = (
    Relation.OWN_UNIT,
    Relation.SUPERIOR_OF,
    Relation.LEAD_OF,
    Relation.COOPERATES_ON,
    Relation.SUPERVISES,
    Relation.OFFICE_OF,
)


def _drawn_for(column: Any, *, check: bool = False) -> Answer:
    """Drawn by name for the check that the column names, or else for a check of the work item it names."""

    def answer(ctx: Context) -> ColumnElement[bool]:
        if ctx.actor.person_id is None:
            return false()
        drawn = aliased(SiteCheck)
        key = drawn.id if check else drawn.work_item_id
        return exists().where(
            key == column,
            drawn.inspector_person_id == ctx.actor.person_id,
            drawn.state != CheckState.WITHDRAWN,
        )

    return answer


def _reported(ctx: Context) -> ColumnElement[bool]:
    """The actor, perhaps in a post elsewhere since then, reported the rectification."""
    reported = RectificationReport.submitted_by_id == ctx.actor.person_id
    return (
        exists()
        .where(RectificationReport.rectification_id == Rectification.id, reported)
        .correlate_except(RectificationReport)
    )


def _of_round(relation: Relation) -> Answer:
    """The relation holds for an item of the round's population."""

    def answer(ctx: Context) -> ColumnElement[bool]:
        item = of_work_item(Draw.work_item_id, relation)(ctx)
        return exists().where(Draw.round_id == InspectionRound.id, item).correlate_except(Draw)

    return answer


def _of_file(relation: Relation) -> Answer:
    """The relation holds for the work item whose rectification the file proves."""

    def answer(ctx: Context) -> ColumnElement[bool]:
        known = {
            Relation.DRAWN_FOR: _drawn_for(Rectification.work_item_id),
            Relation.TOOK_OVER: took_over(Rectification.work_item_id),
        }.get(relation)
        item = known or of_work_item(Rectification.work_item_id, relation)
        return (
            exists()
            .where(
                RectificationReport.id == RectificationFile.report_id,
                Rectification.id == RectificationReport.rectification_id,
                item(ctx),
            )
            .correlate_except(RectificationReport, Rectification)
        )

    return answer


def _drawn_for_file(ctx: Context) -> ColumnElement[bool]:
    drawn = _drawn_for(Submission.work_item_id)(ctx)
    return exists().where(Submission.id == EvidenceFile.submission_id, drawn).correlate_except(Submission)


register_by_work_item(SiteCheck, SiteCheck.work_item_id)
register(SiteCheck, Relation.DRAWN_FOR, _drawn_for(SiteCheck.id, check=True))
register(SiteCheck, Relation.SUBMITTER, lambda _ctx: false())

register_by_work_item(Rectification, Rectification.work_item_id)
# The unit that owes the rectification need not be the item's own: it may be a cooperating unit.
register(
    Rectification, Relation.OWN_UNIT, lambda ctx: Rectification.responsible_unit_id.in_(ctx.actor.units())
)
register(
    Rectification,
    Relation.SUPERIOR_OF,
    lambda ctx: Rectification.responsible_unit_id.in_(below(ctx.actor.units())),
)
register(Rectification, Relation.DRAWN_FOR, _drawn_for(Rectification.check_id, check=True))
register(Rectification, Relation.SUBMITTER, _reported)

for _relation in _PARTIES:
    register(InspectionRound, _relation, _of_round(_relation))
    register(RectificationFile, _relation, _of_file(_relation))
register(RectificationFile, Relation.DRAWN_FOR, _of_file(Relation.DRAWN_FOR))
register(RectificationFile, Relation.TOOK_OVER, _of_file(Relation.TOOK_OVER))
register(
    InspectionRound,
    Relation.OFFICE_OF,
    lambda ctx: InspectionRound.campaign_id.in_(
        select(Campaign.id).where(Campaign.office_unit_id.in_(ctx.actor.units()))
    ),
)

register(WorkItem, Relation.DRAWN_FOR, _drawn_for(WorkItem.id))
register(Obligation, Relation.DRAWN_FOR, _drawn_for(Obligation.work_item_id))
register(Submission, Relation.DRAWN_FOR, _drawn_for(Submission.work_item_id))
register(Review, Relation.DRAWN_FOR, _drawn_for(Review.work_item_id))
register(EvidenceFile, Relation.DRAWN_FOR, _drawn_for_file)
