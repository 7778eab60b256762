"""Reads: the reviews of a work item's submissions."""

from collections.abc import Sequence

from sqlalchemy import select

from engine import permissions
from engine.campaigns.models import Obligation, ObligationState
from engine.context import Context
from engine.permissions import Permission
from engine.reviews.models import Review, ReviewState


def of_work_item(ctx: Context, work_item_id: int) -> dict[int, Review]:
    """The reviews that the actor may read, by submission."""
    query = permissions.narrow(ctx, Permission.EVIDENCE_READ, Review, select(Review))
    found = ctx.session.scalars(query.where(Review.work_item_id == work_item_id).order_by(Review.id))
    return {review.submission_id: review for review in found}


def waiting(ctx: Context, unit_id: int, *, after: int | None = None, limit: int = 50) -> Sequence[Review]:
    """What waits for a reviewing unit's decision, oldest first; ``after`` is the id of the last one seen."""
    query = permissions.narrow(ctx, Permission.EVIDENCE_READ, Review, select(Review))
    query = query.join(Obligation, Obligation.id == Review.obligation_id).where(
        Review.unit_id == unit_id,
        Review.state == ReviewState.OPEN,
        Obligation.state == ObligationState.IN_REVIEW,
    )
    if after is not None:
        query = query.where(Review.id > after)
    return ctx.session.scalars(query.order_by(Review.id).limit(limit)).all()
