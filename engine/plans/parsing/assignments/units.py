"""Lists of units: where one ends and the next begins.

Only the grammar of unit names is known (unit_names), never a name: any city's units are read alike. Group
expressions (各县(市、区)人民政府, 市有关单位) stay one token.
"""

import re
from dataclasses import dataclass

from ..draft import UnitName
from ..source import Span
from .completion import complete
from .unit_names import LEVELS, NO_LEVEL, OWN_LEVEL, looks_like_unit

#: 各县(市、区): the bracket belongs to the level; its close may be lost.
_LEVEL_BRACKET = re.compile(
    r"[(〔\[][市县区旗州镇乡场盟街道园、,/ ]{1,12}[)〕\]]|"
    r"(?<=[县市区旗州])[(〔\[][市县区旗州](?:、[市县区旗州]){1,3}(?=[^、])"
)
_HARD = "、,;。/|"
#: A unit's ending directly followed by a level prefix: a separator was lost between them.
_NEXT = r"团[省市县区州旗]委|各(?:省|市|县|区|州|旗|盟|镇|乡|街道|地|开发区|园区|功能区|有关|相关)"
_RUN_TOGETHER = re.compile(
    rf"(?:(?<=[局委办厅院府会队所室行处部站联馆协台署])|(?<=中心)|(?<=公司)|(?<=集团))(?=(?!{NO_LEVEL})(?:[{LEVELS}]|{_NEXT}))|"
    rf"(?<=[社校厂店园])(?=(?!{NO_LEVEL})(?:[省市县州]|{_NEXT}))"
)
_LOCAL_BRANCH = re.compile(r"[市县区州省](?:中心)?(?:支行|分行|分局|支局|调查队|分公司|公司|办事处)")
_LOCAL_TAXES = re.compile(r"[省市县区州][\u4e00-\u9fff]{0,6}税务局")
_NATIONAL = re.compile(r"国家|中国|人民银行|人行|国网|银保监|建行|工行|农行|中行|邮政|海关")
_JOINT_OFFICE = re.compile(r"([省市县区州旗镇乡])政府.")
_CONJUNCTION = re.compile(r"以及|[和及与]")
_BARE_RIGHT = re.compile(r"(?:政府|人民政府|单位|部门|机构|企业|个人|街道|乡镇|社会组织|团体|其).{0,4}")
_LEADING = re.compile(r"(?:由|以及|及|和|与|[ \n\"”:)〕】\]])+")
_TRAILING = re.compile(
    r"(?:[ \n。.;:,、]|下同|等(?: ?\d{1,3} ?[个家])?"
    r"(?:有关|相关|各|直属|成员|责任|职能|主管|[省市州县区]直)*(?:部门|单位|机构)*(?:和单位)?|等)+$"
)
_LEVEL_CLASS = "街道|乡镇|镇街|[省市县区州旗盟镇乡]"
_BARE_LEVELS = re.compile(r"[省市县区州](?:级|直)?")
#: 各县(市)、区政府 and 各镇人民政府、街道办事处 are one group: what follows has no 各 and no name of its own.
_OPEN_GROUP = re.compile(
    rf"各(?:{_LEVEL_CLASS}){{1,3}}(?:[(〔][^()〔〕]{{1,12}}[)〕]?)?(?:、(?:{_LEVEL_CLASS}){{1,2}})*"
)
_GROUP_TAIL = re.compile(
    rf"(?:县级市|{_LEVEL_CLASS}|办事处|园区|开发区|高新区|功能区|管委会|社区|村)(?:[(〔][^()〔〕]{{1,12}}[)〕]?)?(?:市|区|县)?"
    r"(?:(?:党委|人民政府|政府|办事处|管委会|街道办|委|局)[和、]?)*"
)
_GROUP_ORGAN = re.compile(
    rf"各(?:{_LEVEL_CLASS}){{1,3}}(?:[(〔][^()〔〕]{{1,12}}[)〕]?)?(?:党委|党工委|人民政府|政府)"
)
_OTHER_ORGAN = re.compile(r"(?:人民)?政府|党委")
_PLACE_PREFIX = re.compile(r"(?![省市县区州旗])[\u4e00-\u9fff]{2,3}[省市县区州旗]")
#: Longer pieces are running text, never a name.
MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class UnitList:
    """The units of one list, in order, with the places that had to be repaired."""

    units: tuple[UnitName, ...]
    run_together: tuple[Span, ...] = ()
    cut_by_line: tuple[Span, ...] = ()
    unclosed: tuple[Span, ...] = ()


def read_units(folded: str, source: str, start: int, end: int, prefix: str = "") -> UnitList:
    """Read `folded[start:end]` as a list of units; names are cut from `source`, which has the same offsets.

    `prefix` is the level that the list before it had (牵头单位:市发改委;责任单位:财政局).
    """
    run_together: list[Span] = []
    cut: list[Span] = []
    unclosed: list[Span] = []
    pieces: list[tuple[int, int]] = []
    for piece in _merge_groups(folded, _cut_at_separators(folded, start, end)):
        for joined in _cut_at_conjunctions(folded, *piece):
            parts = _cut_run_together(folded, *joined)
            if len(parts) > 1:
                run_together.append(Span(parts[0][0], parts[-1][1]))
            pieces.extend(parts)
    written: list[str] = []
    for at, stop in pieces:
        name = "".join(
            c for c, seen in zip(source[at:stop], folded[at:stop], strict=True) if seen not in " \n"
        )
        if "\n" in folded[at:stop]:
            cut.append(Span(at, stop))
        if any(m[0][-1] not in ")〕]" for m in _LEVEL_BRACKET.finditer(folded, at, stop)):
            unclosed.append(Span(at, stop))
        written.append(name)
    names = complete(written, prefix)
    units = tuple(
        UnitName(text=n, written=w, span=Span(*p)) for n, w, p in zip(names, written, pieces, strict=True)
    )
    return UnitList(units, tuple(run_together), tuple(cut), tuple(unclosed))


