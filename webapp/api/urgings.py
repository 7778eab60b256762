"""Urging by hand 催办: several items at once, and the record of what followed."""

from typing import Any

from engine import permissions
from engine.campaigns.models import WorkItem
from engine.permissions import Permission
from engine.urging import queries, service
from webapp.api import ApiBlueprint, id_after
from webapp.errors import sentence
from webapp.requests import context
from webapp.schemas import verbs
from webapp.schemas.urgings import UrgedSchema, UrgingPageSchema, UrgingQuerySchema, UrgingSchema
from webapp.told import columns

blueprint = ApiBlueprint("urgings", "", "Urgings 催办: who pressed whom about what, and what followed.")


@blueprint.get("/urgings")
@blueprint.arguments(UrgingQuerySchema, location="query")
@blueprint.response(200, UrgingPageSchema)
def index(asked: dict[str, Any]) -> dict[str, Any]:
    """Urgings of work items that one may read, newest first."""
    wanted = {name: asked[name] for name in ("work_item_id", "campaign_id", "unit_id", "answered")}
    rows = queries.urgings(context(), **wanted, after=id_after(asked), limit=asked["limit"])
    more = str(rows[-1].urging.id) if len(rows) == asked["limit"] else None
    return {"items": [_told(row) for row in rows], "next": more}


@blueprint.get("/work-items/<int:id>/urgings")
@blueprint.response(200, UrgingSchema(many=True))
def of_work_item(id: int) -> list[dict[str, Any]]:
    """The latest 200 urgings of one work item, newest first."""
    ctx = context()
    permissions.find(ctx, Permission.WORK_ITEM_READ, WorkItem, id, lock=False)
    return [_told(row) for row in queries.urgings(ctx, work_item_id=id, limit=200)]


@blueprint.post("/urgings")
@blueprint.arguments(verbs.UrgeManySchema)
@blueprint.response(200, UrgedSchema)
def create(given: dict[str, Any]) -> dict[str, Any]:
    """Urge several items; those that may not be urged now are left out, each with the reason."""
    outcomes = service.urge_many(context(), given["work_item_ids"], text=given["text"])
    return {
        "urged": [outcome.item.id for outcome in outcomes if outcome.refusal is None],
        "refused": [
            {"work_item_id": one.item.id, "code": one.refusal.code, "detail": sentence(one.refusal)}
            for one in outcomes
            if one.refusal is not None
        ],
    }


def _told(row: queries.UrgingRow) -> dict[str, Any]:
    return {
        **columns(row.urging),
        "number": row.item.number,
        "followed": row.followed,
        "again_at": row.again_at,
    }
