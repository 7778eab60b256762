"""Reading across streams, for the audit administrator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from engine.audit.models import AuditEntry
from engine.clock import end_of_day, start_of_day
from engine.context import Context
from engine.permissions import Permission, require


@dataclass(frozen=True)
class Filter:
    """What is asked for; None asks for all. A stream that ends in a colon asks for all of its kind."""

    stream: str | None = None
    actor: str | None = None  #: part of the name
    since: date | None = None
    until: date | None = None  #: this day included


def search(ctx: Context, asked: Filter, *, after: int | None = None, limit: int = 50) -> Sequence[AuditEntry]:
    """Newest first; ``after`` is the id of the last one seen."""
    require(ctx, Permission.AUDIT_READ)
    query = select(AuditEntry)
    if asked.stream is not None:
        whole_kind = asked.stream.endswith(":")
        matches = AuditEntry.stream.startswith(asked.stream, autoescape=True)
        query = query.where(matches if whole_kind else AuditEntry.stream == asked.stream)
    if asked.actor:
        query = query.where(AuditEntry.actor_name.contains(asked.actor, autoescape=True))
    # The first and the last day of the calendar bound nothing, and have no instant in UTC.
    if asked.since is not None and asked.since > date.min:
        query = query.where(AuditEntry.at >= start_of_day(asked.since))
    if asked.until is not None and asked.until < date.max:
        query = query.where(AuditEntry.at < end_of_day(asked.until))
    if after is not None:
        query = query.where(AuditEntry.id < after)
    return ctx.session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit)).all()
