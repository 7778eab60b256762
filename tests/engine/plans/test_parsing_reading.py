"""Bytes to text: what a file is, its encoding, and one clear sentence for what is hostile or cannot be read."""

import io
import zipfile
from pathlib import Path

import pytest
from docx import Document

from engine.errors import UnreadableDocument
from engine.plans.bounded_reading import read_file
from engine.plans.parsing import parse_document
from engine.plans.parsing.reading import MAX_BYTES, plain_source, read_source
from tests.engine.plans.office_files import paragraph, relations, sheet_book, word, zipped

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
    assert read_source(SAMPLE.encode(coding), "plan.txt").text == SAMPLE


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
    source = read_source(_docx(["前一段"], [["序号", "责任单位"], ["1", "市甲局\n市乙局"]]), "t.docx")
    assert source.text == "前一段\n序号\t责任单位\n1\t市甲局 市乙局\n表后一段"


BOMB = _repacked(_docx(["x"]), "word/document.xml", b" " * (60 * 2**20))
DTD = _repacked(
    _docx(["x"]),
    "word/document.xml",
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><w:document xmlns:w="urn:x">&b;</w:document>',
)
BROKEN_XML = _repacked(_docx(["x"]), "word/document.xml", b"<w:document")


#: 300,100 cells, a grid of mostly nothing, a hundred million lols, XML that hides its marks in an encoding.
CROWDED = "".join(
    "<row>" + "".join(f"<c><v>{r * c * 7919 % 100_003}</v></c>" for c in range(1, 101)) + "</row>"
    for r in range(1, 3002)
)
DIAGONAL = "".join(
    f'<row r="{n}"><c r="{chr(65 + n // 676 % 26)}{chr(65 + n // 26 % 26)}{chr(65 + n % 26)}{n}"><v>1</v></c></row>'
    for n in range(1, 2000)
)
EXPANDING = b'<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]><lolz>&b;</lolz>'
STRANGE = b'<?xml version="1.0" encoding="utf-7"?><a/>'
STRINGS = relations(worksheet1="worksheets/sheet1.xml", sharedStrings="sharedStrings.xml")


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
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 ...", "a.doc", "plans.unsupported_kind"),
        (b"<!DOCTYPE html><html>", "a.html", "plans.empty_file"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "a.docx",
            "plans.encrypted",
        ),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a.docx", "plans.image"),
        (b"Rar!\x1a\x07\0", "a.docx", "plans.unsupported_archive"),
        (b"<?xml version='1.0'?><a/>", "a.xml", "plans.unsupported_kind"),
        (zipped({"OFD.xml": "<a/>"}), "a.pdf", "plans.unsupported_kind"),
        (b"(" * 10_000_000, "a.txt", "plans.text_too_long"),
        (b"{\\rtf1", "a.rtf", "plans.unsupported_kind"),
        (zipped({"ppt/presentation.xml": "<a/>"}), "a.pptx", "plans.unsupported_kind"),
        (sheet_book("<sheetData><row"), "a.xlsx", "plans.xlsx_broken"),
        (sheet_book("<sheetData>" + "<c/>" * 3_000_001 + "</sheetData>"), "a.xlsx", "plans.docx_bomb"),
        (sheet_book("<sheetData>" + CROWDED + "</sheetData>"), "a.xlsx", "plans.xlsx_too_large"),
        (sheet_book("<sheetData>" + DIAGONAL + "</sheetData>"), "a.xlsx", "plans.xlsx_too_large"),
        (zipped({f"{n}.xml": "" for n in range(5001)}), "a.docx", "plans.docx_bomb"),
        (word("<w:p>" * 3000 + "</w:p>" * 3000), "a.docx", "plans.docx_broken"),
        (word("", extra={"word/document.xml": EXPANDING}), "a.docx", "plans.docx_unsafe"),
        (word("", extra={"word/document.xml": STRANGE}), "a.docx", "plans.docx_unsafe"),
        (
            word("", extra={"word/document.xml": EXPANDING.decode().encode("utf-16")}),
            "a.docx",
            "plans.docx_unsafe",
        ),
        (
            sheet_book("", extra={"xl/sharedStrings.xml": EXPANDING, "xl/_rels/workbook.xml.rels": STRINGS}),
            "a.xlsx",
            "plans.docx_unsafe",
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


def test_an_undeclared_size_is_not_inflated() -> None:
    """A directory that names 10 bytes for 60 megabytes: zipfile stops where the directory says."""
    data = bytearray(zipped({"word/document.xml": b" " * (60 * 2**20)}))
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = (10).to_bytes(4, "little")
    with pytest.raises(UnreadableDocument) as refused:
        read_source(bytes(data), "a.docx")
    assert refused.value.code == "plans.docx_broken"


def test_content_decides_and_the_name_says_nothing() -> None:
    assert read_source(word(paragraph("正文")), "a.pdf").text == "正文"
    assert read_source("正文".encode("gb18030"), "a.docx").text == "正文"


TABBED = (
    '甲市清单\n序号\t任务\t责任单位\n1\t"整治\n乱象"\t市甲局\n2\t规范\n\n|任务|单位|\n|---|:--|\n|甲|乙|\n完'
)


def test_copied_rows_are_tables() -> None:
    source = plain_source(TABBED)
    assert len(source.text) == len(TABBED)
    assert [
        [[source.text[c.start : c.end] for c in row] for row in table.rows] for table in source.tables
    ] == [
        [["序号", "任务", "责任单位"], ["1", "整治 乱象", "市甲局"], ["2", "规范", ""]],
        [["任务", "单位"], ["甲", "乙"]],
    ]
    place = source.place_of(source.tables[0].rows[1][2])
    assert place is not None
    assert place.to_dict() == {"paragraph": 3, "table": 1, "row": 2, "column": 3}


@pytest.mark.parametrize(
    "text",
    [
        "甲\t乙\n丙\t丁",
        "\t一、甲\n\t二、乙",
        "a|b\nc|d",
        "序号\t任务\t单位",
        "序号\t任务\t单位\n\n1\t甲\t乙",
        "|\n|\n|",
    ],
)
def test_what_is_no_table(text: str) -> None:
    assert plain_source(text).tables == ()


def test_nothing_reaches_the_text_that_cannot_be_stored() -> None:
    text = "甲\0乙\x01丙\ud800丁\x0c戊\t己"
    assert plain_source(text).text == "甲 乙 丙 丁\n戊\t己"


@pytest.mark.parametrize("unit", ["\t", "|", '\t"', '"\n', "\t\t\n", "a\tb\tc\n", "|-|\n", '\t"a\n'])
def test_any_text_has_spans_in_range(unit: str) -> None:
    source = plain_source(unit * 20_000)
    assert len(source.text) == len(unit) * 20_000
    for table in source.tables:
        assert len({len(row) for row in table.rows}) == 1
        assert all(0 <= c.start <= c.end <= len(source.text) for row in table.rows for c in row)
    assert [p.start for p in source.places] == sorted(p.start for p in source.places)


def test_a_file_as_json(tmp_path: Path) -> None:
    place = tmp_path / "plan.txt"
    place.write_text(SAMPLE, encoding="utf-8")
    result = read_file(place).to_dict()
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
