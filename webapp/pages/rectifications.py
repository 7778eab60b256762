"""A rectification: the finding, the responsible unit's reports, and the inspector's verdict on each."""

from flask import Blueprint, render_template
from werkzeug import Response

from engine import audit, permissions
from engine.campaigns.models import WorkItem
from engine.campaigns.work_items import stream
from engine.clock import local_date
from engine.deadlines import queries as deadlines
from engine.errors import NotFound
from engine.inspections import queries, rectifications
from engine.inspections.models import Rectification, RectificationState, SiteCheck
from engine.permissions import Permission
from engine.process import inbox
from engine.process.models import UserTask
from webapp import downloads, due_dates, history, task_forms
from webapp.pages import diagrams
from webapp.requests import context
from webapp.subjects import NO_ATTEMPT, Attempt, shows

blueprint = Blueprint("rectifications", __name__, url_prefix="/rectifications")

#: Which permission each step asks for.
STEPS = {"rectify": Permission.RECTIFICATION_SUBMIT, "reinspect": Permission.RECTIFICATION_VERIFY}


@blueprint.get("/<int:id>")
def show(id: int) -> str:
    return _page(id, NO_ATTEMPT)


@shows("rectification")
def _page_of(user_task: UserTask, attempt: Attempt) -> str:
    return _page(user_task.subject_id, attempt)


@blueprint.get("/files/<int:id>")
def file(id: int) -> Response:
    """One file of a report, decided by the report's row."""
    row, kept = queries.rectification_file(context(), id)
    return downloads.send(kept, row.name)


def _page(id: int, attempt: Attempt) -> str:
    ctx = context()
    detail = queries.rectification_detail(ctx, id)
    row = detail.rectification
    if row is None:
        raise NotFound()
    open_tasks = inbox.find_open(ctx.session, ("rectification", id))
    acting = next(
        (task for task in open_tasks if permissions.permits(ctx, STEPS[task.element_id], Rectification, id)),
        None,
    )
    deadline = deadlines.latest(ctx.session, ("rectification", id), rectifications.RECTIFICATION_DUE)
    entries = audit.history(ctx.session, stream(row.work_item_id), limit=500)
    return render_template(
        "rectifications/show.html",
        detail=detail, rectification=row, check=ctx.session.get_one(SiteCheck, row.check_id),
        item=ctx.session.get_one(WorkItem, row.work_item_id), today=local_date(ctx.clock.now()),
        may_read_check=permissions.permits(ctx, Permission.CHECK_READ, SiteCheck, row.check_id),
        may_read_item=permissions.permits(ctx, Permission.WORK_ITEM_READ, WorkItem, row.work_item_id),
        acting=acting, form=task_forms.form_of(acting) if acting else None, attempt=attempt,
        due=due_dates.shown(ctx, deadline) if row.state == RectificationState.OPEN else None,
        diagram=diagrams.live(ctx, ("rectification", id)),
        history=history.timeline(e for e in entries if (e.subject_type, e.subject_id) == ("rectification", id)),
    )  # fmt: skip
