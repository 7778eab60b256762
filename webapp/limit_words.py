"""Limits in the page's language: how one is counted, as a draft plan keeps it and as a running key task does."""

from collections.abc import Mapping
from typing import Any

from engine.plans.limit_forms import cadence_of
from engine.plans.models import LimitKind
from engine.texts import N_
from engine.working_days.periods import LAST_DAY, Period
from webapp.language import gettext, stored, translate
from webapp.words import word

KINDS = {
    "date": N_("截止日期"),
    "days": N_("某日起若干日内"),
    "cadence": N_("定期报告"),
    "event": N_("某事发生之日起若干日内"),
}
PERIODS = {
    "week": N_("每周报告"),
    "ten_days": N_("每旬报告"),
    "half_month": N_("每半月报告"),
    "month": N_("每月报告"),
    "two_months": N_("每两个月报告"),
    "quarter": N_("每季度报告"),
    "four_months": N_("每四个月报告"),
    "half_year": N_("每半年报告"),
    "year": N_("每年报告"),
}
_TIMES = {
    "week": N_("每周不少于{count}次"),
    "ten_days": N_("每旬不少于{count}次"),
    "half_month": N_("每半月不少于{count}次"),
    "month": N_("每月不少于{count}次"),
    "two_months": N_("每两个月不少于{count}次"),
    "quarter": N_("每季度不少于{count}次"),
    "four_months": N_("每四个月不少于{count}次"),
    "half_year": N_("每半年不少于{count}次"),
    "year": N_("每年不少于{count}次"),
}
_ON_DAY = {
    "month": N_("每月{day}日前，{about}"),
    "quarter": N_("每季度第{month}个月{day}日前，{about}"),
    "half_year": N_("每半年第{month}个月{day}日前，{about}"),
    "year": N_("每年{month}月{day}日前，{about}"),
}
_BY_END = {
    "month": N_("每月底前，{about}"),
    "quarter": N_("每季度第{month}个月底前，{about}"),
    "half_year": N_("每半年第{month}个月底前，{about}"),
    "year": N_("每年{month}月底前，{about}"),
}
WEEKDAYS = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))


def of_plan(kind: str, data: Mapping[str, Any]) -> str:
    """How a limit of a draft plan will be counted."""
    match kind:
        case LimitKind.DATE if "from_on" in data:
            return translate(N_("{start}至{on}"), start=data["from_on"], on=data["on"])
        case LimitKind.DATE:
            return translate(N_("{on}前"), on=data["on"])
        case LimitKind.CADENCE:
            return _cadence(data)
        case LimitKind.DAYS | LimitKind.EVENT:
            return _counted(data, data["counting"])
    return gettext(N_("待确定"))


def of_basis(basis: Mapping[str, Any]) -> str:
    """How a limit of a key task is counted."""
    match basis["rule"]:
        case "fixed_date":
            return translate(N_("{on}前"), on=basis["on"])
        case "each":
            return _cadence(basis)
        case "after_event":
            return _counted({"event": gettext(N_("每次发生之日")), **basis}, basis["counting"])
    return _counted(basis, basis["rule"])


def limit(side: Mapping[str, Any]) -> str:
    """办结：2026-06-30前（6月30日前）."""
    told, words = of_basis(side["basis"]), stored(str(side["basis"].get("text", "")))
    quoted = gettext(N_("（{words}）")).format(words=words) if words and words not in told else ""
    return gettext(N_("{kind}：{told}")).format(kind=limit_kind(side["kind"]), told=told + quoted)


def limit_kind(kind: str) -> str:
    return word("obligation_kind", "period" if kind == "cadence" else kind)


def _counted(data: Mapping[str, Any], counting: str) -> str:
    start = str(data.get("event") or data.get("from_on") or gettext(N_("交办之日")))
    if data.get("scope"):
        start = gettext(N_("{kind}：{told}")).format(kind=data["scope"], told=start)
    days, least, working = data["days"], data.get("min_days"), counting == "working_days"
    if least:
        text = (
            N_("{event}起不少于{least}个、不超过{days}个工作日")
            if working
            else N_("{event}起不少于{least}日、不超过{days}日")
        )
        return translate(text, event=start, least=least, days=days)
    text = N_("{event}起{days}个工作日内") if working else N_("{event}起{days}日内")
    return translate(text, event=start, days=days)


def _cadence(data: Mapping[str, Any]) -> str:
    name = data["period"]
    if data.get("count"):
        told = translate(_TIMES[name], count=data["count"])
        levels = gettext(N_("、")).join(data.get("levels") or ())
        return translate(N_("{told}（{levels}各级）"), told=told, levels=levels) if levels else told
    if data.get("ongoing"):
        return translate(N_("长期坚持，{told}"), told=gettext(PERIODS[name]))
    cadence = cadence_of(dict(data))
    if cadence.day is None:
        return gettext(PERIODS[name])
    about = gettext(N_("报告上期情况") if cadence.is_about_previous else N_("报告本期情况"))
    if cadence.period is Period.WEEK:
        return translate(
            N_("每{weekday}前，{about}"), weekday=gettext(WEEKDAYS[cadence.day - 1]), about=about
        )
    month = cadence.month or (
        1 if cadence.is_about_previous and name != Period.YEAR else cadence.period.months
    )
    text = (_BY_END if cadence.day == LAST_DAY else _ON_DAY)[name]
    return translate(text, month=month, day=cadence.day, about=about)
