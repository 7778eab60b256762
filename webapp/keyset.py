"""Paging by key: the next page's address holds the last row's sort key, so that a page costs the same anywhere."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flask import request, url_for

from webapp.plain_input import LARGEST_ID

PAGE = 50


def after() -> tuple[datetime, int] | None:
    """The place named by `?after=`, or None for the first page."""
    return parse(request.args.get("after"))


def parse(place: str | None) -> tuple[datetime, int] | None:
    """What `place` wrote; None for nothing, and for what nobody wrote."""
    at, _, written = (place or "").rpartition("_")
    id = number(written)
    try:
        moment = datetime.fromisoformat(at)
        return (moment.astimezone(UTC), id) if moment.tzinfo and id is not None else None
    except (ValueError, OverflowError):
        return None


def number(written: str | None) -> int | None:
    """An id in an address; None for nothing, and for what cannot be the id of a row."""
    if not written or not written.isdecimal() or len(written) > 19:
        return None
    found = int(written)
    return found if found <= LARGEST_ID else None


def place(row: Any, key: str) -> str:
    return f"{getattr(row, key).isoformat()}_{row.id}"


def next_page(rows: Sequence[Any], key: str, size: int = PAGE) -> str | None:
    """This address with the place behind the last of ``rows``; None when there is no further page."""
    if len(rows) < size:
        return None
    kept: dict[str, Any] = {**(request.view_args or {}), **request.args.to_dict()}
    return url_for(request.endpoint or "", **(kept | {"after": place(rows[-1], key)}))
