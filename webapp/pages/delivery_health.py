"""Delivery health 发送状况, for the system administrator: each channel and endpoint, and what its figures count."""

from typing import Any

from flask import Blueprint, render_template, request, url_for

from engine.context import Context
from engine.permissions import Permission, require
from engine.texts import N_
from notifications import health, records
from notifications.health import SPANS, Circuit, Window
from notifications.models import Channel, Endpoint
from notifications.records import Show, Side, Tries
from webapp.keyset import PAGE, number
from webapp.language import gettext
from webapp.pages.endpoints import CHANNELS
from webapp.requests import context

blueprint = Blueprint("delivery_health", __name__, url_prefix="/messages/health")

#: circuit -> (words, tone of the badge)
CIRCUITS = {
    Circuit.CLOSED: (N_("正常"), "good"),
    Circuit.OPEN: (N_("暂停发送，等待重试"), "bad"),
    Circuit.PROBING: (N_("待试发"), "warn"),
    Circuit.STOPPED: (N_("未启用"), "plain"),
}
SHOWS = {
    None: N_("全部"),
    Show.WAITING: N_("待发送"),
    Show.FAILED: N_("未送达"),
    Show.SENT: N_("已送达"),
    Show.REPEATED: N_("可能重复"),
    Show.DROPPED: N_("不再发送"),
}
WINDOWS = {Window.DAY: N_("近24小时"), Window.WEEK: N_("近7天")}


@blueprint.get("")
def index() -> str:
    ctx = _managing()
    rows = health.overview(ctx.session, ctx.settings, ctx.clock.now())
    return render_template(
        "messages/health.html", rows=rows, channels=CHANNELS, circuits=CIRCUITS, windows=WINDOWS,
        now=ctx.clock.now(),
    )  # fmt: skip


@blueprint.get("/deliveries")
def deliveries() -> str:
    """What was sent, waits, or was given up."""
    ctx = _managing()
    side, kept = _side()
    show = _one_of(Show, request.args.get("state"))
    after = number(request.args.get("after"))
    rows = records.deliveries(ctx.session, side, show, after=after, limit=PAGE)
    here = "delivery_health.deliveries"
    chips = [
        {"href": url_for(here, state=state, **kept), "label": gettext(label), "active": state == show}
        for state, label in SHOWS.items()
    ]
    last = rows[-1][0].id if len(rows) == PAGE else None
    return render_template(
        "messages/deliveries.html", rows=rows, channels=CHANNELS, chips=chips, side=_named(ctx, side),
        next=url_for(here, state=show, after=last, **kept) if last else None,
    )  # fmt: skip


@blueprint.get("/attempts")
def attempts() -> str:
    """Each try to send, in the last day or week."""
    ctx = _managing()
    side, kept = _side()
    tries = _one_of(Tries, request.args.get("outcome"))
    window = _one_of(Window, request.args.get("within")) or Window.WEEK
    rows = records.attempts(
        ctx.session, side, tries, since=ctx.clock.now() - SPANS[window],
        after=number(request.args.get("after")), limit=PAGE,
    )  # fmt: skip
    here = "delivery_health.attempts"
    chips = [
        {
            "href": url_for(here, within=one, outcome=outcome, **kept),
            "label": f"{gettext(WINDOWS[one])} · {gettext(label)}",
            "active": one == window and outcome == tries,
        }
        for one in Window
        for outcome, label in (
            (None, N_("全部")),
            (Tries.FAILED, N_("失败")),
            (Tries.REPEATED, N_("可能重复")),
        )
    ]
    last = rows[-1][0].id if len(rows) == PAGE else None
    return render_template(
        "messages/tries.html", rows=rows, channels=CHANNELS, chips=chips, side=_named(ctx, side),
        next=url_for(here, within=window, outcome=tries, after=last, **kept) if last else None,
    )  # fmt: skip


def _managing() -> Context:
    ctx = context()
    require(ctx, Permission.QUEUE_MANAGE)
    return ctx


def _one_of(kind: Any, written: str | None) -> Any:
    """The member, or None for what is none."""
    return kind(written) if written in set(kind) else None


def _side() -> tuple[Side, dict[str, Any]]:
    """What the address narrows to, and the same for further addresses."""
    channel, endpoint = _one_of(Channel, request.args.get("channel")), number(request.args.get("to"))
    return Side(channel, endpoint), {"channel": channel, "to": endpoint}


def _named(ctx: Context, side: Side) -> str:
    if side.endpoint_id is not None and (row := ctx.session.get(Endpoint, side.endpoint_id)) is not None:
        return row.name
    return gettext(CHANNELS[side.channel]) if side.channel is not None else ""
