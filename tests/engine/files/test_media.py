"""What is taken, what is refused, and names that can do no harm: tables of cases."""

import io
import zipfile
from pathlib import Path

import docx
import pytest

from engine.errors import InvalidInput
from engine.files.media import identify, neutral_name


def _zip(*names: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return data.getvalue()


def _docx() -> bytes:
    data = io.BytesIO()
    docx.Document().save(data)
    return data.getvalue()


def _ole(*names: str) -> bytes:
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes((1 << 20) - 20)
        + b"".join(name.encode("utf-16-le") + b"\0\0" for name in names)
    )


def _box(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mp42isom" + bytes(50)


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

TAKEN = [
    ("总结.docx", _docx(), WORD, False),
    ("总结.docm", _zip("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), WORD, True),
    ("台账.xlsx", _zip("[Content_Types].xml", "xl/workbook.xml"), SHEET, False),
    ("公文.ofd", _zip("OFD.xml", "Doc_0/Document.xml"), "application/ofd", False),
    ("照片.zip", _zip("a.jpg"), "application/zip", False),
    ("旧总结.doc", _ole("WordDocument"), "application/msword", False),
    ("旧总结.wps", _ole("WordDocument", "_VBA_PROJECT"), "application/msword", True),
    ("旧台账.xls", _ole("Workbook"), "application/vnd.ms-excel", False),
    ("照片.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(100), "image/jpeg", False),
    ("手机.heic", _box(b"heic"), "image/heif", False),
    ("截图.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(50), "image/png", False),
    ("现场.mp4", _box(b"isom"), "video/mp4", False),
    ("录音.amr", b"#!AMR\n" + bytes(30), "audio/amr", False),
    ("说明.txt", "关于整改情况的说明".encode(), "text/plain", False),
    ("老系统.txt", "关于整改情况的说明".encode("gb18030") * 5000, "text/plain", False),
    ("断在字中.txt", ("说" * 40000).encode(), "text/plain", False),
    ("数据.csv", "单位,数量\n甲,1\n".encode("utf-8-sig"), "text/csv", False),
    # The name lies, the content tells.
    ("其实是图.pdf", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(50), "image/png", False),
]

REFUSED = [
    ("a.exe", b"MZ\x90\0" + bytes(200)),
    ("发票.pdf", b"MZ\x90\0" + bytes(200)),
    ("a.pdf.exe", b"%PDF-1.7\n"),
    ("程序", b"\x7fELF\x02\x01\x01" + bytes(60)),
    ("a.txt", b"#!/bin/sh\nrm -rf"),
    ("a.txt", b"<!DOCTYPE html><html></html>"),
    ("a.txt", "\ufeff\n <script>alert(1)</script>".encode()),
    ("a.csv", b"a,b\n<script src=x></script>"),
    ("图.png", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"></svg>'),
    ("图.svg", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(50)),
    ("a.js", b"alert(1)"),
    ("a.HTML", b"hello"),
    ("a.jar", _zip("META-INF/MANIFEST.MF", "A.class")),
    ("a.zip", _zip("META-INF/MANIFEST.MF", "A.class")),
    ("a.msi", _ole("Msi")),
    ("a.doc", _ole("Msi")),
    ("a.bin", bytes(range(256))),
    ("a.zip", _zip("a.txt")[:40]),
]


@pytest.mark.parametrize(("name", "data", "media_type", "has_macros"), TAKEN, ids=[case[0] for case in TAKEN])
def test_kinds_that_are_taken(
    tmp_path: Path, name: str, data: bytes, media_type: str, has_macros: bool
) -> None:
    path = tmp_path / "bytes"
    path.write_bytes(data)
    media = identify(path, name)
    assert (media.media_type, media.has_macros) == (media_type, has_macros)


@pytest.mark.parametrize(("name", "data"), REFUSED, ids=[f"{n} {case[0]}" for n, case in enumerate(REFUSED)])
def test_kinds_that_are_refused(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / "bytes"
    path.write_bytes(data)
    with pytest.raises(InvalidInput) as refused:
        identify(path, name)
    assert refused.value.field == "file"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("方案.html", "<!DOCTYPE html><script>var a</script><p>牵头单位：市公安局</p>".encode()),
        ("方案.htm", "<html><p>牵头单位：市公安局</p></html>".encode("gb18030")),
        ("方案.MHTML", b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n<html></html>"),
    ],
)
def test_saved_pages_are_taken_only_where_they_are_read_as_documents(
    tmp_path: Path, name: str, data: bytes
) -> None:
    path = tmp_path / "bytes"
    path.write_bytes(data)
    assert identify(path, name, pages=True).media_type == "text/html"
    with pytest.raises(InvalidInput):
        identify(path, name)


@pytest.mark.parametrize(
    ("name", "data"),
    [case for case in REFUSED if case[0] not in ("a.HTML",)] + [("a.html", b"MZ\x90\0" + bytes(200))],
)
def test_other_kinds_stay_refused_where_pages_are_taken(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / "bytes"
    path.write_bytes(data)
    with pytest.raises(InvalidInput):
        identify(path, name, pages=True)


@pytest.mark.parametrize(
    ("given", "neutral"),
    [
        ("总结（终稿）.pdf", "总结（终稿）.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\用户\\桌面\\总结.docx", "总结.docx"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ("报告\u202efdp.exe", "报告fdp.exe"),
        ("..", "未命名"),
        ("", "未命名"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        (" 空格 .pdf ", "空格 .pdf"),
        ("\U00031350.pdf", "\U00031350.pdf"),
    ],
)
def test_names_are_neutralised(given: str, neutral: str) -> None:
    assert neutral_name(given) == neutral
