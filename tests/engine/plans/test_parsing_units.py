"""Lists of units: separators, elisions, run-together names and groups, in both widths."""

import pytest

from engine.plans.parsing.normalise import fold
from engine.plans.parsing.units import is_group, read_units

FULL_WIDTH = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in ",:;()"})
CASES = [
    ("市A局、市B局,市C局;市D局", ["市A局", "市B局", "市C局", "市D局"]),
    ("由市水务局、市财政局等部门", ["市水务局", "市财政局"]),
    ("市水务局等有关部门", ["市水务局"]),
    ("市发改委、国土局", ["市发改委", "市国土局"]),
    ("市发改委、国土房管局、外经贸局", ["市发改委", "市国土房管局", "市外经贸局"]),
    ("市行政审批局、住建局、市场监管局", ["市行政审批局", "市住建局", "市市场监管局"]),
    ("市教育、人社、民政局", ["市教育局", "市人社局", "市民政局"]),
    ("咸宁市发改委、财政局", ["咸宁市发改委", "咸宁市财政局"]),
    ("东港经开区、西林新区管委会", ["东港经开区管委会", "西林新区管委会"]),
    ("东林区、西林区、南林县人民政府", ["东林区人民政府", "西林区人民政府", "南林县人民政府"]),
    ("市司法局市行政审批局", ["市司法局", "市行政审批局"]),
    ("市公安局各县(市、区)人民政府", ["市公安局", "各县(市、区)人民政府"]),
    ("市妇联团市委", ["市妇联", "团市委"]),
    ("县委县政府", ["县委", "县政府"]),
    (
        "市市场监督管理局、县委办、市委编办、市政府办公室",
        ["市市场监督管理局", "县委办", "市委编办", "市政府办公室"],
    ),
    ("市中级人民法院、区法院", ["市中级人民法院", "区法院"]),
    ("市委市政府督查室", ["市委市政府督查室"]),
    ("人行市中心支行、国家统计局市调查队", ["人行市中心支行", "国家统计局市调查队"]),
    ("市政府各部门、市直各单位", ["市政府各部门", "市直各单位"]),
    (
        "市工业和信息化局、市文化和旅游局和市住房和城乡建设局",
        ["市工业和信息化局", "市文化和旅游局", "市住房和城乡建设局"],
    ),
    ("各县(市、区)党委和政府", ["各县(市、区)党委和政府"]),
    ("州财政局及州直相关单位", ["州财政局", "州直相关单位"]),
    ("市级各部门及各县市区政府", ["市级各部门", "各县市区政府"]),
    ("各区、县(市)人民政府", ["各区、县(市)人民政府"]),
    ("各县(市)、区政府、市司法局", ["各县(市)、区政府", "市司法局"]),
    ("各镇(街道)、各村(社区)", ["各镇(街道)", "各村(社区)"]),
    ("各街道(功能区)、县区人民政府", ["各街道(功能区)", "县区人民政府"]),
    ("市府办〔市大数据局〕、各县〔市、区〕政府", ["市府办〔市大数据局〕", "各县〔市、区〕政府"]),
    ("省、市有关部门,市司法局", ["省、市有关部门", "市司法局"]),
    ("市公安局 市司法局", ["市公安局", "市司法局"]),
    ("市 公安局、市司\n法局", ["市公安局", "市司法局"]),
    ("有关部门和单位", ["有关部门和单位"]),
    ("", []),
    ("、,;", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_lists(text: str, expected: list[str]) -> None:
    assert [u.text for u in read_units(text, text, 0, len(text)).units] == expected


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_lists_in_full_width(text: str, expected: list[str]) -> None:
    wide = text.translate(FULL_WIDTH)
    found = read_units(fold(wide), wide, 0, len(wide)).units
    assert [u.text for u in found] == [name.translate(FULL_WIDTH) for name in expected]


def test_a_lost_separator_is_named_with_its_place() -> None:
    text = "市财政局、市公安局市民政局"
    found = read_units(text, text, 0, len(text))
    assert [text[s.start : s.end] for s in found.run_together] == ["市公安局市民政局"]


def test_spans_show_what_was_written() -> None:
    text = "由市发改委、国土局等部门"
    found = read_units(text, text, 0, len(text)).units
    assert [(u.written, u.text, text[u.span.start : u.span.end]) for u in found] == [
        ("市发改委", "市发改委", "市发改委"),
        ("国土局", "市国土局", "国土局"),
    ]


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("各县(市、区)人民政府", True),
        ("市有关单位", True),
        ("市直各部门", True),
        ("市司法局", False),
        ("市委政法委", False),
    ],
)
def test_groups_are_known(name: str, group: bool) -> None:
    assert is_group(name) is group
