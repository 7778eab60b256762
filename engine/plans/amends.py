"""Which plan a draft amends: offered where title, 文号 and issuer fit, chosen by a person, undone while it is a draft.

A plan amends the one whose campaign it changes, so that later versions all name the first. What differs stands in
amendment.py, what is taken over in engine/campaigns.
"""

from collections.abc import Sequence

from sqlalchemy import select

from engine import audit, outbox, permissions
from engine.context import Context
from engine.errors import InvalidInput, RuleViolation
from engine.permissions import Permission
from engine.plans import rules
from engine.plans.amendment import OFFER_FROM, likeness
from engine.plans.changes import stream
from engine.plans.models import Plan, PlanState

#: So many of the office's newest plans are looked at for an offer.
LOOKED_AT = 200


def link(
    ctx: Context, plan_id: int, amends_plan_id: int | None, *, expected_version: int | None = None
) -> Plan:
    """Say that the draft is an amended version of a confirmed plan of the same office; None takes it back."""
    plan = permissions.find(ctx, Permission.PLAN_EDIT, Plan, plan_id)
    rules.check_draft(plan.state)
    rules.check_version(plan.version, expected_version, of_plan=True)
    first = None if amends_plan_id is None else _first(ctx, plan, amends_plan_id)
    before = plan.amends_plan_id
    plan.amends_plan_id = first.id if first else None
    plan.version += 1
    fact = "plan.amendment_linked" if first else "plan.amendment_unlinked"
    told = first.id if first else before
    audit.record(ctx, stream(plan.id), fact, ("plan", plan.id), amends_plan_id=told)
    outbox.publish(ctx, fact, ("plan", plan.id), amends_plan_id=told)
    return plan


def offers(ctx: Context, plan: Plan, limit: int = 3) -> list[Plan]:
    """Confirmed plans of the office that the draft looks like a version of, the likest first."""
    if plan.state != PlanState.DRAFT or plan.amends_plan_id is not None:
        return []
    query = (
        select(Plan)
        .where(
            Plan.office_unit_id == plan.office_unit_id, Plan.state == PlanState.CONFIRMED, Plan.id != plan.id
        )
        .order_by(Plan.id.desc())
        .limit(LOOKED_AT)
    )
    best: dict[int, float] = {}
    for other in ctx.session.scalars(query):
        of = other.title, other.document_number, other.issuer
        found = likeness(plan.title, plan.document_number, plan.issuer, of=of)
        root = other.amends_plan_id or other.id
        if found >= OFFER_FROM:
            best[root] = max(found, best.get(root, 0.0))
    ranked = sorted(best, key=lambda id: (-best[id], -id))[:limit]
    return [ctx.session.get_one(Plan, id) for id in ranked]


def versions(ctx: Context, plan_id: int) -> Sequence[Plan]:
    """The amended versions of a plan that the actor may read, drafts included, oldest first."""
    query = permissions.narrow(ctx, Permission.PLAN_READ, Plan, select(Plan))
    kept = Plan.amends_plan_id == plan_id, Plan.state != PlanState.DISCARDED
    return ctx.session.scalars(query.where(*kept).order_by(Plan.id)).all()


def _first(ctx: Context, plan: Plan, amends_plan_id: int) -> Plan:
    named = permissions.find(ctx, Permission.PLAN_READ, Plan, amends_plan_id, lock=False)
    other = ctx.session.get_one(Plan, named.amends_plan_id or named.id)
    if other.id == plan.id or other.office_unit_id != plan.office_unit_id:
        raise InvalidInput(
            "amendments.other_office", "只能修订本督办机构已确认的方案", field="amends_plan_id"
        )
    if other.state != PlanState.CONFIRMED:
        raise RuleViolation("amendments.not_confirmed", "被修订的方案尚未确认，请直接修改它")
    return other
