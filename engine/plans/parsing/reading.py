"""Bytes to text: plain text in UTF-8 or GB18030, and .docx; everything else is refused in one sentence.

Guards come first: size, zip bombs (declared sizes bound what zipfile will inflate) and DTDs, before any XML
is parsed. Content decides what a file is; the name only helps to word the refusal.
"""

import io
import re
import zipfile
from collections.abc import Iterator

from docx import Document
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from engine.errors import UnreadableDocument

from .source import Place, SourceText

MAX_BYTES = 20 * 1024 * 1024
MAX_INFLATED_BYTES = 100 * 1024 * 1024
MAX_RATIO = 200
MAX_PARTS = 5000

_KIND_NAMES = {
    "pdf": "PDF",
    "xlsx": "Excel",
    "doc": "Office 97–2003",
    "html": "HTML",
    "rtf": "RTF",
    "pptx": "PowerPoint",
}
_DTD = tuple(
    mark.encode(coding)
    for mark in ("<!DOCTYPE", "<!ENTITY")
    for coding in ("ascii", "utf-16-le", "utf-16-be")
)


def read_source(data: bytes, filename: str) -> SourceText:
    """A document's bytes as read; see `read_text` for what is refused."""
    return plain_source(read_text(data, filename))


def plain_source(text: str) -> SourceText:
    """A text without a file behind it: its places are its lines."""
    places, at = [], 0
    for number, line in enumerate(text.split("\n"), 1):
        places.append(Place(at, paragraph=number))
        at += len(line) + 1
    return SourceText(text, tuple(places))


def read_text(data: bytes, filename: str) -> str:
    """The text of a document. Raises `UnreadableDocument` (codes `plans.empty_file`, `plans.file_too_large`,
    `plans.wrong_encoding`, `plans.unsupported_kind`, `plans.docx_bomb`, `plans.docx_broken`)."""
    if len(data) > MAX_BYTES:
        raise UnreadableDocument(
            "plans.file_too_large", "文件超过 {limit} MB，请拆分后再导入", limit=MAX_BYTES // 2**20
        )
    if not data.strip(b"\0 \t\r\n"):
        raise _empty()
    if data.startswith(b"PK"):
        text = _read_docx(data)
    else:
        if kind := _foreign_kind(data):
            raise _unsupported(kind)
        text = _decode(data, filename)
    if not text.strip("\ufeff\u200b \t\r\n\u3000\xa0"):
        raise _empty()
    return text


def _empty() -> UnreadableDocument:
    return UnreadableDocument("plans.empty_file", "文件是空的，没有可以读取的文字")


def _unsupported(kind: str) -> UnreadableDocument:
    return UnreadableDocument(
        "plans.unsupported_kind",
        "暂不支持读取{kind}文件，请另存为 .docx 或 .txt 后再导入",
        kind=_KIND_NAMES[kind],
    )


def _foreign_kind(data: bytes) -> str | None:
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "doc"
    for mark, kind in (
        (b"%pdf-", "pdf"),
        (b"{\\rtf", "rtf"),
        (b"<!doctype html", "html"),
        (b"<html", "html"),
    ):
        if head.startswith(mark):
            return kind
    return None


def _decode(data: bytes, filename: str) -> str:
    for coding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(coding)
        except UnicodeDecodeError:
            continue
        if _is_plausible(text, trusted=coding != "gb18030"):
            return text
    raise UnreadableDocument(
        "plans.wrong_encoding",
        "无法识别文件“{filename}”的文字编码，请另存为 UTF-8 编码的 .txt 或 .docx 后再导入",
        filename=filename,
    )


def _is_plausible(text: str, *, trusted: bool) -> bool:
    """Binary data decodes by chance, and text in another encoding turns into rare characters: refuse both."""
    sample = text[:200_000]
    controls = sum(1 for c in sample if (c < " " and c not in "\t\r\n\f\v") or c in "\x7f\ufffd")
    if controls * 100 > len(sample):
        return False
    if trusted:
        return True
    foreign = [c for c in sample if c > "\x7f"]
    usual = sum(1 for c in foreign if _is_usual(c))
    return usual * 100 >= len(foreign) * 85


def _is_usual(char: str) -> bool:
    """Whether `char` is a mark or a character of the first level of GB 2312, which holds nearly all running text."""
    try:
        code = char.encode("gb2312")
    except UnicodeEncodeError:
        return char in "\xa0〔〕·—–•"
    return len(code) == 2 and (0xA1 <= code[0] <= 0xA3 or 0xB0 <= code[0] <= 0xD7)


def _read_docx(data: bytes) -> str:
    broken = UnreadableDocument(
        "plans.docx_broken", "Word 文件已损坏，无法读取，请在 Word 中打开并重新保存后再导入"
    )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _guard(archive)
            names = set(archive.namelist())
            if "word/document.xml" not in names:
                for folder, kind in (("xl/", "xlsx"), ("ppt/", "pptx")):
                    if any(name.startswith(folder) for name in names):
                        raise _unsupported(kind)
                raise UnreadableDocument(
                    "plans.unsupported_archive",
                    "这是压缩包，不是 Word 文件，请解压后导入其中的 .docx 或 .txt",
                )
            for name in names:
                if name.lower().endswith((".xml", ".rels")) and any(
                    mark in archive.read(name) for mark in _DTD
                ):
                    raise UnreadableDocument(
                        "plans.docx_unsafe", "Word 文件中含有不允许的外部声明，已拒绝读取"
                    )
        return "\n".join(_docx_lines(data))
    except UnreadableDocument:
        raise
    except Exception as error:  # python-docx, lxml and zipfile raise a dozen kinds for a broken package
        raise broken from error


def _guard(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    inflated = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if (
        len(parts) > MAX_PARTS
        or inflated > MAX_INFLATED_BYTES
        or (inflated > 2 * 2**20 and inflated > MAX_RATIO * max(packed, 1))
    ):
        raise UnreadableDocument("plans.docx_bomb", "Word 文件解压后异常庞大，已拒绝读取")


def _docx_lines(data: bytes) -> Iterator[str]:
    """Paragraphs and table rows in document order; cells of a row stand on one line, parted by tabs."""
    for block in Document(io.BytesIO(data)).iter_inner_content():
        if isinstance(block, Paragraph):
            yield block.text
        elif isinstance(block, Table):
            for row in block._tbl.tr_lst:
                # not row.cells: it rebuilds the grid for every row, which is quadratic on long tables
                yield "\t".join(_one_line(_Cell(tc, block).text) for tc in row.tc_lst)


def _one_line(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text).strip()
