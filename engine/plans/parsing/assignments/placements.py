"""Who does it: brackets, label lines and sentences that name units, found by their grammar.

Placements (numbers as in the field notes): P1/P2 a bracket at the end of a paragraph, P3 label lines under the
text, P4 sentences (A牵头,B配合), P6 a closing sentence of responsibility. Several in one place stay several (P5);
whether they make several key tasks is not decided here.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..draft import UnitName
from ..source import Span
from ..text.lines import Line
from .brackets import Bracket, match_brackets
from .labels import BARE_LABEL, LABEL, LEADS_FIRST, NEXT_LABEL, TOGETHER_WITH, UNIT_ROLES, VERB, Role, role_of
from .people import read_people
from .units import ends_like_unit, has_level, level_prefix, looks_like_unit, read_units, trim

#: No sentence of responsibility is longer; keeps every look-back bounded.
_MAX_SENTENCE = 500
_SENTENCE = re.compile(r"[^。]+")
_LIMIT_TAIL = re.compile(
    r"[\d一二三四五六七八九十年上下].{0,16}(?:前|底|末|完成|办结|年|月|日|季度|半年)$|"
    r".{0,12}(?:完成|长期坚持|持续推进|常态化|常态化推进|立行立改|立即整改|年内|限期整改|按要求)$|"
    r"[\d一二三四五六七八九十年上下].{0,16}(?:前|底|末|完成|办结)[,并且]{0,2}"
    r"(?:长期坚持|持续推进|持续巩固|常态化(?:推进|开展)?|坚持)$"
)
_CLOSING = ")〕】]"
#: A label whose last characters stand on the next line.
_OPEN_LABEL = re.compile(r"[(〔【,;](?P<label>[牵责配协主承督参完整][\u4e00-\u9fff]{0,5})$")
#: A narrow column does not cut one list into more lines than this.
_MAX_CUTS = 12
_CLAUSE_MARK = re.compile(r"[,;] ?")
#: A sentence names few groups at its end; bounds the tries.
_MAX_CLAUSES = 12
_LEADING_MARKS = re.compile(r"[ \n,;、]{0,9}")
_PARTS = re.compile("[,、;。]")


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


def find_assignments(folded: str, source: str, lines: list[Line], body_start: int) -> list[Assignment]:
    """All assignments in `lines` behind `body_start`, in order, neighbours joined."""
    found: list[Assignment] = []
    for start, end in _paragraphs(folded, lines):
        found.extend(_in_paragraph(folded, source, max(start, body_start), end))
    joined: list[Assignment] = []
    for assignment in found:
        if joined and not folded[joined[-1].span.end : assignment.span.start].strip(" \n。;,、."):
            joined[-1].absorb(assignment)
        else:
            joined.append(assignment)
    return [a for a in joined if a.has_units() or a.names_leaders()]


def _paragraphs(folded: str, lines: list[Line]) -> Iterator[tuple[int, int]]:
    """Lines, put together where a page break or a narrow column cut an assignment in two."""
    i = 0
    while i < len(lines):
        start, end = lines[i].start, lines[i].end
        i += 1
        while i < len(lines) and _continues(folded, start, end, lines, i):
            end = lines[i].end
            i += 1
        yield start, end


def _continues(folded: str, start: int, end: int, lines: list[Line], i: int) -> bool:
    """Whether line `i` goes on with the assignment that `folded[start:end]` has begun."""
    line = lines[i]
    if len(line.text) > 300:
        return False
    tail = folded[max(start, end - _MAX_SENTENCE) : end]
    labels = list(LABEL.finditer(tail))
    if not labels and (half := _OPEN_LABEL.search(tail)):
        return bool(LABEL.match(tail[half.start("label") :] + "\n" + line.text))
    if not labels:
        return False
    value = tail[labels[-1].end() :]
    is_open = sum(map(tail.count, "(〔【")) > sum(map(tail.count, ")〕】"))
    if is_open and "。" not in value and _closes_soon(lines, i):
        return True
    if BARE_LABEL.match(line.text):
        return False
    if not value.strip():
        return True
    if "。" in value:
        return False
    if value[-1] in "、,(〔":
        return True
    names = [n for n in _PARTS.split(line.text.rstrip("。;)〕】")) if n]
    cut = _PARTS.split(value)[-1].strip(" \n")
    if (
        cut
        and names
        and len(line.text) <= 60
        and len(cut) + len(names[0]) <= 20
        and not ends_like_unit(cut)
        and not _LIMIT_TAIL.fullmatch(cut)
        and all(map(ends_like_unit, names))
    ):
        return True
    return (
        not line.after_blank
        and len(line.text) <= 60
        and all(n[-1] in "局委办厅院府会部队中心位门所" for n in names)
    )


def _closes_soon(lines: list[Line], i: int) -> bool:
    """Whether the bracket that is open closes within the next few lines, before any sentence ends."""
    for line in lines[i : i + _MAX_CUTS]:
        text = line.text[:300]
        closing = min((at for at in map(text.find, _CLOSING) if at >= 0), default=-1)
        stop = text.find("。")
        if closing >= 0:
            return stop < 0 or closing < stop
        if stop >= 0:
            return False
    return False


def _in_paragraph(folded: str, source: str, start: int, end: int) -> Iterator[Assignment]:
    brackets, stray = match_brackets(folded, start, end)
    covered = start
    found: list[Assignment] = []
    for bracket in brackets:
        if bracket.start >= covered and (assignment := _in_bracket(folded, source, bracket)):
            found.append(assignment)
            covered = bracket.outer_end
    at = start
    for assignment in found:
        yield from _in_prose(folded, source, at, assignment.span.start, stray)
        yield assignment
        at = assignment.span.end
    yield from _in_prose(folded, source, at, end, stray)


def _in_bracket(folded: str, source: str, bracket: Bracket) -> Assignment | None:
    start, end = bracket.start + 1, bracket.end
    head = start + len(folded[start : start + 40]) - len(folded[start : start + 40].lstrip(" \n"))
    span = Span(bracket.start, bracket.outer_end)
    assignment: Assignment | None = None
    if rule := LEADS_FIRST.search(folded, max(head, end - _MAX_SENTENCE), end):
        end = rule.start()
    if BARE_LABEL.match(folded, head, min(end, head + 60)):
        assignment = _read_labelled(folded, source, span, head, end)
    elif end - start <= _MAX_SENTENCE:
        first = LABEL.search(folded, head, end)
        assignment = _read_clauses(folded, source, span, head, first.start() if first else end)
        if assignment and first:
            assignment.absorb(_read_labelled(folded, source, span, first.start(), end))
    if assignment is None:
        return None
    assignment.bracketed = True
    inner_lost = any(name == "unclosed_inner_bracket" for name, _ in assignment.defects)
    end = bracket.end
    if not bracket.closed and not (inner_lost and folded[end - 1] in _CLOSING):
        assignment.defects.append(("missing_closing_bracket", Span(max(bracket.start, end - 1), end)))
    if bracket.doubled:
        assignment.defects.append(("doubled_closing_bracket", Span(bracket.end, bracket.outer_end)))
    if bracket.mismatched:
        assignment.defects.append(("mismatched_bracket", Span(bracket.end, bracket.outer_end)))
    return assignment


def _in_prose(folded: str, source: str, start: int, end: int, stray: list[int]) -> Iterator[Assignment]:
    """Label lines, and sentences that say nothing but who does it."""
    for sentence in _SENTENCE.finditer(folded, start, end):
        at = sentence.start() + len(sentence[0]) - len(sentence[0].lstrip(" \n,;"))
        stop = sentence.end()
        label = BARE_LABEL.match(folded, at, min(stop, at + 60))
        if not label:
            for mark in re.finditer(r"[;,] ?", folded[max(at, stop - _MAX_SENTENCE) : stop]):
                place = max(at, stop - _MAX_SENTENCE) + mark.end()
                if label := LABEL.match(folded, place, min(stop, place + 60)):
                    at = place
                    break
        if label:
            labelled = _read_labelled(folded, source, Span(at, stop), at, stop)
            if bisect_left(stray, at) < bisect_left(stray, stop):
                labelled.defects.append(("missing_opening_bracket", Span(at, at + 1)))
            yield labelled
        elif clauses := _closing_clauses(folded, source, at, stop):
            yield clauses


def _closing_clauses(folded: str, source: str, start: int, end: int) -> Assignment | None:
    """The whole sentence, or the last clauses of it (…,由A牵头,B配合), where they say only who does it."""
    if end - start <= _MAX_SENTENCE and (
        whole := _read_clauses(folded, source, Span(start, end), start, end)
    ):
        return whole
    verbs = list(VERB.finditer(folded, max(start, end - _MAX_SENTENCE), end))
    if not verbs or _rest_is_text(folded, verbs[-1].end(), end):
        return _opening_clauses(folded, source, start, end)
    floor = max(start, verbs[0].start() - 200)
    for mark in [*_CLAUSE_MARK.finditer(folded, floor, verbs[-1].start())][-_MAX_CLAUSES:]:
        found = _read_clauses(folded, source, Span(mark.end(), end), mark.end(), end)
        if found and all(has_level(listed[0].text) for listed in found.units.values()):
            return found
    return None


def _opening_clauses(folded: str, source: str, start: int, end: int) -> Assignment | None:
    """The first clauses of a sentence that goes on to say what is done: A牵头,B配合,开展….

    One unit alone merely begins a sentence, as many do.
    """
    found: Assignment | None = None
    window = min(end, start + _MAX_SENTENCE)
    for count, verb in enumerate(VERB.finditer(folded, start, window)):
        if count == _MAX_CLAUSES or verb.end() >= end or folded[verb.end()] not in ",;":
            break
        clauses = _read_clauses(folded, source, Span(start, verb.end()), start, verb.end())
        if not clauses or not all(has_level(listed[0].text) for listed in clauses.units.values()):
            break
        found = clauses if count else None
    return found


def read_field(folded: str, source: str, role: Role, span: Span) -> Assignment:
    """The units in a field kept for `role`, a table cell; a label or verb inside (配合单位:A, A牵头) overrides it."""
    first = LABEL.search(folded, span.start, span.end) or BARE_LABEL.match(folded, span.start, span.end)
    assignment = Assignment(span, labelled=True)
    _read_value(assignment, folded, source, role, span.start, first.start() if first else span.end)
    if first:
        assignment.absorb(_read_labelled(folded, source, span, first.start(), span.end))
    return assignment


def _read_labelled(folded: str, source: str, span: Span, start: int, end: int) -> Assignment:
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


def _read_clauses(folded: str, source: str, span: Span, start: int, end: int) -> Assignment | None:
    """A sentence that consists of nothing but units with their verbs and perhaps a limit; else None."""
    verbs = list(VERB.finditer(folded, start, end))
    if not verbs or _rest_is_text(folded, verbs[-1].end(), end):
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


def _plain(folded: str, span: Span) -> str:
    return re.sub(r"\s", "", folded[span.start : span.end])


def _rest_is_text(folded: str, start: int, end: int) -> bool:
    rest = folded[start:end].strip(" \n,、;。.)〕】")
    return bool(rest) and not _LIMIT_TAIL.fullmatch(rest)


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
        if _LIMIT_TAIL.fullmatch(_plain(folded, unit.span)):
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
