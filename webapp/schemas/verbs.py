"""What the verbs of the case take, said once for pages and API. Unknown fields are refused by the API."""

from marshmallow import Schema, fields, validate

from engine.campaigns.rules import MAX_TEXT
from engine.extensions.models import Verdict
from engine.working_days.periods import Period
from webapp.schemas.ids import Id

_LONG = validate.Length(max=MAX_TEXT)


class NothingSchema(Schema):
    """A verb that needs no words: pressing the button says it."""


class FilesSchema(Schema):
    files = fields.List(
        Id(),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={"description": "Ids of staged files, from POST /files"},
    )


class FilePlanSchema(FilesSchema):
    text = fields.String(required=True, validate=_LONG)


class SubmitSchema(FilesSchema):
    text = fields.String(required=True, validate=_LONG)
    round = fields.Integer(
        load_default=None,
        allow_none=True,
        metadata={"description": "The obligation's round when it was read"},
    )


class SignOffSchema(Schema):
    signed = fields.Boolean(required=True)
    reasons = fields.String(load_default="", validate=_LONG)
    round = fields.Integer(load_default=None, allow_none=True)


class DecideSchema(Schema):
    approved = fields.Boolean(required=True)
    reasons = fields.String(load_default="", validate=_LONG)


class ConfirmAssignmentSchema(Schema):
    final_on = fields.Date(load_default=None, allow_none=True)
    progress = fields.Enum(Period, by_value=True, load_default=None, allow_none=True)
    version = fields.Integer(load_default=None, allow_none=True)


class SummariseSchema(Schema):
    text = fields.String(required=True, validate=_LONG)
    version = fields.Integer(load_default=None, allow_none=True)


class AcceptSummarySchema(Schema):
    accepted = fields.Boolean(required=True)
    reasons = fields.String(load_default="", validate=_LONG)


class AskExtensionSchema(Schema):
    new_on = fields.Date(required=True, metadata={"description": "The later date that is asked for"})
    reason = fields.String(required=True, validate=_LONG)
    progress = fields.String(
        required=True, validate=_LONG, metadata={"description": "How far the unit has come"}
    )


class ReviseExtensionSchema(AskExtensionSchema):
    version = fields.Integer(load_default=None, allow_none=True)


class JudgeExtensionSchema(Schema):
    verdict = fields.Enum(Verdict, by_value=True, required=True)
    reasons = fields.String(load_default="", validate=_LONG)
    version = fields.Integer(
        load_default=None,
        allow_none=True,
        metadata={"description": "The application's version when it was read"},
    )


class UrgeSchema(Schema):
    text = fields.String(load_default="", validate=validate.Length(max=500))


class UrgeManySchema(UrgeSchema):
    work_item_ids = fields.List(Id(), required=True, validate=validate.Length(1, 100))


class RecordEventSchema(Schema):
    limit_id = Id(required=True)
    title = fields.String(required=True, validate=validate.Length(1, 200))
    on = fields.Date(required=True)
