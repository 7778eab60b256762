"""Who cannot be reached rests: an endpoint, the mail server, the gateway for short messages, each alone.

After a failure that every message would share nothing is tried until the rest is over; then one message goes first and,
if it fails, the next rest is longer. One success and all is well again.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from notifications.models import PERSONAL, AttemptOutcome, Channel, Delivery, Endpoint, Gateway

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=4)


def pause(failures: int) -> timedelta:
    """How long to wait after the n-th failure: 1, 2, 4, 8… minutes, at most four hours."""
    return min(FIRST_PAUSE * int(2 ** min(failures - 1, 20)), LONGEST_PAUSE)


def is_awake(channel: Channel, now: datetime) -> ColumnElement[bool]:
    """Of deliveries of the channel: whether their receiver's side does not rest."""
    if channel in PERSONAL:
        return ~select(Gateway.channel).where(Gateway.channel == channel, Gateway.rests_until > now).exists()
    return (
        ~select(Endpoint.id).where(Endpoint.id == Delivery.endpoint_id, Endpoint.rests_until > now).exists()
    )


def note(
    session: Session,
    row: Delivery,
    now: datetime,
    outcome: AttemptOutcome,
    detail: str,
    *,
    is_reachable: bool,
) -> None:
    """What an attempt says about the side it went to; in the transaction that records the attempt."""
    side = _side(session, row, is_failing=not is_reachable)
    if side is None:
        return
    if outcome == AttemptOutcome.SENT:
        side.failures, side.rests_until, side.last_error = 0, None, None
        if isinstance(side, Endpoint):
            side.last_sent_at = now
        return
    if isinstance(side, Endpoint) or not is_reachable:  # a mailbox that is full says nothing about the server
        side.last_error = detail
    if not is_reachable:
        side.failures += 1
        side.rests_until = now + pause(side.failures)


def wake(session: Session, row: Delivery) -> None:
    """End the rest, because somebody has put the cause right."""
    side = _side(session, row, is_failing=False)
    if side is not None:
        side.rests_until = None


def _side(session: Session, row: Delivery, *, is_failing: bool) -> Endpoint | Gateway | None:
    """Locked. A mail server without a failure has no row, so that senders do not queue for one."""
    if row.endpoint_id is not None:
        return session.get_one(Endpoint, row.endpoint_id, with_for_update=True)
    known = session.get(Gateway, row.channel)
    if not is_failing and (known is None or known.failures == 0):
        return None
    if known is None:
        with suppress(IntegrityError), session.begin_nested():  # another sender may be faster
            session.add(Gateway(channel=row.channel, failures=0))
    return session.get_one(Gateway, row.channel, with_for_update=True, populate_existing=True)
