"""Reads about urgings: what was urged and what followed, and which items one may urge."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from engine import permissions, working_days
from engine.campaigns import queries as campaigns
from engine.campaigns.models import Obligation, WorkItem, WorkItemState
from engine.campaigns.queries import WorkItemRow
from engine.clock import local_date
from engine.context import Context
from engine.deadlines import Deadline, DeadlineState
from engine.evidence.models import Submission
from engine.extensions.models import Extension
from engine.organisation.models import Unit
from engine.permissions import Permission
from engine.urging import rules
from engine.urging.models import Urging


class What(StrEnum):
    """What a unit did after it was urged."""

    ACKNOWLEDGED = "acknowledged"
    PLAN_FILED = "plan_filed"
    SUBMITTED = "submitted"
    EXTENSION_APPLIED = "extension_applied"
    CLOSED = "closed"
    CANCELLED = "cancelled"  #: the office withdrew the item


@dataclass(frozen=True)
class Followed:
    what: What
    at: datetime


@dataclass(frozen=True)
class UrgingRow:
    """One urging with what followed until the next one of the same item, first things first."""

    urging: Urging
    item: WorkItem
    unit: Unit
    followed: Sequence[Followed]
    #: When the item was urged again, if it was.
    again_at: datetime | None


@dataclass(frozen=True)
class Candidate:
    """An item that the actor may urge as far as its state goes."""

    row: WorkItemRow
    last: Urging | None
    #: From which day it may be urged again; None when at once.
    again_on: date | None


_later = aliased(Urging)
#: When the same item was urged again; what follows from there is the later urging's.
_until = (
    select(_later.urged_at)
    .where(_later.work_item_id == Urging.work_item_id, _later.id > Urging.id)
    .order_by(_later.id)
    .limit(1)
    .correlate(Urging)
    .scalar_subquery()
)


_HANDED_IN = (
    (Submission, Submission.submitted_at, What.SUBMITTED),
    (Extension, Extension.applied_at, What.EXTENSION_APPLIED),
)


def _within(column: Any) -> ColumnElement[bool]:
    return and_(column >= Urging.urged_at, or_(_until.is_(None), column < _until))


def _anything() -> ColumnElement[bool]:
    """Something followed the urging."""
    return or_(
        *(
            _within(column)
            for column in (WorkItem.acknowledged_at, WorkItem.plan_filed_at, WorkItem.closed_at)
        ),
        *(
            exists().where(model.work_item_id == WorkItem.id, _within(moment)).correlate(Urging, WorkItem)
            for model, moment, _ in _HANDED_IN
        ),
    )


def urgings(
    ctx: Context,
    *,
    work_item_id: int | None = None,
    campaign_id: int | None = None,
    unit_id: int | None = None,
    answered: bool | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[UrgingRow]:
    """Urgings of items that the actor may read, newest first; ``after`` is the id of the last one seen.

    ``answered`` asks for those which something followed, or nothing yet. Three statements.
    """
    query = (
        select(Urging, WorkItem, Unit, _until)
        .join(WorkItem, WorkItem.id == Urging.work_item_id)
        .join(Unit, Unit.id == Urging.unit_id)
        .where(permissions.expression(ctx, Permission.WORK_ITEM_READ, WorkItem))
    )
    for column, value in (
        (Urging.work_item_id, work_item_id),
        (WorkItem.campaign_id, campaign_id),
        (Urging.unit_id, unit_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if answered is not None:
        # Columns that are still NULL make the whole neither true nor false.
        query = query.where(case((_anything(), True), else_=False).is_(answered))
    if after is not None:
        query = query.where(Urging.id < after)
    found = ctx.session.execute(query.order_by(Urging.id.desc()).limit(limit)).all()
    acts = _acts(ctx, {item.id: item for _, item, _, _ in found}.values())
    return [
        UrgingRow(urging, item, unit, _first_of_each(acts[item.id], urging.urged_at, until), until)
        for urging, item, unit, until in found
    ]


def _acts(ctx: Context, items: Any) -> dict[int, list[Followed]]:
    """All that the units of some items did, in the order of time."""
    acts: dict[int, list[Followed]] = {}
    for item in items:
        ended = What.CANCELLED if item.state == WorkItemState.CANCELLED else What.CLOSED
        known = (
            (What.ACKNOWLEDGED, item.acknowledged_at),
            (What.PLAN_FILED, item.plan_filed_at),
            (ended, item.closed_at),
        )
        acts[item.id] = [Followed(what, at) for what, at in known if at is not None]
    for model, moment, what in _HANDED_IN:
        rows = select(model.work_item_id, moment).where(model.work_item_id.in_(list(acts)))
        for id, at in ctx.session.execute(rows) if acts else ():
            acts[id].append(Followed(what, at))
    for done in acts.values():
        done.sort(key=lambda one: one.at)
    return acts


def _first_of_each(acts: Sequence[Followed], after: datetime, until: datetime | None) -> list[Followed]:
    first: dict[What, Followed] = {}
    for one in acts:
        if one.at >= after and (until is None or one.at < until):
            first.setdefault(one.what, one)
    return list(first.values())


def may_urge_now(ctx: Context, item: WorkItem) -> Candidate | None:
    """The item as one to be urged; None when the actor may not, or the unit owes nothing."""
    found = candidates(ctx, work_item_id=item.id, limit=1)
    return found[0] if found else None


def candidates(
    ctx: Context,
    *,
    work_item_id: int | None = None,
    campaign_id: int | None = None,
    key_task_id: int | None = None,
    unit_id: int | None = None,
    late: bool = False,
    after: int | None = None,
    limit: int = 50,
) -> list[Candidate]:
    """Items whose unit owes something and which the actor may urge, oldest first; ``late``: only overdue ones."""
    conditions = [permissions.expression(ctx, Permission.WORK_ITEM_URGE, WorkItem), _owed()]
    if late:
        conditions.append(_late())
    if work_item_id is not None:
        conditions.append(WorkItem.id == work_item_id)
    rows = campaigns.work_items(
        ctx, campaign_id=campaign_id, key_task_id=key_task_id, unit_id=unit_id, where=conditions, after=after, limit=limit
    )  # fmt: skip
    ids = [row.item.id for row in rows]
    newest = select(func.max(Urging.id)).where(Urging.work_item_id.in_(ids)).group_by(Urging.work_item_id)
    last = {one.work_item_id: one for one in ctx.session.scalars(select(Urging).where(Urging.id.in_(newest)))}
    units = {row.item.unit_id for row in rows}
    calendars = working_days.of_units(ctx.session, working_days.load(ctx.session), units)
    today = local_date(ctx.clock.now())
    found = []
    for row in rows:
        urging = last.get(row.item.id)
        pause = ctx.settings.urging_pause_working_days
        again_on = rules.next_on(urging.urged_at, pause, calendars[row.item.unit_id]) if urging else None
        found.append(Candidate(row, urging, again_on if again_on and again_on > today else None))
    return found


def _owed() -> ColumnElement[bool]:
    """As `rules.check_owed` says."""
    reports = exists().where(Obligation.work_item_id == WorkItem.id, Obligation.state.in_(rules.WITH_UNIT))
    return and_(
        WorkItem.suspended_at.is_(None),
        or_(
            WorkItem.state.in_((WorkItemState.ASSIGNED, WorkItemState.ACKNOWLEDGED)),
            and_(WorkItem.state == WorkItemState.IN_PROGRESS, reports),
        ),
    )


def _late() -> ColumnElement[bool]:
    passed = (Deadline.state == DeadlineState.PASSED, Deadline.unit_id == WorkItem.unit_id)
    own = exists().where(Deadline.subject_type == "work_item", Deadline.subject_id == WorkItem.id, *passed)
    report = exists().where(
        Obligation.work_item_id == WorkItem.id,
        Deadline.subject_type == "obligation",
        Deadline.subject_id == Obligation.id,
        *passed,
    )
    return or_(own, report)
