"""The breakdown table 任务分解表 of a plan, as .xlsx and .docx: what officials pass on, and what reads back.

The table says what was settled, in words that the parser reads to the same: a limit keeps the document's
words only where these alone say it (2026年6月30日前), else it is written out. What became a column of its own
(the number, a bracket that names units) is left out of the text. Units stand as the document
names them, so that a group expression stays one. Pure: no database.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import xlsxwriter
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import _Cell, _Row

from engine.plans import limit_forms
from engine.plans.limit_forms import LimitForm
from engine.plans.models import LimitKind, PartRole, PartState
from engine.plans.parsing import read_limits, without_assignments
from engine.plans.parsing.reading.builder import clean
from engine.plans.queries import limit_form
from engine.plans.views import PlanView

NAME = "任务分解表"
HEADER = (
    "序号",
    "类别",
    "任务名称",
    "任务内容",
    "牵头单位",
    "责任单位",
    "配合单位",
    "督导单位",
    "完成时限",
    "指标",
)
#: Relative widths of the columns.
WIDTHS = (6, 14, 24, 52, 18, 26, 18, 14, 20, 20)
_ROLES = (PartRole.LEAD, PartRole.RESPONSIBLE, PartRole.COOPERATING, PartRole.SUPERVISING)
#: Between several limits or figures in one cell; units are parted by 、 as in the document.
_BETWEEN = "；"
#: 日监测、周调度、月通报: what stands of the limit when the rest is the duty.
_SHORT = ("日", "周", "月", "季", "季度", "年")
_LINE_END = re.compile(r"\s*\n\s*")
_IN_NUMBER = re.compile(r"(?<=\d)[ \u3000]*\n[ \u3000]*(?=\d)")
#: What a spreadsheet holds in one cell; xlsxwriter leaves a longer text out whole.
_LONGEST_CELL = 32_767
_SONG, _HEI, _FANGSONG = "宋体", "黑体", "仿宋_GB2312"


@dataclass(frozen=True)
class Breakdown:
    """The table and what stands above it. `facts` are lines such as 成文日期：2026年2月10日."""

    title: str
    facts: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = field(default=())

    @property
    def heading(self) -> str:
        return f"{self.title}{NAME}"


def of_plan(seen: PlanView) -> Breakdown:
    """The kept tasks of a plan, confirmed or still a draft, in their order."""
    plan = seen.plan
    signed = plan.signed_on and chinese_date(plan.signed_on)
    facts = (("发文机关", plan.issuer), ("文号", plan.document_number), ("成文日期", signed))
    rows = []
    for entry in seen.kept:
        units = [
            "、".join(part.row.written for part in entry.of_role(role) if part.row.state != PartState.DROPPED)
            for role in _ROLES
        ]
        limits = [limit_text(*limit_form(limit)) for limit in entry.limits]
        figures = dict.fromkeys(one_line(str(one["text"])) for one in entry.row.indicators)
        row = entry.row
        cells = (
            str(row.number),
            row.section,
            row.title,
            one_line(without_assignments(row.text, row.number)),
            *units,
            _BETWEEN.join(limits),
            _BETWEEN.join(figures),
        )
        # What a person typed may hold what no XML takes.
        rows.append(tuple(map(clean, cells)))
    title = clean(plan.title.removesuffix(NAME))
    return Breakdown(title, tuple(clean(f"{name}：{value}") for name, value in facts if value), tuple(rows))


def limit_text(raw: str, form: LimitForm) -> str:
    """The document's words where they alone say what was settled; else the settled limit written out."""
    raw = one_line(raw)
    if raw in _SHORT:
        raw = f"每{raw}"
    read = read_limits(raw)
    says = len(read) == 1 and limit_forms.interpret(read[0], None) == form
    if form.kind is LimitKind.CADENCE:
        # 每季度 alone is a cadence of what? 每季度报告; a day, a count and 长期坚持 are kept.
        says = says and form.data.keys() != {"period"}
    return raw if says else limit_forms.describe(form) or raw


def one_line(text: str) -> str:
    """Line ends as a blank, but none within a number: a cell of a table is read as one line."""
    return _LINE_END.sub(" ", _IN_NUMBER.sub("", text))


