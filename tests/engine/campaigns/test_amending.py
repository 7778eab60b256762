"""An amended plan on a running campaign: only what was ticked is applied, what is finished stays, the units are told."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from engine import queue
from engine.campaigns import amending, comparison, from_plan, work_items
from engine.campaigns.models import KeyTask, KeyTaskUnit, Obligation, WorkItem
from engine.deadlines import Basis, Deadline, DeadlineChange
from engine.errors import AccessDenied, InvalidInput, RuleViolation, StaleForm, TaskNotOpen
from engine.evidence import service as evidence
from engine.outbox import OutboxMessage
from engine.plans import amends
from engine.plans.models import Plan
from engine.process.models import ProcessInstance, UserTask
from engine.reviews import service as reviews
from engine.reviews.models import Review
from tests.consistency import assert_consistent, come_to_rest
from tests.engine.campaigns.amended import A, Amended, B, C, Line
from tests.engine.campaigns.city import SYSTEM, City


@pytest.fixture
def story(city: City) -> Iterator[Amended]:
    """Whatever happened: in the end rows, processes, deadlines, inboxes, audit and outbox agree."""
    yield Amended(city)
    come_to_rest(city.db, city.settings, city.clock)
    assert_consistent(city.db, city.settings, now=city.clock.now())


def begun(city: City, item: WorkItem, reporter: Any = None) -> None:
    reporter = reporter or city.bureau.reporter
    city.act(reporter, work_items.acknowledge, item.id)
    city.act(reporter, work_items.file_plan, item.id, text="按月推进")


def due(city: City, obligation: Obligation) -> Deadline:
    return city.read(
        lambda s: s.scalars(
            select(Deadline).where(
                Deadline.subject_type == "obligation", Deadline.subject_id == obligation.id
            )
        ).one()
    )


def told(city: City, kind: str) -> list[OutboxMessage]:
    return city.read(
        lambda s: list(s.scalars(select(OutboxMessage).filter_by(kind=kind).order_by(OutboxMessage.id)))
    )


def kinds(story: Amended, plan: Plan) -> list[str]:
    return sorted(entry.kind.value for entry in story.compare(plan).entries)


# What is offered, and what is shown.


def test_a_version_is_offered_and_never_taken_for_one_by_itself(story: Amended) -> None:
    city = story.city
    plan = story.imported(story.lines, story.title + "（修订稿）")
    assert plan.amends_plan_id is None
    assert [p.id for p in city.act(city.officer, amends.offers, plan)] == [story.campaign.plan_id]
    linked = city.act(city.officer, amends.link, plan.id, story.campaign.plan_id)
    assert linked.amends_plan_id == story.campaign.plan_id
    assert city.act(city.officer, amends.offers, linked) == []
    assert city.act(city.officer, amends.link, plan.id, None).amends_plan_id is None
    assert city.actions(f"plan:{plan.id}")[-2:] == ["plan.amendment_linked", "plan.amendment_unlinked"]
    other = story.imported(story.lines, "云川市安全生产整治方案")
    assert city.act(city.officer, amends.offers, other) == []


def test_a_version_of_a_version_amends_the_first(story: Amended) -> None:
    city = story.city
    second = story.version(*story.lines, Line(C, "2026年10月31日前完成。", city.lead, (city.bureau,)))
    with pytest.raises(RuleViolation):
        city.act(city.officer, amends.link, story.imported(story.lines).id, story.imported(story.lines).id)
    story.apply_kinds(second, "task_added")
    third = story.imported(story.lines)
    assert city.act(city.officer, amends.link, third.id, second.id).amends_plan_id == story.campaign.plan_id


def test_only_the_office_that_owns_the_campaign_compares_and_applies(story: Amended) -> None:
    city = story.city
    plan = story.version(story.lines[0])
    key = story.key(plan, "task_dropped")
    for actor in (city.bureau.reporter, city.lead.head, city.office.head, city.county.head):
        with pytest.raises(AccessDenied):
            city.act(actor, amending.apply_amendment, plan.id, [key], reason="研究决定")
        with pytest.raises(AccessDenied):
            city.act(actor, comparison.compare, plan.id)
        with pytest.raises(AccessDenied):
            city.act(actor, amends.link, plan.id, None)


def test_the_same_document_changes_nothing(story: Amended) -> None:
    plan = story.version(*story.lines)
    assert story.compare(plan).entries == []
    assert story.compare(plan).same == 2


def test_what_the_office_added_at_confirmation_is_no_change(story: Amended) -> None:
    story.dispatch(A)
    plan = story.version(*story.lines)
    assert story.compare(plan).entries == []


def test_everything_that_changed_is_listed_and_nothing_destructive_is_ticked(story: Amended) -> None:
    city = story.city
    story.dispatch(A)
    first = replace(
        story.lines[0], body="2026年9月30日前完成。", responsible=(city.bureau,), cooperating=(city.office,)
    )
    plan = story.version(Line(C, "2026年10月31日前完成。", city.county, (city.bureau,)), first)
    found = story.compare(plan)
    assert kinds(story, plan) == [
        "limit_moved", "task_added", "task_dropped", "unit_added", "unit_removed", "wording",
    ]  # fmt: skip
    ticked = {entry.kind.value for entry in found.entries if entry.is_suggested}
    assert ticked == {"limit_moved", "task_added", "unit_added", "wording"}
    touches = {entry.kind.value: len(entry.touches) for entry in found.entries}
    assert touches == {
        "limit_moved": 2, "task_added": 0, "task_dropped": 0, "unit_added": 0, "unit_removed": 1, "wording": 2,
    }  # fmt: skip
    assert found.touched(entry.key for entry in found.entries) == 2
    assert [group.is_renumbered for group in found.groups if group.key_task and group.plan_task] == [True]


def test_dates_of_the_first_version_that_have_gone_by_need_not_be_settled_again(story: Amended) -> None:
    city = story.city
    city.at(2026, 8, 3, 9)
    plan = story.version(*story.lines, Line(C, "2026年10月31日前完成。", city.lead, (city.bureau,)))
    assert list(story.compare(plan).unresolved) == []
    late = story.version(*story.lines, Line(C, "2026年7月15日前完成。", city.lead, (city.bureau,)))
    assert list(story.compare(late).unresolved) == [3]


# What may not be.


def test_an_amended_version_makes_no_campaign_of_its_own(story: Amended) -> None:
    plan = story.version(*story.lines)
    with pytest.raises(RuleViolation) as error:
        story.city.act(story.city.officer, from_plan.confirm_plan, plan.id)
    assert error.value.code == "amendments.own_campaign"
    assert story.city.get(Plan, plan.id).state == "draft"


def test_an_unsettled_version_is_not_applied(story: Amended) -> None:
    city = story.city
    plan = story.version(story.lines[0], Line(C, "依法限期办结。", city.lead, (city.bureau,)))
    with pytest.raises(RuleViolation) as error:
        story.apply(plan, story.key(plan, "task_added"))
    assert error.value.code == "plans.unresolved"
    assert story.stored(plan) == {}


def test_something_must_be_ticked_with_a_reason_and_be_there(story: Amended) -> None:
    plan = story.version(story.lines[0])
    with pytest.raises(InvalidInput):
        story.apply(plan)
    with pytest.raises(InvalidInput):
        story.apply(plan, story.key(plan, "task_dropped"), reason=" ")
    with pytest.raises(StaleForm):
        story.apply(plan, "drop:99999")
    assert story.city.get(Plan, plan.id).state == "draft"


def test_a_later_version_closes_the_earlier_one(story: Amended) -> None:
    city = story.city
    first = story.version(story.lines[0], Line(C, "2026年10月31日前完成。", city.lead, (city.bureau,)))
    story.apply_kinds(first, "task_added")
    left = story.key(first, "task_dropped")
    city.clock.move(hours=1)
    second = story.version(*story.lines)
    story.apply_kinds(second, "task_dropped")  # the added one goes again
    with pytest.raises(RuleViolation) as error:
        story.apply(first, left)
    assert error.value.code == "amendments.refused"
    assert story.stored(first)[left].state == "open"


# What each change does.


def test_an_added_key_task_waits_for_the_office_as_every_other(story: Amended) -> None:
    city = story.city
    plan = story.version(Line(C, "2026年10月31日前完成。", city.lead, (city.bureau,)), *story.lines)
    story.apply_kinds(plan, "task_added")
    task = story.task(C)
    assert (task.state, task.number) == ("draft", 3)  # the numbers 1 and 2 stand on papers
    (user_task,) = city.user_tasks(("key_task", task.id))
    assert user_task.form_key == "key_task.confirm"
    assert [row.key_task_id for row in story.stored(plan).values() if row.state == "applied"] == [task.id]
    assert set(story.dispatch(C)) == {"bureau"}


def test_a_dropped_key_task_ends_with_all_that_is_under_way(story: Amended) -> None:
    city = story.city
    items = story.dispatch(A)
    begun(city, items["bureau"])
    (obligation,) = city.obligations(items["bureau"])
    city.submitted(obligation)
    plan = story.version(story.lines[1])
    story.apply_kinds(plan, "task_dropped")
    task = story.task(A)
    assert task.state == "cancelled"
    assert (
        task.cancel_reason == "依据《云川市优化营商环境专项行动方案（修订版）》调整：市政府常务会议研究决定"
    )
    assert {item.state for item in story.items(A).values()} == {"cancelled"}
    assert city.get(Obligation, obligation.id).state == "cancelled"
    left = city.read(lambda s: s.scalars(select(UserTask).where(UserTask.state == "open")).all())
    assert {t.subject_type for t in left} == {"key_task"}
    assert {t.subject_id for t in left} == {story.task(B).id}
    assert [m.facts["reason"][:4] for m in told(city, "work_item.cancelled")] == ["依据《云"] * 2
    assert len(told(city, "key_task.cancelled")) == 1
    [change] = [row for row in story.stored(plan).values() if row.kind == "task_dropped"]
    assert (change.state, change.touched, change.untouched) == ("applied", 2, 0)


def test_a_dropped_key_task_that_nobody_was_given_yet_ends_too(story: Amended) -> None:
    story.apply_kinds(story.version(story.lines[1]), "task_dropped")
    assert story.task(A).state == "cancelled"
    assert story.city.user_tasks(("key_task", story.task(A).id)) == []


def test_finished_work_of_a_dropped_key_task_stays(story: Amended) -> None:
    city = story.city
    items = story.dispatch(A)
    begun(city, items["bureau"])
    (obligation,) = city.obligations(items["bureau"])
    city.accepted(obligation)
    city.drain()
    plan = story.version(story.lines[1])
    story.apply_kinds(plan, "task_dropped")
    found = story.items(A)
    assert (found["bureau"].state, found["county"].state) == ("sampling", "cancelled")
    assert city.get(Obligation, obligation.id).state == "accepted"
    assert story.task(A).state == "running"
    city.at(2026, 4, 20, 9)
    (user_task,) = city.user_tasks(("key_task", story.task(A).id))
    assert user_task.form_key == "key_task.summarise"  # what was done is summed up


def test_a_unit_more_gets_its_item_where_the_key_task_is_out(story: Amended) -> None:
    city = story.city
    story.dispatch(B)
    wider = replace(story.lines[1], responsible=(city.bureau, city.office))
    plan = story.version(story.lines[0], wider)
    story.apply_kinds(plan, "unit_added")
    new = story.items(B)["office"]
    assert (new.state, new.number, new.review_unit_id) == ("assigned", "2-02", city.lead.id)
    (user_task,) = city.user_tasks(("work_item", new.id))
    assert user_task.unit_id == city.office.id


def test_a_unit_more_of_a_key_task_that_is_not_out_yet_gets_its_item_with_the_others(story: Amended) -> None:
    city = story.city
    plan = story.version(story.lines[0], replace(story.lines[1], responsible=(city.bureau, city.office)))
    story.apply_kinds(plan, "unit_added")
    assert story.items(B) == {}
    assert set(story.dispatch(B)) == {"bureau", "office"}


def test_a_unit_less_loses_its_item_and_may_come_back_with_a_new_one(story: Amended) -> None:
    city = story.city
    items = story.dispatch(A)
    begun(city, items["bureau"])
    plan = story.version(replace(story.lines[0], responsible=(city.county,)), story.lines[1])
    story.apply_kinds(plan, "unit_removed")
    assert story.items(A)["bureau"].state == "cancelled"
    assert story.items(A)["county"].state == "assigned"
    city.clock.move(hours=1)
    back = story.version(*story.lines)
    story.apply_kinds(back, "unit_added")
    again = story.items(A)["bureau"]
    assert (again.state, again.number) == ("assigned", "1-03")
    assert again.id != items["bureau"].id


def test_a_unit_that_has_finished_is_left_alone(story: Amended) -> None:
    city = story.city
    items = story.dispatch(A)
    begun(city, items["bureau"])
    (obligation,) = city.obligations(items["bureau"])
    city.accepted(obligation)
    city.drain()
    plan = story.version(replace(story.lines[0], responsible=(city.county,)), story.lines[1])
    [entry] = [e for e in story.compare(plan).entries if e.kind == "unit_removed"]
    assert (entry.can_be_chosen, entry.note, entry.untouched) == (False, comparison.FINISHED, 1)
    story.apply(plan, entry.key)  # by another program, say
    row = story.stored(plan)[entry.key]
    assert (row.state, row.note) == ("kept", comparison.FINISHED)
    assert story.items(A)["bureau"].state == "sampling"
    parts = city.read(
        lambda s: s.scalars(select(KeyTaskUnit.unit_id).filter_by(key_task_id=story.task(A).id)).all()
    )
    assert city.bureau.id in parts


def test_a_unit_that_only_cooperates_from_here_on_loses_its_item_and_is_told(story: Amended) -> None:
    city = story.city
    story.dispatch(A)
    plan = story.version(
        replace(story.lines[0], responsible=(city.bureau,), cooperating=(city.county,)), story.lines[1]
    )
    assert "unit_moved" in kinds(story, plan)
    story.apply_kinds(plan, "unit_moved")
    assert story.items(A)["county"].state == "cancelled"
    [message] = told(city, "key_task.part_given")
    assert (message.facts["unit_id"], message.facts["role"]) == (city.county.id, "cooperating")


def test_a_moved_date_moves_what_is_owed_and_says_by_which_document(story: Amended) -> None:
    city = story.city
    items = story.dispatch(A)
    begun(city, items["bureau"])
    plan = story.version(replace(story.lines[0], body="2026年9月30日前完成。"), story.lines[1])
    story.apply_kinds(plan, "limit_moved")
    (obligation,) = city.obligations(items["bureau"])
    deadline = due(city, obligation)
    assert (deadline.original_due_on, deadline.due_on) == (date(2026, 6, 30), date(2026, 9, 30))
    assert Basis.from_dict(deadline.basis) == Basis.fixed_date(date(2026, 9, 30), "2026年9月30日前")
    [change] = city.read(lambda s: s.scalars(select(DeadlineChange)).all())
    assert (change.kind, change.from_on, change.to_on) == ("amended", date(2026, 6, 30), date(2026, 9, 30))
    assert change.reason == "依据《云川市优化营商环境专项行动方案（修订版）》调整时限"
    (user_task,) = city.user_tasks(("obligation", obligation.id))
    assert user_task.due_at == deadline.due_at
    # The county has not filed its plan: its reports are opened with the new date, and it is told as well.
    begun(city, items["county"], city.county.reporter)
    assert due(city, city.obligations(items["county"])[0]).due_on == date(2026, 9, 30)
    news = {m.subject_id: m.facts["changes"] for m in told(city, "work_item.amended")}
    moved = {"change": "date_moved", "what": "办结报告", "old": "2026-06-30", "new": "2026-09-30"}
    assert news == {items["bureau"].id: [moved], items["county"].id: [moved]}


def test_an_overdue_report_is_owed_anew_and_its_lateness_stays(story: Amended) -> None:
    city = story.city
    items = story.dispatch(A)
    begun(city, items["bureau"])
    (obligation,) = city.obligations(items["bureau"])
    city.at(2026, 7, 2, 9)
    assert due(city, obligation).state == "passed"
    plan = story.version(replace(story.lines[0], body="2026年9月30日前完成。"), story.lines[1])
    story.apply_kinds(plan, "limit_moved")
    deadline = due(city, obligation)
    assert (deadline.state, deadline.due_on, deadline.is_late) == ("open", date(2026, 9, 30), True)
    assert city.get(Obligation, obligation.id).overdue_at is not None
    city.at(2026, 10, 1, 9)
    assert city.actions(f"work_item:{items['bureau'].id}").count("obligation.fell_overdue") == 1


def test_a_date_that_would_lie_behind_is_not_set(story: Amended) -> None:
    city = story.city
    items = story.dispatch(B)
    city.at(2026, 8, 3, 9)
    begun(city, items["bureau"])
    plan = story.version(
        story.lines[0], replace(story.lines[1], body="每季度报告一次，2026年6月30日前完成。")
    )
    [entry] = [e for e in story.compare(plan).entries if e.kind == "limit_moved"]
    assert (entry.can_be_chosen, entry.note) == (False, comparison.PAST)


def test_what_lies_in_review_keeps_its_date_in_hand_and_gets_the_new_one_when_returned(
    story: Amended,
) -> None:
    city = story.city
    items = story.dispatch(A)
    begun(city, items["bureau"])
    (obligation,) = city.obligations(items["bureau"])
    review = city.in_review(obligation)
    plan = story.version(replace(story.lines[0], body="2026年9月30日前完成。"), story.lines[1])
    story.apply_kinds(plan, "limit_moved")
    city.act(city.lead.head, reviews.decide, review.id, approved=False, reasons="缺少清单")
    found = city.read(
        lambda s: s.scalars(
            select(Deadline).where(Deadline.subject_id == obligation.id, Deadline.kind == "obligation.due")
        ).one()
    )
    assert (found.state, found.due_on) == ("open", date(2026, 9, 30))


def test_accepted_reports_stay_and_periods_follow_the_moved_end(story: Amended) -> None:
    city = story.city
    items = story.dispatch(B)
    begun(city, items["bureau"])
    first, *_ = city.obligations(items["bureau"])
    assert [o.title for o in city.obligations(items["bureau"])] == [
        "2026年第一季度进展报告", "2026年第二季度进展报告", "2026年第三季度进展报告", "办结报告",
    ] or len(city.obligations(items["bureau"])) >= 3  # fmt: skip
    city.accepted(first)
    plan = story.version(
        story.lines[0], replace(story.lines[1], body="每季度报告一次，2026年8月31日前完成。")
    )
    story.apply_kinds(plan, "limit_moved")
    states = {o.title: o.state for o in city.obligations(items["bureau"])}
    assert states[first.title] == "accepted"
    assert states["2026年第三季度进展报告"] == "cancelled"
    assert states["办结报告"] == "open"
    city.clock.move(hours=1)
    back = story.version(*story.lines)
    story.apply_kinds(back, "limit_moved")
    third = [o.state for o in city.obligations(items["bureau"]) if o.title == "2026年第三季度进展报告"]
    assert third == ["cancelled", "open"]


def test_another_cadence_replaces_the_reports_ahead(story: Amended) -> None:
    city = story.city
    items = story.dispatch(B)
    begun(city, items["bureau"])
    plan = story.version(story.lines[0], replace(story.lines[1], body="每月报告一次，2026年6月30日前完成。"))
    story.apply_kinds(plan, "limit_moved")
    live = [o.title for o in city.obligations(items["bureau"]) if o.state == "open"]
    assert sorted(live) == sorted(["2026年3月进展报告", "2026年4月进展报告", "2026年5月进展报告", "办结报告"])


def test_a_limit_taken_back_ends_its_reports_and_may_settle_the_item(story: Amended) -> None:
    city = story.city
    items = story.dispatch(B)
    begun(city, items["bureau"])
    city.accepted(city.obligations(items["bureau"])[-1])  # the final one, before the periods
    city.drain()
    assert city.get(WorkItem, items["bureau"].id).state == "sampling"  # periods ahead fall away by themselves


def test_another_reviewer_takes_over_what_lies_with_the_old_one(story: Amended) -> None:
    city = story.city
    items = story.dispatch(A)
    begun(city, items["bureau"])
    (obligation,) = city.obligations(items["bureau"])
    review = city.in_review(obligation)
    assert review.unit_id == city.lead.id
    plan = story.version(replace(story.lines[0], lead=city.county), story.lines[1])
    story.apply_kinds(plan, "reviewer", "unit_added", "unit_removed", "unit_moved")
    assert story.task(A).review_unit_id == story.task(A).lead_unit_id == city.county.id
    assert city.get(Review, review.id).unit_id == city.county.id
    (user_task,) = city.user_tasks(("obligation", obligation.id))
    assert user_task.unit_id == city.county.id
    with pytest.raises(AccessDenied):
        city.act(city.lead.head, reviews.decide, review.id, approved=True)
    city.act(city.county.head, reviews.decide, review.id, approved=True)
    assert story.items(A)["county"].review_unit_id == city.office.id  # nobody judges their own


def test_another_wording_reaches_the_items_that_are_under_way(story: Amended) -> None:
    city = story.city
    story.dispatch(A)
    plan = story.version(replace(story.lines[0], title=A + "并接受监督"), story.lines[1])
    story.apply_kinds(plan, "wording")
    assert {item.title for item in story.items(A + "并接受监督").values()} == {A + "并接受监督"}
    assert len(told(city, "work_item.amended")) == 2


def test_a_settled_key_task_is_not_opened_again(story: Amended) -> None:
    city = story.city
    items = story.dispatch(B)
    city.cancelled(items["bureau"].id)
    city.drain()
    plan = story.version(story.lines[0], replace(story.lines[1], responsible=(city.bureau, city.office)))
    entries = [e for e in story.compare(plan).entries if e.kind != "wording"]
    assert {(e.can_be_chosen, e.note) for e in entries} == {(False, comparison.SETTLED)}


def test_what_was_not_ticked_stays_in_sight_and_may_follow(story: Amended) -> None:
    city = story.city
    story.dispatch(A)
    plan = story.version(
        replace(story.lines[0], body="2026年9月30日前完成。", responsible=(city.bureau,)), story.lines[1]
    )
    story.apply_kinds(plan, "limit_moved")
    states = {e.kind.value: e.state.value for e in story.compare(plan).entries}
    assert states == {"limit_moved": "applied", "unit_removed": "open", "wording": "open"}
    story.apply_kinds(plan, "unit_removed")
    assert story.items(A)["county"].state == "cancelled"
    with pytest.raises(StaleForm):
        story.apply_kinds(plan, "unit_removed")


# Races and broken runs.


def test_two_who_apply_at_once_apply_once(story: Amended) -> None:
    city = story.city
    story.dispatch(A)
    plan = story.version(replace(story.lines[0], responsible=(city.bureau,)), story.lines[1])
    key, version = story.key(plan, "unit_removed"), plan.version

    def press(_n: int) -> str:
        try:
            city.act(
                city.officer,
                amending.apply_amendment,
                plan.id,
                [key],
                reason="研究决定",
                expected_version=version,
            )
        except (StaleForm, RuleViolation):
            return "late"
        return "first"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(press, range(2))) == ["first", "late"]
    city.drain()
    assert len(told(city, "work_item.cancelled")) == 1
    assert city.actions(f"plan:{plan.id}").count("plan.amendment_chosen") == 1


def test_applying_races_with_the_units_own_acts(story: Amended) -> None:
    city = story.city
    items = story.dispatch(A)
    begun(city, items["bureau"])
    (obligation,) = city.obligations(items["bureau"])
    plan = story.version(replace(story.lines[0], responsible=(city.county,)), story.lines[1])
    key = story.key(plan, "unit_removed")
    city.act(city.officer, amending.apply_amendment, plan.id, [key], reason="研究决定")

    def attempt(verb: str) -> str:
        if verb == "apply":
            city.drain()
            return verb
        try:
            city.act(city.bureau.reporter, evidence.submit, obligation.id, text="已完成")
        except TaskNotOpen:
            return "late"
        return verb

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(attempt, ["apply", "submit"]))
    city.drain()
    assert city.get(Obligation, obligation.id).state == "cancelled"
    assert city.user_tasks(("obligation", obligation.id)) == []


def test_a_run_that_was_cut_off_goes_on_where_it_stopped(story: Amended) -> None:
    city = story.city
    story.dispatch(A)
    story.dispatch(B)
    plan = story.version(Line(C, "2026年10月31日前完成。", city.lead, (city.bureau,)))
    keys = [entry.key for entry in story.compare(plan).entries]
    city.act(city.officer, amending.apply_amendment, plan.id, keys, reason="研究决定")
    assert queue.work_one(city.db, city.clock, city.settings)
    states = sorted(row.state for row in story.stored(plan).values())
    assert states == ["applied", "chosen", "chosen"]
    with pytest.raises(RuleViolation):  # while it runs, nobody begins another
        city.act(city.officer, amending.apply_amendment, plan.id, keys, reason="研究决定")

    def cut_off(ctx: Any) -> None:
        amending.amend_one(ctx, {"plan_id": plan.id, "total": 3}, {})
        raise RuntimeError("the machine is gone")

    with pytest.raises(RuntimeError):
        city.act(SYSTEM, cut_off)
    assert sorted(row.state for row in story.stored(plan).values()) == states
    city.drain()
    assert {row.state for row in story.stored(plan).values()} == {"applied"}
    assert len(told(city, "work_item.cancelled")) == 3
    ended = city.read(
        lambda s: s.scalars(
            select(ProcessInstance.status).where(ProcessInstance.subject_type == "work_item")
        ).all()
    )
    assert set(ended) == {"cancelled"}
    assert city.get(KeyTask, story.task(C).id).state == "draft"
