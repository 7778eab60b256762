"""What the verbs of inspection take, said once for pages and API."""

from marshmallow import Schema, fields, validate

from engine.inspections.models import Severity
from engine.inspections.rules import MAX_FINDINGS, MAX_TEXT
from webapp.schemas.ids import Id
from webapp.schemas.verbs import FilesSchema

_LONG = validate.Length(max=MAX_TEXT)


class PrepareRoundSchema(Schema):
    campaign_id = Id(required=True)
    title = fields.String(required=True, validate=validate.Length(max=200))
    rate = fields.Integer(required=True, metadata={"description": "Per cent of the frozen list, 1 to 100"})
    seed_source = fields.String(
        required=True,
        validate=validate.Length(max=300),
        metadata={"description": "A public event still to come which will yield the seed"},
    )


class DrawSchema(Schema):
    seed = fields.String(required=True, metadata={"description": "What the announced source has yielded"})


class ReasonSchema(Schema):
    reason = fields.String(required=True, validate=_LONG)


class FindingSchema(Schema):
    text = fields.String(required=True, validate=_LONG)
    due_on = fields.Date(required=True, metadata={"description": "Limit of the rectification"})
    severity = fields.Enum(Severity, by_value=True, load_default=Severity.GENERAL)
    unit_id = Id(
        load_default=None, allow_none=True, metadata={"description": "Who puts it right; the item's own unit"}
    )


class RecordCheckSchema(Schema):
    visited_on = fields.Date(required=True)
    conclusion = fields.String(required=True, validate=_LONG)
    findings = fields.List(
        fields.Nested(FindingSchema), load_default=list, validate=validate.Length(max=MAX_FINDINGS)
    )


class SubmitRectificationSchema(FilesSchema):
    text = fields.String(required=True, validate=_LONG)


class VerifyRectificationSchema(Schema):
    passed = fields.Boolean(required=True)
    reasons = fields.String(load_default="", validate=_LONG)
    due_on = fields.Date(
        load_default=None, allow_none=True, metadata={"description": "A later limit, when returned"}
    )
