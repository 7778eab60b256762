"""Which part a listed unit has in a task, and which of its peers comes first."""

from collections.abc import Sequence

from sqlalchemy import select

from engine.context import Context
from engine.errors import InvalidInput
from engine.plans import queries
from engine.plans.drafts import done, open_part
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
