"""The forms of a limit: how what a document says is counted, and how what was settled is written out. Pure.

The `data` of a limit, by kind:

* date: ``{"on": "2026-06-30"}``; ``"from_on"`` where the document names a span (4月1日至6月30日)
* days: ``{"days": 20, "counting": "working_days" | "calendar_days"}``, from the assignment, or from the day
  ``"from_on"`` (发文之日起): it stays a count, so that the date moves with the calendar
* event: the same for each record, with ``"event": "执法决定作出之日"`` and, where a task has several classes of
  records, ``"scope": "行政许可、行政处罚决定"``
* days and event may have ``"min_days"``: two bounds on one measurement (不少于5个、不超过15个工作日)
* cadence: ``{"period": "quarter"}``; ``"day"`` and ``"month"`` as in `Cadence`, ``"about"`` (``"previous"`` or
  ``"current"``) where it is not what the day says by itself, ``"count"`` (每年不少于2次), ``"levels"`` (市县两级),
  ``"ongoing"`` where the document says 长期坚持 and the cadence is the house's own
* open: ``{}``: a person must settle it
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine.errors import InvalidInput
from engine.plans.models import LimitKind
from engine.plans.parsing import Deadline, DeadlineKind
from engine.texts import N_
from engine.working_days import Count, WorkingCalendar
from engine.working_days.periods import LAST_DAY, PERIODS, Cadence, Period, is_about_previous

MAX_DAYS = 3660
MAX_COUNT = 366
COUNTINGS = ("working_days", "calendar_days")

#: A rhythm that the reading tells by its number in a longer period: wording, period, how often the number says it.
_RHYTHMS = (
    (re.compile("旬"), Period.TEN_DAYS, 3),
    (re.compile("双周|[两二2]个?(?:周|星期)|半个?月"), Period.HALF_MONTH, 2),
    (re.compile("双月|[两二2]个?月"), Period.TWO_MONTHS, 6),
    (re.compile("[四4]个?月"), Period.FOUR_MONTHS, 3),
)
_FROM_ISSUE = re.compile("印发|下发|发布|发文|公布之日|施行|实施之日|本方案|本通知|文件")
#: 接到任务之日 is the assignment; 接到举报之日 is an event that comes again and again.
_FROM_ASSIGNMENT = re.compile("交办|下达|签收|任务|(?:接到|收到)(?:本?(?:通知|方案|文件|督办|转办)|之|后|$)")
_FROM_DAY = re.compile(r"(?:(?P<year>20\d\d)年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})日$")
#: What stands before a limit per record and tells of which records: 行政处罚决定信息应当在……
_SCOPE = re.compile(
    r"(?P<scope>[^,，。;；:：\n\t]{1,60}?(?:信息|决定|事项|案件|结果|文件|数据|名单|许可|处罚|合同|申请|投诉|举报|线索|问题))"
    r"(?:应当?|必须|须|要|需|均|都|一律|在|自|从|于){0,4}$"
)


@dataclass(frozen=True)
class LimitForm:
    """How a limit is counted, see the module's head."""

    kind: LimitKind
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Defaults:
    """What the house asks where a document says 立行立改 or 长期坚持."""

    immediate_working_days: int = 5
    ongoing_period: str = Period.QUARTER


def interpret(deadline: Deadline, signed_on: date | None, defaults: Defaults | None = None) -> LimitForm:
    """The countable form of a limit as read; OPEN where a person must decide (依法限期, 春节前)."""
    defaults = defaults or Defaults()
    match deadline.kind:
        case DeadlineKind.DATE if deadline.date_on:
            return LimitForm(LimitKind.DATE, {"on": deadline.date_on.isoformat()})
        case DeadlineKind.PERIOD if deadline.end_on:
            start = {"from_on": deadline.start_on.isoformat()} if deadline.start_on else {}
            return LimitForm(LimitKind.DATE, {"on": deadline.end_on.isoformat()} | start)
        case DeadlineKind.WORKING_DAYS | DeadlineKind.CALENDAR_DAYS:
            return _counted(deadline, signed_on)
        case DeadlineKind.RECURRING:
            return _recurring(deadline)
        case DeadlineKind.ONGOING:
            return LimitForm(LimitKind.CADENCE, {"period": defaults.ongoing_period, "ongoing": True})
        case DeadlineKind.IMMEDIATE:
            days = defaults.immediate_working_days
            return LimitForm(LimitKind.DAYS, {"days": days, "counting": "working_days"})
    return LimitForm(LimitKind.OPEN)


