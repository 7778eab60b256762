"""From the drawn check to the closed work item: every path of both diagrams, on rows."""

from datetime import date

import pytest
from sqlalchemy import Engine, select

from engine import audit
from engine.campaigns.models import WorkItemState
from engine.clock import FixedClock
from engine.deadlines import Deadline
from engine.errors import AccessDenied, InvalidInput, RuleViolation, TaskNotOpen
from engine.inspections import checks, queries, rectifications, rules, service
from engine.inspections.models import CheckState, Rectification, RectificationState, Severity, SiteCheck
from engine.inspections.rules import FindingDraft
from engine.process.models import ProcessInstance, UserTask
from engine.settings import Settings
from tests.engine.inspections.world import World, build


def finding(world: World, text: str = "文件未按期清理", days: int = 10, **other: object) -> FindingDraft:
    return FindingDraft(text, Severity.GENERAL, world.in_days(days), **other)  # type: ignore[arg-type]


def one_check(world: World) -> SiteCheck:
    world.drawn(rate=1)
    return world.checks()[0]


def record(world: World, check: SiteCheck, *findings: FindingDraft) -> None:
    world.act(
        world.inspector_of(check),
        checks.record_check,
        check.id,
        visited_on=world.today(),
        conclusion="到场检查完毕",
        findings=findings,
    )


def open_tasks(world: World, subject_type: str) -> list[tuple[str, int]]:
    rows = world.read(
        select(UserTask)
        .where(UserTask.state == "open", UserTask.subject_type == subject_type)
        .order_by(UserTask.id)
    )
    return [(row.element_id, row.subject_id) for row in rows]


def rows(world: World) -> list[Rectification]:
    return world.read(select(Rectification).order_by(Rectification.id))


def report(world: World, row: Rectification, text: str = "已经整改") -> None:
    assert world.reporters
    world.act(
        world.reporters[row.responsible_unit_id], rectifications.submit_rectification, row.id, text=text
    )


def verify(world: World, check: SiteCheck, row: Rectification, passed: bool, **other: object) -> None:
    reasons = "" if passed else "佐证不足"
    world.act(
        world.inspector_of(check),
        rectifications.verify_rectification,
        row.id,
        passed=passed,
        reasons=reasons,
        **other,
    )


def test_nothing_found_and_the_item_is_closed(world: World) -> None:
    check = one_check(world)
    assert open_tasks(world, "check") == [("inspect", check.id)]
    record(world, check)
    world.drain()
    assert world.checks()[0].state == CheckState.CLOSED
    assert world.item(check.work_item_id).state == WorkItemState.CLOSED
    assert rows(world) == []


def test_two_findings_each_rectified_and_only_then_the_item_is_closed(world: World) -> None:
    check = one_check(world)
    record(world, check, finding(world, "第一项", 10), finding(world, "第二项", 20))
    first, second = rows(world)
    assert [r.due_on for r in (first, second)] == [world.in_days(10), world.in_days(20)]
    assert open_tasks(world, "rectification") == [("rectify", first.id), ("rectify", second.id)]
    report(world, first)
    verify(world, check, first, True)
    world.drain()
    assert world.checks()[0].state == CheckState.FINDINGS
    assert world.item(check.work_item_id).state == WorkItemState.INSPECTING
    report(world, second)
    verify(world, check, second, False)
    assert open_tasks(world, "rectification") == [("rectify", second.id)]
    report(world, second, "补充佐证")
    verify(world, check, second, True)
    world.drain()
    assert {r.state for r in rows(world)} == {RectificationState.CLOSED}
    assert world.checks()[0].state == CheckState.CLOSED
    assert world.item(check.work_item_id).state == WorkItemState.CLOSED
    details = world.act(world.officer, queries.findings_of, check.id)
    assert [[(r.report.round, r.report.passed) for r in d.reports] for d in details] == [
        [(1, True)],
        [(1, False), (2, True)],
    ]
    ended = world.read(
        select(ProcessInstance.status).where(ProcessInstance.subject_type.in_(["check", "rectification"]))
    )
    assert set(ended) == {"completed"}
    actions = {
        entry.action
        for entry in world.act(
            None, lambda ctx: audit.history(ctx.session, f"work_item:{check.work_item_id}", limit=200)
        )
    }
    assert actions >= {
        "check.opened", "check.recorded", "check.closed", "rectification.opened", "rectification.submitted",
        "rectification.returned", "rectification.passed", "rectification.closed",
    }  # fmt: skip


