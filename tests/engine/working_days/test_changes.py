"""A change as a value, and whose local days count for whom."""

from datetime import date

import pytest

from engine.errors import InvalidInput
from engine.working_days import CalendarDayFact, Change, Why
from engine.working_days.changes import applied, check, differences, dump, parse, since
from tests.engine.working_days.test_calendar import CALENDAR, day

OFF, ON = CalendarDayFact(False, "泼水节", True), CalendarDayFact(True, "", True)
NOTICE = "州政府通知"


def single(on: str, fact: CalendarDayFact | None, unit_id: int | None = None) -> Change:
    return Change(day(on).year, {day(on): fact}, NOTICE, unit_id)


@pytest.mark.parametrize(
    ("change", "start", "n", "due"),
    [
        (single("2026-03-04", OFF), "2026-03-02", 3, "2026-03-06"),  # one day later
        (single("2026-03-07", ON), "2026-03-02", 5, "2026-03-07"),  # a Saturday is worked
        (single("2026-10-08", OFF), "2026-09-28", 7, "2026-10-14"),
        (single("2026-10-01", None), "2026-09-28", 7, "2026-10-12"),  # no longer a holiday: a plain Thursday
        (single("2028-02-29", OFF), "2028-02-28", 1, "2028-03-01"),  # leap day
        (
            single("2027-12-31", OFF),
            "2027-12-30",
            1,
            "2028-01-03",
        ),  # over the end of the year, 2028-01-01 is off
    ],
)
def test_one_day(change: Change, start: str, n: int, due: str) -> None:
    assert applied(CALENDAR, change).count_working_days(day(start), n).due_on == day(due)


def test_a_day_does_not_make_a_year_official() -> None:
    after = applied(CALENDAR, single("2027-03-04", OFF))
    assert after.is_provisional(day("2027-03-04"))
    assert not after.days[day("2027-03-04")].official
    assert applied(CALENDAR, single("2026-03-04", OFF)).days[day("2026-03-04")].official


@pytest.mark.parametrize("official", [True, False])
def test_a_whole_year_takes_the_place_of_what_was_there(official: bool) -> None:
    days = {day("2027-01-01"): CalendarDayFact(False, "元旦", False)}
    after = applied(CALENDAR, Change(2027, days, NOTICE, whole_year=True, official=official))
    assert [on for on in after.days if on.year == 2027] == [day("2027-01-01")]
    assert after.is_provisional(day("2027-05-01")) is not official
    assert after.count_working_days(day("2027-02-01"), 5).provisional is not official
    assert {on: f for on, f in after.days.items() if on.year != 2027} == {
        on: f for on, f in CALENDAR.days.items() if on.year != 2027
    }


def test_the_same_days_made_official_are_no_differences_but_count_from_new_year_on() -> None:
    days = {on: fact for on, fact in CALENDAR.days.items() if on.year == 2027}
    after = applied(CALENDAR, Change(2027, days, NOTICE, whole_year=True))
    assert differences(CALENDAR, after) == []
    assert since(CALENDAR, after) == day("2027-01-01")
    assert since(CALENDAR, CALENDAR) is None


def test_differences_are_kept_and_read_again() -> None:
    found = differences(CALENDAR, applied(CALENDAR, single("2026-10-08", OFF)))
    assert [(d.on, d.before, d.after and d.after.name) for d in found] == [
        (day("2026-10-08"), None, "泼水节")
    ]
    assert parse(dump(found)) == found
    assert since(CALENDAR, applied(CALENDAR, single("2026-10-08", OFF))) == day("2026-10-08")


def test_local_days_hold_for_the_unit_and_those_beneath_it() -> None:
    calendar = applied(CALENDAR, single("2026-04-13", OFF, unit_id=5))
    assert calendar.of([1, 2]) is calendar
    assert calendar.is_workday(day("2026-04-13"))
    for line in ([1, 5], [1, 5, 9]):
        own = calendar.of(line)
        assert own.count_working_days(day("2026-04-10"), 1).due_on == day("2026-04-14")
        assert own.national is calendar
        counted = own.count_working_days(day("2026-04-10"), 1).days[3]
        assert counted == (day("2026-04-13"), False, Why.LOCAL_HOLIDAY, "泼水节", NOTICE)
    nearer = applied(calendar, single("2026-04-13", ON, unit_id=9))
    assert nearer.of([1, 5, 9]).is_workday(day("2026-04-13"))
    assert nearer.of([1, 5, 9]).why(day("2026-04-13")) == (Why.LOCAL_WORKDAY, "", NOTICE)
    assert not nearer.of([1, 5]).is_workday(day("2026-04-13"))
    assert applied(calendar, single("2026-04-13", None, unit_id=5)) == CALENDAR


def test_a_local_year_leaves_other_years_and_units_alone() -> None:
    calendar = applied(CALENDAR, single("2026-04-13", OFF, unit_id=5))
    calendar = applied(calendar, single("2027-04-13", OFF, unit_id=5))
    after = applied(calendar, Change(2027, {day("2027-04-14"): OFF}, NOTICE, unit_id=5, whole_year=True))
    assert sorted(after.local[5]) == [day("2026-04-13"), day("2027-04-14")]
    assert after.official_years == CALENDAR.official_years


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (Change(2003, {}, NOTICE), "year"),
        (Change(2101, {}, NOTICE), "year"),
        (Change(2026, {}, "  "), "source"),
        (Change(2026, {}, "依" * 201), "source"),
        (Change(2026, {}, "依\0据"), "source"),
        (Change(2026, {date(2026, 1, 1): OFF._replace(name="\ud800")}, NOTICE), "source"),
        (Change(2026, {date(2027, 1, 1): OFF}, NOTICE), "days"),
        (Change(2026, {date(2026, 1, 1): OFF._replace(name="节" * 61)}, NOTICE), "name"),
        (Change(2026, {date(2026, 1, 3): ON}, NOTICE, whole_year=True), "days"),
    ],
)
def test_what_no_change_may_be(change: Change, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(change)
    assert refused.value.field == field
