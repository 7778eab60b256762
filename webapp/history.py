"""What the audit's acts are called for people: one sentence per action, and the tone of its mark."""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.audit.models import AuditEntry
from engine.texts import N_
from webapp.language import gettext, stored

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
    "key_task.amended": N_("按修订版调整"),
    "key_task.cancelled": N_("撤销重点任务"),
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
    "work_item.amended": N_("按修订版调整要求"),
    "obligation.event_recorded": N_("登记需按次报告的事项"),
    "obligation.submitted": N_("提交办理情况和佐证材料"),
    "obligation.signed_off": N_("单位负责人签批同意"),
    "obligation.sign_off_refused": N_("单位负责人退回修改"),
    "obligation.fell_overdue": N_("逾期"),
    "review.approved": N_("审核通过"),
    "review.returned": N_("审核退回"),
    "review.fell_overdue": N_("审核超过时限"),
    "extension.applied": N_("申请延期"),
    "extension.revised": N_("修改后重新申请延期"),
    "extension.withdrawn": N_("撤回延期申请"),
    "extension.signed": N_("单位负责人同意延期申请"),
    "extension.endorsed": N_("督办机构同意延期，报分管领导审定"),
    "extension.returned": N_("延期申请退回修改"),
    "extension.granted": N_("批准延期"),
    "extension.refused": N_("不予延期"),
    "extension.lapsed": N_("延期申请随应报事项终止"),
    "extension.decision_fell_late": N_("延期申请逾期未批"),
    "change_request.asked": N_("申请变更"),
    "change_request.revised": N_("修改后重新申请变更"),
    "change_request.withdrawn": N_("撤回变更申请"),
    "change_request.signed": N_("单位负责人同意变更申请"),
    "change_request.endorsed": N_("督办机构同意变更，报分管领导审定"),
    "change_request.returned": N_("变更申请退回修改"),
    "change_request.granted": N_("批准变更"),
    "change_request.refused": N_("不同意变更"),
    "change_request.lapsed": N_("变更申请随事项终止"),
    "change_request.decision_fell_late": N_("变更申请逾期未批"),
    "work_item.suspended": N_("挂账，各项期限停止计算"),
    "work_item.lifted": N_("解除挂账，各项期限继续计算"),
    "work_item.transferred": N_("移交其他单位"),
    "work_item.taken_over": N_("由其他单位移交而来"),
    "notice.drafted": N_("拟督办单"),
    "notice.edited": N_("修改督办单"),
    "notice.submitted": N_("督办单送审"),
    "notice.returned": N_("督办单退回修改"),
    "notice.issued": N_("签发督办单"),
    "notice.numbered": N_("督办单编号"),
    "notice.archived": N_("督办单归档"),
    "notice.received": N_("签收督办单"),
    "notice.replied": N_("反馈督办单"),
    "notice.satisfied": N_("核查合格"),
    "notice.reply_returned": N_("核查不合格，退回继续办理"),
    "notice.closed": N_("督办单办结"),
    "notice.escalated": N_("督办单升级"),
    "notice.cancelled": N_("作废督办单"),
    "notice.receipt_fell_late": N_("督办单签收逾期"),
    "notice.reply_fell_late": N_("督办单反馈逾期"),
    "escalation_policy.published": N_("发布提醒升级规则新版本"),
    "light_scheme.published": N_("更改灯色含义"),
    "deadline.reminded": N_("到期提醒"),
    "deadline.passed": N_("期限届满"),
    "deadline.escalated": N_("逾期上报"),
    "deadline.extended": N_("期限延长"),
    "deadline.paused": N_("暂停计时"),
    "deadline.resumed": N_("恢复计时"),
    "deadline.amended": N_("按修订版调整期限"),
    "deadline.recomputed": N_("日历调整，期限重新计算"),
    "inspection_round.prepared": N_("编制抽查方案，冻结抽查范围"),
    "inspection_round.drawn": N_("抽签"),
    "inspection_round.closed": N_("抽查结束"),
    "inspection_round.withdrawn": N_("撤回抽查方案"),
    "check.opened": N_("抽中，派发检查"),
    "check.left_out": N_("抽中，但不再检查"),
    "check.recorded": N_("登记检查情况"),
    "check.closed": N_("检查办结"),
    "check.withdrawn": N_("更换检查员"),
    "rectification.opened": N_("下达整改"),
    "rectification.submitted": N_("报送整改情况"),
    "rectification.passed": N_("复查合格"),
    "rectification.returned": N_("复查不合格，退回整改"),
    "rectification.overdue_marked": N_("整改逾期"),
    "rectification.closed": N_("整改销号"),
    "audit.detail_erased": N_("依法删除个人信息"),
    "audit.verified": N_("核验审计记录"),
    "plan.discarded": N_("放弃导入"),
    "plan.amendment_linked": N_("列为修订版"),
    "plan.amendment_unlinked": N_("不再列为修订版"),
    "plan.amendment_chosen": N_("选定要采用的修订内容"),
    "plan_task.edited": N_("修改拟立项任务"),
    "plan_task.checked": N_("核对拟立项任务"),
    "plan_task.dropped": N_("剔除拟立项任务"),
    "plan_task.restored": N_("恢复拟立项任务"),
    "plan_task.group_expanded": N_("展开单位组"),
    "plan_task.unit_matched": N_("匹配单位"),
    "plan_task.unit_added": N_("增加单位"),
    "plan_task.unit_dropped": N_("剔除单位"),
    "plan_task.unit_restored": N_("恢复单位"),
    "plan_task.limit_set": N_("设定时限"),
    "plan_task.limit_removed": N_("取消时限"),
    "plan_task.limits_defaulted": N_("按默认设定时限"),
    "plan_task.reviewer_set": N_("确定审核单位"),
    "plan_task.unit_moved": N_("调整单位职责"),
    "plan_task.leads_made_responsible": N_("牵头单位列为责任单位"),
    "plan_task.unit_put_first": N_("调整单位顺序"),
    "plan_task.split": N_("拆分拟立项任务"),
    "plan_task.merged": N_("合并拟立项任务"),
    "plan_task.added": N_("补充拟立项任务"),
    "plan_proposal.adopted": N_("采用文件中的内容"),
    "plan_proposal.set_aside": N_("不采用文件中的内容"),
    "plan_proposal.reopened": N_("恢复未采用的内容"),
    "plan.change_undone": N_("撤销一次修改"),
    "process_definition.published": N_("发布流程图"),
    "file.erased": N_("删除文件"),
    "file.bytes_missed": N_("文件内容缺失"),
    "sign_in.refused": N_("登录被拒绝"),
    "access.denied": N_("无权操作被拒绝"),
    "account.created": N_("开立账号"),
    "account.signed_in": N_("登录"),
    "account.locked": N_("账号锁定"),
    "account.signed_out": N_("退出"),
    "account.password_changed": N_("修改密码"),
    "account.password_reset": N_("重置密码"),
    "account.disabled": N_("停用账号"),
    "token.issued": N_("签发访问令牌"),
    "token.revoked": N_("撤销访问令牌"),
    "unit.created": N_("新建单位"),
    "unit.renamed": N_("单位更名"),
    "unit.alias_added": N_("增加单位别称"),
    "unit_group.created": N_("新建单位组"),
    "unit_group.members_set": N_("调整单位组成员"),
    "person.created": N_("新增人员"),
    "post.appointed": N_("任命"),
    "post.dismissed": N_("免去"),
    "delegation.granted": N_("委托代办"),
    "calendar.changed": N_("调整工作日历"),
    "queue_item.retried": N_("重新执行后台工作"),
    "delivery.retried": N_("重新发送消息"),
    "calendar_feed.renewed": N_("更换日历订阅地址"),
    "calendar_feed.stopped": N_("停用日历订阅"),
    "preferences.changed": N_("修改通知设置"),
    "message_template.changed": N_("修改消息模板"),
    "message_template.reset": N_("恢复默认消息模板"),
    "endpoint.added": N_("增加推送地址"),
    "endpoint.stopped": N_("停用推送地址"),
    "endpoint.resumed": N_("启用推送地址"),
    "endpoint.tried": N_("测试推送地址"),
    "endpoint.retried": N_("重新发送推送失败的消息"),
    "dispatch.retried": N_("重新分发消息"),
}

