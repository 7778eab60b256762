"""From a reading to a confirmed plan and its campaign, on a real database."""

from datetime import date

import pytest
from sqlalchemy import func, select

from engine.audit import AuditEntry
from engine.campaigns import from_plan
from engine.campaigns.models import Campaign, KeyTask, KeyTaskLimit, KeyTaskUnit, UnitRole
from engine.context import Actor
from engine.errors import (
    AccessDenied,
    InvalidInput,
    NotFound,
    RuleViolation,
    StaleForm,
    UnreadableDocument,
)
from engine.plans import editing, queries
from engine.plans import service as plans
from engine.plans.limit_forms import LimitForm
from engine.plans.models import LimitKind, PartRole, PartState, Plan, PlanState, PlanTask, ReviewerReason
from engine.plans.parsing import parse_text
from tests.engine.plans.sample import TEXT, Town
from tests.factories import make_person


def codes(town: Town, plan: Plan, number: int) -> list[str]:
    return [problem.code for problem in town.entry(plan, number).problems]


def settle(town: Town, plan: Plan) -> None:
    """Everything that a person has to do for the sample."""
    counties = [town.id("临溪县"), town.id("望江区"), town.id("白塔市")]
    group = town.part(plan, 1, "各县（市、区）人民政府")
    town.do(editing.expand_group, plan.id, group.id, counties)
    town.do(editing.match_unit, plan.id, town.part(plan, 3, "市公安居").id, town.id("市公安局"))
    leads = town.part(plan, 4, "各有关部门")
    town.do(editing.expand_group, plan.id, leads.id, [town.id("市司法局"), town.id("市审批局")])
    town.do(editing.set_reviewer, plan.id, town.entry(plan, 4).row.id, town.id("市审批局"))
    town.do(editing.set_default_limits, plan.id, final_on=date(2026, 12, 31), period="quarter")


def test_exact_names_are_matched_and_everything_else_is_left_to_a_person(town: Town) -> None:
    plan = town.imported()
    assert (plan.title, plan.document_year, plan.signed_on) == (
        "云川市优化营商环境专项行动方案", 2026, date(2026, 2, 10),
    )  # fmt: skip
    assert [entry.row.number for entry in town.view(plan).entries] == [1, 2, 3, 4, 5]
    assert town.names(plan, 1, PartRole.LEAD) == ["市司法局", "市审批局"]
    assert town.names(plan, 1, PartRole.RESPONSIBLE) == ["市财政局"]
    assert codes(town, plan, 1) == ["group"]
    # The bureau of a county-level city is 市司法局 too: the office's own level is meant.
    assert town.names(plan, 2, PartRole.LEAD) == ["市司法局"]
    assert town.names(plan, 2, PartRole.RESPONSIBLE) == ["市公安局"]
    assert codes(town, plan, 2) == []
    assert codes(town, plan, 3) == ["unit", "no_limit"]
    assert codes(town, plan, 4) == ["group", "reviewer"]
    assert codes(town, plan, 5) == ["open_limit"]
    assert town.names(plan, 5, PartRole.RESPONSIBLE) == ["市府办", "市营商办"]


def test_a_similar_name_is_proposed_but_never_applied(town: Town) -> None:
    plan = town.imported()
    (part,) = town.entry(plan, 3).parts
    assert part.units == ()
    assert next(unit.short_name for unit in part.proposals) == "市公安局"


def test_limits_take_a_form_that_can_be_counted(town: Town) -> None:
    plan = town.imported()
    read = {
        entry.row.number: [(limit.kind, limit.data) for limit in entry.limits]
        for entry in town.view(plan).entries
    }
    assert read == {
        1: [("date", {"on": "2026-06-30"})],
        2: [("event", {"days": 7, "counting": "working_days", "event": "行政处罚决定作出之日"})],
        3: [],
        4: [("cadence", {"period": "quarter"}), ("date", {"on": "2026-12-31"})],
        5: [("open", {})],
    }


