"""A paper as a Word document: GB/T 9704-2012 in Word's own terms, to be opened, sealed or changed by an office.

The faces are named as offices have them (方正小标宋简体, 仿宋_GB2312 …); characters outside GB 2312, as in many names,
get the wider face of the same kind. 版记 stands at the foot of the last page; that it be an even one, Word cannot know.
"""

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor, Twips

from engine.notices.document.paper import (
    Form,
    Paper,
    chinese_date,
    mark_points,
    printable,
    sign_off,
    title_lines,
)

SONG_TITLE, FANG, KAI, HEI, SONG = "方正小标宋简体", "仿宋_GB2312", "楷体_GB2312", "黑体", "宋体"
#: Faces for what GB 2312 does not hold.
_WIDER = {SONG_TITLE: "宋体", FANG: "仿宋", KAI: "楷体"}
_LEVEL_FACE = {1: HEI, 2: KAI}

#: 22 lines of 28 characters in 156 × 225 mm; 29 points exactly would push out the 22nd line.
LINE, BODY = 28.95, 16.0
CHARACTER = 15.79
RED = RGBColor(0xFF, 0, 0)
#: Word stores when a file was made; the paper's own date says that.
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - the format takes it so
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def render_docx(paper: Paper) -> bytes:
    """The paper as .docx; the same paper gives the same bytes."""
    paper = printable(paper)
    document = Document()
    _set_up(document, paper)
    if paper.form == Form.LETTER:
        _letter_head(document, paper)
    else:
        _official_head(document, paper)
    _title(document, paper)
    _body(document, paper)
    _end(document, paper)
    _imprint(document, paper)
    return _packed(document)


def _set_up(document: Any, paper: Paper) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Twips(2098), Twips(1984)
    section.left_margin, section.right_margin = Twips(1587), Twips(1474)
    section.footer_distance = Mm(23)
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is None:
        grid = _child(section._sectPr, "w:docGrid")
    _set(grid, {"w:type": "linesAndChars", "w:linePitch": "579", "w:charSpace": "-849"})
    normal = document.styles["Normal"]
    normal.font.size = Pt(BODY)
    _face(normal.element.get_or_add_rPr(), FANG)
    _set(_child(normal.element.get_or_add_rPr(), "w:lang"), {"w:val": "zh-CN", "w:eastAsia": "zh-CN"})
    normal.paragraph_format.space_before = normal.paragraph_format.space_after = Pt(0)
    _spaced(normal.paragraph_format, LINE)
    _set(document.settings.element.find(qn("w:themeFontLang")), {"w:val": "zh-CN", "w:eastAsia": "zh-CN"})
    document.settings.odd_and_even_pages_header_footer = True
    _page_number(section.footer, WD_ALIGN_PARAGRAPH.RIGHT)
    _page_number(section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT)
    properties = document.core_properties
    properties.title, properties.author = paper.title.replace("\n", "")[:255], paper.office[:255]
    properties.comments, properties.last_modified_by, properties.language = "", "", "zh-CN"
    properties.created = properties.modified = _MADE


def _official_head(document: Any, paper: Paper) -> None:
    if paper.urgency:
        _write(document.add_paragraph(), paper.urgency, HEI)
    mark = document.add_paragraph()
    _mark(mark, paper)
    mark.paragraph_format.space_before = Pt(Mm(35).pt - (LINE if paper.urgency else 0))
    number = document.add_paragraph()
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    number.paragraph_format.space_before = Pt(2 * LINE)
    _write(number, paper.number)
    _border(number, "bottom", "single", eighths=18, space=11)


def _letter_head(document: Any, paper: Paper) -> None:
    """The mark and the double lines belong to the first page: they stand in its header and footer."""
    section = document.sections[0]
    section.different_first_page_header_footer = True
    section.header_distance = Mm(30)
    mark = section.first_page_header.paragraphs[0]
    _mark(mark, paper)
    _border(mark, "bottom", "thickThinSmallGap", eighths=24, space=11)
    section.footer_distance = Mm(20)
    _page_number(section.footer, WD_ALIGN_PARAGRAPH.RIGHT, below=Pt(8.5))
    _page_number(section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT, below=Pt(8.5))
    foot = section.first_page_footer.paragraphs[0]
    _spaced(foot.paragraph_format, 6)
    _border(foot, "bottom", "thinThickSmallGap", eighths=24, space=1)
    for line in (mark, foot):  # 170 mm, centred on the page, while the text is 156 mm wide
        line.paragraph_format.left_indent, line.paragraph_format.right_indent = Mm(-8), Mm(-6)
    number = document.add_paragraph()
    number.paragraph_format.space_before = Pt(BODY * 7 / 8)
    number.paragraph_format.tab_stops.add_tab_stop(Mm(156), alignment=2)
    _write(number, paper.urgency, HEI)
    number.add_run("\t")
    _write(number, paper.number)


