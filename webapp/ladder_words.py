"""A ladder in words: when a step comes, what it does, on which condition, and whom it tells."""

from collections.abc import Sequence
from datetime import datetime

from engine.deadlines import Action, DeadlineStep, Recipient
from engine.deadlines.ladders import Difference
from engine.deadlines.policies import Step, StepKind, parse
from engine.texts import N_
from webapp.language import gettext, translate

#: Recipients by relation (msgids).
RECIPIENTS = {
    Recipient.REPORTER: N_("责任单位经办人"),
    Recipient.HEAD: N_("责任单位负责人"),
    Recipient.INSPECTOR: N_("检查员"),
    Recipient.LEAD: N_("牵头（审核）单位负责人"),
    Recipient.OFFICE: N_("督办机构"),
    Recipient.LEADER: N_("分管领导"),
}

#: What each ladder is for.
LADDERS = {
    "default": N_("责任单位办理时限"),
    "review": N_("审核时限"),
    "check": N_("检查时限"),
    "window": N_("抽查期"),
    "notice": N_("督办单签收和回复时限"),
}

CHANGES = {
    "extended": N_("延长"),
    "paused": N_("暂停计时"),
    "resumed": N_("恢复计时"),
    "recomputed": N_("日历调整"),
    "amended": N_("方案修订"),
    "transferred": N_("移交"),
}


def ladder_name(key: str) -> str:
    return gettext(LADDERS[key]) if key in LADDERS else key


def change_kind(kind: str) -> str:
    return gettext(CHANGES[kind]) if kind in CHANGES else kind


def when(step: Step) -> str:
    """到期前3个工作日 / 期限届满 / 逾期后1个工作日."""
    match step.kind:
        case StepKind.PASSED:
            return gettext("期限届满")
        case StepKind.REMINDER:
            return translate(N_("到期前{n}个工作日"), n=-step.offset)
        case StepKind.ESCALATION:
            return translate(N_("到期后{n}个工作日"), n=step.offset)


def action(step: Step) -> str:
    if step.kind is StepKind.PASSED:
        return gettext("记为逾期")
    return gettext(Action(step.action).text)


def condition(step: Step) -> str:
    return gettext(step.condition.text)


def recipients(to: Sequence[str]) -> str:
    if not to:
        return gettext("不通知")
    return gettext("、").join(gettext(RECIPIENTS[Recipient(one)]) for one in to)


def sentence(step: Step) -> str:
    """到期前3个工作日：发送提醒，责任单位经办人、责任单位负责人（仅限尚未提交材料的）."""
    text = translate(
        N_("{when}：{action}，通知{to}"), when=when(step), action=action(step), to=recipients(step.to)
    )
    if not step.to:
        text = translate(N_("{when}：{action}"), when=when(step), action=action(step))
    if step.condition != "always":
        text += translate(N_("（{condition}）"), condition=condition(step))
    return text


def of_done(done: DeadlineStep) -> tuple[datetime, str]:
    """A step that was handled: its time, and in words what it was by the policy that caused it."""
    step = next((one for one in parse(done.policy.steps) if one.key == done.step), None)
    return done.planned_at, f"{when(step)}{gettext('：')}{action(step)}" if step else done.step


def difference(one: Difference) -> str:
    """增加：… / 取消：… / 修改：… → …."""
    if one.before is None and one.after is not None:
        return translate(N_("增加：{step}"), step=sentence(one.after))
    if one.after is None and one.before is not None:
        return translate(N_("取消：{step}"), step=sentence(one.before))
    assert one.before is not None
    assert one.after is not None
    return translate(N_("修改：{before} → {after}"), before=sentence(one.before), after=sentence(one.after))
