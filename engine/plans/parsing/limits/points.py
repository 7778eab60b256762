"""The days that a wording names: 6月30日, 6月底, 4-12月份, 第二季度末, 上半年, 年底, 2026年, 2024.6.30, “十四五”末.

A point says which days it covers, not whether it is a limit; that is for `dates`. A point without a year takes
the document's; without that its days are unknown.
"""

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from ..text.numerals import HAN_DIGITS, YEAR, to_int
from .phrases import BEFORE, DAY, DONE, MONTH
from .stretch import Calendar


class Unit(StrEnum):
    DAY = "day"
    #: 上旬, 中旬, 下旬, 月初, 月底: the end of the part is meant.
    PART = "part"
    MONTH = "month"
    QUARTER = "quarter"
    #: The end of a quarter or half-year.
    QUARTER_END = "quarter_end"
    #: 年底, 年内, 年中, “十四五”末.
    YEAR_END = "year_end"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Point:
    """`first` and `last` day, inclusive; both None where the year is unknown. `has_year`: the year is printed.
    `shown` False: figures (2024.6, 20240630) and 初 are a date only where something else says so."""

    start: int
    end: int
    unit: Unit
    first: date | None
    last: date | None
    year: int | None = None
    has_year: bool = False
    impossible: bool = False
    shown: bool = True
    #: 去年, 上年: never a limit.
    is_past: bool = False
    #: 2024年度, 2021-2025年规划: part of a name.
    named: bool = False


_PAST = ("去年", "上年", "前年", "往年", "上一年")
_NEXT = ("明年", "次年", "翌年", "来年", "下年", "下一年")
#: First and last day of a part of a month; 底 is its last day.
_PARTS = {
    "上旬": (1, 10), "初": (1, 10), "中旬": (11, 20), "中": (11, 20), "下旬": (21, 31), "底": (31, 31), "末": (31, 31),
}  # fmt: skip
_TO = r"(?:-{1,2}|~{1,2}|至|到)"
#: No figure before it, except the number of an item (2.9月底前).
_FREE = rf"(?:(?<![\d.每{HAN_DIGITS}])|(?<=^\d\.)|(?<=[\n;。,:(]\d\.))"

_MONTHS = (
    rf"{_FREE}(?:(?P<m0>{MONTH})(?:{_TO}|(?P<pair>、)))?(?P<m>{MONTH})月(?P<whole>份)?"
    rf"(?:(?:(?P<d0>{DAY})日?{_TO})?(?P<d>{DAY})[日号]"
    rf"|(?P<lost>[12]\d|3\d|0?[1-9])(?={BEFORE})"
    rf"|(?P<part>[上中下]旬|底|末|初|中(?={BEFORE}))"
    r"|(?!\d))"
)
_QUARTERS = (
    rf"{_FREE}第?(?:(?P<q0>[一二三1-3])(?:季度)?(?:{_TO}|(?P<qpair>、))第?)?(?P<q>[一二三四1-4])季"
    r"(?:度(?=[^底末]|$)|度?(?P<qend>[底末]))"
)
_HALF = r"(?P<half>[上下])半年(?P<hend>[底末])?"
_PART_OF_YEAR = (
    rf"年?(?:(?P<yend>[底末内])|(?P<final>终)(?={BEFORE})|(?P<middle>中)(?={BEFORE}|{DONE})|(?P<begin>初))"
)
_PART_OF_THIS_YEAR = (
    rf"(?<![\d{HAN_DIGITS}几每近往多全数半历青少壮中老学成财逐])年年?"
    rf"(?:(?P<bend>[底末内])|(?P<bfinal>终)(?={BEFORE})|(?P<bmiddle>中)(?={BEFORE}|{DONE}))"
)
#: Every point. A year stands before a month, a quarter, a half, a part of the year, or alone.
POINT = re.compile(
    r"“?十(?P<plan>[一二三四五六七八九])五”?(?:规划|时期)?期?末"
    rf"|(?P<y0>{YEAR})年?{_TO}(?P<y1>{YEAR})年(?P<named>度|[^,。;\n()]{{0,8}}(?:规划|纲要|计划|方案))?"
    r"|(?<![\d.])(?P<ny>(?:19|20)\d\d)(?P<sep>[-./])(?P<nm>1[0-2]|0?[1-9])(?:(?P=sep)(?P<nd>3[01]|[12]\d|0?[1-9]))?"
    r"日?(?![\d年月])"
    r"|(?<!\d)(?P<run>20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!\d)"
    rf"|(?<![\d.])(?P<xm>1[0-2]|0?[1-9])\.(?P<xd>3[01]|[12]\d|0?[1-9])(?=日?{BEFORE})"
    rf"|(?P<relm>本|下个?)月(?:(?P<rd>{DAY})[日号]|(?P<rpart>[上中下]旬|[底末内]))"
    rf"|(?<![\w])(?P<monthend>月[底末])(?={BEFORE})"
    r"|(?P<relq>本|下个?)季度(?P<rqend>[底末内])?"
    rf"|(?P<y>(?P<year>{YEAR})年(?P<annual>度)?|(?P<rel>今年|本年度?|当年|明年|次年|翌年|来年|下一?年度?|"
    r"去年|上一?年度?(?!龄)|前年|往年))?"
    rf"(?:{_MONTHS}|{_QUARTERS}|{_HALF}|(?(y)(?:{_PART_OF_YEAR}|)|{_PART_OF_THIS_YEAR}))"
)
#: What may stand behind 至 after a day: 15日, or 6.30 after 2024.4.1.
SHORT_DAY = re.compile(
    rf"(?:(?P<xm>1[0-2]|0?[1-9])\.)?(?P<d>{DAY})(?:[日号]|(?<=\.\d)(?!\d)|(?<=\.\d\d)(?!\d))"
)


