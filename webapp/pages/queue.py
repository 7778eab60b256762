"""Work in the background, for the system administrator: what waits, and what is parked with its last error."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from engine import queue
from engine.context import Context, Role
from engine.permissions import Permission, require
from engine.texts import N_
from webapp.language import gettext
from webapp.navigation import navigation
from webapp.requests import context

blueprint = Blueprint("queue", __name__, url_prefix="/queue")

TOPICS = {
    "process.message": N_("流程之间的消息"),
    "campaigns.dispatch": N_("交办"),
    "campaigns.settle": N_("专项行动办结"),
    "key_tasks.settle": N_("重点任务办结"),
    "work_items.settle": N_("工作事项办结"),
    "inspections.open_checks": N_("派发检查"),
    "calendar.recompute": N_("工作日历调整后重新计算期限"),
}


def _parked(ctx: Context) -> int:
    return queue.counts(ctx.session).get("parked", 0)


navigation.add("queue.index", N_("后台工作"), order=70, roles={Role.SYSTEM_ADMIN}, count=_parked)


@blueprint.get("")
def index() -> str:
    ctx = context()
    require(ctx, Permission.QUEUE_MANAGE)
    return render_template(
        "queue/index.html", counts=queue.counts(ctx.session), parked=queue.parked(ctx.session), topics=TOPICS
    )


@blueprint.post("/<int:id>/retry")
def retry(id: int) -> ResponseReturnValue:
    queue.retry(context(), id)
    flash(gettext("将重新执行，从中断的地方继续。"), "success")
    return redirect(url_for("queue.index"), code=303)
