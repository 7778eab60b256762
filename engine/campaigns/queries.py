"""Reads for pages: campaigns, the matrix of key tasks and units, lists of work items, one work item."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, union_all
from sqlalchemy.orm import Session

from engine import audit, permissions, working_days
from engine.campaigns.models import (
    Campaign,
    KeyTask,
    KeyTaskLimit,
    KeyTaskUnit,
    LimitKind,
    Obligation,
    ObligationState,
    UnitRole,
    WorkItem,
    WorkItemFile,
    WorkItemState,
)
from engine.campaigns.work_items import stream
from engine.context import Context
from engine.deadlines import Colour, Deadline, DeadlineState, Light, light, scheme
from engine.deadlines.models import LIVE
from engine.errors import NotFound
from engine.files import File
from engine.organisation.models import Unit
from engine.organisation.queries import units_by_id
from engine.permissions import Permission


@dataclass(frozen=True)
class Owed:
    """What a work item owes next: the earliest limit of its unit that is live, and its light."""

    deadline_id: int
    due_on: date
    light: Light
    provisional: bool


@dataclass(frozen=True)
class Cell:
    """One work item in the matrix."""

    work_item_id: int
    number: str
    state: WorkItemState
    owed: Owed | None  #: None when the unit owes nothing at present
    accepted: int  #: reports accepted
    total: int  #: reports asked for, without those that fell away
    overdue: int  #: reports that are or were late
    is_suspended: bool = False  #: 挂账: all its clocks stand still

    @property
    def colour(self) -> Colour:
        return self.owed.light.colour if self.owed else Colour.GREY


@dataclass(frozen=True)
class MatrixRow:
    key_task: KeyTask
    cells: Mapping[int, Cell]  #: by unit id

    @property
    def colours(self) -> Counter[Colour]:
        return Counter(cell.colour for cell in self.cells.values())


@dataclass(frozen=True)
class Matrix:
    """Key tasks against responsible units, in the order of their numbers and of the units' pinyin."""

    campaign: Campaign
    units: Sequence[Unit]
    rows: Sequence[MatrixRow]

    @property
    def colours(self) -> Counter[Colour]:
        return sum((row.colours for row in self.rows), Counter())


@dataclass(frozen=True)
class KeyTaskRow:
    """A key task with its units by role, in the document's order, and its work items counted by state."""

    key_task: KeyTask
    units: Mapping[UnitRole, Sequence[Unit]]
    items: Mapping[WorkItemState, int]
    limits: Sequence[KeyTaskLimit]


@dataclass(frozen=True)
class WorkItemRow:
    item: WorkItem
    unit: Unit
    owed: Owed | None


@dataclass(frozen=True)
class ObligationRow:
    """An obligation with its own deadline and, while it is under review, the reviewer's."""

    obligation: Obligation
    deadline: Deadline
    light: Light
    review_deadline: Deadline | None


@dataclass(frozen=True)
class WorkItemPage:
    """Everything about one work item that campaigns know; evidence and reviews add theirs by obligation."""

    item: WorkItem
    key_task: KeyTask
    campaign: Campaign
    units: Mapping[int, Unit]  #: every unit that the page names, by id
    roles: Mapping[UnitRole, Sequence[Unit]]  #: of the key task
    obligations: Sequence[ObligationRow]
    deadlines: Sequence[Deadline]  #: of the item itself: acknowledge, plan, sampling
    plan_files: Sequence[WorkItemFile]
    history: Sequence[audit.AuditEntry] = field(repr=False)  #: newest first


def campaigns(ctx: Context, *, after: int | None = None, limit: int = 50) -> Sequence[Campaign]:
    """Campaigns that the actor may read, newest first; ``after`` is the id of the last one seen."""
    query = permissions.narrow(ctx, Permission.CAMPAIGN_READ, Campaign, select(Campaign))
    if after is not None:
        query = query.where(Campaign.id < after)
    return ctx.session.scalars(query.order_by(Campaign.id.desc()).limit(limit)).all()


def key_tasks(ctx: Context, campaign_id: int) -> list[KeyTaskRow]:
    """The key tasks of a campaign that the actor may read, by number. Four statements."""
    query = permissions.narrow(ctx, Permission.KEY_TASK_READ, KeyTask, select(KeyTask))
    found = ctx.session.scalars(
        query.where(KeyTask.campaign_id == campaign_id).order_by(KeyTask.number)
    ).all()
    return _key_task_rows(ctx, found)


def key_task_row(ctx: Context, key_task_id: int) -> KeyTaskRow:
    """One of them. Raises NotFound, AccessDenied. Four statements."""
    found = permissions.find(ctx, Permission.KEY_TASK_READ, KeyTask, key_task_id, lock=False)
    return _key_task_rows(ctx, [found])[0]


