"""One page of a PDF: its characters with their boxes, its rulings, and the grids that the rulings draw.

All from PDFium. Coordinates are turned to what the eye sees: x to the right, y DOWN from the top of the page,
in points.
"""

import ctypes
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium

#: Beyond it a page is a drawing, no text with tables.
_MAX_OBJECTS = 50_000
_MAX_EDGES = 600
_MAX_CELLS = 20_000
_MAX_FORM_DEPTH = 6
_THIN = 3.0
_NEAR = 3.0


class Char(NamedTuple):
    text: str
    left: float
    top: float
    right: float
    bottom: float
    #: Whether a blank stands before it in the file.
    parted: bool


class Edge(NamedTuple):
    """A ruling: at `at` from `start` to `end`, along the other axis."""

    at: float
    start: float
    end: float


@dataclass(slots=True)
class Line:
    text: str
    left: float
    top: float
    right: float
    bottom: float
    em: float


@dataclass(slots=True)
class Grid:
    """A ruled table. `cells[row][column]` numbers the cell that covers the place; `lines` are a cell's."""

    left: float
    top: float
    right: float
    bottom: float
    columns: list[float]
    rows: list[float]
    cells: list[list[int]]
    chars: dict[int, list[Char]] = field(default_factory=dict)


@dataclass(slots=True)
class Page:
    width: float
    height: float
    lines: list[Line]
    grids: list[Grid]
    characters: int
    strange: int
    has_objects: bool


def read_page(page: Any) -> Page:
    """`page` is a pypdfium2 page. Raises what PDFium's wrapper raises for a broken one."""
    turn = _Turn(page)
    textpage = page.get_textpage()
    chars, strange = _chars(textpage, turn)
    textpage.close()
    grids = _grids(*_rulings(page, turn)) if chars else []
    outside: list[Char] = []
    for char in chars:
        x, y = (char.left + char.right) / 2, (char.top + char.bottom) / 2
        grid = next((g for g in grids if g.left <= x <= g.right and g.top <= y <= g.bottom), None)
        if grid is None:
            outside.append(char)
            continue
        row = min(max(bisect_right(grid.rows, y) - 1, 0), len(grid.cells) - 1)
        column = min(max(bisect_right(grid.columns, x) - 1, 0), len(grid.cells[0]) - 1)
        grid.chars.setdefault(grid.cells[row][column], []).append(char)
    has_objects = pdfium.FPDFPage_CountObjects(page) > 0
    return Page(turn.width, turn.height, lines_of(outside), grids, len(chars), strange, has_objects)


