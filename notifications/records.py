"""What was sent and tried, for administrators: deliveries by state, attempts by outcome, each with its receiver."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import literal, select, tuple_
from sqlalchemy.orm import Session

from engine.organisation.models import Person
from notifications.health import FAILURES
from notifications.models import Channel, Delivery, DeliveryAttempt, DeliveryState, Endpoint


class Show(StrEnum):
    """Which deliveries."""

    WAITING = "waiting"
    FAILED = "failed"
    SENT = "sent"
    DROPPED = "dropped"
    REPEATED = "repeated"  #: of which an attempt may have reached its receiver a second time


class Tries(StrEnum):
    """Which attempts."""

    FAILED = "failed"
    REPEATED = "repeated"  #: may have reached the receiver a second time


@dataclass(frozen=True)
class Receiver:
    """A person or an endpoint; ``address`` as far as it may be shown."""

    name: str
    address: str


@dataclass(frozen=True)
class Side:
    """Narrows to one channel, or to one endpoint."""

    channel: Channel | None = None
    endpoint_id: int | None = None


def deliveries(
    session: Session, side: Side, show: Show | None, *, after: int | None = None, limit: int = 50
) -> Sequence[tuple[Delivery, Receiver]]:
    """Newest first; ``after`` is the id of the last one seen."""
    query = _with_receiver(select(Delivery, Person, Endpoint))
    match show:
        case Show.WAITING:
            query = query.where(Delivery.due_at.is_not(None))
        case Show.FAILED | Show.SENT | Show.DROPPED:
            query = query.where(Delivery.state == DeliveryState(show))
        case Show.REPEATED:
            again = select(DeliveryAttempt.delivery_id).where(DeliveryAttempt.may_repeat)
            query = query.where(Delivery.id.in_(again))
    if side.channel is not None:
        query = query.where(Delivery.channel == side.channel)
    if side.endpoint_id is not None:
        query = query.where(Delivery.endpoint_id == side.endpoint_id)
    if after is not None:
        query = query.where(Delivery.id < after)
    found = session.execute(query.order_by(Delivery.id.desc()).limit(limit)).all()
    return [(row, _receiver(row, person, endpoint)) for row, person, endpoint in found]


def attempts(
    session: Session,
    side: Side,
    tries: Tries | None,
    *,
    since: datetime | None = None,
    after: int | None = None,
    limit: int = 50,
) -> Sequence[tuple[DeliveryAttempt, Delivery, Receiver]]:
    """Newest first, those that have ended; ``after`` is the id of the last one seen."""
    query = select(DeliveryAttempt, Delivery, Person, Endpoint).join(
        Delivery, Delivery.id == DeliveryAttempt.delivery_id
    )
    query = _with_receiver(query).where(DeliveryAttempt.outcome.is_not(None))
    match tries:
        case Tries.FAILED:
            query = query.where(DeliveryAttempt.outcome.in_(FAILURES))
        case Tries.REPEATED:
            query = query.where(DeliveryAttempt.may_repeat)
    if side.channel is not None:
        query = query.where(DeliveryAttempt.channel == side.channel)
    if side.endpoint_id is not None:
        query = query.where(DeliveryAttempt.endpoint_id == side.endpoint_id)
    if since is not None:
        query = query.where(DeliveryAttempt.started_at >= since)
    last = session.get(DeliveryAttempt, after) if after is not None else None
    if last is not None:
        seen = tuple_(literal(last.started_at), literal(last.id))
        query = query.where(tuple_(DeliveryAttempt.started_at, DeliveryAttempt.id) < seen)
    query = query.order_by(DeliveryAttempt.started_at.desc(), DeliveryAttempt.id.desc())
    found = session.execute(query.limit(limit)).all()
    return [(attempt, row, _receiver(row, person, endpoint)) for attempt, row, person, endpoint in found]


def _with_receiver(query: Any) -> Any:
    """A query of deliveries, told the person and the endpoint, one of which is there."""
    query = query.outerjoin(Person, Person.id == Delivery.person_id)
    return query.outerjoin(Endpoint, Endpoint.id == Delivery.endpoint_id)


def _receiver(row: Delivery, person: Person | None, endpoint: Endpoint | None) -> Receiver:
    if endpoint is not None:
        return Receiver(endpoint.name, endpoint.shown)
    assert person is not None
    return Receiver(person.name, (person.phone if row.channel == Channel.SMS else person.email) or "")