def _key_task_rows(ctx: Context, found: Sequence[KeyTask]) -> list[KeyTaskRow]:
    ids = [key_task.id for key_task in found]
    roles = _roles(ctx.session, ids)
    counts: dict[int, dict[WorkItemState, int]] = {id: {} for id in ids}
    counted = select(WorkItem.key_task_id, WorkItem.state, func.count()).where(WorkItem.key_task_id.in_(ids))
    for id, state, count in ctx.session.execute(counted.group_by(WorkItem.key_task_id, WorkItem.state)):
        counts[id][WorkItemState(state)] = count
    limits: dict[int, list[KeyTaskLimit]] = {id: [] for id in ids}
    stored = select(KeyTaskLimit).where(
        KeyTaskLimit.key_task_id.in_(ids), KeyTaskLimit.withdrawn_at.is_(None)
    )
    for one in ctx.session.scalars(stored.order_by(KeyTaskLimit.id)):
        limits[one.key_task_id].append(one)
    return [KeyTaskRow(k, roles.get(k.id, {}), counts[k.id], limits[k.id]) for k in found]


def matrix(ctx: Context, campaign_id: int) -> Matrix:
    """The campaign at a glance, whatever its size in six statements. Raises NotFound, AccessDenied."""
    campaign = permissions.find(ctx, Permission.CAMPAIGN_READ, Campaign, campaign_id, lock=False)
    tasks = ctx.session.scalars(
        permissions.narrow(ctx, Permission.KEY_TASK_READ, KeyTask, select(KeyTask))
        .where(KeyTask.campaign_id == campaign_id)
        .order_by(KeyTask.number)
    ).all()
    items = ctx.session.scalars(
        permissions.narrow(ctx, Permission.WORK_ITEM_READ, WorkItem, select(WorkItem))
        .where(WorkItem.campaign_id == campaign_id)
        .order_by(WorkItem.id)  # a unit that came back has its newest item shown
    ).all()
    within = WorkItem.campaign_id == campaign_id
    owed = _owed(ctx, select(WorkItem.id).where(within))
    counts = {
        id: (accepted or 0, total, overdue or 0)
        for id, accepted, total, overdue in ctx.session.execute(
            select(
                Obligation.work_item_id,
                func.sum(case((Obligation.state == ObligationState.ACCEPTED, 1), else_=0)),
                func.count(),
                func.sum(case((Obligation.overdue_at.is_not(None), 1), else_=0)),
            )
            .join(WorkItem, WorkItem.id == Obligation.work_item_id)
            .where(within, Obligation.state != ObligationState.CANCELLED)
            .group_by(Obligation.work_item_id)
        )
    }
    rows: dict[int, dict[int, Cell]] = {key_task.id: {} for key_task in tasks}
    for item in items:
        accepted, total, overdue = counts.get(item.id, (0, 0, 0))
        rows.setdefault(item.key_task_id, {})[item.unit_id] = Cell(
            item.id, item.number, WorkItemState(item.state), owed.get(item.id), accepted, total, overdue,
            item.suspended_at is not None,
        )  # fmt: skip
    units = units_by_id(ctx.session, (item.unit_id for item in items))
    return Matrix(
        campaign,
        sorted(units.values(), key=lambda unit: (unit.pinyin_key, unit.id)),
        [MatrixRow(key_task, rows[key_task.id]) for key_task in tasks],
    )


