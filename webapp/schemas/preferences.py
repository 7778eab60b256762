"""What the API takes and tells about a person's notification settings."""

from marshmallow import Schema, fields, validate

from engine.texts import LANGUAGES
from notifications.topics import Topic

_TOPICS = fields.String(validate=validate.OneOf([str(topic) for topic in Topic]))
_MANY = validate.Length(max=len(Topic))


class PreferencesSchema(Schema):
    email_topics = fields.List(_TOPICS, required=True, validate=_MANY)
    sms_topics = fields.List(_TOPICS, required=True, validate=_MANY)
    quiet_from = fields.Time(
        required=True, allow_none=True, format="%H:%M", metadata={"format": "hour:minute"}
    )
    quiet_until = fields.Time(
        required=True, allow_none=True, format="%H:%M", metadata={"format": "hour:minute"}
    )
    digest = fields.Boolean(
        required=True, metadata={"description": "One message each morning in place of reminders"}
    )
    language = fields.String(required=True, validate=validate.OneOf(list(LANGUAGES)))
