"""From the words of a document to what a unit owes and why: every form of limit that the parser knows.

Pure: the words are read by the real parser, become templates as at confirmation, and duties as at dispatch.
"""

from collections.abc import Sequence
from datetime import date

import pytest

from engine.campaigns import rules
from engine.campaigns.from_plan import to_limits
from engine.campaigns.models import LimitKind, ObligationKind
from engine.campaigns.rules import Duty, Limit
from engine.deadlines.basis import Basis, Rule
from engine.deadlines.explain import LAW, RULE_TEXT
from engine.errors import RuleViolation
from engine.plans import limit_forms
from engine.plans.limit_forms import LimitForm
from engine.plans.models import LimitKind as PlanLimitKind
from engine.plans.models import PlanTaskLimit
from engine.plans.parsing import DeadlineKind, Span
from engine.plans.parsing.part import parse_part
from tests.engine.working_days.test_calendar import CALENDAR

SIGNED, ASSIGNED = date(2026, 2, 10), date(2026, 3, 2)


def stored(text: str, signed_on: date | None = SIGNED) -> list[PlanTaskLimit]:
    """The limits of a text as a draft plan keeps them."""
    found = parse_part(text, Span(0, len(text)), 2026, signed_on).deadlines
    rows = []
    for id, deadline in enumerate(found, 1):
        form = limit_forms.interpret(deadline, signed_on)
        rows.append(PlanTaskLimit(id=id, position=id, raw=deadline.raw, kind=form.kind, data=form.data))
    return rows


def limits_of(rows: Sequence[PlanTaskLimit], year: int = 2026) -> list[Limit]:
    dues = {
        row.id: due
        for row in rows
        if (due := limit_forms.due(LimitForm(PlanLimitKind(row.kind), row.data), CALENDAR)) is not None
    }
    listed = to_limits(rows, {id: due.due_on for id, due in dues.items()}, year)
    rules.check_limits(listed, ASSIGNED)
    return [
        *listed,
        *rules.with_defaults(listed, final_on=None, progress=None, year=year, today=ASSIGNED),
    ]


def duties(text: str, assigned_on: date = ASSIGNED) -> list[Duty]:
    return rules.duties(limits_of(stored(text)), assigned_on, CALENDAR)


def told(found: Sequence[Duty]) -> list[tuple[str, str]]:
    """What is due when, without the final report of the year's end that the house adds."""
    rest = [(d.title, d.due_on.isoformat()) for d in found]
    return rest[:-1] if rest[-1] == ("办结报告", "2026-12-31") else rest


