"""The verbs: open, meet, cancel, extend, pause, resume. They are parts of other verbs, which hold the
case's lock.

No permission is asked here: the verb that opens or extends has asked. Only `extend`, `pause` and `resume`
write an audit entry of their own; opening and meeting are told by the act that caused them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, case, exists, func, null, select, update

from engine import audit
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
)
from engine.errors import NotFound

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
) -> Deadline:
    """Begin a limit: ``unit_id`` owes ``kind`` for ``subject`` until the day that ``basis`` yields.

    ``stream`` is the audit stream of the case; ``policy`` the key of a ladder, else the one of the kind.
    Only one live deadline of a kind may stand per subject. One INSERT; the calendar and the ladder cost
    one SELECT per transaction.
    """
    return open_many(ctx, [Opening(subject, kind, basis, unit_id, stream, policy)])[0]


def open_many(ctx: Context, openings: Iterable[Opening]) -> list[Deadline]:
    """Begin many limits with few statements: the dispatch of a key task to hundreds of units."""
    now = ctx.clock.now()
    deadlines = []
    for opening in openings:
        reckoning = ground.newest(ctx.session, opening.policy or policies.policy_for(opening.kind))
        count = opening.basis.count(reckoning.calendar)
        ahead = policies.first_ahead(reckoning.steps, count.due_on, now, reckoning.calendar)
        deadlines.append(
            Deadline(
                subject_type=opening.subject[0],
                subject_id=opening.subject[1],
                kind=opening.kind,
                unit_id=opening.unit_id,
                stream=opening.stream,
                basis=opening.basis.to_dict(),
                original_due_on=count.due_on,
                due_on=count.due_on,
                due_at=end_of_day(count.due_on),
                provisional=count.provisional,
                state=DeadlineState.OPEN,
                opened_at=now,
                policy_id=reckoning.policy_id,
                next_action_at=ahead.at if ahead else None,
                next_step=ahead.step.key if ahead else None,
            )
        )
    ctx.session.add_all(deadlines)
    ctx.session.flush()
    return deadlines


def meet(ctx: Context, subject: Subject, kind: str) -> bool:
    """The duty is done. False when no such deadline is live. One UPDATE.

    When the limit went by and no sweep has seen it yet, the row stays due: the sweep records the
    lateness, with its true date, in a transaction of its own.
    """
    now = ctx.clock.now()
    unseen = and_(Deadline.state == DeadlineState.OPEN, Deadline.due_at <= now)
    met = ctx.session.execute(
        update(Deadline)
        .where(*_live(subject, kind))
        .values(
            state=DeadlineState.MET,
            met_at=now,
            passed_at=case(
                (unseen, func.coalesce(Deadline.passed_at, Deadline.due_at)), else_=Deadline.passed_at
            ),
            next_action_at=case((unseen, Deadline.due_at), else_=null()),
            next_step=case((unseen, policies.PASSED), else_=null()),
            paused_on=None,
        )
        .returning(Deadline.id)
        .execution_options(synchronize_session="fetch")
    )
    return bool(met.all())


def reopen(ctx: Context, subject: Subject, kind: str, *, at_least: int, reason: str) -> Deadline:
    """A duty that was done is owed again (a report was returned): with the date it had, or ``at_least`` so many
    working days from today where less is left, since the time of others' review is not the unit's.

    The newest met deadline of the kind lives on; lateness that is on record stays. Steps whose time went by while it
    was met are left out, except the passing of the limit.
    """
    query = select(Deadline, _has_passed()).where(
        Deadline.subject_type == subject[0],
        Deadline.subject_id == subject[1],
        Deadline.kind == kind,
        Deadline.state == DeadlineState.MET,
    )
    newest = query.order_by(Deadline.id.desc()).limit(1).with_for_update(of=Deadline)
    row = ctx.session.execute(newest.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound()
    deadline, has_passed = row
    deadline.met_at = None
    deadline.state = DeadlineState.PASSED if has_passed else DeadlineState.OPEN
    if deadline.next_step is not None:  # done late, and the sweep has yet to record the passing
        ctx.session.flush()
        return deadline
    reckoning = ground.of_policy(ctx.session, deadline.policy_id)
    earliest = reckoning.calendar.count_working_days(local_date(ctx.clock.now()), at_least).due_on
    if earliest > deadline.due_on:
        _move(ctx, deadline, earliest, ChangeKind.EXTENDED, reason)
        return deadline
    ahead = policies.first_again(
        reckoning.steps, deadline.due_on, ctx.clock.now(), has_passed, reckoning.calendar
    )
    deadline.next_action_at = ahead.at if ahead else None
    deadline.next_step = ahead.step.key if ahead else None
    ctx.session.flush()
    return deadline


def _has_passed() -> ColumnElement[bool]:
    """Whether the passing of a deadline's present date is on record (an earlier date may have passed too)."""
    return exists().where(
        DeadlineStep.deadline_id == Deadline.id,
        DeadlineStep.step == policies.PASSED,
        DeadlineStep.due_at == Deadline.due_at,
    )


