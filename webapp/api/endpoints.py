"""Webhooks and group robots, for system administrators."""

from typing import Any

from engine import permissions
from engine.permissions import Permission
from notifications import endpoints
from notifications.models import Endpoint
from webapp import idempotency
from webapp.api import ApiBlueprint
from webapp.requests import context
from webapp.schemas.endpoints import AddedEndpointSchema, EndpointSchema, NewEndpointSchema, RetriedSchema
from webapp.told import columns

blueprint = ApiBlueprint("endpoints", "/endpoints", "Where news are pushed: webhooks and group robots.")


@blueprint.get("")
@blueprint.response(200, EndpointSchema(many=True))
def index() -> list[Endpoint]:
    """All endpoints, the running ones first."""
    ctx = context()
    permissions.require(ctx, Permission.ENDPOINT_MANAGE)
    return [health.endpoint for health in endpoints.overview(ctx.session)]


@blueprint.post("")
@blueprint.arguments(NewEndpointSchema)
@blueprint.response(201, AddedEndpointSchema)
@idempotency.keyless
def add(given: dict[str, Any]) -> dict[str, Any]:
    """A new endpoint. Its address and secret are never told again."""
    row, secret = endpoints.add(context(), **given)
    return {**columns(row), "secret": secret}


@blueprint.post("/<int:id>/stop")
@blueprint.response(200, EndpointSchema)
def stop(id: int) -> Endpoint:
    """Send it nothing more; what waits is dropped."""
    ctx = context()
    endpoints.stop(ctx, id)
    return endpoints.one(ctx.session, id)


@blueprint.post("/<int:id>/resume")
@blueprint.response(200, EndpointSchema)
def resume(id: int) -> Endpoint:
    """Tell it again, from now on."""
    ctx = context()
    endpoints.resume(ctx, id)
    return endpoints.one(ctx.session, id)


@blueprint.post("/<int:id>/trial")
@blueprint.response(200, EndpointSchema)
def send_trial(id: int) -> Endpoint:
    """Send a message that says no more than that it is one."""
    ctx = context()
    endpoints.send_trial(ctx, id)
    return endpoints.one(ctx.session, id)


@blueprint.post("/<int:id>/retry")
@blueprint.response(200, RetriedSchema)
def retry(id: int) -> dict[str, int]:
    """Let all that was given up begin again."""
    return {"count": endpoints.retry_failed(context(), id)}
