"""Which part a listed unit has in a task, and which of its peers comes first."""

from collections.abc import Sequence

from sqlalchemy import select

from engine.context import Context
from engine.errors import InvalidInput, RuleViolation
from engine.plans import queries
from engine.plans.drafts import done, open_part, open_plan, touched
from engine.plans.models import PartRole, PartState, PlanTask, PlanTaskMember, PlanTaskUnit


def set_role(
    ctx: Context, plan_id: int, part_id: int, role: PartRole, *, expected_version: int | None = None
) -> PlanTask:
    """The listed unit has another part in the task (牵头, not 责任); it comes last among its new peers."""
    change, row, part = open_part(ctx, plan_id, part_id, expected_version)
    if part.role != role:
        check_not_listed(ctx, row, role, queries.member_ids(ctx.session, part.id))
        parts = list(_parts(ctx, row))
        parts.remove(part)
        part.role = role
        arrange([*parts, part], ctx)
    return done(change, row, "plan_task.unit_moved", written=part.written, role=role)


def put_first(ctx: Context, plan_id: int, part_id: int, *, expected_version: int | None = None) -> PlanTask:
    """The unit comes first among those of its role: the first of several lead units reviews."""
    change, row, part = open_part(ctx, plan_id, part_id, expected_version)
    parts = list(_parts(ctx, row))
    parts.remove(part)
    arrange([part, *parts], ctx)
    return done(change, row, "plan_task.unit_put_first", written=part.written, role=part.role)


def let_leads_answer(ctx: Context, plan_id: int, *, expected_version: int | None = None) -> list[int]:
    """Where a task names leads and nobody responsible, the leads are responsible, too; ids of the changed.

    Many plans list 牵头单位 and 配合单位 only. What is open about a lead's name stays open in its second part;
    ``expected_version`` is the plan's.
    """
    change = open_plan(ctx, plan_id, expected_version)
    led = queries.view(ctx, change.plan, proposing=False).led_only
    if not led:
        raise RuleViolation("plans.nothing_led", "没有只列牵头单位的任务")
    change.remember(entry.row.id for entry in led)
    for entry in led:
        leads = [part.row for part in entry.of_role(PartRole.LEAD) if part.row.state != PartState.DROPPED]
        last = max(part.row.position for part in entry.parts)
        copies = [_copied(ctx, part, last + at) for at, part in enumerate(leads, 1)]
        arrange([*(part.row for part in entry.parts), *copies], ctx)
        touched(
            change, entry.row, "plan_task.leads_made_responsible", written=[part.written for part in leads]
        )
    change.record("plan_task.leads_made_responsible", count=len(led))
    return [entry.row.id for entry in led]


def _copied(ctx: Context, part: PlanTaskUnit, position: int) -> PlanTaskUnit:
    copy = PlanTaskUnit(
        plan_task_id=part.plan_task_id, position=position, role=PartRole.RESPONSIBLE, written=part.written,
        span_start=part.span_start, span_end=part.span_end, is_group=part.is_group, group_id=part.group_id,
        state=part.state, how=part.how,
    )  # fmt: skip
    ctx.session.add(copy)
    ctx.session.flush()
    ctx.session.add_all(
        PlanTaskMember(plan_task_unit_id=copy.id, unit_id=unit_id, position=at)
        for at, unit_id in enumerate(queries.member_ids(ctx.session, part.id), 1)
    )
    return copy


def arrange(parts: Sequence[PlanTaskUnit], ctx: Context) -> None:
    """Give the units of a task their places: by role, within a role as listed."""
    order = {role: position for position, role in enumerate(PartRole)}
    wanted = sorted(parts, key=lambda part: order[PartRole(part.role)])
    # The places are unique: first beyond all that are taken, then where they belong.
    beyond = max((part.position for part in wanted), default=0) + len(wanted)
    for offset in (beyond, 0):
        for position, part in enumerate(wanted, 1):
            part.position = offset + position
        ctx.session.flush()


def check_not_listed(ctx: Context, row: PlanTask, role: PartRole, unit_ids: Sequence[int]) -> None:
    """InvalidInput where one of the units has this role already."""
    present = select(PlanTaskMember.id).join(
        PlanTaskUnit, PlanTaskUnit.id == PlanTaskMember.plan_task_unit_id
    )
    same = (
        PlanTaskUnit.plan_task_id == row.id, PlanTaskUnit.role == role,
        PlanTaskUnit.state != PartState.DROPPED, PlanTaskMember.unit_id.in_(unit_ids),
    )  # fmt: skip
    if ctx.session.scalar(present.where(*same).limit(1)):
        raise InvalidInput("plans.unit_listed", "该单位已在其中", field="unit")


def _parts(ctx: Context, row: PlanTask) -> Sequence[PlanTaskUnit]:
    query = select(PlanTaskUnit).where(PlanTaskUnit.plan_task_id == row.id).order_by(PlanTaskUnit.position)
    return ctx.session.scalars(query).all()
