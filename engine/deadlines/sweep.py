"""The sweep: each step that has come is handled once, by any number of processes.

Ids are picked without locks; what is picked is then locked as every verb does (case rows, process instances,
deadlines), looked at again, and written, some deadlines of one type of case in a transaction. What another process
holds is passed over, and asked for again at the end. When a transaction of several fails, each is tried in one of its
own, so that a deadline which cannot be handled holds up no other.
"""

import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, cast

from sqlalchemy import Engine, Table, insert, select, tuple_

from engine import audit, outbox, working_days
from engine.clock import Clock
from engine.context import Actor, Context
from engine.db import Session, retrying, transaction
from engine.deadlines import actions, conditions, policies, subjects
from engine.deadlines.models import (
    Deadline,
    DeadlineState,
    DeadlineStep,
    EscalationPolicy,
    StepOutcome,
)
from engine.deadlines.policies import PlannedStep, Step, StepKind
from engine.settings import Settings
from engine.texts import N_
from engine.writes import Parameter

log = logging.getLogger(__name__)

#: Deadlines handled in one transaction at most: few enough that nobody waits long for the cases it has locked.
TOGETHER = 50


@dataclass(frozen=True)
class _Place:
    """A deadline whose step has come, as it was picked."""

    at: datetime
    id: int
    subject: tuple[str, int]
    step: str


_FACT = {
    StepKind.REMINDER: "deadline.reminded",
    StepKind.PASSED: "deadline.passed",
    StepKind.ESCALATION: "deadline.escalated",
}


@dataclass(frozen=True)
class FiredStep:
    """One step that `act` handled. A collapsed or skipped one told nobody."""

    key: str
    kind: StepKind
    planned_at: datetime
    outcome: StepOutcome


@dataclass(frozen=True)
class Swept:
    """What one sweep did: deadlines acted on, and those whose handling failed and will be tried again."""

    acted: int
    failed: int


def due_ids(session: Session, now: datetime, limit: int = 500) -> list[int]:
    """Deadlines whose next step has come, longest waiting first. No locks; costs nothing while none is
    due."""
    return [place.id for place in _due_places(session, now, limit, None)]


def _due_places(session: Session, now: datetime, limit: int, after: _Place | None) -> list[_Place]:
    query = select(
        Deadline.next_action_at, Deadline.id, Deadline.subject_type, Deadline.subject_id, Deadline.next_step
    ).where(Deadline.next_action_at <= now)
    if after is not None:
        query = query.where(tuple_(Deadline.next_action_at, Deadline.id) > (after.at, after.id))
    rows = session.execute(query.order_by(Deadline.next_action_at, Deadline.id).limit(limit))
    return [
        _Place(at, id, (type, subject_id), step) for at, id, type, subject_id, step in rows if at and step
    ]


def sweep(engine: Engine, clock: Clock, settings: Settings, *, batch: int = 500) -> Swept:
    """Handle everything that is due now. An edge: opens and commits transactions of its own.

    A deadline whose handling fails stays due, is logged, and holds up no other.
    """
    parts = list(sweep_in_parts(engine, clock, settings, batch=batch))
    return Swept(sum(part.acted for part in parts), sum(part.failed for part in parts))


def sweep_in_parts(engine: Engine, clock: Clock, settings: Settings, *, batch: int = 500) -> Iterator[Swept]:
    """The same, told after each transaction: who has to end may leave it there, the rest stays due."""
    now = clock.now()
    alone = partial(_alone, engine, clock, settings)
    after: _Place | None = None
    while True:
        with transaction(engine, read_only=True) as session:
            places = _due_places(session, now, batch, after)
        left: list[int] = []
        for together in _parted(places):
            if len(together) == 1:
                yield alone(together[0].id)
                continue
            try:
                acted, passed_over = retrying(partial(_together, engine, clock, settings, together))
            except Exception:  # one of them cannot be handled: which one is seen when each is alone
                yield from map(alone, (place.id for place in together))
                continue
            left += passed_over
            yield Swept(acted, 0)
        if left:
            with transaction(engine, read_only=True) as session:
                still = session.scalars(
                    select(Deadline.id).where(Deadline.id.in_(left), Deadline.next_action_at <= now)
                ).all()
            yield from map(alone, still)
        if len(places) < batch:
            return
        after = places[-1]


