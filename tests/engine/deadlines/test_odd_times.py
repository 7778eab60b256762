"""Clocks that jump, a scheduler that was down for a week, summer time, leap days: nothing twice, nothing lost."""

from datetime import UTC, date, datetime, timedelta

import pytest

from engine import deadlines, working_days
from engine.clock import FixedClock, end_of_day, local_date, start_of_day
from engine.db import transaction
from engine.deadlines import Basis, DeadlineState, EscalationPolicy, policies
from engine.deadlines.policies import PlannedStep, StepKind
from tests.engine.deadlines.cases import Office, shanghai

DUE = Basis.fixed_date(date(2026, 3, 31), "3月31日前")
MICROSECOND = timedelta(microseconds=1)


def ladder(office: Office, id: int) -> list[PlannedStep]:
    """All steps of a deadline by the calendar in force."""
    row = office.get(id)
    with transaction(office.engine, read_only=True) as session:
        steps = policies.parse(session.get_one(EscalationPolicy, row.policy_id).steps)
        return policies.schedule(steps, row.due_on, working_days.load(session))


@pytest.mark.parametrize(
    ("hours", "lost"),
    [
        ([0, -1, 0, 1], set()),  # an hour back, and on again
        ([0, -25, 0], set()),  # a day back
        (
            [24, 0, 24, 48],
            {"remind_1"},
        ),  # a day ahead, and corrected: the reminder was overtaken by the limit
        ([24 * 7, -24 * 7, 0, 24 * 7], {"remind_1"}),
        ([-1, 0, -1, 0, -1, 0], set()),
    ],
)
def test_a_clock_that_jumps_fires_nothing_twice_and_loses_nothing(
    office: Office, hours: list[int], lost: set[str]
) -> None:
    """The jumps begin when the last reminder is due; from the end on the clock is right."""
    id = office.open(DUE)
    steps = ladder(office, id)
    at = {planned.step.key: planned.at for planned in steps}
    for key in ("remind_15", "remind_7", "remind_3"):
        office.sweep_at(at[key])
    for jump in hours:
        office.sweep_at(
            (at["passed"] if lost else at["remind_1"]) + timedelta(hours=jump - (24 if lost else 0))
        )
        taken = office.get(id).steps
        assert len({step.step for step in taken}) == len(taken)
    for planned in steps:
        office.sweep_at(planned.at)
        office.sweep_at(planned.at - timedelta(hours=1))
    row = office.get(id)
    assert [step.step for step in row.steps] == [planned.step.key for planned in steps]
    assert [step.planned_at for step in row.steps] == [planned.at for planned in steps]
    assert {step.step for step in row.steps if step.outcome == "collapsed"} <= lost
    assert (row.state, row.passed_at, row.next_action_at) == (
        DeadlineState.PASSED,
        end_of_day(row.due_on),
        None,
    )
    assert office.passings() == [(id, "passed")]


def test_after_a_week_without_a_scheduler(office: Office) -> None:
    """Missed reminders collapse into one, or into nothing where the limit went by; lateness has its true date."""
    office.sweep_at(shanghai("2026-03-20", 18))
    found = {
        on: office.open(Basis.fixed_date(on, "限期"), case=1 + n % 3, kind=f"kind.{n}")
        for n, on in enumerate(date(2026, 3, 20) + timedelta(days=n) for n in range(30))
    }
    steps = {on: ladder(office, id) for on, id in found.items()}
    began = {on: office.get(id).next_action_at for on, id in found.items()}
    back = shanghai("2026-03-27", 18)
    office.sweep_at(back)
    late = set()
    for on, id in found.items():
        row = office.get(id)
        came = [p for p in steps[on] if began[on] is not None and began[on] <= p.at <= back]  # type: ignore[operator]
        assert [(s.step, s.planned_at, s.fired_at) for s in row.steps] == [
            (p.step.key, p.at, back) for p in came
        ]
        fired = [p.step.kind for p, s in zip(came, row.steps, strict=True) if s.outcome == "fired"]
        assert fired.count(StepKind.REMINDER) <= 1
        if row.due_at <= back:
            late.add(id)
            assert StepKind.REMINDER not in fired
            assert (row.state, row.passed_at) == (DeadlineState.PASSED, end_of_day(on))
        elif came:
            assert fired == [StepKind.REMINDER]
            assert row.steps[-1].outcome == "fired", "the latest one"
        assert row.next_action_at is None or row.next_action_at > back
    assert len(late) == 7
    assert {id for id, _ in office.passings()} == late
    assert office.sweep_at(back) == 0


