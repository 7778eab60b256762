"""How every verb on a draft begins and ends: locked, of the version that was shown, remembered; then audited."""

from typing import Any

from engine import audit, permissions
from engine.context import Context
from engine.errors import NotFound
from engine.permissions import Permission
from engine.plans import queries, rules
from engine.plans.changes import Change, stream
from engine.plans.models import Plan, PlanTask, PlanTaskUnit, ReviewerReason


def open_plan(ctx: Context, plan_id: int, expected_version: int | None = None) -> Change:
    """Lock a draft for a change that concerns several tasks; ``expected_version`` is the plan's."""
    plan = permissions.find(ctx, Permission.PLAN_EDIT, Plan, plan_id)
    rules.check_draft(plan.state)
    if expected_version is not None:
        rules.check_version(plan.version, expected_version, of_plan=True)
    return Change(ctx, plan)


def open_task(
    ctx: Context, plan_id: int, plan_task_id: int, expected_version: int | None = None
) -> tuple[Change, PlanTask]:
    """Lock a draft for a change of one task, which is remembered."""
    change = open_plan(ctx, plan_id)
    row = ctx.session.get(PlanTask, plan_task_id, populate_existing=True)
    if row is None or row.plan_id != change.plan.id:
        raise NotFound()
    rules.check_version(row.version, expected_version)
    change.remember([row.id])
    return change, row


def touched(change: Change, row: PlanTask, action: str, **detail: Any) -> PlanTask:
    """A task has been changed: its version, its reviewer, its audit entry."""
    ctx, plan = change.ctx, change.plan
    ctx.session.flush()
    row.version += 1
    if row.reviewer_reason != ReviewerReason.BY_HAND:
        entry = queries.entry_parts(ctx.session, row.id)
        row.review_unit_id, row.reviewer_reason = rules.reviewer(entry, plan.office_unit_id)
    ctx.session.flush()
    audit.record(ctx, stream(plan.id), action, ("plan_task", row.id), **detail)
    return row


def done(change: Change, row: PlanTask, action: str, **detail: Any) -> PlanTask:
    """The change of one task is complete."""
    touched(change, row, action, **detail)
    change.record(action, number=row.number, **detail)
    return row


def open_part(
    ctx: Context, plan_id: int, part_id: int, expected_version: int | None
) -> tuple[Change, PlanTask, PlanTaskUnit]:
    """Lock a draft for a change of a listed unit, whose task is remembered."""
    part = ctx.session.get(PlanTaskUnit, part_id)
    if part is None:
        # The plan decides first whether this person may know what it holds.
        open_plan(ctx, plan_id)
        raise NotFound()
    change, row = open_task(ctx, plan_id, part.plan_task_id, expected_version)
    ctx.session.refresh(part)
    return change, row, part
