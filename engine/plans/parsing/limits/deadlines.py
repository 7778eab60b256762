"""Time limits in running text: applies the families of the grammar in their order.

What a rule has read is blanked out, so that a later rule cannot read it again; what looks like a limit but is
none (names of documents, slogans in quotes) is blanked first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..draft import Deadline, Defect
from ..source import Span
from .compact import compact
from .dates import DATES, LOST_DOTS
from .masks import mask
from .recurring import RECURRING
from .stretch import Calendar, Stretch
from .timers import TIMERS
from .words import WORDS

__all__ = ["Calendar", "Reading", "read_deadlines"]

_RULES = (*LOST_DOTS, *RECURRING, *TIMERS, *DATES, *WORDS)


@dataclass(slots=True)
class Reading:
    """The limits of one stretch, in text order, and the faults found in them."""

    deadlines: list[Deadline]
    defects: list[Defect]


def read_deadlines(
    folded: str,
    source: str,
    span: Span,
    when: Calendar,
    masked: Sequence[Span] = (),
    fields: Sequence[Span] = (),
) -> Reading:
    """Read every limit in `span`. `masked` places (unit names) are skipped; in `fields` (the value behind
    完成时限:) looser forms count too (长期, 2021年, 6月)."""
    place = compact(folded, source, span, masked)
    text = mask(place.text)
    reading = Reading([], [])
    for start, end, in_field in _stretches(span, fields):
        first, last = place.find(start), place.find(end)
        stretch = Stretch(source, place, first, text[first:last], when, in_field)
        for pattern, rule in _RULES:
            stretch.apply(pattern, rule)
        reading.deadlines += sorted(stretch.found, key=lambda d: d.span)
        reading.defects += sorted(stretch.defects, key=lambda d: d.span)
    return reading


def _stretches(span: Span, fields: Sequence[Span]) -> Iterator[tuple[int, int, bool]]:
    """`span` in parts, each inside or outside a field."""
    at = span.start
    for field in sorted(fields):
        if at <= field.start < field.end <= span.end:
            yield at, field.start, False
            yield field.start, field.end, True
            at = field.end
    yield at, span.end, False