def test_a_day_is_a_day_of_shanghai_also_in_summer_time() -> None:
    """From 1986 to 1991 the clocks of China were set forward each summer."""
    assert end_of_day(date(1986, 5, 3)) == datetime(1986, 5, 3, 16, tzinfo=UTC)
    assert end_of_day(date(1988, 7, 1)) == datetime(1988, 7, 1, 15, tzinfo=UTC)
    assert end_of_day(date(1991, 9, 15)) == datetime(1991, 9, 15, 16, tzinfo=UTC)
    on = date(1985, 12, 30)
    while on.year < 1993:
        end = end_of_day(on)
        assert (local_date(start_of_day(on)), local_date(end - MICROSECOND)) == (on, on)
        on += timedelta(days=1)
        assert (local_date(end), start_of_day(on)) == (on, end), "no instant lies between two days"


def test_a_limit_in_summer_time_passes_at_its_midnight(office: Office) -> None:
    office.clock.move_to(datetime(1988, 6, 30, 1, tzinfo=UTC))
    id = office.open(Basis.fixed_date(date(1988, 7, 1), "限期"), kind="work_item.sampling")
    midnight = datetime(1988, 7, 1, 15, tzinfo=UTC)
    assert office.sweep_at(midnight - MICROSECOND) == 0
    assert office.sweep_at(midnight) == 1
    assert office.get(id).passed_at == midnight


@pytest.mark.parametrize(
    ("written", "on"),
    [
        ("2026-03-31T23:59:59.999999+08:00", "2026-03-31"),
        ("2026-04-01T00:00:00+08:00", "2026-04-01"),
        ("2026-03-31T15:59:59+00:00", "2026-03-31"),
        ("2026-03-31T16:00:00+00:00", "2026-04-01"),
        ("2026-03-31T11:30:00-05:00", "2026-04-01"),  # New York in summer time
        ("2026-03-31T18:00:00+02:00", "2026-04-01"),  # Berlin in summer time
        ("2026-10-25T02:30:00+01:00", "2026-10-25"),  # the hour that Berlin has twice
        ("2026-04-01T05:29:00+13:45", "2026-03-31"),
        ("1988-07-01T15:30:00+00:00", "1988-07-02"),
        ("1988-01-01T15:30:00+00:00", "1988-01-01"),
    ],
)
def test_the_day_of_an_imported_instant_is_that_of_shanghai(written: str, on: str) -> None:
    assert local_date(datetime.fromisoformat(written)) == date.fromisoformat(on)
    assert FixedClock(datetime.fromisoformat(written)).now().utcoffset() == timedelta(0)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        local_date(datetime(2026, 3, 31, 23, 59))


@pytest.mark.parametrize(
    ("basis", "due"),
    [
        (Basis.fixed_date(date(2028, 2, 29), "2月底前"), "2028-02-29"),
        (Basis.calendar_days_after(date(2028, 2, 27), 2, "印发"), "2028-02-29"),
        (Basis.calendar_days_after(date(2028, 2, 28), 2, "印发"), "2028-03-01"),
        (Basis.calendar_days_after(date(2028, 2, 29), 366, "印发"), "2029-03-01"),
        (Basis.calendar_days_after(date(2027, 2, 28), 1, "印发"), "2027-03-01"),
        (Basis.working_days_after(date(2028, 2, 28), 1, "印发"), "2028-02-29"),
        (Basis.working_days_after(date(2028, 2, 29), 1, "印发"), "2028-03-01"),
        (Basis.period_day(date(2028, 2, 29), "每月末"), "2028-02-29"),
    ],
)
def test_a_leap_day_counts_like_any_other(basis: Basis, due: str) -> None:
    count = basis.count(working_days.WorkingCalendar({}))
    assert count.due_on == date.fromisoformat(due)


def test_a_limit_on_a_leap_day_passes_at_its_end(office: Office) -> None:
    office.clock.move_to(shanghai("2028-02-28"))
    id = office.open(Basis.fixed_date(date(2028, 2, 29), "2月29日前"), kind="work_item.sampling")
    assert office.sweep_at(shanghai("2028-02-29", 23, 59)) == 0
    assert office.sweep_at(shanghai("2028-03-01", 0)) == 1
    row = office.get(id)
    assert (row.due_on, row.passed_at) == (date(2028, 2, 29), shanghai("2028-03-01", 0))
    with transaction(office.engine) as session:
        later = deadlines.extend(office.ctx(session), id, date(2029, 2, 28), "延期一年")
        assert later.due_at == shanghai("2029-03-01", 0)
        assert later.original_due_on == date(2028, 2, 29)
