"""Key tasks from tables: placements P7 (breakdown tables), P9 (lists of problems to rectify), P11 (annex only).

Which tables hold key tasks and where their rows are cut stands in grids.py and rows.py; here a row
becomes a key task: its number and section, its text (whatever no rule claimed stays in it), who and by when.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.texts import N_

from ..assignments.assignment import Assignment
from ..assignments.forms import read_field
from ..assignments.labels import UNIT_ROLES, Role
from ..assignments.people import read_people
from ..assignments.placements import find_assignments
from ..assignments.unit_names import looks_like_unit
from ..draft import Deadline, Defect, Indicator, Note, ParsedTask, UnitName
from ..figures.indicators import read_indicators
from ..limits.deadlines import Calendar, Reading, read_deadlines
from ..outline.numbering import read_mark
from ..parsed_task import confidence, first_leads, note_on_first, notes_on_limits, once, title_of
from ..source import Span
from ..text.lines import Line
from ..text.numerals import to_int
from .grids import Grid
from .header import Column, Kind
from .rows import Entry, Rows

_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_ORDINAL = re.compile(
    r"[(]?(?:第|问题|任务|事项|项目)?(\d{1,4}|[一二三四五六七八九十百〇零]{1,5})(?:项|条)?[)]?[、.:]?"
)
#: 市司法局(牵头): the role stands behind the name.
_ROLE_BEHIND = re.compile(
    r"(.{2,40}?)[(（](牵头|主办|主责|总牵头|责任|配合|协办|参与|督导)(?:单位|部门)?[)）]"
)
_ROLES_BEHIND = {
    "配合": Role.COOPERATING,
    "协办": Role.COOPERATING,
    "参与": Role.COOPERATING,
    "责任": Role.RESPONSIBLE,
}
_DONE = re.compile(
    r"(?:不少于|不低于|至少|各)?\d{1,3}(?:次|场|期|轮|批|篇)|[\s,，;；。、()（）]|完成|办结|到位|之?前|[底末]|务必|于|并|整改|任务|"
    r"全部|全面"
)
_PERSON = re.compile(r"[\u4e00-\u9fff]{2,4}")
#: Further words of a limit's field than these stay visible in the text.
_MAX_REST = 2
#: Characters that repeated cells may come to beyond the document's own, and what is left of a text after that.
_SPARED, _SHORT = 200_000, 100
_LONGEST_SECTION = 300


@dataclass(slots=True)
class TableTasks:
    """All key tasks of the tables of a document, and what a person should look at."""

    key_tasks: list[ParsedTask] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    lists_problems: bool = False


def read_tables(
    grids: list[Grid], source: str, folded: str, when: Calendar, *, is_report: bool = False
) -> TableTasks:
    """The key tasks of `grids`, in text order. What a report's table tells as done is none."""
    result = TableTasks()
    reader = _Reader(source, folded, when)
    for grid in grids:
        if is_report and grid.header.reports:
            continue
        rows = Rows(grid.header, grid.rows, folded, frozenset(grid.breaks))
        for key_task in reader.read(grid, rows.entries()):
            result.key_tasks.append(key_task)
    result.notes = reader.notes
    result.lists_problems = bool(result.key_tasks) and any(grid.header.lists_problems for grid in grids)
    if result.key_tasks and (leads_first := note_on_first(folded)):
        result.key_tasks = [first_leads(key_task) for key_task in result.key_tasks]
        result.notes.append(leads_first)
    return result


