"""What an administrator has to see: deliveries given up, endpoints that fail, messages that could not be dispatched."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import audit
from engine.context import Context
from engine.errors import NotFound, RuleViolation
from engine.outbox import OutboxMessage
from engine.permissions import Permission, require
from notifications import circuits, endpoints, records
from notifications.models import Delivery, DeliveryAttempt, DeliveryState, DispatchFailure, Gateway
from notifications.records import Receiver, Show, Side


def failed_deliveries(
    session: Session, *, after: int | None = None, limit: int = 50
) -> Sequence[tuple[Delivery, Receiver]]:
    """What was given up, newest first, each with its receiver; ``after`` is the id of the last one seen."""
    return records.deliveries(session, Side(), Show.FAILED, after=after, limit=limit)


def count_failed(session: Session) -> int:
    """Deliveries given up, messages that nobody could be told, and whoever fails again and again: the badge."""
    mails = select(func.count()).where(Delivery.state == DeliveryState.FAILED).scalar_subquery()
    messages = select(func.count()).where(DispatchFailure.resolved_at.is_(None)).scalar_subquery()
    silent = select(func.count()).where(Gateway.failures >= endpoints.TOO_MANY).scalar_subquery()
    return (session.scalar(select(mails + messages + silent)) or 0) + endpoints.count_failing(session)


def attempts_of(session: Session, delivery_id: int) -> Sequence[DeliveryAttempt]:
    query = select(DeliveryAttempt).where(DeliveryAttempt.delivery_id == delivery_id)
    return session.scalars(query.order_by(DeliveryAttempt.number)).all()


def retry_delivery(ctx: Context, delivery_id: int) -> None:
    """Let a delivery that was given up begin again, after its cause has been put right."""
    require(ctx, Permission.QUEUE_MANAGE)
    row = ctx.session.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound()
    if row.state != DeliveryState.FAILED:
        raise RuleViolation("delivery.not_failed", "只有发送失败的消息才能重新发送")
    row.state, row.due_at, row.ended_at = DeliveryState.WAITING, ctx.clock.now(), None
    row.attempts_forgiven = row.attempts
    circuits.wake(ctx.session, row)
    audit.record(ctx, "notifications", "delivery.retried", ("delivery", row.id), error=row.last_error)


def failed_dispatches(
    session: Session, *, limit: int = 50
) -> Sequence[tuple[DispatchFailure, OutboxMessage]]:
    """Messages that nobody could be told, newest first."""
    query = (
        select(DispatchFailure, OutboxMessage)
        .join(OutboxMessage, OutboxMessage.id == DispatchFailure.outbox_id)
        .where(DispatchFailure.resolved_at.is_(None))
        .order_by(DispatchFailure.id.desc())
    )
    return [(failure, message) for failure, message in session.execute(query.limit(limit))]


def retry_dispatch(ctx: Context, failure_id: int) -> None:
    """Put a parked message back among those that wait."""
    require(ctx, Permission.QUEUE_MANAGE)
    failure = ctx.session.get(DispatchFailure, failure_id, with_for_update=True, populate_existing=True)
    if failure is None:
        raise NotFound()
    if failure.resolved_at is not None:
        raise RuleViolation("dispatch.not_failed", "该消息已经重新分发")
    failure.resolved_at = ctx.clock.now()
    ctx.session.get_one(OutboxMessage, failure.outbox_id).dispatched_at = None
    audit.record(ctx, "notifications", "dispatch.retried", ("outbox_message", failure.outbox_id))
