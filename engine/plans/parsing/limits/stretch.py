"""One stretch of text while its limits are read: what was found, and what later rules may still read."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from ..draft import Deadline, DeadlineKind, Defect
from .compact import BLANK, Compact


@dataclass(slots=True)
class Calendar:
    """What undated limits refer to: the year of the document, and the day it was signed."""

    document_year: int | None
    signed_on: date | None


@dataclass(slots=True)
class Stretch:
    """`text` is compact; positions are positions in it. `in_field`: the value behind 完成时限 and its like."""

    source: str
    place: Compact
    first: int
    text: str
    calendar: Calendar
    in_field: bool
    found: list[Deadline] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)

    #: Places below are places in `text`, end excluded; what is found gets its place in the document.

    def add(self, kind: DeadlineKind, start: int, end: int, **values: object) -> None:
        span = self.place.span(self.first + start, self.first + end)
        raw = self.source[span.start : span.end]
        self.found.append(Deadline(kind, raw, span, **values))  # type: ignore[arg-type]

    def add_date(self, start: int, end: int, on: date) -> None:
        self.add(DeadlineKind.DATE, start, end, date_on=on)

    def add_period(self, start: int, end: int, start_on: date, end_on: date) -> None:
        self.add(DeadlineKind.PERIOD, start, end, start_on=start_on, end_on=max(start_on, end_on))

    def add_unset(self, start: int, end: int) -> None:
        self.add(DeadlineKind.UNSPECIFIED_LIMIT, start, end)

    def fault(self, name: str, start: int, end: int) -> None:
        """Note a defect, by its name in defects.py."""
        span = self.place.span(self.first + start, self.first + end)
        self.defects.append(Defect(name, span, self.source[span.start : span.end]))

    def apply(self, pattern: re.Pattern[str], rule: "Rule") -> None:
        """Let `rule` read every match; what it took, no later rule reads."""
        parts, at = [], 0
        for match in pattern.finditer(self.text):
            if match.start() >= at and (end := rule(match, self)) > match.start():
                parts += [self.text[at : match.start()], BLANK * (end - match.start())]
                at = end
        if parts:
            self.text = "".join(parts) + self.text[at:]


#: Reads a match and says where it stopped reading; 0 where it is no limit and stays readable for later rules.
Rule = Callable[[re.Match[str], Stretch], int]
#: Rules in the order in which they are tried.
Rules = tuple[tuple[re.Pattern[str], Rule], ...]


def rules(*rows: tuple[str, Rule]) -> Rules:
    """Patterns with the rule that reads their matches, in the order of trying."""
    return tuple((re.compile(pattern), rule) for pattern, rule in rows)