_TONES = {
    "bad": (
        "fell_overdue",
        "fell_late",
        "decision_fell_late",
        "notice.escalated",
        "deadline.passed",
        "escalated",
        "overdue_marked",
        "cancelled",
    ),
    "warn": ("returned", "refused", "reminded", "urged", "rectification.opened"),
    "good": ("approved", "accepted", "closed", "signed_off", "extension.granted", "change_request.granted"),
}

#: Details worth a line of their own: what somebody wrote.
_WRITTEN = ("reasons", "reason", "text", "title", "number", "name")


def act(action: str) -> str:
    return gettext(ACTS.get(action, action))


def timeline(
    entries: Iterable[AuditEntry], about: Mapping[tuple[str, int], str] | None = None
) -> list[dict[str, Any]]:
    """Audit entries as the timeline macro takes them. ``about``: what to call the subjects, by (type, id)."""
    return [
        {
            "at": entry.at,
            "actor": entry.actor_name if entry.actor_id is not None else gettext(N_("系统")),
            "text": act(entry.action),
            "about": _about(entry, about or {}),
            "tone": _tone(entry.action),
            "detail": _detail(entry.facts or {}),
        }
        for entry in entries
    ]


def _about(entry: AuditEntry, about: Mapping[tuple[str, int], str]) -> str | None:
    """Which report an act was about; a review is about the report that it judged."""
    judged = (entry.facts or {}).get("obligation_id")
    named = about.get(("obligation", judged)) if judged else about.get((entry.subject_type, entry.subject_id))
    return stored(named) if named else None


def _tone(action: str) -> str | None:
    for tone, endings in _TONES.items():
        if action.endswith(endings):
            return tone
    return None


def _detail(facts: dict[str, Any]) -> str | None:
    return next((stored(str(facts[name])) for name in _WRITTEN if facts.get(name)), None)