def chinese_date(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"


def to_xlsx(table: Breakdown) -> bytes:
    """A spreadsheet for A4 across: the header repeats on each page, equal categories are one merged cell."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet(NAME)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.set_footer("&C第 &P 页，共 &N 页")
    base = {"text_wrap": True, "font_name": _SONG, "font_size": 11}
    title = book.add_format(
        {"bold": True, "align": "center", "valign": "vcenter", "font_name": _SONG, "font_size": 18}
    )
    fact = book.add_format({"font_name": _SONG, "font_size": 11})
    head = book.add_format(
        base | {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "bg_color": "#EDEFF2"}
    )
    cell = book.add_format(base | {"border": 1, "valign": "top", "num_format": "@"})
    middle = book.add_format(base | {"border": 1, "align": "center", "valign": "vcenter", "num_format": "@"})
    last = len(HEADER) - 1
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.merge_range(0, 0, 0, last, table.heading, title)
    sheet.set_row(0, 36)
    for number, text in enumerate(table.facts, 1):
        sheet.write_string(number, 0, text, fact)
    top = len(table.facts) + 1
    for column, name in enumerate(HEADER):
        sheet.write_string(top, column, name, head)
    sheet.repeat_rows(top)
    sheet.freeze_panes(top + 1, 0)
    for number, row in enumerate(table.rows, top + 1):
        for column, text in enumerate(row):
            if column == 0:
                sheet.write_number(number, column, int(text), middle)
            elif column != 1:
                sheet.write_string(number, column, text[:_LONGEST_CELL], cell)
    for first, end, text in _runs([row[1] for row in table.rows]):
        if end > first:
            sheet.merge_range(top + 1 + first, 1, top + 1 + end, 1, text, middle)
        else:
            sheet.write_string(top + 1 + first, 1, text, middle)
    book.close()
    return out.getvalue()


def to_docx(table: Breakdown) -> bytes:
    """A document for A4 across, with the margins of GB/T 9704 turned; the header row repeats on each page."""
    paper: Any = Document()
    section = paper.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.top_margin, section.bottom_margin = Mm(28), Mm(26)
    section.left_margin, section.right_margin = Mm(20), Mm(20)
    _font(paper.styles["Normal"], _FANGSONG, 10.5)
    heading = paper.add_paragraph()
    heading.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _font(heading.add_run(table.heading), _SONG, 18, bold=True)
    for text in table.facts:
        paper.add_paragraph(text)
    grid = paper.add_table(rows=0, cols=len(HEADER))
    grid.style = "Table Grid"
    grid.autofit = False
    share = 257 / sum(WIDTHS)
    for column, width in zip(grid.columns, WIDTHS, strict=True):
        column.width = Mm(width * share)
    _fill(grid.add_row(), HEADER, share, bold=True)
    _repeat(grid.rows[0])
    rows = [grid.add_row() for _ in table.rows]
    runs = _runs([row[1] for row in table.rows])
    shown = {first: text for first, _, text in runs}
    for number, (row, texts) in enumerate(zip(rows, table.rows, strict=True)):
        # Only the first cell of a run keeps its text: merged cells would join theirs.
        _fill(row, (texts[0], shown.get(number, ""), *texts[2:]), share)
    for first, end, _ in runs:
        if end > first:
            _merge_down([rows[number] for number in range(first, end + 1)], 1)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _runs(texts: Sequence[str]) -> list[tuple[int, int, str]]:
    """(first, last, text) of neighbours with the same text; an empty text stays by itself."""
    runs: list[tuple[int, int, str]] = []
    for number, text in enumerate(texts):
        if runs and text and runs[-1][2] == text:
            runs[-1] = (runs[-1][0], number, text)
        else:
            runs.append((number, number, text))
    return runs


def _fill(row: _Row, texts: Sequence[str], share: float, *, bold: bool = False) -> None:
    # row.cells is built anew at every call; the cells are taken from the row itself once.
    for tc, text, width in zip(row._tr.tc_lst, texts, WIDTHS, strict=True):
        cell = _Cell(tc, row)  # type: ignore[arg-type]
        cell.width = Mm(width * share)
        paragraph = cell.paragraphs[0]
        run = paragraph.add_run(text)
        if bold:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            _font(run, _HEI, 10.5)


def _merge_down(rows: Sequence[_Row], column: int) -> None:
    for number, row in enumerate(rows):
        merge = OxmlElement("w:vMerge")
        if number == 0:
            merge.set(qn("w:val"), "restart")
        row._tr.tc_lst[column].get_or_add_tcPr().append(merge)


def _repeat(row: _Row) -> None:
    properties = row._tr.get_or_add_trPr()
    for name in ("w:cantSplit", "w:tblHeader"):
        properties.append(OxmlElement(name))


def _font(of: Any, name: str, points: float, *, bold: bool | None = None) -> None:
    """Word takes the font of Chinese characters from eastAsia alone."""
    of.font.name, of.font.size = name, Pt(points)
    if bold is not None:
        of.font.bold = bold
    of.element.get_or_add_rPr().rFonts.set(qn("w:eastAsia"), name)
