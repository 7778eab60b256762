"""What may be asked for, and who has to decide it. Pure.

Defaults after the practice of supervising offices: two extensions at most, small first ones by the office alone.
"""

from dataclasses import dataclass
from datetime import date

from engine.campaigns.models import ObligationState
from engine.deadlines import Deadline, DeadlineState
from engine.errors import InvalidInput, RuleViolation

#: While the unit's own clock runs: before its head has signed what is handed in.
_RUNNING = (ObligationState.OPEN, ObligationState.SUBMITTED)


@dataclass(frozen=True)
class Limits:
    """How far an installation goes, from its settings."""

    max_count: int
    max_working_days: int
    #: The leader decides what moves a date by more working days.
    office_working_days: int


def has_place(state: str, deadline: Deadline, *, granted: int, limits: Limits) -> bool:
    """Whether an extension could be asked for at all: for showing or hiding the button."""
    running = state in _RUNNING and deadline.state in (DeadlineState.OPEN, DeadlineState.PASSED)
    return running and granted < limits.max_count


def check_place(state: str, deadline: Deadline, *, granted: int, limits: Limits) -> None:
    """RuleViolation unless the unit still owes the report, its time runs, and the number is not used up."""
    if state not in _RUNNING:
        raise RuleViolation("extensions.not_running", "该应报事项已签批上报或者已办结，不能申请延期")
    if deadline.state == DeadlineState.PAUSED:
        raise RuleViolation("extensions.paused", "该期限已暂停计时，恢复后方可申请延期")
    if deadline.state not in (DeadlineState.OPEN, DeadlineState.PASSED):
        raise RuleViolation("extensions.not_running", "该应报事项已签批上报或者已办结，不能申请延期")
    if granted >= limits.max_count:
        raise RuleViolation("extensions.used_up", "该应报事项已延期{count}次，不能再延期", count=granted)


def check_date(
    new_on: date, *, due_on: date, today: date, working_days: int, final_on: date | None, limits: Limits
) -> None:
    """The new date lies after the present one and today, within bounds, and not behind the item's final report.

    ``working_days`` is the distance from the present date; ``final_on`` is None for the final report itself.
    """
    if new_on <= due_on or new_on <= today:
        raise InvalidInput("extensions.not_later", "新的期限须晚于现行期限和今天", field="new_on")
    if working_days > limits.max_working_days:
        raise InvalidInput(
            "extensions.too_far", "一次延期不得超过{max}个工作日", field="new_on", max=limits.max_working_days
        )
    if final_on is not None and new_on > final_on:
        raise InvalidInput(
            "extensions.after_final",
            "新的期限不得晚于该事项的办结期限{on}",
            field="new_on",
            on=final_on.isoformat(),
        )


def check_grantable(state: str, deadline: Deadline, new_on: date, today: date) -> None:
    """What is agreed to must still make sense: the report is owed, and the date asked for lies ahead."""
    if state not in _RUNNING:
        raise RuleViolation("extensions.in_review", "材料已上报审核，目前不能同意延期")
    if deadline.state not in (DeadlineState.OPEN, DeadlineState.PASSED):
        raise RuleViolation("extensions.standing_still", "该期限已暂停计时或者已办结，目前不能同意延期")
    if new_on <= deadline.due_on or new_on <= today:
        raise RuleViolation(
            "extensions.date_gone", "申请的期限已过或者不晚于现行期限，请退回申请单位另报日期"
        )


def needs_leader(ordinal: int, working_days: int, limits: Limits) -> bool:
    """A second extension, or one that moves the date far, is not for the office alone."""
    return ordinal > 1 or working_days > limits.office_working_days
