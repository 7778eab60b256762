"""What the API tells of units, people, posts and accounts, and what it takes where pages name units by writing."""

from marshmallow import Schema, fields, validate

from webapp.schemas.cases import PageQuerySchema, page_of
from webapp.schemas.ids import Id
from webapp.schemas.organisation import AppointSchema, GroupSchema, UnitSchema


class SearchQuerySchema(PageQuerySchema):
    search = fields.String(load_default="", validate=validate.Length(max=100))


class NewUnitSchema(UnitSchema):
    class Meta:
        exclude = ("parent",)

    parent_id = Id(load_default=None, allow_none=True)


class NewGroupSchema(GroupSchema):
    class Meta:
        exclude = ("members",)

    unit_ids = fields.List(Id(), load_default=list, validate=validate.Length(max=2000))


class GroupMembersSchema(Schema):
    unit_ids = fields.List(Id(), required=True, validate=validate.Length(max=2000))


class NewPostSchema(AppointSchema):
    class Meta:
        exclude = ("unit",)

    unit_id = Id(required=True)


class DismissSchema(Schema):
    on = fields.Date(
        load_default=None, allow_none=True, metadata={"description": "First day without the post; today"}
    )


class UnitReadSchema(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    short_name = fields.String(required=True)
    level = fields.String(required=True)
    kind = fields.String(required=True)
    parent_id = fields.Integer(required=True, allow_none=True)
    effective_from = fields.Date(required=True)
    effective_to = fields.Date(required=True, allow_none=True)


class UnitDetailSchema(UnitReadSchema):
    aliases = fields.List(fields.String(), required=True)
    unit_ids = fields.List(fields.Integer(), required=True, metadata={"description": "Units right under it"})
    group_ids = fields.List(fields.Integer(), required=True)


class GroupReadSchema(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)


class GroupDetailSchema(GroupReadSchema):
    unit_ids = fields.List(fields.Integer(), required=True)


class PostReadSchema(Schema):
    id = fields.Integer(required=True)
    person_id = fields.Integer(required=True)
    unit_id = fields.Integer(required=True)
    role = fields.String(required=True)
    title = fields.String(required=True, allow_none=True)
    effective_from = fields.Date(required=True)
    effective_to = fields.Date(required=True, allow_none=True)


class PersonReadSchema(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)


class PersonDetailSchema(PersonReadSchema):
    phone = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    language = fields.String(required=True)
    posts = fields.List(fields.Nested(PostReadSchema), required=True)


class HolderSchema(PostReadSchema):
    """A post at a unit and who holds it."""

    name = fields.String(required=True)


class NewPasswordSchema(Schema):
    login = fields.String(required=True)
    password = fields.String(
        required=True, metadata={"description": "Shown this once; to be changed at the first sign-in"}
    )


UnitPageSchema = page_of(UnitReadSchema)
PersonPageSchema = page_of(PersonReadSchema)
