"""The furniture of web pages is passed over; a line that assigns something never is."""

import pytest

from engine.plans.parsing.text.lines import is_furniture, split_lines
from engine.plans.parsing.text.normalise import fold


@pytest.mark.parametrize(
    "line",
    [
        "无障碍   关怀版 无障碍",
        "长者助手 网站支持IPv6 繁体版 | 无障碍阅读",
        "当前位置：首页 > 其他范文 > 公文范文",
        "您所在的位置：首页 > 公开",
        "首页 > 新闻动态 > 全面依法治省",
        "来源:发布时间:2021-05-17 15:59:00访问量:",
        "发布时间:2021-05-25 15:17:36 影响了:",
        "发布日期： 2024年02月20日",
        "时间 : 2024-06-11 10:16:45 来源 : 南方+",
        "【字体 :",
        "[字号：大 中 小]",
        "文章关键词:",
        "分享到:",
        "扫码浏览",
        "打印本页 关闭窗口",
        "责任编辑:某某",
        "相关阅读",
        "附件下载:",
        "上一篇：没有了",
        "猜你想看",
        "Copyright © 2008 - 2022 版权所有",
        "工业和信息化部 备案号:沪ICP备1号-3",
        "主办单位：某市人民政府办公室 网站标识码",
        "浙公网安备 33010202000001号",
        "声明:所有来源为“某报”的内容信息，不得转载",
        "浏览次数：",
        "点击量 123",
        "— 3 —",
        "－ 12 －",
        "12",
        "第 3 页 共 9 页",
        "3/9",
        "nEO_IMG_p4-图片.jpg",
        "返回顶部",
    ],
)
def test_furniture(line: str) -> None:
    assert is_furniture(fold(line))


@pytest.mark.parametrize(
    "line",
    [
        "时间：7月3日至7月15日",
        "来源：由市发改委牵头，市财政局配合",
        "打印店专项整治由市市场监管局负责",
        "分享经济发展水平提升行动",
        "扫黑除恶常态化",
        "声明：责任单位：市司法局",
        "主办单位：市司法局",
        "承办单位：市司法局，协办单位：市财政局",
        "审核把关不严问题整改，责任单位：市财政局、市审计局、市司法局",
        "首页栏目建设",
        "第3页所列任务",
        "12月底前",
        "3.5",
        "长者食堂建设",
        "2021-2025年",
        "网站编辑：市政府办负责",
    ],
)
def test_content(line: str) -> None:
    assert not is_furniture(fold(line))


def test_lines_keep_their_place() -> None:
    folded = fold("一、甲\n\n　分享到：\n 乙 \n")
    assert [(line.start, line.text, line.after_blank) for line in split_lines(folded)] == [
        (0, "一、甲", True),
        (12, "乙", True),
    ]


def test_links_below_a_document_are_none_of_it() -> None:
    document = "1、清理。(责任单位：市甲局)\n相关阅读\n图解：一图读懂\n上一篇：某文\n关于某项工作分工的通知\n"
    assert [line.text for line in split_lines(fold(document))] == ["1、清理。(责任单位:市甲局)"]
    inside = "相关链接\n1、清理。\n责任单位：市甲局\n"
    assert [line.text for line in split_lines(fold(inside))] == ["1、清理。", "责任单位:市甲局"]
