"""An assignment: who does something in which role, with the limits and other things said in the same place."""

import re
from dataclasses import dataclass, field

from ..draft import UnitName
from ..source import Span
from .labels import TOGETHER_WITH, Role
from .unit_names import level_prefix, looks_like_unit
from .units import read_units

_LIMIT = re.compile(
    r"[\d一二三四五六七八九十年上下].{0,16}(?:前|底|末|完成|办结|年|月|日|季度|半年)$|"
    r".{0,12}(?:完成|长期坚持|持续推进|常态化|常态化推进|立行立改|立即整改|年内|限期整改|按要求)$|"
    r"[\d一二三四五六七八九十年上下].{0,16}(?:前|底|末|完成|办结)[,并且]{0,2}"
    r"(?:长期坚持|持续推进|持续巩固|常态化(?:推进|开展)?|坚持)$"
)
_LEADING_MARKS = re.compile(r"[ \n,;、]{0,9}")


@dataclass(slots=True)
class Assignment:
    """One bracket, run of label lines or sentence. `labelled` False: only verbs tell the roles.

    `tentative`: the unit merely begins a sentence. `says` is what stands behind labels of other things (整改目标:).
    """

    span: Span
    labelled: bool
    bracketed: bool = False
    tentative: bool = False
    units: dict[Role, list[UnitName]] = field(default_factory=dict)
    leaders: list[str] = field(default_factory=list)
    limits: list[Span] = field(default_factory=list)
    labels: list[tuple[Role, str, Span]] = field(default_factory=list)
    defects: list[tuple[str, Span]] = field(default_factory=list)
    says: list[Span] = field(default_factory=list)
    _listed: set[tuple[Role, str]] = field(default_factory=set)

    def has_units(self) -> bool:
        return any(self.units.values())

    def add(self, role: Role, unit: UnitName) -> None:
        """Put `unit` at the end of the list of `role`, once."""
        if (role, unit.text) not in self._listed:
            self._listed.add((role, unit.text))
            self.units.setdefault(role, []).append(unit)

    def names_leaders(self) -> bool:
        """Whether somebody answers for it; a contact (联系人) alone does not."""
        return bool(self.leaders) and any(
            role is Role.PEOPLE and not name.startswith("联") for role, name, _ in self.labels
        )

    def level(self) -> str:
        """The level (市) of the first office named, which the lists behind it may leave out."""
        return level_prefix(u.text for units in self.units.values() for u in units[:1])

    def absorb(self, other: "Assignment") -> None:
        """Take over what directly follows: (牵头单位:A)(责任单位:B), or one label a line."""
        self.span = Span(self.span.start, other.span.end)
        self.labelled = self.labelled or other.labelled
        for role, units in other.units.items():
            for unit in units:
                self.add(role, unit)
        self.leaders += other.leaders
        self.limits += other.limits
        self.labels += other.labels
        self.bracketed = self.bracketed or other.bracketed
        self.defects += other.defects
        self.says += other.says


def add_units(
    assignment: Assignment,
    folded: str,
    source: str,
    role: Role,
    start: int,
    end: int,
    *,
    strict: bool = False,
) -> bool:
    """Read units into `role`; with `strict`, False where a name does not look like a unit, and nothing is added."""
    if both := TOGETHER_WITH.match(folded, start + len(_LEADING_MARKS.match(folded, start, end)[0]), end):  # type: ignore[index]
        role, start = Role.COOPERATING, both.end()
    if both := TOGETHER_WITH.search(folded, start + 2, end):
        return add_units(assignment, folded, source, role, start, both.start(), strict=strict) and add_units(
            assignment, folded, source, Role.COOPERATING, both.end(), end, strict=strict
        )
    found = read_units(folded, source, start, end, assignment.level())
    units: list[UnitName] = []
    limits: list[Span] = []
    for unit in found.units:
        if is_limit(_plain(folded, unit.span)):
            limits.append(unit.span)
        else:
            units.append(unit)
    if strict and not (units and all(looks_like_unit(_plain(folded, u.span)) for u in units)):
        return False
    for unit in units:
        assignment.add(role, unit)
    assignment.defects.extend((f"missing_enumeration_comma_in_{role}", span) for span in found.run_together)
    assignment.defects.extend(
        ("unit_name_cut_by_line", span) for span in found.cut_by_line if span not in limits
    )
    assignment.defects.extend(("unclosed_inner_bracket", span) for span in found.unclosed)
    assignment.limits.extend(limits)
    return True


def is_limit(words: str) -> bool:
    """Whether `words`, which stand where a unit might, say by when: 6月底前完成, 长期坚持."""
    return bool(_LIMIT.fullmatch(words))


def _plain(folded: str, span: Span) -> str:
    return re.sub(r"\s", "", folded[span.start : span.end])
