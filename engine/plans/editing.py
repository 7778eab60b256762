"""What a person settles in a draft plan: texts, units, groups, limits, reviewers, what is left out.

Every verb locks the plan, refuses a stale version and bumps the version of the task and of the plan. Who
reviews follows from the lead units, unless it was set by hand.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import Table, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from engine import audit, permissions
from engine.clock import local_date
from engine.context import Context
from engine.errors import InvalidInput, NotFound
from engine.organisation import matching
from engine.organisation.models import Unit
from engine.organisation.rules import holds_on
from engine.permissions import Permission
from engine.plans import queries, rules
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
from engine.plans.rules import LimitForm
from engine.plans.service import stream

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
    plan, row = _open(ctx, plan_id, plan_task_id, expected_version)
    row.title, row.text = rules.clean_title(title), rules.clean_text(text)
    return _changed(ctx, plan, row, "plan_task.edited", title=row.title)


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
    plan, row, part = _open_part(ctx, plan_id, part_id, expected_version)
    wanted = _existing(ctx, unit_ids)
    settled = [(row, part), *(_alike(ctx, plan, part) if everywhere else ())]
    for owner, one in settled:
        _set_members(ctx, one, wanted)
        # A group that comes down to one unit is still no document's word on who leads.
        one.state = PartState.MATCHED if len(wanted) == 1 and not one.is_group else PartState.EXPANDED
        one.how = "by_hand"
        action = "plan_task.group_expanded" if one.is_group else "plan_task.unit_matched"
        _changed(ctx, plan, owner, action, written=one.written, unit_ids=wanted)
    _learn(ctx, plan, part.written, wanted)
    return list(dict.fromkeys(owner.id for owner, _ in settled))


def drop_unit(ctx: Context, plan_id: int, part_id: int, *, expected_version: int | None = None) -> PlanTask:
    """Leave a listed unit out."""
    plan, row, part = _open_part(ctx, plan_id, part_id, expected_version)
    _set_members(ctx, part, [])
    part.state, part.how = PartState.DROPPED, None
    return _changed(ctx, plan, row, "plan_task.unit_dropped", written=part.written, role=part.role)


def restore_unit(
    ctx: Context, plan_id: int, part_id: int, *, expected_version: int | None = None
) -> PlanTask:
    """Take a unit back that was left out; it has to be matched again."""
    plan, row, part = _open_part(ctx, plan_id, part_id, expected_version)
    if part.state == PartState.DROPPED:
        part.state = PartState.UNMATCHED
    return _changed(ctx, plan, row, "plan_task.unit_restored", written=part.written, role=part.role)


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
    plan, row = _open(ctx, plan_id, plan_task_id, expected_version)
    (wanted,) = _existing(ctx, [unit_id])
    present = select(PlanTaskMember.id).join(
        PlanTaskUnit, PlanTaskUnit.id == PlanTaskMember.plan_task_unit_id
    )
    same = PlanTaskUnit.plan_task_id == row.id, PlanTaskUnit.role == role, PlanTaskMember.unit_id == wanted
    if ctx.session.scalar(present.where(*same)):
        raise InvalidInput("plans.unit_listed", "该单位已在其中", field="unit")
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
    return _changed(ctx, plan, row, "plan_task.unit_added", unit_id=wanted, role=role)


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
    plan, row = _open(ctx, plan_id, plan_task_id, expected_version)
    form = rules.check_limit(form, local_date(ctx.clock.now()))
    if form.kind is LimitKind.OPEN:
        raise InvalidInput("plans.limit_kind", "请选择时限的类型", field="kind")
    if limit_id is None:
        _add_limit(ctx, row, rules.describe(form), form)
    else:
        limit = _limit(ctx, row, limit_id)
        limit.kind, limit.data = form.kind, form.data
        if limit.span_start is None:
            limit.raw = rules.describe(form)
    return _changed(ctx, plan, row, "plan_task.limit_set", kind=form.kind, data=form.data)


def remove_limit(
    ctx: Context, plan_id: int, plan_task_id: int, limit_id: int, *, expected_version: int | None = None
) -> PlanTask:
    plan, row = _open(ctx, plan_id, plan_task_id, expected_version)
    limit = _limit(ctx, row, limit_id)
    ctx.session.delete(limit)
    return _changed(ctx, plan, row, "plan_task.limit_removed", raw=limit.raw, kind=limit.kind)


def set_default_limits(
    ctx: Context, plan_id: int, *, final_on: date, period: str, replace_past: bool = False
) -> list[int]:
    """Periodic reports and a final date for every task without a countable limit; ids of the changed ones.

    ``replace_past`` also moves dates that lie in the past to ``final_on``.
    """
    plan = _draft(ctx, plan_id)
    today = local_date(ctx.clock.now())
    final_on = rules.check_date(final_on, today)
    rules.check_limit(LimitForm(LimitKind.CADENCE, {"period": period}), today)
    changed = []
    for entry in queries.view(ctx, plan, proposing=False).kept:
        if all(limit.kind == LimitKind.OPEN for limit in entry.limits):
            for limit in entry.limits:
                ctx.session.delete(limit)
            ctx.session.flush()
            for raw, form in rules.default_limits(final_on, period):
                _add_limit(ctx, entry.row, raw, form)
        elif not (replace_past and _move_past(ctx, entry.limits, final_on, today)):
            continue
        _changed(
            ctx, plan, entry.row, "plan_task.limits_defaulted", final_on=final_on.isoformat(), period=period
        )
        changed.append(entry.row.id)
    return changed


def set_reviewer(
    ctx: Context, plan_id: int, plan_task_id: int, unit_id: int | None, *, expected_version: int | None = None
) -> PlanTask:
    """Settle by hand who reviews; None goes back to the rule."""
    plan, row = _open(ctx, plan_id, plan_task_id, expected_version)
    if unit_id is not None:
        (row.review_unit_id,) = _existing(ctx, [unit_id])
        row.reviewer_reason = ReviewerReason.BY_HAND
    else:
        row.review_unit_id, row.reviewer_reason = None, ReviewerReason.UNSETTLED
    return _changed(ctx, plan, row, "plan_task.reviewer_set", unit_id=unit_id)


def drop(ctx: Context, plan_id: int, plan_task_id: int, *, expected_version: int | None = None) -> PlanTask:
    """Leave the task out of the campaign; it stays in sight and can be taken back."""
    plan, row = _open(ctx, plan_id, plan_task_id, expected_version)
    row.dropped = True
    return _changed(ctx, plan, row, "plan_task.dropped", number=row.number)


def restore(
    ctx: Context, plan_id: int, plan_task_id: int, *, expected_version: int | None = None
) -> PlanTask:
    plan, row = _open(ctx, plan_id, plan_task_id, expected_version)
    row.dropped = False
    return _changed(ctx, plan, row, "plan_task.restored", number=row.number)


def mark_checked(
    ctx: Context, plan_id: int, plan_task_id: int, *, expected_version: int | None = None
) -> PlanTask:
    """A person has compared the repaired places with the original and agrees with the reading."""
    plan, row = _open(ctx, plan_id, plan_task_id, expected_version)
    row.checked = True
    return _changed(ctx, plan, row, "plan_task.checked", defects=[defect["name"] for defect in row.defects])


def _draft(ctx: Context, plan_id: int) -> Plan:
    plan = permissions.find(ctx, Permission.PLAN_EDIT, Plan, plan_id)
    rules.check_draft(plan.state)
    return plan


def _open(
    ctx: Context, plan_id: int, plan_task_id: int, expected_version: int | None
) -> tuple[Plan, PlanTask]:
    plan = _draft(ctx, plan_id)
    row = ctx.session.get(PlanTask, plan_task_id, populate_existing=True)
    if row is None or row.plan_id != plan.id:
        raise NotFound()
    rules.check_version(row.version, expected_version)
    return plan, row


def _open_part(
    ctx: Context, plan_id: int, part_id: int, expected_version: int | None
) -> tuple[Plan, PlanTask, PlanTaskUnit]:
    part = ctx.session.get(PlanTaskUnit, part_id)
    if part is None:
        # The plan decides first whether this person may know what it holds.
        _draft(ctx, plan_id)
        raise NotFound()
    plan, row = _open(ctx, plan_id, part.plan_task_id, expected_version)
    ctx.session.refresh(part)
    return plan, row, part


def _changed(ctx: Context, plan: Plan, row: PlanTask, action: str, **detail: Any) -> PlanTask:
    ctx.session.flush()
    row.version += 1
    plan.version += 1
    if row.reviewer_reason != ReviewerReason.BY_HAND:
        entry = queries.entry_parts(ctx.session, row.id)
        row.review_unit_id, row.reviewer_reason = rules.reviewer(entry, plan.office_unit_id)
    ctx.session.flush()
    audit.record(ctx, stream(plan.id), action, ("plan_task", row.id), **detail)
    return row


def _existing(ctx: Context, unit_ids: Sequence[int]) -> list[int]:
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


def _learn(ctx: Context, plan: Plan, written: str, unit_ids: Sequence[int]) -> None:
    key = matching.normalise(written)
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


def _add_limit(ctx: Context, row: PlanTask, raw: str, form: LimitForm) -> None:
    last = ctx.session.scalar(
        select(func.max(PlanTaskLimit.position)).where(PlanTaskLimit.plan_task_id == row.id)
    )
    ctx.session.add(
        PlanTaskLimit(plan_task_id=row.id, position=(last or 0) + 1, raw=raw, kind=form.kind, data=form.data)
    )
    ctx.session.flush()


def _move_past(ctx: Context, limits: Sequence[PlanTaskLimit], on: date, today: date) -> bool:
    """Past dates become ``on``, once; whether there were any."""
    past = [
        limit for limit in limits
        if limit.kind == LimitKind.DATE and date.fromisoformat(limit.data["on"]) < today
    ]  # fmt: skip
    already = any(limit.kind == LimitKind.DATE and limit.data["on"] == on.isoformat() for limit in limits)
    for limit in past:
        if already:
            ctx.session.delete(limit)
        else:
            limit.data, already = {"on": on.isoformat()}, True
    return bool(past)
