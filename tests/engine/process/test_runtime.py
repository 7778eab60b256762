"""The verbs on stored processes, on PostgreSQL: mirror, lost races, deadlines, messages, cancelling."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from engine import deadlines, process, queue
from engine.clock import FixedClock
from engine.context import Actor, Context, Role
from engine.db import transaction
from engine.errors import NotFound, TaskNotOpen
from engine.process import definitions, inbox
from engine.process.models import ProcessInstance, UserTask, UserTaskState
from engine.process.operators import OPERATORS, Subject
from engine.settings import Settings
from tests.engine.process import builder as b

SUBJECT: Subject = ("probe", 1)
REPORTER = Actor("甲", 11, frozenset({(7, Role.REPORTER)}))
HEAD = Actor("乙", 12, frozenset({(9, Role.HEAD)}))

DIAGRAM = b.diagram(
    b.start(),
    b.choice("merge"),
    b.user("work", deadline="work_due"),
    b.boundary("late", "work", b.timer("work_due")),
    b.service("mark", "probe.mark"),
    b.end("marked"),
    b.user("review", unit="lead_id", role="head"),
    b.choice("approved", default="approved_merge"),
    b.catch("told", b.message("told")),
    b.user("sum_up"),
    b.end(),
    b.line("begin", "merge", "work", "review", "approved"),
    b.line("late", "mark", "marked"),
    b.line("approved", "merge"),
    b.flow("approved", "told", "ok"),
    b.line("told", "sum_up", "finish"),
    messages=("told",),
    key="probe",
)


@pytest.fixture
def marked() -> Iterator[list[Subject]]:
    """Subjects that the diagram's one operator has been called for."""
    seen: list[Subject] = []
    OPERATORS["probe.mark"] = lambda _ctx, subject: seen.append(subject)
    deadlines.register_subject(
        "probe",
        lock=lambda _ctx, _id: None,
        on_passed=lambda ctx, d: process.fire_deadline(ctx, d.subject, d.kind),
    )
    yield seen
    del OPERATORS["probe.mark"]


@pytest.fixture
def started(make_ctx: Callable[..., Context], marked: list[Subject]) -> Context:
    """A probe that waits at `work`, due in five working days."""
    ctx = make_ctx()
    definitions.publish(ctx, DIAGRAM)
    basis = deadlines.Basis.working_days_after(ctx.clock.now().date(), 5, "试办")
    deadlines.open(ctx, SUBJECT, "work_due", basis, unit_id=7, stream="probe:1")
    process.start(ctx, "probe", SUBJECT, variables={"unit_id": 7, "lead_id": 9, "ok": False})
    return ctx


def names(ctx: Context, actor: Actor) -> list[str]:
    seen = Context(ctx.session, actor, ctx.clock, ctx.settings)
    return [task.element_id for task in inbox.open_user_tasks(seen)]


def test_a_user_task_is_offered_to_the_post_with_its_due_date(started: Context) -> None:
    assert (names(started, REPORTER), names(started, HEAD)) == (["work"], [])
    [task] = inbox.find_open(started.session, SUBJECT)
    assert task.due_at == started.session.scalars(select(deadlines.Deadline.due_at)).one()


def test_completing_moves_the_token_and_the_inbox(started: Context) -> None:
    process.complete_user_task(started, SUBJECT, "work")
    assert (names(started, REPORTER), names(started, HEAD)) == ([], ["review"])
    process.complete_user_task(started, SUBJECT, "review", {"ok": False})
    assert names(started, REPORTER) == ["work"]
    standing = process.standing(started, SUBJECT)
    assert standing is not None
    assert (standing.live, standing.done) == ({"work"}, {"review"})


def test_a_stale_page_and_a_wrong_place_are_refused(started: Context) -> None:
    [first] = inbox.find_open(started.session, SUBJECT)
    process.complete_user_task(started, SUBJECT, "work", expected_task_id=first.task_id)
    process.complete_user_task(started, SUBJECT, "review")
    with pytest.raises(TaskNotOpen):
        process.complete_user_task(started, SUBJECT, "work", expected_task_id=first.task_id)
    with pytest.raises(TaskNotOpen):
        process.complete_user_task(started, SUBJECT, "review")
    with pytest.raises(TaskNotOpen):
        process.complete_user_task(started, ("probe", 99), "work")


def test_a_passed_deadline_reaches_the_waiting_timer_once(started: Context, marked: list[Subject]) -> None:
    assert process.fire_deadline(started, SUBJECT, "work_due")
    assert not process.fire_deadline(started, SUBJECT, "work_due")
    assert marked == [SUBJECT]
    assert names(started, REPORTER) == ["work"]


def test_a_moved_deadline_moves_the_inbox(started: Context) -> None:
    later = started.clock.now() + timedelta(days=40)
    process.set_due(started, SUBJECT, "work_due", later)
    started.session.expire_all()
    [task] = inbox.find_open(started.session, SUBJECT)
    assert (task.due_at, task.due_key) == (later, later)


def test_a_message_waits_in_the_queue_until_it_is_awaited(
    db: Engine, started: Context, clock: FixedClock, settings: Settings
) -> None:
    process.send_message(started, SUBJECT, "told")
    process.send_message(started, SUBJECT, "told")
    started.session.commit()
    assert queue.work_one(db, clock, settings)
    item = queue.progress(started.session, "told:probe:1")
    assert item is not None
    assert "does not wait" in (item.last_error or "")
    with transaction(db) as session:
        ctx = Context(session, REPORTER, clock, settings)
        process.complete_user_task(ctx, SUBJECT, "work")
        process.complete_user_task(ctx, SUBJECT, "review", {"ok": True})
    clock.move(minutes=5)
    assert queue.work_one(db, clock, settings)
    assert not queue.work_one(db, clock, settings)
    assert names(started, REPORTER) == ["sum_up"]


def test_cancelling_withdraws_what_was_offered(started: Context) -> None:
    process.cancel(started, SUBJECT)
    started.session.flush()
    assert names(started, REPORTER) == []
    assert started.session.scalars(select(UserTask.state)).all() == [UserTaskState.WITHDRAWN]
    assert started.session.scalars(select(ProcessInstance.status)).all() == ["cancelled"]
    process.cancel(started, SUBJECT)


def test_a_running_instance_stays_on_its_version(started: Context) -> None:
    newer = (
        DIAGRAM.replace(b'id="work"', b'id="toil"').replace(b'"work"', b'"toil"').replace(b"_work", b"_toil")
    )
    version = definitions.publish(started, newer.replace(b"work_toil", b"work_due")).version
    assert version == 2
    assert definitions.publish(started, DIAGRAM).version == 1
    process.start(started, "probe", ("probe", 2), variables={"unit_id": 7, "lead_id": 9, "ok": False})
    process.complete_user_task(started, SUBJECT, "work")
    process.complete_user_task(started, ("probe", 2), "toil")


def test_an_unknown_process_cannot_be_started(started: Context) -> None:
    with pytest.raises(NotFound):
        process.start(started, "nowhere", SUBJECT, variables={})


def test_of_two_people_at_once_one_wins(
    db: Engine, started: Context, clock: FixedClock, settings: Settings
) -> None:
    started.session.commit()

    def attempt(_: int) -> str:
        with transaction(db) as session:
            try:
                process.complete_user_task(Context(session, REPORTER, clock, settings), SUBJECT, "work")
            except TaskNotOpen:
                return "late"
            return "won"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == ["late", "late", "late", "won"]
    assert names(started, HEAD) == ["review"]
