"""The forms of time limits, one rule each: D1-D15 of the field notes, as far as one stretch of text carries them.

A rule is a pattern and a function that builds the limit; the table RULES at the end holds them in the order in
which they are tried. How they are applied stands in deadlines.py.
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from .draft import Deadline, DeadlineKind, Defect
from .numerals import NUMBER, to_int
from .source import Span

BLANK = "\u25a1"
_S = r" {0,2}"
_BEFORE = r"(?:之前|以前|前|止)"
_HAN_YEAR = r"二[〇零][〇零一二三四五六七八九]{2}"
_YEAR = rf"(?:(?<!\d)(?P<year>(?:19|20)\d\d|{_HAN_YEAR}){_S}年度?|(?P<rel>今年|本年度?|当年|明年|次年)){_S}"
_MONTH_NUMBER = r"(?:1[0-2]|0?[1-9](?!\d)|十[一二]?|[一二三四五六七八九])"
_DAY_NUMBER = r"(?:3[01]|[12]\d|0?[1-9](?!\d)|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_MONTH = rf"(?<![\d.一二三四五六七八九十])(?P<month>{_MONTH_NUMBER}){_S}月"
_QUARTER = r"第?(?P<quarter>[一二三四1-4]) {0,2}季度?"
_HALF = r"(?P<half>[上下])半年"
#: Behind a date without 前, only these make it a limit; "3月印发的" tells history.
_DONE = r"(?:完成|办结|报送|上报|建成|到位|验收)"
_PERIODS = {
    "年": "year",
    "年度": "year",
    "半年": "half_year",
    "季": "quarter",
    "季度": "quarter",
    "月": "month",
    "月度": "month",
    "周": "week",
    "星期": "week",
}
_UNIT_OF_COUNT = r"(?:次|场|期|轮|批|篇|回|件|个|项|条|人次)"


@dataclass(slots=True)
class Calendar:
    """What undated limits refer to."""

    document_year: int | None
    signed_on: date | None


@dataclass(slots=True)
class Stretch:
    source: str
    offset: int
    text: str
    calendar: Calendar
    in_field: bool
    found: list[Deadline]
    defects: list[Defect]

    def add(self, kind: DeadlineKind, start: int, end: int, **values: object) -> None:
        span = Span(self.offset + start, self.offset + end)
        raw = self.source[span.start : span.end]
        self.found.append(Deadline(kind, raw, span, **values))  # type: ignore[arg-type]

    def fault(self, name: str, match: re.Match[str]) -> None:
        span = Span(self.offset + match.start(), self.offset + match.end())
        self.defects.append(Defect(name, span, self.source[span.start : span.end]))

    def year(self, match: re.Match[str], year: str = "year", rel: str = "rel") -> int | None:
        groups = match.groupdict()
        if groups.get(year):
            return to_int(groups[year] or "")
        base = self.calendar.document_year
        if base is None:
            return None
        return base + 1 if (groups.get(rel) or "") in ("明年", "次年") else base

    def day(self, match: re.Match[str], year: int | None, month: int, day: int) -> date | None:
        """The date, the month's last day where the day does not exist (6月31日), None where the year is unknown."""
        if year is None or not 1 <= month <= 12:
            self.fault("year_unknown", match)
            self.add(DeadlineKind.UNSPECIFIED_LIMIT, match.start(), match.end())
            return None
        last = calendar.monthrange(year, month)[1]
        if not 1 <= day <= last:
            self.fault("impossible_date", match)
            day = min(max(day, 1), last)
        return date(year, month, day)


def _number(match: re.Match[str], name: str) -> int:
    return to_int(match.groupdict().get(name) or "") or 0


Rule = Callable[[re.Match[str], Stretch], bool]


