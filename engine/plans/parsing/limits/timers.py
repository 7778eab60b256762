"""D7 and D14: limits counted from an event, from the assignment or from the document's date.

自收到之日起15日内 has a trigger; 3个工作日内 has none and counts from the assignment; 一年内 without a trigger
counts from the day the document was signed. Weeks and whole days of hours (48小时) are told in days, fewer
hours are a rule of service that no report could follow; months from an event count thirty days each.
How fast a service is (压缩至3个工作日以内) and what others may do within a time (60日内可申请行政复议) are no limits.
"""

import calendar
import re
from datetime import date

from ..draft import DeadlineKind
from ..text.numerals import HAN_DIGITS, NUMBER, to_int
from .compact import BLANK
from .stretch import Stretch, rules

_BACK = 48
_DAY = re.compile(r"\d日$")
_TRIGGER = re.compile(
    r"(?P<trigger>[^,。;:\n\u25a1]{1,40}?(?:之日|之时|当日|次日|之后|以后|后|\d日(?=起)))"
    r"(?:起算|起计算|起)?(?:的|,)?[不超过在]{0,4}$"
)
_TRIGGER_VERB = re.compile(r"(?P<trigger>(?:收到|接到|受理|签收)[^,。;:\n\u25a1]{0,20}?)[在的]{0,2}$")
_TRIGGER_START = re.compile(r"自(?!然|主|动|治|行|查|评|身|愿|我)|从(?!事|业|严|重)")
_TRIGGER_START_WEAK = re.compile(r"[在于](?!线)|应当?|必须")
_FROM_DOCUMENT = re.compile(
    r"(?:本|该)?(?:方案|通知|意见|文件|办法)?(?:印发|下发|发布|发文|公布)(?:之日|之?后)$"
)

_WITHIN = r"(?:之内|以内|内)"
_OTHERS_RIGHT = (
    r"(?!不得|未|无(?!条件)|没有|累计|不再|受过|受到|发生|有(?!序|效|关)|连续|再次|两次|"
    r"[^,。;\n]{0,20}(?:申请(?:行政)?复议|诉讼|起诉|上诉))"
)
_SHORTENED = re.compile(
    r"(?:压缩|压减|缩短|控制|减少|降低|降|提速|缩减|精简)[^,。;\n]{0,6}(?:[^,。;\n]{0,10}[至到为])?$"
)
#: How far back a verb of shortening may stand.
_SHORTENED_REACH = 24


