"""What the API tells of messages 消息."""

from marshmallow import Schema, fields, validate

from webapp.schemas.cases import PageQuerySchema, page_of
from webapp.schemas.ids import Id


class MessageQuerySchema(PageQuerySchema):
    unread = fields.Boolean(load_default=False, metadata={"description": "Only unread ones"})


class MessageSchema(Schema):
    id = fields.Integer(required=True)
    kind = fields.String(required=True, metadata={"description": "Stable: subject.past_tense"})
    title = fields.String(required=True)
    detail = fields.String(required=True)
    subject_type = fields.String(required=True)
    subject_id = fields.Integer(required=True)
    work_item_id = fields.Integer(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    read_at = fields.AwareDateTime(required=True, allow_none=True)


class MarkReadSchema(Schema):
    ids = fields.List(
        Id(),
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=1000),
        metadata={"description": "null: all"},
    )


class UnreadSchema(Schema):
    unread = fields.Integer(required=True)


MessagePageSchema = page_of(MessageSchema)
