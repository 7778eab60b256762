"""A PDF with text: broken lines rejoined, page furniture dropped, ruled tables read over the page's end."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from engine.errors import UnreadableDocument
from engine.plans.parsing.reading import read_source
from tests.engine.plans.pdf_files import grid, lines, pdf

#: 31 characters of 14 points beside a margin of 80: a full line.
FULL = "全面推行行政执法公示制度执法全过程记录制度重大执法决定法制审核制"
COLUMNS = [80, 120, 300, 400, 515]


def _page(*texts: str, top: float = 100) -> tuple[list, list]:
    return lines(texts, top=top), []


def _text(*pages: tuple[list, list]) -> str:
    return read_source(pdf(pages), "a.pdf").text


def test_lines_that_the_margin_broke_are_joined() -> None:
    assert _text(
        _page(
            "\u3000\u3000" + FULL[:-2],
            "度，由园区党工",
            "\u3000\u3000（一）" + FULL[:-5],
            "（责任单位：市司法局）",
            "责任单位：市财政局",
            "2026年",
        )
    ).split("\n") == [
        FULL[:-2] + "度，由园区党工",
        "（一）" + FULL[:-5] + "（责任单位：市司法局）",
        "责任单位：市财政局",
        "2026年",
    ]


def test_a_unit_cut_by_the_line_end_is_whole_and_numbers_and_labels_begin_anew() -> None:
    full = FULL[:-3] + "市司法"
    page = _page(full, "局、市财政局", FULL, "1.第一项", FULL, "（二）第二项", FULL, "责任单位：市甲局")
    assert _text(page).split("\n") == [
        full + "局、市财政局", FULL, "1.第一项", FULL, "（二）第二项", FULL, "责任单位：市甲局",
    ]  # fmt: skip


def test_a_label_inside_an_open_bracket_goes_on() -> None:
    full = "\u3000\u3000" + FULL[:-10] + "（牵头单位：市甲局"
    assert (
        _text(_page(full[:-1], "局；", full[:-1], "责任单位：市乙局）", FULL))
        .split("\n")[1]
        .endswith("（牵头单位：市甲责任单位：市乙局）")
    )


def test_a_paragraph_goes_on_over_the_page_and_page_furniture_does_not_part_it() -> None:
    pages = [
        ([*lines([f"\u3000\u3000第{n}段" + FULL[:-6], FULL[: 32 - len(FULL)] or FULL], top=100),
          (250, 40, 9, "甲市人民政府公报"), (280, 790, 9, f"— {n} —")], [])
        for n in (1, 2, 3)
    ]  # fmt: skip
    text = _text(*pages)
    assert "公报" not in text
    assert "—" not in text
    assert [line[:3] for line in text.split("\n")] == ["第1段", "第2段", "第3段"]
    joined = _text(_page(FULL, top=700), _page("末尾半句。"))
    assert joined == FULL + "末尾半句。"


def test_a_paragraph_leads_back_to_its_page() -> None:
    source = read_source(pdf([_page("一、甲"), _page("二、乙")]), "a.pdf")
    assert [(p.page, p.paragraph) for p in source.places] == [(1, 1), (2, 2)]


HEAD = ["序号", "任务", "牵头单位", "责任单位"]


def test_a_ruled_table_over_two_pages_is_one() -> None:
    first = grid([HEAD, ["1", "深化行政审批\n制度改革", "市司法局", "市财政局\n市教育局"],
                  ["2", "规范涉企检查", None, "市公安局"]],
                 COLUMNS, 600)  # fmt: skip
    second = grid([HEAD, ["", "和执法监督", "", ""], ["3", "三项", "市甲局", "市乙局"]], COLUMNS, 60)
    source = read_source(
        pdf(
            [
                ([*lines(["一、任务分解"]), *first[0], (290, 800, 9, "- 1 -")], first[1]),
                ([*second[0], *lines(["甲市人民政府"], top=400)], second[1]),
            ]
        ),
        "a.pdf",
    )
    assert source.text.split("\n") == [
        "一、任务分解", "序号\t任务\t牵头单位\t责任单位", "1\t深化行政审批 制度改革\t市司法局\t市财政局 市教育局",
        "2\t规范涉企检查和执法监督\t\t市公安局", "3\t三项\t市甲局\t市乙局", "甲市人民政府",
    ]  # fmt: skip
    rows = source.tables[0].rows
    assert len(rows) == 4
    assert rows[1][2] == rows[2][2]
    place = source.place_of(rows[3][1])
    assert place is not None
    assert (place.page, place.table, place.column) == (2, 1, 2)


def test_a_frame_and_an_underline_are_no_tables() -> None:
    frame = [
        (70, 90, 520, 90),
        (70, 90, 70, 160),
        (520, 90, 520, 160),
        (70, 160, 520, 160),
        (80, 300, 500, 300),
    ]
    source = read_source(pdf([(lines(["框内文字", "又一行"]), frame)]), "a.pdf")
    assert (source.text, source.tables) == ("框内文字\n又一行", ())


def test_pages_without_text_are_named() -> None:
    scan = ([], [(10.0, 10.0, 300.0, 10.0)])
    source = read_source(pdf([_page("一、甲"), scan, ([], []), scan]), "a.pdf")
    assert source.remarks == (("page_without_text", "第2、4页没有文字，可能是扫描件，请先做文字识别"),)
    with pytest.raises(UnreadableDocument) as refused:
        read_source(pdf([scan, scan]), "a.pdf")
    assert refused.value.code == "plans.pdf_without_text"


#: A password that is not empty: its check sums fit nothing.
LOCKED = f"/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<{'41' * 32}>/U<{'42' * 32}>>>"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"%PDF-1.7 ...", "plans.pdf_broken"),
        (pdf([_page("一、甲")])[:700], "plans.pdf_broken"),
        (pdf([_page("一、甲")] * 601), "plans.pdf_too_long"),
        (pdf([_page("\ue001\ue002\ue003\ue004")]), "plans.pdf_garbled"),
        (
            pdf([_page("一、甲")], trailer=LOCKED),
            "plans.encrypted",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableDocument) as refused:
        read_source(data, "a.pdf")
    assert refused.value.code == code


def test_a_page_tree_that_claims_absurd_numbers_is_read_by_what_it_holds() -> None:
    assert read_source(pdf([_page("一、甲")], count=2_000_000_000), "a.pdf").text == "一、甲"


def test_every_page_counts_for_the_progress() -> None:
    steps: list[tuple[int, int]] = []
    read_source(pdf([_page("一、甲")] * 3), "a.pdf", lambda done, total: steps.append((done, total)))
    assert steps == [(1, 3), (2, 3), (3, 3)]


PLAN = """<html><style>body{font-family:"Noto Serif CJK SC";font-size:16px;line-height:1.8}
p{text-indent:2em;margin:0;text-align:justify}h1{text-align:center;font-size:24px}
table{border-collapse:collapse;width:100%%}td,th{border:1px solid #000;padding:4px}</style>
<h1>甲市2026年法治建设<br>重点任务实施方案</h1>%s
<table><thead><tr><th>序号</th><th>重点任务</th><th>牵头单位</th><th>责任单位</th><th>完成时限</th></tr></thead>%s</table></html>"""
TASK = (
    "（%s）健全行政执法监督机制。全面推行行政执法公示、执法全过程记录制度，评查率达到7.5%%以上。"
    "（牵头单位：市司法局；责任单位：市农业农村局，各县（市、区）人民政府）"
)
ROW = (
    "<tr><td>%d</td><td>深化第%d项行政审批制度改革，推动“一网通办”</td><td>市司法局</td>"
    "<td>市财政局、市住房和城乡建设局</td><td>2026年6月30日前</td></tr>"
)


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
def test_a_plan_printed_by_a_browser(tmp_path: Path) -> None:
    """A file that we did not write ourselves: fonts cut down, borders drawn as boxes, pages broken by the printer."""
    path = shutil.which("chromium")
    assert path, "Chromium is missing: apt-get install chromium fonts-noto-cjk (or run `make browser`)"
    tasks = [TASK % n for n in "一二三四五六七八九"]
    html = PLAN % ("".join(f"<p>{t}</p>" for t in tasks), "".join(ROW % (n, n) for n in range(1, 31)))
    file = tmp_path / "plan.pdf"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.set_content(html)
        page.pdf(
            path=str(file), format="A4", display_header_footer=True, header_template="<i>甲市公报</i>",
            footer_template='<b style="font-size:9px;margin:auto">— <span class=pageNumber></span> —</b>',
            margin={"top": "60px", "bottom": "60px", "left": "80px", "right": "80px"},
        )  # fmt: skip
        browser.close()
    source = read_source(file.read_bytes(), "plan.pdf")
    wanted = [
        "甲市2026年法治建设",
        "重点任务实施方案",
        *tasks,
        "序号\t重点任务\t牵头单位\t责任单位\t完成时限",
    ]
    assert source.text.split("\n")[: len(wanted)] == wanted
    assert [len(table.rows) for table in source.tables] == [31]
    last = [source.text[c.start : c.end] for c in source.tables[0].rows[-1]]
    assert last == [
        "30",
        "深化第30项行政审批制度改革，推动“一网通办”",
        "市司法局",
        "市财政局、市住房和城乡建设局",
        "2026年6月30日前",
    ]
