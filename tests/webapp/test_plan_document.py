"""The document's text for the page: cut at the edges of what was read, tables as tables."""

from webapp.plan_document import Mark, cut, tables


def texts(cells: list[list[dict[str, str]]]) -> list[str]:
    return ["".join(piece["text"] for piece in cell) for cell in cells]


def test_rows_stand_in_a_table_with_their_empty_cells_and_marks() -> None:
    text = "方案\n类别\t任务\t单位\n公开\t编制指南\t市公安局\n\t清理证明\n落款\t2026年"
    at = text.index("市公安局")
    first, table, *rest = tables(cut(text, [Mark(at, at + 4, 7, "unit"), Mark(at - 5, at + 4, 7, None)]))
    assert isinstance(table, dict)
    assert first[0]["text"] == "方案"
    # A shorter row is filled; the line below the table has tabs, too, and stays with it.
    assert [texts(row) for row in table["rows"]] == [
        ["类别", "任务", "单位"], ["公开", "编制指南", "市公安局"], ["", "清理证明", ""], ["落款", "2026年", ""],
    ]  # fmt: skip
    assert [piece["kind"] for piece in table["rows"][1][2]] == ["unit"]
    assert rest == []


def test_a_lone_line_with_tabs_is_no_table_and_keeps_its_blanks() -> None:
    (line,) = tables(cut("\t组长\t张三\t李四", []))
    assert isinstance(line, list)
    assert "".join(piece["text"] for piece in line) == "组长\t张三\t李四"
