"""The sweep: each step that has come is handled once, one deadline per transaction, by any number of
processes.

Ids are picked without locks; `act` then locks as every verb does (case row, process instance, deadline),
looks again, and writes. A deadline that another process holds is passed over.
"""

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Engine, insert, select, tuple_
from sqlalchemy.orm import Session

from engine import audit, outbox, working_days
from engine.clock import Clock
from engine.context import Actor, Context
from engine.db import retrying, transaction
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
from engine.working_days import WorkingCalendar

log = logging.getLogger(__name__)

Place = tuple[datetime, int]

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
    return [id for _, id in _due_places(session, now, limit, None)]


def _due_places(session: Session, now: datetime, limit: int, after: Place | None) -> list[Place]:
    place = tuple_(Deadline.next_action_at, Deadline.id)
    query = select(Deadline.next_action_at, Deadline.id).where(Deadline.next_action_at <= now)
    if after is not None:
        query = query.where(place > after)
    rows = session.execute(query.order_by(Deadline.next_action_at, Deadline.id).limit(limit))
    return [(at, id) for at, id in rows if at is not None]


def sweep(engine: Engine, clock: Clock, settings: Settings, *, batch: int = 500) -> Swept:
    """Handle everything that is due now. An edge: opens and commits one transaction per deadline.

    A deadline whose handling fails stays due, is logged, and holds up no other.
    """
    now = clock.now()
    acted = failed = 0
    after: Place | None = None
    while True:
        with transaction(engine, read_only=True) as session:
            places = _due_places(session, now, batch, after)
        ids = [id for _, id in places]
        random.shuffle(ids)  # processes that sweep at once then seldom meet at the same row
        for id in ids:
            try:
                acted += bool(retrying(partial(_act_alone, engine, clock, settings, id)))
            except Exception:
                failed += 1
                log.exception("deadline %s could not be handled", id)
        if len(places) < batch:
            return Swept(acted, failed)
        after = places[-1]


def _act_alone(engine: Engine, clock: Clock, settings: Settings, id: int) -> list[FiredStep]:
    with transaction(engine) as session:
        return act(Context(session, Actor.system(N_("期限巡查")), clock, settings), id)


def act(ctx: Context, deadline_id: int) -> list[FiredStep]:
    """Handle the steps of one deadline that have come. Empty when there is nothing to do any more.

    After downtime the missed reminders collapse into the latest one, or into nothing when the limit went
    by too; the passing and each escalation are recorded with their true times.
    """
    now = ctx.clock.now()
    subject = ctx.session.execute(
        select(Deadline.subject_type, Deadline.subject_id).where(
            Deadline.id == deadline_id, Deadline.next_action_at <= now
        )
    ).one_or_none()
    if subject is None:
        return []
    subjects.lock(ctx, (subject[0], subject[1]))
    row = ctx.session.execute(
        select(Deadline, EscalationPolicy.steps, working_days.digest_query())
        .join(EscalationPolicy, EscalationPolicy.id == Deadline.policy_id)
        .where(Deadline.id == deadline_id, Deadline.next_action_at <= now)
        .with_for_update(of=Deadline, skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return []
    deadline, steps, digest = row
    calendar = working_days.load_digest(ctx.session, digest)
    ahead = _ahead(deadline, steps, working_days.of_unit(ctx.session, calendar, deadline.unit_id))
    come = [planned for planned in ahead if planned.at <= now]
    waiting = ahead[len(come)] if len(come) < len(ahead) else None
    deadline.next_action_at = waiting.at if waiting else None
    deadline.next_step = waiting.step.key if waiting else None
    fired = [
        _move(deadline, planned, now, outcome)
        for planned, outcome in zip(come, _outcomes(ctx, deadline, come), strict=True)
    ]
    _record(ctx, deadline, fired)
    for planned, step in zip(come, fired, strict=True):
        if step.outcome is StepOutcome.FIRED:
            _tell(ctx, deadline, planned)
    if any(step.kind is StepKind.PASSED for step in fired):
        subjects.passed(ctx, deadline)
    _perform(
        ctx,
        deadline,
        [p.step for p, step in zip(come, fired, strict=True) if step.outcome is StepOutcome.FIRED],
    )
    return fired


def _ahead(deadline: Deadline, steps: str, calendar: WorkingCalendar) -> Sequence[PlannedStep]:
    """The steps from the next one on. A duty that was done late has only its passing left to be recorded."""
    planned = policies.schedule(policies.parse(steps), deadline.due_on, calendar)
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
    if not fired:
        return  # a new holiday notice has moved the step to a later day
    now = ctx.clock.now()
    ctx.session.execute(
        insert(DeadlineStep),
        [
            {
                "deadline_id": deadline.id,
                "policy_id": deadline.policy_id,
                "step": step.key,
                "due_at": deadline.due_at,
                "planned_at": step.planned_at,
                "fired_at": now,
                "outcome": step.outcome,
            }
            for step in fired
        ],
    )


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
        )
