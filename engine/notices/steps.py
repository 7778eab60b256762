"""What happens to a sheet by itself: the diagram's operators, its limits, and what ends it.

Shared with the verbs of `service`: how a sheet is recorded, and how it ends.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from engine import audit, deadlines, outbox, process, queue
from engine.campaigns import work_items
from engine.campaigns.models import Obligation, WorkItem, WorkItemState
from engine.campaigns.work_items import stream
from engine.clock import local_date
from engine.context import Context
from engine.deadlines import Basis, Deadline, Opening
from engine.notices import drafting, numbers
from engine.notices.models import OPEN, RUNNING, UNISSUED, Notice, NoticeGrade, NoticeState
from engine.organisation.models import Unit
from engine.texts import N_

RECEIPT, REPLY = "notice.receipt", "notice.reply"
RENDER = "notices.render"


def issue(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: the sheet goes out. Its limits begin, milder ones give way, its papers are rendered soon.

    The audit comes after everything that reads or locks, and the number after the audit: both heads are held briefly.
    """
    notice = ctx.session.get_one(Notice, subject[1])
    item, obligation = matter_of(ctx, notice)
    facts, today = drafting.facts_of(ctx, item, obligation), local_date(ctx.clock.now())
    notice.days_late = facts.days_late
    if notice.issued_by_name is None:
        notice.issued_by_name = ctx.actor.name
    superseded = _supersede(ctx, notice)
    days = ctx.settings.notice_receipt_working_days
    limits = (
        (RECEIPT, Basis.working_days_after(today, days, N_("督办单签发之日起签收"))),
        (REPLY, Basis.fixed_date(notice.reply_on, N_("督办单载明的反馈期限"))),
    )
    deadlines.open_many(
        ctx, [Opening(subject, kind, basis, notice.unit_id, stream(item.id)) for kind, basis in limits]
    )
    queue.put(ctx, RENDER, f"{RENDER}:{notice.id}", {"notice_id": notice.id})
    office = ctx.session.get_one(Unit, notice.office_unit_id)
    for former in superseded:
        fact = "notice.cancelled" if former.state == NoticeState.CANCELLED else "notice.escalated"
        record(ctx, former, fact, by_notice_id=notice.id, reason=former.cancel_reason)
    record(ctx, notice, "notice.issued", grade=notice.grade, days_late=notice.days_late)
    numbers.give_at_end(ctx, notice, office)


def close(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: the office is satisfied with the answer."""
    notice = ctx.session.get_one(Notice, subject[1])
    notice.state, notice.closed_at = NoticeState.CLOSED, ctx.clock.now()
    record(ctx, notice, "notice.closed")
    outbox.publish(ctx, "notice.closed", subject)


def mark_receipt_late(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: the limit for the receipt has passed."""
    notice = ctx.session.get_one(Notice, subject[1])
    if notice.receipt_late_at is None:
        notice.receipt_late_at = ctx.clock.now()
        record(ctx, notice, "notice.receipt_fell_late")


def mark_reply_late(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: the limit for the reply has passed. From here on the next grade may follow."""
    notice = ctx.session.get_one(Notice, subject[1])
    if notice.reply_late_at is None:
        notice.reply_late_at = ctx.clock.now()
        record(ctx, notice, "notice.reply_fell_late")


def _supersede(ctx: Context, notice: Notice) -> Sequence[Notice]:
    """一事一单: what is still running of milder grades about the same matter ends here. Only milder ones are locked, so
    that two grades issued at once never wait for each other."""
    ladder = [grade.key for grade in drafting.offered(ctx)]
    milder = ladder[: ladder.index(NoticeGrade(notice.grade))]
    rows = ctx.session.scalars(
        select(Notice)
        .where(
            Notice.work_item_id == notice.work_item_id,
            Notice.obligation_id.is_not_distinct_from(notice.obligation_id),
            Notice.grade.in_(milder), Notice.state.in_(OPEN),
        )
        .order_by(Notice.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()  # fmt: skip
    for former in rows:
        if former.state in UNISSUED:
            end(ctx, former, NoticeState.CANCELLED, N_("已发出等级更高的督办单"))
        else:
            end(ctx, former, NoticeState.ESCALATED)
    return rows


def _lapse(ctx: Context, ended: Sequence[Obligation]) -> None:
    """Reports, locked, were accepted or have fallen away: a sheet that has not gone out about them is not needed."""
    items = {row.work_item_id for row in ended}
    about = Notice.obligation_id.in_([row.id for row in ended])
    dropped = [id for id in items if ctx.session.get_one(WorkItem, id).state == WorkItemState.CANCELLED]
    rows = ctx.session.scalars(
        select(Notice)
        .where(about | Notice.work_item_id.in_(dropped), Notice.state.in_(UNISSUED))
        .order_by(Notice.id)
        .with_for_update()
    ).all()
    for notice in rows:
        end(ctx, notice, NoticeState.CANCELLED, N_("应报事项已办结或者撤销"))
        record(ctx, notice, "notice.cancelled", reason=notice.cancel_reason)


work_items.when_obligations_end(_lapse)


def end(ctx: Context, notice: Notice, state: NoticeState, reason: str | None = None) -> None:
    notice.state, notice.closed_at, notice.cancel_reason = state, ctx.clock.now(), reason
    notice.version += 1
    process.cancel(ctx, ("notice", notice.id))
    deadlines.cancel(ctx, ("notice", notice.id))


def matter_of(ctx: Context, notice: Notice) -> tuple[WorkItem, Obligation | None]:
    item = ctx.session.get_one(WorkItem, notice.work_item_id, populate_existing=True)
    if notice.obligation_id is None:
        return item, None
    return item, ctx.session.get_one(Obligation, notice.obligation_id, populate_existing=True)


def record(ctx: Context, notice: Notice, fact: str, **facts: Any) -> None:
    audit.record(
        ctx,
        stream(notice.work_item_id),
        fact,
        ("notice", notice.id),
        obligation_id=notice.obligation_id,
        **facts,
    )


def _lock(ctx: Context, id: int) -> Notice:
    return ctx.session.get_one(Notice, id, with_for_update=True, populate_existing=True)


def _passed(ctx: Context, deadline: Deadline) -> None:
    """The diagram hears of it where a timer waits; what was done late before any sweep is marked too."""
    process.fire_deadline(ctx, deadline.subject, deadline.kind)
    (mark_receipt_late if deadline.kind == RECEIPT else mark_reply_late)(ctx, deadline.subject)


def _changed(ctx: Context, deadline: Deadline) -> None:
    """A changed calendar may have moved it; where it has not gone by after all, the sheet is not marked any more."""
    notice = ctx.session.get_one(Notice, deadline.subject_id)
    if deadline.kind == REPLY and notice.state in RUNNING:
        notice.reply_on = deadline.due_on
    if deadline.passed_at is None:
        if deadline.kind == RECEIPT:
            notice.receipt_late_at = None
        else:
            notice.reply_late_at = None
    process.set_due(ctx, deadline.subject, deadline.kind, deadline.due_at)


deadlines.register_subject("notice", lock=_lock, on_passed=_passed, on_changed=_changed, model=Notice)
