"""The rules as tables of cases."""

from datetime import date
from typing import Any

import pytest

from engine.campaigns import rules
from engine.campaigns.models import LimitKind, ObligationKind, ObligationState
from engine.campaigns.rules import Limit, Standing
from engine.errors import DubanError, InvalidInput, RuleViolation, StaleForm, TaskNotOpen
from engine.working_days import WorkingCalendar
from engine.working_days.periods import Period

TODAY = date(2026, 3, 2)
CALENDAR = WorkingCalendar({}, frozenset({2026, 2027}))

FINAL = Limit(LimitKind.FINAL, {"rule": "fixed_date", "on": "2026-12-31", "text": "年底前"})
JUNE = Limit(LimitKind.MILESTONE, {"rule": "fixed_date", "on": "2026-06-30", "text": "6月30日前"}, "公布清单")
QUARTERLY = Limit(LimitKind.CADENCE, {"rule": "each", "period": "quarter", "text": "每季度"})
SEVEN = Limit(
    LimitKind.EVENT,
    {"rule": "after_event", "days": 7, "counting": "working_days", "text": "作出执法决定之日起7个工作日内"},
)


def limit(kind: LimitKind, **basis: Any) -> Limit:
    return Limit(kind, basis, "时限")


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ([FINAL, JUNE, QUARTERLY, SEVEN], None),
        ([], None),
        ([FINAL, FINAL], "key_tasks.several_finals"),
        ([limit(LimitKind.FINAL, rule="each", period="month")], "key_tasks.limit_form"),
        ([limit(LimitKind.CADENCE, rule="fixed_date", on="2026-12-31")], "key_tasks.limit_form"),
        ([limit(LimitKind.FINAL)], "key_tasks.limit_form"),
        ([limit(LimitKind.FINAL, rule="fixed_date", on="2026-02-30")], "key_tasks.limit_values"),
        ([limit(LimitKind.FINAL, rule="fixed_date")], "key_tasks.limit_values"),
        ([limit(LimitKind.FINAL, rule="working_days", days=0)], "key_tasks.limit_values"),
        ([limit(LimitKind.FINAL, rule="working_days", days="二十")], "key_tasks.limit_values"),
        ([limit(LimitKind.CADENCE, rule="each", period="fortnight")], "key_tasks.limit_values"),
        ([limit(LimitKind.EVENT, rule="after_event", days=7)], "key_tasks.limit_values"),
        ([limit(LimitKind.FINAL, rule="fixed_date", on="2026-03-02")], None),
        ([limit(LimitKind.FINAL, rule="fixed_date", on="2026-03-01")], "key_tasks.limit_past"),
        ([limit(LimitKind.CADENCE, rule="each", period="month", until="2025-12-31")], "key_tasks.limit_past"),
    ],
)
def test_limits_have_known_forms_and_lie_ahead(limits: list[Limit], code: str | None) -> None:
    if code is None:
        rules.check_limits(limits, TODAY)
        return
    with pytest.raises(InvalidInput) as error:
        rules.check_limits(limits, TODAY)
    assert error.value.code == code
    assert "{" not in str(error.value)


@pytest.mark.parametrize(
    ("limits", "final_on", "progress", "year", "added"),
    [
        ([], None, Period.QUARTER, 2026, [("final", "2026-12-31"), ("cadence", "quarter")]),
        ([], date(2026, 9, 1), Period.MONTH, 2026, [("final", "2026-09-01"), ("cadence", "month")]),
        ([], date(2026, 9, 1), None, 2026, [("final", "2026-09-01")]),
        ([JUNE], None, None, 2026, [("final", "2026-12-31")]),
        ([SEVEN], None, Period.QUARTER, 2026, [("final", "2026-12-31"), ("cadence", "quarter")]),
        ([FINAL], None, Period.QUARTER, 2026, [("cadence", "quarter")]),
        ([FINAL, QUARTERLY], None, Period.MONTH, 2026, []),
    ],
)
def test_no_key_task_goes_out_without_a_final_date(
    limits: list[Limit],
    final_on: date | None,
    progress: Period | None,
    year: int,
    added: list[tuple[str, str]],
) -> None:
    found = rules.with_defaults(limits, final_on=final_on, progress=progress, year=year, today=TODAY)
    assert [(one.kind, one.basis.get("on") or one.basis["period"]) for one in found] == added
    rules.check_limits([*limits, *found], TODAY)


@pytest.mark.parametrize(
    ("limits", "final_on", "year", "code"),
    [
        ([], None, 2025, "key_tasks.final_needed"),
        ([], date(2026, 3, 1), 2026, "key_tasks.final_needed"),
        ([FINAL], date(2026, 9, 1), 2026, "key_tasks.has_final"),
    ],
)
def test_a_final_date_must_lie_ahead_and_not_contradict_the_document(
    limits: list[Limit], final_on: date | None, year: int, code: str
) -> None:
    with pytest.raises(DubanError) as error:
        rules.with_defaults(limits, final_on=final_on, progress=None, year=year, today=TODAY)
    assert error.value.code == code


def shape(limits: list[Limit], on: date) -> list[tuple[str, str, str]]:
    return [(d.kind.value, d.title, d.due_on.isoformat()) for d in rules.duties(limits, on, CALENDAR)]


