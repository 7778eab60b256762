"""Everything that is said outside the key tasks: figures, cadences, campaigns, duties, over the outline.

What kind of document it is decides what counts: a plan tells duties to come; a report only in its outlook; a
narrative or news where a paragraph asks for something.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ..candidates import DUTY_CHAPTER
from ..draft import Cadence, Campaign, DocumentKind, Duty, Indicator
from ..figures.goal_dates import read_goal_dates, told_once
from ..figures.indicators import read_indicators
from ..figures.tense import PLANS_AHEAD, paragraph_looks_ahead
from ..limits.deadlines import Calendar
from ..outline.numbering import Level
from ..outline.structure import Node, heading
from ..source import Span, begins_in
from .cadences import read_cadences
from .campaigns import name_in_heading, read_named_campaigns, read_stages
from .duties import read_duties, read_stage

_PLANS = (DocumentKind.TASK_PLAN, DocumentKind.RECTIFICATION_LIST, DocumentKind.INDICATOR_PLAN)
#: A line so long that does not end a sentence goes on in the next.
_BROKEN = 24
_HEADING_LENGTH = 40
_STAGE_LINE = re.compile(r"第[一二三四五六]阶段")


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Lines that belong together, under the heading `subject`."""

    span: Span
    node: Node
    subject: str
    is_heading: bool


