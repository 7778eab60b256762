"""When a step of a ladder is taken at all: a closed list of conditions, each one fact that has to hold or not. Pure.

What is a fact of a deadline its subject's idea says, see `subjects.register_fact`.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum

from engine.texts import N_


class Fact(StrEnum):
    """What may be so of the duty behind a deadline. Where no idea answers, it is not so."""

    SUBMITTED = "submitted"  #: handed in, and waits for the head of the unit
    FINAL = "final"  #: the last report of the case
    MILESTONE = "milestone"  #: a report on the way
    EXTENSION_PENDING = "extension_pending"  #: a later date has been asked for and is not decided
    URGED = "urged"  #: somebody has urged by hand since the limit was set


class Condition(StrEnum):
    ALWAYS = "always"
    NOT_SUBMITTED = "not_submitted"
    FINAL_ONLY = "final_only"
    MILESTONE_ONLY = "milestone_only"
    NO_EXTENSION_PENDING = "no_extension_pending"
    NOT_URGED = "not_urged"

    @property
    def text(self) -> str:
        """The condition in Chinese (a msgid)."""
        return CONDITION_TEXT[self]


CONDITION_TEXT: Mapping[Condition, str] = {
    Condition.ALWAYS: N_("一律执行"),
    Condition.NOT_SUBMITTED: N_("仅限尚未提交材料的"),
    Condition.FINAL_ONLY: N_("仅限最终完成时限"),
    Condition.MILESTONE_ONLY: N_("仅限阶段性节点"),
    Condition.NO_EXTENSION_PENDING: N_("仅限没有待批延期申请的"),
    Condition.NOT_URGED: N_("仅限尚未人工催办的"),
}

#: The fact on which a condition rests, and whether it has to be so.
_RESTS_ON: Mapping[Condition, tuple[Fact, bool]] = {
    Condition.NOT_SUBMITTED: (Fact.SUBMITTED, False),
    Condition.FINAL_ONLY: (Fact.FINAL, True),
    Condition.MILESTONE_ONLY: (Fact.MILESTONE, True),
    Condition.NO_EXTENSION_PENDING: (Fact.EXTENSION_PENDING, False),
    Condition.NOT_URGED: (Fact.URGED, False),
}


def holds(condition: Condition, is_so: Callable[[Fact], bool]) -> bool:
    """Whether a step with this condition is to be taken; ``is_so`` is asked for the one fact that decides."""
    if condition is Condition.ALWAYS:
        return True
    fact, wanted = _RESTS_ON[condition]
    return is_so(fact) is wanted
