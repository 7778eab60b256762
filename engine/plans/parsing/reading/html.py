"""A saved web page: its main text by lines, its tables as tables, without what a site puts around it.

What is dropped is dropped for its kind (navigation, footers, form controls, lists of links) or because all
running text stands elsewhere; a place that holds running text or an assignment never is.
"""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from engine.errors import UnreadableDocument

from ..source import SourceText
from .builder import Cell, Row, SourceBuilder, bound_grid
from .html_guard import cut, words
from .plain import decode

_DROPPED = words("nav footer aside button input audio video canvas map head title dialog menu datalist")
_BLOCKS = words(
    "address article blockquote body caption center dd details div dl dt fieldset figcaption "
    "figure form h1 h2 h3 h4 h5 h6 header hr li main ol p pre section summary table tbody td "
    "tfoot th thead tr ul"
)
_HEADINGS = frozenset(("h1", "h2", "h3"))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_WIDE_BREAK = re.compile(r"(?<=[\u2e80-\uffef])[ \t]*[\r\n][ \t\r\n]*(?=[\u2e80-\uffef])")
_ASSIGNS = re.compile(r"牵头|(?:责任|配合|落实|承办|协办)(?:单位|部门)|完成时[限间]|按职责|负责(?!人)")
_ABOUT = re.compile(r"索引号|发文机关|发文字号|成文日期|发布日期|发布机构|文\s*号|标\s*题")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", re.IGNORECASE)
_MAX_COLUMNS = 200


def read_html(data: bytes, charset: str | None = None) -> SourceText:
    """Raises `plans.html_unsafe`, `plans.wrong_encoding`, and what the builder refuses."""
    page = LexborHTMLParser(cut(_decode(data, charset)))
    builder = SourceBuilder()
    if page.body is not None:
        title = page.css_first("title")
        name = _squeeze(title.text(deep=True)).strip() if title is not None else ""
        weights = _weigh(page.body, name)
        _Writer(builder, weights).write(_main(page.body, weights))
    return builder.finish()


def read_mht(data: bytes) -> SourceText:
    """A page saved in one file (RFC 2557): its first part of HTML."""
    try:
        message = email.message_from_bytes(data, policy=email.policy.compat32)
        found = next((part for part in message.walk() if part.get_content_type() == "text/html"), None)
        page = found.get_payload(decode=True) if found is not None else None
        charset = found.get_content_charset() if found is not None else None
    except (ValueError, LookupError, RecursionError):
        page = charset = None
    if isinstance(page, bytes):
        return read_html(page, charset)
    raise UnreadableDocument("plans.html_broken", "网页文件已损坏，无法读取，请重新保存后再导入")


def _decode(data: bytes, charset: str | None) -> str:
    marked = data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"))
    found = None if marked else _CHARSET.search(data[:4096])
    named = charset or (found[1].decode("ascii") if found else "")
    if named.lower() in ("big5", "big5-hkscs", "x-big5"):
        return data.decode("big5hkscs", "replace")
    if not marked and named.lower() in ("gb2312", "gbk", "gb18030", "x-gbk"):
        return data.decode("gb18030", "replace")
    if not marked and named.lower() in ("utf-8", "utf8"):
        return data.decode("utf-8", "replace")
    return decode(data, "网页")


@dataclass(slots=True)
class _Weight:
    """Of an element: characters, those in links, links, and the pieces of it that must not be lost."""

    characters: int = 0
    linked: int = 0
    links: int = 0
    pieces: int = 0
    assigns: bool = False


def _walk(root: Any) -> Iterator[tuple[Any, bool]]:
    """(node, whether it is being left) in document order, without recursion; text nodes are entered only.
    What is dropped for its kind is not entered."""
    node = root
    while True:
        opened = node.is_element_node and not _is_dropped(node, root)
        if opened or node.is_text_node:
            yield node, False
        child = node.child if opened else None
        if child is not None:
            node = child
            continue
        if opened:
            yield node, True
        while node.mem_id != root.mem_id and node.next is None:
            node = node.parent
            yield node, True
        if node.mem_id == root.mem_id:
            return
        node = node.next


def _is_dropped(node: Any, root: Any) -> bool:
    if node.mem_id == root.mem_id:
        return False
    if node.tag in _DROPPED:
        return True
    attributes = node.attributes
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or ""))


def _weigh(body: Any, title: str) -> dict[int, _Weight]:
    weights: dict[int, _Weight] = {}
    stack: list[_Weight] = []
    links = headings = cells = 0
    for node, leaving in _walk(body):
        if node.is_text_node:
            text = _squeeze(node.text_content or "").strip()
            if not text or not stack:
                continue
            here = stack[-1]
            here.characters += len(text)
            here.linked += len(text) if links else 0
            assigns = bool(_ASSIGNS.search(text))
            here.assigns |= assigns
            runs = "。" in text or "；" in text or (len(text) >= 40 and not links)
            names = len(text) >= 6 and title.startswith(text)
            about = not links and (cells or _ABOUT.search(text))
            if runs or names or headings or assigns or about:
                here.pieces += 1
            continue
        tag = node.tag
        links += (tag == "a") * (-1 if leaving else 1)
        headings += (tag in _HEADINGS) * (-1 if leaving else 1)
        cells += (tag in ("td", "th")) * (-1 if leaving else 1)
        if not leaving:
            stack.append(_Weight(links=int(tag == "a")))
            continue
        done = stack.pop()
        weights[node.mem_id] = done
        if stack:
            above = stack[-1]
            above.characters += done.characters
            above.linked += done.linked
            above.links += done.links
            above.pieces += done.pieces
            above.assigns |= done.assigns
    return weights


