"""What the API tells about delivery: each channel and endpoint, deliveries, attempts."""

from marshmallow import Schema, fields, validate

from notifications.health import Window
from notifications.models import Channel
from notifications.records import Show, Tries
from webapp.schemas.administration import DeliveryAttemptSchema, FailedDeliverySchema
from webapp.schemas.cases import PageQuerySchema, page_of
from webapp.schemas.ids import Id


class RateSchema(Schema):
    attempts = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    percent = fields.Float(required=True, allow_none=True)


class DeliveryHealthSchema(Schema):
    channel = fields.String(required=True)
    endpoint_id = fields.Integer(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    circuit = fields.String(required=True, metadata={"description": "closed, open, probing or stopped"})
    failures = fields.Integer(required=True, metadata={"description": "In a row"})
    rests_until = fields.AwareDateTime(required=True, allow_none=True)
    last_error = fields.String(required=True, allow_none=True)
    last_sent_at = fields.AwareDateTime(required=True, allow_none=True)
    waiting = fields.Integer(required=True)
    oldest_at = fields.AwareDateTime(required=True, allow_none=True)
    parked = fields.Integer(required=True)
    day = fields.Nested(RateSchema, required=True)
    week = fields.Nested(RateSchema, required=True)


class SideQuerySchema(PageQuerySchema):
    channel = fields.String(load_default=None, validate=validate.OneOf([str(one) for one in Channel]))
    endpoint = Id(load_default=None)


class DeliveryQuerySchema(SideQuerySchema):
    state = fields.String(load_default=None, validate=validate.OneOf([str(one) for one in Show]))


class AttemptQuerySchema(SideQuerySchema):
    outcome = fields.String(load_default=None, validate=validate.OneOf([str(one) for one in Tries]))
    within = fields.String(load_default="week", validate=validate.OneOf([str(one) for one in Window]))


class DeliverySchema(FailedDeliverySchema):
    state = fields.String(required=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)


class AttemptSchema(DeliveryAttemptSchema):
    id = fields.Integer(required=True)
    delivery_id = fields.Integer(required=True)
    channel = fields.String(required=True)
    endpoint_id = fields.Integer(required=True, allow_none=True)
    receiver_name = fields.String(required=True)


DeliveryPageSchema = page_of(DeliverySchema)
AttemptPageSchema = page_of(AttemptSchema)
