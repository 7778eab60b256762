"""Reading the calendar in force, and changing it: each change is an edition of its own.

Two who change it at once are put in a row; the second one is told that what was shown to them is no longer in force.
The limits that rest on the changed days are counted again later, by the queue: see `deadlines`.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from datetime import date

from sqlalchemy import ScalarSelect, delete, extract, insert, select

from engine import audit, outbox, queue
from engine.context import Context
from engine.db import Session
from engine.errors import RuleViolation
from engine.permissions import Permission, require
from engine.working_days import changes
from engine.working_days.calendar import CalendarDayFact, WorkingCalendar
from engine.working_days.changes import Change, DayChange
from engine.working_days.models import CalendarDay, CalendarEdition, DayStatus, LocalDay
from engine.working_days.official import (
    OFFICIAL_SOURCE,
    PROVISIONAL_SOURCE,
    official_years,
    provisional_years,
)

#: Queue topic for the work that an edition brings: ``{"edition_id": …}``.
TOPIC = "calendar.recompute"
#: Audit stream of the calendar.
STREAM = "calendar"

#: Calendars by digest. The digest covers the content, so a cached calendar can never be the wrong one.
_calendars: OrderedDict[str, WorkingCalendar] = OrderedDict()
_KEPT = 8


def digest_query() -> ScalarSelect[str]:
    """Digest of the calendar in force, as a subquery: callers fold it into a statement they need anyway."""
    newest = select(CalendarEdition.digest).order_by(CalendarEdition.id.desc()).limit(1)
    return newest.scalar_subquery()


def load(session: Session) -> WorkingCalendar:
    """The calendar in force: one small statement when it has been read before in this process."""
    return load_digest(session, in_force(session))


def in_force(session: Session) -> str | None:
    """The digest of the calendar in force."""
    return session.scalar(select(digest_query()))


def load_digest(session: Session, digest: str | None) -> WorkingCalendar:
    """The calendar with a digest that was just read by `digest_query` in this transaction."""
    known = _calendars.get(digest or "")
    if known is not None:
        return known
    calendar = _read(session)
    # Under READ COMMITTED another edition may have arrived between the two reads: keep only what matches.
    if digest == _digest(calendar):
        _calendars[digest] = calendar
        while len(_calendars) > _KEPT:
            _calendars.popitem(last=False)
    return calendar


def change(ctx: Context, wanted: Change, *, expected: str | None) -> CalendarEdition:
    """Put a change in force. ``expected`` is the digest of the calendar for which its effects were shown."""
    require(ctx, Permission.CALENDAR_MANAGE)
    _lock(ctx)
    if in_force(ctx.session) != expected:
        raise RuleViolation("working_days.changed_since", "日历刚刚已被更改，请重新核对影响后再提交")
    changes.check(wanted)
    before = load(ctx.session)
    after = changes.applied(before, wanted)
    if changes.since(before, after, wanted.unit_id) is None:
        raise RuleViolation("working_days.same", "与现行日历相同，没有需要更改的内容")
    if wanted.unit_id is None:
        named = _official_note(wanted) if wanted.whole_year else _days_note(wanted)
        _write_country(ctx, before, after, wanted.source, wanted.year if wanted.whole_year else None)
    else:
        named = _days_note(wanted)
        _write_local(ctx, wanted, after)
    return _note_edition(ctx, before, after, f"{named}（{wanted.source}）", wanted.source, wanted.unit_id)


def _official_note(wanted: Change) -> str:
    return f"{wanted.year}年节假日安排" if wanted.official else f"{wanted.year}年节假日暂定安排"


def _days_note(wanted: Change) -> str:
    days = sorted(wanted.days)
    if len(days) == 1:
        return f"{days[0].isoformat()}的安排"
    return f"{wanted.year}年地方安排" if wanted.unit_id is not None else f"{wanted.year}年部分日期的安排"


def replace_year(
    ctx: Context, year: int, days: Mapping[date, CalendarDayFact], *, source: str, note: str | None = None
) -> CalendarEdition:
    """Put the country's named days of one year in place of what stood there; asks no permission and no digest: for what
    the system enters itself."""
    _lock(ctx)
    before = load(ctx.session)
    official = any(fact.official for fact in days.values())
    after = changes.applied(before, Change(year, days, source, whole_year=True, official=official))
    _write_country(ctx, before, after, source, year)
    return _note_edition(ctx, before, after, note or f"{year}年节假日安排（{source}）", source)


def seed_official(ctx: Context) -> None:
    """Enter the years whose notices are known, and provisional ones after them. Idempotent.

    A year that is official already (perhaps entered by an administrator) stays as it is; a provisional
    year gives way when its notice has become known.
    """
    _lock(ctx)
    before = _read(ctx.session)
    present = {on.year for on in before.days}
    official = {y: days for y, days in official_years().items() if y not in before.official_years}
    known = present | official.keys()
    provisional = {y: days for y, days in provisional_years().items() if y not in known}
    if not official and not provisional:
        return
    after = before
    for years, source in ((official, OFFICIAL_SOURCE), (provisional, PROVISIONAL_SOURCE)):
        for year, days in years.items():
            is_official = years is official
            to = changes.applied(after, Change(year, days, source, whole_year=True, official=is_official))
            _write_country(ctx, after, to, source, year)
            after = to
    _note_edition(ctx, before, after, "预置节假日安排", OFFICIAL_SOURCE)


def _lock(ctx: Context) -> None:
    """Changes of the calendar come one after the other: the first edition is their lock."""
    ctx.session.execute(select(CalendarEdition.id).order_by(CalendarEdition.id).limit(1).with_for_update())


def _write_country(
    ctx: Context, before: WorkingCalendar, after: WorkingCalendar, source: str, year: int | None
) -> None:
    """The rows that are different, or with ``year`` all of it; they get the source."""
    if year is not None:
        ctx.session.execute(delete(CalendarDay).where(extract("year", CalendarDay.on) == year))
        touched = [on for on in after.days if on.year == year]
    else:
        touched = [day.on for day in changes.differences(before, after)]
        ctx.session.execute(delete(CalendarDay).where(CalendarDay.on.in_(touched)))
    rows = [
        {
            "on": on,
            "is_workday": fact.is_workday,
            "name": fact.name,
            "source": source,
            "status": DayStatus.OFFICIAL if fact.official else DayStatus.PROVISIONAL,
        }
        for on in touched
        if (fact := after.days.get(on))
    ]
    if rows:
        ctx.session.execute(insert(CalendarDay), rows)


def _write_local(ctx: Context, wanted: Change, after: WorkingCalendar) -> None:
    mine = [LocalDay.unit_id == wanted.unit_id]
    gone = (
        extract("year", LocalDay.on) == wanted.year
        if wanted.whole_year
        else LocalDay.on.in_(list(wanted.days))
    )
    ctx.session.execute(delete(LocalDay).where(*mine, gone))
    own = after.local.get(wanted.unit_id or 0, {})
    rows = [
        {
            "unit_id": wanted.unit_id, "on": on, "is_workday": fact.is_workday, "name": fact.name,
            "source": fact.source,
        }
        for on in sorted(wanted.days)
        if (fact := own.get(on))
    ]  # fmt: skip
    if rows:
        ctx.session.execute(insert(LocalDay), rows)


def _note_edition(
    ctx: Context,
    before: WorkingCalendar,
    after: WorkingCalendar,
    note: str,
    source: str,
    unit_id: int | None = None,
) -> CalendarEdition:
    """The edition with its days, and the work that it brings. The very first one moves nothing."""
    is_first = in_force(ctx.session) is None
    days: list[DayChange] = [] if is_first else changes.differences(before, after, unit_id)
    edition = CalendarEdition(
        digest=_digest(_read(ctx.session)),
        note=note,
        source=source,
        unit_id=unit_id,
        changes=changes.dump(days),
        since_on=None if is_first else changes.since(before, after, unit_id),
        actor_name=ctx.actor.name,
        entered_at=ctx.clock.now(),
        recomputed_at=ctx.clock.now() if is_first else None,
    )
    ctx.session.add(edition)
    ctx.session.flush()
    if not is_first:
        subject = ("calendar_edition", edition.id)
        audit.record(
            ctx, STREAM, "calendar.changed", subject, title=note, unit_id=unit_id,
            days=[day.on for day in days][:400], digest=edition.digest,
        )  # fmt: skip
        outbox.publish(ctx, "calendar.changed", subject, unit_id=unit_id)
        queue.put(ctx, TOPIC, work_key(edition.id), {"edition_id": edition.id})
    return edition


def work_key(edition_id: int) -> str:
    """Key of the queue item that counts limits again after an edition."""
    return f"{TOPIC}:{edition_id}"


def _read(session: Session) -> WorkingCalendar:
    rows = session.execute(
        select(CalendarDay.on, CalendarDay.is_workday, CalendarDay.name, CalendarDay.status).order_by(
            CalendarDay.on
        )
    )
    days = {
        on: CalendarDayFact(worked, name, status == DayStatus.OFFICIAL) for on, worked, name, status in rows
    }
    local: dict[int, dict[date, CalendarDayFact]] = {}
    own = select(LocalDay).order_by(LocalDay.unit_id, LocalDay.on)
    for row in session.scalars(own):
        local.setdefault(row.unit_id, {})[row.on] = CalendarDayFact(
            row.is_workday, row.name, True, row.source
        )
    return WorkingCalendar(days, frozenset(on.year for on, fact in days.items() if fact.official), local)


def _digest(calendar: WorkingCalendar) -> str:
    lines = [_line(on, fact) for on, fact in sorted(calendar.days.items())]
    for unit_id, days in sorted(calendar.local.items()):
        lines += [f"{unit_id}: {_line(on, fact)} {fact.source}" for on, fact in sorted(days.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _line(on: date, fact: CalendarDayFact) -> str:
    return f"{on.isoformat()} {int(fact.is_workday)} {int(fact.official)} {fact.name}"
