"""What the API tells of rounds of inspection, checks, findings and rectifications."""

from marshmallow import Schema, fields

from webapp.schemas.cases import (
    DeadlineSchema,
    KeptFileSchema,
    PageQuerySchema,
    ProgressSchema,
    page_of,
)
from webapp.schemas.ids import Id


class RoundQuerySchema(PageQuerySchema):
    campaign_id = Id(load_default=None)


class RoundSchema(Schema):
    id = fields.Integer(required=True)
    campaign_id = fields.Integer(required=True)
    title = fields.String(required=True)
    state = fields.String(required=True)
    rate = fields.Integer(required=True)
    seed_source = fields.String(required=True)
    seed = fields.String(required=True, allow_none=True)
    population_size = fields.Integer(required=True)
    population_hash = fields.String(required=True)
    inspector_hash = fields.String(required=True)
    prepared_at = fields.AwareDateTime(required=True)
    prepared_by_name = fields.String(required=True)
    drawn_at = fields.AwareDateTime(required=True, allow_none=True)
    drawn_by_name = fields.String(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    withdrawn_reason = fields.String(required=True, allow_none=True)


class RoundInspectorSchema(Schema):
    person_id = fields.Integer(required=True)
    name = fields.String(required=True)
    unit_id = fields.Integer(required=True)
    unit_name = fields.String(required=True)


class ExclusionSchema(Schema):
    """Who or what was left out of the draw, and why."""

    reason = fields.String(required=True)
    number = fields.String(required=True)
    person = fields.String(required=True)
    unit = fields.String(required=True)


class RoundDetailSchema(RoundSchema):
    sample_size = fields.Integer(required=True)
    commitment = fields.String(
        required=True, metadata={"description": "Binds lists, rate and source before the draw"}
    )
    procedure = fields.String(required=True)
    pool = fields.List(fields.Nested(RoundInspectorSchema), required=True)
    checks = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "How many are in which state"},
    )
    exclusions = fields.List(fields.Nested(ExclusionSchema), required=True)
    opening = fields.Nested(
        ProgressSchema,
        required=True,
        allow_none=True,
        metadata={"description": "How far the checks are opened"},
    )


class PopulationMemberSchema(Schema):
    """One line of the frozen list."""

    work_item_id = fields.Integer(required=True)
    number = fields.String(required=True)
    unit_id = fields.Integer(required=True)
    unit_name = fields.String(required=True)
    rank = fields.Integer(required=True, allow_none=True)


class SelectedSchema(PopulationMemberSchema):
    ticket = fields.String(required=True)
    inspector_person_id = fields.Integer(required=True)
    check_id = fields.Integer(required=True, allow_none=True)
    check_state = fields.String(required=True, allow_none=True)


class CertificateMemberSchema(Schema):
    key = fields.Integer(required=True)
    number = fields.String(required=True)
    unit = fields.String(required=True)
    unit_path = fields.String(required=True)
    ticket = fields.String(required=True, allow_none=True)
    rank = fields.Integer(required=True, allow_none=True)
    inspector = fields.Integer(required=True, allow_none=True)


class CertificateInspectorSchema(Schema):
    key = fields.Integer(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    lines = fields.List(fields.String(), required=True)
    left = fields.Boolean(required=True)


class CertificateSchema(Schema):
    """Everything that is needed to repeat the draw."""

    round = fields.Integer(required=True)
    title = fields.String(required=True)
    rate = fields.Integer(required=True)
    seed_source = fields.String(required=True)
    seed = fields.String(required=True, allow_none=True)
    population_hash = fields.String(required=True)
    inspector_hash = fields.String(required=True)
    prepared_at = fields.String(required=True)
    drawn_at = fields.String(required=True, allow_none=True)
    population = fields.List(fields.Nested(CertificateMemberSchema), required=True)
    inspectors = fields.List(fields.Nested(CertificateInspectorSchema), required=True)
    procedure = fields.String(required=True)
    commitment = fields.String(required=True)


class CheckSchema(Schema):
    id = fields.Integer(required=True)
    round_id = fields.Integer(required=True)
    work_item_id = fields.Integer(required=True)
    inspector_person_id = fields.Integer(required=True)
    inspector_unit_id = fields.Integer(required=True)
    inspector_name = fields.String(required=True)
    state = fields.String(required=True)
    is_recheck = fields.Boolean(required=True)
    opened_at = fields.AwareDateTime(required=True)
    visited_on = fields.Date(required=True, allow_none=True)
    conclusion = fields.String(required=True, allow_none=True)
    recorded_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    replaces_id = fields.Integer(required=True, allow_none=True)
    replaced_reason = fields.String(required=True, allow_none=True)


class RectificationSchema(Schema):
    id = fields.Integer(required=True)
    finding_id = fields.Integer(required=True)
    check_id = fields.Integer(required=True)
    work_item_id = fields.Integer(required=True)
    responsible_unit_id = fields.Integer(required=True)
    due_on = fields.Date(required=True)
    state = fields.String(required=True)
    round = fields.Integer(required=True)
    overdue_at = fields.AwareDateTime(required=True, allow_none=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)


class RectificationReportSchema(Schema):
    id = fields.Integer(required=True)
    round = fields.Integer(required=True)
    text = fields.String(required=True)
    submitted_by_name = fields.String(required=True)
    submitted_at = fields.AwareDateTime(required=True)
    passed = fields.Boolean(required=True, allow_none=True)
    reasons = fields.String(required=True, allow_none=True)
    verified_by_name = fields.String(required=True, allow_none=True)
    verified_at = fields.AwareDateTime(required=True, allow_none=True)
    files = fields.List(
        fields.Nested(KeptFileSchema), metadata={"description": "Only when read, not when written"}
    )


class FoundSchema(Schema):
    """A finding by itself."""

    id = fields.Integer(required=True)
    position = fields.Integer(required=True)
    text = fields.String(required=True)
    severity = fields.String(required=True)
    unit_id = fields.Integer(required=True)
    due_on = fields.Date(required=True)


class FindingReadSchema(FoundSchema):
    rectification = fields.Nested(RectificationSchema, required=True, allow_none=True)
    reports = fields.List(fields.Nested(RectificationReportSchema), required=True)


class CheckDetailSchema(CheckSchema):
    deadline = fields.Nested(DeadlineSchema, required=True, allow_none=True)
    findings = fields.List(fields.Nested(FindingReadSchema), required=True)


class RectificationDetailSchema(RectificationSchema):
    deadline = fields.Nested(DeadlineSchema, required=True, allow_none=True)
    finding = fields.Nested(FoundSchema, required=True)
    reports = fields.List(fields.Nested(RectificationReportSchema), required=True)


RoundPageSchema = page_of(RoundSchema)
PopulationPageSchema = page_of(PopulationMemberSchema)
SelectedPageSchema = page_of(SelectedSchema)
CheckPageSchema = page_of(CheckSchema)