NOT_LIMITS = re.compile(
    r"《[^《》\n]{1,100}》|“[^“”\n]{1,40}”|〔 ?\d{4} ?〕|"
    rf"截(?:至|止到?)(?!时间|日期) ?(?:(?:19|20)\d\d ?年)?"
    rf"(?:{_MONTH_NUMBER} ?月(?:份)?)?(?:{_DAY_NUMBER} ?日)?(?:年?[底末])?|"
    rf"(?:19|20)\d\d ?年?[-~](?:19|20)\d\d ?年(?=[)》”]|度|规划|纲要|行动|计划|方案)|"
    rf"自 ?(?:(?:19|20)\d\d ?年)?(?:{_MONTH_NUMBER} ?月)?(?:{_DAY_NUMBER} ?日)? ?起(?:施行|实施|执行|生效)|"
    r"近[一二三四五两几\d]{1,2} ?年(?:来|内)?|"
    rf"(?:去年|上年度?|往年|历年)(?:同期|全年)?(?:{_MONTH_NUMBER} ?月)?(?:{_DAY_NUMBER} ?日)?[底末]?"
)


def _recurring(match: re.Match[str], s: Stretch) -> bool:
    groups = match.groupdict()
    period = _PERIODS[match["period"]]
    month = _number(match, "month") or None
    day = _number(match, "day") or None
    if groups.get("weekday"):
        day = "一二三四五六日".find(match["weekday"].replace("天", "日")) + 1 if period == "week" else None
    if groups.get("last"):
        day = 31
        month = 12 if groups.get("yearend") else month
    if day is None and period != "year":
        month = None
    s.add(
        DeadlineKind.RECURRING,
        match.start(),
        match.end(),
        period=period,
        min_count=_count(s.text, match.end()),
        month=month if period == "year" else None,
        day=day,
    )
    return True


_COUNT_AT_LEAST = re.compile(
    rf"[^。;\n]{{0,40}}?(?:不少于|至少|不低于|不得少于|最少)[^,。;\n\d]{{0,16}}?(?P<n>{NUMBER}) ?{_UNIT_OF_COUNT}"
)
_COUNT = re.compile(rf"[^,。;\n]{{0,30}}?(?<![第\d])(?P<n>{NUMBER}) ?(?:次|场|期|轮|批|篇|回)(?!会议|全会)")


def _count(text: str, at: int) -> int:
    match = _COUNT_AT_LEAST.match(text, at) or _COUNT.match(text, at)
    return (_number(match, "n") if match else 0) or 1


def _yearly_count(match: re.Match[str], s: Stretch) -> bool:
    s.add(
        DeadlineKind.RECURRING, match.start(), match.end(), period="year", min_count=_number(match, "n") or 1
    )
    return True


def _short_cadence(match: re.Match[str], s: Stretch) -> bool:
    s.add(DeadlineKind.RECURRING, match.start(), match.end(), period=_PERIODS[match["period"]], min_count=1)
    return True


_TRIGGER = re.compile(
    r"(?P<trigger>[^,。;:\n\u25a1]{1,40}?(?:之日|之时|当日|次日|之后|以后|后))(?:起算|起计算|起)?(?:的|,)?[ 不超过在]{0,4}$"
)
_TRIGGER_VERB = re.compile(r"(?P<trigger>(?:收到|接到|受理|签收)[^,。;:\n\u25a1]{0,20}?)[在的 ]{0,2}$")
_TRIGGER_START = re.compile(r"自(?!然|主|动|治|行|查|评|身|愿|我)|从(?!事|业|严|重)")
_TRIGGER_START_WEAK = re.compile(r"[在于](?!线)|应当?|必须")


def _timer(match: re.Match[str], s: Stretch) -> bool:
    floor = max(0, match.start() - 48)
    before = s.text[floor : match.start()]
    start, trigger = match.start(), None
    if found := _TRIGGER.search(before) or _TRIGGER_VERB.search(before):
        trigger, at = found["trigger"], found.start("trigger")
        starts = [m.end() for m in _TRIGGER_START.finditer(trigger)] or [
            m.end() for m in _TRIGGER_START_WEAK.finditer(trigger)
        ]
        cut = starts[-1] if starts and starts[-1] < len(trigger) - 2 else 0
        trigger, start = trigger[cut:].strip(" "), floor + at + cut
    kind = DeadlineKind.WORKING_DAYS if match["unit"] == "工作日" else DeadlineKind.CALENDAR_DAYS
    days = _number(match, "n")
    if not days:
        return False
    s.add(kind, start, match.end(), days=days, trigger=trigger)
    return True


