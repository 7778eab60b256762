"""What falls due, for those who may read it: counted by day, lit by key task and by unit, listed by urgency.

A deadline is read by whoever may read the work item on whose stream it stands, as its explanation is. Colours are
counted by `deadlines.queries.shines`; nothing here loads more rows than a screen shows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)

from engine import permissions, working_days
from engine.campaigns.models import Campaign, KeyTask, KeyTaskState, Obligation, WorkItem
from engine.clock import end_of_day
from engine.context import Context
from engine.deadlines import Colour, Deadline, DeadlineState, Light, light, scheme
from engine.deadlines.models import LIVE_SQL
from engine.deadlines.queries import shines
from engine.deadlines.recompute import register_watching
from engine.organisation.models import Unit
from engine.organisation.queries import units_by_id
from engine.permissions import Permission
from engine.process import inbox
from engine.process.models import UserTask, UserTaskState

#: From the most urgent to what asks for nothing.
URGENCY = (Colour.RED, Colour.YELLOW, Colour.BLUE, Colour.GREEN, Colour.GREY)
#: Deadlines named in one day of the month.
NAMED = 3
_STREAM = "work_item:"


@dataclass(frozen=True)
class Wanted:
    """Which deadlines are asked for; all conditions hold together.

    ``since`` and ``until`` are days, both included. ``own``: owed by the units of the actor's posts. ``waiting``: an
    open user task of theirs is offered to the actor. ``live``: still owed; without it only what was cancelled is left
    out.
    """

    since: date | None = None
    until: date | None = None
    own: bool = False
    waiting: bool = False
    campaign_id: int | None = None
    key_task_id: int | None = None
    unit_id: int | None = None
    kind: str | None = None
    colour: Colour | None = None
    live: bool = False


@dataclass(frozen=True)
class Named:
    """One deadline as a day of the month names it."""

    deadline_id: int
    number: str
    title: str
    colour: Colour


@dataclass
class Day:
    """What falls due on one day: how many of each colour, how many of them provisional, how many whose time stands
    still, and the most urgent."""

    counts: Counter[Colour] = field(default_factory=Counter)
    provisional: int = 0
    paused: int = 0
    first: list[Named] = field(default_factory=list)


@dataclass(frozen=True)
class DueRow:
    """One line of a list. ``part`` is the report's title; ``user_task`` what the actor can do about it."""

    deadline: Deadline
    item: WorkItem
    unit: Unit
    light: Light
    part: str
    user_task: UserTask | None


@dataclass(frozen=True)
class Lamp:
    """The light of one key task or one unit: the worst of its deadlines, which ``deadline_id`` and ``due_on`` name.

    Grey without a deadline: nothing is owed. Grey with one: time stands still.
    """

    id: int
    number: str
    name: str
    colour: Colour
    counts: Mapping[Colour, int]
    deadline_id: int | None = None
    due_on: date | None = None


@dataclass(frozen=True)
class Wall:
    """A campaign's lights, the most urgent first; ``counts`` are of deadlines."""

    key_tasks: Sequence[Lamp]
    units: Sequence[Lamp]
    counts: Mapping[Colour, int]


def by_day(ctx: Context, wanted: Wanted) -> dict[date, Day]:
    """The days on which something falls due. Two statements, however many deadlines there are."""
    colour, columns = _colour(ctx), _joined()
    chosen = _chosen(ctx, wanted)
    counted = (
        select(
            Deadline.due_on, colour, func.count(), _how_many(Deadline.provisional),
            _how_many(Deadline.state == DeadlineState.PAUSED),
        )
        .select_from(columns)
        .where(*chosen)
        .group_by(Deadline.due_on, colour)
    )  # fmt: skip
    found: dict[date, Day] = {}
    for on, shown, n, provisional, paused in ctx.session.execute(counted):
        day = found.setdefault(on, Day())
        day.counts[Colour(shown)] = n
        day.provisional += provisional
        day.paused += paused
    place = func.row_number().over(partition_by=Deadline.due_on, order_by=(_rank(colour), Deadline.id))
    ranked = (
        select(
            Deadline.due_on, Deadline.id, WorkItem.number, WorkItem.title, colour.label("colour"),
            place.label("place"),
        )
        .select_from(columns)
        .where(*chosen)
        .subquery()
    )  # fmt: skip
    first = select(ranked).where(ranked.c.place <= NAMED).order_by(ranked.c.due_on, ranked.c.place)
    for on, id, number, title, shown, _ in ctx.session.execute(first) if found else ():
        found[on].first.append(Named(id, number, title, Colour(shown)))
    return found