def _counted(match: re.Match[str], s: Stretch) -> int:
    count, unit = to_int(match["n"]) or 0, match["unit"]
    if (
        not count
        or (unit == "小时" and count % 24)
        or _SHORTENED.search(s.text, max(0, match.start() - _SHORTENED_REACH), match.start())
    ):
        return 0
    trigger, start = _trigger(s.text, match.start())
    days = {"小时": count // 24, "周": 7 * count, "星期": 7 * count}.get(unit, count)
    kind = DeadlineKind.WORKING_DAYS if unit == "工作日" else DeadlineKind.CALENDAR_DAYS
    s.add(kind, start, match.end(), days=days, trigger=trigger)
    _hide(trigger, start, match.start(), s)
    return match.end()


def _hide(trigger: str | None, start: int, end: int, s: Stretch) -> None:
    """A day that a count begins with (2026年2月10日起20个工作日内) is no limit of its own."""
    if trigger and _DAY.search(trigger):
        s.text = s.text[:start] + BLANK * (end - start) + s.text[end:]


def _two_sided(match: re.Match[str], s: Stretch) -> int:
    """自受理之日起不少于5个工作日、不超过15个工作日: two bounds on one measurement. Without a trigger it says how
    long a service takes, which is a figure to reach."""
    low, high, unit = to_int(match["low"]) or 0, to_int(match["n"]) or 0, match["unit"]
    trigger, start = _trigger(s.text, match.start())
    if not 0 < low < high or trigger is None:
        return 0
    kind = DeadlineKind.WORKING_DAYS if unit == "工作日" else DeadlineKind.CALENDAR_DAYS
    s.add(kind, start, match.end(), days=high, min_days=low, trigger=trigger)
    _hide(trigger, start, match.start(), s)
    return match.end()


def _trigger(text: str, at: int) -> tuple[str | None, int]:
    """The event before `at`, and where its wording begins."""
    floor = max(0, at - _BACK)
    before = text[floor:at]
    found = _TRIGGER.search(before) or _TRIGGER_VERB.search(before)
    if found is None:
        return None, at
    trigger, start = found["trigger"], floor + found.start("trigger")
    cuts = [m.end() for m in _TRIGGER_START.finditer(trigger)] or [
        m.end() for m in _TRIGGER_START_WEAK.finditer(trigger)
    ]
    cut = cuts[-1] if cuts and cuts[-1] < len(trigger) - 2 else 0
    return trigger[cut:].strip(" "), start + cut


def _long(match: re.Match[str], s: Stretch) -> int:
    """一年内, 三个月内, 半年内: from the date of the document, or thirty days a month from an event."""
    if match["half"]:
        months = 0 if match["unit"] == "个月" else 6
    else:
        months = (to_int(match["n"]) or 0) * (1 if match["unit"] == "个月" else 12)
    if not 0 <= months <= 240 or _SHORTENED.search(
        s.text, max(0, match.start() - _SHORTENED_REACH), match.start()
    ):
        return 0
    if not months and not match["half"]:
        return 0
    trigger, start = _trigger(s.text, match.start())
    if trigger and not _FROM_DOCUMENT.search(trigger):
        s.add(DeadlineKind.CALENDAR_DAYS, start, match.end(), days=30 * months or 15, trigger=trigger)
    elif not months:
        s.add(DeadlineKind.CALENDAR_DAYS, start, match.end(), days=15, trigger=None)
    elif s.calendar.signed_on is None:
        s.add_unset(start, match.end())
    else:
        s.add_period(start, match.end(), s.calendar.signed_on, _months_after(s.calendar.signed_on, months))
    return match.end()


def _months_after(on: date, months: int) -> date:
    """The same day, else the month's last (民法典 202)."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, calendar.monthrange(year, month + 1)[1]))


def _campaign(match: re.Match[str], s: Stretch) -> int:
    """实施倍增三年行动: the years begin with the document."""
    signed, years = s.calendar.signed_on, to_int(match["n"] or "") or 0
    if match["unit"] != "年" or not 0 < years <= 10:
        return 0
    start = match.end("name")
    if signed is None:
        s.add_unset(start, match.end())
    else:
        s.add_period(start, match.end(), signed, _months_after(signed, 12 * years))
    return match.end()


def _in_field(match: re.Match[str], s: Stretch) -> int:
    if not s.in_field:
        return 0
    return _long(match, s) if match["unit"] in ("年", "个月") else _counted(match, s)


_N = rf"(?<![\d月第近{HAN_DIGITS}])(?:{NUMBER}[-~至])?(?P<n>{NUMBER})"
_CAMPAIGN = r"的?(?:时间|努力|[^,。;\n]{0,8}(?:行动|整治|攻坚|活动|检查))"
_LONG = rf"(?:(?P<half>半)|(?<![\d第近每{HAN_DIGITS}])(?P<n>[\d{HAN_DIGITS}]{{1,3}}))(?P<unit>个月|年)"

_DAYS = r"(?:工作日|自然日|日历日|日|天)"

TIMERS = rules(
    (
        rf"(?:一般)?(?:不少于|不得少于|不低于|至少)(?P<low>{NUMBER})个?{_DAYS}?[,、]?(?:且|但|并|同时)?(?:最长|最多|一般)?"
        rf"(?:不超过|不得超过|不多于|不得多于|最长|最多|至多)(?P<n>{NUMBER})个?(?P<unit>{_DAYS}){_WITHIN}?",
        _two_sided,
    ),
    (
        rf"(?<=[实施开展启动推进组织展])(?P<name>[^,。;:\n\d\u25a1]{{0,16}}?){_LONG}行动(?!计划|方案|[》”])",
        _campaign,
    ),
    (
        rf"(?:限期?)?{_N}个?(?P<unit>工作日|(?:自然日|日历日|日|天)|小时|周|星期){_WITHIN}{_OTHERS_RIGHT}",
        _counted,
    ),
    (rf"(?<![近去任])(?:限期?)?{_LONG}{_WITHIN}{_OTHERS_RIGHT}", _long),
    (
        rf"(?:用|利用|通过|为期){_LONG}(?:左右)?(?={_CAMPAIGN}|[,。;)]|$)",
        _long,
    ),
    (rf"^{_N}个?(?P<unit>工作日|(?:自然日|日历日|日|天)|小时|周|星期)$", _in_field),
    (rf"^{_LONG}(?:行动|攻坚|左右)?$", _in_field),
)
