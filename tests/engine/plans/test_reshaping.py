"""Tasks cut, put together, added; units moved between roles."""

import pytest

from engine.campaigns import from_plan
from engine.errors import InvalidInput, NotFound, RuleViolation, StaleForm
from engine.plans import changes, editing, reshaping, roles
from engine.plans.models import PartRole, Plan, ReviewerReason
from engine.plans.views import PlanTaskView
from tests.engine.plans.sample import TEXT, Town

#: Two duties in one item, each with its own unit and limit.
DOUBLE = TEXT.replace(
    "3.畅通群众投诉渠道，及时回应群众关切。（责任单位：市公安居）",
    "3.编制清单，2026年6月底前完成。（责任单位：市财政局）开展清理，2026年9月底前完成。（责任单位：市公安局）",
)


def numbers(town: Town, plan: Plan) -> list[int]:
    return [entry.row.number for entry in town.view(plan).entries]


def test_a_cut_off_piece_stands_behind_its_task_and_takes_the_next_free_number(town: Town) -> None:
    plan = town.imported()
    row = town.entry(plan, 1).row
    at = row.text.index("2026年")
    ids = town.do(reshaping.split, plan.id, row.id, [at], expected_version=row.version)
    assert numbers(town, plan) == [1, 6, 2, 3, 4, 5]
    first, second = town.entry(plan, 1), town.entry(plan, 6)
    assert ids == [first.row.id, second.row.id]
    assert first.row.text + second.row.text == row.text
    assert (first.row.title, second.row.title) == (row.title, "2026年6月30日前完成")
    text = town.read(lambda s: s.get_one(Plan, plan.id).text)
    assert text[first.row.span_start : first.row.span_end] == first.row.text
    assert text[second.row.span_start : second.row.span_end] == second.row.text
    # The first piece has no unit and no limit of its own: both have them all.
    for entry in (first, second):
        assert [part.row.written for part in entry.parts] == [
            "市司法局", "市行政审批局", "市财政局", "各县（市、区）人民政府",
        ]  # fmt: skip
        assert [limit.data for limit in entry.limits] == [{"on": "2026-06-30"}]
        assert entry.row.reviewer_reason == ReviewerReason.FIRST_LEAD


def test_each_piece_keeps_what_stands_in_its_own_words(town: Town) -> None:
    plan = town.imported(DOUBLE)
    town.do(reshaping.merge, plan.id, [town.entry(plan, n).row.id for n in (3, 4)])
    row = town.entry(plan, 3).row
    town.do(reshaping.split, plan.id, row.id, [row.text.index("开展清理")])
    pieces = [town.entry(plan, 3), town.entry(plan, 7)]
    assert [[part.row.written for part in entry.parts] for entry in pieces] == [["市财政局"], ["市公安局"]]
    assert [[limit.data["on"] for limit in entry.limits] for entry in pieces] == [
        ["2026-06-30"],
        ["2026-09-30"],
    ]


@pytest.mark.parametrize("at", [[], [0], [10**6], [1, 2]])
def test_a_cut_that_leaves_nothing_is_refused(town: Town, at: list[int]) -> None:
    plan = town.imported()
    before = town.view(plan).plan.version
    with pytest.raises(InvalidInput):
        town.do(reshaping.split, plan.id, town.entry(plan, 1).row.id, at)
    assert (numbers(town, plan), town.view(plan).plan.version) == ([1, 2, 3, 4, 5], before)


def test_a_task_is_split_by_its_responsible_units(town: Town) -> None:
    plan = town.imported()
    town.do(reshaping.split_by_unit, plan.id, town.entry(plan, 1).row.id)
    assert numbers(town, plan) == [1, 6, 2, 3, 4, 5]
    listed = {n: [p.row.written for p in town.entry(plan, n).of_role(PartRole.RESPONSIBLE)] for n in (1, 6)}
    assert listed == {1: ["市财政局"], 6: ["各县（市、区）人民政府"]}
    assert town.names(plan, 6, PartRole.LEAD) == ["市司法局", "市审批局"]
    assert (
        town.entry(plan, 6).row.title
        == "编制权责清单并向社会公布，2026年6月30日前完成（各县（市、区）人民政府）"
    )
    with pytest.raises(InvalidInput, match="两个以上的责任单位"):
        town.do(reshaping.split_by_unit, plan.id, town.entry(plan, 2).row.id)


