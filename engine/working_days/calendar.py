"""Counting, on a calendar that is a plain value. No database, no clock.

The law: the day of the trigger is not counted (Civil Code art. 201); a limit in calendar days whose last
day is not a working day ends on the next one (art. 203); a limit in working days counts make-up Saturdays
and Sundays too. A fixed date printed in a document does not roll, so it needs no counting and has no
function here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from engine.errors import InvalidInput
from engine.texts import N_

ONE_DAY = timedelta(days=1)
#: Longest limit in days that is taken: ten years.
LONGEST = 3660


class CalendarDayFact(NamedTuple):
    """What the calendar says of a named day."""

    is_workday: bool
    name: str
    official: bool
    #: Who has said so, for a local day; empty for the country's.
    source: str = ""


class Why(StrEnum):
    """Why a day was counted or skipped."""

    START = "start"
    WORKDAY = "workday"
    MAKE_UP = "make_up"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    LOCAL_HOLIDAY = "local_holiday"
    LOCAL_WORKDAY = "local_workday"
    CALENDAR_DAY = "calendar_day"
    ROLLED = "rolled"

    @property
    def text(self) -> str:
        """The reason in Chinese (a msgid)."""
        return WHY_TEXT[self]


WHY_TEXT: Mapping[Why, str] = {
    Why.START: N_("起算当日不计入"),
    Why.WORKDAY: N_("工作日"),
    Why.MAKE_UP: N_("调休上班"),
    Why.WEEKEND: N_("周末"),
    Why.HOLIDAY: N_("节假日放假"),
    Why.LOCAL_HOLIDAY: N_("地方规定放假"),
    Why.LOCAL_WORKDAY: N_("地方规定上班"),
    Why.CALENDAR_DAY: N_("自然日"),
    Why.ROLLED: N_("顺延至下一个工作日"),
}


class CountedDay(NamedTuple):
    """One day of a count. ``name`` is the festival for holidays and make-up days, else empty; ``source`` says who
    has set a local day."""

    on: date
    counted: bool
    why: Why
    name: str = ""
    source: str = ""


@dataclass(frozen=True)
class Count:
    """The result of counting: the last day, and every day on the way with its reason.

    ``provisional`` means that the result depends on a year whose holiday notice is not out yet.
    """

    due_on: date
    days: tuple[CountedDay, ...]
    provisional: bool


@dataclass(frozen=True)
class WorkingCalendar:
    """Which days are worked: the named days, and the plain week for all others."""

    days: Mapping[date, CalendarDayFact] = field(default_factory=dict)
    #: Years whose notice is known.
    official_years: frozenset[int] = frozenset()
    #: What single units have set for themselves and the units beneath them, by the unit's id.
    local: Mapping[int, Mapping[date, CalendarDayFact]] = field(default_factory=dict)
    #: The country's calendar from which a unit's was made.
    country: "WorkingCalendar | None" = None

    @property
    def national(self) -> "WorkingCalendar":
        """The one calendar that holds for everybody: lights are judged by it."""
        return self.country or self

    def of(self, line: Sequence[int]) -> "WorkingCalendar":
        """The calendar of the last of ``line``, which names the units from the root down to it. What is set nearer to
        the unit goes before what is set above it."""
        own = [self.local[unit_id] for unit_id in line if unit_id in self.local]
        if not own:
            return self
        days = dict(self.days)
        for facts in own:
            days.update(facts)
        return WorkingCalendar(days, self.official_years, country=self)

    def is_workday(self, on: date) -> bool:
        fact = self.days.get(on)
        return fact.is_workday if fact else on.weekday() < 5

    def is_provisional(self, on: date) -> bool:
        return on.year not in self.official_years

    def why(self, on: date) -> tuple[Why, str, str]:
        """Why a day is worked or not, with the festival's name and, for a local day, its source."""
        fact = self.days.get(on)
        if fact is None:
            return (Why.WORKDAY if on.weekday() < 5 else Why.WEEKEND), "", ""
        if fact.source:
            return (Why.LOCAL_WORKDAY if fact.is_workday else Why.LOCAL_HOLIDAY), fact.name, fact.source
        if fact.is_workday:
            return (Why.MAKE_UP if on.weekday() >= 5 else Why.WORKDAY), fact.name, ""
        return Why.HOLIDAY, fact.name, ""

    def count_working_days(self, start_on: date, n: int) -> Count:
        """The n-th working day after ``start_on`` ("N个工作日内"); ``start_on`` itself never counts."""
        _check_length(n)
        days = [CountedDay(start_on, False, Why.START)]
        on, counted = start_on, 0
        while counted < n:
            on += ONE_DAY
            worked = self.is_workday(on)
            counted += worked
            days.append(CountedDay(on, worked, *self.why(on)))
        return Count(on, tuple(days), any(self.is_provisional(day.on) for day in days[1:]))

    def count_calendar_days(self, start_on: date, n: int) -> Count:
        """The n-th day after ``start_on`` ("N日内"), moved forward to a working day when it is none."""
        _check_length(n)
        days = [CountedDay(start_on, False, Why.START)]
        days += [CountedDay(start_on + k * ONE_DAY, True, Why.CALENDAR_DAY) for k in range(1, n + 1)]
        on = days[-1].on
        provisional = self.is_provisional(on)
        if not self.is_workday(on):
            days[-1] = CountedDay(on, False, *self.why(on))
            while not self.is_workday(on := on + ONE_DAY):
                days.append(CountedDay(on, False, *self.why(on)))
            days.append(CountedDay(on, True, Why.ROLLED, *self.why(on)[1:]))
            provisional = provisional or self.is_provisional(on)
        return Count(on, tuple(days), provisional)

    def next_workday(self, on: date) -> date:
        """The first working day after ``on``."""
        return self.shift(on, 1)

    def previous_workday(self, on: date) -> date:
        """The last working day before ``on``."""
        return self.shift(on, -1)

    def shift(self, on: date, n: int) -> date:
        """The n-th working day after (n > 0) or before (n < 0) ``on``; ``on`` itself when n is 0."""
        step = ONE_DAY if n > 0 else -ONE_DAY
        left = abs(n)
        while left:
            on += step
            left -= self.is_workday(on)
        return on

    def working_days_between(self, after: date, until: date) -> int:
        """Working days later than ``after``, up to and including ``until``; negative when ``until`` is
        earlier."""
        if until < after:
            return -self.working_days_between(until, after)
        return sum(self.is_workday(after + k * ONE_DAY) for k in range(1, (until - after).days + 1))


def _check_length(n: int) -> None:
    if not 1 <= n <= LONGEST:
        raise InvalidInput("working_days.length", "天数须在1至{longest}之间", field="days", longest=LONGEST)
