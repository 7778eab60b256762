"""A plan as screens show it: each task with its units, limits, reviewer and what is open; the whole with its counts."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.organisation.models import Unit
from engine.plans import rules
from engine.plans.models import (
    LimitKind,
    PartRole,
    PartState,
    Plan,
    PlanProposal,
    PlanState,
    PlanTask,
    PlanTaskLimit,
    PlanTaskUnit,
    ProposalState,
)
from engine.plans.parsing import DocumentKind
from engine.plans.rules import Part, Problem
from engine.working_days import Count


class Places:
    """Where the characters of a plan's text stand in the original."""

    def __init__(self, places: Sequence[Sequence[Any]]) -> None:
        self._places = places
        self._starts = [place[0] for place in places]

    def at(self, start: int) -> dict[str, Any] | None:
        """As `Place.to_dict` gives it; None where the kind of file has no places."""
        found = bisect_right(self._starts, start) - 1
        return self._places[found][1] or None if found >= 0 else None


@dataclass(frozen=True)
class PartView:
    """A listed unit. `units` are what it stands for, none while it is left out."""

    row: PlanTaskUnit
    units: tuple[Unit, ...]
    proposals: tuple[Unit, ...] = ()
    #: The one of `proposals` that the office confirmed the last time.
    remembered: Unit | None = None

    @property
    def rule(self) -> Part:
        row = self.row
        ids = tuple(unit.id for unit in self.units)
        return Part(PartRole(row.role), PartState(row.state), row.written, row.is_group, ids)


@dataclass(frozen=True)
class PlanTaskView:
    """A plan task with everything that its part of the page shows."""

    row: PlanTask
    parts: tuple[PartView, ...]
    limits: tuple[PlanTaskLimit, ...]
    review_unit: Unit | None
    problems: tuple[Problem, ...]
    #: Responsible units that the reviewer may not judge, with who judges them instead.
    elsewhere: tuple[tuple[Unit, Unit], ...] = ()

    #: While the plan is a draft: afterwards nothing is to be settled any more.
    is_open: bool = True
    #: By limit: the day on which it ends, where neither the assignment nor an event decides.
    dues: Mapping[int, Count] = field(default_factory=dict)

    @property
    def is_doubtful(self) -> bool:
        """Whether a person should compare it with the original, and has not yet."""
        return bool(self.row.defects or self.row.confidence < rules.DOUBTFUL) and not self.row.checked

    @property
    def needs_attention(self) -> bool:
        return self.is_open and not self.row.dropped and bool(self.problems or self.is_doubtful)

    def of_role(self, role: str) -> list[PartView]:
        return [part for part in self.parts if part.row.role == role]

    def lists(self, role: str) -> bool:
        """Whether any unit has the role and was not left out."""
        return any(part.row.state != PartState.DROPPED for part in self.of_role(role))


@dataclass(frozen=True)
class PlanView:
    plan: Plan
    office: Unit
    entries: tuple[PlanTaskView, ...]
    proposals: tuple[PlanProposal, ...] = ()

    @property
    def open_proposals(self) -> list[PlanProposal]:
        return [row for row in self.proposals if row.state == ProposalState.OPEN]

    @property
    def kept(self) -> list[PlanTaskView]:
        return [entry for entry in self.entries if not entry.row.dropped]

    @property
    def unresolved(self) -> list[PlanTaskView]:
        return [entry for entry in self.kept if entry.problems]

    @property
    def attention(self) -> int:
        return sum(entry.needs_attention for entry in self.entries)

    @property
    def left_out(self) -> list[PlanTaskView]:
        return [entry for entry in self.entries if entry.row.dropped]

    @property
    def owners_needed(self) -> list[PlanProposal]:
        """The proposals that keep the plan from being confirmed: an indicator plan's need their owners."""
        is_indicator_plan = self.plan.kind == DocumentKind.INDICATOR_PLAN
        return self.open_proposals if is_indicator_plan and self.plan.state == PlanState.DRAFT else []

    @property
    def led_only(self) -> list[PlanTaskView]:
        """Tasks that name leads and nobody responsible."""
        return [
            entry
            for entry in self.kept
            if entry.lists(PartRole.LEAD) and not entry.lists(PartRole.RESPONSIBLE)
        ]

    @property
    def doubtful(self) -> list[PlanTaskView]:
        """Tasks in which nothing is open that a person should still compare with the original."""
        return [entry for entry in self.kept if entry.is_doubtful and not entry.problems]

    @property
    def remembered_count(self) -> int:
        """How many open names the office confirmed the last time."""
        return sum(part.remembered is not None for entry in self.kept for part in entry.parts)

    @property
    def unit_names(self) -> dict[str, int]:
        """Each unit with how many tasks name it, the busiest first."""
        found = Counter(
            name for entry in self.kept for name in {unit.name for part in entry.parts for unit in part.units}
        )
        return dict(found.most_common())

    @property
    def unit_count(self) -> int:
        return len({unit.id for entry in self.kept for part in entry.parts for unit in part.units})

    @property
    def limit_count(self) -> int:
        return sum(len(entry.limits) for entry in self.kept)

    @property
    def item_count(self) -> int:
        """How many work items the campaign will have."""
        return sum(
            len({unit.id for part in entry.of_role(PartRole.RESPONSIBLE) for unit in part.units})
            for entry in self.kept
        )

    @property
    def past_limits(self) -> int:
        return sum(problem.code == "past_limit" for entry in self.kept for problem in entry.problems)

    @property
    def without_limit(self) -> int:
        return sum(not any(limit.kind != LimitKind.OPEN for limit in entry.limits) for entry in self.kept)
