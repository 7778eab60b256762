"""Lists of units: where one ends and the next begins, and what was left out of a name.

Only the grammar of unit names is known (their endings and level prefixes), never a name: any city's units
are read alike. Group expressions (各县(市、区)人民政府, 市有关单位) stay one token.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..draft import UnitName
from ..source import Span

_LEVEL = "省市县区州旗盟镇乡"
#: 市场…, 区域…, 乡村…: a level character that begins another word.
_NO_LEVEL = "市场|市容|市民(?=中心|服务|热线|广场|之家)|区域|区块|县域|乡村|州际|省际"
_END = (
    "管委会|委员会|办公室|办事处|检察院|法院|中心|公司|集团|政府|党组|专班|小组|学校|学院|大学|医院|银行|中支|部门|单位|机关|机构|"
    "(?:[党会团众层治济业愿解级关外]|自律)组织|企业|协会|镇街|街道|社区|园区|"
    "报社|供销社|合作社|联社|工会|妇联|海关|各地|"
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
_LOCAL_TAXES = re.compile(r"[省市县区州][\u4e00-\u9fff]{0,6}税务局")
_NATIONAL = re.compile(r"国家|中国|人民银行|人行|国网|银保监|建行|工行|农行|中行|邮政|海关")
_JOINT_OFFICE = re.compile(r"([省市县区州旗镇乡])政府.")
#: Branches bear the name of their place, which may stand in front (东山公安分局): no level is put before them.
_BRANCH = re.compile("(?:分局|支局|支行|分行|分公司)$")
_DATED = re.compile(r"\d{1,4} ?[年月日]")
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

_PREFIX = re.compile(
    rf"(?!{_NO_LEVEL}|市政府各|各)((?:(?![省市县区州旗])[\u4e00-\u9fff]{{2,3}}(?=[省市县区州旗]))?[省市县区州旗])(?=[\u4e00-\u9fff]{{2,}})"
)
_OWN_LEVEL = re.compile(
    rf"(?!{_NO_LEVEL})[{_LEVEL}]|各|有关|相关|其他|团[省市县区州旗委]|共青|中国|中央|中共|国家|国网|国务院|全[省市县区州]|驻|人行|人民银行|垂直|属地|所有|涉及|党委|党政"
)
_BARE_OFFICE = re.compile(
    r"[\u4e00-\u9fff、]{1,14}?(?:局|委员会|委|办|厅|中心|处|室|支队|大队|联|总工会|部|站)$|(?:中级)?(?:人民)?(?:法院|检察院)$"
)
_PLACE_INSIDE = re.compile(
    r"(?<!城)[省市县区州旗镇乡](?!场|民|容|域|块|村|划|志)|街道|公司|银行|集团|大学|学院"
)
_PLACE = re.compile(r"(?!各)[\u4e00-\u9fff]{2,9}?(区|县|市|镇|乡|街道)")
_PLACE_SUFFIX = re.compile(
    r"[\u4e00-\u9fff]{2,9}?(区|县|市|镇|乡|街道)(管委会|管理委员会|人民政府|政府|办事处|党工委)"
)
_PLACE_PREFIX = re.compile(r"(?![省市县区州旗])[\u4e00-\u9fff]{2,3}[省市县区州旗]")
_STEM = re.compile(r"[省市县区州]?(?:[\u4e00-\u9fff]{2,8}|[A-Z])")
#: Offices of a party committee: 县委组织部、宣传部 means 县委宣传部.
_PARTY_OFFICE = re.compile(
    r"(?:宣传|组织|统战|社会工作|社工|政法|编|网信|改革|农|台|巡察|老干部|机要|保密|督查)(?:部|委|办|局|室)"
)
_SQUAD = re.compile(r"([\u4e00-\u9fff]{2,12}局)[\u4e00-\u9fff]{2,8}[支大中]队")
_BARE_SQUAD = re.compile(r"[\u4e00-\u9fff]{2,8}[支大中]队")

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
    return (
        2 <= len(name) <= 40
        and bool(_NAME_CHARS.fullmatch(name))
        and bool(_ENDS_LIKE_UNIT.search(name))
        and not _DATED.match(name)
    )


def ends_like_unit(name: str) -> bool:
    """Whether `name` ends as units end, however little of the name is left."""
    return bool(_ENDS_LIKE_UNIT.search(name[-40:]))


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
    names = _complete(written, prefix)
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


def _complete(names: list[str], prefix: str) -> list[str]:
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
    _complete_prefixes(completed, prefix)
    return completed


def has_level(name: str) -> bool:
    """Whether `name` says whose unit it is (市司法局, 各区政府), as no word of running text does (部门, 政府)."""
    return bool(len(name) >= 3 and (_OWN_LEVEL.match(name) or _PREFIX.match(name)))


def level_prefix(names: Iterable[str]) -> str:
    """The level (市, 咸宁市) before the first office that has one; empty where none has."""
    for name in names:
        if _BARE_OFFICE.search(name) and (match := _PREFIX.match(name)):
            return match[1]
    return ""


def _complete_prefixes(names: list[str], inherited: str) -> None:
    """Give offices without a level that of the first one, or of the list before: 市发改委、国土局."""
    prefix = level_prefix(names) if names and _PREFIX.match(names[0]) else ""
    prefix = prefix or inherited
    above = ""
    for i, name in enumerate(names):
        bare = (
            _BARE_OFFICE.fullmatch(name)
            and not _OWN_LEVEL.match(name)
            and not _PLACE_INSIDE.search(name[1:-1])
            and not _BRANCH.search(name)
        )
        if bare and (squad := _SQUAD.fullmatch(above)) and _BARE_SQUAD.fullmatch(name):
            names[i] = squad[1] + name
        elif bare and prefix and not (i == 0 and _PREFIX.match(name)):
            party = above.startswith(prefix + "委") and _PARTY_OFFICE.fullmatch(name)
            names[i] = prefix + ("委" if party else "") + name
        above = names[i]
        prefix = prefix or level_prefix([above])
