"""The breakdown table goes out and comes back the same."""

import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from docx import Document

from engine.plans import breakdown, editing
from engine.plans import service as plans
from engine.plans.breakdown import HEADER, Breakdown
from engine.plans.limit_forms import LimitForm
from engine.plans.models import LimitKind
from engine.plans.parsing import parse_document, without_assignments
from tests.engine.plans.sample import Town

#: Every sample that holds key tasks.
PLANS = sorted(
    path.with_suffix(".txt")
    for path in (Path(__file__).parent / "samples").glob("*.json")
    if path.with_suffix(".txt").exists() and json.loads(path.read_text("utf-8"))["tasks"]
)
WRITERS = pytest.mark.parametrize(
    ("write", "name"),
    [(breakdown.to_xlsx, "分解表.xlsx"), (breakdown.to_docx, "分解表.docx")],
    ids=["xlsx", "docx"],
)


def _exported(town: Town, plan_id: int) -> Breakdown:
    plan = next(plan for plan in town.all(plans.Plan) if plan.id == plan_id)
    return breakdown.of_plan(town.view(plan))


@WRITERS
def test_a_plan_comes_back_as_it_went_out(town: Town, write: Callable[[Breakdown], bytes], name: str) -> None:
    plan = town.imported()
    sent = _exported(town, plan.id)
    draft = plans.read(write(sent), name)
    again = town.do(plans.import_document, draft, file_name=name)
    back = _exported(town, again.id)
    assert back.rows == sent.rows
    assert back.facts == sent.facts
    assert back.title == sent.title


@WRITERS
def test_what_a_person_settled_comes_back_too(
    town: Town, write: Callable[[Breakdown], bytes], name: str
) -> None:
    plan = town.imported()
    entry = town.entry(plan, 3)
    for form in (
        LimitForm(LimitKind.DATE, {"on": "2026-09-30"}),
        LimitForm(LimitKind.CADENCE, {"period": "quarter"}),
        LimitForm(LimitKind.EVENT, {"days": 7, "counting": "working_days", "event": "投诉受理之日"}),
        LimitForm(LimitKind.DAYS, {"days": 20, "counting": "calendar_days"}),
    ):
        town.do(editing.set_limit, plan.id, entry.row.id, form)
    sent = _exported(town, plan.id)
    again = town.do(plans.import_document, plans.read(write(sent), name), file_name=name)
    forms = {(limit.kind, tuple(sorted(limit.data.items()))) for limit in town.entry(again, 3).limits}
    assert forms == {
        ("date", (("on", "2026-09-30"),)),
        ("cadence", (("period", "quarter"),)),
        ("event", (("counting", "working_days"), ("days", 7), ("event", "投诉受理之日"))),
        ("days", (("counting", "calendar_days"), ("days", 20))),
    }


def test_a_spreadsheet_holds_no_formulas() -> None:
    table = Breakdown("=1+1", (), (("1", "", '=HYPERLINK("x")', "+1", "-", "@", "", "", "", ""),))
    sheet = openpyxl.load_workbook(io.BytesIO(breakdown.to_xlsx(table))).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert '=HYPERLINK("x")' in {cell.value for cell in cells}


def test_a_document_repeats_its_header_and_merges_a_category() -> None:
    rows = tuple(
        (str(n), "政务公开", f"任务{n}", "内容", "市司法局", "市财政局", "", "", "2026年6月30日前", "")
        for n in (1, 2)
    )
    paper = Document(io.BytesIO(breakdown.to_docx(Breakdown("方案", (), rows))))
    (table,) = paper.tables
    assert [cell.text for cell in table.rows[0].cells] == list(HEADER)
    assert table.cell(1, 1)._tc is table.cell(2, 1)._tc
    assert table.cell(1, 1).text == "政务公开"


