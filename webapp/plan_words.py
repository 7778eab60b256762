"""What the plan import page says about a reading: defects, limits, reviewers and problems, in the page's language."""

from typing import Any

from engine.plans import rules
from engine.plans.models import PlanTaskLimit
from engine.plans.rules import Problem
from engine.plans.views import PlanTaskView
from engine.texts import N_
from webapp import limit_words
from webapp.language import gettext, translate

DEFECTS = {
    "missing_closing_bracket": N_("括号没有闭合，已读到段末"),
    "missing_opening_bracket": N_("缺少前括号，已从标签处读起"),
    "doubled_closing_bracket": N_("后括号重复，已略去"),
    "mismatched_bracket": N_("前后括号不一致，已按一对处理"),
    "unclosed_inner_bracket": N_("单位名称中的括号没有闭合，名称保持完整"),
    "missing_enumeration_comma_in_lead": N_("牵头单位之间漏了顿号，已拆开"),
    "missing_enumeration_comma_in_responsible": N_("责任单位之间漏了顿号，已拆开"),
    "missing_enumeration_comma_in_cooperating": N_("配合单位之间漏了顿号，已拆开"),
    "missing_enumeration_comma_in_supervising": N_("督导单位之间漏了顿号，已拆开"),
    "missing_comma_in_body": N_("正文疑似漏了逗号，未作改动"),
    "missing_separator_after_number": N_("序号后缺少标点，已按序号处理"),
    "missing_number": N_("编号缺失，已按前后编号推断"),
    "full_width_digits": N_("序号为全角数字"),
    "label_variant": N_("标签与全文其他处写法不同"),
    "missing_colon_after_label": N_("标签后缺少冒号"),
    "unit_name_cut_by_line": N_("单位名称被换行断开，已接上"),
    "missing_assignment": N_("没有写明由哪个单位承担"),
    "impossible_date": N_("日期不存在，已取当月最后一天"),
    "year_unknown": N_("时限没有年份，请确定"),
}
REASONS = {
    "single_lead": N_("牵头单位"),
    "first_lead": N_("首个牵头单位"),
    "no_lead": N_("没有牵头单位，由督办机构审核"),
    "by_hand": N_("人工指定"),
    "unsettled": N_("牵头的是一组单位，请指定"),
}
HOW = {
    "learned": N_("上次确认"),
    "alias": N_("按别名"),
    "level": N_("按级别补全"),
    "by_hand": N_("人工确认"),
}


PROPOSALS = {
    "indicator": N_("指标"),
    "cadence": N_("定期工作"),
    "campaign": N_("专项行动"),
}


def place(found: dict[str, Any] | None) -> str:
    """Where something stands in the original: 第3页; 任务表 C7; 第12段."""
    if not found:
        return ""
    if "cell" in found:
        return " ".join(filter(None, (str(found.get("sheet") or ""), str(found["cell"]))))
    told = []
    if "page" in found:
        told.append(translate(N_("第{page}页"), page=found["page"]))
    if "table" in found:
        told.append(translate(N_("表{table}第{row}行"), table=found["table"], row=found.get("row", 1)))
    elif "paragraph" in found:
        told.append(translate(N_("第{paragraph}段"), paragraph=found["paragraph"]))
    return gettext(N_("，")).join(told)


def confidence(entry: PlanTaskView) -> str:
    """How sure the reading is, where it is not."""
    sure = entry.row.confidence
    if sure >= rules.DOUBTFUL + 0.2:
        return ""
    return gettext(N_("把握不大，请核对原文") if sure < rules.DOUBTFUL else N_("不太有把握"))


def defects(entry: PlanTaskView) -> list[str]:
    """One sentence per repaired place, the place itself quoted."""
    found = []
    for defect in entry.row.defects:
        text = gettext(DEFECTS[defect["name"]]) if defect["name"] in DEFECTS else defect["name"]
        place = " ".join(str(defect.get("text", "")).split())[:30]
        found.append(f"{text}：“{place}”" if len(place) > 1 else text)
    return found


def problem(one: Problem) -> str:
    return translate(one.text, **one.params)


def limit(row: PlanTaskLimit) -> str:
    """How the limit will be counted."""
    return limit_words.of_plan(row.kind, row.data)
