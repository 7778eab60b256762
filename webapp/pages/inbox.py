"""The inbox 待办: what waits for the posts that one holds, soonest due first; and what one has done 已办."""

from datetime import datetime, timedelta

from flask import Blueprint, render_template, request, url_for

from engine.context import Context, Role
from engine.process import inbox
from engine.texts import N_
from webapp import keyset, matters
from webapp.language import gettext
from webapp.navigation import navigation
from webapp.requests import context

blueprint = Blueprint("inbox", __name__, url_prefix="/inbox")

WORKING = {Role.REPORTER, Role.HEAD, Role.INSPECTOR, Role.OFFICER, Role.LEADER}

navigation.add("inbox.open_tasks", N_("待办"), order=10, roles=WORKING, count=inbox.count_open)


@blueprint.get("")
def open_tasks() -> str:
    ctx = context()
    only = request.args.get("due", "")
    rows = inbox.open_user_tasks(
        ctx, after=keyset.after(), limit=keyset.PAGE, due_before=_due_before(ctx, only)
    )
    chips = [
        {"href": url_for("inbox.open_tasks"), "label": gettext("全部"), "active": not only},
        {
            "href": url_for("inbox.open_tasks", due="week"), "label": gettext("七天内到期"),
            "active": only == "week",
        },
        {
            "href": url_for("inbox.open_tasks", due="overdue"), "label": gettext("已逾期"),
            "active": only == "overdue", "colour": "red",
        },
    ]  # fmt: skip
    return render_template(
        "inbox/open.html",
        matters=matters.describe(ctx, rows), chips=chips, total=inbox.count_open(ctx), only=only,
        next=keyset.next_page(rows, "due_key"), tabs=_tabs("open"),
    )  # fmt: skip


@blueprint.get("/done")
def done() -> str:
    ctx = context()
    rows = inbox.completed_user_tasks(ctx, after=keyset.after(), limit=keyset.PAGE)
    return render_template(
        "inbox/done.html",
        matters=matters.describe(ctx, rows), next=keyset.next_page(rows, "ended_at"), tabs=_tabs("done"),
    )  # fmt: skip


def _due_before(ctx: Context, only: str) -> datetime | None:
    now = ctx.clock.now()
    return {"overdue": now, "week": now + timedelta(days=7)}.get(only)


def _tabs(active: str) -> list[dict[str, object]]:
    return [
        {"href": url_for("inbox.open_tasks"), "label": gettext("待办"), "active": active == "open"},
        {"href": url_for("inbox.done"), "label": gettext("已办"), "active": active == "done"},
    ]
