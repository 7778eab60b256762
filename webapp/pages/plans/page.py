"""The document beside its reading, and the choice of the units that a group expression means."""

from datetime import date
from typing import Any

from flask import render_template
from sqlalchemy import select

from engine import permissions
from engine.campaigns.models import Campaign
from engine.clock import local_date
from engine.context import Context
from engine.errors import NotFound
from engine.permissions import Permission
from engine.plans import queries, rules
from engine.plans.models import PartRole, Plan, PlanTaskUnit
from webapp import plan_document, plan_words
from webapp.pages.plans.part import NO_ATTEMPT, blueprint, is_htmx
from webapp.requests import context

ROLES = tuple(PartRole)


@blueprint.get("/<int:id>")
def show(id: int) -> str:
    ctx = context()
    return plan_page(ctx, permissions.find(ctx, Permission.PLAN_READ, Plan, id, lock=False))


def plan_page(ctx: Context, plan: Plan, refusal: str | None = None) -> str:
    view = queries.view(ctx, plan)
    return render_template(
        "plans/show.html", paragraphs=plan_document.paragraphs(plan, view.entries),
        campaign_id=ctx.session.scalar(select(Campaign.id).where(Campaign.plan_id == plan.id)),
        refusal=refusal, unit_labels=sorted(labels(ctx)), **shown(ctx, view),
    )  # fmt: skip


def shown(ctx: Context, view: queries.PlanView) -> dict[str, Any]:
    """What every part of the page needs."""
    today = local_date(ctx.clock.now())
    editable = view.plan.state == "draft" and permissions.permits(
        ctx, Permission.PLAN_EDIT, Plan, view.plan.id
    )
    return {
        "view": view, "plan": view.plan, "editable": editable, "roles": ROLES, "today": today,
        "year_end": date(max(view.plan.document_year or 0, today.year), 12, 31), "attempt": NO_ATTEMPT,
        "words": plan_words, "changed": [],
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
        alike=not rules.is_vague(part.written),
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
