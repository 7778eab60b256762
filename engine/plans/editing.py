"""What a person settles in a draft plan: texts, units, groups, limits, reviewers, what is left out.

Every verb locks the plan, refuses a stale version, remembers what it finds (changes.py) and bumps the version
of the task and of the plan. Who reviews follows from the lead units, unless it was set by hand.
"""

from collections.abc import Sequence
from datetime import date
from typing import cast

from sqlalchemy import Table, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.clock import local_date
from engine.context import Context
from engine.errors import InvalidInput, NotFound, RuleViolation
from engine.organisation import matching
from engine.organisation.models import Unit
from engine.organisation.rules import holds_on
from engine.plans import limit_forms, queries, rules
from engine.plans.changes import Change
from engine.plans.drafts import done, open_part, open_plan, open_task, touched
from engine.plans.limit_forms import LimitForm
from engine.plans.models import (
    LimitKind,
    PartRole,
    PartState,
    Plan,
    PlanTask,
    PlanTaskLimit,
    PlanTaskMember,
    PlanTaskUnit,
    ReviewerReason,
    UnitNameMapping,
)
from engine.plans.roles import check_not_listed
from engine.plans.views import PlanTaskView
from engine.working_days import Count

#: More units than this in one group is a mistake of the hand.
MAX_UNITS = 2000


def edit(
    ctx: Context,
    plan_id: int,
    plan_task_id: int,
    *,
    title: str,
    text: str,
    expected_version: int | None = None,
) -> PlanTask:
    """Correct the wording of a task."""
    change, row = open_task(ctx, plan_id, plan_task_id, expected_version)
    row.title, row.text = rules.clean_title(title), rules.clean_text(text)
    return done(change, row, "plan_task.edited", title=row.title)


def match_unit(
    ctx: Context,
    plan_id: int,
    part_id: int,
    unit_id: int,
    *,
    everywhere: bool = True,
    expected_version: int | None = None,
) -> list[int]:
    """The written name means this unit; the office's next plan will know. See `expand_group` for the rest."""
    return expand_group(
        ctx, plan_id, part_id, [unit_id], everywhere=everywhere, expected_version=expected_version
    )


def expand_group(
    ctx: Context,
    plan_id: int,
    part_id: int,
    unit_ids: Sequence[int],
    *,
    everywhere: bool = False,
    expected_version: int | None = None,
) -> list[int]:
    """The expression means these units. Returns the ids of all tasks that changed, the part's own first.

    ``everywhere``: also where the same words stand unsettled in other tasks of the plan.
    """
    change, row, part = open_part(ctx, plan_id, part_id, expected_version)
    wanted = existing_units(ctx, unit_ids)
    settled = [(row, part), *(_alike(ctx, change.plan, part) if everywhere else ())]
    change.remember(owner.id for owner, _ in settled)
    for owner, one in settled:
        _settle(ctx, one, wanted, "by_hand")
        touched(change, owner, _settled(one), written=one.written, unit_ids=wanted)
    _learn(change, part.written, wanted)
    names = ctx.session.scalars(select(Unit.short_name).where(Unit.id.in_(wanted[:3]))).all()
    change.record(
        _settled(part), number=row.number, written=part.written, units="、".join(names), count=len(wanted),
        places=len(settled),
    )  # fmt: skip
    return list(dict.fromkeys(owner.id for owner, _ in settled))


def accept_remembered(ctx: Context, plan_id: int, *, expected_version: int | None = None) -> list[int]:
    """Match every open name that the office confirmed the last time to what it meant then; ids of the changed.

    ``expected_version`` is the plan's: whoever accepts has seen what is offered.
    """
    change = open_plan(ctx, plan_id, expected_version)
    settled = [
        (entry.row, part.row, part.remembered)
        for entry in queries.view(ctx, change.plan).kept
        for part in entry.parts
        if part.remembered is not None
    ]
    if not settled:
        raise RuleViolation("plans.nothing_remembered", "没有上次确认过的单位名称可以采用")
    change.remember(row.id for row, _, _ in settled)
    for row, part, unit in settled:
        _settle(ctx, part, [unit.id], "learned")
        touched(change, row, "plan_task.unit_matched", written=part.written, unit_ids=[unit.id])
    change.record("plan_task.remembered_accepted", count=len(settled))
    return list(dict.fromkeys(row.id for row, _, _ in settled))


