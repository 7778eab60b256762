"""A person's own deadlines as a calendar to subscribe to. Who knows the address may read it: it holds a secret.

The secret is stored as a hash, shown once, and replaced by renewing; a disabled account's feed is gone.
"""

import hashlib
import secrets
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import audit, permissions
from engine.clock import local_date
from engine.context import Context
from engine.deadlines.models import Deadline, DeadlineState
from engine.errors import NotFound
from engine.organisation.credentials import Account
from engine.organisation.models import Person
from engine.permissions import Permission
from engine.texts import N_, gettext, stored
from notifications import duties, icalendar
from notifications.models import CalendarFeed
from notifications.templates import DUTIES


def mine(ctx: Context) -> CalendarFeed | None:
    """The actor's own, if there is one."""
    return ctx.session.get(CalendarFeed, ctx.actor.person_id)


def renew(ctx: Context) -> str:
    """A new secret in place of any before it: to be shown this once."""
    person = permissions.find(ctx, Permission.ACCOUNT_OWN, Person, ctx.actor.person_id or 0)
    token = secrets.token_urlsafe(32)
    row = mine(ctx) or CalendarFeed(person_id=person.id)
    row.token_hash, row.renewed_at = _digest(token), ctx.clock.now()
    ctx.session.add(row)
    ctx.session.flush()
    audit.record(ctx, f"person:{person.id}", "calendar_feed.renewed", ("person", person.id))
    return token


def stop(ctx: Context) -> None:
    """The address answers nothing any more. A second time changes nothing."""
    person = permissions.find(ctx, Permission.ACCOUNT_OWN, Person, ctx.actor.person_id or 0)
    row = mine(ctx)
    if row is not None:
        ctx.session.delete(row)
        ctx.session.flush()
        audit.record(ctx, f"person:{person.id}", "calendar_feed.stopped", ("person", person.id))


def read(ctx: Context, token: str) -> bytes:
    """The calendar behind a secret. Raises NotFound, also for a disabled account."""
    found = select(Person).join(CalendarFeed, CalendarFeed.person_id == Person.id)
    found = found.join(Account, Account.person_id == Person.id).where(
        CalendarFeed.token_hash == _digest(token), Account.disabled_at.is_(None)
    )
    person = ctx.session.scalars(found).one_or_none()
    if person is None:
        raise NotFound()
    return _written(ctx.session, ctx, person)


def _written(session: Session, ctx: Context, person: Person) -> bytes:
    language, base = person.language, ctx.settings.base_url.rstrip("/")
    today = local_date(ctx.clock.now())
    host = urlsplit(base).hostname or "duban"
    events = [
        icalendar.AllDay(
            uid=f"deadline-{duty.deadline.id}@{host}",
            on=duty.deadline.due_on,
            summary=_summary(duty, language),
            description=_description(duty.deadline, language),
            url=f"{base}/work-items/{duty.work_item_id}" if duty.work_item_id else f"{base}/inbox",
            stamped_at=duty.deadline.opened_at,
        )
        for duty in duties.owed_by(session, person.id, today, since=None, until=None)
    ]
    return icalendar.calendar(gettext(N_("督办期限"), language), events)


def _summary(duty: duties.Duty, language: str) -> str:
    what = gettext(DUTIES[duty.deadline.kind], language) if duty.deadline.kind in DUTIES else ""
    part = stored(str(duty.named["part"]), language)
    title = gettext(N_("{what}：{number}“{title}”"), language).format(
        what=what, number=duty.named["number"], title=duty.named["title"]
    )
    return f"{title} {part}".rstrip()


def _description(deadline: Deadline, language: str) -> str:
    said = []
    if deadline.state == DeadlineState.PASSED:
        said.append(gettext(N_("已逾期"), language))
    if deadline.provisional:
        said.append(gettext(N_("该年放假安排尚未公布，日期可能调整"), language))
    return "\n".join(said)


def _digest(token: str) -> str:
    """Random secrets of 256 bits need no salt and no slowness."""
    return hashlib.sha256(token.encode()).hexdigest()
