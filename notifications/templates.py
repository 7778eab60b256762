"""What is said about each kind of event, and to whom. An event that is not in the table is told to nobody.

Texts are Chinese msgids with ``{name}`` parameters that recipients.py gathers when the event is dispatched. An
installation may put its own in their place: wordings.py.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.texts import N_, gettext, stored
from notifications.models import Announcement, Notification
from notifications.recipients import Relation

_REPORTER, _HEAD, _LEAD, _OFFICE = Relation.REPORTER, Relation.HEAD, Relation.LEAD, Relation.OFFICE
_LEADER, _DRAWN, _PERSON = Relation.LEADER, Relation.DRAWN, Relation.PERSON
_OFFICE_HEAD = Relation.OFFICE_HEAD
_UNIT = (_REPORTER, _HEAD)


@dataclass(frozen=True)
class Text:
    """One piece of news in a person's language."""

    title: str
    detail: str = ""


#: kind -> (who is told, what is said). For deadlines the message itself names the recipients.
NEWS: Mapping[str, tuple[tuple[Relation, ...], str]] = {
    "work_item.assigned": (_UNIT, N_("新交办事项 {number}“{title}”，请签收")),
    "work_item.urged": (_UNIT, N_("{actor}催办事项 {number}“{title}”")),
    "unit.urged": (_UNIT, N_("{actor}催办{count}个事项，请抓紧办理")),
    "work_item.cancelled": (_UNIT, N_("事项 {number}“{title}”已撤销")),
    "work_item.amended": (_UNIT, N_("{document}调整了事项 {number}“{title}”，请按新的要求办理")),
    "work_item.closed": (_UNIT, N_("事项 {number}“{title}”已办结销号")),
    "obligation.submitted": ((_HEAD,), N_("事项 {number}的“{part}”等待您签发")),
    "obligation.sign_off_refused": ((_REPORTER,), N_("事项 {number}的“{part}”未予签发，请修改后重新提交")),
    "obligation.signed_off": ((_LEAD,), N_("{unit}提交了事项 {number}的“{part}”，请审核")),
    "review.approved": (_UNIT, N_("事项 {number}的“{part}”审核通过")),
    "review.returned": (_UNIT, N_("事项 {number}的“{part}”被退回，请修改后重新提交")),
    "key_task.dispatched": ((_LEAD,), N_("重点任务 {number}“{title}”已交办各责任单位")),
    "key_task.settled": ((_LEAD,), N_("重点任务 {number}“{title}”的事项已全部办结，请总结")),
    "key_task.summarised": ((_OFFICE,), N_("重点任务 {number}“{title}”已提交总结，请审定")),
    "key_task.summary_returned": ((_LEAD,), N_("重点任务 {number}“{title}”的总结被退回，请修改")),
    "key_task.summary_accepted": ((_LEAD,), N_("重点任务 {number}“{title}”的总结已审定")),
    "key_task.added": ((_OFFICE,), N_("{document}新增重点任务 {number}“{title}”，请确认分工")),
    "key_task.amended": ((_LEAD,), N_("{document}调整了重点任务 {number}“{title}”")),
    "key_task.cancelled": ((_LEAD,), N_("重点任务 {number}“{title}”已撤销")),
    "key_task.part_given": (_UNIT, N_("{document}将贵单位列为重点任务 {number}“{title}”的{role}")),
    "key_task.part_taken": (_UNIT, N_("{document}不再将贵单位列为重点任务 {number}“{title}”的{role}")),
    "campaign.closed": ((_OFFICE, _LEADER), N_("专项行动“{title}”已全部办结")),
    "check.assigned": ((_PERSON,), N_("您被抽为检查员：{unit}的事项 {number}“{title}”")),
    "check.withdrawn": ((_PERSON,), N_("事项 {number}“{title}”的检查已改由他人进行")),
    "check.closed": ((_HEAD, _OFFICE), N_("{unit}事项 {number}“{title}”的检查已办结")),
    "rectification.opened": (_UNIT, N_("检查事项 {number}发现问题，请于 {due_on} 前整改：{part}")),
    "rectification.submitted": ((_DRAWN,), N_("{unit}提交了事项 {number}的整改报告，请复查：{part}")),
    "rectification.returned": (
        _UNIT,
        N_("事项 {number}的整改复查不合格，请于 {due_on} 前继续整改：{part}"),
    ),
    "rectification.closed": (_UNIT, N_("事项 {number}的整改已销号：{part}")),
    "extension.applied": ((_HEAD,), N_("事项 {number}的“{part}”申请延期至 {due_on}，请审签")),
    "extension.signed": ((_OFFICE,), N_("{unit}申请将事项 {number}的“{part}”延期至 {due_on}，请审批")),
    "extension.endorsed": ((_LEADER,), N_("{unit}申请将事项 {number}的“{part}”延期至 {due_on}，请审定")),
    "extension.returned": (_UNIT, N_("事项 {number}的“{part}”的延期申请被退回，请修改；期限仍照原定计算")),
    "extension.granted": ((*_UNIT, _LEAD), N_("{unit}事项 {number}的“{part}”已批准延期至 {due_on}")),
    "extension.refused": (_UNIT, N_("事项 {number}的“{part}”不予延期，仍按原定期限办理")),
    "change_request.asked": ((_HEAD,), N_("事项 {number}“{title}”申请{what}，请审签")),
    "change_request.proposed": ((_LEADER,), N_("督办机构提出对{unit}的事项 {number}“{title}”{what}，请审定")),
    "change_request.signed": ((_OFFICE,), N_("{unit}对事项 {number}“{title}”申请{what}，请审批")),
    "change_request.endorsed": ((_LEADER,), N_("{unit}对事项 {number}“{title}”申请{what}，请审定")),
    "change_request.returned": (
        _UNIT,
        N_("事项 {number}“{title}”的申请（{what}）被退回，请修改；批准之前一切照常"),
    ),
    "change_request.proposal_returned": (
        (_OFFICE,),
        N_("对事项 {number}“{title}”{what}的提议被退回，请修改"),
    ),
    "change_request.granted": ((*_UNIT, _LEAD, _OFFICE), N_("{unit}事项 {number}“{title}”：已批准{what}")),
    "change_request.refused": ((*_UNIT, _OFFICE), N_("{unit}事项 {number}“{title}”：不同意{what}，一切照常")),
    "change_request.withdrawn": ((_HEAD, _OFFICE), N_("事项 {number}“{title}”的申请（{what}）已撤回")),
    "extension.withdrawn": ((_HEAD, _OFFICE), N_("{unit}撤回了事项 {number}的“{part}”的延期申请")),
    "notice.drafted": ((_OFFICE,), N_("{unit}的事项 {number}“{title}”逾期，已按规则拟{part}，请核对后送审")),
    "notice.submitted": ((_OFFICE_HEAD,), N_("拟向{unit}就事项 {number}“{title}”发{part}，请签发")),
    "notice.submitted_to_leader": ((_LEADER,), N_("拟向{unit}就事项 {number}“{title}”发{part}，请签发")),
    "notice.returned": ((_OFFICE,), N_("就事项 {number}拟发{unit}的{part}被退回，请修改")),
    "notice.issued": (
        (*_UNIT, _LEAD),
        N_("向{unit}发出{part}：事项 {number}“{title}”，请签收并于 {due_on} 前反馈"),
    ),
    "notice.replied": ((_OFFICE,), N_("{unit}反馈了{part}（事项 {number}“{title}”），请核查")),
    "notice.reply_returned": (_UNIT, N_("{part}的反馈未通过核查，请于 {due_on} 前再次反馈")),
    "notice.closed": (_UNIT, N_("{part}（事项 {number}“{title}”）核查合格，已办结")),
    "notice.cancelled": (_UNIT, N_("{part}（事项 {number}“{title}”）已作废")),
    "deadline.reminded": ((), N_("事项 {number}“{title}”的{what}将于 {due_on} 到期")),
    "deadline.passed": ((), N_("事项 {number}“{title}”的{what}已逾期，期限为 {due_on}")),
    "deadline.escalated": (
        (),
        N_("{owner}逾期未完成事项 {number}“{title}”的{what}，期限为 {due_on}，请督促"),
    ),
    "digest.due": ((Relation.PERSON,), N_("今后7天内有{count}项到期")),
    "endpoint.tried": ((), N_("测试消息：督办系统可以向“{title}”推送")),
    "calendar.dates_moved": (
        _UNIT,
        N_("工作日历有调整，{unit}有{count}项期限随之变动，请核对最新期限"),
    ),
    "calendar.watched_dates_moved": (
        (_LEAD, _OFFICE),
        N_("工作日历有调整，{unit}审核或督办的事项有{count}项期限随之变动"),
    ),
}

