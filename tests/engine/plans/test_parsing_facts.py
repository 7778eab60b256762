"""What the document is: title over several lines, issuer, 文号, signed date, year and kind; in both widths."""

from datetime import date
from typing import Any

import pytest

from engine.plans.parsing import parse_text

from .widths import both_widths, narrow

NOTICE = "云川市人民政府办公室"
TASK = "一、任务\n1.清理事项。(责任单位:市甲局)\n"

#: text, title
TITLES = [
    ("云川市优化服务工作方案\n" + TASK, "云川市优化服务工作方案"),
    ("云川市优化营商环境\n三年行动方案\n(2024-2026年)\n" + TASK, "云川市优化营商环境三年行动方案(2024-2026年)"),
    ("云川市深化改革\n优化服务\n工作要点\n" + TASK, "云川市深化改革优化服务工作要点"),
    (f"{NOTICE}文件\n云政办发〔2024〕3号\n{NOTICE}\n关于做好防汛工作的通知\n各区:\n" + TASK,
     "云川市人民政府办公室关于做好防汛工作的通知"),
    ("云川市人民政府关于加强治理的实施意见\n各区人民政府:\n" + TASK, "云川市人民政府关于加强治理的实施意见"),
    (NOTICE + "关于印发《云川市治理\n工作方案》的通知\n各区:\n现印发给你们。\n" + NOTICE + "\n2024年3月1日\n"
     "云川市治理工作方案\n" + TASK, "云川市治理工作方案"),
    (NOTICE + "关于印发云川市治理工作方案的通知\n各区:\n现印发给你们。\n" + NOTICE + "\n2024年3月1日\n" + TASK,
     "云川市治理工作方案"),
    ("关于转发《省政府办公厅关于优化服务的意见》的通知\n" + TASK, "省政府办公厅关于优化服务的意见"),
    ("云川市贯彻落实督察反馈意见\n整改方案\n" + TASK, "云川市贯彻落实督察反馈意见整改方案"),
    ("云川市2024年度重点任务分解表\n" + TASK, "云川市2024年度重点任务分解表"),
    ("云川市治理工作方案(试行)\n" + TASK, "云川市治理工作方案(试行)"),
    ("附件1\n云川市2024年重点任务分解表\n" + TASK, "云川市2024年重点任务分解表"),
    ("特写丨云川县:“一窗”办好一件事\n今年以来,云川县推进改革。\n", "特写丨云川县:“一窗”办好一件事"),
    ("责任单位:市甲局\n清理事项。\n", None),
    (TASK, None),
]  # fmt: skip
#: closing lines, signed date
DATES = [
    ("云川市人民政府\n2024年3月1日\n", date(2024, 3, 1)),
    ("云川市人民政府\n二〇二四年三月一日\n", date(2024, 3, 1)),
    ("云川市人民政府\n二○二四年十二月二十一日\n", date(2024, 12, 21)),
    ("云川市人民政府\n二零二四年十月三十日\n", date(2024, 10, 30)),
    ("云川市人民政府\n2024 年 3 月 1 日\n", date(2024, 3, 1)),
    ("云川市人民政府\n(2024年3月1日)\n", date(2024, 3, 1)),
    ("云川市人民政府　　2024年3月1日\n", date(2024, 3, 1)),
    ("云川市人民政府\n2024年3月1日\n附件:清单\n", date(2024, 3, 1)),
    ("云川市人民政府\n2024年2月31日\n", None),
    ("会议于2024年3月1日召开。\n", None),
]
#: text, issuer
ISSUERS = [
    ("云川市治理工作方案\n" + TASK + "云川市人民政府办公室\n2024年3月1日\n", "云川市人民政府办公室"),
    ("云川市人民政府关于加强治理的实施意见\n" + TASK, "云川市人民政府"),
    ("发文机关:云川市司法局\n云川市治理工作方案\n" + TASK, "云川市司法局"),
    (
        "云川市治理工作方案\n" + TASK + f"中共云川市委办公室\n{NOTICE}\n2024年3月1日\n",
        f"中共云川市委办公室、{NOTICE}",
    ),
    ("云川市治理工作方案\n" + TASK, None),
]  # fmt: skip
#: title, closing, year
YEARS = [
    ("云川市治理工作方案", "云川市人民政府\n2024年3月1日\n", 2024),
    ("云川市2025年治理工作方案", "云川市人民政府\n2024年12月20日\n", 2025),
    ("云川市2023年治理工作总结及计划", "云川市人民政府\n2024年1月20日\n", 2024),
    ("云川市治理工作方案(2023-2025年)", "云川市人民政府\n2023年2月1日\n", 2023),
    ("云川市2024年治理工作方案", "", 2024),
    ("云川市治理工作方案", "", None),
    ("云川市开展专项行动", "2022-08-15 08:21  来源:云川日报\n", 2022),
]
#: text, kind
KINDS = [
    ("云川市治理工作方案\n" + TASK, "task_plan"),
    ("云川市问题整改方案\n问题一:水质差。\n责任单位:市甲局\n整改时限:2024年6月底前\n", "rectification_list"),
    ("云川市创建实施意见\n一、指标\n1.受理率达到80%以上。\n2.答复率达到100%。\n3.满意度达到95%以上。\n", "indicator_plan"),
    ("云川市2023年度法治政府建设情况报告\n现将情况报告如下。\n一、主要成效\n二、存在不足\n", "annual_report"),
    ("云川市开展专项行动\n近日,云川市启动行动。据悉,行动为期一年。\n", "news"),
    ("云川县办好一件事\n据了解,去年办件3万件。“还要再快。”县甲局局长李平说。\n", "news"),
    ("学习体会\n一、提高认识\n要加强学习。\n", "narrative"),
]  # fmt: skip


