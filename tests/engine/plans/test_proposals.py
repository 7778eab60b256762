"""What a document says and assigns to nobody: adopted with owners, or set aside."""

from datetime import date
from typing import Any

import pytest

from engine.campaigns import from_plan
from engine.campaigns.models import KeyTask
from engine.errors import InvalidInput, NotFound, RuleViolation, StaleForm, UnreadableDocument
from engine.plans import changes, editing, proposals, reshaping
from engine.plans import service as plans
from engine.plans.models import PartRole, Plan, PlanProposal, PlanTask, ProposalState
from engine.plans.parsing import (
    Cadence,
    DocumentFacts,
    DocumentKind,
    Indicator,
    PlanDraft,
    Span,
    parse_text,
)
from engine.plans.parsing.draft import Campaign
from engine.plans.parsing.source import Place, SourceText
from tests.engine.plans.sample import Town

TEXT = """云川市绿色发展指标方案
到2027年底，污水处理率不低于95%。
答复时限为3至5个工作日。
每周调度一次。
开展清河专项行动。
"""


def span(words: str) -> Span:
    at = TEXT.index(words)
    return Span(at, at + len(words))


def draft(kind: DocumentKind = DocumentKind.INDICATOR_PLAN, **changed: Any) -> PlanDraft:
    days = span("3至5个工作日")
    values: dict[str, Any] = {
        "source": SourceText(TEXT, places=(Place(0, paragraph=1), Place(TEXT.index("到2027"), paragraph=2))),
        "document": DocumentFacts(
            title="云川市绿色发展指标方案", signed_on=date(2026, 1, 5), document_year=2026, kind=kind
        ),
        "indicators": (
            Indicator(
                "污水处理率", "污水处理率不低于95%", span("不低于95%"), ">=", 95.0, "%", group="水环境"
            ),
            Indicator("答复时限", "答复时限为3至5个工作日", days, ">=", 3.0, "working_day"),
            Indicator("答复时限", "答复时限为3至5个工作日", days, "<=", 5.0, "working_day"),
        ),
        "cadences": (Cadence("清河", "week", "调度", "每周调度一次", span("每周调度一次")),),
        "campaigns": (Campaign("清河专项行动", "开展清河专项行动", span("清河专项行动")),),
    }
    return PlanDraft(**values | changed)


def imported(town: Town, kind: DocumentKind = DocumentKind.INDICATOR_PLAN, **changed: Any) -> Plan:
    return town.do(plans.import_document, draft(kind, **changed), file_name="指标.docx")


def rows(town: Town) -> dict[str, PlanProposal]:
    return {row.title: row for row in town.all(PlanProposal)}


WATER, DAYS = "污水处理率不低于95%", "答复时限不少于3个工作日、不超过5个工作日"
WEEKLY, RIVER = "清河：每周调度一次", "清河专项行动"


def test_a_document_without_tasks_is_imported_for_what_it_proposes(town: Town) -> None:
    plan = imported(town)
    found = rows(town)
    assert list(found) == [WATER, DAYS, WEEKLY, RIVER]
    assert [row.kind for row in found.values()] == ["indicator", "indicator", "cadence", "campaign"]
    assert found[WATER].text == "到2027年底，污水处理率不低于95%。"
    assert found[WATER].place == {"paragraph": 2}
    assert [one["op"] for one in found[DAYS].findings] == [">=", "<="]
    assert town.view(plan).entries == ()
    with pytest.raises(UnreadableDocument):
        imported(town, indicators=(), cadences=(), campaigns=())


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        ({"op": ">=", "value": 95, "unit": "%"}, "不低于95%"),
        ({"op": ">=", "value": 3, "unit": "次"}, "不少于3次"),
        ({"op": "<", "value": 2.5, "unit": "hour"}, "低于2.5小时"),
        ({"op": "=", "value": 1, "unit": "person"}, "为1人"),
        ({"op": None, "value": None, "unit": ""}, ""),
        ({"op": "<=", "value": "2027-06-30", "unit": "date"}, "2027年6月30日前"),
        ({"op": "<=", "value": "01-31", "unit": "month-day"}, "每年1月31日前"),
    ],
)
def test_a_figure_is_said_in_words(finding: dict[str, Any], words: str) -> None:
    assert proposals.figure(finding) == words


def test_adopted_proposals_become_tasks_of_their_owners(town: Town) -> None:
    plan = imported(town)
    found = rows(town)
    ids = town.do(
        proposals.adopt, plan.id, [found[WEEKLY].id, found[WATER].id],
        responsible=[town.id("市财政局"), town.id("市司法局")], lead=[town.id("市司法局")],
    )  # fmt: skip
    entries = town.view(plan).entries
    assert [entry.row.id for entry in entries] == ids
    water, weekly = entries
    assert (water.row.number, water.row.title, water.row.section) == (1, WATER, "水环境")
    assert town.names(plan, 1, PartRole.LEAD) == ["市司法局"]
    assert town.names(plan, 1, PartRole.RESPONSIBLE) == ["市财政局"]
    assert [limit.data for limit in water.limits] == [{"on": "2027-12-31"}]
    assert [one["value"] for one in water.row.indicators] == [95]
    assert [(limit.raw, limit.data) for limit in weekly.limits] == [("每周调度一次", {"period": "week"})]
    assert {row.state for row in rows(town).values() if row.plan_task_id} == {ProposalState.ADOPTED}