class _Turn:
    """From the page's own coordinates (y up, before /Rotate) to the visible ones."""

    def __init__(self, page: Any) -> None:
        self._rotation = page.get_rotation() % 360
        left, bottom, right, top = page.get_cropbox()
        self._left, self._bottom, self._right, self._top = left, bottom, right, top
        across, down = right - left, top - bottom
        self.width, self.height = (down, across) if self._rotation in (90, 270) else (across, down)

    def point(self, x: float, y: float) -> tuple[float, float]:
        if self._rotation == 90:
            return y - self._bottom, x - self._left
        if self._rotation == 180:
            return self._right - x, y - self._bottom
        if self._rotation == 270:
            return self._top - y, self._right - x
        return x - self._left, self._top - y

    def box(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        (a, b), (c, d) = self.point(x0, y0), self.point(x1, y1)
        return min(a, c), min(b, d), max(a, c), max(b, d)


def _chars(textpage: Any, turn: _Turn) -> tuple[list[Char], int]:
    chars: list[Char] = []
    strange, parted, high = 0, False, 0
    box = pdfium.FS_RECTF()
    for at in range(pdfium.FPDFText_CountChars(textpage)):
        code = pdfium.FPDFText_GetUnicode(textpage, at)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else 0xFFFD
        high = 0
        if code in (0, 0xFFFE, 0xFEFF, 0x200B, 0xAD, 2):
            continue
        text = chr(code)
        if text.isspace():
            parted = True
            continue
        if not pdfium.FPDFText_GetLooseCharBox(textpage, at, box):
            continue
        angle = pdfium.FPDFText_GetCharAngle(textpage, at) % 1.5707963
        if 0.1 < angle < 1.47:  # a watermark across the page
            continue
        strange += code < 32 or 0xE000 <= code < 0xF900 or code == 0xFFFD or code >= 0xF0000
        left, top, right, bottom = turn.box(box.left, box.bottom, box.right, box.top)
        last = chars[-1] if chars else None
        if last and last.text == text and abs(last.left - left) + abs(last.top - top) < 1:
            continue  # printed twice to look bold
        chars.append(Char(text, left, top, right, bottom, parted))
        parted = False
    return chars, strange


def lines_of(chars: Sequence[Char]) -> list[Line]:
    """Lines from top to bottom. Characters come in the file's order; runs on one height make a line."""
    runs: list[list[Char]] = []
    for char in chars:
        if runs and _beside(runs[-1][-1], char):
            runs[-1].append(char)
        else:
            runs.append([char])
    boxes = [(min(c.top for c in run), max(c.bottom for c in run), run) for run in runs]
    boxes.sort(key=lambda box: (box[0] + box[1]) / 2)
    rows: list[tuple[float, float, list[Char]]] = []
    for top, bottom, run in boxes:
        if rows:
            above, below, held = rows[-1]
            shared = min(bottom, below) - max(top, above)
            if shared > 0.6 * min(bottom - top, below - above):
                rows[-1] = (min(top, above), max(bottom, below), held + run) if len(held) < 5000 else rows[-1]
                if len(held) < 5000:
                    continue
        rows.append((top, bottom, run))
    return [line for _, _, run in rows if (line := _line(run)).text]


def _beside(last: Char, char: Char) -> bool:
    height = min(last.bottom - last.top, char.bottom - char.top)
    shared = min(last.bottom, char.bottom) - max(last.top, char.top)
    return shared > 0.5 * height and char.left > last.left - height


def _line(run: list[Char]) -> Line:
    run = sorted(run, key=lambda c: c.left)
    widths = [c.right - c.left for c in run if is_wide(c.text)]
    em = median(widths) if widths else 0.8 * median(c.bottom - c.top for c in run)
    em = max(em, 1.0)
    parts = [run[0].text]
    for last, char in pairwise(run):
        gap = char.left - last.right
        wide = is_wide(last.text) + is_wide(char.text)
        # beside a Chinese character a figure keeps a little distance that is no blank
        if gap > (0.22, 0.6, 0.8)[wide] * em or (char.parted and not wide and gap > 0.05 * em):
            parts.append(" ")
        parts.append(char.text)
    return Line(
        "".join(parts),
        run[0].left,
        min(c.top for c in run),
        max(c.right for c in run),
        max(c.bottom for c in run),
        em,
    )


def is_wide(char: str) -> bool:
    """Whether `char` is a Chinese character or a full-width mark, which stand without blanks."""
    return (
        "\u2e80" <= char <= "\ufaff" or "\uff00" <= char <= "\uffef" or "\U00020000" <= char <= "\U0003ffff"
    )


_Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: _Matrix = (1, 0, 0, 1, 0, 0)


def _rulings(page: Any, turn: _Turn) -> tuple[list[Edge], list[Edge]]:
    """(horizontal, vertical) rulings: drawn lines, and filled boxes so thin that the eye takes them for lines."""
    across: list[Edge] = []
    down: list[Edge] = []
    for (x0, y0), (x1, y1) in _segments(page):
        left, top, right, bottom = turn.box(x0, y0, x1, y1)
        if bottom - top <= _THIN and right - left > _THIN:
            across.append(Edge((top + bottom) / 2, left, right))
        elif right - left <= _THIN and bottom - top > _THIN:
            down.append(Edge((left + right) / 2, top, bottom))
    return _merged(across), _merged(down)


def _segments(page: Any) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    budget = _MAX_OBJECTS
    stack: list[tuple[Any, Any, Any, _Matrix, int]] = [
        (pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject, page, _IDENTITY, 0)
    ]
    while stack:
        count, get, holder, matrix, depth = stack.pop()
        for at in range(count(holder)):
            budget -= 1
            if budget < 0:
                return
            thing = get(holder, at)
            kind = pdfium.FPDFPageObj_GetType(thing)
            if kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _MAX_FORM_DEPTH:
                stack.append(
                    (pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject, thing,
                     _times(_matrix(thing), matrix), depth + 1)
                )  # fmt: skip
            elif kind == pdfium.FPDF_PAGEOBJ_PATH:
                segments = pdfium.FPDFPath_CountSegments(thing)
                budget -= segments
                if segments <= 2000:
                    yield from _path(thing, segments, _times(_matrix(thing), matrix))


def _path(
    path: Any, count: int, matrix: _Matrix
) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(path, fill, stroke)
    if not fill.value and not stroke.value:
        return
    x, y = ctypes.c_float(), ctypes.c_float()
    figures: list[list[tuple[float, float]]] = []
    for at in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path, at)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        a, b, c, d, e, f = matrix
        point = (a * x.value + c * y.value + e, b * x.value + d * y.value + f)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO or not figures:
            figures.append([point])
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            figures[-1].append(point)
        else:
            figures.append([point])
        if pdfium.FPDFPathSegment_GetClose(segment):
            figures[-1].append(figures[-1][0])
    for figure in figures:
        if stroke.value:
            yield from pairwise(figure)
        elif len(figure) >= 4:
            xs, ys = [p[0] for p in figure], [p[1] for p in figure]
            if min(max(xs) - min(xs), max(ys) - min(ys)) <= _THIN:
                yield (min(xs), min(ys)), (max(xs), max(ys))


