"""What changes the page as a whole: tasks cut, joined and added, proposals adopted, a change undone.

The answer to htmx holds all cards again, with the document and the counts; without scripts the page is shown.
"""

import re
from collections.abc import Callable, Sequence

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import permissions
from engine.context import Context
from engine.errors import DubanError, InvalidInput, NotFound, RuleViolation, StaleForm
from engine.permissions import Permission
from engine.plans import changes, division, editing, proposals, queries, reshaping, roles
from engine.plans.models import Plan, PlanTask
from engine.texts import N_
from webapp import plan_changes, plan_document
from webapp.errors import sentence
from webapp.keyset import number
from webapp.language import translate
from webapp.pages.plans.page import plan_page, shown, unit_named
from webapp.pages.plans.part import Attempt, blueprint, is_htmx, version
from webapp.requests import context

#: Each name is looked up in the whole directory.
MOST_NAMED = 100

Refused = Callable[[Context, Plan, DubanError], ResponseReturnValue]


@blueprint.get("/<int:id>/key-tasks/<int:entry_id>")
def card(id: int, entry_id: int) -> ResponseReturnValue:
    """One task as it stands now."""
    ctx = context()
    plan = permissions.find(ctx, Permission.PLAN_READ, Plan, id, lock=False)
    parts = shown(ctx, queries.view(ctx, plan))
    entry = next((one for one in parts["view"].entries if one.row.id == entry_id), None)
    if entry is None:
        raise NotFound()
    if not is_htmx():
        return redirect(url_for("plans.show", id=id, _anchor=f"read-{entry_id}"))
    return render_template("plans/changed.html", **(parts | {"entry": entry}))


@blueprint.get("/<int:id>/key-tasks/<int:entry_id>/reshape")
def reshape(id: int, entry_id: int) -> str:
    """Where to cut the task, or with which other to join it."""
    ctx = context()
    plan = permissions.find(ctx, Permission.PLAN_EDIT, Plan, id, lock=False)
    return _reshape_page(ctx, plan, entry_id)


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/split")
def split(id: int, entry_id: int) -> ResponseReturnValue:
    """At the chosen sentences or, with the button `by_unit`, by responsible unit."""

    def act(ctx: Context) -> object:
        if "by_unit" in request.form:
            return reshaping.split_by_unit(ctx, id, entry_id, expected_version=version())
        at = [place for place in map(number, request.form.getlist("at")) if place is not None]
        return reshaping.split(ctx, id, entry_id, at, expected_version=version())

    return _whole(id, act, _beside(entry_id), entry_id)


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/merge")
def merge(id: int, entry_id: int) -> ResponseReturnValue:
    def act(ctx: Context) -> object:
        # The others are named with the version that was shown: 17:3.
        chosen = [other.partition(":") for other in request.form.getlist("other")]
        versions = {key: number(seen) for id, _, seen in chosen if (key := number(id)) is not None}
        expected = {key: seen for key, seen in {**versions, entry_id: version()}.items() if seen is not None}
        return reshaping.merge(ctx, id, [entry_id, *versions], expected_versions=expected)

    return _whole(id, act, _beside(entry_id), entry_id)


@blueprint.post("/<int:id>/key-tasks")
def add(id: int) -> ResponseReturnValue:
    """A further task from a stretch of the document."""

    def refused(ctx: Context, plan: Plan, error: DubanError) -> ResponseReturnValue:
        attempt = Attempt("missed", request.form, {"text": sentence(error)})
        if not is_htmx():
            return plan_page(ctx, plan, attempt=attempt), 422
        return _aimed(render_template("plans/missed.html", plan=plan, attempt=attempt), "#plan-missed")

    return _whole(id, lambda ctx: reshaping.add_from_text(ctx, id, request.form.get("text", "")), refused)


@blueprint.post("/<int:id>/undo")
def undo(id: int) -> ResponseReturnValue:
    return _whole(id, lambda ctx: changes.undo(ctx, id, expected_version=version()))


@blueprint.post("/<int:id>/remembered")
def accept_remembered(id: int) -> ResponseReturnValue:
    """Match all names as the office confirmed them the last time."""
    return _whole(id, lambda ctx: editing.accept_remembered(ctx, id, expected_version=version()))


@blueprint.post("/<int:id>/leads-responsible")
def let_leads_answer(id: int) -> ResponseReturnValue:
    """Where nobody is responsible, the leads are."""
    return _whole(id, lambda ctx: roles.let_leads_answer(ctx, id, expected_version=version()))


