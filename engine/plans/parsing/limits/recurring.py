"""D8: limits that come again, with their day, month or number (每季度末月25日前, 每年不少于2次, 周调度、月通报).

The periods are week, month, quarter, half_year and year. A rhythm between two of them is told by its number in
the longer one (每两月 = six a year, 每旬 = three a month); one longer than a year is left to be set; a daily one
(日监测) is finer than any report that could be asked for and is no limit.
"""

import re
from collections.abc import Iterator

from ..draft import DeadlineKind
from ..text.numerals import HAN_DIGITS, NUMBER, to_int
from .phrases import BEFORE, DAY, MONTH, ROUTINES
from .stretch import Stretch, rules

#: Rhythm as written: period, and how often in it.
_PERIODS = {
    "年": ("year", 1), "年度": ("year", 1), "学年": ("year", 1), "半年": ("half_year", 1), "学期": ("half_year", 1),
    "季": ("quarter", 1), "季度": ("quarter", 1), "月": ("month", 1), "月度": ("month", 1), "半月": ("month", 2),
    "双月": ("year", 6), "旬": ("month", 3), "双周": ("month", 2), "周": ("week", 1), "星期": ("week", 1),
}  # fmt: skip
_MULTIPLES = {
    (2, "周"): ("month", 2), (2, "星期"): ("month", 2), (2, "月"): ("year", 6), (3, "月"): ("quarter", 1),
    (4, "月"): ("year", 3), (6, "月"): ("half_year", 1), (2, "季度"): ("half_year", 1),
}  # fmt: skip
_LAST = 31

_EVERY = (
    r"(?:每一?|各(?=季度?[末首]|月(?:\d|底)))个?(?:"
    r"(?P<period>年度?(?![龄级轻代])|半年|半个?月|季度?(?!节)|月度?(?!份)|周(?![边转全密岁年期])|星期|学期|学年|旬)"
    r"|(?P<n>[两二三四五六2-6])个?(?P<of>年|月|周|星期|季度))"
)
_BRACKET = r"(?:\([^()\n]{1,20}\))?"
_AND = ("、", "和", "及", "与")
#: A day of one month of the period: 末月25日前, 首月10日前, 第二个月底前.
_OF_MONTHS = re.compile(
    rf"的?(?:(?:(?P<nth>末个?月|最后一个?月|首个?月|第[一二三四五六]个月|[末首])的?)?{_BRACKET}(?P<day>{DAY})[日号]{BEFORE}?"
    rf"|(?P<last>(?:(?P<nth_last>末个?月|最后一个?月|首个?月|第[一二三四五六]个月)的?)?(?:月?[底末]|最后一[天日])){BEFORE}?{_BRACKET})"
)
#: What a report is about: 每月10日前报送上月进展, 每月25日前将当月情况报送.
_ABOUT = re.compile(
    r"[^,。;\n每]{0,8}?(?:(?P<previous>上)(?:一?个?(?:月|季度?|年度?|半年|周|期))|(?P<current>[本当])(?:个?(?:月|季度?|年度?|半年|周|期)))"
)
_TAILS = {
    "week": re.compile(
        r"(?:周|星期)?(?P<weekday>[二三四五六日天](?![次场期回轮篇个条件项天至到\-~])"
        rf"|一(?={BEFORE}|下班|[上下]午|[上汇]报|报送|召开|[、和,。;)]|$))(?:(?:下班)?{BEFORE})?"
    ),
    "month": re.compile(
        rf"的?(?:(?P<day>{DAY})[日号]{BEFORE}?|(?P<last>月?[底末]|最后一(?:天|日|个工作日)){BEFORE}?)"
    ),
    "quarter": _OF_MONTHS,
    "half_year": _OF_MONTHS,
    "year": re.compile(
        rf"的?(?:(?P<yearend>年?[底末]){BEFORE}?"
        rf"|(?P<month>{MONTH})月份?(?:(?P<day>{DAY})[日号]|(?P<last>[底末]))?{BEFORE}?"
        rf"|第?(?P<quarter>[一二三四1-4])季度[底末]?{BEFORE}?|(?P<half>[上下])半年[底末]?{BEFORE}?)"
    ),
}