def _mark(paragraph: Any, paper: Paper) -> None:
    paragraph.style = "Normal"
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    size = mark_points(paper.office)
    _spaced(paragraph.paragraph_format, size * 1.2)
    _write(paragraph, paper.office, SONG_TITLE, size, color=RED)


def _title(document: Any, paper: Paper) -> None:
    lines = title_lines(paper.title)
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_before = Pt(2 * LINE)
    title.paragraph_format.keep_with_next = True
    _spaced(title.paragraph_format, 33)
    _outline(title, 0)
    for at, line in enumerate(lines):
        if at:
            title.add_run().add_break()
        _write(title, line, SONG_TITLE, 22)
    if paper.addressee:
        addressee = document.add_paragraph()
        addressee.paragraph_format.space_before = Pt(LINE)
        _write(addressee, f"{paper.addressee}：")


def _body(document: Any, paper: Paper) -> None:
    facts_to_come = paper.facts
    for number, given in enumerate(paper.paragraphs):
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        if number == 0 and not paper.addressee:
            paragraph.paragraph_format.space_before = Pt(LINE)
        _indent(paragraph, first=2)
        if given.level in _LEVEL_FACE:
            paragraph.paragraph_format.keep_with_next = True
            _outline(paragraph, given.level)
        _write(paragraph, given.text, _LEVEL_FACE.get(given.level, FANG))
        if facts_to_come:
            _facts(document, facts_to_come)
            facts_to_come = ()
    if facts_to_come:
        _facts(document, facts_to_come)


def _facts(document: Any, facts: tuple[tuple[str, str], ...]) -> None:
    table = document.add_table(rows=0, cols=2)
    table.style = "Table Grid"
    table.autofit = False
    for label, value in facts:
        cells = table.add_row().cells
        for cell, width, text, face in ((cells[0], 34, label, HEI), (cells[1], 122, value, FANG)):
            cell.width = Mm(width)
            for at, line in enumerate(text.split("\n")):
                paragraph = cell.paragraphs[0] if at == 0 else cell.add_paragraph()
                _write(paragraph, line, face)


def _end(document: Any, paper: Paper) -> None:
    """附件说明, 署名, 成文日期, 附注."""
    last = document.paragraphs[-1]
    for at, annex in enumerate(paper.annexes):
        last = document.add_paragraph()
        if at == 0:
            last.paragraph_format.space_before = Pt(LINE)
        single = len(paper.annexes) == 1
        words = ("附件：" if at == 0 else "") + (annex if single else f"{at + 1}. {annex}")
        left = 5 if single else 6
        _indent(last, left=left, first=(2 if at == 0 else 5) - left)
        _write(last, words)
    last.paragraph_format.keep_with_next = True
    signature = sign_off(paper)
    name, day = document.add_paragraph(), document.add_paragraph()
    name.paragraph_format.space_before = Pt(2 * LINE)
    name.paragraph_format.keep_with_next = True
    for paragraph, text, indent in (
        (name, signature.name, signature.name_indent),
        (day, signature.date, signature.date_indent),
    ):
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        _indent(paragraph, right=indent)
        _write(paragraph, text)
    if paper.contact:
        day.paragraph_format.keep_with_next = True
        contact = document.add_paragraph()
        _indent(contact, first=2)
        _write(contact, f"（{paper.contact}）")


def _imprint(document: Any, paper: Paper) -> None:
    """版记: a table without sides at the foot of the page on which the paper ends. A letter's has no lines."""
    letter = paper.form == Form.LETTER
    rows = []
    if paper.copies_to:
        rows.append((f"抄送：{'，'.join(paper.copies_to)}。", ""))
    if not letter and (paper.printed_by or paper.printed_on):
        printed = f"{chinese_date(paper.printed_on)}印发" if paper.printed_on else ""
        rows.append((paper.printed_by, printed))
    if not rows:
        return
    table = document.add_table(rows=len(rows), cols=2)
    table.autofit = False
    place = OxmlElement("w:tblpPr")
    _set(place, {"w:horzAnchor": "margin", "w:vertAnchor": "margin"})
    _set(place, {"w:tblpXSpec": "center", "w:tblpYSpec": "bottom"})
    table._tbl.tblPr.find(qn("w:tblW")).addprevious(place)
    if not letter:
        borders = OxmlElement("w:tblBorders")
        table._tbl.tblPr.find(qn("w:tblLayout")).addprevious(borders)
        for side, eighths in (("top", 8), ("bottom", 8), ("insideH", 6)):
            line = {"w:val": "single", "w:sz": str(eighths), "w:space": "0", "w:color": "000000"}
            _set(_child(borders, f"w:{side}"), line)
    for row, (left, right) in zip(table.rows, rows, strict=True):
        cell, other = row.cells
        cell.width, other.width = Mm(100), Mm(56)
        if not right:
            cell = cell.merge(other)
        _imprint_words(cell.paragraphs[0], left)
        if left.startswith("抄送："):
            _indent(cell.paragraphs[0], left=4, right=1, first=-3, character=14)
        if right:
            other.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
            _imprint_words(other.paragraphs[0], right)
    anchor = document.add_paragraph()
    _spaced(anchor.paragraph_format, 1)


