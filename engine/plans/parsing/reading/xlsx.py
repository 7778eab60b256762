"""A workbook: every visible sheet a table of what its cells show; nothing is evaluated.

The sheets are streamed by lxml and not loaded by openpyxl: its read-only mode knows no merged cells, and its
full mode makes an object for every place of a merged range, which a few bytes can make seventeen thousand
million. Only rows and columns that hold something enter the grid.
"""

import io
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lxml import etree
from openpyxl.utils import get_column_letter

from engine.errors import UnreadableDocument
from engine.texts import N_

from ..source import SourceText
from .archives import Package
from .builder import MAX_GRID, Cell, SourceBuilder
from .xlsx_values import Formats

MAX_CELLS = 300_000
MAX_SHEETS = 200
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")


def read_xlsx(package: Package, main: str, progress: Callable[[int, int], None]) -> SourceText:
    book = package.tree(main)
    s = book.tag.partition("}")[0] + "}"
    relations = package.relations(main)
    parts = {key: (kind, part) for key, kind, part in relations if part in package}
    related = {kind: part for _, kind, part in relations if part in package}
    properties = book.find(f"{s}workbookPr")
    from_1904 = properties is not None and properties.get("date1904", "0") in ("1", "true")
    strings = _shared_strings(package, related.get("sharedStrings"), s)
    styles = package.tree(related["styles"]) if "styles" in related else None
    reading = _Reading(strings, Formats(s, styles, from_1904=from_1904))

    builder = SourceBuilder()
    sheets = list(book.iterfind(f"{s}sheets/{s}sheet"))
    if len(sheets) > MAX_SHEETS:
        raise _too_large()
    for done, sheet in enumerate(sheets, 1):
        name = sheet.get("name", "")
        key = next((value for at, value in sheet.attrib.items() if at.endswith("}id")), "")
        kind, part = parts.get(key, ("", ""))
        if kind == "worksheet":
            if sheet.get("state", "visible") != "visible":
                builder.remark("hidden_sheet", f"工作表“{name}”已隐藏，未读取")
            else:
                _write_sheet(builder, name, reading.sheet(package.xml(part), s))
        progress(done, len(sheets))
    if any(part.rpartition("/")[2].lower() == "vbaproject.bin" for part in package.names):
        builder.remark("macros", N_("文件含宏，未执行"))
    return builder.finish()


@dataclass(slots=True)
class _Sheet:
    """Filled cells by row and column, and what a person should know."""

    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    without_value: list[str] = field(default_factory=list)
    hidden_rows: int = 0


@dataclass(slots=True)
class _Reading:
    strings: list[str]
    formats: Formats
    cells: int = 0

    def sheet(self, data: bytes, s: str) -> _Sheet:
        sheet = _Sheet()
        last = 0
        elements = etree.iterparse(
            io.BytesIO(data), events=("end",), tag=(f"{s}row", f"{s}mergeCell"), resolve_entities=False,
            no_network=True, huge_tree=False, load_dtd=False,
        )  # fmt: skip
        for _, element in elements:
            if element.tag == f"{s}row":
                last = self._row(sheet, element, s, last + 1)
            else:
                _merge(sheet, element.get("ref", ""))
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
        return sheet

    def _row(self, sheet: _Sheet, element: Any, s: str, expected: int) -> int:
        written = element.get("r", "")
        number = int(written) if re.fullmatch(r"\d{1,7}", written) else expected
        held: dict[int, Cell] = {}
        column = 0
        for cell in element.iterchildren(f"{s}c"):
            column = _column(cell.get("r")) or column + 1
            text = self._text(sheet, cell, s, f"{_letter(column)}{number}")
            if text and column <= _LAST_COLUMN and number <= _LAST_ROW:
                held[column] = Cell(text, number, column, f"{_letter(column)}{number}")
        if held:
            sheet.rows.setdefault(number, {}).update(held)
            sheet.hidden_rows += element.get("hidden", "0") in ("1", "true")
            self.cells += len(held)
            if self.cells > MAX_CELLS:
                raise _too_large()
        return number

    def _text(self, sheet: _Sheet, cell: Any, s: str, name: str) -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            held = cell.find(f"{s}is")
            return _rich_text(held, s) if held is not None else ""
        stored = cell.find(f"{s}v")
        value = (stored.text or "") if stored is not None else ""
        if not value:
            if kind != "str" and cell.find(f"{s}f") is not None:
                sheet.without_value.append(name)
            return ""
        if kind == "s":
            at = int(value)
            return self.strings[at] if 0 <= at < len(self.strings) else ""
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        if kind in ("str", "e"):
            return value
        return self.formats.shown(value, cell.get("s"), is_date=kind == "d")


