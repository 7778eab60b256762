"""How applications answer the relations: as their work item does; the leader asked is in charge. And, for ladders,
whether one is undecided."""

from sqlalchemy import ColumnElement, exists, func, or_, select

from engine.campaigns.access import register_by_work_item
from engine.context import Context
from engine.deadlines import Deadline, Fact, register_fact
from engine.extensions.models import UNDECIDED, Extension, ExtensionOpinion, Step
from engine.permissions import Relation, register

register_by_work_item(Extension, Extension.work_item_id)
register(
    Extension,
    Relation.IN_CHARGE_OF,
    lambda ctx: func.coalesce(Extension.leader_unit_id, 0).in_(ctx.actor.units()),
)


def _applied(ctx: Context) -> ColumnElement[bool]:
    """The actor, perhaps in a post elsewhere since then, applied for it or signed it as head."""
    person = ctx.actor.person_id
    signed = exists().where(
        ExtensionOpinion.extension_id == Extension.id,
        ExtensionOpinion.step == Step.HEAD,
        ExtensionOpinion.given_by_id == person,
    )
    return or_(func.coalesce(Extension.applied_by_id, 0) == person, signed.correlate_except(ExtensionOpinion))


register(Extension, Relation.SUBMITTER, _applied)


def _pending(ctx: Context, deadline: Deadline) -> bool:
    undecided = exists().where(Extension.obligation_id == deadline.subject_id, Extension.state.in_(UNDECIDED))
    return bool(ctx.session.scalar(select(undecided)))


register_fact("obligation", Fact.EXTENSION_PENDING, _pending)