def test_who_reviews_follows_from_the_lead_units(town: Town) -> None:
    plan = town.imported()
    seen = {
        entry.row.number: (
            entry.review_unit.short_name if entry.review_unit else None,
            entry.row.reviewer_reason,
        )
        for entry in town.view(plan).entries
    }
    assert seen == {
        1: ("市司法局", ReviewerReason.FIRST_LEAD),
        2: ("市司法局", ReviewerReason.SINGLE_LEAD),
        3: ("市营商办", ReviewerReason.NO_LEAD),
        4: (None, ReviewerReason.UNSETTLED),
        5: ("市营商办", ReviewerReason.NO_LEAD),
    }
    row = town.entry(plan, 2).row
    town.do(editing.add_unit, plan.id, row.id, role=PartRole.RESPONSIBLE, unit_id=town.id("市司法局"))
    # Where the lead is itself responsible the office reviews; where the office is, the unit above it.
    elsewhere = {
        number: [(a.short_name, b.short_name) for a, b in town.entry(plan, number).elsewhere]
        for number in (2, 5)
    }
    assert elsewhere == {2: [("市司法局", "市营商办")], 5: [("市营商办", "市政府")]}


def test_dropping_the_first_lead_moves_the_review_to_the_next(town: Town) -> None:
    plan = town.imported()
    town.do(editing.drop_unit, plan.id, town.part(plan, 1, "市司法局").id)
    entry = town.entry(plan, 1)
    assert entry.review_unit is not None
    assert (entry.review_unit.short_name, entry.row.reviewer_reason) == (
        "市审批局",
        ReviewerReason.SINGLE_LEAD,
    )
    town.do(editing.restore_unit, plan.id, town.part(plan, 1, "市司法局").id)
    # It is what it was and reviews again: nothing else to decide.
    assert codes(town, plan, 1) == ["group"]
    assert town.entry(plan, 1).row.reviewer_reason == ReviewerReason.FIRST_LEAD


def test_a_group_that_leads_is_settled_by_hand_even_when_expanded(town: Town) -> None:
    plan = town.imported()
    part = town.part(plan, 4, "各有关部门")
    town.do(editing.expand_group, plan.id, part.id, [town.id("市司法局")])
    assert codes(town, plan, 4) == ["reviewer"]
    town.do(editing.set_reviewer, plan.id, town.entry(plan, 4).row.id, town.id("市司法局"))
    assert codes(town, plan, 4) == []
    town.do(editing.set_reviewer, plan.id, town.entry(plan, 4).row.id, None)
    assert codes(town, plan, 4) == ["reviewer"]


def test_a_group_offers_the_tree_and_ticks_what_the_words_say(town: Town) -> None:
    plan = town.imported()

    def offered(part_id: int) -> tuple[list[str], list[str], str]:
        def look(ctx):  # type: ignore[no-untyped-def]
            part = ctx.session.get_one(queries.PlanTaskUnit, part_id)
            choice = queries.group_choice(ctx, ctx.session.get_one(Plan, plan.id), part)
            names = [unit.short_name for unit in choice.units]
            return names, [u.short_name for u in choice.units if u.id in choice.chosen], choice.source

        return town.do(look)

    counties, ticked, source = offered(town.part(plan, 1, "各县（市、区）人民政府").id)
    assert sorted(counties) == sorted(ticked) == sorted(["临溪县", "望江区", "白塔市"])
    assert source == "shape"
    departments, ticked, _ = offered(town.part(plan, 4, "各有关部门").id)
    assert "市财政局" in departments
    assert "临溪县司法局" not in departments
    assert ticked == []


