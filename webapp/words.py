"""The words for states and kinds, one place for lists, pages and exports; with the tone of their mark."""

from flask import Flask

from engine.texts import N_
from webapp.language import gettext

#: value -> (msgid, tone of the badge)
WORDS: dict[str, dict[str, tuple[str, str]]] = {
    "work_item": {
        "assigned": (N_("待签收"), "info"),
        "acknowledged": (N_("待报备方案"), "info"),
        "in_progress": (N_("办理中"), "info"),
        "sampling": (N_("抽查期"), "plain"),
        "inspecting": (N_("检查中"), "warn"),
        "closed": (N_("已销号"), "good"),
        "cancelled": (N_("已撤销"), "plain"),
    },
    "obligation": {
        "open": (N_("待填报"), "info"),
        "submitted": (N_("待签批"), "info"),
        "in_review": (N_("待审核"), "info"),
        "accepted": (N_("已通过"), "good"),
        "cancelled": (N_("已撤销"), "plain"),
    },
    "submission": {
        "submitted": (N_("待签批"), "info"),
        "refused": (N_("本单位退回"), "warn"),
        "in_review": (N_("待审核"), "info"),
        "returned": (N_("审核退回"), "warn"),
        "accepted": (N_("审核通过"), "good"),
    },
    "key_task": {
        "draft": (N_("待确认分工"), "info"),
        "confirmed": (N_("待交办"), "info"),
        "dispatching": (N_("交办中"), "info"),
        "running": (N_("办理中"), "info"),
        "summarised": (N_("待验收"), "info"),
        "closed": (N_("已办结"), "good"),
        "cancelled": (N_("已撤销"), "plain"),
    },
    "amendment_kind": {
        "task_added": (N_("新增任务"), "good"),
        "task_dropped": (N_("取消任务"), "bad"),
        "wording": (N_("表述调整"), "plain"),
        "unit_added": (N_("增加单位"), "good"),
        "unit_removed": (N_("取消单位"), "bad"),
        "unit_moved": (N_("单位职责调整"), "warn"),
        "limit_added": (N_("增加时限"), "good"),
        "limit_removed": (N_("取消时限"), "bad"),
        "limit_moved": (N_("时限调整"), "warn"),
        "reviewer": (N_("审核单位调整"), "plain"),
    },
    "amendment": {
        "open": (N_("未采用"), "plain"),
        "chosen": (N_("正在应用"), "info"),
        "applied": (N_("已采用"), "good"),
        "kept": (N_("未能采用"), "warn"),
    },
    "plan": {
        "draft": (N_("待确认"), "info"),
        "confirmed": (N_("已确认"), "good"),
        "discarded": (N_("已废弃"), "plain"),
    },
    "campaign": {"running": (N_("进行中"), "info"), "closed": (N_("已办结"), "good")},
    "obligation_kind": {
        "milestone": (N_("阶段"), "plain"),
        "period": (N_("定期"), "plain"),
        "event": (N_("按次"), "plain"),
        "final": (N_("办结"), "solid"),
    },
    "role": {
        "lead": (N_("牵头单位"), "plain"),
        "responsible": (N_("责任单位"), "plain"),
        "cooperating": (N_("配合单位"), "plain"),
        "supervising": (N_("督导单位"), "plain"),
    },
    "round": {
        "prepared": (N_("待抽签"), "info"),
        "drawn": (N_("检查中"), "info"),
        "closed": (N_("已结束"), "good"),
        "withdrawn": (N_("已撤回"), "plain"),
    },
    "check": {
        "open": (N_("待检查"), "info"),
        "findings": (N_("整改中"), "warn"),
        "closed": (N_("已办结"), "good"),
        "withdrawn": (N_("已更换检查员"), "plain"),
    },
    "rectification": {
        "open": (N_("待整改"), "warn"),
        "submitted": (N_("待复查"), "info"),
        "closed": (N_("已销号"), "good"),
    },
    "severity": {
        "minor": (N_("轻微"), "plain"),
        "general": (N_("一般"), "warn"),
        "serious": (N_("严重"), "bad"),
    },
    "exclusion": {
        "open_check": (N_("另一检查尚未办结"), "plain"),
        "recused": (N_("检查员回避"), "plain"),
        "left": (N_("检查员已离岗"), "plain"),
        "cancelled": (N_("事项已撤销"), "plain"),
    },
    "extension": {
        "applied": (N_("待本单位审签"), "info"),
        "with_office": (N_("待督办机构审批"), "info"),
        "with_leader": (N_("待分管领导审定"), "info"),
        "returned": (N_("退回修改"), "warn"),
        "granted": (N_("已批准"), "good"),
        "refused": (N_("未批准"), "bad"),
        "withdrawn": (N_("已撤回"), "plain"),
        "lapsed": (N_("已终止"), "plain"),
    },
    "change_request": {
        "applied": (N_("待本单位审签"), "info"),
        "with_office": (N_("待督办机构审批"), "info"),
        "with_leader": (N_("待分管领导审定"), "info"),
        "returned": (N_("退回修改"), "warn"),
        "granted": (N_("已批准"), "good"),
        "refused": (N_("未批准"), "bad"),
        "withdrawn": (N_("已撤回"), "plain"),
        "lapsed": (N_("已终止"), "plain"),
    },
    "change_kind": {
        "extension": (N_("延期"), "plain"),
        "pause": (N_("暂停计时"), "plain"),
        "resume": (N_("恢复计时"), "plain"),
        "cancel": (N_("撤销事项"), "plain"),
        "transfer": (N_("移交其他单位"), "plain"),
        "suspend": (N_("挂账"), "plain"),
        "lift": (N_("解除挂账"), "plain"),
    },
    "change_verdict": {
        "agreed": (N_("同意"), "good"),
        "returned": (N_("退回修改"), "warn"),
        "refused": (N_("不同意"), "bad"),
    },
    "extension_step": {
        "head": (N_("单位负责人"), "plain"),
        "office": (N_("督办机构"), "plain"),
        "leader": (N_("分管领导"), "plain"),
    },
    "verdict": {
        "agreed": (N_("同意延期"), "good"),
        "returned": (N_("退回修改"), "warn"),
        "refused": (N_("不予延期"), "bad"),
    },
    "notice": {
        "draft": (N_("拟稿"), "info"),
        "submitted": (N_("待签发"), "info"),
        "issued": (N_("待签收"), "warn"),
        "received": (N_("待反馈"), "warn"),
        "replied": (N_("待核查"), "info"),
        "closed": (N_("已办结"), "good"),
        "escalated": (N_("已升级"), "bad"),
        "cancelled": (N_("已作废"), "plain"),
    },
    "followed": {
        "acknowledged": (N_("签收"), "info"),
        "plan_filed": (N_("报备实施方案"), "info"),
        "submitted": (N_("提交材料"), "good"),
        "extension_applied": (N_("申请延期"), "warn"),
        "closed": (N_("销号"), "good"),
        "cancelled": (N_("撤销"), "plain"),
    },
    "deadline_kind": {
        "work_item.acknowledge": (N_("签收时限"), "plain"),
        "work_item.plan": (N_("报备实施方案时限"), "plain"),
        "work_item.sampling": (N_("抽查期"), "plain"),
        "obligation.due": (N_("上报时限"), "plain"),
        "review.due": (N_("审核时限"), "plain"),
        "check.due": (N_("检查时限"), "plain"),
        "rectification.due": (N_("整改时限"), "plain"),
        "extension.decide": (N_("延期申请审批时限"), "plain"),
        "extension.approve": (N_("延期申请审定时限"), "plain"),
        "change_request.decide": (N_("变更申请审批时限"), "plain"),
        "change_request.approve": (N_("变更申请审定时限"), "plain"),
        "change_request.review": (N_("挂账复核时限"), "plain"),
        "notice.receipt": (N_("督办单签收时限"), "plain"),
        "notice.reply": (N_("督办单反馈时限"), "plain"),
    },
}


def word(kind: str, value: str) -> str:
    return gettext(WORDS[kind][value][0])


def tone(kind: str, value: str) -> str:
    return WORDS[kind][value][1]


def register(app: Flask) -> None:
    app.add_template_global(word)
    app.add_template_global(tone)