def _parted(places: Sequence[_Place]) -> Iterator[list[_Place]]:
    """Places that go together: of cases of one type, each case once, so that no act finds what another has changed.

    At random, as processes that sweep at once then seldom meet at the same rows.
    """
    waiting = random.sample(places, len(places))
    while waiting:
        first = waiting[0].subject[0]
        parts: dict[tuple[str, int], _Place] = {}
        rest = []
        for place in waiting:
            free = place.subject not in parts and len(parts) < TOGETHER
            if free and place.subject[0] == first and (not parts or subjects.is_claimable(first)):
                parts[place.subject] = place
            else:
                rest.append(place)
        yield list(parts.values())
        waiting = rest


def _alone(engine: Engine, clock: Clock, settings: Settings, id: int) -> Swept:
    def attempt() -> list[FiredStep]:
        with transaction(engine) as session:
            return act(_ctx(session, clock, settings), id)

    try:
        return Swept(bool(retrying(attempt)), 0)
    except Exception:
        log.exception("deadline %s could not be handled", id)
        return Swept(0, 1)


def _together(
    engine: Engine, clock: Clock, settings: Settings, places: Sequence[_Place]
) -> tuple[int, list[int]]:
    """How many were acted on, and the ids of those whose cases somebody else holds."""
    with transaction(engine) as session:
        ctx = _ctx(session, clock, settings)
        passing = any(place.step == policies.PASSED for place in places)
        claimed = subjects.claim(ctx, [place.subject for place in places], load=passing)
        held = [place.id for place in places if place.subject in claimed]
        fired = _handle(ctx, _lock(ctx, held))
        return sum(map(bool, fired)), [place.id for place in places if place.subject not in claimed]


def _ctx(session: Session, clock: Clock, settings: Settings) -> Context:
    return Context(session, Actor.system(N_("期限巡查")), clock, settings)


def act(ctx: Context, deadline_id: int) -> list[FiredStep]:
    """Handle the steps of one deadline that have come. Empty when there is nothing to do any more.

    After downtime the missed reminders collapse into the latest one, or into nothing when the limit went
    by too; the passing and each escalation are recorded with their true times.
    """
    subject = ctx.session.execute(
        select(Deadline.subject_type, Deadline.subject_id).where(
            Deadline.id == deadline_id, Deadline.next_action_at <= ctx.clock.now()
        )
    ).one_or_none()
    if subject is None:
        return []
    subjects.lock(ctx, (subject[0], subject[1]))
    fired = _handle(ctx, _lock(ctx, [deadline_id]))
    return fired[0] if fired else []


@dataclass(frozen=True)
class _Due:
    """A deadline with the steps that have come, and what becomes of each."""

    deadline: Deadline
    come: Sequence[PlannedStep]
    outcomes: Sequence[StepOutcome]
    waiting: PlannedStep | None

    @property
    def taken(self) -> list[PlannedStep]:
        return [
            p for p, outcome in zip(self.come, self.outcomes, strict=True) if outcome is StepOutcome.FIRED
        ]