def test_a_confirmed_name_is_offered_the_next_time(town: Town) -> None:
    first = town.imported()
    town.do(editing.match_unit, first.id, town.part(first, 3, "市公安居").id, town.id("市公安局"))
    group = town.part(first, 1, "各县（市、区）人民政府")
    town.do(editing.expand_group, first.id, group.id, [town.id("望江区"), town.id("临溪县")])
    second = town.imported()
    (part,) = town.entry(second, 3).parts
    assert (part.row.state, part.units) == (PartState.UNMATCHED, ())  # offered first, and not applied
    assert part.remembered is not None
    assert part.proposals[0].short_name == part.remembered.short_name == "市公安局"
    version = town.view(second).plan.version
    assert town.do(editing.accept_remembered, second.id, expected_version=version) == [
        town.entry(second, 3).row.id
    ]
    (part,) = town.entry(second, 3).parts
    assert (part.row.how, [unit.short_name for unit in part.units]) == ("learned", ["市公安局"])
    with pytest.raises(RuleViolation, match="没有上次确认过"):
        town.do(editing.accept_remembered, second.id)
    again = town.part(second, 1, "各县（市、区）人民政府")
    assert again.state == PartState.UNMATCHED  # a person confirms a group each time
    choice = town.do(lambda ctx: queries.group_choice(ctx, ctx.session.get_one(Plan, second.id), again))
    assert (choice.source, choice.chosen) == ("learned", {town.id("望江区"), town.id("临溪县")})


def test_where_memory_and_directory_differ_a_person_chooses(town: Town) -> None:
    first = town.imported()
    town.do(editing.match_unit, first.id, town.part(first, 2, "市公安局").id, town.id("市财政局"))
    second = town.imported()
    (part,) = town.entry(second, 2).of_role(PartRole.RESPONSIBLE)
    assert part.row.state == PartState.UNMATCHED
    assert [unit.short_name for unit in part.proposals[:2]] == ["市财政局", "市公安局"]


def test_the_same_words_are_settled_everywhere_when_asked(town: Town) -> None:
    text = TEXT.replace("（责任单位：市政府办公室、市营商办）", "（责任单位：市公安居）")
    plan = town.imported(text)
    changed = town.do(editing.match_unit, plan.id, town.part(plan, 3, "市公安居").id, town.id("市公安局"))
    assert changed == [town.entry(plan, 3).row.id, town.entry(plan, 5).row.id]
    assert town.names(plan, 5, PartRole.RESPONSIBLE) == ["市公安局"]


def test_a_stale_form_saves_nothing(town: Town) -> None:
    plan = town.imported()
    row = town.entry(plan, 1).row
    town.do(editing.edit, plan.id, row.id, title="公布权责清单", text=row.text, expected_version=row.version)
    with pytest.raises(StaleForm):
        town.do(editing.edit, plan.id, row.id, title="另一个题目", text="", expected_version=row.version)
    entry = town.entry(plan, 1)
    assert (entry.row.title, entry.row.version) == ("公布权责清单", row.version + 1)


def test_confirming_says_which_tasks_are_open_and_changes_nothing(town: Town) -> None:
    plan = town.imported()
    with pytest.raises(RuleViolation) as refused:
        town.do(from_plan.confirm_plan, plan.id)
    assert str(refused.value) == "还有4项任务需要处理后才能确认：第1、3、4、5项"
    assert town.read(lambda s: s.get_one(Plan, plan.id).state) == PlanState.DRAFT
    assert town.all(Campaign) == []


def test_a_confirmed_plan_becomes_a_campaign_with_its_assignment(town: Town) -> None:
    plan = town.imported()
    settle(town, plan)
    version = town.view(plan).plan.version
    campaign = town.do(from_plan.confirm_plan, plan.id, expected_version=version)
    assert (campaign.plan_id, campaign.year, campaign.office_unit_id) == (plan.id, 2026, town.id("市营商办"))
    rows = {row.number: row for row in town.all(KeyTask)}
    assert [rows[n].review_unit_id for n in range(1, 6)] == [
        town.id("市司法局"), town.id("市司法局"), town.id("市营商办"), town.id("市审批局"), town.id("市营商办"),
    ]  # fmt: skip
    responsible = [
        part.unit_id for part in town.all(KeyTaskUnit)
        if part.key_task_id == rows[1].id and part.role == UnitRole.RESPONSIBLE
    ]  # fmt: skip
    assert responsible == [town.id(name) for name in ("市财政局", "临溪县", "望江区", "白塔市")]
    limits = {row.number: [] for row in rows.values()}
    number_of = {row.id: row.number for row in rows.values()}
    for limit in town.all(KeyTaskLimit):
        limits[number_of[limit.key_task_id]].append((limit.kind, limit.basis["rule"]))
    assert limits == {
        1: [("final", "fixed_date")],
        2: [("event", "after_event")],
        3: [("cadence", "each"), ("final", "fixed_date")],
        4: [("cadence", "each"), ("final", "fixed_date")],
        5: [("cadence", "each"), ("final", "fixed_date")],
    }
    with pytest.raises(RuleViolation):
        town.do(editing.edit, plan.id, town.entry(plan, 1).row.id, title="晚了", text="")
    with pytest.raises(RuleViolation):
        town.do(from_plan.confirm_plan, plan.id)
    assert len(town.all(Campaign)) == 1


