"""A person's own deadlines as a calendar to subscribe to. Who knows the address may read it: it holds a secret.

The secret is stored as a hash, shown once, and replaced by renewing; a disabled account's feed is gone.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import audit, permissions
from engine.clock import local_date
from engine.context import Context
from engine.deadlines.models import LIVE, Deadline, DeadlineChange, DeadlineState
from engine.errors import NotFound
from engine.organisation.credentials import Account
from engine.organisation.models import Person
from engine.permissions import Permission
from engine.texts import N_, gettext, stored
from notifications import duties, icalendar
from notifications.icalendar import Status
from notifications.models import CalendarFeed
from notifications.templates import DUTIES

#: So long after its date a cancelled duty is still told as cancelled, to programs that keep what they once read.
REMEMBERED = timedelta(days=30)


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
    found = [
        *duties.owed_by(session, person.id, today, since=None, until=None, states=LIVE),
        *duties.owed_by(
            session, person.id, today, since=today - REMEMBERED, until=None, states=[DeadlineState.CANCELLED]
        ),
    ]
    changes = _changes(session, [duty.deadline.id for duty in found])
    events = []
    for duty in found:
        row = duty.deadline
        count, changed_at = changes.get(row.id, (0, None))
        is_cancelled = row.state == DeadlineState.CANCELLED
        is_open = row.provisional or row.state == DeadlineState.PAUSED
        events.append(
            icalendar.AllDay(
                uid=f"deadline-{row.id}@{host}",
                on=row.due_on,
                summary=_summary(duty, language),
                description=_description(row, language),
                url=f"{base}/work-items/{duty.work_item_id}" if duty.work_item_id else f"{base}/inbox",
                stamped_at=row.opened_at,
                sequence=count + is_cancelled,
                changed_at=changed_at,
                status=Status.CANCELLED
                if is_cancelled
                else Status.TENTATIVE
                if is_open
                else Status.CONFIRMED,
            )
        )
    return icalendar.calendar(gettext(N_("督办期限"), language), events)


def _changes(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, datetime | None]]:
    """How often each date was changed, and when last."""
    query = select(DeadlineChange.deadline_id, func.count(), func.max(DeadlineChange.changed_at))
    rows = session.execute(
        query.where(DeadlineChange.deadline_id.in_(ids)).group_by(DeadlineChange.deadline_id)
    )
    return {id: (count, at) for id, count, at in rows}


def _summary(duty: duties.Duty, language: str) -> str:
    what = gettext(DUTIES[duty.deadline.kind], language) if duty.deadline.kind in DUTIES else ""
    part = stored(str(duty.named["part"]), language)
    title = gettext(N_("{what}：{number}“{title}”"), language).format(
        what=what, number=duty.named["number"], title=duty.named["title"]
    )
    mark = gettext(N_("（暂定）"), language) if duty.deadline.provisional else ""
    return f"{title} {part}".rstrip() + mark


def _description(deadline: Deadline, language: str) -> str:
    said = []
    if deadline.state == DeadlineState.PASSED:
        said.append(gettext(N_("已逾期"), language))
    if deadline.state == DeadlineState.PAUSED:
        said.append(gettext(N_("已暂停计时"), language))
    if deadline.state == DeadlineState.CANCELLED:
        said.append(gettext(N_("已取消"), language))
    if deadline.provisional:
        said.append(gettext(N_("该年放假安排尚未公布，日期可能调整"), language))
    return "\n".join(said)


def _digest(token: str) -> str:
    """Random secrets of 256 bits need no salt and no slowness."""
    return hashlib.sha256(token.encode()).hexdigest()
