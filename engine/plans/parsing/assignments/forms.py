"""The two forms of an assignment: labels with values (牵头单位:A;配合单位:B), and units with their verbs (A牵头,B配合)."""

import re

from ..source import Span
from .assignment import Assignment, add_units, is_limit
from .labels import BARE_LABEL, LABEL, NEXT_LABEL, UNIT_ROLES, VERB, Role, role_of
from .people import read_people
from .units import trim


def read_labelled(folded: str, source: str, span: Span, start: int, end: int) -> Assignment:
    """Read label, value, label, value… The colon of the first label may be lost."""
    assignment = Assignment(span, labelled=True)
    marks: list[tuple[re.Match[str], Role]] = []
    if first := BARE_LABEL.match(folded, start, end):
        marks.append((first, role_of(first)))
        if not first["mark"] and folded[first.end() - 1] != " ":
            assignment.defects.append(("missing_colon_after_label", Span(first.start(), first.end())))
    marks.extend(
        (m, role_of(m))
        for m in NEXT_LABEL.finditer(folded, marks[0][0].end() if marks else start, end)
        if m["mark"].strip(" ") or folded[m.start() - 1] in " \n,;、."
    )
    for i, (label, role) in enumerate(marks):
        stop = marks[i + 1][0].start() if i + 1 < len(marks) else end
        name = re.sub(r"\s", "", folded[label.start() : label.start("mark")])
        assignment.labels.append((role, name, Span(label.start(), label.start("mark") or label.end())))
        if role in UNIT_ROLES:
            _read_value(assignment, folded, source, role, label.end(), stop)
        elif role is Role.TIME:
            assignment.limits.append(Span(*trim(folded, label.end(), stop)))
        elif role is Role.PEOPLE:
            assignment.leaders += read_people(source, label.end(), stop)
        else:
            assignment.says.append(Span(label.end(), stop))
    return assignment


def _read_value(assignment: Assignment, folded: str, source: str, role: Role, start: int, end: int) -> None:
    """The units behind a label; a verb inside (A牵头,B配合) overrides the label."""
    at = start
    for verb in VERB.finditer(folded, start, end):
        said = role_of(verb)
        if verb.start() > at and said is not Role.RESPONSIBLE and said is not role:
            group = max(folded.rfind(mark, at, verb.start()) for mark in ",;")
            if group > at:
                add_units(assignment, folded, source, role, at, group)
                at = group
            add_units(assignment, folded, source, said, at, verb.start())
        elif verb.start() > at:
            add_units(assignment, folded, source, role, at, verb.start())
        at = verb.end()
    add_units(assignment, folded, source, role, at, end)


def read_field(folded: str, source: str, role: Role, span: Span) -> Assignment:
    """The units in a field kept for `role`, a table cell; a label or verb inside (配合单位:A, A牵头) overrides it."""
    first = LABEL.search(folded, span.start, span.end) or BARE_LABEL.match(folded, span.start, span.end)
    assignment = Assignment(span, labelled=True)
    _read_value(assignment, folded, source, role, span.start, first.start() if first else span.end)
    if first:
        assignment.absorb(read_labelled(folded, source, span, first.start(), span.end))
    return assignment


def read_clauses(folded: str, source: str, span: Span, start: int, end: int) -> Assignment | None:
    """A sentence that consists of nothing but units with their verbs and perhaps a limit; else None."""
    verbs = list(VERB.finditer(folded, start, end))
    if not verbs or rest_is_text(folded, verbs[-1].end(), end):
        return None
    assignment = Assignment(span, labelled=False)
    at = start
    for verb in verbs:
        if not add_units(assignment, folded, source, role_of(verb), at, verb.start(), strict=True):
            return None
        at = verb.end()
    while at < end and folded[at] in " \n,;、":
        at += 1
    if at < end:
        assignment.limits.append(Span(at, end))
    return assignment


def rest_is_text(folded: str, start: int, end: int) -> bool:
    """Whether what follows the last verb is more than a limit or a mark: then the sentence tells something else."""
    rest = folded[start:end].strip(" \n,、;。.)〕】")
    return bool(rest) and not is_limit(rest)
