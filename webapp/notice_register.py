"""The register of notices 督办单台账 as a spreadsheet. Text stays text: no cell is ever run as a formula."""

import io
from collections.abc import Sequence

import xlsxwriter

from engine.notices.queries import Line
from engine.texts import N_
from webapp import formats
from webapp.language import gettext
from webapp.words import word

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Lines read at a time, and in all.
PORTION, LARGEST = 1000, 20_000

#: (head, width)
_COLUMNS = (
    (N_("编号"), 18),
    (N_("等级"), 12),
    (N_("督办事项"), 48),
    (N_("主办单位"), 24),
    (N_("协办单位"), 24),
    (N_("原定期限"), 12),
    (N_("逾期工作日"), 10),
    (N_("签发时间"), 17),
    (N_("签发人"), 12),
    (N_("签收时间"), 17),
    (N_("反馈期限"), 12),
    (N_("状态"), 10),
    (N_("办结时间"), 17),
    (N_("作废理由"), 30),
)


def to_xlsx(lines: Sequence[Line]) -> bytes:
    """One row per sheet; the head repeats on each printed page."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("督办单台账")
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    base = {"text_wrap": True, "font_name": "宋体", "font_size": 11, "border": 1, "valign": "top"}
    head, cell = book.add_format(base | {"bold": True, "align": "center"}), book.add_format(base)
    for column, (name, width) in enumerate(_COLUMNS):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, gettext(name), head)
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 0)
    for n, line in enumerate(lines, 1):
        for column, value in enumerate(_cells(line)):
            if isinstance(value, int):
                sheet.write_number(n, column, value, cell)
            else:
                sheet.write_string(n, column, value[:32_000], cell)
    book.close()
    return out.getvalue()


def _cells(line: Line) -> tuple[str | int, ...]:
    n = line.notice
    return (
        n.number_text or "", gettext(n.title), n.matter, n.lead_name, n.assisting_names, formats.day(n.due_on),
        n.days_late, formats.moment(n.issued_at), n.issued_by_name or "", formats.moment(n.received_at),
        formats.day(n.reply_on), word("notice", n.state), formats.moment(n.closed_at), n.cancel_reason or "",
    )  # fmt: skip
