"""Numbering and the outline: every form of number, what only looks like one, and which place stands below which."""

import pytest

from engine.plans.parsing.facts import closing_lines
from engine.plans.parsing.outline.numbering import Level, read_mark
from engine.plans.parsing.outline.structure import Node, aside_lines, heading, outline
from engine.plans.parsing.text.lines import split_lines, without_furniture
from engine.plans.parsing.text.normalise import fold

from .widths import both_widths, narrow

L = Level
#: text, level, number, what is left
MARKS = [
    ("一、任务", L.CHAPTER, 1, "任务"),
    ("二 、 任务", L.CHAPTER, 2, "任务"),
    ("十二、任务", L.CHAPTER, 12, "任务"),
    ("一.任务", L.CHAPTER, 1, "任务"),
    ("第一章 总则", L.PART, 1, "总则"),
    ("第二部分 任务", L.PART, 2, "任务"),
    ("第3部分:任务", L.PART, 3, "任务"),
    ("第十二条 开展检查", L.ITEM, 12, "开展检查"),
    ("第一,开展检查", L.SUBITEM, 1, "开展检查"),
    ("第二、开展检查", L.SUBITEM, 2, "开展检查"),
    ("(一)开展检查", L.SECTION, 1, "开展检查"),
    ("(十一)开展检查", L.SECTION, 11, "开展检查"),
    ("( 三 ) 开展检查", L.SECTION, 3, "开展检查"),
    ("〔四〕开展检查", L.SECTION, 4, "开展检查"),
    ("五)开展检查", L.SECTION, 5, "开展检查"),
    ("(二)、开展检查", L.SECTION, 2, "开展检查"),
    ("㈢开展检查", L.SECTION, 3, "开展检查"),
    ("1.开展检查", L.ITEM, 1, "开展检查"),
    ("1、开展检查", L.ITEM, 1, "开展检查"),
    ("12 . 开展检查", L.ITEM, 12, "开展检查"),
    ("1 。开展检查", L.ITEM, 1, "开展检查"),
    ("146,开展检查", L.ITEM, 146, "开展检查"),
    ("⒊开展检查", L.ITEM, 3, "开展检查"),
    ("(1)开展检查", L.SUBITEM, 1, "开展检查"),
    ("2)开展检查", L.SUBITEM, 2, "开展检查"),
    ("⑵开展检查", L.SUBITEM, 2, "开展检查"),
    ("③开展检查", L.POINT, 3, "开展检查"),
    ("㉑开展检查", L.POINT, 21, "开展检查"),
    ("1.1 开展检查", L.DOTTED, 1, "开展检查"),
    ("3.1开展检查", L.DOTTED, 1, "开展检查"),
    ("2.1.1 开展检查", L.DOTTED_TWICE, 1, "开展检查"),
    ("问题三:水质不达标", L.PROBLEM, 3, "水质不达标"),
    ("问题十二、水质不达标", L.PROBLEM, 12, "水质不达标"),
    ("整改任务二 水质不达标", L.PROBLEM, 2, "水质不达标"),
    ("重点任务1:水质", L.PROBLEM, 1, "水质"),
    ("11开展检查", L.ITEM, 11, "开展检查"),
    ("11 开展检查", L.ITEM, 11, "开展检查"),
    ("112024年底前完成", L.ITEM, 11, "2024年底前完成"),
]
#: What only looks like a number, though the count expects 11.
NO_MARKS = [
    "7.5%以上的企业", "2021.5开工", "11个单位", "11月底前完成", "11%以上", "11.5亿元", "2021年开工", "12开展检查", "1.2万户",
    "6.30前完成", "一是开展检查", "一方面", "十分重要", "一", "", "11", "11家企业", "3.5个百分点", "11户", "10日前报送",
    "2021、2022年", "11-12月", "一律公开", "二级医院", "三季度", "第一季度完成", "第一批单位", "第三方评估",
    "问题整改到位", "任务分解表", "1.5倍", "11公里", "11平方米", "(2021年修订)", "(以下简称方案)", "12.5规划",
]  # fmt: skip


@pytest.mark.parametrize(("text", "level", "number", "rest"), MARKS)
@both_widths
def test_a_line_begins_with_a_number(
    text: str, level: Level, number: int, rest: str, width: dict[int, str]
) -> None:
    folded = fold(text.translate(width))
    mark = read_mark(folded, 11)
    assert mark is not None
    assert (mark[0], mark[1], folded[mark[2] :].lstrip()) == (level, number, rest)


def test_full_width_digits_and_dot() -> None:
    text = fold("１２．开展检查")
    assert read_mark(text, 1) == (Level.ITEM, 12, 3, ())


