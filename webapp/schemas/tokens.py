"""Tokens of the API and the person behind one."""

from marshmallow import Schema, fields, validate


class NewTokenSchema(Schema):
    login = fields.String(required=True, validate=validate.Length(1, 64))
    password = fields.String(required=True, load_only=True, validate=validate.Length(1, 200))
    name = fields.String(load_default="API", validate=validate.Length(1, 100))
    read_only = fields.Boolean(load_default=False)


class TokenSchema(Schema):
    id = fields.Integer(required=True)
    token = fields.String(required=True, metadata={"description": "Shown this once"})
    name = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


class PostSchema(Schema):
    unit_id = fields.Integer(required=True)
    role = fields.String(required=True)


class MeSchema(Schema):
    person_id = fields.Integer(required=True)
    name = fields.String(required=True)
    posts = fields.List(fields.Nested(PostSchema), required=True)


class ChangePasswordSchema(Schema):
    old = fields.String(required=True, load_only=True, validate=validate.Length(1, 200))
    password = fields.String(required=True, load_only=True, validate=validate.Length(1, 200))
