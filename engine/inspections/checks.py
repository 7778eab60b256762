"""The verbs of a check on site: opened for a drawn item, recorded by its inspector, closed by its diagram."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from engine import audit, deadlines, outbox, permissions, process
from engine.campaigns import work_items
from engine.campaigns.models import KeyTaskUnit, UnitRole, WorkItem, WorkItemState
from engine.clock import local_date
from engine.context import Context
from engine.deadlines import Basis
from engine.errors import InvalidInput
from engine.inspections import rules
from engine.inspections.models import CheckState, Finding, RoundInspector, SiteCheck
from engine.inspections.rules import FindingDraft
from engine.permissions import Permission
from engine.texts import N_

CHECK_DUE = "check.due"
RUNNING = (CheckState.OPEN, CheckState.FINDINGS)


def is_running(ctx: Context, work_item_id: int) -> bool:
    """Whether a check of the item is open or its rectification runs."""
    running = select(SiteCheck.id).where(SiteCheck.work_item_id == work_item_id, SiteCheck.state.in_(RUNNING))
    return ctx.session.scalar(running.limit(1)) is not None


def open_check(
    ctx: Context, round_id: int, item: WorkItem, inspector_id: int, *, replaces: SiteCheck | None = None
) -> SiteCheck:
    """Open the check of a drawn item, whose row the caller has locked.

    An item that still waited for the draw is thereby decided. One whose window had passed is checked
    again, and nothing waits for that.
    """
    decided_now = item.state == WorkItemState.SAMPLING and item.sampling_decided_at is None
    drawn = ctx.session.scalars(
        select(RoundInspector).where(
            RoundInspector.round_id == round_id, RoundInspector.person_id == inspector_id
        )
    ).one()
    check = SiteCheck(
        round_id=round_id,
        work_item_id=item.id,
        inspector_person_id=inspector_id,
        inspector_unit_id=drawn.unit_id,
        inspector_name=drawn.name,
        state=CheckState.OPEN,
        is_recheck=replaces.is_recheck if replaces else not decided_now,
        opened_at=ctx.clock.now(),
        replaces_id=replaces.id if replaces else None,
    )
    ctx.session.add(check)
    ctx.session.flush()
    basis = Basis.working_days_after(local_date(ctx.clock.now()), rules.CHECK_DAYS, N_("抽签确定检查"))
    deadlines.open(
        ctx, ("check", check.id), CHECK_DUE, basis, unit_id=drawn.unit_id, stream=work_items.stream(item.id)
    )
    audit.record(
        ctx, work_items.stream(item.id), "check.opened", ("check", check.id), round_id=round_id,
        inspector_person_id=inspector_id, is_recheck=check.is_recheck,
    )  # fmt: skip
    outbox.publish(ctx, "check.assigned", ("check", check.id), person_id=inspector_id)
    process.start(
        ctx,
        "check",
        ("check", check.id),
        variables={"inspector_unit_id": drawn.unit_id},
        work_item_id=item.id,
    )
    if decided_now:
        work_items.decide_sampling(ctx, item, drawn=True)
    return check


def withdraw(ctx: Context, check: SiteCheck, reason: str) -> None:
    """End a check, already locked, whose inspector is replaced."""
    check.state, check.ended_at, check.replaced_reason = CheckState.WITHDRAWN, ctx.clock.now(), reason
    check.version += 1
    ctx.session.flush()
    subject = ("check", check.id)
    deadlines.cancel(ctx, subject)
    audit.record(ctx, work_items.stream(check.work_item_id), "check.withdrawn", subject, reason=reason)
    outbox.publish(ctx, "check.withdrawn", subject, person_id=check.inspector_person_id)
    process.cancel(ctx, subject)


def record_check(
    ctx: Context,
    check_id: int,
    *,
    visited_on: date,
    conclusion: str,
    findings: Sequence[FindingDraft] = (),
    expected_task_id: str | None = None,
) -> SiteCheck:
    """Record what was found on site, once. Each finding becomes a rectification of its own."""
    check = permissions.find(ctx, Permission.CHECK_RECORD, SiteCheck, check_id)
    now = ctx.clock.now()
    rules.check_record(
        check.state, local_date(check.opened_at), local_date(now), visited_on, conclusion, list(findings)
    )
    item = ctx.session.get_one(WorkItem, check.work_item_id)
    owners = possible_owners(ctx, item)
    for number, finding in enumerate(findings, start=1):
        owner = finding.unit_id or item.unit_id
        if owner not in owners:
            raise InvalidInput(
                "finding.unit", "整改单位只能是责任单位或配合单位，且不得为检查员本单位",
                field=f"findings.{number}.unit_id",
            )  # fmt: skip
        ctx.session.add(
            Finding(
                check_id=check.id, work_item_id=item.id, position=number, text=finding.text.strip(),
                severity=finding.severity, unit_id=owner, due_on=finding.due_on,
            )
        )  # fmt: skip
    check.visited_on, check.conclusion, check.recorded_at = visited_on, conclusion.strip(), now
    if findings:
        check.state = CheckState.FINDINGS
    check.version += 1
    ctx.session.flush()
    subject = ("check", check.id)
    deadlines.meet(ctx, subject, CHECK_DUE)
    audit.record(
        ctx, work_items.stream(item.id), "check.recorded", subject, visited_on=visited_on.isoformat(),
        findings=len(findings),
    )  # fmt: skip
    outbox.publish(ctx, "check.recorded", subject, findings=len(findings))
    process.complete_user_task(
        ctx, subject, "inspect", {"has_findings": bool(findings)}, expected_task_id=expected_task_id
    )
    return check


def close(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator ``checks.close``: nothing is open any more; a work item that waits for the check goes on."""
    check = ctx.session.get_one(SiteCheck, subject[1], with_for_update=True)
    check.state, check.ended_at = CheckState.CLOSED, ctx.clock.now()
    check.version += 1
    ctx.session.flush()
    audit.record(ctx, work_items.stream(check.work_item_id), "check.closed", subject)
    outbox.publish(ctx, "check.closed", subject)
    if not check.is_recheck:
        process.send_message(ctx, ("work_item", check.work_item_id), "check_closed")


def possible_owners(ctx: Context, item: WorkItem) -> list[int]:
    """Who may be told to put a finding right: the item's own unit first, then those that cooperate on it.

    Never a unit of the inspector.
    """
    cooperating = select(KeyTaskUnit.unit_id).where(
        KeyTaskUnit.key_task_id == item.key_task_id, KeyTaskUnit.role == UnitRole.COOPERATING
    )
    found = dict.fromkeys([item.unit_id, *ctx.session.scalars(cooperating.order_by(KeyTaskUnit.position))])
    return [unit_id for unit_id in found if unit_id not in ctx.actor.units()]


def _lock(ctx: Context, id: int) -> None:
    ctx.session.get_one(SiteCheck, id, with_for_update=True, populate_existing=True)


def _passed(ctx: Context, deadline: deadlines.Deadline) -> None:
    """Nothing more: the diagram goes on when the inspector records; lateness stands on the deadline."""


def _moved(ctx: Context, deadline: deadlines.Deadline) -> None:
    process.set_due(ctx, deadline.subject, deadline.kind, deadline.due_at)


deadlines.register_subject("check", lock=_lock, on_passed=_passed, on_changed=_moved, model=SiteCheck)
