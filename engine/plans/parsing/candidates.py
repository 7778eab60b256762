"""Which places of the outline are key tasks: those to which somebody is assigned.

Without any assignment in the document there is no key task, however many numbers it has: reports and narratives
are numbered too. The rules, in this order, for a numbered place with an assignment in it or below it:

1. only its last sub-item has one: it speaks for the whole place, which is one key task (for a whole chapter only
   where it stands on a line of its own);
2. a problem of a rectification list, or a place whose measures or fields are numbered below it, is one key task;
3. below it places have their own: each is a key task; an assignment in its heading fills the roles that they leave
   open; its paragraphs with their own are key tasks too; a place among them without one was forgotten;
4. several assignments in one place are several key tasks, unless only the last one has labels.
"""

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise

from .assignments.assignment import Assignment
from .assignments.labels import LABEL, UNIT_ROLES, Role, ends_with_measures, role_of
from .assignments.placements import find_assignments
from .assignments.subjects import read_subject
from .outline.numbering import Level
from .outline.structure import Node, heading
from .source import Span

#: Chapters that bind everybody: their items are duties unless the text assigns them to units.
DUTY_CHAPTER = re.compile(
    r"保障|组织领导|组织实施|工作要求|有关要求|几点要求|督导考核|督查考核|考核评价|监督管理$"
)
_INLINE_NUMBER = re.compile(
    r"(?<=[。;:)\]】〕 \n])(?:(\d{1,2}) ?[.、](?!\d)|\((\d{1,2})\)|\(([一二三四五六七八九十]{1,3})\)|([①-⑳]))"
)
_HAN = "一二三四五六七八九十"


@dataclass(slots=True)
class Candidate:
    """A key task before its content is read. `body_start` is behind the number."""

    number: int
    number_raw: Span
    section: Span | None
    start: int
    body_start: int
    end: int
    assignment: Assignment | None
    repairs: tuple[str, ...] = ()


def find_candidates(root: Node, folded: str, source: str, *, is_plan: bool) -> list[Candidate]:
    """Every key task of the outline in its order; `is_plan` lets units that merely begin a sentence count."""
    reader = _Candidates(root, folded, source, is_plan=is_plan)
    return reader.below(root, None) if root in reader.assigned else []


