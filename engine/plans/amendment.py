"""What an amended document changes: old and new tasks are matched, and each difference becomes one change. Pure.

A change has a key that says what it is about (`limit:12:…`), so that what a person ticked is found again however
often the comparison is made. Numbers and sections tell tasks apart; a renumbered task is no change.
"""

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from engine.plans.models import PartRole

#: Bounds of the work per pair: titles and texts are compared by their beginnings.
TITLE, TEXT = 80, 240
#: How many old tasks are looked at closely for a new one that has no namesake.
CANDIDATES = 6
#: From here on two tasks are taken for one; the same section and number count for something.
ALIKE, SAME_PLACE = 0.62, 0.12


class ChangeKind(StrEnum):
    TASK_ADDED = "task_added"
    TASK_DROPPED = "task_dropped"
    WORDING = "wording"
    UNIT_ADDED = "unit_added"
    UNIT_REMOVED = "unit_removed"
    UNIT_MOVED = "unit_moved"  #: from one role to another
    LIMIT_ADDED = "limit_added"
    LIMIT_REMOVED = "limit_removed"
    LIMIT_MOVED = "limit_moved"
    REVIEWER = "reviewer"


@dataclass(frozen=True)
class LimitSide:
    """A limit as campaigns keep it. ``by_office``: the document named none, the office set it."""

    kind: str
    basis: Mapping[str, Any]
    title: str = ""
    id: int | None = None
    by_office: bool = False

    @property
    def counted(self) -> dict[str, Any]:
        """What the limit says, without the words in which it is said."""
        return {name: value for name, value in self.basis.items() if name != "text"}

    def told(self) -> dict[str, Any]:
        return {"kind": self.kind, "basis": dict(self.basis), "title": self.title, "limit_id": self.id}


@dataclass(frozen=True)
class Side:
    """A task as it stands: a key task of the campaign, or a task of the amended plan."""

    id: int
    number: int
    title: str
    text: str = ""
    section: str = ""
    units: Mapping[PartRole, Sequence[int]] = field(default_factory=dict)
    limits: Sequence[LimitSide] = ()
    review_unit_id: int | None = None


@dataclass(frozen=True)
class Change:
    """One difference. ``old`` and ``new`` hold values as JSON takes them; None where there is no such side."""

    key: str
    kind: ChangeKind
    old_id: int | None
    new_id: int | None
    old: dict[str, Any] | None
    new: dict[str, Any] | None

    @property
    def destructive(self) -> bool:
        """Whether applying it ends work that is under way; such a change is never ticked beforehand."""
        match self.kind:
            case ChangeKind.TASK_DROPPED | ChangeKind.UNIT_REMOVED | ChangeKind.LIMIT_REMOVED:
                return True
            case ChangeKind.UNIT_MOVED:
                return bool(self.old and self.old["role"] == PartRole.RESPONSIBLE)
            case ChangeKind.LIMIT_MOVED:
                return bool(self.old and self.old["kind"] == "cadence")
        return False


@dataclass(frozen=True)
class Pair:
    """Two tasks that are the same one; a side is None for a task that was added or dropped."""

    old: Side | None
    new: Side | None


def match(old: Sequence[Side], new: Sequence[Side]) -> list[Pair]:
    """Each task with its counterpart, in the order of the new document, then what was dropped.

    The same title decides first; then how much titles and texts are alike, where the same place counts for something.
    """
    found: dict[int, Side] = {}
    taken: set[int] = set()

    def pair(left: Side, right: Side) -> None:
        found[right.id] = left
        taken.add(left.id)

    for left, right in [*_namesakes(old, new)]:
        pair(left, right)
    left_over = [side for side in old if side.id not in taken], [side for side in new if side.id not in found]
    for _, left, right in _similar(*left_over):
        if left.id not in taken and right.id not in found:
            pair(left, right)
    pairs = [Pair(found.get(right.id), right) for right in new]
    return pairs + [Pair(left, None) for left in old if left.id not in taken]


def changes(pairs: Iterable[Pair]) -> list[Change]:
    """Every difference, in the order of the pairs; keys are unique."""
    return [change for pair in pairs for change in _of(pair)]


def _of(pair: Pair) -> Iterator[Change]:
    old, new = pair.old, pair.new
    if old is None and new is not None:
        yield Change(f"add:{new.id}", ChangeKind.TASK_ADDED, None, new.id, None, _whole(new))
    elif new is None and old is not None:
        yield Change(f"drop:{old.id}", ChangeKind.TASK_DROPPED, old.id, None, _whole(old), None)
    elif old is not None and new is not None:
        yield from _wording(old, new)
        yield from _units(old, new)
        yield from _limits(old, new)
        if new.review_unit_id is not None and old.review_unit_id != new.review_unit_id:
            yield Change(
                f"reviewer:{old.id}", ChangeKind.REVIEWER, old.id, new.id,
                {"unit_id": old.review_unit_id}, {"unit_id": new.review_unit_id},
            )  # fmt: skip


