"""The outline: parts, chapters 一、, sections (一), items 1., sub-items (1), points ①, as a tree over the lines.

It knows numbering only. Which numbered place is a key task is decided later, by who is assigned.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from ..text.lines import Line
from .numbering import Level, Mark, read_dotted, read_mark


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
        """Itself and all below it, in text order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def chapter(self) -> "Node":
        """The chapter in which it stands, or the part or root where there is none."""
        node = self
        while node.parent is not None and node.level > Level.CHAPTER:
            node = node.parent
        return node


_ANNEX = re.compile(r"附(?:件|表) ?(\d{1,2}|[一二三四五六七八九十]{1,2})? ?(?:[:、.] ?|(?= )| ?$)")
#: 备注:1.… and 附件:1.…: the numbers of such a list are no places of the plan.
_LIST_LABEL = re.compile(r"(?:备注|注|说明|填表说明|附件|附表) ?\d{0,2} ?: ?(?:1 ?[.、,]|\(1\)|①|(?=$))?")
_REMARK = re.compile(r"(?:备注|注|填表说明) ?:")
_DATE = re.compile(r"\(?(?:\d{4}|[二〇零一三四五六七八九]{4}) ?年.{2,8}日\)?$")


def aside_lines(lines: Sequence[Line]) -> set[int]:
    """Starts of lines of numbered remarks and lists of annexes, which belong to no numbered place."""
    aside: set[int] = set()
    waiting: tuple[Level, int] | None = None
    for i, line in enumerate(lines):
        if (label := _LIST_LABEL.match(line.text)) and not _is_annex_heading(lines, i):
            rest = line.text[label.end() :]
            inside = line.text[label.start() : label.end()]
            counts = inside.endswith((".", "、", ",", "(1)", "①"))
            follows = _next_number(lines, i + 1, 2 if counts else 1)
            if follows or (_REMARK.match(line.text) and counts):
                aside.add(line.start)
                waiting = follows
            elif not rest and label[0].startswith("附"):
                aside.add(line.start)
            continue
        if waiting:
            mark = read_mark(line.text, waiting[1])
            if mark and mark[:2] == waiting:
                aside.add(line.start)
                waiting = (mark[0], mark[1] + 1)
            elif mark or len(line.text) <= 60:
                waiting = None
            else:
                aside.add(line.start)
    return aside


def _next_number(lines: Sequence[Line], i: int, number: int) -> tuple[Level, int] | None:
    """Level and number of line `i` where it is number `number` of a list."""
    mark = read_mark(lines[i].text, number) if i < len(lines) else None
    return mark[:2] if mark and mark[1] == number and mark[0] >= Level.ITEM else None


def _is_annex_heading(lines: Sequence[Line], i: int) -> bool:
    """Whether line `i` begins an annex, rather than list the annexes above a signature."""
    match = _ANNEX.match(lines[i].text)
    if not match or len(lines[i].text) > 60 or "。" in lines[i].text:
        return False
    if match.end() == len(lines[i].text) and not match[0].rstrip(" ").endswith(":"):
        return True
    following = lines[i + 1 : i + 5]
    if not following or any(_DATE.match(line.text) for line in following):
        return False
    return not re.match(r"附(?:件|表)|\d ?[.、]", following[0].text) or "1" not in match[0]


def outline(lines: Sequence[Line], closing: Collection[int] = ()) -> Node:
    """The tree of all numbered places; what stands before the first number belongs to the root.

    `closing` are the starts of lines that sign, date or distribute: they belong to no place, and text that
    follows them without a number begins a part of its own (the plan that a covering notice promulgates).
    """
    first = next((line for line in lines if line.start not in closing), None)
    root = Node(Level.ROOT, 0, first.start if first else 0, first.start if first else 0)
    open_node, last_item = root, 0
    dotted: tuple[int, ...] = ()
    fresh, signed = True, False
    for i, line in enumerate(lines):
        if line.start in closing and not _is_annex_heading(lines, i):
            signed = signed or bool(_DATE.match(line.text))
            continue
        mark = _annex_mark(lines, i) or read_mark(line.text, last_item + 1, dotted)
        if mark is None and fresh:
            mark = read_mark(line.text, 1, dotted)
        if mark is None and signed and open_node is not root:
            mark = (Level.PART, 0, 0, ())
        signed = False
        if mark is None:
            open_node.lines.append(line)
            continue
        level, number, width, repairs = mark
        if level is Level.ITEM:
            last_item = number
        fresh = level < Level.ITEM
        if level in (Level.DOTTED, Level.DOTTED_TWICE):
            dotted = read_dotted(line.text)
        parent = open_node
        while parent.level >= level:
            assert parent.parent is not None
            parent = parent.parent
        node = Node(level, number, line.start, line.start + width, parent, [line], repairs=repairs)
        parent.children.append(node)
        open_node = node
    return root


def _annex_mark(lines: Sequence[Line], i: int) -> Mark | None:
    match = _ANNEX.match(lines[i].text)
    if match is None or not _is_annex_heading(lines, i):
        return None
    return Level.PART, int(match[1]) if match[1] and match[1].isdigit() else 0, match.end(), ()


def heading(node: Node, folded: str) -> tuple[int, int]:
    """Where the heading of `node` stands: its first line, or the first sentence where text follows on that line."""
    if not node.lines:
        return node.start, node.start
    first = node.lines[0]
    if node.level is Level.PART and node.body_start >= first.end and len(node.lines) > 1:
        return node.lines[1].start, node.lines[1].end
    end = first.end
    stop = folded.find("。", node.body_start, end)
    if stop < 0:
        stop = folded.find(":", node.body_start, end) if end - node.body_start > 60 else end
    return node.body_start, end if stop < 0 else stop
