"""The installation's own words for messages, for system administrators."""

from dataclasses import asdict
from typing import Any

from engine.context import Context
from engine.permissions import Permission, require
from notifications import placeholders, previews, wordings
from notifications.models import MessageTemplate
from notifications.placeholders import Wording
from notifications.templates import NEWS
from webapp import idempotency
from webapp.api import ApiBlueprint
from webapp.errors import sentence
from webapp.requests import context
from webapp.schemas.message_templates import (
    MessageTemplateSchema,
    NewWordingSchema,
    TemplatePreviewSchema,
    VersionSeenSchema,
    WordingSchema,
)

blueprint = ApiBlueprint("message_templates", "/message-templates", "The words of messages, by kind.")


@blueprint.get("")
@blueprint.response(200, MessageTemplateSchema(many=True))
def index() -> list[dict[str, Any]]:
    """All kinds of messages with the words that hold now."""
    ctx = _managing()
    current = wordings.current(ctx.session)
    return [_told(kind, current.get(kind)) for kind in sorted(NEWS)]


@blueprint.put("/<kind>")
@blueprint.arguments(NewWordingSchema)
@blueprint.response(200, MessageTemplateSchema)
def change(given: dict[str, Any], kind: str) -> dict[str, Any]:
    """Word messages of the kind so from now on."""
    version = given.pop("version")
    return _told(kind, wordings.change(context(), kind, Wording(**given), version=version))


@blueprint.post("/<kind>/preview")
@blueprint.arguments(WordingSchema)
@blueprint.response(200, TemplatePreviewSchema)
@idempotency.keyless
def preview(given: dict[str, Any], kind: str) -> dict[str, Any]:
    """What would become of the words by every channel, and what is wrong with them. Nothing is saved."""
    ctx, wording = _managing(), Wording(**given)
    wordings.default(kind)
    wrong = placeholders.problems(ctx.settings, kind, wording.cleaned)
    return {
        **asdict(previews.show(ctx, kind, wording)),
        "problems": {field: sentence(error) for field, error in wrong.items()},
    }


@blueprint.post("/<kind>/reset")
@blueprint.arguments(VersionSeenSchema)
@blueprint.response(200, MessageTemplateSchema)
def reset(given: dict[str, Any], kind: str) -> dict[str, Any]:
    """Back to the product's words."""
    return _told(kind, wordings.reset(context(), kind, version=given["version"]))


def _told(kind: str, row: MessageTemplate | None) -> dict[str, Any]:
    return {
        **asdict(wordings.of(row, kind)),
        "kind": kind,
        "version": row.version if row is not None else 0,
        "is_own": row is not None and row.is_own,
        "allowed": placeholders.allowed(kind),
        "mandatory": placeholders.mandatory(kind),
    }


def _managing() -> Context:
    ctx = context()
    require(ctx, Permission.MESSAGE_TEMPLATE_MANAGE)
    return ctx
