"""What is written down of a request, and who is told of it."""

from sqlalchemy import select

from engine import audit, outbox
from engine.campaigns import work_items
from engine.change_requests.models import ChangeRequest, ChangeRequestOpinion, RequestState
from engine.context import Context


def last_words(ctx: Context, request: ChangeRequest) -> str:
    query = select(ChangeRequestOpinion.reasons).where(ChangeRequestOpinion.change_request_id == request.id)
    return ctx.session.scalars(query.order_by(ChangeRequestOpinion.id.desc()).limit(1)).one()


def record(ctx: Context, request: ChangeRequest, fact: str, **facts: object) -> None:
    audit.record(
        ctx, work_items.stream(request.work_item_id), fact, ("change_request", request.id),
        obligation_id=request.obligation_id, **facts,
    )  # fmt: skip


def tell_begun(ctx: Context, request: ChangeRequest) -> None:
    fact = "change_request.proposed" if request.by_office else "change_request.asked"
    publish(ctx, request, fact, reason=request.reason)


def tell(ctx: Context, request: ChangeRequest, words: str) -> None:
    if request.state == RequestState.RETURNED:
        fact = "change_request.proposal_returned" if request.by_office else "change_request.returned"
        publish(ctx, request, fact, reasons=words)
    elif request.state == RequestState.WITH_LEADER:
        publish(ctx, request, "change_request.endorsed", reasons=words)
    else:
        publish(ctx, request, "change_request.signed")


def publish(ctx: Context, request: ChangeRequest, fact: str, **facts: object) -> None:
    outbox.publish(ctx, fact, ("change_request", request.id), change_kind=request.kind, **facts)
