"""What a person finds under 消息: reads, the unread count, and marking as read."""

from collections.abc import Iterable, Sequence

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session

from engine.context import Context
from notifications.models import Notification


def unread_count(session: Session, person_id: int) -> int:
    """For the bell on every page: one look into the index of unread ones."""
    unread = Notification.person_id == person_id, Notification.read_at.is_(None)
    return session.scalar(select(func.count()).select_from(Notification).where(*unread)) or 0


def list_for(
    session: Session, person_id: int, *, after: int | None = None, limit: int = 50, unread_only: bool = False
) -> Sequence[Notification]:
    """Newest first; ``after`` is the id of the last one seen."""
    query = select(Notification).where(Notification.person_id == person_id)
    if after is not None:
        query = query.where(Notification.id < after)
    if unread_only:
        query = query.where(Notification.read_at.is_(None))
    return session.scalars(query.order_by(Notification.id.desc()).limit(limit)).all()


def mark_read(ctx: Context, ids: Iterable[int] | None = None) -> int:
    """Mark the actor's own notifications as read, all of them without ``ids``; how many were unread."""
    mine = Notification.person_id == ctx.actor.person_id, Notification.read_at.is_(None)
    change = update(Notification).where(*mine).values(read_at=ctx.clock.now())
    if ids is not None:
        change = change.where(Notification.id.in_(list(ids)))
    result = ctx.session.execute(change)
    assert isinstance(result, CursorResult)
    return result.rowcount
