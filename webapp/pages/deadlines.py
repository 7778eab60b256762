"""Why a date is what it is, and why its light has its colour: one click from any light."""

from flask import Blueprint, render_template, request

from webapp import cases, ladder_words
from webapp.requests import context
from webapp.why import answer

blueprint = Blueprint("deadlines", __name__, url_prefix="/deadlines")


@blueprint.get("/<int:id>/why")
def why(id: int) -> str:
    ctx = context()
    deadline = cases.find_deadline(ctx, id)
    earlier = [done for done in deadline.steps if done.due_at != deadline.due_at and done.outcome == "fired"]
    return render_template(
        "deadlines/why.html", deadline=deadline, case=cases.of_deadline(ctx, deadline), answer=answer(ctx, deadline),
        words=ladder_words,
        earlier=[ladder_words.of_done(done) for done in earlier], back=request.referrer if _ours() else None,
    )  # fmt: skip


def _ours() -> bool:
    return (request.referrer or "").startswith(request.host_url)
