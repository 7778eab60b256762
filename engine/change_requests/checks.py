"""What a request must satisfy, with what the rules need looked up."""

from datetime import date

from sqlalchemy import select

from engine.campaigns import obligations
from engine.campaigns.models import Obligation, WorkItem, WorkItemState
from engine.campaigns.rules import text_of
from engine.change_requests import rules
from engine.change_requests.models import ChangeRequest, RequestKind
from engine.clock import local_date
from engine.context import Context, Role
from engine.errors import AccessDenied, InvalidInput
from engine.extensions.queries import deadline_of
from engine.organisation.models import Unit
from engine.plans.rules import check_not_far
from engine.texts import N_


def is_own(ctx: Context, item: WorkItem) -> bool:
    return item.unit_id in ctx.actor.units(Role.REPORTER, Role.HEAD)


def is_askers(ctx: Context, request: ChangeRequest, item: WorkItem) -> bool:
    """What the unit has asked for is the unit's to change or take back, and what the office proposes the office's."""
    offices = item.office_unit_id in ctx.actor.units(Role.OFFICER)
    return offices if request.by_office else is_own(ctx, item)


def check_side(ctx: Context, request: ChangeRequest, item: WorkItem) -> None:
    if not is_askers(ctx, request, item):
        raise AccessDenied()


def report_of(ctx: Context, item: WorkItem, obligation_id: int | None) -> Obligation:
    if obligation_id is None:
        raise InvalidInput("change_requests.no_report", "请选择应报事项", field="obligation_id")
    mine = select(Obligation.id).where(Obligation.id == obligation_id, Obligation.work_item_id == item.id)
    if ctx.session.scalar(mine) is None:
        raise InvalidInput("change_requests.no_report", "请选择应报事项", field="obligation_id")
    return obligations.lock(ctx, obligation_id)


def check_place(ctx: Context, kind: RequestKind, item: WorkItem, obligation: Obligation | None) -> None:
    deadline = deadline_of(ctx.session, obligation.id) if obligation is not None else None
    rules.check_place(kind, item, obligation, deadline, ctx.clock.now())


def check_target(
    ctx: Context, kind: RequestKind, item: WorkItem, to_unit_id: int | None, *, required: bool
) -> None:
    if kind is not RequestKind.TRANSFER or (to_unit_id is None and not required):
        return
    unit = ctx.session.get(Unit, to_unit_id) if to_unit_id is not None else None
    today = local_date(ctx.clock.now())
    if unit is None or unit.effective_from > today or (unit.effective_to or date.max) <= today:
        raise InvalidInput("change_requests.no_unit", "请选择接收单位", field="to_unit_id")
    live = select(WorkItem.id).where(
        WorkItem.key_task_id == item.key_task_id,
        WorkItem.unit_id == unit.id,
        WorkItem.state != WorkItemState.CANCELLED,
    )
    rules.check_target(item, unit.id, ctx.session.scalar(live.limit(1)) is not None)


def review_day(ctx: Context, kind: RequestKind, review_on: date | None) -> date | None:
    today = local_date(ctx.clock.now())
    rules.check_review_day(kind, review_on, today)
    if kind is not RequestKind.SUSPEND or review_on is None:
        return None
    check_not_far(review_on, today, field="review_on")
    return review_on


def reason_of(reason: str) -> str:
    return text_of(reason, field="reason", missing=N_("请填写申请理由"))
