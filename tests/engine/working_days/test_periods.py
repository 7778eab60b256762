"""The laws of recurring dates, tried on any day and any rule; and what single wordings mean."""

from calendar import monthrange
from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.working_days.periods import (
    Cadence,
    Period,
    first_of,
    following,
    is_about_previous,
    period_name,
    periods,
)

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
DAY = timedelta(days=1)


@st.composite
def cadences(draw: st.DrawFn) -> Cadence:
    period = draw(st.sampled_from(Period))
    if not period.takes_day:
        return Cadence(period)
    day = draw(st.none() | st.integers(1, 7 if period is Period.WEEK else 31))
    month = draw(st.none() | st.integers(1, period.months)) if period.months else None
    return Cadence(period, day, month, draw(st.booleans()))


@given(st.sampled_from(Period), DAYS)
def test_periods_tile_the_calendar(period: Period, on: date) -> None:
    first, last = next(periods(period, on))
    assert first <= on <= last
    listed = list(islice(periods(period, on), 60))
    assert all(after[0] - before[1] == DAY for before, after in pairwise(listed))
    assert all(first_of(period, day) == first for first, last in listed[:9] for day in (first, last))


@given(st.sampled_from([one for one in Period if one is not Period.WEEK]), st.integers(1990, 2090))
def test_periods_tile_each_year(period: Period, year: int) -> None:
    within = [(a, b) for a, b in islice(periods(period, date(year, 1, 1)), 40) if a.year == year]
    assert within[0][0] == date(year, 1, 1)
    assert within[-1][1] == date(year, 12, 31)
    assert sum((b - a).days + 1 for a, b in within) == (366 if monthrange(year, 2)[1] == 29 else 365)


@given(cadences(), DAYS)
def test_dates_rise_and_lie_where_the_rule_puts_them(cadence: Cadence, on: date) -> None:
    listed = list(islice(cadence.reports(on), 40))
    assert listed[0][2] >= on
    assert all(one[2] < other[2] for one, other in pairwise(listed))
    for first, last, due_on in listed:
        start = following(cadence.period, first) if cadence.is_about_previous else first
        assert start <= due_on < following(cadence.period, start)
        assert (due_on > last) == cadence.is_about_previous
        if cadence.period.months and cadence.day:
            assert due_on.day == min(cadence.day, monthrange(due_on.year, due_on.month)[1])
            if cadence.month:
                assert (due_on.month - start.month) % 12 == cadence.month - 1
        if cadence.period is Period.WEEK and cadence.day:
            assert due_on.isoweekday() == cadence.day


@given(cadences(), DAYS)
def test_the_first_report_is_the_earliest_still_ahead(cadence: Cadence, on: date) -> None:
    first, _, due_on = next(cadence.reports(on))
    before = first_of(cadence.period, first - DAY)
    assert cadence.due_on(before) < on <= due_on


@pytest.mark.parametrize(
    ("cadence", "on", "expected"),
    [
        (Cadence(Period.MONTH, 10, None, True), date(2026, 3, 2), ["2026-03-10", "2026-04-10"]),
        (Cadence(Period.MONTH, 30), date(2027, 12, 31), ["2028-01-30", "2028-02-29", "2028-03-30"]),
        (Cadence(Period.MONTH, 31), date(2026, 1, 31), ["2026-01-31", "2026-02-28", "2026-03-31"]),
        (Cadence(Period.QUARTER, 25), date(2026, 3, 26), ["2026-06-25", "2026-09-25", "2026-12-25"]),
        (Cadence(Period.QUARTER, 10, 1, True), date(2026, 3, 2), ["2026-04-10", "2026-07-10"]),
        (Cadence(Period.HALF_YEAR), date(2026, 3, 2), ["2026-06-30", "2026-12-31", "2027-06-30"]),
        (Cadence(Period.YEAR, 31, 1, True), date(2026, 2, 1), ["2027-01-31", "2028-01-31"]),
        (Cadence(Period.YEAR, 29, 2), date(2026, 3, 1), ["2027-02-28", "2028-02-29"]),
        (Cadence(Period.WEEK, 5), date(2026, 12, 30), ["2027-01-01", "2027-01-08"]),
        (Cadence(Period.TEN_DAYS), date(2028, 2, 12), ["2028-02-20", "2028-02-29", "2028-03-10"]),
        (Cadence(Period.HALF_MONTH), date(2026, 2, 16), ["2026-02-28", "2026-03-15"]),
        (Cadence(Period.TWO_MONTHS), date(2026, 2, 1), ["2026-02-28", "2026-04-30"]),
    ],
)
def test_single_rules(cadence: Cadence, on: date, expected: list[str]) -> None:
    found = [due_on.isoformat() for _, _, due_on in islice(cadence.reports(on), len(expected))]
    assert found == expected


@pytest.mark.parametrize(
    ("period", "day", "month", "previous"),
    [
        (Period.MONTH, 10, None, True),
        (Period.MONTH, 28, None, False),
        (Period.MONTH, None, None, False),
        (Period.QUARTER, 10, 1, True),
        (Period.QUARTER, 25, None, False),
        (Period.QUARTER, 15, 2, False),
        (Period.YEAR, 31, 1, True),
        (Period.YEAR, 31, 3, True),
        (Period.YEAR, 30, 6, False),
        (Period.WEEK, 1, None, True),
        (Period.WEEK, 5, None, False),
    ],
)
def test_an_early_day_is_for_the_period_before(
    period: Period, day: int | None, month: int | None, previous: bool
) -> None:
    assert is_about_previous(period, day, month) is previous


@pytest.mark.parametrize(
    ("period", "first", "name"),
    [
        (Period.WEEK, date(2026, 12, 28), "2026年12月28日至1月3日"),
        (Period.TEN_DAYS, date(2026, 3, 21), "2026年3月下旬"),
        (Period.HALF_MONTH, date(2026, 3, 16), "2026年3月下半月"),
        (Period.MONTH, date(2026, 3, 1), "2026年3月"),
        (Period.TWO_MONTHS, date(2026, 3, 1), "2026年3月至4月"),
        (Period.QUARTER, date(2026, 4, 1), "2026年第二季度"),
        (Period.HALF_YEAR, date(2026, 7, 1), "2026年下半年"),
        (Period.YEAR, date(2026, 1, 1), "2026年度"),
    ],
)
def test_a_period_has_a_name(period: Period, first: date, name: str) -> None:
    assert period_name(period, first) == name
