"""A Word file: paragraphs and tables in their order, with the numbers that Word counts, as the page shows them.

Left out: deleted (tracked) and hidden text, field codes, tables of contents, headers, footers, footnotes.
Text boxes follow the paragraph that holds them. Macros are neither run nor looked at.
"""

import re
from collections.abc import Iterator
from typing import Any

from engine.texts import N_

from ..source import SourceText
from .archives import Package
from .builder import Cell, Row, SourceBuilder, bound_grid
from .docx_numbering import Numbering

#: Word itself allows 63 columns.
_MAX_COLUMNS = 63
_CONTENTS = re.compile(r"toc ?\d|目录", re.IGNORECASE)
_OFF = ("0", "false", "off")
#: Elements that only wrap what stands in them.
_WRAPPERS = frozenset(
    ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag", "hyperlink", "fldSimple", "dir", "bdo")
)
_CHARACTERS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": " "}


def read_docx(package: Package, main: str) -> SourceText:
    root = package.tree(main)
    w = root.tag.partition("}")[0] + "}"
    related = {kind: part for _, kind, part in package.relations(main) if part in package}
    styles = package.tree(related["styles"]) if "styles" in related else None
    numbering = package.tree(related["numbering"]) if "numbering" in related else None
    story = _Story(w, Numbering(w, styles, numbering))
    body = root.find(f"{w}body")
    if body is None:
        raise ValueError("no body")
    story.write(body)
    if any(name.rpartition("/")[2].lower() == "vbaproject.bin" for name in package.names):
        story.builder.remark("macros", N_("文件含宏，未执行"))
    if any(kind == "aFChunk" for _, kind, _ in package.relations(main)):
        story.builder.remark("embedded_documents", N_("文件中嵌有其他文档，嵌入的内容未读取"))
    return story.builder.finish()


