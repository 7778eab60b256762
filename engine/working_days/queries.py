"""Reads for screens: the named days of a year with their sources, and the editions of the calendar."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import extract, func, select

from engine.db import Session
from engine.errors import NotFound
from engine.working_days.models import CalendarDay, CalendarEdition, LocalDay


@dataclass(frozen=True)
class NamedDay:
    """A day that departs from the plain week, and where that comes from. ``unit_id``: who has set a local day."""

    on: date
    is_workday: bool
    name: str
    source: str
    unit_id: int | None = None


def year(session: Session, number: int, unit_ids: Collection[int] = ()) -> list[NamedDay]:
    """The country's named days of a year and those that the units have set, by date; the country's first."""
    country = select(CalendarDay).where(extract("year", CalendarDay.on) == number)
    days = [NamedDay(d.on, d.is_workday, d.name, d.source) for d in session.scalars(country)]
    if unit_ids:
        local = select(LocalDay).where(extract("year", LocalDay.on) == number, LocalDay.unit_id.in_(unit_ids))
        days += [NamedDay(d.on, d.is_workday, d.name, d.source, d.unit_id) for d in session.scalars(local)]
    return sorted(days, key=lambda day: (day.on, day.unit_id or 0))


def years(session: Session) -> list[int]:
    """The years that the calendar speaks of."""
    number = extract("year", CalendarDay.on)
    return [int(n) for n in session.scalars(select(number).group_by(number).order_by(number))]


def setting_units(session: Session) -> Sequence[tuple[int, int]]:
    """(unit id, days) of the units that have set days of their own."""
    return [
        (unit_id, n)
        for unit_id, n in session.execute(
            select(LocalDay.unit_id, func.count()).group_by(LocalDay.unit_id).order_by(LocalDay.unit_id)
        )
    ]


def editions(session: Session, *, after: int | None = None, limit: int = 30) -> Sequence[CalendarEdition]:
    """Changes of the calendar, newest first; ``after`` is the id of the last one seen."""
    query = select(CalendarEdition)
    if after is not None:
        query = query.where(CalendarEdition.id < after)
    return session.scalars(query.order_by(CalendarEdition.id.desc()).limit(limit)).all()


def edition(session: Session, id: int) -> CalendarEdition:
    found = session.get(CalendarEdition, id)
    if found is None:
        raise NotFound()
    return found
