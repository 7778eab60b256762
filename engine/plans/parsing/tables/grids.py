"""Where the tables of key tasks stand in a document: grids under one header, put together over page breaks."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from ..assignments.labels import Role
from ..assignments.unit_names import looks_like_unit
from ..outline.numbering import Level, read_mark
from ..source import SourceText, Span, Table
from ..text.numerals import to_int
from .flat import find_flat_tables
from .header import Column, Header, Kind, column_of, find_header

#: Between two parts of one table stand page marks at most.
_MAX_GAP = 80
_GAP_NOISE = re.compile(r"[-\s\d]|第|页|共|续表|\(|\)")
_UNIT_PARTS = re.compile(r"[、,; \n]+")
_NUMBER = re.compile(r"\(?(\d{1,3})\)?[.、]?")


@dataclass(slots=True)
class Grid:
    """The rows below one header. `certainty` is what a perfect row is worth: less where the head was inferred.

    `breaks` are the rows with which a new page or part begins; `group` is the sheet's name or the caption.
    """

    header: Header
    rows: list[tuple[Span, ...]]
    span: Span
    certainty: float = 1.0
    breaks: set[int] = field(default_factory=set)
    group: str = ""
    sheet: str | None = None


def find_grids(source: SourceText, folded: str, closing: Set[int]) -> list[Grid]:
    """Every table of key tasks in text order; `closing` are starts of lines that sign the document."""
    grids: list[Grid] = []
    previous: Grid | None = None
    for table in source.tables:
        found = _of_table(table, source, folded)
        if previous is not None and _goes_on(previous, table, found, source, folded):
            _join(previous, table.rows, source, found)
            grids += found[1:]
            previous = found[-1] if len(found) > 1 else previous
            continue
        grids += found
        previous = found[-1] if found else None
        if not found and (inferred := _inferred(table, folded)):
            previous = inferred
            grids.append(inferred)
    for flat in find_flat_tables(folded, source.tables, closing):
        grids.append(Grid(flat.header, list(flat.rows), flat.span, certainty=0.9))
    grids.sort(key=lambda grid: grid.span)
    _name_groups(grids, folded, source.text)
    return grids


def _of_table(table: Table, source: SourceText, folded: str) -> list[Grid]:
    """The grids of one table: one for each header in it that differs from the one before."""
    grids: list[Grid] = []
    at, below = 0, 0
    rows = table.rows
    while at < len(rows):
        header = find_header(rows, folded, at)
        if header is None or (grids and _same(grids[-1].header, header)):
            at = header.last + 1 if header else at + 1
            continue
        if grids:
            _fill(grids[-1], rows[below:at], source)
        grids.append(Grid(header, [], _row_span(rows[at]), sheet=table.name))
        below = at = header.last + 1
    if grids:
        _fill(grids[-1], rows[below:], source)
    return [grid for grid in grids if grid.rows]


def _same(header: Header, other: Header) -> bool:
    return [c.label for c in header.columns] == [c.label for c in other.columns]


def _fill(grid: Grid, rows: Sequence[tuple[Span, ...]], source: SourceText) -> None:
    """Add rows to a grid and note where a new page begins."""
    page = None
    for row in rows:
        span = _row_span(row)
        place = source.place_of(span) if span.start < span.end else None
        now = place.page if place else None
        if page is not None and now is not None and now != page:
            grid.breaks.add(len(grid.rows))
        page = now if now is not None else page
        grid.rows.append(row)
        if span.start < span.end:
            grid.span = Span(min(grid.span.start, span.start), max(grid.span.end, span.end))


def _join(grid: Grid, rows: Sequence[tuple[Span, ...]], source: SourceText, found: list[Grid]) -> None:
    """Add the part behind a page break; `found` are the grids in it, the first of them under the same head."""
    if found:
        rows = [*rows[: found[0].header.first], *found[0].rows]
    if rows:
        grid.breaks.add(len(grid.rows))
        _fill(grid, rows, source)


def _row_span(row: Sequence[Span]) -> Span:
    cells = [cell for cell in row if cell.start < cell.end] or list(row)
    return Span(min(cell.start for cell in cells), max(cell.end for cell in cells))


def _goes_on(grid: Grid, table: Table, found: list[Grid], source: SourceText, folded: str) -> bool:
    """Whether a table is the part of `grid` behind a page break: as wide, no head of its own or the same again."""
    if table.name != grid.sheet or not table.rows or len(table.rows[0]) != len(grid.header.columns):
        return False
    if found and not _same(grid.header, found[0].header):
        return False
    gap = folded[grid.span.end : table.span.start] if table.span.start - grid.span.end <= _MAX_GAP else "。"
    before, after = source.place_of(Span(grid.span.end - 1, grid.span.end)), source.place_of(table.span)
    turned = before is not None and after is not None and before.page != after.page
    if "。" in gap or any(read_mark(line.strip(" "), 0) for line in gap.split("\n")):
        return False
    return turned or not _GAP_NOISE.sub("", gap)


def _inferred(table: Table, folded: str) -> Grid | None:
    """A table without a head whose columns speak for themselves: numbers, long texts, names of units."""
    rows = [row for row in table.rows if len({c for c in row if c.start < c.end}) > 1]
    if len(rows) < 2 or len(rows[0]) < 2 or len(rows[0]) > 8:
        return None
    texts = [[folded[c.start : c.end].strip(" \n") for c in row] for row in rows[:200]]
    if any(len(cell) <= 12 and column_of(cell) for cell in texts[0] if cell):
        return None
    columns = [_guess([row[c] for row in texts]) for c in range(len(rows[0]))]
    kinds = [column.kind for column in columns]
    if kinds.count(Kind.TEXT) != 1 or Kind.UNITS not in kinds:
        return None
    if kinds.index(Kind.TEXT) > kinds.index(Kind.UNITS) or (Kind.NUMBER not in kinds and len(rows) < 3):
        return None
    header = Header(tuple(columns), 0, -1)
    return Grid(header, list(table.rows), table.span, certainty=0.6, sheet=table.name)


def _guess(cells: list[str]) -> Column:
    filled = [cell for cell in cells if cell]
    if not filled:
        return Column(Kind.OTHER, "", weak=True)
    numbers = [int(m[1]) if (m := _NUMBER.fullmatch(cell)) else to_int(cell) for cell in filled]
    counts = [n for n in numbers if n is not None]
    if len(counts) == len(filled) and counts == list(range(counts[0], counts[0] + len(counts))):
        return Column(Kind.NUMBER, "")
    units = sum(all(looks_like_unit(p) for p in _UNIT_PARTS.split(cell) if p) for cell in filled)
    length = sum(map(len, filled)) / len(filled)
    if units * 10 >= len(filled) * 7:
        return Column(Kind.UNITS, "", Role.RESPONSIBLE)
    limits = sum(
        len(cell) <= 20 and bool(re.search(r"\d ?[年月日]|年[底内]|季度|半年|长期|持续|立行", cell))
        for cell in filled
    )
    if limits * 10 >= len(filled) * 6:
        return Column(Kind.TIME, "")
    return Column(Kind.TEXT if length >= 8 else Kind.OTHER, "")


def _name_groups(grids: list[Grid], folded: str, source: str) -> None:
    """With several tables, each is named by its sheet or by the heading above it."""
    if len(grids) < 2:
        return
    sheets = {grid.sheet for grid in grids}
    for grid in grids:
        if len(sheets) > 1 and grid.sheet:
            grid.group = grid.sheet
        elif len(sheets) == 1:
            grid.group = _caption(folded, source, grid.span.start)


def _caption(folded: str, source: str, start: int) -> str:
    """The numbered heading on one of the last lines above a table, without its number."""
    end = folded.rfind("\n", 0, start)
    for _ in range(3):
        if end <= 0:
            break
        at = folded.rfind("\n", max(0, end - 200), end) + 1
        if not at and end > 200:
            break
        line = folded[at:end].strip(" ")
        mark = read_mark(line, 0)
        if mark and mark[0] in (Level.CHAPTER, Level.SECTION) and len(line) <= 60:
            at += len(folded[at:end]) - len(folded[at:end].lstrip(" "))
            return source[at + mark[2] : end].strip()
        end = at - 1
    return ""