def _whole(side: Side) -> dict[str, Any]:
    return {
        "number": side.number, "title": side.title, "text": side.text, "section": side.section,
        "units": {role.value: list(ids) for role, ids in side.units.items() if ids},
        "limits": [limit.told() for limit in side.limits], "review_unit_id": side.review_unit_id,
    }  # fmt: skip


def _wording(old: Side, new: Side) -> Iterator[Change]:
    before, after = ({"title": s.title, "text": s.text, "section": s.section} for s in (old, new))
    if any(_worded(before[name]) != _worded(after[name]) for name in ("title", "text")):
        yield Change(f"wording:{old.id}", ChangeKind.WORDING, old.id, new.id, before, after)


def _units(old: Side, new: Side) -> Iterator[Change]:
    before, after = _roles(old), _roles(new)
    for unit_id in dict.fromkeys([*before, *after]):
        lost = [role for role in before.get(unit_id, ()) if role not in after.get(unit_id, ())]
        gained = [role for role in after.get(unit_id, ()) if role not in before.get(unit_id, ())]
        if len(lost) == len(gained) == 1:
            yield Change(
                f"unit:{old.id}:{unit_id}", ChangeKind.UNIT_MOVED, old.id, new.id,
                _part(unit_id, lost[0]), _part(unit_id, gained[0]),
            )  # fmt: skip
            continue
        for role in gained:
            key = f"unit+:{old.id}:{unit_id}:{role.value}"
            yield Change(key, ChangeKind.UNIT_ADDED, old.id, new.id, None, _part(unit_id, role))
        for role in lost:
            key = f"unit-:{old.id}:{unit_id}:{role.value}"
            yield Change(key, ChangeKind.UNIT_REMOVED, old.id, new.id, _part(unit_id, role), None)


def _roles(side: Side) -> dict[int, list[PartRole]]:
    found: dict[int, list[PartRole]] = {}
    for role in PartRole:
        for unit_id in side.units.get(role, ()):
            found.setdefault(unit_id, []).append(role)
    return found


def _part(unit_id: int, role: PartRole) -> dict[str, Any]:
    return {"unit_id": unit_id, "role": role.value}


def _limits(old: Side, new: Side) -> Iterator[Change]:
    """Limits of one kind are held against each other: the same, moved, else added or removed.

    What the office set where the document named nothing stays, unless the amended document names something.
    """
    for kind in dict.fromkeys(limit.kind for limit in (*old.limits, *new.limits)):
        before = [limit for limit in old.limits if limit.kind == kind]
        after = [limit for limit in new.limits if limit.kind == kind]
        for limit in list(before):
            same = next((one for one in after if one.counted == limit.counted), None)
            if same is not None:
                before.remove(limit)
                after.remove(same)
        for left, right in _nearest(before, after):
            before.remove(left)
            after.remove(right)
            yield _limit_change(ChangeKind.LIMIT_MOVED, old, new, left, right)
        for right in after:
            if not right.by_office:
                yield _limit_change(ChangeKind.LIMIT_ADDED, old, new, None, right)
        for left in before:
            if not left.by_office:
                yield _limit_change(ChangeKind.LIMIT_REMOVED, old, new, left, None)


def _limit_change(
    kind: ChangeKind, old: Side, new: Side, left: LimitSide | None, right: LimitSide | None
) -> Change:
    about = str(left.id) if left is not None else _digest(right)
    return Change(
        f"{kind.value.replace('_', '-')}:{old.id}:{about}", kind, old.id, new.id,
        left.told() if left else None, right.told() if right else None,
    )  # fmt: skip


