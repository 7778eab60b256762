"""The calendar of one's own deadlines, to subscribe to."""

from typing import Any

from notifications import calendar_feed
from notifications.models import CalendarFeed
from webapp import idempotency
from webapp.api import ApiBlueprint
from webapp.pages.calendar_feed import address
from webapp.requests import context
from webapp.schemas.calendar_feed import CalendarFeedSchema, NewCalendarFeedSchema

blueprint = ApiBlueprint("calendar_feed", "/me/calendar-feed", "A calendar of one's own deadlines.")


@blueprint.get("")
@blueprint.response(200, CalendarFeedSchema)
def show() -> dict[str, Any]:
    """Whether there is one, and since when its address holds."""
    found: CalendarFeed | None = calendar_feed.mine(context())
    return {"renewed_at": found.renewed_at if found else None}


@blueprint.post("")
@blueprint.response(201, NewCalendarFeedSchema)
@idempotency.keyless
def renew() -> dict[str, str]:
    """A new address in place of any before it, told this once."""
    return {"url": address(calendar_feed.renew(context()))}


@blueprint.delete("")
@blueprint.response(204)
def stop() -> str:
    """Give it up."""
    calendar_feed.stop(context())
    return ""
