"""One work item through its verbs, its limits and the sampling window; urging and cancelling."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select

from engine import deadlines, process
from engine.campaigns import work_items
from engine.campaigns.models import KeyTask, LimitKind, Obligation, WorkItem
from engine.campaigns.rules import Limit
from engine.context import Actor, Context
from engine.deadlines import Deadline
from engine.errors import AccessDenied, InvalidInput, RuleViolation, TaskNotOpen
from engine.evidence import service as evidence
from engine.process.models import UserTask
from engine.reviews import service as reviews
from tests.engine.campaigns.city import SYSTEM, City


def live(city: City, type: str, id: int) -> dict[str, date]:
    """Kinds and dates of what is owed for a row."""
    rows = city.read(
        lambda s: s.scalars(
            select(Deadline).where(
                Deadline.subject_type == type,
                Deadline.subject_id == id,
                Deadline.state.in_(["open", "passed"]),
            )
        ).all()
    )
    return {row.kind: row.due_on for row in rows}


def test_acknowledging_starts_the_limit_for_the_plan(city: City) -> None:
    item = city.work_item()
    assert live(city, "work_item", item.id) == {"work_item.acknowledge": date(2026, 3, 4)}
    city.act(city.bureau.reporter, work_items.acknowledge, item.id)
    acknowledged = city.get(WorkItem, item.id)
    assert (acknowledged.state, acknowledged.acknowledged_by_name) == (
        "acknowledged",
        city.bureau.reporter.name,
    )
    assert live(city, "work_item", item.id) == {"work_item.plan": date(2026, 3, 16)}
    (task,) = city.user_tasks(("work_item", item.id))
    assert task.form_key == "work_item.file_plan"
    assert task.due_at is not None


def test_filing_the_plan_opens_each_obligation_with_its_process(city: City) -> None:
    item = city.begun(
        limits=(
            Limit(LimitKind.MILESTONE, {"rule": "fixed_date", "on": "2026-06-30", "text": ""}, "公布清单"),
            Limit(LimitKind.FINAL, {"rule": "fixed_date", "on": "2026-12-31", "text": "年底前"}),
            Limit(LimitKind.CADENCE, {"rule": "each", "period": "quarter", "text": "每季度"}),
        )
    )
    assert (item.state, item.plan_text) == ("in_progress", "按季推进")
    found = [(o.position, o.kind, o.title) for o in city.obligations(item)]
    assert found == [
        (1, "milestone", "公布清单"),
        (2, "period", "2026年第二季度进展报告"),
        (3, "period", "2026年第三季度进展报告"),
        (4, "final", "办结报告"),
    ]
    for obligation in city.obligations(item):
        (task,) = city.user_tasks(("obligation", obligation.id))
        assert (task.form_key, task.work_item_id) == ("obligation.submit", item.id)
        assert live(city, "obligation", obligation.id).keys() == {"obligation.due"}
    assert city.elements(("work_item", item.id)) == {"obligations_settled"}


def test_a_plan_must_say_something(city: City) -> None:
    item = city.work_item()
    city.act(city.bureau.reporter, work_items.acknowledge, item.id)
    with pytest.raises(InvalidInput):
        city.act(city.bureau.reporter, work_items.file_plan, item.id, text="  ")
    assert city.get(WorkItem, item.id).state == "acknowledged"
    assert city.obligations(item) == []


def test_each_verb_belongs_to_its_unit(city: City) -> None:
    item = city.work_item()
    strangers = (city.county.reporter, city.lead.head, city.officer, city.bureau.head)
    for actor in strangers:
        with pytest.raises(AccessDenied):
            city.act(actor, work_items.acknowledge, item.id)


def test_steps_come_in_their_order_and_once(city: City) -> None:
    item = city.work_item()
    with pytest.raises(TaskNotOpen):
        city.act(city.bureau.reporter, work_items.file_plan, item.id, text="方案")
    city.act(city.bureau.reporter, work_items.acknowledge, item.id)
    with pytest.raises(TaskNotOpen):
        city.act(city.bureau.reporter, work_items.acknowledge, item.id)


def test_two_clicks_at_once_acknowledge_once(city: City) -> None:
    item = city.work_item()

    def click(_n: int) -> str:
        try:
            city.act(city.bureau.reporter, work_items.acknowledge, item.id)
        except TaskNotOpen:
            return "late"
        return "first"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(click, range(2))) == ["first", "late"]
    assert city.actions(f"work_item:{item.id}").count("work_item.acknowledged") == 1


def test_a_late_acknowledgement_is_noted_and_still_possible(city: City) -> None:
    item = city.work_item()
    city.at(2026, 3, 5, 0)
    city.at(2026, 3, 5, 8)
    assert city.actions(f"work_item:{item.id}").count("work_item.fell_late") == 1
    city.act(city.bureau.reporter, work_items.acknowledge, item.id)
    city.at(2026, 3, 20, 9)  # the plan is late, too
    assert city.actions(f"work_item:{item.id}").count("work_item.fell_late") == 2
    city.act(city.bureau.reporter, work_items.file_plan, item.id, text="方案")
    assert city.get(WorkItem, item.id).state == "in_progress"


def test_cancelling_ends_everything_that_was_open(city: City) -> None:
    review = city.in_review()
    item = city.get(WorkItem, review.work_item_id)
    cancelled = city.cancelled(item.id, "机构改革，职责划转")
    city.drain()
    assert (cancelled.state, cancelled.cancel_reason) == ("cancelled", "机构改革，职责划转")
    (obligation,) = city.obligations(item)
    assert obligation.state == "cancelled"
    assert live(city, "obligation", obligation.id) == {}
    open_tasks = city.read(
        lambda s: s.scalars(select(UserTask).filter_by(work_item_id=item.id, state="open")).all()
    )
    assert open_tasks == []
    with pytest.raises(TaskNotOpen):
        city.act(city.lead.head, reviews.decide, review.id, approved=True)
    # The key task waits for its items no longer.
    (task,) = city.user_tasks(("key_task", item.key_task_id))
    assert task.form_key == "key_task.summarise"


def test_cancelling_races_with_submitting_and_one_of_them_wins(city: City) -> None:
    obligation = city.obligation()

    def attempt(verb: str) -> str:
        try:
            if verb == "cancel":
                city.cancelled(obligation.work_item_id)
            else:
                city.act(city.bureau.reporter, evidence.submit, obligation.id, text="已完成")
        except TaskNotOpen:
            return "late"
        return verb

    with ThreadPoolExecutor(2) as pool:
        outcome = set(pool.map(attempt, ["cancel", "submit"]))
    assert "cancel" in outcome
    assert city.get(Obligation, obligation.id).state == "cancelled"
    assert city.user_tasks(("obligation", obligation.id)) == []


def test_an_item_that_is_not_drawn_closes_when_its_window_ends(city: City) -> None:
    item = city.sampling()
    assert live(city, "work_item", item.id) == {"work_item.sampling": date(2026, 3, 16)}
    city.at(2026, 3, 16, 23)
    assert city.get(WorkItem, item.id).state == "sampling"
    city.at(2026, 3, 17, 0)
    closed = city.get(WorkItem, item.id)
    assert (closed.state, closed.sampling_decided_at) == ("closed", city.clock.now())
    assert city.get(KeyTask, item.key_task_id).settled_at is not None


def test_a_drawn_item_waits_for_its_check(city: City) -> None:
    item = city.sampling()

    def draw(ctx: Context) -> None:
        work_items.decide_sampling(ctx, work_items.lock(ctx, item.id), drawn=True)

    city.act(SYSTEM, draw)
    city.drain()
    assert city.get(WorkItem, item.id).state == "inspecting"
    assert city.elements(("work_item", item.id)) == {"check_closed"}
    city.at(2026, 4, 1, 9)
    assert city.get(WorkItem, item.id).state == "inspecting", "the window has nothing to say any more"
    with pytest.raises(RuleViolation):
        city.act(SYSTEM, draw)
    city.act(SYSTEM, process.send_message, ("work_item", item.id), "check_closed")
    city.drain()
    assert city.get(WorkItem, item.id).state == "closed"


def test_drawing_and_the_end_of_the_window_race_and_one_decides(city: City) -> None:
    item = city.sampling()
    city.clock.move(days=30)

    def draw(_n: int) -> str:
        try:
            city.act(
                SYSTEM, lambda ctx: work_items.decide_sampling(ctx, work_items.lock(ctx, item.id), drawn=True)
            )
        except RuleViolation:
            return "late"
        return "drawn"

    def window(_n: int) -> str:
        deadlines.sweep(city.db, city.clock, city.settings)
        return "swept"

    with ThreadPoolExecutor(2) as pool:
        drawn, _ = pool.submit(draw, 0), pool.submit(window, 0)
        won = drawn.result()
    city.drain()
    state = city.get(WorkItem, item.id).state
    assert (won, state) in {("drawn", "inspecting"), ("late", "closed")}
    assert city.actions(f"work_item:{item.id}").count("work_item.sampling_decided") == 1


def test_the_queue_may_ask_twice_whether_all_is_settled(city: City) -> None:
    item = city.sampling()
    city.act(Actor.system("queue"), work_items.settle, {"work_item_id": item.id}, {})
    city.drain()
    assert city.actions(f"work_item:{item.id}").count("work_item.settled") == 1


def test_extending_moves_the_users_due_date(city: City) -> None:
    obligation = city.obligation()
    due = city.read(lambda s: s.scalars(select(Deadline).filter_by(kind="obligation.due")).one())
    city.act(SYSTEM, deadlines.extend, due.id, date(2026, 7, 31), "洪涝灾害影响")
    (task,) = city.user_tasks(("obligation", obligation.id))
    assert task.due_at == city.get(Deadline, due.id).due_at
