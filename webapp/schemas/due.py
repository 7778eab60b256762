"""What falls due, as the API tells it: deadlines by urgency, the days of a month, the lights of a campaign."""

from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from engine.deadlines import Colour
from engine.working_days.changes import YEARS
from webapp.schemas.cases import PageQuerySchema, page_of
from webapp.schemas.ids import Id
from webapp.words import WORDS

#: Days that may be asked for at once.
LONGEST = 366


def _in_calendar(on: date) -> None:
    if on.year not in YEARS:
        raise ValidationError("Not a year of the calendar.")


class ChosenSchema(Schema):
    """Which deadlines; whatever is left out does not narrow."""

    scope = fields.String(
        load_default="all",
        validate=validate.OneOf(("mine", "unit", "all")),
        metadata={
            "description": "`mine`: a user task of theirs waits for one; `unit`: one's own units owe them"
        },
    )
    campaign_id = Id(load_default=None)
    key_task_id = Id(load_default=None)
    unit_id = Id(load_default=None, metadata={"description": "The unit that owes"})
    kind = fields.String(load_default=None, validate=validate.OneOf(sorted(WORDS["deadline_kind"])))
    light = fields.Enum(Colour, by_value=True, load_default=None)


class DueQuerySchema(ChosenSchema, PageQuerySchema):
    since = fields.Date(load_default=None, validate=_in_calendar)
    until = fields.Date(load_default=None, validate=_in_calendar)
    live = fields.Boolean(
        load_default=True,
        metadata={"description": "Still owed; false: also what is done, not what is cancelled"},
    )


class DueDaysQuerySchema(ChosenSchema):
    since = fields.Date(required=True, validate=_in_calendar)
    until = fields.Date(
        required=True,
        validate=_in_calendar,
        metadata={"description": f"Included; {LONGEST} days at most"},
    )

    @validates_schema(skip_on_field_errors=True)
    def _in_order(self, given: dict[str, Any], **_rest: Any) -> None:
        if not 0 <= (given["until"] - given["since"]).days < LONGEST:
            raise ValidationError("Not a span of days.", "until")


class CountsSchema(Schema):
    red = fields.Integer(required=True)
    yellow = fields.Integer(required=True)
    blue = fields.Integer(required=True)
    green = fields.Integer(required=True)
    grey = fields.Integer(required=True, metadata={"description": "Done, or standing still"})


class DueSchema(Schema):
    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    subject_type = fields.String(required=True)
    subject_id = fields.Integer(required=True)
    work_item_id = fields.Integer(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    part = fields.String(required=True, metadata={"description": "Title of the report, else empty"})
    unit_id = fields.Integer(required=True, metadata={"description": "The unit that owes"})
    due_on = fields.Date(required=True)
    original_due_on = fields.Date(required=True)
    due_at = fields.AwareDateTime(required=True)
    provisional = fields.Boolean(required=True)
    state = fields.String(required=True)
    light = fields.Enum(Colour, by_value=True, required=True)
    reason = fields.String(required=True)
    user_task_id = fields.Integer(
        required=True, allow_none=True, metadata={"description": "What waits for oneself, if anything"}
    )


DuePageSchema = page_of(DueSchema)


class DueDaySchema(Schema):
    """A day on which something falls due."""

    on = fields.Date(required=True)
    is_workday = fields.Boolean(required=True, metadata={"description": "By the country's calendar"})
    lights = fields.Nested(CountsSchema, required=True)
    provisional = fields.Integer(required=True, metadata={"description": "How many dates may yet move"})
    paused = fields.Integer(required=True, metadata={"description": "How many stand still"})


class LampSchema(Schema):
    """The light of a key task or of a unit: that of its most urgent deadline."""

    id = fields.Integer(required=True)
    number = fields.String(required=True)
    name = fields.String(required=True)
    light = fields.Enum(Colour, by_value=True, required=True)
    lights = fields.Nested(CountsSchema, required=True)
    deadline_id = fields.Integer(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True)


class WallSchema(Schema):
    """Deadlines that are still owed, by key task and by owing unit, the most urgent first."""

    campaign_id = fields.Integer(required=True)
    lights = fields.Nested(CountsSchema, required=True)
    key_tasks = fields.List(fields.Nested(LampSchema), required=True)
    units = fields.List(fields.Nested(LampSchema), required=True)
