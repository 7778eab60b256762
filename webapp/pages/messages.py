"""Messages 消息: what happened that concerns the person, unread ones marked, and the bell of every page."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from engine.context import Context
from engine.errors import NotFound
from notifications import links, messages, templates
from notifications.models import Notification
from webapp.keyset import PAGE, number
from webapp.language import gettext, language, translate
from webapp.navigation import navigation
from webapp.requests import context

blueprint = Blueprint("messages", __name__, url_prefix="/messages")


def _unread(ctx: Context) -> int:
    return messages.unread_count(ctx.session, ctx.actor.person_id or 0)


navigation.ring("messages.index", _unread)


@blueprint.get("")
def index() -> str:
    ctx = context()
    after, unread_only = number(request.args.get("after")), request.args.get("only") == "unread"
    found = messages.list_for(
        ctx.session, ctx.actor.person_id or 0, after=after, limit=PAGE,
        unread_only=unread_only,
    )  # fmt: skip
    only = "unread" if unread_only else None
    unread = _unread(ctx)
    chips = [
        {"href": url_for("messages.index"), "label": gettext("全部"), "active": not unread_only},
        {
            "href": url_for("messages.index", only="unread"),
            "label": gettext("未读"),
            "count": unread,
            "active": unread_only,
        },
    ]
    return render_template(
        "messages/index.html",
        rows=[(row, templates.told(row, language())) for row in found],
        chips=chips, unread=unread, only=only,
        next=url_for("messages.index", only=only, after=found[-1].id) if len(found) == PAGE else None,
    )  # fmt: skip


@blueprint.post("/<int:id>/open")
def open_one(id: int) -> ResponseReturnValue:
    """Mark as read and go to what it is about."""
    ctx = context()
    row = ctx.session.scalar(
        select(Notification).where(Notification.id == id, Notification.person_id == ctx.actor.person_id)
    )
    if row is None:
        raise NotFound()
    messages.mark_read(ctx, [id])
    return redirect(links.path(row), code=303)


@blueprint.post("/read")
def mark_read() -> ResponseReturnValue:
    """Mark the ticked ones as read, or all."""
    ids = (
        None
        if request.form.get("all")
        else [id for written in request.form.getlist("ids") if (id := number(written))]
    )
    n = messages.mark_read(context(), ids)
    flash(translate("已将 {n} 条消息标为已读。", n=n), "success")
    return redirect(url_for("messages.index", only=request.form.get("only") or None), code=303)
