"""Files: bytes in as a raw body, evidence out by the row that it belongs to."""

from typing import Any

from flask import request

from engine import files
from engine.evidence import queries as evidence
from engine.inspections import queries as inspections
from webapp import downloads, idempotency
from webapp.api import BYTES, ApiBlueprint
from webapp.requests import actor, context, ground, largest_body, own_transactions
from webapp.schemas.cases import FileSchema

blueprint = ApiBlueprint("files", "", "Files 佐证材料.")


@blueprint.post("/files")
@blueprint.response(201, FileSchema)
@blueprint.doc(
    requestBody={
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    },
    parameters=[
        {
            "in": "header", "name": "X-Filename", "required": True, "schema": {"type": "string", "minLength": 1},
            "description": "The file's name, percent-encoded",
        }
    ],
)  # fmt: skip
@idempotency.keyless
@largest_body(lambda settings: settings.max_upload_bytes)
@own_transactions
def stage(**_: Any) -> Any:
    """Stream one file to staging; hand its id in with the verb that needs it.

    A repeated call stages the bytes again; what no verb takes in is removed later.
    """
    base = ground()
    name, stream, length = downloads.body_stream(request)
    return files.stage(
        base.db, base.settings, base.clock, stream, name=name, media_type_hint=request.mimetype,
        staged_by=actor(), content_length=length,
    )  # fmt: skip


@blueprint.get("/evidence-files/<int:id>")
@blueprint.response(200, **BYTES)
def evidence_file(id: int) -> Any:
    """The bytes of one file of a submission."""
    row, file = evidence.evidence_file(context(), id)
    return downloads.send(file, row.name)


@blueprint.get("/rectification-files/<int:id>")
@blueprint.response(200, **BYTES)
def rectification_file(id: int) -> Any:
    """The bytes of one file of a rectification report."""
    row, file = inspections.rectification_file(context(), id)
    return downloads.send(file, row.name)
