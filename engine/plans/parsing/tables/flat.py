"""Tables that lost their grid: copied so that every cell stands on a line of its own.

The head is a run of lines that are labels. Behind it the lines are dealt out to the columns so that numbers,
units and limits stand where they belong: the cheapest path through all lines (Viterbi), which allows empty
cells, merged first columns, cells of several lines and section rows. Work grows with lines times columns².
"""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from ..assignments.labels import LABEL, VERB
from ..assignments.unit_names import looks_like_unit
from ..limits.deadlines import Calendar, read_deadlines
from ..outline.numbering import Level, read_mark
from ..source import Span, Table, begins_in
from .header import Column, Header, Kind, accepts, column_of, plain

_LABEL_LINE = re.compile(r"[ ]*[\u4e00-\u9fff()/、. ]{1,24}[ ]*|No\.?", re.IGNORECASE)
_NUMBER = re.compile(r"[(]?\d{1,3}[)]?[.、]?")
_DITTO = re.compile(r"同上|〃|″|\"|同前|々")
_END = re.compile(r"(?:注|备注|说明|附注|附件) ?\d? ?:|抄送|主题词|\(此件")
_PAGE = re.compile(r"- ?\d{1,3} ?-|第 ?\d{1,3} ?页.{0,12}")
_PARTS = re.compile(r"[、,; ]+")
_PERSON = re.compile(
    r"[\u4e00-\u9fff]{2,4}(?:[、, ]+[\u4e00-\u9fff]{2,4}){0,4}|[\u4e00-\u9fff] +[\u4e00-\u9fff]"
)
_UNIT_TAIL = re.compile(r"等(?:有关)?(?:部门|单位)?$|^由")
#: What every limit holds one of; spares most lines the reading of limits.
_SAYS_WHEN = re.compile(r"[\d年月日天周季期限时即立续态每]|要求")
_MAX_COLUMNS = 14
_NEVER = -1e9
_SKIP = 1.0
_SKIP_NUMBER = 4.0


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class FlatTable:
    """The grid that was put together; `span` is what it covers of the text, head included."""

    header: Header
    rows: tuple[tuple[Span, ...], ...]
    span: Span


def find_flat_tables(folded: str, known: Sequence[Table], closing: Set[int]) -> list[FlatTable]:
    """All flattened tables outside the `known` ones. `closing` are starts of lines that sign the document."""
    lines = _lines(folded, [table.span for table in known], closing)
    heads = _heads(lines)
    found: list[FlatTable] = []
    for n, (first, last, header) in enumerate(heads):
        stop = heads[n + 1][0] if n + 1 < len(heads) else len(lines)
        body: list[_Line] = []
        for line in lines[last:stop]:
            if line is None or _END.match(line.text):
                break
            body.append(line)
        rows = _trimmed(_deal(header, body, folded), header)
        if rows:
            top = lines[first]
            assert top is not None
            end = max(span.end for row in rows for span in row)
            found.append(FlatTable(header, tuple(rows), Span(top.start, end)))
    return found


def _lines(folded: str, taken: Sequence[Span], closing: Set[int]) -> list[_Line | None]:
    """The lines that hold text; None where a known table or the signature stands between them."""
    lines: list[_Line | None] = []
    at = 0
    for raw in folded.split("\n"):
        text = raw.strip(" ")
        start = at + len(raw) - len(raw.lstrip(" "))
        at += len(raw) + 1
        if not text or _PAGE.fullmatch(text):
            continue
        inside = begins_in(taken, start)
        lines.append(None if inside or start in closing else _Line(start, start + len(text), text))
    return lines


def _heads(lines: Sequence[_Line | None]) -> list[tuple[int, int, Header]]:
    """(first line, line behind the head, header) of every run of labels that heads a table of key tasks."""
    heads: list[tuple[int, int, Header]] = []
    i = 0
    while i < len(lines):
        j = i
        while (
            j < len(lines)
            and j - i < _MAX_COLUMNS
            and (line := lines[j])
            and _LABEL_LINE.fullmatch(line.text)
        ):
            if column_of(line.text) is None:
                break
            j += 1
        if j - i < 2:
            i = max(j, i + 1)
            continue
        run = [line for line in lines[i:j] if line]
        numbers = [n for n, line in enumerate(run) if (c := column_of(line.text)) and c.kind is Kind.NUMBER]
        first = i + (numbers[0] if numbers else 0)
        if header := _header([line for line in lines[first:j] if line]):
            heads.append((first, j, header))
        i = j
    return heads


def _header(run: list[_Line]) -> Header | None:
    columns: list[Column] = []
    for line in run:
        column = column_of(line.text)
        assert column is not None
        above = columns[-1] if columns else None
        if (
            above
            and above.kind is Kind.UNITS
            and column.kind is Kind.UNITS
            and len(column.label) == 2 < len(above.label)
        ):
            columns.pop()  # 责任单位 over 牵头 and 配合: the wide label heads no column of its own
        columns.append(column)
    return Header(tuple(columns), 0, 0) if len(columns) > 1 and accepts(columns) else None


