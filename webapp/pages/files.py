"""Files: the bytes of an upload come in here, outside any transaction; evidence goes out by its row."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from engine import files
from webapp.downloads import body_stream, staged_json
from webapp.requests import actor, ground, largest_body, own_transactions

blueprint = Blueprint("files", __name__, url_prefix="/files")


@blueprint.post("")
@largest_body(lambda settings: settings.max_upload_bytes)
@own_transactions
def upload() -> ResponseReturnValue:
    """Stream one file to staging; answers its id, which the form then hands in."""
    base = ground()
    name, stream, length = body_stream(request)
    staged = files.stage(
        base.db, base.settings, base.clock, stream, name=name, media_type_hint=request.mimetype,
        staged_by=actor(), content_length=length,
    )  # fmt: skip
    return jsonify(staged_json(staged)), 201
