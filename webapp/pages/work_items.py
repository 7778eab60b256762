"""The work item's page: the duty, what was handed in, what happened; and the panel 现在 with the one form to act."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug import Response

from engine import permissions
from engine.campaigns import queries, work_items
from engine.campaigns.models import WorkItem
from engine.change_requests import queries as change_requests
from engine.context import Context
from engine.errors import InvalidInput, RuleViolation
from engine.evidence import queries as evidence
from engine.extensions import queries as extensions
from engine.inspections import queries as inspections
from engine.notices import queries as notices
from engine.organisation.queries import units_by_id
from engine.permissions import Permission
from engine.process import inbox
from engine.process.models import UserTask, UserTaskState
from engine.reviews import queries as reviews
from engine.urging import queries as urgings
from engine.urging import service as urging
from webapp import downloads, due_dates, history, keyset, task_forms
from webapp.errors import field_errors
from webapp.language import gettext
from webapp.pages import diagrams
from webapp.requests import context
from webapp.subjects import NO_ATTEMPT, Attempt, shows

blueprint = Blueprint("work_items", __name__, url_prefix="/work-items")


@blueprint.get("/<int:id>")
def show(id: int) -> str:
    return _page(id, replace(NO_ATTEMPT, user_task_id=keyset.number(request.args.get("step"))))


@shows("work_item", "obligation")
def _page_of(user_task: UserTask, attempt: Attempt) -> str:
    return _page(user_task.work_item_id or 0, attempt)


def _page(id: int, attempt: Attempt) -> str:
    ctx = context()
    page = queries.work_item_page(ctx, id)
    open_tasks = ctx.session.scalars(
        select(UserTask)
        .where(UserTask.work_item_id == id, UserTask.state == UserTaskState.OPEN)
        .order_by(UserTask.due_key, UserTask.id)
    ).all()
    mine = [
        task
        for task in open_tasks
        if inbox.is_offered(ctx, task) and task.subject_type in ("work_item", "obligation")
    ]
    acting = next((task for task in mine if task.id == attempt.user_task_id), mine[0] if mine else None)
    obligation = None
    if acting is not None and acting.subject_type == "obligation":
        obligation = next(r for r in page.obligations if r.obligation.id == acting.subject_id)
    names = {("obligation", r.obligation.id): r.obligation.title for r in page.obligations}
    shown = obligation.obligation if obligation else _latest_in_work(page)
    owed = [(row.obligation, row.deadline) for row in page.obligations]
    can_extend = extensions.can_apply(ctx, id, owed)
    return render_template(
        "work_items/show.html",
        page=page, item=page.item, mine=mine, acting=acting, attempt=attempt,
        obligation=obligation.obligation if obligation else None,
        form=task_forms.form_of(acting) if acting else None,
        due=_due(ctx, page, acting), waiting=_waiting(ctx, open_tasks),
        rounds=evidence.rounds(ctx, id), reviews=reviews.of_work_item(ctx, id),
        extensions=extensions.of_work_item(ctx, id),
        can_extend=can_extend, scored=extensions.scored(ctx.session, [d for _, d in owed]),
        changes=change_requests.of_work_item(ctx, id), origin=change_requests.origin(ctx, id),
        suspension=change_requests.suspension(ctx, id) if page.item.suspended_at else None,
        notices=notices.of_work_item(ctx, id), may_notice=_may(ctx, page, Permission.NOTICE_DRAFT),
        checks=inspections.checks_of(ctx, id), names=names,
        history=history.timeline(notices.readable_history(ctx, page.history), names),
        diagram=diagrams.live(ctx, ("work_item", id)),
        part_diagram=diagrams.live(ctx, ("obligation", shown.id)) if shown else None, part=shown,
        urgings=urgings.urgings(ctx, work_item_id=id, limit=20), to_urge=urgings.may_urge_now(ctx, page.item),
        may_record=_may_record(ctx, page),
        may_change=page.item.closed_at is None
        and permissions.permits(ctx, Permission.CHANGE_REQUEST_ASK, WorkItem, id),
    )  # fmt: skip


def _may(ctx: Context, page: queries.WorkItemPage, permission: Permission) -> bool:
    working = page.item.state in work_items.WORKING
    return working and permissions.permits(ctx, permission, WorkItem, page.item.id)


def _may_record(ctx: Context, page: queries.WorkItemPage) -> bool:
    """Whether records with limits of their own can be entered; asked first what costs nothing."""
    return (
        queries.takes_records(page.item)
        and _may(ctx, page, Permission.WORK_ITEM_RECORD_EVENT)
        and bool(queries.event_limits(ctx, page.item))
    )


def _latest_in_work(page: queries.WorkItemPage) -> Any:
    """The obligation whose diagram is worth a look: the first one still owed."""
    return next((r.obligation for r in page.obligations if r.obligation.accepted_at is None), None)


def _due(ctx: Context, page: queries.WorkItemPage, acting: UserTask | None) -> dict[str, Any] | None:
    """The date for the panel: of the form that is shown, else of what the unit owes next."""
    found = [*page.deadlines, *(r.deadline for r in page.obligations)]
    found += [r.review_deadline for r in page.obligations if r.review_deadline]
    live = [d for d in found if d.is_live and d.kind != work_items.SAMPLING]
    if acting is not None:
        own = (acting.subject_type, acting.subject_id, acting.deadline_kind)
        live = [d for d in live if (d.subject_type, d.subject_id, d.kind) == own]
    return due_dates.shown(ctx, min(live, key=lambda d: d.due_at, default=None))


def _waiting(ctx: Context, open_tasks: Sequence[UserTask]) -> list[str]:
    """Who has to act now, in words: 市司法局：审核."""
    units = units_by_id(ctx.session, {task.unit_id for task in open_tasks})
    said = [
        (units[task.unit_id].short_name, gettext(task.name)) for task in open_tasks if task.unit_id in units
    ]
    return [f"{unit}：{name}" for unit, name in dict.fromkeys(said)]


@blueprint.post("/<int:id>/urge")
def urge(id: int) -> ResponseReturnValue:
    try:
        urging.urge(context(), id, text=request.form.get("words", ""))
    except (RuleViolation, InvalidInput) as error:
        return _refused(id, error)
    flash(gettext("已催办，责任单位将收到消息。"), "success")
    return redirect(url_for("work_items.show", id=id), code=303)


def _refused(id: int, error: RuleViolation | InvalidInput) -> ResponseReturnValue:
    context().session.rollback()
    return _page(id, Attempt(values=dict(request.form), errors=field_errors(error))), 422


@blueprint.get("/files/<int:id>")
def evidence_file(id: int) -> Response:
    """One file of a submission, decided by the submission's row."""
    row, file = evidence.evidence_file(context(), id)
    return downloads.send(file, row.name)


@blueprint.get("/<int:id>/plan-files/<int:file_id>")
def plan_file(id: int, file_id: int) -> Response:
    """One file of the implementation plan."""
    row, file = queries.plan_file(context(), id, file_id)
    return downloads.send(file, row.name)
