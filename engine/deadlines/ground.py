"""What a date is reckoned with: the calendar in force and a ladder, read together in one small statement."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engine import working_days
from engine.deadlines import policies
from engine.deadlines.models import EscalationPolicy
from engine.deadlines.policies import Step
from engine.working_days import WorkingCalendar


@dataclass(frozen=True)
class Ground:
    calendar: WorkingCalendar
    policy_id: int
    steps: Sequence[Step]


_REMEMBERED = "engine.deadlines.ground"


def newest(session: Session, key: str) -> Ground:
    """Calendar and newest version of a ladder: one SELECT, remembered for the length of the transaction."""
    transaction, grounds = session.info.get(_REMEMBERED, (None, {}))
    if transaction is None or transaction is not session.get_transaction():
        grounds = {}
    if key not in grounds:
        grounds[key] = _read(session, EscalationPolicy.key == key)
        session.info[_REMEMBERED] = session.get_transaction(), grounds
    ground: Ground = grounds[key]
    return ground


def of_policy(session: Session, policy_id: int) -> Ground:
    """Calendar and the ladder which a deadline climbs already."""
    return _read(session, EscalationPolicy.id == policy_id)


def _read(session: Session, which: ColumnElement[bool]) -> Ground:
    row = session.execute(
        select(EscalationPolicy.id, EscalationPolicy.steps, working_days.digest_query())
        .where(which)
        .order_by(EscalationPolicy.version.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        raise LookupError(f"no escalation policy: {which}")
    return Ground(working_days.load_digest(session, row[2]), row[0], policies.parse(row[1]))
