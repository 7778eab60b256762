"""The body of every refused API call (RFC 9457)."""

from marshmallow import Schema, fields


class ProblemSchema(Schema):
    class Meta:
        title = "Problem"

    type = fields.String(required=True, metadata={"description": "urn:duban:<code>"})
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "Stable, for programs"})
    detail = fields.String(required=True, metadata={"description": "One sentence, for people"})
    errors = fields.Dict(metadata={"description": "Messages by field"})
    instance = fields.String(metadata={"description": "Incident number of an unexpected error"})
