"""The document beside its reading, and the choice of the units that a group expression means."""

from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from engine import permissions
from engine.campaigns.models import Campaign
from engine.clock import local_date
from engine.context import Context
from engine.errors import InvalidInput, NotFound
from engine.organisation import matching
from engine.permissions import Permission
from engine.plans import changes, naming, queries
from engine.plans.models import PartRole, Plan, PlanTaskUnit
from engine.plans.views import PlanView
from engine.texts import N_
from webapp import plan_changes, plan_document, plan_words
from webapp.pages import amendments
from webapp.pages.plans.part import NO_ATTEMPT, Attempt, blueprint, is_htmx
from webapp.requests import context

ROLES = tuple(PartRole)
#: Which tasks are shown: those that need a person first.
FILTERS = ("attention", "all", "settled", "dropped")


@blueprint.get("/<int:id>")
def show(id: int) -> str:
    ctx = context()
    return plan_page(ctx, permissions.find(ctx, Permission.PLAN_READ, Plan, id, lock=False))


def plan_page(ctx: Context, plan: Plan, refusal: str | None = None, *, attempt: Attempt = NO_ATTEMPT) -> str:
    view = queries.view(ctx, plan)
    return render_template(
        "plans/show.html", paragraphs=plan_document.paragraphs(view),
        campaign_id=ctx.session.scalar(select(Campaign.id).where(Campaign.plan_id == plan.id)),
        refusal=refusal, unit_labels=sorted(labels(ctx)), amendment=amendments.banner(ctx, plan),
        **(shown(ctx, view) | {"attempt": attempt}),
    )  # fmt: skip


@blueprint.get("/<int:id>/confirm")
def review(id: int) -> ResponseReturnValue:
    """Everything on one page before it is confirmed; an amended version is held against the first one instead."""
    ctx = context()
    plan = permissions.find(ctx, Permission.PLAN_CONFIRM, Plan, id, lock=False)
    if plan.amends_plan_id is not None:
        return redirect(url_for("amendments.show", id=id))
    return confirm_page(ctx, plan)


def confirm_page(ctx: Context, plan: Plan, refusal: str | None = None) -> str:
    view = queries.view(ctx, plan, proposing=False)
    return render_template("plans/confirm.html", refusal=refusal, **shown(ctx, view))


def shown(ctx: Context, view: PlanView) -> dict[str, Any]:
    """What every part of the page needs."""
    today = local_date(ctx.clock.now())
    editable = view.plan.state == "draft" and permissions.permits(
        ctx, Permission.PLAN_EDIT, Plan, view.plan.id
    )
    asked = request.args.get("show")
    return {
        "view": view, "plan": view.plan, "editable": editable, "roles": ROLES, "today": today,
        "year_end": date(max(view.plan.document_year or 0, today.year), 12, 31), "attempt": NO_ATTEMPT,
        "words": plan_words, "changed": [], "counts": _counts(view),
        "show": asked if asked in FILTERS else ("attention" if _counts(view)["attention"] else "all"),
        "history": changes.history(ctx.session, view.plan.id), "telling": plan_changes,
        "undoable": changes.newest(ctx.session, view.plan.id) if editable else None,
    }  # fmt: skip


def _counts(view: PlanView) -> dict[str, int]:
    """How many tasks and proposals each filter shows; an indicator plan's proposals want their owners."""
    attention, left_out = view.attention, len(view.left_out)
    return {
        "attention": attention + len(view.owners_needed), "all": len(view.entries) + len(view.open_proposals),
        "settled": len(view.entries) - attention - left_out, "dropped": left_out,
    }  # fmt: skip


@blueprint.get("/<int:id>/units/<int:part_id>/choice")
def choice(id: int, part_id: int) -> str:
    """The units that a group expression may mean, to be ticked."""
    ctx = context()
    plan = permissions.find(ctx, Permission.PLAN_EDIT, Plan, id, lock=False)
    return _choice_page(ctx, plan, part_id)


def _choice_page(ctx: Context, plan: Plan, part_id: int, error: str | None = None) -> str:
    part = ctx.session.get(PlanTaskUnit, part_id)
    if part is None:
        raise NotFound()
    entry = queries.entry(ctx, plan, part.plan_task_id)
    shown = "plans/choice_form.html" if is_htmx() else "plans/choice.html"
    offered = queries.group_choice(ctx, plan, part)
    return render_template(
        shown, plan=plan, part=part, entry=entry, choice=offered, error=error,
        alike=not naming.is_vague(part.written),
        unit_labels=sorted(labels(ctx)) if not is_htmx() else [],
    )  # fmt: skip


def labels(ctx: Context) -> dict[str, int]:
    """What the fields for units offer: names, with the unit above where a name is not the only one."""
    units = queries.directory(ctx.session, local_date(ctx.clock.now()))
    by_id = {unit.id: unit for unit in units}
    names: dict[str, int] = {}
    for unit in units:
        names[unit.name] = names.get(unit.name, 0) + 1
    labels: dict[str, int] = {}
    for unit in units:
        above = by_id.get(unit.parent_id or 0)
        lone = names[unit.name] == 1 or above is None
        labels[unit.name if lone or above is None else f"{unit.name}（{above.short_name}）"] = unit.id
    return labels


def unit_named(ctx: Context, typed: str, field: str = "unit") -> int:
    """The unit that was typed: as offered, or any exact way of writing it that means one unit only."""
    known_labels = labels(ctx)
    if typed in known_labels:
        return known_labels[typed]
    known = matching.load(ctx.session, local_date(ctx.clock.now())).propose(typed)
    found = [proposal for proposal in known if proposal.unit_id is not None]
    units = [p.unit_id for p in found if p.how == found[0].how and p.unit_id is not None]
    if len(units) != 1:
        text = (
            N_("“{name}”可以指多个单位，请从列表中选择")
            if units
            else N_("单位名录中没有“{name}”，请从列表中选择")
        )
        raise InvalidInput("plans.unit_unknown", text, field=field, name=typed)
    return units[0]
