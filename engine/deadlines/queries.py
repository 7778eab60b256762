"""Reads: deadlines of rows for their pages and lists, and the light as a clause for filters."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from engine.clock import local_date
from engine.deadlines.lights import ENDED, OWED, Colour, Reason, Scheme, yellow_until
from engine.deadlines.models import LIVE, Deadline, DeadlineState
from engine.working_days import WorkingCalendar


def live(session: Session, subject: tuple[str, int], kind: str) -> Deadline | None:
    """The deadline of a kind that is still owed."""
    return session.scalar(
        select(Deadline).where(
            Deadline.subject_type == subject[0],
            Deadline.subject_id == subject[1],
            Deadline.kind == kind,
            Deadline.state.in_(LIVE),
        )
    )


def latest(session: Session, subject: tuple[str, int], kind: str) -> Deadline | None:
    """The newest deadline of a kind, owed or ended: what a page shows."""
    return session.scalar(
        select(Deadline)
        .where(Deadline.subject_type == subject[0], Deadline.subject_id == subject[1], Deadline.kind == kind)
        .order_by(Deadline.id.desc())
        .limit(1)
    )


def of_subject(session: Session, subject: tuple[str, int]) -> list[Deadline]:
    """All deadlines of a row, oldest first."""
    query = select(Deadline).where(Deadline.subject_type == subject[0], Deadline.subject_id == subject[1])
    return list(session.scalars(query.order_by(Deadline.id)))


def latest_of_many(session: Session, subject_type: str, ids: Iterable[int], kind: str) -> dict[int, Deadline]:
    """The newest deadline of a kind for each row of one page of a list, by the row's id. One SELECT."""
    query = select(Deadline).where(
        Deadline.subject_type == subject_type, Deadline.subject_id.in_(list(ids)), Deadline.kind == kind
    )
    return {deadline.subject_id: deadline for deadline in session.scalars(query.order_by(Deadline.id))}


def shines(colour: Colour, now: datetime, calendar: WorkingCalendar, scheme: Scheme) -> ColumnElement[bool]:
    """Whether a deadline's light has a colour, as a clause: says exactly what `lights.light` says."""
    reasons = {reason for reason, shown in scheme.colours.items() if shown is colour}
    clauses = [_so(reason, now, calendar, scheme.yellow_days) for reason in OWED if reason in reasons]
    if reasons.issuperset(ENDED):
        clauses.append(~_running())
    else:
        clauses += [_so(reason, now, calendar, scheme.yellow_days) for reason in ENDED if reason in reasons]
    return or_(false(), *clauses)


def _running() -> ColumnElement[bool]:
    return Deadline.state.in_([DeadlineState.OPEN, DeadlineState.PASSED])


def _so(reason: Reason, now: datetime, calendar: WorkingCalendar, yellow_days: int) -> ColumnElement[bool]:
    """Whether a reason is the one of a deadline's light."""
    if reason in ENDED:
        late = Deadline.passed_at.is_not(None)
        match reason:
            case Reason.PAUSED:
                return Deadline.state == DeadlineState.PAUSED
            case Reason.CANCELLED:
                return Deadline.state == DeadlineState.CANCELLED
            case _:
                return and_(Deadline.state == DeadlineState.MET, late if reason is Reason.MET_LATE else ~late)
    if reason is Reason.OVERDUE:
        return and_(_running(), Deadline.due_at <= now)
    ahead = and_(_running(), Deadline.due_at > now)
    soon = Deadline.due_on <= yellow_until(local_date(now), calendar, yellow_days)
    if reason is Reason.DUE_SOON:
        return and_(ahead, soon)
    reminded = Deadline.reminded_at.is_not(None)
    return and_(ahead, ~soon, reminded if reason is Reason.REMINDED else ~reminded)


def overdue(
    session: Session, now: datetime, *, unit_ids: Iterable[int] | None = None, limit: int = 100
) -> list[Deadline]:
    """What is late now, longest first; of some units, or of all."""
    query = select(Deadline).where(
        or_(Deadline.state == DeadlineState.PASSED, Deadline.state == DeadlineState.OPEN),
        Deadline.due_at <= now,
    )
    if unit_ids is not None:
        query = query.where(Deadline.unit_id.in_(list(unit_ids)))
    return list(session.scalars(query.order_by(Deadline.due_at, Deadline.id).limit(limit)))
