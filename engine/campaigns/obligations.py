"""What a unit reports on: obligations are opened from the key task's limits, fall overdue, are accepted.

The clock of an obligation is the unit's own: it stops when the head signs off, and a return sets it going
again with the date that it had. What is handed in belongs to evidence, its judgement to reviews.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select

from engine import audit, deadlines, outbox, permissions, process, queue, working_days
from engine.campaigns import rules, standstill
from engine.campaigns.models import (
    KeyTaskLimit,
    LimitKind,
    Obligation,
    ObligationKind,
    ObligationState,
    WorkItem,
    WorkItemState,
)
from engine.campaigns.rules import Duty, Limit
from engine.campaigns.work_items import (
    SETTLE_TOPIC,
    drop,
    lock_obligations,
    on_deadline_changed,
    stream,
    urged_since,
)
from engine.clock import local_date
from engine.context import Context
from engine.deadlines import Basis, Deadline, Fact
from engine.deadlines.service import Opening
from engine.errors import InvalidInput
from engine.permissions import Permission
from engine.texts import N_
from engine.working_days import WorkingCalendar

DUE = "obligation.due"


def record_event(ctx: Context, work_item_id: int, *, limit_id: int, title: str, on: date) -> Obligation:
    """The unit enters a record, such as a decision made on a day, that brings about a report of its own.

    It is due by the limit of the record's class, counted from ``on``.
    """
    item = permissions.find(ctx, Permission.WORK_ITEM_RECORD_EVENT, WorkItem, work_item_id)
    rules.check_state(item.state, WorkItemState.IN_PROGRESS)
    if on > local_date(ctx.clock.now()):
        raise InvalidInput("obligations.event_ahead", "事项发生日期不得晚于今天", field="on")
    limit = next((one for one in _limits(ctx, item.key_task_id) if one.id == limit_id), None)
    if limit is None or limit.kind != LimitKind.EVENT:
        raise InvalidInput("obligations.no_event_limit", "该重点任务没有这项按次计算的时限", field="limit_id")
    name = rules.text_of(title, field="title", missing=N_("请填写事项名称"))[:200]
    duty = rules.event_duty(limit, name, on, working_days.load_of(ctx.session, item.unit_id))
    known = select(Obligation.id).where(
        Obligation.work_item_id == item.id, Obligation.limit_id == limit.id, Obligation.title == name,
        Obligation.state != ObligationState.CANCELLED,
    )  # fmt: skip
    if ctx.session.scalar(known.limit(1)) is not None:
        raise InvalidInput("obligations.event_known", "“{title}”已经登记过", field="title", title=name)
    last = ctx.session.scalar(select(func.max(Obligation.position)).where(Obligation.work_item_id == item.id))
    (obligation,) = _open(ctx, item, [duty], after=last or 0)
    audit.record(
        ctx, stream(item.id), "obligation.event_recorded", ("obligation", obligation.id), title=name, on=on
    )
    outbox.publish(ctx, "obligation.event_recorded", ("obligation", obligation.id), work_item_id=item.id)
    return obligation


def open_all(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator of the work item's process: open its obligations, soonest due first, each with a process."""
    item = ctx.session.get_one(WorkItem, subject[1])
    limits = _limits(ctx, item.key_task_id)
    calendar = working_days.load_of(ctx.session, item.unit_id)
    duties = rules.duties(limits, local_date(item.assigned_at), calendar)
    opened = _open(ctx, item, duties)
    audit.record(
        ctx, stream(item.id), "work_item.obligations_opened", subject,
        obligations=[[o.id, o.title] for o in opened],
    )  # fmt: skip


