"""交办: one work item for each responsible unit, made by the queue in chunks that can be resumed.

A chunk that was cut off left nothing behind; one that runs again finds the units that have their item.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from engine import audit, deadlines, outbox, process, queue
from engine.campaigns import key_tasks, rules
from engine.campaigns.models import KeyTask, KeyTaskState, KeyTaskUnit, UnitRole, WorkItem, WorkItemState
from engine.campaigns.work_items import ACKNOWLEDGE, stream
from engine.clock import local_date
from engine.context import Context
from engine.deadlines import Basis
from engine.deadlines.service import Opening
from engine.queue import QueueItem
from engine.texts import N_

TOPIC = "campaigns.dispatch"
CHUNK = 50


def dispatch(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator of the key task's process: have the work items made."""
    key_task = ctx.session.get_one(KeyTask, subject[1])
    total = ctx.session.scalar(
        select(func.count()).where(
            KeyTaskUnit.key_task_id == key_task.id, KeyTaskUnit.role == UnitRole.RESPONSIBLE
        )
    )
    key_task.state = KeyTaskState.DISPATCHING
    queue.put(ctx, TOPIC, _key(key_task.id), {"key_task_id": key_task.id, "total": total or 0})


def progress_of(ctx: Context, key_task_id: int) -> QueueItem | None:
    """The queue item of a key task's dispatch, for the progress page; None before it was confirmed."""
    return queue.progress(ctx.session, _key(key_task_id))


def _key(key_task_id: int) -> str:
    return f"{TOPIC}:{key_task_id}"


@queue.topic(TOPIC)
def dispatch_chunk(ctx: Context, payload: dict[str, Any], progress: dict[str, Any]) -> dict[str, Any] | None:
    """Queue handler: up to CHUNK units in one transaction."""
    key_task = key_tasks.lock(ctx, payload["key_task_id"])
    if key_task.state != KeyTaskState.DISPATCHING:
        return None
    has_item = select(WorkItem.unit_id).where(WorkItem.key_task_id == key_task.id)
    waiting = (
        select(KeyTaskUnit)
        .where(
            KeyTaskUnit.key_task_id == key_task.id,
            KeyTaskUnit.role == UnitRole.RESPONSIBLE,
            KeyTaskUnit.position > progress.get("position", 0),
            KeyTaskUnit.unit_id.not_in(has_item),
        )
        .order_by(KeyTaskUnit.position)
        .limit(CHUNK)
    )
    parts = ctx.session.scalars(waiting).all()
    if parts:
        make_items(ctx, key_task, parts)
        done = int(progress.get("done", 0)) + len(parts)
        return {"position": parts[-1].position, "done": done, "total": payload["total"]}
    key_task.state, key_task.dispatched_at = KeyTaskState.RUNNING, ctx.clock.now()
    subject = ("key_task", key_task.id)
    audit.record(
        ctx, f"campaign:{key_task.campaign_id}", "key_task.dispatched", subject, work_items=payload["total"]
    )
    outbox.publish(ctx, "key_task.dispatched", subject, work_items=payload["total"])
    key_tasks.settle_locked(ctx, key_task)
    return None


def make_items(ctx: Context, key_task: KeyTask, parts: Sequence[KeyTaskUnit]) -> None:
    """One work item for each part, assigned today. ``key_task`` is locked."""
    now, above = ctx.clock.now(), key_tasks.above_office(ctx, key_task)
    lead, office = key_task.review_unit_id, key_task.office_unit_id
    items = [
        WorkItem(
            campaign_id=key_task.campaign_id, key_task_id=key_task.id, unit_id=part.unit_id,
            review_unit_id=rules.reviewer(part.unit_id, lead, office, above),
            office_unit_id=office, number=f"{key_task.number}-{part.position:02d}",
            title=key_task.title, state=WorkItemState.ASSIGNED, assigned_at=now,
        )
        for part in parts
    ]  # fmt: skip
    ctx.session.add_all(items)
    ctx.session.flush()
    basis = Basis.working_days_after(
        local_date(now), rules.ACKNOWLEDGE_WORKING_DAYS, N_("事项交办之日起签收")
    )
    deadlines.open_many(
        ctx,
        [
            Opening(("work_item", item.id), ACKNOWLEDGE, basis, item.unit_id, stream(item.id))
            for item in items
        ],
    )
    for item in items:
        subject = ("work_item", item.id)
        audit.record(
            ctx, stream(item.id), "work_item.assigned", subject, key_task_id=key_task.id,
            unit_id=item.unit_id, review_unit_id=item.review_unit_id,
        )  # fmt: skip
        outbox.publish(ctx, "work_item.assigned", subject, unit_id=item.unit_id)
        process.start(
            ctx, "work_item", subject, work_item_id=item.id,
            variables={
                "responsible_unit_id": item.unit_id, "review_unit_id": item.review_unit_id,
                "office_unit_id": item.office_unit_id, "drawn": False,
            },
        )  # fmt: skip