def _write_sheet(builder: SourceBuilder, name: str, sheet: _Sheet) -> None:
    numbers = sorted(sheet.rows)
    columns = sorted({column for row in sheet.rows.values() for column in row})
    if len(numbers) * len(columns) > MAX_GRID:
        raise _too_large()
    places = {column: at for at, column in enumerate(columns)}
    grid: list[list[Cell | None]] = []
    for number in numbers:
        line: list[Cell | None] = [None] * len(columns)
        for column, cell in sheet.rows[number].items():
            line[places[column]] = cell
        grid.append(line)
    _spread(sheet, grid, numbers, columns)
    builder.table(grid, name, sheet=name)
    if sheet.hidden_rows:
        builder.remark("hidden_rows", f"工作表“{name}”有 {sheet.hidden_rows} 行被隐藏或筛选掉，已一并读取")
    if sheet.without_value:
        shown = "、".join(sheet.without_value[:5]) + ("等" if len(sheet.without_value) > 5 else "")
        builder.remark(
            "formula_without_value", f"工作表“{name}”的 {shown} 是公式，文件中没有保存结果，按空白处理"
        )


def _spread(sheet: _Sheet, grid: list[list[Cell | None]], numbers: list[int], columns: list[int]) -> None:
    """Let each merged cell stand in every place that it covers. Ranges never overlap in a sound file; the
    budget bounds what a forged one can ask for."""
    budget = 2 * len(numbers) * len(columns)
    for top, left, bottom, right in sheet.merged:
        anchor = sheet.rows.get(top, {}).get(left)
        if anchor is None:
            continue
        for at in range(bisect_left(numbers, top), bisect_right(numbers, bottom)):
            for column in range(bisect_left(columns, left), bisect_right(columns, right)):
                grid[at][column] = anchor
                budget -= 1
            if budget < 0:
                return


def _merge(sheet: _Sheet, reference: str) -> None:
    first, _, last = reference.partition(":")
    begin, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last or first)
    if begin and end:
        sheet.merged.append((int(begin[2]), _number(begin[1]), int(end[2]), _number(end[1])))


def _column(reference: str | None) -> int | None:
    match = _REFERENCE.fullmatch(reference or "")
    return _number(match[1]) if match else None


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _letter(column: int) -> str:
    return str(get_column_letter(column)) if column <= 18_278 else "?"


def _shared_strings(package: Package, part: str | None, s: str) -> list[str]:
    if part is None:
        return []
    return [_rich_text(item, s) for item in package.tree(part).iterchildren(f"{s}si")]


def _rich_text(holder: Any, s: str) -> str:
    """The text of a string item; the reading aids (rPh) beside it are no text."""
    parts = []
    for child in holder:
        if child.tag == f"{s}t":
            parts.append(child.text or "")
        elif child.tag == f"{s}r":
            parts += [t.text or "" for t in child.iterchildren(f"{s}t")]
    return re.sub(r"_x([0-9A-F]{4})_", lambda m: chr(int(m[1], 16)), "".join(parts))


def _too_large() -> UnreadableDocument:
    return UnreadableDocument(
        "plans.xlsx_too_large",
        "工作簿中的内容过多（超过 {limit} 万个单元格），请只保留任务清单后再导入",
        limit=MAX_CELLS // 10_000,
    )
