"""What could not be told, for the system administrator: what was given up, and messages that could not be dispatched."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.context import Context, Role
from engine.permissions import Permission, require
from engine.texts import N_
from notifications import endpoints, failures
from webapp.keyset import PAGE, number
from webapp.language import gettext
from webapp.navigation import navigation
from webapp.pages.endpoints import CHANNELS
from webapp.requests import context

blueprint = Blueprint("deliveries", __name__, url_prefix="/messages/failures")


def _failed(ctx: Context) -> int:
    return failures.count_failed(ctx.session)


navigation.add("deliveries.index", N_("消息发送"), order=75, roles={Role.SYSTEM_ADMIN}, count=_failed)


@blueprint.get("")
def index() -> str:
    ctx = context()
    require(ctx, Permission.QUEUE_MANAGE)
    after = number(request.args.get("after"))
    mails = failures.failed_deliveries(ctx.session, after=after, limit=PAGE)
    return render_template(
        "messages/failures.html", mails=mails, channels=CHANNELS, failing=endpoints.count_failing(ctx.session),
        dispatches=failures.failed_dispatches(ctx.session),
        next=url_for("deliveries.index", after=mails[-1][0].id) if len(mails) == PAGE else None,
    )  # fmt: skip


@blueprint.get("/<int:id>/attempts")
def attempts(id: int) -> str:
    """The attempts of one delivery, opened in place."""
    ctx = context()
    require(ctx, Permission.QUEUE_MANAGE)
    return render_template("messages/attempts.html", attempts=failures.attempts_of(ctx.session, id))


@blueprint.post("/<int:id>/retry")
def retry(id: int) -> ResponseReturnValue:
    return _again(failures.retry_delivery, id, N_("将重新发送。"))


@blueprint.post("/dispatches/<int:id>/retry")
def retry_dispatch(id: int) -> ResponseReturnValue:
    return _again(failures.retry_dispatch, id, N_("将重新分发。"))


def _again(verb: Callable[[Context, int], Any], id: int, done: str) -> ResponseReturnValue:
    verb(context(), id)
    flash(gettext(done), "success")
    return redirect(url_for("deliveries.index"), code=303)
