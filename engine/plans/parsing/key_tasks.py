"""Which places of the outline are key tasks, and what each of them holds.

A key task is a numbered place to which somebody is assigned. Without any assignment in the document there is
no key task, however many numbers it has: reports and narratives are numbered too.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from engine.texts import N_

from .assignments import Assignment, find_assignments
from .deadlines import Calendar, read_deadlines
from .draft import Defect, Note, ParsedTask, UnitName
from .indicators import read_indicators
from .labels import UNIT_ROLES, Role
from .source import Span
from .structure import Level, Node, heading

#: Chapters that bind everybody: their items are duties unless the text assigns them to units.
DUTY_CHAPTER = re.compile(
    r"保障|组织领导|组织实施|工作要求|有关要求|几点要求|督导考核|督查考核|考核评价|监督管理$"
)
#: P8: the preface rule that the unit listed first leads.
_LEADS_FIRST = re.compile(
    r"(?:列|排|居|排名|排序|位列)(?:在|于)?(?:第一|首)(?:位|个|名)?[^。;\n]{0,20}(?:牵头|汇总|主办|主责)|"
    r"(?:第一个|首个|第一)(?:责任)?(?:单位|部门)[^。;\n]{0,8}(?:牵头|汇总|主办)"
)
_WORN_SENTENCE = re.compile(
    r"[\u4e00-\u9fff]{12}(?P<at>(?:特别是|尤其是)(?:在(?!校|职|岗|押|逃|建|编|读)|对于?|针对))"
)
_PENALTY = {
    "missing_assignment": 0.4,
    "missing_opening_bracket": 0.1,
    "mismatched_bracket": 0.1,
    "label_variant": 0.0,
    "missing_comma_in_body": 0.0,
    "missing_closing_bracket": 0.05,
    "year_unknown": 0.2,
    "impossible_date": 0.2,
}


@dataclass(slots=True)
class _Proposal:
    """A key task before its content is read."""

    number: int
    number_raw: Span
    section: Span | None
    start: int
    body_start: int
    end: int
    assignment: Assignment | None
    repairs: tuple[str, ...] = ()


@dataclass(slots=True)
class KeyTasks:
    """All key tasks of a document, and what a person should look at."""

    key_tasks: list[ParsedTask] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    lists_problems: bool = False


class _Reader:
    """One document: the outline with the assignments of every place."""

    def __init__(self, root: Node, folded: str, source: str) -> None:
        self.folded, self.source = folded, source
        self.own: dict[Node, list[Assignment]] = {}
        self.assigned: set[Node] = set()
        leaves, with_own = Counter[Level](), Counter[Level]()
        for node in root.walk():
            self.own[node] = find_assignments(folded, source, node.lines, node.body_start)
        for node in reversed(list(root.walk())):
            if self.own[node] or any(child in self.assigned for child in node.children):
                self.assigned.add(node)
        for node in root.walk():
            if node.level > Level.CHAPTER and node.chapter() in self.assigned and not node.children:
                leaves[node.level] += 1
                with_own[node.level] += bool(self.own[node])
        #: Levels at which most places have their own assignment.
        self.usual = {level for level, count in leaves.items() if with_own[level] * 2 >= count}

    def proposals(
        self, node: Node, section: Span | None, inherited: Assignment | None = None
    ) -> list[_Proposal]:
        if node not in self.assigned:
            return []
        own = self.own[node]
        title = Span(*heading(node, self.folded)) if node.level > Level.ROOT else None
        assigned_children = [child for child in node.children if child in self.assigned]
        if not assigned_children:
            return self._leaf(node, section, title, inherited)
        last = node.children[-1]
        if (
            len(node.children) > 1
            and assigned_children == [last]
            and not own
            and node.level > Level.ROOT
            and not last.children
            and len(self.own[last]) == 1
            and (last.level >= Level.SUBITEM or last.level not in self.usual)
        ):
            return [self._whole(node, section, self.own[last][0])]
        if node.level > Level.ROOT:
            inherited = own[-1] if own else inherited
        found: list[_Proposal] = []
        for child in node.children:
            below = title if node.level > Level.ROOT else section
            if child in self.assigned:
                found += self.proposals(child, below, inherited)
            elif node.level > Level.ROOT and not DUTY_CHAPTER.search(
                self._text(Span(*heading(child.chapter(), self.folded)))
            ):
                found += self._forgotten(child, below, inherited)
        if own and node.level is Level.ROOT:
            found = self._unnumbered(node, section, own) + found
        return found

    def _leaf(
        self, node: Node, section: Span | None, title: Span | None, inherited: Assignment | None
    ) -> list[_Proposal]:
        own = self.own[node]
        if node.level is Level.ROOT or (len(own) > 1 and self._separate(own)):
            return self._unnumbered(node, title or section, own)
        assignment = own[-1]
        if inherited is not None:
            assignment = _with_inherited(assignment, inherited)
        return [self._whole(node, section, assignment)]

    def _separate(self, own: list[Assignment]) -> bool:
        """Several assignments are several key tasks unless only the last has labels: then that one speaks for all."""
        return not (own[-1].labelled and not any(a.labelled for a in own[:-1]))

    def _whole(self, node: Node, section: Span | None, assignment: Assignment | None) -> _Proposal:
        raw = Span(node.start, node.body_start)
        return _Proposal(
            node.number,
            raw,
            section,
            node.start,
            node.body_start,
            max(node.end, node.body_start),
            assignment,
            node.repairs,
        )

    def _unnumbered(self, node: Node, section: Span | None, own: list[Assignment]) -> list[_Proposal]:
        """Sentences or paragraphs, each closed by its own assignment, count as 1, 2, 3 within the place."""
        found: list[_Proposal] = []
        at = node.body_start
        for number, assignment in enumerate(own, start=1):
            start = at
            if node.level <= Level.CHAPTER:
                start = self._paragraph_before(node, at, assignment)
            while start < assignment.span.start and self.folded[start] in " \n。;,、":
                start += 1
            raw = Span(node.start, node.body_start) if number == 1 else Span(start, start)
            found.append(
                _Proposal(
                    number,
                    raw,
                    section,
                    min(start, assignment.span.start),
                    start,
                    assignment.span.end,
                    assignment,
                )
            )
            at = assignment.span.end
        return found

    def _paragraph_before(self, node: Node, floor: int, assignment: Assignment) -> int:
        """Start of the last line that begins before the assignment, but not before `floor`."""
        at = bisect_left(node.lines, assignment.span.start, key=lambda line: line.start) - 1
        return max(floor, node.lines[at].start) if at >= 0 else floor

    def _forgotten(self, node: Node, section: Span | None, inherited: Assignment | None) -> list[_Proposal]:
        """Places among assigned ones to which nobody is assigned."""
        if node.children:
            title = Span(*heading(node, self.folded))
            return [p for child in node.children for p in self._forgotten(child, title, inherited)]
        if node.level not in self.usual:
            return []
        return [self._whole(node, section, inherited)]

    def _text(self, span: Span) -> str:
        return self.folded[span.start : span.end]


def read_key_tasks(root: Node, folded: str, source: str, when: Calendar) -> KeyTasks:
    """Every key task of the document in its order."""
    result = KeyTasks()
    reader = _Reader(root, folded, source)
    if root not in reader.assigned:
        return result
    leads_first = _LEADS_FIRST.search(folded)
    if leads_first:
        result.notes.append(
            _note("lead_is_first", N_("文件规定列第一位的单位为牵头单位"), Span(*leads_first.span()))
        )
    proposals = reader.proposals(root, None)
    usual_labels = _usual_labels(p.assignment for p in proposals)
    for proposal in proposals:
        key_task, notes = _read(proposal, folded, source, when, usual_labels)
        result.key_tasks.append(_first_leads(key_task) if leads_first else key_task)
        result.notes += notes
    result.lists_problems = bool(re.search(r"整改(?:时限|措施|目标)", folded)) and bool(
        re.search(r"问题", folded)
    )
    result.notes += _number_notes(result.key_tasks)
    return result


def _read(
    proposal: _Proposal, folded: str, source: str, when: Calendar, usual_labels: dict[Role, str]
) -> tuple[ParsedTask, list[Note]]:
    assignment = proposal.assignment or Assignment(Span(proposal.end, proposal.end), labelled=False)
    span = Span(proposal.start, proposal.end)
    body = Span(proposal.body_start, proposal.end)
    units = {role: tuple(assignment.units.get(role, ())) for role in UNIT_ROLES}
    limits = read_deadlines(
        folded,
        source,
        body,
        when,
        masked=[u.span for group in units.values() for u in group],
        fields=[limit for limit in assignment.limits if limit.start < limit.end],
    )
    text_end = (
        min(proposal.end, max(assignment.span.start, body.start)) if proposal.assignment else proposal.end
    )
    faults = [(name, Span(proposal.number_raw.start, proposal.body_start)) for name in proposal.repairs]
    number_raw = source[proposal.number_raw.start : proposal.number_raw.end].strip()
    if any("\uff10" <= c <= "\uff19" for c in number_raw):
        faults.append(("full_width_digits", proposal.number_raw))
    faults += assignment.defects
    if not any(units.values()):
        faults.append(("missing_assignment", span))
    for role, label, place in assignment.labels:
        if role in usual_labels and label != usual_labels[role]:
            faults.append(("label_variant", place))
    if worn := _WORN_SENTENCE.search(folded, body.start, text_end):
        faults.append(("missing_comma_in_body", Span(worn.start("at"), worn.end("at"))))
    defects = [
        Defect(name, place, source[place.start : place.end]) for name, place in faults
    ] + limits.defects
    defects.sort(key=lambda d: (d.span, d.name))
    notes = []
    for limit in limits.deadlines:
        if limit.date_on and when.signed_on and limit.date_on < when.signed_on:
            notes.append(_note("limit_before_signing", N_("时限早于成文日期，请核对"), limit.span))
    confidence = 1.0 if assignment.labelled else 0.9
    confidence -= sum(_PENALTY.get(name, 0.1) for name in {d.name for d in defects})
    key_task = ParsedTask(
        number=proposal.number,
        number_raw=number_raw,
        section=source[proposal.section.start : proposal.section.end].strip() if proposal.section else "",
        title=_title(source[body.start : text_end]),
        text=source[span.start : span.end],
        span=span,
        leaders=tuple(dict.fromkeys(assignment.leaders)),
        lead_units=units[Role.LEAD],
        responsible_units=units[Role.RESPONSIBLE],
        cooperating_units=units[Role.COOPERATING],
        supervising_units=units[Role.SUPERVISING],
        deadlines=tuple(limits.deadlines),
        indicators=tuple(read_indicators(folded, source, Span(body.start, text_end))),
        defects=tuple(defects),
        confidence=round(max(0.05, confidence), 2),
    )
    return _once(key_task), notes


def _usual_labels(assignments: Iterable[Assignment | None]) -> dict[Role, str]:
    """Per role the label that the document uses most: others are variants."""
    counts: dict[Role, Counter[str]] = {}
    for assignment in assignments:
        for role, label, _ in assignment.labels if assignment else ():
            if role in UNIT_ROLES:
                counts.setdefault(role, Counter())[label] += 1
    return {
        role: labels.most_common(1)[0][0]
        for role, labels in counts.items()
        if len(labels) > 1
        and labels.most_common(1)[0][1] > 2 * (labels.total() - labels.most_common(1)[0][1])
    }


def _with_inherited(own: Assignment, inherited: Assignment) -> Assignment:
    """Roles that the place itself does not name come from the heading above it."""
    units = {role: own.units.get(role) or inherited.units.get(role, []) for role in UNIT_ROLES}
    return replace(own, units=units, leaders=own.leaders or inherited.leaders)


def _first_leads(key_task: ParsedTask) -> ParsedTask:
    """P8: the document says that the unit listed first leads."""
    if key_task.lead_units or not key_task.responsible_units:
        return key_task
    return replace(
        key_task, lead_units=key_task.responsible_units[:1], responsible_units=key_task.responsible_units[1:]
    )


def _once(key_task: ParsedTask) -> ParsedTask:
    """A unit stands in one list only: the first of lead, responsible, cooperating, supervising."""
    seen: set[str] = set()
    lists: list[tuple[UnitName, ...]] = []
    for units in (
        key_task.lead_units,
        key_task.responsible_units,
        key_task.cooperating_units,
        key_task.supervising_units,
    ):
        kept = []
        for unit in units:
            if unit.text not in seen:
                seen.add(unit.text)
                kept.append(unit)
        lists.append(tuple(kept))
    return replace(
        key_task,
        lead_units=lists[0],
        responsible_units=lists[1],
        cooperating_units=lists[2],
        supervising_units=lists[3],
    )


def _title(body: str) -> str:
    """The first sentence, cut at a comma where it is long; at most 40 characters."""
    sentence = re.split(r"[。\n；;]", body.strip(), maxsplit=1)[0].strip()
    if len(sentence) <= 40:
        return sentence
    cut = max(sentence.rfind(mark, 0, 41) for mark in "，,")
    return sentence[:cut] if cut >= 8 else sentence[:39] + "…"


def _number_notes(key_tasks: list[ParsedTask]) -> list[Note]:
    seen: set[tuple[str, int]] = set()
    notes = []
    for key_task in key_tasks:
        key = (key_task.section, key_task.number)
        if key in seen:
            notes.append(_note("number_repeated", N_("同一部分中编号重复，请核对"), key_task.span))
        seen.add(key)
    return notes


def _note(code: str, text: str, span: Span) -> Note:
    return Note(code, text, span)
