"""Plans: what the API tells of a reading, and what its verbs take."""

from marshmallow import Schema, fields, validate

from engine.plans import rules
from engine.plans.models import LimitKind, PartRole
from engine.working_days.periods import Period
from webapp.schemas.ids import Id

_VERSION = {"description": "The version that was read; 409 when another person has saved since"}


class NewPlanSchema(Schema):
    file = Id(load_default=None, allow_none=True, metadata={"description": "A staged file: POST /files"})
    text = fields.String(load_default="", metadata={"description": "The text, where there is no file"})
    office_unit_id = Id(load_default=None, allow_none=True)


class PlanSchema(Schema):
    id = fields.Integer(required=True)
    office_unit_id = fields.Integer(required=True)
    title = fields.String(required=True)
    issuer = fields.String(required=True, allow_none=True)
    document_number = fields.String(required=True, allow_none=True)
    signed_on = fields.Date(required=True, allow_none=True)
    document_year = fields.Integer(required=True, allow_none=True)
    kind = fields.String(required=True)
    file_name = fields.String(required=True, allow_none=True)
    amends_plan_id = fields.Integer(required=True, allow_none=True)
    state = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    confirmed_at = fields.AwareDateTime(required=True, allow_none=True)
    version = fields.Integer(required=True)


class PlanPageSchema(Schema):
    items = fields.List(fields.Nested(PlanSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class PlanUnitSchema(Schema):
    id = fields.Integer(required=True)
    role = fields.String(required=True)
    written = fields.String(required=True)
    is_group = fields.Boolean(required=True)
    state = fields.String(required=True)
    how = fields.String(required=True, allow_none=True)
    unit_ids = fields.List(fields.Integer(), required=True)
    proposals = fields.List(
        fields.Integer(), required=True, metadata={"description": "Unit ids, never applied"}
    )
    remembered = fields.Integer(
        required=True, allow_none=True,
        metadata={"description": "The one of the proposals that the office confirmed the last time"},
    )  # fmt: skip


class PlanLimitSchema(Schema):
    id = fields.Integer(required=True)
    raw = fields.String(required=True)
    kind = fields.String(required=True)
    data = fields.Dict(required=True)


class PlanProblemSchema(Schema):
    code = fields.String(required=True)
    text = fields.String(required=True)


class PlanKeyTaskSchema(Schema):
    id = fields.Integer(required=True)
    number = fields.Integer(required=True)
    section = fields.String(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    units = fields.List(fields.Nested(PlanUnitSchema), required=True)
    limits = fields.List(fields.Nested(PlanLimitSchema), required=True)
    review_unit_id = fields.Integer(required=True, allow_none=True)
    reviewer_reason = fields.String(required=True)
    place = fields.Dict(
        required=True, allow_none=True, metadata={"description": "In the original: page, paragraph, cell"}
    )
    confidence = fields.Float(required=True)
    defects = fields.List(fields.Dict(), required=True)
    dropped = fields.Boolean(required=True)
    checked = fields.Boolean(required=True)
    problems = fields.List(fields.Nested(PlanProblemSchema), required=True)
    version = fields.Integer(required=True)


class PlanDetailSchema(PlanSchema):
    key_tasks = fields.List(fields.Nested(PlanKeyTaskSchema), required=True)


class VersionedSchema(Schema):
    version = fields.Integer(load_default=None, allow_none=True, metadata=_VERSION)


class EditKeyTaskSchema(VersionedSchema):
    title = fields.String(validate=validate.Length(1, rules.MAX_TITLE))
    text = fields.String(validate=validate.Length(max=rules.MAX_TEXT))
    dropped = fields.Boolean()
    checked = fields.Boolean(validate=validate.Equal(True))
    review_unit_id = Id(allow_none=True, metadata={"description": "null: back to the rule"})


class AddUnitSchema(VersionedSchema):
    role = fields.Enum(PartRole, by_value=True, required=True)
    unit_id = Id(required=True)


class ChooseUnitsSchema(VersionedSchema):
    unit_ids = fields.List(Id(), required=True, validate=validate.Length(1, 2000))
    everywhere = fields.Boolean(load_default=False)


class SetLimitSchema(VersionedSchema):
    kind = fields.Enum(LimitKind, by_value=True, required=True)
    data = fields.Dict(
        required=True,
        metadata={
            "description": "By kind. date: on, from_on. days: days, counting, min_days, from_on. event: the same "
            "with event and scope. cadence: period, day, month, about (previous or current), count, levels"
        },
    )


class DefaultLimitsSchema(VersionedSchema):
    final_on = fields.Date(required=True)
    period = fields.String(required=True, validate=validate.OneOf(list(Period)))
    replace_past = fields.Boolean(load_default=False)


class VersionQuerySchema(VersionedSchema):
    """For DELETE, which has no body."""


class MoveUnitSchema(VersionedSchema):
    role = fields.Enum(PartRole, by_value=True)
    first = fields.Boolean(
        validate=validate.Equal(True),
        metadata={"description": "To the front of its role: the first lead reviews"},
    )


class SplitSchema(VersionedSchema):
    at = fields.List(
        fields.Integer(validate=validate.Range(1, rules.MAX_TEXT)), load_default=list,
        validate=validate.Length(max=50),
        metadata={"description": "Places in the text before which it is cut; without them, by responsible unit"},
    )  # fmt: skip


class MergedKeyTaskSchema(VersionedSchema):
    id = Id(required=True)


class MergeSchema(Schema):
    key_tasks = fields.List(
        fields.Nested(MergedKeyTaskSchema), required=True, validate=validate.Length(2, 50)
    )


class AddKeyTaskSchema(VersionedSchema):
    text = fields.String(
        required=True, validate=validate.Length(1, rules.MAX_TEXT),
        metadata={"description": "A stretch of the document's own text"},
    )  # fmt: skip


class PlanKeyTasksSchema(Schema):
    key_tasks = fields.List(fields.Nested(PlanKeyTaskSchema), required=True)


class PlanChangeSchema(Schema):
    seq = fields.Integer(required=True)
    action = fields.String(required=True)
    text = fields.String(required=True, metadata={"description": "Who did what, as the page says it"})
    at = fields.AwareDateTime(required=True)
    by_name = fields.String(required=True)
    undone_at = fields.AwareDateTime(required=True, allow_none=True)
    undone_by_name = fields.String(required=True, allow_none=True)


class PlanChangesSchema(Schema):
    items = fields.List(fields.Nested(PlanChangeSchema), required=True)


class PlanProposalSchema(Schema):
    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    findings = fields.List(fields.Dict(), required=True)
    place = fields.Dict(required=True, allow_none=True)
    state = fields.String(required=True)
    plan_task_id = fields.Integer(
        required=True, allow_none=True, data_key="key_task_id", metadata={"description": "What it became"}
    )


class PlanProposalsSchema(Schema):
    items = fields.List(fields.Nested(PlanProposalSchema), required=True)


class ChosenProposalsSchema(VersionedSchema):
    proposals = fields.List(Id(), required=True, validate=validate.Length(1, 500))


class AdoptSchema(ChosenProposalsSchema):
    responsible = fields.List(Id(), required=True, validate=validate.Length(1, 200))
    lead = fields.List(Id(), load_default=list, validate=validate.Length(max=20))
