"""Paging by key: the next page's address holds the last row's sort key, so that a page costs the same anywhere."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import request, url_for

PAGE = 50


def after() -> tuple[datetime, int] | None:
    """The place named by `?after=`, or None for the first page."""
    return parse(request.args.get("after"))


def parse(place: str | None) -> tuple[datetime, int] | None:
    """What `place` wrote; None for nothing, and for what nobody wrote."""
    at, _, id = (place or "").rpartition("_")
    try:
        moment = datetime.fromisoformat(at)
        return (moment, int(id)) if moment.tzinfo else None
    except ValueError:
        return None


def place(row: Any, key: str) -> str:
    return f"{getattr(row, key).isoformat()}_{row.id}"


def next_page(rows: Sequence[Any], key: str, size: int = PAGE) -> str | None:
    """This address with the place behind the last of ``rows``; None when there is no further page."""
    if len(rows) < size:
        return None
    kept: dict[str, Any] = {**(request.view_args or {}), **request.args.to_dict()}
    return url_for(request.endpoint or "", **(kept | {"after": place(rows[-1], key)}))
