"""Which units or groups a written name may mean. Proposals only: a person confirms each.

Matching is exact after widths, blanks and brackets are levelled: by name, short name, alias, and by the ways
in which officials leave out or put in the name of the place (市司法局 for 云川市司法局). Nothing is fuzzy.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.organisation.models import Unit, UnitAlias, UnitGroup, UnitKind, UnitLevel


class How(StrEnum):
    """Why a proposal is made, the surest first."""

    NAME = "name"
    SHORT_NAME = "short_name"
    ALIAS = "alias"
    GROUP = "group"
    LEVEL = "level"  #: the place was left out, or put in


@dataclass(frozen=True)
class Proposal:
    """A unit or a group (exactly one id is set) that the written name may mean."""

    how: How
    name: str
    unit_id: int | None = None
    group_id: int | None = None


@dataclass(frozen=True)
class _Known:
    """What matching needs of a unit."""

    id: int
    name: str
    short_name: str
    level: UnitLevel
    path: str
    places: tuple[str, ...]  #: names of the places it lies in, the nearest first


_NOISE = re.compile(r"[\s()\[\]<>。\"'“”‘’《》〈〉,.、;:·]+")
_PLACE = re.compile(
    r"^(.{1,12}?(?:省|自治区|市|自治州|地区|县|区|旗|镇|乡|街道))(?:人民政府|政府|委员会|管委会|管理委员会|办事处)?$"
)
#: The word that stands for the place when its name is left out.
_LEVEL_WORDS = {
    UnitLevel.PROVINCE: ("省", "自治区"),
    UnitLevel.CITY: ("市", "州"),
    UnitLevel.COUNTY: ("县", "区", "市"),
    UnitLevel.TOWNSHIP: ("镇", "乡", "街道"),
}


def normalise(written: str) -> str:
    """Levelled for comparison: full and half width alike, without blanks, brackets and marks."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", written))


class Directory:
    """All units, aliases and groups of a day, indexed by every way of writing them."""

    def __init__(
        self,
        units: Iterable[Unit],
        aliases: Iterable[tuple[int, str]] = (),
        groups: Iterable[UnitGroup] = (),
    ) -> None:
        self._index: dict[str, list[Proposal]] = defaultdict(list)
        self._paths: dict[int, str] = {}
        known = _with_places(list(units))
        other_names: dict[int, list[str]] = defaultdict(list)
        for unit_id, alias in aliases:
            other_names[unit_id].append(alias)
        for unit in known:
            self._paths[unit.id] = unit.path
            self._add(unit.name, Proposal(How.NAME, unit.name, unit_id=unit.id))
            self._add(unit.short_name, Proposal(How.SHORT_NAME, unit.name, unit_id=unit.id))
            for alias in other_names[unit.id]:
                self._add(alias, Proposal(How.ALIAS, unit.name, unit_id=unit.id))
            for name in (unit.name, unit.short_name, *other_names[unit.id]):
                for variant in _variants(normalise(name), unit):
                    self._add(variant, Proposal(How.LEVEL, unit.name, unit_id=unit.id))
        for group in groups:
            self._add(group.name, Proposal(How.GROUP, group.name, group_id=group.id))

    def propose(self, written: str, *, near_unit_id: int | None = None) -> list[Proposal]:
        """What the written name may mean, the surest first; each unit once; empty where nothing fits exactly.

        ``near_unit_id``: of equally sure units, those in the same branch of the tree come first, because a
        county's plan means the county's bureau.
        """
        near = self._paths.get(near_unit_id or 0, "")
        best: dict[tuple[int | None, int | None], Proposal] = {}
        for proposal in self._index.get(normalise(written), ()):
            key = (proposal.unit_id, proposal.group_id)
            if key not in best or _rank(proposal) < _rank(best[key]):
                best[key] = proposal
        return sorted(best.values(), key=lambda p: (_rank(p), -self._shared(near, p), p.name))

    def _add(self, written: str, proposal: Proposal) -> None:
        if key := normalise(written):
            self._index[key].append(proposal)

    def _shared(self, near: str, proposal: Proposal) -> int:
        """How many ancestors the unit shares with the path."""
        path = self._paths.get(proposal.unit_id or 0, "")
        shared = 0
        for ours, theirs in zip(near.split("/")[1:-1], path.split("/")[1:-1], strict=False):
            if ours != theirs:
                break
            shared += 1
        return shared


def load(session: Session, on: date) -> Directory:
    """The directory of the units that exist on the day: a few thousand rows, loaded once per document."""
    units = session.scalars(
        select(Unit).where(
            Unit.effective_from <= on, or_(Unit.effective_to.is_(None), Unit.effective_to > on)
        )
    ).all()
    aliases = [
        (unit_id, alias) for unit_id, alias in session.execute(select(UnitAlias.unit_id, UnitAlias.alias))
    ]
    present = {unit.id for unit in units}
    groups = session.scalars(select(UnitGroup)).all()
    return Directory(units, [pair for pair in aliases if pair[0] in present], groups)


def _rank(proposal: Proposal) -> int:
    return list(How).index(proposal.how)


def _with_places(units: list[Unit]) -> list[_Known]:
    place_of = {unit.id: _place(unit) for unit in units}
    return [
        _Known(
            id=unit.id,
            name=unit.name,
            short_name=unit.short_name,
            level=UnitLevel(unit.level),
            path=unit.path,
            places=tuple(
                place
                for id in reversed([int(part) for part in unit.path.split("/") if part])
                if (place := place_of.get(id))
            ),
        )
        for unit in units
    ]


def _place(unit: Unit) -> str | None:
    """赣江市 for 赣江市人民政府; only governments name a place."""
    found = _PLACE.fullmatch(normalise(unit.name)) if unit.kind == UnitKind.GOVERNMENT else None
    return found.group(1) if found else None


def _variants(name: str, unit: _Known) -> set[str]:
    """赣江市司法局 → 市司法局, 司法局; 市司法局 → 赣江市司法局, 司法局; 司法局 → 市司法局, 赣江市司法局."""
    words = _LEVEL_WORDS[unit.level]
    place = next((place for place in unit.places if place.endswith(words)), None)
    word = next((w for w in words if place and place.endswith(w)), words[0])
    if place and name.startswith(place):
        bare = name[len(place) :]
    elif name.startswith(word) and len(name) > len(word) + 1:
        bare = name[len(word) :]
    else:
        bare = name
    if len(bare) < 2:
        return set()
    forms = {bare, word + bare}
    if place:
        forms.add(place + bare)
    return forms - {name}
