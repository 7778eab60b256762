"""登记: a unit enters a record, such as a decision made on a day, that has a limit of its own."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from engine import permissions
from engine.campaigns import obligations, queries
from engine.campaigns.models import WorkItem
from engine.clock import local_date
from engine.errors import InvalidInput, TaskNotOpen
from engine.permissions import Permission
from engine.texts import N_
from webapp import limit_words, task_forms
from webapp.errors import field_errors, status_of
from webapp.language import translate
from webapp.requests import context
from webapp.schemas.verbs import RecordEventSchema

blueprint = Blueprint("records", __name__, url_prefix="/work-items/<int:id>/records")


@blueprint.get("/new")
def new(id: int) -> str:
    return _form(id, {}, {})


@blueprint.post("/new")
def record(id: int) -> ResponseReturnValue:
    ctx = context()
    status = 422
    try:
        given = task_forms.read_form(RecordEventSchema)
        made = obligations.record_event(
            ctx, id, limit_id=given["limit_id"], title=given["title"], on=given["on"]
        )
    except ValidationError as error:
        errors = task_forms.messages(error)
    except (InvalidInput, TaskNotOpen) as error:
        errors, status = field_errors(error), status_of(error)
    else:
        flash(translate(N_("已登记“{title}”，列入应报事项。"), title=made.title), "success")
        return redirect(url_for("work_items.show", id=id, _anchor=f"obligation-{made.id}"), code=303)
    ctx.session.rollback()
    return _form(id, task_forms.posted(RecordEventSchema), errors), status


def _form(id: int, values: dict[str, Any], errors: dict[str, str]) -> str:
    ctx = context()
    item = permissions.find(ctx, Permission.WORK_ITEM_RECORD_EVENT, WorkItem, id, lock=False)
    limits = queries.event_limits(ctx, item)
    named = [(one.id, limit_words.of_basis(one.basis)) for one in limits]
    if len(named) == 1 and not values:
        values = {"limit_id": named[0][0]}
    return render_template(
        "records/new.html", item=item, limits=named, values=values, errors=errors,
        open=queries.takes_records(item) and bool(limits), today=local_date(ctx.clock.now()),
    )  # fmt: skip
