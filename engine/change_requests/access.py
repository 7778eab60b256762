"""How requests answer the relations: as their work item does; the leader asked is in charge.

The unit to which an item was transferred may go on reading it, and the evidence that was handed in for it.
"""

from typing import Any

from sqlalchemy import ColumnElement, exists, func
from sqlalchemy.orm import aliased

from engine.campaigns.access import register_by_work_item
from engine.campaigns.models import WorkItem
from engine.change_requests.models import ChangeRequest, ChangeRequestOpinion
from engine.context import Context
from engine.evidence.models import EvidenceFile, Submission
from engine.extensions.access import asked_by
from engine.permissions import Answer, Relation, register
from engine.reviews.models import Review

register_by_work_item(ChangeRequest, ChangeRequest.work_item_id)
register(
    ChangeRequest,
    Relation.IN_CHARGE_OF,
    lambda ctx: func.coalesce(ChangeRequest.leader_unit_id, 0).in_(ctx.actor.units()),
)


register(
    ChangeRequest,
    Relation.SUBMITTER,
    asked_by(ChangeRequest, ChangeRequestOpinion, ChangeRequestOpinion.change_request_id),
)


def took_over(work_item_id: Any) -> Answer:
    """The item that a column names was transferred to the actor's unit, which still has what was made of it."""

    def answer(ctx: Context) -> ColumnElement[bool]:
        request, new = aliased(ChangeRequest), aliased(WorkItem)
        return exists().where(
            request.work_item_id == work_item_id,
            new.id == request.new_work_item_id,
            new.unit_id.in_(ctx.actor.units()),
        )

    return answer


def _file_taken_over(ctx: Context) -> ColumnElement[bool]:
    taken = took_over(Submission.work_item_id)(ctx)
    return exists().where(Submission.id == EvidenceFile.submission_id, taken).correlate_except(Submission)


register(WorkItem, Relation.TOOK_OVER, took_over(WorkItem.id))
register(Submission, Relation.TOOK_OVER, took_over(Submission.work_item_id))
register(Review, Relation.TOOK_OVER, took_over(Review.work_item_id))
register(EvidenceFile, Relation.TOOK_OVER, _file_taken_over)
