"""What may be drawn, recorded, reported and verified when: pure decisions."""

from dataclasses import dataclass
from datetime import date

from engine.errors import InvalidInput, RuleViolation
from engine.inspections import sampling
from engine.inspections.models import CheckState, RectificationState, RoundState, Severity
from engine.plans.rules import check_not_far
from engine.texts import N_

MAX_TEXT = 5000
MAX_FINDINGS = 50
#: working days in which a drawn inspector checks on site
CHECK_DAYS = 20


@dataclass(frozen=True)
class FindingDraft:
    """A finding as typed by the inspector. ``unit_id`` None means the work item's own unit."""

    text: str
    severity: Severity
    due_on: date
    unit_id: int | None = None


def check_preparation(title: str, rate: int, seed_source: str) -> None:
    """Raises InvalidInput beside the field that is wrong."""
    if not title.strip():
        raise InvalidInput("round.title_missing", "请填写抽查名称", field="title")
    if not 1 <= rate <= 100:
        raise InvalidInput("round.rate", "抽查比例应在 1% 至 100% 之间", field="rate")
    if not sampling.clean_seed(seed_source):
        raise InvalidInput(
            "round.seed_source_missing", "请写明随机数来源，例如某期彩票的开奖号码", field="seed_source"
        )


def check_draw(state: str, seed: str) -> None:
    if state != RoundState.PREPARED:
        raise RuleViolation("round.not_prepared", "该轮抽查已经抽签或已撤回")
    if not sampling.clean_seed(seed):
        raise InvalidInput("round.seed_missing", "请填写公布的随机数", field="seed")
    if len(sampling.clean_seed(seed)) > 300:
        raise InvalidInput("round.seed_too_long", "随机数不得超过 300 字", field="seed")


def check_record(
    state: str, opened_on: date, today: date, visited_on: date, conclusion: str, findings: list[FindingDraft]
) -> None:
    """A visit lies between the draw and today; limits of rectification lie ahead."""
    if state != CheckState.OPEN:
        raise RuleViolation("check.not_open", "该检查已经记录")
    if visited_on > today:
        raise InvalidInput("check.visit_ahead", "检查日期不得晚于今天", field="visited_on")
    if visited_on < opened_on:
        raise InvalidInput(
            "check.visit_before_draw", "检查日期不得早于抽签日期 {opened_on}", field="visited_on",
            opened_on=opened_on.isoformat(),
        )  # fmt: skip
    _check_text(conclusion, "conclusion", "check.conclusion_missing", N_("请填写检查结论"))
    if len(findings) > MAX_FINDINGS:
        raise InvalidInput(
            "check.too_many_findings", "一次检查最多记录 {limit} 个问题", field="findings", limit=MAX_FINDINGS
        )
    for number, finding in enumerate(findings, start=1):
        _check_text(finding.text, f"findings.{number}.text", "finding.text_missing", N_("请写明发现的问题"))
        if finding.due_on <= today:
            raise InvalidInput("finding.due_on", "整改期限应晚于今天", field=f"findings.{number}.due_on")
        check_not_far(finding.due_on, today, field=f"findings.{number}.due_on")


def check_report(state: str, text: str) -> None:
    if state != RectificationState.OPEN:
        raise RuleViolation("rectification.not_open", "整改报告已经提交或整改已经销号")
    _check_text(text, "text", "rectification.text_missing", N_("请填写整改情况"))


def check_verification(
    state: str, passed: bool, reasons: str, due_on: date | None, old_due_on: date, today: date
) -> None:
    """A return gives reasons; the new limit, if one is set, is no earlier than the old one and lies ahead."""
    if state != RectificationState.SUBMITTED:
        raise RuleViolation("rectification.not_submitted", "没有待复查的整改报告")
    if not passed and not reasons.strip():
        raise InvalidInput("rectification.reasons_missing", "退回整改应当说明理由", field="reasons")
    if len(reasons) > MAX_TEXT:
        raise _too_long("reasons")
    if not passed and due_on is not None and (due_on <= today or due_on < old_due_on):
        raise InvalidInput("rectification.due_on", "整改期限应晚于今天，且不早于原期限", field="due_on")
    if not passed and due_on is not None:
        check_not_far(due_on, today, field="due_on")


def check_reason(reason: str) -> None:
    _check_text(reason, "reason", "inspections.reason_missing", N_("请说明理由"))


def _check_text(text: str, field: str, code: str, missing: str) -> None:
    if not text.strip():
        raise InvalidInput(code, missing, field=field)
    if len(text) > MAX_TEXT:
        raise _too_long(field)


def _too_long(field: str) -> InvalidInput:
    return InvalidInput("inspections.text_too_long", "内容不得超过 {limit} 字", field=field, limit=MAX_TEXT)