def listed(
    ctx: Context, wanted: Wanted, *, after: tuple[datetime, int] | None = None, limit: int = 50
) -> list[DueRow]:
    """Deadlines by their dates, earliest first; ``after`` is (due_at, id) of the last one seen. Four statements."""
    query = (
        select(Deadline, WorkItem, Unit)
        .join(WorkItem, WorkItem.id == _item_id())
        .join(Unit, Unit.id == Deadline.unit_id)
        .where(*_chosen(ctx, wanted))
    )
    if after is not None:
        query = query.where(tuple_(Deadline.due_at, Deadline.id) > after)
    rows = ctx.session.execute(query.order_by(Deadline.due_at, Deadline.id).limit(limit)).all()
    now, calendar, meaning = ctx.clock.now(), working_days.load(ctx.session), scheme(ctx.session)
    parts = _parts(ctx, [deadline for deadline, _, _ in rows])
    offered = _offered(ctx, [deadline for deadline, _, _ in rows])
    return [
        DueRow(
            deadline, item, unit, light(deadline, now, calendar, meaning), parts.get(deadline.subject, ""),
            offered.get((*deadline.subject, deadline.kind)),
        )
        for deadline, item, unit in rows
    ]  # fmt: skip


def count(ctx: Context, wanted: Wanted) -> Counter[Colour]:
    """How many deadlines of each colour. One statement."""
    colour = _colour(ctx)
    query = select(colour, func.count()).select_from(_joined()).where(*_chosen(ctx, wanted)).group_by(colour)
    return Counter({Colour(shown): n for shown, n in ctx.session.execute(query)})


def wall(ctx: Context, campaign_id: int) -> Wall:
    """The lights of a campaign by key task and by owing unit. Raises NotFound, AccessDenied. Four statements."""
    permissions.find(ctx, Permission.CAMPAIGN_READ, Campaign, campaign_id, lock=False)
    colour = _colour(ctx)
    alike = (WorkItem.key_task_id, Deadline.unit_id, colour)
    ranked = (
        select(
            WorkItem.key_task_id, Deadline.unit_id, colour.label("colour"), Deadline.id, Deadline.due_on,
            Deadline.due_at,
            func.row_number().over(partition_by=alike, order_by=(Deadline.due_at, Deadline.id)).label("place"),
            func.count().over(partition_by=alike).label("n"),
        )
        .select_from(_joined())
        .where(*_chosen(ctx, Wanted(campaign_id=campaign_id, live=True)))
        .subquery()
    )  # fmt: skip
    rows = ctx.session.execute(select(ranked).where(ranked.c.place == 1)).all()
    key_tasks = ctx.session.scalars(
        permissions.narrow(ctx, Permission.KEY_TASK_READ, KeyTask, select(KeyTask))
        .where(KeyTask.campaign_id == campaign_id, KeyTask.state != KeyTaskState.CANCELLED)
        .order_by(KeyTask.number)
    ).all()
    units = sorted(
        units_by_id(ctx.session, (row.unit_id for row in rows)).values(),
        key=lambda unit: (unit.pinyin_key, unit.id),
    )
    by_task: dict[int, list[Any]] = {}
    by_unit: dict[int, list[Any]] = {}
    for row in rows:
        by_task.setdefault(row.key_task_id, []).append(row)
        by_unit.setdefault(row.unit_id, []).append(row)
    lit = [_lamp(k.id, str(k.number), k.title, by_task.get(k.id, ())) for k in key_tasks]
    owing = [_lamp(u.id, "", u.short_name, by_unit[u.id]) for u in units]
    counts: Counter[Colour] = Counter()
    for row in rows:
        counts[Colour(row.colour)] += row.n
    return Wall(_urgent_first(lit), _urgent_first(owing), counts)


def watching(ctx: Context, moved: Select[int]) -> Iterable[tuple[int, int]]:
    """(unit id, deadlines) of the units that review, or supervise as the office, the work items of some deadlines which
    other units owe. ``moved`` selects their ids. Two statements."""
    found: Counter[int] = Counter()
    for watcher in (WorkItem.review_unit_id, WorkItem.office_unit_id):
        other = watcher != Deadline.unit_id
        if watcher is WorkItem.office_unit_id:
            other = and_(other, WorkItem.office_unit_id != WorkItem.review_unit_id)
        counted = select(watcher, func.count()).select_from(_joined()).where(Deadline.id.in_(moved), other)
        for unit_id, n in ctx.session.execute(counted.group_by(watcher)):
            found[unit_id] += n
    return sorted(found.items())


def _how_many(condition: Any) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _item_id() -> ColumnElement[int]:
    """The work item on whose stream a deadline stands; NULL for others."""
    number = func.substr(Deadline.stream, len(_STREAM) + 1)
    return case((Deadline.stream.startswith(_STREAM), cast(number, BigInteger)))


