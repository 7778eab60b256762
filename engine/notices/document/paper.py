"""What an official paper says, before anything is said about how it looks."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum


class Form(StrEnum):
    """The two layouts of GB/T 9704-2012 that supervision uses."""

    OFFICIAL = "official"  #: 通用格式: 督办通知单, 通报
    LETTER = "letter"  #: 信函格式: 提醒函, 督办函, 约谈通知


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of the body. The text is printed as it stands, its number (一、 （一） 1.) included.

    A line break in it begins a new paragraph of the same level.
    """

    text: str
    #: 0 plain; 1 一、(黑体); 2 （一）(楷体); 3 1.; 4 （1）(both 仿宋).
    level: int = 0


@dataclass(frozen=True)
class Paper:
    """An official paper. Empty texts and rows are left out with their labels."""

    form: Form
    #: 发文机关标志, printed red: a unit's name, or its name and “文件” as the office has it.
    office: str
    #: 发文字号, whole: 兰督〔2026〕3号. Empty before it is given: its place stays blank.
    number: str
    #: A line break in it is kept; else it is broken as 梯形 or 菱形.
    title: str
    #: 主送机关, without the colon.
    addressee: str
    paragraphs: tuple[Paragraph, ...]
    #: 署名.
    signed_by: str
    #: 成文日期; None before the paper is issued: its place stays blank.
    signed_on: date | None
    #: The matter as a table after the opening paragraph: label and value, such as ("督办事项", "…").
    facts: tuple[tuple[str, str], ...] = ()
    #: 附件说明: names of annexes, without numbers.
    annexes: tuple[str, ...] = ()
    #: 附注, printed in brackets below the date: 联系人：…，电话：….
    contact: str = ""
    #: 抄送.
    copies_to: tuple[str, ...] = ()
    #: 印发机关 and 印发日期; a letter does not print them.
    printed_by: str = ""
    printed_on: date | None = None
    #: 紧急程度: 特急 or 加急.
    urgency: str = ""


#: Directions that would let a text show itself in another order than it is written.
_DIRECTIONS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def printable(paper: Paper) -> Paper:
    """The paper without characters that cannot stand on paper, one paragraph a line, nothing empty."""
    return replace(
        paper,
        office=_one_line(paper.office),
        number=_one_line(paper.number),
        title="\n".join(_lines(paper.title)),
        addressee=_one_line(paper.addressee).rstrip("：:"),
        paragraphs=tuple(Paragraph(line, p.level) for p in paper.paragraphs for line in _lines(p.text)),
        signed_by=_one_line(paper.signed_by),
        facts=tuple(
            (_one_line(label), "\n".join(_lines(value))) for label, value in paper.facts if _lines(value)
        ),
        annexes=_each(paper.annexes),
        contact=_one_line(paper.contact),
        copies_to=_each(paper.copies_to),
        printed_by=_one_line(paper.printed_by),
        urgency=_one_line(paper.urgency),
    )


def _each(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line for line in map(_one_line, texts) if line)


def _one_line(text: str) -> str:
    return " ".join(_lines(text))


def _lines(text: str) -> list[str]:
    """The lines that hold something; blanks around them and what no printer and no XML can hold are dropped."""
    kept = "".join(
        char
        for char in text
        if char in "\t\r\n\x0b\x0c\x85\u2028\u2029"
        or (unicodedata.category(char) not in ("Cc", "Cs", "Cn") and char not in _DIRECTIONS)
    )
    return [line for line in (re.sub(r"[ \t]+", " ", part).strip() for part in kept.splitlines()) if line]


def chinese_date(day: date) -> str:
    """2026年2月6日: Arabic figures without leading zeros."""
    return f"{day.year}年{day.month}月{day.day}日"


def width_of(text: str) -> float:
    """The text's width in Chinese characters; Latin letters and figures take half of one."""
    return sum(1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.5 for char in text)


@dataclass(frozen=True)
class SignOff:
    """署名 above 成文日期, centred on it: how far each stands from the right edge, in characters."""

    name: str
    date: str
    name_indent: float
    date_indent: float


def sign_off(paper: Paper) -> SignOff:
    """The date stands four characters from the edge; a name too long for that moves both to the left."""
    day = chinese_date(paper.signed_on) if paper.signed_on else "    年  月  日"
    name, date_width = width_of(paper.signed_by), width_of(day)
    name_indent = max(0.0, 4 + (date_width - name) / 2)
    return SignOff(paper.signed_by, day, name_indent, min(18.0, name_indent + (name - date_width) / 2))


def mark_points(office: str) -> float:
    """Size of the 发文机关标志 in points: as large as one line takes, at most 42, at least 22 (then it is broken)."""
    return max(22.0, min(42.0, 430 / max(1.0, width_of(office))))


#: Characters a title's line holds at 22 points, with air at both sides.
TITLE_WIDTH = 19.0
_NO_BREAK_BEFORE = frozenset("的了和与及、，。：；！？）》〉”’】〕—…")
_NO_BREAK_AFTER = frozenset("（《〈“‘【〔第")
#: Words behind and before which a title may well be parted: no dictionary is needed for how titles are made.
_GOOD_AFTER = (
    "关于",
    "的",
    "和",
    "与",
    "及",
    "、",
    "，",
    "》",
    "”",
    "）",
    "：",
    "事项",
    "情况",
    "工作",
    "问题",
    "报告",
)
_GOOD_BEFORE = (
    *("关于", "并", "做好", "开展", "推进", "落实", "报送", "整改", "办理", "加强", "进一步", "有关", "重点"),
    *("事项", "情况", "工作", "督办", "通知", "通报", "提醒", "约谈"),
)


def title_lines(title: str) -> list[str]:
    """The title in lines of much the same length that part at words, as far as its small words tell them."""
    return [line for part in title.split("\n") for line in _balanced(part)]


def _balanced(text: str) -> list[str]:
    width = width_of(text)
    count = int(-(-width // TITLE_WIDTH))
    lines: list[str] = []
    while count > 1:
        at = _break(text, width_of(text) / count, room=(count - 1) * TITLE_WIDTH)
        lines.append(text[:at].strip())
        text = text[at:].strip()
        count = max(count - 1, int(-(-width_of(text) // TITLE_WIDTH)))
    return [*lines, text]


def _break(text: str, ideal: float, room: float) -> int:
    """Where to end the line: near the ideal width, better between words, never before a mark or in Latin words.

    ``room`` is what the lines to come hold.
    """

    def penalty(at: int) -> float:
        before, after = text[at - 1], text[at]
        if after in _NO_BREAK_BEFORE or before in _NO_BREAK_AFTER:
            return 1e3
        if before.isascii() and after.isascii() and before != " " and after != " ":
            return 1e3
        good = text[:at].endswith(_GOOD_AFTER) or text[at:].startswith(_GOOD_BEFORE)
        within_name = text.count("《", 0, at) > text.count("》", 0, at)
        too_wide = width_of(text[at:]) > room
        return abs(width_of(text[:at]) - ideal) - 5 * good + 5 * within_name + 100 * too_wide

    places = [at for at in range(1, len(text)) if width_of(text[:at]) <= TITLE_WIDTH + 1]
    return min(places, key=penalty)
