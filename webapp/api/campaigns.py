"""Campaigns and their key tasks; the office's and the lead unit's acts on a key task."""

from typing import Any

from engine import permissions
from engine.campaigns import key_tasks, queries
from engine.campaigns.models import Campaign, KeyTask
from engine.permissions import Permission
from webapp.api import ApiBlueprint, id_after, page_by_id
from webapp.requests import context
from webapp.schemas import verbs
from webapp.schemas.cases import CampaignPageSchema, CampaignSchema, KeyTaskSchema, PageQuerySchema

blueprint = ApiBlueprint("campaigns", "", "Campaigns 专项行动 and key tasks 重点任务.")


@blueprint.get("/campaigns")
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, CampaignPageSchema)
def campaigns(asked: dict[str, Any]) -> dict[str, Any]:
    """Campaigns that one may read, newest first."""
    rows = queries.campaigns(context(), after=id_after(asked), limit=asked["limit"])
    return page_by_id(rows, asked)


@blueprint.get("/campaigns/<int:id>")
@blueprint.response(200, CampaignSchema)
def campaign(id: int) -> Campaign:
    return permissions.find(context(), Permission.CAMPAIGN_READ, Campaign, id, lock=False)


@blueprint.get("/campaigns/<int:id>/key-tasks")
@blueprint.response(200, KeyTaskSchema(many=True))
def key_tasks_of(id: int) -> list[KeyTask]:
    """The key tasks of a campaign, by number."""
    ctx = context()
    permissions.find(ctx, Permission.CAMPAIGN_READ, Campaign, id, lock=False)
    return [row.key_task for row in queries.key_tasks(ctx, id)]


@blueprint.get("/key-tasks/<int:id>")
@blueprint.response(200, KeyTaskSchema)
def key_task(id: int) -> KeyTask:
    return permissions.find(context(), Permission.KEY_TASK_READ, KeyTask, id, lock=False)


@blueprint.post("/key-tasks/<int:id>/confirm")
@blueprint.arguments(verbs.ConfirmAssignmentSchema)
@blueprint.response(200, KeyTaskSchema)
def confirm(given: dict[str, Any], id: int) -> KeyTask:
    """The office confirms the assignment; dispatch follows through the queue."""
    return key_tasks.confirm_assignment(
        context(),
        id,
        final_on=given["final_on"],
        progress=given["progress"],
        expected_version=given["version"],
    )


@blueprint.post("/key-tasks/<int:id>/summarise")
@blueprint.arguments(verbs.SummariseSchema)
@blueprint.response(200, KeyTaskSchema)
def summarise(given: dict[str, Any], id: int) -> KeyTask:
    """The lead unit sums up, once all work items are closed."""
    return key_tasks.summarise(context(), id, text=given["text"], expected_version=given["version"])


@blueprint.post("/key-tasks/<int:id>/accept")
@blueprint.arguments(verbs.AcceptSummarySchema)
@blueprint.response(200, KeyTaskSchema)
def accept(given: dict[str, Any], id: int) -> KeyTask:
    """The office accepts the summary or returns it with reasons."""
    return key_tasks.accept_summary(context(), id, accepted=given["accepted"], reasons=given["reasons"])