#: Facts that others act on or read in the history; nobody needs to be told.
SILENT = frozenset(
    {
        "work_item.acknowledged",
        "calendar.changed",
        "extension.lapsed",
        "notice.received",
        "change_request.lapsed",
        "work_item.plan_filed",
        "obligation.event_recorded",
        "key_task.confirmed",
        "key_task.closed",
        "campaign.created",
        "plan.imported",
        "plan.confirmed",
        "plan.discarded",
        "plan.amendment_linked",
        "plan.amendment_unlinked",
        "plan.amendment_chosen",
        "check.recorded",
        "inspection_round.prepared",
        "inspection_round.drawn",
        "inspection_round.closed",
    }
)

#: What is due, by kind of deadline.
DUTIES: Mapping[str, str] = {
    "work_item.acknowledge": N_("签收"),
    "work_item.plan": N_("实施方案报备"),
    "obligation.due": N_("材料报送"),
    "review.due": N_("审核"),
    "check.due": N_("现场检查"),
    "rectification.due": N_("整改"),
    "notice.receipt": N_("督办单签收"),
    "notice.reply": N_("督办单反馈"),
    "extension.decide": N_("延期申请的审批"),
    "extension.approve": N_("延期申请的审定"),
    "change_request.decide": N_("变更申请的审批"),
    "change_request.approve": N_("变更申请的审定"),
    "change_request.review": N_("挂账复核"),
}