def _matrix(thing: Any) -> _Matrix:
    raw = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(thing, raw):
        return _IDENTITY
    return raw.a, raw.b, raw.c, raw.d, raw.e, raw.f


def _times(inner: _Matrix, outer: _Matrix) -> _Matrix:
    a, b, c, d, e, f = inner
    A, B, C, D, E, F = outer
    return a * A + b * C, a * B + b * D, c * A + d * C, c * B + d * D, e * A + f * C + E, e * B + f * D + F


def _merged(edges: list[Edge]) -> list[Edge]:
    """Rulings on one line put together where they touch; a table's are drawn cell by cell, often twice."""
    lines: list[list[Edge]] = []
    for edge in sorted(edges):
        if lines and edge.at - lines[-1][-1].at <= _NEAR / 2 and edge.at - lines[-1][0].at <= _NEAR:
            lines[-1].append(edge)
        else:
            lines.append([edge])
    merged: list[Edge] = []
    for line in lines:
        at = median(edge.at for edge in line)
        spans = sorted((edge.start, edge.end) for edge in line)
        start, end = spans[0]
        for begin, stop in spans[1:]:
            if begin <= end + _NEAR:
                end = max(end, stop)
            else:
                merged.append(Edge(at, start, end))
                start, end = begin, stop
        merged.append(Edge(at, start, end))
    return [edge for edge in merged if edge.end - edge.start > 2 * _THIN]


def _grids(across: list[Edge], down: list[Edge]) -> list[Grid]:
    """One grid for each set of rulings that touch each other. A side left open counts as ruled."""
    if not across or not down or len(across) > _MAX_EDGES or len(down) > _MAX_EDGES:
        return []
    group = list(range(len(across) + len(down)))

    def find(at: int) -> int:
        while group[at] != at:
            group[at] = group[group[at]]
            at = group[at]
        return at

    for i, h in enumerate(across):
        for j, v in enumerate(down, len(across)):
            if h.start - _NEAR <= v.at <= h.end + _NEAR and v.start - _NEAR <= h.at <= v.end + _NEAR:
                group[find(i)] = find(j)
    sets: dict[int, tuple[list[Edge], list[Edge]]] = {}
    for i, h in enumerate(across):
        sets.setdefault(find(i), ([], []))[0].append(h)
    for j, v in enumerate(down, len(across)):
        sets.setdefault(find(j), ([], []))[1].append(v)
    grids = [grid for hs, vs in sets.values() if hs and vs and (grid := _grid(hs, vs))]
    return sorted(grids, key=lambda grid: (grid.top, grid.left))


def _grid(across: list[Edge], down: list[Edge]) -> Grid | None:
    columns = _distinct([*(v.at for v in down), min(h.start for h in across), max(h.end for h in across)])
    rows = _distinct([*(h.at for h in across), min(v.start for v in down), max(v.end for v in down)])
    height, width = len(rows) - 1, len(columns) - 1
    if height < 1 or width < 2 or height * width > _MAX_CELLS:
        return None
    cell = list(range(height * width))

    def find(at: int) -> int:
        while cell[at] != at:
            cell[at] = cell[cell[at]]
            at = cell[at]
        return at

    walls = _by_position(down, columns)
    floors = _by_position(across, rows)
    for r in range(height):
        for c in range(width):
            x, y = (columns[c] + columns[c + 1]) / 2, (rows[r] + rows[r + 1]) / 2
            if c + 1 < width and not any(e.start <= y <= e.end for e in walls[c + 1]):
                cell[find(r * width + c + 1)] = find(r * width + c)
            if r + 1 < height and not any(e.start <= x <= e.end for e in floors[r + 1]):
                cell[find((r + 1) * width + c)] = find(r * width + c)
    cells = [[find(r * width + c) for c in range(width)] for r in range(height)]
    if len({at for row in cells for at in row}) < 2:
        return None
    return Grid(columns[0], rows[0], columns[-1], rows[-1], columns, rows, cells)


def _distinct(values: list[float]) -> list[float]:
    kept: list[float] = []
    for value in sorted(values):
        if not kept or value - kept[-1] > _NEAR:
            kept.append(value)
    return kept


def _by_position(edges: list[Edge], positions: list[float]) -> list[list[Edge]]:
    held: list[list[Edge]] = [[] for _ in positions]
    for edge in edges:
        at = max(bisect_right(positions, edge.at + 0.01) - 1, 0)
        held[at].append(edge)
    return held
