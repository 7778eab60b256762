"""What an extension, a pause and a resumption must satisfy. Pure."""

from datetime import date, datetime

from engine.clock import end_of_day
from engine.deadlines.models import LIVE, Deadline, DeadlineState
from engine.errors import InvalidInput, RuleViolation


def check_live(deadline: Deadline) -> None:
    if deadline.state not in LIVE:
        raise RuleViolation("deadlines.ended", "该期限已办结或取消，不能再调整")


def check_extend(deadline: Deadline, new_on: date, reason: str, now: datetime) -> None:
    """An extension names a reason and a later day that is not over yet."""
    check_live(deadline)
    if deadline.state == DeadlineState.PAUSED:
        raise RuleViolation("deadlines.paused", "该期限已暂停计时，恢复后方可延期")
    if not reason.strip():
        raise InvalidInput("deadlines.reason", "请填写延期理由", field="reason")
    if new_on <= deadline.due_on or end_of_day(new_on) <= now:
        raise InvalidInput("deadlines.not_later", "新的期限须晚于原期限和今天", field="new_on")


def check_pause(deadline: Deadline, now: datetime, even_passed: bool = False) -> None:
    """Only a limit that still runs can be paused: lateness is not undone by stopping the clock. ``even_passed`` for
    what stands still as a whole, late or not."""
    if even_passed and deadline.state == DeadlineState.PASSED:
        return
    if deadline.state != DeadlineState.OPEN or now >= deadline.due_at:
        raise RuleViolation("deadlines.not_running", "该期限已逾期、已暂停或已办结，不能暂停计时")


def check_resume(deadline: Deadline) -> date:
    """The day on which time was stopped."""
    if deadline.paused_on is None:
        raise RuleViolation("deadlines.not_paused", "该期限未暂停计时")
    return deadline.paused_on
