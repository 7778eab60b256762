"""What a person's units owe, deadline by deadline: for the morning's digest and the calendar of a person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.context import Role
from engine.deadlines.models import Deadline, DeadlineState
from engine.organisation import queries
from notifications.recipients import Directory

#: Who does what a unit owes. A check is the drawn inspector's alone.
_DOING = {Role.REPORTER, Role.HEAD, Role.OFFICER}
_CHECK = "check.due"
MOST = 500


@dataclass(frozen=True)
class Duty:
    deadline: Deadline
    work_item_id: int | None
    #: number, title and part, as the texts name them.
    named: dict[str, Any] = field(default_factory=dict)


#: Still owed, and not standing still.
RUNNING = (DeadlineState.OPEN, DeadlineState.PASSED)


def owed_by(
    session: Session,
    person_id: int,
    on: date,
    *,
    since: date | None,
    until: date | None,
    states: Iterable[DeadlineState] = RUNNING,
) -> Sequence[Duty]:
    """What is due between two days, both included, of the units of the posts held on a day; earliest first."""
    posts = queries.acting_posts(session, person_id, on)
    units = {unit for unit, _ in posts}
    doing = {unit for unit, role in posts if role in _DOING}
    query = select(Deadline).where(Deadline.unit_id.in_(units), Deadline.state.in_(list(states)))
    if since is not None:
        query = query.where(Deadline.due_on >= since)
    if until is not None:
        query = query.where(Deadline.due_on <= until)
    directory, found = Directory(session, on), []
    for deadline in session.scalars(query.order_by(Deadline.due_at, Deadline.id).limit(MOST)):
        case = directory.about(*deadline.subject)
        is_own = case.drawn_id == person_id if deadline.kind == _CHECK else deadline.unit_id in doing
        if is_own:
            named = {name: case.params.get(name) or "" for name in ("number", "title", "part")}
            found.append(Duty(deadline, case.work_item_id, named))
    return found
