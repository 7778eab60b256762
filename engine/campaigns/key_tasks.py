"""Key tasks: the office confirms who does what, work items go out, the lead sums up, the office accepts."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import exists, select

from engine import audit, deadlines, outbox, permissions, process, queue
from engine.campaigns import rules, service
from engine.campaigns.models import (
    Campaign,
    KeyTask,
    KeyTaskLimit,
    KeyTaskState,
    KeyTaskUnit,
    LimitKind,
    UnitRole,
    WorkItem,
    WorkItemState,
)
from engine.campaigns.rules import Limit
from engine.campaigns.service import stream
from engine.clock import local_date
from engine.context import Context
from engine.deadlines import Deadline
from engine.errors import RuleViolation
from engine.organisation.models import Unit
from engine.permissions import Permission
from engine.texts import N_
from engine.working_days.periods import Period

SETTLE_TOPIC = "key_tasks.settle"


def confirm_assignment(
    ctx: Context,
    key_task_id: int,
    *,
    final_on: date | None = None,
    progress: Period | None = Period.QUARTER,
    expected_version: int | None = None,
) -> KeyTask:
    """The office confirms units, reviewer and limits; dispatch follows.

    Where the document names none, ``final_on`` is the final date (else the end of the plan's year) and
    ``progress`` the cadence of progress reports, None for no such reports.
    """
    key_task = permissions.find(ctx, Permission.KEY_TASK_CONFIRM, KeyTask, key_task_id)
    rules.check_state(key_task.state, KeyTaskState.DRAFT)
    rules.check_version(key_task.version, expected_version)
    year = ctx.session.scalars(select(Campaign.year).where(Campaign.id == key_task.campaign_id)).one()
    limits = [
        Limit(LimitKind(row.kind), row.basis, row.title, row.id)
        for row in ctx.session.scalars(
            select(KeyTaskLimit).where(
                KeyTaskLimit.key_task_id == key_task.id, KeyTaskLimit.withdrawn_at.is_(None)
            )
        )
    ]
    today = local_date(ctx.clock.now())
    rules.check_limits(limits, today)
    added = rules.with_defaults(limits, final_on=final_on, progress=progress, year=year, today=today)
    ctx.session.add_all(
        KeyTaskLimit(key_task_id=key_task.id, kind=limit.kind, title=limit.title, basis=limit.basis)
        for limit in added
    )
    _check_reviewers(ctx, key_task)
    key_task.state, key_task.confirmed_at = KeyTaskState.CONFIRMED, ctx.clock.now()
    key_task.version += 1
    subject = ("key_task", key_task.id)
    audit.record(
        ctx, stream(key_task.campaign_id), "key_task.confirmed", subject,
        added_limits=[[limit.kind, limit.basis] for limit in added],
    )  # fmt: skip
    outbox.publish(ctx, "key_task.confirmed", subject)
    process.complete_user_task(ctx, subject, "confirm_assignment")
    return key_task


def summarise(ctx: Context, key_task_id: int, *, text: str, expected_version: int | None = None) -> KeyTask:
    """The lead unit reports on the key task as a whole, after all its work items."""
    key_task = permissions.find(ctx, Permission.KEY_TASK_SUMMARISE, KeyTask, key_task_id)
    rules.check_state(key_task.state, KeyTaskState.RUNNING)
    rules.check_version(key_task.version, expected_version)
    key_task.summary = rules.text_of(text, field="text", missing=N_("请填写总结"))
    key_task.summarised_at = ctx.clock.now()
    key_task.summarised_by_id, key_task.summarised_by_name = ctx.actor.person_id, ctx.actor.name
    key_task.state = KeyTaskState.SUMMARISED
    key_task.version += 1
    subject = ("key_task", key_task.id)
    audit.record(ctx, stream(key_task.campaign_id), "key_task.summarised", subject, text=key_task.summary)
    outbox.publish(ctx, "key_task.summarised", subject)
    process.complete_user_task(ctx, subject, "summarise")
    return key_task


def accept_summary(ctx: Context, key_task_id: int, *, accepted: bool, reasons: str = "") -> KeyTask:
    """The office accepts the summary, which closes the key task, or returns it with reasons."""
    key_task = permissions.find(ctx, Permission.KEY_TASK_ACCEPT, KeyTask, key_task_id)
    rules.check_state(key_task.state, KeyTaskState.SUMMARISED)
    key_task.return_reasons = None
    if not accepted:
        key_task.return_reasons = rules.text_of(reasons, field="reasons", missing=N_("请填写退回原因"))
        key_task.state = KeyTaskState.RUNNING
    key_task.version += 1
    subject = ("key_task", key_task.id)
    fact = "key_task.summary_accepted" if accepted else "key_task.summary_returned"
    audit.record(ctx, stream(key_task.campaign_id), fact, subject, reasons=reasons.strip())
    outbox.publish(ctx, fact, subject, reasons=reasons.strip())
    process.complete_user_task(ctx, subject, "accept_summary", {"accepted": accepted})
    return key_task


def close(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: the summary is accepted."""
    key_task = ctx.session.get_one(KeyTask, subject[1])
    key_task.state, key_task.closed_at = KeyTaskState.CLOSED, ctx.clock.now()
    audit.record(ctx, stream(key_task.campaign_id), "key_task.closed", subject)
    outbox.publish(ctx, "key_task.closed", subject)
    _tell_campaign(ctx, key_task)


def withdraw(ctx: Context, key_task: KeyTask, reason: str) -> None:
    """撤销: the plan has dropped the key task and no work item of it is under way. ``key_task`` is locked.

    Who may do it is asked by the verb that calls.
    """
    subject = ("key_task", key_task.id)
    key_task.state, key_task.closed_at = KeyTaskState.CANCELLED, ctx.clock.now()
    key_task.cancel_reason = reason
    key_task.version += 1
    process.cancel(ctx, subject)
    audit.record(ctx, stream(key_task.campaign_id), "key_task.cancelled", subject, reason=reason)
    outbox.publish(ctx, "key_task.cancelled", subject, reason=reason)
    _tell_campaign(ctx, key_task)


def _tell_campaign(ctx: Context, key_task: KeyTask) -> None:
    queue.put(
        ctx,
        service.SETTLE_TOPIC,
        f"{service.SETTLE_TOPIC}:{key_task.id}",
        {"campaign_id": key_task.campaign_id},
    )


@queue.topic(SETTLE_TOPIC)
def settle(ctx: Context, payload: dict[str, Any], _progress: dict[str, Any]) -> None:
    """Queue handler, after a work item has ended: ask for the summary when none is left open."""
    settle_locked(ctx, lock(ctx, payload["key_task_id"]))


def settle_locked(ctx: Context, key_task: KeyTask) -> None:
    if key_task.state != KeyTaskState.RUNNING or key_task.settled_at is not None:
        return
    ended = (WorkItemState.CLOSED, WorkItemState.CANCELLED)
    left = exists().where(WorkItem.key_task_id == key_task.id, WorkItem.state.not_in(ended))
    if ctx.session.scalar(select(left)):
        return
    key_task.settled_at = ctx.clock.now()
    subject = ("key_task", key_task.id)
    audit.record(ctx, stream(key_task.campaign_id), "key_task.settled", subject)
    outbox.publish(ctx, "key_task.settled", subject)
    process.send_message(ctx, subject, "work_items_closed")


def lock(ctx: Context, key_task_id: int) -> KeyTask:
    return ctx.session.scalars(
        select(KeyTask)
        .where(KeyTask.id == key_task_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def responsible_units(ctx: Context, key_task_id: int) -> Sequence[KeyTaskUnit]:
    """The responsible units in the document's order."""
    return ctx.session.scalars(
        select(KeyTaskUnit)
        .where(KeyTaskUnit.key_task_id == key_task_id, KeyTaskUnit.role == UnitRole.RESPONSIBLE)
        .order_by(KeyTaskUnit.position)
    ).all()


def above_office(ctx: Context, key_task: KeyTask) -> int | None:
    """The unit above the supervising office, which reviews where the office itself is responsible."""
    return ctx.session.scalar(select(Unit.parent_id).where(Unit.id == key_task.office_unit_id))


def _check_reviewers(ctx: Context, key_task: KeyTask) -> None:
    above = above_office(ctx, key_task)
    for part in responsible_units(ctx, key_task.id):
        if rules.reviewer(part.unit_id, key_task.review_unit_id, key_task.office_unit_id, above) is None:
            raise RuleViolation(
                "key_tasks.no_reviewer",
                "督办机构自己是责任单位，又没有牵头单位或者上级单位可以审核，请先确定牵头单位",
            )


def _on_passed(ctx: Context, deadline: Deadline) -> None:
    process.fire_deadline(ctx, deadline.subject, deadline.kind)


deadlines.register_subject("key_task", lock=lock, on_passed=_on_passed, model=KeyTask)
