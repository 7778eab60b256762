"""Reads on plans: the list, one plan with all its parts, and what a person may choose from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, or_, select

from engine import permissions, working_days
from engine.clock import local_date
from engine.context import Context
from engine.db import Session
from engine.errors import NotFound
from engine.organisation import matching
from engine.organisation.models import Unit, UnitAlias, UnitGroupMember
from engine.organisation.queries import units_by_id
from engine.permissions import Permission
from engine.plans import limit_forms, naming, rules
from engine.plans.limit_forms import LimitForm
from engine.plans.models import (
    LimitKind,
    PartRole,
    PartState,
    Plan,
    PlanProposal,
    PlanState,
    PlanTask,
    PlanTaskLimit,
    PlanTaskMember,
    PlanTaskUnit,
    UnitNameMapping,
)
from engine.plans.rules import Part
from engine.plans.views import PartView, PlanTaskView, PlanView
from engine.working_days import Count, WorkingCalendar

#: Unmatched names of one plan for which similar units are looked for at a time.
MOST_COMPARED = 100
#: The document's order; what was cut out of one place stands together.
IN_ORDER = PlanTask.span_start, PlanTask.number


def page(ctx: Context, *, before: int | None = None, limit: int = 30) -> Sequence[Plan]:
    """Plans of the actor's offices, newest first, without discarded ones."""
    query = permissions.narrow(ctx, Permission.PLAN_READ, Plan, select(Plan))
    query = query.where(Plan.state != PlanState.DISCARDED)
    if before is not None:
        query = query.where(Plan.id < before)
    return ctx.session.scalars(query.order_by(Plan.id.desc()).limit(limit)).all()


