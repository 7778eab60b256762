"""Pure rules: due dates by basis, the times of a ladder, the light, and the explanation."""

import json
from datetime import date
from typing import Any

import pytest

from engine.clock import end_of_day
from engine.deadlines import (
    Basis,
    Colour,
    Deadline,
    DeadlineState,
    EscalationPolicy,
    Light,
    Reason,
    Rule,
    Scheme,
    explain,
    light,
)
from engine.deadlines.explain import LAW, RULE_TEXT
from engine.deadlines.policies import LADDERS, Recipient, first_ahead, parse, policy_for, schedule
from tests.engine.deadlines.cases import shanghai
from tests.engine.working_days.test_calendar import CALENDAR


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("basis", "due", "provisional"),
    [
        (Basis.fixed_date(day("2026-06-30"), "6月30日前"), "2026-06-30", False),
        (Basis.fixed_date(day("2026-10-03"), "10月3日前"), "2026-10-03", False),  # a holiday: does not roll
        (Basis.fixed_date(day("2027-06-30"), "2027年6月30日前"), "2027-06-30", False),  # nothing is counted
        (Basis.working_days_after(day("2026-09-28"), 7, "下达"), "2026-10-13", False),
        (Basis.working_days_after(day("2026-12-31"), 2, "下达"), "2027-01-05", True),
        (Basis.calendar_days_after(day("2026-09-01"), 30, "下达"), "2026-10-08", False),
        (Basis.period_end(day("2026-10-31"), "每月"), "2026-10-31", False),  # a Saturday: does not roll
    ],
)
def test_due_date_by_basis(basis: Basis, due: str, provisional: bool) -> None:
    count = basis.count(CALENDAR)
    assert (count.due_on, count.provisional) == (day(due), provisional)
    assert Basis.from_dict(json.loads(json.dumps(basis.to_dict()))) == basis


SCHEME = Scheme()
DEFAULT = parse(json.dumps(LADDERS["default"]))


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (  # a plain Tuesday
            "2026-03-31",
            {
                "remind_15": "2026-03-10 09:00",
                "remind_7": "2026-03-20 09:00",
                "remind_3": "2026-03-26 09:00",
                "remind_1": "2026-03-30 09:00",
                "passed": "2026-04-01 00:00",
                "escalate_1": "2026-04-01 09:00",
                "escalate_3": "2026-04-03 09:00",
                "escalate_10": "2026-04-15 09:00",  # Qingming lies between
                "escalate_20": "2026-04-29 09:00",
            },
        ),
        (  # a fixed date inside National Day: reminders before the holiday, escalation after it
            "2026-10-03",
            {
                "remind_3": "2026-09-28 09:00",
                "remind_1": "2026-09-30 09:00",
                "passed": "2026-10-04 00:00",
                "escalate_1": "2026-10-08 09:00",
                "escalate_3": "2026-10-10 09:00",  # a Saturday that is worked
            },
        ),
        ("2026-03-08", {"remind_1": "2026-03-06 09:00", "escalate_1": "2026-03-09 09:00"}),  # a Sunday
    ],
)
def test_times_of_the_default_ladder(due: str, expected: dict[str, str]) -> None:
    planned = {p.step.key: p.at for p in schedule(DEFAULT, day(due), CALENDAR)}
    for key, text in expected.items():
        on, _, clock = text.partition(" ")
        assert planned[key] == shanghai(on, int(clock[:2])), key


def test_ladders_come_in_order_and_name_known_recipients() -> None:
    for ladder in LADDERS.values():
        steps = parse(json.dumps(ladder))
        times = [p.at for p in schedule(steps, day("2026-05-06"), CALENDAR)]
        assert times == sorted(times)
        assert all(Recipient(to) for step in steps for to in step.to)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("obligation.due", "default"),
        ("rectification.due", "default"),
        ("review.due", "review"),
        ("check.due", "check"),
        ("work_item.sampling", "window"),
    ],
)
def test_ladder_of_a_kind(kind: str, key: str) -> None:
    assert policy_for(kind) == key
    assert key in LADDERS


@pytest.mark.parametrize(
    ("now", "key"),
    [
        ("2026-03-02", "remind_15"),
        ("2026-03-10", "remind_7"),  # the reminder of this very minute is the opening itself
        ("2026-03-27", "remind_1"),
        ("2026-03-31", "passed"),
        ("2026-05-20", "passed"),  # opened when it was over long ago: the passing is still recorded
    ],
)
def test_reminders_before_the_opening_are_left_out(now: str, key: str) -> None:
    ahead = first_ahead(DEFAULT, day("2026-03-31"), shanghai(now), CALENDAR)
    assert ahead is not None
    assert ahead.step.key == key


def deadline(due: str, state: str = "open", **more: Any) -> Deadline:
    values = {"passed_at": None, "met_at": None, "reminded_at": None, "paused_on": None, **more}
    return Deadline(
        due_on=day(due),
        due_at=end_of_day(day(due)),
        original_due_on=day(due),
        state=state,
        basis=Basis.fixed_date(day(due), "限期").to_dict(),
        provisional=False,
        opened_at=shanghai("2026-03-10", 10),
        policy=EscalationPolicy(key="default", version=1, steps=json.dumps(LADDERS["default"])),
        **values,
    )


REMINDED = {"reminded_at": shanghai("2026-03-10")}
PASSED = {"passed_at": shanghai("2026-04-01", 0)}
MET = {"met_at": shanghai("2026-03-20")}