class _Candidates:
    """One document: the outline with the assignments of every place."""

    def __init__(self, root: Node, folded: str, source: str, *, is_plan: bool) -> None:
        self.folded, self.source = folded, source
        self._duty: dict[Node, bool] = {}
        self._next: dict[Node, Node] = {}
        nodes = list(root.walk())
        self.own = {
            node: _completed(find_assignments(folded, source, node.lines, node.body_start)) for node in nodes
        }
        for node in nodes:
            self._next.update(pairwise(node.children))
        if is_plan:
            self._add_subjects(nodes)
        self.assigned: set[Node] = set()
        for node in reversed(nodes):
            if self.own[node] or any(child in self.assigned for child in node.children):
                self.assigned.add(node)
        leaves, with_own = Counter[Level](), Counter[Level]()
        for node in nodes:
            if node.parent is None or node.children or node.level <= Level.CHAPTER:
                continue
            beside = len(node.parent.children) > 1 and node is node.parent.children[-1]
            for_all = beside and len(self.own[node]) == 1 and self._stands_alone(node, self.own[node][0])
            if node.chapter() in self.assigned and not for_all:
                leaves[node.level] += 1
                with_own[node.level] += bool(self.own[node])
        #: Levels at which most places have their own assignment; a label line below the last one may speak for all.
        self.usual = {level for level, count in leaves.items() if with_own[level] * 2 >= count}

    def _add_subjects(self, nodes: list[Node]) -> None:
        """Sentences that begin with the unit count where siblings agree, and no heading above assigns already."""
        found: dict[Node, list[tuple[Node, Assignment]]] = {}
        for node in nodes:
            if node.children or self.own[node] or self._is_duty(node):
                continue
            if Level.CHAPTER <= node.level <= Level.SECTION and len(node.lines) > 2:
                lines = [
                    read_subject(self.folded, self.source, [line], line.start) for line in node.lines[1:]
                ]
                if sum(map(bool, lines)) * 2 > len(lines) and sum(map(bool, lines)) > 1:
                    self.own[node] = [subject for subject in lines if subject]
                    continue
            if node.level > Level.CHAPTER and node.parent:
                subject = read_subject(self.folded, self.source, node.lines, node.body_start)
                if subject:
                    found.setdefault(node.parent, []).append((node, subject))
        for parent, subjects in found.items():
            others = sum(bool(self.own[child]) for child in parent.children)
            if (len(subjects) + others) * 2 >= len(parent.children) and len(subjects) + others > 1:
                for node, subject in subjects:
                    self.own[node] = [subject]

    def _is_duty(self, node: Node) -> bool:
        """Whether `node` stands in a chapter that binds everybody."""
        if node.level is Level.ROOT or node.parent is None:
            return False
        if node not in self._duty:
            title = self.folded[slice(*heading(node, self.folded))] if node.level <= Level.CHAPTER else ""
            self._duty[node] = bool(DUTY_CHAPTER.search(title)) or self._is_duty(node.parent)
        return self._duty[node]

    def below(self, node: Node, section: Span | None, inherited: Assignment | None = None) -> list[Candidate]:
        """The key tasks in `node`; `section` is the heading above, `inherited` what that heading assigns."""
        if node not in self.assigned:
            return []
        own = self.own[node]
        title = self._title(node)
        assigned_children = [child for child in node.children if child in self.assigned]
        if not assigned_children:
            return self._leaf(node, section, title, inherited)
        if self._speaks_for_all(node, assigned_children):
            return [self._whole(node, section, self.own[node.children[-1]][0])]
        if node.level is Level.PROBLEM or self._lists_measures(node) or self._lists_fields(node):
            return [self._whole(node, section, self._joined(node))]
        found: list[Candidate] = []
        if node.level > Level.ROOT:
            in_heading = [a for a in own if self._is_heading(node, a)]
            inherited = in_heading[-1] if in_heading else inherited
            own = [a for a in own if not self._is_heading(node, a)]
        if own:
            found += self._paragraphs(node, title or section, own)
        for child in node.children:
            under = title if node.level > Level.ROOT else section
            if child in self.assigned:
                found += self.below(child, under, inherited)
            elif node.level > Level.ROOT and not self._is_duty(child):
                found += self._forgotten(child, under, inherited)
        return found

    def _speaks_for_all(self, node: Node, assigned_children: list[Node]) -> bool:
        """Rule 1."""
        last = node.children[-1]
        return (
            len(node.children) > 1
            and assigned_children == [last]
            and not self.own[node]
            and node.level > Level.ROOT
            and not last.children
            and len(self.own[last]) == 1
            and (last.level >= Level.DOTTED or last.level not in self.usual)
            and (node.level > Level.CHAPTER or self._stands_alone(last, self.own[last][0]))
        )

    def _stands_alone(self, node: Node, assignment: Assignment) -> bool:
        """Whether it is a label line or a bracket of its own below the text."""
        at = bisect_left(node.lines, assignment.span.start + 1, key=lambda line: line.start) - 1
        return at > 0 and node.lines[at].start == assignment.span.start

    def _lists_measures(self, node: Node) -> bool:
        """Whether what is numbered below `node` are its measures: 整改措施: stands before them."""
        return node.level >= Level.SECTION and bool(node.lines) and ends_with_measures(node.lines[-1].text)

    def _lists_fields(self, node: Node) -> bool:
        """Whether what is numbered below `node` are its fields, each with its label: (1)整改措施: (2)责任单位:."""
        if node.level is Level.ROOT or len(node.children) < 2:
            return False
        fields = [self._field(child) for child in node.children]
        names = {self.folded[label.start() : label.end()] for label in fields if label}
        return len(names) == sum(map(bool, fields)) > 1 and 2 * len(names) > len(fields)

    def _field(self, node: Node) -> re.Match[str] | None:
        """The label that the text of `node` begins with."""
        return LABEL.match(self.folded, node.body_start, min(node.end, node.body_start + 60))

    def _joined(self, node: Node) -> Assignment:
        assignments = [a for place in node.walk() for a in self.own[place]]
        whole = replace(assignments[0])
        for further in assignments[1:]:
            whole.absorb(further)
        for place in node.walk():
            label = self._field(place)
            if label and role_of(label) is Role.TIME:
                whole.limits.append(Span(label.end(), place.lines[-1].end))
        whole.limits = sorted(set(whole.limits))
        return whole

    def _is_heading(self, node: Node, assignment: Assignment) -> bool:
        """Whether it stands in the heading's line, or in a label line that says nothing else."""
        if assignment.span.start < node.lines[0].end:
            return True
        at = bisect_left(node.lines, assignment.span.start + 1, key=lambda line: line.start) - 1
        return node.lines[at].start == assignment.span.start

    def _leaf(
        self, node: Node, section: Span | None, title: Span | None, inherited: Assignment | None
    ) -> list[Candidate]:
        own = self.own[node]
        if node.level is Level.ROOT:
            return self._paragraphs(node, section, own)
        if len(own) > 1 and not (own[-1].labelled and not any(a.labelled for a in own[:-1])):
            if numbers := self._lost_numbers(node, own):
                return self._paragraphs(node, section, own, numbers)
            return self._paragraphs(node, title or section, own)
        assignment = own[-1]
        if inherited is not None:
            assignment = _with_inherited(assignment, inherited)
        return [self._whole(node, section, assignment)]

    def _lost_numbers(self, node: Node, own: list[Assignment]) -> list[int]:
        """The numbers of paragraphs behind `node` whose own number is lost: the next place is numbered so much higher."""
        following = self._next.get(node)
        lines = {bisect_left(node.lines, a.span.start + 1, key=lambda line: line.start) for a in own}
        if (
            following is None
            or following.level is not node.level
            or following.number != node.number + len(own)
            or len(lines) != len(own)
        ):
            return []
        return [node.number + i for i in range(len(own))]

    def _whole(self, node: Node, section: Span | None, assignment: Assignment | None) -> Candidate:
        raw = Span(node.start, node.body_start)
        end = max(node.end, node.body_start)
        return Candidate(
            node.number, raw, section, node.start, node.body_start, end, assignment, node.repairs
        )

    def _paragraphs(
        self, node: Node, section: Span | None, own: list[Assignment], numbers: list[int] | None = None
    ) -> list[Candidate]:
        """Sentences or paragraphs, each closed by its own assignment; they count as 1, 2, 3 within the place.

        Numbers inside the paragraph (…1.…(A)2.…(B)) are theirs; `numbers` are those that a gap in the count tells.
        """
        found: list[Candidate] = []
        at, written = node.body_start, 0
        for i, assignment in enumerate(own):
            start = at
            if node.level <= Level.CHAPTER or (numbers and i):
                start = self._paragraph_before(node, at, assignment)
            while start < assignment.span.start and self.folded[start] in " \n。;,、":
                start += 1
            raw = Span(node.start, node.body_start) if i == 0 else Span(start, start)
            number = numbers[i] if numbers else i + 1
            repairs = ("missing_number",) if numbers and i else node.repairs if numbers else ()
            if not numbers and (inline := self._inline_number(start, assignment.span.start, written + 1)):
                raw, start, number, written = inline, inline.end, written + 1, written + 1
            begin = raw.start if raw.end == start else start
            last = i + 1 == len(own)
            end = max(assignment.span.end, node.end) if last and not node.children else assignment.span.end
            if (numbers and not last) or assignment.tentative:
                end = self._paragraph_end(node, end)
            found.append(
                Candidate(
                    number, raw, section, min(begin, assignment.span.start), start, end, assignment, repairs
                )
            )
            at = end
        return found

    def _inline_number(self, start: int, end: int, expected: int) -> Span | None:
        floor = max(0, start - 1)
        for match in _INLINE_NUMBER.finditer(self.folded, floor, end):
            said = match[1] or match[2]
            if match[3]:
                value = _HAN.find(match[3]) + 1
            elif match[4]:
                value = ord(match[4]) - 0x245F
            else:
                value = int(said)
            if value == expected:
                return Span(*match.span())
        return None

    def _paragraph_before(self, node: Node, floor: int, assignment: Assignment) -> int:
        """Start of the last line that begins before the assignment, but not before `floor`."""
        at = bisect_left(node.lines, assignment.span.start, key=lambda line: line.start) - 1
        return max(floor, node.lines[at].start) if at >= 0 else floor

    def _paragraph_end(self, node: Node, at: int) -> int:
        """End of the line in which `at` stands."""
        line = bisect_left(node.lines, at, key=lambda line: line.end)
        return node.lines[line].end if line < len(node.lines) else at

    def _forgotten(self, node: Node, section: Span | None, inherited: Assignment | None) -> list[Candidate]:
        """Places among assigned ones to which nobody is assigned."""
        if node.children:
            title = self._title(node)
            return [p for child in node.children for p in self._forgotten(child, title, inherited)]
        if node.level not in self.usual:
            return []
        return [self._whole(node, section, inherited)]

    def _title(self, node: Node) -> Span | None:
        """The heading, without an assignment that stands in it."""
        if node.level is Level.ROOT:
            return None
        start, end = heading(node, self.folded)
        for assignment in self.own[node][:1]:
            if start < assignment.span.start < end and not assignment.tentative:
                end = assignment.span.start
        return Span(start, end)


def _completed(own: list[Assignment]) -> list[Assignment]:
    """Label lines that name only who helps or checks (验收单位: below the measures) complete the one before."""
    kept: list[Assignment] = []
    for assignment in own:
        before = kept[-1] if kept else None
        if (
            before
            and before.labelled
            and assignment.labelled
            and not before.bracketed
            and not assignment.bracketed
            and not {Role.LEAD, Role.RESPONSIBLE, *before.units} & assignment.units.keys()
        ):
            before.says.append(Span(before.span.end, assignment.span.start))
            before.absorb(assignment)
        else:
            kept.append(assignment)
    return kept


def _with_inherited(own: Assignment, inherited: Assignment) -> Assignment:
    """Roles that the place itself does not name come from the heading above it."""
    units = {role: own.units.get(role) or inherited.units.get(role, []) for role in UNIT_ROLES}
    return replace(own, units=units, leaders=own.leaders or inherited.leaders)
