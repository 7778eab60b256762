"""What may be asked for when, and who has the last word. Pure.

Defaults after the practice of supervising offices: what takes an item off a unit's list, for good or for a time, is
for the leader in charge; nobody decides alone what they have proposed themselves.
"""

from datetime import date, datetime

from engine.campaigns.models import Obligation, ObligationState, WorkItem, WorkItemState
from engine.campaigns.work_items import WORKING
from engine.change_requests.models import RequestKind
from engine.deadlines import Deadline, DeadlineState
from engine.errors import InvalidInput, RuleViolation

#: What the office cannot grant alone.
LEADERS = frozenset({RequestKind.CANCEL, RequestKind.TRANSFER, RequestKind.SUSPEND})
#: What is about the time of one report.
OF_REPORTS = frozenset({RequestKind.PAUSE, RequestKind.RESUME})
_RUNNING = (ObligationState.OPEN, ObligationState.SUBMITTED)


def needs_leader(kind: str, *, by_office: bool, own_office: bool) -> bool:
    """Whether the leader in charge has the last word. ``own_office``: the office is itself the responsible unit."""
    return kind in LEADERS or by_office or own_office


def has_place(
    kind: RequestKind, item: WorkItem, obligation: Obligation | None, deadline: Deadline | None, now: datetime
) -> bool:
    """Whether it could be asked for at all: for what a form offers."""
    try:
        check_place(kind, item, obligation, deadline, now)
    except RuleViolation:
        return False
    return True


def check_place(
    kind: RequestKind, item: WorkItem, obligation: Obligation | None, deadline: Deadline | None, now: datetime
) -> None:
    """RuleViolation unless it makes sense for the item, or for the report, as it now stands.

    ``obligation`` and its ``deadline`` are those of a pause; an item that is late may be suspended, since lateness
    stays on record, but time that has run out cannot be paused for one report alone.
    """
    if kind in OF_REPORTS:
        _check_report(kind, item, obligation, deadline, now)
        return
    working = item.state in WORKING and item.settled_at is None
    if kind is RequestKind.CANCEL and item.state not in (*WORKING, WorkItemState.SAMPLING):
        raise RuleViolation("change_requests.not_cancellable", "该事项已在检查或者已经办结，不能撤销")
    if kind in (RequestKind.TRANSFER, RequestKind.SUSPEND) and not working:
        raise RuleViolation("change_requests.not_working", "该事项已不在办理中，不能移交或者挂账")
    if kind is RequestKind.SUSPEND and item.suspended_at is not None:
        raise RuleViolation("change_requests.suspended", "该事项已经挂账")
    if kind is RequestKind.LIFT and item.suspended_at is None:
        raise RuleViolation("change_requests.not_suspended", "该事项没有挂账")


def _check_report(
    kind: RequestKind, item: WorkItem, obligation: Obligation | None, deadline: Deadline | None, now: datetime
) -> None:
    if item.suspended_at is not None:
        raise RuleViolation("change_requests.suspended_anyhow", "该事项已挂账，请先申请解除挂账")
    if obligation is None or deadline is None or obligation.state not in _RUNNING:
        raise RuleViolation("change_requests.not_running", "该应报事项已签批上报或者已办结，没有计时可以变更")
    paused = deadline.state == DeadlineState.PAUSED
    if kind is RequestKind.RESUME and not paused:
        raise RuleViolation("change_requests.not_paused", "该应报事项没有暂停计时")
    if kind is RequestKind.PAUSE and paused:
        raise RuleViolation("change_requests.paused", "该应报事项已经暂停计时")
    if kind is RequestKind.PAUSE and (deadline.state != DeadlineState.OPEN or now >= deadline.due_at):
        raise RuleViolation(
            "change_requests.overdue", "该应报事项已经逾期，不能暂停计时；确不具备条件的，可以申请挂账"
        )


def check_review_day(kind: RequestKind, review_on: date | None, today: date) -> None:
    """What is suspended is looked at again on a day that is named."""
    if kind is not RequestKind.SUSPEND:
        return
    if review_on is None:
        raise InvalidInput("change_requests.no_review", "请填写复核日期", field="review_on")
    if review_on <= today:
        raise InvalidInput("change_requests.review_gone", "复核日期须晚于今天", field="review_on")


def check_target(item: WorkItem, to_unit_id: int, responsible: bool) -> None:
    """Another unit, which has no part of its own in the key task yet. ``responsible``: it has a live item there."""
    if to_unit_id == item.unit_id:
        raise InvalidInput("change_requests.same_unit", "不能移交给本单位", field="to_unit_id")
    if responsible:
        raise InvalidInput("change_requests.has_item", "该单位已是这项重点任务的责任单位", field="to_unit_id")
