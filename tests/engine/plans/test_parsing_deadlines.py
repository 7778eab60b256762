"""The grammar of time limits: every form D1-D15 and what must not be taken for a limit."""

from datetime import date
from typing import Any

import pytest

from engine.plans.parsing.deadlines import Calendar, read_deadlines
from engine.plans.parsing.draft import Span
from engine.plans.parsing.normalise import fold

WHEN = Calendar(2024, date(2024, 3, 10))


def _read(text: str, *, in_field: bool = False, when: Calendar = WHEN) -> list[dict[str, Any]]:
    span = Span(0, len(text))
    reading = read_deadlines(fold(text), text, span, when, fields=[span] if in_field else [])
    for limit in reading.deadlines:
        assert text[limit.span.start : limit.span.end] == limit.raw
    return [{k: v for k, v in d.to_dict().items() if k not in ("raw", "span")} for d in reading.deadlines]


def on(day: str) -> dict[str, Any]:
    return {"kind": "date", "date": day}


def span(start: str, end: str) -> dict[str, Any]:
    return {"kind": "period", "start": start, "end": end}


def every(period: str, count: int = 1, **more: int) -> dict[str, Any]:
    return {"kind": "recurring", "period": period, "min_count": count, **more}


def days(kind: str, number: int, trigger: str | None) -> dict[str, Any]:
    return {"kind": kind, "days": number, "trigger": trigger}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024年6月30日前完成建设。", [on("2024-06-30")]),  # D1
        ("6月30日前报送材料。", [on("2024-06-30")]),
        ("务于8月1日之前上线", [on("2024-08-01")]),
        ("4月20日（星期五）前报送", [on("2024-04-20")]),
        ("2025 年 3 月 5 日前", [on("2025-03-05")]),
        ("二〇二五年三月五日前", [on("2025-03-05")]),
        ("明年3月底前", [on("2025-03-31")]),
        ("10月底前建成，", [on("2024-10-31")]),  # D2
        ("2023年2月末", [on("2023-02-28")]),
        ("11月中旬前", [on("2024-11-20")]),
        ("年内出台办法", [on("2024-12-31")]),  # D3
        ("今年年底前", [on("2024-12-31")]),
        ("2025年年底前实现", [on("2025-12-31")]),
        ("2025年底前", [on("2025-12-31")]),
        ("当年完成整改", [on("2024-12-31")]),
        ("上半年完成", [span("2024-01-01", "2024-06-30")]),  # D4
        ("2025年第二季度末", [on("2025-06-30")]),
        ("一季度公布", [span("2024-01-01", "2024-03-31")]),
        ("三季度前完成", [on("2024-09-30")]),
        ("9月份开展", [span("2024-09-01", "2024-09-30")]),  # D5
        ("4-12月份开展", [span("2024-04-01", "2024-12-31")]),
        ("10月—12月总结", [span("2024-10-01", "2024-12-31")]),
        ("2024年10月至2025年2月", [span("2024-10-01", "2025-02-28")]),
        ("2024年4月1日至6月30日", [span("2024-04-01", "2024-06-30")]),
        ("（二）自查阶段（7月3日至7月15日）", [span("2024-07-03", "2024-07-15")]),
        ("2024年，全面推行", [span("2024-01-01", "2024-12-31")]),
        ("自决定作出之日起20个工作日内公布", [days("working_days", 20, "决定作出之日")]),  # D7
        (
            "许可、处罚信息应在处罚决定作出之日起7个工作日之内公开",
            [days("working_days", 7, "处罚决定作出之日")],
        ),
        ("收到整改通知后十日内报告", [days("calendar_days", 10, "收到整改通知后")]),
        ("受理之日起，5日内答复", [days("calendar_days", 5, "受理之日")]),
        ("3个工作日内办结", [days("working_days", 3, None)]),
        ("每年不少于2次", [every("year", 2)]),  # D8
        ("每年至少组织开展三次培训", [every("year", 3)]),
        ("每季度末月25日前报送", [every("quarter", day=25)]),
        ("每月10日前报送上月情况", [every("month", day=10)]),
        ("每季度最后一个月的30日前", [every("quarter", day=30)]),
        ("每季度末（6月、9月和12月底）报告", [every("quarter", day=31)]),
        ("每周开展抽查", [every("week")]),
        ("每半年召开一次会议", [every("half_year")]),
        ("每年1月31日前公开", [every("year", month=1, day=31)]),
        ("每年年底前述职", [every("year", month=12, day=31)]),
        ("全年不少于4次", [every("year", 4)]),
        ("实行日监测、周调度、月通报", [every("week"), every("month")]),
        ("长期坚持。", [{"kind": "ongoing"}]),  # D9
        ("贯穿全年", [{"kind": "ongoing"}]),
        ("对问题立行立改", [{"kind": "immediate"}]),  # D10
        ("6月底前完成并长期坚持", [on("2024-06-30"), {"kind": "ongoing"}]),  # D11
        ("到2026年，网办率达到95%", [on("2026-12-31")]),  # D12
        ("到2025年底", [on("2025-12-31")]),
        ("依法限期改正", [{"kind": "unspecified_limit"}]),  # D13
        ("一年内完成", [span("2024-03-10", "2025-03-10")]),  # D14
        ("三个月内完成", [span("2024-03-10", "2024-06-10")]),
        (
            "3月底前出方案，6月底前完成，年底前验收",
            [on("2024-03-31"), on("2024-06-30"), on("2024-12-31")],
        ),  # D15
    ],
)
def test_limits(text: str, expected: list[dict[str, Any]]) -> None:
    assert _read(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("长期", [{"kind": "ongoing"}]),
        ("持续推进", [{"kind": "ongoing"}]),
        ("2024年6月", [span("2024-06-01", "2024-06-30")]),
        ("2024年", [span("2024-01-01", "2024-12-31")]),
        ("6月30日", [on("2024-06-30")]),
        ("立即", [{"kind": "immediate"}]),
        ("按要求完成", [{"kind": "unspecified_limit"}]),
    ],
)
def test_behind_the_label_looser_forms_count(text: str, expected: list[dict[str, Any]]) -> None:
    assert _read(text, in_field=True) == expected