def follow_limits(
    ctx: Context, item: WorkItem, moved: Collection[int], since: Mapping[int, date], reason: str
) -> list[dict[str, Any]]:
    """An amended plan has changed limits: what the unit still has to report follows. ``item`` is locked.

    ``moved`` are the ids of the limits that have another date, were added or taken back; a cadence follows a moved
    end as well. ``since`` says from which day an added limit counts. What is handed in, accepted or over stays as it
    is; a date that would lie behind is not set. Returns what the unit is told, see `notifications`.
    """
    if item.state != WorkItemState.IN_PROGRESS or item.settled_at is not None:
        return []
    today, calendar = local_date(ctx.clock.now()), working_days.load_of(ctx.session, item.unit_id)
    limits = {limit.id: limit for limit in _limits(ctx, item.key_task_id)}
    final = next(limit for limit in limits.values() if limit.kind == LimitKind.FINAL)
    assigned_on = local_date(item.assigned_at)
    (ending,) = rules.duties_of(final, since.get(final.id or 0, assigned_on), date.max, calendar)
    spanned = {id for id, limit in limits.items() if limit.kind == LimitKind.CADENCE and final.id in moved}
    wanted = {
        (id, duty.period, duty.ordinal): duty
        for id, limit in limits.items()
        if id in moved or id in spanned
        for duty in rules.duties_of(limit, since.get(id or 0, assigned_on), ending.due_on, calendar)
    }
    told: list[dict[str, Any]] = []
    gone: list[Obligation] = []
    obligations = lock_obligations(ctx, item.id)
    for o in obligations:
        if o.state == ObligationState.CANCELLED or o.limit_id not in {*moved, *spanned}:
            continue
        event = o.kind == ObligationKind.EVENT and o.limit_id in limits
        duty = (
            _event_again(ctx, o, limits[o.limit_id], calendar)
            if event
            else wanted.pop((o.limit_id, _period(o), o.ordinal), None)
        )
        if duty is None:
            is_over = o.period_end is not None and o.period_end < today
            if o.state == ObligationState.OPEN and not is_over:
                gone.append(o)
            continue
        follows = o.limit_id in moved or o.ordinal is not None  # a count is owed by the moved end
        if o.state != ObligationState.ACCEPTED and follows and duty.due_on >= today:
            told += _give_date(ctx, o, duty, reason)
    told += [{"change": "report_dropped", "what": o.title} for o in gone]
    drop(ctx, gone)
    ahead = sorted((d for d in wanted.values() if d.due_on >= today), key=lambda d: d.due_on)
    _open(ctx, item, ahead, after=max((o.position for o in obligations), default=0))
    told += [{"change": "report_added", "what": d.title, "new": d.due_on.isoformat()} for d in ahead]
    return told


def _period(obligation: Obligation) -> tuple[date, date] | None:
    first, last = obligation.period_start, obligation.period_end
    return (first, last) if first is not None and last is not None else None


def _event_again(ctx: Context, obligation: Obligation, limit: Limit, calendar: WorkingCalendar) -> Duty:
    basis = ctx.session.scalars(
        select(Deadline.basis)
        .where(
            Deadline.subject_type == "obligation", Deadline.subject_id == obligation.id, Deadline.kind == DUE
        )
        .order_by(Deadline.id.desc())
        .limit(1)
    ).one()
    on = date.fromisoformat(basis["on"])
    return rules.event_duty(limit, obligation.title, on, calendar)


def _give_date(ctx: Context, obligation: Obligation, duty: Duty, reason: str) -> list[dict[str, Any]]:
    had = deadlines.amend(ctx, ("obligation", obligation.id), DUE, duty.basis, reason)
    told = {"change": "date_moved", "what": obligation.title, "new": duty.due_on.isoformat()}
    obligation.title, obligation.earliest_on = duty.title, duty.earliest_on
    return [told | {"old": had.isoformat()}] if had is not None else []


