"""The rows of a table as entries, one per key task: what is merged, repeated, continued or no entry at all.

Merged cells and 同上 take the value above. A row that a page break or a merged number cut off joins the entry
before it. Section rows name the section of what follows; repeated heads, column numbers, subtotals and remarks
are no entries.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from ..assignments.labels import Role
from ..outline.numbering import Level, read_mark
from ..source import Span
from ..text.numerals import to_int
from .header import Header, Kind, column_of, plain

_DITTO = re.compile(r"(?:同上|〃|″|\"|''|同前|同上栏|上同|″″|〃〃|,,|„|々)[。.]?")
_NONE = re.compile(r"[-/\\无]{1,4}|不涉及")
_SUBTOTAL = re.compile(r"(?:合|小|总|共) ?计|.{1,10}(?:合计|小计)|累计")
_REMARK = re.compile(
    r"(?:注|备注|说明|填报说明|附注|填表说明|注释|填表人|填报人|审核人|联系人|填报单位|单位) ?\d? ?:|"
    r"\(?续表|第 ?\d+ ?页|※|\*"
)
_HAN_NUMBER = re.compile(r"[(]?[一二三四五六七八九十]{1,3}[)]?[、.]?")
_DIGITS = re.compile(r"\d{1,4}")
_ENDED = re.compile(r"[。;!?:)〕】]$")
_ASSIGNED = (Kind.UNITS, Kind.PEOPLE, Kind.TIME)
_SAYS = (Kind.NAME, Kind.TEXT)


class State(Enum):
    OWN = auto()
    #: The cell above covers this place too.
    MERGED = auto()
    #: 同上 stands there.
    DITTO = auto()
    EMPTY = auto()
    #: A dash or 无: there is none.
    NONE = auto()


#: Somebody stands there.
_NAMED = (State.OWN, State.MERGED, State.DITTO)


@dataclass(slots=True)
class Entry:
    """What one key task is read from. `cells` holds per column the spans in order; an entry's own first row counts."""

    header: Header
    #: The category or section row; None where there is none.
    section: Span | None
    number: Span | None
    cells: dict[int, list[Span]]
    #: Cells taken from a row above: where a person should look when the grid does not show why.
    inherited: set[int] = field(default_factory=set)
    guessed: list[Span] = field(default_factory=list)
    start: int = 0
    end: int = 0
    #: The number's cell covers several entries.
    shared_number: bool = False
    #: Name of the sheet, or the caption above the table; the section where nothing else is.
    group: Span | str | None = None

    def texts(self) -> list[Span]:
        return [span for c in self.header.places(*_SAYS) for span in self.cells.get(c, ())]


@dataclass(slots=True)
class _Run:
    """What the rows read so far hand on to the next."""

    section: Span | None = None
    section_cell: Span | None = None
    entry: Entry | None = None
    above: dict[int, Span] = field(default_factory=dict)


