"""The verbs of rectification: opened per finding, reported by the unit, verified by the check's inspector.

Verbs that may close a rectification lock the check first: two last ones closing at once would otherwise each
see the other still open, and nobody would tell the check.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select

from engine import audit, deadlines, outbox, permissions, process
from engine.campaigns.work_items import stream
from engine.clock import local_date
from engine.context import Context
from engine.deadlines import Basis, Opening
from engine.files import take_in
from engine.inspections import rules
from engine.inspections.models import (
    Finding,
    Rectification,
    RectificationFile,
    RectificationReport,
    RectificationState,
    SiteCheck,
)
from engine.permissions import Permission
from engine.texts import N_

RECTIFICATION_DUE = "rectification.due"
#: working days granted when a report is returned after its limit
EXTRA_DAYS = 5


def open_all(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator ``rectifications.open_all``: one rectification per finding, with limit and process."""
    check = ctx.session.get_one(SiteCheck, subject[1])
    found = ctx.session.scalars(
        select(Finding).where(Finding.check_id == check.id).order_by(Finding.position)
    )
    rows = [
        Rectification(
            finding_id=finding.id,
            check_id=check.id,
            work_item_id=check.work_item_id,
            responsible_unit_id=finding.unit_id,
            due_on=finding.due_on,
        )
        for finding in found
    ]
    ctx.session.add_all(rows)
    ctx.session.flush()
    deadlines.open_many(
        ctx, [_opening(row, Basis.fixed_date(row.due_on, N_("检查发现问题的整改期限"))) for row in rows]
    )
    for row in rows:
        subject = ("rectification", row.id)
        audit.record(
            ctx, stream(row.work_item_id), "rectification.opened", subject, finding_id=row.finding_id,
            responsible_unit_id=row.responsible_unit_id, due_on=row.due_on.isoformat(),
        )  # fmt: skip
        outbox.publish(ctx, "rectification.opened", subject, due_on=row.due_on.isoformat())
        process.start(
            ctx, "rectification", subject, work_item_id=row.work_item_id,
            variables={
                "responsible_unit_id": row.responsible_unit_id, "inspector_unit_id": check.inspector_unit_id,
            },
        )  # fmt: skip


def submit_rectification(
    ctx: Context,
    rectification_id: int,
    *,
    text: str,
    staged_file_ids: Sequence[int] = (),
    notes: Mapping[int, str] | None = None,
    expected_task_id: str | None = None,
) -> RectificationReport:
    """Report what was put right, with evidence. ``notes`` stand by id of the staged file."""
    row = permissions.find(ctx, Permission.RECTIFICATION_SUBMIT, Rectification, rectification_id)
    rules.check_report(row.state, text)
    row.round += 1
    row.state = RectificationState.SUBMITTED
    row.version += 1
    report = RectificationReport(
        rectification_id=row.id,
        round=row.round,
        text=text.strip(),
        submitted_by_id=ctx.actor.person_id,
        submitted_by_name=ctx.actor.name,
        submitted_at=ctx.clock.now(),
    )
    ctx.session.add(report)
    ctx.session.flush()
    kept = take_in(ctx, list(staged_file_ids)) if staged_file_ids else []
    ctx.session.add_all(
        RectificationFile(
            report_id=report.id, file_id=file.id, name=file.name, note=(notes or {}).get(staged)
        )
        for staged, file in zip(staged_file_ids, kept, strict=True)
    )
    subject = ("rectification", row.id)
    deadlines.meet(ctx, subject, RECTIFICATION_DUE)
    audit.record(
        ctx, stream(row.work_item_id), "rectification.submitted", subject, round=row.round,
        files=[file.id for file in kept],
    )  # fmt: skip
    outbox.publish(ctx, "rectification.submitted", subject, round=row.round)
    process.complete_user_task(ctx, subject, "rectify", expected_task_id=expected_task_id)
    return report


