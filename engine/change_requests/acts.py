"""What is done once everybody has agreed. The case rows are locked; what is finished is not touched."""

from collections.abc import Collection

from sqlalchemy import delete, func, select

from engine import audit, deadlines
from engine.campaigns import dispatch, standstill, work_items
from engine.campaigns.models import KeyTask, KeyTaskUnit, UnitRole, WorkItem, WorkItemState
from engine.change_requests.models import ChangeRequest, RequestKind, RequestState
from engine.change_requests.rules import OF_REPORTS
from engine.context import Context
from engine.deadlines import Basis
from engine.extensions.queries import deadline_of
from engine.organisation.models import Unit
from engine.texts import N_

#: The office looks again at what stands still, by the day that was approved with it.
REVIEW = "change_request.review"


def carry_out(ctx: Context, request: ChangeRequest, item: WorkItem) -> None:
    """``request`` is granted; ``item`` is locked, for a transfer after its key task."""
    match RequestKind(request.kind):
        case RequestKind.PAUSE:
            deadlines.pause(ctx, _deadline(ctx, request), request.reason)
        case RequestKind.RESUME:
            deadlines.resume(ctx, _deadline(ctx, request), request.reason)
        case RequestKind.CANCEL:
            work_items.withdraw(ctx, item, request.reason)
        case RequestKind.TRANSFER:
            _transfer(ctx, request, item)
        case RequestKind.SUSPEND:
            work_items.lock_obligations(ctx, item.id)
            stopped = standstill.begin(ctx, item, request.reason)
            assert request.review_on is not None
            deadlines.open(
                ctx, ("change_request", request.id), REVIEW,
                Basis.fixed_date(request.review_on, N_("批准挂账时确定的复核日期")),
                unit_id=item.office_unit_id, stream=work_items.stream(item.id),
            )  # fmt: skip
            _note(ctx, item, "work_item.suspended", request, clocks=stopped, review_on=request.review_on)
        case RequestKind.LIFT:
            work_items.lock_obligations(ctx, item.id)
            for id in suspensions(ctx, item.id):
                deadlines.meet(ctx, ("change_request", id), REVIEW)
            going = standstill.end(ctx, item, request.reason, still=_paused_alone(ctx, item.id))
            _note(ctx, item, "work_item.lifted", request, clocks=going)


def suspensions(ctx: Context, work_item_id: int) -> Collection[int]:
    """The requests by which the item was ever suspended; the last one's review may still be owed."""
    query = select(ChangeRequest.id).where(
        ChangeRequest.work_item_id == work_item_id,
        ChangeRequest.kind == RequestKind.SUSPEND,
        ChangeRequest.state == RequestState.GRANTED,
    )
    return ctx.session.scalars(query.order_by(ChangeRequest.id)).all()


def _deadline(ctx: Context, request: ChangeRequest) -> int:
    assert request.obligation_id is not None
    return deadline_of(ctx.session, request.obligation_id).id


def _paused_alone(ctx: Context, work_item_id: int) -> Collection[int]:
    """Reports whose own time was paused by a request and not resumed since: they go on standing still."""
    decided = (
        select(ChangeRequest.obligation_id, ChangeRequest.kind)
        .where(
            ChangeRequest.work_item_id == work_item_id,
            ChangeRequest.kind.in_(OF_REPORTS),
            ChangeRequest.state == RequestState.GRANTED,
        )
        .order_by(ChangeRequest.decided_at, ChangeRequest.id)
    )
    last = {id: kind for id, kind in ctx.session.execute(decided) if id is not None}
    return {id for id, kind in last.items() if kind == RequestKind.PAUSE}


def _transfer(ctx: Context, request: ChangeRequest, item: WorkItem) -> None:
    """The item ends where it was wrongly assigned, with its history, and begins anew at the other unit."""
    session, key_task = ctx.session, ctx.session.get_one(KeyTask, item.key_task_id)
    assert request.to_unit_id is not None
    unit = session.get_one(Unit, request.to_unit_id)
    work_items.withdraw(ctx, item, f"移交{unit.name}：{request.reason}")
    part = _move_part(ctx, item, unit.id)
    dispatch.make_items(ctx, key_task, [part])
    made = select(WorkItem).where(
        WorkItem.key_task_id == key_task.id,
        WorkItem.unit_id == unit.id,
        WorkItem.state != WorkItemState.CANCELLED,
    )
    new = session.scalars(made).one()
    request.new_work_item_id = new.id
    _note(ctx, item, "work_item.transferred", request, to_unit_id=unit.id, new_work_item_id=new.id)
    _note(ctx, new, "work_item.taken_over", request, from_unit_id=item.unit_id, old_work_item_id=item.id)


def _move_part(ctx: Context, item: WorkItem, to_unit_id: int) -> KeyTaskUnit:
    """The other unit takes the place among the responsible ones, under a number that no item has had."""
    session = ctx.session
    session.send()
    mine = (
        KeyTaskUnit.key_task_id == item.key_task_id,
        KeyTaskUnit.role == UnitRole.RESPONSIBLE,
    )
    last = session.scalar(select(func.max(KeyTaskUnit.position)).where(*mine)) or 0
    made = session.scalar(select(func.count()).where(WorkItem.key_task_id == item.key_task_id)) or 0
    session.execute(delete(KeyTaskUnit).where(*mine, KeyTaskUnit.unit_id == item.unit_id))
    part = session.scalars(select(KeyTaskUnit).where(*mine, KeyTaskUnit.unit_id == to_unit_id)).one_or_none()
    if part is None:
        part = KeyTaskUnit(
            key_task_id=item.key_task_id, unit_id=to_unit_id, role=UnitRole.RESPONSIBLE,
            position=max(last, made) + 1,
        )  # fmt: skip
        session.add(part)
    else:
        part.position = max(last, made) + 1
    session.flush()
    return part


def _note(ctx: Context, item: WorkItem, fact: str, request: ChangeRequest, **facts: object) -> None:
    audit.record(
        ctx, work_items.stream(item.id), fact, ("work_item", item.id), change_request_id=request.id,
        reason=request.reason, **facts,
    )  # fmt: skip
