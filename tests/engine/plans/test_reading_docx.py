"""A Word file reads as its pages show it: counted numbers, merged cells, tracked changes, boxes."""

import io

import pytest
from docx import Document

from engine.plans.parsing.reading import read_source
from engine.plans.parsing.reading.builder import clean
from engine.plans.parsing.reading.docx_numbering import han, written
from tests.engine.plans.office_files import cell, paragraph, table, word


def _text(body: str, **parts: str) -> str:
    return read_source(word(body, **parts), "a.docx").text


def _level(level: int, form: str, pattern: str, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{more}'
        f'<w:lvlText w:val="{pattern}"/></w:lvl>'
    )


NUMBERING = (
    '<w:abstractNum w:abstractNumId="7">'
    + _level(0, "chineseCountingThousand", "%1、", '<w:pStyle w:val="H1"/>')
    + _level(1, "chineseCounting", "（%2）")
    + _level(2, "decimal", "%3.")
    + _level(3, "decimalEnclosedCircle", "%4", '<w:suff w:val="nothing"/>')
    + '</w:abstractNum><w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num>'
    '<w:num w:numId="4"><w:abstractNumId w:val="7"/>'
    '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
)
STYLES = (
    '<w:style w:styleId="H1"><w:name w:val="heading 1"/><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style>'
    '<w:style w:styleId="H1a"><w:name w:val="my heading"/><w:basedOn w:val="H1"/></w:style>'
    '<w:style w:styleId="T1"><w:name w:val="toc 1"/></w:style>'
)


def _numbered(text: str, level: int, num: int = 3) -> str:
    return paragraph(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{num}"/></w:numPr>')


def test_word_counts_and_we_count_with_it() -> None:
    body = (
        _numbered("总则", 0)
        + _numbered("甲项", 1)
        + _numbered("乙项", 1)
        + _numbered("乙之一", 2)
        + _numbered("要点", 3)
        + paragraph("附则", '<w:pStyle w:val="H1a"/>')
        + _numbered("丙项", 1)
        + _numbered("另起", 0, num=4)
        + paragraph("无号", '<w:pStyle w:val="H1"/><w:numPr><w:numId w:val="0"/></w:numPr>')
    )
    assert _text(body, numbering=NUMBERING, styles=STYLES).split("\n") == [
        "一、总则", "（一）甲项", "（二）乙项", "1. 乙之一", "①要点", "二、附则", "（一）丙项", "一、另起", "无号",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "form", "shown"),
    [
        (1, "chineseCounting", "一"), (10, "chineseCounting", "十"), (12, "chineseCountingThousand", "十二"),
        (20, "japaneseCounting", "二十"), (105, "chineseCounting", "一百〇五"), (110, "chineseCounting", "一百一十"),
        (3, "ideographTraditional", "丙"), (2, "ideographZodiac", "丑"), (3, "decimalEnclosedCircle", "③"),
        (21, "decimalEnclosedCircle", "21"), (2, "decimalEnclosedParen", "⑵"), (3, "decimalFullWidth", "３"),
        (4, "upperRoman", "IV"), (28, "lowerLetter", "bb"), (7, "decimalZero", "07"), (5, "chineseLegalSimplified", "伍"),
        (3, "bullet", ""), (9, "something else", "9"),
    ],
)  # fmt: skip
def test_number_formats(number: int, form: str, shown: str) -> None:
    assert written(number, form) == shown


def test_han_numbers_are_never_empty() -> None:
    assert [han(n) for n in (10, 19, 100, 1001, 10000)] == ["十", "十九", "一百", "一千〇一", "一〇〇〇〇"]


def test_merged_cells_stand_in_every_place_they_cover() -> None:
    down, more = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    source = read_source(
        word(
            paragraph("任务表")
            + table(
                cell("类别") + cell("任务") + cell("分工", '<w:gridSpan w:val="2"/>'),
                cell("甲类", down) + cell("一项") + cell("市甲局") + cell("市乙局"),
                cell("", more) + cell("二项") + cell("市丙局\n市丁局") + cell(""),
            )
        ),
        "a.docx",
    )
    assert source.text == "任务表\n类别\t任务\t分工\t\n甲类\t一项\t市甲局\t市乙局\n\t二项\t市丙局 市丁局\t"
    rows = [[source.text[c.start : c.end] for c in row] for row in source.tables[0].rows]
    assert rows == [
        ["类别", "任务", "分工", "分工"],
        ["甲类", "一项", "市甲局", "市乙局"],
        ["甲类", "二项", "市丙局 市丁局", ""],
    ]
    place = source.place_of(source.tables[0].rows[2][1])
    assert place is not None
    assert place.to_dict() == {"table": 1, "row": 3, "column": 2}


def test_the_column_of_numbers_is_counted_too() -> None:
    counted = (
        '<w:tc><w:p><w:pPr><w:numPr><w:ilvl w:val="2"/><w:numId w:val="3"/></w:numPr></w:pPr></w:p></w:tc>'
    )
    text = _text(
        table(cell("序号") + cell("任务"), counted + cell("甲"), counted + cell("乙")), numbering=NUMBERING
    )
    assert text == "序号\t任务\n1.\t甲\n2.\t乙"


