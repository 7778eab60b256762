"""Plans: import, read, settle, confirm: the same verbs as on the page."""

from typing import Any

from flask import current_app
from werkzeug import Response

from engine import permissions
from engine.campaigns import from_plan
from engine.campaigns.models import Campaign
from engine.context import Context
from engine.errors import NotFound
from engine.permissions import Permission
from engine.plans import editing, queries, service
from engine.plans.limit_forms import LimitForm
from engine.plans.models import Plan
from engine.plans.views import PlanTaskView
from webapp import idempotency, plan_breakdown, plan_intake
from webapp.api import ApiBlueprint, bytes_of, id_after, page_by_id
from webapp.language import translate
from webapp.plain_input import LARGEST_FORM
from webapp.requests import context, in_transaction, largest_body, own_transactions
from webapp.schemas.cases import CampaignSchema, PageQuerySchema
from webapp.schemas.plans import (
    AddUnitSchema,
    ChooseUnitsSchema,
    DefaultLimitsSchema,
    EditKeyTaskSchema,
    NewPlanSchema,
    PlanDetailSchema,
    PlanKeyTaskSchema,
    PlanPageSchema,
    PlanSchema,
    SetLimitSchema,
    VersionedSchema,
    VersionQuerySchema,
)

blueprint = ApiBlueprint("plans", "/plans", "Plans 方案: a document's reading, until it is confirmed.")


@blueprint.get("")
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, PlanPageSchema)
def index(asked: dict[str, Any]) -> dict[str, Any]:
    """The plans of one's office, newest first."""
    rows = queries.page(context(), before=id_after(asked), limit=asked["limit"])
    return page_by_id(rows, asked)


@blueprint.post("")
@blueprint.arguments(NewPlanSchema)
@blueprint.response(201, PlanSchema)
@largest_body(lambda settings: LARGEST_FORM)
@own_transactions
def create(asked: dict[str, Any]) -> Response:
    """Read a staged file or a text and store the reading as a draft."""
    in_transaction(lambda ctx: permissions.require(ctx, Permission.PLAN_IMPORT), read_only=True)
    missing: NotFound | None = None
    draft = name = None
    try:
        draft, name = plan_intake.read_draft(asked["file"], asked["text"])
    except NotFound as error:
        missing = error  # a repeated call finds its file taken in: its key has the answer

    def store(ctx: Context) -> Response:
        if draft is None:
            raise missing or NotFound()
        plan = plan_intake.store(ctx, draft, asked["file"], name, asked["office_unit_id"])
        response = current_app.make_response((PlanSchema().dump(plan), 201))
        response.headers["Location"] = f"/api/v1/plans/{plan.id}"
        return response

    return in_transaction(lambda ctx: idempotency.once(lambda: store(ctx), lambda: ctx))


@blueprint.get("/<int:id>")
@blueprint.response(200, PlanDetailSchema)
def show(id: int) -> dict[str, Any]:
    """One plan with its key tasks, what is open, and proposals."""
    ctx = context()
    plan = permissions.find(ctx, Permission.PLAN_READ, Plan, id, lock=False)
    view = queries.view(ctx, plan)
    told = {name: getattr(plan, name) for name in PlanSchema().fields}
    return {**told, "key_tasks": [_told(entry) for entry in view.entries]}


@blueprint.get("/<int:id>/breakdown.xlsx")
@blueprint.response(200, **bytes_of(plan_breakdown.MEDIA_TYPES["xlsx"]))
@own_transactions
def breakdown_spreadsheet(id: int) -> Response:
    """The key tasks as a breakdown table that can be imported again, as a spreadsheet."""
    return plan_breakdown.send(id, "xlsx")


@blueprint.get("/<int:id>/breakdown.docx")
@blueprint.response(200, **bytes_of(plan_breakdown.MEDIA_TYPES["docx"]))
@own_transactions
def breakdown_document(id: int) -> Response:
    """The key tasks as a breakdown table that can be imported again, as a document."""
    return plan_breakdown.send(id, "docx")


@blueprint.patch("/<int:id>/key-tasks/<int:entry_id>")
@blueprint.arguments(EditKeyTaskSchema)
@blueprint.response(200, PlanKeyTaskSchema)
def edit(asked: dict[str, Any], id: int, entry_id: int) -> dict[str, Any]:
    """Change wording, reviewer, and whether the key task is taken."""
    ctx = context()
    version = asked.pop("version")
    row = queries.entry(ctx, permissions.find(ctx, Permission.PLAN_EDIT, Plan, id), entry_id).row
    steps: list[Any] = []
    if "title" in asked or "text" in asked:
        wording = {"title": asked.get("title", row.title), "text": asked.get("text", row.text)}
        steps.append(lambda seen: editing.edit(ctx, id, entry_id, **wording, expected_version=seen))
    if "review_unit_id" in asked:
        unit_id = asked["review_unit_id"]
        steps.append(lambda seen: editing.set_reviewer(ctx, id, entry_id, unit_id, expected_version=seen))
    if "checked" in asked:
        steps.append(lambda seen: editing.mark_checked(ctx, id, entry_id, expected_version=seen))
    if "dropped" in asked:
        verb = editing.drop if asked["dropped"] else editing.restore
        steps.append(lambda seen: verb(ctx, id, entry_id, expected_version=seen))
    for step in steps:
        step(version)
        version = None  # the first step has changed it
    return entry_json(ctx, id, entry_id)


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/units")
@blueprint.arguments(AddUnitSchema)
@blueprint.response(201, PlanKeyTaskSchema)
def add_unit(asked: dict[str, Any], id: int, entry_id: int) -> dict[str, Any]:
    """Give a unit a part that the document does not name."""
    ctx = context()
    editing.add_unit(
        ctx, id, entry_id, role=asked["role"], unit_id=asked["unit_id"], expected_version=asked["version"]
    )
    return entry_json(ctx, id, entry_id)


