"""Whether urgings and notices about a work item arrived."""

from typing import Any

from notifications import arrivals
from webapp.api import ApiBlueprint
from webapp.requests import context
from webapp.schemas.arrivals import ArrivalSchema

blueprint = ApiBlueprint("arrivals", "/work-items", "Whether urgings and notices arrived.")


@blueprint.get("/<int:id>/arrivals")
@blueprint.response(200, ArrivalSchema(many=True))
def index(id: int) -> list[dict[str, Any]]:
    """Everybody who was told, newest first; for those who may urge the unit."""
    _, messages = arrivals.about(context(), id)
    return [
        {
            "message_id": one.notification.message_id,
            "kind": one.notification.kind,
            "told_at": one.notification.created_at,
            "person_id": one.person.id,
            "name": one.person.name,
            "read_at": one.notification.read_at,
            "ways": one.ways,
        }
        for people in messages
        for one in people
    ]
