"""The verbs: open, meet, cancel, extend, amend (pause and resume stand in pausing.py). They are parts of other verbs,
which hold the case's lock.

No permission is asked here: the verb that opens or extends has asked. Only `extend` and `amend`
write an audit entry of their own; opening and meeting are told by the act that caused them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Executable,
    Table,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    null,
    select,
    update,
)

from engine import audit, working_days
from engine.clock import end_of_day, local_date
from engine.context import Context
from engine.deadlines import ground, policies, rules, subjects
from engine.deadlines.basis import Basis
from engine.deadlines.models import (
    LIVE,
    ChangeKind,
    Deadline,
    DeadlineChange,
    DeadlineState,
    DeadlineStep,
    EscalationPolicy,
)
from engine.errors import NotFound
from engine.working_days import CalendarEdition
from engine.writes import Parameter, concerning

Subject = tuple[str, int]


@dataclass(frozen=True)
class Opening:
    """One deadline to open with `open_many`."""

    subject: Subject
    kind: str
    basis: Basis
    unit_id: int
    stream: str
    policy: str | None = None


def open(
    ctx: Context,
    subject: Subject,
    kind: str,
    basis: Basis,
    *,
    unit_id: int,
    stream: str,
    policy: str | None = None,
) -> None:
    """Begin a limit: ``unit_id`` owes ``kind`` for ``subject`` until the day that ``basis`` yields.

    ``stream`` is the audit stream of the case; ``policy`` the key of a ladder, else the one of the kind.
    Only one live deadline of a kind may stand per subject. One INSERT, sent with the other writes; the calendar and
    the ladder cost one SELECT per transaction.
    """
    open_many(ctx, [Opening(subject, kind, basis, unit_id, stream, policy)])


def open_many(ctx: Context, openings: Iterable[Opening]) -> None:
    """Begin many limits with few statements: the dispatch of a key task to hundreds of units."""
    now, moved = ctx.clock.now(), moved_here(ctx)
    for opening in openings:
        reckoning = ground.newest(ctx.session, opening.policy or policies.policy_for(opening.kind))
        calendar = working_days.of_unit(ctx.session, reckoning.calendar, opening.unit_id)
        count = opening.basis.count(calendar)
        ahead = policies.first_ahead(reckoning.steps, count.due_on, now, calendar)
        if (opening.subject, opening.kind) in moved:
            ctx.session.send()  # a live one of the kind stood there before, and its end may wait to be written
        row = {
            "subject_type": opening.subject[0],
            "subject_id": opening.subject[1],
            "kind": opening.kind,
            "unit_id": opening.unit_id,
            "stream": opening.stream,
            "basis": opening.basis.to_dict(),
            "original_due_on": count.due_on,
            "due_on": count.due_on,
            "due_at": end_of_day(count.due_on),
            "provisional": count.provisional,
            "opened_at": now,
            "policy_id": reckoning.policy_id,
            "next_action_at": ahead.at if ahead else None,
            "next_step": ahead.step.key if ahead else None,
        }
        ctx.session.later(_opened, row)
        moved[opening.subject, opening.kind] = end_of_day(count.due_on)


_OPENED = (
    "subject_type", "subject_id", "kind", "unit_id", "stream", "basis", "original_due_on", "due_on", "due_at",
    "provisional", "opened_at", "policy_id", "next_action_at", "next_step",
)  # fmt: skip


def _opened(p: Parameter) -> Any:
    values = {name: p(name) for name in _OPENED}
    return insert(cast(Table, Deadline.__table__)).values(state=DeadlineState.OPEN, **values)


def moved_here(ctx: Context) -> dict[tuple[Subject, str], datetime | None]:
    """The dates that this transaction has given to deadlines, by subject and kind; None for one that is done.

    Some of it may not be written yet, so whoever looks for a date in the database asks here first.
    """
    moved: dict[tuple[Subject, str], datetime | None] = ctx.session.memo.setdefault(
        "engine.deadlines.moved", {}
    )
    return moved


def meet(ctx: Context, subject: Subject, kind: str) -> None:
    """The duty is done; nothing happens when no such deadline is live. One UPDATE, sent with the other writes; a row
    that was loaded before does not show it.

    When the limit went by and no sweep has seen it yet, the row stays due: the sweep records the
    lateness, with its true date, in a transaction of its own.
    """
    ctx.session.later(
        _met, {"subject_type": subject[0], "subject_id": subject[1], "kind": kind, "now": ctx.clock.now()}
    )
    moved_here(ctx)[subject, kind] = None


def _met(p: Parameter) -> Any:
    table = cast(Table, Deadline.__table__)
    c, now = table.c, p("now")
    unseen = and_(c.state == DeadlineState.OPEN, c.due_at <= now)
    return (
        update(table)
        .where(
            c.subject_type == p("subject_type"), c.subject_id == p("subject_id"), c.kind == p("kind"),
            c.state.in_(LIVE),
        )
        .values(
            state=DeadlineState.MET,
            met_at=now,
            passed_at=case((unseen, func.coalesce(c.passed_at, c.due_at)), else_=c.passed_at),
            next_action_at=case((unseen, c.due_at), else_=null()),
            next_step=case((unseen, policies.PASSED), else_=null()),
            paused_on=None,
        )
    )  # fmt: skip


def reopen(ctx: Context, subject: Subject, kind: str, *, at_least: int, reason: str) -> Deadline:
    """A duty that was done is owed again (a report was returned): with the date it had, or ``at_least`` so many
    working days from today where less is left, since the time of others' review is not the unit's.

    The newest met deadline of the kind lives on; lateness that is on record stays. Steps whose time went by while it
    was met are left out, except the passing of the limit.
    """
    row = ctx.session.execute(
        _newest_met(), {"subject_type": subject[0], "subject_id": subject[1], "kind": kind}
    ).one_or_none()
    if row is None:
        raise NotFound()
    deadline: Deadline = row[0]
    has_passed, steps, digest = row[1:]
    deadline.met_at = None
    deadline.state = DeadlineState.PASSED if has_passed else DeadlineState.OPEN
    moved_here(ctx)[subject, kind] = deadline.due_at
    if deadline.next_step is not None:  # done late, and the sweep has yet to record the passing
        return deadline
    reckoning = ground.known(ctx.session, deadline.policy_id, steps, digest)
    calendar = working_days.of_unit(ctx.session, reckoning.calendar, deadline.unit_id)
    earliest = calendar.count_working_days(local_date(ctx.clock.now()), at_least).due_on
    if earliest > deadline.due_on:
        move(ctx, deadline, earliest, ChangeKind.EXTENDED, reason)
        return deadline
    ahead = policies.first_again(reckoning.steps, deadline.due_on, ctx.clock.now(), has_passed, calendar)
    deadline.next_action_at = ahead.at if ahead else None
    deadline.next_step = ahead.step.key if ahead else None
    return deadline


@cache
def _newest_met() -> Executable:
    """A subject's newest met deadline of a kind, with the ladder and the calendar that it is reckoned by, and whether
    the passing of its present date is on record (an earlier date may have passed too)."""
    has_passed = exists().where(
        DeadlineStep.deadline_id == Deadline.id,
        DeadlineStep.step == policies.PASSED,
        DeadlineStep.due_at == Deadline.due_at,
    )
    found = (
        select(Deadline, has_passed, EscalationPolicy.steps, working_days.digest_query())
        .join(EscalationPolicy, EscalationPolicy.id == Deadline.policy_id)
        .where(
            Deadline.subject_type == bindparam("subject_type"), Deadline.subject_id == bindparam("subject_id"),
            Deadline.kind == bindparam("kind"), Deadline.state == DeadlineState.MET,
        )
        .order_by(Deadline.id.desc())
        .limit(1)
        .with_for_update(of=Deadline)
        .execution_options(populate_existing=True)
    )  # fmt: skip
    return concerning(found, Deadline, DeadlineStep, EscalationPolicy, CalendarEdition)


def cancel(ctx: Context, subject: Subject, kind: str | None = None) -> int:
    """The duty has fallen away: of one kind, or everything still owed for the subject. Returns how many.
    One UPDATE."""
    moved = moved_here(ctx)
    moved.update((key, None) for key in moved if key[0] == subject and kind in (None, key[1]))
    cancelled = ctx.session.execute(
        update(Deadline)
        .where(*_live(subject, kind))
        .values(state=DeadlineState.CANCELLED, next_action_at=None, next_step=None, paused_on=None)
        .returning(Deadline.id)
        .execution_options(synchronize_session="fetch")
    )
    return len(cancelled.all())


def extend(ctx: Context, deadline_id: int, new_on: date, reason: str) -> Deadline:
    """Set a later date by an approved act. ``original_due_on`` stays; a passed deadline is owed anew, its
    lateness stays on record. The ladder begins again for the new date."""
    deadline = lock_row(ctx, deadline_id)
    rules.check_extend(deadline, new_on, reason, ctx.clock.now())
    move(ctx, deadline, new_on, ChangeKind.EXTENDED, reason)
    return deadline


def amend(ctx: Context, subject: Subject, kind: str, basis: Basis, reason: str) -> date | None:
    """An amended document gives the duty another limit, earlier or later; ``reason`` names the document.

    From here on the date rests on the new ``basis`` and explains itself by it. ``original_due_on`` stays, and so does
    lateness that is on record. What is done keeps having been done in time or late, but would be owed again with the
    new date; what stands still goes on standing still. The date that it had; None when no date was moved: the duty is
    not known, has fallen away, has this basis or comes out on the same day.
    """
    ctx.session.send()
    query = select(Deadline).where(
        Deadline.subject_type == subject[0], Deadline.subject_id == subject[1], Deadline.kind == kind
    )
    newest = query.order_by(Deadline.id.desc()).limit(1).with_for_update()
    deadline = ctx.session.scalar(newest.execution_options(populate_existing=True))
    if deadline is None or deadline.state == DeadlineState.CANCELLED:
        return None
    reckoning = ground.of_policy(ctx.session, deadline.policy_id)
    count = basis.count(working_days.of_unit(ctx.session, reckoning.calendar, deadline.unit_id))
    had, new_on, told = deadline.due_on, count.due_on, basis.to_dict()
    if deadline.basis == told:  # an extension that was granted stays
        return None
    if deadline.state in (DeadlineState.OPEN, DeadlineState.PASSED) and had != new_on:
        deadline.basis = told
        move(ctx, deadline, new_on, ChangeKind.AMENDED, reason)
    elif deadline.next_step is None or had == new_on:
        # else its passing is still to be recorded, for the date that it had
        note_change(ctx, deadline, ChangeKind.AMENDED, new_on, reason)
        deadline.basis, deadline.due_on, deadline.due_at = told, new_on, end_of_day(new_on)
    else:
        return had
    deadline.provisional = count.provisional
    return had if had != new_on else None


def hand_over(ctx: Context, subject: Subject, kind: str, unit_id: int) -> None:
    """Another unit owes the duty from here on, until the same day."""
    ctx.session.execute(
        update(Deadline)
        .where(*_live(subject, kind))
        .values(unit_id=unit_id)
        .execution_options(synchronize_session="fetch")
    )


def move(ctx: Context, deadline: Deadline, new_on: date, kind: ChangeKind, reason: str) -> None:
    """Give a deadline another date and begin its ladder again from now."""
    now = ctx.clock.now()
    reckoning = ground.of_policy(ctx.session, deadline.policy_id)
    calendar = working_days.of_unit(ctx.session, reckoning.calendar, deadline.unit_id)
    note_change(ctx, deadline, kind, new_on, reason)
    ahead = policies.first_ahead(reckoning.steps, new_on, now, calendar)
    # A date that was set rests on no notice; one that is counted on from a pause does.
    deadline.provisional = kind is ChangeKind.RESUMED and (
        deadline.provisional or calendar.is_provisional(new_on)
    )
    deadline.due_on = new_on
    deadline.due_at = end_of_day(new_on)
    deadline.state = DeadlineState.OPEN
    deadline.paused_on = None
    deadline.reminded_at = None
    moved_here(ctx)[deadline.subject, deadline.kind] = deadline.due_at
    deadline.next_action_at = ahead.at if ahead else None
    deadline.next_step = ahead.step.key if ahead else None
    ctx.session.flush()
    subjects.changed(ctx, deadline)


def note_change(
    ctx: Context,
    deadline: Deadline,
    kind: ChangeKind,
    new_on: date,
    reason: str,
    edition_id: int | None = None,
) -> None:
    """Write down, before it is done, that a deadline gets another date."""
    ctx.session.later(
        _changed,
        {
            "deadline_id": deadline.id,
            "kind": kind,
            "from_on": deadline.due_on,
            "to_on": new_on,
            "reason": reason,
            "actor_id": ctx.actor.person_id,
            "actor_name": ctx.actor.name,
            "changed_at": ctx.clock.now(),
            "edition_id": edition_id,
        },
    )
    audit.record(
        ctx,
        deadline.stream,
        f"deadline.{kind.value}",
        deadline.subject,
        deadline_id=deadline.id,
        kind=deadline.kind,
        from_on=deadline.due_on,
        to_on=new_on,
        reason=reason,
    )


def _changed(p: Parameter) -> Any:
    columns = cast(Table, DeadlineChange.__table__).columns
    names = [column.name for column in columns if column.name != "id"]
    return insert(cast(Table, DeadlineChange.__table__)).values({name: p(name) for name in names})


def _live(subject: Subject, kind: str | None) -> list[ColumnElement[bool]]:
    clauses = [
        Deadline.subject_type == subject[0],
        Deadline.subject_id == subject[1],
        Deadline.state.in_(LIVE),
    ]
    return clauses if kind is None else [*clauses, Deadline.kind == kind]


def lock_row(ctx: Context, deadline_id: int) -> Deadline:
    query = select(Deadline).where(Deadline.id == deadline_id).with_for_update()
    deadline = ctx.session.scalar(query.execution_options(populate_existing=True))
    if deadline is None:
        raise NotFound()
    return deadline
