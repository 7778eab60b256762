"""After a change of the calendar every deadline that rests on it is counted again, by the queue, in chunks.

Rows are looked through without locks in the order of their ids; those that come out otherwise are locked as every
verb does (case row, process instance, deadline), looked at again, and written. Counting again gives the same date, so
a chunk that was cut off, or a deadline that two editions touch, is moved once. A newer edition takes over what an
older one has left to do; a second look, some minutes later, finds what was opened meanwhile by the former calendar.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from engine import outbox, queue, working_days
from engine.clock import end_of_day, local_date
from engine.context import Actor, Context
from engine.db import Session
from engine.deadlines import policies, subjects
from engine.deadlines.basis import Basis
from engine.deadlines.models import (
    LIVE,
    ChangeKind,
    Deadline,
    DeadlineChange,
    DeadlineState,
    EscalationPolicy,
)
from engine.deadlines.service import moved_here, note_change
from engine.deadlines.standing import Standing, due_again, stands
from engine.texts import N_
from engine.working_days import CalendarEdition, WorkingCalendar
from engine.working_days.service import TOPIC, work_key

#: Rows looked through, and rows written, in one transaction at most.
LOOKED, WRITTEN = 500, 500
#: A reminder or an escalation is planned no farther from its date than this.
LADDER = timedelta(days=60)
#: When to look again for what a transaction opened that had read the former calendar.
SECOND_LOOK = timedelta(minutes=10)

#: ``watching(ctx, moved)`` -> (unit id, how many) of the units that watch over what others owe.
Watching = Callable[[Context, Select[int]], Iterable[tuple[int, int]]]
_watching: list[Watching] = []


def register_watching(watching: Watching) -> None:
    """Say who besides the owing unit is told of moved dates; ``moved`` selects the ids of the deadlines."""
    if watching not in _watching:
        _watching.append(watching)


@dataclass(frozen=True)
class _Due:
    """What a deadline comes out as."""

    deadline: Deadline
    due_on: date
    provisional: bool
    next_action_at: datetime | None
    next_step: str | None

    @property
    def is_moved(self) -> bool:
        return self.due_on != self.deadline.due_on

    @property
    def is_other(self) -> bool:
        d = self.deadline
        return self.is_moved or (self.provisional, self.next_action_at, self.next_step) != (
            d.provisional,
            d.next_action_at,
            d.next_step,
        )


@queue.topic(TOPIC)
def recompute_chunk(ctx: Context, payload: dict[str, Any], progress: dict[str, Any]) -> dict[str, Any] | None:
    """Queue handler: looks through a stretch of the live deadlines, and moves some of them."""
    ctx = replace(ctx, actor=Actor.system(N_("工作日历")))
    edition = ctx.session.get_one(CalendarEdition, payload["edition_id"])
    waiting = _waiting(ctx.session)
    since = payload.get("opened_since")
    taken_over = since is None and edition.recomputed_at is not None
    if taken_over or any(one.id > edition.id for one in waiting):
        return None
    concerned = waiting if since is None else [edition]
    first_on = min((one.since_on for one in concerned if one.since_on is not None), default=date.max)
    candidates = _candidates(first_on, datetime.fromisoformat(since) if since else None)
    total = progress.get("total")
    if total is None:
        total = ctx.session.scalar(select(func.count()).select_from(Deadline).where(*candidates)) or 0
    after = progress.get("after", 0)
    rows = ctx.session.scalars(
        select(Deadline).where(Deadline.id > after, *candidates).order_by(Deadline.id).limit(LOOKED)
    ).all()
    if not rows:
        _tell(ctx, edition, [one.id for one in concerned], after=payload.get("told", 0))
        if since is None:
            _finish(ctx, edition, waiting)
        return None
    other = [due for due in _reckon(ctx, rows) if due.is_other][:WRITTEN]
    # What lies behind the last row written is looked at again by the next chunk.
    seen = len(rows) if len(other) < WRITTEN else rows.index(other[-1].deadline) + 1
    moved = _write(ctx, edition, [(due.deadline.id, due.deadline.subject) for due in other])
    return {
        "after": rows[seen - 1].id,
        "done": min(progress.get("done", 0) + seen, total),
        "total": total,
        "moved": progress.get("moved", 0) + moved,
    }


def _waiting(session: Session) -> Sequence[CalendarEdition]:
    query = select(CalendarEdition).where(CalendarEdition.recomputed_at.is_(None))
    return session.scalars(query.order_by(CalendarEdition.id)).all()


def _candidates(first_on: date, opened_since: datetime | None) -> list[ColumnElement[bool]]:
    """Live deadlines that a change from ``first_on`` on can concern: the date itself, or a step of the ladder."""
    reach = first_on - LADDER if first_on < date.max else first_on
    clauses = [Deadline.state.in_(LIVE), Deadline.due_on >= reach]
    return clauses if opened_since is None else [*clauses, Deadline.opened_at >= opened_since]


def _reckon(ctx: Context, rows: Sequence[Deadline]) -> list[_Due]:
    """Each deadline by the calendar in force. Four statements at most."""
    calendars = working_days.of_units(
        ctx.session, working_days.load(ctx.session), {row.unit_id for row in rows}
    )
    changes: dict[int, list[DeadlineChange]] = {}
    ids = [row.id for row in rows]
    made = select(DeadlineChange).where(DeadlineChange.deadline_id.in_(ids))
    for change in ctx.session.scalars(made.order_by(DeadlineChange.id)):
        changes.setdefault(change.deadline_id, []).append(change)
    wanted = {row.policy_id for row in rows}
    ladders = select(EscalationPolicy.id, EscalationPolicy.steps).where(EscalationPolicy.id.in_(wanted))
    steps = {id: policies.parse(text) for id, text in ctx.session.execute(ladders)}
    counted: dict[tuple[object, ...], Standing] = {}  # a dispatch has made many that are alike
    found = []
    for row in rows:
        calendar, basis = calendars[row.unit_id], Basis.from_dict(row.basis)
        alike = (id(calendar), basis.rule, basis.on, basis.days, None if row.id not in changes else row.id)
        if alike not in counted:
            counted[alike] = stands(basis, changes.get(row.id, ()), calendar)
        found.append(_due(row, counted[alike], calendar, steps[row.policy_id], ctx.clock.now()))
    return found


def _due(
    row: Deadline, found: Standing, calendar: WorkingCalendar, steps: Sequence[policies.Step], now: datetime
) -> _Due:
    due_on = due_again(row.state, row.due_on, found.due_on, local_date(now))
    at, key = row.next_action_at, row.next_step
    if row.state == DeadlineState.PAUSED:
        pass
    elif due_on != row.due_on:
        ahead = policies.first_ahead(steps, due_on, now, calendar)
        at, key = (ahead.at, ahead.step.key) if ahead else (None, None)
    elif at is not None and at > now:  # a step that has come is the sweep's
        at = next(policies.planned_at(step, due_on, calendar) for step in steps if step.key == key)
    return _Due(row, due_on, found.provisional, at, key)


def _write(ctx: Context, edition: CalendarEdition, found: Sequence[tuple[int, tuple[str, int]]]) -> int:
    """Lock, look again, write; how many have got another date."""
    if not found:
        return 0
    subjects.lock_many(ctx, {subject for _, subject in found})
    locked = ctx.session.scalars(
        select(Deadline)
        .where(Deadline.id.in_([id for id, _ in found]), Deadline.state.in_(LIVE))
        .order_by(Deadline.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    moved = []
    for due in _reckon(ctx, locked) if locked else ():
        if due.is_moved:
            moved.append(due.deadline)
            _move(ctx, edition, due)
        due.deadline.provisional = due.provisional
        due.deadline.next_action_at, due.deadline.next_step = due.next_action_at, due.next_step
    for deadline in moved:
        subjects.changed(ctx, deadline)
    return len(moved)


def _move(ctx: Context, edition: CalendarEdition, due: _Due) -> None:
    deadline = due.deadline
    note_change(ctx, deadline, ChangeKind.RECOMPUTED, due.due_on, f"工作日历调整：{edition.note}", edition.id)
    if deadline.passed_at == deadline.due_at and deadline.state != DeadlineState.PAUSED:
        deadline.passed_at = None  # by the calendar in force this limit has not gone by
    if deadline.state == DeadlineState.PASSED:
        deadline.state = DeadlineState.OPEN
    deadline.due_on, deadline.due_at = due.due_on, end_of_day(due.due_on)
    if deadline.state == DeadlineState.OPEN:
        deadline.reminded_at = None
    moved_here(ctx)[deadline.subject, deadline.kind] = deadline.due_at


def _tell(ctx: Context, edition: CalendarEdition, ids: Sequence[int], after: int) -> None:
    """Tell each unit once how many of its dates the editions have moved, and each that watches over others how many of
    theirs, counting changes later than ``after``."""
    facts = {"edition_id": edition.id, "note": edition.note}
    moved = select(DeadlineChange.deadline_id).where(
        DeadlineChange.edition_id.in_(ids), DeadlineChange.id > after
    )
    changed = (
        select(Deadline.unit_id, func.count(Deadline.id.distinct()))
        .join(DeadlineChange, DeadlineChange.deadline_id == Deadline.id)
        .where(DeadlineChange.edition_id.in_(ids), DeadlineChange.id > after)
        .group_by(Deadline.unit_id)
        .order_by(Deadline.unit_id)
    )
    for unit_id, n in ctx.session.execute(changed).all():
        outbox.publish(ctx, "calendar.dates_moved", ("unit", unit_id), count=n, **facts)
    for watching in _watching:
        for unit_id, n in watching(ctx, moved):
            outbox.publish(ctx, "calendar.watched_dates_moved", ("unit", unit_id), count=n, **facts)


def _finish(ctx: Context, edition: CalendarEdition, waiting: Sequence[CalendarEdition]) -> None:
    """These editions are done with; look again later for what a transaction opened that had not seen them."""
    now = ctx.clock.now()
    last = ctx.session.scalar(select(func.max(DeadlineChange.id))) or 0
    for one in waiting:
        one.recomputed_at = now
    entered = min(one.entered_at for one in waiting)
    again = {
        "edition_id": edition.id, "opened_since": (entered - SECOND_LOOK).isoformat(), "told": last,
    }  # fmt: skip
    queue.put(ctx, TOPIC, f"{work_key(edition.id)}:again", again, run_at=now + SECOND_LOOK)
