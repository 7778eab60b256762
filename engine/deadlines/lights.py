"""The light of a deadline: why it has its colour, and which colour stands for which reason. Pure.

The reasons are the program's; which colour each has, in which words, and from when a date is near, is the
installation's: a `Scheme`, kept in versions (see schemes.py).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from engine.clock import local_date
from engine.deadlines.models import Deadline, DeadlineState
from engine.errors import InvalidInput
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
        """The reason in Chinese (a msgid); of DUE_SOON with the parameter ``n``, the scheme's working days."""
        return REASON_TEXT[self]


REASON_TEXT: Mapping[Reason, str] = {
    Reason.IN_TIME: N_("期限未临近"),
    Reason.REMINDED: N_("已发出到期提醒"),
    Reason.DUE_SOON: N_("{n}个工作日内到期"),
    Reason.OVERDUE: N_("已逾期"),
    Reason.PAUSED: N_("已暂停计时"),
    Reason.MET: N_("已按期完成"),
    Reason.MET_LATE: N_("已完成，但曾逾期"),
    Reason.CANCELLED: N_("已取消"),
}

#: Reasons of a duty that is still owed and whose time runs, and all others.
OWED = (Reason.IN_TIME, Reason.REMINDED, Reason.DUE_SOON, Reason.OVERDUE)
ENDED = (Reason.PAUSED, Reason.MET, Reason.MET_LATE, Reason.CANCELLED)

_COLOURS: Mapping[Reason, Colour] = {
    Reason.IN_TIME: Colour.GREEN,
    Reason.REMINDED: Colour.BLUE,
    Reason.DUE_SOON: Colour.YELLOW,
    Reason.OVERDUE: Colour.RED,
    **dict.fromkeys(ENDED, Colour.GREY),
}

#: The word beside each colour (msgids).
_WORDS: Mapping[Colour, str] = {
    Colour.GREEN: N_("正常"),
    Colour.BLUE: N_("临期"),
    Colour.YELLOW: N_("预警"),
    Colour.RED: N_("逾期"),
    Colour.GREY: N_("已结"),
}

#: Longest word, and the most working days before the due date from which a light may be yellow.
WORD, YELLOW_MOST = 6, 15


@dataclass(frozen=True)
class Light:
    colour: Colour
    reason: Reason


@dataclass(frozen=True)
class Scheme:
    """Which colour stands for which reason, which word stands beside which colour, and from how many working days
    before the due date on it is near (`Reason.DUE_SOON`). ``version`` is 0 for the one the program brings."""

    colours: Mapping[Reason, Colour] = field(default_factory=lambda: MappingProxyType(dict(_COLOURS)))
    words: Mapping[Colour, str] = field(default_factory=lambda: MappingProxyType(dict(_WORDS)))
    yellow_days: int = 1
    version: int = 0

    @property
    def uses_blue(self) -> bool:
        """Whether a reminder that has gone out shows at all."""
        return self.colours[Reason.REMINDED] != self.colours[Reason.IN_TIME]


DEFAULT = Scheme()


def light(deadline: Deadline, now: datetime, calendar: WorkingCalendar, scheme: Scheme) -> Light:
    """The light by the scheme in force, see `schemes.scheme`."""
    reason = reason_of(deadline, now, calendar, scheme.yellow_days)
    return Light(scheme.colours[reason], reason)


def reason_of(deadline: Deadline, now: datetime, calendar: WorkingCalendar, yellow_days: int) -> Reason:
    """The limit went by; it is due within some working days; a reminder has gone out; or none of it.

    A holiday counts as nothing: what is due on the first working day after a long holiday is near all through it.
    Local days play no part here: a light means the same for every unit.
    """
    if deadline.state == DeadlineState.MET:
        return Reason.MET_LATE if deadline.is_late else Reason.MET
    if deadline.state == DeadlineState.CANCELLED:
        return Reason.CANCELLED
    if deadline.state == DeadlineState.PAUSED:
        return Reason.PAUSED
    if now >= deadline.due_at:
        return Reason.OVERDUE
    if deadline.due_on <= yellow_until(local_date(now), calendar, yellow_days):
        return Reason.DUE_SOON
    return Reason.REMINDED if deadline.reminded_at is not None else Reason.IN_TIME


def yellow_until(today: date, calendar: WorkingCalendar, yellow_days: int) -> date:
    """The latest due date with at most ``yellow_days`` working days between today and it, days off behind
    included."""
    return calendar.national.shift(today, yellow_days + 1) - timedelta(days=1)


def check(scheme: Scheme) -> None:
    """A scheme that can be read: late is not shown like in time, and grey is for what nobody waits for."""
    if not 0 <= scheme.yellow_days <= YELLOW_MOST:
        raise InvalidInput(
            "lights.yellow_days",
            "临近到期的天数须在0至{most}个工作日之间",
            field="yellow_days",
            most=YELLOW_MOST,
        )
    for reason in OWED:
        if scheme.colours[reason] is Colour.GREY:
            raise InvalidInput("lights.grey", "仍须办理的期限不能用灰灯", field=reason.value)
    for reason in (Reason.IN_TIME, Reason.REMINDED, Reason.DUE_SOON):
        if scheme.colours[reason] is scheme.colours[Reason.OVERDUE]:
            raise InvalidInput("lights.overdue", "逾期的灯色不得与未逾期的相同", field=Reason.OVERDUE.value)
    for reason in ENDED:
        if scheme.colours[reason] is scheme.colours[Reason.OVERDUE]:
            raise InvalidInput("lights.ended", "已结或者暂停的期限不得与逾期同色", field=reason.value)
    for colour, word in scheme.words.items():
        if not word.strip() or len(word) > WORD or any(ord(c) < 32 for c in word):
            raise InvalidInput(
                "lights.word", "请填写灯色名称，不超过{most}字", field=f"word_{colour.value}", most=WORD
            )
    if len(set(scheme.words.values())) < len(scheme.words):
        raise InvalidInput("lights.same_word", "各灯色的名称不得相同", field="word_green")


def dump(scheme: Scheme) -> str:
    """A scheme for its row."""
    return json.dumps(to_dict(scheme), ensure_ascii=False)


def to_dict(scheme: Scheme) -> dict[str, Any]:
    return {
        "colours": {reason.value: scheme.colours[reason].value for reason in Reason},
        "words": {colour.value: scheme.words[colour] for colour in Colour},
        "yellow_days": scheme.yellow_days,
    }


@lru_cache(maxsize=16)
def parse(text: str, version: int) -> Scheme:
    """What `dump` has written. What an older version did not know has its default."""
    return of_dict(json.loads(text), version)


def of_dict(given: Mapping[str, Any], version: int = 0) -> Scheme:
    colours = {**_COLOURS, **{Reason(k): Colour(v) for k, v in given["colours"].items()}}
    words = {**_WORDS, **{Colour(k): v.strip() for k, v in given["words"].items()}}
    return Scheme(MappingProxyType(colours), MappingProxyType(words), given["yellow_days"], version)
