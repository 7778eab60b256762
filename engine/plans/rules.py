"""What follows from a reading: limits in a form that can be counted, who reviews, what is still open. Pure.

The `data` of a limit, by kind:

* date: ``{"on": "2026-06-30"}``
* days: ``{"days": 20, "counting": "working_days" | "calendar_days"}``, from the assignment
* cadence: ``{"period": "month" | "quarter" | "half_year" | "year"}``
* event: ``{"days": 7, "counting": …, "event": "执法决定作出之日"}``
* open: ``{}``
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine.errors import InvalidInput, RuleViolation, StaleForm
from engine.plans.models import LimitKind, PartRole, PartState, PlanState, ReviewerReason
from engine.plans.parsing import Deadline, DeadlineKind
from engine.texts import N_

MAX_TITLE = 300
MAX_TEXT = 20_000
MAX_DAYS = 3660
#: A reading less sure than this needs a person who compares it with the original.
DOUBTFUL = 0.6
COUNTINGS = ("working_days", "calendar_days")
#: Cadences that reports can follow, in months.
PERIODS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}

#: A count per year or half-year (每年不少于2次) as the cadence that yields as many reports.
_EVENLY = {
    ("year", 2): "half_year",
    ("year", 4): "quarter",
    ("year", 12): "month",
    ("half_year", 2): "quarter",
    ("half_year", 6): "month",
    ("quarter", 3): "month",
}
_FROM_ISSUE = re.compile("印发|下发|发布|发文|公布之日|施行|实施之日|本方案|本通知|文件")
#: 接到任务之日 is the assignment; 接到举报之日 is an event that comes again and again.
_FROM_ASSIGNMENT = re.compile("交办|下达|签收|任务|(?:接到|收到)(?:本?(?:通知|方案|文件|督办|转办)|之|后|$)")


@dataclass(frozen=True)
class LimitForm:
    """How a limit is counted, see the module's head."""

    kind: LimitKind
    data: dict[str, Any] = field(default_factory=dict)


def interpret(
    deadline: Deadline, signed_on: date | None, count_from: Callable[[date, int, str], date]
) -> LimitForm:
    """The countable form of a limit as read; OPEN where a person must decide (长期, 立即, 每周, 依法限期).

    ``count_from(on, days, counting)`` counts N (working) days from a day: limits from the document's own date
    become dates.
    """
    match deadline.kind:
        case DeadlineKind.DATE | DeadlineKind.PERIOD:
            on = deadline.date_on if deadline.kind is DeadlineKind.DATE else deadline.end_on
            return LimitForm(LimitKind.DATE, {"on": on.isoformat()}) if on else LimitForm(LimitKind.OPEN)
        case DeadlineKind.WORKING_DAYS | DeadlineKind.CALENDAR_DAYS:
            return _counted(deadline, signed_on, count_from)
        case DeadlineKind.RECURRING:
            # A count that no cadence yields evenly (每年不少于3次) is left to a person: yearly would ask too seldom.
            count = deadline.min_count or 1
            period = deadline.period if count == 1 else _EVENLY.get((deadline.period or "", count))
            return (
                LimitForm(LimitKind.CADENCE, {"period": period})
                if period in PERIODS
                else LimitForm(LimitKind.OPEN)
            )
    return LimitForm(LimitKind.OPEN)


def _counted(
    deadline: Deadline, signed_on: date | None, count_from: Callable[[date, int, str], date]
) -> LimitForm:
    if not deadline.days or not 0 < deadline.days <= MAX_DAYS:
        return LimitForm(LimitKind.OPEN)
    data: dict[str, Any] = {"days": deadline.days, "counting": deadline.kind.value}
    trigger = deadline.trigger or ""
    if not trigger or _FROM_ASSIGNMENT.search(trigger):
        return LimitForm(LimitKind.DAYS, data)
    if _FROM_ISSUE.search(trigger):
        if signed_on is None:
            return LimitForm(LimitKind.OPEN)
        return LimitForm(
            LimitKind.DATE, {"on": count_from(signed_on, deadline.days, data["counting"]).isoformat()}
        )
    return LimitForm(LimitKind.EVENT, data | {"event": trigger})