def test_merged_tasks_list_each_unit_once_and_where_it_is_highest(town: Town) -> None:
    plan = town.imported()
    town.do(
        editing.add_unit,
        plan.id,
        town.entry(plan, 2).row.id,
        role=PartRole.RESPONSIBLE,
        unit_id=town.id("市司法局"),
    )
    town.do(
        editing.add_unit, plan.id, town.entry(plan, 2).row.id, role=PartRole.LEAD, unit_id=town.id("市财政局")
    )
    one, two = town.entry(plan, 1), town.entry(plan, 2)
    merged = town.do(
        reshaping.merge, plan.id, [two.row.id, one.row.id],
        expected_versions={one.row.id: one.row.version, two.row.id: two.row.version},
    )  # fmt: skip
    assert merged.id == one.row.id
    assert numbers(town, plan) == [1, 3, 4, 5]
    entry = town.entry(plan, 1)
    assert entry.row.text == one.row.text + "\n" + two.row.text
    assert (entry.row.span_start, entry.row.span_end) == (one.row.span_start, two.row.span_end)
    assert town.names(plan, 1, PartRole.LEAD) == ["市司法局", "市审批局", "市财政局"]
    assert [p.row.written for p in entry.of_role(PartRole.RESPONSIBLE)] == [
        "各县（市、区）人民政府",
        "市公安局",
    ]
    assert [limit.kind for limit in entry.limits] == ["date", "event"]
    assert [part.row.position for part in entry.parts] == [1, 2, 3, 4, 5]


def test_tasks_with_others_between_them_keep_the_place_of_the_first(town: Town) -> None:
    plan = town.imported()
    one, three = town.entry(plan, 1).row, town.entry(plan, 3).row
    town.do(reshaping.merge, plan.id, [one.id, three.id])
    row = town.entry(plan, 1).row
    assert (row.span_start, row.span_end) == (one.span_start, one.span_end)


def test_a_merger_needs_two_tasks_of_this_plan_as_they_were_shown(town: Town) -> None:
    plan, other = town.imported(), town.imported()
    one, two = town.entry(plan, 1).row, town.entry(plan, 2).row
    with pytest.raises(InvalidInput):
        town.do(reshaping.merge, plan.id, [one.id, one.id])
    with pytest.raises(NotFound):
        town.do(reshaping.merge, plan.id, [one.id, town.entry(other, 2).row.id])
    town.do(editing.edit, plan.id, two.id, title="改", text=two.text)
    with pytest.raises(StaleForm):
        town.do(reshaping.merge, plan.id, [one.id, two.id], expected_versions={two.id: two.version})
    assert numbers(town, plan) == [1, 2, 3, 4, 5]


def test_what_was_cut_and_put_together_again_is_confirmed_like_the_rest(town: Town) -> None:
    plan = town.imported()
    row = town.entry(plan, 2).row
    ids = town.do(reshaping.split, plan.id, row.id, [row.text.index("内公开")])
    town.do(reshaping.merge, plan.id, ids)
    for number in (1, 3, 4, 5):
        town.do(editing.drop, plan.id, town.entry(plan, number).row.id)
    town.do(from_plan.confirm_plan, plan.id)
    with pytest.raises(RuleViolation):
        town.do(reshaping.split, plan.id, row.id, [5])


def test_a_missed_stretch_becomes_a_task_with_what_is_read_in_it(town: Town) -> None:
    plan = town.imported()
    words = "各责任单位要细化举措，于2026年3月31日前将实施方案报市营商办备案。"
    added = town.do(reshaping.add_from_text, plan.id, words.replace("，", "，\n  "))
    entry = town.entry(plan, 6)
    assert entry.row.id == added.id
    assert entry.row.title.startswith("各责任单位要细化举措")
    assert [limit.data for limit in entry.limits] == [{"on": "2026-03-31"}]
    text = town.read(lambda s: s.get_one(Plan, plan.id).text)
    assert text[entry.row.span_start : entry.row.span_end] == words
    assert numbers(town, plan) == [1, 2, 3, 4, 5, 6]


