"""A PDF with text: page by page, broken lines rejoined to paragraphs, ruled tables as tables.

PDFium reads it; scripts, attachments, forms and links are not looked at. Tables are those that rulings draw;
a table that goes on over a page is one table.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pypdfium2

from engine.errors import UnreadableDocument

from ..source import SourceText
from .builder import MAX_CHARACTERS, Cell, SourceBuilder
from .pdf_flow import Paragraphs, PlacedLine, begins_anew
from .pdf_page import Grid, Line, Page, lines_of, read_page

MAX_PAGES = 600
_PAGE_MARK = re.compile(
    r"[-—–―─·.•\s]*(?:第\s*)?[0-9０-９]{1,4}\s*(?:页)?[-—–―─·.•\s]*(?:(?:/|共|，共|,共)\s*(?:共\s*)?\d{1,4}\s*页?)?"
)
_ASCII = "".join(map(chr, range(33, 127)))
_DIGITS = re.compile(r"[0-9０-９]+")
_PASSWORD = 4  # FPDF_ERR_PASSWORD


def read_pdf(data: bytes, progress: Callable[[int, int], None]) -> SourceText:
    """Raises `plans.encrypted`, `pdf_broken`, `pdf_too_long`, `pdf_without_text`, `pdf_garbled`."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == _PASSWORD:
            raise UnreadableDocument("plans.encrypted", "文件已加密，请取消密码保护后再导入") from error
        raise _broken() from error
    try:
        return _read(document, progress)
    except (
        ArithmeticError,
        ValueError,
        IndexError,
    ) as error:  # coordinates that are no numbers, and their like
        raise _broken() from error
    finally:
        document.close()


def _read(document: pypdfium2.PdfDocument, progress: Callable[[int, int], None]) -> SourceText:
    total = len(document)
    if total > MAX_PAGES:
        raise UnreadableDocument("plans.pdf_too_long", "PDF 超过 {limit} 页，请拆分后再导入", limit=MAX_PAGES)
    if total < 1:
        raise _broken()
    pages: dict[int, Page] = {}
    silent: list[int] = []
    broken: list[int] = []
    characters = strange = 0
    for number in range(1, total + 1):
        try:
            handle = document[number - 1]
            page = read_page(handle)
            handle.close()
        except pypdfium2.PdfiumError:
            broken.append(number)
            continue
        finally:
            progress(number, total)
        characters += page.characters
        strange += page.strange
        if characters > MAX_CHARACTERS:
            raise UnreadableDocument(
                "plans.text_too_long",
                "文件中的文字超过 {limit} 万字，请拆分后再导入",
                limit=MAX_CHARACTERS // 10_000,
            )
        if page.characters:
            pages[number] = page
        elif page.has_objects:
            silent.append(number)
    if not pages:
        if broken:
            raise _broken()
        raise UnreadableDocument(
            "plans.pdf_without_text", "PDF 中没有文字，可能是扫描件，请先做文字识别再导入"
        )
    if strange * 3 > characters:
        raise UnreadableDocument(
            "plans.pdf_garbled", "PDF 的字体没有可用的文字编码，读出的是乱码，请改用 Word 原稿或先做文字识别"
        )
    builder = SourceBuilder()
    _write(builder, pages)
    if silent:
        builder.remark("page_without_text", f"第{_listed(silent)}页没有文字，可能是扫描件，请先做文字识别")
    if broken:
        builder.remark("page_broken", f"第{_listed(broken)}页已损坏，未能读取")
    return builder.finish()


@dataclass(slots=True)
class _OpenTable:
    """A table that may go on at the top of the next page."""

    columns: list[float]
    rows: list[list[Cell | None]] = field(default_factory=list)


def _write(builder: SourceBuilder, pages: dict[int, Page]) -> None:
    furniture = _running_lines(pages)
    paragraphs = Paragraphs(
        [(page.width, line) for number, page in pages.items() for line in page.lines
         if (number, id(line)) not in furniture]
    )  # fmt: skip
    count = 0
    table: _OpenTable | None = None

    def end_paragraph() -> None:
        nonlocal count
        if (done := paragraphs.take()) is not None:
            count += 1
            builder.line(done.text, page=done.page, paragraph=count)

    def end_table() -> None:
        nonlocal table
        if table is not None:
            builder.table(table.rows)
            table = None

    for number, page in pages.items():
        parts: list[tuple[float, Line | Grid]] = [
            (line.top, line) for line in page.lines if (number, id(line)) not in furniture
        ]
        parts += [(grid.top, grid) for grid in page.grids if grid.chars]
        parts.sort(key=lambda part: part[0])
        for at, (_, part) in enumerate(parts):
            if isinstance(part, Grid):
                end_paragraph()
                if table is None or at or not _goes_on(table, part):
                    end_table()
                    table = _OpenTable(part.columns)
                _append(table, part, number)
            else:
                end_table()
                placed = PlacedLine(number, page.width, part)
                if not paragraphs.goes_on(placed):
                    end_paragraph()
                paragraphs.add(placed)
    end_paragraph()
    end_table()


