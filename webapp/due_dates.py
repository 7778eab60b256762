"""A deadline as the panel 现在 shows it: light, day, working days left, and where it explains itself."""

from typing import Any

from flask import url_for

from engine import deadlines, working_days
from engine.clock import local_date
from engine.context import Context
from engine.deadlines import Deadline, Reason
from webapp.light_words import shown_colour


def shown(ctx: Context, deadline: Deadline | None) -> dict[str, Any] | None:
    """Parameters of `now_panel` and `due`; None without a deadline."""
    if deadline is None:
        return None
    calendar, now = working_days.load_of(ctx.session, deadline.unit_id), ctx.clock.now()
    light = deadlines.light(deadline, now, calendar, deadlines.scheme(ctx.session))
    running = deadline.is_live and light.reason is not Reason.PAUSED
    return {
        "light": shown_colour(light),
        "due_on": deadline.due_on,
        "why": url_for("deadlines.why", id=deadline.id),
        "days": calendar.working_days_between(local_date(now), deadline.due_on) if running else None,
        "provisional": deadline.provisional,
    }