def _joined() -> Any:
    return Deadline.__table__.join(WorkItem.__table__, WorkItem.id == _item_id())


def _colour(ctx: Context) -> ColumnElement[str]:
    """The colour of a deadline's light, as SQL."""
    now, calendar, meaning = ctx.clock.now(), working_days.load(ctx.session), scheme(ctx.session)
    *shining, rest = URGENCY
    # Literals: the same expression stands in a SELECT and in its GROUP BY.
    return case(*((shines(one, now, calendar, meaning), _text(one)) for one in shining), else_=_text(rest))


def _text(colour: Colour) -> ColumnElement[str]:
    return literal_column(f"'{colour.value}'")


def _rank(colour: ColumnElement[str]) -> ColumnElement[int]:
    return case({one.value: place for place, one in enumerate(URGENCY)}, value=colour)


def _chosen(ctx: Context, wanted: Wanted) -> list[ColumnElement[bool]]:
    """The conditions over deadlines joined with their work items, what the actor may not read left out."""
    chosen = [permissions.expression(ctx, Permission.WORK_ITEM_READ, WorkItem)]
    # `due_at` is the end of `due_on`, and has the index.
    if wanted.since is not None:
        chosen.append(Deadline.due_at >= end_of_day(wanted.since))
    if wanted.until is not None:
        chosen.append(Deadline.due_at <= end_of_day(wanted.until))
    if wanted.own:
        chosen.append(Deadline.unit_id.in_(sorted(ctx.actor.units())))
    if wanted.waiting:
        chosen.append(
            exists().where(
                UserTask.subject_type == Deadline.subject_type,
                UserTask.subject_id == Deadline.subject_id,
                UserTask.state == UserTaskState.OPEN,
                UserTask.deadline_kind == Deadline.kind,
                inbox.offered(ctx),
            )
        )
    for column, value in (
        (WorkItem.campaign_id, wanted.campaign_id), (WorkItem.key_task_id, wanted.key_task_id),
        (Deadline.unit_id, wanted.unit_id), (Deadline.kind, wanted.kind),
    ):  # fmt: skip
        if value is not None:
            chosen.append(column == value)
    if wanted.colour is not None:
        chosen.append(
            shines(wanted.colour, ctx.clock.now(), working_days.load(ctx.session), scheme(ctx.session))
        )
    # As the index is written: with bound parameters neither database would know that it serves.
    chosen.append(
        literal_column(f"deadline.{LIVE_SQL}") if wanted.live else Deadline.state != DeadlineState.CANCELLED
    )
    return chosen


def _parts(ctx: Context, rows: Sequence[Deadline]) -> dict[tuple[str, int], str]:
    """The titles of the reports among the subjects."""
    ids = {row.subject_id for row in rows if row.subject_type == "obligation"}
    if not ids:
        return {}
    titles = select(Obligation.id, Obligation.title).where(Obligation.id.in_(ids))
    return {("obligation", id): title for id, title in ctx.session.execute(titles)}


def _offered(ctx: Context, rows: Sequence[Deadline]) -> dict[tuple[str, int, str], UserTask]:
    """The open user tasks offered to the actor, by subject and kind of deadline."""
    ids: dict[str, set[int]] = {}
    for row in rows:
        ids.setdefault(row.subject_type, set()).add(row.subject_id)
    if not ids:
        return {}
    about = or_(
        *(
            and_(UserTask.subject_type == t, UserTask.subject_id.in_(found))
            for t, found in sorted(ids.items())
        )
    )
    tasks = select(UserTask).where(UserTask.state == UserTaskState.OPEN, about, inbox.offered(ctx))
    return {
        (one.subject_type, one.subject_id, one.deadline_kind or ""): one
        for one in ctx.session.scalars(tasks.order_by(UserTask.id.desc()))
    }


def _lamp(id: int, number: str, name: str, rows: Sequence[Any]) -> Lamp:
    """``rows``: (colour, n, id, due_on, due_at) of its deadlines, one per key task, unit and colour."""
    counts: Counter[Colour] = Counter()
    for row in rows:
        counts[Colour(row.colour)] += row.n
    if not rows:
        return Lamp(id, number, name, Colour.GREY, counts)
    worst = min(rows, key=lambda row: (URGENCY.index(Colour(row.colour)), row.due_at, row.id))
    return Lamp(id, number, name, Colour(worst.colour), counts, worst.id, worst.due_on)


def _urgent_first(lamps: list[Lamp]) -> list[Lamp]:
    """By colour, then by how many of that colour; otherwise in the order that they have."""
    return sorted(lamps, key=lambda lamp: (URGENCY.index(lamp.colour), -lamp.counts.get(lamp.colour, 0)))


register_watching(watching)
