"""What the API tells of an amended plan beside its campaign, and what applying its changes takes."""

from marshmallow import Schema, fields, validate

from engine.campaigns import amending
from webapp.schemas.ids import Id
from webapp.schemas.plans import VersionedSchema


class AmendsSchema(VersionedSchema):
    amends_plan_id = Id(
        required=True,
        allow_none=True,
        metadata={"description": "A confirmed plan of the office; null undoes"},
    )


class ApplyAmendmentSchema(VersionedSchema):
    keys = fields.List(
        fields.String(validate=validate.Length(1, 80)), required=True,
        validate=validate.Length(1, amending.MAX_KEYS), metadata={"description": "`key` of the chosen changes"},
    )  # fmt: skip
    reason = fields.String(required=True)


class AmendmentChangeSchema(Schema):
    key = fields.String(required=True)
    kind = fields.String(required=True)
    key_task_id = fields.Integer(required=True, allow_none=True)
    plan_task_id = fields.Integer(required=True, allow_none=True)
    old = fields.Dict(required=True, allow_none=True)
    new = fields.Dict(required=True, allow_none=True)
    state = fields.String(required=True)
    destructive = fields.Boolean(
        required=True, metadata={"description": "Whether applying it ends work that is under way"}
    )
    suggested = fields.Boolean(required=True)
    can_be_chosen = fields.Boolean(required=True)
    note = fields.String(required=True, allow_none=True)
    touched = fields.Integer(required=True, metadata={"description": "Work items under way that it changes"})
    untouched = fields.Integer(required=True, metadata={"description": "Finished ones that it leaves alone"})


class AmendmentSchema(Schema):
    plan_id = fields.Integer(required=True)
    amends_plan_id = fields.Integer(required=True)
    campaign_id = fields.Integer(required=True)
    state = fields.String(required=True)
    version = fields.Integer(required=True)
    refusal = fields.String(required=True, allow_none=True)
    unresolved = fields.List(fields.Integer(), required=True)
    applying = fields.Boolean(required=True)
    changes = fields.List(fields.Nested(AmendmentChangeSchema), required=True)
