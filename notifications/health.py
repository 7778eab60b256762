"""How delivery fares: by channel and endpoint what waits, what arrived last, how often it failed, and what was given up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from engine.settings import Settings
from notifications.models import (
    PERSONAL,
    AttemptOutcome,
    Channel,
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    Endpoint,
    Gateway,
)


class Circuit(StrEnum):
    CLOSED = "closed"  #: what is due goes out
    OPEN = "open"  #: rests after failures; nothing is tried
    PROBING = "probing"  #: the rest is over, the next message shows whether it is well again
    STOPPED = "stopped"  #: by an administrator, or never set up


class Window(StrEnum):
    DAY = "day"
    WEEK = "week"


SPANS: Mapping[Window, timedelta] = {Window.DAY: timedelta(days=1), Window.WEEK: timedelta(days=7)}
#: Outcomes that count as failures.
FAILURES = (AttemptOutcome.DEFERRED, AttemptOutcome.REFUSED, AttemptOutcome.UNKNOWN)
_PENDING = (DeliveryState.GATHERING, DeliveryState.WAITING, DeliveryState.SENDING)


@dataclass(frozen=True)
class Rate:
    """Attempts that have ended, and those of them that failed."""

    attempts: int = 0
    failed: int = 0

    @property
    def percent(self) -> float | None:
        """None where nothing was tried."""
        return round(100 * self.failed / self.attempts, 1) if self.attempts else None


@dataclass(frozen=True)
class Health:
    """A channel that reaches people, or one endpoint."""

    channel: Channel
    endpoint: Endpoint | None
    circuit: Circuit
    failures: int
    rests_until: datetime | None
    last_error: str | None
    last_sent_at: datetime | None
    waiting: int
    #: When the oldest of what waits came to be.
    oldest_at: datetime | None
    parked: int
    rates: Mapping[Window, Rate] = field(default_factory=dict)

    @property
    def is_well(self) -> bool:
        return self.circuit in (Circuit.CLOSED, Circuit.STOPPED) and not self.parked


#: Channel, and endpoint where it is one.
_Key = tuple[str, int | None]


def overview(session: Session, settings: Settings, now: datetime) -> list[Health]:
    """The channels that reach people, then every endpoint, the running ones first."""
    waiting, parked = _waiting(session), _parked(session)
    rates = {window: _rates(session, now - span) for window, span in SPANS.items()}
    gateways = {row.channel: row for row in session.scalars(select(Gateway))}
    is_set_up = {Channel.EMAIL: bool(settings.smtp_host), Channel.SMS: bool(settings.sms_url)}
    found = []
    for channel in PERSONAL:
        key: _Key = (str(channel), None)
        gateway = gateways.get(channel)
        found.append(
            Health(
                channel, None, _circuit(gateway, now, is_stopped=not is_set_up[channel]),
                gateway.failures if gateway else 0, gateway.rests_until if gateway else None,
                gateway.last_error if gateway else None, _last_sent(session, channel),
                *waiting.get(key, (0, None)), parked.get(key, 0),
                {window: counted.get(key, Rate()) for window, counted in rates.items()},
            )
        )  # fmt: skip
    for row in session.scalars(select(Endpoint).order_by(Endpoint.stopped_at.is_not(None), Endpoint.id)):
        key = (row.channel, row.id)
        found.append(
            Health(
                Channel(row.channel), row, _circuit(row, now, is_stopped=row.stopped_at is not None), row.failures,
                row.rests_until, row.last_error, row.last_sent_at, *waiting.get(key, (0, None)), parked.get(key, 0),
                {window: counted.get(key, Rate()) for window, counted in rates.items()},
            )
        )  # fmt: skip
    return found


def _circuit(side: Endpoint | Gateway | None, now: datetime, *, is_stopped: bool) -> Circuit:
    if is_stopped:
        return Circuit.STOPPED
    if side is None or side.failures == 0:
        return Circuit.CLOSED
    return Circuit.OPEN if side.rests_until is not None and side.rests_until > now else Circuit.PROBING


def _waiting(session: Session) -> dict[_Key, tuple[int, datetime | None]]:
    """What is not ended yet: the index of what is due holds nothing else."""
    query = select(Delivery.channel, Delivery.endpoint_id, func.count(), func.min(Delivery.created_at))
    query = query.where(Delivery.due_at.is_not(None)).group_by(Delivery.channel, Delivery.endpoint_id)
    return {
        (channel, endpoint): (count, oldest) for channel, endpoint, count, oldest in session.execute(query)
    }


def _parked(session: Session) -> dict[_Key, int]:
    """The state as a literal: only so SQLite sees that the small index of what was given up will do."""
    query = select(Delivery.channel, Delivery.endpoint_id, func.count()).where(
        Delivery.state == literal_column(f"'{DeliveryState.FAILED}'")
    )
    rows = session.execute(query.group_by(Delivery.channel, Delivery.endpoint_id))
    return {(channel, endpoint): count for channel, endpoint, count in rows}


def _last_sent(session: Session, channel: Channel) -> datetime | None:
    """One look into the index (channel, state, ended_at)."""
    sent = Delivery.channel == channel, Delivery.state == DeliveryState.SENT
    return session.scalar(select(func.max(Delivery.ended_at)).where(*sent))


def _rates(session: Session, since: datetime) -> dict[_Key, Rate]:
    """Read from the index (started_at, channel, endpoint_id, outcome) alone."""
    query = (
        select(
            DeliveryAttempt.channel,
            DeliveryAttempt.endpoint_id,
            func.count(),
            func.count().filter(DeliveryAttempt.outcome.in_(FAILURES)),
        )
        .where(DeliveryAttempt.started_at >= since, DeliveryAttempt.outcome.is_not(None))
        .group_by(DeliveryAttempt.channel, DeliveryAttempt.endpoint_id)
    )
    return {
        (channel, endpoint): Rate(attempts, failed)
        for channel, endpoint, attempts, failed in session.execute(query)
    }
