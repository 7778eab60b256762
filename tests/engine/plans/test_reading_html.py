"""A saved page: its main text and tables, in whatever encoding, without the site around it."""

import pytest

from engine.errors import UnreadableDocument
from engine.plans.parsing import SourceText
from engine.plans.parsing.reading import read_source

PAGE = """<!DOCTYPE html><html><head><meta charset="{charset}"><title>甲市关于印发重点任务的通知-甲市人民政府</title>
<style>p{{}}</style></head><body><div class="top"><ul><li><a href="#">首页</a><li><a>政务公开</a><li><a>互动</a></ul></div>
<div class="wrap"><h1>甲市关于印发重点任务的通知</h1><div>发布日期：2026-01-02 来源：甲市</div><div class="content">
<p>&emsp;&emsp;各单位：现将
有关任务印发。</p><p>一、重点任务<br>（一）甲项<!-- 略 --></p>
<table><caption>任务表</caption><tr><th>序号</th><th>任务</th><th colspan="2">单位</th></tr>
<tr><td rowspan="2">1</td><td><p>甲项</p><p>续</p></td><td>市甲局</td><td>市乙局</td></tr>
<tr><td>乙项</td><td>市丙局</td><td>&nbsp;</td></tr></table></div>
<div><h4>相关链接</h4><ul><li><a>一二三四五六七</a><li><a>二二三四五六七</a><li><a>三二三四五六七</a></ul></div></div>
<select><option>甲县</option></select><footer>版权所有</footer><script>var a="<div>";</script></body></html>"""


def _read(html: str | bytes) -> SourceText:
    return read_source(html if isinstance(html, bytes) else html.encode(), "a.html")


def _cells(source: SourceText) -> list[list[str]]:
    return [[source.text[c.start : c.end] for c in row] for row in source.tables[0].rows]


@pytest.mark.parametrize(
    ("charset", "coding"), [("utf-8", "utf-8"), ("gb2312", "gb18030"), ("", "gb18030"), ("", "utf-16")]
)
def test_a_page_of_a_government_site(charset: str, coding: str) -> None:
    source = _read(PAGE.format(charset=charset).encode(coding))
    assert source.text.replace("\u2003", "").split("\n") == [
        "甲市关于印发重点任务的通知", "发布日期：2026-01-02 来源：甲市",
        "各单位：现将有关任务印发。", "一、重点任务", "（一）甲项",
        "任务表", "序号\t任务\t单位\t", "1\t甲项 续\t市甲局\t市乙局", "\t乙项\t市丙局\t",
    ]  # fmt: skip
    assert _cells(source) == [
        ["序号", "任务", "单位", "单位"],
        ["1", "甲项 续", "市甲局", "市乙局"],
        ["1", "乙项", "市丙局", ""],
    ]


def test_a_table_that_lays_out_the_page_is_no_table() -> None:
    source = _read(
        "<html><table><tr><td>栏目</td><td><p>一、甲项。</p><p>责任单位：市甲局</p>"
        "<table><tr><td>任务</td><td>单位</td></tr><tr><td>乙</td><td>丙</td></tr></table></td></tr></table>"
    )
    assert source.text == "栏目\n一、甲项。\n责任单位：市甲局\n任务\t单位\n乙\t丙"
    assert len(source.tables) == 1


def test_no_assignment_is_dropped_with_the_furniture() -> None:
    links = "".join(f"<li><a>责任单位：市{n}局</a></li>" for n in "甲乙丙丁")
    assert "市丁局" in _read(f"<html><div><p>正文很长。</p></div><ul>{links}</ul></html>").text


def test_a_word_file_saved_as_a_page_with_a_wrong_name() -> None:
    data = "<table><tr><td>任务</td><td>单位</td></tr><tr><td>甲</td><td>乙</td></tr></table>".encode(
        "gb18030"
    )
    assert read_source(data, "a.xls").text == "任务\t单位\n甲\t乙"


def test_a_page_saved_in_one_file() -> None:
    mht = (
        "MIME-Version: 1.0\nContent-Type: multipart/related;\n boundary=\"x\"\n\n--x\n"
        "Content-Type: text/html; charset=\"gb2312\"\nContent-Transfer-Encoding: quoted-printable\n\n"
        "<html><p>=D6=D8=B5=E3</p></html>\n--x--\n"
    )  # fmt: skip
    assert _read(mht).text == "重点"


@pytest.mark.parametrize(
    "html",
    [
        "<html>" + "<div>" * 1_000_000,
        "<html>" + "<table><tr><td>" * 50_000,
        "<html>" + "<font>" * 100_000,
        "<html>" + "".join(f"<b id={n}>" for n in range(3000)) + "<p>x" * 3000,
        "<html><div " + " ".join(f"a{n}=1" for n in range(100_000)) + ">x",
        "<html>" + "<span><div></span></div>x" * 50_000,
        "<html>" + "<p>x</p>" * 300_000,
    ],
    ids=["deep", "tables", "unclosed", "formatting", "attributes", "crossed", "many"],
)
def test_pages_that_would_cost_without_bound(html: str) -> None:
    with pytest.raises(UnreadableDocument) as refused:
        _read(html)
    assert refused.value.code == "plans.html_unsafe"


def test_a_table_that_claims_more_than_it_holds() -> None:
    with pytest.raises(UnreadableDocument) as refused:
        _read("<html><table>" + '<tr><td colspan="1000">x' * 20_000)
    assert refused.value.code == "plans.table_too_large"