def test_units_are_read_in_a_marked_stretch(town: Town) -> None:
    plan = town.imported()
    town.do(
        reshaping.add_from_text,
        plan.id,
        "开展办事指南清理，每季度通报一次，2026年底前完成。（牵头单位：各有关部门，责任单位：市财政局）",
    )
    assert town.names(plan, 6, PartRole.RESPONSIBLE) == ["市财政局"]
    assert [p.row.written for p in town.entry(plan, 6).of_role(PartRole.LEAD)] == ["各有关部门"]
    text = town.read(lambda s: s.get_one(Plan, plan.id).text)
    for part in town.entry(plan, 6).parts:
        assert text[part.row.span_start : part.row.span_end] == part.row.written
    assert [limit.kind for limit in town.entry(plan, 6).limits] == ["cadence", "date"]


@pytest.mark.parametrize("text", ["", "  ", "原文里没有的话"])
def test_what_does_not_stand_in_the_document_is_not_added(town: Town, text: str) -> None:
    plan = town.imported()
    with pytest.raises(InvalidInput):
        town.do(reshaping.add_from_text, plan.id, text)


def test_a_unit_moves_to_another_role_and_to_the_front(town: Town) -> None:
    plan = town.imported()
    part = town.part(plan, 1, "市财政局")
    row = town.do(roles.set_role, plan.id, part.id, PartRole.LEAD)
    assert town.names(plan, 1, PartRole.LEAD) == ["市司法局", "市审批局", "市财政局"]
    town.do(roles.put_first, plan.id, part.id, expected_version=row.version)
    entry = town.entry(plan, 1)
    assert town.names(plan, 1, PartRole.LEAD) == ["市财政局", "市司法局", "市审批局"]
    assert (entry.review_unit and entry.review_unit.short_name) == "市财政局"
    with pytest.raises(StaleForm):
        town.do(roles.set_role, plan.id, part.id, PartRole.RESPONSIBLE, expected_version=row.version)
    town.do(editing.add_unit, plan.id, entry.row.id, role=PartRole.RESPONSIBLE, unit_id=town.id("市财政局"))
    with pytest.raises(InvalidInput, match="已在其中"):
        town.do(roles.set_role, plan.id, part.id, PartRole.RESPONSIBLE)


def test_leads_answer_where_nobody_is_responsible_and_that_is_undone(town: Town) -> None:
    plan = town.imported(TEXT.replace("责任单位：市财政局", "配合单位：市财政局"))
    before = {entry.row.number: _units(entry) for entry in town.view(plan).entries}
    assert "no_responsible" in {problem.code for problem in town.entry(plan, 4).problems}
    changed = town.do(roles.let_leads_answer, plan.id)
    assert changed == [town.entry(plan, number).row.id for number in (1, 4)]
    after = {entry.row.number: _units(entry) for entry in town.view(plan).entries}
    assert [one for one in after[1] if one[0] == "responsible"] == [
        ("responsible", written, state) for role, written, state in before[1] if role == "lead"
    ]
    # What is open about a lead stays open; the others are as they were.
    assert ("responsible", "各有关部门", "unmatched") in after[4]
    assert {n: after[n] for n in (2, 3, 5)} == {n: before[n] for n in (2, 3, 5)}
    with pytest.raises(RuleViolation, match="没有只列牵头单位"):
        town.do(roles.let_leads_answer, plan.id)
    town.do(changes.undo, plan.id)
    assert {entry.row.number: _units(entry) for entry in town.view(plan).entries} == before


def _units(entry: PlanTaskView) -> list[tuple[str, str, str]]:
    return [(part.row.role, part.row.written, part.row.state) for part in entry.parts]
