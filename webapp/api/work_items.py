"""Work items, their obligations and submissions: the same verbs as on the pages."""

from typing import Any

from werkzeug import Response

from engine import permissions
from engine.campaigns import obligations, queries, work_items
from engine.campaigns.models import Obligation, WorkItem
from engine.evidence import queries as evidence_queries
from engine.evidence import service as evidence
from engine.evidence.models import Submission
from engine.extensions import queries as extension_queries
from engine.permissions import Permission
from engine.reviews import queries as review_queries
from engine.reviews import service as reviews
from engine.reviews.models import Review
from engine.urging import service as urging
from webapp import downloads
from webapp.api import BYTES, ApiBlueprint, id_after, page_by_id
from webapp.language import gettext
from webapp.requests import context
from webapp.schemas import verbs
from webapp.schemas.cases import (
    HistoryPageSchema,
    ObligationSchema,
    PageQuerySchema,
    ReviewSchema,
    SubmissionSchema,
    WorkItemDetailSchema,
    WorkItemPageSchema,
    WorkItemQuerySchema,
    WorkItemSchema,
)
from webapp.told import columns, history_page, kept_file

blueprint = ApiBlueprint("work_items", "", "Work items 工作事项, obligations 应报事项, evidence 佐证材料.")


@blueprint.get("/work-items")
@blueprint.arguments(WorkItemQuerySchema, location="query")
@blueprint.response(200, WorkItemPageSchema)
def index(asked: dict[str, Any]) -> dict[str, Any]:
    """Work items that one may read, oldest first."""
    wanted = {name: asked[name] for name in ("campaign_id", "key_task_id", "unit_id")}
    states = [asked["state"]] if asked["state"] else []
    rows = queries.work_items(context(), **wanted, states=states, after=id_after(asked), limit=asked["limit"])
    return page_by_id([row.item for row in rows], asked)


@blueprint.get("/work-items/<int:id>")
@blueprint.response(200, WorkItemDetailSchema)
def show(id: int) -> dict[str, Any]:
    """One work item with its obligations, what was handed in, the reviews and the deadlines."""
    ctx = context()
    page = queries.work_item_page(ctx, id)
    rounds = evidence_queries.rounds(ctx, id)
    scored = extension_queries.scored(ctx.session, [row.deadline for row in page.obligations])
    reports = [
        {
            **columns(row.obligation), "deadline": row.deadline, "light": row.light,
            "counts_against_on": scored[row.obligation.id].counts_against_on,
            "counts_because": gettext(scored[row.obligation.id].reason),
            "submissions": [
                {**columns(r.submission), "files": [kept_file(own, file) for own, file in r.files]}
                for r in rounds.get(row.obligation.id, [])
            ],
        }
        for row in page.obligations
    ]  # fmt: skip
    return {
        **columns(page.item), "deadlines": page.deadlines, "obligations": reports,
        "reviews": list(review_queries.of_work_item(ctx, id).values()), "plan_files": page.plan_files,
    }  # fmt: skip


@blueprint.get("/work-items/<int:id>/history")
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, HistoryPageSchema)
def read_history(asked: dict[str, Any], id: int) -> dict[str, Any]:
    """What happened to the item and to all that hangs on it, newest first."""
    ctx = context()
    permissions.find(ctx, Permission.WORK_ITEM_READ, WorkItem, id, lock=False)
    return history_page(ctx, work_items.stream(id), asked)


@blueprint.get("/work-items/<int:id>/plan-files/<int:file_id>")
@blueprint.response(200, **BYTES)
def plan_file(id: int, file_id: int) -> Response:
    """The bytes of one file of the implementation plan."""
    row, file = queries.plan_file(context(), id, file_id)
    return downloads.send(file, row.name)


@blueprint.post("/work-items/<int:id>/acknowledge")
@blueprint.response(200, WorkItemSchema)
def acknowledge(id: int) -> WorkItem:
    """签收."""
    return work_items.acknowledge(context(), id)


@blueprint.post("/work-items/<int:id>/file-plan")
@blueprint.arguments(verbs.FilePlanSchema)
@blueprint.response(200, WorkItemSchema)
def file_plan(given: dict[str, Any], id: int) -> WorkItem:
    """报备: file the implementation plan; the obligations open."""
    return work_items.file_plan(context(), id, text=given["text"], staged_file_ids=given["files"])


@blueprint.post("/work-items/<int:id>/urge")
@blueprint.arguments(verbs.UrgeSchema)
@blueprint.response(200, WorkItemSchema)
def urge(given: dict[str, Any], id: int) -> WorkItem:
    """催办; refused while the last urging is too fresh, with who urged and from when one may again."""
    return urging.urge(context(), id, text=given["text"])


@blueprint.post("/work-items/<int:id>/events")
@blueprint.arguments(verbs.RecordEventSchema)
@blueprint.response(201, ObligationSchema)
def record_event(given: dict[str, Any], id: int) -> Obligation:
    """Enter an event which brings about a report of its own, such as a decision made on a day."""
    return obligations.record_event(
        context(), id, limit_id=given["limit_id"], title=given["title"], on=given["on"]
    )


@blueprint.post("/obligations/<int:id>/submit")
@blueprint.arguments(verbs.SubmitSchema)
@blueprint.response(201, SubmissionSchema)
def submit(given: dict[str, Any], id: int) -> Submission:
    """Hand in the next round, with staged files as evidence."""
    return evidence.submit(
        context(), id, text=given["text"], staged_file_ids=given["files"], expected_round=given["round"]
    )


@blueprint.post("/obligations/<int:id>/sign-off")
@blueprint.arguments(verbs.SignOffSchema)
@blueprint.response(200, SubmissionSchema)
def sign_off(given: dict[str, Any], id: int) -> Submission:
    """The head of the unit signs the latest round, or refuses it with reasons."""
    return evidence.sign_off(
        context(), id, signed=given["signed"], reasons=given["reasons"], expected_round=given["round"]
    )


@blueprint.post("/reviews/<int:id>/decide")
@blueprint.arguments(verbs.DecideSchema)
@blueprint.response(200, ReviewSchema)
def decide(given: dict[str, Any], id: int) -> Review:
    """The reviewing unit approves, or returns with reasons."""
    return reviews.decide(context(), id, approved=given["approved"], reasons=given["reasons"])
