"""变更: what may be asked for about an item, one request with what each step said, what waits, and the ledger 挂账台账."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from engine import audit, permissions
from engine.campaigns.models import WorkItem
from engine.campaigns.work_items import stream
from engine.change_requests import checks, queries, service
from engine.change_requests.models import UNDECIDED, ChangeRequest, RequestKind, RequestState
from engine.context import Role
from engine.errors import InvalidInput, RuleViolation, TaskNotOpen
from engine.organisation.models import Unit
from engine.organisation.queries import units_by_id
from engine.permissions import Permission
from engine.process import inbox
from engine.process.models import UserTask
from engine.texts import N_
from webapp import due_dates, history, keyset, task_forms
from webapp.errors import field_errors, status_of
from webapp.language import gettext, stored
from webapp.navigation import navigation
from webapp.pages import diagrams
from webapp.requests import context
from webapp.schemas.change_requests import AskChangeSchema
from webapp.subjects import NO_ATTEMPT, Attempt, shows

blueprint = Blueprint("change_requests", __name__, url_prefix="/change-requests")

navigation.add(
    "change_requests.index",
    N_("延期和变更"),
    order=35,
    roles={Role.OFFICER, Role.LEADER, Role.HEAD, Role.REPORTER},
)

#: Which permission each step asks for.
STEPS = {
    "sign_off": Permission.CHANGE_REQUEST_SIGN_OFF,
    "decide": Permission.CHANGE_REQUEST_DECIDE,
    "approve": Permission.CHANGE_REQUEST_APPROVE,
    "revise": Permission.CHANGE_REQUEST_ASK,
    "revise_proposal": Permission.CHANGE_REQUEST_ASK,
}

#: What each kind is for, where one chooses.
PURPOSES = {
    RequestKind.PAUSE: N_("因外部原因一时不能办理，一个应报事项的期限停止计算；恢复后按剩余工作日接着计算。"),
    RequestKind.RESUME: N_("原因消除，期限按剩余工作日接着计算。"),
    RequestKind.CANCEL: N_("职责划转、任务合并等，不再需要办理；已经办结的内容不受影响。"),
    RequestKind.TRANSFER: N_("分工有误，应当由其他单位办理；原有经过予以保留，由新单位重新签收。"),
    RequestKind.SUSPEND: N_(
        "目前不具备办理条件，整个事项停止计时并列入台账，到期复核；已经逾期的，逾期记录不变。"
    ),
    RequestKind.LIFT: N_("具备办理条件，各项期限按剩余工作日接着计算。"),
}


@blueprint.get("")
def index() -> str:
    """What nobody has decided yet, of extensions and of changes."""
    rows = queries.waiting(context(), after=keyset.after(), limit=keyset.PAGE)
    return render_template(
        "change_requests/index.html", rows=rows, next=keyset.next_page(rows, "applied_at"),
        due={(row.subject_type, row.asked.id): due_dates.shown(context(), row.deadline) for row in rows},
    )  # fmt: skip


@blueprint.get("/ledger")
def ledger() -> str:
    rows = queries.ledger(context(), after=keyset.number(request.args.get("after")), limit=keyset.PAGE)
    more = url_for("change_requests.ledger", after=rows[-1].item.id) if len(rows) == keyset.PAGE else None
    return render_template("change_requests/ledger.html", rows=rows, next=more)


@blueprint.get("/new/<int:work_item_id>")
def new(work_item_id: int) -> str:
    return _form(work_item_id, request.args.to_dict(), {})


@blueprint.post("/new/<int:work_item_id>")
def ask(work_item_id: int) -> ResponseReturnValue:
    ctx, status = context(), 422
    try:
        made = service.ask(ctx, work_item_id, **task_forms.read_form(AskChangeSchema))
    except ValidationError as error:
        errors = task_forms.messages(error)
    except (InvalidInput, RuleViolation) as error:
        errors, status = field_errors(error), status_of(error)
    else:
        flash(gettext("申请已提交。批准之前一切照常，各项期限照常计算。"), "success")
        return redirect(url_for("change_requests.show", id=made.id), code=303)
    ctx.session.rollback()
    return _form(work_item_id, task_forms.posted(AskChangeSchema), errors), status


def _form(work_item_id: int, values: dict[str, Any], errors: dict[str, str]) -> str:
    ctx = context()
    asking = queries.asking(ctx, work_item_id)
    kind = next((one for one in RequestKind if one == values.get("kind")), None)
    return render_template(
        "change_requests/new.html", asking=asking, item=asking.item, kind=kind, values=values, errors=errors,
        purposes=PURPOSES, units=_named(asking.units), reports=_reports(asking, kind),
    )  # fmt: skip


def _named(units: Sequence[Unit]) -> list[tuple[int, str]]:
    """Choices of a list."""
    return [(unit.id, unit.name) for unit in units]


def _reports(asking: queries.Asking, kind: RequestKind | None) -> list[tuple[int, str]]:
    chosen = asking.to_resume if kind is RequestKind.RESUME else asking.to_pause
    return [(report.id, stored(report.title)) for report in chosen]


@blueprint.get("/<int:id>")
def show(id: int) -> str:
    return _page(id, NO_ATTEMPT)


@shows("change_request")
def _page_of(user_task: UserTask, attempt: Attempt) -> str:
    return _page(user_task.subject_id, attempt)


@blueprint.post("/<int:id>/withdraw")
def withdraw(id: int) -> ResponseReturnValue:
    try:
        service.withdraw(context(), id)
    except TaskNotOpen as error:
        context().session.rollback()
        return _page(id, Attempt(errors=field_errors(error))), status_of(error)
    flash(gettext("申请已撤回，一切照常。"), "success")
    return redirect(url_for("change_requests.show", id=id), code=303)


def _page(id: int, attempt: Attempt) -> str:
    ctx = context()
    detail = queries.request_detail(ctx, id)
    asked = detail.request
    open_tasks = inbox.find_open(ctx.session, ("change_request", id))
    acting = next(
        (
            task
            for task in open_tasks
            if permissions.permits(ctx, STEPS[task.element_id], ChangeRequest, id)
            and (asked.state != RequestState.RETURNED or checks.is_askers(ctx, asked, detail.item))
        ),
        None,
    )
    undecided = asked.state in UNDECIDED
    choosing = asked.kind == RequestKind.TRANSFER and acting is not None and acting.element_id != "sign_off"
    entries = audit.history(ctx.session, stream(asked.work_item_id), limit=500)
    may_read = permissions.permits(ctx, Permission.WORK_ITEM_READ, WorkItem, asked.work_item_id)
    new_id = asked.new_work_item_id
    return render_template(
        "change_requests/show.html",
        detail=detail, asked=asked, item=detail.item, acting=acting, attempt=attempt, undecided=undecided,
        form=task_forms.form_of(acting) if acting else None,
        units=_named(queries.targets(ctx, asked)) if choosing else [],
        waiting=units_by_id(ctx.session, {task.unit_id for task in open_tasks}), open_tasks=open_tasks,
        due=due_dates.shown(ctx, detail.deadline) if undecided else None, purpose=PURPOSES[RequestKind(asked.kind)],
        may_withdraw=undecided and checks.is_askers(ctx, asked, detail.item), may_read_item=may_read,
        may_read_new=new_id is not None and permissions.permits(ctx, Permission.WORK_ITEM_READ, WorkItem, new_id),
        diagram=diagrams.live(ctx, ("change_request", id)),
        history=history.timeline(
            e for e in entries if (e.subject_type, e.subject_id) == ("change_request", id)
        ),
    )  # fmt: skip
