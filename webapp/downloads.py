"""Bytes in and out, for pages and API: the raw body of an upload, and a kept file as a download."""

from typing import Any, BinaryIO, cast
from urllib.parse import quote, unquote

from flask import Request, Response

from engine import files
from engine.errors import InvalidInput
from engine.files import File, StagedFile
from webapp.requests import ground


def body_stream(request: Request) -> tuple[str, BinaryIO, int | None]:
    """(name, stream, declared length) of an upload: raw body, name percent-encoded in X-Filename."""
    name = unquote(request.headers.get("X-Filename", "")).strip()
    if not name:
        raise InvalidInput("files.no_name", "上传的文件没有名称", field="files")
    return name, cast(BinaryIO, request.stream), request.content_length


def staged_json(staged: StagedFile) -> dict[str, Any]:
    return {
        "id": staged.id, "name": staged.name, "size": staged.size, "sha256": staged.sha256, "sm3": staged.sm3,
        "media_type": staged.media_type,
    }  # fmt: skip


def send(file: File, name: str) -> Response:
    """A kept file as a download, never shown inside our own pages. Its digest is checked on the way."""
    response = Response(files.open_bytes(ground().settings, file), mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    response.content_length = file.size
    response.headers["X-Content-SHA256"] = file.sha256
    return response


#: In front of a CSV, so that spreadsheet programs read it as UTF-8.
BOM = b"\xef\xbb\xbf"


def attachment(content: bytes, name: str, media_type: str) -> Response:
    """Something made for this request, as a download."""
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return response