def _counted(deadline: Deadline, signed_on: date | None) -> LimitForm:
    if not deadline.days or not 0 < deadline.days <= MAX_DAYS:
        return LimitForm(LimitKind.OPEN)
    data: dict[str, Any] = {"days": deadline.days, "counting": deadline.kind.value}
    if deadline.min_days:
        data["min_days"] = deadline.min_days
    trigger = deadline.trigger or ""
    if not trigger or _FROM_ASSIGNMENT.search(trigger):
        return LimitForm(LimitKind.DAYS, data)
    from_on = signed_on if _FROM_ISSUE.search(trigger) else _day_of(trigger, signed_on)
    if from_on is not None:
        return LimitForm(LimitKind.DAYS, data | {"from_on": from_on.isoformat()})
    if _FROM_ISSUE.search(trigger):
        return LimitForm(LimitKind.OPEN)
    return LimitForm(LimitKind.EVENT, data | {"event": trigger})


def _day_of(trigger: str, signed_on: date | None) -> date | None:
    """The day that a trigger names: 2026年2月10日起20个工作日内."""
    match = _FROM_DAY.search(trigger)
    year = match and (match["year"] or (signed_on and signed_on.year))
    if not match or not year:
        return None
    try:
        return date(int(year), int(match["month"]), int(match["day"]))
    except ValueError:
        return None


def _recurring(deadline: Deadline) -> LimitForm:
    count, named = deadline.min_count or 1, deadline.period or ""
    for wording, rhythm, times in _RHYTHMS:
        if count % times == 0 and count >= times and wording.search(deadline.raw):
            named, count = rhythm, count // times
            break
    if named not in PERIODS or count > MAX_COUNT:
        return LimitForm(LimitKind.OPEN)
    day = LAST_DAY if deadline.month and not deadline.day else deadline.day  # 每年11月: by its end
    data = _cadence_data(
        Period(named), day=day, month=deadline.month, about=deadline.about, count=count,
        levels=list(deadline.levels),
    )  # fmt: skip
    return LimitForm(LimitKind.CADENCE, data)


def _cadence_data(
    period: Period,
    *,
    day: int | None,
    month: int | None,
    about: str | None,
    count: int = 1,
    levels: list[str] | None = None,
) -> dict[str, Any]:
    """The data of a cadence without what says nothing; a count has no day of its own but the period's end."""
    data: dict[str, Any] = {"period": period.value}
    if count > 1:
        return data | {"count": count} | ({"levels": levels} if levels else {})
    if not period.takes_day or day is None:
        return data
    data["day"] = day
    if period.months > 1 and month is not None and month != period.months:
        data["month"] = month
    implied = is_about_previous(period, day, data.get("month"))
    if about in ("previous", "current") and (about == "previous") != implied:
        data["about"] = about
    return data


def cadence_of(data: dict[str, Any]) -> Cadence:
    """The arithmetic of a cadence's data (also of the basis that campaigns keep)."""
    period, day, month = Period(data["period"]), data.get("day"), data.get("month")
    about = data.get("about")
    previous = is_about_previous(period, day, month) if about is None else about == "previous"
    return Cadence(period, day, month, previous)


def scope_before(text: str, at: int) -> str:
    """Of which records a limit per record speaks, by the words right before it; empty where they do not say."""
    match = _SCOPE.search(text[max(0, at - 80) : at])
    return " ".join(match["scope"].split()) if match else ""


