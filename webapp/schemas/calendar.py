"""The calendar of working days: a year of it, a change, what the change would move, and the editions."""

from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from engine.working_days import CalendarDayFact, Change
from engine.working_days.changes import NAME, SOURCE, YEARS
from webapp.schemas.cases import page_of
from webapp.schemas.ids import Id

KINDS = ("holiday", "workday", "plain")
_YEAR = validate.Range(YEARS[0], YEARS[-1])


class DayWantedSchema(Schema):
    on = fields.Date(required=True)
    kind = fields.String(
        required=True,
        validate=validate.OneOf(KINDS),
        metadata={"description": "`plain`: as in the plain week; for a unit, as the country has it"},
    )
    name = fields.String(load_default="", validate=validate.Length(max=NAME))


class ChangeSchema(Schema):
    """A whole year as its notice has it, or single days of it."""

    year = fields.Integer(required=True, validate=_YEAR)
    source = fields.String(required=True, validate=validate.Length(1, SOURCE))
    unit_id = Id(
        load_default=None,
        allow_none=True,
        metadata={"description": "Days of this unit and the units beneath it; without it the country's"},
    )
    whole_year = fields.Boolean(load_default=False)
    official = fields.Boolean(
        load_default=True, metadata={"description": "Of a whole year: whether its notice is out"}
    )
    days = fields.List(
        fields.Nested(DayWantedSchema), required=True, validate=validate.Length(min=1, max=366)
    )

    @validates_schema
    def _each_day_once(self, given: dict[str, Any], **_rest: Any) -> None:
        days = [day["on"] for day in given["days"]]
        if len(set(days)) < len(days):
            raise ValidationError("Days must be unique.", "days")


class ApplySchema(ChangeSchema):
    digest = fields.String(
        required=True,
        validate=validate.Length(max=64),
        metadata={"description": "Of the calendar for which the effects were shown"},
    )


def change_of(given: dict[str, Any]) -> Change:
    """What `ChangeSchema` has loaded."""
    days = {
        day["on"]: None
        if day["kind"] == "plain"
        else CalendarDayFact(day["kind"] == "workday", day["name"], True)
        for day in given["days"]
    }
    return Change(
        given["year"], days, given["source"].strip(), given["unit_id"], given["whole_year"], given["official"]
    )


def written(change: Change) -> dict[str, Any]:
    """A change as `ChangeSchema` reads it."""
    return {
        "year": change.year, "source": change.source, "unit_id": change.unit_id,
        "whole_year": change.whole_year, "official": change.official,
        "days": [{"on": on.isoformat(), **_kind(fact)} for on, fact in sorted(change.days.items())],
    }  # fmt: skip


def _kind(fact: CalendarDayFact | None) -> dict[str, str]:
    if fact is None:
        return {"kind": "plain", "name": ""}
    return {"kind": "workday" if fact.is_workday else "holiday", "name": fact.name}


def day_change(on: date, before: CalendarDayFact | None, after: CalendarDayFact | None) -> dict[str, Any]:
    return {"on": on, "before": _kind(before), "after": _kind(after)}


class YearQuerySchema(Schema):
    unit_id = Id(load_default=None, allow_none=True)


class NamedDaySchema(Schema):
    on = fields.Date(required=True)
    is_workday = fields.Boolean(required=True)
    name = fields.String(required=True)
    source = fields.String(required=True)
    unit_id = fields.Integer(required=True, allow_none=True)


class YearSchema(Schema):
    """The days of a year that depart from the plain week. `official`: whether its notice is out."""

    year = fields.Integer(required=True)
    official = fields.Boolean(required=True)
    digest = fields.String(required=True)
    days = fields.List(fields.Nested(NamedDaySchema), required=True)


class KindSchema(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    name = fields.String(required=True)


class DayChangeSchema(Schema):
    on = fields.Date(required=True)
    before = fields.Nested(KindSchema, required=True)
    after = fields.Nested(KindSchema, required=True)


class MovedSchema(Schema):
    deadline_id = fields.Integer(required=True)
    kind = fields.String(required=True)
    unit_id = fields.Integer(required=True)
    from_on = fields.Date(required=True)
    to_on = fields.Date(required=True)
    provisional = fields.Boolean(required=True, metadata={"description": "The new date may move again"})


class PreviewSchema(Schema):
    """What a change would move: how many deadlines of each kind, and the first fifty."""

    digest = fields.String(required=True)
    changes = fields.List(fields.Nested(DayChangeSchema), required=True)
    total = fields.Integer(required=True)
    by_kind = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    settled = fields.Integer(required=True, metadata={"description": "No longer provisional"})
    unsettled = fields.Integer(required=True, metadata={"description": "Provisional from then on"})
    first = fields.List(fields.Nested(MovedSchema), required=True)


class EditionSchema(Schema):
    id = fields.Integer(required=True)
    note = fields.String(required=True)
    source = fields.String(required=True)
    unit_id = fields.Integer(required=True, allow_none=True)
    changes = fields.List(fields.Nested(DayChangeSchema), required=True)
    actor_name = fields.String(required=True)
    entered_at = fields.AwareDateTime(required=True)
    recomputed_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When all deadlines had been counted again; null while it is under way"},
    )


EditionPageSchema = page_of(EditionSchema)