def work_items(
    ctx: Context,
    *,
    campaign_id: int | None = None,
    key_task_id: int | None = None,
    unit_id: int | None = None,
    states: Iterable[WorkItemState] = (),
    where: Sequence[ColumnElement[bool]] = (),
    after: int | None = None,
    limit: int = 50,
) -> list[WorkItemRow]:
    """Work items that the actor may read, oldest first; ``after`` is the id of the last one seen.

    ``where``: what an idea further up asks of them besides.
    """
    allowed = permissions.expression(ctx, Permission.WORK_ITEM_READ, WorkItem)
    query = select(WorkItem, Unit).join(Unit, Unit.id == WorkItem.unit_id).where(allowed, *where)
    for column, value in (
        (WorkItem.campaign_id, campaign_id),
        (WorkItem.key_task_id, key_task_id),
        (WorkItem.unit_id, unit_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted := list(states):
        query = query.where(WorkItem.state.in_(wanted))
    if after is not None:
        query = query.where(WorkItem.id > after)
    found = ctx.session.execute(query.order_by(WorkItem.id).limit(limit)).all()
    owed = _owed(ctx, [item.id for item, _ in found]) if found else {}
    return [WorkItemRow(item, unit, owed.get(item.id)) for item, unit in found]


def work_item_page(ctx: Context, work_item_id: int) -> WorkItemPage:
    """One work item with all that the page shows. Raises NotFound, AccessDenied. Nine statements."""
    item = permissions.find(ctx, Permission.WORK_ITEM_READ, WorkItem, work_item_id, lock=False)
    key_task, campaign = ctx.session.execute(
        select(KeyTask, Campaign).join(Campaign).where(KeyTask.id == item.key_task_id)
    ).one()
    obligations = ctx.session.scalars(
        select(Obligation).where(Obligation.work_item_id == item.id).order_by(Obligation.position)
    ).all()
    own = and_(Deadline.subject_type == "work_item", Deadline.subject_id == item.id)
    theirs = and_(Deadline.subject_type == "obligation", Deadline.subject_id.in_([o.id for o in obligations]))
    deadlines = ctx.session.scalars(select(Deadline).where(or_(own, theirs)).order_by(Deadline.id)).all()
    newest = {(d.subject_type, d.subject_id, d.kind): d for d in deadlines}
    now, calendar, meaning = ctx.clock.now(), working_days.load(ctx.session), scheme(ctx.session)
    rows = []
    for o in obligations:
        due = newest["obligation", o.id, "obligation.due"]
        review = newest.get(("obligation", o.id, "review.due"))
        live = review if review is not None and review.state in LIVE else None
        rows.append(ObligationRow(o, due, light(due, now, calendar, meaning), live))
    roles = _roles(ctx.session, [key_task.id]).get(key_task.id, {})
    named = {item.unit_id, item.review_unit_id, item.office_unit_id, key_task.review_unit_id}
    return WorkItemPage(
        item=item,
        key_task=key_task,
        campaign=campaign,
        units=units_by_id(ctx.session, named),
        roles=roles,
        obligations=rows,
        deadlines=[d for d in deadlines if d.subject_type == "work_item"],
        plan_files=ctx.session.scalars(
            select(WorkItemFile).where(WorkItemFile.work_item_id == item.id).order_by(WorkItemFile.id)
        ).all(),
        history=audit.history(ctx.session, stream(item.id)),
    )


def event_limits(ctx: Context, item: WorkItem) -> Sequence[KeyTaskLimit]:
    """The limits of an item's key task that run for each record by itself."""
    query = select(KeyTaskLimit).where(
        KeyTaskLimit.key_task_id == item.key_task_id,
        KeyTaskLimit.kind == LimitKind.EVENT,
        KeyTaskLimit.withdrawn_at.is_(None),
    )
    return ctx.session.scalars(query.order_by(KeyTaskLimit.id)).all()


def takes_records(item: WorkItem) -> bool:
    """Whether records can be entered: while the unit works on it."""
    return item.state == WorkItemState.IN_PROGRESS


def plan_file(ctx: Context, work_item_id: int, file_id: int) -> tuple[WorkItemFile, File]:
    """One file of an implementation plan, decided by its item. Raises NotFound, AccessDenied."""
    item = permissions.find(ctx, Permission.WORK_ITEM_READ, WorkItem, work_item_id, lock=False)
    found = ctx.session.execute(
        select(WorkItemFile, File)
        .join(File, File.id == WorkItemFile.file_id)
        .where(WorkItemFile.work_item_id == item.id, WorkItemFile.file_id == file_id)
    ).one_or_none()
    if found is None:
        raise NotFound()
    row, file = found
    return row, file


def _roles(session: Session, key_task_ids: Sequence[int]) -> dict[int, dict[UnitRole, list[Unit]]]:
    found: dict[int, dict[UnitRole, list[Unit]]] = {}
    rows = session.execute(
        select(KeyTaskUnit.key_task_id, KeyTaskUnit.role, Unit)
        .join(Unit, Unit.id == KeyTaskUnit.unit_id)
        .where(KeyTaskUnit.key_task_id.in_(key_task_ids))
        .order_by(KeyTaskUnit.key_task_id, KeyTaskUnit.role, KeyTaskUnit.position)
    )
    for key_task_id, role, unit in rows:
        found.setdefault(key_task_id, {}).setdefault(UnitRole(role), []).append(unit)
    return found


def _owed(ctx: Context, item_ids: Select[int] | Sequence[int]) -> dict[int, Owed]:
    """The earliest live limit of each item's own unit: on the item itself or on one of its reports."""
    live = (
        Deadline.state.in_((DeadlineState.OPEN, DeadlineState.PASSED)),
        Deadline.unit_id == WorkItem.unit_id,
    )
    columns = (
        WorkItem.id.label("item_id"),
        Deadline.id.label("deadline_id"),
        Deadline.due_at.label("due_at"),
    )
    own = (
        select(*columns)
        .join(Deadline, and_(Deadline.subject_type == "work_item", Deadline.subject_id == WorkItem.id))
        .where(WorkItem.id.in_(item_ids), *live)
    )
    reports = (
        select(*columns)
        .join(Obligation, Obligation.work_item_id == WorkItem.id)
        .join(Deadline, and_(Deadline.subject_type == "obligation", Deadline.subject_id == Obligation.id))
        .where(WorkItem.id.in_(item_ids), *live)
    )
    every = union_all(own, reports).subquery()
    place = func.row_number().over(
        partition_by=every.c.item_id, order_by=(every.c.due_at, every.c.deadline_id)
    )
    ranked = select(every.c.item_id, every.c.deadline_id, place.label("place")).subquery()
    rows = ctx.session.execute(
        select(ranked.c.item_id, Deadline)
        .join(Deadline, Deadline.id == ranked.c.deadline_id)
        .where(ranked.c.place == 1)
    )
    now, calendar, meaning = ctx.clock.now(), working_days.load(ctx.session), scheme(ctx.session)
    return {id: Owed(d.id, d.due_on, light(d, now, calendar, meaning), d.provisional) for id, d in rows}
