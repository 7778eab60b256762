"""From the outbox to people and endpoints: dispatch tells and gathers, `deliver_due` sends what is due.

Any number of processes may run both. A notification is made exactly once. A delivery is claimed in one short
transaction, sent with none open, and recorded in another: if the process dies between sending and recording, the same
goes out again after the lease, under the same id, and the log says so. Each channel is a job of its own, and who
cannot be reached rests (circuits.py), so that a dead one holds up nobody.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, Select, delete, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from engine import outbox
from engine.clock import Clock, local_date
from engine.context import Actor, Context
from engine.db import retrying, transaction
from engine.outbox import OutboxMessage
from engine.settings import Settings
from notifications import circuits, contents, gathering, preferences, secrecy, wordings
from notifications.channels import email, in_app, robots, sms, webhook
from notifications.channels.content import Mail, Target
from notifications.channels.outcome import Deferred, Refused
from notifications.models import (
    PERSONAL,
    AttemptOutcome,
    Channel,
    Delivery,
    DeliveryAttempt,
    DeliveryItem,
    DeliveryState,
    DispatchFailure,
    Endpoint,
    Notification,
)
from notifications.recipients import Directory
from notifications.templates import NEWS

log = logging.getLogger(__name__)

BATCH = 100
#: How long a sender may be silent before another takes its delivery over; longer than any conversation.
LEASE = timedelta(minutes=10)
#: Deliveries that one run sends at most, so that a tick comes to an end.
RUN = 200
#: Channels whose receivers cannot drop a second copy: what may have arrived is sent once more, not again and again.
_BLIND = (Channel.WECOM, Channel.DINGTALK, Channel.SMS)


def dispatch(engine: Engine, clock: Clock, settings: Settings) -> int:
    """Turn waiting outbox messages into notifications and gathering mails; returns how many messages."""
    total = 0
    while done := retrying(lambda: _dispatch_batch(engine, clock, settings)):
        total += done
    return total


def deliver_due(
    engine: Engine, clock: Clock, settings: Settings, channels: Sequence[Channel] = tuple(Channel)
) -> int:
    """Send what is due, one after another; returns how many were tried.

    When the mail server or the gateway cannot be reached its run ends: the others would only fail in the same way.
    """
    return sum(_deliver(engine, clock, settings, channel) for channel in channels)


def by(channel: Channel) -> Callable[[Engine, Clock, Settings], int]:
    """The periodic job of one channel."""
    return lambda engine, clock, settings: deliver_due(engine, clock, settings, [channel])


def _deliver(engine: Engine, clock: Clock, settings: Settings, channel: Channel) -> int:
    for tried in range(RUN):
        claim = retrying(lambda: _claim(engine, clock, settings, channel))
        if claim is None:
            return tried
        if not _send(engine, clock, settings, claim) and channel in PERSONAL:
            return tried + 1
    return RUN


def _dispatch_batch(engine: Engine, clock: Clock, settings: Settings) -> int:
    if engine.dialect.name == "sqlite":  # an idle tick leaves the write lock alone
        with transaction(engine, read_only=True) as session:
            if not outbox.undispatched(session, limit=1):
                return 0
    with transaction(engine) as session:
        ctx = Context(session, Actor.system("notifications"), clock, settings)
        messages = outbox.undispatched(session, limit=BATCH)
        directory = Directory(session, local_date(clock.now()))
        told: dict[int, list[tuple[int, str]]] = {}
        own = wordings.current_ids(session)
        for message in messages:
            _tell(ctx, directory, message, told, own.get(message.kind))
        gathering.for_people(ctx, told)
        outbox.mark_dispatched(ctx, messages)
        return len(messages)


def _tell(
    ctx: Context,
    directory: Directory,
    message: OutboxMessage,
    told: dict[int, list[tuple[int, str]]],
    template_id: int | None,
) -> None:
    """Make the notifications of one message; one that cannot be understood is parked and holds nothing up."""
    if message.kind not in NEWS:
        return
    relations, _ = NEWS[message.kind]
    try:
        with ctx.session.begin_nested():
            facts = message.facts
            case = directory.case(message)
            people = directory.people(case, facts.get("recipients", relations), facts.get("person_id"))
            posted = in_app.post(ctx.session, message, case, people, template_id)
            gathering.for_endpoints(ctx, message, case, template_id)
    except DBAPIError:
        raise
    except Exception as error:  # whatever is wrong with this message, it is only this one
        log.warning("outbox message %s cannot be dispatched", message.id, exc_info=True)
        _park(ctx, message, f"{type(error).__name__}: {error}")
        return
    for person_id, notification_id in posted.items():
        told.setdefault(person_id, []).append((notification_id, message.kind))


def _park(ctx: Context, message: OutboxMessage, error: str) -> None:
    known = ctx.session.scalars(
        select(DispatchFailure).where(DispatchFailure.outbox_id == message.id)
    ).one_or_none()
    row = known or DispatchFailure(outbox_id=message.id)
    row.error, row.failed_at, row.resolved_at = error, ctx.clock.now(), None
    ctx.session.add(row)
    ctx.session.flush()


@dataclass(frozen=True)
class _Claim:
    delivery_id: int
    channel: Channel
    number: int
    mail: Mail
    #: Address and secret of an endpoint, still encrypted.
    sealed: tuple[str, str | None] = ("", None)


def _claim(
    engine: Engine, clock: Clock, settings: Settings, channel: Channel = Channel.EMAIL
) -> _Claim | None:
    """Take the channel's next due delivery and fix its content.

    What needs no sending any more is ended on the way, what falls into quiet hours is put off.
    """
    now = clock.now()
    due = select(Delivery).where(Delivery.channel == channel, Delivery.due_at <= now)
    due = due.where(circuits.is_awake(channel, now)).order_by(Delivery.due_at, Delivery.id).limit(1)
    if engine.dialect.name == "sqlite":
        with transaction(engine, read_only=True) as session:
            if session.scalars(due).one_or_none() is None:
                return None
    while True:
        with transaction(engine) as session:
            row = session.scalars(due.with_for_update(skip_locked=True)).one_or_none()
            if row is None:
                return None
            if row.state == DeliveryState.SENDING:
                _note_silence(session, row, now)
            if _is_over(session, row, now, settings) or _is_put_off(session, row, now):
                continue
            row.state, row.due_at = DeliveryState.SENDING, now + LEASE
            row.attempts += 1
            session.add(_new_attempt(session, row, now))
            endpoint = session.get(Endpoint, row.endpoint_id) if row.endpoint_id is not None else None
            sealed = (endpoint.sealed_url, endpoint.sealed_secret) if endpoint else ("", None)
            return _Claim(row.id, channel, row.attempts, contents.mail(session, settings, row), sealed)


def _new_attempt(session: Session, row: Delivery, now: datetime) -> DeliveryAttempt:
    earlier = select(DeliveryAttempt.id).where(
        DeliveryAttempt.delivery_id == row.id, DeliveryAttempt.outcome == AttemptOutcome.UNKNOWN
    )
    return DeliveryAttempt(
        delivery_id=row.id, number=row.attempts, channel=row.channel, endpoint_id=row.endpoint_id, started_at=now,
        may_repeat=session.scalar(earlier.limit(1)) is not None,
    )  # fmt: skip


def _note_silence(session: Session, row: Delivery, now: datetime) -> None:
    """The process that had claimed the delivery wrote no result: what it sent may have arrived."""
    attempt = session.scalars(_attempt(row.id, row.attempts)).one()
    if attempt.outcome is None:
        attempt.outcome, attempt.ended_at = AttemptOutcome.UNKNOWN, now
        attempt.detail = "the sender ended before it recorded the result; the receiver may get this twice"
        session.flush()


def _is_over(session: Session, row: Delivery, now: datetime, settings: Settings) -> bool:
    """End what nobody needs any more, and what has been tried often enough."""
    endpoint = session.get(Endpoint, row.endpoint_id) if row.endpoint_id is not None else None
    is_read = row.state == DeliveryState.GATHERING and endpoint is None and not _unread_left(session, row)
    if is_read or (endpoint is not None and endpoint.stopped_at is not None):
        row.state, row.due_at, row.ended_at = DeliveryState.DROPPED, None, now
    elif row.attempts - row.attempts_forgiven >= settings.mail_attempts or _is_doubtful(session, row):
        row.state, row.due_at, row.ended_at = DeliveryState.FAILED, None, now
        row.last_error = row.last_error or "the sender died while sending"
    return row.due_at is None


def _is_doubtful(session: Session, row: Delivery) -> bool:
    """Whether a receiver that cannot tell copies may have got it twice already."""
    if row.channel not in _BLIND:
        return False
    unknown = select(func.count()).where(
        DeliveryAttempt.delivery_id == row.id,
        DeliveryAttempt.number > row.attempts_forgiven,
        DeliveryAttempt.outcome == AttemptOutcome.UNKNOWN,
    )
    return (session.scalar(unknown) or 0) >= 2


def _is_put_off(session: Session, row: Delivery, now: datetime) -> bool:
    if row.person_id is None:
        return False
    wishes = preferences.wishes(session, [row.person_id])[row.person_id]
    later = preferences.quiet_until(wishes, now)
    if later is None:
        return False
    row.due_at = later
    return True


def _unread_left(session: Session, row: Delivery) -> bool:
    """Leave out what was read on the site meanwhile; whether anything is left to say."""
    read = select(Notification.id).where(
        Notification.id == DeliveryItem.notification_id, Notification.read_at.is_not(None)
    )
    session.execute(
        delete(DeliveryItem).where(DeliveryItem.delivery_id == row.id, read.exists()),
        execution_options={"synchronize_session": False},
    )
    left = select(DeliveryItem.id).where(DeliveryItem.delivery_id == row.id).limit(1)
    return session.scalar(left) is not None


def _send(engine: Engine, clock: Clock, settings: Settings, claim: _Claim) -> bool:
    """Send with no transaction open, then record. False when the server cannot be reached at all."""
    outcome, detail, reachable = AttemptOutcome.SENT, "", True
    try:
        detail = _hand_over(settings, claim, clock.now())
    except Refused as error:
        outcome, detail = AttemptOutcome.REFUSED, str(error)
    except Deferred as error:
        outcome = AttemptOutcome.UNKNOWN if error.doubtful else AttemptOutcome.DEFERRED
        detail, reachable = str(error), not error.unreachable
    except secrecy.Unreadable as error:
        outcome, detail, reachable = AttemptOutcome.DEFERRED, str(error), False
    except Exception as error:  # what cannot be composed must not stop the others
        log.warning("delivery %s cannot be sent: %s", claim.delivery_id, type(error).__name__)
        outcome, detail = AttemptOutcome.DEFERRED, f"{type(error).__name__}: {error}"
    retrying(lambda: _record(engine, clock, settings, claim, outcome, detail, reachable=reachable))
    return reachable


def _hand_over(settings: Settings, claim: _Claim, now: datetime) -> str:
    match claim.channel:
        case Channel.EMAIL:
            return email.send(settings, email.compose(settings, claim.mail))
        case Channel.SMS:
            return sms.send(settings, claim.mail)
    url, secret = claim.sealed
    target = Target(
        secrecy.unseal(settings, url), secrecy.unseal(settings, secret) if secret is not None else ""
    )
    match claim.channel:
        case Channel.WEBHOOK:
            return webhook.send(settings, target, claim.mail, now)
        case Channel.WECOM:
            return robots.send_wecom(settings, target, claim.mail)
        case Channel.DINGTALK:
            return robots.send_dingtalk(settings, target, claim.mail, now)


def _attempt(delivery_id: int, number: int) -> Select[DeliveryAttempt]:
    return select(DeliveryAttempt).where(
        DeliveryAttempt.delivery_id == delivery_id, DeliveryAttempt.number == number
    )


def _record(
    engine: Engine,
    clock: Clock,
    settings: Settings,
    claim: _Claim,
    outcome: AttemptOutcome,
    detail: str,
    *,
    reachable: bool = True,
) -> None:
    now = clock.now()
    with transaction(engine) as session:
        row = session.get_one(Delivery, claim.delivery_id, with_for_update=True)
        attempt = session.scalars(_attempt(claim.delivery_id, claim.number)).one()
        attempt.outcome, attempt.ended_at, attempt.detail = outcome, now, detail[:2000].replace("\0", "")
        circuits.note(session, row, now, outcome, attempt.detail, is_reachable=reachable)
        if row.state != DeliveryState.SENDING or row.attempts != claim.number:
            return  # the lease ran out and another sender has taken the delivery over
        if outcome == AttemptOutcome.SENT:
            row.state, row.due_at, row.ended_at, row.last_error = DeliveryState.SENT, None, now, None
            return
        row.last_error = attempt.detail
        tried = row.attempts - row.attempts_forgiven
        if outcome == AttemptOutcome.REFUSED or tried >= settings.mail_attempts:
            row.state, row.due_at, row.ended_at = DeliveryState.FAILED, None, now
        else:
            row.state, row.due_at = DeliveryState.WAITING, now + circuits.pause(tried)
