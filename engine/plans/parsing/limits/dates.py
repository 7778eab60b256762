"""D1-D6, D12, D15: which of the days that a text names are limits.

前, 底, 年内 or a word of completion behind a day make it a limit, 至 between two days a span, 到 before it a goal.
In a field any day counts. History is none: a year long gone, 截至9月底, 较2020年底, 上半年完成了, 2000年底前建成的.
"""

import re
from dataclasses import replace
from datetime import date, timedelta

from ..text.numerals import to_int
from .phrases import BEFORE, DONE
from .points import POINT, SHORT_DAY, Point, Unit, resolve, short_day
from .stretch import Rules, Stretch, rules

_BRACKET = r"(?:\([^()\n]{1,8}\))?"
_CLOCK = r"(?:(?:上午|下午|中午|晚上?)?\d{1,2}(?:[:时点]\d{0,2}分?)(?:整)?|下班|日终)?"
_BEFORE = re.compile(rf"{_BRACKET}{_CLOCK}{BEFORE}")
_TO = re.compile(rf"{_BRACKET}(?:起|开始)?,?(?:-{{1,2}}|~{{1,2}}|至|到)(?!今|此)")
_AND = re.compile(r"[、和及与]")
_DONE = re.compile(DONE)
_STARTS = re.compile(r"开展|组织|启动|举办|集中")

#: Before a point, as its last characters.
_STRICT = re.compile(
    r"(?:务必?于|务必?在|最迟(?:于|在)?|最晚(?:于|在)?|不迟于|不晚于|不得[迟晚]于|截止(?:时间|日期)[为是:]?)$"
)
_TOWARDS = re.compile(r"(?:(?<![达回遇溯提得感受看做截止])到|(?<![截甚以直])至|以)$")
_FROM_NOW = re.compile(
    r"(?:(?:自|从)?(?:(?:本|该)?(?:方案|通知|意见|文件|办法)?(?:印发|发布|下发|发文|公布)之日|即日|现在)起?)(?:开始)?,?(?:至|到|-)$"
)
_PAST_BEFORE = re.compile(
    r"(?:截[至止](?:到)?|较|比|[高低]于|相当于|(?:有效|执行|保质|履行|服务)(?:期限?|日期)?[^,。;\n]{0,2}|"
    r"政策[^,。;\n]{0,6}|延续[^,。;\n]{0,4})$"
)
#: Behind a limit.
_PAST_AFTER = re.compile(
    r"(?:已|以来|以后|之后|后(?!续)|起(?![至到\-])|开始(?!前)|基础上|水平|相比|同期|"
    r"[^,。;:\n]{0,4}(?:建成|建设|印发|出台|登记|设立|取得|备案|开工|投产|签订|发生|受理|立案|出生|成立|注册|批准)[^,。;:\n]{0,2}的)"
)
_TOLD_AFTER = re.compile(
    r",?[^,。;\n]{0,14}?(?:同比|环比|[完实]成?现?了|已|(?<!达)到了|共(?:受理|办|查|处|有|开展|完成)|增长\d[\d.]{0,5}%(?!以上|左右)|下降\d)"
)
_TOLD_WEAKLY = re.compile(r",?[^,。;\n]{0,14}?(?:新增|累计|完成[^,。;\n]{0,6}\d|共)")
_ASSESSMENT = re.compile(r"(?:工作)?(?:考核|考评|绩效|评比|总结|述职|评优|述法|结账|决算|奖)")
_CLAUSE_START = re.compile(r"(?:^|[,。;:\n、)])$")
_CLAUSE_END = re.compile(r"[,。;)]|$")
#: Years in brackets behind it belong to the name of a document: 三年行动(2024-2026年).
_IN_NAME = re.compile(r"(?:方案|计划|规划|纲要|行动|意见|办法)\($")
_WHOLE_YEAR_GOES_ON = re.compile(r",|全面|完成|实现|建成|力争|确保|要|全市|全县|全区|各")


def _lost_dots(match: re.Match[str], s: Stretch) -> int:
    """201512120151215: two days whose dots were lost. Read only where each has all of its eight digits."""
    days = []
    for text in (match["a"], match["b"]):
        try:
            days.append(date(int(text[:4]), int(text[4:6]), int(text[6:])) if len(text) == 8 else None)
        except ValueError:
            days.append(None)
    if days[0] and days[1]:
        s.add_period(match.start(), match.end(), days[0], days[1])
    else:
        s.fault("garbled_date", match.start(), match.end())
        s.add_unset(match.start(), match.end())
    return match.end()