def _every(match: re.Match[str], s: Stretch) -> int:
    groups = match.groupdict()
    if groups.get("of"):
        rhythm = _MULTIPLES.get((to_int(match["n"]) or 0, match["of"]))
        if rhythm is None:
            s.add_unset(match.start(), match.end())
            return match.end()
    else:
        rhythm = _PERIODS[match["period"].replace("个", "")]
    period, times = rhythm
    start = match.start()
    tails = list(_tails(s.text, match.end(), period)) if times == 1 and period in _TAILS else []
    end = tails[-1][0] if tails else match.end()
    count = _count(s.text, end) * times
    about = _about(s.text, end) if tails and tails[-1][2] else None
    levels = _levels(s.text, match.start(), end) if count > 1 else ()
    for at, month, day in tails or [(end, None, None)]:
        s.add(
            DeadlineKind.RECURRING, start, at, period=period, min_count=count, month=month, day=day,
            about=about, levels=levels,
        )  # fmt: skip
        start = at + 1
    return end


def _about(text: str, at: int) -> str | None:
    """Which period the words behind a day name: `previous` or `current`, None where they name none."""
    match = _ABOUT.match(text, at)
    return match and ("previous" if match["previous"] else "current")


def _levels(text: str, start: int, end: int) -> tuple[str, ...]:
    """The levels at each of which the count is owed (市县两级每年不少于2次), as written."""
    match = _LEVELS_BEFORE.search(text, max(0, start - 24), start) or _LEVELS_AFTER.match(text, end)
    if match is None:
        return ()
    return tuple(dict.fromkeys(re.findall(_LEVEL, re.sub(r"\([^()]*\)", "", match["levels"]))))


def _tails(text: str, at: int, period: str) -> Iterator[tuple[int, int | None, int | None]]:
    """(end, month, day) of every day that is named: 每月5日和20日前, 每年1月31日和7月31日前."""
    pattern = _TAILS[period]
    rows: list[tuple[int, int | None, int | None]] = []
    while len(rows) < 12 and (match := pattern.match(text, at)):
        found = {k: v for k, v in match.groupdict().items() if v}
        day = to_int(found["day"]) if "day" in found else _LAST if "last" in found else None
        month = to_int(found["month"]) if "month" in found else None
        if "weekday" in found:
            day = "一二三四五六日".find(found["weekday"].replace("天", "日")) + 1
        elif "yearend" in found:
            month, day = 12, _LAST
        elif "quarter" in found:
            month, day = (to_int(found["quarter"]) or 4) * 3, _LAST
        elif "half" in found:
            month, day = (6 if found["half"] == "上" else 12), _LAST
        elif pattern is _OF_MONTHS:
            month = _month_of_period(found.get("nth") or found.get("nth_last") or "", day)
        rows.append((match.end(), month, day))
        if text[match.end() : match.end() + 1] not in _AND:
            break
        at = match.end() + 1
    # 每年6月、12月底前: the end belongs to each.
    ends_last = rows and rows[-1][2] == _LAST and rows[-1][1] is not None
    for end, month, day in rows:
        yield end, month, _LAST if day is None and month is not None and ends_last else day


def _month_of_period(nth: str, day: int | None) -> int | None:
    """1 for the first month (首月); None for the last. An early day of no named month is that of the first: what a
    quarter was is told after it."""
    if nth.startswith("第"):
        return to_int(nth[1])
    if nth.startswith("首") or (not nth and day is not None and day <= 15):
        return 1
    return None


_LEVEL = r"省|市|州|盟|县|区|旗|乡|镇|街道|村|社区"
_LEVELS = rf"(?P<levels>(?:(?:{_LEVEL})、?(?:\([^()]{{1,8}}\))?、?){{2,6}})(?:两|二|三|四|各)级"
_LEVELS_BEFORE = re.compile(rf"{_LEVELS}[^,。;\n]{{0,12}}$")
_LEVELS_AFTER = re.compile(rf"[^,。;\n]{{0,12}}?{_LEVELS}")