def check_limit(form: LimitForm, today: date) -> LimitForm:
    """The form with clean values; InvalidInput for a past date, no number of days, an unknown cadence."""
    data = form.data
    match form.kind:
        case LimitKind.DATE:
            return LimitForm(form.kind, {"on": check_date(data.get("on"), today).isoformat()})
        case LimitKind.CADENCE:
            if data.get("period") not in PERIODS:
                raise InvalidInput("plans.limit_period", "请选择报告周期", field="period")
            return LimitForm(form.kind, {"period": data["period"]})
        case LimitKind.DAYS | LimitKind.EVENT:
            values = {"days": _check_days(data.get("days")), "counting": data.get("counting")}
            if values["counting"] not in COUNTINGS:
                raise InvalidInput("plans.limit_counting", "请选择按工作日还是自然日计算", field="counting")
            if form.kind is LimitKind.EVENT:
                event = str(data.get("event") or "").strip()
                if not event or len(event) > 100:
                    raise InvalidInput(
                        "plans.limit_event",
                        "请写明从何时起算，例如“执法决定作出之日”，不超过100字",
                        field="event",
                    )
                values["event"] = event
            return LimitForm(form.kind, values)
    return LimitForm(LimitKind.OPEN)


def check_date(value: object, today: date) -> date:
    """A day from today on, from a date or its ISO text."""
    try:
        on = value if isinstance(value, date) else date.fromisoformat(str(value or ""))
    except ValueError as error:
        raise InvalidInput("plans.limit_date", "请填写日期，例如2026-06-30", field="on") from error
    if on < today:
        raise InvalidInput(
            "plans.limit_past", "日期{on}早于今天，请填写今天以后的日期", field="on", on=on.isoformat()
        )
    check_not_far(on, today, field="on")
    return on


def check_not_far(on: date, today: date, *, field: str) -> None:
    """A wrong year would open reports for centuries, and the calendar's last day has no instant in UTC."""
    if on.year > today.year + 20:
        raise InvalidInput("plans.limit_far", "日期{on}过远，请核对年份", field=field, on=on.isoformat())


def _check_days(value: object) -> int:
    try:
        days = int(str(value))
    except ValueError:
        days = 0
    if not 0 < days <= MAX_DAYS:
        raise InvalidInput("plans.limit_days", "天数应为1至{max}的整数", field="days", max=MAX_DAYS)
    return days


def default_limits(final_on: date, period: str) -> list[tuple[str, LimitForm]]:
    """What the office gives a task for which the document sets no limit: reports and a final date."""
    return [
        (N_("督办机构确定的报告周期"), LimitForm(LimitKind.CADENCE, {"period": period})),
        (N_("督办机构确定的办结日期"), LimitForm(LimitKind.DATE, {"on": final_on.isoformat()})),
    ]


def describe(form: LimitForm) -> str:
    """The limit in the words of a document, for limits that the office sets."""
    data = form.data
    names = {"month": "每月报告", "quarter": "每季度报告", "half_year": "每半年报告", "year": "每年报告"}
    match form.kind:
        case LimitKind.DATE:
            on = date.fromisoformat(data["on"])
            return f"{on.year}年{on.month}月{on.day}日前"
        case LimitKind.CADENCE:
            return names[data["period"]]
        case LimitKind.DAYS | LimitKind.EVENT:
            counting = "个工作日" if data["counting"] == "working_days" else "日"
            start = data["event"] if form.kind is LimitKind.EVENT else "交办之日"
            return f"{start}起{data['days']}{counting}内"
    return ""


@dataclass(frozen=True)
class Part:
    """A listed unit, as far as rules need it. `unit_ids` are the directory units it stands for."""

    role: PartRole
    state: PartState
    written: str
    is_group: bool = False
    unit_ids: tuple[int, ...] = ()


def reviewer(
    parts: Sequence[Part], office_unit_id: int, chosen_id: int | None = None
) -> tuple[int | None, ReviewerReason]:
    """Who reviews and why: who was chosen by hand, the single or first named lead unit, else the office.

    A group in the lead is settled by hand; so is a first lead that is not matched yet.
    """
    if chosen_id is not None:
        return chosen_id, ReviewerReason.BY_HAND
    leads = [part for part in parts if part.role is PartRole.LEAD and part.state is not PartState.DROPPED]
    if not leads:
        return office_unit_id, ReviewerReason.NO_LEAD
    first = leads[0]
    if first.is_group or first.state is not PartState.MATCHED:
        return None, ReviewerReason.UNSETTLED
    reason = ReviewerReason.SINGLE_LEAD if len(leads) == 1 else ReviewerReason.FIRST_LEAD
    return first.unit_ids[0], reason


