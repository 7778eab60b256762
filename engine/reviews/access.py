"""How reviews answer the relations: the reviewing unit leads; nobody judges their own unit's work."""

from sqlalchemy import ColumnElement, exists, or_

from engine.campaigns.access import register_by_work_item
from engine.context import Context
from engine.evidence.models import Submission
from engine.permissions import Relation, register
from engine.reviews.models import Review

register_by_work_item(Review, Review.work_item_id)
register(Review, Relation.LEAD_OF, lambda ctx: Review.unit_id.in_(ctx.actor.units()))


def _submitted(ctx: Context) -> ColumnElement[bool]:
    """The actor, perhaps in a post elsewhere since then, handed it in or signed it."""
    person = ctx.actor.person_id
    handed_in = or_(Submission.submitted_by_id == person, Submission.signed_by_id == person)
    return exists().where(Submission.id == Review.submission_id, handed_in).correlate_except(Submission)


register(Review, Relation.SUBMITTER, _submitted)
