"""How applications answer the relations: as their work item does; the leader asked is in charge. And, for ladders,
whether one is undecided."""

from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select

from engine.campaigns.access import register_by_work_item
from engine.context import Context
from engine.deadlines import Deadline, Fact, register_fact
from engine.extensions.models import UNDECIDED, Extension, ExtensionOpinion, Step
from engine.permissions import Answer, Relation, register

register_by_work_item(Extension, Extension.work_item_id)
register(
    Extension,
    Relation.IN_CHARGE_OF,
    lambda ctx: func.coalesce(Extension.leader_unit_id, 0).in_(ctx.actor.units()),
)


def asked_by(model: Any, opinion: Any, reference: Any) -> Answer:
    """The actor, perhaps in a post elsewhere since then, asked for it or signed it as head.

    ``opinion`` are the words of those who judged, ``reference`` its column that names the row of ``model``.
    """

    def answer(ctx: Context) -> ColumnElement[bool]:
        person = ctx.actor.person_id
        signed = exists().where(
            reference == model.id, opinion.step == Step.HEAD, opinion.given_by_id == person
        )
        return or_(func.coalesce(model.applied_by_id, 0) == person, signed.correlate_except(opinion))

    return answer


register(Extension, Relation.SUBMITTER, asked_by(Extension, ExtensionOpinion, ExtensionOpinion.extension_id))


def _pending(ctx: Context, deadline: Deadline) -> bool:
    undecided = exists().where(Extension.obligation_id == deadline.subject_id, Extension.state.in_(UNDECIDED))
    return bool(ctx.session.scalar(select(undecided)))


register_fact("obligation", Fact.EXTENSION_PENDING, _pending)
