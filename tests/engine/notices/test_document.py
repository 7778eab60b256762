"""Papers as files: what stands where in the Word document, and that the PDF says everything on A4 pages."""

import io
import zipfile
from dataclasses import replace
from datetime import date
from typing import Any

import docx
import pypdfium2
import pytest
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph as WordParagraph

from engine.notices.document import Form, Paper, Paragraph, render_docx, render_pdf
from engine.notices.document.paper import printable, sign_off, title_lines, width_of

PAPER = Paper(
    form=Form.OFFICIAL,
    office="兰溪市人民政府督查室文件",
    number="兰督〔2026〕3号",
    title="关于限期办理行政执法公示事项的督办通知",
    addressee="兰溪市司法局",
    paragraphs=(
        Paragraph("你单位承办的下列事项已超过时限，现督办如下："),
        Paragraph("一、存在问题", 1),
        Paragraph("经两次催办仍未反馈。"),
        Paragraph("（一）办理情况", 2),
        Paragraph("1. 逐项说明原因。", 3),
        Paragraph("（1）明确责任人。", 4),
        Paragraph("请于收到本通知之日起5个工作日内书面报送办理情况。"),
    ),
    facts=(("督办事项", "行政执法公示"), ("办理时限", "2026年6月30日"), ("说明", "")),
    annexes=("办理情况表", "问题清单"),
    signed_by="兰溪市人民政府督查室",
    signed_on=date(2026, 7, 6),
    contact="联系人：张赟，电话：0579-1234567",
    copies_to=("市政府办公室", "市监察委员会"),
    printed_by="兰溪市人民政府督查室",
    printed_on=date(2026, 7, 7),
    urgency="特急",
)
SAID = """
    兰溪市人民政府督查室文件 兰督〔2026〕3号 兰溪市司法局： 一、存在问题 经两次催办仍未反馈。 （一）办理情况 督办事项
    行政执法公示 办理时限 2026年6月30日 附件： 办理情况表 问题清单 2026年7月6日 （联系人：张赟，电话：0579-1234567）
    抄送：市政府办公室，市监察委员会。 特急 逐项说明原因。 （1）明确责任人。
"""
NASTY = '#panic() [x] <w:p/> ]] $x$ *粗* _斜_ =1+1 @SUM {{ 7*7 }} \\ & "引" <!--'


def word(paper: Paper) -> Any:
    return docx.Document(io.BytesIO(render_docx(paper)))


def pages(paper: Paper) -> list[str]:
    """The text of each page of the PDF, without line breaks."""
    with pypdfium2.PdfDocument(render_pdf(paper)) as pdf:
        return [page.get_textpage().get_text_bounded().replace("\r\n", "") for page in pdf]


def texts(document: Any) -> list[str]:
    """Paragraphs and cells in their order, those in tables included."""
    return [WordParagraph(p, document).text for p in document.element.body.iter(qn("w:p"))]


def faces(paragraph: Any) -> set[tuple[str, float]]:
    return {
        (run._r.rPr.rFonts.get(qn("w:eastAsia")), run.font.size.pt)
        for run in paragraph.runs
        if run.text.strip()
    }


def test_a_word_document_has_the_page_of_the_standard() -> None:
    section = word(PAPER).sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(margin.mm) for margin in margins] == [37, 35, 28, 26]
    grid = section._sectPr.find(qn("w:docGrid"))
    assert {name.rpartition("}")[2]: value for name, value in grid.attrib.items()} == {
        "type": "linesAndChars", "linePitch": "579", "charSpace": "-849",
    }  # fmt: skip
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        paragraph = footer.paragraphs[0]
        assert (paragraph.text, paragraph.alignment.name.lower()) == ("—1—", side)
        assert "PAGE" in [i.text for i in paragraph._p.iter(qn("w:instrText"))]
        assert faces(paragraph) == {("宋体", 14.0)}


