"""The light, and what an extension must satisfy. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from engine.clock import end_of_day, local_date
from engine.deadlines.models import LIVE, Deadline, DeadlineState
from engine.errors import InvalidInput, RuleViolation
from engine.texts import N_
from engine.working_days import WorkingCalendar


class Colour(StrEnum):
    GREEN = "green"
    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"  #: nothing is owed any more, or time stands still


class Reason(StrEnum):
    """Why a light has its colour."""

    IN_TIME = "in_time"
    REMINDED = "reminded"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    PAUSED = "paused"
    MET = "met"
    MET_LATE = "met_late"
    CANCELLED = "cancelled"

    @property
    def text(self) -> str:
        """The reason in Chinese (a msgid)."""
        return REASON_TEXT[self]


REASON_TEXT = {
    Reason.IN_TIME: N_("期限未临近"),
    Reason.REMINDED: N_("已发出到期提醒"),
    Reason.DUE_SOON: N_("一个工作日内到期"),
    Reason.OVERDUE: N_("已逾期"),
    Reason.PAUSED: N_("已暂停计时"),
    Reason.MET: N_("已按期完成"),
    Reason.MET_LATE: N_("已完成，但曾逾期"),
    Reason.CANCELLED: N_("已取消"),
}


@dataclass(frozen=True)
class Light:
    colour: Colour
    reason: Reason


#: Yellow from this many working days before the due date.
YELLOW_WORKING_DAYS = 1


def light(
    deadline: Deadline, now: datetime, calendar: WorkingCalendar, yellow_days: int = YELLOW_WORKING_DAYS
) -> Light:
    """Red: the limit went by. Yellow: due within one working day. Blue: a reminder has gone out. Green:
    none of it.

    A holiday counts as nothing: what is due on the first working day after a long holiday is yellow all
    through it. Local days play no part here: a light means the same for every unit.
    """
    if deadline.state == DeadlineState.MET:
        return Light(Colour.GREY, Reason.MET_LATE if deadline.is_late else Reason.MET)
    if deadline.state == DeadlineState.CANCELLED:
        return Light(Colour.GREY, Reason.CANCELLED)
    if deadline.state == DeadlineState.PAUSED:
        return Light(Colour.GREY, Reason.PAUSED)
    if now >= deadline.due_at:
        return Light(Colour.RED, Reason.OVERDUE)
    if deadline.due_on <= yellow_until(local_date(now), calendar, yellow_days):
        return Light(Colour.YELLOW, Reason.DUE_SOON)
    if deadline.reminded_at is not None:
        return Light(Colour.BLUE, Reason.REMINDED)
    return Light(Colour.GREEN, Reason.IN_TIME)


def yellow_until(today: date, calendar: WorkingCalendar, yellow_days: int = YELLOW_WORKING_DAYS) -> date:
    """The latest due date with at most ``yellow_days`` working days between today and it, days off behind
    included."""
    return calendar.national.shift(today, yellow_days + 1) - timedelta(days=1)


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


def check_pause(deadline: Deadline, now: datetime) -> None:
    """Only a limit that still runs can be paused: lateness is not undone by stopping the clock."""
    if deadline.state != DeadlineState.OPEN or now >= deadline.due_at:
        raise RuleViolation("deadlines.not_running", "该期限已逾期、已暂停或已办结，不能暂停计时")


def check_resume(deadline: Deadline) -> date:
    """The day on which time was stopped."""
    if deadline.paused_on is None:
        raise RuleViolation("deadlines.not_paused", "该期限未暂停计时")
    return deadline.paused_on
