"""A key task: who leads, who is responsible, its limits, its work items; and the panel 现在 for lead unit and office."""

from typing import Any

from flask import Blueprint, render_template, url_for

from engine import audit, permissions
from engine.campaigns import dispatch, queries, service
from engine.campaigns.models import Campaign, KeyTask, LimitKind
from engine.organisation.queries import units_by_id
from engine.permissions import Permission
from engine.process import inbox
from engine.process.models import UserTask
from engine.urging import queries as urgings
from webapp import history, limit_words, task_forms
from webapp.language import gettext
from webapp.pages import diagrams
from webapp.requests import context
from webapp.subjects import NO_ATTEMPT, Attempt, shows

blueprint = Blueprint("key_tasks", __name__, url_prefix="/key-tasks")


@blueprint.get("/<int:id>")
def show(id: int) -> str:
    return _page(id, NO_ATTEMPT)


@shows("key_task")
def _page_of(user_task: UserTask, attempt: Attempt) -> str:
    return _page(user_task.subject_id, attempt)


def _page(id: int, attempt: Attempt) -> str:
    ctx = context()
    row = queries.key_task_row(ctx, id)
    key_task = row.key_task
    open_tasks = inbox.find_open(ctx.session, ("key_task", id))
    acting = next((task for task in open_tasks if inbox.is_offered(ctx, task)), None)
    kinds = {limit.kind for limit in row.limits}
    subject = ("key_task", id)
    return render_template(
        "key_tasks/show.html",
        key_task=key_task, row=row, campaign=ctx.session.get_one(Campaign, key_task.campaign_id),
        units=units_by_id(ctx.session, {key_task.review_unit_id, key_task.office_unit_id}),
        acting=acting, form=task_forms.form_of(acting) if acting else None, attempt=attempt,
        waiting=[gettext(task.name) for task in open_tasks],
        limits=[limit_words.limit({"kind": one.kind, "basis": one.basis}) for one in row.limits],
        has_final=LimitKind.FINAL in kinds, has_cadence=LimitKind.CADENCE in kinds,
        items=queries.work_items(ctx, key_task_id=id, limit=200),
        may_urge=bool(urgings.candidates(ctx, key_task_id=id, limit=1)),
        dispatching=_dispatching(id), diagram=diagrams.live(ctx, subject),
        history=history.timeline(
            audit.history(ctx.session, service.stream(key_task.campaign_id), subject=subject)
        ),
    )  # fmt: skip


def _dispatching(id: int) -> dict[str, Any] | None:
    """How far the dispatch is; None when it has not begun or is over."""
    item = dispatch.progress_of(context(), id)
    if item is None or item.state == "done":
        return None
    done, total = item.steps or (0, 0)
    return {"done": done, "total": total, "parked": item.state == "parked"}


@blueprint.get("/<int:id>/progress")
def progress(id: int) -> str:
    """The progress line alone, asked again every two seconds until the dispatch is over."""
    permissions.find(context(), Permission.KEY_TASK_READ, KeyTask, id, lock=False)
    return render_template(
        "key_tasks/progress.html", dispatching=_dispatching(id), poll=url_for("key_tasks.progress", id=id)
    )
