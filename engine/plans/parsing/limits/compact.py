"""Text in which no blank and no line end tears a date apart, with the way back to the original places.

Scans and columns break lines inside 2026年6/月底前, and typesetting puts blanks around figures. Taking them out
keeps every pattern of the grammar free of them. A tab parts the cells of a table: it stays a wall.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from ..source import Span
from ..text.numerals import HAN_DIGITS

#: Stands where nothing may be read: unit names, quotations, walls between cells, what another rule has read.
BLANK = "\u25a1"

_N = rf"[\d{HAN_DIGITS}]"
_LINE_END = r" {0,2}\n {0,2}"
_GAP = re.compile(
    # Blanks, unless they part two numbers or an item's number from 年底前.
    rf"(?<=[^\s\d{HAN_DIGITS}{BLANK}]) {{1,3}}(?=[^\s{BLANK}])"
    rf"|(?<={_N}) {{1,3}}(?=[^\s\d{HAN_DIGITS}{BLANK}年])"
    r"|(?:(?<=\d{4})|(?<=[^\x00-\x7f]{4})|(?<=[^\s\d]\d)|(?<=[^\s\d]\d\d)|(?<=[^\s\d] \d)) {1,3}(?=年)"
    # Line ends inside a date, a duration or a cadence.
    rf"|(?<={_N}){_LINE_END}(?=[年月日号个周季天工])"
    rf"|(?<=[年月第至到~\-]){_LINE_END}(?={_N}{{1,4}}(?![\d、.)]))"
    rf"|(?<=[年月日号度底末半]){_LINE_END}(?=[底末前内之以份旬至到~\-]|[上中下]旬)"
    rf"|(?<=每){_LINE_END}(?=[年月季周半个])"
    rf"|(?<=个){_LINE_END}(?=工作日|月)|(?<=工){_LINE_END}(?=作日)|(?<=工作){_LINE_END}(?=日)"
    rf"|(?<=[之以]){_LINE_END}(?=[日内前])|(?<=季){_LINE_END}(?=度)|(?<=半){_LINE_END}(?=年)"
    # Line ends inside the figures of a date.
    rf"|(?:(?<=\D2){_LINE_END}(?=0\d\d年)|(?<=20){_LINE_END}(?=\d\d年)|(?<=20\d){_LINE_END}(?=\d年))"
    rf"|(?<=年\d){_LINE_END}(?=\d月)|(?<=月[123]){_LINE_END}(?=\d[日号])"
)


@dataclass(slots=True)
class Compact:
    """`text`, and where each of its characters stood."""

    text: str
    offset: int
    _starts: list[int]
    _dropped: list[int]

    def place(self, at: int) -> int:
        """The original place of the character at `at`."""
        return self.offset + at + self._dropped[bisect_right(self._starts, at) - 1]

    def span(self, start: int, end: int) -> Span:
        return Span(self.place(start), self.place(end - 1) + 1)

    def find(self, place: int) -> int:
        """The position of the first character that stood at `place` or later."""
        return bisect_left(range(len(self.text)), place, key=self.place)


def compact(folded: str, source: str, span: Span, masked: Iterable[Span] = ()) -> Compact:
    """The text of `span`, in which the `masked` places (unit names) cannot be read."""
    marked = list(folded[span.start : span.end])
    for place in masked:
        start, end = max(place.start, span.start) - span.start, min(place.end, span.end) - span.start
        marked[start:end] = BLANK * max(0, end - start)
    chars = "".join(marked)
    if "\t" in (raw := source[span.start : span.end]):
        chars = "".join(BLANK if r == "\t" else c for c, r in zip(chars, raw, strict=True))
    parts, starts, dropped = [], [0], [0]
    at = length = 0
    for gap in _GAP.finditer(chars):
        parts.append(chars[at : gap.start()])
        length += gap.start() - at
        at = gap.end()
        starts.append(length)
        dropped.append(at - length)
    parts.append(chars[at:])
    return Compact("".join(parts), span.start, starts, dropped)
