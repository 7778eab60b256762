"""Where the text of a task may be cut, and what of it belongs to which piece. Pure."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from engine.errors import InvalidInput
from engine.plans.parsing import Span

T = TypeVar("T")

#: More pieces than this are a mistake of the hand.
MAX_PIECES = 50

_ENDS = re.compile(r"[。；;！!？?](?:[”’」』）)]+)?|\n|\t")
_COMMAS = re.compile(r"[，,]")
_NUMBER = re.compile(
    r"^[\s\u3000]*(?:[（(]?[一二三四五六七八九十百\d]{1,3}[）)、.．]|[\u2460-\u2473])?[\s\u3000]*"
)
_TITLE_END = re.compile(r"[。；;！!？?\n\t（(【\[]")


@dataclass(frozen=True)
class Sentence:
    """Characters `start` to `end` of a task's text; a cut may lie at `start`, except at the first one."""

    start: int
    end: int
    text: str


def sentences(text: str) -> list[Sentence]:
    """The places at which a person may cut: sentences and lines; a single sentence is offered by its commas."""
    found = _cut(text, _ENDS)
    return found if len(found) > 1 else _cut(text, _COMMAS)


def _cut(text: str, ends: re.Pattern[str]) -> list[Sentence]:
    edges = [0, *(match.end() for match in ends.finditer(text)), len(text)]
    found: list[Sentence] = []
    start = 0
    for end in edges[1:]:
        if text[start:end].strip():
            found.append(Sentence(start, end, text[start:end].strip()))
            start = end
    return found


def pieces(text: str, at: Iterable[int]) -> list[Span]:
    """The stretches of the text between the places ``at``; InvalidInput where one of them would be empty."""
    edges = sorted({0, len(text), *at})
    if len(edges) < 3 or edges[0] < 0 or edges[-1] > len(text):
        raise InvalidInput("plans.cut", "请选择从哪一句起分开", field="at")
    found = [Span(start, end) for start, end in pairwise(edges)]
    if any(not re.search(r"\w", text[piece.start : piece.end]) for piece in found):
        raise InvalidInput("plans.cut_empty", "分开后有一项没有文字，请另选分开的位置", field="at")
    if len(found) > MAX_PIECES:
        raise InvalidInput("plans.cut_many", "一次最多分成{max}项", field="at", max=MAX_PIECES)
    return found


def title_of(text: str) -> str:
    """What a stretch of text may be called: its first sentence, without the number before it."""
    rest = text[match.end() :] if (match := _NUMBER.match(text)) else text
    end = _TITLE_END.search(rest)
    head = rest[: end.start()] if end and end.start() > 0 else rest
    return head.strip(" \u3000，,、：:；;。\t\n")[:300]


def find(source: str, wanted: str, taken: Sequence[Span] = ()) -> Span | None:
    """Where ``wanted`` stands in ``source``, blanks and line breaks aside; outside of ``taken`` if it can."""
    kept = [at for at, char in enumerate(source) if not char.isspace() and char != "\ufeff"]
    dense = "".join(source[at] for at in kept)
    sought = "".join(char for char in wanted if not char.isspace() and char != "\ufeff")
    if not sought:
        return None
    first: Span | None = None
    begin = dense.find(sought)
    while begin >= 0:
        span = Span(kept[begin], kept[begin + len(sought) - 1] + 1)
        if not any(span.start < other.end and other.start < span.end for other in taken):
            return span
        first = first or span
        begin = dense.find(sought, begin + len(sought))
    return first


def spans_of(source: str, whole: Span, text: str, cut: Sequence[Span]) -> list[Span]:
    """Where the pieces of a task's text stand in the document; the whole place where the text was reworded."""
    at = source.find(text, whole.start, whole.end) if text else -1
    if at >= 0:
        return [Span(at + piece.start, at + piece.end) for piece in cut]
    found = []
    begin = whole.start
    for piece in cut:
        wanted = text[piece.start : piece.end].strip()
        here = source.find(wanted, begin, whole.end)
        if here < 0:
            return [whole for _ in cut]
        begin = here + len(wanted)
        found.append(Span(here, begin))
    return found


def share(items: Sequence[T], spans: Sequence[Span], start_of: Callable[[T], int | None]) -> list[list[T]]:
    """Who gets what: each piece its own where every piece has some of its own, else everything to all.

    An item whose place is not known goes to all.
    """
    own: list[list[T]] = [[] for _ in spans]
    places: dict[int, list[int]] = {}
    for at, item in enumerate(items):
        start = start_of(item)
        places[at] = [
            n for n, span in enumerate(spans) if start is not None and span.start <= start < span.end
        ]
        for n in places[at]:
            own[n].append(item)
    distinct = len({(span.start, span.end) for span in spans}) == len(spans)
    if not distinct or not all(own):
        return [list(items) for _ in spans]
    return [
        [item for at, item in enumerate(items) if not places[at] or n in places[at]]
        for n in range(len(spans))
    ]