@pytest.mark.parametrize(
    ("shown", "now", "colour", "reason"),
    [
        (deadline("2026-03-31"), "2026-03-02", Colour.GREEN, Reason.IN_TIME),
        (deadline("2026-03-31", **REMINDED), "2026-03-12", Colour.BLUE, Reason.REMINDED),
        (deadline("2026-03-31", **REMINDED), "2026-03-29", Colour.BLUE, Reason.REMINDED),  # a Sunday
        (deadline("2026-03-31", **REMINDED), "2026-03-30", Colour.YELLOW, Reason.DUE_SOON),
        (deadline("2026-03-31"), "2026-03-31", Colour.YELLOW, Reason.DUE_SOON),
        (deadline("2026-03-31"), "2026-04-01", Colour.RED, Reason.OVERDUE),  # before any sweep
        (deadline("2026-03-31", "passed", **PASSED), "2026-05-01", Colour.RED, Reason.OVERDUE),
        (deadline("2026-03-09"), "2026-03-06", Colour.YELLOW, Reason.DUE_SOON),  # Friday for Monday
        (deadline("2026-03-09"), "2026-03-05", Colour.GREEN, Reason.IN_TIME),
        (deadline("2026-10-08"), "2026-10-01", Colour.YELLOW, Reason.DUE_SOON),  # all through the holiday
        (deadline("2026-10-05"), "2026-09-30", Colour.YELLOW, Reason.DUE_SOON),  # due on a day off
        (
            deadline("2026-03-31", "paused", paused_on=day("2026-03-05")),
            "2026-05-01",
            Colour.GREY,
            Reason.PAUSED,
        ),
        (deadline("2026-03-31", "met", **MET), "2026-05-01", Colour.GREY, Reason.MET),
        (deadline("2026-03-31", "met", **MET, **PASSED), "2026-05-01", Colour.GREY, Reason.MET_LATE),
        (deadline("2026-03-31", "cancelled"), "2026-05-01", Colour.GREY, Reason.CANCELLED),
        # extended after it had passed: owed anew, the lateness stays on record
        (deadline("2026-04-30", "open", **PASSED), "2026-04-02", Colour.GREEN, Reason.IN_TIME),
    ],
)
def test_light(shown: Deadline, now: str, colour: Colour, reason: Reason) -> None:
    assert light(shown, shanghai(now), CALENDAR, SCHEME) == Light(colour, reason)
    assert reason.text


def test_the_day_of_the_limit_belongs_to_it() -> None:
    last = shanghai("2026-03-31", 23, 59)
    assert light(deadline("2026-03-31"), last, CALENDAR, SCHEME).colour is Colour.YELLOW
    assert light(deadline("2026-03-31"), shanghai("2026-04-01", 0), CALENDAR, SCHEME).colour is Colour.RED


def test_yellow_is_configuration() -> None:
    shown = deadline("2026-03-31")
    assert light(shown, shanghai("2026-03-26"), CALENDAR, Scheme(yellow_days=3)).colour is Colour.YELLOW
    assert light(shown, shanghai("2026-03-26"), CALENDAR, SCHEME).colour is Colour.GREEN


def test_a_due_date_explains_itself() -> None:
    basis = Basis.working_days_after(day("2026-09-28"), 7, "事项下达")
    shown = deadline("2026-10-13")
    shown.basis = basis.to_dict()
    why = explain(shown, CALENDAR, shanghai("2026-10-09"), SCHEME)
    assert (why.rule, why.trigger_on, why.trigger_text, why.length) == (
        Rule.WORKING_DAYS,
        day("2026-09-28"),
        "事项下达",
        7,
    )
    assert why.days == CALENDAR.count_working_days(day("2026-09-28"), 7).days
    assert (why.counted_to, why.due_on, why.original_due_on) == (day("2026-10-13"),) * 3
    assert why.working_days_left == 3  # 10-10 (made up), 10-12, 10-13
    assert why.light == light(shown, shanghai("2026-10-09"), CALENDAR, SCHEME)
    assert "第二百零一条" in why.law[0]
    assert not why.provisional_text


@pytest.mark.parametrize(
    ("state", "next_step", "standings"),
    [
        ("open", "remind_3", ["left_out", "left_out", "next", "ahead", "ahead"]),
        ("met", None, ["left_out", "dropped", "dropped", "dropped", "dropped"]),
        ("paused", None, ["left_out", "dropped", "dropped", "dropped", "dropped"]),
        ("passed", "escalate_1", ["left_out", "left_out", "left_out", "left_out", "left_out"]),
    ],
)
def test_each_step_of_the_ladder_says_how_it_stands(
    state: str, next_step: str | None, standings: list[str]
) -> None:
    more: dict[str, Any] = {"paused": {"paused_on": day("2026-03-12")}, "met": MET}.get(state, {})
    shown = deadline("2026-03-31", state, next_step=next_step, **more)
    why = explain(shown, CALENDAR, shanghai("2026-03-25"), SCHEME)
    assert [rung.standing.value for rung in why.ladder][:5] == standings
    assert (why.policy_key, why.policy_version, why.extended) == ("default", 1, 0)
    assert (why.coming.step.key if why.coming else None) == next_step
    assert why.reached is None


def test_what_is_done_has_no_days_left() -> None:
    done = deadline("2026-03-31", DeadlineState.MET, met_at=shanghai("2026-03-20"))
    assert explain(done, CALENDAR, shanghai("2026-03-25"), SCHEME).working_days_left is None
    late = explain(deadline("2026-03-31"), CALENDAR, shanghai("2026-04-02"), SCHEME)
    assert late.working_days_left == -2


def test_every_rule_has_its_words_and_its_law() -> None:
    assert RULE_TEXT.keys() == LAW.keys() == set(Rule)