@pytest.mark.parametrize(
    ("raw", "form", "shown"),
    [
        ("2026年6月30日前", LimitForm(LimitKind.DATE, {"on": "2026-06-30"}), "2026年6月30日前"),
        ("年底前", LimitForm(LimitKind.DATE, {"on": "2026-12-31"}), "2026年12月31日前"),
        ("年底前", LimitForm(LimitKind.DATE, {"on": "2026-11-30"}), "2026年11月30日前"),
        ("每季度", LimitForm(LimitKind.CADENCE, {"period": "quarter"}), "每季度报告"),
        ("每月10日前", LimitForm(LimitKind.CADENCE, {"period": "month", "day": 10}), "每月10日前"),
        ("每月10日前", LimitForm(LimitKind.CADENCE, {"period": "month"}), "每月报告"),
        ("每年不少于2次", LimitForm(LimitKind.CADENCE, {"period": "year", "count": 2}), "每年不少于2次"),
        ("周", LimitForm(LimitKind.CADENCE, {"period": "week"}), "每周报告"),
        ("2026年6\n月底前", LimitForm(LimitKind.DATE, {"on": "2026-06-30"}), "2026年6 月底前"),
        ("长期坚持", LimitForm(LimitKind.CADENCE, {"period": "quarter", "ongoing": True}), "长期坚持"),
        ("依法限期", LimitForm(LimitKind.OPEN), "依法限期"),
        ("", LimitForm(LimitKind.DAYS, {"days": 5, "counting": "working_days"}), "交办之日起5个工作日内"),
    ],
)
def test_a_limit_says_by_itself_what_was_settled(raw: str, form: LimitForm, shown: str) -> None:
    assert breakdown.limit_text(raw, form) == shown


@pytest.mark.parametrize(
    ("text", "number", "content"),
    [
        ("1.编制清单。（牵头单位：市司法局，责任单位：市财政局）", 1, "编制清单。"),
        ("（十二）编制清单\n牵头单位：市司法局\n责任单位：市财政局", 12, "编制清单"),
        ("11开展清理(责任单位:市财政局", 11, "开展清理"),
        ("由市司法局牵头，市财政局配合。", 1, "由市司法局牵头，市财政局配合。"),
        ("（责任单位：市财政局）", 1, "（责任单位：市财政局）"),
    ],
)
def test_the_text_leaves_out_what_has_a_column(text: str, number: int, content: str) -> None:
    assert without_assignments(text, number) == content


def test_a_date_is_written_as_officials_write_it() -> None:
    assert breakdown.chinese_date(date(2026, 2, 6)) == "2026年2月6日"


@WRITERS
def test_every_sample_comes_back(town: Town, write: Callable[[Breakdown], bytes], name: str) -> None:
    for sample in PLANS:
        plan = town.do(plans.import_document, plans.read(sample.read_bytes(), sample.name))
        sent = _exported(town, plan.id)
        again = town.do(plans.import_document, parse_document(write(sent), name), file_name=name)
        back = _exported(town, again.id)
        for mine, theirs in zip(sent.rows, back.rows, strict=True):
            assert dict(zip(HEADER, theirs, strict=True)) == dict(zip(HEADER, mine, strict=True)), sample.stem
        assert (back.facts, back.title) == (sent.facts, sent.title), sample.stem


@WRITERS
def test_what_a_person_typed_never_breaks_the_file(
    town: Town, write: Callable[[Breakdown], bytes], name: str
) -> None:
    plan = town.imported()
    row = town.entry(plan, 1).row
    town.do(editing.edit, plan.id, row.id, title="甲\x01乙\uffff", text="丙\x0b丁\x1f")
    assert "甲 乙" in "".join(plans.read(write(_exported(town, plan.id)), name).text)


def test_a_cell_beyond_what_a_spreadsheet_holds_is_cut_and_not_lost() -> None:
    table = Breakdown("表", (), (("1", "", "长" * 40_000, "", "", "", "", "", "", ""),))
    sheet = openpyxl.load_workbook(io.BytesIO(breakdown.to_xlsx(table))).active
    assert sheet is not None
    assert max(len(str(cell.value or "")) for row in sheet.iter_rows() for cell in row) == 32_767