def test_a_word_document_holds_the_elements_in_their_order_and_faces() -> None:
    document = word(PAPER)
    shown = [text for text in texts(document) if text]
    said = (
        "特急|兰溪市人民政府督查室文件|兰督〔2026〕3号|关于限期办理行政执法公示事项的督办通知|兰溪市司法局：|"
        "你单位承办的下列事项已超过时限，现督办如下：|督办事项|行政执法公示|办理时限|2026年6月30日|"
        "一、存在问题|经两次催办仍未反馈。|（一）办理情况|1. 逐项说明原因。|（1）明确责任人。|"
        "请于收到本通知之日起5个工作日内书面报送办理情况。|附件：1. 办理情况表|2. 问题清单|兰溪市人民政府督查室|"
        "2026年7月6日|（联系人：张赟，电话：0579-1234567）|抄送：市政府办公室，市监察委员会。|兰溪市人民政府督查室|"
        "2026年7月7日印发"
    )
    assert shown == said.split("|")
    by_text = {paragraph.text: paragraph for paragraph in document.paragraphs}
    mark, number = by_text["兰溪市人民政府督查室文件"], by_text["兰督〔2026〕3号"]
    assert mark.runs[0].font.color.rgb == (0xFF, 0, 0)
    assert {face for face, _ in faces(mark)} == {"方正小标宋简体"}
    below = number._p.pPr.find(qn("w:pBdr")).find(qn("w:bottom"))
    assert (below.get(qn("w:color")), below.get(qn("w:val"))) == ("FF0000", "single")
    title = next(p for text, p in by_text.items() if text.startswith("关于"))
    assert (faces(title), title.alignment.name) == ({("方正小标宋简体", 22.0)}, "CENTER")
    expected = {
        "一、存在问题": "黑体",
        "（一）办理情况": "楷体_GB2312",
        "1. 逐项说明原因。": "仿宋_GB2312",
        "经两次催办仍未反馈。": "仿宋_GB2312",
    }
    for text, face in expected.items():
        assert faces(by_text[text]) == {(face, 16.0)}, text
        assert by_text[text]._p.pPr.ind.get(qn("w:firstLineChars")) == "200", text
    assert by_text["兰溪市司法局："]._p.pPr.ind is None
    assert document.styles["Normal"].paragraph_format.line_spacing.pt == pytest.approx(28.95)
    day = by_text["2026年7月6日"]._p.pPr.ind
    assert day.get(qn("w:rightChars")) == "400"
    rare = faces(by_text["（联系人：张赟，电话：0579-1234567）"])
    assert rare == {("仿宋_GB2312", 16.0), ("仿宋", 16.0)}
    imprint = document.tables[-1]._tbl
    lines = {
        line.tag.rpartition("}")[2]: line.get(qn("w:sz")) for line in imprint.tblPr.find(qn("w:tblBorders"))
    }
    assert lines == {"top": "8", "bottom": "8", "insideH": "6"}
    assert imprint.tblPr.find(qn("w:tblpPr")).get(qn("w:tblpYSpec")) == "bottom"


def test_a_letter_has_double_red_lines_its_number_right_and_no_number_on_its_first_page() -> None:
    letter = replace(PAPER, form=Form.LETTER)
    document = word(letter)
    section = document.sections[0]
    assert section.different_first_page_header_footer
    mark = section.first_page_header.paragraphs[0]
    assert mark.text == letter.office
    assert round(section.header_distance.mm) == 30 and round(section.footer_distance.mm) == 20
    upper = mark._p.pPr.find(qn("w:pBdr")).find(qn("w:bottom"))
    lower = section.first_page_footer.paragraphs[0]._p.pPr.find(qn("w:pBdr")).find(qn("w:bottom"))
    assert [line.get(qn("w:val")) for line in (upper, lower)] == ["thickThinSmallGap", "thinThickSmallGap"]
    assert section.first_page_footer.paragraphs[0].text == ""
    number = document.paragraphs[0]
    assert number.text == "特急\t兰督〔2026〕3号"
    assert [round(stop.position.mm) for stop in number.paragraph_format.tab_stops] == [156]
    assert document.tables[-1]._tbl.tblPr.find(qn("w:tblBorders")) is None
    assert not any("印发" in text for text in texts(document))
    shown = pages(letter)
    assert "—1—" not in shown[0] and all(f"—{at}—" in text for at, text in enumerate(shown[1:], start=2))
    assert "抄送：市政府办公室，市监察委员会。" in shown[-1] and not any("印发" in text for text in shown)
    with pypdfium2.PdfDocument(render_pdf(letter)) as pdf:
        red = [
            [box for box in (part.get_bounds() for part in page.get_objects()) if box[2] - box[0] > 480]
            for page in pdf
        ]
    assert [len(lines) for lines in red] == [4] + [0] * (len(shown) - 1)
    assert {round((right - left) / 72 * 25.4) for left, _, right, _ in red[0]} <= {170, 171}


@pytest.mark.parametrize("form", Form)
def test_the_pdf_says_everything_on_a4_in_embedded_faces(form: Form) -> None:
    paper = replace(PAPER, form=form)
    shown = pages(paper)
    whole = "".join(shown)
    for words in (*SAID.split(), "".join(title_lines(paper.title)), paper.signed_by):
        assert words in whole, words
    raw = render_pdf(paper)
    assert b"/FontFile3" in raw and b"pdfaid" in raw
    with pypdfium2.PdfDocument(raw) as pdf:
        assert {tuple(round(side / 72 * 25.4) for side in page.get_size()) for page in pdf} == {(210, 297)}


def test_the_imprint_stands_on_an_even_page_and_is_not_numbered_behind_an_empty_one() -> None:
    short = replace(PAPER, paragraphs=PAPER.paragraphs[:1], facts=(), annexes=())
    first, second = pages(short)
    assert first.endswith("—1—") and "印发" in second and second.endswith("—2—")
    for lines in range(20, 45):  # until the body fills its last, even, page to the foot
        shown = pages(replace(short, paragraphs=tuple(Paragraph(f"第{at}项。") for at in range(lines))))
        assert len(shown) % 2 == 0 and "印发" in shown[-1]
        if not shown[-2].strip():
            assert "—" not in shown[-1] and shown[-3].endswith(f"—{len(shown) - 2}—")
            break
    else:
        pytest.fail("no length left an empty page")


