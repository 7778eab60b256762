"""Reading the calendar in force, and changing it year by year."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from datetime import date

from sqlalchemy import ScalarSelect, delete, extract, insert, select
from sqlalchemy.orm import Session

from engine.context import Context
from engine.working_days.calendar import CalendarDayFact, WorkingCalendar
from engine.working_days.models import CalendarDay, CalendarEdition, DayStatus
from engine.working_days.official import (
    OFFICIAL_SOURCE,
    PROVISIONAL_SOURCE,
    official_years,
    provisional_years,
)

#: Calendars by digest. The digest covers the content, so a cached calendar can never be the wrong one.
_calendars: OrderedDict[str, WorkingCalendar] = OrderedDict()
_KEPT = 8


def digest_query() -> ScalarSelect[str]:
    """Digest of the calendar in force, as a subquery: callers fold it into a statement they need anyway."""
    newest = select(CalendarEdition.digest).order_by(CalendarEdition.id.desc()).limit(1)
    return newest.scalar_subquery()


def load(session: Session) -> WorkingCalendar:
    """The calendar in force: one small statement when it has been read before in this process."""
    return load_digest(session, session.scalar(select(digest_query())))


def load_digest(session: Session, digest: str | None) -> WorkingCalendar:
    """The calendar with a digest that was just read by `digest_query` in this transaction."""
    known = _calendars.get(digest or "")
    if known is not None:
        return known
    days = _read(session)
    calendar = WorkingCalendar(days, frozenset(on.year for on, fact in days.items() if fact.official))
    # Under READ COMMITTED another edition may have arrived between the two reads: keep only what matches.
    if digest == _digest(days):
        _calendars[digest] = calendar
        while len(_calendars) > _KEPT:
            _calendars.popitem(last=False)
    return calendar


def replace_year(
    ctx: Context, year: int, days: Mapping[date, CalendarDayFact], *, source: str, note: str | None = None
) -> None:
    """Put the named days of one year in place of what stood there. Due dates are not touched: see
    deadlines."""
    _replace(ctx, {year: days}, source)
    _note_edition(ctx, note or f"{year}年节假日安排")


def seed_official(ctx: Context) -> None:
    """Enter the years whose notices are known, and provisional ones after them. Idempotent.

    A year that is official already (perhaps entered by an administrator) stays as it is; a provisional
    year gives way when its notice has become known.
    """
    present = {on.year: fact.official for on, fact in sorted(_read(ctx.session).items())}
    official = {y: days for y, days in official_years().items() if not present.get(y, False)}
    known = present.keys() | official.keys()
    provisional = {y: days for y, days in provisional_years().items() if y not in known}
    if official or provisional:
        _replace(ctx, official, OFFICIAL_SOURCE)
        _replace(ctx, provisional, PROVISIONAL_SOURCE)
        _note_edition(ctx, "预置节假日安排")


def _replace(ctx: Context, years: Mapping[int, Mapping[date, CalendarDayFact]], source: str) -> None:
    if not years:
        return
    ctx.session.execute(delete(CalendarDay).where(extract("year", CalendarDay.on).in_(list(years))))
    rows = [
        {
            "on": on,
            "is_workday": fact.is_workday,
            "name": fact.name,
            "source": source,
            "status": DayStatus.OFFICIAL if fact.official else DayStatus.PROVISIONAL,
        }
        for days in years.values()
        for on, fact in sorted(days.items())
    ]
    if rows:
        ctx.session.execute(insert(CalendarDay), rows)


def _note_edition(ctx: Context, note: str) -> None:
    ctx.session.add(
        CalendarEdition(
            digest=_digest(_read(ctx.session)),
            note=note,
            actor_name=ctx.actor.name,
            entered_at=ctx.clock.now(),
        )
    )
    ctx.session.flush()


def _read(session: Session) -> dict[date, CalendarDayFact]:
    rows = session.execute(
        select(CalendarDay.on, CalendarDay.is_workday, CalendarDay.name, CalendarDay.status).order_by(
            CalendarDay.on
        )
    )
    return {
        on: CalendarDayFact(worked, name, status == DayStatus.OFFICIAL) for on, worked, name, status in rows
    }


def _digest(days: Mapping[date, CalendarDayFact]) -> str:
    lines = (
        f"{on.isoformat()} {int(f.is_workday)} {int(f.official)} {f.name}" for on, f in sorted(days.items())
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
