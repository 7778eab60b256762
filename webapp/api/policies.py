"""Escalation ladders and the meaning of lights: read by everyone, changed by the system administrator."""

import json
from typing import Any

from engine import deadlines, permissions
from engine.context import Context
from engine.deadlines import EscalationPolicy, configuring, ladders, lights, policies, schemes
from engine.deadlines.ladders import WantedStep
from engine.permissions import Permission
from webapp import idempotency, policy_preview
from webapp.api import ApiBlueprint
from webapp.requests import context
from webapp.schemas.policies import (
    ChangeLightsSchema,
    LadderSchema,
    LightSchemeSchema,
    PreviewedStepSchema,
    PreviewLadderSchema,
    PublishLadderSchema,
)
from webapp.told import columns

blueprint = ApiBlueprint(
    "policies", "", "Escalation ladders 提醒升级规则, and what the colours of lights mean."
)


def _reading() -> Context:
    ctx = context()
    permissions.require(ctx, Permission.ESCALATION_READ)
    return ctx


def _told(ctx: Context, row: EscalationPolicy) -> dict[str, Any]:
    running = configuring.running(ctx.session, row.key)
    return {**columns(row), "steps": policies.parse(row.steps), "running": running.get(row.version, 0)}


def _wanted(given: dict[str, Any]) -> list[WantedStep]:
    return [WantedStep(**{**step, "to": tuple(step["to"])}) for step in given["steps"]]


@blueprint.get("/policies")
@blueprint.response(200, LadderSchema(many=True))
def index() -> list[dict[str, Any]]:
    """The newest version of every ladder."""
    ctx = _reading()
    return [_told(ctx, row) for row in configuring.all_newest(ctx.session)]


@blueprint.get("/policies/<key>/versions")
@blueprint.response(200, LadderSchema(many=True))
def versions(key: str) -> list[dict[str, Any]]:
    """All versions of a ladder, newest first."""
    ctx = _reading()
    configuring.newest(ctx.session, key)
    return [_told(ctx, row) for row in configuring.versions(ctx.session, key)]


@blueprint.post("/policies/<key>/preview")
@blueprint.arguments(PreviewLadderSchema)
@blueprint.response(200, PreviewedStepSchema(many=True))
@idempotency.keyless
def preview(given: dict[str, Any], key: str) -> list[policy_preview.Row]:
    """What a ladder would do with a running deadline of its kind. Changes nothing."""
    ctx = context()
    permissions.require(ctx, Permission.ESCALATION_MANAGE)
    wanted = _wanted(given)
    ladders.check(key, wanted)
    steps = policies.parse(json.dumps(ladders.written(wanted)))
    return policy_preview.preview(ctx, configuring.sample(ctx.session, key, given["deadline_id"]), steps)


@blueprint.post("/policies/<key>/versions")
@blueprint.arguments(PublishLadderSchema)
@blueprint.response(201, LadderSchema)
def publish(given: dict[str, Any], key: str) -> dict[str, Any]:
    """A new version, for deadlines that are set from now on."""
    ctx = context()
    row = configuring.publish(
        ctx, key, _wanted(given), note=given["note"], expected=given["expected"],
        running_too=given["running_too"],
    )  # fmt: skip
    return _told(ctx, row)


@blueprint.get("/light-scheme")
@blueprint.response(200, LightSchemeSchema)
def light_scheme() -> dict[str, Any]:
    """What the colours mean at present."""
    scheme = deadlines.scheme(_reading().session)
    return {**lights.to_dict(scheme), "version": scheme.version}


@blueprint.post("/light-scheme/versions")
@blueprint.arguments(ChangeLightsSchema)
@blueprint.response(201, LightSchemeSchema)
def change_lights(given: dict[str, Any]) -> dict[str, Any]:
    """Another meaning, for all lights from now on. What is not named keeps the program's meaning."""
    ctx = context()
    schemes.publish(ctx, lights.of_dict(given), note=given["note"], expected=given["expected"])
    scheme = deadlines.scheme(ctx.session)
    return {**lights.to_dict(scheme), "version": scheme.version}
