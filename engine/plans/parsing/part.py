"""A stretch of a document that a person marked as one task: what the stages read in it."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import TypeVar

from .draft import Deadline, Defect, Indicator, ParsedTask, UnitName
from .figures.indicators import read_indicators
from .key_tasks import read_key_tasks
from .limits.deadlines import Calendar, read_deadlines
from .outline.structure import outline
from .parsed_task import once
from .source import Span
from .text.lines import split_lines
from .text.normalise import fold

F = TypeVar("F", UnitName, Deadline, Indicator, Defect)

_NUMBERED = re.compile(r"\s*(?:[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．])")
#: A key task is numbered; a stretch without a number gets this one.
_MARK = "1."


def parse_part(text: str, span: Span, document_year: int | None, signed_on: date | None) -> ParsedTask:
    """The stretch as one task, with spans of the whole text; never raises. Its title is empty where none was read."""
    given = text[span.start : span.end]
    mark = "" if _NUMBERED.match(given) else _MARK
    source = mark + given
    folded = fold(source)
    when = Calendar(document_year, signed_on)
    read = read_key_tasks(outline(split_lines(folded)), folded, source, when).key_tasks
    shift = span.start - len(mark)

    def placed(found: Iterable[F]) -> tuple[F, ...]:
        return tuple(
            replace(
                one, span=Span(max(one.span.start + shift, span.start), max(one.span.end + shift, span.start))
            )
            for one in found
        )

    if not read:
        whole = Span(len(mark), len(source))
        return ParsedTask(
            number=0, number_raw="", section="", title="", text=given, span=span,
            deadlines=placed(read_deadlines(folded, source, whole, when).deadlines),
            indicators=placed(read_indicators(folded, source, whole)),
        )  # fmt: skip
    joined = ParsedTask(
        number=0, number_raw="", section="", title=read[0].title if len(read) == 1 else "", text=given, span=span,
        lead_units=placed(unit for one in read for unit in one.lead_units),
        responsible_units=placed(unit for one in read for unit in one.responsible_units),
        cooperating_units=placed(unit for one in read for unit in one.cooperating_units),
        supervising_units=placed(unit for one in read for unit in one.supervising_units),
        deadlines=placed(limit for one in read for limit in one.deadlines),
        indicators=placed(figure for one in read for figure in one.indicators),
        defects=placed(defect for one in read for defect in one.defects),
        confidence=min(one.confidence for one in read),
    )  # fmt: skip
    return once(joined)
