"""A workbook reads as it shows: merged cells, dates, shares; nothing is evaluated."""

import io
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter
from openpyxl import Workbook

from engine import texts
from engine.errors import UnreadableDocument
from engine.plans.parsing import SourceText, parse_document
from engine.plans.parsing.reading import read_source
from tests.engine.plans.office_files import relations, sheet_book


def _read(book: Workbook) -> SourceText:
    buffer = io.BytesIO()
    book.save(buffer)
    return read_source(buffer.getvalue(), "a.xlsx")


def _cells(source: SourceText, table: int = 0) -> list[list[str]]:
    return [[source.text[c.start : c.end] for c in row] for row in source.tables[table].rows]


def test_a_list_of_duties_with_merged_cells() -> None:
    book = Workbook()
    sheet = book.active
    sheet.title = "任务清单"
    sheet.merge_cells("A1:D1")
    sheet["A1"] = "甲市2026年重点任务清单"
    for row in (
        ["序号", "类别", "任务\n内容", "责任单位"],
        [1, "甲类", "一项", "市甲局"],
        [2, None, "二项", "市乙局"],
    ):
        sheet.append(row)
    sheet.merge_cells("B3:B4")
    source = _read(book)
    assert source.text == (
        "甲市2026年重点任务清单\n序号\t类别\t任务 内容\t责任单位\n1\t甲类\t一项\t市甲局\n2\t\t二项\t市乙局"
    )
    assert _cells(source)[2] == ["2", "甲类", "二项", "市乙局"]
    assert source.tables[0].name == "任务清单"
    place = source.place_of(source.tables[0].rows[2][3])
    assert place is not None
    assert place.to_dict() == {"sheet": "任务清单", "cell": "D4"}


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (3.0, "General", "3"), (0.1 + 0.2, "General", "0.3"), (0.8, "0%", "80%"), (0.855, "0.0%", "85.5%"),
        (1200, "#,##0", "1200"), (7, "000", "007"), (5, '"第"0"项"', "第5项"), (7.5, "0.00", "7.5"),
        (True, "General", "TRUE"),
        (date(2026, 6, 30), "yyyy-mm-dd", "2026年6月30日"), (date(2026, 6, 30), "m月d日", "2026年6月30日"),
        (datetime(2026, 6, 30, 9, 5), "yyyy-mm-dd h:mm", "2026年6月30日 9:05"),
        (date(2026, 6, 1), 'yyyy"年"m"月"', "2026年6月"),
        (date(2026, 6, 30), '[$-804]yyyy"年"m"月"d"日";@', "2026年6月30日"), (12, '[Red]"未完成"0', "12"),
    ],
)  # fmt: skip
def test_numbers_are_shown_as_the_sheet_shows_them(value: Any, form: str, shown: str) -> None:
    book = Workbook()
    sheet = book.active
    sheet["A1"], sheet["B1"], sheet["A2"], sheet["B2"] = "名称", "数值", "甲", value
    sheet["B2"].number_format = form
    assert _cells(_read(book))[1][1] == shown


def test_formulas_hidden_sheets_and_hidden_rows() -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet, secret = book.add_worksheet("总表"), book.add_worksheet("底稿")
    secret.write(0, 0, "不应读到")
    secret.hide()
    for row, values in enumerate((["序号", "任务", "得分"], [1, "甲", ""], [2, "乙", ""])):
        sheet.write_row(row, 0, values)
    sheet.write_formula("C2", "=1+1", value=2)
    sheet.write_formula("C3", '=WEBSERVICE("http://x")', value="无")
    sheet.set_row(2, None, None, {"hidden": True})
    book.close()
    source = read_source(buffer.getvalue(), "a.xlsx")
    assert source.text == "序号\t任务\t得分\n1\t甲\t2\n2\t乙\t无"
    assert [code for code, _ in source.remarks] == ["hidden_rows", "hidden_sheet"]
    assert "底稿" in source.remarks[1][1]


def test_a_formula_without_a_stored_value_is_empty_and_named() -> None:
    book = Workbook()
    book.active["A1"], book.active["B1"], book.active["A2"], book.active["B2"] = (
        "任务",
        "得分",
        "甲",
        "=SUM(1,2)",
    )
    source = _read(book)
    assert source.text == "任务\t得分\n甲\t"
    assert [code for code, _ in source.remarks] == ["formula_without_value"]
    assert "B2" in source.remarks[0][1]


def test_several_sheets_and_progress() -> None:
    book = Workbook()
    for name in ("一", "二"):
        sheet = book.create_sheet(name)
        sheet.append(["任务", "单位"])
        sheet.append([f"{name}项", "市甲局"])
    del book["Sheet"]
    buffer = io.BytesIO()
    book.save(buffer)
    steps: list[tuple[int, int]] = []
    source = read_source(buffer.getvalue(), "a.xlsx", lambda done, total: steps.append((done, total)))
    assert [table.name for table in source.tables] == ["一", "二"]
    assert steps == [(1, 2), (2, 2)]


def test_far_away_cells_cost_nothing() -> None:
    """A sheet that claims all rows and columns, a cell in its last corner, a merge over all of it."""
    source = read_source(
        sheet_book(
            '<dimension ref="A1:XFD1048576"/><sheetData>'
            '<row r="1"><c r="A1" t="inlineStr"><is><t>任务</t></is></c><c r="B1" t="str"><v>单位</v></c></row>'
            '<row r="1048576"><c r="A1048576" t="str"><v>甲</v></c><c r="XFD1048576"><v>5</v></c></row></sheetData>'
            '<mergeCells><mergeCell ref="A1:XFD1048575"/></mergeCells>'
        ),
        "a.xlsx",
    )
    assert source.text.endswith("甲\t\t5")
    assert len(source.tables[0].rows[0]) == 3


def test_one_long_text_in_countless_cells_is_refused_at_once() -> None:
    """A workbook stores it once; cleaned for every cell it would be a thousand million characters."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strings = f'<sst xmlns="{main}"><si><t>{"长短" * 30_000}</t></si></sst>'
    related = relations(worksheet1="worksheets/sheet1.xml", sharedStrings="sharedStrings.xml")
    rows = '<row><c t="s"><v>0</v></c><c t="s"><v>0</v></c></row>' * 10_000
    extra = {"xl/sharedStrings.xml": strings, "xl/_rels/workbook.xml.rels": related}
    book = sheet_book(f"<sheetData>{rows}</sheetData>", extra=extra)
    with pytest.raises(UnreadableDocument) as refused:
        read_source(book, "a.xlsx")
    assert refused.value.code == "plans.text_too_long"


def test_what_a_person_should_know_of_the_file_is_a_note_in_both_languages() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["序号", "重点任务", "责任单位", "完成时限"], [1, "编制清单", "市财政局", "2026年6月底前"]):
        sheet.append(row)
    book.create_sheet("底稿").sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    draft = parse_document(out.getvalue(), "任务.xlsx")
    assert len(draft.key_tasks) == 1
    (note,) = (note for note in draft.notes if note.code == "hidden_sheet")
    assert note.text == "工作表“底稿”已隐藏，未读取"
    assert texts.stored(note.text, "en") == "The sheet “底稿” is hidden and was not read"
