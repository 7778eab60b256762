"""The campaign as it runs beside an amended version of its plan: every change, what it would touch, what became of it.

Before the first changes are applied the comparison is made anew each time; from then on it is what was stored, so
that what nobody took over stays in sight as 未采用.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import exists, select

from engine import permissions
from engine.campaigns import rules
from engine.campaigns.from_plan import to_key_task
from engine.campaigns.models import (
    AmendmentChange,
    AmendmentState,
    Campaign,
    CampaignState,
    KeyTask,
    KeyTaskLimit,
    KeyTaskState,
    KeyTaskUnit,
    WorkItem,
    WorkItemState,
)
from engine.campaigns.work_items import WORKING
from engine.clock import local_date
from engine.context import Context
from engine.errors import NotFound, RuleViolation
from engine.organisation.models import Unit
from engine.organisation.queries import units_by_id
from engine.permissions import Permission
from engine.plans import queries as plan_queries
from engine.plans.amendment import Change, ChangeKind, LimitSide, Side, changes, match
from engine.plans.models import LimitKind, PartRole, Plan, PlanState, PlanTask
from engine.texts import N_

FINISHED = N_("已办结，不受影响")
SETTLED = N_("重点任务的工作事项已全部办结，不受影响")
PAST = N_("修订后的时限早于今天，不能采用")
FINAL_NEEDED = N_("重点任务须有办结时限，不能取消，可在办理中另行调整")
NO_REVIEWER = N_("采用后没有其他单位可以审核该单位，请先调整审核单位")
CLOSED = N_("专项行动已办结，不再调整")


@dataclass(frozen=True)
class Entry:
    """One change as pages and API show it."""

    key: str
    kind: ChangeKind
    key_task_id: int | None
    plan_task_id: int | None
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    destructive: bool
    state: AmendmentState = AmendmentState.OPEN
    #: Why it cannot be, or could not be, applied: a msgid.
    note: str | None = None
    #: Work items under way that it changes or ends, by id; for an applied one only how many.
    touches: frozenset[int] = frozenset()
    touched: int = 0
    untouched: int = 0  #: finished work items that it leaves alone
    reason: str | None = None
    decided_by: str | None = None
    is_blocked: bool = False  #: `note` holds today, whatever was tried before

    @property
    def can_be_chosen(self) -> bool:
        return self.state in (AmendmentState.OPEN, AmendmentState.KEPT) and not self.is_blocked

    @property
    def is_suggested(self) -> bool:
        """Ticked beforehand: what can be applied and ends nothing."""
        return self.state is AmendmentState.OPEN and self.can_be_chosen and not self.destructive


@dataclass(frozen=True)
class Group:
    """The changes of one key task, with its number and title before and after."""

    key_task: KeyTask | None
    plan_task: PlanTask | None
    entries: Sequence[Entry]

    @property
    def is_renumbered(self) -> bool:
        return bool(self.key_task and self.plan_task and self.key_task.number != self.plan_task.number)


@dataclass(frozen=True)
class Comparison:
    plan: Plan  #: the amended version
    amended: Plan  #: the plan that it amends
    campaign: Campaign
    groups: Sequence[Group]
    units: Mapping[int, Unit]  #: every unit that a change names
    #: Why nothing of it can be applied: a msgid.
    refusal: str | None
    #: Numbers of its tasks that must be settled first.
    unresolved: Sequence[int]
    #: How many key tasks are the same in both.
    same: int

    @property
    def entries(self) -> list[Entry]:
        return [entry for group in self.groups for entry in group.entries]

    @property
    def counts(self) -> Counter[ChangeKind]:
        return Counter(entry.kind for entry in self.entries)

    @property
    def states(self) -> Counter[AmendmentState]:
        return Counter(entry.state for entry in self.entries)

    def touched(self, keys: Iterable[str]) -> int:
        """How many work items under way the chosen changes touch, each counted once."""
        chosen = set(keys)
        return len({id for entry in self.entries if entry.key in chosen for id in entry.touches})


def compare(ctx: Context, plan_id: int) -> Comparison:
    """The comparison of an amended plan. Raises NotFound, AccessDenied, RuleViolation for one that amends nothing."""
    plan = permissions.find(ctx, Permission.PLAN_READ, Plan, plan_id, lock=False)
    campaign = campaign_of(ctx, plan)
    permissions.find(ctx, Permission.CAMPAIGN_READ, Campaign, campaign.id, lock=False)
    tasks = _key_tasks(ctx, campaign)
    view = plan_queries.view(ctx, plan, proposing=False)
    plan_tasks = {entry.row.id: entry.row for entry in view.entries}
    stored = stored_changes(ctx, plan.id)
    found = _stored(stored) if plan.state == PlanState.CONFIRMED else _fresh(ctx, campaign, plan)
    entries = _with_impact(ctx, campaign, tasks, found)
    groups: dict[tuple[int, int], list[Entry]] = defaultdict(list)
    for entry in entries:
        # An added task has a key task once it has been made; what it is about stays the task of the plan.
        about = (
            (0, entry.plan_task_id or 0)
            if entry.kind is ChangeKind.TASK_ADDED
            else (entry.key_task_id or 0, 0)
        )
        groups[about].append(entry)
    shown = [
        Group(
            tasks.get(listed[0].key_task_id or 0) if listed[0].kind is not ChangeKind.TASK_ADDED else None,
            plan_tasks.get(listed[0].plan_task_id or 0),
            listed,
        )
        for listed in groups.values()
    ]
    named = {id for entry in entries for side in (entry.old, entry.new) if side for id in _unit_ids(side)}
    running = sum(task.state != KeyTaskState.CANCELLED for task in tasks.values())
    return Comparison(
        plan=plan, amended=ctx.session.get_one(Plan, plan.amends_plan_id), campaign=campaign, groups=shown,
        units=units_by_id(ctx.session, named), refusal=refusal(ctx, plan, campaign),
        unresolved=[entry.row.number for entry in view.unresolved],
        same=running - sum(group.key_task is not None for group in shown),
    )  # fmt: skip


def campaign_of(ctx: Context, plan: Plan) -> Campaign:
    """The campaign that an amended plan changes. Raises RuleViolation for a plan that amends none."""
    if plan.amends_plan_id is None:
        raise RuleViolation("amendments.not_amendment", "该方案不是修订版，没有可以对比的原方案")
    found = ctx.session.scalar(select(Campaign).where(Campaign.plan_id == plan.amends_plan_id))
    if found is None:
        raise NotFound()
    return found


def differences(ctx: Context, campaign: Campaign, plan: Plan) -> list[Change]:
    """What the amended plan changes in the campaign as it stands now."""
    return changes(match(_old_sides(ctx, campaign), _new_sides(ctx, campaign, plan)))


def stored_changes(ctx: Context, plan_id: int) -> Sequence[AmendmentChange]:
    query = select(AmendmentChange).where(AmendmentChange.plan_id == plan_id).order_by(AmendmentChange.id)
    return ctx.session.scalars(query).all()


def refusal(ctx: Context, plan: Plan, campaign: Campaign) -> str | None:
    """Why nothing of the plan can be applied: a msgid; None when it can."""
    if campaign.state == CampaignState.CLOSED:
        return CLOSED
    if plan.state == PlanState.DISCARDED:
        return N_("该方案已经废弃，不能再修改")
    if plan.confirmed_at is not None:
        later = exists().where(
            Plan.amends_plan_id == plan.amends_plan_id,
            Plan.id != plan.id,
            Plan.confirmed_at > plan.confirmed_at,
        )
        if ctx.session.scalar(select(later)):
            return N_("已有更新的修订版，本版未采用的内容仅供查阅")
    applying = exists().where(
        AmendmentChange.campaign_id == campaign.id, AmendmentChange.state == AmendmentState.CHOSEN
    )
    if ctx.session.scalar(select(applying)):
        return N_("上一次选定的变更正在应用，请稍后再试")
    return None


def blocked(change: Change | Entry, task: KeyTask | None, today: date) -> str | None:
    """Why a change cannot be applied whatever its work items are: a msgid."""
    if task is not None and is_settled(task):
        return SETTLED
    on = ((change.new or {}).get("basis") or {}).get("on")
    if on is not None and date.fromisoformat(on) < today:
        return PAST
    if change.kind is ChangeKind.LIMIT_REMOVED and change.old and change.old["kind"] == "final":
        return FINAL_NEEDED
    return None


def is_settled(task: KeyTask) -> bool:
    """Whether nothing of the key task is under way any more."""
    ended = (KeyTaskState.SUMMARISED, KeyTaskState.CLOSED, KeyTaskState.CANCELLED)
    return task.state in ended or task.settled_at is not None


def _fresh(ctx: Context, campaign: Campaign, plan: Plan) -> list[Entry]:
    return [
        Entry(
            change.key, change.kind, change.old_id, change.new_id, change.old, change.new, change.destructive
        )
        for change in differences(ctx, campaign, plan)
    ]


def _stored(rows: Iterable[AmendmentChange]) -> list[Entry]:
    return [
        Entry(
            row.key, ChangeKind(row.kind), row.key_task_id, row.plan_task_id, row.old, row.new,
            as_change(row).destructive, AmendmentState(row.state), row.note, frozenset(), row.touched,
            row.untouched, row.reason, row.chosen_by_name,
        )
        for row in rows
    ]  # fmt: skip


def as_change(row: AmendmentChange) -> Change:
    return Change(row.key, ChangeKind(row.kind), row.key_task_id, row.plan_task_id, row.old, row.new)


def _with_impact(
    ctx: Context, campaign: Campaign, tasks: Mapping[int, KeyTask], entries: Sequence[Entry]
) -> list[Entry]:
    """What could be applied gets the work items that it would touch, and why it cannot be applied if so."""
    items: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    query = select(WorkItem.key_task_id, WorkItem.id, WorkItem.unit_id, WorkItem.state)
    for task_id, id, unit_id, state in ctx.session.execute(query.where(WorkItem.campaign_id == campaign.id)):
        if state != WorkItemState.CANCELLED:
            items[task_id].append((id, unit_id, state))
    today = local_date(ctx.clock.now())
    shown = []
    for entry in entries:
        if entry.state not in (AmendmentState.OPEN, AmendmentState.KEPT):
            shown.append(entry)
            continue
        task = tasks.get(entry.key_task_id or 0)
        concerned = [item for item in items.get(entry.key_task_id or 0, ()) if _concerns(entry, item[1])]
        under_way = frozenset(id for id, _, state in concerned if state in WORKING)
        finished = len(concerned) - len(under_way)
        note = blocked(entry, task, today)
        if note is None and entry.kind in _ENDING and concerned and not under_way:
            note = FINISHED
        shown.append(
            replace(
                entry,
                note=note or entry.note,
                touches=under_way,
                untouched=finished,
                is_blocked=note is not None,
            )
        )
    return shown


_ENDING = (ChangeKind.TASK_DROPPED, ChangeKind.UNIT_REMOVED, ChangeKind.UNIT_MOVED)


def _concerns(entry: Entry, unit_id: int) -> bool:
    """Whether a change touches the item of a unit."""
    match entry.kind:
        case ChangeKind.UNIT_REMOVED | ChangeKind.UNIT_MOVED:
            old = entry.old or {}
            return old.get("role") == PartRole.RESPONSIBLE and old.get("unit_id") == unit_id
        case ChangeKind.UNIT_ADDED | ChangeKind.TASK_ADDED:
            return False
    return True


def _key_tasks(ctx: Context, campaign: Campaign) -> dict[int, KeyTask]:
    query = select(KeyTask).where(KeyTask.campaign_id == campaign.id).order_by(KeyTask.number)
    return {task.id: task for task in ctx.session.scalars(query)}


def _old_sides(ctx: Context, campaign: Campaign) -> list[Side]:
    tasks = [task for task in _key_tasks(ctx, campaign).values() if task.state != KeyTaskState.CANCELLED]
    ids = [task.id for task in tasks]
    units: dict[int, dict[PartRole, list[int]]] = defaultdict(lambda: defaultdict(list))
    parts = select(KeyTaskUnit).where(KeyTaskUnit.key_task_id.in_(ids)).order_by(KeyTaskUnit.position)
    for part in ctx.session.scalars(parts):
        units[part.key_task_id][PartRole(part.role)].append(part.unit_id)
    limits: dict[int, list[LimitSide]] = defaultdict(list)
    stored = select(KeyTaskLimit).where(
        KeyTaskLimit.key_task_id.in_(ids), KeyTaskLimit.withdrawn_at.is_(None)
    )
    for row in ctx.session.scalars(stored.order_by(KeyTaskLimit.id)):
        limits[row.key_task_id].append(limit_side(row.kind, row.basis, row.title, row.id))
    return [
        Side(t.id, t.number, t.title, t.text, t.section, units[t.id], limits[t.id], t.review_unit_id)
        for t in tasks
    ]


def _new_sides(ctx: Context, campaign: Campaign, plan: Plan) -> list[Side]:
    sides = []
    for entry in plan_queries.view(ctx, plan, proposing=False).kept:
        settled = tuple(limit for limit in entry.limits if limit.kind != LimitKind.OPEN)
        new = to_key_task(replace(entry, limits=settled), campaign.year)
        lead = next(iter(new.lead), None)
        sides.append(
            Side(
                entry.row.id, new.number, new.title, new.text, new.section, new.units,
                [limit_side(limit.kind, limit.basis, limit.title) for limit in new.limits],
                new.review_unit_id or lead or plan.office_unit_id,
            )
        )  # fmt: skip
    return sides


def limit_side(kind: str, basis: dict[str, Any], title: str, id: int | None = None) -> LimitSide:
    return LimitSide(str(kind), basis, title, id, basis.get("text") in rules.BY_OFFICE)


def _unit_ids(side: Mapping[str, Any]) -> list[int]:
    listed = [id for ids in (side.get("units") or {}).values() for id in ids]
    return [id for id in (side.get("unit_id"), side.get("review_unit_id"), *listed) if id is not None]
