"""What a ladder's step asks for: a sheet drawn up for the office, or a reminder letter sent by itself where so set.

The sweep only puts it into the queue: there it is drawn up in a transaction of its own, under the lock of the item. The
queue's key holds deadline, ladder, step and date, so that the same step never makes two.
"""

from typing import Any

from sqlalchemy import select

from engine import queue
from engine.campaigns import obligations, work_items
from engine.campaigns.models import Obligation, WorkItem
from engine.context import Context
from engine.deadlines import Deadline, DeadlineState, actions
from engine.deadlines.policies import Step
from engine.errors import RuleViolation
from engine.notices import drafting, rules, service, steps
from engine.notices.models import Notice, NoticeGrade, NoticeState
from engine.texts import N_

TOPIC = "notices.draft"

_RUNNING = (DeadlineState.OPEN, DeadlineState.PASSED)


def ask(ctx: Context, deadline: Deadline, step: Step) -> None:
    """Note that the step wants a sheet; the sweep's transaction goes on.

    A sheet is about a report that the unit owes. For a late receipt or plan the step's messages must do: the first
    report that is late brings the sheet, and the office may draw one up by hand before.
    """
    if deadline.kind != obligations.DUE or not deadline.is_live:
        return
    grade = NoticeGrade(step.action.partition(".")[2])
    key = f"{TOPIC}:{deadline.id}:{deadline.policy_id}:{step.key}:{deadline.due_at.isoformat()}"
    queue.put(
        ctx, TOPIC, key, {"deadline_id": deadline.id, "due_on": deadline.due_on.isoformat(), "grade": grade}
    )


for _grade in NoticeGrade:
    actions.register(f"notice.{_grade}", ask)


@queue.topic(TOPIC)
def draw_up(ctx: Context, payload: dict[str, Any], _progress: dict[str, Any]) -> None:
    """Queue handler. Nothing is drawn up where it is no longer wanted, or a sheet is running that says as much."""
    deadline = ctx.session.get_one(Deadline, payload["deadline_id"])
    obligation_id = deadline.subject_id
    item = work_items.lock(ctx, ctx.session.get_one(Obligation, obligation_id).work_item_id)
    ctx.session.refresh(deadline)
    if deadline.state not in _RUNNING or deadline.due_on.isoformat() != payload["due_on"]:
        return  # suspended, extended or done since the step was taken
    if payload["grade"] not in [grade.key for grade in drafting.offered(ctx)]:
        return
    if not _is_wanted(ctx, item, obligation_id, payload["grade"]):
        return
    _replace_drafts(ctx, item, obligation_id, NoticeGrade(payload["grade"]))
    by_itself = payload["grade"] == NoticeGrade.REMINDER_LETTER and ctx.settings.notice_reminder_auto
    service.draft(
        ctx, item.id, grade=payload["grade"], obligation_id=obligation_id,
        start_reason=drafting.BY_LADDER, by_itself=by_itself,
    )  # fmt: skip


def _replace_drafts(ctx: Context, item: WorkItem, obligation_id: int, grade: NoticeGrade) -> None:
    """一事一单: milder ones that a ladder has drawn up and nobody has taken on give way to the new draft."""
    ladder = [one.key for one in drafting.offered(ctx)]
    rows = ctx.session.scalars(
        select(Notice)
        .where(
            Notice.work_item_id == item.id, Notice.obligation_id == obligation_id,
            Notice.grade.in_(ladder[: ladder.index(grade)]), Notice.state == NoticeState.DRAFT,
            Notice.drafted_by_id.is_(None), Notice.version == 1,
        )
        .order_by(Notice.id)
        .with_for_update()
    ).all()  # fmt: skip
    for draft in rows:
        steps.end(ctx, draft, NoticeState.CANCELLED, N_("已拟等级更高的督办单"))
        steps.record(ctx, draft, "notice.cancelled", reason=draft.cancel_reason)


def _is_wanted(ctx: Context, item: WorkItem, obligation_id: int, grade: str) -> bool:
    begun = drafting.suggest(ctx, item, obligation_id, grade)
    item_over, report_over = drafting.is_over(item, begun.obligation)
    try:
        rules.check_unit(item.unit_id, item.office_unit_id)
        rules.check_wanted(item_over=item_over, report_over=report_over)
        rules.check_start(
            drafting.offered(ctx), begun.grade, drafting.sent(ctx, item.id, obligation_id), drafting.BY_LADDER
        )
    except RuleViolation:
        return False
    return True
