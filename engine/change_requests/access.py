"""How requests answer the relations: as their work item does; the leader asked is in charge."""

from sqlalchemy import ColumnElement, exists, func, or_

from engine.campaigns.access import register_by_work_item
from engine.change_requests.models import ChangeRequest, ChangeRequestOpinion
from engine.context import Context
from engine.extensions.models import Step
from engine.permissions import Relation, register

register_by_work_item(ChangeRequest, ChangeRequest.work_item_id)
register(
    ChangeRequest,
    Relation.IN_CHARGE_OF,
    lambda ctx: func.coalesce(ChangeRequest.leader_unit_id, 0).in_(ctx.actor.units()),
)


def _asked(ctx: Context) -> ColumnElement[bool]:
    """The actor, perhaps in a post elsewhere since then, asked for it or signed it as head."""
    person = ctx.actor.person_id
    signed = exists().where(
        ChangeRequestOpinion.change_request_id == ChangeRequest.id,
        ChangeRequestOpinion.step == Step.HEAD,
        ChangeRequestOpinion.given_by_id == person,
    )
    return or_(
        func.coalesce(ChangeRequest.applied_by_id, 0) == person,
        signed.correlate_except(ChangeRequestOpinion),
    )


register(ChangeRequest, Relation.SUBMITTER, _asked)
