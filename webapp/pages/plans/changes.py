"""Settling what is open. Each form names its task and the version that was shown.

Every change of a task is a small form that htmx sends; the answer holds the task again and whatever else has changed
on the page. Without scripts the same forms lead back to the page.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import permissions
from engine.campaigns import from_plan
from engine.context import Context
from engine.errors import DubanError, InvalidInput, NotFound, RuleViolation, StaleForm
from engine.permissions import Permission
from engine.plans import changes as plan_history
from engine.plans import editing, queries, roles, service
from engine.plans.limit_forms import LimitForm
from engine.plans.models import LimitKind, PartRole, Plan, PlanTaskUnit
from engine.texts import N_
from webapp import plan_changes
from webapp.errors import field_errors, sentence
from webapp.keyset import number
from webapp.language import gettext, translate
from webapp.pages.plans.page import ROLES, confirm_page, plan_page, shown, unit_named
from webapp.pages.plans.part import NO_ATTEMPT, Attempt, blueprint, is_htmx, version
from webapp.requests import context


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/wording")
def edit(id: int, entry_id: int) -> ResponseReturnValue:
    title, text = request.form.get("title", ""), request.form.get("text", "")
    return _change(
        id, f"wording-{entry_id}", entry_id,
        lambda ctx: editing.edit(ctx, id, entry_id, title=title, text=text, expected_version=version()),
    )  # fmt: skip


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/drop")
def drop(id: int, entry_id: int) -> ResponseReturnValue:
    return _change(id, "", entry_id, lambda ctx: editing.drop(ctx, id, entry_id, expected_version=version()))


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/restore")
def restore(id: int, entry_id: int) -> ResponseReturnValue:
    return _change(
        id, "", entry_id, lambda ctx: editing.restore(ctx, id, entry_id, expected_version=version())
    )


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/checked")
def mark_checked(id: int, entry_id: int) -> ResponseReturnValue:
    return _change(
        id, "", entry_id, lambda ctx: editing.mark_checked(ctx, id, entry_id, expected_version=version())
    )


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/reviewer")
def set_reviewer(id: int, entry_id: int) -> ResponseReturnValue:
    """With the button `by_rule`, back to what follows from the lead units."""

    def act(ctx: Context) -> object:
        unit_id = None if "by_rule" in request.form else _unit_id(ctx)
        return editing.set_reviewer(ctx, id, entry_id, unit_id, expected_version=version())

    return _change(id, f"reviewer-{entry_id}", entry_id, act)


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/units")
def add_unit(id: int, entry_id: int) -> ResponseReturnValue:
    def act(ctx: Context) -> object:
        role = request.form.get("role", "")
        if role not in ROLES:
            raise InvalidInput("plans.role", "请选择单位的职责", field="role")
        return editing.add_unit(
            ctx, id, entry_id, role=PartRole(role), unit_id=_unit_id(ctx), expected_version=version()
        )

    return _change(id, f"add-{entry_id}", entry_id, act)


@blueprint.post("/<int:id>/units/<int:part_id>/match")
def match_unit(id: int, part_id: int) -> ResponseReturnValue:
    """By a proposal's button (`unit_id`) or by what was typed (`unit`)."""

    def act(ctx: Context) -> object:
        unit_id = number(request.form.get("unit_id")) or _unit_id(ctx)
        return editing.match_unit(ctx, id, part_id, unit_id, expected_version=version())

    return _change(id, f"unit-{part_id}", _owner(part_id), act)


@blueprint.post("/<int:id>/units/<int:part_id>/expand")
def expand_group(id: int, part_id: int) -> ResponseReturnValue:
    owner = _owner(part_id)
    chosen = [id for id in map(number, request.form.getlist("unit_ids")) if id is not None]

    def act(ctx: Context) -> object:
        return editing.expand_group(
            ctx, id, part_id, chosen, everywhere="everywhere" in request.form, expected_version=version()
        )

    return _change(id, f"unit-{part_id}", owner, act)


@blueprint.post("/<int:id>/units/<int:part_id>/drop")
def drop_unit(id: int, part_id: int) -> ResponseReturnValue:
    return _change(
        id, "", _owner(part_id), lambda ctx: editing.drop_unit(ctx, id, part_id, expected_version=version())
    )


@blueprint.post("/<int:id>/units/<int:part_id>/role")
def set_role(id: int, part_id: int) -> ResponseReturnValue:
    """Another role (`role`) or, with the button `first`, the first place in its own."""

    def act(ctx: Context) -> object:
        if "first" in request.form:
            return roles.put_first(ctx, id, part_id, expected_version=version())
        role = request.form.get("role", "")
        if role not in ROLES:
            raise InvalidInput("plans.role", "请选择单位的职责", field="role")
        return roles.set_role(ctx, id, part_id, PartRole(role), expected_version=version())

    return _change(id, f"unit-{part_id}", _owner(part_id), act)


@blueprint.post("/<int:id>/units/<int:part_id>/restore")
def restore_unit(id: int, part_id: int) -> ResponseReturnValue:
    return _change(
        id, "", _owner(part_id),
        lambda ctx: editing.restore_unit(ctx, id, part_id, expected_version=version()),
    )  # fmt: skip


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/limits")
def add_limit(id: int, entry_id: int) -> ResponseReturnValue:
    return _change(
        id, f"limit-new-{entry_id}", entry_id,
        lambda ctx: editing.set_limit(ctx, id, entry_id, _limit_form(), expected_version=version()),
    )  # fmt: skip


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/limits/<int:limit_id>")
def set_limit(id: int, entry_id: int, limit_id: int) -> ResponseReturnValue:
    def act(ctx: Context) -> object:
        form = _limit_form()
        return editing.set_limit(ctx, id, entry_id, form, limit_id=limit_id, expected_version=version())

    return _change(id, f"limit-{limit_id}", entry_id, act)


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/limits/<int:limit_id>/remove")
def remove_limit(id: int, entry_id: int, limit_id: int) -> ResponseReturnValue:
    return _change(
        id, "", entry_id,
        lambda ctx: editing.remove_limit(ctx, id, entry_id, limit_id, expected_version=version()),
    )  # fmt: skip


