"""Messages 消息: what happened that concerns the person behind the token."""

from typing import Any

from engine.context import Context
from notifications import messages, templates
from webapp.api import ApiBlueprint, id_after, page_by_id
from webapp.language import language
from webapp.requests import context
from webapp.schemas.messages import MarkReadSchema, MessagePageSchema, MessageQuerySchema, UnreadSchema
from webapp.told import columns

blueprint = ApiBlueprint("messages", "/messages", "Messages 消息.")


@blueprint.get("")
@blueprint.arguments(MessageQuerySchema, location="query")
@blueprint.response(200, MessagePageSchema)
def index(asked: dict[str, Any]) -> dict[str, Any]:
    """One's own messages, newest first."""
    ctx = context()
    rows = messages.list_for(
        ctx.session, ctx.actor.person_id or 0, after=id_after(asked), limit=asked["limit"],
        unread_only=asked["unread"],
    )  # fmt: skip
    told = [
        {**columns(row), "title": text.title, "detail": text.detail}
        for row in rows
        for text in [templates.told(row, language())]
    ]
    return {**page_by_id(rows, asked), "items": told}


@blueprint.get("/unread")
@blueprint.response(200, UnreadSchema)
def unread() -> dict[str, int]:
    """How many are unread."""
    return _unread(context())


@blueprint.post("/read")
@blueprint.arguments(MarkReadSchema)
@blueprint.response(200, UnreadSchema)
def mark_read(given: dict[str, Any]) -> dict[str, int]:
    """Mark messages as read, those named or all; answers how many are still unread."""
    ctx = context()
    messages.mark_read(ctx, given["ids"])
    return _unread(ctx)


def _unread(ctx: Context) -> dict[str, int]:
    return {"unread": messages.unread_count(ctx.session, ctx.actor.person_id or 0)}