def test_confirming_what_another_person_has_just_changed_is_refused(town: Town) -> None:
    plan = town.imported()
    settle(town, plan)
    version = town.view(plan).plan.version
    town.do(editing.drop, plan.id, town.entry(plan, 2).row.id)
    with pytest.raises(StaleForm):
        town.do(from_plan.confirm_plan, plan.id, expected_version=version)


def test_dropped_tasks_stay_out_of_the_campaign_and_need_nothing(town: Town) -> None:
    plan = town.imported()
    for number in (1, 3, 4, 5):
        town.do(editing.drop, plan.id, town.entry(plan, number).row.id)
    assert town.view(plan).unresolved == []
    town.do(editing.restore, plan.id, town.entry(plan, 1).row.id)
    assert codes(town, plan, 1) == ["group"]
    town.do(editing.drop, plan.id, town.entry(plan, 1).row.id)
    town.do(from_plan.confirm_plan, plan.id)
    assert [row.number for row in town.all(KeyTask)] == [2]


def test_nothing_kept_is_nothing_to_confirm(town: Town) -> None:
    plan = town.imported()
    for entry in town.view(plan).entries:
        town.do(editing.drop, plan.id, entry.row.id)
    with pytest.raises(RuleViolation, match="没有保留任何任务"):
        town.do(from_plan.confirm_plan, plan.id)


def test_a_past_limit_must_be_settled_and_can_be_moved_at_once(town: Town) -> None:
    town.clock.move_to(town.clock.now().replace(month=9))
    plan = town.imported()
    assert codes(town, plan, 1) == ["group", "past_limit"]
    row = town.entry(plan, 1).row
    limit = town.entry(plan, 1).limits[0]
    form = LimitForm(LimitKind.DATE, {"on": "2026-08-31"})
    with pytest.raises(InvalidInput, match="早于今天"):
        town.do(editing.set_limit, plan.id, row.id, form, limit_id=limit.id)
    town.do(
        editing.set_default_limits, plan.id, final_on=date(2026, 12, 31), period="month", replace_past=True
    )
    entry = town.entry(plan, 1)
    assert [(limit.raw, limit.data) for limit in entry.limits] == [("2026年6月30日前", {"on": "2026-12-31"})]
    assert codes(town, plan, 3) == ["unit"]


def test_limits_are_set_changed_and_removed(town: Town) -> None:
    plan = town.imported()
    row = town.entry(plan, 3).row
    town.do(editing.set_limit, plan.id, row.id, LimitForm(LimitKind.DATE, {"on": "2026-09-30"}))
    (limit,) = town.entry(plan, 3).limits
    assert limit.raw == "2026年9月30日前"
    town.do(
        editing.set_limit,
        plan.id,
        row.id,
        LimitForm(LimitKind.CADENCE, {"period": "month"}),
        limit_id=limit.id,
    )
    (limit,) = town.entry(plan, 3).limits
    assert (limit.raw, limit.kind, limit.data) == ("每月报告", "cadence", {"period": "month"})
    town.do(editing.remove_limit, plan.id, row.id, limit.id)
    assert town.entry(plan, 3).limits == ()
    other = town.entry(plan, 1).limits[0]
    with pytest.raises(NotFound):
        town.do(editing.remove_limit, plan.id, row.id, other.id)


