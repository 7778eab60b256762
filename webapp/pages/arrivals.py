"""送达情况: whether what was urged and noticed about a work item has arrived, for those who may urge its unit."""

from flask import Blueprint, render_template

from notifications import arrivals, templates
from webapp.language import language
from webapp.pages.endpoints import CHANNELS
from webapp.requests import context

blueprint = Blueprint("arrivals", __name__, url_prefix="/messages/arrivals")


@blueprint.get("/work-items/<int:id>")
def show(id: int) -> str:
    item, messages = arrivals.about(context(), id)
    told = [(templates.told(people[0].notification, language()), people) for people in messages]
    return render_template("messages/arrivals.html", item=item, messages=told, channels=CHANNELS)
