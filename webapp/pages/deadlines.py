"""Why a date is what it is, and why its light has its colour: one click from any light."""

from flask import Blueprint, render_template, request

from engine import deadlines, working_days
from engine.texts import N_
from webapp import cases
from webapp.requests import context

blueprint = Blueprint("deadlines", __name__, url_prefix="/deadlines")

#: Steps of a ladder, by the first part of their key.
STEP_WORDS = {"remind": N_("到期提醒"), "passed": N_("期限届满，记为逾期"), "escalate": N_("逾期上报")}


@blueprint.get("/<int:id>/why")
def why(id: int) -> str:
    ctx = context()
    deadline = cases.find_deadline(ctx, id)
    explanation = deadlines.explain(
        deadline,
        working_days.load_of(ctx.session, deadline.unit_id),
        ctx.clock.now(),
        deadlines.scheme(ctx.session),
    )
    return render_template(
        "deadlines/why.html", deadline=deadline, why=explanation, step_words=STEP_WORDS,
        back=request.referrer if _ours() else None,
    )  # fmt: skip


def _ours() -> bool:
    return (request.referrer or "").startswith(request.host_url)
