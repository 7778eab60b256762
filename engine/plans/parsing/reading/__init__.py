"""Bytes to `SourceText`: .docx, .xlsx, .pdf with text, saved web pages and plain text; a file of its own each.

Content decides what a file is, the name only helps to word a refusal. Nothing in a document is ever run,
evaluated or fetched. What cannot be read is refused in one clear sentence (`UnreadableDocument`).
"""

from collections.abc import Callable

from engine.errors import UnreadableDocument

from ..source import SourceText
from .builder import MAX_CHARACTERS
from .kinds import Kind, kind_of
from .plain import decode, plain_source

MAX_BYTES = 20 * 1024 * 1024
#: Called with (pages or sheets read, all of them).
Progress = Callable[[int, int], None]

__all__ = ["MAX_BYTES", "Progress", "check_length", "plain_source", "read_source"]

_BLANKS = "\ufeff\u200b \t\r\n\u3000\xa0"


def read_source(data: bytes, filename: str, progress: Progress | None = None) -> SourceText:
    """A document as read. A pure function of the bytes.

    Raises `UnreadableDocument`: `plans.empty_file`, `file_too_large`, `text_too_long`, `table_too_large`,
    `wrong_encoding`, `unsupported_kind`, `unsupported_archive`, `image`, `encrypted`, `docx_bomb`,
    `docx_unsafe`, `docx_broken`, `xlsx_broken`, `xlsx_too_large`, `pdf_broken`, `pdf_too_long`,
    `pdf_without_text`, `pdf_garbled`, `html_unsafe`, `html_broken` (all with the prefix `plans.`).
    """
    if len(data) > MAX_BYTES:
        raise UnreadableDocument(
            "plans.file_too_large", "文件超过 {limit} MB，请拆分后再导入", limit=MAX_BYTES // 2**20
        )
    if not data.strip(b"\0 \t\r\n"):
        raise _empty()
    source = _read(kind_of(data), data, filename, progress or _silent)
    if not source.text.strip(_BLANKS):
        raise _empty()
    return source


def _read(kind: Kind, data: bytes, filename: str, progress: Progress) -> SourceText:
    # The libraries of a format are loaded when the first file of it comes.
    if kind is Kind.PACKAGE:
        from .packages import read_package

        return read_package(data, progress)
    if kind is Kind.PDF:
        from .pdf import read_pdf

        return read_pdf(data, progress)
    if kind in (Kind.HTML, Kind.MHT):
        from .html import read_html, read_mht

        return read_mht(data) if kind is Kind.MHT else read_html(data)
    text = decode(data, filename)
    check_length(text)
    return plain_source(text)


def check_length(text: str) -> None:
    """Raises `plans.text_too_long`."""
    if len(text) > MAX_CHARACTERS:
        raise UnreadableDocument(
            "plans.text_too_long",
            "文件中的文字超过 {limit} 万字，请拆分后再导入",
            limit=MAX_CHARACTERS // 10_000,
        )


def _silent(done: int, total: int) -> None:
    return None


def _empty() -> UnreadableDocument:
    return UnreadableDocument("plans.empty_file", "文件是空的，没有可以读取的文字")
