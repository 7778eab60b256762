"""What holds for every key task, whether it was read from text or from a table."""

import re
from collections.abc import Iterable
from dataclasses import replace

from engine.texts import N_

from .assignments.labels import LEADS_FIRST
from .draft import Deadline, Defect, Note, ParsedTask, UnitName
from .limits.deadlines import Calendar
from .source import Span

#: What a defect takes from the confidence, if not 0.1.
_PENALTY = {
    "missing_assignment": 0.4,
    "missing_opening_bracket": 0.1,
    "mismatched_bracket": 0.1,
    "label_variant": 0.0,
    "missing_comma_in_body": 0.0,
    "missing_closing_bracket": 0.05,
    "year_unknown": 0.2,
    "impossible_date": 0.2,
}


def confidence(certain: float, defects: Iterable[Defect]) -> float:
    """How sure a reading is, from 0.05 to 1: `certain` without defects, less for each kind of defect in it."""
    lost = sum(_PENALTY.get(name, 0.1) for name in {d.name for d in defects})
    return round(max(0.05, certain - lost), 2)


def notes_on_limits(limits: Iterable[Deadline], when: Calendar) -> list[Note]:
    """A limit that lies before the document was signed cannot be meant."""
    return [
        Note("limit_before_signing", N_("时限早于成文日期，请核对"), limit.span)
        for limit in limits
        if limit.date_on and when.signed_on and limit.date_on < when.signed_on
    ]


def note_on_first(folded: str) -> Note | None:
    """P8: where the document says that the unit listed first leads; see `first_leads`."""
    rule = LEADS_FIRST.search(folded)
    return Note("lead_is_first", N_("文件规定列第一位的单位为牵头单位"), Span(*rule.span())) if rule else None


def first_leads(key_task: ParsedTask) -> ParsedTask:
    """P8: the document says that the unit listed first leads."""
    if key_task.lead_units or not key_task.responsible_units:
        return key_task
    return replace(
        key_task, lead_units=key_task.responsible_units[:1], responsible_units=key_task.responsible_units[1:]
    )


def once(key_task: ParsedTask) -> ParsedTask:
    """A unit stands in one list only: the first of lead, responsible, cooperating, supervising."""
    seen: set[str] = set()
    lists: list[tuple[UnitName, ...]] = []
    for units in (
        key_task.lead_units,
        key_task.responsible_units,
        key_task.cooperating_units,
        key_task.supervising_units,
    ):
        kept = []
        for unit in units:
            if unit.text not in seen:
                seen.add(unit.text)
                kept.append(unit)
        lists.append(tuple(kept))
    return replace(
        key_task,
        lead_units=lists[0],
        responsible_units=lists[1],
        cooperating_units=lists[2],
        supervising_units=lists[3],
    )


def title_of(body: str) -> str:
    """The first sentence, cut at a comma where it is long; at most 40 characters."""
    sentence = re.split(r"[。\n；;]", body.strip(), maxsplit=1)[0].strip(" ，,、")
    if len(sentence) <= 40:
        return sentence
    cut = max(sentence.rfind(mark, 0, 41) for mark in "，,")
    return sentence[:cut] if cut >= 8 else sentence[:39] + "…"


def number_notes(key_tasks: list[ParsedTask]) -> list[Note]:
    """The same number twice in one section: a slip of the document, or of the reading."""
    seen: set[tuple[str, int]] = set()
    notes = []
    for key_task in key_tasks:
        key = (key_task.section, key_task.number)
        if key in seen:
            notes.append(Note("number_repeated", N_("同一部分中编号重复，请核对"), key_task.span))
        seen.add(key)
    return notes
