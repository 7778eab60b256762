"""Why a light has its colour, in words: what `deadlines.explain` knows, and what has to happen now by whom."""

from dataclasses import dataclass

from sqlalchemy import select

from engine import deadlines, working_days
from engine.context import Context, Role
from engine.deadlines import Deadline, DeadlineState, Explanation, Reason
from engine.organisation.queries import units_by_id
from engine.process.models import UserTask, UserTaskState
from engine.texts import N_
from webapp.language import gettext, translate

#: Holders of a post, as a sentence names them.
POSTS = {
    Role.REPORTER: N_("经办人"),
    Role.HEAD: N_("负责人"),
    Role.INSPECTOR: N_("检查员"),
    Role.OFFICER: N_("督办专员"),
    Role.LEADER: N_("分管领导"),
}


@dataclass(frozen=True)
class Answer:
    """``light_text``: why it has its colour. ``remedy``: what must happen, and who must do it."""

    why: Explanation
    unit: str
    light_text: str
    remedy: str


def answer(ctx: Context, deadline: Deadline) -> Answer:
    """The whole explanation of a deadline that the actor may read. Some six statements."""
    calendar = working_days.load_of(ctx.session, deadline.unit_id)
    why = deadlines.explain(deadline, calendar, ctx.clock.now(), deadlines.scheme(ctx.session))
    unit = units_by_id(ctx.session, [deadline.unit_id]).get(deadline.unit_id)
    name = unit.short_name if unit else ""
    return Answer(
        why, name, translate(why.light_text, n=why.near_days), _remedy(ctx, deadline, why.light.reason, name)
    )


def _remedy(ctx: Context, deadline: Deadline, reason: Reason, unit: str) -> str:
    match deadline.state:
        case DeadlineState.MET:
            return gettext("已经办结，无需再办理。")
        case DeadlineState.CANCELLED:
            return gettext("已经取消，无需办理。")
        case DeadlineState.PAUSED:
            return gettext("已暂停计时，经批准恢复后，剩余的工作日接着计算。")
    query = (
        select(UserTask)
        .where(
            UserTask.subject_type == deadline.subject_type, UserTask.subject_id == deadline.subject_id,
            UserTask.deadline_kind == deadline.kind, UserTask.state == UserTaskState.OPEN,
        )
        .order_by(UserTask.id.desc())
        .limit(1)
    )  # fmt: skip
    acting = ctx.session.scalar(query)
    late = reason is Reason.OVERDUE
    if acting is None:
        if deadline.kind == "work_item.sampling":
            return gettext("无需办理：抽查期届满未被抽中的，自动转入办结。")
        one = N_("由{unit}办结后即销灯，逾期记录保留。") if late else N_("由{unit}在期限内办结。")
        return translate(one, unit=unit)
    doing = units_by_id(ctx.session, [acting.unit_id]).get(acting.unit_id)
    post = POSTS.get(Role(acting.role))
    who = f"{doing.short_name if doing else unit}{gettext(post) if post else ''}"
    if not late:
        return translate(N_("由{who}在期限内完成“{step}”。"), who=who, step=gettext(acting.name))
    if deadline.kind == "obligation.due":
        text = N_("由{who}完成“{step}”后即销灯；经批准延期的，按新期限重新亮灯。逾期记录保留。")
    else:
        text = N_("由{who}完成“{step}”后即销灯，逾期记录保留。")
    return translate(text, who=who, step=gettext(acting.name))
