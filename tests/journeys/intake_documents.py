"""What an office receives, each in a state of its own: a Word file with a table, a workbook, a page copied badly."""

import io
from collections.abc import Sequence

import openpyxl
from docx import Document
from openpyxl.styles import Alignment

HEAD = ("序号", "重点任务", "牵头单位", "责任单位", "完成时限")
_PUBLIC = "编制办事指南并向社会公布"
ROWS: Sequence[tuple[str, ...]] = (
    ("1", _PUBLIC, "市行政审批局", "市公安局、市医保局", "2026年5月31日前"),
    ("2", "公开窗口服务承诺，每季度通报一次兑现情况", "同上", "市人社局", "每季度"),
    ("3", "清理无法律法规依据的证明材料", "市司法局", "市公安局市人社局", "2026年9月底前"),
)


def word_with_table() -> bytes:
    """A notice of three paragraphs, and its tasks in a table with a merged column."""
    paper = Document()
    for line in (
        "云川市便民利企专项行动方案", "为让群众和企业办事少跑腿，制定本方案，具体任务见下表。",
    ):  # fmt: skip
        paper.add_paragraph(line)
    table = paper.add_table(rows=0, cols=6)
    for cells in (("类别", *HEAD), *(("事项公开" if row[0] < "3" else "简化环节", *row) for row in ROWS)):
        for cell, text in zip(table.add_row().cells, cells, strict=True):
            cell.text = text
    table.cell(2, 0).text = ""
    table.cell(1, 0).merge(table.cell(2, 0))
    for line in ("云川市人民政府办公室", "2026年2月12日"):
        paper.add_paragraph(line)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def workbook() -> bytes:
    """A list with a title above its header, a merged column and 同上."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "任务表"
    sheet.append(["云川市便民利企专项行动任务分解表（2026年）"])
    sheet.merge_cells("A1:E1")
    sheet["A1"].alignment = Alignment(horizontal="center")
    sheet.append(list(HEAD))
    for row in ROWS:
        sheet.append([int(row[0]), *row[1:]])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


#: From a scan: lines cut in words, a bracket that never closes, a lost 、, a page mark.
BROKEN = """云川市便民利企专项行动方案
一、重点任务
1.编制办事指南并向社会公布,2026年5月31日前完成。(牵头单位:市行政审批局,责任单位:市公安局、市医
保局)
- 2 -
2,公开窗口服务承诺,每季度通报一次兑现情况。（牵头单位：市行政审批局，责任单位：市人社局
3.清理无法律法规依据的证明材料,2026年9月底前完成。(牵头单位:市司法局,责任单位:市公安局市人社局))
云川市人民政府办公室
2026年2月12日
"""