def _document(text: str, width: dict[int, str]) -> dict[str, Any]:
    document: dict[str, Any] = narrow_values(parse_text(text.translate(width)).to_dict()["document"])
    return document


def narrow_values(document: dict[str, Any]) -> dict[str, Any]:
    return {k: narrow(v) if isinstance(v, str) else v for k, v in document.items()}


@both_widths
@pytest.mark.parametrize(("text", "title"), TITLES)
def test_title(text: str, title: str | None, width: dict[int, str]) -> None:
    assert _document(text, width)["title"] == title


@both_widths
@pytest.mark.parametrize(("closing", "signed"), DATES)
def test_signed_date(closing: str, signed: date | None, width: dict[int, str]) -> None:
    found = _document("云川市治理工作方案\n" + TASK + closing, width)["signed_date"]
    assert found == (signed.isoformat() if signed else None)


@both_widths
@pytest.mark.parametrize(
    ("caption", "reference", "signed"),
    [
        ("(云政办发〔2024〕6号  2024年2月8日)", "云政办发〔2024〕6号", "2024-02-08"),
        ("(2024年2月8日印发)", None, "2024-02-08"),
        ("(2024年2月8日市政府常务会议通过)", None, None),
    ],
)
def test_number_and_date_below_the_title(
    caption: str, reference: str | None, signed: str | None, width: dict[int, str]
) -> None:
    text = f"云川市治理工作方案\n{caption}\n{TASK}".translate(width)
    assert parse_text(text).document.reference == reference
    assert _document(text, width)["signed_date"] == signed


@both_widths
@pytest.mark.parametrize(("text", "issuer"), ISSUERS)
def test_issuer(text: str, issuer: str | None, width: dict[int, str]) -> None:
    assert _document(text, width)["issuer"] == issuer


@both_widths
@pytest.mark.parametrize(("title", "closing", "year"), YEARS)
def test_document_year(title: str, closing: str, year: int | None, width: dict[int, str]) -> None:
    assert _document(f"{title}\n{TASK}{closing}", width)["document_year"] == year


@both_widths
@pytest.mark.parametrize(("text", "kind"), KINDS)
def test_kind(text: str, kind: str, width: dict[int, str]) -> None:
    assert _document(text, width)["kind"] == kind


@pytest.mark.parametrize(
    ("line", "reference"),
    [
        ("云政办发〔2024〕3号", "云政办发〔2024〕3号"),
        ("云政办发[2024]13号", "云政办发[2024]13号"),
        ("云政办发(2024)第 3 号", "云政办发(2024)第3号"),
        ("云川市2024年3号线", None),
    ],
)
def test_reference(line: str, reference: str | None) -> None:
    assert parse_text(f"{line}\n云川市治理工作方案\n{TASK}").document.reference == reference


def test_a_signature_belongs_to_no_key_task() -> None:
    [key_task] = parse_text(f"云川市治理工作方案\n{TASK}云川市人民政府\n2024年3月1日\n").key_tasks
    assert key_task.text == "1.清理事项。(责任单位:市甲局)"
