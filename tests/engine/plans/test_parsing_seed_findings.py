"""The published samples that assign nobody: what they ask for equals the checked answers, and nothing is invented."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.plans.parsing import PlanDraft, parse_text

SHARED = Path(__file__).parents[3].parent / "shared"
FULL_WIDTH = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in ",:;()"})
widths = pytest.mark.parametrize("wide", [False, True], ids=["half", "full"])
pytestmark = pytest.mark.skipif(
    not (SHARED / "seeds").is_dir(), reason="the published samples (../shared/seeds) are absent"
)
_OPERATORS = {"rate>=": ">=", "count>=": ">=", "duration<=": "<=", "duration>=": ">=", "date": "<="}


def _draft(number: str, wide: bool) -> PlanDraft:
    text = next((SHARED / "seeds").glob(f"{number}_*.txt")).read_text(encoding="utf-8")
    return parse_text(text.translate(FULL_WIDTH) if wide else text)


def _truth(name: str) -> Any:
    return json.loads((SHARED / "truth" / name).read_text(encoding="utf-8"))


def _narrow(text: str) -> str:
    return text.translate({ord(wide): half for half, wide in FULL_WIDTH.items()})


@widths
def test_the_plan_of_figures_holds_all_its_figures_and_no_other(wide: bool) -> None:
    truth = _truth("indicators_seed001.json")["indicators"]
    left = [i.to_dict() for i in _draft("001", wide).indicators]
    for answer in truth:
        wanted = (
            _OPERATORS[answer["kind"]],
            answer["value"],
            answer["unit"],
            answer["period"],
            answer.get("modality"),
        )
        place = _plain(answer["text"])
        matches = [
            i
            for i in left
            if (i["op"], i["value"], i["unit"], i["period"], i["modality"]) == wanted
            and (place in _plain(_narrow(i["text"])) or _plain(_narrow(i["text"])) in place)
        ]
        assert matches, answer["id"]
        assert matches[0]["inferred"] is (not answer["explicit_number"]), answer["id"]
        assert answer["group"] == 0 or _narrow(matches[0]["group"]) == answer["group_name"]
        left.remove(matches[0])
    assert left == []


def _plain(text: str) -> str:
    return text.replace("\u2003", "")


@widths
def test_the_names_of_figures_are_recognisable(wide: bool) -> None:
    names = [_narrow(i.name) for i in _draft("001", wide).indicators]
    for part in (
        "回复率", "合法性审核率", "报备率", "报备及时率", "规范率", "集体讨论率", "办理后满意度", "出庭率", "答复率",
        "审计覆盖率", "人民调解组织覆盖率", "法治专题学习",
        "旁听人民法院庭审活动", "征求意见期限", "承诺办理时限",
    ):  # fmt: skip
        assert any(part in name for name in names), part
    assert len(set(names)) >= 33


@widths
def test_the_news_holds_its_campaigns_cadences_and_figures(wide: bool) -> None:
    truth = _truth("campaigns_seed004.json")["campaigns"]
    draft = _draft("004", wide)
    assert draft.key_tasks == () and draft.duties == ()
    assert [_narrow(c.name) for c in draft.campaigns] == [c["campaign"] for c in truth]
    assert [list(c.stages) for c in draft.campaigns] == [c["stages"] for c in truth]
    cadences = [(row["campaign"], c["period"]) for row in truth for c in row["cadence"]]
    assert [(c.subject.removeprefix("开展"), c.period) for c in draft.cadences] == cadences
    actors = [c.get("actor") for row in truth for c in row["cadence"]]
    assert [c.actor for c in draft.cadences] == actors
    figures = [(i["value"], i["unit"], i.get("modality")) for row in truth for i in row["indicators"]]
    assert [(i.value, i.unit, i.modality) for i in draft.indicators] == figures
    assert {i.op for i in draft.indicators} == {">="}
    assert [i.name for i in draft.indicators] == [
        "‘双公示’数据总体达标率",
        "机关负责人出庭应诉率",
        "复议案件调解、和解率",
    ]


@widths
def test_the_report_proposes_standing_cadences_and_no_statistics(wide: bool) -> None:
    draft = _draft("002", wide)
    assert draft.key_tasks == draft.indicators == draft.duties == ()
    assert [c.period for c in draft.cadences if c.period != "year"] == ["day", "week", "month"]


@widths
def test_the_narrative_proposes_what_it_asks_for_and_no_statistics(wide: bool) -> None:
    draft = _draft("003", wide)
    assert draft.key_tasks == draft.duties == ()
    assert [(i.name, i.value, i.inferred) for i in draft.indicators] == [
        ("人民调解大数据平台覆盖率", 100, True)
    ]
    assert [_narrow(c.name) for c in draft.campaigns] == [
        "民主法治村(社区)建设三年行动计划",
        "重大行政决策能力提升专项行动",
        "坚持发展“枫桥经验”实现矛盾不上交三年行动",
    ]
