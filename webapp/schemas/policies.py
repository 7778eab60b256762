"""What the API takes and tells about escalation ladders and the meaning of lights."""

from marshmallow import Schema, fields, validate

from engine.deadlines import Action, Colour, Condition, Reason, Recipient
from engine.deadlines.ladders import FARTHEST, MOST
from webapp.schemas.ids import Id

_COLOUR = validate.OneOf([str(colour) for colour in Colour])


class WantedStepSchema(Schema):
    """One step: working days before (negative) or after the due date; 0 is the passing of the limit, once."""

    offset = fields.Integer(required=True, validate=validate.Range(-FARTHEST, FARTHEST))
    action = fields.String(load_default="remind", validate=validate.OneOf([str(one) for one in Action]))
    condition = fields.String(load_default="always", validate=validate.OneOf([str(one) for one in Condition]))
    to = fields.List(
        fields.String(validate=validate.OneOf([str(one) for one in Recipient])),
        load_default=list,
        validate=validate.Length(max=len(Recipient)),
    )


class WantedLadderSchema(Schema):
    steps = fields.List(
        fields.Nested(WantedStepSchema), required=True, validate=validate.Length(min=1, max=MOST)
    )


class PreviewLadderSchema(WantedLadderSchema):
    deadline_id = Id(required=True)


class PublishLadderSchema(WantedLadderSchema):
    note = fields.String(required=True, validate=validate.Length(1, 300))
    expected = fields.Integer(
        required=True,
        validate=validate.Range(1, 2**31 - 1),
        metadata={"description": "The version that was changed; 409 when there is a newer one"},
    )
    running_too = fields.Boolean(
        load_default=False,
        metadata={"description": "Also for deadlines that run already; else only for those set from now on"},
    )


class LadderStepSchema(Schema):
    key = fields.String(required=True)
    offset = fields.Integer(required=True)
    action = fields.String(required=True)
    condition = fields.String(required=True)
    to = fields.List(fields.String(), required=True)


class LadderSchema(Schema):
    """One version of a ladder. `running`: deadlines still owed that climb it."""

    key = fields.String(required=True)
    version = fields.Integer(required=True)
    note = fields.String(required=True)
    author_name = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    steps = fields.List(fields.Nested(LadderStepSchema), required=True)
    running = fields.Integer(required=True)


class PreviewedStepSchema(Schema):
    """One step on a real deadline. `people`: who would be told today. `is_over`: its time has gone by."""

    key = fields.String(required=True, attribute="step.step.key")
    offset = fields.Integer(required=True, attribute="step.step.offset")
    action = fields.String(required=True, attribute="step.step.action")
    planned_at = fields.AwareDateTime(required=True, attribute="step.planned_at")
    is_over = fields.Boolean(required=True, attribute="step.is_over")
    holds = fields.Boolean(required=True, attribute="step.holds")
    people = fields.List(fields.String(), required=True)


class LightMeaningsSchema(Schema):
    """Which colour each reason has, the word beside each colour, and from how many working days a date is near."""

    colours = fields.Dict(
        keys=fields.String(validate=validate.OneOf([str(reason) for reason in Reason])),
        values=fields.String(validate=_COLOUR),
        required=True,
    )
    words = fields.Dict(
        keys=fields.String(validate=_COLOUR),
        values=fields.String(validate=validate.Length(1, 20)),
        required=True,
    )
    yellow_days = fields.Integer(required=True, validate=validate.Range(0, 100))


class LightSchemeSchema(LightMeaningsSchema):
    version = fields.Integer(required=True, metadata={"description": "0: as the program brings it"})


class ChangeLightsSchema(LightMeaningsSchema):
    note = fields.String(required=True, validate=validate.Length(1, 300))
    expected = fields.Integer(required=True, validate=validate.Range(0, 2**31 - 1))
