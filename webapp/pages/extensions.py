"""延期: the form that asks for a later date, and the page of one application with what each step said."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from engine import audit, permissions
from engine.campaigns.models import WorkItem
from engine.campaigns.work_items import stream
from engine.clock import local_date
from engine.errors import InvalidInput, RuleViolation, TaskNotOpen
from engine.extensions import queries, rules, service
from engine.extensions.models import UNDECIDED, Extension
from engine.organisation.queries import units_by_id
from engine.permissions import Permission
from engine.process import inbox
from engine.process.models import UserTask
from webapp import due_dates, history, task_forms
from webapp.errors import field_errors, status_of
from webapp.language import gettext
from webapp.pages import diagrams
from webapp.requests import context
from webapp.schemas.verbs import AskExtensionSchema
from webapp.subjects import NO_ATTEMPT, Attempt, shows

blueprint = Blueprint("extensions", __name__, url_prefix="/extensions")

#: Which permission each step asks for.
STEPS = {
    "sign_off": Permission.EXTENSION_SIGN_OFF,
    "decide": Permission.EXTENSION_DECIDE,
    "approve": Permission.EXTENSION_APPROVE,
    "revise": Permission.EXTENSION_APPLY,
}


@blueprint.get("/new/<int:obligation_id>")
def new(obligation_id: int) -> str:
    return _form(obligation_id, {}, {})


@blueprint.post("/new/<int:obligation_id>")
def apply(obligation_id: int) -> ResponseReturnValue:
    ctx = context()
    status = 422
    try:
        given = task_forms.read_form(AskExtensionSchema)
        made = service.apply(
            ctx, obligation_id, new_on=given["new_on"], reason=given["reason"], progress=given["progress"]
        )
    except ValidationError as error:
        errors = task_forms.messages(error)
    except (InvalidInput, RuleViolation) as error:
        errors, status = field_errors(error), status_of(error)
    else:
        flash(gettext("延期申请已提交，等待本单位负责人审签。批准之前仍按现行期限计算。"), "success")
        return redirect(url_for("extensions.show", id=made.id), code=303)
    ctx.session.rollback()
    return _form(obligation_id, task_forms.posted(AskExtensionSchema), errors), status


def _form(obligation_id: int, values: dict[str, Any], errors: dict[str, str]) -> str:
    ctx = context()
    asking = queries.asking(ctx, obligation_id)
    return render_template(
        "extensions/new.html", asking=asking, values=values, errors=errors,
        due=due_dates.shown(ctx, asking.deadline), late=ctx.clock.now() >= asking.deadline.due_at,
        open=rules.has_place(
            asking.obligation.state, asking.deadline, granted=asking.granted, limits=asking.limits
        ),
        today=local_date(ctx.clock.now()),
    )  # fmt: skip


@blueprint.get("/<int:id>")
def show(id: int) -> str:
    return _page(id, NO_ATTEMPT)


@shows("extension")
def _page_of(user_task: UserTask, attempt: Attempt) -> str:
    return _page(user_task.subject_id, attempt)


@blueprint.post("/<int:id>/withdraw")
def withdraw(id: int) -> ResponseReturnValue:
    try:
        service.withdraw(context(), id)
    except TaskNotOpen as error:
        context().session.rollback()
        return _page(id, Attempt(errors=field_errors(error))), status_of(error)
    flash(gettext("延期申请已撤回，仍按现行期限办理。"), "success")
    return redirect(url_for("extensions.show", id=id), code=303)


def _page(id: int, attempt: Attempt) -> str:
    ctx = context()
    detail = queries.extension_detail(ctx, id)
    extension = detail.extension
    open_tasks = inbox.find_open(ctx.session, ("extension", id))
    acting = next(
        (task for task in open_tasks if permissions.permits(ctx, STEPS[task.element_id], Extension, id)), None
    )
    undecided = extension.state in UNDECIDED
    entries = audit.history(ctx.session, stream(extension.work_item_id), limit=500)
    return render_template(
        "extensions/show.html",
        detail=detail, extension=extension, item=detail.item, acting=acting, attempt=attempt,
        form=task_forms.form_of(acting) if acting else None, undecided=undecided,
        waiting=units_by_id(ctx.session, {task.unit_id for task in open_tasks}), open_tasks=open_tasks,
        due=due_dates.shown(ctx, detail.deadline) if undecided else None,
        may_withdraw=undecided and permissions.permits(ctx, Permission.EXTENSION_APPLY, Extension, id),
        may_read_item=permissions.permits(ctx, Permission.WORK_ITEM_READ, WorkItem, extension.work_item_id),
        diagram=diagrams.live(ctx, ("extension", id)),
        history=history.timeline(e for e in entries if (e.subject_type, e.subject_id) == ("extension", id)),
    )  # fmt: skip
