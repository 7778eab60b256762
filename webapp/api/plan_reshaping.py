"""Key tasks cut, joined and added, proposals adopted, changes undone: the same verbs as on the page."""

from collections.abc import Sequence
from typing import Any

from engine import permissions
from engine.context import Context
from engine.permissions import Permission
from engine.plans import changes, editing, proposals, queries, reshaping, roles
from engine.plans.models import Plan, PlanProposal
from webapp import plan_changes
from webapp.api import ApiBlueprint
from webapp.api.plans import entry_json
from webapp.requests import context
from webapp.schemas.plans import (
    AddKeyTaskSchema,
    AdoptSchema,
    ChosenProposalsSchema,
    MergeSchema,
    MoveUnitSchema,
    PlanChangeSchema,
    PlanChangesSchema,
    PlanKeyTaskSchema,
    PlanKeyTasksSchema,
    PlanProposalsSchema,
    SplitSchema,
    VersionedSchema,
)

blueprint = ApiBlueprint(
    "plan reshaping",
    "/plans",
    "Plans reshaped 拆分合并: key tasks of a draft cut, joined, added; changes undone.",
)


@blueprint.post("/<int:id>/key-tasks")
@blueprint.arguments(AddKeyTaskSchema)
@blueprint.response(201, PlanKeyTaskSchema)
def add(asked: dict[str, Any], id: int) -> dict[str, Any]:
    """Add a key task from a stretch of the document that the reading missed; `version` is the plan's."""
    ctx = context()
    row = reshaping.add_from_text(ctx, id, asked["text"], expected_version=asked["version"])
    return entry_json(ctx, id, row.id)


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/split")
@blueprint.arguments(SplitSchema)
@blueprint.response(200, PlanKeyTasksSchema)
def split(asked: dict[str, Any], id: int, entry_id: int) -> dict[str, Any]:
    """Cut a key task at places of its text or by responsible unit; all pieces."""
    ctx = context()
    if asked["at"]:
        ids = reshaping.split(ctx, id, entry_id, asked["at"], expected_version=asked["version"])
    else:
        ids = reshaping.split_by_unit(ctx, id, entry_id, expected_version=asked["version"])
    return _several(ctx, id, ids)


@blueprint.post("/<int:id>/key-tasks/merge")
@blueprint.arguments(MergeSchema)
@blueprint.response(200, PlanKeyTaskSchema)
def merge(asked: dict[str, Any], id: int) -> dict[str, Any]:
    """Put key tasks together into the one that stands first in the document."""
    ctx = context()
    versions = {one["id"]: one["version"] for one in asked["key_tasks"]}
    expected = {key: seen for key, seen in versions.items() if seen is not None}
    return entry_json(ctx, id, reshaping.merge(ctx, id, list(versions), expected_versions=expected).id)


@blueprint.patch("/<int:id>/units/<int:part_id>")
@blueprint.arguments(MoveUnitSchema)
@blueprint.response(200, PlanKeyTaskSchema)
def move_unit(asked: dict[str, Any], id: int, part_id: int) -> dict[str, Any]:
    """Give a listed unit another role, or the first place in its role."""
    ctx = context()
    version = asked["version"]
    row = None
    if "role" in asked:
        row = roles.set_role(ctx, id, part_id, asked["role"], expected_version=version)
        version = None  # the first step has changed it
    if row is None or "first" in asked:
        row = roles.put_first(ctx, id, part_id, expected_version=version)
    return entry_json(ctx, id, row.id)


@blueprint.post("/<int:id>/remembered")
@blueprint.arguments(VersionedSchema)
@blueprint.response(200, PlanKeyTasksSchema)
def accept_remembered(asked: dict[str, Any], id: int) -> dict[str, Any]:
    """Match every open name as the office confirmed it the last time; the key tasks that changed."""
    ctx = context()
    return _several(ctx, id, editing.accept_remembered(ctx, id, expected_version=asked["version"]))


@blueprint.post("/<int:id>/leads-responsible")
@blueprint.arguments(VersionedSchema)
@blueprint.response(200, PlanKeyTasksSchema)
def let_leads_answer(asked: dict[str, Any], id: int) -> dict[str, Any]:
    """Where a key task names leads and nobody responsible, make its leads responsible; the key tasks that changed."""
    ctx = context()
    return _several(ctx, id, roles.let_leads_answer(ctx, id, expected_version=asked["version"]))


@blueprint.get("/<int:id>/changes")
@blueprint.response(200, PlanChangesSchema)
def history(id: int) -> dict[str, Any]:
    """What was done to the draft, newest first."""
    ctx = context()
    permissions.find(ctx, Permission.PLAN_READ, Plan, id, lock=False)
    return {"items": [_change(row) for row in changes.history(ctx.session, id, limit=changes.KEPT)]}


@blueprint.post("/<int:id>/undo")
@blueprint.arguments(VersionedSchema)
@blueprint.response(200, PlanChangeSchema)
def undo(asked: dict[str, Any], id: int) -> dict[str, Any]:
    """Take back the newest change; `version` is the plan's."""
    return _change(changes.undo(context(), id, expected_version=asked["version"]))


@blueprint.get("/<int:id>/proposals")
@blueprint.response(200, PlanProposalsSchema)
def list_proposals(id: int) -> dict[str, Any]:
    """What the document says and assigns to nobody."""
    ctx = context()
    return {"items": _proposals(ctx, permissions.find(ctx, Permission.PLAN_READ, Plan, id, lock=False))}


@blueprint.post("/<int:id>/proposals/adopt")
@blueprint.arguments(AdoptSchema)
@blueprint.response(200, PlanKeyTasksSchema)
def adopt(asked: dict[str, Any], id: int) -> dict[str, Any]:
    """Make key tasks of proposals, with their owners; `version` is the plan's."""
    ctx = context()
    ids = proposals.adopt(
        ctx, id, asked["proposals"], responsible=asked["responsible"], lead=asked["lead"],
        expected_version=asked["version"],
    )  # fmt: skip
    return _several(ctx, id, ids)


@blueprint.post("/<int:id>/proposals/set-aside")
@blueprint.arguments(ChosenProposalsSchema)
@blueprint.response(200, PlanProposalsSchema)
def set_aside(asked: dict[str, Any], id: int) -> dict[str, Any]:
    """Make nothing of these proposals."""
    ctx = context()
    proposals.set_aside(ctx, id, asked["proposals"], expected_version=asked["version"])
    return {"items": _proposals(ctx, ctx.session.get_one(Plan, id))}


@blueprint.post("/<int:id>/proposals/reopen")
@blueprint.arguments(ChosenProposalsSchema)
@blueprint.response(200, PlanProposalsSchema)
def reopen(asked: dict[str, Any], id: int) -> dict[str, Any]:
    """Take up again what was set aside."""
    ctx = context()
    proposals.reopen(ctx, id, asked["proposals"], expected_version=asked["version"])
    return {"items": _proposals(ctx, ctx.session.get_one(Plan, id))}


def _several(ctx: Context, id: int, ids: Sequence[int]) -> dict[str, Any]:
    return {"key_tasks": [entry_json(ctx, id, entry_id) for entry_id in ids]}


def _proposals(ctx: Context, plan: Plan) -> Sequence[PlanProposal]:
    return queries.view(ctx, plan, proposing=False).proposals


def _change(row: Any) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in PlanChangeSchema().fields if name != "text"}
    return {**told, "text": plan_changes.line(row)}
