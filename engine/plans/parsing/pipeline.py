"""The stages in their order."""

import json
from bisect import bisect_right
from pathlib import Path

from engine.errors import UnreadableDocument

from . import facts
from .assignments import find_assignments
from .deadlines import Calendar, read_deadlines
from .draft import Cadence, Deadline, DocumentFacts, DocumentKind, Duty, Indicator, PlanDraft
from .indicators import read_indicators
from .key_tasks import DUTY_CHAPTER, read_key_tasks
from .lines import split_lines, without_furniture
from .normalise import fold
from .plan_level import read_cadences, read_duties
from .reading import MAX_BYTES, plain_source, read_source
from .source import SourceText, Span
from .structure import Level, Node, aside_lines, heading, outline, read_mark

_TELLS_DUTIES_TO_COME = (DocumentKind.TASK_PLAN, DocumentKind.RECTIFICATION_LIST, DocumentKind.INDICATOR_PLAN)


def parse_document(data: bytes, filename: str) -> PlanDraft:
    """Read a .txt (UTF-8, GB18030) or .docx. Raises `UnreadableDocument` with one clear Chinese sentence."""
    return parse_source(read_source(data, filename))


def parse_file_to_json(path: str | Path) -> str:
    """The draft of a file as the JSON text that `duban plan parse FILE --json` prints."""
    place = Path(path)
    if place.stat().st_size > MAX_BYTES:
        raise UnreadableDocument(
            "plans.file_too_large", "文件超过 {limit} MB，请拆分后再导入", limit=MAX_BYTES // 2**20
        )
    draft = parse_document(place.read_bytes(), place.name)
    return json.dumps(draft.to_dict(), ensure_ascii=False, indent=1)


def read_limits(field: str, document_year: int | None = None) -> list[Deadline]:
    """The limits that the field of a form or table says by itself."""
    span = Span(0, len(field))
    return read_deadlines(fold(field), field, span, Calendar(document_year, None), fields=[span]).deadlines


def without_assignments(text: str, number: int) -> str:
    """The text of a key task without its number and without the labelled places that assign it.

    For a table that has columns for both. A text that holds nothing else stays as it is.
    """
    folded = fold(text)
    lines = split_lines(folded)
    if not lines:
        return text
    mark = read_mark(lines[0].text, number)
    at = lines[0].start + (mark[2] if mark and mark[1] == number else 0)
    kept = []
    for assignment in find_assignments(folded, text, lines, at):
        if assignment.labelled:
            kept.append(text[at : assignment.span.start])
            at = assignment.span.end
    kept.append(text[at:])
    return "".join(kept).strip(" \n\u3000") or text


def parse_text(text: str) -> PlanDraft:
    """Read a text that was pasted; never raises."""
    return parse_source(plain_source(text))


def parse_source(source: SourceText) -> PlanDraft:
    """Read what a reader made of a file; never raises. A document without assignments yields no key tasks."""
    text = source.text
    folded = fold(text)
    lines = split_lines(folded)
    closing = facts.closing_lines(lines)
    asides = aside_lines(lines)
    root = outline([line for line in lines if line.start not in asides], closing)
    first_number = root.children[0].start if root.children else len(text)
    head = [line for line in lines if line.start < first_number]

    issuer, signed_on = facts.read_sign_off(lines, text, folded)
    title = facts.read_title(lines, head, text)
    year = facts.read_document_year(title, signed_on, folded)
    named = facts.read_issuer(lines, folded)
    when = Calendar(year, signed_on)

    folded = without_furniture(folded, lines)
    read = read_key_tasks(root, folded, text, when)
    indicators = [] if read.key_tasks else _all_indicators(root, folded, text)
    kind = facts.read_kind(
        title,
        folded,
        has_key_tasks=bool(read.key_tasks),
        lists_problems=read.lists_problems,
        indicators=len(indicators),
    )
    document = DocumentFacts(
        title, issuer or named, facts.read_reference(head), signed_on, year, kind
    )
    taken = [t.span for t in read.key_tasks]
    proposes = kind in _TELLS_DUTIES_TO_COME or kind is DocumentKind.NEWS
    return PlanDraft(
        source=source,
        document=document,
        key_tasks=tuple(read.key_tasks),
        indicators=tuple(indicators) if proposes else (),
        cadences=tuple(_cadences(root, folded, text, when, taken)) if proposes else (),
        duties=tuple(_duties(root, folded, text, taken)) if kind in _TELLS_DUTIES_TO_COME else (),
        notes=tuple(sorted(read.notes, key=lambda n: n.span)),
    )


def _all_indicators(root: Node, folded: str, text: str) -> list[Indicator]:
    found: list[Indicator] = []
    for node in root.walk():
        group = text[slice(*heading(node, folded))].strip() if node.level > Level.ROOT else None
        for line in node.lines:
            found += read_indicators(folded, text, Span(max(line.start, node.body_start), line.end), group)
    return found


def _cadences(root: Node, folded: str, text: str, when: Calendar, taken: list[Span]) -> list[Cadence]:
    found: list[Cadence] = []
    for node in root.walk():
        subject = text[slice(*heading(node, folded))].strip() if node.level > Level.ROOT else ""
        for line in node.lines:
            if node.level is Level.ROOT and len(line.text) <= 40 and not line.text.endswith(("。", ":")):
                subject = text[line.start : line.end]
            found += read_cadences(folded, text, Span(line.start, line.end), subject, when)
    return [c for c in found if not _inside(c.span, taken)]


def _duties(root: Node, folded: str, text: str, taken: list[Span]) -> list[Duty]:
    found: list[Duty] = []
    for chapter in root.children:
        if DUTY_CHAPTER.search(folded[slice(*heading(chapter, folded))]):
            for node in chapter.walk():
                for line in node.lines:
                    found += read_duties(folded, text, Span(max(line.start, node.body_start), line.end))
    return [d for d in found if not _inside(d.span, taken)]


def _inside(span: Span, taken: list[Span]) -> bool:
    """Whether `span` begins in one of `taken`, which are in text order and do not overlap."""
    at = bisect_right(taken, span.start, key=lambda s: s.start) - 1
    return at >= 0 and span.start < taken[at].end