def test_a_unit_can_be_added_once_per_role(town: Town) -> None:
    plan = town.imported()
    row = town.entry(plan, 3).row
    town.do(editing.add_unit, plan.id, row.id, role=PartRole.LEAD, unit_id=town.id("市审批局"))
    entry = town.entry(plan, 3)
    assert town.names(plan, 3, PartRole.LEAD) == ["市审批局"]
    assert entry.row.reviewer_reason == ReviewerReason.SINGLE_LEAD
    with pytest.raises(InvalidInput, match="已在其中"):
        town.do(editing.add_unit, plan.id, row.id, role=PartRole.LEAD, unit_id=town.id("市审批局"))
    with pytest.raises(InvalidInput, match="没有这个单位"):
        town.do(editing.add_unit, plan.id, row.id, role=PartRole.LEAD, unit_id=10**9)


def test_only_officers_of_the_office_touch_its_plan(town: Town) -> None:
    plan = town.imported()
    stranger = town.act(
        lambda ctx: make_person(ctx, town.units["市财政局"], *[next(iter(town.officer.posts))[1]])
    )
    row = town.entry(plan, 1).row
    for actor in (stranger, town.reporter, Actor("无岗", 10**6)):
        with pytest.raises(AccessDenied):
            town.act(editing.edit, plan.id, row.id, title="改", text="", by=actor)
        with pytest.raises(AccessDenied):
            town.act(from_plan.confirm_plan, plan.id, by=actor)
        assert town.act(queries.page, by=actor) == []
    with pytest.raises(AccessDenied):
        town.act(plans.import_document, plans.read_pasted(TEXT), by=town.reporter)
    with pytest.raises(AccessDenied):
        town.act(
            plans.import_document, plans.read_pasted(TEXT), office_unit_id=town.id("市营商办"), by=stranger
        )


def test_parts_and_tasks_of_another_plan_are_not_reached_through_this_one(town: Town) -> None:
    one, other = town.imported(), town.imported()
    part, row = town.part(other, 3, "市公安居"), town.entry(other, 3).row
    with pytest.raises(NotFound):
        town.do(editing.match_unit, one.id, part.id, town.id("市公安局"))
    with pytest.raises(NotFound):
        town.do(editing.drop, one.id, row.id)


def test_a_text_that_assigns_nothing_is_no_plan(town: Town) -> None:
    for text in ("", " \n", "今天天气很好。\n\n会议圆满结束。"):
        with pytest.raises(UnreadableDocument):
            plans.read_pasted(text)
    with pytest.raises(UnreadableDocument):
        town.do(plans.import_document, parse_text("今天天气很好。"))
    assert town.all(Plan) == []


def test_numbers_that_repeat_are_counted_through(town: Town) -> None:
    plan = town.imported(TEXT.replace("\n4.", "\n1.").replace("\n5.", "\n2."))
    assert [entry.row.number for entry in town.view(plan).entries] == [1, 2, 3, 4, 5]


def test_what_the_database_cannot_hold_is_read_as_a_blank(town: Town) -> None:
    plan = town.imported(TEXT.replace("编制权责清单", "编制\0权责清单"))
    assert "\0" not in town.read(lambda s: s.get_one(Plan, plan.id).text)


def test_a_discarded_plan_leaves_the_list_and_stays_on_record(town: Town) -> None:
    plan = town.imported()
    town.do(plans.discard, plan.id)
    assert list(town.do(queries.page)) == []
    with pytest.raises(RuleViolation):
        town.do(plans.discard, plan.id)
    assert town.read(lambda s: s.scalar(select(func.count()).select_from(PlanTask))) == 5


def test_every_change_is_in_the_audit(town: Town) -> None:
    plan = town.imported()
    settle(town, plan)
    row = town.entry(plan, 1).row
    town.do(editing.mark_checked, plan.id, row.id)
    town.do(from_plan.confirm_plan, plan.id)
    entries = town.read(
        lambda s: s.scalars(
            select(AuditEntry.action).where(AuditEntry.stream == f"plan:{plan.id}").order_by(AuditEntry.seq)
        ).all()
    )
    assert entries[0] == "plan.imported"
    assert entries[-1] == "plan.confirmed"
    assert {"plan_task.unit_matched", "plan_task.group_expanded", "plan_task.reviewer_set",
            "plan_task.limits_defaulted", "plan_task.checked"} <= set(entries)  # fmt: skip
