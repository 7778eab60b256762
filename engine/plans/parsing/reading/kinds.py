"""What a file is, judged by its first bytes; its name decides nothing."""

import re
from enum import Enum

from engine.errors import UnreadableDocument


class Kind(Enum):
    TEXT = "text"
    PACKAGE = "package"
    PDF = "pdf"
    HTML = "html"
    MHT = "mht"


_IMAGES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_ARCHIVES = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WEB_PAGE = re.compile(
    r"(?:<\?xml[^>]*>\s*)?(?:<!--[^>]{0,2000}>\s*)*"
    r"<(?:!doctype html|html|head|body|title|meta|style|script|table|div|span|p|h[1-6]|center|font|section|article)\b",
    re.IGNORECASE,
)
_MHT = re.compile(
    r"(?:[A-Za-z-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*content-type:\s*multipart/related", re.IGNORECASE
)


def kind_of(data: bytes) -> Kind:
    """Raises `UnreadableDocument` for what is recognised and cannot be read: `plans.unsupported_kind`,
    `plans.unsupported_archive`, `plans.image`, `plans.encrypted`."""
    if data.startswith(b"PK"):
        return Kind.PACKAGE
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise UnreadableDocument("plans.encrypted", "文件已加密，请取消密码保护后再导入")
        raise unsupported("Office 97–2003 (.doc, .xls, .wps)")
    if b"%PDF-" in data[:1024]:
        return Kind.PDF
    if data[:5] == b"{\\rtf":
        raise unsupported("RTF")
    if data.startswith(_IMAGES) and (b"\0" in data[:64] or data.startswith(b"GIF8")):
        raise UnreadableDocument("plans.image", "这是图片，没有可以读取的文字，请先做文字识别再导入")
    if data.startswith(_ARCHIVES) or data[257:262] == b"ustar":
        raise archive()
    head = _head(data)
    if _MHT.match(head):
        return Kind.MHT
    if _WEB_PAGE.match(head):
        return Kind.HTML
    if head.startswith("<?xml"):
        raise unsupported("XML")
    return Kind.TEXT


def unsupported(kind: str) -> UnreadableDocument:
    return UnreadableDocument(
        "plans.unsupported_kind",
        "暂不支持读取 {kind} 文件，请另存为 .docx、.xlsx、有文字的 .pdf 或 .txt 后再导入",
        kind=kind,
    )


def archive() -> UnreadableDocument:
    return UnreadableDocument(
        "plans.unsupported_archive", "这是压缩包，请解压后导入其中的 .docx、.xlsx、.pdf 或 .txt"
    )


def _head(data: bytes) -> str:
    coding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1"
    text = data[:8192].decode(coding, "replace").replace("\r\n", "\n")
    return text.removeprefix("\xef\xbb\xbf").lstrip()
