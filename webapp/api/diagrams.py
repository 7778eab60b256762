"""The published diagrams, for any modeler. They hold no case data: everyone with a token reads them."""

from werkzeug import Response

from engine.process import definitions
from webapp.api import ApiBlueprint
from webapp.requests import context

blueprint = ApiBlueprint("diagrams", "/diagrams", "Published diagrams.")


@blueprint.get("/<key>")
@blueprint.response(200, content_type="application/xml", schema={"type": "string"})
def show(key: str) -> Response:
    """The BPMN 2.0 file that new cases of a kind follow: `work_item`, `obligation`, `key_task`, …"""
    return Response(definitions.latest(context().session, key).xml, mimetype="application/xml")
