"""What a change of the calendar would move, before it is made. Reads only.

Dates that rest on the same rule, trigger and length come out alike, so they are counted together: what it costs
depends on how many different limits there are, not on how many units have them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, null, or_, select

from engine import working_days
from engine.clock import local_date
from engine.context import Context
from engine.deadlines.basis import Basis, Rule
from engine.deadlines.models import LIVE, ChangeKind, Deadline, DeadlineChange, DeadlineState
from engine.deadlines.standing import due_again, stands
from engine.working_days import WorkingCalendar

#: Dates named one by one at most.
NAMED = 50
_COUNTING = (Rule.WORKING_DAYS, Rule.CALENDAR_DAYS)
_SETTING = [ChangeKind.EXTENDED, ChangeKind.AMENDED, ChangeKind.PAUSED, ChangeKind.RESUMED]


@dataclass(frozen=True)
class Moved:
    """One deadline with the date that it has and the one that it would get, and whether that may move again."""

    deadline: Deadline
    from_on: date
    to_on: date
    provisional: bool


@dataclass(frozen=True)
class Preview:
    """How many deadlines of each kind would move, how many would no longer be provisional, or become so, and the
    first ones by their present date."""

    by_kind: Mapping[str, int] = field(default_factory=dict)
    settled: int = 0
    unsettled: int = 0
    first: Sequence[Moved] = ()

    @property
    def total(self) -> int:
        return sum(self.by_kind.values())


@dataclass(frozen=True)
class _Group:
    """Deadlines that come out alike."""

    kind: str
    state: str
    due_on: date
    provisional: bool
    basis: Basis
    unit_id: int | None
    n: int


def preview(ctx: Context, after: WorkingCalendar, first_on: date) -> Preview:
    """What ``after`` would move if it came in force now; it differs from the calendar in force from ``first_on`` on."""
    today = local_date(ctx.clock.now())
    found = _groups(ctx, first_on, by_unit=bool(after.local))
    # What was paused and resumed is reckoned one by one: there is little of it.
    single = ctx.session.scalars(
        select(Deadline).where(*_live(first_on), _set_by_somebody()).order_by(Deadline.id)
    ).all()
    units = {group.unit_id or 0 for group in found} | {row.unit_id for row in single}
    calendars = working_days.of_units(ctx.session, after, units)
    by_kind: Counter[str] = Counter()
    settled: Counter[bool] = Counter()
    moved: list[_Move] = []
    for group in found:
        to = stands(group.basis, (), calendars[group.unit_id or 0])
        if to.provisional != group.provisional:
            settled[to.provisional] += group.n
        to_on = due_again(group.state, group.due_on, to.due_on, today)
        if to_on != group.due_on:
            by_kind[group.kind] += group.n
            moved.append((group.due_on, to_on, to.provisional, group))
    for row in single:
        to = stands(Basis.from_dict(row.basis), row.changes, calendars[row.unit_id])
        if to.provisional != row.provisional:
            settled[to.provisional] += 1
        to_on = due_again(row.state, row.due_on, to.due_on, today)
        if to_on != row.due_on:
            by_kind[row.kind] += 1
            moved.append((row.due_on, to_on, to.provisional, row))
    moved.sort(key=lambda one: one[:2])
    first = _named(ctx, moved[:NAMED], first_on)
    return Preview(dict(sorted(by_kind.items())), settled[False], settled[True], first)


def _live(first_on: date) -> list[ColumnElement[bool]]:
    return [Deadline.state.in_(LIVE), Deadline.due_on >= first_on]


def _set_by_somebody() -> ColumnElement[bool]:
    return exists().where(DeadlineChange.deadline_id == Deadline.id, DeadlineChange.kind.in_(_SETTING))


def _columns() -> dict[str, ColumnElement[Any]]:
    basis = Deadline.basis
    return {
        "rule": basis["rule"].as_string(), "on": basis["on"].as_string(), "days": basis["days"].as_integer(),
    }  # fmt: skip


def _groups(ctx: Context, first_on: date, *, by_unit: bool) -> list[_Group]:
    # A state matters only as paused or not: whether the limit went by is told by its date.
    state = case((Deadline.state == DeadlineState.PAUSED, DeadlineState.PAUSED), else_=DeadlineState.OPEN)
    rest = _columns()
    inner = (
        select(
            Deadline.kind,
            state.label("state"),
            Deadline.due_on,
            Deadline.provisional,
            (Deadline.unit_id if by_unit else null()).label("unit_id"),
            rest["rule"].label("rule"),
            rest["on"].label("trigger_on"),
            rest["days"].label("length"),
        )
        .where(*_live(first_on), ~_set_by_somebody(), rest["rule"].in_(_COUNTING))
        .subquery()
    )
    rows: Any = ctx.session.execute(select(*inner.c, func.count()).group_by(*inner.c))
    return [
        _Group(kind, state, due_on, bool(provisional), _basis(rule, on, days), unit_id, n)
        for kind, state, due_on, provisional, unit_id, rule, on, days, n in rows
    ]


def _basis(rule: str, on: str, days: int | None) -> Basis:
    return Basis(Rule(rule), date.fromisoformat(on), "", days=days)


def _named(ctx: Context, moved: Sequence["_Move"], first_on: date) -> list[Moved]:
    """The first deadlines by name, with the dates of their groups."""
    columns = _columns()
    wanted = [
        and_(
            Deadline.kind == group.kind, Deadline.due_on == group.due_on,
            (Deadline.state == DeadlineState.PAUSED) == (group.state == DeadlineState.PAUSED),
            columns["rule"] == group.basis.rule, columns["on"] == group.basis.on.isoformat(),
            columns["days"] == group.basis.days,
            *([Deadline.unit_id == group.unit_id] if group.unit_id is not None else []),
        )
        for _, _, _, group in moved
        if isinstance(group, _Group)
    ]  # fmt: skip
    rows: Iterable[Deadline] = ()
    if wanted:
        query = select(Deadline).where(*_live(first_on), ~_set_by_somebody(), or_(*wanted))
        rows = ctx.session.scalars(query.order_by(Deadline.due_on, Deadline.id).limit(NAMED)).all()
    to = {_key(g): (to_on, provisional) for _, to_on, provisional, g in moved if isinstance(g, _Group)}
    found = [Moved(d, d.due_on, *next(new for key, new in to.items() if _fits(d, key))) for d in rows]
    found += [
        Moved(d, d.due_on, to_on, provisional)
        for _, to_on, provisional, d in moved
        if isinstance(d, Deadline)
    ]
    return sorted(found, key=lambda one: (one.from_on, one.deadline.id))[:NAMED]


#: The present date, the new one, whether that is provisional, and what moves.
_Move = tuple[date, date, bool, _Group | Deadline]
_Key = tuple[str, bool, date, Rule, date, int | None, int | None]


def _key(group: _Group) -> _Key:
    paused = group.state == DeadlineState.PAUSED
    basis = group.basis
    return group.kind, paused, group.due_on, basis.rule, basis.on, basis.days, group.unit_id


def _fits(row: Deadline, key: _Key) -> bool:
    basis = Basis.from_dict(row.basis)
    paused = row.state == DeadlineState.PAUSED
    is_ = (row.kind, paused, row.due_on, basis.rule, basis.on, basis.days)
    return is_ == key[:6] and key[6] in (None, row.unit_id)