class _Reader:
    """One document; remembers what a merged cell said, which many rows share."""

    def __init__(self, source: str, folded: str, when: Calendar) -> None:
        self.source, self.folded, self.when = source, folded, when
        self.notes: list[Note] = []
        self.count = 0
        self._told: set[Span] = set()
        self._repeated, self._spares = 0, False
        self._units: dict[tuple[Span, Column], Assignment] = {}
        self._limits: dict[tuple[Span, bool], Reading] = {}
        self._figures: dict[Span, list[Indicator]] = {}

    def read(self, grid: Grid, entries: list[Entry]) -> Iterable[ParsedTask]:
        shared = Counter(entry.number for entry in entries if entry.number)
        within: Counter[str] = Counter()
        if not any(
            entry.cells.get(c) for entry in entries for c in grid.header.places(Kind.UNITS, Kind.TIME)
        ):
            return
        for entry in entries:
            self._spare(entry)
            if not any(self._said(span) for span in entry.texts()):
                continue
            self.count += 1
            section = self._section(entry, grid)
            within[section] += 1
            raw, number = "", None
            if entry.number:
                raw = self._said(Span(entry.number.start, min(entry.number.end, entry.number.start + _SHORT)))
                number = within[section] if shared[entry.number] > 1 and section else _ordinal(raw)
                number = None if shared[entry.number] > 1 and not section else number
            body = entry.texts()[0]
            if not entry.number and not grid.header.says_all:
                mark = read_mark(self._text(body), 0)
                if mark and mark[1]:
                    number, raw = mark[1], self._said(Span(body.start, body.start + mark[2]))
            yield self._key_task(grid, entry, section, number if number is not None else self.count, raw)

    def _spare(self, entry: Entry) -> None:
        """Hold what merged cells and 同上 repeat to the length of the document, else a long cell over thousands of
        rows would come to gigabytes: beyond that a text is cut short, and other cells are left out."""
        for c, spans in list(entry.cells.items()):
            repeated = sum(span.end - span.start for span in spans if span in self._told)
            self._told.update(spans)
            self._repeated += repeated
            if not repeated or self._repeated <= len(self.source) + _SPARED:
                continue
            if entry.header.columns[c].kind in (Kind.NAME, Kind.TEXT):
                entry.cells[c] = [Span(s.start, min(s.end, s.start + _SHORT)) for s in spans]
            else:
                del entry.cells[c]
            if not self._spares:
                self._spares = True
                text = N_("合并单元格或者“同上”的内容过长，没有在其后各行重复，请核对")
                self.notes.append(Note("repeats_cut", text, Span(entry.start, entry.end)))

    def _section(self, entry: Entry, grid: Grid) -> str:
        if entry.section is None:
            return grid.group
        end = min(entry.section.end, entry.section.start + _LONGEST_SECTION)
        text = self._text(Span(entry.section.start, end))
        mark = None if grid.header.says_all else read_mark(text, 0)
        start = entry.section.start + (mark[2] if mark else 0)
        return _line(self.source[start:end])

    def _key_task(self, grid: Grid, entry: Entry, section: str, number: int, raw: str) -> ParsedTask:
        span = Span(entry.start, entry.end)
        assignment = self._assignment(grid, entry)
        limits = self._deadlines(grid, entry, assignment)
        title, text = self._words(grid, entry, assignment, limits)
        faults = [(name, place) for name, place in assignment.defects]
        if entry.number and any("０" <= c <= "９" for c in raw):
            faults.append(("full_width_digits", entry.number))
        if not any(assignment.units.values()):
            faults.append(("missing_assignment", span))
        defects = [Defect(name, at, self.source[at.start : at.end]) for name, at in faults]
        for name, place in self._faults_of_limits(grid, entry, assignment):
            defects.append(Defect(name, place, self.source[place.start : place.end]))
        defects = sorted(set(defects), key=lambda d: (d.span, d.name))
        if entry.guessed:
            self.notes.append(
                Note("taken_from_row_above", N_("单元格为空，按与上一行相同处理，请核对"), span)
            )
        self.notes += notes_on_limits(limits, self.when)
        certain = grid.certainty - (0.2 if entry.guessed else 0.0)
        key_task = ParsedTask(
            number=number,
            number_raw=raw,
            section=section,
            title=title,
            text=text,
            span=span,
            leaders=tuple(dict.fromkeys(assignment.leaders)),
            lead_units=tuple(assignment.units.get(Role.LEAD, ())),
            responsible_units=tuple(assignment.units.get(Role.RESPONSIBLE, ())),
            cooperating_units=tuple(assignment.units.get(Role.COOPERATING, ())),
            supervising_units=tuple(assignment.units.get(Role.SUPERVISING, ())),
            deadlines=tuple(limits),
            indicators=tuple(self._indicators(grid, entry)),
            defects=tuple(defects),
            confidence=confidence(certain, defects),
        )
        return once(key_task)

    def _assignment(self, grid: Grid, entry: Entry) -> Assignment:
        """Who does it, from all the columns that say so; from the text itself where these say nothing."""
        whole = Assignment(Span(entry.start, entry.end), labelled=True)
        for c, spans in sorted(entry.cells.items()):
            column = grid.header.columns[c]
            for n, span in enumerate(spans):
                if column.kind is Kind.PEOPLE:
                    whole.leaders += read_people(self.source, span.start, span.end)
                elif column.kind is Kind.UNITS:
                    self._take(whole, self._field(span, column), joins=n > 0)
        if not any(whole.units.values()) and not grid.header.says_all:
            for span in entry.texts():
                line = Line(span.start, span.end, self._text(span), False)
                for found in find_assignments(self.folded, self.source, [line], span.start):
                    self._take(whole, found, joins=False)
        return whole

    def _take(self, whole: Assignment, found: Assignment, *, joins: bool) -> None:
        for role in UNIT_ROLES:
            units = list(found.units.get(role, ()))
            kept = whole.units.setdefault(role, [])
            if joins and kept and units and not looks_like_unit(kept[-1].text):
                first, rest = units[0], units[1:]
                cut = kept.pop()
                place = Span(cut.span.start, max(cut.span.end, first.span.end))
                kept.append(UnitName(cut.text + first.written, cut.written + first.written, place))
                whole.defects.append(("unit_name_cut_by_line", cut.span))
                units = rest
            kept += units
        whole.leaders += found.leaders
        whole.limits += [limit for limit in found.limits if limit.start < limit.end]
        whole.defects += found.defects

    def _field(self, span: Span, column: Column) -> Assignment:
        """The units of one cell. Read once for all the rows that share the cell."""
        key = (span, column)
        if key not in self._units:
            assert column.role is not None
            found = read_field(self.folded, self.source, column.role, span)
            _move_marked(found)
            if column.people:
                _part_people(found)
            self._units[key] = found
        return self._units[key]

    def _deadlines(self, grid: Grid, entry: Entry, assignment: Assignment) -> list[Deadline]:
        """The limits of the fields, and those of the text that no field repeats."""
        fields = [
            d
            for span in self._limit_fields(grid, entry, assignment)
            for d in self._read_limits(span, True).deadlines
        ]
        known = {limit.meaning() for limit in fields}
        others: list[Deadline] = []
        if not grid.header.says_all:
            for span in self._read_texts(grid, entry):
                for limit in self._read_limits(span, False).deadlines:
                    if limit.meaning() not in known:
                        others.append(limit)
        return sorted(dict.fromkeys([*fields, *others]), key=lambda d: d.span)

    def _limit_fields(self, grid: Grid, entry: Entry, assignment: Assignment) -> list[Span]:
        places = [
            span
            for c, spans in entry.cells.items()
            for span in spans
            if grid.header.columns[c].kind is Kind.TIME or grid.header.columns[c].time
        ]
        return [*places, *(limit for limit in assignment.limits if limit not in places)]

    def _read_limits(self, span: Span, in_field: bool) -> Reading:
        key = (span, in_field)
        if key not in self._limits:
            fields = [span] if in_field else []
            self._limits[key] = read_deadlines(self.folded, self.source, span, self.when, fields=fields)
        return self._limits[key]

    def _faults_of_limits(
        self, grid: Grid, entry: Entry, assignment: Assignment
    ) -> Iterable[tuple[str, Span]]:
        for span in self._limit_fields(grid, entry, assignment):
            yield from ((d.name, d.span) for d in self._read_limits(span, True).defects)
        if not grid.header.says_all:
            for span in self._read_texts(grid, entry):
                yield from ((d.name, d.span) for d in self._read_limits(span, False).defects)

    def _read_texts(self, grid: Grid, entry: Entry) -> list[Span]:
        """The cells of running text in which limits and figures are looked for."""
        places = grid.header.places(Kind.NAME, Kind.TEXT, Kind.INDICATOR)
        return [span for c in places for span in entry.cells.get(c, ())]

    def _indicators(self, grid: Grid, entry: Entry) -> list[Indicator]:
        places = (Kind.INDICATOR,) if grid.header.says_all else (Kind.NAME, Kind.TEXT, Kind.INDICATOR)
        found: list[Indicator] = []
        for c in grid.header.places(*places):
            for span in entry.cells.get(c, ()):
                if span not in self._figures:
                    self._figures[span] = read_indicators(self.folded, self.source, span)
                found += self._figures[span]
        return sorted(dict.fromkeys(found), key=lambda i: i.span)

    def _words(
        self, grid: Grid, entry: Entry, assignment: Assignment, limits: list[Deadline]
    ) -> tuple[str, str]:
        """Title and text. A column with the name alone gives the title; the text is all that nothing else claimed."""
        header = grid.header
        names = [self._joined(entry.cells[c]) for c in header.places(Kind.NAME) if entry.cells.get(c)]
        said = [(c, self._joined(entry.cells[c])) for c in header.places(Kind.TEXT) if entry.cells.get(c)]
        said = [(c, text) for c, text in said if text]
        if header.says_all:
            text = "\n".join(text for _, text in said)
            return (names[0] if names else title_of(text)), text or "".join(names[:1])
        lines = [text if n == 0 else f"{header.columns[c].label}：{text}" for n, (c, text) in enumerate(said)]
        title = names[0] if names else title_of(self._without_mark(said[0][1]))
        if names and not lines:
            lines = [names[0]]
        for c in header.places(Kind.INDICATOR, Kind.OTHER, Kind.TIME, Kind.UNITS):
            for span in entry.cells.get(c, ()):
                if self._stays(header.columns[c], span, assignment, limits):
                    label = header.columns[c].label
                    lines.append(f"{label}：{self._said(span)}" if label else self._said(span))
        return title, "\n".join(lines)

    def _stays(self, column: Column, span: Span, assignment: Assignment, limits: list[Deadline]) -> bool:
        """Whether a cell, or more than a word or two of it, was claimed by no rule."""
        if column.kind is Kind.UNITS:
            return not any(
                unit.span.start >= span.start and unit.span.end <= span.end
                for units in assignment.units.values()
                for unit in units
            )
        if column.kind is not Kind.TIME:
            return True
        rest = list(self.source[span.start : span.end])
        for limit in limits:
            if span.start <= limit.span.start and limit.span.end <= span.end:
                rest[limit.span.start - span.start : limit.span.end - span.start] = " " * (
                    limit.span.end - limit.span.start
                )
        if not any(span.start <= limit.span.start < span.end for limit in limits):
            self.notes.append(Note("limit_unread", N_("未能识别完成时限，请核对"), span))
            return True
        return len(_DONE.sub("", "".join(rest))) > _MAX_REST

    def _joined(self, spans: list[Span]) -> str:
        """The parts of one cell, which a page break or a merged number parted."""
        text = ""
        for span in spans:
            part = self._said(span)
            ends = not text or text.endswith(tuple("。；;！？!?：:）)"))
            text = f"{text}\n{part}" if text and ends else text + part
        return text

    def _without_mark(self, text: str) -> str:
        mark = read_mark(text, 0)
        return text[mark[2] :] if mark else text

    def _text(self, span: Span) -> str:
        return self.folded[span.start : span.end]

    def _said(self, span: Span) -> str:
        return self.source[span.start : span.end].strip()


