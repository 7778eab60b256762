"""The published diagrams as BPMN files, for the viewer and for any modeler."""

from typing import Any

from flask import Blueprint, Response, url_for

from engine.context import Context
from engine.process import definitions, runtime
from engine.process.operators import Subject
from engine.texts import N_
from webapp.language import gettext, language, translate
from webapp.requests import context

blueprint = Blueprint("diagrams", __name__, url_prefix="/diagrams")


@blueprint.get("/<spec_key>.bpmn")
def show(spec_key: str) -> Response:
    """Published diagrams hold no case data: everyone signed in may read them."""
    spec = definitions.spec_of(context().session, spec_key)
    return Response(spec.xml, mimetype="application/xml")


def live(ctx: Context, subject: Subject) -> dict[str, Any] | None:
    """What the diagram macro needs to show where a case stands; None when it has no process."""
    standing = runtime.standing(ctx, subject)
    if standing is None:
        return None
    xml = definitions.spec_of(ctx.session, standing.spec_key).xml
    names, awaited = definitions.element_names(xml), definitions.awaited_elements(xml)
    now = "、".join(
        translate(N_("等待{name}"), name=gettext(names[id])) if id in awaited else gettext(names[id])
        for id in sorted(standing.live)
        if id in names
    )
    return {
        "url": url_for("diagrams.show", spec_key=standing.spec_key),
        "active": sorted(standing.live),
        "done": sorted(standing.done),
        "names": {id: gettext(name) for id, name in names.items()} if language() == "en" else None,
        "now": now,
    }