def _span_of_months(match: re.Match[str], s: Stretch) -> bool:
    """一年内, 三个月内: from the date of the document (D14)."""
    count, signed = _number(match, "n"), s.calendar.signed_on
    if not 1 <= count <= 120:
        return False
    if signed is None or _TRIGGER.search(s.text[max(0, match.start() - 48) : match.start()]):
        s.add(DeadlineKind.UNSPECIFIED_LIMIT, match.start(), match.end())
        return True
    months = signed.year * 12 + signed.month - 1 + count * (1 if match["unit"] else 12)
    year, month = divmod(months, 12)
    end = date(year, month + 1, min(signed.day, calendar.monthrange(year, month + 1)[1]))
    s.add(DeadlineKind.PERIOD, match.start(), match.end(), start_on=signed, end_on=end)
    return True


def _day_range(match: re.Match[str], s: Stretch) -> bool:
    first_year = s.year(match)
    second_year = s.year(match, "year2", "rel2") if match["year2"] or match["rel2"] else first_year
    month2 = _number(match, "month2") or _number(match, "month")
    start = s.day(match, first_year, _number(match, "month"), _number(match, "day"))
    end = s.day(match, second_year, month2, _number(match, "day2")) if start else None
    if start and end:
        s.add(DeadlineKind.PERIOD, match.start(), match.end(), start_on=start, end_on=max(start, end))
    return True


def _month_range(match: re.Match[str], s: Stretch) -> bool:
    first_year = s.year(match)
    second_year = s.year(match, "year2", "rel2") if match["year2"] or match["rel2"] else first_year
    month, month2 = _number(match, "month"), _number(match, "month2")
    if first_year and second_year == first_year and month2 < month:
        second_year += 1
    start, end = s.day(match, first_year, month, 1), None
    if start and second_year:
        end = date(second_year, month2, calendar.monthrange(second_year, month2)[1])
        s.add(DeadlineKind.PERIOD, match.start(), match.end(), start_on=start, end_on=max(start, end))
    return True


def _day(match: re.Match[str], s: Stretch) -> bool:
    if on := s.day(match, s.year(match), _number(match, "month"), _number(match, "day")):
        s.add(DeadlineKind.DATE, match.start(), match.end(), date_on=on)
    return True


def _day_in_field(match: re.Match[str], s: Stretch) -> bool:
    return s.in_field and _day(match, s)


def _month_part(match: re.Match[str], s: Stretch) -> bool:
    day = {"上旬": 10, "中旬": 20}.get(match["part"])
    month, year = _number(match, "month"), s.year(match)
    if on := s.day(match, year, month, day or (calendar.monthrange(year, month)[1] if year else 1)):
        s.add(DeadlineKind.DATE, match.start(), match.end(), date_on=on)
    return True


def _before_month(match: re.Match[str], s: Stretch) -> bool:
    """6月前: the day before that month begins."""
    if first := s.day(match, s.year(match), _number(match, "month"), 1):
        s.add(DeadlineKind.DATE, match.start(), match.end(), date_on=first - timedelta(days=1))
    return True


def _whole_month(match: re.Match[str], s: Stretch) -> bool:
    if first := s.day(match, s.year(match), _number(match, "month"), 1):
        end = date(first.year, first.month, calendar.monthrange(first.year, first.month)[1])
        s.add(DeadlineKind.PERIOD, match.start(), match.end(), start_on=first, end_on=end)
    return True


def _month_in_field(match: re.Match[str], s: Stretch) -> bool:
    return s.in_field and _whole_month(match, s)


def _part_of_year(match: re.Match[str], s: Stretch) -> bool:
    groups = match.groupdict()
    if groups.get("half"):
        first, last = (1, 6) if match["half"] == "上" else (7, 12)
    else:
        quarter = to_int(match["quarter"]) or 1
        first, last = quarter * 3 - 2, quarter * 3
    start = s.day(match, s.year(match), first, 1)
    if start:
        end = date(start.year, last, calendar.monthrange(start.year, last)[1])
        if groups.get("limit"):
            s.add(DeadlineKind.DATE, match.start(), match.end(), date_on=end)
        else:
            s.add(DeadlineKind.PERIOD, match.start(), match.end(), start_on=start, end_on=end)
    return True


