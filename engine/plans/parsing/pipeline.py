"""The stages in their order."""

from . import facts
from .assignments.placements import find_assignments
from .draft import Deadline, DocumentFacts, Note, PlanDraft
from .key_tasks import read_key_tasks
from .limits.deadlines import Calendar, read_deadlines
from .outline.numbering import Level, read_mark
from .outline.structure import aside_lines, outline
from .parsed_task import number_notes
from .plan_level.whole_plan import WholePlan
from .reading import plain_source, read_source
from .source import SourceText, Span, begins_in
from .tables.grids import find_grids
from .tables.key_tasks import read_tables
from .tables.overlap import unite
from .text.lines import split_lines, without_furniture
from .text.normalise import fold


def parse_document(data: bytes, filename: str) -> PlanDraft:
    """Read a .txt (UTF-8, GB18030) or .docx. Raises `UnreadableDocument` with one clear Chinese sentence."""
    return parse_source(read_source(data, filename))


def read_limits(field: str) -> list[Deadline]:
    """The limits that the field of a form or table says by itself."""
    span = Span(0, len(field))
    return read_deadlines(fold(field), field, span, Calendar(None, None), fields=[span]).deadlines


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
    grids = find_grids(source, folded, closing)
    tables = [grid.span for grid in grids]
    outside = [line for line in lines if line.start not in asides and not begins_in(tables, line.start)]
    root = outline(outside, closing)
    numbered = next((n.start for n in root.walk() if n.level > Level.PART or n.start > root.start), len(text))
    first_number = min([numbered, *(t.start for t in tables[:1])])
    head = [line for line in lines if line.start < first_number]

    issuer, signed_on = facts.read_sign_off(lines, text, folded)
    title = facts.read_title(lines, head, text)
    year = facts.read_document_year(title, signed_on, folded)
    named = facts.read_issuer(lines, folded)
    when = Calendar(year, signed_on)

    in_tables = read_tables(grids, text, folded, when, is_report=facts.is_report(title))
    folded = without_furniture(folded, lines)
    read = read_key_tasks(root, folded, text, when, title)
    key_tasks, repeated = unite(read.key_tasks, in_tables.key_tasks)
    remarks = [Note(code, said, Span(0, 0)) for code, said in source.remarks]
    notes = {*remarks, *read.notes, *in_tables.notes, *repeated, *number_notes(key_tasks)}
    taken = sorted(t.span for t in key_tasks)
    whole = WholePlan(root, folded, text, when, taken)
    figures = whole.figures()
    kind = facts.read_kind(
        title,
        folded,
        has_key_tasks=bool(key_tasks),
        lists_problems=in_tables.lists_problems if in_tables.key_tasks else read.lists_problems,
        indicators=len(figures),
    )
    document = DocumentFacts(title, issuer or named, facts.read_reference(head), signed_on, year, kind)
    return PlanDraft(
        source=source,
        document=document,
        key_tasks=tuple(key_tasks),
        indicators=tuple(whole.indicators(kind, figures)),
        cadences=tuple(whole.cadences(kind)),
        campaigns=tuple(whole.campaigns(kind)),
        duties=tuple(whole.duties(kind)),
        notes=tuple(sorted(notes, key=lambda n: (n.span, n.code))),
    )
