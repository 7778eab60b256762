"""What a date is by a calendar, with what was done to it; and what a changed calendar may do to a date. Pure."""

from dataclasses import dataclass
from datetime import date, datetime

import pytest

from engine.deadlines.basis import Basis
from engine.deadlines.standing import Standing, due_again, stands
from engine.working_days import CalendarDayFact, Change
from engine.working_days.changes import applied
from tests.engine.deadlines.cases import shanghai
from tests.engine.working_days.test_calendar import CALENDAR, day

OFF = CalendarDayFact(False, "临时放假", True)
LATER = applied(CALENDAR, Change(2026, {day("2026-03-09"): OFF}, "通知"))
COUNTED = Basis.working_days_after(day("2026-03-02"), 10, "签收")  # to 03-16, by LATER to 03-17


@dataclass
class Done:
    kind: str
    to_on: date
    changed_at: datetime


def done(kind: str, to_on: str, at: str = "2026-03-04") -> Done:
    return Done(kind, day(to_on), shanghai(at))


@pytest.mark.parametrize(
    ("basis", "changes", "before", "after"),
    [
        (COUNTED, [], "2026-03-16", "2026-03-17"),
        (Basis.calendar_days_after(day("2026-03-02"), 7, "决定"), [], "2026-03-09", "2026-03-10"),
        (Basis.calendar_days_after(day("2026-03-02"), 10, "决定"), [], "2026-03-12", "2026-03-12"),
        (Basis.fixed_date(day("2026-03-09"), "3月9日前"), [], "2026-03-09", "2026-03-09"),
        (Basis.period_end(day("2026-03-09"), "本期"), [], "2026-03-09", "2026-03-09"),
        (COUNTED, [done("extended", "2026-03-31")], "2026-03-31", "2026-03-31"),
        # An amendment gives the basis that is counted now; what was granted by the old one has fallen away.
        (COUNTED, [done("extended", "2026-03-31"), done("amended", "2026-03-16")], "2026-03-16", "2026-03-17"),
        (COUNTED, [done("recomputed", "2026-03-31")], "2026-03-16", "2026-03-17"),
        # paused on 03-04 with 8 days left, on again on 03-12: 8 days later
        (COUNTED, [done("paused", "2026-03-16"), done("resumed", "2026-03-24", "2026-03-12")], "2026-03-24", "2026-03-24"),
        (COUNTED, [done("paused", "2026-03-16"), done("resumed", "2026-03-18", "2026-03-06")], "2026-03-18", "2026-03-19"),
        (COUNTED, [done("paused", "2026-03-16"), done("resumed", "2026-03-16")], "2026-03-16", "2026-03-17"),
    ],
)  # fmt: skip
def test_by_one_calendar_and_by_another(basis: Basis, changes: list[Done], before: str, after: str) -> None:
    assert stands(basis, changes, CALENDAR).due_on == day(before)
    assert stands(basis, changes, LATER).due_on == day(after)


def test_a_date_that_was_set_is_not_provisional() -> None:
    counted = Basis.working_days_after(day("2026-12-28"), 10, "签收")
    assert stands(counted, [], CALENDAR) == Standing(day("2027-01-12"), True)
    assert stands(counted, [done("extended", "2027-02-26")], CALENDAR) == Standing(day("2027-02-26"), False)


@pytest.mark.parametrize(
    ("state", "has", "wanted", "gets"),
    [
        ("open", "2026-03-16", "2026-03-17", "2026-03-17"),
        ("open", "2026-03-16", "2026-03-13", "2026-03-13"),
        ("open", "2026-03-16", "2026-03-06", "2026-03-10"),  # not behind today
        ("open", "2026-03-10", "2026-03-11", "2026-03-11"),
        ("open", "2026-03-09", "2026-03-06", "2026-03-09"),  # over, and no sweep has seen it
        ("passed", "2026-03-09", "2026-03-10", "2026-03-10"),  # by this calendar it is not over
        ("passed", "2026-03-06", "2026-03-09", "2026-03-06"),  # over by both
        ("passed", "2026-03-06", "2026-03-05", "2026-03-06"),
        ("paused", "2026-03-16", "2026-03-06", "2026-03-06"),
    ],
)
def test_what_a_calendar_may_do_to_a_date(state: str, has: str, wanted: str, gets: str) -> None:
    assert due_again(state, day(has), day(wanted), today=day("2026-03-10")) == day(gets)
