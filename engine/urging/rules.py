"""When a unit may be urged. Pure: no database, no clock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from engine.campaigns.models import ObligationState, WorkItemState
from engine.clock import SHANGHAI, local_date
from engine.errors import InvalidInput, RuleViolation
from engine.working_days import WorkingCalendar

MAX_WORDS = 500
#: Items that one act may choose from a list.
MAX_ITEMS = 100
#: States of a report in which the unit itself has to act; from its head's signature on the reviewer has.
WITH_UNIT = (ObligationState.OPEN, ObligationState.SUBMITTED)


@dataclass(frozen=True)
class Last:
    """The latest urging of an item."""

    by_name: str
    urged_at: datetime


def check_owed(state: str, *, suspended: bool, reports: Collection[str]) -> None:
    """RuleViolation unless the unit has something to do: ``reports`` are the states of the item's obligations."""
    if suspended:
        raise RuleViolation("urging.suspended", "该事项已挂账，挂账期间不催办")
    waiting = state in (WorkItemState.ASSIGNED, WorkItemState.ACKNOWLEDGED)
    owing = state == WorkItemState.IN_PROGRESS and any(report in WITH_UNIT for report in reports)
    if not waiting and not owing:
        raise RuleViolation("urging.nothing_owed", "该事项目前没有待责任单位办理的内容，无需催办")


def next_on(urged_at: datetime, pause: int, calendar: WorkingCalendar) -> date:
    """From which day an item may be urged again: ``pause`` working days later; with 0 on the same day."""
    return calendar.shift(local_date(urged_at), pause)


def check_pause(last: Last | None, today: date, pause: int, calendar: WorkingCalendar) -> None:
    """RuleViolation while the last urging is too fresh; it says who urged, and from when one may again."""
    if last is None:
        return
    again_on = next_on(last.urged_at, pause, calendar)
    if today < again_on:
        raise RuleViolation(
            "urging.too_soon",
            "{by}已于{at}催办过该事项，{again_on}起可以再次催办",
            by=last.by_name, at=f"{last.urged_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", again_on=again_on.isoformat(),
        )  # fmt: skip


def check_daily(done: int, most: int) -> None:
    """RuleViolation when a person has urged as often today as one may: what everybody gets nobody reads."""
    if done >= most:
        raise RuleViolation(
            "urging.enough_today", "每人每天最多催办{most}项，您今天的次数已用完，请明天再催办", most=most
        )


def words_of(words: str) -> str:
    """The words without blanks around them; there may be none. Raises InvalidInput when they are too long."""
    words = words.strip()
    if len(words) > MAX_WORDS:
        raise InvalidInput("text.too_long", "内容不得超过{max}字", field="words", max=MAX_WORDS)
    return words


def check_chosen(ids: Collection[int]) -> None:
    """InvalidInput when nothing was chosen from the list, or too much for one act."""
    if not ids:
        raise InvalidInput("urging.none_chosen", "请先勾选要催办的事项", field="ids")
    if len(ids) > MAX_ITEMS:
        raise InvalidInput("urging.too_many", "一次最多催办{max}项，请分批催办", field="ids", max=MAX_ITEMS)
