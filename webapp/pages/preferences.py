"""Notification settings 通知设置: what each person wants to be told by which channel, when, and in which language."""

from datetime import time
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import InvalidInput
from engine.organisation.models import Person
from notifications import calendar_feed, preferences
from notifications.preferences import Wishes
from notifications.topics import NAMES, Topic
from webapp.errors import field_errors
from webapp.language import gettext
from webapp.requests import context

blueprint = Blueprint("preferences", __name__, url_prefix="/messages/settings")


@blueprint.get("")
def show() -> str:
    ctx = context()
    mine = preferences.mine(ctx)
    person = ctx.session.get(Person, ctx.actor.person_id)
    values = {
        "email_topics": mine.email_topics,
        "sms_topics": sorted(mine.sms_topics),
        "quiet_from": _written(mine.quiet_from),
        "quiet_until": _written(mine.quiet_until),
        "digest": mine.digest,
        "language": person.language if person else "zh",
    }
    return _form(values, {})


@blueprint.post("")
def change() -> ResponseReturnValue:
    form = request.form
    values = {
        **form.to_dict(),
        "email_topics": form.getlist("email_topics"),
        "sms_topics": form.getlist("sms_topics"),
        "digest": "digest" in form,
    }
    try:
        wished = Wishes(
            frozenset(topic for topic in Topic if topic not in form.getlist("email_topics")),
            frozenset(form.getlist("sms_topics")),
            _time("quiet_from"),
            _time("quiet_until"),
            "digest" in form,
        )
        preferences.change(context(), wished, form.get("language", ""))
    except InvalidInput as error:
        return _form(values, field_errors(error)), 422
    flash(gettext("通知设置已保存。"), "success")
    return redirect(url_for("preferences.show"), code=303)


def _form(values: dict[str, Any], errors: dict[str, str]) -> str:
    ctx = context()
    return render_template(
        "messages/settings.html", values=values, errors=errors, topics=NAMES, settings=ctx.settings,
        person=ctx.session.get(Person, ctx.actor.person_id), feed=calendar_feed.mine(ctx),
    )  # fmt: skip


def _time(name: str) -> time | None:
    written = request.form.get(name, "").strip().replace("：", ":")
    if not written:
        return None
    try:
        hours, _, minutes = written.partition(":")
        return time(int(hours), int(minutes[:2]))
    except ValueError:
        raise InvalidInput("preferences.time", "时间请填写为 22:00 的形式", field=name) from None


def _written(at: time | None) -> str:
    return at.strftime("%H:%M") if at else ""