#: What is asked for, by kind of request.
REQUESTS: Mapping[str, str] = {
    "pause": N_("暂停计时"),
    "resume": N_("恢复计时"),
    "cancel": N_("撤销事项"),
    "transfer": N_("移交其他单位"),
    "suspend": N_("挂账"),
    "lift": N_("解除挂账"),
}

#: Which part a unit has in a key task.
ROLES: Mapping[str, str] = {
    "lead": N_("牵头单位"),
    "responsible": N_("责任单位"),
    "cooperating": N_("配合单位"),
    "supervising": N_("督导单位"),
}

#: What an amended plan changed for a unit: one line each.
CHANGES: Mapping[str, str] = {
    "date_moved": N_("“{what}”的期限由 {old} 改为 {new}"),
    "report_added": N_("新增“{what}”，期限 {new}"),
    "report_dropped": N_("不再要求“{what}”"),
    "reworded": N_("任务表述有调整"),
    "reviewer": N_("改由{unit}审核"),
}

_REASONS = N_("理由：{reasons}")
_WORDS = N_("附言：{text}")
_EDITION = N_("依据：{note}")


_PLACEHOLDER = re.compile(r"\{(\w+)\}", re.ASCII)


def fill(text: str, given: Mapping[str, Any]) -> str:
    """The text with its ``{name}`` parameters filled in, and nothing else done: no attributes, no formats, no code.

    What an old message does not have is left blank rather than failing the page.
    """
    return _PLACEHOLDER.sub(lambda found: str(given.get(found[1], "")), text)


def placeholders(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text))


def render(kind: str, params: Mapping[str, Any], language: str, own: tuple[str, str] | None = None) -> Text:
    """The news in the language ("zh" or "en"). A kind that is no longer known shows its bare title.

    ``own``: title and body in that language as the installation has worded them.
    """
    _, source = NEWS.get(kind, ((), N_("{number} {title}")))
    given = {name: stored(value, language) if name == "part" else value for name, value in params.items()}
    duty = DUTIES.get(str(params.get("deadline_kind"))) or REQUESTS.get(str(params.get("change_kind")))
    given["what"] = gettext(duty, language) if duty else ""
    given["due_on"] = _date(params, language)
    role = ROLES.get(str(params.get("role")))
    if role:
        given["role"] = gettext(role, language)
    detail = _changes(params.get("changes") or (), language)
    if params.get("note"):
        given["note"] = stored(str(params["note"]), language)
    if params.get("due"):
        detail = _due(params["due"], language)
    if params.get("urged"):
        detail = _urged(params["urged"], language)
    for name, text in (("reasons", _REASONS), ("text", _WORDS), ("note", _EDITION)):
        if params.get(name):
            detail = fill(gettext(text, language), given)
    if own is None:
        return Text(fill(gettext(source, language), given), detail)
    title, body = own
    given["detail"] = detail
    return Text(fill(title, given), fill(body, given).strip())


def told(news: Notification | Announcement, language: str) -> Text:
    """The news as it was worded when it was told."""
    own = news.template
    return render(news.kind, news.params, language, own.texts(language) if own is not None else None)


def _date(told: Mapping[str, Any], language: str) -> str:
    """The limit, marked where the year's holidays are not published yet and it may move."""
    mark = gettext(N_("（暂定）"), language) if told.get("provisional") else ""
    return f"{told.get('due_on') or ''}{mark}"


def _due(told: Iterable[Mapping[str, Any]], language: str) -> str:
    """What is due, in the order of the dates."""
    source = gettext(N_("{due_on} 事项 {number}“{title}”{part}：{what}"), language)
    lines = []
    for one in told:
        duty = DUTIES.get(str(one.get("deadline_kind")))
        part = stored(str(one.get("part") or ""), language)
        named = f"（{part}）" if part and language == "zh" else f" ({part})" if part else ""
        given = {**one, "due_on": _date(one, language), "part": named}
        lines.append(fill(source, {**given, "what": gettext(duty, language) if duty else ""}))
    return gettext(N_("；"), language).join(lines)


def _urged(told: Iterable[Mapping[str, Any]], language: str) -> str:
    """The items that a unit was urged about at once, each with the words that were said about it."""
    bare, worded = N_("事项 {number}“{title}”"), N_("事项 {number}“{title}”（{text}）")
    lines = [fill(gettext(worded if one.get("text") else bare, language), one) for one in told]
    return gettext(N_("；"), language).join(lines)


def _changes(told: Iterable[Mapping[str, Any]], language: str) -> str:
    """What an amended plan changed, in the order of the acts; a fact that is no longer known is left out."""
    lines = []
    for one in told:
        source = CHANGES.get(str(one.get("change")))
        if source:
            given = {**one, "what": stored(str(one.get("what", "")), language)}
            lines.append(fill(gettext(source, language), given))
    return gettext(N_("；"), language).join(lines)
