"""What the API tells of whether urgings and notices arrived."""

from marshmallow import Schema, fields


class WaySchema(Schema):
    channel = fields.String(required=True)
    state = fields.String(required=True)
    at = fields.AwareDateTime(required=True, allow_none=True)


class ArrivalSchema(Schema):
    message_id = fields.String(required=True, metadata={"description": "The same for all who were told"})
    kind = fields.String(required=True)
    told_at = fields.AwareDateTime(required=True)
    person_id = fields.Integer(required=True)
    name = fields.String(required=True)
    read_at = fields.AwareDateTime(required=True, allow_none=True)
    ways = fields.List(fields.Nested(WaySchema), required=True)
