"""Rounds of inspection 抽查: freeze the lists, draw, and everything that is needed to repeat the draw."""

from typing import Any

from engine import queue
from engine.context import Context
from engine.inspections import queries, sampling, service
from engine.inspections.models import InspectionRound
from webapp.api import ApiBlueprint, id_after, page_by_id
from webapp.requests import context
from webapp.schemas.cases import PageQuerySchema
from webapp.schemas.inspections import DrawSchema, PrepareRoundSchema, ReasonSchema
from webapp.schemas.rounds import (
    CertificateSchema,
    PopulationPageSchema,
    RoundDetailSchema,
    RoundPageSchema,
    RoundQuerySchema,
    RoundSchema,
    SelectedPageSchema,
)
from webapp.told import columns, progress

blueprint = ApiBlueprint("rounds", "/rounds", "Rounds of inspection 抽查 and their draw.")


@blueprint.get("")
@blueprint.arguments(RoundQuerySchema, location="query")
@blueprint.response(200, RoundPageSchema)
def index(asked: dict[str, Any]) -> dict[str, Any]:
    """Rounds that one may read, newest first."""
    rows = queries.rounds(
        context(), campaign_id=asked["campaign_id"], after=id_after(asked), limit=asked["limit"]
    )
    return page_by_id(rows, asked)


@blueprint.post("")
@blueprint.arguments(PrepareRoundSchema)
@blueprint.response(201, RoundSchema)
def prepare(given: dict[str, Any]) -> InspectionRound:
    """Freeze the items that may be drawn and the inspectors; publish what binds the draw."""
    return service.prepare_round(context(), **given)


@blueprint.get("/<int:id>")
@blueprint.response(200, RoundDetailSchema)
def show(id: int) -> dict[str, Any]:
    """One round with its pool, who was left out, and how its checks stand."""
    ctx = context()
    row = queries.find_round(ctx, id)
    opening = queue.progress(ctx.session, f"{service.OPEN_CHECKS}:{id}")
    return {
        **columns(row),
        "sample_size": sampling.sample_size(row.population_size, row.rate),
        "commitment": sampling.commitment(row.population_hash, row.inspector_hash, row.rate, row.seed_source),
        "procedure": sampling.PROCEDURE,
        "pool": queries.pool(ctx, id),
        "checks": queries.check_counts(ctx, id),
        "exclusions": queries.exclusions(ctx, id),
        "opening": progress(opening) if opening else None,
    }


@blueprint.post("/<int:id>/draw")
@blueprint.arguments(DrawSchema)
@blueprint.response(200, RoundSchema)
def draw(given: dict[str, Any], id: int) -> InspectionRound:
    """Draw with the seed that its announced source has yielded; the checks are opened by the queue."""
    return service.draw(context(), id, given["seed"])


@blueprint.post("/<int:id>/withdraw")
@blueprint.arguments(ReasonSchema)
@blueprint.response(200, RoundSchema)
def withdraw(given: dict[str, Any], id: int) -> InspectionRound:
    """Give up a frozen round before its draw, with a reason that stays on record."""
    ctx = context()
    service.withdraw_round(ctx, id, given["reason"])
    return _row(ctx, id)


@blueprint.post("/<int:id>/close")
@blueprint.response(200, RoundSchema)
def close(id: int) -> InspectionRound:
    """End a round whose checks have all ended."""
    ctx = context()
    service.close_round(ctx, id)
    return _row(ctx, id)


@blueprint.get("/<int:id>/certificate")
@blueprint.response(200, CertificateSchema)
def certificate(id: int) -> dict[str, Any]:
    """Everything that is needed to repeat the draw: `duban draw verify` reads it."""
    return queries.certificate(context(), id).as_json()


@blueprint.get("/<int:id>/population")
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, PopulationPageSchema)
def population(asked: dict[str, Any], id: int) -> dict[str, Any]:
    """The frozen list, by id of the work item."""
    rows = queries.population(context(), id, after=id_after(asked) or 0, limit=asked["limit"])
    full = len(rows) == asked["limit"]
    return {"items": rows, "next": str(rows[-1].work_item_id) if full else None}


@blueprint.get("/<int:id>/selected")
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, SelectedPageSchema)
def selected(asked: dict[str, Any], id: int) -> dict[str, Any]:
    """What was drawn, by rank, each with its present check."""
    rows = queries.selected(context(), id, after=id_after(asked) or 0, limit=asked["limit"])
    items = [
        {
            **columns(lot),
            "check_id": check.id if check else None,
            "check_state": check.state if check else None,
        }
        for lot, check in rows
    ]
    return {"items": items, "next": str(rows[-1][0].rank) if len(rows) == asked["limit"] else None}


def _row(ctx: Context, id: int) -> InspectionRound:
    return ctx.session.get_one(InspectionRound, id)
