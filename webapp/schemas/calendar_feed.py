"""What the API tells of the calendar that a person subscribes to."""

from marshmallow import Schema, fields


class CalendarFeedSchema(Schema):
    renewed_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "null: there is none"}
    )


class NewCalendarFeedSchema(Schema):
    url = fields.String(required=True, metadata={"description": "Holds a secret; told this once"})