def due(form: LimitForm, calendar: WorkingCalendar) -> Count | None:
    """The day on which a limit ends that rests on no assignment and no event; None for the others."""
    data = form.data
    if form.kind is LimitKind.DATE:
        return Count(date.fromisoformat(data["on"]), (), provisional=False)
    if form.kind is LimitKind.DAYS and "from_on" in data:
        working = data["counting"] == "working_days"
        count = calendar.count_working_days if working else calendar.count_calendar_days
        return count(date.fromisoformat(data["from_on"]), data["days"])
    return None


# What a person sets.


def check_limit(form: LimitForm, today: date) -> LimitForm:
    """The form with clean values; InvalidInput for a past date, no number of days, an unknown cadence."""
    data = form.data
    match form.kind:
        case LimitKind.DATE:
            on = check_date(data.get("on"), today)
            start = _day(data.get("from_on"), field="from_on")
            if start is None:
                return LimitForm(form.kind, {"on": on.isoformat()})
            if start > on:
                raise InvalidInput("plans.limit_span", "起始日期不得晚于截止日期", field="from_on")
            return LimitForm(form.kind, {"on": on.isoformat(), "from_on": start.isoformat()})
        case LimitKind.CADENCE:
            return LimitForm(form.kind, _check_cadence(data))
        case LimitKind.DAYS | LimitKind.EVENT:
            values = _check_counted(data)
            if form.kind is LimitKind.EVENT:
                values["event"] = _words(data.get("event"), field="event", needed=True)
                if scope := _words(data.get("scope"), field="scope"):
                    values["scope"] = scope
            elif (start := _day(data.get("from_on"), field="from_on")) is not None:
                values["from_on"] = start.isoformat()
            return LimitForm(form.kind, values)
    return LimitForm(LimitKind.OPEN)


def _check_cadence(data: dict[str, Any]) -> dict[str, Any]:
    named = str(data.get("period"))
    if named not in PERIODS:
        raise InvalidInput("plans.limit_period", "请选择报告周期", field="period")
    period = Period(named)
    longest = 7 if period is Period.WEEK else LAST_DAY
    day = _number(data.get("day"), longest) if period.takes_day else None
    month = _number(data.get("month"), period.months) if period.months > 1 else None
    count = _number(data.get("count"), MAX_COUNT)
    if (0 in (day, month, count)) or (month is not None and day is None and (count or 1) == 1):
        raise InvalidInput("plans.limit_day", "报送日不对，请核对月份、日期和次数", field="day")
    levels = data.get("levels") or []
    if not isinstance(levels, list) or len(levels) > 6 or not all(isinstance(one, str) for one in levels):
        raise InvalidInput("plans.limit_levels", "层级的写法无法识别", field="levels")
    about = data.get("about") or None
    clean = _cadence_data(
        period, day=day, month=month, about=str(about), count=count or 1,
        levels=[" ".join(one.split())[:10] for one in levels],
    )  # fmt: skip
    return clean | ({"ongoing": True} if data.get("ongoing") is True and clean.keys() == {"period"} else {})


