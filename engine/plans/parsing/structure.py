"""The outline: chapters 一、, sections (一), items 1., sub-items (1), points ①, as a tree over the lines.

It knows numbering only. Which numbered place is a key task is decided later, by who is assigned.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from .lines import Line
from .numerals import to_int


class Level(IntEnum):
    ROOT = 0
    CHAPTER = 1
    SECTION = 2
    ITEM = 3
    SUBITEM = 4
    POINT = 5


@dataclass(slots=True, eq=False)
class Node:
    """A numbered place. `lines` are its own, before its first child; `body_start` is behind the number.

    `repairs` names what had to be repaired in the number (see docs/plan-defects.md).
    """

    level: Level
    number: int
    start: int
    body_start: int
    parent: "Node | None" = None
    lines: list[Line] = field(default_factory=list)
    children: list["Node"] = field(default_factory=list)
    repairs: tuple[str, ...] = ()

    @property
    def end(self) -> int:
        """End of the last line of the whole subtree."""
        node = self
        while node.children:
            node = node.children[-1]
        return node.lines[-1].end if node.lines else node.body_start

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            yield from child.walk()

    def chapter(self) -> "Node":
        node = self
        while node.parent is not None and node.level > Level.CHAPTER:
            node = node.parent
        return node


_HAN_NUMBER = r"[一二三四五六七八九十百〇零]{1,4}"
_MARKS: tuple[tuple[Level, re.Pattern[str]], ...] = (
    (Level.CHAPTER, re.compile(rf"第?({_HAN_NUMBER}) ?(?:部分|章) ?[、.:,]? ?|({_HAN_NUMBER}) ?[、.] ?")),
    (Level.SECTION, re.compile(rf"[(〔] ?({_HAN_NUMBER}) ?[)〕] ?[、.,]? ?|({_HAN_NUMBER}) ?\) ?[、.]? ?")),
    (Level.SUBITEM, re.compile(r"\( ?(\d{1,3}) ?\) ?[、.]? ?|(\d{1,2}) ?\) ?")),
    (Level.ITEM, re.compile(r"(\d{1,3}) ?(?:、|\.(?!\d)|。|,(?!\d)) ?")),
    (Level.ITEM, re.compile(rf"(?:问题|任务|事项|重点任务) ?({_HAN_NUMBER}|\d{{1,3}}) ?[、.:,] ?")),
)
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
#: Behind a bare number these make it a quantity or a date, not a numbering.
_MEASURE = re.compile(
    r"[年月日号个项件名人次天周期家户万亿%度级元场类种条处位份批分时点所座亩吨至到\-~.,:/号]|\d"
)
_BARE = re.compile(r"\d{1,8}")
_YEAR = re.compile(r"20\d\d ?年")


def read_mark(text: str, expected_item: int) -> tuple[Level, int, int, tuple[str, ...]] | None:
    """Level, number, width and repairs of the numbering that `text` begins with, or None.

    A number without any separator ("11开展") counts only where it continues the count: `expected_item`.
    """
    for level, pattern in _MARKS:
        if match := pattern.match(text):
            number = to_int(match[match.lastindex or 1])
            if number is not None:
                return level, number, match.end(), ()
    if text[:1] and text[0] in _CIRCLED:
        return Level.POINT, _CIRCLED.index(text[0]) + 1, 1, ()
    if match := _BARE.match(text):
        wanted = str(expected_item)
        rest = text[len(wanted) :]
        if (
            match[0].startswith(wanted)
            and rest
            and (_YEAR.match(rest) or (match[0] == wanted and not _MEASURE.match(rest.lstrip(" "))))
        ):
            return Level.ITEM, expected_item, len(wanted), ("missing_separator_after_number",)
    return None


def outline(lines: list[Line]) -> Node:
    """The tree of all numbered places; what stands before the first number belongs to the root."""
    root = Node(Level.ROOT, 0, lines[0].start if lines else 0, lines[0].start if lines else 0)
    open_node, last_item = root, 0
    for line in lines:
        mark = read_mark(line.text, last_item + 1)
        if mark is None:
            open_node.lines.append(line)
            continue
        level, number, width, repairs = mark
        if level is Level.ITEM:
            last_item = number
        parent = open_node
        while parent.level >= level:
            assert parent.parent is not None
            parent = parent.parent
        node = Node(level, number, line.start, line.start + width, parent, [line], repairs=repairs)
        parent.children.append(node)
        open_node = node
    return root


def heading(node: Node, folded: str) -> tuple[int, int]:
    """Where the heading of `node` stands: its first line, or the first sentence where text follows on that line."""
    if not node.lines:
        return node.start, node.start
    end = node.lines[0].end
    stop = folded.find("。", node.body_start, end)
    if stop < 0:
        stop = folded.find(":", node.body_start, end) if end - node.body_start > 60 else end
    return node.body_start, end if stop < 0 else stop
