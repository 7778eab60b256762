"""Deadlines: why a date is what it is."""

from typing import Any

from webapp import cases
from webapp.api import ApiBlueprint
from webapp.language import gettext, stored
from webapp.requests import context
from webapp.schemas.cases import ExplanationSchema
from webapp.why import answer

blueprint = ApiBlueprint("deadlines", "/deadlines", "Limits 期限, and why their lights have their colours.")


@blueprint.get("/<int:id>/why")
@blueprint.response(200, ExplanationSchema)
def why(id: int) -> dict[str, Any]:
    """Trigger, rule with its articles, every day counted or skipped, changes, ladder; the light and what puts it out."""
    ctx = context()
    told = answer(ctx, cases.find_deadline(ctx, id))
    found = told.why
    known = {name: getattr(found, name) for name in ExplanationSchema().fields if hasattr(found, name)}
    return {
        **known,
        "rule_text": gettext(found.rule_text),
        "law": [gettext(article) for article in found.law],
        "trigger_text": stored(found.trigger_text),
        "light_text": told.light_text,
        "remedy": told.remedy,
        "unit": told.unit,
    }
