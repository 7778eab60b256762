"""The inbox: what waits for the posts one holds, and what one has done."""

from collections.abc import Sequence
from typing import Any

from engine.process import inbox
from engine.process.models import UserTask
from webapp import keyset
from webapp.api import ApiBlueprint
from webapp.requests import context
from webapp.schemas.cases import PageQuerySchema, UserTaskPageSchema

blueprint = ApiBlueprint("user_tasks", "/user-tasks", "What waits for a person.")


@blueprint.get("")
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, UserTaskPageSchema)
def open_user_tasks(asked: dict[str, Any]) -> dict[str, Any]:
    """Open user tasks offered to the posts that one holds, soonest due first."""
    rows = inbox.open_user_tasks(context(), after=keyset.parse(asked["after"]), limit=asked["limit"])
    return _page(rows, "due_key", asked["limit"])


@blueprint.get("/done")
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, UserTaskPageSchema)
def done(asked: dict[str, Any]) -> dict[str, Any]:
    """User tasks that one has completed, latest first."""
    rows = inbox.completed_user_tasks(context(), after=keyset.parse(asked["after"]), limit=asked["limit"])
    return _page(rows, "ended_at", asked["limit"])


def _page(rows: Sequence[UserTask], key: str, limit: int) -> dict[str, Any]:
    return {"items": rows, "next": keyset.place(rows[-1], key) if len(rows) == limit else None}
