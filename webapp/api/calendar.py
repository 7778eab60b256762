"""The calendar of working days: reading a year, previewing a change, putting it in force, its editions."""

from typing import Any

from engine import permissions, working_days
from engine.context import Context
from engine.errors import NotFound
from engine.organisation.models import Unit
from engine.organisation.queries import lines
from engine.permissions import Permission
from engine.working_days import CalendarEdition, changes, queries
from engine.working_days.changes import YEARS
from webapp import calendar_changes, idempotency
from webapp.api import ApiBlueprint, id_after, page_by_id
from webapp.requests import context
from webapp.schemas.calendar import (
    ApplySchema,
    ChangeSchema,
    EditionPageSchema,
    EditionSchema,
    PreviewSchema,
    YearQuerySchema,
    YearSchema,
    change_of,
    day_change,
)
from webapp.schemas.cases import PageQuerySchema
from webapp.told import columns

blueprint = ApiBlueprint("calendar", "/calendar", "Working days: years, local days of units, and changes.")


def _reading() -> Context:
    ctx = context()
    permissions.require(ctx, Permission.CALENDAR_READ)
    return ctx


@blueprint.get("/years/<int:number>")
@blueprint.arguments(YearQuerySchema, location="query")
@blueprint.response(200, YearSchema)
def year(asked: dict[str, Any], number: int) -> dict[str, Any]:
    """The days of a year that depart from the plain week; with a unit, those that hold for it as well."""
    ctx = _reading()
    unit_id = asked["unit_id"]
    if number not in YEARS or (unit_id is not None and ctx.session.get(Unit, unit_id) is None):
        raise NotFound()
    line = lines(ctx.session, [unit_id])[unit_id] if unit_id is not None else []
    digest = working_days.in_force(ctx.session) or ""
    calendar = working_days.load_digest(ctx.session, digest)
    return {
        "year": number, "official": number in calendar.official_years, "digest": digest,
        "days": queries.year(ctx.session, number, line),
    }  # fmt: skip


@blueprint.post("/preview")
@blueprint.arguments(ChangeSchema)
@blueprint.response(200, PreviewSchema)
@idempotency.keyless
def preview(given: dict[str, Any]) -> dict[str, Any]:
    """What a change would move. Nothing is changed."""
    shown = calendar_changes.preview(context(), change_of(given))
    return {
        "digest": shown.digest, "changes": [day_change(*day) for day in shown.days],
        "total": shown.moved.total, "by_kind": shown.moved.by_kind, "settled": shown.moved.settled,
        "unsettled": shown.moved.unsettled,
        "first": [
            {
                "deadline_id": one.deadline.id, "kind": one.deadline.kind, "unit_id": one.deadline.unit_id,
                "from_on": one.from_on, "to_on": one.to_on, "provisional": one.provisional,
            }
            for one in shown.moved.first
        ],
    }  # fmt: skip


@blueprint.post("/changes")
@blueprint.arguments(ApplySchema)
@blueprint.response(201, EditionSchema)
def apply(given: dict[str, Any]) -> dict[str, Any]:
    """Put a change in force that was previewed; deadlines are counted again in the background."""
    return _told(calendar_changes.apply(context(), change_of(given), given["digest"]))


@blueprint.get("/editions")
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, EditionPageSchema)
def editions(asked: dict[str, Any]) -> dict[str, Any]:
    """The changes of the calendar, newest first."""
    rows = queries.editions(_reading().session, after=id_after(asked), limit=asked["limit"])
    return {**page_by_id(rows, asked), "items": [_told(row) for row in rows]}


@blueprint.get("/editions/<int:id>")
@blueprint.response(200, EditionSchema)
def edition(id: int) -> dict[str, Any]:
    """One change, and whether the deadlines have followed."""
    return _told(queries.edition(_reading().session, id))


def _told(row: CalendarEdition) -> dict[str, Any]:
    return {**columns(row), "changes": [day_change(*day) for day in changes.parse(row.changes)]}
