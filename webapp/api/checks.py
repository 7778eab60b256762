"""Checks on site 检查 and the rectification 整改 of what they found."""

from typing import Any

from engine import permissions
from engine.campaigns.models import WorkItem
from engine.deadlines import queries as deadlines
from engine.errors import NotFound
from engine.inspections import checks, queries, rectifications, service
from engine.inspections.models import Rectification, RectificationReport, SiteCheck
from engine.inspections.queries import FindingDetail
from engine.inspections.rules import FindingDraft
from engine.permissions import Permission
from webapp.api import ApiBlueprint, id_after, page_by_id
from webapp.requests import context
from webapp.schemas.cases import PageQuerySchema
from webapp.schemas.inspections import (
    ReasonSchema,
    RecordCheckSchema,
    SubmitRectificationSchema,
    VerifyRectificationSchema,
)
from webapp.schemas.rounds import (
    CheckDetailSchema,
    CheckPageSchema,
    CheckSchema,
    RectificationDetailSchema,
    RectificationReportSchema,
    RectificationSchema,
)
from webapp.told import columns, kept_file

blueprint = ApiBlueprint("checks", "", "Checks on site 检查 and rectifications 整改.")


@blueprint.get("/checks")
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, CheckPageSchema)
def mine(asked: dict[str, Any]) -> dict[str, Any]:
    """What one was drawn for and has not finished, oldest first."""
    rows = queries.my_checks(context(), after=id_after(asked) or 0, limit=asked["limit"])
    return page_by_id(rows, asked)


@blueprint.get("/work-items/<int:id>/checks")
@blueprint.response(200, CheckSchema(many=True))
def of_work_item(id: int) -> Any:
    """All checks of a work item that one may read, oldest first."""
    ctx = context()
    permissions.find(ctx, Permission.WORK_ITEM_READ, WorkItem, id, lock=False)
    return queries.checks_of(ctx, id)


@blueprint.get("/checks/<int:id>")
@blueprint.response(200, CheckDetailSchema)
def show(id: int) -> dict[str, Any]:
    """One check with its findings and what was done about them."""
    ctx = context()
    check = queries.find_check(ctx, id)
    return {
        **columns(check),
        "deadline": deadlines.latest(ctx.session, ("check", id), checks.CHECK_DUE),
        "findings": [_finding(detail) for detail in queries.findings_of(ctx, id)],
    }


@blueprint.post("/checks/<int:id>/record")
@blueprint.arguments(RecordCheckSchema)
@blueprint.response(200, CheckSchema)
def record(given: dict[str, Any], id: int) -> SiteCheck:
    """The inspector records what was found, once; each finding becomes a rectification."""
    return checks.record_check(
        context(), id, visited_on=given["visited_on"], conclusion=given["conclusion"],
        findings=[FindingDraft(**finding) for finding in given["findings"]],
    )  # fmt: skip


@blueprint.post("/checks/<int:id>/redraw")
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, CheckSchema)
def redraw(given: dict[str, Any], id: int) -> SiteCheck:
    """Draw another inspector for a check that is not recorded yet, with a reason."""
    return service.redraw_inspector(context(), id, given["reason"])


@blueprint.get("/rectifications/<int:id>")
@blueprint.response(200, RectificationDetailSchema)
def rectification(id: int) -> dict[str, Any]:
    """One rectification with its finding, the unit's reports and the inspector's verdicts."""
    ctx = context()
    detail = queries.rectification_detail(ctx, id)
    if detail.rectification is None:
        raise NotFound()
    return {
        **columns(detail.rectification),
        "deadline": deadlines.latest(ctx.session, ("rectification", id), rectifications.RECTIFICATION_DUE),
        "finding": detail.finding,
        "reports": _reports(detail),
    }


@blueprint.post("/rectifications/<int:id>/submit")
@blueprint.arguments(SubmitRectificationSchema)
@blueprint.response(201, RectificationReportSchema)
def submit(given: dict[str, Any], id: int) -> RectificationReport:
    """Report what was put right, with staged files as evidence."""
    return rectifications.submit_rectification(
        context(), id, text=given["text"], staged_file_ids=given["files"]
    )


@blueprint.post("/rectifications/<int:id>/verify")
@blueprint.arguments(VerifyRectificationSchema)
@blueprint.response(200, RectificationSchema)
def verify(given: dict[str, Any], id: int) -> Rectification:
    """The inspector has looked again: it is put right, or goes back with reasons."""
    return rectifications.verify_rectification(context(), id, **given)


def _finding(detail: FindingDetail) -> dict[str, Any]:
    return {
        **columns(detail.finding), "rectification": detail.rectification, "reports": _reports(detail),
    }  # fmt: skip


def _reports(detail: FindingDetail) -> list[dict[str, Any]]:
    return [
        {**columns(entry.report), "files": [kept_file(own, file) for own, file in entry.files]}
        for entry in detail.reports
    ]
