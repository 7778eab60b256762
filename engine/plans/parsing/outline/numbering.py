"""The numbers that lines begin with, in every form that notices use, and which of them only look so.

一、 (一) 1. 1、 ① (1) 第一, 第一章 问题三: 1.1 and the single characters ㈠ ⑴ ⒈; a figure (7.5%, 2021.5), a date and
a quantity (12个) are no numbers of places.
"""

import re
from enum import IntEnum

from ..text.numerals import to_int


class Level(IntEnum):
    """How deep a numbered place stands: a smaller level ends the greater ones before it."""

    ROOT = 0
    PART = 1
    CHAPTER = 2
    SECTION = 3
    PROBLEM = 4
    ITEM = 5
    DOTTED = 6
    DOTTED_TWICE = 7
    SUBITEM = 8
    POINT = 9


#: Level, number, width and repairs (names of defects) of a numbering.
Mark = tuple[Level, int, int, tuple[str, ...]]

_HAN = r"[一二三四五六七八九十百〇零]{1,4}"
_MARKS: tuple[tuple[Level, re.Pattern[str]], ...] = (
    (
        Level.PART,
        re.compile(
            rf"第 ?({_HAN}|\d{{1,2}}) ?(?:部分|章|篇|编|节)(?=[ 、.:,]|[\u4e00-\u9fff]|$)[ 、.:,]{{0,2}}"
        ),
    ),
    (Level.ITEM, re.compile(rf"第 ?({_HAN}|\d{{1,3}}) ?条(?![款例件])[ 、.:,]{{0,2}}")),
    (Level.SUBITEM, re.compile(rf"第({_HAN})[、,:] ?")),
    (Level.CHAPTER, re.compile(rf"({_HAN}) ?(?:、|\.|,(?=[\u4e00-\u9fff])) ?")),
    (Level.SECTION, re.compile(rf"[(〔] ?({_HAN}) ?[)〕] ?[、.,]? ?|({_HAN}) ?\) ?[、.]? ?")),
    (Level.SUBITEM, re.compile(r"[(〔] ?(\d{1,3}) ?[)〕] ?[、.,]? ?|(\d{1,2}) ?\) ?[、.]? ?")),
    (Level.ITEM, re.compile(r"(\d{1,3}) ?(?:、|\.(?!\d)|。|,(?!\d)) ?")),
    (
        Level.PROBLEM,
        re.compile(
            rf"(?:整改|反馈|重点|主要|具体)?(?:问题|任务|事项) ?(?:之)?({_HAN}|\d{{1,3}})(?: ?[、.:,] ?| +(?=\S)|$)"
        ),
    ),
)
#: One character that is a number: its first code point, how many follow, its level.
_SINGLE = (
    (0x2460, 20, 1, Level.POINT),  # ①
    (0x3251, 15, 21, Level.POINT),  # ㉑
    (0x2776, 10, 1, Level.POINT),  # ❶
    (0x2474, 20, 1, Level.SUBITEM),  # ⑴
    (0x2488, 20, 1, Level.ITEM),  # ⒈
    (0x3220, 10, 1, Level.SECTION),  # ㈠
)
#: What any of them begins with; most lines of running text end here.
_STARTS = frozenset("0123456789一二三四五六七八九十百〇零第(〔问任事整反重主具") | {
    chr(first + i) for first, count, _, _ in _SINGLE for i in range(count)
}
#: Behind a bare number these make it a quantity or a date, not a numbering.
_MEASURE = re.compile(
    r"[年月日号个项件名人次天周期家户万亿%度级元场类种条处位份批分时点所座亩吨至到倍岁\-~.,:/号+)]|\d|公[里斤顷]|千[米克瓦]|平方|立方|以上|以下|以内|[kKmM㎡]"
)
_BARE = re.compile(r"\d{1,8}")
_DATED = re.compile("[前后底初]")
_YEAR = re.compile(r"20\d\d ?年")
_DOTTED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){1,2})(?![\d.])(?: ?[、.] ?| ?)(?=[\u4e00-\u9fffA-Za-z“《(])")


def read_mark(text: str, expected_item: int, dotted: tuple[int, ...] = ()) -> Mark | None:
    """Level, number, width and repairs of the numbering that `text` begins with, or None.

    A number without any separator ("11开展") counts only where it continues the count: `expected_item`; a dotted
    one (1.2) only where it begins a count or continues that of `dotted`, the last one.
    """
    if text[:1] not in _STARTS:
        return None
    for level, pattern in _MARKS:
        if match := pattern.match(text):
            number = to_int(match[match.lastindex or 1])
            if number is not None:
                return level, number, match.end(), ()
    for first, count, number, level in _SINGLE:
        if 0 <= (at := ord(text[0]) - first) < count:
            rest = len(text) - len(text[1:].lstrip(" 、.")) - 1
            return level, number + at, 1 + rest, ()
    if match := _DOTTED.match(text):
        numbers = read_dotted(text)
        begins = numbers[-1] == 1
        continues = len(dotted) >= len(numbers) and numbers == (
            *dotted[: len(numbers) - 1],
            dotted[len(numbers) - 1] + 1,
        )
        if (begins or continues) and not (
            _MEASURE.match(text, match.end()) or _DATED.match(text, match.end())
        ):
            level = Level.DOTTED if len(numbers) == 2 else Level.DOTTED_TWICE
            return level, numbers[-1], match.end(), ()
    if match := _BARE.match(text):
        wanted = str(expected_item)
        rest_text = text[len(wanted) :]
        if (
            match[0].startswith(wanted)
            and rest_text
            and (_YEAR.match(rest_text) or (match[0] == wanted and not _MEASURE.match(rest_text.lstrip(" "))))
        ):
            return Level.ITEM, expected_item, len(wanted), ("missing_separator_after_number",)
    return None


def read_dotted(text: str) -> tuple[int, ...]:
    """(1, 2) of 1.2…; empty where `text` begins with no dotted number."""
    match = _DOTTED.match(text)
    return tuple(int(part) for part in match[1].split(".")) if match else ()
