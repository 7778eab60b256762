"""Completing a user task with its form: one address for all of them; the verb behind it decides everything."""

from flask import Blueprint, flash, redirect
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from engine.errors import InvalidInput, NotFound, RuleViolation, StaleForm, TaskNotOpen
from engine.process.models import UserTask, UserTaskState
from webapp import matters, task_forms
from webapp.errors import field_errors, status_of
from webapp.language import gettext
from webapp.requests import context
from webapp.subjects import Attempt, page_of, still_staged

blueprint = Blueprint("user_tasks", __name__, url_prefix="/user-tasks")


@blueprint.post("/<int:id>")
def complete(id: int) -> ResponseReturnValue:
    """Hand the form to its verb. Refused: the same page with the sentence beside the field, and what was typed."""
    ctx = context()
    user_task = ctx.session.get(UserTask, id)
    if user_task is None:
        raise NotFound()
    form = task_forms.form_of(user_task)
    status = 422
    try:
        given = task_forms.read_form(form.schema)
        if user_task.state != UserTaskState.OPEN:
            raise TaskNotOpen()
        form.act(ctx, user_task.subject_id, given)
    except ValidationError as error:
        errors = task_forms.messages(error)
    except (InvalidInput, RuleViolation, TaskNotOpen, StaleForm) as error:
        errors, status = field_errors(error), status_of(error)
    else:
        flash(gettext(form.done), "success")
        return redirect(matters.after_completing(user_task), code=303)
    ctx.session.rollback()
    values = task_forms.posted(form.schema)
    attempt = Attempt(id, values, errors, still_staged(ctx, values.get("files", ())))
    return page_of(user_task, attempt), status
