"""What a step of a ladder does besides telling those whom it names: ideas that stand above register it here.

Deadlines know no notices; they know that a step may ask for one. The list of actions is closed, so that a ladder in
the database never names what no version of the program has known.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from engine.context import Context
from engine.deadlines.models import Deadline
from engine.deadlines.policies import Step
from engine.texts import N_


class Action(StrEnum):
    REMIND = "remind"  #: a message before the limit, or at it
    ESCALATE = "escalate"  #: a message after it
    REMINDER_LETTER = "notice.reminder_letter"
    SUPERVISION_NOTICE = "notice.supervision_notice"
    CIRCULAR = "notice.circular"
    TALK = "notice.talk"

    @property
    def text(self) -> str:
        """The action in Chinese (a msgid)."""
        return ACTION_TEXT[self]


ACTION_TEXT: Mapping[Action, str] = {
    Action.REMIND: N_("发送提醒"),
    Action.ESCALATE: N_("上报逾期"),
    Action.REMINDER_LETTER: N_("拟发提醒函"),
    Action.SUPERVISION_NOTICE: N_("拟发督办通知单"),
    Action.CIRCULAR: N_("拟发通报"),
    Action.TALK: N_("拟发约谈通知"),
}


class Perform(Protocol):
    def __call__(self, ctx: Context, deadline: Deadline, step: Step, /) -> object: ...


_performing: dict[str, Perform] = {}


def register(action: str, perform: Perform) -> None:
    """Say what ``action`` does. Registering twice replaces.

    ``perform(ctx, deadline, step)`` runs exactly once per step and date of a deadline, in the sweep's transaction, with
    case row, process instance and deadline locked, after the limit's passing was handled; ``ctx.actor`` is the system.
    What takes long, or concerns another process instance, it puts into the queue. When several steps have come at
    once, after downtime, only the gravest is performed: 一事一单.
    """
    _performing[Action(action)] = perform


def registered(action: str) -> bool:
    return action in _performing


def perform(ctx: Context, deadline: Deadline, step: Step) -> None:
    """Do what the step asks for beyond its message; nothing for messages and for what no idea does here."""
    if step.action in _performing:
        _performing[step.action](ctx, deadline, step)
