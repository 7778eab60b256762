"""Who may do what: the whole table of the policy, in words. What it does not name is denied."""

from dataclasses import dataclass

from flask import Blueprint, render_template

from engine.context import Role
from engine.permissions import POLICY, Permission, Relation
from engine.texts import N_
from webapp.navigation import navigation
from webapp.personas import ROLE_NAMES

blueprint = Blueprint("permissions", __name__, url_prefix="/permissions")

navigation.add(
    "permissions.index",
    N_("权限表"),
    order=65,
    roles={Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN},
)

#: How one stands to what is decided about; no further words for ANYONE.
RELATIONS = {
    Relation.ANYONE: "",
    Relation.OWN_UNIT: N_("责任单位"),
    Relation.SUPERIOR_OF: N_("责任单位的上级单位"),
    Relation.LEAD_OF: N_("审核（牵头）单位"),
    Relation.COOPERATES_ON: N_("配合单位"),
    Relation.SUPERVISES: N_("督导单位"),
    Relation.OFFICE_OF: N_("督办机构"),
    Relation.IN_CHARGE_OF: N_("负责审定的分管领导所在单位"),
    Relation.TOOK_OVER: N_("接收移交事项的单位"),
    Relation.DRAWN_FOR: N_("抽签抽中的本人"),
    Relation.SELF: N_("账号本人"),
    Relation.SUBMITTER: N_("提交者本人"),
}

#: Subject -> its words, in the order of the page.
SUBJECTS = {
    "plan": N_("方案导入"),
    "campaign": N_("专项行动"),
    "key_task": N_("重点任务"),
    "work_item": N_("工作事项"),
    "obligation": N_("应报事项"),
    "review": N_("审核"),
    "evidence": N_("佐证材料"),
    "file": N_("佐证材料"),
    "deadline": N_("时限"),
    "extension": N_("延期"),
    "change_request": N_("变更"),
    "notice": N_("督办单"),
    "round": N_("抽查"),
    "check": N_("检查"),
    "rectification": N_("整改"),
    "organisation": N_("组织机构"),
    "account": N_("账号"),
    "calendar": N_("工作日历"),
    "escalation": N_("提醒升级"),
    "queue": N_("后台工作"),
    "endpoint": N_("消息推送"),
    "message_template": N_("消息模板"),
    "audit": N_("审计"),
}

