"""How delivery fares, for system administrators and their monitoring."""

from typing import Any

from engine.context import Context
from engine.permissions import Permission, require
from notifications import health, records
from notifications.health import SPANS, Window
from notifications.models import Channel
from notifications.records import Show, Side, Tries
from webapp.api import ApiBlueprint, id_after, page_by_id
from webapp.requests import context
from webapp.schemas.delivery_health import (
    AttemptPageSchema,
    AttemptQuerySchema,
    DeliveryHealthSchema,
    DeliveryPageSchema,
    DeliveryQuerySchema,
)
from webapp.told import columns

blueprint = ApiBlueprint("delivery_health", "", "Delivery by channel and endpoint, for administrators.")


@blueprint.get("/delivery-health")
@blueprint.response(200, DeliveryHealthSchema(many=True))
def index() -> list[dict[str, Any]]:
    """Each channel that reaches people, then each endpoint."""
    ctx = _managing()
    return [
        {
            **vars(one),
            "endpoint_id": one.endpoint.id if one.endpoint else None,
            "name": one.endpoint.name if one.endpoint else None,
            "day": one.rates[Window.DAY],
            "week": one.rates[Window.WEEK],
        }
        for one in health.overview(ctx.session, ctx.settings, ctx.clock.now())
    ]


@blueprint.get("/deliveries")
@blueprint.arguments(DeliveryQuerySchema, location="query")
@blueprint.response(200, DeliveryPageSchema)
def deliveries(asked: dict[str, Any]) -> dict[str, Any]:
    """What was sent, waits, or was given up, newest first; `repeated`: the receiver may have it twice."""
    ctx = _managing()
    show = Show(asked["state"]) if asked["state"] else None
    rows = records.deliveries(ctx.session, _side(asked), show, after=id_after(asked), limit=asked["limit"])
    told = [{**columns(row), "receiver_name": receiver.name} for row, receiver in rows]
    return {**page_by_id([row for row, _ in rows], asked), "items": told}


@blueprint.get("/delivery-attempts")
@blueprint.arguments(AttemptQuerySchema, location="query")
@blueprint.response(200, AttemptPageSchema)
def attempts(asked: dict[str, Any]) -> dict[str, Any]:
    """Each try to send, in the last day or week, newest first."""
    ctx = _managing()
    rows = records.attempts(
        ctx.session, _side(asked), Tries(asked["outcome"]) if asked["outcome"] else None,
        since=ctx.clock.now() - SPANS[Window(asked["within"])], after=id_after(asked), limit=asked["limit"],
    )  # fmt: skip
    told = [{**columns(attempt), "receiver_name": receiver.name} for attempt, _, receiver in rows]
    return {**page_by_id([attempt for attempt, _, _ in rows], asked), "items": told}


def _side(asked: dict[str, Any]) -> Side:
    return Side(Channel(asked["channel"]) if asked["channel"] else None, asked["endpoint"])


def _managing() -> Context:
    ctx = context()
    require(ctx, Permission.QUEUE_MANAGE)
    return ctx