def verify_rectification(
    ctx: Context,
    rectification_id: int,
    *,
    passed: bool,
    reasons: str = "",
    due_on: date | None = None,
    expected_task_id: str | None = None,
) -> Rectification:
    """Judge the report after looking again. When returned, the unit goes on until ``due_on``.

    Without ``due_on`` the old limit stands if it lies ahead, else five working days from today are granted.
    """
    check_id = select(Rectification.check_id).where(Rectification.id == rectification_id).scalar_subquery()
    ctx.session.execute(select(SiteCheck.id).where(SiteCheck.id == check_id).with_for_update())
    row = permissions.find(ctx, Permission.RECTIFICATION_VERIFY, Rectification, rectification_id)
    now = ctx.clock.now()
    rules.check_verification(row.state, passed, reasons, due_on, row.due_on, local_date(now))
    report = ctx.session.scalars(
        select(RectificationReport).where(
            RectificationReport.rectification_id == row.id, RectificationReport.round == row.round
        )
    ).one()
    report.passed, report.reasons, report.verified_at = passed, reasons.strip() or None, now
    report.verified_by_id, report.verified_by_name = ctx.actor.person_id, ctx.actor.name
    row.version += 1
    subject = ("rectification", row.id)
    if not passed:
        row.state = RectificationState.OPEN
        row.due_on = _reopen_deadline(ctx, row, due_on)
    ctx.session.flush()
    audit.record(
        ctx, stream(row.work_item_id), f"rectification.{'passed' if passed else 'returned'}", subject, round=row.round,
        **({} if passed else {"reasons": reasons, "due_on": row.due_on.isoformat()}),
    )  # fmt: skip
    if not passed:
        outbox.publish(ctx, "rectification.returned", subject, due_on=row.due_on.isoformat())
    process.complete_user_task(
        ctx, subject, "reinspect", {"passed": passed}, expected_task_id=expected_task_id
    )
    return row


def close(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator ``rectifications.close``; tells the check when this was its last open one."""
    row = ctx.session.get_one(Rectification, subject[1])
    row.state, row.closed_at = RectificationState.CLOSED, ctx.clock.now()
    ctx.session.flush()
    audit.record(ctx, stream(row.work_item_id), "rectification.closed", subject)
    outbox.publish(ctx, "rectification.closed", subject)
    others = select(Rectification.id).where(
        Rectification.check_id == row.check_id, Rectification.state != RectificationState.CLOSED
    )
    if ctx.session.scalar(others.limit(1)) is None:
        process.send_message(ctx, ("check", row.check_id), "rectifications_settled")


def mark_overdue(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator ``rectifications.mark_overdue``: the limit passed before a report was handed in."""
    row = ctx.session.get_one(Rectification, subject[1])
    row.overdue_at = row.overdue_at or ctx.clock.now()
    ctx.session.flush()
    audit.record(ctx, stream(row.work_item_id), "rectification.overdue_marked", subject)


def _reopen_deadline(ctx: Context, row: Rectification, due_on: date | None) -> date:
    """The limit runs on with the date it had, or with a later one."""
    subject, reason = ("rectification", row.id), N_("复查不合格，继续整改")
    deadline = deadlines.reopen(ctx, subject, RECTIFICATION_DUE, at_least=EXTRA_DAYS, reason=reason)
    if due_on is not None and due_on > deadline.due_on:
        ctx.session.flush()
        deadlines.extend(ctx, deadline.id, due_on, reason)
    return deadline.due_on


def _opening(row: Rectification, basis: Basis) -> Opening:
    return Opening(
        ("rectification", row.id),
        RECTIFICATION_DUE,
        basis,
        unit_id=row.responsible_unit_id,
        stream=stream(row.work_item_id),
    )


def _lock(ctx: Context, id: int) -> None:
    ctx.session.get_one(Rectification, id, with_for_update=True, populate_existing=True)


def _passed(ctx: Context, deadline: deadlines.Deadline) -> None:
    process.fire_deadline(ctx, deadline.subject, deadline.kind)


def _moved(ctx: Context, deadline: deadlines.Deadline) -> None:
    row = ctx.session.get_one(Rectification, deadline.subject_id)
    row.due_on = deadline.due_on
    if deadline.passed_at is None:  # by a changed calendar the limit has not gone by after all
        row.overdue_at = None
    process.set_due(ctx, deadline.subject, deadline.kind, deadline.due_at)


deadlines.register_subject(
    "rectification", lock=_lock, on_passed=_passed, on_changed=_moved, model=Rectification
)
