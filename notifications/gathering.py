"""From news to deliveries: what a person or an endpoint is to get waits in one delivery per channel until it is sent.

Webhooks are the exception: each fact is a call of its own.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.context import Context
from engine.organisation.models import Person
from engine.outbox import OutboxMessage
from notifications import preferences
from notifications.models import Announcement, Channel, Delivery, DeliveryItem, DeliveryState, Endpoint
from notifications.recipients import Case, Relation
from notifications.templates import NEWS
from notifications.topics import topic

#: Notification id and kind of each piece of news, by person id.
Told = Mapping[int, Sequence[tuple[int, str]]]


def for_people(ctx: Context, told: Told) -> None:
    """Add the notifications to what gathers for each person, by the channels they want, by person id (lock order)."""
    if not told or not (ctx.settings.smtp_host or ctx.settings.sms_url):
        return
    wishes = preferences.wishes(ctx.session, told)
    query = select(Person.id, Person.email, Person.phone).where(Person.id.in_(list(told)))
    for person_id, email, phone in ctx.session.execute(query.order_by(Person.id)).all():
        open_channels = {
            Channel.EMAIL: bool(ctx.settings.smtp_host and email),
            Channel.SMS: bool(ctx.settings.sms_url and phone),
        }
        for channel, is_open in open_channels.items():
            news = [id for id, kind in told[person_id] if is_open and wishes[person_id].wants(channel, kind)]
            if news:
                delivery_id = _gathering(ctx, {"channel": channel, "person_id": person_id})
                _add(ctx, [{"delivery_id": delivery_id, "notification_id": id} for id in news])


def for_endpoints(ctx: Context, message: OutboxMessage, case: Case, template_id: int | None = None) -> None:
    """Announce a message to the endpoints that want it, once."""
    wanting = [row for row in _endpoints(ctx) if _wants(row, message.kind, case)]
    if not wanting:
        return
    announcement_id = ctx.session.scalar(
        _insert(ctx, Announcement)
        .values(
            message_id=message.message_id,
            kind=message.kind,
            subject_type=message.subject_type,
            subject_id=message.subject_id,
            work_item_id=case.work_item_id,
            params=case.params,
            template_id=template_id,
            created_at=message.created_at,
        )
        .on_conflict_do_nothing(index_elements=["message_id"])
        .returning(Announcement.id)
    )
    if announcement_id is None:
        return  # dispatched a second time, after it had been parked
    for row in wanting:
        announce(ctx, row, announcement_id)


def announce(ctx: Context, endpoint: Endpoint, announcement_id: int) -> int:
    """Put one announcement on its way to one endpoint; returns the delivery."""
    if endpoint.channel == Channel.WEBHOOK:
        row = Delivery(
            channel=endpoint.channel, endpoint_id=endpoint.id, state=DeliveryState.WAITING,
            mail_id=str(uuid.uuid4()), due_at=ctx.clock.now(), created_at=ctx.clock.now(),
        )  # fmt: skip
        ctx.session.add(row)
        ctx.session.flush()
        delivery_id = row.id
    else:
        delivery_id = _gathering(ctx, {"channel": endpoint.channel, "endpoint_id": endpoint.id})
    _add(ctx, [{"delivery_id": delivery_id, "announcement_id": announcement_id}])
    return delivery_id


def _endpoints(ctx: Context) -> Sequence[Endpoint]:
    return ctx.session.scalars(
        select(Endpoint).where(Endpoint.stopped_at.is_(None)).order_by(Endpoint.id)
    ).all()


#: Told to one person as "you": nothing for a group.
_IN_PERSON = {Relation.PERSON, Relation.DRAWN}


def _wants(endpoint: Endpoint, kind: str, case: Case) -> bool:
    concerned = (case.unit_id, case.lead_unit_id, case.office_unit_id)
    if topic(kind) not in endpoint.topics or (
        endpoint.unit_id is not None and endpoint.unit_id not in concerned
    ):
        return False
    relations = set(NEWS[kind][0])
    return endpoint.channel == Channel.WEBHOOK or not relations or not relations <= _IN_PERSON


def _gathering(ctx: Context, receiver: Mapping[str, Any]) -> int:
    """The delivery that gathers for a receiver, locked so that no sender takes it meanwhile."""
    now = ctx.clock.now()
    waiting = (
        select(Delivery.id)
        .where(Delivery.state == DeliveryState.GATHERING)
        .where(*(getattr(Delivery, name) == value for name, value in receiver.items()))
        .with_for_update()
    )
    while True:
        found = ctx.session.scalar(waiting)
        if found is not None:
            return found
        ctx.session.execute(
            _insert(ctx, Delivery)
            .values(
                **receiver,
                state=DeliveryState.GATHERING,
                mail_id=str(uuid.uuid4()),
                due_at=now + timedelta(seconds=ctx.settings.mail_gather_seconds),
                attempts=0,
                attempts_forgiven=0,
                created_at=now,
            )
            .on_conflict_do_nothing()
        )


def _add(ctx: Context, items: list[dict[str, int]]) -> None:
    ctx.session.execute(insert(DeliveryItem), items)


def _insert(ctx: Context, model: type[Any]) -> Any:
    kind = postgresql.insert if ctx.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return kind(cast(Table, model.__table__))
