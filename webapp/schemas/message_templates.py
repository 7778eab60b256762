"""What the API takes and tells about the words of messages."""

from marshmallow import Schema, fields, validate

from notifications.placeholders import LONGEST_BODY, LONGEST_TITLE


class WordingSchema(Schema):
    title_zh = fields.String(required=True, validate=validate.Length(1, LONGEST_TITLE))
    body_zh = fields.String(required=True, validate=validate.Length(1, LONGEST_BODY))
    title_en = fields.String(required=True, validate=validate.Length(1, LONGEST_TITLE))
    body_en = fields.String(required=True, validate=validate.Length(1, LONGEST_BODY))


class VersionSeenSchema(Schema):
    version = fields.Integer(
        required=True,
        validate=validate.Range(0, 2**31 - 2),
        metadata={"description": "The newest that the caller has seen, 0 for none; another one answers 409"},
    )


class NewWordingSchema(WordingSchema, VersionSeenSchema):
    pass


class MessageTemplateSchema(WordingSchema):
    kind = fields.String(required=True)
    version = fields.Integer(required=True, metadata={"description": "0: never changed"})
    is_own = fields.Boolean(required=True, metadata={"description": "false: the product's words"})
    allowed = fields.List(fields.String(), required=True, metadata={"description": "Names in braces"})
    mandatory = fields.List(
        fields.String(), required=True, metadata={"description": "Names that a title must hold"}
    )


class FormSchema(Schema):
    channel = fields.String(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)


class TemplatePreviewSchema(Schema):
    told_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "Of the real message shown; null: an example"},
    )
    problems = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, metadata={"description": "By field"}
    )
    forms = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(FormSchema)), required=True)