def _check_counted(data: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {"days": _check_days(data.get("days")), "counting": data.get("counting")}
    if values["counting"] not in COUNTINGS:
        raise InvalidInput("plans.limit_counting", "请选择按工作日还是自然日计算", field="counting")
    least = _number(data.get("min_days"), values["days"] - 1)
    if least == 0:
        raise InvalidInput("plans.limit_least", "最短天数应小于最长天数", field="min_days")
    return values | ({"min_days": least} if least else {})


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


def _day(value: object, *, field: str) -> date | None:
    if value in (None, ""):
        return None
    try:
        on = date.fromisoformat(str(value))
    except ValueError as error:
        raise InvalidInput("plans.limit_date", "请填写日期，例如2026-06-30", field=field) from error
    if not 2000 <= on.year <= 2100:
        raise InvalidInput("plans.limit_far", "日期{on}过远，请核对年份", field=field, on=on.isoformat())
    return on


def _words(value: object, *, field: str, needed: bool = False) -> str:
    words = " ".join(str(value or "").split())
    if len(words) > 100 or (needed and not words):
        raise InvalidInput(
            "plans.limit_event", "请写明从何时起算，例如“执法决定作出之日”，不超过100字", field=field
        )
    return words


def _check_days(value: object) -> int:
    days = _number(value, MAX_DAYS)
    if not days:
        raise InvalidInput("plans.limit_days", "天数应为1至{max}的整数", field="days", max=MAX_DAYS)
    return days


def _number(value: object, most: int) -> int | None:
    """A number from 1 to ``most``; None for nothing, 0 for what is no such number."""
    if value in (None, ""):
        return None
    text = str(value)
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return number if number <= most else 0


def default_limits(final_on: date, period: str) -> list[tuple[str, LimitForm]]:
    """What the office gives a task for which the document sets no limit: reports and a final date."""
    return [
        (N_("督办机构确定的报告周期"), LimitForm(LimitKind.CADENCE, {"period": period})),
        (N_("督办机构确定的办结日期"), LimitForm(LimitKind.DATE, {"on": final_on.isoformat()})),
    ]


# Back into words that the parser reads to the same.

_EVERY = {
    Period.WEEK: "每周", Period.TEN_DAYS: "每旬", Period.HALF_MONTH: "每半月", Period.MONTH: "每月",
    Period.TWO_MONTHS: "每两个月", Period.QUARTER: "每季度", Period.FOUR_MONTHS: "每四个月",
    Period.HALF_YEAR: "每半年", Period.YEAR: "每年",
}  # fmt: skip
#: 上半年 and 本季度 would themselves be read as days of the calendar.
_ABOUT = {"previous": "报送上期情况", "current": "报送本期情况"}


def describe(form: LimitForm) -> str:
    """The limit in the words of a document, for limits that the office sets."""
    data = form.data
    match form.kind:
        case LimitKind.DATE:
            on = _chinese(data["on"])
            return f"{_chinese(data['from_on'])}至{on}" if "from_on" in data else f"{on}前"
        case LimitKind.CADENCE:
            return _describe_cadence(data)
        case LimitKind.DAYS | LimitKind.EVENT:
            unit = "个工作日" if data["counting"] == "working_days" else "日"
            start = data.get("event") or (_chinese(data["from_on"]) if "from_on" in data else "交办之日")
            start = f"{data['scope']}自{start}" if data.get("scope") else start
            if least := data.get("min_days"):
                return f"{start}起不少于{least}{unit}、不超过{data['days']}{unit}"
            return f"{start}起{data['days']}{unit}内"
    return ""


def _describe_cadence(data: dict[str, Any]) -> str:
    period = Period(data["period"])
    every = _EVERY[period]
    if count := data.get("count"):
        levels = data.get("levels") or []
        at = f"{''.join(levels)}{'一两三四五六'[len(levels) - 1]}级" if levels else ""
        return f"{at}{every}不少于{count}次"
    if data.get("ongoing") and period is Period.QUARTER:
        return "长期坚持"
    day = data.get("day")
    if day is None:
        return f"{every}报告"
    told = _ABOUT[data["about"]] if data.get("about") else ""
    if period is Period.WEEK:
        return f"{every}{'一二三四五六日'[day - 1]}前{told}"
    month = data.get("month") or period.months
    if period is Period.YEAR:
        named = f"{every}{month}月{'底' if day == LAST_DAY else f'{day}日'}前"
    elif period is Period.MONTH:
        named = f"{every}{'底' if day == LAST_DAY else f'{day}日'}前"
    else:
        which = (
            "末月"
            if month == period.months
            else "首月"
            if month == 1
            else f"第{'一二三四五六'[month - 1]}个月"
        )
        named = f"{every}{which}{'底' if day == LAST_DAY else f'{day}日'}前"
    return named + told


def _chinese(iso: str) -> str:
    on = date.fromisoformat(iso)
    return f"{on.year}年{on.month}月{on.day}日"