def item_reviewer(
    unit_id: int, review_unit_id: int | None, office_unit_id: int, above_id: int | None
) -> int | None:
    """Who reviews what one responsible unit hands in: never itself; then the office, or the unit above it."""
    candidates = (review_unit_id, office_unit_id, above_id)
    return next((unit for unit in candidates if unit is not None and unit != unit_id), None)


@dataclass(frozen=True)
class Problem:
    """What keeps a plan task from being confirmed. `text` is a source text with `{name}` parameters."""

    code: str
    text: str
    params: Mapping[str, Any] = field(default_factory=dict)


def problems(
    *,
    title: str,
    parts: Sequence[Part],
    limits: Sequence[tuple[str, LimitForm]],
    review_unit_id: int | None,
    office_unit_id: int,
    above_office_id: int | None,
    today: date,
) -> list[Problem]:
    """Everything that a person must settle before the task can be assigned; limits are (raw, form)."""
    found: list[Problem] = []
    if not title.strip():
        found.append(Problem("title", N_("缺少任务名称")))
    for part in parts:
        if part.state is PartState.UNMATCHED:
            text = N_("“{name}”尚未展开为具体单位") if part.is_group else N_("“{name}”未对应到单位名录")
            found.append(Problem("group" if part.is_group else "unit", text, {"name": part.written}))
    responsible = [p for p in parts if p.role is PartRole.RESPONSIBLE and p.state is not PartState.DROPPED]
    if not responsible:
        found.append(Problem("no_responsible", N_("没有责任单位")))
    found += _limit_problems(limits, today)
    if review_unit_id is None:
        # A single lead that is not matched yet is a problem already told; matched, it reviews.
        leads = [p for p in parts if p.role is PartRole.LEAD and p.state is not PartState.DROPPED]
        if leads and (leads[0].is_group or leads[0].state is PartState.EXPANDED):
            found.append(Problem("reviewer", N_("牵头的是一组单位，请指定由谁审核")))
    else:
        owing = {unit for part in responsible for unit in part.unit_ids}
        if any(
            item_reviewer(unit, review_unit_id, office_unit_id, above_office_id) is None for unit in owing
        ):
            found.append(
                Problem("no_reviewer", N_("督办机构自己是责任单位，没有其他单位可以审核，请另行指定审核单位"))
            )
    return found


def _limit_problems(limits: Sequence[tuple[str, LimitForm]], today: date) -> list[Problem]:
    if not limits:
        return [Problem("no_limit", N_("文件没有写明时限，请确定办结日期或者报告周期"))]
    found: list[Problem] = []
    for raw, form in limits:
        if form.kind is LimitKind.OPEN:
            found.append(Problem("open_limit", N_("“{raw}”无法推算日期，请确定时限"), {"raw": raw}))
        elif form.kind is LimitKind.DATE and date.fromisoformat(form.data["on"]) < today:
            found.append(
                Problem(
                    "past_limit",
                    N_("“{raw}”（{on}）已经过去，请更正或者删除"),
                    {"raw": raw, "on": form.data["on"]},
                )
            )
    return found


# Checks of the verbs.


def check_draft(state: str) -> None:
    if state == PlanState.CONFIRMED:
        raise RuleViolation("plans.confirmed", "该方案已经确认，不能再修改")
    if state == PlanState.DISCARDED:
        raise RuleViolation("plans.discarded", "该方案已经废弃，不能再修改")


def check_version(version: int, expected: int | None, *, of_plan: bool = False) -> None:
    """StaleForm when the row was changed since the form was shown; None asks nothing."""
    if expected is None or version == expected:
        return
    if of_plan:
        raise StaleForm("plans.stale_plan", "方案刚被他人修改，请核对后再操作")
    raise StaleForm("plans.stale", "这项任务刚被他人修改，您的修改没有保存，请核对后再改")


def clean_title(title: str) -> str:
    title = " ".join(title.split())
    if not title:
        raise InvalidInput("plans.title_missing", "请填写任务名称", field="title")
    if len(title) > MAX_TITLE:
        raise InvalidInput("plans.title_long", "任务名称不得超过{max}字", field="title", max=MAX_TITLE)
    return title


def clean_text(text: str) -> str:
    text = text.strip()
    if len(text) > MAX_TEXT:
        raise InvalidInput("plans.text_long", "任务内容不得超过{max}字", field="text", max=MAX_TEXT)
    return text


def numbers_text(numbers: Sequence[int], limit: int = 10) -> str:
    """第3、5、9项 for a sentence; the rest is counted."""
    shown = "、".join(str(number) for number in numbers[:limit])
    return shown + ("等" if len(numbers) > limit else "")