def _running_lines(pages: dict[int, Page]) -> set[tuple[int, int]]:
    """Page marks, and lines that stand at the edge of at least three pages (and of a third of all) at the same
    height: running headers and footers. As (page, identity of the line)."""
    found: set[tuple[int, int]] = set()
    edges: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for number, page in pages.items():
        within = [(grid.top, grid.bottom) for grid in page.grids if grid.chars]
        highest = min([line.top for line in page.lines] + [top for top, _ in within], default=0.0)
        lowest = max([line.bottom for line in page.lines] + [bottom for _, bottom in within], default=0.0)
        for line in page.lines:
            outer = line.bottom < 0.12 * page.height or line.top > 0.88 * page.height
            at_edge = line.top <= highest + 2 or line.bottom >= lowest - 2
            if not outer and not at_edge:
                continue
            if _PAGE_MARK.fullmatch(line.text) and len(line.text) <= 20:
                found.add((number, id(line)))
            elif outer:
                key = (_DIGITS.sub("0", line.text), round(line.top / 6))
                edges.setdefault(key, []).append((number, id(line)))
    for places in edges.values():
        if len({number for number, _ in places}) >= max(3, len(pages) / 3):
            found.update(places)
    return found


def _goes_on(table: _OpenTable, grid: Grid) -> bool:
    return len(table.columns) == len(grid.columns) and all(
        abs(a - b) <= 6 for a, b in zip(table.columns, grid.columns, strict=True)
    )


def _append(table: _OpenTable, grid: Grid, page: int) -> None:
    """The rows of `grid` put below those read; a header row that is printed again is passed over."""
    first = len(table.rows)
    cells: dict[int, Cell] = {}
    rows: list[list[Cell | None]] = []
    for r, numbers in enumerate(grid.cells):
        row: list[Cell | None] = []
        for c, number in enumerate(numbers):
            if number not in cells:
                cells[number] = Cell(_cell_text(grid, number), first + r + 1, c + 1, page=page)
            row.append(cells[number])
        rows.append(row)
    if first:
        again = 0
        while again < min(len(rows), first, 3) and _texts(rows[again]) == _texts(table.rows[again]):
            again += 1
        rows = rows[again:]
        if rows:
            _continue_row(table.rows, rows)
    table.rows += rows


def _texts(row: list[Cell | None]) -> list[str]:
    return [cell.text if cell else "" for cell in row]


def _continue_row(above: list[list[Cell | None]], rows: list[list[Cell | None]]) -> None:
    """The first row on a new page may be the rest of the last row, or stand in a group that began above."""
    last, first = above[-1], rows[0]
    filled = [at for at, cell in enumerate(first) if cell and cell.text]
    counted = any((cell := first[at]) and re.fullmatch(r"\d{1,4}", cell.text) for at in filled)
    is_rest = (
        0 < 2 * len(filled) <= len(first)
        and 0 not in filled
        and not counted
        and all((cell := last[at]) and cell.text for at in filled)
    )
    if is_rest:
        for at in dict.fromkeys(filled):
            cell, more = last[at], first[at]
            if cell and more and cell is not more and not cell.text.endswith(more.text):
                cell.text += more.text
        rows.pop(0)
        return
    for at, cell in enumerate(first):
        if (cell and cell.text) or not filled:
            break
        held, empty = last[at], cell
        for row in rows:
            if row[at] is not empty:
                break
            row[at] = held


def _cell_text(grid: Grid, number: int) -> str:
    """The text of a cell. A line that the column's edge broke goes on; one that ends earlier is a line of its
    own and is parted by a blank."""
    covered = [at for row in grid.cells for at, held in enumerate(row) if held == number]
    width = grid.columns[max(covered) + 1] - grid.columns[min(covered)]
    text, free = "", 0.0
    for line in lines_of(grid.chars.get(number, [])):
        # what could not be broken, and the padding of the cell
        unbroken = len(line.text) - len(line.text.lstrip(_ASCII))
        room = (1.6 + max(1.0, 0.6 * unbroken)) * line.em
        latin = (
            text[-1:].isascii() and text[-1:].isalnum() and line.text[0].isascii() and line.text[0].isalnum()
        )
        text += (" " if text and (latin or free > room or begins_anew(line.text)) else "") + line.text
        free = width - (line.right - line.left)
    return text


def _listed(pages: list[int]) -> str:
    shown = "、".join(map(str, pages[:20]))
    return f"{shown}等{len(pages)}" if len(pages) > 20 else shown


def _broken() -> UnreadableDocument:
    return UnreadableDocument("plans.pdf_broken", "PDF 文件已损坏，无法读取，请重新生成后再导入")
