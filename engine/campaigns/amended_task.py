"""What an amended plan changes in one key task, applied to its rows, processes, deadlines and inboxes.

The key task is locked and only what a person has chosen comes here; see amending.py for who chooses and when it runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import func, select

from engine import audit, outbox, process
from engine.campaigns import comparison, dispatch, key_tasks, obligations, rules, work_items
from engine.campaigns.comparison import blocked
from engine.campaigns.models import (
    AmendmentChange,
    AmendmentState,
    KeyTask,
    KeyTaskLimit,
    KeyTaskState,
    KeyTaskUnit,
    LimitKind,
    UnitRole,
    WorkItem,
    WorkItemState,
)
from engine.campaigns.service import stream
from engine.campaigns.work_items import WORKING
from engine.clock import local_date
from engine.context import Context
from engine.plans.amendment import ChangeKind
from engine.plans.models import Plan
from engine.texts import N_


def keep(change: AmendmentChange, note: str, untouched: int = 0) -> None:
    change.state, change.note, change.untouched = AmendmentState.KEPT, note, untouched


def applied(ctx: Context, change: AmendmentChange, campaign_id: int) -> None:
    change.state, change.applied_at = AmendmentState.APPLIED, ctx.clock.now()
    audit.record(
        ctx, stream(campaign_id), "key_task.amended", ("key_task", change.key_task_id or 0), kind=change.kind,
        old=change.old, new=change.new, plan_id=change.plan_id, reason=change.reason, work_items=change.touched,
    )  # fmt: skip


def _limit_news(change: AmendmentChange) -> dict[str, Any]:
    """A limit that changed before the unit's reports were opened."""
    old, new = change.old, change.new
    what = "report_added" if old is None else "report_dropped" if new is None else "date_moved"
    told = {"change": what, "what": _limit_name(new or old or {})}
    for name, side in (("old", old), ("new", new)):
        if side is not None:
            told[name] = side["basis"].get("on") or side["basis"].get("text", "")
    return told


def _limit_name(limit: dict[str, Any]) -> str:
    if limit["kind"] == LimitKind.FINAL:
        return limit["title"] or N_("办结报告")
    return str(limit["title"] or limit["basis"].get("text", ""))


def document(plan: Plan) -> str:
    """《title》（文号）: which document an act rests on."""
    return f"《{plan.title}》" + (f"（{plan.document_number}）" if plan.document_number else "")


#: What must be known before what: limits and reviewer before a new item, new items before others end.
_ORDER = (
    ChangeKind.TASK_DROPPED, ChangeKind.WORDING, ChangeKind.LIMIT_ADDED, ChangeKind.LIMIT_MOVED,
    ChangeKind.LIMIT_REMOVED, ChangeKind.REVIEWER, ChangeKind.UNIT_ADDED, ChangeKind.UNIT_MOVED,
    ChangeKind.UNIT_REMOVED,
)  # fmt: skip


