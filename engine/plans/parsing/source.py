"""A document as read: one text, the tables in it, and where each stretch stands in the original.

The readers (reading/) make it, the stages read it. All spans of a draft count characters of `text`; a table
row is one line of that text, its cells parted by tabs, so that nothing of a table is lost to a stage that
knows no tables.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters `start` (included) to `end` (excluded) of the text as read."""

    start: int
    end: int

    def to_list(self) -> list[int]:
        return [self.start, self.end]


def begins_in(spans: Sequence[Span], at: int) -> bool:
    """Whether the place `at` stands in one of `spans`, which are in text order and do not overlap."""
    before = bisect_right(spans, at, key=lambda span: span.start) - 1
    return before >= 0 and at < spans[before].end


@dataclass(frozen=True, slots=True)
class Place:
    """Where the text from `start` on stands in the original; only what the kind of file has is set.

    Counted from 1, as a person counts. `cell` is a spreadsheet's name of it (B7); in other files a table cell
    has `table`, `row` and `column`.
    """

    start: int
    page: int | None = None
    paragraph: int | None = None
    sheet: str | None = None
    cell: str | None = None
    table: int | None = None
    row: int | None = None
    column: int | None = None

    def to_dict(self) -> dict[str, Any]:
        names = ("page", "paragraph", "sheet", "cell", "table", "row", "column")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


@dataclass(frozen=True, slots=True)
class Table:
    """A grid of cells. Every row has the same number of columns.

    A cell that covers several places stands in each of them with the same span (that of its text); an empty
    cell has an empty span. `name` is the sheet's, if any.
    """

    rows: tuple[tuple[Span, ...], ...]
    name: str | None = None

    @property
    def span(self) -> Span:
        cells = [cell for row in self.rows for cell in row]
        return Span(min(c.start for c in cells), max(c.end for c in cells))


@dataclass(frozen=True)
class SourceText:
    """`places` are in text order; each holds up to the next. `tables` are in text order and do not overlap.

    `remarks` are what a reader wants a person to know (code, Chinese sentence): pages without text, formulas
    without a stored value, hidden sheets.
    """

    text: str
    places: tuple[Place, ...] = ()
    tables: tuple[Table, ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()

    @cached_property
    def _starts(self) -> list[int]:
        return [place.start for place in self.places]

    def place_of(self, span: Span) -> Place | None:
        """The place at which `span` begins."""
        at = bisect_right(self._starts, span.start) - 1
        return self.places[at] if at >= 0 else None