def _deal(header: Header, lines: list[_Line], folded: str) -> list[tuple[Span, ...]]:
    """The rows: the cheapest way to deal the lines out, row by row, from the first column to the last."""
    kinds = [column.kind for column in header.columns]
    width, section = len(kinds), len(kinds)
    skip = [_SKIP_NUMBER if kind is Kind.NUMBER else 0.3 if kind is Kind.SECTION else _SKIP for kind in kinds]
    # Without a column of numbers, (一)… may as well be the text of a key task.
    named = 5.0 if Kind.NUMBER in kinds else 2.5
    ahead = [sum(skip[:c]) for c in range(width + 1)]
    # A first column that is left out is merged with the one above: likelier than a gap further on.
    first = [cost if kind is Kind.NUMBER else cost / 2 for cost, kind in zip(skip, kinds, strict=True)]
    before = [sum(first[:c]) for c in range(width)]
    best = [_NEVER] * (width + 1)
    back: list[list[tuple[int, bool]]] = []
    for n, line in enumerate(lines):
        fit = [*_fit(kinds, line, folded), named if _names_section(line.text) else _NEVER]
        now, came = [_NEVER] * (width + 1), [(0, True)] * (width + 1)
        closed = [best[p] - (ahead[width] - ahead[p + 1]) if p < width else best[p] for p in range(width + 1)]
        opened = max(range(width + 1), key=lambda p: closed[p]) if n else 0
        start = closed[opened] if n else 0.0
        for c in range(width):
            now[c], came[c] = start - before[c], (opened, True)
            for p in range(c if n else 0):
                if (cost := best[p] - (ahead[c] - ahead[p + 1])) > now[c]:
                    now[c], came[c] = cost, (p, False)
            if n and kinds[c] is not Kind.NUMBER and (cost := best[c] - _again(kinds[c])) > now[c]:
                now[c], came[c] = cost, (c, False)
            now[c] += fit[c]
        now[section], came[section] = start + fit[section], (opened, True)
        best = now
        back.append(came)
    return _rows(lines, back, best, width)


def _rows(
    lines: list[_Line], back: list[list[tuple[int, bool]]], best: list[float], width: int
) -> list[tuple[Span, ...]]:
    if not lines:
        return []
    at = max(range(width + 1), key=lambda c: best[c])
    path: list[tuple[int, bool]] = []
    for came in reversed(back):
        came_from, opens = came[at]
        path.append((at, opens))
        at = came_from
    rows: list[list[Span]] = []
    for line, (c, opens) in zip(lines, reversed(path), strict=True):
        own = Span(line.start, line.end)
        if c == width:
            rows.append([own] * width)
            continue
        if opens or not rows:
            rows.append([Span(line.start, line.start)] * width)
        cell = rows[-1][c]
        rows[-1][c] = Span(cell.start, own.end) if cell.start < cell.end else own
    return [tuple(row) for row in rows]


def _again(kind: Kind) -> float:
    """What a further line of the same cell costs."""
    return 2.0 if kind in (Kind.TEXT, Kind.NAME, Kind.UNITS) else 3.0


def _fit(kinds: Sequence[Kind], line: _Line, folded: str) -> list[float]:
    """How well a line fits each kind of column."""
    text = line.text
    number = bool(_NUMBER.fullmatch(text))
    ditto = bool(_DITTO.fullmatch(text))
    units = not number and len(text) <= 200 and _is_units(text)
    limit = not number and len(text) <= 60 and _is_limit(line, folded)
    person = not units and bool(_PERSON.fullmatch(text))
    says = 3.0 if len(text) >= 6 else 1.5
    scores = {
        Kind.NUMBER: 6.0 if number else -8.0,
        Kind.UNITS: 4.0 if units else 3.0 if ditto else -5.0,
        Kind.TIME: 4.0 if limit else 3.0 if ditto else -3.0,
        Kind.PEOPLE: 3.0 if person else 1.0 if ditto else -4.0,
        Kind.TEXT: -6.0 if number else -2.0 if units or limit else -1.0 if ditto else says,
        Kind.SECTION: -6.0 if number else -2.0 if units or limit or len(text) > 40 else 1.5,
        Kind.INDICATOR: -2.0 if number or units or limit else 1.0,
        Kind.OTHER: -2.0 if number or units or limit else 1.0,
    }
    scores[Kind.NAME] = scores[Kind.TEXT]
    return [scores[kind] for kind in kinds]


def _is_units(text: str) -> bool:
    if LABEL.match(text):
        return True
    parts = [_UNIT_TAIL.sub("", VERB.sub("", part)) for part in _PARTS.split(text)]
    parts = [part for part in parts if part]
    return bool(parts) and sum(map(looks_like_unit, parts)) * 3 >= len(parts) * 2


def _is_limit(line: _Line, folded: str) -> bool:
    if not _SAYS_WHEN.search(line.text):
        return False
    span = Span(line.start, line.end)
    read = read_deadlines(folded, folded, span, Calendar(2000, None), fields=[span]).deadlines
    return sum(len(plain(limit.raw)) for limit in read) * 2 >= len(plain(line.text))


def _names_section(text: str) -> bool:
    mark = read_mark(text, 0)
    return (
        mark is not None
        and mark[0] in (Level.CHAPTER, Level.SECTION)
        and len(text) <= 40
        and not text.endswith(("。", ";", ":"))
    )


def _trimmed(rows: list[tuple[Span, ...]], header: Header) -> list[tuple[Span, ...]]:
    """Without what follows the last row that says who or when: there the running text goes on."""
    assigned = header.places(Kind.UNITS, Kind.TIME)
    while rows:
        last = rows[-1]
        if any(last[c].start < last[c].end for c in assigned) and len(set(last)) > 1:
            break
        rows.pop()
    return rows
