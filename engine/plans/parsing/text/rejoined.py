"""A stretch of text as it was meant: lines that a page cut in mid-sentence joined, table cells parted.

The places of the joined text lead back to the text as read.
"""

import re
from dataclasses import dataclass

from ..source import Span

_NEXT = (
    r"(?![一二三四五六七八九十]{1,3} ?[、.]|[(〔【①-⑳]|\d{1,3} ?[、.](?!\d)|[\u4e00-\u9fff ]{2,10}:|[\n ])"
)
#: A full line that ends in no mark, before one that begins neither a place nor a field.
_CUT = re.compile(rf"(?<=[^\n]{{14}})(?<![。;:!?\n ]) {{0,4}}\n {{0,8}}{_NEXT}")


@dataclass(frozen=True, slots=True)
class Rejoined:
    """`text[i]` stands at `at[i]` in the document; `at` holds one place more, the end."""

    text: str
    at: range | list[int]

    def span(self, start: int, end: int) -> Span:
        """The place in the document of `text[start:end]`."""
        return (
            Span(self.at[start], self.at[end - 1] + 1)
            if end > start
            else Span(self.at[start], self.at[start])
        )


def rejoin(folded: str, source: str, span: Span) -> Rejoined:
    """The folded stretch, with cells (which a tab parts in `source`) parted by a colon."""
    text = folded[span.start : span.end]
    if "\t" in source[span.start : span.end]:
        text = "".join(
            ":" if char == "\t" else text[i] for i, char in enumerate(source[span.start : span.end])
        )
    cuts = list(_CUT.finditer(text)) if "\n" in text else []
    if not cuts:
        return Rejoined(text, range(span.start, span.end + 1))
    parts: list[str] = []
    at: list[int] = []
    begin = 0
    for cut in cuts:
        parts.append(text[begin : cut.start()])
        at += range(span.start + begin, span.start + cut.start())
        begin = cut.end()
    parts.append(text[begin:])
    at += range(span.start + begin, span.end + 1)
    return Rejoined("".join(parts), at)