def drop_unit(ctx: Context, plan_id: int, part_id: int, *, expected_version: int | None = None) -> PlanTask:
    """Leave a listed unit out."""
    change, row, part = open_part(ctx, plan_id, part_id, expected_version)
    part.state = PartState.DROPPED
    return done(change, row, "plan_task.unit_dropped", written=part.written, role=part.role)


def restore_unit(
    ctx: Context, plan_id: int, part_id: int, *, expected_version: int | None = None
) -> PlanTask:
    """Take a unit back that was left out, as it was."""
    change, row, part = open_part(ctx, plan_id, part_id, expected_version)
    if part.state == PartState.DROPPED:
        meant = queries.member_ids(ctx.session, part.id)
        lone = len(meant) == 1 and not part.is_group
        part.state = (PartState.MATCHED if lone else PartState.EXPANDED) if meant else PartState.UNMATCHED
    return done(change, row, "plan_task.unit_restored", written=part.written, role=part.role)


def add_unit(
    ctx: Context,
    plan_id: int,
    plan_task_id: int,
    *,
    role: PartRole,
    unit_id: int,
    expected_version: int | None = None,
) -> PlanTask:
    """Give a unit a part that the document does not name."""
    change, row = open_task(ctx, plan_id, plan_task_id, expected_version)
    (wanted,) = existing_units(ctx, [unit_id])
    check_not_listed(ctx, row, role, [wanted])
    last = ctx.session.scalar(
        select(func.max(PlanTaskUnit.position)).where(PlanTaskUnit.plan_task_id == row.id)
    )
    name = ctx.session.get_one(Unit, wanted).name
    part = PlanTaskUnit(
        plan_task_id=row.id, role=role, position=(last or 0) + 1, written=name, is_group=False,
        state=PartState.MATCHED, how="by_hand",
    )  # fmt: skip
    ctx.session.add(part)
    ctx.session.flush()
    _set_members(ctx, part, [wanted])
    return done(change, row, "plan_task.unit_added", written=name, unit_id=wanted, role=role)


def set_limit(
    ctx: Context,
    plan_id: int,
    plan_task_id: int,
    form: LimitForm,
    *,
    limit_id: int | None = None,
    expected_version: int | None = None,
) -> PlanTask:
    """Settle how a limit is counted; without ``limit_id`` the office sets a further one."""
    change, row = open_task(ctx, plan_id, plan_task_id, expected_version)
    form = limit_forms.check_limit(form, local_date(ctx.clock.now()))
    if form.kind is LimitKind.OPEN:
        raise InvalidInput("plans.limit_kind", "请选择时限的类型", field="kind")
    if limit_id is None:
        limit = _add_limit(ctx, row, limit_forms.describe(form), form)
    else:
        limit = _limit(ctx, row, limit_id)
        limit.kind, limit.data = form.kind, form.data
        if limit.span_start is None:
            limit.raw = limit_forms.describe(form)
    return done(
        change, row, "plan_task.limit_set", kind=form.kind, data=form.data, limit=limit_forms.describe(form)
    )


def remove_limit(
    ctx: Context, plan_id: int, plan_task_id: int, limit_id: int, *, expected_version: int | None = None
) -> PlanTask:
    change, row = open_task(ctx, plan_id, plan_task_id, expected_version)
    limit = _limit(ctx, row, limit_id)
    ctx.session.delete(limit)
    return done(change, row, "plan_task.limit_removed", raw=limit.raw, kind=limit.kind)


