"""From the outbox to people: dispatch makes notifications and gathers mails, `deliver_due` sends what is due.

Any number of processes may run both. A notification is made exactly once. A mail is claimed in one short
transaction, sent with none open, and recorded in another: if the process dies between sending and recording,
the mail goes out again after the lease, under the same Message-ID.
"""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sqlalchemy import Engine, Table, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from engine import outbox
from engine.clock import Clock, local_date
from engine.context import Actor, Context
from engine.db import retrying, transaction
from engine.organisation.models import Person
from engine.outbox import OutboxMessage
from engine.settings import Settings
from notifications import links
from notifications.channels import email, in_app
from notifications.channels.email import Deferred, Mail, Piece, Refused
from notifications.models import (
    AttemptOutcome,
    Channel,
    Delivery,
    DeliveryAttempt,
    DeliveryItem,
    DeliveryState,
    DispatchFailure,
    Notification,
)
from notifications.recipients import Directory
from notifications.templates import NEWS, render

log = logging.getLogger(__name__)

BATCH = 100
#: How long a sender may be silent before another takes its mail over; longer than any SMTP conversation.
LEASE = timedelta(minutes=10)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=4)
#: Mails that one run sends at most, so that a tick comes to an end.
RUN = 200


def dispatch(engine: Engine, clock: Clock, settings: Settings) -> int:
    """Turn waiting outbox messages into notifications and gathering mails; returns how many messages."""
    total = 0
    while done := retrying(lambda: _dispatch_batch(engine, clock, settings)):
        total += done
    return total


def deliver_due(engine: Engine, clock: Clock, settings: Settings) -> int:
    """Send the mails that are due, one after another; returns how many were tried.

    When the server cannot be reached the run ends: the others would only fail in the same way.
    """
    for tried in range(RUN):
        claim = retrying(lambda: _claim(engine, clock, settings))
        if claim is None:
            return tried
        if not _send(engine, clock, settings, claim):
            return tried + 1
    return RUN


def pause(attempts: int) -> timedelta:
    """How long to wait after the n-th failure: 1, 2, 4, 8… minutes, at most four hours."""
    return min(FIRST_PAUSE * int(2 ** min(attempts - 1, 20)), LONGEST_PAUSE)


def _dispatch_batch(engine: Engine, clock: Clock, settings: Settings) -> int:
    if engine.dialect.name == "sqlite":  # an idle tick leaves the write lock alone
        with transaction(engine, read_only=True) as session:
            if not outbox.undispatched(session, limit=1):
                return 0
    with transaction(engine) as session:
        ctx = Context(session, Actor.system("notifications"), clock, settings)
        messages = outbox.undispatched(session, limit=BATCH)
        directory = Directory(session, local_date(clock.now()))
        told: dict[int, list[int]] = {}
        for message in messages:
            for person_id, notification_id in _tell(ctx, directory, message).items():
                told.setdefault(person_id, []).append(notification_id)
        if settings.smtp_host:
            _gather(ctx, told)
        outbox.mark_dispatched(ctx, messages)
        return len(messages)


def _tell(ctx: Context, directory: Directory, message: OutboxMessage) -> Mapping[int, int]:
    """Make the notifications of one message; one that cannot be understood is parked and holds nothing up."""
    if message.kind not in NEWS:
        return {}
    relations, _ = NEWS[message.kind]
    try:
        with ctx.session.begin_nested():
            facts = message.facts
            case = directory.case(message)
            people = directory.people(case, facts.get("recipients", relations), facts.get("person_id"))
            return in_app.post(ctx.session, message, case, people)
    except DBAPIError:
        raise
    except Exception as error:  # whatever is wrong with this message, it is only this one
        log.warning("outbox message %s cannot be dispatched", message.id, exc_info=True)
        _park(ctx, message, f"{type(error).__name__}: {error}")
        return {}


def _park(ctx: Context, message: OutboxMessage, error: str) -> None:
    known = ctx.session.scalars(
        select(DispatchFailure).where(DispatchFailure.outbox_id == message.id)
    ).one_or_none()
    row = known or DispatchFailure(outbox_id=message.id)
    row.error, row.failed_at, row.resolved_at = error, ctx.clock.now(), None
    ctx.session.add(row)
    ctx.session.flush()


def _gather(ctx: Context, told: Mapping[int, Sequence[int]]) -> None:
    """Add the notifications to the mails that gather for those with an address, by person id (lock order)."""
    with_address = select(Person.id).where(
        Person.id.in_(list(told)), Person.email.is_not(None), Person.email != ""
    )
    for person_id in sorted(ctx.session.scalars(with_address)):
        delivery_id = _gathering(ctx, person_id)
        ctx.session.execute(
            insert(DeliveryItem),
            [{"delivery_id": delivery_id, "notification_id": id} for id in told[person_id]],
        )


