"""What each person wants to be told, by which channel and when. On the site itself everything is always told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import audit, permissions
from engine.clock import SHANGHAI
from engine.context import Context
from engine.errors import InvalidInput
from engine.organisation.models import Person
from engine.permissions import Permission
from engine.texts import LANGUAGES
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


def mine(ctx: Context) -> Wishes:
    """The actor's own."""
    row = ctx.session.get(Preference, ctx.actor.person_id)
    return of(row) if row is not None else Wishes()


def change(ctx: Context, wished: Wishes, language: str) -> None:
    """The actor's own wishes and the language of what they are sent, from now on."""
    person = permissions.find(ctx, Permission.ACCOUNT_OWN, Person, ctx.actor.person_id or 0)
    if language not in LANGUAGES:
        raise InvalidInput("preferences.language", "请选择语言", field="language")
    unknown = (wished.email_muted | wished.sms_topics) - set(Topic)
    if unknown:
        raise InvalidInput("preferences.topics", "没有这类消息", field="topics")
    if (wished.quiet_from is None) != (wished.quiet_until is None):
        raise InvalidInput("preferences.quiet", "免打扰时段的起止时间须同时填写", field="quiet_until")
    if wished.quiet_from is not None and wished.quiet_from == wished.quiet_until:
        raise InvalidInput("preferences.quiet_empty", "免打扰时段的起止时间不能相同", field="quiet_until")
    row = ctx.session.get(Preference, person.id)
    if row is None:
        row = Preference(person_id=person.id)
        ctx.session.add(row)
    row.email_muted = sorted(wished.email_muted)
    row.sms_topics = sorted(wished.sms_topics)
    row.quiet_from, row.quiet_until, row.digest = wished.quiet_from, wished.quiet_until, wished.digest
    person.language = language
    ctx.session.flush()
    audit.record(ctx, f"person:{person.id}", "preferences.changed", ("person", person.id))
