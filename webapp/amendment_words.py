"""A change of an amended plan in words: what stood there, what stands there now, one line each."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from engine.campaigns.comparison import Comparison, Entry
from engine.organisation.models import Unit
from engine.plans.amendment import ChangeKind
from engine.plans.models import PartRole
from engine.texts import N_
from webapp.language import gettext, translate
from webapp.limit_words import limit, limit_kind
from webapp.words import word

#: Longer texts are shown whole, without the places marked: finding them would take too long.
MARKED = 1500

Marked = Sequence[tuple[bool, str]]  #: pieces of a text, and whether a piece differs


def sides(entry: Entry, units: Mapping[int, Unit]) -> tuple[Sequence[Marked], Sequence[Marked]]:
    """The lines of the old and of the new side; none where there is no such side."""
    if entry.kind is ChangeKind.WORDING and entry.old and entry.new:
        pairs = [_marked(entry.old[name], entry.new[name]) for name in ("title", "text")]
        lefts: list[Marked] = [old for old, _ in pairs if old]
        rights: list[Marked] = [new for _, new in pairs if new]
        return lefts, rights
    old, new = (
        [[(False, line)] for line in _lines(entry.kind, side, units)] for side in (entry.old, entry.new)
    )
    return old, new


def impact(entry: Entry) -> str:
    """What the change touches, in one sentence; empty where it touches nothing."""
    count = len(entry.touches) or entry.touched
    told = []
    if count:
        ends = entry.destructive and entry.kind is not ChangeKind.LIMIT_REMOVED
        text = N_("终止{count}个在办工作事项") if ends and _ends(entry) else N_("影响{count}个在办工作事项")
        told.append(translate(text, count=count))
    if entry.untouched:
        told.append(translate(N_("{count}个已办结的工作事项不受影响"), count=entry.untouched))
    return gettext(N_("；")).join(told)


def _ends(entry: Entry) -> bool:
    return entry.kind in (ChangeKind.TASK_DROPPED, ChangeKind.UNIT_REMOVED, ChangeKind.UNIT_MOVED)


def name(entry: Entry, units: Mapping[int, Unit]) -> str:
    """The change in one line, for its tick and for lists: 时限调整：2026-06-30前 → 2026-09-30前."""
    kind = word("amendment_kind", entry.kind)
    if entry.kind in (ChangeKind.TASK_ADDED, ChangeKind.TASK_DROPPED, ChangeKind.WORDING):
        return kind
    old, new = (_lines(entry.kind, side, units) for side in (entry.old, entry.new))
    told = " → ".join(line for lines in (old, new) for line in lines[:1])
    return gettext(N_("{kind}：{told}")).format(kind=kind, told=told)


def brief(entry: Entry, units: Mapping[int, Unit]) -> str:
    """The change where both sides stand below it: 时限调整：办结; 取消单位：市司法局."""
    kind = word("amendment_kind", entry.kind)
    side = entry.new or entry.old or {}
    match entry.kind:
        case ChangeKind.UNIT_ADDED | ChangeKind.UNIT_REMOVED | ChangeKind.UNIT_MOVED:
            told = _named([side["unit_id"]], units)
        case ChangeKind.LIMIT_ADDED | ChangeKind.LIMIT_REMOVED | ChangeKind.LIMIT_MOVED:
            told = limit_kind(side["kind"])
        case _:
            return kind
    return gettext(N_("{kind}：{told}")).format(kind=kind, told=told)


def counted(comparison: Comparison, keys: set[str] | None = None) -> list[tuple[str, int]]:
    """How many changes of each kind there are, among the chosen ones if given."""
    found = [entry.kind for entry in comparison.entries if keys is None or entry.key in keys]
    return [(word("amendment_kind", kind), found.count(kind)) for kind in ChangeKind if kind in found]


def _lines(kind: ChangeKind, side: Mapping[str, Any] | None, units: Mapping[int, Unit]) -> list[str]:
    if side is None:
        return []
    match kind:
        case ChangeKind.UNIT_ADDED | ChangeKind.UNIT_REMOVED | ChangeKind.UNIT_MOVED:
            return [_part(side["role"], [side["unit_id"]], units)]
        case ChangeKind.LIMIT_ADDED | ChangeKind.LIMIT_REMOVED | ChangeKind.LIMIT_MOVED:
            return [limit(side)]
        case ChangeKind.REVIEWER:
            return [_named([side["unit_id"]], units)]
        case ChangeKind.WORDING:
            return [side["title"]]
    parts = [_part(role, side["units"][role], units) for role in PartRole if side["units"].get(role)]
    return [line for line in (side["text"], *parts, *map(limit, side["limits"])) if line]


def _part(role: str, ids: Sequence[int], units: Mapping[int, Unit]) -> str:
    return gettext(N_("{kind}：{told}")).format(kind=word("role", role), told=_named(ids, units))


def _named(ids: Sequence[int], units: Mapping[int, Unit]) -> str:
    return gettext(N_("、")).join(units[id].name for id in ids if id in units)


def _marked(old: str, new: str) -> tuple[Marked, Marked]:
    if len(old) > MARKED or len(new) > MARKED:
        return [(False, old)], [(False, new)]
    left: list[tuple[bool, str]] = []
    right: list[tuple[bool, str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if b > a:
            left.append((tag != "equal", old[a:b]))
        if d > c:
            right.append((tag != "equal", new[c:d]))
    return left, right