@blueprint.put("/<int:id>/units/<int:part_id>")
@blueprint.arguments(ChooseUnitsSchema)
@blueprint.response(200, PlanKeyTaskSchema)
def choose_units(asked: dict[str, Any], id: int, part_id: int) -> dict[str, Any]:
    """Say which units of the directory a written name or group expression means."""
    ctx = context()
    changed = editing.expand_group(
        ctx, id, part_id, asked["unit_ids"], everywhere=asked["everywhere"], expected_version=asked["version"]
    )
    return entry_json(ctx, id, changed[0])


@blueprint.post("/<int:id>/units/<int:part_id>/drop")
@blueprint.arguments(VersionedSchema)
@blueprint.response(200, PlanKeyTaskSchema)
def drop_unit(asked: dict[str, Any], id: int, part_id: int) -> dict[str, Any]:
    """Leave a listed unit out."""
    ctx = context()
    return entry_json(ctx, id, editing.drop_unit(ctx, id, part_id, expected_version=asked["version"]).id)


@blueprint.post("/<int:id>/units/<int:part_id>/restore")
@blueprint.arguments(VersionedSchema)
@blueprint.response(200, PlanKeyTaskSchema)
def restore_unit(asked: dict[str, Any], id: int, part_id: int) -> dict[str, Any]:
    """Take a unit back that was left out."""
    ctx = context()
    return entry_json(ctx, id, editing.restore_unit(ctx, id, part_id, expected_version=asked["version"]).id)


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/limits")
@blueprint.arguments(SetLimitSchema)
@blueprint.response(201, PlanKeyTaskSchema)
def add_limit(asked: dict[str, Any], id: int, entry_id: int) -> dict[str, Any]:
    """Set a further limit."""
    ctx = context()
    form = LimitForm(asked["kind"], asked["data"])
    editing.set_limit(ctx, id, entry_id, form, expected_version=asked["version"])
    return entry_json(ctx, id, entry_id)


@blueprint.put("/<int:id>/key-tasks/<int:entry_id>/limits/<int:limit_id>")
@blueprint.arguments(SetLimitSchema)
@blueprint.response(200, PlanKeyTaskSchema)
def set_limit(asked: dict[str, Any], id: int, entry_id: int, limit_id: int) -> dict[str, Any]:
    """Settle how a limit is counted."""
    ctx = context()
    form = LimitForm(asked["kind"], asked["data"])
    editing.set_limit(ctx, id, entry_id, form, limit_id=limit_id, expected_version=asked["version"])
    return entry_json(ctx, id, entry_id)


@blueprint.delete("/<int:id>/key-tasks/<int:entry_id>/limits/<int:limit_id>")
@blueprint.arguments(VersionQuerySchema, location="query")
@blueprint.response(200, PlanKeyTaskSchema)
def remove_limit(asked: dict[str, Any], id: int, entry_id: int, limit_id: int) -> dict[str, Any]:
    """Remove a limit."""
    ctx = context()
    editing.remove_limit(ctx, id, entry_id, limit_id, expected_version=asked["version"])
    return entry_json(ctx, id, entry_id)


@blueprint.post("/<int:id>/default-limits")
@blueprint.arguments(DefaultLimitsSchema)
@blueprint.response(200, PlanSchema)
def set_default_limits(asked: dict[str, Any], id: int) -> Plan:
    """Periodic reports and a final date for every key task without a limit."""
    ctx = context()
    editing.set_default_limits(ctx, id, expected_version=asked.pop("version"), **asked)
    return ctx.session.get_one(Plan, id)


@blueprint.post("/<int:id>/confirm")
@blueprint.arguments(VersionedSchema)
@blueprint.response(201, CampaignSchema)
def confirm(asked: dict[str, Any], id: int) -> Campaign:
    """Confirm the plan; its campaign is created."""
    return from_plan.confirm_plan(context(), id, expected_version=asked["version"])


@blueprint.post("/<int:id>/discard")
@blueprint.arguments(VersionedSchema)
@blueprint.response(200, PlanSchema)
def discard(asked: dict[str, Any], id: int) -> Plan:
    """Give up a draft."""
    return service.discard(context(), id, expected_version=asked["version"])


def entry_json(ctx: Context, id: int, entry_id: int) -> dict[str, Any]:
    return _told(queries.entry(ctx, ctx.session.get_one(Plan, id), entry_id))


def _told(entry: PlanTaskView) -> dict[str, Any]:
    row = entry.row
    units = [
        {
            "id": part.row.id, "role": part.row.role, "written": part.row.written, "is_group": part.row.is_group,
            "state": part.row.state, "how": part.row.how, "unit_ids": [unit.id for unit in part.units],
            "proposals": [unit.id for unit in part.proposals],
            "remembered": part.remembered.id if part.remembered else None,
        }
        for part in entry.parts
    ]  # fmt: skip
    return {
        "id": row.id, "number": row.number, "section": row.section, "title": row.title, "text": row.text,
        "units": units, "limits": entry.limits, "review_unit_id": row.review_unit_id,
        "reviewer_reason": row.reviewer_reason, "place": row.place, "confidence": row.confidence,
        "defects": row.defects, "dropped": row.dropped,
        "checked": row.checked, "version": row.version,
        "problems": [{"code": p.code, "text": translate(p.text, **p.params)} for p in entry.problems],
    }  # fmt: skip