_RANGE_OF_COUNT = rf"(?<![第\d])(?P<n>{NUMBER})(?:[-~至到]{NUMBER})?"
_COUNT = re.compile(rf"[^,。;\n每]{{0,30}}?{_RANGE_OF_COUNT}(?:次|场|期|轮|批|篇|回)(?!会议|全会)")
_COUNT_AT_LEAST = re.compile(
    rf"[^。;\n每]{{0,40}}?(?:不少于|至少|不低于|不得少于|最少)[^,。;\n\d每]{{0,16}}?(?P<n>{NUMBER})"
    r"(?:次|场|期|轮|批|篇|回|件|个(?!工作日|月)|项|条|人次)"
)


def _count(text: str, at: int) -> int:
    match = _COUNT.match(text, at) or _COUNT_AT_LEAST.match(text, at)
    return (to_int(match["n"]) if match else 0) or 1


def _simple(match: re.Match[str], s: Stretch) -> int:
    """A rhythm with nothing behind it but perhaps a number that the pattern itself holds."""
    period, times = _PERIODS[match["period"].replace("个", "")]
    count = to_int(match.groupdict().get("n") or "") or 1
    s.add(DeadlineKind.RECURRING, match.start(), match.end(), period=period, min_count=count * times)
    return match.end()


def _in_field(match: re.Match[str], s: Stretch) -> int:
    return _simple(match, s) if s.in_field else 0


def _times_a_year(match: re.Match[str], s: Stretch) -> int:
    count = to_int(match["n"]) or 1
    s.add(DeadlineKind.RECURRING, match.start(), match.end(), period="year", min_count=count)
    return match.end()


def _following(match: re.Match[str], s: Stretch) -> int:
    """Due in the month after the period that is told of (次月10日前)."""
    period, _ = _PERIODS[match["period"] or "月"]
    s.add(
        DeadlineKind.RECURRING, match.start(), match.end(), period=period, min_count=1, day=to_int(match["day"]),
        month=None if period == "month" else 1, about="previous",
    )  # fmt: skip
    return match.end()


RECURRING = rules(
    (
        rf"(?:每(?P<period>月|季度?|年)[^,。;\n每]{{0,16}}?[于在]?)?次月(?P<day>{DAY})[日号]{BEFORE}",
        _following,
    ),
    (_EVERY, _every),
    # 季度末25日前, without 每
    (
        rf"(?<![第每各本下个上\d{HAN_DIGITS}])(?P<period>季度?)(?=末(?:个?月)?的?(?:{DAY}[日号]|{BEFORE}))",
        _every,
    ),
    (
        r"(?:全年|(?<![第近])一年|年度内)(?=[^,。;\n\d每]{0,20}(?:不少于|至少|不低于))"
        rf"[^,。;\n\d每]{{0,30}}?(?P<n>{NUMBER})(?:次|场|期|轮|批|篇)",
        _times_a_year,
    ),
    (rf"(?<![第近\d{HAN_DIGITS}])一个?(?P<period>年|月|周|季度?)(?P<n>[一两二三四五六]|\d)次", _simple),
    (
        rf"(?<![第近每\d{HAN_DIGITS}])一(?P<period>年|月|周|季度?|旬)一(?=[\u4e00-\u9fff])(?![度直般律定次])",
        _simple,
    ),
    (
        rf"(?<![第每上下\d{HAN_DIGITS}])(?P<period>半年|季度|月度|年度)(?=[^,。;\n每]{{0,10}}?[一1]次)",
        _simple,
    ),
    (
        rf"(?:(?<=[、,。;:\n“(])|(?<=实行|建立|落实|坚持|执行|实施|推行|健全|完善|严格|{ROUTINES})|^)"
        rf"(?P<period>双周|双月|半月|半年|旬|周|月|季度?)(?=(?:{ROUTINES}))",
        _simple,
    ),
    (rf"(?:(?<=、)|(?<={ROUTINES}))(?P<period>年)(?=考核|考评|总结|评估|通报|盘点)", _simple),
    (
        r"[按逐](?P<period>周|月|季度?|半年)"
        rf"(?=[^,。;\n]{{0,6}}(?:{ROUTINES}|报送|上报|公开|公布|更新|汇总|查账|梳理))",
        _simple,
    ),
    (r"^[按逐]?(?P<period>月度?|季度?|半年|年度|周)$", _in_field),
)