@pytest.mark.parametrize("text", NO_MARKS)
@both_widths
def test_what_only_looks_like_a_number(text: str, width: dict[int, str]) -> None:
    assert read_mark(fold(text.translate(width)), 11) is None


@pytest.mark.parametrize(
    ("text", "last", "continues"),
    [("1.3 检查", (1, 2), True), ("1.4 检查", (1, 2), False), ("2.3 检查", (1, 2), False),
     ("1.2.2 检查", (1, 2, 1), True), ("1.3 检查", (1, 2, 4), True)],
)  # fmt: skip
def test_a_dotted_number_continues_its_count(text: str, last: tuple[int, ...], continues: bool) -> None:
    assert (read_mark(text, 1, last) is not None) is continues


def _tree(text: str) -> list[str]:
    """Each place as path, number and heading."""
    folded = fold(text)
    lines = split_lines(folded)
    asides = aside_lines(lines)
    root = outline([line for line in lines if line.start not in asides], closing_lines(lines))

    def told(node: Node) -> str:
        depth, above = 0, node.parent
        while above is not None:
            depth, above = depth + 1, above.parent
        return f"{'-' * depth}{node.number} {folded[slice(*heading(node, folded))].strip()}"

    return [told(node) for node in root.walk() if node.level is not Level.ROOT]


TREES = [
    ("restarting and repeated numbers",
     "标题\n一、甲\n1.子\n2.丑\n二、乙\n1.寅\n二、丙\n1.卯\n",
     ["-1 甲", "--1 子", "--2 丑", "-2 乙", "--1 寅", "-2 丙", "--1 卯"]),
    ("all depths",
     "标题\n第一部分 总\n一、甲\n(一)子\n1.丑\n(1)寅\n①卯\n②辰\n(二)巳\n第二部分 分\n一、午\n",
     ["-1 总", "--1 甲", "---1 子", "----1 丑", "-----1 寅", "------1 卯", "------2 辰", "---2 巳", "-2 分", "--1 午"]),
    ("dotted", "标题\n1 甲\n1.1 子\n1.1.1 丑\n1.1.2 寅\n1.2 卯\n2 乙\n2.1 辰\n",
     ["-1 甲", "--1 子", "---1 丑", "---2 寅", "--2 卯", "-2 乙", "--1 辰"]),
    ("a heading with its text on one line", "标题\n一、甲\n(一)公开清单。及时公开,不得延误。\n",
     ["-1 甲", "--1 公开清单"]),
    ("a problem holds its numbered measures", "标题\n一、甲\n问题一:水质差\n整改措施:\n1.排查\n2.修复\n问题二:扬尘\n",
     ["-1 甲", "--1 水质差", "---1 排查", "---2 修复", "--2 扬尘"]),
    ("remarks are aside", "标题\n一、甲\n1.子\n备注:1.解释。\n2.另行通知。\n二、乙\n", ["-1 甲", "--1 子", "-2 乙"]),
    ("remarks below their label", "标题\n一、甲\n1.子\n注:\n1.解释。\n2.另行通知。\n", ["-1 甲", "--1 子"]),
    ("a list of annexes is aside; the annex is a part",
     "通知\n一、甲\n二、乙\n附件:1.分解表\n2.清单\n云川市人民政府\n2024年3月1日\n附件1\n分解表\n1.子\n附件2\n清单\n1.丑\n",
     ["-1 甲", "-2 乙", "-1 分解表", "--1 子", "-2 清单", "--1 丑"]),
    ("what follows a signature without 附件 is a part",
     "通知\n一、甲\n云川市人民政府\n2024年3月1日\n云川市实施方案\n一、乙\n1.子\n抄送:市委。\n",
     ["-1 甲", "-0 云川市实施方案", "--1 乙", "---1 子"]),
    ("the count begins again below a chapter without marks", "标题\n一、甲\n1开展子\n2开展丑\n二、乙\n1开展寅\n",
     ["-1 甲", "--1 开展子", "--2 开展丑", "-2 乙", "--1 开展寅"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [t[1:] for t in TREES], ids=[t[0] for t in TREES])
@both_widths
def test_outline(text: str, expected: list[str], width: dict[int, str]) -> None:
    assert narrow(_tree(text.translate(width))) == expected


def test_a_lost_mark_behind_the_number_is_told() -> None:
    lines = split_lines("一、甲\n10.子\n11开展丑")
    node = list(outline(lines).walk())[-1]
    assert (node.number, node.repairs) == (11, ("missing_separator_after_number",))


def test_page_marks_are_blanked_and_nothing_moves() -> None:
    text = "责任单位:市甲\n- 3 -\n局\n第 4 页 共 9 页\n1.子"
    clean = without_furniture(text, split_lines(text))
    assert len(clean) == len(text)
    assert clean.split() == ["责任单位:市甲", "局", "1.子"]