def test_a_period_becomes_a_cadence_and_a_date_a_date(town: Town) -> None:
    figures = (
        Indicator("检查", "每季度检查不少于2次", span("不低于95%"), ">=", 2.0, "次", period="quarter"),
        Indicator("公布", "2026年6月30日前公布", span("3至5个工作日"), "<=", "2026-06-30", "date"),
    )
    plan = imported(town, indicators=figures)
    ids = [row.id for row in rows(town).values() if row.kind == "indicator"]
    town.do(proposals.adopt, plan.id, ids, responsible=[town.id("市财政局")])
    limits = [[limit.data for limit in entry.limits] for entry in town.view(plan).entries]
    assert limits == [[{"period": "quarter"}], [{"on": "2026-06-30"}]]


def test_open_indicators_keep_an_indicator_plan_from_being_confirmed(town: Town) -> None:
    plan = imported(town)
    found = rows(town)
    town.do(proposals.adopt, plan.id, [found[WATER].id], responsible=[town.id("市财政局")])
    with pytest.raises(RuleViolation, match="还有3条指标没有确定责任单位"):
        town.do(from_plan.confirm_plan, plan.id)
    town.do(proposals.set_aside, plan.id, [found[name].id for name in (DAYS, WEEKLY, RIVER)])
    town.do(from_plan.confirm_plan, plan.id)
    assert [row.title for row in town.all(KeyTask)] == [WATER]


def test_in_other_kinds_what_is_left_open_does_not_hinder(town: Town) -> None:
    plan = imported(town, DocumentKind.NEWS)
    town.do(proposals.adopt, plan.id, [rows(town)[WATER].id], responsible=[town.id("市财政局")])
    town.do(from_plan.confirm_plan, plan.id)
    assert len(town.all(KeyTask)) == 1


def test_what_a_colleague_has_settled_is_not_settled_again(town: Town) -> None:
    plan = imported(town)
    ids = [rows(town)[WATER].id]
    town.do(proposals.set_aside, plan.id, ids)
    with pytest.raises(RuleViolation, match="已经处理过"):
        town.do(proposals.adopt, plan.id, ids, responsible=[town.id("市财政局")])
    town.do(proposals.reopen, plan.id, ids)
    with pytest.raises(RuleViolation, match="没有被搁置"):
        town.do(proposals.reopen, plan.id, ids)
    with pytest.raises(StaleForm):
        town.do(proposals.set_aside, plan.id, ids, expected_version=1)
    assert town.all(PlanTask) == []


def test_owners_and_proposals_must_exist(town: Town) -> None:
    plan, other = imported(town), imported(town)
    mine, foreign = (
        next(row.id for row in town.all(PlanProposal) if row.plan_id == one.id) for one in (plan, other)
    )
    with pytest.raises(InvalidInput, match="请先选择内容"):
        town.do(proposals.adopt, plan.id, [], responsible=[town.id("市财政局")])
    with pytest.raises(InvalidInput, match="请至少选择一个单位"):
        town.do(proposals.adopt, plan.id, [mine], responsible=[])
    with pytest.raises(InvalidInput, match="没有这个单位"):
        town.do(proposals.adopt, plan.id, [mine], responsible=[10**9])
    with pytest.raises(NotFound):
        town.do(proposals.set_aside, plan.id, [mine, foreign])


def test_adopting_and_setting_aside_are_undone(town: Town) -> None:
    plan = imported(town)
    found = rows(town)
    town.do(proposals.adopt, plan.id, [found[WATER].id, found[DAYS].id], responsible=[town.id("市财政局")])
    town.do(proposals.set_aside, plan.id, [found[RIVER].id])
    for left in ({WATER, DAYS}, set()):
        town.do(changes.undo, plan.id)
        assert {name for name, row in rows(town).items() if row.state != ProposalState.OPEN} == left
    assert town.all(PlanTask) == []


def test_a_merged_task_answers_for_the_proposals_of_both_until_it_is_undone(town: Town) -> None:
    plan = imported(town)
    found = rows(town)
    one, two = town.do(
        proposals.adopt, plan.id, [found[WATER].id, found[DAYS].id], responsible=[town.id("市财政局")]
    )
    town.do(reshaping.merge, plan.id, [one, two])
    assert {rows(town)[name].plan_task_id for name in (WATER, DAYS)} == {one}
    town.do(changes.undo, plan.id)
    assert [rows(town)[name].plan_task_id for name in (WATER, DAYS)] == [one, two]
    town.do(editing.drop, plan.id, one)


def test_the_real_reading_of_a_text_with_figures_only_is_imported(town: Town) -> None:
    text = "云川市营商环境指标\n\n一、总体目标\n\n到2026年底，网上可办率达到95%以上，投诉办结率不低于98%。\n"
    plan = town.do(plans.import_document, parse_text(text))
    assert plan.kind != DocumentKind.TASK_PLAN
    assert town.view(plan).entries == ()
    assert len(town.view(plan).open_proposals) >= 2
