"""Campaigns and their key tasks; the office's and the lead unit's acts on a key task."""

from typing import Any

from engine import permissions
from engine.campaigns import dispatch, key_tasks, queries
from engine.campaigns.models import Campaign, KeyTask
from engine.campaigns.service import stream
from engine.errors import NotFound
from engine.permissions import Permission
from webapp.api import ApiBlueprint, id_after, page_by_id
from webapp.requests import context
from webapp.schemas import verbs
from webapp.schemas.cases import (
    CampaignPageSchema,
    CampaignSchema,
    HistoryPageSchema,
    KeyTaskDetailSchema,
    KeyTaskSchema,
    MatrixSchema,
    PageQuerySchema,
    ProgressSchema,
)
from webapp.told import columns, history_page, progress

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


@blueprint.get("/campaigns/<int:id>/matrix")
@blueprint.response(200, MatrixSchema)
def matrix(id: int) -> dict[str, Any]:
    """Key tasks against responsible units: what is owed next, with its light, and how many reports are in."""
    found = queries.matrix(context(), id)
    rows = [
        {
            "key_task_id": row.key_task.id, "number": row.key_task.number, "title": row.key_task.title,
            "cells": [
                {
                    "unit_id": unit.id, "work_item_id": cell.work_item_id, "number": cell.number,
                    "state": cell.state, "light": cell.colour, "due_on": cell.owed.due_on if cell.owed else None,
                    "provisional": bool(cell.owed and cell.owed.provisional),
                    "accepted": cell.accepted, "total": cell.total, "overdue": cell.overdue,
                }
                for unit in found.units
                if (cell := row.cells.get(unit.id))
            ],
        }
        for row in found.rows
    ]  # fmt: skip
    return {"campaign": found.campaign, "rows": rows}


@blueprint.get("/key-tasks/<int:id>")
@blueprint.response(200, KeyTaskDetailSchema)
def key_task(id: int) -> dict[str, Any]:
    """One key task with its units, its limits, and its work items counted."""
    row = queries.key_task_row(context(), id)
    parts = [{"unit_id": unit.id, "role": role} for role, units in row.units.items() for unit in units]
    return {**columns(row.key_task), "units": parts, "limits": row.limits, "work_items": row.items}


@blueprint.get("/key-tasks/<int:id>/dispatch")
@blueprint.response(200, ProgressSchema)
def dispatch_progress(id: int) -> dict[str, Any]:
    """How far the dispatch to the responsible units has come; 404 before the assignment is confirmed."""
    ctx = context()
    permissions.find(ctx, Permission.KEY_TASK_READ, KeyTask, id, lock=False)
    item = dispatch.progress_of(ctx, id)
    if item is None:
        raise NotFound()
    return progress(item)


@blueprint.get("/key-tasks/<int:id>/history")
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, HistoryPageSchema)
def read_history(asked: dict[str, Any], id: int) -> dict[str, Any]:
    """What happened to the key task, newest first."""
    ctx = context()
    found = permissions.find(ctx, Permission.KEY_TASK_READ, KeyTask, id, lock=False)
    return history_page(ctx, stream(found.campaign_id), asked, subject=("key_task", id))


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
