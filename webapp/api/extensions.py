"""Applications for a later date 延期申请: the same verbs as on the pages."""

from collections.abc import Sequence
from typing import Any

from engine import permissions
from engine.campaigns.models import WorkItem
from engine.extensions import queries, service
from engine.extensions.models import Extension
from engine.permissions import Permission
from webapp.api import ApiBlueprint
from webapp.requests import context
from webapp.schemas import verbs
from webapp.schemas.cases import ExtensionDetailSchema, ExtensionSchema
from webapp.told import columns

blueprint = ApiBlueprint("extensions", "", "Extensions 延期: applied for, signed, decided, approved.")


@blueprint.post("/obligations/<int:id>/extensions")
@blueprint.arguments(verbs.AskExtensionSchema)
@blueprint.response(201, ExtensionSchema)
def apply(given: dict[str, Any], id: int) -> Extension:
    """The responsible unit asks for a later date; after the limit it is taken in, but counts as overdue."""
    return service.apply(
        context(), id, new_on=given["new_on"], reason=given["reason"], progress=given["progress"]
    )


@blueprint.get("/work-items/<int:id>/extensions")
@blueprint.response(200, ExtensionSchema(many=True))
def of_work_item(id: int) -> Sequence[Extension]:
    """All applications about reports of a work item, oldest first."""
    ctx = context()
    permissions.find(ctx, Permission.WORK_ITEM_READ, WorkItem, id, lock=False)
    found = queries.of_work_item(ctx, id)
    return sorted((one for rows in found.values() for one in rows), key=lambda one: one.id)


@blueprint.get("/extensions/<int:id>")
@blueprint.response(200, ExtensionDetailSchema)
def show(id: int) -> dict[str, Any]:
    """One application with what each step said."""
    detail = queries.extension_detail(context(), id)
    return {**columns(detail.extension), "opinions": detail.opinions}


@blueprint.post("/extensions/<int:id>/revise")
@blueprint.arguments(verbs.ReviseExtensionSchema)
@blueprint.response(200, ExtensionSchema)
def revise(given: dict[str, Any], id: int) -> Extension:
    """Hand in a returned application again."""
    return service.revise(
        context(),
        id,
        new_on=given["new_on"],
        reason=given["reason"],
        progress=given["progress"],
        expected_version=given["version"],
    )


@blueprint.post("/extensions/<int:id>/withdraw")
@blueprint.response(200, ExtensionSchema)
def withdraw(id: int) -> Extension:
    """The unit takes back what has not been decided."""
    return service.withdraw(context(), id)


@blueprint.post("/extensions/<int:id>/sign-off")
@blueprint.arguments(verbs.JudgeExtensionSchema)
@blueprint.response(200, ExtensionSchema)
def sign_off(given: dict[str, Any], id: int) -> Extension:
    """The head of the unit agrees, returns or refuses."""
    return service.sign_off(
        context(), id, verdict=given["verdict"], reasons=given["reasons"], expected_version=given["version"]
    )


@blueprint.post("/extensions/<int:id>/decide")
@blueprint.arguments(verbs.JudgeExtensionSchema)
@blueprint.response(200, ExtensionSchema)
def decide(given: dict[str, Any], id: int) -> Extension:
    """The supervising office agrees, returns or refuses; a large or second extension goes on to the leader."""
    return service.decide(
        context(), id, verdict=given["verdict"], reasons=given["reasons"], expected_version=given["version"]
    )


@blueprint.post("/extensions/<int:id>/approve")
@blueprint.arguments(verbs.JudgeExtensionSchema)
@blueprint.response(200, ExtensionSchema)
def approve(given: dict[str, Any], id: int) -> Extension:
    """The leader in charge agrees, returns or refuses."""
    return service.approve(
        context(), id, verdict=given["verdict"], reasons=given["reasons"], expected_version=given["version"]
    )