def _year_end(match: re.Match[str], s: Stretch) -> bool:
    if on := s.day(match, s.year(match), 12, 31):
        s.add(DeadlineKind.DATE, match.start(), match.end(), date_on=on)
    return True


def _whole_year(match: re.Match[str], s: Stretch) -> bool:
    year, base = s.year(match), s.calendar.document_year
    if year is None or (base is not None and year < base):
        return False  # a year gone by tells history
    s.add(
        DeadlineKind.PERIOD, match.start(), match.end(), start_on=date(year, 1, 1), end_on=date(year, 12, 31)
    )
    return True


def _year_in_field(match: re.Match[str], s: Stretch) -> bool:
    return s.in_field and _whole_year(match, s)


def _years(match: re.Match[str], s: Stretch) -> bool:
    first, last = to_int(match["year"]), to_int(match["year2"])
    if not first or not last or last < first:
        return False
    s.add(
        DeadlineKind.PERIOD, match.start(), match.end(), start_on=date(first, 1, 1), end_on=date(last, 12, 31)
    )
    return True


def _plain(kind: DeadlineKind, *, field_only: bool = False) -> Rule:
    def rule(match: re.Match[str], s: Stretch) -> bool:
        if field_only and not s.in_field:
            return False
        s.add(kind, match.start(), match.end())
        return True

    return rule


_YEAR2 = _YEAR.replace("<year>", "<year2>").replace("<rel>", "<rel2>")
_TO = rf"{_S}(?:[-~]{{1,2}}|至|到){_S}"
_WEEKDAY = r"(?:\([^()\n]{1,8}\))?"
_CLAUSE_START = r"(?:(?<=[,。;:\n、)])|^) {0,4}"
_CLAUSE_END = rf"(?={_S}(?:[,。;)\n〕】]|$))"

