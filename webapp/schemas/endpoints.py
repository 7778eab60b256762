"""What the API takes and tells about webhooks and group robots. Addresses and secrets are only taken."""

from marshmallow import Schema, fields, validate

from engine.texts import LANGUAGES
from notifications.endpoints import CHANNELS, LONGEST_URL
from notifications.topics import Topic
from webapp.schemas.ids import Id

_TOPICS = [str(topic) for topic in Topic]


class NewEndpointSchema(Schema):
    channel = fields.String(required=True, validate=validate.OneOf([str(channel) for channel in CHANNELS]))
    name = fields.String(required=True, validate=validate.Length(1, 100))
    url = fields.String(required=True, validate=validate.Length(1, LONGEST_URL))
    secret = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"description": "Of a webhook without one it is made and answered once; WeCom has none"},
    )
    topics = fields.List(
        fields.String(validate=validate.OneOf(_TOPICS)),
        load_default=lambda: list(_TOPICS),
        validate=validate.Length(1, len(_TOPICS)),
    )
    unit_id = Id(load_default=None, allow_none=True)
    language = fields.String(load_default="zh", validate=validate.OneOf(list(LANGUAGES)))


class EndpointSchema(Schema):
    id = fields.Integer(required=True)
    channel = fields.String(required=True)
    name = fields.String(required=True)
    shown = fields.String(required=True, metadata={"description": "Scheme and host of the address"})
    topics = fields.List(fields.String(), required=True)
    unit_id = fields.Integer(required=True, allow_none=True)
    language = fields.String(required=True)
    stopped_at = fields.AwareDateTime(required=True, allow_none=True)
    failures = fields.Integer(required=True, metadata={"description": "Since it last took something"})
    rests_until = fields.AwareDateTime(required=True, allow_none=True)
    last_error = fields.String(required=True, allow_none=True)
    last_sent_at = fields.AwareDateTime(required=True, allow_none=True)


class AddedEndpointSchema(EndpointSchema):
    secret = fields.String(
        required=True, allow_none=True, metadata={"description": "If it was made: shown this once"}
    )


class RetriedSchema(Schema):
    count = fields.Integer(required=True)
