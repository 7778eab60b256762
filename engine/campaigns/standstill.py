"""挂账: an item stands still as a whole. Every clock of it and of its reports stops, and runs on when it is lifted.

Time stands still, hands are not tied: what becomes possible after all may be acknowledged, filed and handed in, and
whatever that opens stands still as well. Lateness that is on record stays there.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import and_, or_, select

from engine import deadlines
from engine.campaigns.models import Obligation, WorkItem
from engine.context import Actor, Context
from engine.deadlines import Deadline, DeadlineState
from engine.texts import N_


def begin(ctx: Context, item: WorkItem, reason: str) -> int:
    """Stop the clocks of an item that is suspended by an approved act. ``item`` and its reports are locked.

    Returns how many were stopped.
    """
    item.suspended_at = ctx.clock.now()
    item.version += 1
    return _stop(ctx, item.id, reason)


def keep(ctx: Context, work_item_id: int) -> None:
    """Something was opened that may belong to an item which stands still: then it stands still, too."""
    ctx.session.send()
    fresh = select(WorkItem.suspended_at).where(WorkItem.id == work_item_id)
    if ctx.session.scalar(fresh) is not None:
        _stop(ctx, work_item_id, N_("事项挂账期间"))


def end(ctx: Context, item: WorkItem, reason: str, *, still: Collection[int] = ()) -> int:
    """Let the clocks run on. ``still`` are the ids of reports whose own time was paused by an act of its own.

    ``item`` and its reports are locked. Returns how many run on.
    """
    item.suspended_at = None
    item.version += 1
    stopped = _of_item(ctx, item.id, (DeadlineState.PAUSED,))
    going = [d for d in stopped if not (d.subject_type == "obligation" and d.subject_id in still)]
    for deadline in going:
        deadlines.resume(ctx, deadline.id, reason)
    return len(going)


def _stop(ctx: Context, work_item_id: int, reason: str) -> int:
    running = _of_item(ctx, work_item_id, (DeadlineState.OPEN, DeadlineState.PASSED))
    sweeping = replace(ctx, actor=Actor.system(N_("期限巡查")))
    for deadline in running:
        if deadline.next_action_at is not None and deadline.next_action_at <= ctx.clock.now():
            deadlines.act(sweeping, deadline.id)  # what had come by now is on record before time stops
        deadlines.pause(ctx, deadline.id, reason, even_passed=True)
    return len(running)


def _of_item(ctx: Context, work_item_id: int, states: Sequence[DeadlineState]) -> Sequence[Deadline]:
    ctx.session.send()
    reports = select(Obligation.id).where(Obligation.work_item_id == work_item_id)
    own = and_(Deadline.subject_type == "work_item", Deadline.subject_id == work_item_id)
    theirs = and_(Deadline.subject_type == "obligation", Deadline.subject_id.in_(reports))
    query = select(Deadline).where(or_(own, theirs), Deadline.state.in_(states)).order_by(Deadline.id)
    return ctx.session.scalars(query.execution_options(populate_existing=True)).all()
