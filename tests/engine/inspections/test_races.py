"""Two people, two connections, one row: whoever comes second finds the question closed."""

import threading
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from engine import deadlines, queue
from engine.campaigns.models import WorkItemState
from engine.clock import end_of_day
from engine.deadlines import Deadline
from engine.errors import DubanError
from engine.inspections import checks, rectifications, service
from engine.inspections.models import CheckState, Rectification, RectificationState, Severity
from engine.inspections.rules import FindingDraft
from engine.queue import QueueItem
from tests.engine.inspections.world import World


def together(*acts: Callable[[], object]) -> list[BaseException]:
    """Run the acts at once, each in a thread; returns what they raised."""
    barrier = threading.Barrier(len(acts))
    raised: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            act()
        except Exception as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.parametrize("attempt", range(3))
def test_drawn_or_window_passed_but_never_both(world: World, attempt: int) -> None:
    row = world.act(
        world.officer,
        service.prepare_round,
        world.campaign_id,
        title="抽查",
        rate=100,
        seed_source="公布的号码",
    )
    windows = world.read(select(Deadline).where(Deadline.kind == "work_item.sampling").order_by(Deadline.id))
    world.act(world.officer, service.draw, row.id, f"{attempt}")
    world.clock.move_to(end_of_day(max(window.due_on for window in windows)))
    raised = together(
        lambda: queue.work_one(world.db, world.clock, world.settings),
        *(
            lambda id=window.id: world.act(None, lambda ctx: deadlines.act(ctx, id))  # type: ignore[misc]
            for window in windows
        ),
    )
    assert raised == []
    world.drain()
    told = world.read(select(QueueItem).where(QueueItem.key.like("sampling_decided:%")))
    assert len(told) == 3
    by_item = {check.work_item_id: check for check in world.checks()}
    assert set(by_item) == {item.id for item in world.items()}
    for item in world.items():
        # Decided by the draw: it waits for its check. Decided by the window: it is closed and checked again.
        expected = WorkItemState.CLOSED if by_item[item.id].is_recheck else WorkItemState.INSPECTING
        assert item.state == expected


def test_two_inspections_of_one_check_leave_one_record(world: World) -> None:
    world.drawn(rate=1)
    (check,) = world.checks()

    def record(text: str) -> Callable[[], object]:
        return lambda: world.act(
            world.inspector_of(check),
            checks.record_check,
            check.id,
            visited_on=world.today(),
            conclusion=text,
        )

    (error,) = together(record("甲"), record("乙"))
    assert isinstance(error, DubanError)
    world.drain()
    assert world.checks()[0].state == CheckState.CLOSED


def test_the_last_two_rectifications_closing_at_once_settle_the_check(world: World) -> None:
    world.drawn(rate=1)
    (check,) = world.checks()
    found = [FindingDraft(text, Severity.MINOR, date(2026, 5, 6)) for text in ("甲", "乙")]
    world.act(
        world.inspector_of(check),
        checks.record_check,
        check.id,
        visited_on=world.today(),
        conclusion="有问题",
        findings=found,
    )
    rows = world.read(select(Rectification).order_by(Rectification.id))
    assert world.reporters
    for row in rows:
        world.act(
            world.reporters[row.responsible_unit_id],
            rectifications.submit_rectification,
            row.id,
            text="已整改",
        )
    raised = together(
        *(
            lambda id=row.id: world.act(  # type: ignore[misc]
                world.inspector_of(check), rectifications.verify_rectification, id, passed=True
            )
            for row in rows
        )
    )
    assert raised == []
    world.drain()
    assert {r.state for r in world.read(select(Rectification))} == {RectificationState.CLOSED}
    assert world.checks()[0].state == CheckState.CLOSED
    assert world.item(check.work_item_id).state == WorkItemState.CLOSED


def test_two_draws_of_one_round(world: World) -> None:
    row = world.act(
        world.officer,
        service.prepare_round,
        world.campaign_id,
        title="抽查",
        rate=50,
        seed_source="公布的号码",
    )
    (error,) = together(
        lambda: world.act(world.officer, service.draw, row.id, "一"),
        lambda: world.act(world.officer, service.draw, row.id, "二"),
    )
    assert isinstance(error, DubanError)
    world.drain()
    assert len(world.checks()) == 2