def _gathering(ctx: Context, person_id: int) -> int:
    """The mail that gathers for a person, locked so that no sender takes it meanwhile."""
    kind = postgresql.insert if ctx.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    now = ctx.clock.now()
    gathering = Delivery.channel == Channel.EMAIL, Delivery.state == DeliveryState.GATHERING
    waiting = select(Delivery.id).where(*gathering, Delivery.person_id == person_id).with_for_update()
    while True:
        found = ctx.session.scalar(waiting)
        if found is not None:
            return found
        ctx.session.execute(
            kind(cast(Table, Delivery.__table__))
            .values(
                channel=Channel.EMAIL,
                person_id=person_id,
                state=DeliveryState.GATHERING,
                mail_id=str(uuid.uuid4()),
                due_at=now + timedelta(seconds=ctx.settings.mail_gather_seconds),
                attempts=0,
                attempts_forgiven=0,
                created_at=now,
            )
            .on_conflict_do_nothing()
        )


@dataclass(frozen=True)
class _Claim:
    delivery_id: int
    number: int
    mail: Mail


def _claim(engine: Engine, clock: Clock, settings: Settings) -> _Claim | None:
    """Take the next due mail and fix its content. What needs no sending any more is ended on the way."""
    now = clock.now()
    due = select(Delivery).where(Delivery.due_at <= now).order_by(Delivery.due_at, Delivery.id).limit(1)
    if engine.dialect.name == "sqlite":
        with transaction(engine, read_only=True) as session:
            if session.scalars(due).one_or_none() is None:
                return None
    while True:
        with transaction(engine) as session:
            row = session.scalars(due.with_for_update(skip_locked=True)).one_or_none()
            if row is None:
                return None
            if row.state == DeliveryState.GATHERING and not _unread_left(session, row):
                row.state, row.due_at, row.ended_at = DeliveryState.DROPPED, None, now
                continue
            if row.attempts - row.attempts_forgiven >= settings.mail_attempts:
                row.state, row.due_at, row.ended_at = DeliveryState.FAILED, None, now
                row.last_error = row.last_error or "the sender died while sending"
                continue
            row.state, row.due_at = DeliveryState.SENDING, now + LEASE
            row.attempts += 1
            session.add(DeliveryAttempt(delivery_id=row.id, number=row.attempts, started_at=now))
            return _Claim(row.id, row.attempts, _mail(session, settings, row))


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


def _mail(session: Session, settings: Settings, row: Delivery) -> Mail:
    person = session.get_one(Person, row.person_id)
    pieces = []
    for notification in session.scalars(
        select(Notification)
        .join(DeliveryItem, DeliveryItem.notification_id == Notification.id)
        .where(DeliveryItem.delivery_id == row.id)
        .order_by(Notification.id)
    ):
        text = render(notification.kind, notification.params, person.language)
        link = links.url(settings.base_url, notification)
        pieces.append(Piece(text.title, text.detail, link, notification.created_at))
    return Mail(row.mail_id, person.name, person.email or "", person.language, row.created_at, pieces)


def _send(engine: Engine, clock: Clock, settings: Settings, claim: _Claim) -> bool:
    """Send with no transaction open, then record. False when the server cannot be reached at all."""
    outcome, detail, reachable = AttemptOutcome.SENT, "", True
    try:
        detail = email.send(settings, email.compose(settings, claim.mail))
    except Refused as error:
        outcome, detail = AttemptOutcome.REFUSED, str(error)
    except Deferred as error:
        outcome, detail, reachable = AttemptOutcome.DEFERRED, str(error), not error.unreachable
    except Exception as error:  # a mail that cannot be composed must not stop the others
        log.warning("mail %s cannot be sent", claim.delivery_id, exc_info=True)
        outcome, detail = AttemptOutcome.DEFERRED, f"{type(error).__name__}: {error}"
    retrying(lambda: _record(engine, clock, settings, claim, outcome, detail))
    return reachable


def _record(
    engine: Engine, clock: Clock, settings: Settings, claim: _Claim, outcome: AttemptOutcome, detail: str
) -> None:
    now = clock.now()
    with transaction(engine) as session:
        row = session.get_one(Delivery, claim.delivery_id, with_for_update=True)
        attempt = session.scalars(
            select(DeliveryAttempt).where(
                DeliveryAttempt.delivery_id == claim.delivery_id, DeliveryAttempt.number == claim.number
            )
        ).one()
        attempt.outcome, attempt.ended_at, attempt.detail = outcome, now, detail[:2000].replace("\0", "")
        if row.state != DeliveryState.SENDING or row.attempts != claim.number:
            return  # the lease ran out and another sender has taken the mail over
        if outcome == AttemptOutcome.SENT:
            row.state, row.due_at, row.ended_at, row.last_error = DeliveryState.SENT, None, now, None
            return
        row.last_error = attempt.detail
        tried = row.attempts - row.attempts_forgiven
        if outcome == AttemptOutcome.REFUSED or tried >= settings.mail_attempts:
            row.state, row.due_at, row.ended_at = DeliveryState.FAILED, None, now
        else:
            row.state, row.due_at = DeliveryState.WAITING, now + pause(tried)