class _Story:
    def __init__(self, w: str, numbering: Numbering) -> None:
        self.builder = SourceBuilder()
        self._w = w
        self._numbering = numbering
        self._paragraph = 0
        self._pending = ""

    def write(self, holder: Any) -> None:
        """Everything in `holder` as lines and tables."""
        for block in self._blocks(holder):
            if self._name(block) == "tbl":
                self._write_table(block)
                continue
            self._paragraph += 1
            text, boxes, goes_on = self._paragraph_text(block)
            if goes_on:  # the paragraph's end was deleted: it runs into the next
                self._pending += text
                continue
            self.builder.line(self._pending + text, paragraph=self._paragraph)
            self._pending = ""
            for box in boxes:
                self.write(box)
        if self._pending:
            self.builder.line(self._pending, paragraph=self._paragraph)
            self._pending = ""

    def _name(self, element: Any) -> str:
        """The local name of an element of Word's own namespace, else ""."""
        tag = element.tag
        return tag[len(self._w) :] if isinstance(tag, str) and tag.startswith(self._w) else ""

    def _blocks(self, holder: Any) -> Iterator[Any]:
        for child in holder:
            name = self._name(child)
            if name == "tbl":
                yield child
            elif name == "p":
                if not self._is_contents(child):
                    yield child
            elif name in _WRAPPERS and not self._is_gallery_of_contents(child):
                yield from self._blocks(child)

    def _is_contents(self, paragraph: Any) -> bool:
        style = paragraph.find(f"{self._w}pPr/{self._w}pStyle")
        if style is None:
            return False
        return bool(_CONTENTS.match(self._numbering.style_name(style.get(f"{self._w}val"))))

    def _is_gallery_of_contents(self, block: Any) -> bool:
        w = self._w
        gallery = block.find(f"{w}sdtPr/{w}docPartObj/{w}docPartGallery")
        return gallery is not None and gallery.get(f"{w}val") == "Table of Contents"

    def _paragraph_text(self, paragraph: Any) -> tuple[str, list[Any], bool]:
        """(its text with its number, the text boxes in it, whether its end was deleted)."""
        w = self._w
        properties = paragraph.find(f"{w}pPr")
        parts: list[str] = []
        boxes: list[Any] = []
        self._collect(paragraph, parts, boxes)
        text = "".join(parts)
        label = self._numbering.label(properties)
        goes_on = properties is not None and properties.find(f"{w}rPr/{w}del") is not None
        return (label + text if text.strip() else text), boxes, goes_on

    def _collect(self, holder: Any, parts: list[str], boxes: list[Any]) -> None:
        for child in holder:
            name = self._name(child)
            if name == "r":
                if not self._is_hidden(child):
                    self._collect(child, parts, boxes)
            elif name == "t":
                parts.append(child.text or "")
            elif name in _CHARACTERS:
                parts.append(_CHARACTERS[name])
            elif name == "sym":
                parts.append(self._symbol(child))
            elif name == "ruby":
                for base in child.iterchildren(f"{self._w}rubyBase"):
                    self._collect(base, parts, boxes)
            elif name in _WRAPPERS:
                self._collect(child, parts, boxes)
            elif name in ("drawing", "pict", "object"):
                boxes += self._text_boxes(child)
            elif not name and isinstance(child.tag, str):
                local = child.tag.rpartition("}")[2]
                if local == "AlternateContent":
                    shown = next((c for c in child if str(c.tag).endswith("}Choice")), None)
                    if shown is None:
                        shown = next((c for c in child if str(c.tag).endswith("}Fallback")), None)
                    if shown is not None:
                        self._collect(shown, parts, boxes)
                elif local in ("oMath", "oMathPara"):
                    parts += [t.text or "" for t in child.iter("{*}t")]

    def _text_boxes(self, drawing: Any) -> list[Any]:
        """The outermost text boxes; in a drawing that is written twice, the first of the two."""
        boxes: list[Any] = []
        for box in drawing.iter(f"{self._w}txbxContent"):
            above = list(box.iterancestors())
            inner = any(known in above for known in boxes[-1:])
            if not inner and not (boxes and any(str(a.tag).endswith("}Fallback") for a in above)):
                boxes.append(box)
        return boxes

    def _is_hidden(self, run: Any) -> bool:
        hidden = run.find(f"{self._w}rPr/{self._w}vanish")
        return hidden is not None and hidden.get(f"{self._w}val", "1") not in _OFF

    def _symbol(self, element: Any) -> str:
        """A symbol of a symbol font; those of the private area show nothing in any other font."""
        code = element.get(f"{self._w}char", "")
        value = int(code, 16) if re.fullmatch(r"[0-9A-Fa-f]{1,6}", code) else 0
        return chr(value) if 0x20 < value < 0xD800 else ""

    def _write_table(self, table: Any) -> None:
        rows = list(self._rows(table))
        if all(len(cells) <= 1 for cells in rows):  # a frame around text, no grid
            for cells in rows:
                for cell in cells:
                    self.write(cell)
            return
        self.builder.table(self._grid(rows))

    def _rows(self, table: Any) -> Iterator[list[Any]]:
        w = self._w
        for row in table:
            name = self._name(row)
            if name in _WRAPPERS:
                yield from self._rows(row)
            elif name == "tr" and row.find(f"{w}trPr/{w}del") is None:
                yield list(self._cells(row))

    def _cells(self, row: Any) -> Iterator[Any]:
        for cell in row:
            name = self._name(cell)
            if name == "tc":
                yield cell
            elif name in _WRAPPERS:
                yield from self._cells(cell)

    def _grid(self, rows: list[list[Any]]) -> list[Row]:
        # not python-docx's row.cells: it rebuilds the grid for every row, which is quadratic on long tables
        w = self._w
        grid: list[Row] = []
        above: list[Cell | None] = []
        size = 0
        for number, cells in enumerate(rows, 1):
            line: list[Cell | None] = []
            if cells:
                line += [None] * self._count(cells[0].getparent().find(f"{w}trPr/{w}gridBefore"), 0)
            for element in cells:
                properties = element.find(f"{w}tcPr")
                span = merge = None
                if properties is not None:
                    span, merge = properties.find(f"{w}gridSpan"), properties.find(f"{w}vMerge")
                    sideways = properties.find(f"{w}hMerge")
                    if sideways is not None and sideways.get(f"{w}val") != "restart" and line:
                        line.append(line[-1])
                        continue
                column = len(line)
                if merge is not None and merge.get(f"{w}val") != "restart" and column < len(above):
                    cell = above[column]
                else:
                    cell = Cell(self._cell_text(element), number, column + 1)
                line += [cell] * self._count(span, 1)
            above = line[:_MAX_COLUMNS]
            grid.append(above)
            size += len(above)
            bound_grid(size)
        return grid

    def _count(self, element: Any | None, otherwise: int) -> int:
        value = element.get(f"{self._w}val", "") if element is not None else ""
        return min(int(value), _MAX_COLUMNS) if re.fullmatch(r"\d{1,6}", value) else otherwise

    def _cell_text(self, holder: Any) -> str:
        parts: list[str] = []
        for block in self._blocks(holder):
            if self._name(block) == "tbl":
                for cells in self._rows(block):
                    parts += [self._cell_text(cell) for cell in cells]
                continue
            found: list[str] = []
            boxes: list[Any] = []
            self._collect(block, found, boxes)
            # also before an empty paragraph: the 序号 column is often nothing but counted numbers
            parts.append(self._numbering.label(block.find(f"{self._w}pPr")) + "".join(found))
            parts += [self._cell_text(box) for box in boxes]
        return "\n".join(parts)
