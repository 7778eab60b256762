"""Campaigns: the list, the matrix of key tasks and units with their lights, the progress of dispatch."""

from flask import Blueprint, render_template, request, url_for

from engine import permissions
from engine.campaigns import queries
from engine.campaigns.models import Campaign
from engine.context import Role
from engine.deadlines import Colour
from engine.permissions import Permission
from engine.plans import amends
from engine.texts import N_
from webapp.keyset import PAGE, number
from webapp.language import gettext
from webapp.light_words import light_words
from webapp.navigation import navigation
from webapp.requests import context

blueprint = Blueprint("campaigns", __name__, url_prefix="/campaigns")

WORKING = {Role.REPORTER, Role.HEAD, Role.INSPECTOR, Role.OFFICER, Role.LEADER}
navigation.add("campaigns.index", N_("专项行动"), order=20, roles=WORKING)

#: The lights in the order of urgency.
LIGHTS = (Colour.RED, Colour.YELLOW, Colour.BLUE, Colour.GREEN, Colour.GREY)


@blueprint.get("")
def index() -> str:
    found = queries.campaigns(context(), after=number(request.args.get("after")), limit=PAGE)
    more = url_for("campaigns.index", after=found[-1].id) if len(found) == PAGE else None
    return render_template("campaigns/index.html", campaigns=found, next=more)


@blueprint.get("/<int:id>")
def show(id: int) -> str:
    """The matrix; `?light=red` keeps the rows that have such a light."""
    ctx = context()
    matrix = queries.matrix(ctx, id)
    light = request.args.get("light", "")
    rows = [row for row in matrix.rows if not light or row.colours.get(light)]  # type: ignore[call-overload]
    said = {**light_words(), Colour.GREY.value: gettext("无待办或已结")}
    chips = [
        {"href": url_for("campaigns.show", id=id), "label": gettext("全部"), "active": not light},
        *(
            {
                "href": url_for("campaigns.show", id=id, light=colour.value), "label": said[colour.value],
                "count": matrix.colours[colour], "colour": colour.value, "active": light == colour,
            }
            for colour in LIGHTS
        ),
    ]  # fmt: skip
    return render_template(
        "campaigns/show.html", matrix=matrix, campaign=matrix.campaign, rows=rows, chips=chips,
        by_id={row.key_task.id: row for row in queries.key_tasks(ctx, id)},
        versions=amends.versions(ctx, matrix.campaign.plan_id) if matrix.campaign.plan_id else [],
        may_manage=permissions.permits(ctx, Permission.CAMPAIGN_MANAGE, Campaign, id),
    )  # fmt: skip