def cancel(ctx: Context, subject: Subject, kind: str | None = None) -> int:
    """The duty has fallen away: of one kind, or everything still owed for the subject. Returns how many.
    One UPDATE."""
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
    deadline = _lock(ctx, deadline_id)
    rules.check_extend(deadline, new_on, reason, ctx.clock.now())
    _move(ctx, deadline, new_on, ChangeKind.EXTENDED, reason)
    return deadline


def pause(ctx: Context, deadline_id: int, reason: str) -> Deadline:
    """Let time stand still by an approved act: no reminder, no lateness, until `resume`."""
    deadline = _lock(ctx, deadline_id)
    rules.check_pause(deadline, ctx.clock.now())
    deadline.state = DeadlineState.PAUSED
    deadline.paused_on = local_date(ctx.clock.now())
    deadline.next_action_at = deadline.next_step = None
    _note(ctx, deadline, ChangeKind.PAUSED, deadline.due_on, reason)
    ctx.session.flush()
    subjects.changed(ctx, deadline)
    return deadline


def resume(ctx: Context, deadline_id: int, reason: str) -> Deadline:
    """Let time run again. The working days that were left when it stopped are counted on from today."""
    deadline = _lock(ctx, deadline_id)
    paused_on = rules.check_resume(deadline)
    reckoning = ground.of_policy(ctx.session, deadline.policy_id)
    today = local_date(ctx.clock.now())
    left = reckoning.calendar.working_days_between(paused_on, deadline.due_on)
    new_on = reckoning.calendar.shift(today, left) if today > paused_on else deadline.due_on
    _move(ctx, deadline, max(new_on, deadline.due_on), ChangeKind.RESUMED, reason)
    return deadline


def _move(ctx: Context, deadline: Deadline, new_on: date, kind: ChangeKind, reason: str) -> None:
    """Give a deadline another date and begin its ladder again from now."""
    now = ctx.clock.now()
    reckoning = ground.of_policy(ctx.session, deadline.policy_id)
    _note(ctx, deadline, kind, new_on, reason)
    ahead = policies.first_ahead(reckoning.steps, new_on, now, reckoning.calendar)
    deadline.due_on = new_on
    deadline.due_at = end_of_day(new_on)
    deadline.state = DeadlineState.OPEN
    deadline.paused_on = None
    deadline.reminded_at = None
    deadline.next_action_at = ahead.at if ahead else None
    deadline.next_step = ahead.step.key if ahead else None
    ctx.session.flush()
    subjects.changed(ctx, deadline)


def _note(ctx: Context, deadline: Deadline, kind: ChangeKind, new_on: date, reason: str) -> None:
    ctx.session.add(
        DeadlineChange(
            deadline_id=deadline.id,
            kind=kind,
            from_on=deadline.due_on,
            to_on=new_on,
            reason=reason,
            actor_id=ctx.actor.person_id,
            actor_name=ctx.actor.name,
            changed_at=ctx.clock.now(),
        )
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


def _live(subject: Subject, kind: str | None) -> list[ColumnElement[bool]]:
    clauses = [
        Deadline.subject_type == subject[0],
        Deadline.subject_id == subject[1],
        Deadline.state.in_(LIVE),
    ]
    return clauses if kind is None else [*clauses, Deadline.kind == kind]


def _lock(ctx: Context, deadline_id: int) -> Deadline:
    query = select(Deadline).where(Deadline.id == deadline_id).with_for_update()
    deadline = ctx.session.scalar(query.execution_options(populate_existing=True))
    if deadline is None:
        raise NotFound()
    return deadline
