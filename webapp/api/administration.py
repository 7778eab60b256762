"""For administrators: work in the background, what could not be sent, the audit, who may do what."""

from typing import Any

from engine import audit, permissions, queue
from engine.audit import queries, verification
from engine.context import Context
from engine.errors import NotFound
from engine.permissions import POLICY, Permission
from engine.queue import QueueItem
from notifications import failures
from notifications.models import Delivery
from webapp import history, idempotency
from webapp.api import ApiBlueprint, id_after, page_by_id
from webapp.language import translate
from webapp.requests import context, ground, in_transaction, own_transactions
from webapp.schemas.administration import (
    AuditPageSchema,
    AuditQuerySchema,
    DeliveryAttemptSchema,
    FailedDeliveryPageSchema,
    FailedDispatchSchema,
    PolicySchema,
    QueueItemSchema,
    QueueSchema,
    VerificationSchema,
)
from webapp.schemas.cases import PageQuerySchema
from webapp.told import columns

blueprint = ApiBlueprint("administration", "", "Queue, deliveries, audit and policy, for administrators.")


@blueprint.get("/queue")
@blueprint.response(200, QueueSchema)
def background() -> dict[str, Any]:
    """How much waits, and what is parked with its last error."""
    ctx = _managing_queue()
    return {"counts": queue.counts(ctx.session), "parked": queue.parked(ctx.session)}


@blueprint.post("/queue/<int:id>/retry")
@blueprint.response(200, QueueItemSchema)
def retry(id: int) -> QueueItem:
    """Give a parked item new attempts, from where it stands."""
    ctx = context()
    queue.retry(ctx, id)
    return ctx.session.get_one(QueueItem, id)


@blueprint.get("/failed-deliveries")
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, FailedDeliveryPageSchema)
def failed_deliveries(asked: dict[str, Any]) -> dict[str, Any]:
    """What was given up, of all channels, newest first."""
    ctx = _managing_queue()
    rows = failures.failed_deliveries(ctx.session, after=id_after(asked), limit=asked["limit"])
    told = [{**columns(delivery), "receiver_name": receiver.name} for delivery, receiver in rows]
    return {**page_by_id([delivery for delivery, _ in rows], asked), "items": told}


@blueprint.get("/failed-deliveries/<int:id>/attempts")
@blueprint.response(200, DeliveryAttemptSchema(many=True))
def attempts(id: int) -> Any:
    """Each try to send, with the receiver's answer; `unknown`: the result was lost, it may have arrived twice."""
    ctx = _managing_queue()
    if ctx.session.get(Delivery, id) is None:
        raise NotFound()
    return failures.attempts_of(ctx.session, id)


@blueprint.post("/failed-deliveries/<int:id>/retry")
@blueprint.response(204)
def retry_delivery(id: int) -> str:
    """Let a delivery begin again that was given up."""
    failures.retry_delivery(context(), id)
    return ""


@blueprint.get("/failed-dispatches")
@blueprint.response(200, FailedDispatchSchema(many=True))
def failed_dispatches() -> list[dict[str, Any]]:
    """Facts that nobody could be told, newest first."""
    ctx = _managing_queue()
    return [
        {
            "id": failure.id, "kind": message.kind, "subject_type": message.subject_type,
            "subject_id": message.subject_id, "error": failure.error, "failed_at": failure.failed_at,
        }
        for failure, message in failures.failed_dispatches(ctx.session)
    ]  # fmt: skip


@blueprint.post("/failed-dispatches/<int:id>/retry")
@blueprint.response(204)
def retry_dispatch(id: int) -> str:
    """Put a fact back among those that wait to be told."""
    failures.retry_dispatch(context(), id)
    return ""


@blueprint.get("/audit")
@blueprint.arguments(AuditQuerySchema, location="query")
@blueprint.response(200, AuditPageSchema)
def search(asked: dict[str, Any]) -> dict[str, Any]:
    """Entries across all streams, newest first."""
    wanted = queries.Filter(asked["stream"], asked["actor"], asked["since"], asked["until"])
    rows = queries.search(context(), wanted, after=id_after(asked), limit=asked["limit"])
    told = [{**columns(row), "text": history.act(row.action), "facts": row.facts} for row in rows]
    return {**page_by_id(rows, asked), "items": told}


@blueprint.post("/audit/verify")
@blueprint.response(200, VerificationSchema)
@idempotency.keyless
@own_transactions
def verify() -> dict[str, Any]:
    """Compute every chain again and compare the seals; that it was done is recorded."""
    settings = ground().settings

    def read(ctx: Context) -> list[audit.Problem]:
        permissions.require(ctx, Permission.AUDIT_READ)
        return audit.verify(ctx.session, settings.seal_log, settings.seal_key)

    problems = in_transaction(read, read_only=True)
    in_transaction(lambda ctx: verification.note(ctx, problems))
    return {
        "problems": [
            {"code": p.code, "stream": p.stream, "seq": p.seq, "text": translate(p.text, stream=p.stream, seq=p.seq)}
            for p in problems
        ]
    }  # fmt: skip


@blueprint.get("/permissions")
@blueprint.response(200, PolicySchema(many=True))
def policy() -> list[dict[str, Any]]:
    """The whole table of who may do what; what it does not name is denied."""
    return [
        {
            "permission": permission,
            "clauses": [
                {"relation": c.relation, "roles": sorted(c.roles), "exceptions": list(c.exceptions)}
                for c in POLICY.get(permission, ())
            ],
        }
        for permission in Permission
    ]


def _managing_queue() -> Context:
    ctx = context()
    permissions.require(ctx, Permission.QUEUE_MANAGE)
    return ctx
