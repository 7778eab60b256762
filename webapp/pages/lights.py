"""The wall of lights: one campaign by key task or by unit, to be read across a room; it renews itself."""

from typing import Any

from flask import Blueprint, render_template, request, url_for

from engine.campaigns import due as engine_due
from engine.campaigns.models import Campaign
from engine.context import Context
from engine.errors import NotFound
from webapp import due
from webapp.keyset import number
from webapp.requests import context

blueprint = Blueprint("lights", __name__, url_prefix="/lights")

#: (tiles at most, columns): so many stand side by side on a desk's screen.
COLUMNS = ((6, 3), (12, 4), (20, 5), (30, 6), (48, 8))
MOST_COLUMNS = 10


@blueprint.get("")
def wall() -> str:
    ctx = context()
    campaign = _campaign(ctx)
    return render_template(
        "lights/wall.html",
        campaigns=due.campaigns(ctx), tabs=due.tabs(ctx, "lights.wall"), **_lit(ctx, campaign),
    )  # fmt: skip


@blueprint.get("/tiles")
def tiles() -> str:
    """The lights alone, asked again every minute."""
    ctx = context()
    campaign = _campaign(ctx)
    if campaign is None:
        raise NotFound()
    return render_template("lights/tiles.html", **_lit(ctx, campaign))


def _campaign(ctx: Context) -> Campaign | None:
    asked = number(request.args.get("campaign"))
    found = due.choice(ctx, asked)
    if asked is not None and found is None:
        raise NotFound()
    return found


def _lit(ctx: Context, campaign: Campaign | None) -> dict[str, Any]:
    by = "unit" if request.args.get("by") == "unit" else "task"
    ground = "dark" if request.args.get("ground") == "dark" else None
    found: dict[str, Any] = {
        "campaign": campaign, "by": by, "ground": ground, "words": due.words(ctx), "urgency": engine_due.URGENCY,
    }  # fmt: skip
    if campaign is not None:
        lights = engine_due.wall(ctx, campaign.id)
        lamps = lights.units if by == "unit" else lights.key_tasks
        place: dict[str, Any] = {"campaign": campaign.id, "by": by, "ground": ground}
        found |= {
            "lamps": lamps, "counts": lights.counts, "at": ctx.clock.now(), "place": place,
            "columns": next((n for most, n in COLUMNS if len(lamps) <= most), MOST_COLUMNS),
            "poll": url_for("lights.tiles", **place),
        }  # fmt: skip
    return found