def trim(folded: str, start: int, end: int) -> tuple[int, int]:
    """Cut 由, 等部门, blanks and brackets without a partner from both ends."""
    if end - start > 2 * MAX_NAME:
        return start, end
    while start < end:
        if match := _LEADING.match(folded, start, end):
            start = match.end()
            continue
        if match := _TRAILING.search(folded, max(start, end - 40), end):
            end = match.start()
            continue
        piece = folded[start:end]
        if (piece[-1] in ")〕】]" and not any(c in piece for c in "(〔【[")) or piece[-1] in "(〔【[":
            end -= 1
            continue
        if piece[0] in "(〔【[" and piece[-1] not in ")〕】]":
            start += 1
            continue
        break
    return start, end


def _cut_at_separators(
    folded: str, start: int, end: int, *, heed_brackets: bool = True
) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    depth, at, piece = 0, start, start
    while at < end:
        char = folded[at]
        if match := _LEVEL_BRACKET.match(folded, at, end) if char in "(〔[" else None:
            at = match.end()
            continue
        if char in "(〔[【":
            depth += 1
        elif char in ")〕]】":
            depth = max(0, depth - 1)
        elif (depth == 0 or not heed_brackets) and (
            char in _HARD or (char in " \n" and _parts_here(folded, piece, at, end))
        ):
            pieces.append((piece, at))
            piece = at + 1
        at += 1
    if depth and heed_brackets:
        return _cut_at_separators(folded, start, end, heed_brackets=False)
    pieces.append((piece, end))
    trimmed = (trim(folded, *p) for p in pieces)
    return [p for p in trimmed if 0 < p[1] - p[0] <= MAX_NAME]


def _parts_here(folded: str, piece: int, at: int, end: int) -> bool:
    """Whether a blank parts two units rather than being a gap inside a name."""
    left = folded[max(piece, at - 40) : at].strip(" \n")
    right = folded[at : at + 12].lstrip(" \n")
    return (
        bool(left)
        and len(left) > 2
        and looks_like_unit(left)
        and bool(
            OWN_LEVEL.match(right)
            or looks_like_unit(re.split(r"[、,;。 \n]", folded[at : min(end, at + 40)].strip(" \n"))[0])
        )
    )


def _merge_groups(folded: str, pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Put 省、市有关部门 and 各区、县(市)人民政府 together again."""
    merged: list[tuple[int, int]] = []
    for start, end in pieces:
        if merged and folded[merged[-1][1] : start].strip(" \n") == "、":
            left = folded[merged[-1][0] : merged[-1][1]]
            right = folded[start:end]
            lone = _BARE_LEVELS.fullmatch(left) and right[0] in LEVELS
            group = (
                _OPEN_GROUP.fullmatch(left)
                and _GROUP_TAIL.fullmatch(right)
                and not (left[1] in "街乡镇" and right[0] in "省市州县区")
            )
            organs = _GROUP_ORGAN.fullmatch(left) and _OTHER_ORGAN.fullmatch(right)
            if lone or group or organs:
                merged[-1] = (merged[-1][0], end)
                continue
        merged.append((start, end))
    return merged


def _cut_at_conjunctions(folded: str, start: int, end: int) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    for match in _CONJUNCTION.finditer(folded, start + 2, end):
        left, right = trim(folded, start, match.start()), trim(folded, match.end(), end)
        left_text, right_text = folded[slice(*left)], folded[slice(*right)]
        inside = left_text.count("(") + left_text.count("〔") > left_text.count(")") + left_text.count("〕")
        strict = match[0] in "与及" and match[0] != "以及"
        if (
            inside
            or not looks_like_unit(left_text)
            or not looks_like_unit(right_text)
            or (len(left_text) < 3 and not OWN_LEVEL.match(right_text))
            or _BARE_RIGHT.fullmatch(right_text)
            or left_text[-1] in "区县市镇乡村"
        ):
            continue
        if strict and not OWN_LEVEL.match(right_text):
            continue
        pieces.append(left)
        start = right[0]
    pieces.append(trim(folded, start, end))
    return [p for p in pieces if p[0] < p[1]]


def _cut_run_together(folded: str, start: int, end: int) -> list[tuple[int, int]]:
    parts: list[tuple[int, int]] = []
    cuts = [m.start() for m in _RUN_TOGETHER.finditer(folded, start, end)]
    if place := _PLACE_PREFIX.match(folded, start, end):
        again = re.compile(f"(?<=[局委办厅院府会队所室处部站联心]){re.escape(place[0])}")
        cuts = sorted({*cuts, *(m.start() for m in again.finditer(folded, start + 1, end))})
    for at in cuts:
        left, right = folded[start:at], folded[at:end]
        if len(left) < 2 or len(right) < 2 or _opens(left):
            continue
        if _NATIONAL.match(left) and (
            _LOCAL_BRANCH.match(right) or (left.endswith("总局") and _LOCAL_TAXES.match(right))
        ):
            continue
        if (joint := _JOINT_OFFICE.match(right)) and left.endswith(joint[1] + "委") and len(left) <= 5:
            continue
        parts.append((start, at))
        start = at
    return [*parts, (start, end)]


def _opens(text: str) -> bool:
    return text.count("(") > text.count(")") or text.count("〔") > text.count("〕")
