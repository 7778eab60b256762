"""Whose calendar counts: that of the unit which owes, with what it and the units above it have set for themselves.

This package knows a unit by its id; `organisation` says with `register_line` who stands above it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from engine.db import Session
from engine.working_days.calendar import WorkingCalendar
from engine.working_days.service import load

#: ``line(session, unit_ids)`` -> the ids from the root down to each unit, itself last.
Line = Callable[[Session, Collection[int]], Mapping[int, Sequence[int]]]
_lines: list[Line] = []


def register_line(line: Line) -> None:
    """Say how the units above others are found. Registering again replaces."""
    _lines[:] = [line]


def load_of(session: Session, unit_id: int) -> WorkingCalendar:
    """The calendar of one unit in force."""
    return of_unit(session, load(session), unit_id)


def of_unit(session: Session, calendar: WorkingCalendar, unit_id: int) -> WorkingCalendar:
    """The calendar of one unit, made from the country's."""
    return of_units(session, calendar, (unit_id,))[unit_id]


def of_units(
    session: Session, calendar: WorkingCalendar, unit_ids: Collection[int]
) -> dict[int, WorkingCalendar]:
    """The calendars of several units: no statement where no unit has set a day of its own, else at most one."""
    if not calendar.local:
        return dict.fromkeys(unit_ids, calendar)
    known: dict[int, Sequence[int]] = session.memo.setdefault("engine.working_days.lines", {})
    unknown = [unit_id for unit_id in unit_ids if unit_id not in known]
    if unknown:
        known.update((unit_id, (unit_id,)) for unit_id in unknown)
        for line in _lines:
            known.update(line(session, unknown))
    made: dict[tuple[int, ...], WorkingCalendar] = {}
    found = {}
    for unit_id in unit_ids:
        setting = tuple(id for id in known[unit_id] if id in calendar.local)
        if setting not in made:
            made[setting] = calendar.of(setting)
        found[unit_id] = made[setting]
    return found
