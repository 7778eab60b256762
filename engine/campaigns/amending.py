"""修订: of what an amended plan changes, only what a person ticked is applied to the running campaign.

The verb confirms the amended plan, stores every difference once and marks the chosen ones; the queue applies them, one
key task in one transaction, so that a run that was cut off goes on where it stopped. What is finished is not touched.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from engine import audit, outbox, permissions, queue
from engine.campaigns import comparison, key_tasks, rules, service
from engine.campaigns.amended_task import AmendedTask, applied, document, keep
from engine.campaigns.comparison import campaign_of, differences, stored_changes
from engine.campaigns.from_plan import to_key_task
from engine.campaigns.models import (
    AmendmentChange,
    AmendmentState,
    Campaign,
    KeyTask,
)
from engine.context import Actor, Context
from engine.errors import InvalidInput, RuleViolation, StaleForm
from engine.permissions import Permission
from engine.plans import queries as plan_queries
from engine.plans import rules as plan_rules
from engine.plans import service as plans
from engine.plans.amendment import ChangeKind
from engine.plans.models import Plan, PlanState
from engine.queue import QueueItem
from engine.texts import N_

TOPIC = "campaigns.amend"
#: Most changes of a plan of five hundred tasks come nowhere near.
MAX_KEYS = 20_000


def apply_amendment(
    ctx: Context, plan_id: int, keys: Collection[str], *, reason: str, expected_version: int | None = None
) -> Plan:
    """Have the ticked changes of an amended plan applied; the others stay in sight and may follow later.

    The first call confirms the amended plan. Raises RuleViolation while tasks of it are open, when a later version
    has come or the campaign is closed; StaleForm when a change is not there (any more) to be chosen.
    """
    plan = permissions.find(ctx, Permission.PLAN_CONFIRM, Plan, plan_id)
    campaign = permissions.find(ctx, Permission.CAMPAIGN_MANAGE, Campaign, campaign_of(ctx, plan).id)
    plan_rules.check_version(plan.version, expected_version, of_plan=True)
    if refused := comparison.refusal(ctx, plan, campaign):
        raise RuleViolation("amendments.refused", refused)
    if not keys:
        raise InvalidInput("amendments.nothing_chosen", "请至少选择一项变更", field="keys")
    if len(keys) > MAX_KEYS:
        raise InvalidInput("amendments.too_many", "一次最多选择{max}项变更", field="keys", max=MAX_KEYS)
    given = rules.text_of(reason, field="reason", missing=N_("请填写调整依据或者理由"))
    if plan.state == PlanState.DRAFT:
        found = differences(ctx, campaign, plan)
        plans.confirm(ctx, plan_id)
        ctx.session.add_all(
            AmendmentChange(
                campaign_id=campaign.id, plan_id=plan.id, key=change.key, kind=change.kind,
                key_task_id=change.old_id, plan_task_id=change.new_id, old=change.old, new=change.new,
                state=AmendmentState.OPEN,
            )
            for change in found
        )  # fmt: skip
        ctx.session.flush()
    _choose(ctx, plan, set(keys), given)
    return plan


def progress_of(ctx: Context, plan: Plan) -> QueueItem | None:
    """The queue item of the newest application; None before the first."""
    return queue.progress(ctx.session, _key(plan))


def _key(plan: Plan) -> str:
    return f"{TOPIC}:{plan.id}:{plan.version}"


def _choose(ctx: Context, plan: Plan, keys: set[str], reason: str) -> None:
    rows = {row.key: row for row in stored_changes(ctx, plan.id)}
    free = {key for key, row in rows.items() if row.state in (AmendmentState.OPEN, AmendmentState.KEPT)}
    if keys - free:
        raise StaleForm("amendments.stale", "对比结果已经变化，请刷新后重新选择")
    for key in keys:
        row = rows[key]
        row.state, row.note, row.reason = AmendmentState.CHOSEN, None, reason
        row.chosen_at, row.chosen_by_id = ctx.clock.now(), ctx.actor.person_id
        row.chosen_by_name = ctx.actor.name
    plan.version += 1
    groups = {
        (rows[key].key_task_id, rows[key].plan_task_id if rows[key].old is None else None) for key in keys
    }
    subject = ("plan", plan.id)
    told = {"keys": sorted(keys), "reason": reason}
    audit.record(ctx, f"plan:{plan.id}", "plan.amendment_chosen", subject, amends=plan.amends_plan_id, **told)
    outbox.publish(ctx, "plan.amendment_chosen", subject, changes=len(keys))
    queue.put(ctx, TOPIC, _key(plan), {"plan_id": plan.id, "total": len(groups)})


@queue.topic(TOPIC)
def amend_one(ctx: Context, payload: dict[str, Any], progress: dict[str, Any]) -> dict[str, Any] | None:
    """Queue handler: everything that was chosen for one key task. New ones come first, lest the campaign close."""
    chosen = (
        select(AmendmentChange)
        .where(AmendmentChange.plan_id == payload["plan_id"], AmendmentChange.state == AmendmentState.CHOSEN)
        .order_by(
            AmendmentChange.kind != ChangeKind.TASK_ADDED, AmendmentChange.key_task_id, AmendmentChange.id
        )
    )
    first = ctx.session.scalars(chosen.limit(1)).one_or_none()
    if first is None:
        return None
    plan = ctx.session.get_one(Plan, payload["plan_id"])
    # The queue only carries out what this person has decided: papers and dates name the person.
    ctx = replace(ctx, actor=Actor(first.chosen_by_name or "", first.chosen_by_id))
    if first.kind == ChangeKind.TASK_ADDED:
        _add(ctx, plan, first)
    else:
        mine = AmendmentChange.key_task_id == first.key_task_id, AmendmentChange.kind != ChangeKind.TASK_ADDED
        task = key_tasks.lock(ctx, first.key_task_id or 0)
        AmendedTask(ctx, plan, task, list(ctx.session.scalars(chosen.where(*mine)).all())).run()
    return {"done": int(progress.get("done", 0)) + 1, "total": payload["total"]}


def _add(ctx: Context, plan: Plan, change: AmendmentChange) -> None:
    """A key task that the amended plan has added: it waits for the office's confirmation like every other."""
    campaign = ctx.session.scalars(
        select(Campaign).where(Campaign.id == change.campaign_id).with_for_update()
    ).one()
    (entry,) = plan_queries.view(ctx, plan, only=[change.plan_task_id or 0], proposing=False).entries
    new = to_key_task(entry, campaign.year)
    note = comparison.CLOSED if campaign.closed_at is not None else None
    if note is None:
        taken = set(ctx.session.scalars(select(KeyTask.number).where(KeyTask.campaign_id == campaign.id)))
        if new.number in taken:  # numbers stand on papers that are out: none is given twice
            new = service.renumbered(new, max(taken) + 1)
        try:
            service.check_key_tasks(ctx, [new])
        except (InvalidInput, RuleViolation):
            note = comparison.PAST
    if note is not None:
        keep(change, note)
        return
    (task,) = service.make_key_tasks(ctx, campaign, [new])
    service.begin(ctx, [task])
    change.key_task_id = task.id
    applied(ctx, change, task.campaign_id)
    outbox.publish(ctx, "key_task.added", ("key_task", task.id), document=document(plan))
