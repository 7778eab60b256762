"""Lines of a PDF put together to the paragraphs that were broken to make them.

A line goes on in the next one if it reaches the right margin and the next neither is indented nor begins with
a number or a label. Margins are those of all pages of one width.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from .pdf_page import Line, is_wide

_BEGINS = re.compile(
    r"(?:第?[一二三四五六七八九十百]{1,4}(?:、|[章节条部]|[是要])"
    r"|[(（〔][一二三四五六七八九十百]{1,3}[)）〕]|[(（]\d{1,2}[)）]|\d{1,3}(?:、|[.．](?![\d０-９]))|[①-⑳]"
    r"|(?:附件|附表|备注|注)\s*\d{0,2}\s*[:：])"
)
_LABEL = re.compile(
    r"[【\[]?(?:市级|县级|区级)?(?:牵头|主办|责任|主责|承办|落实|配合|协办|协作|协同|参与|督导|督办|验收|监督)"
    r"(?:责任)?(?:单位|部门|科室|领导)\s*[】\]]?\s*[:：]"
    r"|(?:责任人|联系人|完成时限|完成时间|时限要求|整改时限|办结时限|时间节点|整改目标|整改措施|工作目标|工作措施)\s*[:：]"
)
_ENDS = "。；：！？.;:!?”）)】〕》"
_OPEN, _CLOSE = frozenset("（(〔【[《“"), frozenset("）)〕】]》”")


def begins_anew(text: str) -> bool:
    """Whether a line begins with a number or a label, so that no line above goes on in it."""
    return bool(_BEGINS.match(text) or _LABEL.match(text))


@dataclass(slots=True)
class PlacedLine:
    page: int
    width: float
    line: Line


@dataclass(slots=True)
class Paragraph:
    page: int
    text: str


class Paragraphs:
    """Collects lines to one paragraph at a time: `goes_on`, `add`, `take`."""

    def __init__(self, lines: list[tuple[float, Line]]) -> None:
        """`lines`: (page width, line) of the whole document, which show where its margins are."""
        self._margins: dict[int, tuple[float, float]] = {}
        by_width: dict[int, list[Line]] = {}
        for width, line in lines:
            by_width.setdefault(round(width / 10), []).append(line)
        for key, held in by_width.items():
            self._margins[key] = _margins(held, key * 10)
        pitches = [
            below.top - above.top
            for (_, above), (_, below) in pairwise(lines)
            if 0 < below.top - above.top < 4 * above.em
        ]
        self._pitch = median(pitches) if pitches else 0.0
        self._last: PlacedLine | None = None
        self._page = 0
        self._parts: list[str] = []
        self._open = 0

    def goes_on(self, placed: PlacedLine) -> bool:
        """Whether the line belongs to the paragraph that is being collected."""
        if self._last is None:
            return False
        a, b = self._last.line, placed.line
        left, right = self._margins[round(self._last.width / 10)]
        if abs(a.em - b.em) > 0.15 * a.em or round(placed.width / 10) != round(self._last.width / 10):
            return False
        if a.right < right - 1.6 * a.em or max(a.left, b.left) > left + 4.6 * a.em:
            return False
        if self._last.page == placed.page and b.top - a.top > max(1.5 * self._pitch, 1.5 * a.em):
            return False
        if _BEGINS.match(b.text) or (_LABEL.match(b.text) and self._open <= 0):
            return False
        indented = b.left > left + 1.4 * a.em
        return not indented or (a.text[-1] not in _ENDS and b.left <= a.left + 0.5 * a.em)

    def add(self, placed: PlacedLine) -> None:
        if not self._parts:
            self._page = placed.page
        elif not is_wide(self._parts[-1][-1]) and not is_wide(placed.line.text[0]):
            self._parts.append(" ")
        self._parts.append(placed.line.text)
        self._open += sum((c in _OPEN) - (c in _CLOSE) for c in placed.line.text)
        self._last = placed

    def take(self) -> Paragraph | None:
        """The collected paragraph; begins a new one."""
        text, self._parts, self._open, self._last = "".join(self._parts), [], 0, None
        return Paragraph(self._page, text) if text else None


def _margins(lines: list[Line], width: float) -> tuple[float, float]:
    """(left, right) edge of running text. Where no line is long, no line reaches the right edge."""
    long = [line for line in lines if line.right - line.left > 0.5 * width]
    if not long:
        return 0.0, float("inf")
    lefts, rights = sorted(line.left for line in long), sorted(line.right for line in long)
    right = rights[min(int(len(rights) * 0.9), len(rights) - 1)]
    return lefts[int(len(lefts) * 0.1)], right if right > 0.65 * width else float("inf")