class Rows:
    """The rows of one table under one header. `breaks` are the rows with which a new page or grid begins."""

    def __init__(
        self,
        header: Header,
        rows: Sequence[Sequence[Span]],
        folded: str,
        breaks: frozenset[int] = frozenset(),
    ) -> None:
        self.header, self.rows, self.folded, self.breaks = header, rows, folded, breaks
        self.run = _Run()
        self.heads = [plain(column.label) for column in header.columns]
        self.numbers = header.places(Kind.NUMBER)[:1]
        self.arabic = any(_DIGITS.match(self.text(i, c)) for c in self.numbers for i in range(len(rows)))
        self.states = [self._states(i) for i in range(len(rows))]
        self.sections = {i: s for i in range(len(rows)) if (s := self._section_row(i))}
        self.data = [i for i in range(len(rows)) if self._is_data(i)]
        places = range(len(header.columns))
        self.merged = {c for c in places if any(self.states[i][c] is State.MERGED for i in self.data)}
        self.merges = bool(self.merged)
        filled = sum(self.states[i][c] is not State.EMPTY for i in self.data for c in self.numbers)
        self.number = self.numbers[0] if filled and filled * 4 >= len(self.data) else None
        self.places = frozenset(self.data)
        self.said = {c: [i for i in self.data if self.states[i][c] is State.OWN] for c in places}
        self.goals = self._goals()

    def text(self, i: int, c: int) -> str:
        span = self.rows[i][c]
        return self.folded[span.start : span.end].strip(" \n")

    def _states(self, i: int) -> list[State]:
        states = []
        for c, span in enumerate(self.rows[i]):
            text = self.text(i, c) if span.end - span.start <= 8 else "..."
            if span.start == span.end or not text:
                states.append(State.EMPTY)
            elif i and self.rows[i - 1][c] == span:
                states.append(State.MERGED)
            elif _DITTO.fullmatch(text):
                states.append(State.DITTO)
            elif _NONE.fullmatch(text) and self.header.columns[c].kind not in (Kind.NUMBER, *_SAYS):
                states.append(State.NONE)
            else:
                states.append(State.OWN)
        return states

    def _distinct(self, i: int) -> list[Span]:
        return list(
            dict.fromkeys(span for span in self.rows[i] if self.folded[span.start : span.end].strip(" \n"))
        )

    def _is_data(self, i: int) -> bool:
        return (
            i not in self.sections and bool(cells := self._distinct(i)) and not self._is_furniture(i, cells)
        )

    def _is_furniture(self, i: int, cells: list[Span]) -> bool:
        """A repeated head, the numbers of the columns, a subtotal, a remark, a page mark."""
        texts = [self.folded[s.start : s.end].strip(" \n") for s in cells[:40]]
        if len(texts[0]) <= 14 and _SUBTOTAL.fullmatch(plain(texts[0])):
            return True
        if len(cells) == 1 and _REMARK.match(texts[0]):
            return True
        if len(cells) >= 3 and [_column_number(t) for t in texts] == list(range(1, len(texts) + 1)):
            return True
        if all(len(t) <= 30 for t in texts):
            same = sum(
                bool(label) and (found := column_of(self.text(i, c))) is not None and found.label == label
                for c, label in enumerate(self.heads)
            )
            return same >= 2 and same * 2 >= len(cells)
        return False

    def _section_row(self, i: int) -> Span | None:
        """The text of a row that only names the section of what follows."""
        row, cells = self.rows[i], self._distinct(i)
        if len(cells) == 2:
            mark = self.folded[cells[0].start : cells[0].end].strip(" \n")
            alone = all(
                row[c].start == row[c].end or row[c] == cells[1] for c in self.header.places(*_ASSIGNED)
            )
            counts = self.numbers == [row.index(cells[0])] and _HAN_NUMBER.fullmatch(mark)
            return cells[1] if counts and alone and self.arabic else None
        if len(cells) != 1 or (i and cells[0] in self.rows[i - 1]):
            return None
        [cell] = cells
        text = self.folded[cell.start : cell.end].strip(" \n")
        if len(text) > 100 or _REMARK.match(text) or (len(text) <= 14 and _SUBTOTAL.fullmatch(plain(text))):
            return None
        if sum(span == cell for span in row) >= max(2, min(len(row), 1 + len(row) // 2)):
            return cell
        kind = self.header.columns[row.index(cell)].kind
        if kind is Kind.NUMBER:
            return cell if len(re.sub(r"[\d .、()]", "", text)) >= 3 else None
        mark_found = read_mark(text, 0)
        numbered = mark_found is not None and mark_found[0] in (Level.CHAPTER, Level.SECTION)
        ends = text.endswith(("。", ";")) or len(text) > 60
        return cell if numbered and kind not in _ASSIGNED and not ends else None

    def _goals(self) -> list[int]:
        """The first of several columns of text where their cells cover several entries: they name the section."""
        says = self.header.places(*_SAYS)
        goals: list[int] = []
        if not self.header.says_all:
            while len(goals) + 1 < len(says) and self._covers(says[len(goals)], says[len(goals) + 1 :]):
                goals.append(says[len(goals)])
        return goals

    def _covers(self, goal: int, rest: list[int]) -> bool:
        """Whether a cell of column `goal` stands for several entries, which differ in the columns `rest`."""
        for i in self.data[1:]:
            states = self.states[i]
            goes_on = states[goal] in (State.MERGED, State.DITTO)
            goes_on = goes_on or (states[goal] is State.EMPTY and not self.merges)
            if goes_on and any(states[c] is State.OWN for c in rest):
                own_number = self.number is not None and states[self.number] is State.OWN
                if own_number or self.number is None or self._assigns(i):
                    return True
        return False

    def _assigns(self, i: int) -> bool:
        return any(self.states[i][c] in (State.OWN, State.DITTO) for c in self.header.places(*_ASSIGNED))

    def entries(self) -> list[Entry]:
        """All entries in the order of the rows."""
        found: list[Entry] = []
        run = self.run
        for i in range(len(self.rows)):
            if i not in self.places:
                if i in self.sections:
                    run.section, run.section_cell, run.entry = self.sections[i], None, None
                continue
            section_own = self._take_section(i)
            if run.entry is not None and not section_own and self._continues(i, run.entry):
                self._append(i, run.entry)
            else:
                run.entry = self._open(i)
                found.append(run.entry)
            for c, state in enumerate(self.states[i]):
                if state is State.OWN:
                    run.above[c] = self.rows[i][c]
                elif state is State.NONE:
                    run.above.pop(c, None)
        return found

    def _take_section(self, i: int) -> bool:
        """Keep the section that the row names; True where it names a new one."""
        run = self.run
        places = self.header.places(Kind.SECTION)
        places = [*places, *self.goals]
        new = False
        for c in places:
            if self.states[i][c] is State.OWN:
                run.section_cell, new = self.rows[i][c], True
            elif self.states[i][c] in (State.EMPTY, State.NONE) and self.header.says_all:
                run.section_cell, new = None, True
        if new and self.header.says_all:
            return False
        return new

    def _continues(self, i: int, entry: Entry) -> bool:
        """Whether row `i` goes on with the entry above it."""
        if self.header.says_all:
            return self.number is not None and self.states[i][self.number] is State.EMPTY
        states = self.states[i]
        says = [c for c in self.header.places(*_SAYS) if c not in self.goals]
        texts_own = any(states[c] is State.OWN for c in says)
        assigns = self._assigns(i)
        broken = self._breaks_off(entry)
        if self.number is None:
            if not texts_own:
                return State.OWN in states
            merged = any(states[c] is State.MERGED for c in self.header.places(*_ASSIGNED))
            return not assigns and not merged and self._is_fresh(i) and broken
        if states[self.number] is State.OWN:
            return False
        if not texts_own or not assigns:
            return True
        return states[self.number] is State.EMPTY and broken and self._is_fresh(i)

    def _is_fresh(self, i: int) -> bool:
        """Whether the row is the first below a page break or a repeated head."""
        return i in self.breaks or (i > 0 and i - 1 not in self.places and i - 1 not in self.sections)

    def _breaks_off(self, entry: Entry) -> bool:
        texts = entry.texts()
        return bool(texts) and not _ENDED.search(
            self.folded[texts[-1].start : texts[-1].end].strip(" \n")[-1:]
        )

    def _append(self, i: int, entry: Entry) -> None:
        for c, state in enumerate(self.states[i]):
            if state is State.OWN and c not in (self.number, *self.goals):
                entry.cells.setdefault(c, []).append(self.rows[i][c])
                entry.inherited.discard(c)
        self._stretch(i, entry)

    def _open(self, i: int) -> Entry:
        run, states, row = self.run, self.states[i], self.rows[i]
        entry = Entry(self.header, run.section_cell or run.section, None, {})
        sections = {*self.header.places(Kind.SECTION), *self.goals}
        for c, column in enumerate(self.header.columns):
            if c in sections:
                continue
            if c == self.number:
                entry.number = row[c] if states[c] in (State.OWN, State.MERGED) else None
                entry.shared_number = states[c] is not State.OWN
                if states[c] is State.EMPTY and c in run.above:
                    entry.number = run.above[c]
                continue
            if column.kind is Kind.NUMBER:
                continue
            if states[c] is State.OWN:
                entry.cells[c] = [row[c]]
            elif states[c] in (State.MERGED, State.DITTO) and c in run.above:
                entry.cells[c] = [run.above[c]]
                entry.inherited.add(c)
            elif states[c] is State.EMPTY and c in run.above and self._taken_from_above(i, c):
                entry.cells[c] = [run.above[c]]
                entry.inherited.add(c)
                entry.guessed.append(run.above[c])
        self._stretch(i, entry, new=True)
        return entry

    def _taken_from_above(self, i: int, c: int) -> bool:
        """Whether an empty cell stands for the value above it, as a cell whose merging was lost.

        Not in a column that shows its merged cells. Where the category goes on, or nobody else is named in the
        row, an empty lead or responsible unit is the one above; other empty cells only where the category is
        left empty likewise, or where the column says one thing for the whole table.
        """
        column, states = self.header.columns[c], self.states[i]
        if self.header.says_all or c in self.merged or column.kind not in _ASSIGNED:
            return False
        sections = [*self.header.places(Kind.SECTION), *self.goals]
        same = bool(sections) and not any(states[p] is State.OWN for p in sections)
        if not self.merges:
            own = self.said[c]
            alike = same and any(states[p] is State.EMPTY for p in sections)
            if alike or (len(self.data) > 2 and len(own) == 1 and own[0] == self.data[0]):
                return True
        if column.role not in (Role.LEAD, Role.RESPONSIBLE):
            return False
        others = [p for p in self.header.places(Kind.UNITS) if p != c]
        return same or not any(states[p] in _NAMED for p in others)

    def _stretch(self, i: int, entry: Entry, *, new: bool = False) -> None:
        own = [
            span
            for span, state in zip(self.rows[i], self.states[i], strict=True)
            if state not in (State.MERGED, State.EMPTY)
        ]
        if not own:
            return
        start, end = min(s.start for s in own), max(s.end for s in own)
        entry.start = start if new else min(entry.start, start)
        entry.end = max(entry.end, end)


def _column_number(text: str) -> int | None:
    return to_int(text.strip("() "))
