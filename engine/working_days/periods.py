"""The dates of what recurs: which days a period has, and on which day the report on it is due. Pure arithmetic.

Periods of months begin with the year and tile it; a third of a month (旬) and half a month tile the month, weeks run
from Monday. No date is moved for a holiday: a day that a document names does not roll. A day that a month has not
(30 February) is its last.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

#: As the day of a month: its last, whichever that is.
LAST_DAY = 31
_DAY = timedelta(days=1)


class Period(StrEnum):
    """The cadences of reports."""

    WEEK = "week"
    TEN_DAYS = "ten_days"
    HALF_MONTH = "half_month"
    MONTH = "month"
    TWO_MONTHS = "two_months"
    QUARTER = "quarter"
    FOUR_MONTHS = "four_months"
    HALF_YEAR = "half_year"
    YEAR = "year"

    @property
    def months(self) -> int:
        """How many months it has; 0 for what is shorter than one."""
        return _MONTHS.get(self, 0)

    @property
    def takes_day(self) -> bool:
        """Whether a day of it can be named: 每周五前, 每季度末月25日前."""
        return self in (Period.WEEK, Period.MONTH, Period.QUARTER, Period.HALF_YEAR, Period.YEAR)


#: To be asked of any text.
PERIODS: frozenset[str] = frozenset(Period)
_MONTHS = {
    Period.MONTH: 1, Period.TWO_MONTHS: 2, Period.QUARTER: 3, Period.FOUR_MONTHS: 4, Period.HALF_YEAR: 6,
    Period.YEAR: 12,
}  # fmt: skip
#: Where the parts of a month begin.
_PARTS = {Period.TEN_DAYS: (1, 11, 21), Period.HALF_MONTH: (1, 16)}


def first_of(period: Period, on: date) -> date:
    """The first day of the period that holds ``on``."""
    if period is Period.WEEK:
        return on - on.weekday() * _DAY
    if period in _PARTS:
        return on.replace(day=max(day for day in _PARTS[period] if day <= on.day))
    return date(on.year, (on.month - 1) // period.months * period.months + 1, 1)


def following(period: Period, first: date) -> date:
    """The first day of the period behind the one that begins on ``first``."""
    if period is Period.WEEK:
        return first + 7 * _DAY
    later = next((day for day in _PARTS.get(period, ()) if day > first.day), None)
    return first.replace(day=later) if later else _months_later(first, period.months or 1)


def periods(period: Period, on: date) -> Iterator[tuple[date, date]]:
    """First and last day of the periods from the one that holds ``on``, without end."""
    first = first_of(period, on)
    while True:
        after = following(period, first)
        yield first, after - _DAY
        first = after


def _months_later(first: date, months: int) -> date:
    """The first of the month so many months on."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


@dataclass(frozen=True)
class Cadence:
    """A period and the day on which the report on one is due.

    ``day`` is of the month (31: its last) or of the week (1: Monday), None for the period's last day. ``month`` is
    the month of the period, from 1; None for its last or, where the report is about the period before, its first.
    ``is_about_previous``: the day lies in the period after the one that is told of (每月10日前报送上月情况).
    """

    period: Period
    day: int | None = None
    month: int | None = None
    is_about_previous: bool = False

    def due_on(self, first: date) -> date:
        """When the report on the period that begins on ``first`` is due. Later periods are due later."""
        after = following(self.period, first)
        base = after if self.is_about_previous else first
        if self.period is Period.WEEK:
            return base + ((self.day or 7) - 1) * _DAY
        if not self.period.takes_day:
            return following(self.period, base) - _DAY
        month = self.month or (1 if self.is_about_previous else self.period.months)
        in_month = _months_later(base, month - 1)
        last = monthrange(in_month.year, in_month.month)[1]
        return in_month.replace(day=min(self.day or LAST_DAY, last))

    def reports(self, on: date) -> Iterator[tuple[date, date, date]]:
        """First and last day of a period and when its report is due, from the first one due on ``on`` or later."""
        start = first_of(self.period, on)
        if self.is_about_previous:
            start = first_of(self.period, start - _DAY)
        for first, last in periods(self.period, start):
            due_on = self.due_on(first)
            if due_on >= on:
                yield first, last, due_on


def is_about_previous(period: Period, day: int | None, month: int | None) -> bool:
    """Whether a day that early in a period is for the report on the one before, where no words say so.

    每月10日前 tells of the month before, 每月28日前 of the month that runs; 每年1月31日前 of the year before,
    每年6月底前 is an act of the year itself.
    """
    if day is None:
        return False
    if period is Period.WEEK:
        return day <= 2
    if period is Period.MONTH:
        return day <= 15
    return month is not None and month <= {Period.QUARTER: 1, Period.HALF_YEAR: 2, Period.YEAR: 3}.get(
        period, 0
    )


def period_name(period: Period, first: date) -> str:
    """2026年第二季度"""
    year, month = first.year, first.month
    last = following(period, first) - _DAY
    match period:
        case Period.WEEK:
            return f"{year}年{month}月{first.day}日至{last.month}月{last.day}日"
        case Period.TEN_DAYS:
            return f"{year}年{month}月{'上中下'[(first.day - 1) // 10]}旬"
        case Period.HALF_MONTH:
            return f"{year}年{month}月{'上' if first.day == 1 else '下'}半月"
        case Period.MONTH:
            return f"{year}年{month}月"
        case Period.QUARTER:
            return f"{year}年第{'一二三四'[(month - 1) // 3]}季度"
        case Period.HALF_YEAR:
            return f"{year}年{'上' if month == 1 else '下'}半年"
        case Period.YEAR:
            return f"{year}年度"
    return f"{year}年{month}月至{last.month}月"
