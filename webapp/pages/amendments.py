"""An amended version of a plan: what it changes beside the running campaign, ticked, summed up, applied.

Works as plain pages: the ticks are sent to a summary, which asks for the reason and applies. Progress is asked again
while the queue works.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from engine import permissions
from engine.campaigns import amending, comparison
from engine.campaigns.models import AmendmentState, Campaign
from engine.context import Context
from engine.errors import InvalidInput, RuleViolation, StaleForm
from engine.permissions import Permission
from engine.plans import amends
from engine.plans.models import Plan, PlanState
from engine.texts import N_
from webapp import amendment_words
from webapp.errors import field_errors, sentence
from webapp.keyset import number
from webapp.language import gettext, translate
from webapp.requests import context

blueprint = Blueprint("amendments", __name__, url_prefix="/plans")

#: What `?tick=` does: the suggested ones, all, none.
TICKS = ("suggested", "all", "none")


@blueprint.get("/<int:id>/amendment")
def show(id: int) -> str:
    return _page(context(), id)


def _page(ctx: Context, id: int, refusal: str | None = None) -> str:
    found = comparison.compare(ctx, id)
    may = permissions.permits(ctx, Permission.CAMPAIGN_MANAGE, Campaign, found.campaign.id)
    tick = request.args.get("tick")
    chosen = set(request.form.getlist("keys")) if request.method == "POST" else None
    ticked = {entry.key for entry in found.entries if entry.can_be_chosen and _is_ticked(entry, tick, chosen)}
    open_now = may and found.refusal is None
    return render_template(
        "amendments/show.html", found=found, plan=found.plan, words=amendment_words, ticked=ticked,
        tick=tick if tick in TICKS else TICKS[0], refusal=refusal, may=may,
        editable=open_now and any(entry.can_be_chosen for entry in found.entries),
        progress=_progress(ctx, found.plan), poll=url_for("amendments.progress", id=id),
    )  # fmt: skip


def _is_ticked(entry: comparison.Entry, tick: str | None, chosen: set[str] | None) -> bool:
    if chosen is not None:
        return entry.key in chosen
    return tick == "all" or (tick != "none" and entry.is_suggested)


@blueprint.post("/<int:id>/amendment/summary")
def summary(id: int) -> ResponseReturnValue:
    """What the ticked changes come to, before anything is done."""
    ctx = context()
    found = comparison.compare(ctx, id)
    permissions.find(ctx, Permission.CAMPAIGN_MANAGE, Campaign, found.campaign.id, lock=False)
    keys = set(request.form.getlist("keys"))
    if not any(entry.key in keys for entry in found.entries):
        return _page(ctx, id, gettext(N_("请至少选择一项变更"))), 422
    return _summary_page(found, keys, {})


def _summary_page(found: comparison.Comparison, keys: set[str], errors: dict[str, Any]) -> str:
    chosen = [entry for entry in found.entries if entry.key in keys]
    about = {entry.key: group for group in found.groups for entry in group.entries}
    return render_template(
        "amendments/summary.html", found=found, plan=found.plan, chosen=chosen, words=amendment_words,
        counted=amendment_words.counted(found, keys), touched=found.touched(keys), about=about,
        ending=[entry for entry in chosen if entry.destructive], errors=errors,
        reason=request.form.get("reason", ""), version=number(request.form.get("version")),
    )  # fmt: skip


@blueprint.post("/<int:id>/amendment/apply")
def apply(id: int) -> ResponseReturnValue:
    ctx = context()
    keys = set(request.form.getlist("keys"))
    try:
        amending.apply_amendment(
            ctx, id, keys, reason=request.form.get("reason", ""),
            expected_version=number(request.form.get("version")),
        )  # fmt: skip
    except InvalidInput as error:
        ctx.session.rollback()
        return _summary_page(comparison.compare(ctx, id), keys, field_errors(error)), 422
    except (RuleViolation, StaleForm) as error:
        ctx.session.rollback()
        return _page(ctx, id, sentence(error)), 422
    flash(
        translate(N_("已选定{count}项变更，正在逐项应用，有关单位将收到通知。"), count=len(keys)), "success"
    )
    return redirect(url_for("amendments.show", id=id), code=303)


@blueprint.get("/<int:id>/amendment/progress")
def progress(id: int) -> str:
    """The progress line alone, asked again every two seconds until all chosen changes are applied."""
    ctx = context()
    plan = permissions.find(ctx, Permission.PLAN_READ, Plan, id, lock=False)
    return render_template(
        "amendments/progress.html", progress=_progress(ctx, plan), plan=plan,
        poll=url_for("amendments.progress", id=id),
    )  # fmt: skip


@blueprint.post("/<int:id>/amends")
def link(id: int) -> ResponseReturnValue:
    """Say which plan the draft amends; without one, that it is a plan of its own."""
    ctx = context()
    try:
        plan = amends.link(
            ctx,
            id,
            number(request.form.get("amends_plan_id")),
            expected_version=number(request.form.get("version")),
        )
    except (InvalidInput, RuleViolation, StaleForm) as error:
        ctx.session.rollback()
        flash(sentence(error), "error")
        return redirect(url_for("plans.show", id=id), code=303)
    told = (
        N_("已列为修订版。核对完成后，请与原方案对比。") if plan.amends_plan_id else N_("已不再列为修订版。")
    )
    flash(gettext(told), "success")
    return redirect(url_for("plans.show", id=id), code=303)


def banner(ctx: Context, plan: Plan) -> dict[str, Any]:
    """What the plan's own page says: which plan it amends or seems to amend, and which versions amend it."""
    others = select(Plan).where(
        Plan.office_unit_id == plan.office_unit_id, Plan.state == PlanState.CONFIRMED,
        Plan.amends_plan_id.is_(None), Plan.id != plan.id,
    )  # fmt: skip
    is_draft = plan.state == PlanState.DRAFT
    return {
        "amended": ctx.session.get(Plan, plan.amends_plan_id) if plan.amends_plan_id else None,
        "offers": amends.offers(ctx, plan) if is_draft else [],
        "others": ctx.session.scalars(others.order_by(Plan.id.desc()).limit(100)).all() if is_draft else [],
        "versions": amends.versions(ctx, plan.id) if plan.amends_plan_id is None else [],
        "left": _left(ctx, plan),
    }


def _left(ctx: Context, plan: Plan) -> int:
    """How many changes of the version nobody has taken over."""
    if plan.amends_plan_id is None:
        return 0
    states = (AmendmentState.OPEN, AmendmentState.KEPT)
    return sum(row.state in states for row in comparison.stored_changes(ctx, plan.id))


def _progress(ctx: Context, plan: Plan) -> dict[str, Any] | None:
    """How far the application is; None when none is under way."""
    item = amending.progress_of(ctx, plan)
    if item is None or item.state == "done":
        return None
    done, total = item.steps or (0, 0)
    return {"done": done, "total": total, "parked": item.state == "parked"}