def _read(match: re.Match[str], s: Stretch) -> int:
    text = s.text
    point = resolve(match, s.calendar)
    if point.end <= point.start or _is_numbering(match, text):
        return 0
    head = text[max(0, point.start - 18) : point.start]
    if second := _range(point, s):
        return _span(point, second, head, s)
    points = _chain(point, s)
    last = points[-1]
    end = last.end
    before = _BEFORE.match(text, end)
    if before:
        end = before.end()
    if _is_history(point, last, head, bool(before), text[end : end + 32], s):
        return end
    if len(points) > 1 and (before or last.unit is Unit.PART):
        return _shared(points, end, s)
    if len(points) > 1:
        for point in points:
            _single(point, False, text[max(0, point.start - 18) : point.start], point.end, s)
        return end
    return _single(last, bool(before), head, end, s)


def _is_numbering(match: re.Match[str], text: str) -> bool:
    """2、5月…: a number of the list stands before the month, unless the two follow each other (3、4月份)."""
    found = match.groupdict()
    for first, second, pair in (("m0", "m", "pair"), ("q0", "q", "qpair")):
        if found.get(pair):
            follow = to_int(found[second] or "") == (to_int(found[first] or "") or 0) + 1
            return not follow or text[match.start() - 1 : match.start()] == "\n" or bool(found["part"])
    return False


def _range(first: Point, s: Stretch) -> Point | None:
    to = _TO.match(s.text, first.end)
    if to is None:
        return None
    match = POINT.match(s.text, to.end())
    if match and match.end() > match.start():
        second = resolve(match, s.calendar, first)
    elif first.unit is Unit.DAY and (day := SHORT_DAY.match(s.text, to.end())):
        second = short_day(day, first)
    else:
        return None
    if second.named or first.is_past or second.is_past:
        return None
    if first.first and second.last and second.last < first.first and not second.has_year:
        year = second.last.year + 1
        second = replace(second, last=_in_year(second.last, year), first=None)
    return second


def _in_year(on: date, year: int) -> date:
    try:
        return on.replace(year=year)
    except ValueError:  # 29 February
        return on.replace(year=year, day=28)


def _span(first: Point, second: Point, head: str, s: Stretch) -> int:
    end = second.end
    if before := _BEFORE.match(s.text, end):
        end = before.end()
    if _PAST_BEFORE.search(head) or _is_history(first, second, head, bool(before), s.text[end : end + 32], s):
        return end
    if not (first.shown or second.shown or s.in_field or before):
        return end
    if first.first is None or second.last is None:
        return _unknown(first.start, end, s)
    for point in (first, second):
        if point.impossible:
            s.fault("impossible_date", point.start, point.end)
    s.add_period(first.start, end, first.first, second.last)
    return end


def _chain(point: Point, s: Stretch) -> list[Point]:
    """6月、9月和12月底; 3月15日、6月15日前: days or months in a row."""
    points = [point]
    while len(points) < 12 and points[-1].unit in (Unit.DAY, Unit.MONTH):
        link = _AND.match(s.text, points[-1].end)
        if link is None:
            break
        match = POINT.match(s.text, link.end())
        if match and match.end() > match.start():
            following = resolve(match, s.calendar, points[-1])
        elif point.unit is Unit.DAY and (day := SHORT_DAY.match(s.text, link.end())):
            following = short_day(day, points[-1])
        else:
            break
        if following.unit is not points[-1].unit and (following.unit, point.unit) != (Unit.PART, Unit.MONTH):
            break
        if _TO.match(s.text, following.end):  # the next begins a range
            break
        points.append(following)
    return points


def _shared(points: list[Point], end: int, s: Stretch) -> int:
    """前 or 底 behind the last of a row holds for each."""
    for point in points:
        stop = end if point is points[-1] else point.end
        if point.last is None:
            _unknown(point.start, stop, s)
        else:
            _dated(point, stop, point.last, s)
    return end


def _is_history(first: Point, last: Point, head: str, before: bool, rest: str, s: Stretch) -> bool:
    if first.is_past or _PAST_BEFORE.search(head):
        return True
    if s.in_field:
        return False
    if _PAST_AFTER.match(rest):
        return True
    base = s.calendar.document_year or 0
    if last.has_year and last.year is not None and last.year < base - before:
        return True
    if before or last.unit in (Unit.DAY, Unit.PART, Unit.YEAR_END):
        return False
    signed = s.calendar.signed_on
    over = signed is not None and last.last is not None and last.last < signed
    return bool(_TOLD_AFTER.match(rest) or (over and _TOLD_WEAKLY.match(rest)))