@pytest.mark.parametrize(
    "text",
    [
        "按照《2021—2025年法治建设规划》要求",
        "截至9月底，全市已建成12个",
        "落实“一日办结”制度",
        "临政发〔2021〕1号",
        "2023年3月印发的通知",
        "去年12月底的检查中",
        "近三年的工作情况",
        "持续优化营商环境",
        "党的十九届四中全会精神",
        "市委五届十次全体会议",
        "每个乡镇建一所",
        "多年来",
        "老年大学",
        "前期工作",
        "2.5公里",
        "无限期停业",
        "建立长效机制",
        "2020年，全市共受理案件",
        "及时公开信息",
        "第20次会议",
        "自2024年5月1日起施行",
        "每件必复",
        "7×24小时服务",
    ],
)
def test_no_limits(text: str) -> None:
    assert _read(text) == []


def test_a_day_that_does_not_exist_becomes_the_last_of_the_month() -> None:
    text = "6月31日前完成"
    reading = read_deadlines(text, text, Span(0, len(text)), WHEN)
    assert [d.date_on for d in reading.deadlines] == [date(2024, 6, 30)]
    assert [d.name for d in reading.defects] == ["impossible_date"]


def test_without_any_year_the_limit_is_to_be_set() -> None:
    text = "6月底前完成"
    reading = read_deadlines(text, text, Span(0, len(text)), Calendar(None, None))
    assert [d.kind for d in reading.deadlines] == ["unspecified_limit"]
    assert [d.name for d in reading.defects] == ["year_unknown"]