@pytest.mark.parametrize("form", Form)
def test_words_never_break_out_of_their_place(form: Form) -> None:
    paper = Paper(
        form=form, office=f"市{NASTY}", number=NASTY, title=NASTY, addressee=NASTY, paragraphs=(Paragraph(NASTY),),
        signed_by=NASTY, signed_on=date(2026, 1, 2), facts=((NASTY, f"=cmd|'/C calc'!A0\n{NASTY}"),), annexes=(NASTY,),
        contact=NASTY, copies_to=(NASTY,), printed_by=NASTY, printed_on=date(2026, 1, 2), urgency=NASTY,
    )  # fmt: skip
    document = word(paper)
    assert NASTY in [paragraph.text for paragraph in document.paragraphs]
    assert NASTY in [cell.text for cell in document.tables[0].column_cells(0)]
    whole = "".join("".join(pages(paper)).split())
    assert whole.count("#panic()") >= (10 if form == Form.OFFICIAL else 9)
    assert "=cmd|'/Ccalc'!A0" in whole and "{{7*7}}" in whole


def test_rare_characters_long_paragraphs_and_what_no_paper_can_hold() -> None:
    paper = replace(
        PAPER,
        paragraphs=(
            Paragraph("张赟、㛃、𠮷、𬭎、😀、\ue000。"),
            Paragraph("上\x00一\x1f行\ud800\u202e\r\n下一行"),
            Paragraph("长" * 10_000),
            Paragraph("http://" + "a" * 400),
        ),
        facts=(("说明", "表" * 4_000),),
    )
    shown = [text for text in texts(word(paper)) if text]
    assert {"张赟、㛃、𠮷、𬭎、😀、\ue000。", "上一行", "下一行", "长" * 10_000} <= set(shown)
    whole = "".join(pages(paper))
    assert whole.count("长") == 10_000 and whole.count("表") >= 4_000 and whole.count("a") >= 400
    for name in ("赟", "㛃", "𬭎", "上一行", "下一行"):
        assert name in whole, name


def test_the_same_paper_gives_the_same_bytes_and_another_paper_others() -> None:
    for render in (render_docx, render_pdf):
        assert render(PAPER) == render(replace(PAPER))
        assert render(PAPER) != render(replace(PAPER, number="兰督〔2026〕4号"))
    with zipfile.ZipFile(io.BytesIO(render_docx(PAPER))) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_paper_not_yet_issued_leaves_the_places_of_number_and_date_blank() -> None:
    draft = replace(PAPER, number="", signed_on=None, printed_on=None)
    assert "    年  月  日" in texts(word(draft))
    whole = "".join(pages(draft))
    assert "〔" not in whole and "年月日" in whole.replace(" ", "")
    bare = Paper(Form.OFFICIAL, "", "", "", "", (), "", None)
    assert word(bare) and len(pages(bare)) == 1


@pytest.mark.parametrize(
    ("name", "indents"),
    [
        # Centred on the date, which stands four characters from the edge; too long for that, it takes the date along.
        ("兰溪市人民政府督查室", (2.0, 4.0)),
        ("督查室", (5.5, 4.0)),
        ("兰溪市优化营商环境暨法治政府建设工作领导小组办公室", (0.0, 9.5)),
    ],
)
def test_who_signs_stands_centred_above_the_date(name: str, indents: tuple[float, float]) -> None:
    found = sign_off(replace(PAPER, signed_by=name))
    assert (found.name_indent, found.date_indent) == indents
    assert found.name_indent + width_of(name) / 2 == found.date_indent + width_of(found.date) / 2


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("督办通知单", ["督办通知单"]),
        (
            "关于督促办理“一网通办”改革重点事项并按期报送办结报告的督办通知",
            ["关于督促办理“一网通办”改革重点", "事项并按期报送办结报告的督办通知"],
        ),
        ("第一行\n第二行", ["第一行", "第二行"]),
        (
            "关于《兰溪市行政执法公示办法》落实情况的通报",
            ["关于《兰溪市行政执法公示办法》", "落实情况的通报"],
        ),
    ],
)
def test_a_title_is_parted_between_words(title: str, lines: list[str]) -> None:
    assert title_lines(title) == lines


def test_no_line_of_a_title_is_wider_than_the_page_and_nothing_of_it_is_lost() -> None:
    for length in range(1, 120):
        title = ("关于进一步做好ABC专项行动整改（第2批）事项的督办通知" * 6)[:length]
        lines = title_lines(title)
        assert "".join(lines) == title
        assert all(width_of(line) <= 20 for line in lines), lines


def test_printing_drops_only_what_cannot_be_printed() -> None:
    shown = printable(replace(PAPER, addressee=" 市 司法局\n法规处：", copies_to=("", " 甲 ")))
    assert (shown.addressee, shown.copies_to) == ("市 司法局 法规处", ("甲",))
    assert [label for label, _ in shown.facts] == ["督办事项", "办理时限"]