def _single(point: Point, before: bool, head: str, end: int, s: Stretch) -> int:
    start, text = point.start, s.text
    if strict := _STRICT.search(head):
        start -= len(strict[0])
    towards = bool(strict or _TOWARDS.search(head))
    done = bool(_DONE.match(text, end))
    wanted = before or towards or done or s.in_field
    if now := _FROM_NOW.search(head):
        return _from_now(point, start - len(now[0]), end, s)
    if not point.shown and not (before or done or s.in_field):
        return end
    match point.unit:
        case Unit.DAY:
            if point.first != point.last:
                return _covered(point, end, s)
            return _ended(point, start, end, s) if wanted else end
        case Unit.PART | Unit.QUARTER_END:
            return _ended(point, start, end, s)
        case Unit.YEAR_END:
            if not before and not s.in_field and _ASSESSMENT.match(text, end):
                return end
            return _ended(point, start, end, s)
        case Unit.MONTH:
            if before:
                return _begun(point, start, end, s)
            if towards:
                return _ended(point, start, end, s)
            whole = text[point.end - 1] == "份" or done or _STARTS.match(text, end)
            many = point.first is None or point.last is None or point.first.month != point.last.month
            alone = head.endswith("(") and text[end : end + 1] == ")"  # 总结阶段(12月)
            return _covered(point, end, s) if whole or many or alone or s.in_field else end
        case Unit.QUARTER:
            return _ended(point, start, end, s) if before or strict else _covered(point, end, s)
    return _year(point, before, towards, head, end, s)


def _year(point: Point, before: bool, towards: bool, head: str, end: int, s: Stretch) -> int:
    if not point.has_year:
        at_its_end = (
            before or s.in_field or (s.text.startswith("当年", point.start) and _DONE.match(s.text, end))
        )
        return _ended(point, point.start, end, s) if at_its_end else end
    if point.named and not s.in_field:
        return end
    if before:
        return _begun(point, point.start, end, s)
    if point.first and point.last and point.first.year != point.last.year:
        bracketed = _IN_NAME.search(head)
        stands = s.in_field or (not bracketed and _CLAUSE_END.match(s.text[end : end + 1]))
        return _covered(point, end, s) if stands else end
    if towards:
        return _ended(point, point.start, end, s)
    starts = _CLAUSE_START.search(head[-1:]) and _WHOLE_YEAR_GOES_ON.match(s.text, end)
    return _covered(point, end, s) if starts or s.in_field else end


def _from_now(point: Point, start: int, end: int, s: Stretch) -> int:
    if point.last is None:
        return _unknown(start, end, s)
    if s.calendar.signed_on is None:
        s.add_date(start, end, point.last)
    else:
        s.add_period(start, end, s.calendar.signed_on, point.last)
    return end


def _ended(point: Point, start: int, end: int, s: Stretch) -> int:
    """The last day of the point is the limit."""
    if point.last is None:
        return _unknown(start, end, s)
    return _dated(replace(point, start=start), end, point.last, s)


def _begun(point: Point, start: int, end: int, s: Stretch) -> int:
    """6月前, 2026年前: the day before it begins."""
    if point.first is None:
        return _unknown(start, end, s)
    return _dated(replace(point, start=start), end, point.first - timedelta(days=1), s)


def _covered(point: Point, end: int, s: Stretch) -> int:
    """The point's days are the span of the work."""
    if point.first is None or point.last is None:
        return _unknown(point.start, end, s)
    if point.impossible:
        s.fault("impossible_date", point.start, end)
    s.add_period(point.start, end, point.first, point.last)
    return end


def _dated(point: Point, end: int, on: date, s: Stretch) -> int:
    if point.impossible:
        s.fault("impossible_date", point.start, end)
    s.add_date(point.start, end, on)
    return end


def _unknown(start: int, end: int, s: Stretch) -> int:
    s.fault("year_unknown", start, end)
    s.add_unset(start, end)
    return end


LOST_DOTS: Rules = rules(
    (r"(?<!\d)(?P<a>20[0-3]\d\d{2,4})[-~至到]?(?P<b>20[0-3]\d\d{2,4})(?!\d)", _lost_dots),
)
DATES: Rules = ((POINT, _read),)