def set_default_limits(
    ctx: Context,
    plan_id: int,
    *,
    final_on: date,
    period: str,
    replace_past: bool = False,
    expected_version: int | None = None,
) -> list[int]:
    """Periodic reports and a final date for every task without a countable limit; ids of the changed ones.

    ``replace_past`` also moves dates that lie in the past to ``final_on``. ``expected_version`` is the plan's.
    """
    change = open_plan(ctx, plan_id, expected_version)
    today = local_date(ctx.clock.now())
    final_on = limit_forms.check_date(final_on, today)
    limit_forms.check_limit(LimitForm(LimitKind.CADENCE, {"period": period}), today)
    changed: list[int] = []
    entries = queries.view(ctx, change.plan, proposing=False).kept
    change.remember(entry.row.id for entry in entries if _lacks(entry, today, replace_past=replace_past))
    for entry in entries:
        if all(limit.kind == LimitKind.OPEN for limit in entry.limits):
            for limit in entry.limits:
                ctx.session.delete(limit)
            ctx.session.flush()
            for raw, form in limit_forms.default_limits(final_on, period):
                _add_limit(ctx, entry.row, raw, form)
        elif not (replace_past and _move_past(ctx, entry, final_on, today)):
            continue
        touched(change, entry.row, "plan_task.limits_defaulted", final_on=final_on.isoformat(), period=period)
        changed.append(entry.row.id)
    if changed:
        change.record("plan_task.limits_defaulted", count=len(changed), on=final_on.isoformat())
    return changed


def set_reviewer(
    ctx: Context, plan_id: int, plan_task_id: int, unit_id: int | None, *, expected_version: int | None = None
) -> PlanTask:
    """Settle by hand who reviews; None goes back to the rule."""
    change, row = open_task(ctx, plan_id, plan_task_id, expected_version)
    name = None
    if unit_id is not None:
        (row.review_unit_id,) = existing_units(ctx, [unit_id])
        row.reviewer_reason = ReviewerReason.BY_HAND
        name = ctx.session.get_one(Unit, unit_id).short_name
    else:
        row.review_unit_id, row.reviewer_reason = None, ReviewerReason.UNSETTLED
    return done(change, row, "plan_task.reviewer_set", unit_id=unit_id, unit=name)


def drop(ctx: Context, plan_id: int, plan_task_id: int, *, expected_version: int | None = None) -> PlanTask:
    """Leave the task out of the campaign; it stays in sight and can be taken back."""
    change, row = open_task(ctx, plan_id, plan_task_id, expected_version)
    row.dropped = True
    return done(change, row, "plan_task.dropped")


def restore(
    ctx: Context, plan_id: int, plan_task_id: int, *, expected_version: int | None = None
) -> PlanTask:
    change, row = open_task(ctx, plan_id, plan_task_id, expected_version)
    row.dropped = False
    return done(change, row, "plan_task.restored")


def mark_checked(
    ctx: Context, plan_id: int, plan_task_id: int, *, expected_version: int | None = None
) -> PlanTask:
    """A person has compared the repaired places with the original and agrees with the reading."""
    change, row = open_task(ctx, plan_id, plan_task_id, expected_version)
    row.checked = True
    return done(change, row, "plan_task.checked", defects=[defect["name"] for defect in row.defects])


def _settle(ctx: Context, part: PlanTaskUnit, unit_ids: Sequence[int], how: str) -> None:
    _set_members(ctx, part, unit_ids)
    # A group that comes down to one unit is still no document's word on who leads.
    part.state = PartState.MATCHED if len(unit_ids) == 1 and not part.is_group else PartState.EXPANDED
    part.how = how


def _settled(part: PlanTaskUnit) -> str:
    return "plan_task.group_expanded" if part.is_group else "plan_task.unit_matched"


def existing_units(ctx: Context, unit_ids: Sequence[int]) -> list[int]:
    """The ids, each once, if all are units of today; else InvalidInput."""
    wanted = list(dict.fromkeys(unit_ids))
    if not wanted:
        raise InvalidInput("plans.no_units", "请至少选择一个单位", field="unit")
    if len(wanted) > MAX_UNITS:
        raise InvalidInput("plans.too_many_units", "一次最多选择{max}个单位", field="unit", max=MAX_UNITS)
    today = local_date(ctx.clock.now())
    found = ctx.session.scalars(select(Unit).where(Unit.id.in_(wanted))).all()
    present = {unit.id for unit in found if holds_on(unit.effective_from, unit.effective_to, today)}
    if present != set(wanted):
        raise InvalidInput("plans.unit_unknown", "单位名录中没有这个单位", field="unit")
    return wanted


