"""The life of one work item: acknowledged, plan filed, reported on, drawn or not, closed; or cancelled.

The step from "all reports accepted" to the sampling window is decided in a transaction of the item's own
(`settle`), so that two reports accepted at the same instant cannot overlook each other.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select

from engine import audit, deadlines, files, outbox, permissions, process, queue
from engine.campaigns import rules, standstill
from engine.campaigns.models import (
    Campaign,
    Obligation,
    ObligationKind,
    ObligationState,
    WorkItem,
    WorkItemFile,
    WorkItemState,
)
from engine.campaigns.rules import Standing
from engine.clock import local_date
from engine.context import Context
from engine.deadlines import Basis, Deadline
from engine.errors import RuleViolation
from engine.permissions import Permission
from engine.texts import N_

ACKNOWLEDGE, PLAN, SAMPLING = "work_item.acknowledge", "work_item.plan", "work_item.sampling"
SETTLE_TOPIC = "work_items.settle"
#: States in which the responsible unit still owes something.
WORKING = (WorkItemState.ASSIGNED, WorkItemState.ACKNOWLEDGED, WorkItemState.IN_PROGRESS)


def stream(work_item_id: int) -> str:
    """The audit stream of an item and of everything that hangs on it."""
    return f"work_item:{work_item_id}"


def acknowledge(ctx: Context, work_item_id: int) -> WorkItem:
    """签收: the responsible unit confirms that it has received the item. Its plan is due from here."""
    item = permissions.find(ctx, Permission.WORK_ITEM_ACKNOWLEDGE, WorkItem, work_item_id)
    rules.check_state(item.state, WorkItemState.ASSIGNED)
    item.state, item.acknowledged_at = WorkItemState.ACKNOWLEDGED, ctx.clock.now()
    item.acknowledged_by_name = ctx.actor.name
    subject = ("work_item", item.id)
    deadlines.meet(ctx, subject, ACKNOWLEDGE)
    deadlines.open(
        ctx, subject, PLAN,
        Basis.working_days_after(
            local_date(ctx.clock.now()), rules.PLAN_WORKING_DAYS, N_("签收之日起报备实施方案")
        ),
        unit_id=item.unit_id, stream=stream(item.id),
    )  # fmt: skip
    if item.suspended_at is not None:
        standstill.keep(ctx, item.id)
    audit.record(ctx, stream(item.id), "work_item.acknowledged", subject)
    outbox.publish(ctx, "work_item.acknowledged", subject)
    process.complete_user_task(ctx, subject, "acknowledge")
    return item


def file_plan(ctx: Context, work_item_id: int, *, text: str, staged_file_ids: Sequence[int] = ()) -> WorkItem:
    """报备: the unit files its implementation plan, for the record; its obligations open."""
    item = permissions.find(ctx, Permission.WORK_ITEM_FILE_PLAN, WorkItem, work_item_id)
    rules.check_state(item.state, WorkItemState.ACKNOWLEDGED)
    item.plan_text = rules.text_of(text, field="text", missing=N_("请填写实施方案"))
    item.plan_filed_at, item.plan_filed_by_name = ctx.clock.now(), ctx.actor.name
    item.state = WorkItemState.IN_PROGRESS
    taken = files.take_in(ctx, list(staged_file_ids)) if staged_file_ids else []
    ctx.session.add_all(WorkItemFile(work_item_id=item.id, file_id=file.id, name=file.name) for file in taken)
    subject = ("work_item", item.id)
    deadlines.meet(ctx, subject, PLAN)
    audit.record(ctx, stream(item.id), "work_item.plan_filed", subject, files=[file.id for file in taken])
    outbox.publish(ctx, "work_item.plan_filed", subject)
    process.complete_user_task(ctx, subject, "file_plan")
    return item


def withdraw(ctx: Context, item: WorkItem, reason: str) -> None:
    """撤销: end an item that is under way, by an approved request or a plan that was amended; whatever was still open of
    it falls away, what is finished stays. ``item`` is locked."""
    item.cancel_reason, item.suspended_at = reason, None
    item.state, item.closed_at = WorkItemState.CANCELLED, ctx.clock.now()
    item.version += 1
    subject = ("work_item", item.id)
    left = [o for o in lock_obligations(ctx, item.id) if o.state not in _ENDED]
    process.cancel(ctx, subject)
    deadlines.cancel(ctx, subject)
    drop(ctx, left)
    audit.record(
        ctx, stream(item.id), "work_item.cancelled", subject, reason=item.cancel_reason,
        obligations=[o.id for o in left],
    )  # fmt: skip
    outbox.publish(ctx, "work_item.cancelled", subject, unit_id=item.unit_id, reason=item.cancel_reason)
    _tell_item_ended(ctx, item)
    _tell_key_task(ctx, item)


#: Called when another unit reviews an item from now on: ``hook(ctx, item)``, the item and its reports locked.
_handed_over: list[Callable[[Context, WorkItem], object]] = []


def when_handed_over(hook: Callable[[Context, WorkItem], object]) -> None:
    """Let an idea further up follow: an open review, for example, goes to the new reviewer."""
    if hook not in _handed_over:
        _handed_over.append(hook)


def hand_over(ctx: Context, item: WorkItem, review_unit_id: int) -> None:
    """Another unit reviews what is still to come of the item, and what lies with the old one. ``item`` is locked."""
    item.review_unit_id = review_unit_id
    variables = {"review_unit_id": review_unit_id}
    left = [o for o in lock_obligations(ctx, item.id) if o.state not in _ENDED]
    process.hand_over(ctx, ("work_item", item.id), variables)
    for obligation in left:
        process.hand_over(ctx, ("obligation", obligation.id), variables)
    for hook in _handed_over:
        hook(ctx, item)


#: Called when reports of an item are accepted or fall away: ``hook(ctx, obligations)``, all of them locked.
_obligations_ended: list[Callable[[Context, Sequence[Obligation]], object]] = []


def when_obligations_end(hook: Callable[[Context, Sequence[Obligation]], object]) -> None:
    """Let an idea further up follow: an open application for a later date, for example, lapses."""
    if hook not in _obligations_ended:
        _obligations_ended.append(hook)


def _tell_ended(ctx: Context, obligations: Sequence[Obligation]) -> None:
    for hook in _obligations_ended if obligations else ():
        hook(ctx, obligations)


#: Called when an item is settled or ends without: ``hook(ctx, item)``, the item and its reports locked.
_items_ended: list[Callable[[Context, WorkItem], object]] = []


def when_items_end(hook: Callable[[Context, WorkItem], object]) -> None:
    """Let an idea further up follow: an open request to suspend it, for example, lapses."""
    if hook not in _items_ended:
        _items_ended.append(hook)


def _tell_item_ended(ctx: Context, item: WorkItem) -> None:
    for hook in _items_ended:
        hook(ctx, item)


def settle_again(ctx: Context, item: WorkItem, key: str) -> None:
    """Have it asked again whether the item is done, after reports have fallen away. ``key`` tells why, for once."""
    queue.put(ctx, SETTLE_TOPIC, f"{SETTLE_TOPIC}:{key}:{item.id}", {"work_item_id": item.id})


def decide_sampling(ctx: Context, item: WorkItem, *, drawn: bool) -> None:
    """It is certain whether the item is inspected: drawn in a round, or its window ended. ``item`` is locked.

    Whoever comes second finds the question closed: RuleViolation.
    """
    if item.state != WorkItemState.SAMPLING or item.sampling_decided_at is not None:
        raise RuleViolation("work_items.not_sampling", "该事项不在抽查期内")
    item.sampling_decided_at = ctx.clock.now()
    subject = ("work_item", item.id)
    if drawn:
        item.state = WorkItemState.INSPECTING
        deadlines.cancel(ctx, subject, SAMPLING)
    audit.record(ctx, stream(item.id), "work_item.sampling_decided", subject, drawn=drawn)
    process.send_message(ctx, subject, "sampling_decided", {"drawn": drawn})


# What the diagram does by itself.


def note_late(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: the limit for acknowledging or for filing the plan has passed."""
    item = _get(ctx, subject)
    step = "acknowledge" if item.state == WorkItemState.ASSIGNED else "file_plan"
    audit.record(ctx, stream(item.id), "work_item.fell_late", subject, step=step)


