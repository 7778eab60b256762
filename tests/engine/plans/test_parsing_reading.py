"""Bytes to text: encodings and .docx are read, everything else is refused in one clear sentence."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from docx import Document

from engine.errors import UnreadableDocument
from engine.plans.parsing import parse_document, parse_file_to_json
from engine.plans.parsing.reading import MAX_BYTES, read_text

SAMPLE = (Path(__file__).parent / "samples" / "first_leads.txt").read_text(encoding="utf-8")


def _docx(lines: list[str], table: list[list[str]] | None = None) -> bytes:
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    if table:
        grid = document.add_table(rows=0, cols=len(table[0]))
        for row in table:
            for cell, text in zip(grid.add_row().cells, row, strict=True):
                cell.text = text
        document.add_paragraph("表后一段")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _repacked(data: bytes, name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_read_alike(coding: str) -> None:
    assert read_text(SAMPLE.encode(coding), "plan.txt") == SAMPLE


def test_a_word_file_reads_like_its_text() -> None:
    draft = parse_document(_docx(SAMPLE.split("\n")), "plan.docx")
    assert [t.to_dict()["lead_units"] for t in draft.key_tasks] == [
        ["区司法局"],
        ["区法院"],
        ["区住建局"],
        ["区司法局"],
        ["区财政局"],
    ]


def test_tables_stand_where_they_stand() -> None:
    text = read_text(_docx(["前一段"], [["序号", "责任单位"], ["1", "市甲局\n市乙局"]]), "t.docx")
    assert text == "前一段\n序号\t责任单位\n1\t市甲局 市乙局\n表后一段"


BOMB = _repacked(_docx(["x"]), "word/document.xml", b" " * (60 * 2**20))
DTD = _repacked(
    _docx(["x"]),
    "word/document.xml",
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><w:document xmlns:w="urn:x">&b;</w:document>',
)
BROKEN_XML = _repacked(_docx(["x"]), "word/document.xml", b"<w:document")


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.txt", "plans.empty_file"),
        (b" \r\n\t", "a.txt", "plans.empty_file"),
        ("\ufeff\u3000\n".encode(), "a.txt", "plans.empty_file"),
        (_docx([""]), "a.docx", "plans.empty_file"),
        (b"a" * (MAX_BYTES + 1), "a.txt", "plans.file_too_large"),
        (bytes(range(256)) * 40, "a.txt", "plans.wrong_encoding"),
        ("重点任务责任单位时限".encode("big5", "replace") + bytes([0xFF]), "a.txt", "plans.wrong_encoding"),
        (SAMPLE.encode("utf-8")[:-2] + b"\xff\xfe", "a.txt", "plans.wrong_encoding"),
        (b"%PDF-1.7 ...", "a.pdf", "plans.unsupported_kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 ...", "a.doc", "plans.unsupported_kind"),
        (b"<!DOCTYPE html><html>", "a.html", "plans.unsupported_kind"),
        (b"{\\rtf1", "a.rtf", "plans.unsupported_kind"),
        (
            _repacked(b"PK\x05\x06" + bytes(18), "xl/workbook.xml", b"<a/>"),
            "a.xlsx",
            "plans.unsupported_kind",
        ),
        (_repacked(b"PK\x05\x06" + bytes(18), "notes.txt", b"a"), "a.zip", "plans.unsupported_archive"),
        (BOMB, "a.docx", "plans.docx_bomb"),
        (DTD, "a.docx", "plans.docx_unsafe"),
        (BROKEN_XML, "a.docx", "plans.docx_broken"),
        (_docx(["x"])[:900], "a.docx", "plans.docx_broken"),
        (b"PK\x03\x04 nothing else", "a.docx", "plans.docx_broken"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(data: bytes, name: str, code: str) -> None:
    with pytest.raises(UnreadableDocument) as refused:
        parse_document(data, name)
    assert refused.value.code == code
    assert "{" not in str(refused.value)
    assert len(str(refused.value)) > 8


def test_a_file_as_json(tmp_path: Path) -> None:
    place = tmp_path / "plan.txt"
    place.write_text(SAMPLE, encoding="utf-8")
    result = json.loads(parse_file_to_json(place))
    assert set(result) == {
        "document",
        "tasks",
        "indicators",
        "cadences",
        "campaigns",
        "duties",
        "notes",
    }
    assert len(result["tasks"]) == 5
