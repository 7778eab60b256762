"""Requests to change how an item goes on 变更申请: what is handed in, and what is told."""

from marshmallow import Schema, fields, validate

from engine.campaigns.rules import MAX_TEXT
from engine.change_requests.models import RequestKind
from engine.extensions.models import Verdict
from webapp.schemas.cases import page_of
from webapp.schemas.ids import Id

_LONG = validate.Length(max=MAX_TEXT)


class ReviseChangeSchema(Schema):
    reason = fields.String(required=True, validate=_LONG)
    to_unit_id = Id(
        load_default=None, allow_none=True, metadata={"description": "Who takes over, for a transfer"}
    )
    review_on = fields.Date(
        load_default=None, allow_none=True, metadata={"description": "When a suspension is looked at again"}
    )
    version = fields.Integer(load_default=None, allow_none=True)


class AskChangeSchema(Schema):
    kind = fields.Enum(RequestKind, by_value=True, required=True)
    reason = fields.String(required=True, validate=_LONG)
    obligation_id = Id(
        load_default=None, allow_none=True, metadata={"description": "The report whose time is meant"}
    )
    to_unit_id = Id(
        load_default=None, allow_none=True, metadata={"description": "Who takes over, for a transfer"}
    )
    review_on = fields.Date(
        load_default=None, allow_none=True, metadata={"description": "When a suspension is looked at again"}
    )


class JudgeChangeSchema(Schema):
    verdict = fields.Enum(Verdict, by_value=True, required=True)
    reasons = fields.String(load_default="", validate=_LONG)
    version = fields.Integer(
        load_default=None, allow_none=True, metadata={"description": "The request's version when it was read"}
    )


class DecideChangeSchema(JudgeChangeSchema):
    to_unit_id = Id(
        load_default=None, allow_none=True, metadata={"description": "Who takes over, for a transfer"}
    )


class ChangeRequestSchema(Schema):
    """A request to pause, resume, cancel, transfer, suspend or lift 变更申请."""

    id = fields.Integer(required=True)
    work_item_id = fields.Integer(required=True)
    kind = fields.String(required=True)
    obligation_id = fields.Integer(required=True, allow_none=True)
    to_unit_id = fields.Integer(required=True, allow_none=True)
    review_on = fields.Date(required=True, allow_none=True)
    by_office = fields.Boolean(
        required=True, metadata={"description": "Proposed by the supervising office, not asked by the unit"}
    )
    state = fields.String(required=True)
    reason = fields.String(required=True)
    leader_unit_id = fields.Integer(required=True, allow_none=True)
    new_work_item_id = fields.Integer(
        required=True, allow_none=True, metadata={"description": "What was made for the unit that took over"}
    )
    applied_by_name = fields.String(required=True)
    applied_at = fields.AwareDateTime(required=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    version = fields.Integer(required=True)


class RequestOpinionSchema(Schema):
    step = fields.String(required=True)
    verdict = fields.String(required=True)
    reasons = fields.String(required=True)
    given_by_name = fields.String(required=True)
    given_at = fields.AwareDateTime(required=True)


class ChangeRequestDetailSchema(ChangeRequestSchema):
    opinions = fields.List(fields.Nested(RequestOpinionSchema), required=True)


class UndecidedSchema(Schema):
    """An extension or a change that is asked for and not decided yet."""

    subject_type = fields.String(required=True, metadata={"description": "extension or change_request"})
    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    work_item_id = fields.Integer(required=True)
    unit_id = fields.Integer(required=True)
    state = fields.String(required=True)
    reason = fields.String(required=True)
    applied_at = fields.AwareDateTime(required=True)
    due_on = fields.Date(
        required=True, allow_none=True, metadata={"description": "When whom it lies with have to decide"}
    )


class SuspendedSchema(Schema):
    """A line of the ledger 挂账台账."""

    work_item_id = fields.Integer(required=True)
    unit_id = fields.Integer(required=True)
    change_request_id = fields.Integer(required=True)
    reason = fields.String(required=True)
    suspended_at = fields.AwareDateTime(required=True)
    approved_by = fields.String(required=True)
    review_on = fields.Date(required=True)


UndecidedPageSchema = page_of(UndecidedSchema)
SuspendedPageSchema = page_of(SuspendedSchema)