@blueprint.post("/<int:id>/limits")
def set_default_limits(id: int) -> ResponseReturnValue:
    """For the whole plan: what has no limit reports each period and ends on one date."""
    ctx = context()
    try:
        changed = editing.set_default_limits(
            ctx, id, final_on=_date("final_on"), period=request.form.get("period", ""),
            replace_past="replace_past" in request.form, expected_version=version(),
        )  # fmt: skip
    except (InvalidInput, RuleViolation, StaleForm) as error:
        return _refused_page(id, sentence(error), Attempt("limits", request.form))
    flash(translate(N_("已为{count}项任务确定时限。"), count=len(changed)), "success")
    return redirect(url_for("plans.show", id=id), code=303)


@blueprint.post("/<int:id>/confirm")
def confirm(id: int) -> ResponseReturnValue:
    try:
        campaign = from_plan.confirm_plan(context(), id, expected_version=version())
    except (RuleViolation, InvalidInput, StaleForm) as error:
        ctx = context()
        ctx.session.rollback()
        plan = permissions.find(ctx, Permission.PLAN_CONFIRM, Plan, id, lock=False)
        return confirm_page(ctx, plan, sentence(error)), 422
    flash(gettext(N_("方案已确认，专项行动已建立。请逐项确认分工后交办。")), "success")
    return redirect(url_for("campaigns.show", id=campaign.id), code=303)


@blueprint.post("/<int:id>/discard")
def discard(id: int) -> ResponseReturnValue:
    try:
        plan = service.discard(context(), id, expected_version=version())
    except (RuleViolation, StaleForm) as error:
        return _refused_page(id, sentence(error))
    flash(translate(N_("已废弃“{title}”。"), title=plan.title), "success")
    return redirect(url_for("plans.index"), code=303)


def _refused_page(id: int, refusal: str, attempt: Attempt = NO_ATTEMPT) -> ResponseReturnValue:
    ctx = context()
    ctx.session.rollback()
    plan = permissions.find(ctx, Permission.PLAN_READ, Plan, id, lock=False)
    return plan_page(ctx, plan, refusal, attempt=attempt), 422


def _change(id: int, form: str, entry_id: int, act: Callable[[Context], object]) -> ResponseReturnValue:
    """Run one verb and answer with the task as it stands now, refused or not."""
    ctx = context()
    attempt, status = NO_ATTEMPT, 200
    also: Sequence[int] = ()
    try:
        result = act(ctx)
        also = [other for other in result if other != entry_id] if isinstance(result, list) else ()
    except (InvalidInput, RuleViolation, StaleForm) as error:
        ctx.session.rollback()
        attempt, status = _attempt(ctx, id, entry_id, form, error), 422
    # What was typed may be refused before the verb looks at the plan, so that the plan is asked for here, too.
    plan = permissions.find(ctx, Permission.PLAN_READ, Plan, id, lock=False)
    if not is_htmx():
        if attempt.errors:
            flash("；".join(attempt.errors.values()), "error")
        # A refused form leads back as well; its transaction was rolled back above.
        return redirect(url_for("plans.show", id=id, _anchor=f"read-{entry_id}"), code=303)
    parts = shown(ctx, queries.view(ctx, plan))
    entry = next((one for one in parts["view"].entries if one.row.id == entry_id), None)
    if entry is None:
        raise NotFound()
    parts |= {"entry": entry, "changed": [one for one in parts["view"].entries if one.row.id in also]}
    return render_template("plans/changed.html", **(parts | {"attempt": attempt})), status


def _attempt(ctx: Context, id: int, entry_id: int, form: str, error: DubanError) -> Attempt:
    """Beside its field where the form has it; else as one sentence for the form or, failing that, the task."""
    errors = field_errors(error)
    if isinstance(error, StaleForm) or not form:
        last = plan_history.last_of(ctx.session, id, entry_id) if isinstance(error, StaleForm) else None
        told = [sentence(error), *([plan_changes.since(last)] if last else [])]
        errors = {"": gettext(N_("。")).join(told)}
    return Attempt(form, request.form, errors)


def _owner(part_id: int) -> int:
    part = context().session.get(PlanTaskUnit, part_id)
    if part is None:
        raise NotFound()
    return part.plan_task_id


_LIMIT_FIELDS = (
    "on", "from_on", "period", "day", "month", "about", "count", "days", "min_days", "counting", "event", "scope",
)  # fmt: skip


def _limit_form() -> LimitForm:
    kind = request.form.get("kind", "")
    given: dict[str, Any] = {name: request.form.get(name, "") for name in _LIMIT_FIELDS}
    given["levels"] = [level for level in request.form.get("levels", "").split("、") if level]
    given["ongoing"] = "ongoing" in request.form
    return LimitForm(LimitKind(kind) if kind in set(LimitKind) else LimitKind.OPEN, given)


def _date(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        raise InvalidInput("plans.limit_date", "请填写日期，例如2026-06-30", field=name) from None


def _unit_id(ctx: Context) -> int:
    typed = request.form.get("unit", "").strip()
    if not typed:
        raise InvalidInput("plans.unit_missing", "请填写或选择单位", field="unit")
    return unit_named(ctx, typed)
