"""How a request ends: carried out or refused by its diagram, taken back, or left without anything to decide."""

from collections.abc import Sequence

from sqlalchemy import select

from engine import deadlines, process
from engine.campaigns import work_items
from engine.campaigns.models import Obligation, WorkItem, WorkItemState
from engine.change_requests import acts, telling
from engine.change_requests.models import UNDECIDED, ChangeRequest, RequestState
from engine.context import Context
from engine.deadlines import Deadline


def end(ctx: Context, request: ChangeRequest, state: RequestState) -> None:
    request.state, request.decided_at = state, ctx.clock.now()
    request.version += 1
    process.cancel(ctx, ("change_request", request.id))
    deadlines.cancel(ctx, ("change_request", request.id))


def grant(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: everybody has agreed, and it is done."""
    request = ctx.session.get_one(ChangeRequest, subject[1])
    item = ctx.session.get_one(WorkItem, request.work_item_id)
    if request.obligation_id is None:
        work_items.lock_obligations(
            ctx, item.id
        )  # before the head of the audit, which a reviewer may wait for
    request.state, request.decided_at = RequestState.GRANTED, ctx.clock.now()
    words = telling.last_words(ctx, request)
    telling.record(ctx, request, "change_request.granted", kind=request.kind, reasons=words)
    acts.carry_out(ctx, request, item)
    telling.publish(ctx, request, "change_request.granted", reasons=words)


def refuse(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: somebody has refused. Everything goes on as before."""
    request = ctx.session.get_one(ChangeRequest, subject[1])
    request.state, request.decided_at = RequestState.REFUSED, ctx.clock.now()
    words = telling.last_words(ctx, request)
    telling.record(ctx, request, "change_request.refused", kind=request.kind, reasons=words)
    telling.publish(ctx, request, "change_request.refused", reasons=words)


def note_late(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: the office or the leader has not decided in time. It is decided all the same."""
    request = ctx.session.get_one(ChangeRequest, subject[1])
    telling.record(ctx, request, "change_request.decision_fell_late", state=request.state)


def _lapse(ctx: Context, work_item_id: int, obligation_ids: Sequence[int] | None = None) -> None:
    """Nothing is left to be changed: of the whole item, or of these reports."""
    query = select(ChangeRequest).where(
        ChangeRequest.work_item_id == work_item_id, ChangeRequest.state.in_(UNDECIDED)
    )
    if obligation_ids is not None:
        query = query.where(ChangeRequest.obligation_id.in_(obligation_ids))
    for request in ctx.session.scalars(query.order_by(ChangeRequest.id).with_for_update()):
        if request.state in UNDECIDED:  # not the one that is just being carried out
            end(ctx, request, RequestState.LAPSED)
            telling.record(ctx, request, "change_request.lapsed")
            telling.publish(ctx, request, "change_request.lapsed")


def _lapse_of_item(ctx: Context, item: WorkItem) -> None:
    if item.state == WorkItemState.CANCELLED or item.settled_at is not None:
        _lapse(ctx, item.id)
        for id in acts.suspensions(ctx, item.id):
            deadlines.cancel(ctx, ("change_request", id), acts.REVIEW)


def _lapse_of_reports(ctx: Context, ended: Sequence[Obligation]) -> None:
    _lapse(ctx, ended[0].work_item_id, [obligation.id for obligation in ended])


work_items.when_items_end(_lapse_of_item)
work_items.when_obligations_end(_lapse_of_reports)


def _lock(ctx: Context, id: int) -> ChangeRequest:
    query = select(ChangeRequest).where(ChangeRequest.id == id).with_for_update()
    return ctx.session.scalars(query.execution_options(populate_existing=True)).one()


def _on_passed(ctx: Context, deadline: Deadline) -> None:
    if deadline.kind == acts.REVIEW:
        return  # the request is decided; the ladder tells the office
    process.fire_deadline(ctx, deadline.subject, deadline.kind)


deadlines.register_subject(
    "change_request", lock=_lock, on_passed=_on_passed, on_changed=work_items.on_deadline_changed,
    model=ChangeRequest,
)  # fmt: skip