def counts(session: Session, plan_ids: Sequence[int]) -> dict[int, int]:
    """How many plan tasks each plan keeps."""
    query = (
        select(PlanTask.plan_id, func.count())
        .where(PlanTask.plan_id.in_(plan_ids), PlanTask.dropped.is_(False))
        .group_by(PlanTask.plan_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def view(ctx: Context, plan: Plan, *, only: Iterable[int] | None = None, proposing: bool = True) -> PlanView:
    """The plan with its tasks in order; ``only`` these plan task ids; proposals for what is unmatched."""
    session, today = ctx.session, local_date(ctx.clock.now())
    wanted = select(PlanTask).where(PlanTask.plan_id == plan.id).order_by(*IN_ORDER)
    if only is not None:
        wanted = wanted.where(PlanTask.id.in_(list(only)))
    rows = session.scalars(wanted).all()
    ids = [row.id for row in rows]
    parts: dict[int, list[PlanTaskUnit]] = defaultdict(list)
    for part in session.scalars(
        select(PlanTaskUnit).where(PlanTaskUnit.plan_task_id.in_(ids)).order_by(PlanTaskUnit.position)
    ):
        parts[part.plan_task_id].append(part)
    limits: dict[int, list[PlanTaskLimit]] = defaultdict(list)
    for limit in session.scalars(
        select(PlanTaskLimit).where(PlanTaskLimit.plan_task_id.in_(ids)).order_by(PlanTaskLimit.position)
    ):
        limits[limit.plan_task_id].append(limit)
    members = _members(session, [part.id for listed in parts.values() for part in listed])
    office = session.get_one(Unit, plan.office_unit_id)
    open_names = {
        part.written
        for listed in parts.values()
        for part in listed
        if part.state == PartState.UNMATCHED and not part.is_group
    }
    is_open = plan.state == PlanState.DRAFT
    asking = proposing and is_open and open_names
    found = proposals(session, open_names, office, today) if asking else {}
    known = learned(session, office.id) if asking else {}
    remembered = {
        name: meant[0] for name in open_names if len(meant := known.get(matching.normalise(name), [])) == 1
    }
    named = {unit_id for listed in members.values() for unit_id in listed}
    named |= {row.review_unit_id for row in rows if row.review_unit_id} | {office.id}
    named |= {unit_id for listed in found.values() for unit_id in listed}
    named |= {office.parent_id} if office.parent_id else set()
    units = units_by_id(session, named)
    dues = _dues(session, [limit for listed in limits.values() for limit in listed])
    settled_before = (
        _dates_of(session, plan.amends_plan_id) if is_open and plan.amends_plan_id else frozenset()
    )
    entries = tuple(
        _entry(
            row, parts[row.id], limits[row.id], members, found, remembered, units, office, today,
            is_open=is_open, settled_before=settled_before, dues=dues,
        )
        for row in rows
    )  # fmt: skip
    proposed = select(PlanProposal).where(PlanProposal.plan_id == plan.id).order_by(PlanProposal.position)
    return PlanView(plan, office, entries, tuple(session.scalars(proposed)) if only is None else ())


def _entry(
    row: PlanTask,
    listed: Sequence[PlanTaskUnit],
    limits: Sequence[PlanTaskLimit],
    members: dict[int, list[int]],
    found: dict[str, list[int]],
    remembered: dict[str, int],
    units: dict[int, Unit],
    office: Unit,
    today: date,
    *,
    is_open: bool,
    settled_before: frozenset[str],
    dues: Mapping[int, Count],
) -> PlanTaskView:
    parts = tuple(_part(part, members, found, remembered, units) for part in listed)
    problems = rules.problems(
        title=row.title, parts=[part.rule for part in parts],
        limits=[(*limit_form(one), dues[one.id].due_on if one.id in dues else None) for one in limits],
        review_unit_id=row.review_unit_id, office_unit_id=office.id, above_office_id=office.parent_id,
        today=today,
    )  # fmt: skip
    # An amended document repeats dates of the first one that have gone by: they bind as they did.
    problems = [p for p in problems if p.code != "past_limit" or p.params["on"] not in settled_before]
    elsewhere = []
    owing = {unit.id: unit for part in parts if part.row.role == PartRole.RESPONSIBLE for unit in part.units}
    if row.review_unit_id in owing:
        other = rules.item_reviewer(row.review_unit_id, row.review_unit_id, office.id, office.parent_id)
        if other is not None:
            elsewhere.append((owing[row.review_unit_id], units[other]))
    review_unit = units[row.review_unit_id] if row.review_unit_id else None
    told = tuple(problems) if is_open and not row.dropped else ()
    return PlanTaskView(row, parts, tuple(limits), review_unit, told, tuple(elsewhere), is_open, dues)


def _dates_of(session: Session, plan_id: int) -> frozenset[str]:
    """Every date that the plan, or an amended version of it that was confirmed, sets."""
    versions = or_(Plan.id == plan_id, Plan.amends_plan_id == plan_id)
    query = (
        select(PlanTaskLimit)
        .join(PlanTask, PlanTask.id == PlanTaskLimit.plan_task_id)
        .join(Plan, Plan.id == PlanTask.plan_id)
        .where(versions, Plan.state == PlanState.CONFIRMED)
        .where(PlanTaskLimit.kind.in_((LimitKind.DATE, LimitKind.DAYS)))
    )
    found = _dues(session, session.scalars(query).all())
    return frozenset(due.due_on.isoformat() for due in found.values())


def _dues(session: Session, limits: Sequence[PlanTaskLimit]) -> dict[int, Count]:
    """When each limit ends that neither the assignment nor an event decides; the calendar is asked only for counts."""
    forms = {limit.id: limit_form(limit)[1] for limit in limits}
    counted = any(form.kind is LimitKind.DAYS and "from_on" in form.data for form in forms.values())
    calendar = working_days.load(session) if counted else WorkingCalendar()
    found = {id: limit_forms.due(form, calendar) for id, form in forms.items()}
    return {id: due for id, due in found.items() if due is not None}


def _part(
    part: PlanTaskUnit,
    members: dict[int, list[int]],
    found: dict[str, list[int]],
    remembered: dict[str, int],
    units: dict[int, Unit],
) -> PartView:
    if part.state == PartState.DROPPED:
        return PartView(part, ())
    if part.state == PartState.UNMATCHED and not part.is_group:
        offered = tuple(units[unit_id] for unit_id in found.get(part.written, ()))
        before = remembered.get(part.written)
        return PartView(part, (), offered, next((unit for unit in offered if unit.id == before), None))
    return PartView(part, tuple(units[unit_id] for unit_id in members.get(part.id, ())))


def limit_form(limit: PlanTaskLimit) -> tuple[str, LimitForm]:
    return limit.raw, LimitForm(LimitKind(limit.kind), limit.data)


def entry(ctx: Context, plan: Plan, plan_task_id: int) -> PlanTaskView:
    """One task of the plan, as it stands."""
    ctx.session.flush()
    found = view(ctx, plan, only=[plan_task_id]).entries
    if not found:
        raise NotFound()
    return found[0]


def entry_parts(session: Session, plan_task_id: int) -> list[Part]:
    """The units of one task, as far as rules need them."""
    query = (
        select(PlanTaskUnit).where(PlanTaskUnit.plan_task_id == plan_task_id).order_by(PlanTaskUnit.position)
    )
    rows = session.scalars(query).all()
    members = _members(session, [row.id for row in rows])
    return [
        Part(
            PartRole(row.role),
            PartState(row.state),
            row.written,
            row.is_group,
            tuple(members.get(row.id, ())) if row.state != PartState.DROPPED else (),
        )
        for row in rows
    ]


def member_ids(session: Session, part_id: int) -> list[int]:
    """The units that a part stands for or, left out, stood for."""
    return _members(session, [part_id]).get(part_id, [])


def _members(session: Session, part_ids: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    query = select(PlanTaskMember.plan_task_unit_id, PlanTaskMember.unit_id)
    for part_id, unit_id in session.execute(
        query.where(PlanTaskMember.plan_task_unit_id.in_(part_ids)).order_by(PlanTaskMember.position)
    ):
        found[part_id].append(unit_id)
    return found


def directory(session: Session, on: date) -> Sequence[Unit]:
    """All units of the day, the tree's order: what a name may be matched to."""
    present = Unit.effective_from <= on, or_(Unit.effective_to.is_(None), Unit.effective_to > on)
    return session.scalars(select(Unit).where(*present).order_by(Unit.path)).all()


def proposals(session: Session, names: Iterable[str], office: Unit, on: date) -> dict[str, list[int]]:
    """For each unmatched name: what the office last took it for, units of exactly this name, the most similar."""
    known = matching.load(session, on)
    spoken: dict[int, set[str]] = {unit.id: {unit.name, unit.short_name} for unit in directory(session, on)}
    for unit_id, alias in session.execute(select(UnitAlias.unit_id, UnitAlias.alias)):
        if unit_id in spoken:
            spoken[unit_id].add(alias)
    before = learned(session, office.id)
    found = {}
    for at, name in enumerate(sorted(names)):
        meant = [id for id in before.get(matching.normalise(name), ()) if id in spoken]
        exact = [p.unit_id for p in known.propose(name, near_unit_id=office.id) if p.unit_id is not None]
        # Each is compared with the whole directory: those beyond have their turn when the first are settled.
        alike = naming.similar(name, spoken) if at < MOST_COMPARED else []
        found[name] = list(dict.fromkeys([*(meant if len(meant) == 1 else []), *exact, *alike]))[:4]
    return found


def learned(session: Session, office_unit_id: int) -> dict[str, list[int]]:
    """Levelled name -> the units that the office last confirmed it to mean."""
    found: dict[str, list[int]] = defaultdict(list)
    query = select(UnitNameMapping).where(UnitNameMapping.office_unit_id == office_unit_id)
    for mapping in session.scalars(query.order_by(UnitNameMapping.position)):
        found[mapping.written].append(mapping.unit_id)
    return found


@dataclass(frozen=True)
class GroupChoice:
    """The units that a group expression may mean, in the tree's order, and which are ticked to begin with."""

    units: tuple[Unit, ...]
    chosen: frozenset[int]
    #: Where the ticks come from: members, learned, group (the directory's group) or shape.
    source: str = field(default="shape")


def group_choice(ctx: Context, plan: Plan, part: PlanTaskUnit) -> GroupChoice:
    """What to offer for a group: its own members, the last choice, the directory's group, the tree."""
    session = ctx.session
    on = local_date(ctx.clock.now())
    office = session.get_one(Unit, plan.office_unit_id)
    shape = naming.group_shape(part.written)
    everyone = directory(session, on)
    fitting = [
        unit
        for unit in everyone
        if naming.fits(shape, level=unit.level, kind=unit.kind, name=unit.name, near_level=office.level)
    ]
    chosen, source = _ticked(session, plan, part)
    if not source:
        chosen, source = ({unit.id for unit in fitting} if shape.chosen else set()), "shape"
    present = [unit for unit in everyone if unit.id in chosen]
    offered = {unit.id: unit for unit in (*fitting, *present)}
    units = sorted(
        offered.values(), key=lambda unit: (unit.level != office.level, unit.path.count("/"), unit.pinyin_key)
    )
    return GroupChoice(tuple(units), frozenset(chosen & offered.keys()), source)


def _ticked(session: Session, plan: Plan, part: PlanTaskUnit) -> tuple[set[int], str]:
    if members := _members(session, [part.id]).get(part.id):
        return set(members), "members"
    if known := learned(session, plan.office_unit_id).get(matching.normalise(part.written)):
        return set(known), "learned"
    if part.group_id is not None:
        of_group = select(UnitGroupMember.unit_id).where(UnitGroupMember.group_id == part.group_id)
        return set(session.scalars(of_group)), "group"
    return set(), ""
