"""The Idempotency-Key header of writing API calls, on the mechanism of engine/idempotency."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, g, request
from werkzeug import Response

from engine import idempotency
from engine.context import Context
from engine.idempotency import Answer

F = TypeVar("F", bound=Callable[..., Any])

HEADER = "Idempotency-Key"
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_KEPT_HEADERS = ("Content-Type", "Location")


def keyless(view: F) -> F:
    """Mark a writing view whose answer is not kept: it holds a secret, is of the moment, or what was sent is too large."""
    view.keyless = True  # type: ignore[attr-defined]
    return view


def is_keyless(endpoint: str) -> bool:
    return getattr(current_app.view_functions.get(endpoint), "keyless", False)


def once(run: Callable[[], Response], context: Callable[[], Context]) -> Response:
    """Run the request, or give the answer again that the same key had before. Refusals are not kept."""
    key, visitor = request.headers.get(HEADER), g.get("visitor")
    applies = request.method in WRITING and request.path.startswith("/api/")
    if key is None or visitor is None or not applies:
        return run()
    ctx = context()
    asked = idempotency.fingerprint(
        request.method.encode(), request.full_path.encode(), request.get_data(cache=True)
    )
    before = idempotency.claim(ctx, visitor.account_id, key, asked)
    if before is not None:
        return current_app.response_class(
            before.body, before.status, {**before.headers, "Idempotency-Replayed": "true"}
        )
    response = run()
    if response.status_code < 400:
        headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        answer = Answer(response.status_code, response.get_data(as_text=True), headers)
        idempotency.keep(ctx, visitor.account_id, key, answer)
    return response
