"""What each key task holds: title, units, limits, figures, defects and how sure the reading is.

Which places of the outline are key tasks stands in candidates.py.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from .assignments.assignment import Assignment
from .assignments.labels import UNIT_ROLES, Role
from .candidates import Candidate, find_candidates
from .draft import Defect, Note, ParsedTask
from .facts import gives_tasks, promises_tasks
from .figures.indicators import read_indicators
from .limits.deadlines import Calendar, read_deadlines
from .outline.structure import Node
from .parsed_task import confidence, first_leads, note_on_first, notes_on_limits, once, title_of
from .source import Span

_RECTIFIES = re.compile(r"整改(?:时限|措施|目标)")
#: Two clauses without the comma between them.
_WORN_SENTENCE = re.compile(
    r"[\u4e00-\u9fff]{12}(?P<at>(?:特别是|尤其是)(?:在(?!校|职|岗|押|逃|建|编|读)|对于?|针对))"
)


@dataclass(slots=True)
class KeyTasks:
    """All key tasks of a document, and what a person should look at."""

    key_tasks: list[ParsedTask] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    lists_problems: bool = False


def read_key_tasks(
    root: Node, folded: str, source: str, when: Calendar, title: str | None = None
) -> KeyTasks:
    """Every key task of the document in its order. `title` tells a plan from a report or from news."""
    result = KeyTasks()
    candidates = find_candidates(root, folded, source, is_plan=gives_tasks(title))
    certain = any(p.assignment and (p.assignment.labelled or p.assignment.bracketed) for p in candidates)
    if not candidates or not (certain or promises_tasks(title, folded, len(candidates))):
        return result
    leads_first = note_on_first(folded)
    if leads_first:
        result.notes.append(leads_first)
    usual_labels = _usual_labels(p.assignment for p in candidates)
    for candidate in candidates:
        key_task, notes = _read(candidate, folded, source, when, usual_labels)
        result.key_tasks.append(first_leads(key_task) if leads_first else key_task)
        result.notes += notes
    result.lists_problems = bool(_RECTIFIES.search(folded)) and "问题" in folded
    return result


def _read(
    candidate: Candidate, folded: str, source: str, when: Calendar, usual_labels: dict[Role, str]
) -> tuple[ParsedTask, list[Note]]:
    assignment = candidate.assignment or Assignment(Span(candidate.end, candidate.end), labelled=False)
    span = Span(candidate.start, candidate.end)
    body = Span(candidate.body_start, candidate.end)
    units = {role: tuple(assignment.units.get(role, ())) for role in UNIT_ROLES}
    limits = read_deadlines(
        folded,
        source,
        body,
        when,
        masked=[u.span for group in units.values() for u in group],
        fields=[limit for limit in assignment.limits if limit.start < limit.end],
    )
    body_parts = _body_parts(body, assignment if candidate.assignment else None)
    text_end = (
        min(candidate.end, max(assignment.span.start, body.start))
        if candidate.assignment and not assignment.tentative
        else candidate.end
    )
    faults = [(name, Span(candidate.number_raw.start, candidate.body_start)) for name in candidate.repairs]
    number_raw = source[candidate.number_raw.start : candidate.number_raw.end].strip()
    if any("\uff10" <= c <= "\uff19" for c in number_raw):
        faults.append(("full_width_digits", candidate.number_raw))
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
    certain = 1.0 if assignment.labelled else 0.6 if assignment.tentative else 0.9
    key_task = ParsedTask(
        number=candidate.number,
        number_raw=number_raw,
        section=source[candidate.section.start : candidate.section.end].strip() if candidate.section else "",
        title=title_of(source[body.start : text_end]) or title_of(source[span.start : span.end]),
        text=source[span.start : span.end],
        span=span,
        leaders=tuple(dict.fromkeys(assignment.leaders)),
        lead_units=units[Role.LEAD],
        responsible_units=units[Role.RESPONSIBLE],
        cooperating_units=units[Role.COOPERATING],
        supervising_units=units[Role.SUPERVISING],
        deadlines=tuple(limits.deadlines),
        indicators=tuple(i for part in body_parts for i in read_indicators(folded, source, part)),
        defects=tuple(defects),
        confidence=confidence(certain, defects),
    )
    return once(key_task), notes_on_limits(limits.deadlines, when)


def _body_parts(body: Span, assignment: Assignment | None) -> list[Span]:
    """What a key task says besides who does it: before and behind the assignment, and behind labels inside it."""
    if assignment is None or assignment.tentative:
        return [body]
    parts = [Span(body.start, min(body.end, assignment.span.start)), *assignment.says]
    parts.append(Span(max(body.start, assignment.span.end), body.end))
    return [part for part in parts if body.start <= part.start < part.end <= body.end]


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