def _imprint_words(paragraph: Any, text: str) -> None:
    _indent(paragraph, left=1, right=1, character=14)
    _write(paragraph, text, FANG, 14)


def _page_number(footer: Any, side: Any, below: Any = None) -> None:
    """—1—, 四号 half-width 宋体, one character from the outer edge."""
    paragraph = footer.paragraphs[0]
    for run in list(paragraph.runs):
        run._r.getparent().remove(run._r)
    paragraph.style = "Normal"
    paragraph.alignment = side
    right = side == WD_ALIGN_PARAGRAPH.RIGHT
    _indent(paragraph, left=0 if right else 1, right=1 if right else 0, character=14)
    _spaced(paragraph.paragraph_format, 14)
    paragraph.paragraph_format.space_after = below
    _write(paragraph, "—", SONG, 14)
    for kind, text in (("begin", None), (None, "PAGE"), ("separate", None), ("shown", "1"), ("end", None)):
        run = paragraph.add_run()
        run.font.size = Pt(14)
        _face(run._r.get_or_add_rPr(), SONG)
        if kind is None:
            instruction = _child(run._r, "w:instrText")
            instruction.text = text
        elif kind == "shown":
            run.text = text
        else:
            _set(_child(run._r, "w:fldChar"), {"w:fldCharType": kind})
    _write(paragraph, "—", SONG, 14)


def _write(paragraph: Any, text: str, face: str = FANG, size: float = BODY, color: Any = None) -> None:
    for words, kind in _by_face(text, face):
        run = paragraph.add_run(words)
        run.font.size = Pt(size)
        if color is not None:
            run.font.color.rgb = color
        _face(run._r.get_or_add_rPr(), kind)


def _by_face(text: str, face: str) -> Iterator[tuple[str, str]]:
    """The text in stretches that one face holds."""
    for rare, chars in groupby(text, key=_is_rare):
        yield "".join(chars), _WIDER.get(face, face) if rare else face


def _is_rare(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return True
    return False


def _face(properties: Any, face: str) -> None:
    fonts = properties.get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    _set(fonts, {"w:ascii": face, "w:hAnsi": face, "w:eastAsia": face, "w:cs": face, "w:hint": "eastAsia"})


def _spaced(format: Any, points: float) -> None:
    format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    format.line_spacing = Pt(points)


def _indent(
    paragraph: Any, *, left: float = 0, right: float = 0, first: float = 0, character: float = CHARACTER
) -> None:
    """Indents in characters. Word keeps both: the count, which follows the size, and its twips."""
    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
    for name, count in (
        ("left", left),
        ("right", right),
        ("firstLine" if first >= 0 else "hanging", abs(first)),
    ):
        if count:
            _set(
                indent,
                {f"w:{name}Chars": str(round(count * 100)), f"w:{name}": str(round(count * character * 20))},
            )


def _outline(paragraph: Any, level: int) -> None:
    """Lets Word's navigation and a screen reader find the paragraph as a heading."""
    paragraph._p.get_or_add_pPr().get_or_add_outlineLvl().val = level


def _border(paragraph: Any, side: str, kind: str, *, eighths: int, space: int) -> None:
    """A red line under a paragraph; ``eighths`` of a point thick, ``space`` points from the text."""
    properties = paragraph._p.get_or_add_pPr()
    borders = OxmlElement("w:pBdr")
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:snapToGrid", "w:spacing", "w:ind",
        "w:jc", "w:outlineLvl", "w:rPr",
    )  # fmt: skip
    line = {"w:val": kind, "w:sz": str(eighths), "w:space": str(space), "w:color": "FF0000"}
    _set(_child(borders, f"w:{side}"), line)


def _child(parent: Any, name: str) -> Any:
    made = OxmlElement(name)
    parent.append(made)
    return made


def _set(element: Any, values: dict[str, str]) -> None:
    for name, value in values.items():
        element.set(qn(name), value)


def _packed(document: Any) -> bytes:
    """The file with every entry's time fixed, so that it only depends on the paper."""
    written, packed = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return packed.getvalue()
