"""Where news are pushed: webhooks and group robots, for the system administrator. Secrets go in and never come out."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from engine.errors import InvalidInput
from engine.organisation.models import Unit
from engine.permissions import Permission, require
from engine.texts import N_
from notifications import endpoints
from notifications.models import Channel
from notifications.topics import NAMES, Topic
from webapp.errors import field_errors
from webapp.language import gettext, translate
from webapp.requests import context

blueprint = Blueprint("endpoints", __name__, url_prefix="/messages/endpoints")

CHANNELS = {
    Channel.EMAIL: N_("邮件"),
    Channel.SMS: N_("短信"),
    Channel.WEBHOOK: N_("接口推送"),
    Channel.WECOM: N_("企业微信群机器人"),
    Channel.DINGTALK: N_("钉钉群机器人"),
}


@blueprint.get("")
def index() -> str:
    return _index()


def _index(secret: str | None = None) -> str:
    """``secret``: of the webhook that was just added, shown this once."""
    ctx = context()
    require(ctx, Permission.ENDPOINT_MANAGE)
    return render_template(
        "messages/endpoints.html", rows=endpoints.overview(ctx.session), channels=CHANNELS, topics=NAMES,
        secret=secret,
    )  # fmt: skip


@blueprint.get("/new")
def new() -> str:
    return _form({"topics": list(Topic), "channel": Channel.WEBHOOK}, {})


@blueprint.post("/new")
def add() -> ResponseReturnValue:
    ctx, form = context(), request.form
    unit_id = None
    try:
        if written := form.get("unit", "").strip():
            unit_id = ctx.session.scalar(select(Unit.id).where(Unit.name == written))
            if unit_id is None:
                raise InvalidInput("endpoints.unit", "单位不存在", field="unit")
        _, secret = endpoints.add(
            ctx, channel=form.get("channel", ""), name=form.get("name", ""), url=form.get("url", ""),
            secret=form.get("secret", ""), topics=form.getlist("topics"), unit_id=unit_id,
            language=form.get("language", "zh"),
        )  # fmt: skip
    except InvalidInput as error:
        return _form({**form.to_dict(), "topics": form.getlist("topics")}, field_errors(error)), 422
    if secret is not None:
        return _index(secret)
    flash(gettext("已增加推送地址，可以发送测试消息。"), "success")
    return _back()


@blueprint.post("/<int:id>/stop")
def stop(id: int) -> ResponseReturnValue:
    endpoints.stop(context(), id)
    flash(gettext("已停用，未发送的消息不再发送。"), "success")
    return _back()


@blueprint.post("/<int:id>/resume")
def resume(id: int) -> ResponseReturnValue:
    endpoints.resume(context(), id)
    flash(gettext("已启用。"), "success")
    return _back()


@blueprint.post("/<int:id>/trial")
def send_trial(id: int) -> ResponseReturnValue:
    endpoints.send_trial(context(), id)
    flash(gettext("测试消息已进入发送队列，稍后刷新本页查看结果。"), "success")
    return _back()


@blueprint.post("/<int:id>/retry")
def retry(id: int) -> ResponseReturnValue:
    n = endpoints.retry_failed(context(), id)
    flash(translate("将重新发送 {n} 条消息。", n=n), "success")
    return _back()


def _form(values: dict[str, Any], errors: dict[str, str]) -> str:
    ctx = context()
    require(ctx, Permission.ENDPOINT_MANAGE)
    return render_template(
        "messages/new_endpoint.html", values=values, errors=errors, topics=NAMES,
        channels={channel: CHANNELS[channel] for channel in endpoints.CHANNELS},
    )  # fmt: skip


def _back() -> ResponseReturnValue:
    return redirect(url_for("endpoints.index"), code=303)
