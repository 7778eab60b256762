"""Reads: the applications of a work item, one application with its opinions, and what a form has to show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import permissions
from engine.campaigns.models import Obligation, WorkItem
from engine.campaigns.obligations import DUE
from engine.context import Context
from engine.deadlines import Deadline, queries
from engine.errors import NotFound
from engine.extensions import rules
from engine.extensions.models import UNDECIDED, Extension, ExtensionOpinion, ExtensionState
from engine.extensions.rules import Limits
from engine.organisation.models import Unit
from engine.permissions import Permission
from engine.texts import N_


@dataclass(frozen=True)
class ExtensionDetail:
    """One application with what it is about. ``deadline`` is the obligation's as it stands today."""

    extension: Extension
    opinions: Sequence[ExtensionOpinion]
    obligation: Obligation
    item: WorkItem
    unit: Unit
    deadline: Deadline


@dataclass(frozen=True)
class Asking:
    """What an application would start from. ``granted`` counts the extensions that the report has had."""

    obligation: Obligation
    item: WorkItem
    deadline: Deadline
    granted: int
    limits: Limits


def limits_of(ctx: Context) -> Limits:
    settings = ctx.settings
    return Limits(
        settings.extension_max_count,
        settings.extension_max_working_days,
        settings.extension_office_working_days,
    )


def granted(session: Session, obligation_id: int) -> int:
    """How often the obligation's date has been extended by an approved application."""
    query = select(func.count()).where(
        Extension.obligation_id == obligation_id, Extension.state == ExtensionState.GRANTED
    )
    return session.scalars(query).one()


@dataclass(frozen=True)
class Scored:
    """Which date counts when a report is scored, and why (a msgid)."""

    counts_against_on: date
    reason: str


_AS_ASKED = N_("期限没有变动，按最初期限计")
_MOVED = N_("经批准变动，按变动后的期限计")
_LATE = N_("逾期后才申请延期，按申请时已过的期限计")


def scored(session: Session, deadlines: Sequence[Deadline]) -> dict[int, Scored]:
    """The date that counts for each report, by obligation id; ``deadlines`` are theirs. One statement.

    A date that was changed by an approved act, by the calendar or by an amended plan counts as it stands. What was not
    approved moves nothing; and what was applied for after the limit gives a new date to work to, but the one that had
    gone by then goes on counting.
    """
    late = (
        select(Extension.obligation_id, Extension.from_on)
        .where(
            Extension.obligation_id.in_([deadline.subject_id for deadline in deadlines]),
            Extension.state == ExtensionState.GRANTED,
            Extension.is_late.is_(True),
        )
        .order_by(Extension.id.desc())  # the first one stands last and prevails
    )
    missed = {id: on for id, on in session.execute(late)}  # noqa: C416
    found = {}
    for deadline in deadlines:
        id = deadline.subject_id
        if id in missed:
            found[id] = Scored(missed[id], _LATE)
        else:
            moved = deadline.due_on != deadline.original_due_on
            found[id] = Scored(deadline.due_on, _MOVED if moved else _AS_ASKED)
    return found


def deadline_of(session: Session, obligation_id: int) -> Deadline:
    """The obligation's newest deadline."""
    found = queries.latest(session, ("obligation", obligation_id), DUE)
    if found is None:
        raise NotFound()
    return found


def asking(ctx: Context, obligation_id: int) -> Asking:
    """For the form. Raises NotFound, AccessDenied."""
    obligation = permissions.find(ctx, Permission.EXTENSION_APPLY, Obligation, obligation_id, lock=False)
    item = ctx.session.get_one(WorkItem, obligation.work_item_id)
    count = granted(ctx.session, obligation.id)
    return Asking(obligation, item, deadline_of(ctx.session, obligation.id), count, limits_of(ctx))


def of_work_item(ctx: Context, work_item_id: int) -> dict[int, list[Extension]]:
    """The applications that the actor may read, oldest first, by obligation."""
    query = permissions.narrow(ctx, Permission.EXTENSION_READ, Extension, select(Extension))
    found: dict[int, list[Extension]] = {}
    for one in ctx.session.scalars(
        query.where(Extension.work_item_id == work_item_id).order_by(Extension.id)
    ):
        found.setdefault(one.obligation_id, []).append(one)
    return found


def can_apply(ctx: Context, work_item_id: int, owed: Sequence[tuple[Obligation, Deadline]]) -> frozenset[int]:
    """Ids of the obligations for which the actor's unit could apply now. Two statements."""
    if not owed or not permissions.permits(ctx, Permission.EXTENSION_APPLY, WorkItem, work_item_id):
        return frozenset()
    rows = ctx.session.execute(
        select(Extension.obligation_id, Extension.state).where(Extension.work_item_id == work_item_id)
    ).all()
    undecided = {id for id, state in rows if state in UNDECIDED}
    had = [id for id, state in rows if state == ExtensionState.GRANTED]
    limits = limits_of(ctx)
    return frozenset(
        obligation.id
        for obligation, deadline in owed
        if obligation.id not in undecided
        and rules.has_place(obligation.state, deadline, granted=had.count(obligation.id), limits=limits)
    )


def extension_detail(ctx: Context, extension_id: int) -> ExtensionDetail:
    """One application for its page. Raises NotFound, AccessDenied."""
    extension = permissions.find(ctx, Permission.EXTENSION_READ, Extension, extension_id, lock=False)
    obligation, item, unit = ctx.session.execute(
        select(Obligation, WorkItem, Unit)
        .join(WorkItem, WorkItem.id == Obligation.work_item_id)
        .join(Unit, Unit.id == WorkItem.unit_id)
        .where(Obligation.id == extension.obligation_id)
    ).one()
    opinions = ctx.session.scalars(
        select(ExtensionOpinion)
        .where(ExtensionOpinion.extension_id == extension.id)
        .order_by(ExtensionOpinion.id)
    ).all()
    deadline = deadline_of(ctx.session, obligation.id)
    return ExtensionDetail(extension, opinions, obligation, item, unit, deadline)