def _lock(ctx: Context, ids: Sequence[int]) -> list[tuple[Deadline, str, str | None]]:
    """Those that are still due, with their ladders and the digest of the calendar."""
    found = (
        select(Deadline, EscalationPolicy.steps, working_days.digest_query())
        .join(EscalationPolicy, EscalationPolicy.id == Deadline.policy_id)
        .where(Deadline.id.in_(ids), Deadline.next_action_at <= ctx.clock.now())
        .order_by(Deadline.id)
        .with_for_update(of=Deadline, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return [(deadline, steps, digest) for deadline, steps, digest in ctx.session.execute(found)]


def _handle(ctx: Context, rows: Sequence[tuple[Deadline, str, str | None]]) -> list[list[FiredStep]]:
    """Act on locked deadlines of different cases. What reads comes first, what asks others for more comes last."""
    if not rows:
        return []
    now = ctx.clock.now()
    calendar = working_days.load_digest(ctx.session, rows[0][2])
    calendars = working_days.of_units(ctx.session, calendar, {deadline.unit_id for deadline, _, _ in rows})
    known: dict[tuple[int, str, date], Sequence[PlannedStep]] = {}
    dues = []
    for deadline, steps, _ in rows:
        local = calendars[deadline.unit_id]
        alike = id(local), steps, deadline.due_on
        if alike not in known:
            known[alike] = policies.schedule(policies.parse(steps), deadline.due_on, local)
        ahead = _ahead(deadline, known[alike])
        come = [planned for planned in ahead if planned.at <= now]
        waiting = ahead[len(come)] if len(come) < len(ahead) else None
        dues.append(_Due(deadline, come, _outcomes(ctx, deadline, come), waiting))
    fired = []
    for due in dues:
        waiting = due.waiting
        due.deadline.next_action_at = waiting.at if waiting else None
        due.deadline.next_step = waiting.step.key if waiting else None
        steps_of = zip(due.come, due.outcomes, strict=True)
        fired.append([_move(due.deadline, planned, now, outcome) for planned, outcome in steps_of])
        _record(ctx, due.deadline, fired[-1])
        for planned in due.taken:
            _tell(ctx, due.deadline, planned)
    for due in dues:
        if any(planned.step.kind is StepKind.PASSED for planned in due.come):
            subjects.passed(ctx, due.deadline)
    for due in dues:
        _perform(ctx, due.deadline, [planned.step for planned in due.taken])
    return fired


def _ahead(deadline: Deadline, planned: Sequence[PlannedStep]) -> Sequence[PlannedStep]:
    """The steps from the next one on. A duty that was done late has only its passing left to be recorded."""
    keys = [p.step.key for p in planned]
    ahead = planned[keys.index(deadline.next_step or "") :]
    if deadline.state == DeadlineState.MET:
        return [p for p in ahead if p.step.kind is StepKind.PASSED]
    return ahead


def _outcomes(ctx: Context, deadline: Deadline, come: Sequence[PlannedStep]) -> list[StepOutcome]:
    """What becomes of each step that has come: a reminder is overtaken by any later one that is taken."""
    holds = [conditions.holds(p.step.condition, partial(subjects.is_so, ctx, deadline)) for p in come]
    last = max((n for n, taken in enumerate(holds) if taken), default=-1)
    found = []
    for n, planned in enumerate(come):
        if not holds[n]:
            found.append(StepOutcome.SKIPPED)
        elif planned.step.kind is StepKind.REMINDER and n < last:
            found.append(StepOutcome.COLLAPSED)
        else:
            found.append(StepOutcome.FIRED)
    return found


def _move(deadline: Deadline, planned: PlannedStep, now: datetime, outcome: StepOutcome) -> FiredStep:
    """What a step changes on the deadline itself."""
    kind = planned.step.kind
    if kind is StepKind.REMINDER and outcome is StepOutcome.FIRED:
        deadline.reminded_at = now
    elif kind is StepKind.PASSED:
        deadline.passed_at = deadline.passed_at or deadline.due_at
        if deadline.state == DeadlineState.OPEN:
            deadline.state = DeadlineState.PASSED
    return FiredStep(planned.step.key, kind, planned.at, outcome)


def _perform(ctx: Context, deadline: Deadline, taken: Sequence[Step]) -> None:
    """Do what the gravest of the steps asks for, the last one: one matter, one sheet (一事一单)."""
    asking = [step for step in taken if actions.registered(step.action)]
    if asking:
        actions.perform(ctx, deadline, asking[-1])


def _record(ctx: Context, deadline: Deadline, fired: Sequence[FiredStep]) -> None:
    """One row per step; none when a new holiday notice has moved the step to a later day."""
    for step in fired:
        ctx.session.later(
            _handled,
            {
                "deadline_id": deadline.id,
                "policy_id": deadline.policy_id,
                "step": step.key,
                "due_at": deadline.due_at,
                "planned_at": step.planned_at,
                "fired_at": ctx.clock.now(),
                "outcome": step.outcome,
            },
        )


def _handled(p: Parameter) -> Any:
    names = ("deadline_id", "policy_id", "step", "due_at", "planned_at", "fired_at", "outcome")
    return insert(cast(Table, DeadlineStep.__table__)).values({name: p(name) for name in names})


def _tell(ctx: Context, deadline: Deadline, planned: PlannedStep) -> None:
    """One audit entry, and one message for those whom the ladder names."""
    fact, recipients = _FACT[planned.step.kind], list(planned.step.to)
    detail = {
        "deadline_id": deadline.id,
        "deadline_kind": deadline.kind,
        "step": planned.step.key,
        "due_on": deadline.due_on,
        "planned_at": planned.at,
    }
    audit.record(ctx, deadline.stream, fact, deadline.subject, **detail)
    if recipients:
        outbox.publish(
            ctx,
            fact,
            deadline.subject,
            **detail,
            unit_id=deadline.unit_id,
            recipients=recipients,
            offset=planned.step.offset,
            **({"provisional": True} if deadline.provisional else {}),
        )
