"""What the API tells of campaigns, key tasks, work items and what hangs on them."""

from marshmallow import Schema, fields, validate

from engine.campaigns.models import WorkItemState
from webapp.schemas.ids import Id


def page_of(item: type[Schema]) -> type[Schema]:
    """A page of a list; ``next`` is the `after` of the next page, null at the end."""
    name = item.__name__.removesuffix("Schema") + "PageSchema"
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next": fields.String(required=True, allow_none=True),
        },
        name=name,
    )


class PageQuerySchema(Schema):
    after = fields.String(load_default=None, metadata={"description": "`next` of the page before"})
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class WorkItemQuerySchema(PageQuerySchema):
    campaign_id = Id(load_default=None)
    key_task_id = Id(load_default=None)
    unit_id = Id(load_default=None)
    state = fields.Enum(WorkItemState, by_value=True, load_default=None)


class UserTaskSchema(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    form_key = fields.String(required=True)
    unit_id = fields.Integer(required=True)
    role = fields.String(required=True)
    subject_type = fields.String(required=True)
    subject_id = fields.Integer(required=True)
    work_item_id = fields.Integer(required=True, allow_none=True)
    state = fields.String(required=True)
    opened_at = fields.AwareDateTime(required=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


class CampaignSchema(Schema):
    id = fields.Integer(required=True)
    title = fields.String(required=True)
    year = fields.Integer(required=True)
    office_unit_id = fields.Integer(required=True)
    state = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)


class KeyTaskSchema(Schema):
    id = fields.Integer(required=True)
    campaign_id = fields.Integer(required=True)
    number = fields.Integer(required=True)
    section = fields.String(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    lead_unit_id = fields.Integer(required=True, allow_none=True)
    review_unit_id = fields.Integer(required=True)
    office_unit_id = fields.Integer(required=True)
    state = fields.String(required=True)
    summary = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)


class KeyTaskPartSchema(Schema):
    unit_id = fields.Integer(required=True)
    role = fields.String(required=True)


class KeyTaskLimitSchema(Schema):
    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    basis = fields.Dict(required=True)


class KeyTaskDetailSchema(KeyTaskSchema):
    units = fields.List(fields.Nested(KeyTaskPartSchema), required=True)
    limits = fields.List(fields.Nested(KeyTaskLimitSchema), required=True)
    work_items = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "How many are in which state"},
    )


class ProgressSchema(Schema):
    """Bulk work in the queue."""

    state = fields.String(required=True, metadata={"description": "ready, running, done or parked"})
    done = fields.Integer(required=True)
    total = fields.Integer(required=True)


class WorkItemSchema(Schema):
    id = fields.Integer(required=True)
    campaign_id = fields.Integer(required=True)
    key_task_id = fields.Integer(required=True)
    unit_id = fields.Integer(required=True)
    review_unit_id = fields.Integer(required=True)
    office_unit_id = fields.Integer(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    state = fields.String(required=True)
    assigned_at = fields.AwareDateTime(required=True)
    acknowledged_at = fields.AwareDateTime(required=True, allow_none=True)
    plan_text = fields.String(required=True, allow_none=True)
    plan_filed_at = fields.AwareDateTime(required=True, allow_none=True)
    suspended_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "挂账: since when its clocks stand still"}
    )
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    version = fields.Integer(required=True)


