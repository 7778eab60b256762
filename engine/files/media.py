"""What a file is, told by its content; and names that can do no harm. No bytes are unpacked or executed.

Only listed kinds are taken. Executables, scripts, HTML and SVG are refused whatever they call themselves; a saved
page comes in only where the caller reads it as a document (``pages``), and leaves as a download like every file.
"""

import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import puremagic

from engine.errors import InvalidInput

_OFFICE = "application/vnd.openxmlformats-officedocument."
#: puremagic's extension -> the media type that we record.
_KNOWN = {
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".jfif": "image/jpeg",
    ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp",
    ".bmp": "image/bmp", ".tif": "image/tiff", ".tiff": "image/tiff",
    ".heic": "image/heif", ".heif": "image/heif",
    ".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime", ".avi": "video/x-msvideo",
    ".3gp": "video/3gpp", ".3ga": "video/3gpp", ".wmv": "video/x-ms-wmv", ".mkv": "video/x-matroska",
    ".mp3": "audio/mpeg", ".mpga": "audio/mpeg", ".wav": "audio/wav",
    ".m4a": "audio/mp4", ".amr": "audio/amr",
    ".rar": "application/vnd.rar", ".7z": "application/x-7z-compressed",
}  # fmt: skip
_ACTIVE = {".exe", ".dll", ".class", ".html", ".htm", ".svg", ".xml", ".sh", ".php", ".js", ".jar", ".swf"}
#: Names that a desktop would run, whatever is inside.
_RUNNABLE = re.compile(
    r"\.(apk|app|aspx?|bat|chm|cmd|com|cpl|dll|exe|hta|jar|m?js|jse|jsp|lnk|mht(ml)?|ms[ip]|php|pif|ps1|py|reg"
    r"|sc[rt]|sh|svg|swf|vb[es]?|ws[fh]|[sx]?html?|xht|xml|xsl)\Z",
    re.IGNORECASE,
)
_PAGE = re.compile(r"\.([sx]?html?|mht(ml)?)\Z", re.IGNORECASE)
_MARKUP = re.compile(rb"(?i)\A\s*(<!doctype|<html|<svg|<script|<\?|<%|#!)|<script[\s>]|<svg[\s>]|<iframe")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_KINDS = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "Book": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
}
_MAX_DIRECTORY = 16 << 20


@dataclass(frozen=True)
class Media:
    media_type: str
    has_macros: bool = False


def identify(path: Path, name: str, *, pages: bool = False) -> Media:
    """The kind of the finished file at ``path`` which calls itself ``name``. InvalidInput when refused.

    ``pages``: saved web pages are taken, too, by name and content.
    """
    is_page = pages and bool(_PAGE.search(name))
    if _RUNNABLE.search(name) and not is_page:
        raise _refused()
    with path.open("rb") as file:
        head = file.read(1 << 16)
    if is_page and not head.startswith((b"PK\x03\x04", b"PK\x05\x06", _OLE, b"MZ", b"\x7fELF", b"#!")):
        _text(head, name, pages=True)
        return Media("text/html")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(path)
    if head.startswith(_OLE):
        return _ole(path)
    for guess in puremagic.magic_file(path):
        if guess.extension in _ACTIVE:
            raise _refused()
        if guess.extension in _KNOWN:
            return Media(_KNOWN[guess.extension])
    return _text(head, name)


def neutral_name(name: str) -> str:
    """A file name without path, control or direction characters, at most 200 characters, never empty."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
    name = re.sub(r'[<>:"|?*]', "_", name).strip(" .")
    stem, dot, suffix = name.rpartition(".")
    if dot and len(suffix) <= 10:
        name = f"{stem[: 199 - len(suffix)]}.{suffix}"
    return name[:200] or "未命名"


def _zip(path: Path) -> Media:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - (1 << 16) - 22 - 20 - 56))
        tail = file.read()
    # zipfile reads the whole directory into memory: a hostile one is refused before.
    sizes = [*_directory_sizes(tail, b"PK\x05\x06", 12, 4), *_directory_sizes(tail, b"PK\x06\x06", 40, 8)]
    if not sizes or max(sizes) > _MAX_DIRECTORY:
        raise _damaged()
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise _damaged() from error
    macros = any(n.lower().endswith("vbaproject.bin") for n in names)
    kinds = {
        "word/": _OFFICE + "wordprocessingml.document",
        "xl/": _OFFICE + "spreadsheetml.sheet",
        "ppt/": _OFFICE + "presentationml.presentation",
    }
    if "[Content_Types].xml" in names:
        for folder, media_type in kinds.items():
            if any(n.startswith(folder) for n in names):
                return Media(media_type, macros)
    if "OFD.xml" in names:  # GB/T 33190
        return Media("application/ofd")
    if "META-INF/MANIFEST.MF" in names or "AndroidManifest.xml" in names:
        raise _refused()
    return Media("application/zip", macros)


def _directory_sizes(tail: bytes, mark: bytes, at: int, length: int) -> Iterator[int]:
    """What each record says that might be the archive's end, plain or zip64: readers differ in which one they take."""
    for found in re.finditer(re.escape(mark), tail):
        yield int.from_bytes(tail[found.start() + at : found.start() + at + length], "little")


def _ole(path: Path) -> Media:
    """The old binary office formats, by the stream names in their directory, which may lie anywhere."""
    wanted = {name: name.encode("utf-16-le") + b"\0\0" for name in (*_OLE_KINDS, "_VBA_PROJECT")}
    seen: set[str] = set()
    with path.open("rb") as file:
        before = b""
        while block := file.read(1 << 20):
            seen |= {name for name, mark in wanted.items() if mark in before + block}
            before = block[-64:]
    for name, media_type in _OLE_KINDS.items():
        if name in seen:
            return Media(media_type, "_VBA_PROJECT" in seen)
    raise _refused()


def _text(head: bytes, name: str, *, pages: bool = False) -> Media:
    encodings = ("utf-16",) if head.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8", "gb18030")
    for encoding in encodings:
        for cut in range(4):  # the head may end within a character
            try:
                text = head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            if re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]", text):
                raise _refused()
            if not pages and _MARKUP.search(text.lstrip("\ufeff").encode()):
                raise _refused()
            return Media("text/csv" if name.lower().endswith(".csv") else "text/plain")
    raise _refused()


def _refused() -> InvalidInput:
    return InvalidInput(
        "files.kind_refused",
        "不接受这种文件，请上传文档、图片、音视频或压缩包，不能上传程序、脚本和网页",
        field="file",
    )


def _damaged() -> InvalidInput:
    return InvalidInput("files.damaged", "文件已损坏或不完整，请检查后重新上传", field="file")
