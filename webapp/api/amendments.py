"""Amended versions of a plan: what they change, and applying what is chosen: the same verbs as on the page."""

from typing import Any

from engine.campaigns import amending, comparison
from engine.campaigns.models import AmendmentState
from engine.context import Context
from engine.plans import amends
from engine.plans.models import Plan
from webapp.api import ApiBlueprint
from webapp.language import gettext
from webapp.requests import context
from webapp.schemas.amendments import AmendmentSchema, AmendsSchema, ApplyAmendmentSchema
from webapp.schemas.plans import PlanSchema

blueprint = ApiBlueprint(
    "amendments", "/plans", "Amended plans 修订版: what changed, and what of it is applied."
)


@blueprint.put("/<int:id>/amends")
@blueprint.arguments(AmendsSchema)
@blueprint.response(200, PlanSchema)
def link(asked: dict[str, Any], id: int) -> Plan:
    """Say which confirmed plan a draft amends."""
    return amends.link(context(), id, asked["amends_plan_id"], expected_version=asked["version"])


@blueprint.get("/<int:id>/amendment")
@blueprint.response(200, AmendmentSchema)
def show(id: int) -> dict[str, Any]:
    """Every change against the running campaign, or what became of it."""
    return _told(context(), id)


@blueprint.post("/<int:id>/amendment/apply")
@blueprint.arguments(ApplyAmendmentSchema)
@blueprint.response(202, AmendmentSchema)
def apply(asked: dict[str, Any], id: int) -> dict[str, Any]:
    """Have the chosen changes applied through the queue; the units concerned are told."""
    ctx = context()
    amending.apply_amendment(
        ctx, id, set(asked["keys"]), reason=asked["reason"], expected_version=asked["version"]
    )
    return _told(ctx, id)


def _told(ctx: Context, id: int) -> dict[str, Any]:
    ctx.session.flush()
    found = comparison.compare(ctx, id)
    changes = [
        {
            "key": entry.key, "kind": entry.kind, "key_task_id": entry.key_task_id,
            "plan_task_id": entry.plan_task_id, "old": entry.old, "new": entry.new, "state": entry.state,
            "destructive": entry.destructive, "suggested": entry.is_suggested,
            "can_be_chosen": entry.can_be_chosen, "note": gettext(entry.note) if entry.note else None,
            "touched": len(entry.touches) or entry.touched, "untouched": entry.untouched,
        }
        for entry in found.entries
    ]  # fmt: skip
    return {
        "plan_id": found.plan.id, "amends_plan_id": found.amended.id, "campaign_id": found.campaign.id,
        "state": found.plan.state, "version": found.plan.version,
        "refusal": gettext(found.refusal) if found.refusal else None, "unresolved": found.unresolved,
        "applying": found.states[AmendmentState.CHOSEN] > 0, "changes": changes,
    }  # fmt: skip
