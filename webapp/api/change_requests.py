"""Requests to change how an item goes on 变更申请, and the ledger of what is suspended: the same verbs as on the pages."""

from collections.abc import Sequence
from typing import Any

from engine import permissions
from engine.campaigns.models import WorkItem
from engine.change_requests import queries, service
from engine.change_requests.models import ChangeRequest
from engine.permissions import Permission
from webapp import keyset
from webapp.api import ApiBlueprint, id_after
from webapp.requests import context
from webapp.schemas.cases import PageQuerySchema
from webapp.schemas.change_requests import (
    AskChangeSchema,
    ChangeRequestDetailSchema,
    ChangeRequestSchema,
    DecideChangeSchema,
    JudgeChangeSchema,
    ReviseChangeSchema,
    SuspendedPageSchema,
    UndecidedPageSchema,
)
from webapp.told import columns

blueprint = ApiBlueprint(
    "change_requests",
    "",
    "Changes 变更申请: pause, resume, cancel, transfer, suspend, lift; each approved first.",
)


@blueprint.post("/work-items/<int:id>/change-requests")
@blueprint.arguments(AskChangeSchema)
@blueprint.response(201, ChangeRequestSchema)
def ask(given: dict[str, Any], id: int) -> ChangeRequest:
    """The responsible unit asks for a change, or the supervising office proposes one; nothing changes before it is
    approved."""
    return service.ask(context(), id, **given)


@blueprint.get("/work-items/<int:id>/change-requests")
@blueprint.response(200, ChangeRequestSchema(many=True))
def of_work_item(id: int) -> Sequence[ChangeRequest]:
    """All requests about a work item, newest first."""
    ctx = context()
    permissions.find(ctx, Permission.WORK_ITEM_READ, WorkItem, id, lock=False)
    return queries.of_work_item(ctx, id)


@blueprint.get("/change-requests")
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, UndecidedPageSchema)
def undecided(asked: dict[str, Any]) -> dict[str, Any]:
    """Extensions and changes that nobody has decided yet, oldest first."""
    rows = queries.waiting(context(), after=keyset.parse(asked["after"]), limit=asked["limit"])
    told = [
        {
            "subject_type": row.subject_type, "id": row.asked.id, "kind": row.kind, "work_item_id": row.item.id,
            "unit_id": row.unit.id, "state": row.asked.state, "reason": row.asked.reason,
            "applied_at": row.asked.applied_at, "due_on": row.deadline.due_on if row.deadline else None,
        }
        for row in rows
    ]  # fmt: skip
    return {"items": told, "next": next_of(rows, asked["limit"])}


def next_of(rows: Sequence[queries.Waiting], limit: int) -> str | None:
    """The place behind the last of a page of what waits; None at the end."""
    return keyset.place(rows[-1], "applied_at") if len(rows) == limit else None


@blueprint.get("/suspended-items")
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, SuspendedPageSchema)
def ledger(asked: dict[str, Any]) -> dict[str, Any]:
    """挂账台账: what stands still, why, since when, by whose approval, and when it is looked at again."""
    rows = queries.ledger(context(), after=id_after(asked), limit=asked["limit"])
    told = [
        {
            "work_item_id": row.item.id, "unit_id": row.unit.id, "change_request_id": row.request.id,
            "reason": row.request.reason, "suspended_at": row.item.suspended_at,
            "approved_by": row.approved_by, "review_on": row.request.review_on,
        }
        for row in rows
    ]  # fmt: skip
    return {"items": told, "next": str(rows[-1].item.id) if len(rows) == asked["limit"] else None}


@blueprint.get("/change-requests/<int:id>")
@blueprint.response(200, ChangeRequestDetailSchema)
def show(id: int) -> dict[str, Any]:
    """One request with what each step said."""
    detail = queries.request_detail(context(), id)
    return {**columns(detail.request), "opinions": detail.opinions}


@blueprint.post("/change-requests/<int:id>/revise")
@blueprint.arguments(ReviseChangeSchema)
@blueprint.response(200, ChangeRequestSchema)
def revise(given: dict[str, Any], id: int) -> ChangeRequest:
    """Hand in a returned request again."""
    return service.revise(
        context(), id, reason=given["reason"], to_unit_id=given["to_unit_id"], review_on=given["review_on"],
        expected_version=given["version"],
    )  # fmt: skip


@blueprint.post("/change-requests/<int:id>/withdraw")
@blueprint.response(200, ChangeRequestSchema)
def withdraw(id: int) -> ChangeRequest:
    """Who asked takes back what has not been decided."""
    return service.withdraw(context(), id)


@blueprint.post("/change-requests/<int:id>/sign-off")
@blueprint.arguments(JudgeChangeSchema)
@blueprint.response(200, ChangeRequestSchema)
def sign_off(given: dict[str, Any], id: int) -> ChangeRequest:
    """The head of the asking unit agrees, returns or refuses."""
    return service.sign_off(
        context(), id, verdict=given["verdict"], reasons=given["reasons"], expected_version=given["version"]
    )


@blueprint.post("/change-requests/<int:id>/decide")
@blueprint.arguments(DecideChangeSchema)
@blueprint.response(200, ChangeRequestSchema)
def decide(given: dict[str, Any], id: int) -> ChangeRequest:
    """The supervising office agrees, returns or refuses; cancelling, transferring, suspending go on to the leader."""
    return service.decide(
        context(), id, verdict=given["verdict"], reasons=given["reasons"], to_unit_id=given["to_unit_id"],
        expected_version=given["version"],
    )  # fmt: skip


@blueprint.post("/change-requests/<int:id>/approve")
@blueprint.arguments(JudgeChangeSchema)
@blueprint.response(200, ChangeRequestSchema)
def approve(given: dict[str, Any], id: int) -> ChangeRequest:
    """The leader in charge agrees, returns or refuses."""
    return service.approve(
        context(), id, verdict=given["verdict"], reasons=given["reasons"], expected_version=given["version"]
    )