@blueprint.post("/<int:id>/proposals")
def settle_proposals(id: int) -> ResponseReturnValue:
    """Adopt the chosen ones with their owners, set them aside, or take them up again: by the button."""

    def act(ctx: Context) -> object:
        chosen = [id for id in map(number, request.form.getlist("proposals")) if id is not None]
        if "set_aside" in request.form:
            return proposals.set_aside(ctx, id, chosen)
        if "reopen" in request.form:
            return proposals.reopen(ctx, id, chosen)
        return proposals.adopt(
            ctx, id, chosen, responsible=_units(ctx, "responsible"), lead=_units(ctx, "lead")
        )

    def refused(ctx: Context, plan: Plan, error: DubanError) -> ResponseReturnValue:
        attempt = Attempt("proposals", request.form, {getattr(error, "field", None) or "": sentence(error)})
        if not is_htmx():
            return plan_page(ctx, plan, attempt=attempt), 422
        parts = shown(ctx, queries.view(ctx, plan)) | {"attempt": attempt}
        return _aimed(render_template("plans/proposals.html", **parts), "#plan-proposals", "outerHTML")

    return _whole(id, act, refused)


def _units(ctx: Context, field: str) -> Sequence[int]:
    """Several units, parted by 、 or a comma."""
    names = [name for name in re.split("[、，,；;]", request.form.get(field, "")) if name.strip()]
    wanted = list(dict.fromkeys(name.strip() for name in names))
    if len(wanted) > MOST_NAMED:
        raise InvalidInput("plans.too_many_units", N_("一次最多选择{max}个单位"), field=field, max=MOST_NAMED)
    return [unit_named(ctx, name, field) for name in wanted]


def _beside(entry_id: int) -> Refused:
    """The refusal stands in the form that cuts and joins."""

    def refused(ctx: Context, plan: Plan, error: DubanError) -> ResponseReturnValue:
        if ctx.session.get(PlanTask, entry_id) is None:
            return _refused_whole(ctx, plan, error)
        told = sentence(error)
        if isinstance(error, StaleForm) and (last := changes.last_of(ctx.session, plan.id, entry_id)):
            told = f"{told} {plan_changes.since(last)}"
        page = _reshape_page(ctx, plan, entry_id, told)
        return _aimed(page, f"#reshape-{entry_id}") if is_htmx() else (page, 422)

    return refused


def _reshape_page(ctx: Context, plan: Plan, entry_id: int, error: str | None = None) -> str:
    view = queries.view(ctx, plan, proposing=False)
    rows = [entry.row for entry in view.entries]
    at = next((n for n, row in enumerate(rows) if row.id == entry_id), None)
    if at is None:
        raise NotFound()
    others = [row for row in rows if row.id != entry_id]
    neighbour = rows[at + 1] if at + 1 < len(rows) else (rows[at - 1] if at else None)
    return render_template(
        "plans/reshape_form.html" if is_htmx() else "plans/reshape.html", plan=plan, entry=view.entries[at],
        sentences=division.sentences(rows[at].text), others=others, neighbour=neighbour, error=error,
        typed=request.form if error else {},
    )  # fmt: skip


def _whole(
    id: int, act: Callable[[Context], object], refused: Refused | None = None, entry_id: int | None = None
) -> ResponseReturnValue:
    """Run a verb and answer with the page as it stands now."""
    ctx = context()
    try:
        result = act(ctx)
    except (InvalidInput, RuleViolation, StaleForm) as error:
        ctx.session.rollback()
        plan = permissions.find(ctx, Permission.PLAN_READ, Plan, id, lock=False)
        return (refused or _refused_whole)(ctx, plan, error)
    plan = permissions.find(ctx, Permission.PLAN_READ, Plan, id, lock=False)
    chosen = result.id if isinstance(result, PlanTask) else entry_id
    if not is_htmx():
        return redirect(url_for("plans.show", id=id, _anchor=f"read-{chosen}" if chosen else None), code=303)
    return _reshaped(ctx, plan, chosen=chosen)


def _refused_whole(ctx: Context, plan: Plan, error: DubanError) -> ResponseReturnValue:
    """Beside the counts, with what others did meanwhile in its place."""
    told = sentence(error)
    last = changes.newest(ctx.session, plan.id)
    if isinstance(error, StaleForm) and last is not None:
        told = translate(
            N_("{error}最近的修改：{change}"), error=told + "。", change=plan_changes.since(last)
        )
    if not is_htmx():
        flash(told, "error")
        return redirect(url_for("plans.show", id=plan.id), code=303)
    return _reshaped(ctx, plan, refusal=told), 422


def _reshaped(ctx: Context, plan: Plan, *, refusal: str | None = None, chosen: int | None = None) -> str:
    view = queries.view(ctx, plan)
    return render_template(
        "plans/reshaped.html", paragraphs=plan_document.paragraphs(view), refusal=refusal, chosen=chosen,
        **shown(ctx, view),
    )  # fmt: skip


def _aimed(page: str, target: str, swap: str = "innerHTML") -> ResponseReturnValue:
    """A refused form goes back where it stands, and nothing else is replaced."""
    answer = make_response(page, 422)
    answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = target, swap
    return answer
