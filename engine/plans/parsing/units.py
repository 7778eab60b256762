"""Lists of units: where one ends and the next begins, and what was left out of a name.

Only the grammar of unit names is known (their endings and level prefixes), never a name: any city's units
are read alike. Group expressions (各县(市、区)人民政府, 市有关单位) stay one token.
"""

import re
from dataclasses import dataclass

from .draft import UnitName
from .source import Span

_LEVEL = "省市县区州旗盟镇乡"
#: 市场…, 区域…, 乡村…: a level character that begins another word.
_NO_LEVEL = "市场|市容|市民(?=中心|服务|热线|广场|之家)|区域|区块|县域|乡村|州际|省际"
_END = (
    "管委会|委员会|办公室|办事处|检察院|法院|中心|公司|集团|政府|党组|专班|小组|学校|学院|大学|医院|银行|部门|单位|机关|机构|"
    "组织|企业|协会|街道|社区|园区|"
    "报社|供销社|合作社|联社|工会|妇联|各地|"
    "[局委办厅院府会队所室行处部站馆联协台组校军网科股村镇乡区县市州旗盟园场段厂]"
)
_ENDS_LIKE_UNIT = re.compile(f"(?:{_END})(?:\\([^()]{{1,30}}\\)|〔[^〔〕]{{1,30}}〕)?$")
_NAME_CHARS = re.compile(r"[\u3400-\u9fffA-Za-z0-9()〔〕、,·“”\"\-+ \n]+")

#: 各县(市、区): the bracket belongs to the level; its close may be lost.
_LEVEL_BRACKET = re.compile(
    r"[(〔\[][市县区旗州镇乡场盟街道园、,/ ]{1,12}[)〕\]]|"
    r"(?<=[县市区旗州])[(〔\[][市县区旗州](?:、[市县区旗州]){1,3}(?=[^、])"
)
_HARD = "、,;。/|"

#: A unit's ending directly followed by a level prefix: a separator was lost between them.
_NEXT = r"团[省市县区州旗]委|各(?:省|市|县|区|州|旗|盟|镇|乡|街道|地|开发区|园区|功能区|有关|相关)"
_RUN_TOGETHER = re.compile(
    rf"(?:(?<=[局委办厅院府会队所室行处部站联馆协台署])|(?<=中心)|(?<=公司)|(?<=集团))(?=(?!{_NO_LEVEL})(?:[{_LEVEL}]|{_NEXT}))|"
    rf"(?<=[社校厂店园])(?=(?!{_NO_LEVEL})(?:[省市县州]|{_NEXT}))"
)
_LOCAL_BRANCH = re.compile(r"[市县区州省](?:中心)?(?:支行|分行|分局|支局|调查队|分公司|公司|办事处)")
_NATIONAL = re.compile(r"国家|中国|人民银行|人行|国网|银保监|建行|工行|农行|中行|邮政|海关")
_JOINT_OFFICE = re.compile(r"([省市县区州旗镇乡])政府.")
_CONJUNCTION = re.compile(r"以及|[和及与]")
_BARE_RIGHT = re.compile(r"(?:政府|人民政府|单位|部门|机构|企业|个人|街道|乡镇|社会组织|团体|其).{0,4}")

_LEADING = re.compile(r"(?:由|以及|及|和|与|[ \n\"”:)〕】\]])+")
_TRAILING = re.compile(
    r"(?:[ \n。.;:,、]|等(?:有关|相关|各|直属|成员|责任|职能|市直|县直|区直)*(?:部门|单位|机构)*(?:和单位)?|等)+$"
)

_BARE_LEVELS = re.compile(r"[省市县区州](?:级|直)?")
_OPEN_GROUP = re.compile(rf"各[{_LEVEL}](?:区|市)?(?:[(〔][^()〔〕]{{1,12}}[)〕]?)?")
_GROUP_TAIL = re.compile(
    r"(?:县|市|区|旗|镇|乡|街道|办事处|园区|开发区|高新区|功能区|管委会|社区|村)(?:[(〔][^()〔〕]{1,12}[)〕]?)?(?:市|区|县)?"
    r"(?:(?:党委|人民政府|政府|办事处|管委会|街道办|委|局)[和、]?)*"
)

