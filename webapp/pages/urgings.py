"""催办: the record of who urged whom and what followed; and the list from which several items are urged at once."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.context import Context, Role
from engine.errors import InvalidInput
from engine.texts import N_
from engine.urging import queries, service
from webapp import due, keyset
from webapp.errors import field_errors, sentence
from webapp.language import gettext
from webapp.navigation import navigation
from webapp.requests import context

blueprint = Blueprint("urgings", __name__, url_prefix="/urgings")

WORKING = {Role.REPORTER, Role.HEAD, Role.OFFICER, Role.LEADER}
#: Who may urge at all: of a lead unit, or of the office.
URGING = (Role.REPORTER, Role.HEAD, Role.OFFICER)

navigation.add("urgings.index", N_("催办"), order=28, roles=WORKING)

_ANSWERED = {"no": False, "yes": True}


@blueprint.get("")
def index() -> str:
    ctx = context()
    asked = {name: request.args.get(name) for name in ("answered", "campaign", "item", "unit")}
    had: dict[str, Any] = {name: value for name, value in asked.items() if value}
    rows = queries.urgings(
        ctx,
        work_item_id=keyset.number(had.get("item")), campaign_id=keyset.number(had.get("campaign")),
        unit_id=keyset.number(had.get("unit")), answered=_ANSWERED.get(had.get("answered", "")),
        after=keyset.number(request.args.get("after")), limit=keyset.PAGE,
    )  # fmt: skip
    kept = {name: value for name, value in had.items() if name != "answered"}
    chips = [
        {
            "href": url_for("urgings.index", **{**kept, "answered": value or None}), "label": gettext(label),
            "active": had.get("answered", "") == value,
        }
        for value, label in (("", N_("全部")), ("no", N_("尚无进展")), ("yes", N_("已有进展")))
    ]  # fmt: skip
    return render_template(
        "urgings/index.html",
        rows=rows, had=had, chips=chips, me=ctx.actor.person_id or 0, campaigns=due.campaigns(ctx),
        may_urge=ctx.actor.holds(*URGING),
        next=url_for("urgings.index", **had, after=rows[-1].urging.id) if len(rows) == keyset.PAGE else None,
    )  # fmt: skip


@blueprint.get("/new")
def new() -> str:
    return _form({}, {})


@blueprint.post("")
def create() -> ResponseReturnValue:
    ctx = context()
    ids = [id for id in map(keyset.number, request.form.getlist("ids")) if id is not None]
    try:
        outcomes = service.urge_many(ctx, ids, text=request.form.get("words", ""))
    except InvalidInput as error:
        ctx.session.rollback()
        return _form({"words": request.form.get("words", "")}, field_errors(error)), 422
    done = sum(outcome.refusal is None for outcome in outcomes)
    if done:
        flash(gettext("已催办 {n} 项，责任单位将收到消息。").format(n=done), "success")
    for outcome in outcomes:
        if outcome.refusal is not None:
            flash(f"{outcome.item.number}：{sentence(outcome.refusal)}", "warning")
    return redirect(url_for("urgings.new", **_narrowed()), code=303)


def _narrowed() -> dict[str, Any]:
    """The filters of the address, as far as they can be ids."""
    asked = {name: keyset.number(request.args.get(name)) for name in ("campaign", "key_task", "unit")}
    late = {"late": "1"} if request.args.get("late") else {}
    return {name: value for name, value in asked.items() if value is not None} | late


def _form(values: dict[str, str], errors: dict[str, str]) -> str:
    ctx, had = context(), _narrowed()
    rows = _rows(ctx, had)
    chips = [
        {"href": url_for("urgings.new", **{**had, "late": late}), "label": gettext(label),
         "active": bool(late) == ("late" in had), "colour": colour}
        for late, label, colour in ((None, N_("全部"), None), ("1", N_("已逾期"), "red"))
    ]  # fmt: skip
    return render_template(
        "urgings/new.html",
        rows=rows, chips=chips, late="late" in had, values=values, errors=errors,
        here=url_for("urgings.create", **had), everything=url_for("urgings.new", **{**had, "late": None}),
        crumbs=[{"href": url_for("urgings.index"), "label": gettext("催办记录")}],
        next=url_for("urgings.new", **had, after=rows[-1].row.item.id) if len(rows) == keyset.PAGE else None,
    )  # fmt: skip


def _rows(ctx: Context, had: dict[str, Any]) -> list[queries.Candidate]:
    return queries.candidates(
        ctx, campaign_id=had.get("campaign"), key_task_id=had.get("key_task"), unit_id=had.get("unit"),
        late="late" in had, after=keyset.number(request.args.get("after")), limit=keyset.PAGE,
    )  # fmt: skip