@dataclass(slots=True)
class WholePlan:
    """One document outside its key tasks, whose spans are `taken`."""

    root: Node
    folded: str
    source: str
    when: Calendar
    taken: list[Span]
    paragraphs: list[_Paragraph] = field(init=False)

    def __post_init__(self) -> None:
        self.paragraphs = [p for node in self.root.walk() for p in self._paragraphs(node)]

    def figures(self) -> list[Indicator]:
        """Every figure to reach, before it is known what kind of document this is."""
        year = self.when.document_year
        return [
            figure
            for p in self.paragraphs
            for figure in read_indicators(self.folded, self.source, p.span, p.subject or None, year)
            if not self._taken(figure.span)
        ]

    def indicators(self, kind: DocumentKind, figures: list[Indicator]) -> list[Indicator]:
        """Of `figures` those that this kind of document proposes; in a plan of figures its dates, too."""
        if kind is DocumentKind.INDICATOR_PLAN:
            return told_once(sorted([*figures, *self._goal_dates(figures)], key=lambda i: i.span.start))
        if kind in _PLANS:
            return figures
        at = [p.span.start for p in self.paragraphs]
        kept = []
        for figure in figures:
            p = self.paragraphs[bisect_right(at, figure.span.start) - 1]
            if self._looks_ahead(kind, p, figure.text):
                kept.append(figure)
        return kept

    def cadences(self, kind: DocumentKind) -> list[Cadence]:
        """Recurring acts; outside plans a yearly assessment counts, too."""
        found = []
        for p in self.paragraphs:
            if not p.is_heading:
                found += read_cadences(
                    self.folded, self.source, p.span, p.subject, yearly_assessment=kind not in _PLANS
                )
        return [c for c in found if not self._taken(c.span)]

    def campaigns(self, kind: DocumentKind) -> list[Campaign]:
        """In reports, narratives and news: the headings that name one, else what the text names."""
        if kind in _PLANS:
            return []
        found: list[Campaign] = []
        bodies: list[list[Span]] = []
        for p in self.paragraphs:
            said = self.folded[p.span.start : p.span.end]
            if p.is_heading and (name := name_in_heading(said)):
                at = p.span.start + said.find(name)
                found.append(Campaign(self.source[at : at + len(name)], self._text(p.span), p.span))
                bodies.append([])
            elif bodies and not p.is_heading:
                bodies[-1].append(p.span)
        if found:
            return [
                replace(campaign, stages=read_stages(self.folded, body))
                for campaign, body in zip(found, bodies, strict=True)
            ]
        names: set[str] = set()
        for p in self.paragraphs:
            for campaign in read_named_campaigns(self.folded, self.source, p.span):
                if campaign.name not in names and self._looks_ahead(kind, p, ""):
                    names.add(campaign.name)
                    found.append(campaign)
        return found

    def duties(self, kind: DocumentKind) -> list[Duty]:
        """Of plans: the sentences of chapters on organisation, and phases."""
        if kind not in _PLANS:
            return []
        found = [duty for node in self.root.walk() for duty in self._stages(node)]
        for chapter in self.root.children:
            if DUTY_CHAPTER.search(self._heading(chapter)):
                for node in chapter.walk():
                    for p in self._paragraphs(node):
                        at = max(p.span.start, node.body_start)
                        found += read_duties(self.folded, self.source, Span(at, p.span.end))
        return sorted((d for d in found if not self._taken(d.span)), key=lambda d: d.span)

    def _goal_dates(self, figures: list[Indicator]) -> Iterator[Indicator]:
        starts = [i.span.start for i in figures]
        for p in self.paragraphs:
            near = figures[bisect_right(starts, p.span.start - 1) : bisect_right(starts, p.span.end)]
            recurring = not DUTY_CHAPTER.search(self._heading(p.node.chapter()))
            for found in read_goal_dates(
                self.folded, self.source, p.span, self.when, p.subject or None, near, recurring=recurring
            ):
                if not self._taken(found.span):
                    yield found

    def _stages(self, node: Node) -> Iterator[Duty]:
        """The phase that `node` is, or those that its lines begin (第一阶段: …), each up to the next."""
        begun = [line for line in node.lines if _STAGE_LINE.match(line.text)]
        ends = [line.start for line in begun[1:]] + [node.lines[-1].end if node.lines else node.end]
        for line, end in zip(begun, ends, strict=False):
            while end > line.end and self.folded[end - 1] in " \n":
                end -= 1
            whole = Span(line.start, end)
            if stage := read_stage(self.folded, self.source, Span(line.start, line.end), whole, self.when):
                yield stage
        if begun or node.level is Level.ROOT or (node.children and "(" not in self._heading(node)):
            return
        whole = Span(node.start, max(node.end, node.body_start))
        title = Span(*heading(node, self.folded))
        if stage := read_stage(self.folded, self.source, title, whole, self.when):
            yield stage

    def _looks_ahead(self, kind: DocumentKind, p: _Paragraph, clause: str) -> bool:
        if kind is DocumentKind.ANNUAL_REPORT and self.root.children:
            return p.node.level > Level.ROOT and bool(PLANS_AHEAD.search(self._heading(p.node.chapter())))
        return paragraph_looks_ahead(self.folded[p.span.start : p.span.end], clause)

    def _paragraphs(self, node: Node) -> Iterator[_Paragraph]:
        """The node's lines, with those joined that a line end cuts in the middle of a sentence."""
        subject = self._text(Span(*heading(node, self.folded))) if node.level > Level.ROOT else ""
        start: int | None = None
        for i, line in enumerate(node.lines):
            if start is None:
                start = max(line.start, node.body_start) if node.level > Level.ROOT else line.start
            follows = i + 1 < len(node.lines) and not node.lines[i + 1].after_blank
            if follows and len(line.text) >= _BROKEN and line.text[-1] not in "。;:!?)”":
                continue
            short = len(line.text) <= _HEADING_LENGTH and line.text[-1] not in "。;:,、"
            is_heading = short and start == line.start
            if node.level is Level.ROOT and is_heading:
                subject = self.source[line.start : line.end]
            yield _Paragraph(Span(start, max(start, line.end)), node, subject, is_heading)
            start = None

    def _heading(self, node: Node) -> str:
        start, end = heading(node, self.folded)
        return self.folded[start:end]

    def _text(self, span: Span) -> str:
        return self.source[span.start : span.end].strip()

    def _taken(self, span: Span) -> bool:
        """Whether `span` begins in a key task."""
        return begins_in(self.taken, span.start)
