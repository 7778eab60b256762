"""What each person wants to be told, by which channel and when. On the site itself everything is always told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.clock import SHANGHAI
from notifications.models import Channel, Preference
from notifications.topics import Topic, topic

#: The one morning message, and what it replaces.
DIGEST, REMINDER = "digest.due", "deadline.reminded"


@dataclass(frozen=True)
class Wishes:
    """Without a row: mails about everything, no short messages, at any hour, no digest."""

    email_muted: frozenset[str] = frozenset()
    sms_topics: frozenset[str] = frozenset()
    quiet_from: time | None = None
    quiet_until: time | None = None
    digest: bool = False

    def wants(self, channel: Channel, kind: str) -> bool:
        if self.digest and kind == REMINDER:
            return False
        if channel is Channel.SMS:
            return topic(kind) in self.sms_topics
        return kind == DIGEST or topic(kind) not in self.email_muted

    @property
    def email_topics(self) -> list[Topic]:
        return [one for one in Topic if one not in self.email_muted]


def wishes(session: Session, person_ids: Iterable[int]) -> dict[int, Wishes]:
    """Of each of the people, those without a row included."""
    ids = list(person_ids)
    rows = {
        row.person_id: of(row)
        for row in session.scalars(select(Preference).where(Preference.person_id.in_(ids)))
    }
    return {id: rows.get(id, Wishes()) for id in ids}


def of(row: Preference) -> Wishes:
    return Wishes(
        frozenset(row.email_muted), frozenset(row.sms_topics), row.quiet_from, row.quiet_until, row.digest
    )


def quiet_until(wishes: Wishes, now: datetime) -> datetime | None:
    """When the quiet hours end that ``now`` lies in, by the clocks of Shanghai; None outside of them.

    From 22:00 to 07:00 they pass midnight; the minute in which they end is no longer quiet.
    """
    start, end = wishes.quiet_from, wishes.quiet_until
    if start is None or end is None or start == end:
        return None
    local = now.astimezone(SHANGHAI)
    at = local.time()
    if start < end:
        is_quiet, days = start <= at < end, 0
    else:
        is_quiet, days = at >= start or at < end, 1 if at >= start else 0
    if not is_quiet:
        return None
    return datetime.combine(local.date() + timedelta(days=days), end, SHANGHAI).astimezone(now.tzinfo)
