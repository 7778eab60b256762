"""A change of the calendar as a value: what shall be different, what that makes of a calendar, and what was written
down about it. Pure.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from engine.errors import InvalidInput
from engine.working_days.calendar import CalendarDayFact, WorkingCalendar

#: Longest name of a day and longest source.
NAME, SOURCE = 60, 200
#: Years that a calendar may speak of.
YEARS = range(2004, 2101)

Facts = Mapping[date, CalendarDayFact]


@dataclass(frozen=True)
class Change:
    """What shall be different from now on.

    A whole year (``whole_year``): its named days become ``days``, and it is official or provisional. Else single days:
    each becomes what ``days`` says, None meaning that it follows the plain week again (for a unit: the country).
    With ``unit_id`` the days are those of a unit and of the units beneath it.
    """

    year: int
    days: Mapping[date, CalendarDayFact | None]
    source: str
    unit_id: int | None = None
    whole_year: bool = False
    official: bool = True


class DayChange(NamedTuple):
    """One day before and after; None: it is not named."""

    on: date
    before: CalendarDayFact | None
    after: CalendarDayFact | None


def check(change: Change) -> None:
    """What holds for any change, wherever it comes from. InvalidInput names what is wrong."""
    if change.year not in YEARS:
        raise InvalidInput("working_days.year", "年份须在2004至2100之间", field="year")
    if not change.source.strip() or len(change.source) > SOURCE:
        raise InvalidInput("working_days.source", "请填写依据（文件名称或文号），不超过200字", field="source")
    texts = [change.source, *(fact.name for fact in change.days.values() if fact)]
    if any(ord(c) < 32 or 0xD800 <= ord(c) <= 0xDFFF for text in texts for c in text):
        raise InvalidInput("working_days.control", "名称和依据不得含有控制字符", field="source")
    if any(on.year != change.year for on in change.days):
        raise InvalidInput(
            "working_days.other_year", "所列日期须都在{year}年", field="days", year=change.year
        )
    if any(fact and len(fact.name) > NAME for fact in change.days.values()):
        raise InvalidInput("working_days.name", "名称不超过60字", field="name")
    if change.whole_year and change.unit_id is None and not any(_is_off(f) for f in change.days.values()):
        raise InvalidInput("working_days.no_holiday", "全年安排中至少须有一个放假日", field="days")


def _is_off(fact: CalendarDayFact | None) -> bool:
    return fact is not None and not fact.is_workday


def applied(calendar: WorkingCalendar, change: Change) -> WorkingCalendar:
    """The calendar with the change in it."""
    if change.unit_id is None:
        years = calendar.official_years
        if change.whole_year:
            years = years | {change.year} if change.official else years - {change.year}
        given = {
            on: f and f._replace(official=change.year in years, source="") for on, f in change.days.items()
        }
        return replace(calendar, days=_merged(calendar.days, change, given), official_years=years)
    given = {on: f and f._replace(official=True, source=change.source) for on, f in change.days.items()}
    local = dict(calendar.local)
    own = _merged(local.get(change.unit_id, {}), change, given)
    if own:
        local[change.unit_id] = own
    else:
        local.pop(change.unit_id, None)
    return replace(calendar, local=local)


def _merged(
    known: Facts, change: Change, given: Mapping[date, CalendarDayFact | None]
) -> dict[date, CalendarDayFact]:
    kept = {on: f for on, f in known.items() if not (change.whole_year and on.year == change.year)}
    kept.update({on: f for on, f in given.items() if f is not None})
    for on in [on for on, fact in given.items() if fact is None]:
        kept.pop(on, None)
    return dict(sorted(kept.items()))


def differences(
    before: WorkingCalendar, after: WorkingCalendar, unit_id: int | None = None
) -> list[DayChange]:
    """The days that are named otherwise, of the country or of a unit, in order. That a year has become official is no
    difference of its days."""
    was, is_ = (
        (before.days, after.days)
        if unit_id is None
        else (before.local.get(unit_id, {}), after.local.get(unit_id, {}))
    )
    found = (DayChange(on, was.get(on), is_.get(on)) for on in sorted(was.keys() | is_.keys()))
    return [day for day in found if _meaning(day.before) != _meaning(day.after)]


def _meaning(fact: CalendarDayFact | None) -> tuple[bool, str, str] | None:
    return fact and (fact.is_workday, fact.name, fact.source)


def since(before: WorkingCalendar, after: WorkingCalendar, unit_id: int | None = None) -> date | None:
    """The first day on which counting may come out otherwise; None when nothing is different."""
    days = [day.on for day in differences(before, after, unit_id)]
    years = before.official_years ^ after.official_years
    return min([*days, *(date(year, 1, 1) for year in years)], default=None)


def dump(days: Iterable[DayChange]) -> str:
    """The days of an edition, for its row."""
    return json.dumps([[d.on.isoformat(), _row(d.before), _row(d.after)] for d in days], ensure_ascii=False)


def _row(fact: CalendarDayFact | None) -> list[object] | None:
    return fact and [fact.is_workday, fact.name, fact.official, fact.source]


def parse(text: str) -> list[DayChange]:
    """What `dump` has written."""
    return [
        DayChange(date.fromisoformat(on), *(side and CalendarDayFact(*side) for side in (before, after)))
        for on, before, after in json.loads(text)
    ]
