"""The changes of a draft in sentences: who did what, and who undid it."""

from collections.abc import Callable
from typing import Any

from engine.plans.models import PlanChange
from engine.texts import N_
from webapp import words
from webapp.formats import moment
from webapp.history import ACTS
from webapp.language import gettext, translate

Facts = dict[str, Any]


def _matched(facts: Facts) -> str:
    if facts["places"] > 1:
        return N_("将{places}处“{written}”对应到{units}")
    return N_("将“{written}”对应到{units}")


def _expanded(facts: Facts) -> str:
    return (
        N_("将“{written}”展开为{units}等{count}个单位")
        if facts["count"] > 3
        else N_("将“{written}”展开为{units}")
    )


def _reviewer(facts: Facts) -> str:
    return N_("指定{unit}审核第{number}项") if facts["unit"] else N_("第{number}项改回按规则确定审核单位")


def _adopted(facts: Facts) -> str:
    return (
        N_("采用{count}条内容，由{units}承担") if facts["count"] > 1 else N_("采用“{title}”，由{units}承担")
    )


def _set_aside(facts: Facts) -> str:
    return N_("不采用{count}条内容") if facts["count"] > 1 else N_("不采用“{title}”")


def _reopened(facts: Facts) -> str:
    return N_("恢复{count}条未采用的内容") if facts["count"] > 1 else N_("恢复未采用的“{title}”")


_TEXTS: dict[str, str | Callable[[Facts], str]] = {
    "plan_task.edited": N_("修改第{number}项的名称或者内容"),
    "plan_task.unit_matched": _matched,
    "plan_task.group_expanded": _expanded,
    "plan_task.remembered_accepted": N_("采用上次确认的{count}处单位对应"),
    "plan_task.unit_dropped": N_("第{number}项不纳入“{written}”"),
    "plan_task.unit_restored": N_("第{number}项恢复“{written}”"),
    "plan_task.unit_added": N_("第{number}项增加{role}“{written}”"),
    "plan_task.unit_moved": N_("第{number}项的“{written}”改为{role}"),
    "plan_task.unit_put_first": N_("第{number}项的“{written}”列为首个{role}"),
    "plan_task.leads_made_responsible": N_("将{count}项任务的牵头单位同时列为责任单位"),
    "plan_task.limit_set": N_("第{number}项的时限定为“{limit}”"),
    "plan_task.limit_removed": N_("第{number}项删除时限“{raw}”"),
    "plan_task.limits_defaulted": N_("为{count}项任务统一确定时限"),
    "plan_task.reviewer_set": _reviewer,
    "plan_task.dropped": N_("不纳入第{number}项"),
    "plan_task.restored": N_("恢复第{number}项"),
    "plan_task.checked": N_("核对第{number}项"),
    "plan_task.split": N_("将第{number}项分成{count}项"),
    "plan_task.merged": N_("将第{others}项并入第{number}项"),
    "plan_task.added": N_("从原文补充第{number}项“{title}”"),
    "plan_proposal.adopted": _adopted,
    "plan_proposal.set_aside": _set_aside,
    "plan_proposal.reopened": _reopened,
}


def deed(change: PlanChange) -> str:
    """What was done, without who did it: 将“市住建局”对应到市住房和城乡建设局."""
    text = _TEXTS.get(change.action)
    if text is None:
        return gettext(ACTS[change.action]) if change.action in ACTS else change.action
    facts = dict(change.facts)
    if "role" in facts:
        facts["role"] = words.word("role", facts["role"])
    return translate(text(facts) if callable(text) else text, **facts)


def line(change: PlanChange) -> str:
    """李红 将“市住建局”对应到市住房和城乡建设局."""
    return f"{change.by_name} {deed(change)}"


def since(change: PlanChange) -> str:
    """For a form that came too late: who was faster, when, with what."""
    return translate(N_("{time}，{line}"), time=moment(change.at), line=line(change))