WORDS = {
    Permission.PLAN_IMPORT: N_("导入方案"),
    Permission.PLAN_READ: N_("查看导入的方案"),
    Permission.PLAN_EDIT: N_("修改拟立项内容"),
    Permission.PLAN_CONFIRM: N_("确认立项"),
    Permission.CAMPAIGN_CREATE: N_("建立专项行动"),
    Permission.CAMPAIGN_READ: N_("查看专项行动"),
    Permission.CAMPAIGN_MANAGE: N_("管理专项行动"),
    Permission.KEY_TASK_READ: N_("查看重点任务"),
    Permission.KEY_TASK_CONFIRM: N_("确认分工并交办"),
    Permission.KEY_TASK_SUMMARISE: N_("报送重点任务总结"),
    Permission.KEY_TASK_ACCEPT: N_("验收重点任务总结"),
    Permission.WORK_ITEM_READ: N_("查看工作事项"),
    Permission.WORK_ITEM_ACKNOWLEDGE: N_("签收"),
    Permission.WORK_ITEM_FILE_PLAN: N_("报备实施方案"),
    Permission.WORK_ITEM_URGE: N_("催办"),
    Permission.WORK_ITEM_RECORD_EVENT: N_("登记需按次报告的事项"),
    Permission.OBLIGATION_SUBMIT: N_("提交办理情况和佐证材料"),
    Permission.OBLIGATION_SIGN_OFF: N_("签批上报"),
    Permission.REVIEW_DECIDE: N_("审核通过或退回"),
    Permission.EVIDENCE_READ: N_("查看佐证材料"),
    Permission.FILE_STAGE: N_("上传文件"),
    Permission.ROUND_READ: N_("查看抽查方案和结果"),
    Permission.ROUND_DRAW: N_("编制抽查方案、抽签、更换检查员"),
    Permission.CHECK_READ: N_("查看检查和整改"),
    Permission.CHECK_RECORD: N_("登记检查情况"),
    Permission.RECTIFICATION_SUBMIT: N_("报送整改情况"),
    Permission.RECTIFICATION_VERIFY: N_("复查整改"),
    Permission.ORGANISATION_READ: N_("查看单位和人员"),
    Permission.ORGANISATION_MANAGE: N_("维护单位、人员和单位组"),
    Permission.ORGANISATION_APPOINT: N_("任免岗位"),
    Permission.ACCOUNT_MANAGE: N_("开立、停用账号，重置密码"),
    Permission.ACCOUNT_OWN: N_("使用本人账号"),
    Permission.AUDIT_READ: N_("查看、核验、导出审计记录"),
    Permission.AUDIT_ERASE: N_("依法删除审计明细中的个人信息"),
    Permission.CALENDAR_READ: N_("查看工作日历"),
    Permission.CALENDAR_MANAGE: N_("维护工作日历"),
    Permission.ESCALATION_READ: N_("查看提醒升级规则和灯色含义"),
    Permission.ESCALATION_MANAGE: N_("设定提醒升级规则和灯色含义"),
    Permission.QUEUE_MANAGE: N_("处理挂起的后台工作和发送失败的消息"),
    Permission.ENDPOINT_MANAGE: N_("维护推送地址（接口、群机器人）"),
    Permission.MESSAGE_TEMPLATE_MANAGE: N_("修改消息模板"),
    Permission.DEADLINE_READ: N_("查看时限"),
    Permission.EXTENSION_READ: N_("查看延期申请"),
    Permission.EXTENSION_APPLY: N_("申请延期、修改和撤回申请"),
    Permission.EXTENSION_SIGN_OFF: N_("审签本单位的延期申请"),
    Permission.EXTENSION_DECIDE: N_("审批延期申请"),
    Permission.EXTENSION_APPROVE: N_("审定延期申请"),
    Permission.NOTICE_READ: N_("查看督办单"),
    Permission.NOTICE_DRAFT: N_("拟督办单、送审、作废"),
    Permission.NOTICE_ISSUE: N_("签发督办单"),
    Permission.NOTICE_ANSWER: N_("签收、反馈督办单"),
    Permission.NOTICE_VERIFY: N_("核查督办单的反馈"),
    Permission.CHANGE_REQUEST_READ: N_("查看变更申请"),
    Permission.CHANGE_REQUEST_ASK: N_("申请变更、修改和撤回申请"),
    Permission.CHANGE_REQUEST_SIGN_OFF: N_("审签本单位的变更申请"),
    Permission.CHANGE_REQUEST_DECIDE: N_("审批变更申请"),
    Permission.CHANGE_REQUEST_APPROVE: N_("审定变更申请"),
}


@blueprint.get("")
def index() -> str:
    groups: dict[str, list[Permission]] = {}
    for permission in Permission:
        groups.setdefault(SUBJECTS[permission.partition(".")[0]], []).append(permission)
    return render_template(
        "permissions/index.html", groups=groups, grants=_grants, words=WORDS, relations=RELATIONS,
        roles=list(Role), role_names=ROLE_NAMES,
    )  # fmt: skip


@dataclass(frozen=True)
class Grant:
    """Clauses that name the same roles, told together."""

    relations: list[Relation]
    roles: list[Role]
    exceptions: list[Relation]


def _grants(permission: Permission) -> list[Grant]:
    found: dict[tuple[frozenset[Role], tuple[Relation, ...]], Grant] = {}
    for clause in POLICY.get(permission, ()):
        roles = [role for role in Role if role in clause.roles]
        grant = found.setdefault((clause.roles, clause.exceptions), Grant([], roles, list(clause.exceptions)))
        grant.relations.append(clause.relation)
    return list(found.values())
