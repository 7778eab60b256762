"""The calendar of one's own deadlines: its address made, renewed and given up, and the feed itself."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from notifications import calendar_feed
from webapp import auth
from webapp.language import gettext
from webapp.requests import context, ground

blueprint = Blueprint("calendar_feed", __name__)


def address(token: str) -> str:
    return f"{ground().settings.base_url.rstrip('/')}{url_for('calendar_feed.show', token=token)}"


@blueprint.get("/calendar/<token>.ics")
@auth.public
def show(token: str) -> ResponseReturnValue:
    """For programs that subscribe: no cookie, the address itself is the secret."""
    response = Response(calendar_feed.read(context(), token), mimetype="text/calendar")
    response.add_etag()
    return response.make_conditional(request)


show.caching = "private, no-cache"  # type: ignore[attr-defined]


@blueprint.post("/messages/settings/calendar")
def renew() -> str:
    """The answer shows the address this once."""
    token = calendar_feed.renew(context())
    return render_template("messages/calendar_address.html", address=address(token))


@blueprint.post("/messages/settings/calendar/stop")
def stop() -> ResponseReturnValue:
    calendar_feed.stop(context())
    flash(gettext("日历订阅已停用。"), "success")
    return redirect(url_for("preferences.show"), code=303)
