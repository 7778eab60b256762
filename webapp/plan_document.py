"""The text of a plan cut at the edge of everything that was read from it, for the page that shows both. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from engine.plans.views import PlanTaskView, PlanView

#: Where several things were read from the same place, the first of these is shown.
_KINDS = ("defect", "unit", "deadline", "indicator", "title", None)


@dataclass(frozen=True)
class Mark:
    """Characters `start` to `end` belong to the reading `key`, as `kind` (None: its body)."""

    start: int
    end: int
    key: int | str
    kind: str | None


Piece = dict[str, Any]
Line = list[Piece]


def paragraphs(view: PlanView) -> list[Line | dict[str, list[list[Line]]]]:
    """The lines of the document that hold text, each a list of {text, key, kind} for the macro `document`.

    Lines of one table stand together as {rows}, its rows parted into cells. Tasks have their id as key,
    proposals `p` and theirs.
    """
    text = view.plan.text
    marks = [mark for entry in view.entries for mark in _marks(text, entry)]
    proposed = [Mark(row.span_start, row.span_end, f"p{row.id}", "indicator") for row in view.open_proposals]
    return tables(cut(text, [*proposed, *marks]))


def _marks(text: str, entry: PlanTaskView) -> Iterable[Mark]:
    row, key = entry.row, entry.row.id
    yield Mark(row.span_start, row.span_end, key, None)
    title_at = text.find(row.title, row.span_start, row.span_end)
    if title_at >= 0:
        yield Mark(title_at, title_at + len(row.title), key, "title")
    for found, kind in ((row.defects, "defect"), (row.indicators, "indicator")):
        for one in found:
            yield Mark(one["span"][0], one["span"][1], key, kind)
    for part in entry.parts:
        if part.row.span_start is not None and part.row.span_end is not None:
            yield Mark(part.row.span_start, part.row.span_end, key, "unit")
    for limit in entry.limits:
        if limit.span_start is not None and limit.span_end is not None:
            yield Mark(limit.span_start, limit.span_end, key, "deadline")


def cut(text: str, marks: Sequence[Mark]) -> list[Line]:
    """Lines of pieces, a tab a piece of its own. At each place the most particular mark wins; blank lines are left
    out."""
    edges = {0, len(text)}
    for mark in marks:
        edges |= {mark.start, mark.end}
    edges |= {at for at, char in enumerate(text) if char in "\n\t"}
    edges |= {at + 1 for at, char in enumerate(text) if char == "\t"}
    waiting = sorted(marks, key=lambda mark: mark.start, reverse=True)
    ordered = sorted(edges)
    active: list[Mark] = []
    lines: list[Line] = [[]]
    for start, end in zip(ordered, [*ordered[1:], len(text)], strict=True):
        while waiting and waiting[-1].start <= start:
            active.append(waiting.pop())
        active = [mark for mark in active if mark.end > start]
        piece = text[start:end]
        if piece.startswith("\n"):
            lines.append([])
            piece = piece[1:]
        if piece:
            best = min(active, key=lambda mark: _KINDS.index(mark.kind), default=None)
            lines[-1].append(
                {"text": piece, "key": best.key if best else None, "kind": best.kind if best else None}
            )
    return [line for line in lines if any(piece["text"].strip("\u3000 \t\r") for piece in line)]


def tables(lines: Sequence[Line]) -> list[Line | dict[str, list[list[Line]]]]:
    """Neighbouring lines with tabs are the rows of a table; any other line loses its indent."""
    found: list[Line | dict[str, list[list[Line]]]] = []
    for tabbed, run in groupby(lines, lambda line: any(piece["text"] == "\t" for piece in line)):
        together = list(run)
        rows = [_cells(line) for line in together]
        columns = max(map(len, rows))
        if tabbed and len(rows) > 1 and columns > 2:
            found.append({"rows": [[*cells, *([] for _ in range(columns - len(cells)))] for cells in rows]})
        else:
            found += map(_stripped, together)
    return found


def _cells(line: Line) -> list[Line]:
    cells: list[Line] = [[]]
    for piece in line:
        if piece["text"] == "\t":
            cells.append([])
        else:
            cells[-1].append(piece)
    return cells


def _stripped(line: Line) -> Line:
    """Without the blanks by which the line is indented: the page indents by itself."""
    while line:
        text = line[0]["text"].lstrip("\u3000 \t\r\ufeff\xa0")
        if text:
            return [{**line[0], "text": text}, *line[1:]]
        line = line[1:]
    return line
