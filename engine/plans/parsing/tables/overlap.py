"""A notice and the table annexed to it often name the same key tasks: each counts once, and the table says who."""

import re
from collections import defaultdict
from dataclasses import replace

from engine.texts import N_

from ..draft import Note, ParsedTask

_PLAIN = re.compile(r"[^\u3400-\u9fffA-Za-z0-9]")
#: So many characters of a title tell key tasks apart; more of the text is not compared.
_COMPARED = 60
_KEY = 4
_CANDIDATES = 20
#: What the text's own assignment had wrong does not matter where the table assigns.
_OF_ASSIGNMENT = re.compile(
    r"missing_assignment|missing_enumeration|unit_name|label_variant|.*bracket|missing_colon"
)


def unite(in_text: list[ParsedTask], in_tables: list[ParsedTask]) -> tuple[list[ParsedTask], list[Note]]:
    """All key tasks in text order, those that stand in both places once, with a note for each of these."""
    if not in_text or not in_tables:
        return in_text or in_tables, []
    by_start: dict[str, list[int]] = defaultdict(list)
    by_number: dict[int, list[int]] = defaultdict(list)
    words = [_words(key_task) for key_task in in_text]
    for i, key_task in enumerate(in_text):
        by_start[words[i][:_KEY]].append(i)
        by_number[key_task.number].append(i)
    united = list(in_text)
    taken: set[int] = set()
    notes: list[Note] = []
    for row in in_tables:
        said = _words(row)
        candidates = [*by_start[said[:_KEY]][:_CANDIDATES], *by_number[row.number][:_CANDIDATES]]
        same = next((i for i in candidates if i not in taken and _is_same(words[i], said)), None)
        if same is None:
            united.append(row)
            continue
        taken.add(same)
        united[same] = _joined(in_text[same], row)
        notes.append(Note("table_repeats_text", N_("正文与附表均列有此任务，单位以附表为准"), row.span))
    return sorted(united, key=lambda key_task: key_task.span), notes


def _words(key_task: ParsedTask) -> str:
    return _PLAIN.sub("", key_task.title.rstrip("…"))[:_COMPARED]


def _is_same(one: str, other: str) -> bool:
    """Whether one begins like the other, or most pairs of characters of the shorter stand in the longer."""
    if min(len(one), len(other)) < _KEY:
        return one == other
    if one.startswith(other) or other.startswith(one):
        return True
    short, long = sorted((_pairs(one), _pairs(other)), key=len)
    return len(short & long) * 10 >= len(short) * 7


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


def _joined(said: ParsedTask, row: ParsedTask) -> ParsedTask:
    """The key task as the text words it, assigned as the table does."""
    assigned = any((row.lead_units, row.responsible_units, row.cooperating_units, row.supervising_units))
    known = {limit.meaning() for limit in row.deadlines}
    limits = [*row.deadlines, *(d for d in said.deadlines if d.meaning() not in known)]
    kept = [d for d in said.defects if not (assigned and _OF_ASSIGNMENT.match(d.name))]
    joined = replace(
        said,
        leaders=row.leaders or said.leaders,
        deadlines=tuple(limits),
        indicators=said.indicators or row.indicators,
        defects=tuple(
            sorted([*kept, *(d for d in row.defects if d.name != "missing_assignment")], key=lambda d: d.span)
        ),
        confidence=min(row.confidence, said.confidence) if not assigned else row.confidence,
    )
    if not assigned:
        return joined
    return replace(
        joined,
        lead_units=row.lead_units,
        responsible_units=row.responsible_units,
        cooperating_units=row.cooperating_units,
        supervising_units=row.supervising_units,
    )
