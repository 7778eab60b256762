"""Laws that hold for any text: reading never fails, and every span shows what it says."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.plans.parsing import parse_text
from engine.plans.parsing.defects import DEFECTS
from engine.plans.parsing.text.normalise import fold

PIECES = [
    "一、",
    "（一）",
    "(二)",
    "1、",
    "2.",
    "11开展",
    "３．",
    "(1)",
    "①",
    "问题三：",
    "\n",
    "\n\n",
    " ",
    "\u3000",
    "，",
    ",",
    "、",
    "；",
    "。",
    "：",
    ":",
    "（",
    "）",
    "(",
    ")",
    "〔",
    "〕",
    "【",
    "】",
    "“",
    "”",
    "《",
    "》",
    "牵头单位",
    "责任单位",
    "配合单位",
    "责任领导",
    "完成时限",
    "责 任 单 位",
    "牵头",
    "负责",
    "配合",
    "会同",
    "按职责分工负责",
    "等部门",
    "市司法局",
    "市财政局",
    "各县（市、区）人民政府",
    "各县〔市、区",
    "经开区",
    "新区管委会",
    "市有关单位",
    "和",
    "及",
    "2024年",
    "6月30日",
    "6月31日前",
    "年底前",
    "年内",
    "每季度",
    "末月25日前",
    "每年",
    "不少于2次",
    "20个工作日内",
    "之日起",
    "至",
    "-",
    "上半年",
    "第三季度",
    "长期坚持",
    "立行立改",
    "限期整改",
    "30%",
    "以上",
    "重点任务",
    "组织保障",
    "列第一位的为牵头单位",
    "关于印发",
    "的通知",
    "的方案",
    "某市人民政府",
    "2024年3月6日",
    "抄送：",
    "\x00",
    "\u2028",
    "\ud83d\ude00",
    "九" * 9,
    "9" * 12,
    "特别是在",
    "力争办结率达到95%",
    "全覆盖",
    "三分之一以上",
    "翻一番",
    "前三名",
    "不超过15个工作日",
    "每月5日前报送",
    "日监测、周调度",
    "适时通报",
    "近三年的工作进行考评",
    "攻坚行动\n",
    "分为甲项、乙项、丙项等环节",
    "自查阶段(3月1日至3月5日)。",
    "据悉,",
    "\t",
]
TEXTS = st.one_of(st.lists(st.sampled_from(PIECES), max_size=60).map("".join), st.text(max_size=200))


def _spans(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "span" in value:
            yield value
        for inner in value.values():
            yield from _spans(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _spans(inner)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_any_text_is_read_and_every_span_shows_what_was_read(text: str) -> None:
    draft = parse_text(text)
    result = draft.to_dict()
    assert len(draft.source.text) == len(text)
    text = draft.source.text  # without what cannot be stored, such as NUL
    for found in _spans(result):
        start, end = found["span"]
        assert 0 <= start <= end <= len(text)
        said = found.get("raw") if "raw" in found else found["text"] if "code" not in found else None
        assert said is None or draft.text[start:end] == said
    for key_task in draft.key_tasks:
        lists = (
            key_task.lead_units,
            key_task.responsible_units,
            key_task.cooperating_units,
            key_task.supervising_units,
        )
        names = [unit.text for units in lists for unit in units]
        assert len(names) == len(set(names))
        assert 0 < key_task.confidence <= 1
        assert {d.name for d in key_task.defects} <= set(DEFECTS)


def test_the_documented_defects_are_those_that_reading_names() -> None:
    page = (Path(__file__).parents[3] / "docs" / "plan-defects.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)`", page, re.MULTILINE) == list(DEFECTS)


@given(st.text(max_size=300))
def test_folding_moves_nothing(text: str) -> None:
    assert len(fold(text)) == len(text)


def _read_many(piece: str, length: int) -> None:
    text = "一、重点任务\n1、开展检查。" + piece * (length // len(piece))
    draft = parse_text(text)
    assert all(0 <= t.span.start <= t.span.end <= len(text) for t in draft.key_tasks)


def test_a_megabyte_of_one_bracket_is_read() -> None:
    _read_many("(", 1_000_000)


@pytest.mark.parametrize(
    "piece",
    [
        "〔",
        ")",
        "《",
        "“",
        "责任单位:",
        "(责任单位:市甲局",
        "1、",
        "\n1、",
        "\n1、市甲局负责。",
        "等",
        "、",
        "每年",
        "年",
        " ",
        "市甲局",
        "9",
        "一",
        "(责任单位:市甲局)",
        "自之日起",
        "市甲局牵头,",
        "\n",
        "责任单位:市甲局、市乙局。",
        "\n责任单位:\n市甲局",
        "1%",
        "9,",
        "20%和",
        "不少于2次、",
        "每月5日前",
        "日监测、",
        "全部经过",
        "开展专项行动",
        "第一阶段(",
    ],
)
def test_long_runs_of_anything_are_read(piece: str) -> None:
    _read_many(piece, 60_000)


def test_a_list_of_ten_thousand_units_is_read() -> None:
    """Quadratic work in one list would take minutes here."""
    text = "1、开展检查。(责任单位:" + "、".join(f"市{n}局" for n in range(10_000)) + ")"
    [key_task] = parse_text(text).key_tasks
    assert len(key_task.responsible_units) == 10_000