class FileSchema(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    size = fields.Integer(required=True)
    media_type = fields.String(required=True)
    sha256 = fields.String(required=True)
    sm3 = fields.String(required=True)


class KeptFileSchema(Schema):
    """A file that belongs to something; its bytes are fetched by this id."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    note = fields.String(required=True)
    size = fields.Integer(required=True)
    media_type = fields.String(required=True)
    sha256 = fields.String(required=True)
    sm3 = fields.String(required=True)


class PlanFileSchema(Schema):
    file_id = fields.Integer(required=True)
    name = fields.String(required=True)


class SubmissionSchema(Schema):
    id = fields.Integer(required=True)
    obligation_id = fields.Integer(required=True)
    round = fields.Integer(required=True)
    text = fields.String(required=True)
    state = fields.String(required=True)
    submitted_by_name = fields.String(required=True)
    submitted_at = fields.AwareDateTime(required=True)
    signed_by_name = fields.String(required=True, allow_none=True)
    signed_at = fields.AwareDateTime(required=True, allow_none=True)
    refusal = fields.String(required=True, allow_none=True)
    files = fields.List(
        fields.Nested(KeptFileSchema), metadata={"description": "Only when read, not when written"}
    )


class ReviewSchema(Schema):
    id = fields.Integer(required=True)
    submission_id = fields.Integer(required=True)
    obligation_id = fields.Integer(required=True)
    unit_id = fields.Integer(required=True)
    state = fields.String(required=True)
    reasons = fields.String(required=True)
    opened_at = fields.AwareDateTime(required=True)
    decided_by_name = fields.String(required=True, allow_none=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)


class DeadlineSchema(Schema):
    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    unit_id = fields.Integer(required=True)
    original_due_on = fields.Date(required=True)
    due_on = fields.Date(required=True)
    due_at = fields.AwareDateTime(required=True)
    provisional = fields.Boolean(required=True)
    state = fields.String(required=True)
    passed_at = fields.AwareDateTime(required=True, allow_none=True)
    met_at = fields.AwareDateTime(required=True, allow_none=True)


class CountedDaySchema(Schema):
    on = fields.Date(required=True)
    counted = fields.Boolean(required=True)
    why = fields.String(required=True)
    name = fields.String(required=True)
    source = fields.String(required=True, metadata={"description": "Who has set a local day"})


class DateChangeSchema(Schema):
    """One change of a date. `edition_id` names the edition of the calendar that moved it."""

    kind = fields.String(required=True)
    from_on = fields.Date(required=True)
    to_on = fields.Date(required=True)
    reason = fields.String(required=True)
    actor_name = fields.String(required=True)
    changed_at = fields.AwareDateTime(required=True)
    edition_id = fields.Integer(required=True, allow_none=True)


class LightSchema(Schema):
    colour = fields.String(required=True)
    reason = fields.String(required=True)


class RungSchema(Schema):
    """One step of the ladder for the present date."""

    key = fields.String(required=True, attribute="step.key")
    offset = fields.Integer(
        required=True, attribute="step.offset", metadata={"description": "Working days from the due date"}
    )
    action = fields.String(required=True, attribute="step.action")
    condition = fields.String(required=True, attribute="step.condition")
    to = fields.List(fields.String(), required=True, attribute="step.to")
    planned_at = fields.AwareDateTime(required=True)
    standing = fields.String(
        required=True,
        metadata={"description": "fired, collapsed, skipped, next, ahead, left_out or dropped"},
    )
    handled_at = fields.AwareDateTime(required=True, allow_none=True)
    version = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Of the policy that caused it"}
    )


class ExplanationSchema(Schema):
    """Why a date is what it is, and why its light has its colour.

    `remedy`: what has to happen for the light to go out, and who must do it. `extended`: how often a later date was
    given.
    """

    unit = fields.String(required=True)
    light_text = fields.String(required=True)
    remedy = fields.String(required=True)
    counted_to = fields.Date(required=True)
    extended = fields.Integer(required=True)
    policy_key = fields.String(required=True)
    policy_version = fields.Integer(required=True)
    ladder = fields.List(fields.Nested(RungSchema), required=True)

    rule = fields.String(required=True)
    rule_text = fields.String(required=True)
    law = fields.List(fields.String(), required=True)
    trigger_on = fields.Date(required=True)
    trigger_text = fields.String(required=True)
    length = fields.Integer(required=True, allow_none=True)
    earliest_on = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "Nothing is handed in before, by a lower bound"},
    )
    days = fields.List(fields.Nested(CountedDaySchema), required=True)
    original_due_on = fields.Date(required=True)
    changes = fields.List(fields.Nested(DateChangeSchema), required=True)
    due_on = fields.Date(required=True)
    provisional = fields.Boolean(required=True)
    working_days_left = fields.Integer(required=True, allow_none=True)
    light = fields.Nested(LightSchema, required=True)


class ExtensionSchema(Schema):
    """An application for a later date 延期申请."""

    id = fields.Integer(required=True)
    obligation_id = fields.Integer(required=True)
    work_item_id = fields.Integer(required=True)
    ordinal = fields.Integer(required=True, metadata={"description": "Of how many it would be, if granted"})
    state = fields.String(required=True)
    reason = fields.String(required=True)
    progress = fields.String(required=True)
    original_on = fields.Date(required=True)
    from_on = fields.Date(required=True)
    new_on = fields.Date(required=True)
    working_days = fields.Integer(required=True)
    is_late = fields.Boolean(
        required=True, metadata={"description": "Handed in after the limit: counts as overdue"}
    )
    leader_unit_id = fields.Integer(required=True, allow_none=True)
    applied_by_name = fields.String(required=True)
    applied_at = fields.AwareDateTime(required=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    version = fields.Integer(required=True)


class ExtensionOpinionSchema(Schema):
    step = fields.String(required=True)
    verdict = fields.String(required=True)
    reasons = fields.String(required=True)
    new_on = fields.Date(required=True)
    given_by_name = fields.String(required=True)
    given_at = fields.AwareDateTime(required=True)


class ExtensionDetailSchema(ExtensionSchema):
    opinions = fields.List(fields.Nested(ExtensionOpinionSchema), required=True)


class ObligationSchema(Schema):
    id = fields.Integer(required=True)
    work_item_id = fields.Integer(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    period_start = fields.Date(required=True, allow_none=True)
    period_end = fields.Date(required=True, allow_none=True)
    ordinal = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Which of those a count asks for in the period"},
    )
    earliest_on = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "Nothing is handed in before, by a lower bound"},
    )
    state = fields.String(required=True)
    round = fields.Integer(required=True)
    overdue_at = fields.AwareDateTime(required=True, allow_none=True)
    accepted_at = fields.AwareDateTime(required=True, allow_none=True)


class ObligationDetailSchema(ObligationSchema):
    counts_against_on = fields.Date(
        required=True, metadata={"description": "The date that counts for scoring: see counts_because"}
    )
    counts_because = fields.String(required=True)
    deadline = fields.Nested(DeadlineSchema, required=True)
    light = fields.Nested(LightSchema, required=True)
    submissions = fields.List(fields.Nested(SubmissionSchema), required=True)


class WorkItemDetailSchema(WorkItemSchema):
    deadlines = fields.List(fields.Nested(DeadlineSchema), required=True)
    obligations = fields.List(fields.Nested(ObligationDetailSchema), required=True)
    reviews = fields.List(fields.Nested(ReviewSchema), required=True)
    plan_files = fields.List(fields.Nested(PlanFileSchema), required=True)


class HistoryEntrySchema(Schema):
    """One act on the case, as the audit holds it."""

    seq = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    actor_id = fields.Integer(required=True, allow_none=True)
    actor_name = fields.String(required=True)
    action = fields.String(required=True, metadata={"description": "Stable: subject.past_tense"})
    text = fields.String(required=True, metadata={"description": "The same for people"})
    subject_type = fields.String(required=True)
    subject_id = fields.Integer(required=True)
    facts = fields.Dict(required=True, allow_none=True, metadata={"description": "null once erased"})


class CellSchema(Schema):
    unit_id = fields.Integer(required=True)
    work_item_id = fields.Integer(required=True)
    number = fields.String(required=True)
    state = fields.String(required=True)
    light = fields.String(required=True)
    due_on = fields.Date(required=True, allow_none=True)
    provisional = fields.Boolean(required=True)
    accepted = fields.Integer(required=True, metadata={"description": "Reports accepted"})
    total = fields.Integer(required=True, metadata={"description": "Reports asked for"})
    overdue = fields.Integer(required=True, metadata={"description": "Reports that are or were late"})


class MatrixRowSchema(Schema):
    key_task_id = fields.Integer(required=True)
    number = fields.Integer(required=True)
    title = fields.String(required=True)
    cells = fields.List(fields.Nested(CellSchema), required=True)


class MatrixSchema(Schema):
    """Key tasks against responsible units, with their lights."""

    campaign = fields.Nested(CampaignSchema, required=True)
    rows = fields.List(fields.Nested(MatrixRowSchema), required=True)


UserTaskPageSchema = page_of(UserTaskSchema)
CampaignPageSchema = page_of(CampaignSchema)
WorkItemPageSchema = page_of(WorkItemSchema)
HistoryPageSchema = page_of(HistoryEntrySchema)