@dataclass
class AmendedTask:
    """The chosen changes of one key task, which is locked, on their way into rows, processes and inboxes."""

    ctx: Context
    plan: Plan
    task: KeyTask
    chosen: Sequence[AmendmentChange]
    items: dict[int, WorkItem] = field(
        init=False
    )  #: by unit, locked; without those that were cancelled before
    #: Limits that changed, and from which day those count that came new.
    moved: dict[int, AmendmentChange] = field(default_factory=dict)
    since: dict[int, date] = field(default_factory=dict)
    #: What each unit is told of its item.
    news: dict[int, list[dict[str, Any]]] = field(default_factory=dict)

    def run(self) -> None:
        ctx, task = self.ctx, self.task
        # As permissions.find locks: who hands something in meanwhile may refer to the item.
        locked = (
            select(WorkItem)
            .where(WorkItem.key_task_id == task.id)
            .order_by(WorkItem.id)
            .with_for_update(key_share=True)
        )
        found = ctx.session.scalars(locked.execution_options(populate_existing=True))
        self.items = {item.unit_id: item for item in found if item.state != WorkItemState.CANCELLED}
        today = local_date(ctx.clock.now())
        done = []
        for change in sorted(self.chosen, key=lambda one: (_ORDER.index(ChangeKind(one.kind)), one.id)):
            note = blocked(comparison.as_change(change), task, today) or self._apply(change)
            if note is not None:
                keep(change, note, self._finished(change))
            else:
                done.append(change)
        self._follow_limits()
        for change in done:
            applied(ctx, change, task.campaign_id)
        if done:
            task.version += 1
            self._tell(done)

    @property
    def reason(self) -> str:
        return f"依据{document(self.plan)}调整：{self.chosen[0].reason}"

    def _apply(self, change: AmendmentChange) -> str | None:
        """Apply one change; else why not."""
        match ChangeKind(change.kind):
            case ChangeKind.TASK_DROPPED:
                return self._drop(change)
            case ChangeKind.WORDING:
                self._reword(change)
            case ChangeKind.LIMIT_ADDED | ChangeKind.LIMIT_MOVED | ChangeKind.LIMIT_REMOVED:
                self._set_limit(change)
            case ChangeKind.UNIT_ADDED | ChangeKind.UNIT_MOVED | ChangeKind.UNIT_REMOVED:
                return self._move_unit(change)
            case ChangeKind.REVIEWER:
                return self._set_reviewer(change)
        return None

    def _drop(self, change: AmendmentChange) -> str | None:
        """What is under way ends. The key task ends with it, unless finished items still wait for their own end."""
        under_way = [item for item in self.items.values() if item.state in WORKING]
        if self.items and not under_way:
            return comparison.FINISHED
        for item in under_way:
            work_items.withdraw(self.ctx, item, self.reason)
        change.touched, change.untouched = len(under_way), len(self.items) - len(under_way)
        left = (WorkItemState.SAMPLING, WorkItemState.INSPECTING, *WORKING)
        if not any(item.state in left for item in self.items.values()):
            key_tasks.withdraw(self.ctx, self.task, self.reason)
        return None

    def _reword(self, change: AmendmentChange) -> None:
        new = change.new or {}
        self.task.title, self.task.text, self.task.section = new["title"], new["text"], new["section"]
        for item in self._under_way():
            item.title = self.task.title
            item.version += 1
            self._note(item, {"change": "reworded"})
        change.touched = len(self._under_way())

    def _set_limit(self, change: AmendmentChange) -> None:
        """The template; what units owe follows in `_follow_limits`."""
        old, new = change.old, change.new
        if old is not None:
            row = self.ctx.session.get_one(KeyTaskLimit, old["limit_id"])
            if new is None:
                row.withdrawn_at = self.ctx.clock.now()
            else:
                row.basis, row.title = new["basis"], new["title"]
        else:
            assert new is not None
            row = KeyTaskLimit(
                key_task_id=self.task.id, kind=new["kind"], basis=new["basis"], title=new["title"]
            )
            self.ctx.session.add(row)
        self.ctx.session.flush()
        if old is None or row.kind == LimitKind.CADENCE:
            self.since[row.id] = local_date(self.ctx.clock.now())
        self.moved[row.id] = change

    def _follow_limits(self) -> None:
        if not self.moved:
            return
        touched = 0
        for item in self._under_way():
            told = obligations.follow_limits(
                self.ctx, item, self.moved, self.since, f"依据{document(self.plan)}调整时限"
            )
            if (
                item.state != WorkItemState.IN_PROGRESS
            ):  # its reports are yet to be opened, with the new limits
                told = [_limit_news(change) for change in self.moved.values()]
            if told:
                touched += 1
                self._note(item, *told)
                work_items.settle_again(self.ctx, item, f"amended:{self.plan.id}:{self.plan.version}")
        for change in self.moved.values():
            change.touched = touched

    def _move_unit(self, change: AmendmentChange) -> str | None:
        old, new = change.old, change.new
        item = self.items.get((old or new or {})["unit_id"])
        ends = old is not None and old["role"] == UnitRole.RESPONSIBLE and item is not None
        if ends and item is not None and item.state not in WORKING:
            return comparison.FINISHED
        if (
            new is not None
            and new["role"] == UnitRole.RESPONSIBLE
            and self._reviewer_of(new["unit_id"]) is None
        ):
            return comparison.NO_REVIEWER
        if ends and item is not None:
            work_items.withdraw(self.ctx, item, self.reason)
            change.touched = 1
            del self.items[item.unit_id]
            self.news.pop(item.unit_id, None)
        if new is not None:
            self._add_part(new["unit_id"], UnitRole(new["role"]))
        if old is not None:
            self._remove_part(old["unit_id"], UnitRole(old["role"]))
        self._lead_again()
        return None

    def _add_part(self, unit_id: int, role: UnitRole) -> None:
        session = self.ctx.session
        mine = KeyTaskUnit.key_task_id == self.task.id, KeyTaskUnit.role == role
        if session.scalar(select(KeyTaskUnit.id).where(*mine, KeyTaskUnit.unit_id == unit_id)) is not None:
            return
        last = session.scalar(select(func.max(KeyTaskUnit.position)).where(*mine)) or 0
        if role is UnitRole.RESPONSIBLE:  # numbers of items are made of it, and none is given twice
            made = select(func.count()).where(WorkItem.key_task_id == self.task.id)
            last = max(last, session.scalar(made) or 0)
        part = KeyTaskUnit(key_task_id=self.task.id, unit_id=unit_id, role=role, position=last + 1)
        session.add(part)
        session.flush()
        if role is not UnitRole.RESPONSIBLE:
            self._tell_part(unit_id, role, gained=True)
        elif self.task.state == KeyTaskState.RUNNING:
            dispatch.make_items(self.ctx, self.task, [part])

    def _remove_part(self, unit_id: int, role: UnitRole) -> None:
        part = self.ctx.session.scalar(
            select(KeyTaskUnit).where(
                KeyTaskUnit.key_task_id == self.task.id,
                KeyTaskUnit.role == role,
                KeyTaskUnit.unit_id == unit_id,
            )
        )
        if part is not None:
            self.ctx.session.delete(part)
            self.ctx.session.flush()
            if role is not UnitRole.RESPONSIBLE:
                self._tell_part(unit_id, role, gained=False)

    def _lead_again(self) -> None:
        leads = select(KeyTaskUnit.unit_id).where(
            KeyTaskUnit.key_task_id == self.task.id, KeyTaskUnit.role == UnitRole.LEAD
        )
        listed = self.ctx.session.scalars(leads.order_by(KeyTaskUnit.position)).all()
        if self.task.review_unit_id in listed:
            self.task.lead_unit_id = self.task.review_unit_id
        elif self.task.lead_unit_id not in listed:
            self.task.lead_unit_id = next(iter(listed), None)

    def _set_reviewer(self, change: AmendmentChange) -> str | None:
        """Another unit reviews and sums up: also what lies with the old one."""
        unit_id = (change.new or {})["unit_id"]
        owing = {part.unit_id for part in key_tasks.responsible_units(self.ctx, self.task.id)}
        if any(self._reviewer_of(unit, unit_id) is None for unit in owing):
            return comparison.NO_REVIEWER
        self.task.review_unit_id = unit_id
        self._lead_again()
        process.hand_over(self.ctx, ("key_task", self.task.id), {"lead_unit_id": unit_id})
        for item in self._under_way():
            reviewer = self._reviewer_of(item.unit_id)
            if reviewer is not None and reviewer != item.review_unit_id:
                work_items.hand_over(self.ctx, item, reviewer)
                self._note(item, {"change": "reviewer", "unit_id": reviewer})
                change.touched += 1
        return None

    def _reviewer_of(self, unit_id: int, review_unit_id: int | None = None) -> int | None:
        above = key_tasks.above_office(self.ctx, self.task)
        return rules.reviewer(
            unit_id, review_unit_id or self.task.review_unit_id, self.task.office_unit_id, above
        )

    def _under_way(self) -> list[WorkItem]:
        return [item for item in self.items.values() if item.state in WORKING]

    def _finished(self, change: AmendmentChange) -> int:
        unit_id = (change.old or {}).get("unit_id")
        return sum(
            item.state not in WORKING for item in self.items.values() if unit_id in (None, item.unit_id)
        )

    # Who is told.

    def _note(self, item: WorkItem, *told: dict[str, Any]) -> None:
        self.news.setdefault(item.unit_id, []).extend(told)

    def _tell(self, done: Sequence[AmendmentChange]) -> None:
        ctx, named = self.ctx, document(self.plan)
        for unit_id, told in self.news.items():
            item = self.items[unit_id]
            subject = ("work_item", item.id)
            audit.record(
                ctx, work_items.stream(item.id), "work_item.amended", subject, document=named,
                reason=self.reason, changes=told,
            )  # fmt: skip
            outbox.publish(ctx, "work_item.amended", subject, document=named, changes=told)
        if self.task.state != KeyTaskState.CANCELLED:
            kinds = [change.kind for change in done]
            outbox.publish(ctx, "key_task.amended", ("key_task", self.task.id), document=named, kinds=kinds)

    def _tell_part(self, unit_id: int, role: UnitRole, *, gained: bool) -> None:
        fact = "key_task.part_given" if gained else "key_task.part_taken"
        outbox.publish(
            self.ctx,
            fact,
            ("key_task", self.task.id),
            unit_id=unit_id,
            role=role,
            document=document(self.plan),
        )
