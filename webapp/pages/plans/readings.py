"""A large document while it is read: how far it is, then the draft, or why there is none."""

from flask import Response, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from engine.errors import UnreadableDocument
from engine.plans import readings
from engine.plans.models import PlanReading, ReadingState
from webapp.errors import sentence
from webapp.pages.plans.part import blueprint, is_htmx
from webapp.requests import context


@blueprint.get("/readings/<int:id>")
def reading(id: int) -> ResponseReturnValue:
    """The page and, asked by htmx, its progress line alone; on to the draft once there is one."""
    ctx = context()
    found = readings.find(ctx, id)
    if found.state == ReadingState.DONE:
        there = url_for("plans.show", id=found.plan_id)
        return _elsewhere(there) if is_htmx() else redirect(there, code=303)
    error = _error(found)
    if is_htmx() and error:
        return _elsewhere(url_for("plans.reading", id=id))
    template = "plans/reading_progress.html" if is_htmx() else "plans/reading.html"
    steps = readings.steps(ctx.session, found)
    return render_template(template, reading=found, steps=steps, error=error)


def _error(found: PlanReading) -> str | None:
    if found.error is None:
        return None
    return sentence(UnreadableDocument(found.error["code"], found.error["text"], **found.error["params"]))


def _elsewhere(url: str) -> Response:
    """htmx follows this with the whole page."""
    response = make_response("")
    response.headers["HX-Redirect"] = url
    return response