def accept(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: the review has approved. Whether the item is done is asked in the item's own transaction."""
    obligation = ctx.session.get_one(Obligation, subject[1])
    obligation.state, obligation.accepted_at = ObligationState.ACCEPTED, ctx.clock.now()
    queue.put(ctx, SETTLE_TOPIC, f"{SETTLE_TOPIC}:{obligation.id}", {"work_item_id": obligation.work_item_id})


def mark_overdue(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: the limit has passed without the head's signature. Marked once, whatever comes later."""
    obligation = ctx.session.get_one(Obligation, subject[1])
    if obligation.overdue_at is None:
        obligation.overdue_at = ctx.clock.now()
        audit.record(
            ctx, stream(obligation.work_item_id), "obligation.fell_overdue", subject, round=obligation.round
        )


def lock(ctx: Context, obligation_id: int) -> Obligation:
    return ctx.session.scalars(
        select(Obligation)
        .where(Obligation.id == obligation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _limits(ctx: Context, key_task_id: int) -> list[Limit]:
    rows = ctx.session.scalars(
        select(KeyTaskLimit)
        .where(KeyTaskLimit.key_task_id == key_task_id, KeyTaskLimit.withdrawn_at.is_(None))
        .order_by(KeyTaskLimit.id)
    )
    return [Limit(LimitKind(row.kind), row.basis, row.title, row.id) for row in rows]


def _open(ctx: Context, item: WorkItem, duties: Sequence[Duty], after: int = 0) -> list[Obligation]:
    opened = [
        Obligation(
            work_item_id=item.id, limit_id=duty.limit_id, position=position, kind=duty.kind, title=duty.title,
            period_start=duty.period and duty.period[0], period_end=duty.period and duty.period[1],
            ordinal=duty.ordinal, earliest_on=duty.earliest_on,
            state=ObligationState.OPEN, round=0,
        )
        for position, duty in enumerate(duties, after + 1)
    ]  # fmt: skip
    ctx.session.add_all(opened)
    ctx.session.flush()
    deadlines.open_many(
        ctx,
        [
            Opening(("obligation", o.id), DUE, duty.basis, item.unit_id, stream(item.id))
            for o, duty in zip(opened, duties, strict=True)
        ],
    )
    if item.suspended_at is not None:
        standstill.keep(ctx, item.id)
    for obligation in opened:
        process.start(
            ctx, "obligation", ("obligation", obligation.id), work_item_id=item.id,
            variables={
                "responsible_unit_id": item.unit_id, "review_unit_id": item.review_unit_id,
                "signed": False, "approved": False,
            },
        )  # fmt: skip
    return opened


def _on_passed(ctx: Context, deadline: Deadline) -> None:
    """The diagram hears of it where a timer waits; a report signed late before any sweep is marked too."""
    process.fire_deadline(ctx, deadline.subject, deadline.kind)
    if deadline.kind == DUE:
        mark_overdue(ctx, deadline.subject)


def _on_changed(ctx: Context, deadline: Deadline) -> None:
    """By a changed calendar a limit may not have gone by after all: then the report is not marked any more. A lower
    bound follows the calendar as well."""
    on_deadline_changed(ctx, deadline)
    if deadline.kind != DUE:
        return
    obligation, basis = ctx.session.get_one(Obligation, deadline.subject_id), Basis.from_dict(deadline.basis)
    if deadline.passed_at is None:
        obligation.overdue_at = None
    if basis.at_least is not None:
        obligation.earliest_on = basis.earliest_on(working_days.load_of(ctx.session, deadline.unit_id))


def _submitted(ctx: Context, deadline: Deadline) -> bool:
    return ctx.session.get_one(Obligation, deadline.subject_id).state == ObligationState.SUBMITTED


def _final(ctx: Context, deadline: Deadline) -> bool:
    return ctx.session.get_one(Obligation, deadline.subject_id).kind == ObligationKind.FINAL


def _milestone(ctx: Context, deadline: Deadline) -> bool:
    return ctx.session.get_one(Obligation, deadline.subject_id).kind == ObligationKind.MILESTONE


def _urged(ctx: Context, deadline: Deadline) -> bool:
    obligation = ctx.session.get_one(Obligation, deadline.subject_id)
    return urged_since(ctx, obligation.work_item_id, deadline)


for _fact, _ask in (
    (Fact.SUBMITTED, _submitted),
    (Fact.FINAL, _final),
    (Fact.MILESTONE, _milestone),
    (Fact.URGED, _urged),
):
    deadlines.register_fact("obligation", _fact, _ask)
deadlines.register_subject(
    "obligation", lock=lock, on_passed=_on_passed, on_changed=_on_changed, model=Obligation
)