def _alike(ctx: Context, plan: Plan, part: PlanTaskUnit) -> list[tuple[PlanTask, PlanTaskUnit]]:
    key = matching.normalise(part.written)
    query = (
        select(PlanTask, PlanTaskUnit)
        .join(PlanTaskUnit, PlanTaskUnit.plan_task_id == PlanTask.id)
        .where(
            PlanTask.plan_id == plan.id, PlanTaskUnit.state == PartState.UNMATCHED, PlanTaskUnit.id != part.id
        )
        .order_by(PlanTask.number, PlanTaskUnit.position)
        .execution_options(populate_existing=True)
    )
    return [(row, one) for row, one in ctx.session.execute(query) if matching.normalise(one.written) == key]


def _set_members(ctx: Context, part: PlanTaskUnit, unit_ids: Sequence[int]) -> None:
    ctx.session.execute(delete(PlanTaskMember).where(PlanTaskMember.plan_task_unit_id == part.id))
    ctx.session.add_all(
        PlanTaskMember(plan_task_unit_id=part.id, unit_id=unit_id, position=position)
        for position, unit_id in enumerate(unit_ids, 1)
    )


def _learn(change: Change, written: str, unit_ids: Sequence[int]) -> None:
    ctx, plan, key = change.ctx, change.plan, matching.normalise(written)
    before = queries.learned(ctx.session, plan.office_unit_id).get(key, ())
    change.remember_learned(key, before, unit_ids)
    own = UnitNameMapping.office_unit_id == plan.office_unit_id, UnitNameMapping.written == key
    ctx.session.execute(delete(UnitNameMapping).where(*own))
    # Two plans of one office may learn the same name at the same time.
    kind = postgresql.insert if ctx.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    rows = [
        {
            "office_unit_id": plan.office_unit_id, "written": key, "unit_id": unit_id, "position": position,
            "confirmed_by_name": ctx.actor.name, "confirmed_at": ctx.clock.now(),
        }
        for position, unit_id in enumerate(unit_ids, 1)
    ]  # fmt: skip
    ctx.session.execute(kind(cast(Table, UnitNameMapping.__table__)).on_conflict_do_nothing(), rows)


def _limit(ctx: Context, row: PlanTask, limit_id: int) -> PlanTaskLimit:
    limit = ctx.session.get(PlanTaskLimit, limit_id, populate_existing=True)
    if limit is None or limit.plan_task_id != row.id:
        raise NotFound()
    return limit


def _add_limit(ctx: Context, row: PlanTask, raw: str, form: LimitForm) -> PlanTaskLimit:
    last = ctx.session.scalar(
        select(func.max(PlanTaskLimit.position)).where(PlanTaskLimit.plan_task_id == row.id)
    )
    limit = PlanTaskLimit(
        plan_task_id=row.id, position=(last or 0) + 1, raw=raw, kind=form.kind, data=form.data
    )
    ctx.session.add(limit)
    ctx.session.flush()
    return limit


def _lacks(entry: PlanTaskView, today: date, *, replace_past: bool) -> bool:
    """Whether a default may change the task."""
    return all(limit.kind == LimitKind.OPEN for limit in entry.limits) or (
        replace_past and any(due.due_on < today for due in _dues(entry).values())
    )


def _dues(entry: PlanTaskView) -> dict[int, Count]:
    return {limit.id: entry.dues[limit.id] for limit in entry.limits if limit.id in entry.dues}


def _move_past(ctx: Context, entry: PlanTaskView, on: date, today: date) -> bool:
    """Past dates become ``on``, once; whether there were any."""
    dues = _dues(entry)
    past = [limit for limit in entry.limits if limit.id in dues and dues[limit.id].due_on < today]
    already = any(due.due_on == on for due in dues.values())
    for limit in past:
        if already:
            ctx.session.delete(limit)
        else:
            limit.kind, limit.data, already = LimitKind.DATE, {"on": on.isoformat()}, True
    return bool(past)
