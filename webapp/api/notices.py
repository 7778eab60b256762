"""Notices 督办单: the same verbs as on the pages."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from werkzeug import Response

from engine import permissions
from engine.campaigns.models import WorkItem
from engine.notices import queries, service
from engine.notices.models import Notice, NoticeReply
from engine.notices.queries import Filter
from engine.permissions import Permission
from webapp import downloads
from webapp.api import BYTES, ApiBlueprint, id_after, page_by_id
from webapp.requests import context
from webapp.schemas import notices as schemas
from webapp.schemas.cases import page_of
from webapp.told import columns

blueprint = ApiBlueprint(
    "notices", "", "Notices 督办单: drawn up, approved, numbered and issued, answered, verified."
)


def _filter(asked: dict[str, Any]) -> Filter:
    return Filter(**{name: value for name, value in asked.items() if name not in ("after", "limit")})


@blueprint.get("/notices")
@blueprint.arguments(schemas.NoticeQuerySchema, location="query")
@blueprint.response(200, page_of(schemas.NoticeSchema))
def index(asked: dict[str, Any]) -> dict[str, Any]:
    """The register: sheets that one may read, newest first."""
    rows = queries.register(context(), _filter(asked), after=id_after(asked), limit=asked["limit"])
    return page_by_id([row.notice for row in rows], asked)


@blueprint.get("/notices/counts")
@blueprint.arguments(schemas.NoticeFilterSchema, location="query")
@blueprint.response(200, schemas.NoticeCountSchema(many=True))
def counts(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """How many sheets went out, by unit and grade, in a period: the days are those of the issue."""
    return [
        {"unit_id": row.unit.id, "unit_name": row.unit.name, "total": row.total, "by_grade": row.by_grade}
        for row in queries.counts(context(), _filter(asked))
    ]


@blueprint.get("/work-items/<int:id>/notices")
@blueprint.response(200, schemas.NoticeSchema(many=True))
def of_work_item(id: int) -> Sequence[Notice]:
    """The sheets about a work item and its reports, newest first."""
    ctx = context()
    permissions.find(ctx, Permission.WORK_ITEM_READ, WorkItem, id, lock=False)
    return queries.of_work_item(ctx, id)


@blueprint.post("/work-items/<int:id>/notices")
@blueprint.arguments(schemas.DraftNoticeSchema)
@blueprint.response(201, schemas.NoticeSchema)
def draft(given: dict[str, Any], id: int) -> Notice:
    """Draw up a sheet. What it says is filled in from the facts of the matter where it is left out."""
    ctx = context()
    about, grade = given.pop("obligation_id"), given.pop("grade")
    reason = given.pop("start_reason")
    begun = queries.beginning(ctx, id, about, grade)
    written = {name: value for name, value in given.items() if value is not None}
    return service.draft(
        ctx,
        id,
        grade=grade,
        obligation_id=about,
        content=replace(begun.content, **written),
        start_reason=reason,
    )


@blueprint.get("/notices/<int:id>")
@blueprint.response(200, schemas.NoticeDetailSchema)
def show(id: int) -> dict[str, Any]:
    """One sheet with its replies and archived papers."""
    detail = queries.notice_detail(context(), id)
    papers = [
        {**columns(paper), "size": file.size, "sha256": file.sha256, "sm3": file.sm3}
        for paper, file in detail.papers
    ]
    return {**columns(detail.notice), "replies": detail.replies, "papers": papers}


@blueprint.get("/notices/<int:id>/paper.docx")
@blueprint.response(200, **BYTES)
def word_paper(id: int) -> Response:
    """The archived Word document, byte for byte as its digest says."""
    own, file = queries.paper(context(), id, "docx")
    return downloads.send(file, own.name)


@blueprint.get("/notices/<int:id>/paper.pdf")
@blueprint.response(200, **BYTES)
def pdf_paper(id: int) -> Response:
    """The archived PDF, byte for byte as its digest says."""
    own, file = queries.paper(context(), id, "pdf")
    return downloads.send(file, own.name)


@blueprint.put("/notices/<int:id>")
@blueprint.arguments(schemas.EditNoticeSchema)
@blueprint.response(200, schemas.NoticeSchema)
def edit(given: dict[str, Any], id: int) -> Notice:
    """Change what a draft says."""
    return service.edit(context(), id, content=schemas.content_of(given), expected_version=given["version"])


@blueprint.post("/notices/<int:id>/submit")
@blueprint.arguments(schemas.SubmitNoticeSchema)
@blueprint.response(200, schemas.NoticeSchema)
def submit(given: dict[str, Any], id: int) -> Notice:
    """Send a draft, as it is handed in here, to the one who issues it."""
    return service.submit(context(), id, content=schemas.content_of(given), expected_version=given["version"])


@blueprint.post("/notices/<int:id>/approve")
@blueprint.arguments(schemas.ApproveNoticeSchema)
@blueprint.response(200, schemas.NoticeSchema)
def approve(given: dict[str, Any], id: int) -> Notice:
    """签发: issue it with its number, or send it back to the office."""
    return service.approve(
        context(), id, agreed=given["agreed"], reasons=given["reasons"], expected_version=given["version"]
    )


@blueprint.post("/notices/<int:id>/receipt")
@blueprint.response(200, schemas.NoticeSchema)
def confirm_receipt(id: int) -> Notice:
    """签收: the unit confirms that the sheet has arrived."""
    return service.confirm_receipt(context(), id)


@blueprint.post("/notices/<int:id>/reply")
@blueprint.arguments(schemas.ReplyNoticeSchema)
@blueprint.response(201, schemas.NoticeReplySchema)
def reply(given: dict[str, Any], id: int) -> NoticeReply:
    """反馈: the unit answers."""
    return service.reply(context(), id, text=given["text"])


@blueprint.post("/notices/<int:id>/verify")
@blueprint.arguments(schemas.VerifyNoticeSchema)
@blueprint.response(200, schemas.NoticeSchema)
def verify(given: dict[str, Any], id: int) -> Notice:
    """核查: the office is satisfied, or has the unit answer again."""
    return service.verify(context(), id, satisfied=given["satisfied"], reasons=given["reasons"])


@blueprint.post("/notices/<int:id>/cancel")
@blueprint.arguments(schemas.CancelNoticeSchema)
@blueprint.response(200, schemas.NoticeSchema)
def cancel(given: dict[str, Any], id: int) -> Notice:
    """作废, with a reason. A number once given stays in the register."""
    return service.cancel(context(), id, reason=given["reason"])
