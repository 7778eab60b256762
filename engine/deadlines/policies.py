"""Ladders: what is sent before a limit, when it passes, and after it. Configuration, versioned in the
database.

Offsets are working days before (negative) or after the due date; such steps happen at 09:00 in Shanghai.
A reminder for a date that is no working day thereby moves to the working day before. The step at offset 0
is the passing of the limit itself, at 24:00 of the due date.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select

from engine.clock import end_of_day, morning_of
from engine.context import Context
from engine.deadlines.conditions import Condition
from engine.deadlines.models import EscalationPolicy
from engine.working_days import WorkingCalendar


class Recipient(StrEnum):
    """Who is told, as a relation that the notifications resolve to people."""

    REPORTER = "reporter"  #: of the unit that owes the duty
    HEAD = "head"  #: of the unit that owes the duty
    INSPECTOR = "inspector"  #: of the unit that owes the duty
    LEAD = "lead"  #: head of the unit that leads or reviews the case
    OFFICE = "office"  #: officers of the campaign's supervising office
    LEADER = "leader"  #: the leader in charge of the campaign


class StepKind(StrEnum):
    REMINDER = "reminder"
    PASSED = "passed"
    ESCALATION = "escalation"


@dataclass(frozen=True)
class Step:
    """One rung. ``key`` is unique in its policy and names it in the records."""

    key: str
    kind: StepKind
    offset: int
    to: tuple[str, ...]
    condition: Condition = Condition.ALWAYS
    #: A value of `actions.Action`.
    action: str = "remind"


@dataclass(frozen=True)
class PlannedStep:
    step: Step
    at: datetime


#: Key of the step at which the limit goes by, in every ladder.
PASSED = "passed"

#: The ladders that an installation starts with; a changed one becomes a new version, old deadlines keep
#: theirs.
LADDERS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "default": [
        {"key": "remind_15", "offset": -15, "to": ["reporter"]},
        {"key": "remind_7", "offset": -7, "to": ["reporter"]},
        {"key": "remind_3", "offset": -3, "to": ["reporter", "head"]},
        {"key": "remind_1", "offset": -1, "to": ["reporter", "head"]},
        {"key": "passed", "offset": 0, "to": ["reporter", "head"]},
        {"key": "escalate_1", "offset": 1, "to": ["lead"], "action": "notice.reminder_letter"},
        {"key": "escalate_3", "offset": 3, "to": ["head", "office"], "action": "notice.supervision_notice"},
        {"key": "escalate_10", "offset": 10, "to": ["leader"], "action": "notice.circular"},
        {"key": "escalate_20", "offset": 20, "to": ["office", "leader"], "action": "notice.talk"},
    ],
    "review": [
        {"key": "remind_1", "offset": -1, "to": ["head"]},
        {"key": "passed", "offset": 0, "to": ["head"]},
        {"key": "escalate_3", "offset": 3, "to": ["office"]},
        {"key": "escalate_10", "offset": 10, "to": ["leader"]},
    ],
    "check": [
        {"key": "remind_3", "offset": -3, "to": ["inspector"]},
        {"key": "remind_1", "offset": -1, "to": ["inspector"]},
        {"key": "passed", "offset": 0, "to": ["inspector", "office"]},
        {"key": "escalate_3", "offset": 3, "to": ["leader"]},
    ],
    "notice": [
        {"key": "remind_1", "offset": -1, "to": ["reporter", "head"]},
        {"key": "passed", "offset": 0, "to": ["reporter", "head", "office"]},
    ],
    # Who is asked for a later date or a change: the office, then the leader.
    "office_decision": [
        {"key": "remind_1", "offset": -1, "to": ["office"]},
        {"key": "passed", "offset": 0, "to": ["office"]},
        {"key": "escalate_3", "offset": 3, "to": ["head", "leader"]},
    ],
    "leader_decision": [
        {"key": "remind_1", "offset": -1, "to": ["leader"]},
        {"key": "passed", "offset": 0, "to": ["leader", "office"]},
        {"key": "escalate_3", "offset": 3, "to": ["office"]},
    ],
    # A window that simply ends: nobody owes anything, the passing only moves the case on.
    "window": [{"key": "passed", "offset": 0, "to": []}],
}

#: Ladder of each kind of deadline that has one of its own.
KIND_POLICIES: Mapping[str, str] = {
    "review.due": "review",
    "check.due": "check",
    "work_item.sampling": "window",
    "extension.decide": "office_decision",
    "extension.approve": "leader_decision",
    "change_request.decide": "office_decision",
    "change_request.approve": "leader_decision",
    "change_request.review": "office_decision",
    "notice.receipt": "notice",
    "notice.reply": "notice",
}


def policy_for(kind: str) -> str:
    """Key of the ladder that a kind of deadline climbs."""
    return KIND_POLICIES.get(kind, "default")


@lru_cache(maxsize=64)
def parse(steps: str) -> tuple[Step, ...]:
    """The steps of a stored policy, in the order in which they come."""
    return _steps(json.loads(steps))


def _steps(ladder: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    steps = (
        Step(
            s["key"], _kind(s["offset"]), s["offset"], tuple(s["to"]),
            Condition(s.get("condition", Condition.ALWAYS)),
            s.get("action") or ("remind" if s["offset"] <= 0 else "escalate"),
        )
        for s in ladder
    )  # fmt: skip
    return tuple(sorted(steps, key=lambda step: step.offset))


def _kind(offset: int) -> StepKind:
    if offset == 0:
        return StepKind.PASSED
    return StepKind.REMINDER if offset < 0 else StepKind.ESCALATION


def planned_at(step: Step, due_on: date, calendar: WorkingCalendar) -> datetime:
    if step.kind is StepKind.PASSED:
        return end_of_day(due_on)
    return morning_of(calendar.shift(due_on, step.offset))


def schedule(steps: Sequence[Step], due_on: date, calendar: WorkingCalendar) -> list[PlannedStep]:
    """When each step comes for a due date, in order."""
    return [PlannedStep(step, planned_at(step, due_on, calendar)) for step in steps]


def first_ahead(
    steps: Sequence[Step], due_on: date, now: datetime, calendar: WorkingCalendar
) -> PlannedStep | None:
    """The step to wait for when a date is set at ``now``.

    Reminders that would lie in the past are left out; the passing of the limit and what follows never is.
    """
    for step in steps:
        at = planned_at(step, due_on, calendar)
        if at > now or step.kind is not StepKind.REMINDER:
            return PlannedStep(step, at)
    return None


def first_again(
    steps: Sequence[Step], due_on: date, now: datetime, late: bool, calendar: WorkingCalendar
) -> PlannedStep | None:
    """The step to wait for when a duty that was done is owed again; ``late``: its passing is on record."""
    for step in steps:
        at = planned_at(step, due_on, calendar)
        if at > now or (step.kind is StepKind.PASSED and not late):
            return PlannedStep(step, at)
    return None


def seed_policies(ctx: Context) -> None:
    """Enter the ladders above; a ladder that differs from its newest version becomes a new version.
    Idempotent.

    Ladders changed by an administrator are newer versions of the same key, so only a key's first version
    is seeded.
    """
    present = set(ctx.session.scalars(select(EscalationPolicy.key).distinct()))
    for key in LADDERS.keys() - present:
        publish(ctx, key, LADDERS[key])


def publish(
    ctx: Context, key: str, ladder: Sequence[Mapping[str, Any]], *, note: str = ""
) -> EscalationPolicy:
    """A new version of a ladder. Deadlines opened from now on climb it; those already open keep theirs."""
    steps = _steps(ladder)
    keys = {step.key for step in steps}
    if len(keys) < len(steps) or [s.key for s in steps if s.kind is StepKind.PASSED] != [PASSED]:
        raise ValueError(f"{key}: steps need unique keys, and the one at offset 0 is called {PASSED}")
    for step in steps:
        for relation in step.to:
            Recipient(relation)
    newest = ctx.session.scalar(select(func.max(EscalationPolicy.version)).where(EscalationPolicy.key == key))
    policy = EscalationPolicy(
        key=key,
        version=(newest or 0) + 1,
        steps=json.dumps(list(ladder)),
        note=note,
        author_id=ctx.actor.person_id,
        author_name=ctx.actor.name,
        created_at=ctx.clock.now(),
    )
    ctx.session.add(policy)
    ctx.session.flush()
    return policy
