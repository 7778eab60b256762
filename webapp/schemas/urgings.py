"""What the API tells of urgings 催办."""

from marshmallow import Schema, fields, validate

from engine.urging.models import UrgingKind
from engine.urging.queries import What
from webapp.schemas.cases import PageQuerySchema, page_of
from webapp.schemas.ids import Id


class UrgingQuerySchema(PageQuerySchema):
    work_item_id = Id(load_default=None)
    campaign_id = Id(load_default=None)
    unit_id = Id(load_default=None)
    answered = fields.Boolean(
        load_default=None,
        allow_none=True,
        metadata={"description": "Only those which something followed, or nothing yet"},
    )


class FollowedSchema(Schema):
    what = fields.Enum(What, by_value=True, required=True)
    at = fields.AwareDateTime(required=True)


class UrgingSchema(Schema):
    id = fields.Integer(required=True)
    work_item_id = fields.Integer(required=True)
    number = fields.String(required=True)
    unit_id = fields.Integer(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(list(UrgingKind)))
    by_name = fields.String(required=True)
    urged_at = fields.AwareDateTime(required=True)
    words = fields.String(required=True)
    told_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When it was handed on to the unit"}
    )
    followed = fields.List(
        fields.Nested(FollowedSchema),
        required=True,
        metadata={"description": "The first of each that happened before the item was urged again"},
    )
    again_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When the item was urged again"}
    )


UrgingPageSchema = page_of(UrgingSchema)


class UrgingRefusalSchema(Schema):
    work_item_id = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class UrgedSchema(Schema):
    urged = fields.List(fields.Integer(), required=True)
    refused = fields.List(fields.Nested(UrgingRefusalSchema), required=True)
