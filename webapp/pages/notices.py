"""督办单: the register with its filters and export, the form of a new sheet, and the page of one with its papers."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError
from werkzeug import Response

from engine import audit, permissions
from engine.campaigns.models import WorkItem
from engine.campaigns.work_items import stream
from engine.clock import local_date
from engine.context import Context, Role
from engine.errors import InvalidInput, RuleViolation, StaleForm, TaskNotOpen
from engine.notices import drafting, queries, rules, service
from engine.notices.models import OPEN, UNISSUED, Notice, NoticeGrade, NoticeState
from engine.notices.queries import Filter
from engine.organisation.models import Unit
from engine.organisation.queries import units_by_id
from engine.permissions import Permission
from engine.process import inbox
from engine.process.models import UserTask
from engine.texts import N_
from webapp import downloads, due_dates, history, notice_register, task_forms
from webapp.errors import field_errors, status_of
from webapp.keyset import PAGE, number
from webapp.language import gettext
from webapp.navigation import navigation
from webapp.pages import diagrams
from webapp.requests import context, in_transaction, own_transactions
from webapp.schemas.notices import DraftNoticeSchema, EditNoticeSchema, content_of
from webapp.subjects import NO_ATTEMPT, Attempt, shows
from webapp.words import word

blueprint = Blueprint("notices", __name__, url_prefix="/notices")

navigation.add(
    "notices.index", N_("督办单"), order=25, roles={Role.OFFICER, Role.LEADER, Role.HEAD, Role.REPORTER}
)

#: Which permission the form of each element asks for.
STEPS = {
    "finalise": Permission.NOTICE_DRAFT,
    "approve_by_head": Permission.NOTICE_ISSUE,
    "approve_by_leader": Permission.NOTICE_ISSUE,
    "sign_for": Permission.NOTICE_ANSWER,
    "reply": Permission.NOTICE_ANSWER,
    "verify": Permission.NOTICE_VERIFY,
}
#: Parameters of the address that filter the register.
_ASKED = ("grade", "state", "unit", "year", "from", "until", "q")


@blueprint.get("")
def index() -> str:
    """The register of what one may read."""
    ctx = context()
    wanted, kept, errors = _asked()
    lines = queries.register(ctx, wanted, after=number(request.args.get("after")), limit=PAGE)
    return render_template(
        "notices/index.html", lines=lines, wanted=wanted, kept=kept, errors=errors, chips=_chips(ctx, kept),
        unit=ctx.session.get(Unit, wanted.unit_id) if wanted.unit_id else None,
        next=url_for("notices.index", **kept, after=lines[-1].notice.id) if len(lines) == PAGE else None,
        colours=_colours(ctx),
    )  # fmt: skip


@blueprint.get("/export.xlsx")
@own_transactions
def export() -> Response:
    """What the filter finds, as a spreadsheet; read in portions, written with no transaction open."""
    wanted, _, _ = _asked()
    lines: list[queries.Line] = []

    def portion(ctx: Context) -> list[queries.Line]:
        after = lines[-1].notice.id if lines else None
        return queries.register(ctx, wanted, after=after, limit=notice_register.PORTION)

    while more := in_transaction(portion, read_only=True):
        lines += more
        if len(more) < notice_register.PORTION or len(lines) >= notice_register.LARGEST:
            break
    table = notice_register.to_xlsx(lines[: notice_register.LARGEST])
    return downloads.attachment(table, gettext("督办单台账") + ".xlsx", notice_register.MEDIA_TYPE)


@blueprint.get("/counts")
def counts() -> str:
    """How many sheets went out to whom in a period; every number leads to the sheets that it counts."""
    ctx = context()
    wanted, kept, errors = _asked()
    if not kept:
        kept = {"year": str(local_date(ctx.clock.now()).year)}
        wanted = Filter(year=int(kept["year"]))
    rows = queries.counts(ctx, wanted)
    ladder = drafting.offered(ctx)
    sums = {grade.key: sum(row.by_grade.get(grade.key, 0) for row in rows) for grade in ladder}
    return render_template(
        "notices/counts.html", rows=rows, ladder=ladder, sums=sums, total=sum(row.total for row in rows),
        kept=kept, errors=errors,
    )  # fmt: skip


@blueprint.get("/new/<int:work_item_id>")
def new(work_item_id: int) -> str:
    return _form(work_item_id, {}, {})


@blueprint.post("/new/<int:work_item_id>")
def draft(work_item_id: int) -> ResponseReturnValue:
    ctx = context()
    status = 422
    try:
        given = task_forms.read_form(NewNoticeForm)
        made = service.draft(
            ctx, work_item_id, grade=given["grade"], obligation_id=given["obligation_id"],
            content=content_of(given), start_reason=given["start_reason"],
        )  # fmt: skip
    except ValidationError as error:
        errors = task_forms.messages(error)
    except (InvalidInput, RuleViolation) as error:
        errors, status = field_errors(error), status_of(error)
    else:
        flash(gettext("督办单已拟稿，请核对后送审。"), "success")
        return redirect(url_for("notices.show", id=made.id), code=303)
    ctx.session.rollback()
    return _form(work_item_id, task_forms.posted(NewNoticeForm), errors), status


class NewNoticeForm(DraftNoticeSchema, EditNoticeSchema):
    """The form shows the whole content, so that all of it comes back."""


def _form(work_item_id: int, values: dict[str, Any], errors: dict[str, str]) -> str:
    ctx = context()
    about = number(str(values.get("obligation_id") or request.args.get("obligation") or ""))
    ladder = drafting.offered(ctx)
    asked = str(values.get("grade") or request.args.get("grade") or ladder[0].key)
    grade = asked if asked in [one.key for one in ladder] else ladder[0].key
    begun = queries.beginning(ctx, work_item_id, about, grade)
    return render_template(
        "notices/new.html", begun=begun, item=begun.item, ladder=ladder, values=values, errors=errors,
        about=about, content=begun.content, facts=begun.facts,
    )  # fmt: skip


@blueprint.get("/<int:id>")
def show(id: int) -> str:
    return _page(id, NO_ATTEMPT)


@shows("notice")
def _page_of(user_task: UserTask, attempt: Attempt) -> str:
    return _page(user_task.subject_id, attempt)


@blueprint.post("/<int:id>/edit")
def edit(id: int) -> ResponseReturnValue:
    """Save a draft without sending it on."""
    ctx = context()
    status = 422
    try:
        given = task_forms.read_form(EditNoticeSchema)
        service.edit(ctx, id, content=content_of(given), expected_version=given["version"])
    except ValidationError as error:
        errors = task_forms.messages(error)
    except (InvalidInput, RuleViolation, TaskNotOpen, StaleForm) as error:
        errors, status = field_errors(error), status_of(error)
    else:
        flash(gettext("草稿已保存。"), "success")
        return redirect(url_for("notices.show", id=id), code=303)
    ctx.session.rollback()
    return _page(id, Attempt(values=task_forms.posted(EditNoticeSchema), errors=errors)), status


@blueprint.post("/<int:id>/cancel")
def cancel(id: int) -> ResponseReturnValue:
    try:
        service.cancel(context(), id, reason=request.form.get("reason", ""))
    except (InvalidInput, RuleViolation, TaskNotOpen) as error:
        context().session.rollback()
        return _page(id, Attempt(values=dict(request.form), errors=field_errors(error))), status_of(error)
    flash(gettext("督办单已作废，编号保留。"), "success")
    return redirect(url_for("notices.show", id=id), code=303)


@blueprint.get("/<int:id>/paper.docx")
def word_paper(id: int) -> Response:
    own, file = queries.paper(context(), id, "docx")
    return downloads.send(file, own.name)


@blueprint.get("/<int:id>/paper.pdf")
def pdf_paper(id: int) -> Response:
    own, file = queries.paper(context(), id, "pdf")
    return downloads.send(file, own.name)


def _page(id: int, attempt: Attempt) -> str:
    ctx = context()
    detail = queries.notice_detail(ctx, id)
    notice = detail.notice
    open_tasks = inbox.find_open(ctx.session, ("notice", id))
    acting = next((task for task in open_tasks if _may(ctx, task)), None)
    deadline = queries.due_of(detail)
    ladder = drafting.offered(ctx)
    grade = next((one for one in ladder if one.key == notice.grade), None)
    higher = next((one for one in ladder if grade is not None and one.place == grade.place + 1), None)
    may_draft = permissions.permits(ctx, Permission.NOTICE_DRAFT, Notice, id)
    entries = audit.history(ctx.session, stream(notice.work_item_id), subject=("notice", id))
    return render_template(
        "notices/show.html",
        detail=detail, notice=notice, item=detail.item, acting=acting, attempt=attempt, open_tasks=open_tasks,
        form=task_forms.form_of(acting) if acting else None,
        waiting=units_by_id(ctx.session, {task.unit_id for task in open_tasks}),
        due=due_dates.shown(ctx, deadline) if deadline else None, colours=_colours(ctx),
        is_open=notice.state in OPEN, is_out=notice.state not in UNISSUED and notice.number is not None,
        may_cancel=may_draft and notice.state in OPEN,
        higher=higher if may_draft and notice.reply_late_at and notice.state in ("issued", "received") else None,
        may_read_item=permissions.permits(ctx, Permission.WORK_ITEM_READ, WorkItem, notice.work_item_id),
        may_see_arrivals=permissions.permits(ctx, Permission.WORK_ITEM_URGE, WorkItem, notice.work_item_id),
        diagram=diagrams.live(ctx, ("notice", id)), history=history.timeline(entries),
    )  # fmt: skip


def _may(ctx: Context, task: UserTask) -> bool:
    """Whether the actor may fill in the form: the heads of office and leaders only when it is their turn."""
    allowed = permissions.permits(ctx, STEPS[task.element_id], Notice, task.subject_id)
    if STEPS[task.element_id] is Permission.NOTICE_ISSUE:
        return allowed and inbox.is_offered(ctx, task)
    return allowed


def _asked() -> tuple[Filter, dict[str, Any], dict[str, str]]:
    """(the filter in the address, its parameters as given, what of them cannot be read)."""
    given, errors = request.args, {}
    days: dict[str, date | None] = {}
    for name in ("from", "until"):
        try:
            days[name] = date.fromisoformat(given[name]) if given.get(name) else None
        except ValueError:
            days[name], errors[name] = None, gettext("请填写正确的日期")
    kept: dict[str, Any] = {name: given[name] for name in _ASKED if given.get(name)}
    state, grade, year = given.get("state", ""), given.get("grade", ""), number(given.get("year"))
    wanted = Filter(
        grade=NoticeGrade(grade) if grade in list(NoticeGrade) else None,
        state=NoticeState(state) if state in list(NoticeState) else None,
        is_open=state == "open",
        is_sent=state == "sent",
        unit_id=number(given.get("unit")),
        year=year if year is not None and year < 10_000 else None,
        issued_from=days["from"],
        issued_until=days["until"],
        search=given.get("q", "").strip()[:100],
    )
    return wanted, kept, errors


def _chips(ctx: Context, kept: dict[str, Any]) -> list[dict[str, Any]]:
    """One row of chips per filter: (label, chips)."""

    def row(name: str, label: str, choices: list[tuple[str, str]]) -> dict[str, Any]:
        rest: dict[str, Any] = {key: value for key, value in kept.items() if key != name}
        chosen = kept.get(name, "")
        every = [{"href": url_for("notices.index", **rest), "label": gettext("全部"), "active": not chosen}]
        return {
            "label": label,
            "items": every
            + [
                {
                    "href": url_for("notices.index", **(rest | {name: value})),
                    "label": said,
                    "active": chosen == value,
                }
                for value, said in choices
            ],
        }

    states = [(state.value, word("notice", state)) for state in NoticeState]
    years = [(str(year), str(year)) for year in queries.years(ctx)]
    rows = [
        row("grade", gettext("等级"), [(one.key.value, gettext(one.name)) for one in drafting.offered(ctx)]),
        row("state", gettext("状态"), [("open", gettext("未办结")), ("sent", gettext("已发出")), *states]),
    ]
    return [*rows, row("year", gettext("年度"), years)] if years else rows


def _colours(ctx: Context) -> dict[str, str]:
    """Tone of the badge of each grade, by the colour that the installation gave it."""
    tones = {"blue": "info", "yellow": "warn", "orange": "warn", "red": "bad"}
    return {grade.key: tones[grade.colour] for grade in rules.grades(ctx.settings.notice_grades)}
