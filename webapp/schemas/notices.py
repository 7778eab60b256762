"""What the verbs of notices take and what the API tells of them."""

from marshmallow import Schema, fields, validate

from engine.campaigns.rules import MAX_TEXT
from engine.notices.drafting import Content
from engine.notices.models import NoticeGrade, NoticeState
from webapp.schemas.cases import PageQuerySchema
from webapp.schemas.ids import Id

_LONG = validate.Length(max=MAX_TEXT)


class ContentSchema(Schema):
    """What the sheet says."""

    matter = fields.String(required=True, validate=_LONG)
    grounds = fields.String(required=True, validate=_LONG, metadata={"description": "依据"})
    requirement = fields.String(required=True, validate=_LONG)
    reply_on = fields.Date(required=True, metadata={"description": "Until when the unit answers, inclusive"})
    reply_form = fields.String(required=True, validate=_LONG, metadata={"description": "反馈方式"})
    contact = fields.String(load_default="", validate=validate.Length(max=200))


def content_of(given: dict[str, object]) -> Content:
    return Content(**{name: given[name] for name in Content.__dataclass_fields__})  # type: ignore[arg-type]


class DraftNoticeSchema(Schema):
    """A new sheet; what is left out of its content is filled in from the facts of the matter."""

    grade = fields.Enum(NoticeGrade, by_value=True, required=True)
    obligation_id = Id(
        load_default=None, allow_none=True, metadata={"description": "The report that it is about, if one"}
    )
    start_reason = fields.String(
        load_default="",
        validate=validate.Length(max=500),
        metadata={"description": "Why it begins higher than the order of grades allows"},
    )
    matter = fields.String(load_default=None, validate=_LONG)
    grounds = fields.String(load_default=None, validate=_LONG)
    requirement = fields.String(load_default=None, validate=_LONG)
    reply_on = fields.Date(load_default=None)
    reply_form = fields.String(load_default=None, validate=_LONG)
    contact = fields.String(load_default=None, validate=validate.Length(max=200))


class EditNoticeSchema(ContentSchema):
    version = fields.Integer(load_default=None, allow_none=True)


class SubmitNoticeSchema(ContentSchema):
    version = fields.Integer(load_default=None, allow_none=True)


class ApproveNoticeSchema(Schema):
    agreed = fields.Boolean(required=True)
    reasons = fields.String(load_default="", validate=_LONG)
    version = fields.Integer(load_default=None, allow_none=True)


class ReplyNoticeSchema(Schema):
    text = fields.String(required=True, validate=_LONG)


class VerifyNoticeSchema(Schema):
    satisfied = fields.Boolean(required=True)
    reasons = fields.String(load_default="", validate=_LONG)


class CancelNoticeSchema(Schema):
    reason = fields.String(required=True, validate=_LONG)


class NoticeFilterSchema(Schema):
    grade = fields.Enum(NoticeGrade, by_value=True, load_default=None)
    state = fields.Enum(NoticeState, by_value=True, load_default=None)
    unit_id = Id(load_default=None)
    year = fields.Integer(load_default=None, validate=validate.Range(1900, 9999))
    issued_from = fields.Date(load_default=None)
    issued_until = fields.Date(load_default=None)


class NoticeQuerySchema(PageQuerySchema, NoticeFilterSchema):
    search = fields.String(load_default="", validate=validate.Length(max=100))


class NoticeSchema(Schema):
    """One sheet 督办单."""

    id = fields.Integer(required=True)
    work_item_id = fields.Integer(required=True)
    obligation_id = fields.Integer(required=True, allow_none=True)
    grade = fields.String(required=True)
    title = fields.String(required=True)
    unit_id = fields.Integer(required=True)
    office_unit_id = fields.Integer(required=True)
    state = fields.String(required=True)
    year = fields.Integer(required=True, allow_none=True)
    number = fields.Integer(required=True, allow_none=True)
    number_text = fields.String(required=True, allow_none=True)
    matter = fields.String(required=True)
    grounds = fields.String(required=True)
    requirement = fields.String(required=True)
    due_on = fields.Date(required=True, allow_none=True)
    days_late = fields.Integer(required=True)
    reply_on = fields.Date(required=True)
    reply_form = fields.String(required=True)
    contact = fields.String(required=True)
    lead_name = fields.String(required=True)
    assisting_names = fields.String(required=True)
    start_reason = fields.String(required=True, allow_none=True)
    former_id = fields.Integer(required=True, allow_none=True)
    leader_unit_id = fields.Integer(required=True, allow_none=True)
    return_reasons = fields.String(required=True, allow_none=True)
    drafted_at = fields.AwareDateTime(required=True)
    drafted_by_name = fields.String(required=True)
    issued_at = fields.AwareDateTime(required=True, allow_none=True)
    issued_by_name = fields.String(required=True, allow_none=True)
    received_at = fields.AwareDateTime(required=True, allow_none=True)
    receipt_late_at = fields.AwareDateTime(required=True, allow_none=True)
    reply_late_at = fields.AwareDateTime(required=True, allow_none=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    cancel_reason = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)


class NoticeReplySchema(Schema):
    round = fields.Integer(required=True)
    text = fields.String(required=True)
    replied_at = fields.AwareDateTime(required=True)
    replied_by_name = fields.String(required=True)
    satisfied = fields.Boolean(required=True, allow_none=True)
    reasons = fields.String(required=True, allow_none=True)
    verified_at = fields.AwareDateTime(required=True, allow_none=True)
    verified_by_name = fields.String(required=True, allow_none=True)


class NoticePaperSchema(Schema):
    """An archived paper; its bytes are at `/notices/{id}/paper.{format}`."""

    format = fields.String(required=True)
    name = fields.String(required=True)
    size = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    sm3 = fields.String(required=True)
    archived_at = fields.AwareDateTime(required=True)


class NoticeDetailSchema(NoticeSchema):
    replies = fields.List(fields.Nested(NoticeReplySchema), required=True)
    papers = fields.List(fields.Nested(NoticePaperSchema), required=True)


class NoticeCountSchema(Schema):
    """How many sheets went out to a unit, cancelled ones aside."""

    unit_id = fields.Integer(required=True)
    unit_name = fields.String(required=True)
    total = fields.Integer(required=True)
    by_grade = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
