"""What a date is reckoned with: the calendar in force and a ladder, read together in one small statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from engine import working_days
from engine.db import Session
from engine.deadlines import policies
from engine.deadlines.models import EscalationPolicy
from engine.deadlines.policies import Step
from engine.working_days import CalendarEdition, WorkingCalendar
from engine.writes import concerning


@dataclass(frozen=True)
class Ground:
    calendar: WorkingCalendar
    policy_id: int
    steps: Sequence[Step]


def newest(session: Session, key: str) -> Ground:
    """Calendar and newest version of a ladder: one SELECT, remembered for the length of the transaction."""
    ground: Ground | None = session.memo.get(("engine.deadlines.ground", key))
    if ground is None:
        ground = session.memo["engine.deadlines.ground", key] = _read(session, _by_key(), key)
    return ground


def of_policy(session: Session, policy_id: int) -> Ground:
    """Calendar and the ladder which a deadline climbs already."""
    return _read(session, _by_id(), policy_id)


def known(session: Session, policy_id: int, steps: str, digest: str | None) -> Ground:
    """What a statement of the caller has read in this transaction: the ladder, and `working_days.digest_query`."""
    return Ground(working_days.load_digest(session, digest), policy_id, policies.parse(steps))


def _read(session: Session, query: Select[int, str, str], which: int | str) -> Ground:
    row = session.execute(query, {"which": which}).one_or_none()
    if row is None:
        raise LookupError(f"no escalation policy: {which}")
    policy_id, steps, digest = row
    return known(session, policy_id, steps, digest)


@cache
def _by_key() -> Select[int, str, str]:
    return _query(EscalationPolicy.key)


@cache
def _by_id() -> Select[int, str, str]:
    return _query(EscalationPolicy.id)


def _query(column: Any) -> Select[int, str, str]:
    found = select(EscalationPolicy.id, EscalationPolicy.steps, working_days.digest_query())
    newest = found.where(column == bindparam("which")).order_by(EscalationPolicy.version.desc()).limit(1)
    return concerning(newest, EscalationPolicy, CalendarEdition)