@pytest.mark.parametrize(
    ("limits", "on", "expected"),
    [
        ([FINAL], TODAY, [("final", "办结报告", "2026-12-31")]),
        (
            [FINAL, JUNE],
            TODAY,
            [("milestone", "公布清单", "2026-06-30"), ("final", "办结报告", "2026-12-31")],
        ),
        # Less than half of the first quarter is left; the last one is covered by the final report.
        (
            [FINAL, QUARTERLY],
            TODAY,
            [
                ("period", "2026年第二季度进展报告", "2026-06-30"),
                ("period", "2026年第三季度进展报告", "2026-09-30"),
                ("final", "办结报告", "2026-12-31"),
            ],
        ),
        (
            [FINAL, QUARTERLY],
            date(2026, 2, 14),
            [
                ("period", "2026年第一季度进展报告", "2026-03-31"),
                ("period", "2026年第二季度进展报告", "2026-06-30"),
                ("period", "2026年第三季度进展报告", "2026-09-30"),
                ("final", "办结报告", "2026-12-31"),
            ],
        ),
        (
            [FINAL, limit(LimitKind.CADENCE, rule="each", period="month", until="2026-04-30", text="每月")],
            TODAY,
            [
                ("period", "时限（2026年3月）", "2026-03-31"),
                ("period", "时限（2026年4月）", "2026-04-30"),
                ("final", "办结报告", "2026-12-31"),
            ],
        ),
        (
            [limit(LimitKind.FINAL, rule="working_days", days=3, text="3个工作日内")],
            date(2026, 3, 6),
            [("final", "时限", "2026-03-11")],
        ),
        (
            [limit(LimitKind.FINAL, rule="calendar_days", days=1, text="1日内")],
            date(2026, 3, 6),
            [("final", "时限", "2026-03-09")],
        ),
        ([FINAL, SEVEN], TODAY, [("final", "办结报告", "2026-12-31")]),
        (
            [limit(LimitKind.FINAL, rule="fixed_date", on="2027-06-30"), limit(
                LimitKind.CADENCE, rule="each", period="half_year"
            )],
            TODAY,
            [
                ("period", "时限（2026年上半年）", "2026-06-30"),
                ("period", "时限（2026年下半年）", "2026-12-31"),
                ("final", "时限", "2027-06-30"),
            ],
        ),
    ],
)  # fmt: skip
def test_duties_follow_from_limits(
    limits: list[Limit], on: date, expected: list[tuple[str, str, str]]
) -> None:
    assert shape(limits, on) == expected


def test_an_event_brings_a_duty_counted_from_its_day() -> None:
    duty = rules.event_duty(SEVEN, "穗罚〔2026〕1号", date(2026, 3, 2), CALENDAR)
    assert (duty.kind, duty.due_on) == (ObligationKind.EVENT, date(2026, 3, 11))


@pytest.mark.parametrize(
    ("unit", "lead", "office", "above", "reviewer"),
    [
        (1, 2, 3, 4, 2),
        (1, None, 3, 4, 3),
        (2, 2, 3, 4, 3),  # the lead is responsible itself
        (3, None, 3, 4, 4),  # the office is responsible itself
        (3, 3, 3, 4, 4),
        (3, None, 3, None, None),
    ],
)
def test_nobody_reviews_their_own_unit(
    unit: int, lead: int | None, office: int, above: int | None, reviewer: int | None
) -> None:
    assert rules.reviewer(unit, lead, office, above) == reviewer


def standing(id: int, kind: str, state: str, round: int = 0, end: date | None = None) -> Standing:
    return Standing(id, ObligationKind(kind), ObligationState(state), round, end)


ENDED, RUNS = date(2026, 3, 1), date(2026, 3, 31)


@pytest.mark.parametrize(
    ("others", "final", "dropped"),
    [
        ([], "in_review", None),
        ([], "accepted", []),
        ([standing(2, "milestone", "open")], "accepted", None),
        ([standing(2, "milestone", "accepted", 1)], "accepted", []),
        ([standing(2, "period", "open", end=RUNS)], "accepted", [2]),
        ([standing(2, "period", "open", end=TODAY)], "accepted", [2]),
        ([standing(2, "period", "open", end=ENDED)], "accepted", None),
        ([standing(2, "period", "open", 1, RUNS)], "accepted", None),
        ([standing(2, "period", "submitted", 1, RUNS)], "accepted", None),
        ([standing(2, "period", "cancelled", end=RUNS)], "accepted", []),
        ([standing(2, "event", "open")], "accepted", None),
        ([standing(2, "period", "open", end=RUNS), standing(3, "milestone", "open")], "accepted", None),
    ],
)
def test_the_final_report_settles_what_has_not_begun(
    others: list[Standing], final: str, dropped: list[int] | None
) -> None:
    assert rules.settlement([standing(1, "final", final, 1), *others], TODAY) == dropped


def test_somebody_was_faster() -> None:
    rules.check_state("open", "open")
    with pytest.raises(TaskNotOpen):
        rules.check_state("closed", "open", "running")


def test_a_form_may_be_stale() -> None:
    rules.check_version(3, None)
    rules.check_version(3, 3)
    with pytest.raises(StaleForm):
        rules.check_version(4, 3)


@pytest.mark.parametrize("text", ["", "  \n　", "长" * (rules.MAX_TEXT + 1)])
def test_texts_are_neither_empty_nor_endless(text: str) -> None:
    with pytest.raises(InvalidInput) as error:
        rules.text_of(text, field="text", missing="请填写办理情况")
    assert error.value.field == "text"
    assert str(error.value) in ("请填写办理情况", "内容不得超过20000字")


def test_rule_violations_are_told_in_whole_sentences() -> None:
    with pytest.raises(RuleViolation, match="文件已写明办结时限"):
        rules.with_defaults([FINAL], final_on=TODAY, progress=None, year=2026, today=TODAY)
