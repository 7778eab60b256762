"""Reads: the requests about a work item, one request, what waits for a decision, and the ledger of what is suspended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import aliased

from engine import permissions
from engine.campaigns.models import Obligation, WorkItem
from engine.change_requests import rules
from engine.change_requests.models import (
    UNDECIDED,
    ChangeRequest,
    ChangeRequestOpinion,
    RequestKind,
    RequestState,
)
from engine.clock import local_date
from engine.context import Context, Role
from engine.deadlines import Deadline, queries
from engine.errors import NotFound
from engine.extensions.models import Extension, Verdict
from engine.extensions.queries import deadline_of
from engine.extensions.steps import limit_kind
from engine.organisation.models import Unit
from engine.organisation.queries import units_by_id
from engine.permissions import Permission


@dataclass(frozen=True)
class RequestDetail:
    """One request with what it is about. ``deadline`` is that of whom it lies with, if they have one."""

    request: ChangeRequest
    opinions: Sequence[ChangeRequestOpinion]
    item: WorkItem
    obligation: Obligation | None
    units: Mapping[int, Unit]  #: of the item and of a transfer, by id
    deadline: Deadline | None


@dataclass(frozen=True)
class Asking:
    """What one may ask for about an item: the kinds, the reports of a pause, the units of a transfer."""

    item: WorkItem
    by_office: bool
    kinds: Sequence[RequestKind]
    to_pause: Sequence[Obligation]
    to_resume: Sequence[Obligation]
    units: Sequence[Unit]
    has_undecided: bool


@dataclass(frozen=True)
class Waiting:
    """An application or a request that nobody has decided yet."""

    asked: Extension | ChangeRequest
    item: WorkItem
    unit: Unit
    obligation: Obligation | None
    #: When whom it lies with have to decide; None while it lies with the unit.
    deadline: Deadline | None

    @property
    def subject_type(self) -> str:
        return self.asked.__tablename__

    @property
    def kind(self) -> str:
        return "extension" if isinstance(self.asked, Extension) else self.asked.kind

    # The place of the row in its list.

    @property
    def applied_at(self) -> datetime:
        return self.asked.applied_at

    @property
    def id(self) -> int:
        return self.asked.work_item_id


@dataclass(frozen=True)
class Origin:
    """The transfer by which an item came to its unit, and the unit that had it before."""

    request: ChangeRequest
    unit: Unit


@dataclass(frozen=True)
class Suspended:
    """A line of the ledger 挂账台账: ``request`` is the one by which it was suspended."""

    item: WorkItem
    unit: Unit
    request: ChangeRequest
    approved_by: str
    is_due: bool  #: the day of its review has come


def of_work_item(ctx: Context, work_item_id: int) -> Sequence[ChangeRequest]:
    """The requests that the actor may read, newest first."""
    query = permissions.narrow(ctx, Permission.CHANGE_REQUEST_READ, ChangeRequest, select(ChangeRequest))
    return ctx.session.scalars(
        query.where(ChangeRequest.work_item_id == work_item_id).order_by(ChangeRequest.id.desc())
    ).all()


def origin(ctx: Context, work_item_id: int) -> Origin | None:
    """The transfer by which the item came to its unit; None for one that began there."""
    found = (
        select(ChangeRequest, Unit)
        .join(WorkItem, WorkItem.id == ChangeRequest.work_item_id)
        .join(Unit, Unit.id == WorkItem.unit_id)
        .where(ChangeRequest.new_work_item_id == work_item_id)
    )
    row = ctx.session.execute(found).first()
    return Origin(row[0], row[1]) if row is not None else None


def request_detail(ctx: Context, change_request_id: int) -> RequestDetail:
    """One request for its page. Raises NotFound, AccessDenied."""
    request = permissions.find(
        ctx, Permission.CHANGE_REQUEST_READ, ChangeRequest, change_request_id, lock=False
    )
    session = ctx.session
    opinions = session.scalars(
        select(ChangeRequestOpinion)
        .where(ChangeRequestOpinion.change_request_id == request.id)
        .order_by(ChangeRequestOpinion.id)
    ).all()
    item = session.get_one(WorkItem, request.work_item_id)
    obligation = session.get_one(Obligation, request.obligation_id) if request.obligation_id else None
    units = units_by_id(session, {item.unit_id, item.office_unit_id, request.to_unit_id or item.unit_id})
    kind = limit_kind("change_request", request.state)
    deadline = queries.latest(session, ("change_request", request.id), kind) if kind else None
    return RequestDetail(request, opinions, item, obligation, units, deadline)


def asking(ctx: Context, work_item_id: int) -> Asking:
    """For the form. Raises NotFound, AccessDenied."""
    item = permissions.find(ctx, Permission.CHANGE_REQUEST_ASK, WorkItem, work_item_id, lock=False)
    session, now = ctx.session, ctx.clock.now()
    by_office = item.unit_id not in ctx.actor.units(Role.REPORTER, Role.HEAD)
    reports = session.scalars(
        select(Obligation).where(Obligation.work_item_id == item.id).order_by(Obligation.position)
    ).all()
    found: dict[RequestKind, list[Obligation]] = {kind: [] for kind in rules.OF_REPORTS}
    for report in reports:
        deadline = deadline_of(session, report.id)
        for kind in rules.OF_REPORTS:
            if rules.has_place(kind, item, report, deadline, now):
                found[kind].append(report)
    kinds = [
        kind
        for kind in RequestKind
        if (found[kind] if kind in rules.OF_REPORTS else rules.has_place(kind, item, None, None, now))
    ]
    undecided = select(ChangeRequest.id).where(
        ChangeRequest.work_item_id == item.id,
        ChangeRequest.by_office == by_office,
        ChangeRequest.state.in_(UNDECIDED),
    )
    return Asking(
        item, by_office, kinds, found[RequestKind.PAUSE], found[RequestKind.RESUME],
        _targets(ctx, item) if RequestKind.TRANSFER in kinds else (),
        session.scalar(undecided.limit(1)) is not None,
    )  # fmt: skip


def targets(ctx: Context, request: ChangeRequest) -> Sequence[Unit]:
    """The units that an item can be transferred to."""
    return _targets(ctx, ctx.session.get_one(WorkItem, request.work_item_id))


def _targets(ctx: Context, item: WorkItem) -> Sequence[Unit]:
    """Units of today without a live item of the same key task, in pinyin order."""
    today = local_date(ctx.clock.now())
    theirs = select(WorkItem.unit_id).where(
        WorkItem.key_task_id == item.key_task_id, WorkItem.state != "cancelled"
    )
    return ctx.session.scalars(
        select(Unit)
        .where(
            Unit.effective_from <= today,
            (Unit.effective_to.is_(None)) | (Unit.effective_to > today),
            Unit.id.not_in(theirs),
            Unit.id != item.unit_id,
        )
        .order_by(Unit.pinyin_key, Unit.id)
    ).all()


def waiting(ctx: Context, *, after: tuple[datetime, int] | None = None, limit: int = 50) -> Sequence[Waiting]:
    """Applications and requests that are not decided and that the actor may read, oldest first.

    ``after`` is the (applied_at, work item id) of the last one seen. Five statements.
    """
    session = ctx.session
    found: list[Extension | ChangeRequest] = []
    for model, permission in (
        (Extension, Permission.EXTENSION_READ),
        (ChangeRequest, Permission.CHANGE_REQUEST_READ),
    ):
        query = permissions.narrow(ctx, permission, model, select(model)).where(model.state.in_(UNDECIDED))
        place = tuple_(model.applied_at, model.work_item_id)
        if after is not None:
            query = query.where(place > after)
        found += session.scalars(query.order_by(model.applied_at, model.work_item_id).limit(limit)).all()
    found.sort(key=lambda one: (one.applied_at, one.work_item_id))
    found = found[:limit]
    items = {
        item.id: item
        for item in session.scalars(select(WorkItem).where(WorkItem.id.in_({f.work_item_id for f in found})))
    }
    units = units_by_id(session, {item.unit_id for item in items.values()})
    ids = {one.obligation_id for one in found if one.obligation_id is not None}
    reports = {o.id: o for o in session.scalars(select(Obligation).where(Obligation.id.in_(ids)))}
    due = _limits(ctx, found)
    return [
        Waiting(
            one, items[one.work_item_id], units[items[one.work_item_id].unit_id],
            reports.get(one.obligation_id or 0), due.get((type(one).__tablename__, one.id)),
        )
        for one in found
    ]  # fmt: skip


def _limits(ctx: Context, found: Sequence[Extension | ChangeRequest]) -> dict[tuple[str, int], Deadline]:
    due: dict[tuple[str, int], Deadline] = {}
    for model in (Extension, ChangeRequest):
        ids = [one.id for one in found if isinstance(one, model)]
        own = Deadline.subject_type == model.__tablename__
        live = Deadline.state.in_(("open", "passed"))
        for row in ctx.session.scalars(select(Deadline).where(own, Deadline.subject_id.in_(ids), live)):
            due[model.__tablename__, row.subject_id] = row
    return due


def ledger(ctx: Context, *, after: int | None = None, limit: int = 50) -> Sequence[Suspended]:
    """挂账台账: what stands still, of the items that the actor may read; ``after`` is the id of the last item seen."""
    later = aliased(ChangeRequest)
    newest = (
        select(later.id)
        .where(
            later.work_item_id == WorkItem.id,
            later.kind == RequestKind.SUSPEND,
            later.state == RequestState.GRANTED,
        )
        .order_by(later.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(WorkItem, Unit, ChangeRequest)
        .join(Unit, Unit.id == WorkItem.unit_id)
        .join(ChangeRequest, ChangeRequest.id == newest)
        .where(WorkItem.suspended_at.is_not(None))
    )
    query = query.where(permissions.expression(ctx, Permission.WORK_ITEM_READ, WorkItem))
    if after is not None:
        query = query.where(WorkItem.id > after)
    rows = ctx.session.execute(query.order_by(WorkItem.id).limit(limit)).all()
    agreed = (
        select(ChangeRequestOpinion)
        .where(
            ChangeRequestOpinion.change_request_id.in_([request.id for _, _, request in rows]),
            ChangeRequestOpinion.verdict == Verdict.AGREED,
        )
        .order_by(ChangeRequestOpinion.id)
    )
    by = {said.change_request_id: said.given_by_name for said in ctx.session.scalars(agreed)}
    today = local_date(ctx.clock.now())
    return [
        Suspended(
            item, unit, request, by.get(request.id, ""),
            request.review_on is not None and request.review_on <= today,
        )
        for item, unit, request in rows
    ]  # fmt: skip


def suspension(ctx: Context, work_item_id: int) -> ChangeRequest:
    """The request by which an item that stands still was suspended."""
    found = (
        select(ChangeRequest)
        .where(
            ChangeRequest.work_item_id == work_item_id,
            ChangeRequest.kind == RequestKind.SUSPEND,
            ChangeRequest.state == RequestState.GRANTED,
        )
        .order_by(ChangeRequest.id.desc())
    )
    row = ctx.session.scalars(found.limit(1)).first()
    if row is None:
        raise NotFound()
    return row
