"""Changing a ladder: a new version is published, running deadlines keep theirs unless they are told to change over.

What has been handled stays; a deadline that changes over takes of the new ladder what is still to come, so that
nothing is sent for times that are over.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from engine import audit, permissions, queue, working_days
from engine.context import Actor, Context
from engine.db import Session
from engine.deadlines import conditions, ladders, policies, subjects
from engine.deadlines.ladders import WantedStep
from engine.deadlines.models import LIVE, Deadline, DeadlineState, DeadlineStep, EscalationPolicy
from engine.deadlines.policies import Step, StepKind
from engine.deadlines.sweep import act
from engine.errors import InvalidInput, NotFound, RuleViolation, StaleForm
from engine.permissions import Permission
from engine.texts import N_

#: Queue topic of the change-over, and deadlines in one transaction of it.
TOPIC, CHUNK = "policies.adopt", 200


def newest(session: Session, key: str) -> EscalationPolicy:
    """The version of a ladder that deadlines opened now climb. Raises NotFound."""
    return of_version(session, key, None)


def of_version(session: Session, key: str, version: int | None) -> EscalationPolicy:
    query = select(EscalationPolicy).where(EscalationPolicy.key == key)
    if version is not None:
        query = query.where(EscalationPolicy.version == version)
    found = session.scalars(query.order_by(EscalationPolicy.version.desc()).limit(1)).first()
    if found is None:
        raise NotFound()
    return found


def versions(session: Session, key: str) -> Sequence[EscalationPolicy]:
    """All versions of a ladder, newest first."""
    query = select(EscalationPolicy).where(EscalationPolicy.key == key)
    return session.scalars(query.order_by(EscalationPolicy.version.desc())).all()


def all_newest(session: Session) -> Sequence[EscalationPolicy]:
    """The newest version of every ladder, in the order of `policies.LADDERS`."""
    last = select(func.max(EscalationPolicy.id)).group_by(EscalationPolicy.key)
    found = {
        row.key: row for row in session.scalars(select(EscalationPolicy).where(EscalationPolicy.id.in_(last)))
    }
    return [found[key] for key in dict.fromkeys((*policies.LADDERS, *sorted(found))) if key in found]


def running(session: Session, key: str) -> Mapping[int, int]:
    """How many deadlines are still owed on each version of a ladder: version -> number."""
    query = (
        select(EscalationPolicy.version, func.count())
        .join(Deadline, Deadline.policy_id == EscalationPolicy.id)
        .where(EscalationPolicy.key == key, Deadline.state.in_(LIVE))
        .group_by(EscalationPolicy.version)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def publish(
    ctx: Context,
    key: str,
    wanted: Sequence[WantedStep],
    *,
    note: str,
    expected: int,
    running_too: bool = False,
) -> EscalationPolicy:
    """A new version of a ladder, for deadlines that are opened from now on; with ``running_too`` also for those that
    are owed already, which change over in the background.

    ``expected`` is the version that the editor has seen. Raises LadderRefused, StaleForm, RuleViolation.
    """
    permissions.require(ctx, Permission.ESCALATION_MANAGE)
    # Two editors wait for each other here; who comes second sees the other's version.
    before = newest(ctx.session, key)
    ctx.session.execute(select(EscalationPolicy.id).where(EscalationPolicy.id == before.id).with_for_update())
    before = newest(ctx.session, key)
    if before.version != expected:
        raise StaleForm("policies.stale", "此规则刚刚由他人修改，请在最新版本上重新修改")
    ladders.check(key, wanted)
    if not note.strip() or len(note) > 300:
        raise InvalidInput("policies.note", "请说明为什么修改，不超过300字", field="note")
    steps = ladders.written(wanted)
    known = policies.parse(before.steps)
    if not ladders.differences(known, policies.parse(json.dumps(steps))):
        raise RuleViolation("policies.same", "与现行规则相同，没有需要保存的内容")
    row = policies.publish(ctx, key, steps, note=note.strip())
    concerned = sum(running(ctx.session, key).values()) if running_too else 0
    audit.record(
        ctx, f"escalation_policy:{key}", "escalation_policy.published", ("escalation_policy", row.id), key=key,
        version=row.version, note=row.note, steps=steps, running=concerned,
    )  # fmt: skip
    if running_too:
        queue.put(ctx, TOPIC, work_key(row.id), {"policy_id": row.id})
    return row


def work_key(policy_id: int) -> str:
    return f"policy:{policy_id}"


@queue.topic(TOPIC)
def adopt_chunk(ctx: Context, payload: dict[str, Any], progress: dict[str, Any]) -> dict[str, Any] | None:
    """Queue handler: some of the deadlines that are owed on older versions change over. A newer version takes over."""
    ctx = replace(ctx, actor=Actor.system(N_("提醒升级规则")))
    policy = ctx.session.get_one(EscalationPolicy, payload["policy_id"])
    if newest(ctx.session, policy.key).id != policy.id:
        return None
    older = select(EscalationPolicy.id).where(
        EscalationPolicy.key == policy.key, EscalationPolicy.id != policy.id
    )
    waiting: list[ColumnElement[bool]] = [Deadline.policy_id.in_(older), Deadline.state.in_(LIVE)]
    total = progress.get("total")
    if total is None:
        total = ctx.session.scalar(select(func.count()).select_from(Deadline).where(*waiting)) or 0
    query = select(Deadline.id, Deadline.subject_type, Deadline.subject_id, Deadline.next_action_at).where(
        Deadline.id > progress.get("after", 0), *waiting
    )
    rows = ctx.session.execute(query.order_by(Deadline.id).limit(CHUNK)).all()
    if not rows:
        return None
    subjects.lock_many(ctx, {(row[1], row[2]) for row in rows})
    for row in rows:
        if row[3] is not None and row[3] <= ctx.clock.now():
            act(ctx, row[0])  # what has come is still the former version's
    ctx.session.flush()
    locked = ctx.session.scalars(
        select(Deadline)
        .where(Deadline.id.in_([row[0] for row in rows]), *waiting)
        .order_by(Deadline.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    _adopt(ctx, policy, locked)
    done = min(progress.get("done", 0) + len(rows), total)
    return {"after": rows[-1][0], "done": done, "total": total}


def _adopt(ctx: Context, policy: EscalationPolicy, found: Sequence[Deadline]) -> None:
    steps, now = policies.parse(policy.steps), ctx.clock.now()
    calendars = working_days.of_units(
        ctx.session, working_days.load(ctx.session), {deadline.unit_id for deadline in found}
    )
    noted = select(DeadlineStep.deadline_id).where(
        DeadlineStep.deadline_id.in_([deadline.id for deadline in found]),
        DeadlineStep.step == policies.PASSED,
        DeadlineStep.due_at
        == select(Deadline.due_at).where(Deadline.id == DeadlineStep.deadline_id).scalar_subquery(),
    )
    late = set(ctx.session.scalars(noted))
    for deadline in found:
        deadline.policy_id = policy.id
        if deadline.state == DeadlineState.PAUSED:
            continue
        ahead = policies.first_again(
            steps, deadline.due_on, now, deadline.id in late, calendars[deadline.unit_id]
        )
        deadline.next_action_at = ahead.at if ahead else None
        deadline.next_step = ahead.step.key if ahead else None


@dataclass(frozen=True)
class Rehearsed:
    """What a ladder would do with one deadline: when each step falls, whether that is over, and whether its condition
    holds at present."""

    step: Step
    planned_at: datetime
    is_over: bool
    holds: bool


def rehearse(ctx: Context, deadline: Deadline, steps: Sequence[Step]) -> list[Rehearsed]:
    """The steps as they would fall for a real deadline. Changes nothing."""
    permissions.require(ctx, Permission.ESCALATION_MANAGE)
    now, calendar = ctx.clock.now(), working_days.load_of(ctx.session, deadline.unit_id)
    return [
        Rehearsed(
            planned.step, planned.at, planned.at <= now,
            planned.step.kind is StepKind.PASSED
            or conditions.holds(planned.step.condition, lambda fact: subjects.is_so(ctx, deadline, fact)),
        )
        for planned in policies.schedule(steps, deadline.due_on, calendar)
    ]  # fmt: skip


def samples(
    session: Session, key: str, *, unit_ids: Sequence[int] = (), limit: int = 30
) -> Sequence[Deadline]:
    """Running deadlines of a ladder to rehearse on, the next due first."""
    older = select(EscalationPolicy.id).where(EscalationPolicy.key == key)
    query = select(Deadline).where(
        Deadline.policy_id.in_(older), Deadline.state.in_([DeadlineState.OPEN, DeadlineState.PASSED])
    )
    if unit_ids:
        query = query.where(Deadline.unit_id.in_(unit_ids))
    return session.scalars(query.order_by(Deadline.due_at, Deadline.id).limit(limit)).all()


def sample(session: Session, key: str, deadline_id: int) -> Deadline:
    """One of them. Raises NotFound for a deadline of another ladder."""
    found = session.scalar(
        select(Deadline)
        .join(EscalationPolicy, EscalationPolicy.id == Deadline.policy_id)
        .where(Deadline.id == deadline_id, EscalationPolicy.key == key)
    )
    if found is None:
        raise NotFound()
    return found