def enter_sampling(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: the item may be drawn for inspection until its window ends."""
    item = _get(ctx, subject)
    days = ctx.session.scalars(select(Campaign.sampling_days).where(Campaign.id == item.campaign_id)).one()
    item.state = WorkItemState.SAMPLING
    deadlines.open(
        ctx, subject, SAMPLING,
        Basis.working_days_after(local_date(ctx.clock.now()), days, N_("应报事项全部办结之日起的抽查期")),
        unit_id=item.office_unit_id, stream=stream(item.id),
    )  # fmt: skip
    audit.record(ctx, stream(item.id), "work_item.entered_sampling", subject, working_days=days)


def close(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: 销号."""
    item = _get(ctx, subject)
    item.state, item.closed_at = WorkItemState.CLOSED, ctx.clock.now()
    audit.record(ctx, stream(item.id), "work_item.closed", subject)
    outbox.publish(ctx, "work_item.closed", subject, unit_id=item.unit_id)
    _tell_key_task(ctx, item)


@queue.topic(SETTLE_TOPIC)
def settle(ctx: Context, payload: dict[str, Any], _progress: dict[str, Any]) -> None:
    """Queue handler, after a report was accepted: move the item on when nothing more is owed."""
    item = lock(ctx, payload["work_item_id"])
    if item.state != WorkItemState.IN_PROGRESS or item.settled_at is not None:
        return
    obligations = lock_obligations(ctx, item.id)
    _tell_ended(ctx, [o for o in obligations if o.state == ObligationState.ACCEPTED])
    standings = [
        Standing(
            o.id,
            ObligationKind(o.kind),
            ObligationState(o.state),
            o.round,
            None if o.ordinal else o.period_end,
        )
        for o in obligations
    ]
    dropped = rules.settlement(standings, local_date(ctx.clock.now()))
    if dropped is None:
        return
    drop(ctx, [o for o in obligations if o.id in dropped])
    item.settled_at, item.suspended_at = ctx.clock.now(), None
    _tell_item_ended(ctx, item)
    subject = ("work_item", item.id)
    audit.record(ctx, stream(item.id), "work_item.settled", subject, dropped_obligations=dropped)
    process.send_message(ctx, subject, "obligations_settled")


_ENDED = (ObligationState.ACCEPTED, ObligationState.CANCELLED)


def lock(ctx: Context, work_item_id: int) -> WorkItem:
    """The item, locked; for verbs that were not found through `permissions.find`."""
    return ctx.session.scalars(
        select(WorkItem)
        .where(WorkItem.id == work_item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _get(ctx: Context, subject: tuple[str, int]) -> WorkItem:
    """The item that the running verb has locked already: no statement."""
    return ctx.session.get_one(WorkItem, subject[1])


def lock_obligations(ctx: Context, work_item_id: int) -> Sequence[Obligation]:
    """All reports of the item, which is locked itself."""
    return ctx.session.scalars(
        select(Obligation)
        .where(Obligation.work_item_id == work_item_id)
        .order_by(Obligation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def drop(ctx: Context, obligations: Sequence[Obligation]) -> None:
    """Obligations that nobody has to report any more."""
    for obligation in obligations:
        obligation.state, obligation.cancelled_at = ObligationState.CANCELLED, ctx.clock.now()
        process.cancel(ctx, ("obligation", obligation.id))
        deadlines.cancel(ctx, ("obligation", obligation.id))
    _tell_ended(ctx, obligations)


def _tell_key_task(ctx: Context, item: WorkItem) -> None:
    queue.put(ctx, "key_tasks.settle", f"key_tasks.settle:{item.id}", {"key_task_id": item.key_task_id})


def _on_passed(ctx: Context, deadline: Deadline) -> None:
    if deadline.kind != SAMPLING:
        process.fire_deadline(ctx, deadline.subject, deadline.kind)
        return
    item = ctx.session.get_one(WorkItem, deadline.subject_id)
    if item.state == WorkItemState.SAMPLING and item.sampling_decided_at is None:
        deadlines.meet(ctx, deadline.subject, SAMPLING)
        decide_sampling(ctx, item, drawn=False)


def on_deadline_changed(ctx: Context, deadline: Deadline) -> None:
    """An extension moves the user tasks that wait for the deadline."""
    process.set_due(ctx, deadline.subject, deadline.kind, deadline.due_at)


def urged_since(ctx: Context, work_item_id: int, deadline: Deadline) -> bool:
    """Whether somebody has urged the unit by hand since the limit was set."""
    urged_at = ctx.session.get_one(WorkItem, work_item_id).urged_at
    return urged_at is not None and urged_at >= deadline.opened_at


deadlines.register_fact("work_item", deadlines.Fact.URGED, lambda ctx, d: urged_since(ctx, d.subject_id, d))
deadlines.register_subject(
    "work_item", lock=lock, on_passed=_on_passed, on_changed=on_deadline_changed, model=WorkItem
)