def _main(body: Any, weights: dict[int, _Weight]) -> Any:
    """The smallest element that holds every piece worth keeping."""
    here = body
    while True:
        wanted = weights[here.mem_id].pieces
        inner, child = None, here.child
        while child is not None:
            held = weights.get(child.mem_id)
            if held is not None and held.pieces:
                inner = child if held.pieces == wanted else None
                break
            child = child.next
        if inner is None or inner.tag not in ("div", "section", "article", "main", "form", "center"):
            return here
        here = inner


class _Writer:
    def __init__(self, builder: SourceBuilder, weights: dict[int, _Weight]) -> None:
        self._builder = builder
        self._weights = weights
        self._paragraph = 0

    def write(self, root: Any) -> None:
        parts: list[str] = []
        skip: int | None = None
        for node, leaving in _walk(root):
            if skip is not None:
                if leaving and node.mem_id == skip:
                    skip = None
                continue
            if node.is_text_node:
                parts.append(_squeeze(node.text_content or ""))
                continue
            tag = node.tag
            if tag in _BLOCKS or tag == "br":
                if not (tag == "br" and leaving):
                    self._line(parts)
                if not leaving and tag != "br":
                    if self._is_list_of_links(node):
                        skip = node.mem_id
                    elif tag == "table":
                        caption, rows = _data_rows(node)
                        if rows:
                            self._line(caption)
                            self._builder.table(rows)
                            skip = node.mem_id
        self._line(parts)

    def _line(self, parts: list[str]) -> None:
        text = _BLANKS.sub(" ", "".join(parts)).strip(" ")
        parts.clear()
        if text:
            self._paragraph += 1
            self._builder.line(text, paragraph=self._paragraph)

    def _is_list_of_links(self, node: Any) -> bool:
        held = self._weights.get(node.mem_id)
        return (
            held is not None
            and held.links >= 3
            and held.linked >= 0.6 * held.characters
            and not held.assigns
            and held.characters - held.linked < 100
            and node.tag in ("ul", "ol", "div", "table", "section", "dl", "header")
        )


def _data_rows(table: Any) -> tuple[list[str], list[Row]]:
    """The caption and the grid of a table of data; no rows for one that only lays out the page: with a table
    in it, of one column, or of one or two rows with long text."""
    rows: list[list[Cell | None]] = []
    hanging: dict[int, tuple[Cell, int]] = {}
    line: list[Cell | None] = []
    cell: Cell | None = None
    parts: list[str] = []
    caption: list[str] = []
    longest = size = 0
    for node, leaving in _walk(table):
        if node.is_text_node:
            (caption if cell is None else parts).append(_squeeze(node.text_content or ""))
            continue
        tag = node.tag
        if tag == "table" and node.mem_id != table.mem_id:
            return [], []
        if tag == "tr":
            if leaving:
                _fill(line, hanging)
                rows.append(line)
                size += len(line)
                bound_grid(size)
            else:
                line, cell = [], None
        elif tag in ("td", "th"):
            if not leaving:
                _fill(line, hanging)
                cell, parts = Cell("", len(rows) + 1, len(line) + 1), []
                across = min(_whole(node.attributes.get("colspan")), _MAX_COLUMNS - len(line))
                down = _whole(node.attributes.get("rowspan"))
                for at in range(len(line), len(line) + max(across, 0)):
                    if down > 1:
                        hanging[at] = (cell, down - 1)
                line += [cell] * max(across, 0)
            elif cell is not None:
                cell.text = "".join(parts)
                longest = max(longest, len(cell.text))
                cell = None
        elif cell is not None and (tag in _BLOCKS or tag == "br"):
            parts.append("\n")
    if max((len(row) for row in rows), default=0) < 2 or (len(rows) <= 2 and longest > 400):
        return [], []
    return caption, list(rows)


def _fill(line: list[Cell | None], hanging: dict[int, tuple[Cell, int]]) -> None:
    """Put the cells that reach down from above into the places up to the next free one."""
    while len(line) in hanging:
        cell, rows = hanging[len(line)]
        if rows > 1:
            hanging[len(line)] = (cell, rows - 1)
        else:
            del hanging[len(line)]
        line.append(cell)


def _whole(text: str | None) -> int:
    return max(int(text), 1) if text and re.fullmatch(r"\d{1,5}", text.strip()) else 1


def _squeeze(text: str) -> str:
    """Line breaks of the source are blanks, but none between Chinese characters."""
    return _BLANKS.sub(" ", _WIDE_BREAK.sub("", text)) if text else ""