def test_a_title_across_the_table_is_a_line_and_a_frame_is_no_table() -> None:
    source = read_source(
        word(
            table(
                cell("甲市重点任务分解表", '<w:gridSpan w:val="3"/>'),
                cell("填报单位：市甲局", '<w:gridSpan w:val="2"/>') + cell("2026年1月"),
                cell("序号") + cell("任务") + cell("单位"),
                cell("1") + cell("甲") + cell("乙"),
            )
            + table(cell("框内一段"))
        ),
        "a.docx",
    )
    assert (
        source.text
        == "甲市重点任务分解表\n填报单位：市甲局\t2026年1月\n序号\t任务\t单位\n1\t甲\t乙\n框内一段"
    )
    assert len(source.tables) == 1
    assert len(source.tables[0].rows) == 2


def test_only_what_the_page_shows() -> None:
    run = "<w:r><w:t>{}</w:t></w:r>"
    body = (
        "<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val='Table of Contents'/></w:docPartObj></w:sdtPr>"
        f"<w:sdtContent>{paragraph('一、总则 1')}</w:sdtContent></w:sdt>"
        + paragraph("二、分则 2", '<w:pStyle w:val="T1"/>')
        + f"<w:p>{run.format('牵头')}<w:del><w:r><w:delText>旧</w:delText></w:r></w:del>"
        f"<w:ins>{run.format('单位')}</w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>暗</w:t></w:r>"
        f"<w:moveFrom>{run.format('移走')}</w:moveFrom><w:hyperlink>{run.format('：市')}</w:hyperlink>"
        "<w:r><w:instrText>DATE</w:instrText></w:r><w:r><w:footnoteReference/></w:r>"
        f"<w:sdt><w:sdtContent>{run.format('甲局')}</w:sdtContent></w:sdt></w:p>"
        + "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>" + run.format("前半") + "</w:p>" + paragraph("后半")
    )  # fmt: skip
    assert _text(body, styles=STYLES) == "牵头单位：市甲局\n前半后半"


def test_a_text_box_written_twice_is_read_once() -> None:
    box = f"<w:txbxContent>{paragraph('框中文字')}</w:txbxContent>"
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    body = (
        f"<w:p><w:r><w:t>正文</w:t><mc:AlternateContent {mc}><mc:Choice><w:drawing>{box}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert _text(body) == "正文\n框中文字"


def test_a_table_in_a_cell_keeps_its_row_on_one_line() -> None:
    inner = table(cell("内甲") + cell("内乙"))
    body = table(cell("外") + f"<w:tc>{inner}{paragraph('后')}</w:tc>", cell("子") + cell("丑"))
    assert _text(body) == "外\t内甲 内乙 后\n子\t丑"


def test_macros_are_named_and_not_run() -> None:
    source = read_source(word(paragraph("正文"), extra={"word/vbaProject.bin": b"\xd0\xcf"}), "a.docm")
    assert (source.text, source.remarks) == ("正文", (("macros", "文件含宏，未执行"),))


def test_paragraphs_lead_back_to_their_place() -> None:
    document = Document()
    for text in ("第一段", "第二段", "第三段"):
        document.add_paragraph(text)
    buffer = io.BytesIO()
    document.save(buffer)
    source = read_source(buffer.getvalue(), "a.docx")
    assert [(p.start, p.paragraph) for p in source.places] == [(0, 1), (4, 2), (8, 3)]


def test_a_long_table_costs_in_proportion() -> None:
    """Ten thousand rows with a cell merged over all of them; a grid rebuilt per row would take minutes."""
    rows = [cell("类", '<w:vMerge w:val="restart"/>') + cell("0")]
    rows += [cell("", "<w:vMerge/>") + cell(str(n)) for n in range(1, 10_000)]
    source = read_source(word(table(cell("类别") + cell("任务"), *rows)), "a.docx")
    assert len(source.tables[0].rows) == 10_001
    assert source.tables[0].rows[10_000][0] == source.tables[0].rows[1][0]


def test_a_long_cell_over_many_rows_is_cleaned_once() -> None:
    """Once for every row would be half a gigabyte of characters."""
    rows = [cell("长" * 100_000, '<w:vMerge w:val="restart"/>') + cell("0")]
    rows += [cell("", "<w:vMerge/>") + cell(str(n)) for n in range(1, 5_000)]
    source = read_source(word(table(cell("类别") + cell("任务"), *rows)), "a.docx")
    assert len(source.tables[0].rows) == 5_001


def test_a_definition_of_numbers_is_read_once_for_all_its_lists() -> None:
    levels = "".join(_level(0, "decimal", "%1.") for _ in range(1_000))
    lists = "".join(f'<w:num w:numId="{n}"><w:abstractNumId w:val="0"/></w:num>' for n in range(1, 20_000))
    numbering = f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>{lists}'
    assert _text(_numbered("检查", 0, 19_999), numbering=numbering) == "1. 检查"


def test_what_no_xml_takes_is_a_blank() -> None:
    assert clean("甲\ufffe\uffff\x01乙") == "甲   乙"
