"""What the audit's acts are called for people: one sentence per action, and the tone of its mark."""

from collections.abc import Iterable
from typing import Any

from engine.audit.models import AuditEntry
from engine.texts import N_
from webapp.language import gettext

ACTS: dict[str, str] = {
    "plan.imported": N_("导入文件"),
    "plan.edited": N_("修改拟立项内容"),
    "plan.confirmed": N_("确认立项"),
    "campaign.created": N_("立项，建立专项行动"),
    "campaign.closed": N_("专项行动办结"),
    "key_task.confirmed": N_("确认分工"),
    "key_task.dispatched": N_("交办各责任单位"),
    "key_task.settled": N_("全部工作事项已办结"),
    "key_task.summarised": N_("报送总结"),
    "key_task.summary_accepted": N_("总结通过验收"),
    "key_task.summary_returned": N_("总结退回补充"),
    "key_task.closed": N_("重点任务办结"),
    "work_item.assigned": N_("交办"),
    "work_item.acknowledged": N_("签收"),
    "work_item.plan_filed": N_("报备实施方案"),
    "work_item.fell_late": N_("签收或报备超过时限"),
    "work_item.obligations_opened": N_("应报事项生效"),
    "work_item.urged": N_("催办"),
    "work_item.settled": N_("应报事项全部办结"),
    "work_item.entered_sampling": N_("进入抽查期"),
    "work_item.sampling_decided": N_("抽查结果确定"),
    "work_item.closed": N_("销号"),
    "work_item.cancelled": N_("撤销"),
    "obligation.event_recorded": N_("登记需按次报告的事项"),
    "obligation.submitted": N_("提交办理情况和佐证材料"),
    "obligation.signed_off": N_("单位负责人签批同意"),
    "obligation.sign_off_refused": N_("单位负责人退回修改"),
    "obligation.fell_overdue": N_("逾期"),
    "review.approved": N_("审核通过"),
    "review.returned": N_("审核退回"),
    "review.fell_overdue": N_("审核超过时限"),
    "deadline.reminded": N_("到期提醒"),
    "deadline.passed": N_("期限届满"),
    "deadline.escalated": N_("逾期上报"),
    "deadline.extended": N_("期限延长"),
    "deadline.paused": N_("暂停计时"),
    "deadline.resumed": N_("恢复计时"),
    "deadline.recomputed": N_("日历调整，期限重新计算"),
    "inspection_round.prepared": N_("编制抽查方案，冻结抽查范围"),
    "inspection_round.drawn": N_("抽签"),
    "inspection_round.closed": N_("抽查结束"),
    "inspection_round.withdrawn": N_("撤回抽查方案"),
    "check.assigned": N_("派发检查"),
    "check.recorded": N_("登记检查情况"),
    "check.closed": N_("检查办结"),
    "check.withdrawn": N_("更换检查员"),
    "rectification.opened": N_("下达整改"),
    "rectification.submitted": N_("报送整改情况"),
    "rectification.returned": N_("整改退回"),
    "rectification.overdue_marked": N_("整改逾期"),
    "rectification.closed": N_("整改销号"),
    "audit.detail_erased": N_("依法删除个人信息"),
}

_TONES = {
    "bad": ("fell_overdue", "fell_late", "deadline.passed", "escalated", "overdue_marked", "cancelled"),
    "warn": ("returned", "refused", "reminded", "urged", "rectification.opened"),
    "good": ("approved", "accepted", "closed", "signed_off"),
}

#: Details worth a line of their own: what somebody wrote.
_WRITTEN = ("reasons", "reason", "text", "title")


def act(action: str) -> str:
    return gettext(ACTS.get(action, action))


def timeline(entries: Iterable[AuditEntry]) -> list[dict[str, Any]]:
    """Audit entries as the timeline macro takes them."""
    return [
        {
            "at": entry.at,
            "actor": gettext(entry.actor_name) if entry.actor_id is None else entry.actor_name,
            "text": act(entry.action),
            "tone": _tone(entry.action),
            "detail": _detail(entry.facts or {}),
        }
        for entry in entries
    ]


def _tone(action: str) -> str | None:
    for tone, endings in _TONES.items():
        if action.endswith(endings):
            return tone
    return None


def _detail(facts: dict[str, Any]) -> str | None:
    return next((str(facts[name]) for name in _WRITTEN if facts.get(name)), None)
