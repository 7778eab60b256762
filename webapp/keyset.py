"""Paging by key: the address of the next page holds the last row's sort key, so that a page costs the same anywhere."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import request, url_for

PAGE = 50


def after() -> tuple[datetime, int] | None:
    """The place named by `?after=`, or None for the first page (also when it is garbled)."""
    at, _, id = request.args.get("after", "").rpartition("_")
    try:
        return datetime.fromisoformat(at), int(id)
    except ValueError:
        return None


def next_page(rows: Sequence[Any], key: str, size: int = PAGE) -> str | None:
    """This address with the place behind the last of ``rows``; None when there is no further page."""
    if len(rows) < size:
        return None
    last = rows[-1]
    kept: dict[str, Any] = {**(request.view_args or {}), **request.args.to_dict()}
    kept["after"] = f"{getattr(last, key).isoformat()}_{last.id}"
    return url_for(request.endpoint or "", **kept)