MONTHLY = [
    ("2026年3月进展报告", "2026-04-10"), ("2026年4月进展报告", "2026-05-10"),
    ("2026年5月进展报告", "2026-06-10"), ("2026年6月进展报告", "2026-07-10"),
    ("2026年7月进展报告", "2026-08-10"), ("2026年8月进展报告", "2026-09-10"),
    ("2026年9月进展报告", "2026-10-10"), ("2026年10月进展报告", "2026-11-10"),
    ("2026年11月进展报告", "2026-12-10"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a date: inclusive, a Sunday does not roll
        ("2026年6月28日前完成清理。", [("办结报告", "2026-06-28")]),
        ("2026年底前完成清理。", []),
        # a milestone inside a year-long task
        ("2026年，全面推行告知承诺制，2026年6月30日前公布清单。", [("阶段报告（2026年6月30日前）", "2026-06-30")]),
        ("3月31日前报送方案，6月30日前完成自查，11月30日前完成整改。", [
            ("阶段报告（3月31日前）", "2026-03-31"), ("阶段报告（6月30日前）", "2026-06-30"),
            ("办结报告", "2026-11-30"),
        ]),
        # a span: its last day
        ("2026年4月1日至6月30日，开展专项整治。", [("办结报告", "2026-06-30")]),
        # counted from the assignment
        ("接到交办任务后20个工作日内办结。", [("办结报告", "2026-03-30")]),
        ("接到交办任务后30日内办结。", [("办结报告", "2026-04-01")]),
        # calendar days roll forward over 清明
        ("接到交办任务后34日内办结。", [("办结报告", "2026-04-07")]),
        # counted from the document: 02-10 and 30 working days, over the spring festival
        ("自印发之日起30个工作日内完成清理。", [("办结报告", "2026-03-30")]),
        ("自2026年3月1日起30日内完成清理。", [("办结报告", "2026-03-31")]),
        # recurring, each with its day
        ("每月10日前报送上月进展情况。", MONTHLY),
        ("每月10日前报送。", MONTHLY),
        ("每月情况于次月10日前报送。", MONTHLY),
        ("每季度末月25日前报送进展。", [
            ("2026年第二季度进展报告", "2026-06-25"), ("2026年第三季度进展报告", "2026-09-25"),
            ("2026年第四季度进展报告", "2026-12-25"),
        ]),
        ("每季度首月10日前报送进展。", [
            ("2026年第二季度进展报告", "2026-07-10"), ("2026年第三季度进展报告", "2026-10-10"),
        ]),
        ("每季度通报一次。", [
            ("2026年第二季度进展报告", "2026-06-30"), ("2026年第三季度进展报告", "2026-09-30"),
        ]),
        ("每半年报告一次。", [("2026年上半年进展报告", "2026-06-30")]),
        # a yearly report on the plan's year: the item waits for it
        ("每年1月31日前公布上年度统计数据。", [("办结报告", "2027-01-31")]),
        ("每年6月底前开展一次评估。", [("2026年度进展报告", "2026-06-30")]),
        # the days of a month that it has not
        ("每月30日前报送，2027年3月15日前办结。", [
            *((f"2026年{m}月进展报告", f"2026-{m:02}-30") for m in range(3, 13)),
            ("2027年1月进展报告", "2027-01-30"), ("2027年2月进展报告", "2027-02-28"),
            ("办结报告", "2027-03-15"),
        ]),
        ("每月30日前报送，2028年3月15日前办结。", [
            *((f"2026年{m}月进展报告", f"2026-{m:02}-30") for m in range(3, 13)),
            ("2027年1月进展报告", "2027-01-30"), ("2027年2月进展报告", "2027-02-28"),
            *((f"2027年{m}月进展报告", f"2027-{m:02}-30") for m in range(3, 13)),
            ("2028年1月进展报告", "2028-01-30"), ("2028年2月进展报告", "2028-02-29"),
            ("办结报告", "2028-03-15"),
        ]),
        # a count over a period
        ("每年组织评查不少于2次。", [("2026年度第1次（共2次）", "2026-12-31"), ("2026年度第2次（共2次）", "2026-12-31")]),
        ("每季度开展活动不少于2次，10月31日前完成。", [
            ("2026年第二季度第1次（共2次）", "2026-06-30"), ("2026年第二季度第2次（共2次）", "2026-06-30"),
            ("2026年第三季度第1次（共2次）", "2026-09-30"), ("2026年第三季度第2次（共2次）", "2026-09-30"),
            ("办结报告", "2026-10-31"),
        ]),
        ("每年报送信息不少于20篇。", [("2026年度（不少于20次）", "2026-12-31")]),
        # rhythms that no calendar names
        ("每两个月调度一次，8月31日前完成。", [
            ("2026年3月至4月进展报告", "2026-04-30"), ("2026年5月至6月进展报告", "2026-06-30"),
            ("办结报告", "2026-08-31"),
        ]),
        ("每旬调度一次，3月31日前完成。", [
            ("2026年3月上旬进展报告", "2026-03-10"), ("2026年3月中旬进展报告", "2026-03-20"),
            ("办结报告", "2026-03-31"),
        ]),
        ("每周五前上报进展，3月20日前完成。", [
            ("2026年3月2日至3月8日进展报告", "2026-03-06"), ("2026年3月9日至3月15日进展报告", "2026-03-13"),
            ("办结报告", "2026-03-20"),
        ]),
        # kept up: the house's cadence; behind a date it is a milestone first
        ("长期坚持。", [("2026年第二季度进展报告", "2026-06-30"), ("2026年第三季度进展报告", "2026-09-30")]),
        ("2026年6月30日前完成并长期坚持。", [
            ("阶段报告（2026年6月30日前）", "2026-06-30"), ("2026年第三季度进展报告", "2026-09-30"),
        ]),
        ("立行立改，长期坚持。", [
            ("阶段报告（立行立改）", "2026-03-09"), ("2026年第二季度进展报告", "2026-06-30"),
            ("2026年第三季度进展报告", "2026-09-30"),
        ]),
        # at once
        ("立行立改。", [("办结报告", "2026-03-09")]),
        # per record: nothing is owed before a record
        ("执法决定作出之日起7个工作日内公开。", []),
    ],
)  # fmt: skip
def test_what_words_bring_about(text: str, expected: list[tuple[str, str]]) -> None:
    assert told(duties(text)) == expected


@pytest.mark.parametrize("text", ["依法限期整改。", "春节前完成。"])
def test_what_names_no_day_is_set_by_the_office(text: str) -> None:
    assert [row.kind for row in stored(text)] == [PlanLimitKind.OPEN]


def test_a_count_from_a_document_without_a_date_is_set_by_the_office() -> None:
    assert [row.kind for row in stored("自印发之日起30个工作日内完成。", None)] == [PlanLimitKind.OPEN]


def test_no_form_of_the_parser_is_without_its_duty() -> None:
    """A new kind of limit fails here until the table above knows it."""
    assert set(DeadlineKind) == {
        "date", "period", "working_days", "calendar_days", "recurring", "ongoing", "immediate",
        "unspecified_limit",
    }  # fmt: skip
    assert set(RULE_TEXT) == set(LAW) == set(Rule)


def test_a_date_counted_from_the_document_follows_the_calendar_and_says_so() -> None:
    (row,) = stored("自印发之日起30个工作日内完成。", date(2026, 12, 1))
    assert row.data == {"days": 30, "counting": "working_days", "from_on": "2026-12-01"}
    form = LimitForm(PlanLimitKind.DAYS, row.data)
    due = limit_forms.due(form, CALENDAR)
    assert due is not None
    assert due.provisional  # the notice of 2027 is not out
    (limit,) = to_limits([row], {1: due.due_on}, 2026)
    basis = rules.duties([limit], ASSIGNED, CALENDAR)[0].basis
    assert (basis.rule, basis.on, basis.days) == (Rule.WORKING_DAYS, date(2026, 12, 1), 30)
    assert basis.count(CALENDAR) == due