def _ordinal(raw: str) -> int | None:
    if len(raw) == 1 and raw in _CIRCLED:
        return _CIRCLED.index(raw) + 1
    match = _ORDINAL.fullmatch(raw.translate(_NARROW).replace(" ", ""))
    return to_int(match[1]) if match else None


_NARROW = str.maketrans("０１２３４５６７８９（）．：", "0123456789().:")


def _line(text: str) -> str:
    return re.sub(r"\s*\n\s*", "", text).strip()


def _move_marked(found: Assignment) -> None:
    """市司法局(牵头)、市财政局: what stands in the bracket is a role, not part of the name."""
    for role in UNIT_ROLES:
        for unit in list(found.units.get(role, ())):
            if match := _ROLE_BEHIND.fullmatch(unit.text):
                said = _ROLES_BEHIND.get(match[2], Role.SUPERVISING if match[2] == "督导" else Role.LEAD)
                width = len(unit.text) - len(match[1])
                place = Span(unit.span.start, max(unit.span.start, unit.span.end - width))
                found.units[role].remove(unit)
                found.units.setdefault(said, []).append(UnitName(match[1], unit.written[:-width], place))


def _part_people(found: Assignment) -> None:
    """责任单位及责任人: what has the shape of a name and not of a unit is a person."""
    for role, units in found.units.items():
        kept = []
        for unit in units:
            if _PERSON.fullmatch(unit.text) and not looks_like_unit(unit.text):
                found.leaders.append(unit.text)
            else:
                kept.append(unit)
        found.units[role] = kept
