"""What the verbs on units, people, posts and accounts take. Units are named as people write them."""

from marshmallow import Schema, fields, validate

from engine.context import Role
from engine.organisation.models import UnitKind, UnitLevel

_NAME = validate.Length(max=200)


class UnitSchema(Schema):
    name = fields.String(required=True, validate=_NAME)
    short_name = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=100))
    level = fields.Enum(UnitLevel, by_value=True, required=True)
    kind = fields.Enum(UnitKind, by_value=True, required=True)
    parent = fields.String(load_default="", validate=_NAME)


class RenameUnitSchema(Schema):
    name = fields.String(required=True, validate=_NAME)
    short_name = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=100))


class AliasSchema(Schema):
    alias = fields.String(required=True, validate=_NAME)


class GroupSchema(Schema):
    name = fields.String(required=True, validate=_NAME)
    members = fields.String(load_default="", validate=validate.Length(max=100_000))


class MembersSchema(Schema):
    members = fields.String(load_default="", validate=validate.Length(max=100_000))


class PersonSchema(Schema):
    name = fields.String(required=True, validate=validate.Length(max=100))
    phone = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=50))
    email = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=200))
    language = fields.String(load_default="zh", validate=validate.OneOf(("zh", "en")))


class AppointSchema(Schema):
    unit = fields.String(required=True, validate=_NAME)
    role = fields.Enum(Role, by_value=True, required=True)
    title = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=100))
    on = fields.Date(load_default=None, allow_none=True)


class AccountSchema(Schema):
    login = fields.String(required=True, validate=validate.Length(max=64))