@pytest.mark.parametrize(
    ("text", "on", "earliest", "due"),
    [
        ("自收到材料之日起不少于5个工作日、不超过15个工作日出具意见。", "2026-09-28", "2026-10-10", "2026-10-23"),
        ("自受理之日起不少于10日、不超过30日办结。", "2026-09-20", "2026-09-30", "2026-10-20"),
    ],
)  # fmt: skip
def test_two_bounds_are_one_measurement(text: str, on: str, earliest: str, due: str) -> None:
    limits = limits_of(stored(text))
    (limit,) = [one for one in limits if one.kind == LimitKind.EVENT]
    duty = rules.event_duty(limit, "审核意见", date.fromisoformat(on), CALENDAR)
    assert duty.kind is ObligationKind.EVENT
    assert (str(duty.earliest_on), str(duty.due_on)) == (earliest, due)
    assert Basis.from_dict(duty.basis.to_dict()) == duty.basis
    rules.check_not_early(duty.earliest_on, date.fromisoformat(earliest))
    with pytest.raises(RuleViolation, match=f"{earliest}起方可报送"):
        rules.check_not_early(duty.earliest_on, date.fromisoformat(on))


def test_classes_of_records_have_each_their_own_limit() -> None:
    text = (
        "执法机关要在执法决定作出之日起20个工作日内向社会公布；"
        "行政许可、行政处罚的执法决定信息要在执法决定作出之日起7个工作日内公开。"
    )
    rows = stored(text)
    found = parse_part(text, Span(0, len(text)), 2026, SIGNED).deadlines
    scopes = [limit_forms.scope_before(text, one.span.start) for one in found]
    assert scopes == ["", "行政许可、行政处罚的执法决定信息"]
    limits = to_limits(rows, {}, 2026)
    dues = [rules.event_duty(limit, "决定", date(2026, 9, 28), CALENDAR).due_on for limit in limits]
    assert dues == [date(2026, 10, 30), date(2026, 10, 13)]


@pytest.mark.parametrize(
    ("assigned_on", "first"),
    [
        (date(2026, 3, 2), "2026-04-10"),
        (date(2026, 3, 15), "2026-04-10"),
        (date(2026, 3, 20), "2026-05-10"),  # less than half of March is left
        (date(2026, 3, 31), "2026-05-10"),
    ],
)
def test_the_first_report_is_about_a_month_of_which_half_was_left(assigned_on: date, first: str) -> None:
    assert told(duties("每月10日前报送上月情况。", assigned_on))[0][1] == first


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        # a year that began before the assignment counts whole, a cut one when half of it lies within
        ({"period": "year", "count": 2, "final": "2027-03-31"}, ["2026-12-31"] * 2),
        ({"period": "year", "count": 2, "final": "2027-09-30"}, ["2026-12-31"] * 2 + ["2027-09-30"] * 2),
        ({"period": "quarter", "count": 2, "final": "2026-03-20"}, ["2026-03-20"] * 2),
        ({"period": "month", "day": 10, "until": "2026-05-31", "final": "2026-12-31"}, ["2026-04-10", "2026-05-10"]),
        ({"period": "month", "day": 25, "since": "2026-10-20", "final": "2026-12-31"}, ["2026-11-25", "2026-12-25"]),
        ({"period": "month", "day": 5, "about": "current", "final": "2026-04-30"}, ["2026-03-05", "2026-04-05"]),
        ({"period": "year", "day": 31, "month": 1, "final": "2029-06-30"}, ["2027-01-31", "2028-01-31", "2029-01-31"]),
    ],
)  # fmt: skip
def test_where_a_cadence_begins_and_ends(limits: dict[str, object], expected: list[str]) -> None:
    final = Limit(LimitKind.FINAL, {"rule": "fixed_date", "on": limits.pop("final")})
    cadence = Limit(LimitKind.CADENCE, {"rule": "each", **limits, "text": "定期"})
    rules.check_limits([final, cadence], ASSIGNED)
    found = rules.duties([final, cadence], ASSIGNED, CALENDAR)
    assert [d.due_on.isoformat() for d in found if d.kind is ObligationKind.PERIOD] == expected


def test_a_count_that_a_final_date_cuts_short_names_that_date() -> None:
    final = Limit(LimitKind.FINAL, {"rule": "fixed_date", "on": "2026-10-31"})
    twice = Limit(LimitKind.CADENCE, {"rule": "each", "period": "year", "count": 2, "text": "每年不少于2次"})
    found = [d for d in rules.duties([final, twice], ASSIGNED, CALENDAR) if d.ordinal]
    assert [(d.ordinal, d.due_on, d.basis.rule) for d in found] == [
        (1, date(2026, 10, 31), Rule.FIXED_DATE),
        (2, date(2026, 10, 31), Rule.FIXED_DATE),
    ]
