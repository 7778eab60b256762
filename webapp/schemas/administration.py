"""What the API tells administrators: work in the background, mails given up, the audit, the policy."""

from marshmallow import Schema, fields, validate

from webapp.schemas.cases import HistoryEntrySchema, PageQuerySchema, page_of


class QueueItemSchema(Schema):
    id = fields.Integer(required=True)
    topic = fields.String(required=True)
    key = fields.String(required=True)
    state = fields.String(required=True)
    attempts = fields.Integer(required=True)
    last_error = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)


class QueueSchema(Schema):
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    parked = fields.List(fields.Nested(QueueItemSchema), required=True)


class FailedDeliverySchema(Schema):
    id = fields.Integer(required=True)
    channel = fields.String(required=True)
    person_id = fields.Integer(required=True, allow_none=True)
    endpoint_id = fields.Integer(required=True, allow_none=True)
    receiver_name = fields.String(required=True)
    attempts = fields.Integer(required=True)
    last_error = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


class DeliveryAttemptSchema(Schema):
    number = fields.Integer(required=True)
    started_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    outcome = fields.String(required=True, allow_none=True)
    may_repeat = fields.Boolean(
        required=True,
        metadata={"description": "An earlier attempt may have arrived: the receiver may have this twice"},
    )
    detail = fields.String(required=True)


class FailedDispatchSchema(Schema):
    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    subject_type = fields.String(required=True)
    subject_id = fields.Integer(required=True)
    error = fields.String(required=True)
    failed_at = fields.AwareDateTime(required=True)


class AuditQuerySchema(PageQuerySchema):
    stream = fields.String(
        load_default=None,
        validate=validate.Length(max=100),
        metadata={"description": "`work_item:12`; with a colon at the end, all of the kind"},
    )
    actor = fields.String(
        load_default=None, validate=validate.Length(max=100), metadata={"description": "Part of the name"}
    )
    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None, metadata={"description": "This day included"})


class AuditEntrySchema(HistoryEntrySchema):
    id = fields.Integer(required=True)
    stream = fields.String(required=True)
    digest = fields.String(required=True)


class AuditProblemSchema(Schema):
    code = fields.String(required=True)
    stream = fields.String(required=True)
    seq = fields.Integer(required=True)
    text = fields.String(required=True)


class VerificationSchema(Schema):
    """What verifying the chains and the seals has found; nothing, when they are whole."""

    problems = fields.List(fields.Nested(AuditProblemSchema), required=True)


class ClauseSchema(Schema):
    relation = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    exceptions = fields.List(fields.String(), required=True)


class PolicySchema(Schema):
    """One permission and the clauses that grant it; without any it is denied to all."""

    permission = fields.String(required=True)
    clauses = fields.List(fields.Nested(ClauseSchema), required=True)


FailedDeliveryPageSchema = page_of(FailedDeliverySchema)
AuditPageSchema = page_of(AuditEntrySchema)