def test_a_rectification_that_is_late_is_marked_once_and_goes_on(world: World) -> None:
    check = one_check(world)
    record(world, check, finding(world, days=3))
    world.pass_time(world.in_days(5))
    (row,) = rows(world)
    assert row.overdue_at is not None
    assert row.state == RectificationState.OPEN
    report(world, row)
    verify(world, check, row, False)
    (again,) = rows(world)
    assert again.due_on > world.today()
    assert again.overdue_at == row.overdue_at
    report(world, again)
    verify(world, check, again, True)
    world.drain()
    assert world.item(check.work_item_id).state == WorkItemState.CLOSED


def test_a_report_in_time_is_not_late_while_it_waits_for_the_inspector(world: World) -> None:
    check = one_check(world)
    record(world, check, finding(world, days=3))
    (row,) = rows(world)
    report(world, row)
    world.pass_time(world.in_days(8))
    verify(world, check, row, False)
    (row,) = rows(world)
    assert row.overdue_at is None
    (deadline,) = world.read(select(Deadline).where(Deadline.subject_type == "rectification"))
    assert deadline.due_on == row.due_on > world.today()
    assert not deadline.is_late


def test_the_inspector_may_set_a_later_limit_when_returning(world: World) -> None:
    check = one_check(world)
    record(world, check, finding(world, days=3))
    (row,) = rows(world)
    report(world, row)
    with pytest.raises(InvalidInput) as caught:
        verify(world, check, row, False, due_on=world.in_days(2))
    assert caught.value.field == "due_on"
    verify(world, check, row, False, due_on=world.in_days(30))
    (row,) = rows(world)
    assert row.due_on == world.in_days(30)
    (task,) = world.read(
        select(UserTask).where(UserTask.state == "open", UserTask.subject_type == "rectification")
    )
    assert task.due_at is not None
    assert task.due_at.date() >= world.in_days(29)


def test_a_late_check_is_told_and_still_recorded(world: World) -> None:
    check = one_check(world)
    world.pass_time(date(2026, 4, 10))
    (deadline,) = world.read(select(Deadline).where(Deadline.subject_type == "check"))
    assert deadline.is_late
    record(world, check)
    world.drain()
    assert world.item(check.work_item_id).state == WorkItemState.CLOSED


def test_a_closed_item_is_checked_again_and_stays_closed(world: World) -> None:
    world.pass_time(date(2026, 3, 20))
    check = one_check(world)
    assert check.is_recheck
    record(world, check, finding(world))
    (row,) = rows(world)
    report(world, row)
    verify(world, check, row, True)
    world.drain()
    assert world.checks()[0].state == CheckState.CLOSED
    assert world.item(check.work_item_id).state == WorkItemState.CLOSED


def test_who_may_do_what(world: World) -> None:
    assert world.reporters
    assert world.heads
    assert world.inspectors
    check = one_check(world)
    own = world.item(check.work_item_id).unit_id
    stranger = next(
        actor for person, actor in world.inspectors.items() if person != check.inspector_person_id
    )
    for actor in (stranger, world.officer, world.heads[own]):
        with pytest.raises(AccessDenied):
            world.act(actor, checks.record_check, check.id, visited_on=world.today(), conclusion="好")
    record(world, check, finding(world))
    (row,) = rows(world)
    other = next(unit for unit in world.reporters if unit != own)
    for actor in (world.reporters[other], world.heads[own], world.inspector_of(check)):
        with pytest.raises(AccessDenied):
            world.act(actor, rectifications.submit_rectification, row.id, text="好")
    report(world, row)
    for actor in (stranger, world.reporters[own], world.heads[own], world.officer):
        with pytest.raises(AccessDenied):
            world.act(actor, rectifications.verify_rectification, row.id, passed=True)
    assert world.act(world.reporters[own], queries.find_check, check.id).id == check.id
    with pytest.raises(AccessDenied):
        world.act(world.reporters[other], queries.find_check, check.id)
    assert [c.id for c in world.act(world.inspector_of(check), queries.my_checks)] == [check.id]


