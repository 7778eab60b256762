"""Time limits in running text: applies the rules of deadline_rules.py.

What a rule has read is blanked out, so that a later rule cannot read it again; what looks like a limit but is
none (截至9月底, names of documents, slogans in quotes) is blanked first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .deadline_rules import BLANK, NOT_LIMITS, RULES, Calendar, Rule, Stretch
from .draft import Deadline, Defect
from .source import Span

__all__ = ["Calendar", "Reading", "read_deadlines"]


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
    text = list(folded[span.start : span.end])
    for place in masked:
        for i in range(max(place.start, span.start), min(place.end, span.end)):
            text[i - span.start] = BLANK
    chunk = NOT_LIMITS.sub(_blank, "".join(text))
    reading = Reading([], [])
    for start, end, in_field in _stretches(span, fields):
        stretch = Stretch(source, span.start + start, chunk[start:end], when, in_field, [], [])
        for pattern, rule in RULES:
            stretch.text = _apply(pattern, rule, stretch)
        reading.deadlines += sorted(stretch.found, key=lambda d: d.span)
        reading.defects += stretch.defects
    return reading


def _stretches(span: Span, fields: Sequence[Span]) -> list[tuple[int, int, bool]]:
    result: list[tuple[int, int, bool]] = []
    at = 0
    for place in sorted(fields):
        start, end = place.start - span.start, place.end - span.start
        if at <= start < end <= span.end - span.start:
            result += [(at, start, False), (start, end, True)]
            at = end
    return [*result, (at, span.end - span.start, False)]


def _apply(pattern: re.Pattern[str], rule: Rule, stretch: Stretch) -> str:
    return pattern.sub(lambda m: BLANK * len(m[0]) if rule(m, stretch) else m[0], stretch.text)


def _blank(match: re.Match[str]) -> str:
    return BLANK * len(match[0])
