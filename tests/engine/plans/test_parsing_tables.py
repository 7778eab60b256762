# ruff: noqa: E501  rows of tables read best as rows
"""Tables of key tasks: each shape in both widths of marks, against answers written by hand.

In the grids below `^` is a cell merged with the one above, `<` with the one to its left, and an empty string is
an empty cell.
"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.plans.parsing import PlanDraft, SourceText, Span, Table, parse_source, parse_text
from engine.plans.parsing.defects import DEFECTS
from engine.plans.parsing.tables.grids import find_grids
from engine.plans.parsing.text.normalise import fold

FULL_WIDTH = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in ",:;()"})
HALF_WIDTH = str.maketrans({chr(ord(c) + 0xFEE0): c for c in ",:;()"})
TITLE = "云川市2026年重点工作任务分解表"
UNITS = {
    "lead": "lead_units", "resp": "responsible_units", "coop": "cooperating_units", "sup": "supervising_units",
    "leaders": "leaders",
}  # fmt: skip


def make_source(*parts: Any) -> SourceText:
    """Texts, grids (lists of rows) and (sheet name, grid) one after another, as the readers put them."""
    text, tables = "", []
    for part in parts:
        if isinstance(part, str):
            text += part + "\n"
            continue
        name, grid = part if isinstance(part, tuple) else (None, part)
        rows: list[tuple[Span, ...]] = []
        for row in grid:
            spans: list[Span] = []
            for c, cell in enumerate(row):
                if cell == "^":
                    spans.append(rows[-1][c])
                elif cell == "<":
                    spans.append(spans[-1])
                else:
                    spans.append(Span(len(text), len(text) + len(cell)))
                    text += cell
                text += "\t"
            text = text[:-1] + "\n"
            rows.append(tuple(spans))
        tables.append(Table(tuple(rows), name))
    return SourceText(text, (), tuple(tables))


def read(*parts: Any) -> PlanDraft:
    return parse_source(make_source(*parts))


def widened(part: Any, width: dict[int, str]) -> Any:
    if isinstance(part, str):
        return part.translate(width)
    if isinstance(part, tuple):
        return part[0], widened(part[1], width)
    return [widened(inner, width) for inner in part]


def told(draft: PlanDraft) -> list[dict[str, Any]]:
    """What the cases below state of each key task, in half width."""
    rows = []
    for key_task in draft.to_dict()["tasks"]:
        row: dict[str, Any] = {"n": key_task["number"], "title": key_task["title"]}
        if key_task["section"]:
            row["section"] = key_task["section"]
        row |= {short: key_task[name] for short, name in UNITS.items() if key_task[name]}
        if key_task["deadlines"]:
            row["by"] = [d.get("date") or d.get("end") or d["kind"] for d in key_task["deadlines"]]
        if key_task["defects"]:
            row["defects"] = [d["name"] for d in key_task["defects"]]
        rows.append(_narrow(row))
    return rows


def _narrow(value: Any) -> Any:
    if isinstance(value, str):
        return value.translate(HALF_WIDTH)
    if isinstance(value, list):
        return [_narrow(inner) for inner in value]
    if isinstance(value, dict):
        return {name: _narrow(inner) for name, inner in value.items()}
    return value


HEAD = ["序号", "工作任务", "责任单位", "完成时限"]
CASES: dict[str, tuple[list[Any], list[dict[str, Any]]]] = {
    "plain": (
        [TITLE, [HEAD, ["1", "编制权责清单", "市司法局、市财政局", "6月底前"], ["2", "清理证明事项", "市司法局", "长期坚持"]]],
        [
            {"n": 1, "title": "编制权责清单", "resp": ["市司法局", "市财政局"], "by": ["2026-06-30"]},
            {"n": 2, "title": "清理证明事项", "resp": ["市司法局"], "by": ["ongoing"]},
        ],
    ),
    "two columns": (
        [TITLE, [["任务", "责任单位"], ["编制权责清单", "市司法局"], ["清理证明事项", "市财政局"]]],
        [
            {"n": 1, "title": "编制权责清单", "resp": ["市司法局"]},
            {"n": 2, "title": "清理证明事项", "resp": ["市财政局"]},
        ],
    ),
    "a time column and no unit column": (
        [TITLE, [["序号", "任务目标", "完成时限"], ["1", "完成整体评估", "4月份"]]],
        [{"n": 1, "title": "完成整体评估", "by": ["2026-04-30"], "defects": ["missing_assignment"]}],
    ),
    "title rows above, labels with blanks and brackets": (
        [
            [
                [TITLE, "<", "<", "<"],
                ["填报单位:市政府办", "", "", ""],
                ["序 号", "重点任务(2026年)", "责任单位 (部门)", "完 成 时 限"],
                ["1", "编制权责清单", "市司法局", "年底前"],
            ]
        ],
        [{"n": 1, "title": "编制权责清单", "resp": ["市司法局"], "by": ["2026-12-31"]}],
    ),
    "two-row header": (
        [
            TITLE,
            [
                ["序号", "工作内容", "责任单位", "<", "完成时限", "备注"],
                ["^", "^", "牵头", "配合", "^", "^"],
                ["1", "编制权责清单", "市司法局", "市财政局、市审计局", "6月底前", ""],
            ],
        ],
        [
            {
                "n": 1, "title": "编制权责清单", "lead": ["市司法局"], "coop": ["市财政局", "市审计局"],
                "by": ["2026-06-30"],
            }
        ],
    ),
    "two-row header without merges": (
        [
            TITLE,
            [
                ["序号", "工作内容", "责任单位", "", "完成时限"],
                ["", "", "牵头单位", "配合单位", ""],
                ["1", "编制权责清单", "市司法局", "市财政局", "6月底前"],
            ],
        ],
        [{"n": 1, "title": "编制权责清单", "lead": ["市司法局"], "coop": ["市财政局"], "by": ["2026-06-30"]}],
    ),
    "head repeated, numbers of columns, subtotal and remark": (
        [
            TITLE,
            [
                HEAD,
                ["1", "2", "3", "4"],
                ["1", "编制权责清单", "市司法局", "6月底前"],
                HEAD,
                ["2", "清理证明事项", "市财政局", "9月底前"],
                ["合计", "2项", "", ""],
                ["", "", "", ""],
                ["备注:1.排名不分先后。", "<", "<", "<"],
            ],
        ],
        [
            {"n": 1, "title": "编制权责清单", "resp": ["市司法局"], "by": ["2026-06-30"]},
            {"n": 2, "title": "清理证明事项", "resp": ["市财政局"], "by": ["2026-09-30"]},
        ],
    ),
    "category merged": (
        [
            TITLE,
            [
                ["类别", "序号", "任务", "牵头单位", "配合单位"],
                ["政务公开", "1", "编制权责清单", "市司法局", "市财政局"],
                ["^", "2", "清理证明事项", "^", "同上"],
                ["优化服务", "3", "开设专窗", "市行政审批局", "〃"],
            ],
        ],
        [
            {"n": 1, "section": "政务公开", "title": "编制权责清单", "lead": ["市司法局"], "coop": ["市财政局"]},
            {"n": 2, "section": "政务公开", "title": "清理证明事项", "lead": ["市司法局"], "coop": ["市财政局"]},
            {"n": 3, "section": "优化服务", "title": "开设专窗", "lead": ["市行政审批局"], "coop": ["市财政局"]},
        ],
    ),
    "category left empty below, unit as well": (
        [
            TITLE,
            [
                ["领域", "任务", "责任单位"],
                ["政务公开", "编制权责清单", "市司法局"],
                ["", "清理证明事项", ""],
                ["优化服务", "开设专窗", "市行政审批局"],
            ],
        ],
        [
            {"n": 1, "section": "政务公开", "title": "编制权责清单", "resp": ["市司法局"]},
            {"n": 2, "section": "政务公开", "title": "清理证明事项", "resp": ["市司法局"]},
            {"n": 3, "section": "优化服务", "title": "开设专窗", "resp": ["市行政审批局"]},
        ],
    ),
    "no unit in one row": (
        [TITLE, [HEAD, ["1", "编制权责清单", "市司法局", "年内"], ["2", "清理证明事项", "", "年内"], ["3", "开设专窗", "市财政局", ""]]],
        [
            {"n": 1, "title": "编制权责清单", "resp": ["市司法局"], "by": ["2026-12-31"]},
            {"n": 2, "title": "清理证明事项", "resp": ["市司法局"], "by": ["2026-12-31"]},
            {"n": 3, "title": "开设专窗", "resp": ["市财政局"]},
        ],
    ),
    "no unit in one row, and the grid shows what is merged": (
        [
            TITLE,
            [
                HEAD,
                ["1", "编制权责清单", "市司法局", "年内"],
                ["2", "清理证明事项", "^", ""],
                ["3", "开设专窗", "", "年内"],
            ],
        ],
        [
            {"n": 1, "title": "编制权责清单", "resp": ["市司法局"], "by": ["2026-12-31"]},
            {"n": 2, "title": "清理证明事项", "resp": ["市司法局"]},
            {"n": 3, "title": "开设专窗", "by": ["2026-12-31"], "defects": ["missing_assignment"]},
        ],
    ),
    "a dash says that there is none": (
        [TITLE, [HEAD, ["1", "编制权责清单", "市司法局", "年内"], ["2", "清理证明事项", "—", "/"]]],
        [
            {"n": 1, "title": "编制权责清单", "resp": ["市司法局"], "by": ["2026-12-31"]},
            {"n": 2, "title": "清理证明事项", "defects": ["missing_assignment"]},
        ],
    ),
    "no responsible unit beside a lead unit": (
        [
            TITLE,
            [
                ["类别", "序号", "任务", "牵头单位", "责任单位", "配合单位"],
                ["公开", "1", "编制权责清单", "市司法局", "市财政局", "市审计局"],
                ["^", "2", "清理证明事项", "市大数据局", "", ""],
                ["服务", "3", "开设专窗", "市行政审批局", "", ""],
            ],
        ],
        [
            {
                "n": 1, "section": "公开", "title": "编制权责清单", "lead": ["市司法局"], "resp": ["市财政局"],
                "coop": ["市审计局"],
            },
            {"n": 2, "section": "公开", "title": "清理证明事项", "lead": ["市大数据局"], "resp": ["市财政局"]},
            {"n": 3, "section": "服务", "title": "开设专窗", "lead": ["市行政审批局"]},
        ],
    ),
    "section rows": (
        [
            TITLE,
            [
                HEAD,
                ["一、推进政务公开", "<", "<", "<"],
                ["1", "编制权责清单", "市司法局", "年内"],
                ["(二)提升服务质效", "", "", ""],
                ["1", "开设专窗", "市财政局", "年内"],
                ["三", "加强监管", "", ""],
                ["1", "开展抽查", "市市场监管局", "年内"],
            ],
        ],
        [
            {"n": 1, "section": "推进政务公开", "title": "编制权责清单", "resp": ["市司法局"], "by": ["2026-12-31"]},
            {"n": 1, "section": "提升服务质效", "title": "开设专窗", "resp": ["市财政局"], "by": ["2026-12-31"]},
            {"n": 1, "section": "加强监管", "title": "开展抽查", "resp": ["市市场监管局"], "by": ["2026-12-31"]},
        ],
    ),
    "goal merged over its contents": (
        [
            TITLE,
            [
                ["目标任务", "主要内容", "责任单位"],
                ["推进政务公开", "编制权责清单", "市司法局牵头落实"],
                ["^", "清理证明事项", "市司法局、市财政局分别牵头落实"],
                ["优化服务", "开设专窗", "市行政审批局"],
            ],
        ],
        [
            {"n": 1, "section": "推进政务公开", "title": "编制权责清单", "lead": ["市司法局"]},
            {"n": 2, "section": "推进政务公开", "title": "清理证明事项", "lead": ["市司法局", "市财政局"]},
            {"n": 3, "section": "优化服务", "title": "开设专窗", "resp": ["市行政审批局"]},
        ],
    ),
    "goals over goals, their merged cells lost": (
        [
            TITLE,
            [
                ["一级任务", "二级任务", "具体举措", "责任单位"],
                ["深化改革", "审批提速", "推行承诺", "市司法局"],
                ["", "", "压缩时限", "市财政局"],
                ["", "监管创新", "建设平台", "市大数据局"],
            ],
        ],
        [
            {"n": 1, "section": "审批提速", "title": "推行承诺", "resp": ["市司法局"]},
            {"n": 2, "section": "审批提速", "title": "压缩时限", "resp": ["市财政局"]},
            {"n": 3, "section": "监管创新", "title": "建设平台", "resp": ["市大数据局"]},
        ],
    ),
    "number and goal merged over several measures": (
        [
            TITLE,
            [
                ["序号", "重点任务", "具体措施", "责任单位", "完成时限"],
                ["1", "推进政务公开", "编制权责清单", "市司法局", "6月底前"],
                ["^", "^", "清理证明事项", "市财政局", "9月底前"],
            ],
        ],
        [
            {"n": 1, "section": "推进政务公开", "title": "编制权责清单", "resp": ["市司法局"], "by": ["2026-06-30"]},
            {"n": 2, "section": "推进政务公开", "title": "清理证明事项", "resp": ["市财政局"], "by": ["2026-09-30"]},
        ],
    ),
    "one key task over several rows of measures": (
        [
            TITLE,
            [
                ["序号", "重点任务", "具体措施", "责任单位"],
                ["1", "推进政务公开", "编制权责清单", "市司法局"],
                ["^", "^", "清理证明事项", "^"],
                ["2", "优化服务", "开设专窗", "市财政局"],
            ],
        ],
        [
            {"n": 1, "title": "推进政务公开", "resp": ["市司法局"]},
            {"n": 2, "title": "优化服务", "resp": ["市财政局"]},
        ],
    ),
    "one key task over several rows of units": (
        [
            TITLE,
            [HEAD, ["1", "编制权责清单", "市司法局", "6月底前"], ["^", "^", "市财政局", "9月底前"]],
        ],
        [{"n": 1, "title": "编制权责清单", "resp": ["市司法局", "市财政局"], "by": ["2026-06-30", "2026-09-30"]}],
    ),
    "row cut by a page break": (
        [
            TITLE,
            [HEAD, ["1", "编制权责清单并向", "市司法局、市财", "年内"]],
            "- 2 -",
            [["", "社会公布", "政局", ""], ["2", "开设专窗", "市行政审批局", "年内"]],
        ],
        [
            {
                "n": 1, "title": "编制权责清单并向社会公布", "resp": ["市司法局", "市财政局"], "by": ["2026-12-31"],
                "defects": ["unit_name_cut_by_line"],
            },
            {"n": 2, "title": "开设专窗", "resp": ["市行政审批局"], "by": ["2026-12-31"]},
        ],
    ),
    "head again on the next page": (
        [
            TITLE,
            [HEAD, ["1", "编制权责清单", "市司法局", "年内"]],
            [HEAD, ["2", "开设专窗", "同上", "年内"]],
        ],
        [
            {"n": 1, "title": "编制权责清单", "resp": ["市司法局"], "by": ["2026-12-31"]},
            {"n": 2, "title": "开设专窗", "resp": ["市司法局"], "by": ["2026-12-31"]},
        ],
    ),
    "labels and verbs inside a cell": (
        [
            TITLE,
            [
                ["序号", "任务", "责任单位"],
                ["1", "编制权责清单", "牵头单位:市司法局 配合单位:市财政局、市审计局"],
                ["2", "清理证明事项", "市司法局牵头,市财政局配合"],
                ["3", "开设专窗", "市行政审批局(牵头)、市财政局"],
                ["4", "开展抽查", "市市场监管局 市财政局 市审计局"],
            ],
        ],
        [
            {"n": 1, "title": "编制权责清单", "lead": ["市司法局"], "coop": ["市财政局", "市审计局"]},
            {"n": 2, "title": "清理证明事项", "lead": ["市司法局"], "coop": ["市财政局"]},
            {"n": 3, "title": "开设专窗", "lead": ["市行政审批局"], "resp": ["市财政局"]},
            {"n": 4, "title": "开展抽查", "resp": ["市市场监管局", "市财政局", "市审计局"]},
        ],
    ),
    "leaders, and a unit in two columns": (
        [
            TITLE,
            [
                ["序号", "任务", "牵头领导", "牵头委室", "协作委室", "责任人", "拟定时限"],
                ["1", "开展视察", "张 三", "经济委", "经济委、提案委", "李四、王小五", "5月份"],
            ],
        ],
        [
            {
                "n": 1, "title": "开展视察", "lead": ["经济委"], "coop": ["提案委"], "leaders": ["张三", "李四", "王小五"],
                "by": ["2026-05-31"],
            }
        ],
    ),
    "units and persons in one column": (
        [
            TITLE,
            [["序号", "任务", "责任单位及责任人"], ["1", "编制权责清单", "市司法局、张小三"]],
        ],
        [{"n": 1, "title": "编制权责清单", "resp": ["市司法局"], "leaders": ["张小三"]}],
    ),
    "no head": (
        [TITLE, [["1", "编制权责清单并向社会公布", "市司法局"], ["2", "清理证明事项并逐项公示", "市财政局"]]],
        [
            {"n": 1, "title": "编制权责清单并向社会公布", "resp": ["市司法局"]},
            {"n": 2, "title": "清理证明事项并逐项公示", "resp": ["市财政局"]},
        ],
    ),
    "numbers inside the text": (
        [TITLE, [["工作任务", "责任单位"], ["1.编制权责清单", "市司法局"], ["3.清理证明事项", "市财政局"]]],
        [
            {"n": 1, "title": "编制权责清单", "resp": ["市司法局"]},
            {"n": 3, "title": "清理证明事项", "resp": ["市财政局"]},
        ],
    ),
    "several limits, in text and column": (
        [
            TITLE,
            [HEAD, ["1", "每季度通报进展,年底前完成", "市司法局", "6月底前完成方案,年底前"]],
        ],
        [{"n": 1, "title": "每季度通报进展,年底前完成", "resp": ["市司法局"], "by": ["recurring", "2026-06-30", "2026-12-31"]}],
    ),
    "first unit leads": (
        [TITLE, "注:列第一位的责任单位为牵头单位。", [HEAD, ["1", "编制权责清单", "市司法局、市财政局", "年内"]]],
        [{"n": 1, "title": "编制权责清单", "lead": ["市司法局"], "resp": ["市财政局"], "by": ["2026-12-31"]}],
    ),
    "several sheets": (
        [
            TITLE,
            ("公开", [HEAD, ["1", "编制权责清单", "市司法局", "年内"]]),
            ("服务", [HEAD, ["1", "开设专窗", "市财政局", "年内"]]),
            ("通讯录", [["单位", "姓名", "电话"], ["市司法局", "张三", "123"]]),
        ],
        [
            {"n": 1, "section": "公开", "title": "编制权责清单", "resp": ["市司法局"], "by": ["2026-12-31"]},
            {"n": 1, "section": "服务", "title": "开设专窗", "resp": ["市财政局"], "by": ["2026-12-31"]},
        ],
    ),
    "flattened": (
        [
            TITLE + "\n序号\n任务\n责任单位\n完成时限\n1\n编制权责清单\n市司法局、市财政局\n6月底前\n2\n清理证明事项\n同上\n长期坚持"
            "\n3\n开设专窗\n各县(市、区)人民政府\n年内"
        ],
        [
            {"n": 1, "title": "编制权责清单", "resp": ["市司法局", "市财政局"], "by": ["2026-06-30"]},
            {"n": 2, "title": "清理证明事项", "resp": ["市司法局", "市财政局"], "by": ["ongoing"]},
            {"n": 3, "title": "开设专窗", "resp": ["各县(市、区)人民政府"], "by": ["2026-12-31"]},
        ],
    ),
    "flattened, first column merged, text goes on": (
        [
            TITLE + "\n目标任务\n主要内容\n责任单位\n推进政务公开\n编制权责清单并公布\n市司法局牵头落实\n清理证明事项,逐项公示\n市财政局"
            "\n优化营商服务\n开设企业专窗\n市行政审批局\n二、有关要求\n各责任单位要高度重视,抓好落实。"
        ],
        [
            {"n": 1, "section": "推进政务公开", "title": "编制权责清单并公布", "lead": ["市司法局"]},
            {"n": 2, "section": "推进政务公开", "title": "清理证明事项,逐项公示", "resp": ["市财政局"]},
            {"n": 3, "section": "优化营商服务", "title": "开设企业专窗", "resp": ["市行政审批局"]},
        ],
    ),
    "flattened, a limit missing and a text of two lines": (
        [
            TITLE + "\n序号\n任务\n牵头单位\n配合单位\n完成时限\n1\n编制权责清单,\n并向社会公布\n市司法局\n市财政局\n6月底前\n2\n清理证明事项"
            "\n市司法局\n市审计局\n3\n开设专窗\n市财政局\n市审计局\n年内"
        ],
        [
            {"n": 1, "title": "编制权责清单", "lead": ["市司法局"], "coop": ["市财政局"], "by": ["2026-06-30"]},
            {"n": 2, "title": "清理证明事项", "lead": ["市司法局"], "coop": ["市审计局"]},
            {"n": 3, "title": "开设专窗", "lead": ["市财政局"], "coop": ["市审计局"], "by": ["2026-12-31"]},
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("width", [FULL_WIDTH, HALF_WIDTH], ids=["full", "half"])
@pytest.mark.parametrize("name", CASES)
def test_tables(name: str, width: dict[int, str]) -> None:
    parts, expected = CASES[name]
    assert told(read(*[widened(part, width) for part in parts])) == expected


def test_headings_between_pasted_rows() -> None:
    text = (
        "云川市整改清单\n序号\t反馈问题\t整改措施\t责任单位\t整改时限\n一、立行立改问题\n1\t排放超标\t限期治理\t市环保局\t立行立改\n"
        "2\t台账不全\t完善制度\t〃\t3月底前\n（二）长期整改问题\n3\t监测不足\t购置设备\t市财政局\t长期坚持\n"
    )
    found = [(k.section, k.number, [u.text for u in k.responsible_units]) for k in parse_text(text).key_tasks]
    assert found == [
        ("立行立改问题", 1, ["市环保局"]),
        ("立行立改问题", 2, ["市环保局"]),
        ("长期整改问题", 3, ["市财政局"]),
    ]


NO_PLANS = {
    "statistics": [["指标", "单位", "2025年", "增速"], ["生产总值", "亿元", "100", "7%"]],
    "scores": [["序号", "考核指标", "分值", "评分标准", "责任单位"], ["1", "任务完成", "10", "每项扣1分", "市司法局"]],
    "services": [["序号", "事项名称", "设定依据", "承办单位", "办结时限"], ["1", "核发证照", "条例第5条", "市司法局", "3个工作日内"]],
    "contacts": [["单位", "联系人", "电话"], ["市司法局", "张三", "123"]],
    "timetable": [["时间", "内容", "地点", "参加单位"], ["9:00", "开幕", "会堂", "市司法局"]],
}  # fmt: skip


@pytest.mark.parametrize("name", NO_PLANS)
def test_other_tables_hold_no_key_tasks(name: str) -> None:
    assert read("云川市工作情况", NO_PLANS[name]).key_tasks == ()


def test_what_no_rule_claims_stays_in_the_text() -> None:
    head = ["序号", "重点任务", "工作措施", "成果形式", "责任单位", "完成时限", "备注"]
    row = ["1", "编制权责清单", "梳理事项，逐项公布", "权责清单", "市司法局", "6月底前形成初稿", "省定任务"]
    [key_task] = read(TITLE, [head, row]).key_tasks
    assert key_task.text.split("\n") == [
        "编制权责清单",
        "工作措施：梳理事项，逐项公布",
        "成果形式：权责清单",
        "完成时限：6月底前形成初稿",
        "备注：省定任务",
    ]


def test_a_list_of_problems_is_a_rectification_list() -> None:
    head = ["序号", "问题", "整改目标", "整改措施", "责任单位", "督导单位", "整改时限"]
    rows = [
        ["一、短期攻坚", "<", "<", "<", "<", "<", "<"],
        ["1", "雨污混接", "全部改造", "逐段排查", "市住建局", "市督查室", "立行立改"],
        ["二、长期坚持", "<", "<", "<", "<", "<", "<"],
        ["2", "执法力量薄弱", "配齐人员", "公开招录", "市委编办", "市督查室", "长期坚持"],
    ]
    draft = read("云川市整改清单", [head, *rows])
    assert draft.document.kind == "rectification_list"
    assert told(draft) == [
        {"n": 1, "section": "短期攻坚", "title": "雨污混接", "resp": ["市住建局"], "sup": ["市督查室"], "by": ["immediate"]},
        {"n": 2, "section": "长期坚持", "title": "执法力量薄弱", "resp": ["市委编办"], "sup": ["市督查室"], "by": ["ongoing"]},
    ]  # fmt: skip


NOTICE = "云川市优化营商环境行动方案\n一、重点任务\n1.编制权责清单并向社会公布，不少于2批。{}\n2.清理证明事项，逐项公示。{}\n"
ANNEX = [HEAD, ["1", "编制权责清单", "市司法局", "6月底前"], ["2", "清理证明事项", "市财政局", "9月底前"]]


def test_a_notice_without_assignments_counts_by_its_table() -> None:
    draft = read(NOTICE.format("", ""), "附件：任务分解表", ANNEX)
    assert [k.responsible_units[0].text for k in draft.key_tasks] == ["市司法局", "市财政局"]
    assert [k.title for k in draft.key_tasks] == ["编制权责清单", "清理证明事项"]


def test_a_table_that_repeats_the_notice_says_who() -> None:
    draft = read(NOTICE.format("（责任单位：市审计局）", "（责任单位：市财政局）"), "附件：任务分解表", ANNEX)
    assert [[u.text for u in k.responsible_units] for k in draft.key_tasks] == [["市司法局"], ["市财政局"]]
    assert [k.section for k in draft.key_tasks] == ["重点任务"] * 2
    assert [len(k.deadlines) for k in draft.key_tasks] == [1, 1]
    assert [n.code for n in draft.notes] == ["table_repeats_text"] * 2


def test_other_key_tasks_of_the_table_are_added() -> None:
    other = [HEAD, ["3", "建设共享平台", "市大数据局", "年内"]]
    draft = read(NOTICE.format("（责任单位：市审计局）", "（责任单位：市财政局）"), "附件：任务分解表", other)
    assert [k.number for k in draft.key_tasks] == [1, 2, 3]
    assert draft.notes == ()


def test_a_guess_is_said_and_trusted_less() -> None:
    [_, guessed, _] = (
        draft := read(TITLE, [["领域", "任务", "责任单位"], ["公开", "甲任务", "市司法局"], ["", "乙任务", ""], ["服务", "丙任务", "市财政局"]])
    ).key_tasks  # fmt: skip
    assert [(n.code, n.span) for n in draft.notes] == [("taken_from_row_above", guessed.span)]
    assert guessed.confidence < 0.9


def test_a_limit_that_is_not_understood_is_said() -> None:
    draft = read(TITLE, [HEAD, ["1", "编制权责清单", "市司法局", "见正文"]])
    assert [n.code for n in draft.notes] == ["limit_unread"]
    assert draft.key_tasks[0].text.endswith("完成时限：见正文")


def test_a_head_that_was_inferred_is_trusted_less() -> None:
    [first, _] = read(
        TITLE, [["1", "编制权责清单并向社会公布", "市司法局"], ["2", "清理证明事项并逐项公示", "市财政局"]]
    ).key_tasks
    assert first.confidence < 0.8


OWN = [
    "序号",
    "类别",
    "任务名称",
    "任务内容",
    "牵头单位",
    "责任单位",
    "配合单位",
    "督导单位",
    "完成时限",
    "指标",
]


def test_the_breakdown_table_reads_back_exactly() -> None:
    rows = [
        [
            "1", "政务公开", "编制清单", "1.编制权责清单，3月底前公开，每季度通报，抽查比例不低于30%。", "市司法局", "市财政局、各县（市、区）人民政府", "",
            "市督查室", "2026年6月30日前；每年不少于2次", "抽查比例不少于5%；整改率达到100%",
        ],
        ["2", "^", "清理证明（同上）", "清理，由市审计局牵头。", "", "", "", "", "", ""],
        ["3", "", "开设专窗", "开设", "市行政审批局", "", "", "", "", ""],
    ]  # fmt: skip
    one, two, three = read(TITLE, [OWN, *rows]).key_tasks
    assert (one.number, one.section, one.title, one.text) == (1, "政务公开", "编制清单", rows[0][3])
    assert [[u.text for u in units] for units in (one.lead_units, one.responsible_units, one.supervising_units)] == [
        ["市司法局"], ["市财政局", "各县（市、区）人民政府"], ["市督查室"],
    ]  # fmt: skip
    assert [d.kind for d in one.deadlines] == ["date", "recurring"]
    assert one.deadlines[1].min_count == 2
    assert [(i.name, i.op, i.value, i.unit) for i in one.indicators] == [
        ("抽查比例", ">=", 5, "%"),
        ("整改率", ">=", 100, "%"),
    ]
    assert (two.section, two.title, two.text) == ("政务公开", "清理证明（同上）", "清理，由市审计局牵头。")
    assert (two.lead_units, two.deadlines, [d.name for d in two.defects]) == ((), (), ["missing_assignment"])
    assert (three.section, three.text) == ("", "开设")


def test_a_report_that_tells_what_was_done_holds_no_key_tasks() -> None:
    grid = [["序号", "重点任务", "责任单位", "完成情况"], ["1", "编制权责清单", "市司法局", "已完成"]]
    assert read("云川市2025年重点任务完成情况的报告", grid).key_tasks == ()
    assert len(read("云川市2025年重点任务台账", grid).key_tasks) == 1


def test_thousands_of_rows_under_one_merged_cell_are_read() -> None:
    """Quadratic work over shared cells would take minutes here."""
    grid = [HEAD, ["1", "编制权责清单", "、".join(f"市{n}局" for n in range(300)), "年内"]]
    grid += [[str(n), "清理证明事项", "^", "^"] for n in range(2, 3_000)]
    assert len(read(TITLE, grid).key_tasks) == 2_999


def test_grids_lie_in_range() -> None:
    source = make_source(TITLE, ANNEX, "\n序号\n任务\n责任单位\n1\n编制清单\n市司法局")
    spans = [grid.span for grid in find_grids(source, fold(source.text), set())]
    assert len(spans) == 2
    assert all(0 <= span.start < span.end <= len(source.text) for span in spans)


CELLS = [
    "序号", "任务", "任务名称", "任务内容", "类别", "牵头单位", "责任单位", "责任单位及责任人", "完成时限", "备注", "指标", "1", "2", "１.",
    "一、推进公开", "合计", "同上", "〃", "—", "", "^", "<", "编制权责清单", "市司法局", "市司法局、市财", "政局", "市司法局牵头,市财政局配合",
    "牵头单位:市司法局", "6月底前", "长期坚持", "适时", "不少于5%", "张三", "\x00", "各县(市、区", "(牵头)",
]  # fmt: skip


def _legal(grid: list[list[str]]) -> list[list[str]]:
    """Without merged cells that have nothing to merge with."""
    return [
        ["" if (cell == "^" and r == 0) or (cell == "<" and c == 0) else cell for c, cell in enumerate(row)]
        for r, row in enumerate(grid)
    ]


GRIDS = st.integers(1, 6).flatmap(
    lambda width: st.lists(
        st.lists(st.sampled_from(CELLS), min_size=width, max_size=width), min_size=1, max_size=12
    )
)


@settings(max_examples=150, deadline=None)
@given(GRIDS, GRIDS, st.booleans())
def test_any_table_is_read(one: list[list[str]], other: list[list[str]], headed: bool) -> None:
    head = [*HEAD, "备注", "类别"]
    grids = [_legal([*([head[: len(g[0])]] if headed else []), *g]) for g in (one, other)]
    source = make_source(TITLE, grids[0], "- 2 -", grids[1])
    draft = parse_source(source)
    for key_task in draft.key_tasks:
        assert 0 <= key_task.span.start <= key_task.span.end <= len(source.text)
        assert key_task.text
        assert key_task.title
        assert 0 < key_task.confidence <= 1
        assert {d.name for d in key_task.defects} <= set(DEFECTS)
        for limit in key_task.deadlines:
            assert source.text[limit.span.start : limit.span.end] == limit.raw


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([cell for cell in CELLS if cell not in ("^", "<")]), max_size=40))
def test_any_run_of_lines_is_read(lines: list[str]) -> None:
    text = "\n".join([*HEAD, *lines])
    for key_task in parse_source(make_source(text)).key_tasks:
        assert 0 <= key_task.span.start <= key_task.span.end <= len(text) + 1


def test_a_long_flattened_table_is_read() -> None:
    """Quadratic work over its lines would take minutes here."""
    lines = [f"{n}\n编制权责清单\n市司法局\n6月底前" for n in range(1, 1_500)]
    [first, *_, last] = read("\n".join([TITLE, *HEAD, *lines])).key_tasks
    assert (first.number, last.number) == (1, 1_499)


@pytest.mark.parametrize("column", ["任务内容", "责任单位", "备注"])
def test_what_is_repeated_stays_in_proportion_to_the_document(column: str) -> None:
    """A cell of many pages over thousands of rows would come to gigabytes; the first rows have it whole."""
    header = ["序号", "任务内容", "责任单位", "备注"]
    long = "、".join(f"市第{n}局" for n in range(3_000))
    first = {"序号": "1", "任务内容": "开展检查", "责任单位": "市财政局", "备注": "无"} | {column: long}
    rows = [
        {"序号": str(n), "任务内容": f"开展检查{n}", "责任单位": "市财政局", "备注": "略"} | {column: "同上"}
        for n in range(2, 400)
    ]
    text = "\n".join(
        "\t".join(row[name] for name in header) for row in [{name: name for name in header}, first, *rows]
    )
    draft = parse_text(text)
    assert len(draft.key_tasks) == 399
    said = sum(len(t.text) + sum(len(unit.text) for unit in t.responsible_units) for t in draft.key_tasks)
    assert len(long) < said < 3 * len(text) + 400_000
    assert [note.code for note in draft.notes].count("repeats_cut") == 1
