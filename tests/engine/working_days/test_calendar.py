"""Counting days: the checked cases that stand beside the repository, and cases of our own."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import chinese_calendar
import pytest

from engine.errors import InvalidInput
from engine.working_days import CalendarDayFact, Why, WorkingCalendar
from engine.working_days.official import official_years, provisional_years

TRUTH = Path(__file__).parents[4] / "shared" / "truth" / "working_days.json"


def whole_calendar() -> WorkingCalendar:
    official = official_years()
    named: dict[date, CalendarDayFact] = {}
    for years in (official, provisional_years()):
        for days in years.values():
            named.update(days)
    return WorkingCalendar(named, frozenset(official))


CALENDAR = whole_calendar()


def day(text: str) -> date:
    return date.fromisoformat(text)


def truth_cases() -> list[dict[str, Any]]:
    if not TRUTH.exists():
        return []
    cases: list[dict[str, Any]] = json.loads(TRUTH.read_text())["cases"]
    return cases


@pytest.mark.skipif(not TRUTH.exists(), reason="the checked answers do not lie beside this repository")
@pytest.mark.parametrize("case", truth_cases(), ids=lambda c: f"{c['kind']} {c['start']}+{c['n']}")
def test_agrees_with_checked_answers(case: dict[str, Any]) -> None:
    count = CALENDAR.count_working_days if case["kind"] == "working_days" else CALENDAR.count_calendar_days
    assert count(day(case["start"]), case["n"]).due_on == day(case["due"])


@pytest.mark.parametrize(
    ("start", "n", "due", "why"),
    [
        ("2026-03-02", 1, "2026-03-03", "a plain Monday"),
        ("2026-03-06", 1, "2026-03-09", "Friday to Monday"),
        ("2026-03-07", 1, "2026-03-09", "triggered on a Saturday"),
        ("2026-02-13", 1, "2026-02-14", "Saturday made up for Spring Festival"),
        ("2026-02-14", 1, "2026-02-24", "the whole Spring Festival lies between"),
        ("2026-02-14", 4, "2026-02-27", "ends just before a made-up Saturday"),
        ("2026-02-14", 5, "2026-02-28", "ends on a made-up Saturday"),
        ("2025-12-31", 1, "2026-01-04", "New Year, Sunday made up"),
        ("2026-04-03", 2, "2026-04-08", "Qingming with its Monday"),
        ("2026-06-18", 3, "2026-06-24", "Dragon Boat Festival"),
        ("2024-02-28", 2, "2024-03-01", "a leap day is a day"),
        ("2026-10-08", 2, "2026-10-10", "the Saturday after National Day is worked"),
    ],
)
def test_counts_working_days(start: str, n: int, due: str, why: str) -> None:
    assert CALENDAR.count_working_days(day(start), n).due_on == day(due), why


@pytest.mark.parametrize(
    ("start", "n", "due", "why"),
    [
        ("2026-03-02", 10, "2026-03-12", "ends on a Thursday"),
        ("2026-03-02", 5, "2026-03-09", "ends on a Saturday: rolls to Monday"),
        ("2026-03-02", 6, "2026-03-09", "ends on a Sunday: rolls to Monday"),
        ("2026-09-10", 10, "2026-09-20", "ends on a made-up Sunday: stays"),
        ("2026-09-15", 20, "2026-10-08", "ends inside National Day"),
        ("2025-12-02", 30, "2026-01-04", "ends on New Year's Day: the next worked day is a Sunday"),
    ],
)
def test_counts_calendar_days(start: str, n: int, due: str, why: str) -> None:
    assert CALENDAR.count_calendar_days(day(start), n).due_on == day(due), why


def test_every_day_of_a_count_says_why() -> None:
    count = CALENDAR.count_working_days(day("2026-09-28"), 7)
    said = [(d.on.isoformat()[5:], d.counted, d.why, d.name) for d in count.days]
    holiday = [(f"10-0{d}", False, Why.HOLIDAY, "国庆节") for d in range(1, 8)]
    assert said == [
        ("09-28", False, Why.START, ""),
        ("09-29", True, Why.WORKDAY, ""),
        ("09-30", True, Why.WORKDAY, ""),
        *holiday,
        ("10-08", True, Why.WORKDAY, ""),
        ("10-09", True, Why.WORKDAY, ""),
        ("10-10", True, Why.MAKE_UP, "国庆节"),
        ("10-11", False, Why.WEEKEND, ""),
        ("10-12", True, Why.WORKDAY, ""),
        ("10-13", True, Why.WORKDAY, ""),
    ]
    assert all(why.text for why in Why)


def test_rolled_days_say_why() -> None:
    count = CALENDAR.count_calendar_days(day("2026-09-01"), 30)
    tail = [(d.on.isoformat()[5:], d.counted, d.why) for d in count.days[-9:]]
    assert tail[0] == ("09-30", True, Why.CALENDAR_DAY)
    assert tail[1] == ("10-01", False, Why.HOLIDAY)
    assert tail[-1] == ("10-08", True, Why.ROLLED)
    assert len(count.days) == 1 + 30 + 7


def test_agrees_with_the_notices_on_every_day_they_cover() -> None:
    on = date(2004, 1, 1)
    while on <= date(2026, 12, 31):
        assert CALENDAR.is_workday(on) == chinese_calendar.is_workday(on), on
        assert not CALENDAR.is_provisional(on)
        on += timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "n", "provisional"),
    [
        ("2026-12-21", 8, False),  # ends on 12-31
        ("2026-12-21", 9, True),  # ends in 2027
        ("2026-12-31", 1, True),
        ("2027-05-06", 3, True),
    ],
)
def test_a_year_without_notice_is_provisional(start: str, n: int, provisional: bool) -> None:
    assert CALENDAR.count_working_days(day(start), n).provisional is provisional


def test_a_calendar_day_limit_is_provisional_only_by_its_end() -> None:
    assert not CALENDAR.count_calendar_days(day("2026-12-01"), 30).provisional
    assert CALENDAR.count_calendar_days(day("2026-12-02"), 30).provisional


def test_provisional_years_know_statutory_days_only() -> None:
    off = [on for on, fact in provisional_years()[2027].items() if not fact.is_workday]
    assert len(off) == 13
    assert CALENDAR.count_working_days(day("2027-02-04"), 1).due_on == day("2027-02-09")
    assert CALENDAR.count_working_days(day("2027-09-30"), 1).due_on == day("2027-10-04")
    # beyond the known festivals the plain week goes on, provisional as well
    assert CALENDAR.count_working_days(day("2040-01-02"), 3).due_on == day("2040-01-05")
    assert CALENDAR.is_provisional(day("2040-01-02"))


@pytest.mark.parametrize("year", sorted(provisional_years()))
def test_statutory_days_are_thirteen_save_where_festivals_meet(year: int) -> None:
    named = provisional_years()[year]
    meet = {2028: 1, 2031: 1}  # Mid-Autumn inside National Day
    assert len(named) == 13 - meet.get(year, 0)
    assert all(not fact.official and fact.name for fact in named.values())


@pytest.mark.parametrize(
    ("on", "n", "expected"),
    [
        ("2026-10-08", -1, "2026-09-30"),
        ("2026-10-12", -1, "2026-10-10"),
        ("2026-03-08", -1, "2026-03-06"),  # from a Sunday
        ("2026-03-08", 1, "2026-03-09"),
        ("2026-03-05", 0, "2026-03-05"),
        ("2026-03-08", 0, "2026-03-08"),
        ("2026-09-30", 3, "2026-10-10"),
    ],
)
def test_shift(on: str, n: int, expected: str) -> None:
    assert CALENDAR.shift(day(on), n) == day(expected)
    if abs(n) == 1:
        neighbour = CALENDAR.next_workday if n > 0 else CALENDAR.previous_workday
        assert neighbour(day(on)) == day(expected)


@pytest.mark.parametrize(
    ("after", "until", "expected"),
    [
        ("2026-03-02", "2026-03-02", 0),
        ("2026-03-02", "2026-03-03", 1),
        ("2026-03-06", "2026-03-08", 0),
        ("2026-09-30", "2026-10-10", 3),
        ("2026-10-10", "2026-09-30", -3),
    ],
)
def test_working_days_between(after: str, until: str, expected: int) -> None:
    assert CALENDAR.working_days_between(day(after), day(until)) == expected


def test_counting_and_measuring_agree() -> None:
    for offset in range(0, 400, 7):
        start = date(2025, 9, 1) + timedelta(days=offset)
        for n in (1, 5, 20):
            due = CALENDAR.count_working_days(start, n).due_on
            assert CALENDAR.working_days_between(start, due) == n
            assert CALENDAR.shift(start, n) == due


@pytest.mark.parametrize("n", [0, -1, 3661])
def test_refuses_lengths_that_make_no_limit(n: int) -> None:
    for count in (CALENDAR.count_working_days, CALENDAR.count_calendar_days):
        with pytest.raises(InvalidInput) as refused:
            count(date(2026, 3, 2), n)
        assert refused.value.code == "working_days.length"
        assert str(refused.value)
