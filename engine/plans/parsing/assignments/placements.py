"""Where assignments stand in running text: in brackets, on label lines, in sentences that name units.

Placements: P1/P2 a bracket at the end of a paragraph, P3 label lines under the text, P4 sentences (A牵头,B配合),
P6 a closing sentence of responsibility. Several in one place stay several (P5); whether they make several key
tasks is not decided here.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

from ..source import Span
from ..text.lines import Line
from .assignment import Assignment, is_limit
from .brackets import Bracket, match_brackets
from .forms import read_clauses, read_labelled, rest_is_text
from .labels import BARE_LABEL, LABEL, LEADS_FIRST, VERB
from .unit_names import ends_like_unit, has_level

#: No sentence of responsibility is longer; keeps every look-back bounded.
_MAX_SENTENCE = 500
_SENTENCE = re.compile(r"[^。]+")
_CLOSING = ")〕】]"
#: A label whose last characters stand on the next line.
_OPEN_LABEL = re.compile(r"[(〔【,;](?P<label>[牵责配协主承督参完整][\u4e00-\u9fff]{0,5})$")
#: A narrow column does not cut one list into more lines than this.
_MAX_CUTS = 12
_CLAUSE_MARK = re.compile(r"[,;] ?")
#: A sentence names few groups at its end; bounds the tries.
_MAX_CLAUSES = 12
_PARTS = re.compile("[,、;。]")


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
        and not is_limit(cut)
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
        assignment = read_labelled(folded, source, span, head, end)
    elif end - start <= _MAX_SENTENCE:
        first = LABEL.search(folded, head, end)
        assignment = read_clauses(folded, source, span, head, first.start() if first else end)
        if assignment and first:
            assignment.absorb(read_labelled(folded, source, span, first.start(), end))
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
            labelled = read_labelled(folded, source, Span(at, stop), at, stop)
            if bisect_left(stray, at) < bisect_left(stray, stop):
                labelled.defects.append(("missing_opening_bracket", Span(at, at + 1)))
            yield labelled
        elif clauses := _closing_clauses(folded, source, at, stop):
            yield clauses


def _closing_clauses(folded: str, source: str, start: int, end: int) -> Assignment | None:
    """The whole sentence, or the last clauses of it (…,由A牵头,B配合), where they say only who does it."""
    if end - start <= _MAX_SENTENCE and (whole := read_clauses(folded, source, Span(start, end), start, end)):
        return whole
    verbs = list(VERB.finditer(folded, max(start, end - _MAX_SENTENCE), end))
    if not verbs or rest_is_text(folded, verbs[-1].end(), end):
        return _opening_clauses(folded, source, start, end)
    floor = max(start, verbs[0].start() - 200)
    for mark in [*_CLAUSE_MARK.finditer(folded, floor, verbs[-1].start())][-_MAX_CLAUSES:]:
        found = read_clauses(folded, source, Span(mark.end(), end), mark.end(), end)
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
        clauses = read_clauses(folded, source, Span(start, verb.end()), start, verb.end())
        if not clauses or not all(has_level(listed[0].text) for listed in clauses.units.values()):
            break
        found = clauses if count else None
    return found