_PREFIX = re.compile(
    rf"(?!{_NO_LEVEL}|市政府各|各)((?:(?![省市县区州旗])[\u4e00-\u9fff]{{2,3}}(?=[省市县区州旗]))?[省市县区州旗])(?=[\u4e00-\u9fff]{{2,}})"
)
_OWN_LEVEL = re.compile(
    rf"(?!{_NO_LEVEL})[{_LEVEL}]|各|有关|相关|其他|团[省市县区州旗委]|共青|中国|中央|中共|国家|国网|国务院|全[省市县区州]|驻|人行|人民银行|垂直|属地|所有|涉及|党委|党政"
)
_BARE_OFFICE = re.compile(
    r"[\u4e00-\u9fff、]{1,14}?(?:局|委|办|厅|中心|处|室|支队|大队|联|总工会|部|站)$|(?:中级)?(?:人民)?(?:法院|检察院)$"
)
_PLACE_INSIDE = re.compile(
    r"(?<!城)[省市县区州旗镇乡](?!场|民|容|域|块|村|划|志)|街道|公司|银行|集团|大学|学院"
)
_PLACE = re.compile(r"(?!各)[\u4e00-\u9fff]{2,9}?(区|县|市|镇|乡|街道)")
_PLACE_SUFFIX = re.compile(
    r"[\u4e00-\u9fff]{2,9}?(区|县|市|镇|乡|街道)(管委会|管理委员会|人民政府|政府|办事处|党工委)"
)
_PLACE_PREFIX = re.compile(r"(?![省市县区州旗])[\u4e00-\u9fff]{2,3}[省市县区州旗]")
_STEM = re.compile(r"(?:[省市县区州])?[\u4e00-\u9fff]{2,8}")

#: Longer pieces are running text, never a name.
MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class UnitList:
    """The units of one list, in order, with the places that had to be repaired."""

    units: tuple[UnitName, ...]
    run_together: tuple[Span, ...] = ()
    cut_by_line: tuple[Span, ...] = ()
    unclosed: tuple[Span, ...] = ()


def looks_like_unit(name: str) -> bool:
    """Whether `name` has the shape of one unit or group: length, characters and ending."""
    return 2 <= len(name) <= 40 and bool(_NAME_CHARS.fullmatch(name)) and bool(_ENDS_LIKE_UNIT.search(name))


def is_group(name: str) -> bool:
    """Whether `name` stands for several units that a person must expand (各县(市、区)人民政府, 市有关单位)."""
    return bool(
        re.search(r"各|有关|相关|所有|其他|[市县区省州]直(?:部门|单位)|成员单位|(?:单位|部门)$", name)
    )


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


def read_units(folded: str, source: str, start: int, end: int) -> UnitList:
    """Read `folded[start:end]` as a list of units; names are cut from `source`, which has the same offsets."""
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
        name = source[at:stop]
        if "\n" in folded[at:stop]:
            cut.append(Span(at, stop))
        if any(m[0][-1] not in ")〕]" for m in _LEVEL_BRACKET.finditer(folded, at, stop)):
            unclosed.append(Span(at, stop))
        written.append(re.sub(r"\s+", "", name))
    names = _complete(written)
    units = tuple(
        UnitName(text=n, written=w, span=Span(*p)) for n, w, p in zip(names, written, pieces, strict=True)
    )
    return UnitList(units, tuple(run_together), tuple(cut), tuple(unclosed))


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
            _OWN_LEVEL.match(right)
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
            lone = _BARE_LEVELS.fullmatch(left) and right[0] in _LEVEL
            group = _OPEN_GROUP.fullmatch(left) and _GROUP_TAIL.fullmatch(right)
            if lone or group:
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
            or (len(left_text) < 3 and not _OWN_LEVEL.match(right_text))
            or _BARE_RIGHT.fullmatch(right_text)
            or left_text[-1] in "区县市镇乡村"
        ):
            continue
        if strict and not _OWN_LEVEL.match(right_text):
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
        if _NATIONAL.match(left) and _LOCAL_BRANCH.match(right):
            continue
        if (joint := _JOINT_OFFICE.match(right)) and left.endswith(joint[1] + "委") and len(left) <= 5:
            continue
        parts.append((start, at))
        start = at
    return [*parts, (start, end)]


def _opens(text: str) -> bool:
    return text.count("(") > text.count(")") or text.count("〔") > text.count("〕")


def _complete(names: list[str]) -> list[str]:
    """Restore what a list names only once: 市发改委、国土局 and 甲区、乙区管委会."""
    completed = list(names)
    suffix, kind = "", ""
    for i in range(len(names) - 1, -1, -1):
        if match := _PLACE_SUFFIX.fullmatch(names[i]):
            kind, suffix = match[1], match[2]
        elif (
            suffix and (match := _PLACE.fullmatch(names[i])) and (match[1] == kind or suffix.endswith("政府"))
        ):
            completed[i] = names[i] + suffix
        else:
            suffix = ""
            if (
                i + 1 < len(names)
                and not _OWN_LEVEL.match(names[i + 1])
                and _STEM.fullmatch(names[i])
                and not _ENDS_LIKE_UNIT.search(names[i])
                and (ending := re.search("[局委办]$", completed[i + 1]))
            ):
                completed[i] = names[i] + ending[0]
    prefix = _PREFIX.match(completed[0]) if completed and _BARE_OFFICE.search(completed[0]) else None
    if prefix:
        for i in range(1, len(completed)):
            name = completed[i]
            if (
                _BARE_OFFICE.fullmatch(name)
                and not _OWN_LEVEL.match(name)
                and not _PLACE_INSIDE.search(name[1:-1])
            ):
                completed[i] = prefix[1] + name
    return completed
