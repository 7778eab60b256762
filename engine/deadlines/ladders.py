"""A ladder as an administrator writes it: what makes it sound, how its steps are called, and how two versions differ.
Pure.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.deadlines.actions import Action
from engine.deadlines.conditions import Condition
from engine.deadlines.policies import PASSED, Recipient, Step
from engine.errors import InvalidInput
from engine.texts import N_

#: Farthest step from the due date, in working days: what `recompute.LADDER` reaches over long holidays. And most steps.
FARTHEST, MOST = 30, 20

_MESSAGES = (Action.REMIND, Action.ESCALATE)
#: The one ladder whose steps may ask for papers: the duty of a responsible unit.
_WITH_PAPERS = "default"


@dataclass(frozen=True)
class WantedStep:
    """One row of the editor. ``offset`` is None where no number was given; values may be unknown ones."""

    offset: int | None
    action: str = Action.REMIND
    condition: str = Condition.ALWAYS
    to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """What is wrong with one row, beside which of its fields."""

    row: int
    field: str
    error: InvalidInput


class LadderRefused(InvalidInput):
    """A ladder with faults: ``problems`` has each, by row."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(
            "policies.refused", N_("规则中有{count}处需要修改"), field="steps", count=len(problems)
        )
        self.problems = tuple(problems)


def actions_for(key: str) -> tuple[Action, ...]:
    """What steps of a ladder may do."""
    return tuple(Action) if key == _WITH_PAPERS else _MESSAGES


def check(key: str, wanted: Sequence[WantedStep]) -> None:
    """LadderRefused with every fault of every row."""
    found = [Problem(n, *fault) for n, step in enumerate(wanted) for fault in _faults(key, step)]
    seen: set[tuple[object, ...]] = set()
    for n, step in enumerate(wanted):
        same = (step.offset, step.action, step.condition)
        if step.offset is not None and same in seen:
            found.append(
                Problem(n, "offset", InvalidInput("policies.twice", "与前面的一步时间、动作和条件都相同"))
            )
        seen.add(same)
    if sum(step.offset == 0 for step in wanted) != 1:
        found.append(Problem(0, "offset", InvalidInput("policies.passing", "须有且只有一步在期限届满时")))
    if len(wanted) > MOST:
        found.append(Problem(MOST, "offset", InvalidInput("policies.many", "最多{most}步", most=MOST)))
    if found:
        raise LadderRefused(found)


def _faults(key: str, step: WantedStep) -> list[tuple[str, InvalidInput]]:
    found = []
    if step.offset is None or abs(step.offset) > FARTHEST:
        problem = InvalidInput("policies.offset", "天数须为{most}以内的整数", most=FARTHEST)
        found.append(("offset", problem))
    if step.action not in actions_for(key):
        found.append(("action", InvalidInput("policies.action", "请选择本规则可用的动作")))
    elif (
        step.offset is not None
        and step.offset < 0
        and step.action not in (Action.REMIND, Action.REMINDER_LETTER)
    ):
        found.append(("action", InvalidInput("policies.early", "到期前只能提醒或者拟发提醒函")))
    elif step.offset is not None and step.offset > 0 and step.action == Action.REMIND:
        found.append(("action", InvalidInput("policies.late", "到期后请选择上报逾期或者拟发文书")))
    elif step.offset == 0 and step.action != Action.REMIND:
        found.append(("action", InvalidInput("policies.at_passing", "期限届满时只记为逾期并通知")))
    if step.condition not in tuple(Condition):
        found.append(("condition", InvalidInput("policies.condition", "请选择条件")))
    elif step.offset == 0 and step.condition != Condition.ALWAYS:
        found.append(("condition", InvalidInput("policies.passing_always", "期限届满一律记为逾期，不设条件")))
    if any(one not in tuple(Recipient) for one in step.to) or len(set(step.to)) < len(step.to):
        found.append(("to", InvalidInput("policies.to", "请选择通知对象")))
    elif not step.to and step.offset != 0 and step.action in _MESSAGES:
        found.append(("to", InvalidInput("policies.nobody", "请至少选择一个通知对象")))
    return found


def written(wanted: Sequence[WantedStep]) -> list[dict[str, Any]]:
    """A sound ladder as a policy keeps it: in order of time, each step with a key of its own."""
    ordered = sorted(wanted, key=lambda step: step.offset or 0)
    names = [_name(step.offset or 0) for step in ordered]
    seen: Counter[str] = Counter()
    found = []
    for name, step in zip(names, ordered, strict=True):
        seen[name] += 1
        key = name if seen[name] == 1 else f"{name}_{seen[name]}"
        found.append(
            {
                "key": key, "offset": step.offset, "to": list(step.to), "condition": str(step.condition),
                "action": str(step.action),
            }
        )  # fmt: skip
    return found


def _name(offset: int) -> str:
    if offset == 0:
        return PASSED
    return f"remind_{-offset}" if offset < 0 else f"escalate_{offset}"


def as_wanted(steps: Sequence[Step]) -> list[WantedStep]:
    """The rows of the editor for a ladder that stands."""
    return [WantedStep(step.offset, step.action, step.condition, step.to) for step in steps]


@dataclass(frozen=True)
class Difference:
    """A step that is new (``before`` is None), gone (``after`` is None) or another."""

    before: Step | None
    after: Step | None


def differences(before: Sequence[Step], after: Sequence[Step]) -> list[Difference]:
    """What distinguishes two versions, in order of time."""
    was: Mapping[str, Step] = {step.key: step for step in before}
    is_: Mapping[str, Step] = {step.key: step for step in after}
    both = {**was, **is_}
    found = [
        Difference(was.get(key), is_.get(key))
        for key, _ in sorted(both.items(), key=lambda item: (item[1].offset, item[0]))
    ]
    return [one for one in found if one.before != one.after]
