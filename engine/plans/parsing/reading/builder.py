"""Puts a `SourceText` together piece by piece; every reader of a format writes into one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import UnreadableDocument

from ..source import Place, SourceText, Span, Table

#: Far more than any plan holds (2,500 pages); bounds what the stages are given.
MAX_CHARACTERS = 2_000_000
#: The same for the cells of one table before their blanks are squeezed.
_MAX_UNCLEANED = 4 * MAX_CHARACTERS
#: Places of one table, empty ones included.
MAX_GRID = 1_000_000

_UNFIT = dict.fromkeys([*range(9), *range(14, 28), 31, 127, *range(0xD800, 0xE000), 0xFFFE, 0xFFFF], " ")
_UNFIT |= dict.fromkeys((11, 12, 28, 29, 30), "\n")
_BREAKS = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_ASIDE = re.compile(r"[:：]|^附[件表]")


def clean(text: str) -> str:
    """`text`, as long as before, without what no database and no XML takes: NUL, control characters, halves
    of surrogate pairs and the two that are no characters become blanks; page and group separators become line ends."""
    return text.translate(_UNFIT)


def one_line(text: str) -> str:
    return " ".join(part for raw in _BREAKS.split(text) if (part := raw.strip()))


@dataclass(slots=True, eq=False)
class Cell:
    """One cell, wherever it stands in the grid: a merged cell is the same object in every place it covers.

    `row` and `column` count from 1 in the original; `name` is a spreadsheet's name of it (B7).
    """

    text: str
    row: int
    column: int
    name: str | None = None
    page: int | None = None
    span: Span | None = None


Row = Sequence[Cell | None]


def bound_grid(places: int) -> None:
    """Raises `plans.table_too_large` for a grid of too many places."""
    if places > MAX_GRID:
        raise UnreadableDocument("plans.table_too_large", "文件中的表格过大，请拆分后再导入")


class SourceBuilder:
    """Lines and tables in document order. Raises `plans.text_too_long`, `plans.table_too_large`."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._places: list[Place] = []
        self._tables: list[Table] = []
        self._table_number = 0
        self.remarks: list[tuple[str, str]] = []

    def line(self, text: str, **where: Any) -> None:
        """A paragraph; line breaks inside it stay."""
        self._places.append(Place(self._length, **where))
        self._write(clean(text))
        self._write("\n")

    def table(self, rows: Sequence[Row], name: str | None = None, sheet: str | None = None) -> None:
        """A grid of cells. Rows above the header that hold a title only become lines; so does a table that
        has one column."""
        rows = _dense(rows)
        if not rows:
            return
        self._table_number += 1
        titles = _title_rows(rows)
        spans: list[list[Span]] = []
        for number, row in enumerate(rows):
            if not any(cell and cell.text and cell.span is None for cell in row):
                continue
            if number < titles:
                row = [c for c in dict.fromkeys(row) if c and c.text and c.span is None]
            line: list[Span] = []
            for at, cell in enumerate(row):
                if at:
                    self._write("\t")
                line.append(self._cell(cell, sheet))
            self._write("\n")
            if number >= titles:
                spans.append(line)
        if spans:
            self._tables.append(Table(tuple(tuple(line) for line in spans), name))

    def remark(self, code: str, sentence: str) -> None:
        self.remarks.append((code, sentence))

    def finish(self) -> SourceText:
        text = "".join(self._parts)
        end = len(text) - 1 if text.endswith("\n") else len(text)
        return SourceText(text[:end], tuple(self._places), tuple(self._tables), tuple(self.remarks))

    def _cell(self, cell: Cell | None, sheet: str | None) -> Span:
        if cell is None or not cell.text:
            return Span(self._length, self._length)
        if cell.span is None:
            start = self._length
            if sheet is None:
                place = Place(
                    start, page=cell.page, table=self._table_number, row=cell.row, column=cell.column
                )
            else:
                place = Place(start, sheet=sheet, cell=cell.name)
            self._places.append(place)
            self._write(cell.text)
            cell.span = Span(start, self._length)
        return cell.span

    def _write(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
        if self._length > MAX_CHARACTERS:
            raise _too_long()


def _dense(rows: Sequence[Row]) -> list[list[Cell | None]]:
    """The grid with clean texts, all rows of one length, without columns and rows that hold nothing."""
    # A merged cell stands in many places; it is cleaned once. Cells of a workbook may share one long text.
    fresh = [cell for cell in dict.fromkeys(c for row in rows for c in row) if cell and cell.span is None]
    if sum(len(cell.text) for cell in fresh) > _MAX_UNCLEANED:
        raise _too_long()
    for cell in fresh:
        cell.text = one_line(clean(cell.text))
    used = sorted({at for row in rows for at, cell in enumerate(row) if cell and cell.text})
    filled = [row for row in rows if any(cell and cell.text for cell in row)]
    bound_grid(len(used) * len(filled))
    return [[row[at] if at < len(row) else None for at in used] for row in filled]


def _title_rows(rows: list[list[Cell | None]]) -> int:
    """How many rows stand above the header: a title across the table, 填报单位:… 日期:…"""
    held = [list(dict.fromkeys(cell for cell in row if cell and cell.text)) for row in rows]
    widest = max(len(cells) for cells in held)
    if widest < 2:
        return len(rows)
    for number, cells in enumerate(held):
        reaches_down = number + 1 < len(rows) and not set(cells).isdisjoint(held[number + 1])
        is_aside = len(cells) == 2 < widest and any(_ASIDE.search(cell.text) for cell in cells)
        if reaches_down or not (len(cells) == 1 or is_aside):
            return number
    return len(rows)


def _too_long() -> UnreadableDocument:
    return UnreadableDocument(
        "plans.text_too_long", "文件中的文字超过 {limit} 万字，请拆分后再导入", limit=MAX_CHARACTERS // 10_000
    )