def test_a_check_is_recorded_once_and_a_stale_form_is_told(world: World) -> None:
    check = one_check(world)
    with pytest.raises(TaskNotOpen):
        world.act(
            world.inspector_of(check),
            checks.record_check,
            check.id,
            visited_on=world.today(),
            conclusion="好",
            expected_task_id="0" * 32,
        )
    record(world, check)
    with pytest.raises(RuleViolation):
        record(world, check)


@pytest.mark.parametrize(
    ("visited", "conclusion", "due", "text", "field"),
    [
        (1, "好", 5, "问题", "visited_on"),
        (-1, "好", 5, "问题", "visited_on"),
        (0, " ", 5, "问题", "conclusion"),
        (0, "好", 0, "问题", "findings.1.due_on"),
        (0, "好", 5, "\n", "findings.1.text"),
        (0, "好" * 5001, 5, "问题", "conclusion"),
    ],
)
def test_what_a_record_needs(visited: int, conclusion: str, due: int, text: str, field: str) -> None:
    today = date(2026, 3, 10)
    draft = FindingDraft(text, Severity.MINOR, date(2026, 3, 10 + due))
    with pytest.raises(InvalidInput) as caught:
        rules.check_record(CheckState.OPEN, today, today, date(2026, 3, 10 + visited), conclusion, [draft])
    assert caught.value.field == field


def test_only_units_with_a_part_in_it_can_be_told_to_rectify(world: World) -> None:
    check = one_check(world)
    assert world.lead
    (elsewhere,) = world.lead.units()
    with pytest.raises(InvalidInput) as caught:
        record(world, check, finding(world, unit_id=elsewhere))
    assert caught.value.field == "findings.1.unit_id"
    assert world.checks()[0].state == CheckState.OPEN


def test_reports_and_verdicts_come_in_turn(world: World) -> None:
    check = one_check(world)
    record(world, check, finding(world))
    (row,) = rows(world)
    with pytest.raises(RuleViolation):
        verify(world, check, row, True)
    report(world, row)
    with pytest.raises(RuleViolation):
        report(world, row)
    with pytest.raises(InvalidInput) as caught:
        world.act(
            world.inspector_of(check), rectifications.verify_rectification, row.id, passed=False, reasons=" "
        )
    assert caught.value.field == "reasons"


def test_a_round_is_closed_when_all_its_checks_are(world: World) -> None:
    round_id = world.drawn(rate=50)
    first, second = world.checks()
    record(world, first)
    with pytest.raises(RuleViolation):
        world.act(world.officer, service.close_round, round_id)
    record(world, second, finding(world))
    (row,) = rows(world)
    report(world, row)
    verify(world, second, row, True)
    world.drain()
    world.act(world.officer, service.close_round, round_id)
    assert world.act(world.officer, queries.find_round, round_id).state == "closed"


def test_the_same_on_sqlite(sqlite_db: Engine, clock: FixedClock, settings: Settings) -> None:
    world = build(sqlite_db, clock, settings, units=2)
    check = one_check(world)
    record(world, check, finding(world))
    (row,) = rows(world)
    report(world, row)
    verify(world, check, row, True)
    world.drain()
    assert world.checks()[0].state == CheckState.CLOSED
    assert world.item(check.work_item_id).state == WorkItemState.CLOSED