def resolve(match: re.Match[str], when: Calendar, before: Point | None = None) -> Point:
    """The days of a match of POINT; `before` is the first point of a range, which lends its year."""
    found = {name: text for name, text in match.groupdict().items() if text}
    place = _Place(match.start(), match.end(), before)
    if "plan" in found:
        # The eleventh five-year plan ended in 2010.
        ends = 2010 + 5 * (_number(found, "plan") - 1)
        return place.point(Unit.YEAR_END, ends, (12, 31), (12, 31), printed=True)
    if "y0" in found:
        first, last = _number(found, "y0"), _number(found, "y1")
        days = (date(first, 1, 1), date(max(first, last), 12, 31))
        return Point(*match.span(), Unit.YEAR, *days, year=last, has_year=True, named="named" in found)
    if "ny" in found:
        shown = before is not None and before.unit is Unit.DAY
        month = _number(found, "nm")
        if "nd" in found:
            day = _number(found, "nd")
            return place.point(
                Unit.DAY, _number(found, "ny"), (month, day), (month, day), shown=shown, printed=True
            )
        return place.point(
            Unit.MONTH, _number(found, "ny"), (month, 1), (month, 31), shown=shown, printed=True
        )
    if "run" in found:
        run = int(found["run"])
        at = (run // 100 % 100, run % 100)
        return place.point(Unit.DAY, run // 10_000, at, at, shown=False, printed=True)
    if "relm" in found or "monthend" in found or "relq" in found:
        return _relative(found, place, when)
    year, printed, is_past = _year(found, when, before)
    if "m" in found or "xm" in found:
        point = _month(found, place, year)
    elif "q" in found:
        last = _number(found, "q")
        first = _number(found, "q0") if "q0" in found else last
        unit = Unit.QUARTER_END if "qend" in found else Unit.QUARTER
        point = place.point(unit, year, (first * 3 - 2, 1), (last * 3, 31))
    elif "half" in found:
        unit = Unit.QUARTER_END if "hend" in found else Unit.QUARTER
        point = place.point(unit, year, *(((1, 1), (6, 30)) if found["half"] == "上" else ((7, 1), (12, 31))))
    elif "middle" in found or "bmiddle" in found:
        point = place.point(Unit.YEAR_END, year, (6, 30), (6, 30))
    elif "begin" in found:
        point = place.point(Unit.YEAR_END, year, (1, 31), (1, 31), shown=False)
    elif found.keys() & {"yend", "final", "bend", "bfinal"}:
        point = place.point(Unit.YEAR_END, year, (12, 31), (12, 31))
    else:
        point = place.point(Unit.YEAR, year, (1, 1), (12, 31), shown="year" in found)
    return replace(
        point, has_year=printed, is_past=is_past, named="annual" in found and point.unit is Unit.YEAR
    )


def short_day(match: re.Match[str], before: Point) -> Point:
    """15日 behind 7月3日至."""
    month = int(match["xm"]) if match["xm"] else before.first.month if before.first else 1
    day = to_int(match["d"]) or 1
    return _Place(match.start(), match.end(), before).point(Unit.DAY, before.year, (month, day), (month, day))


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int
    before: Point | None

    def point(
        self,
        unit: Unit,
        year: int | None,
        first: tuple[int, int],
        last: tuple[int, int],
        *,
        shown: bool = True,
        printed: bool = False,
    ) -> Point:
        """The point from and to (month, day); a day that does not exist becomes the month's last."""
        if year is None or not 1 <= year <= 9998:
            return Point(self.start, self.end, unit, None, None, shown=shown)
        first_on, last_on = _day(year, *first), _day(year, *last)
        impossible = unit is Unit.DAY and (first_on.day, last_on.day) != (first[1], last[1])
        if last_on < first_on:  # 11至3月
            last_on = _day(year + 1, *last)
        return Point(
            self.start,
            self.end,
            unit,
            first_on,
            last_on,
            year,
            impossible=impossible,
            shown=shown,
            has_year=printed,
        )


def _day(year: int, month: int, day: int) -> date:
    return date(year, month, min(max(day, 1), calendar.monthrange(year, month)[1]))


def _number(found: dict[str, str], name: str) -> int:
    return to_int(found[name]) or 0


def _year(found: dict[str, str], when: Calendar, before: Point | None) -> tuple[int | None, bool, bool]:
    """The year, whether it is printed in figures, and whether the words say that it has passed."""
    if "year" in found:
        return _number(found, "year"), True, False
    base = when.document_year
    word = found.get("rel", "").removesuffix("度")
    if word in _PAST:
        return (base - 1 if base else None), False, True
    if before is not None and before.year is not None and word in ("", *_NEXT[1:]):
        return before.year + (word in _NEXT), bool(word), False
    return (base + (word in _NEXT) if base else None), False, False


def _month(found: dict[str, str], place: _Place, year: int | None) -> Point:
    if "xm" in found:
        at = (_number(found, "xm"), _number(found, "xd"))
        return place.point(Unit.DAY, year, at, at)
    month = _number(found, "m")
    if "d" in found or "lost" in found:
        day = _number(found, "d" if "d" in found else "lost")
        first = _number(found, "d0") if "d0" in found else day
        return place.point(Unit.DAY, year, (month, first), (month, day))
    if "m0" in found:
        return place.point(Unit.MONTH, year, (_number(found, "m0"), 1), (month, 31))
    if "part" in found:
        part = found["part"]
        first, last = _PARTS[part]
        return place.point(Unit.PART, year, (month, first), (month, last), shown=part != "初")
    return place.point(Unit.MONTH, year, (month, 1), (month, 31))


def _relative(found: dict[str, str], place: _Place, when: Calendar) -> Point:
    """本月底, 下月10日, 本季度末: from the month in which the document was signed."""
    signed = when.signed_on
    later = found.get("relm", found.get("relq", "本")) != "本"
    if "relq" in found:
        unit = Unit.QUARTER_END if "rqend" in found else Unit.QUARTER
        if signed is None:
            return place.point(unit, None, (1, 1), (1, 1))
        year, quarter = divmod(signed.year * 4 + (signed.month - 1) // 3 + later, 4)
        return place.point(unit, year, (quarter * 3 + 1, 1), (quarter * 3 + 3, 31))
    unit = Unit.DAY if "rd" in found else Unit.PART
    if signed is None:
        return place.point(unit, None, (1, 1), (1, 1))
    year, month = divmod(signed.year * 12 + signed.month - 1 + later, 12)
    day = to_int(found.get("rd", ""))
    part = (day, day) if day else _PARTS.get(found.get("rpart", "底"), (31, 31))
    return place.point(unit, year, (month + 1, part[0]), (month + 1, part[1]))