def _digest(limit: LimitSide | None) -> str:
    told = json.dumps([limit and limit.kind, limit and limit.counted], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _nearest(before: Sequence[LimitSide], after: Sequence[LimitSide]) -> list[tuple[LimitSide, LimitSide]]:
    """One against one belong together; of several, those whose words (figures aside) are most alike."""
    if len(before) == len(after) == 1:
        return [(before[0], after[0])]
    scored = sorted(
        (
            (_ratio(_words(left), _words(right)), -i, -j)
            for i, left in enumerate(before)
            for j, right in enumerate(after)
        ),
        reverse=True,
    )
    found: dict[int, int] = {}
    for ratio, i, j in scored:
        if ratio >= 0.6 and -i not in found and -j not in found.values():
            found[-i] = -j
    return [(before[i], after[j]) for i, j in found.items()]


def _words(limit: LimitSide) -> str:
    return re.sub(r"[\d一二三四五六七八九十]+", "", str(limit.basis.get("text", "")) or limit.title)[:TITLE]


# Matching of tasks.


def _namesakes(old: Sequence[Side], new: Sequence[Side]) -> Iterator[tuple[Side, Side]]:
    """Tasks of one title; of several, first those of one section, then in the order of their numbers."""
    by_title: dict[str, list[Side]] = defaultdict(list)
    for side in old:
        by_title[_level(side.title)].append(side)
    again: dict[str, list[Side]] = defaultdict(list)
    for side in new:
        again[_level(side.title)].append(side)
    for title, rights in again.items():
        lefts = by_title.get(title, [])
        if not title or not lefts:
            continue
        for section in (True, False):
            for right in list(rights):
                same = [
                    left for left in lefts if not section or _level(left.section) == _level(right.section)
                ]
                if same:
                    lefts.remove(same[0])
                    rights.remove(right)
                    yield same[0], right


def _similar(old: Sequence[Side], new: Sequence[Side]) -> list[tuple[float, Side, Side]]:
    """Pairs whose wording is alike, the most similar first. A task is held only against the few old ones that share
    the most pairs of characters with it."""
    holders: dict[str, list[int]] = defaultdict(list)
    for index, side in enumerate(old):
        for gram in _grams(side):
            holders[gram].append(index)
    places: dict[tuple[str, int], list[int]] = defaultdict(list)
    for index, side in enumerate(old):
        places[_place(side)].append(index)
    common = max(8, len(old) // 5)  # 工作, 落实… stand in every task and tell nothing
    found: list[tuple[float, int, int]] = []
    for place, right in enumerate(new):
        shared: Counter[int] = Counter()
        for gram in _grams(right):
            if len(holders.get(gram, ())) <= common:
                shared.update(holders[gram])
        near = [index for index, _ in shared.most_common(CANDIDATES)]
        for index in dict.fromkeys([*near, *places.get(_place(right), ())]):
            left = old[index]
            ratio = max(_titles(left, right), _ratio(_body(left), _body(right)))
            if _place(left) == _place(right):
                ratio += SAME_PLACE
            if ratio >= ALIKE:
                found.append((ratio, index, place))
    found.sort(key=lambda entry: (-entry[0], entry[1], entry[2]))
    return [(ratio, old[index], new[place]) for ratio, index, place in found]


def _grams(side: Side) -> set[str]:
    text = _body(side)
    return {text[i : i + 2] for i in range(len(text) - 1)}


def _body(side: Side) -> str:
    return _core(side.title)[:TITLE] + _core(side.text)[:TEXT]


def _titles(left: Side, right: Side) -> float:
    return _ratio(_core(left.title)[:TITLE], _core(right.title)[:TITLE])


def _ratio(left: str, right: str) -> float:
    if not left or not right:
        return 0.0
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= ALIKE - SAME_PLACE else 0.0


def _place(side: Side) -> tuple[str, int]:
    return _level(side.section), side.number


#: What tasks have in common whatever they are about: dates, and who is responsible.
_COMMON = re.compile(
    r"(?:\d{1,4}[年月日])+(?:底|末)?(?:以?前)?(?:完成)?"
    r"|[(（](?:牵头|责任|配合|主办|协办)[^()（）]{0,300}[)）]|(?:牵头|责任|配合|督导)单位[:：]?"
)


def _core(text: str) -> str:
    """What the text is about, for comparing."""
    return _level(_COMMON.sub("", text[: 2 * (TITLE + TEXT)]))


_MARKS = re.compile(r"[\W_]+")


#: A task's number at the head of its text: 3. （三） 3、 moves with every task that is put before it.
_NUMBER = re.compile(
    r"\s*(?:[(（]\s*[\d一二三四五六七八九十百]{1,5}\s*[)）]|[\d一二三四五六七八九十百]{1,5}\s*[.．、,，](?!\d))"
)


def _worded(text: str) -> str:
    return _level(_NUMBER.sub("", text, count=1) if _NUMBER.match(text) else text)


def _level(text: str) -> str:
    """The text without what editions differ in: blanks, punctuation, width."""
    return _MARKS.sub("", text)


# Which plan a new one amends.

_YEAR = re.compile(r"20\d\d")
_EDITION = re.compile(
    r"[(（〔\[]?(?:修订|修正|调整|征求意见|送审|试行)(?:稿|版|案)?[)）〕\]]?|(?:关于)?(?:修订|调整)印发|修订后的"
)


def likeness(
    title: str, number: str | None, issuer: str | None, *, of: tuple[str, str | None, str | None]
) -> float:
    """How likely a document is an amended version of another (title, 文号, issuer): 0 to 1; offer from 0.75."""
    other_title, other_number, other_issuer = of
    if number and other_number and _level(number) == _level(other_number):
        return 1.0
    years, other_years = (set(_YEAR.findall(text)) for text in (title, other_title))
    if years and other_years and years.isdisjoint(other_years):
        return 0.0  # next year's plan is a plan of its own
    ratio = _ratio(*(_level(_EDITION.sub("", text))[: 2 * TITLE] for text in (title, other_title)))
    if issuer and other_issuer and _level(issuer) != _level(other_issuer):
        return ratio - 0.15
    return ratio


OFFER_FROM = 0.75
