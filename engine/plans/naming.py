"""What a written name may mean in the directory: units with a name like it, and what a group expression asks for. Pure.

These are offers for a person; what settles a name by itself stands in engine/organisation/matching.py.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from engine.organisation.models import UnitKind, UnitLevel


@dataclass(frozen=True)
class GroupShape:
    """What a group expression asks of the tree: a level (None: the office's own) and how the names end, ""
    for the governments themselves. ``chosen``: whether all that fit are ticked from the start."""

    level: UnitLevel | None
    ending: str
    chosen: bool


_GROUP_LEVELS = (
    (UnitLevel.TOWNSHIP, re.compile(r"各(?:有关|相关)?(?:镇|乡|街道)")),
    (
        UnitLevel.COUNTY,
        re.compile(r"各(?:有关|相关)?(?:县|区|旗|市[(（〔\[]?[、,，]?[县区]|开发区|园区|功能区|新区)"),
    ),
)
_GROUP_ENDING = re.compile(r"[\u4e00-\u9fff]{2,8}(?:局|委|办|办公室|院|中心|厅|联|法院|检察院)$")
_VAGUE = re.compile("有关|相关|其他|责任单位")
_PLACE_MARKS = re.compile(r"各|有关|相关|[县市区旗镇乡]|街道|[()（）〔〕\[\]、,，]")


def is_vague(written: str) -> bool:
    """Whether the words leave the choice to each task (市有关单位), unlike 各县（市、区）人民政府."""
    return bool(_VAGUE.search(written))


def group_shape(written: str) -> GroupShape:
    """各县（市、区）人民政府: county governments; 各县（市、区）司法局: bureaus; 市有关单位: departments."""
    level = next((level for level, pattern in _GROUP_LEVELS if pattern.search(written)), None)
    if level is None:
        return GroupShape(None, "", chosen=False)
    chosen = not is_vague(written)
    tail = _PLACE_MARKS.sub("", re.sub(r"^.*?各", "", written))
    for ending in ("管委会", "政府"):
        if ending in written:
            return GroupShape(level, ending, chosen)
    return GroupShape(level, tail if _GROUP_ENDING.search(tail) else "", chosen)


def fits(shape: GroupShape, *, level: str, kind: str, name: str, near_level: str) -> bool:
    """Whether the group expression may mean the unit; ``near_level`` is the office's own level."""
    if shape.level is None:
        return level == near_level and kind != UnitKind.GOVERNMENT
    return level == shape.level and (
        name.endswith(shape.ending) if shape.ending else kind == UnitKind.GOVERNMENT
    )


#: What many names begin or end with.
_COMMON = re.compile(r"^[省市县区]|(?:局|委|办|办公室|委员会|人民政府|政府|中心)$")
#: Longer than any unit's name: nothing is like it.
_LONGEST_NAME = 60


def similar(written: str, names: Mapping[int, Collection[str]], limit: int = 3) -> list[int]:
    """Ids of the units whose names look most like the written one: to be shown, never applied."""
    if len(written) > _LONGEST_NAME:
        return []
    core = _COMMON.sub("", written) or written
    letters = set(core)
    # It remembers what it counted of the second text.
    matcher = SequenceMatcher(None, b=written, autojunk=False)
    scored: list[tuple[float, int]] = []
    for unit_id, known in names.items():
        best = 0.0
        for name in known:
            if letters.isdisjoint(name):
                continue
            more = (0.2 if name.startswith(written) else 0.0) + (0.2 if core in name else 0.0)
            matcher.set_seq1(name)
            if matcher.real_quick_ratio() > 0.5 and matcher.quick_ratio() + more >= max(best, 0.6):
                best = max(best, matcher.ratio() + more)
        if best >= 0.6:
            scored.append((best, unit_id))
    return [unit_id for _, unit_id in sorted(scored, key=lambda pair: (-pair[0], pair[1]))[:limit]]
