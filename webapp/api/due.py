"""What falls due: deadlines by urgency, days with their counts, the lights of a campaign."""

from collections.abc import Mapping
from typing import Any

from engine import working_days
from engine.campaigns import due
from engine.campaigns.due import Lamp, Wanted
from engine.deadlines import Colour
from webapp import keyset
from webapp.api import ApiBlueprint
from webapp.requests import context
from webapp.schemas.due import DueDaySchema, DueDaysQuerySchema, DuePageSchema, DueQuerySchema, WallSchema
from webapp.told import columns

blueprint = ApiBlueprint("due", "", "What falls due 到期, and lights 亮灯.")


def _wanted(asked: dict[str, Any]) -> Wanted:
    return Wanted(
        since=asked["since"], until=asked["until"], own=asked["scope"] == "unit",
        waiting=asked["scope"] == "mine", campaign_id=asked["campaign_id"], key_task_id=asked["key_task_id"],
        unit_id=asked["unit_id"], kind=asked["kind"], colour=asked["light"], live=asked.get("live", False),
    )  # fmt: skip


def _counts(found: Mapping[Colour, int]) -> dict[str, int]:
    return {colour.value: found.get(colour, 0) for colour in Colour}


@blueprint.get("/deadlines")
@blueprint.arguments(DueQuerySchema, location="query")
@blueprint.response(200, DuePageSchema)
def deadlines(asked: dict[str, Any]) -> dict[str, Any]:
    """Deadlines that one may read, earliest first."""
    rows = due.listed(context(), _wanted(asked), after=keyset.parse(asked["after"]), limit=asked["limit"])
    more = keyset.place(rows[-1].deadline, "due_at") if len(rows) == asked["limit"] else None
    found = [
        {
            **columns(row.deadline), "work_item_id": row.item.id, "number": row.item.number,
            "title": row.item.title, "part": row.part, "light": row.light.colour, "reason": row.light.reason,
            "user_task_id": row.user_task.id if row.user_task else None,
        }
        for row in rows
    ]  # fmt: skip
    return {"items": found, "next": more}


@blueprint.get("/due-days")
@blueprint.arguments(DueDaysQuerySchema, location="query")
@blueprint.response(200, DueDaySchema(many=True))
def due_days(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """The days on which something falls due or fell due, with how many of each colour."""
    ctx = context()
    found, calendar = due.by_day(ctx, _wanted(asked)), working_days.load(ctx.session)
    return [
        {
            "on": on, "is_workday": calendar.is_workday(on), "lights": _counts(day.counts),
            "provisional": day.provisional, "paused": day.paused,
        }
        for on, day in sorted(found.items())
    ]  # fmt: skip


@blueprint.get("/campaigns/<int:id>/lights")
@blueprint.response(200, WallSchema)
def lights(id: int) -> dict[str, Any]:
    """The lights of a campaign: the worst of each key task and of each unit, with its deadline."""
    wall = due.wall(context(), id)
    return {
        "campaign_id": id, "lights": _counts(wall.counts),
        "key_tasks": [_lamp(lamp) for lamp in wall.key_tasks], "units": [_lamp(lamp) for lamp in wall.units],
    }  # fmt: skip


def _lamp(lamp: Lamp) -> dict[str, Any]:
    return {
        "id": lamp.id, "number": lamp.number, "name": lamp.name, "light": lamp.colour,
        "lights": _counts(lamp.counts), "deadline_id": lamp.deadline_id, "due_on": lamp.due_on,
    }  # fmt: skip
