"""Files: bytes in as a raw body, evidence out by its row."""

from typing import Any

from flask import request

from engine import files
from engine.evidence import queries as evidence
from webapp import downloads
from webapp.api import ApiBlueprint
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
@largest_body(lambda settings: settings.max_upload_bytes)
@own_transactions
def stage(**_: Any) -> Any:
    """Stream one file to staging; hand its id in with the verb that needs it."""
    base = ground()
    name, stream, length = downloads.body_stream(request)
    return files.stage(
        base.db, base.settings, base.clock, stream, name=name, media_type_hint=request.mimetype,
        staged_by=actor(), content_length=length,
    )  # fmt: skip


@blueprint.get("/evidence-files/<int:id>")
@blueprint.response(
    200, content_type="application/octet-stream", schema={"type": "string", "format": "binary"}
)
def evidence_file(id: int) -> Any:
    """The bytes of one file of a submission."""
    row, file = evidence.evidence_file(context(), id)
    return downloads.send(file, row.name)