RULES: tuple[tuple[re.Pattern[str], Rule], ...] = tuple(
    (re.compile(pattern), rule)
    for pattern, rule in (
        (
            rf"每{_S}个?(?P<period>年度?|半年|季度?|月(?!份)度?|周|星期)(?!代会)"
            rf"(?:{_S}的?{_S}(?:(?:(?P<month>{_MONTH_NUMBER}){_S}月份?)?(?:末个?月|最后一个?月|首月|首个月|第?[一二三]个月|末)?的?"
            rf"(?:\([^()\n]{{1,20}}\))?(?:第?(?P<day>{_DAY_NUMBER}){_S}[日号]{_BEFORE}?"
            rf"|(?P<last>(?P<yearend>年)?月?[底末]){_BEFORE}?(?:\([^()\n]{{1,20}}\))?"
            rf"|(?P<weekday>[一二三四五六日天]){_BEFORE})"
            rf"|第?[一二三四]季度{_BEFORE}?|[上下]半年|末(?:\([^()\n]{{1,20}}\))?))?",
            _recurring,
        ),
        (
            rf"(?:全年|一年|年度内)(?=[^,。;\n\d]{{0,20}}(?:不少于|至少|不低于))"
            rf"[^,。;\n\d]{{0,30}}?(?P<n>{NUMBER}) ?(?:次|场|期|轮|批|篇)",
            _yearly_count,
        ),
        (
            r"(?:(?<=[、,。;: \n])|^)(?P<period>周|月|季度?|半年)"
            r"(?=(?:监测|调度|通报|报告|研判|会商|例会|小结|抽查|督导|评比|点评))",
            _short_cadence,
        ),
        (
            rf"(?<![\d月第一二三四五六七八九十百])(?P<n>{NUMBER}){_S}个?{_S}(?P<unit>工作日|自然日|日|天){_S}(?:之内|以内|内)",
            _timer,
        ),
        (
            rf"(?<![\d第一二三四五六七八九十])(?P<n>[\d一二三四五六七八九十两]{{1,3}}){_S}(?:个(?P<unit>月)|年)(?:之内|以内|内)",
            _span_of_months,
        ),
        (
            rf"(?:{_YEAR})?{_MONTH}{_S}(?P<day>{_DAY_NUMBER}){_S}日?{_WEEKDAY}{_TO}(?:{_YEAR2})?(?:(?P<month2>{_MONTH_NUMBER}){_S}月{_S})?"
            rf"(?P<day2>{_DAY_NUMBER}){_S}日{_WEEKDAY}",
            _day_range,
        ),
        (
            rf"(?:{_YEAR})?(?<![\d.])(?P<month>{_MONTH_NUMBER}){_S}(?:月份?)?{_TO}(?:{_YEAR2})?(?P<month2>{_MONTH_NUMBER}){_S}月份?(?!{_S}\d)(?:底|末)?",
            _month_range,
        ),
        (
            rf"(?:务必?于|务必在)?(?:{_YEAR})?{_MONTH}{_S}(?P<day>{_DAY_NUMBER}){_S}[日号]{_S}{_WEEKDAY}{_S}(?:{_BEFORE}|(?={_DONE}))",
            _day,
        ),
        (
            rf"(?:(?<=[到至])|务于|务必于)(?:{_YEAR})?{_MONTH}{_S}(?P<day>{_DAY_NUMBER}){_S}[日号]{_WEEKDAY}",
            _day,
        ),
        (rf"(?:{_YEAR})?{_MONTH}{_S}(?P<day>{_DAY_NUMBER}){_S}[日号]", _day_in_field),
        (rf"(?:{_YEAR})?{_MONTH}份?(?P<part>底|末|[上中下]旬){_BEFORE}?", _month_part),
        (rf"(?:{_YEAR})?{_MONTH}份?{_BEFORE}", _before_month),
        (rf"(?:{_YEAR})?{_MONTH}(?:份|(?={_DONE}))", _whole_month),
        (rf"(?:{_YEAR})?{_MONTH}(?!{_S}\d)", _month_in_field),
        (
            rf"(?<!每年)(?:{_YEAR})?(?:{_HALF}|(?<!每){_QUARTER})(?P<limit>{_S}(?:[底末]{_BEFORE}?|{_BEFORE}))?",
            _part_of_year,
        ),
        (rf"(?:{_YEAR})(?:年?[底末]|内){_BEFORE}?", _year_end),
        (rf"(?<![\d一二三四五六七八九十两几每近往多全数半历青少壮中老])年[底末内]{_BEFORE}?", _year_end),
        (rf"当年(?={_DONE})(?P<year>(?!))?", _year_end),
        (r"(?<!\d)(?P<year>20\d\d) ?年?[-~至到]{1,2}(?P<year2>20\d\d) ?年(?=[,。;)]|$)", _years),
        (r"(?:到|至) ?(?P<year>20\d\d) ?年(?!度|[-~至到]|\d| ?\d)", _year_end),
        (rf"{_CLAUSE_START}(?P<year>20\d\d) ?年(?=,|全面|完成|实现|建成|力争|确保|要)", _whole_year),
        (r"(?<!\d)(?P<year>20\d\d) ?年(?!\d| ?\d)", _year_in_field),
        (
            rf"长期坚持|贯穿全年|(?:全年|持续|常态化|长期)(?:推进|坚持|开展|实施){_CLAUSE_END}",
            _plain(DeadlineKind.ONGOING),
        ),
        (r"长期|持续[^,。;]{0,4}|常态化?[^,。;]{0,4}|全年", _plain(DeadlineKind.ONGOING, field_only=True)),
        (r"立行立改|立即整改|即知即改|立查立改|立整立改", _plain(DeadlineKind.IMMEDIATE)),
        (r"立即[^,。;]{0,4}", _plain(DeadlineKind.IMMEDIATE, field_only=True)),
        (
            r"依法限期|(?<![期无年效责令])限期(?=整改|改正|办结|完成|办理|补|销号|整治|解决|反馈)",
            _plain(DeadlineKind.UNSPECIFIED_LIMIT),
        ),
        (
            r"按(?:照)?(?:上级|时限|有关|相关)?要求[^,。;]{0,6}|限期[^,。;]{0,4}|视情",
            _plain(DeadlineKind.UNSPECIFIED_LIMIT, field_only=True),
        ),
    )
)
