"""What the name of a unit looks like: its ending, the level it begins with, and names that stand for several units."""

import re
from collections.abc import Iterable

#: Characters that name a level of government.
LEVELS = "省市县区州旗盟镇乡"
#: 市场…, 区域…, 乡村…: a level character that begins another word.
NO_LEVEL = "市场|市容|市民(?=中心|服务|热线|广场|之家)|区域|区块|县域|乡村|州际|省际"
_END = (
    "管委会|委员会|办公室|办事处|检察院|法院|中心|公司|集团|政府|党组|专班|小组|学校|学院|大学|医院|银行|中支|部门|单位|机关|机构|"
    "(?:[党会团众层治济业愿解级关外]|自律)组织|企业|协会|镇街|街道|社区|园区|"
    "报社|供销社|合作社|联社|工会|妇联|海关|各地|"
    "[局委办厅院府会队所室行处部站馆联协台组校军网科股村镇乡区县市州旗盟园场段厂]"
)
_ENDS_LIKE_UNIT = re.compile(f"(?:{_END})(?:\\([^()]{{1,30}}\\)|〔[^〔〕]{{1,30}}〕)?$")
_NAME_CHARS = re.compile(r"[\u3400-\u9fffA-Za-z0-9()〔〕、,·“”\"\-+ \n]+")
_DATED = re.compile(r"\d{1,4} ?[年月日]")
#: The level before an office, with or without its place: 市, 咸宁市.
PREFIX = re.compile(
    rf"(?!{NO_LEVEL}|市政府各|各)((?:(?![省市县区州旗])[\u4e00-\u9fff]{{2,3}}(?=[省市县区州旗]))?[省市县区州旗])(?=[\u4e00-\u9fff]{{2,}})"
)
#: How names begin that need no level before them.
OWN_LEVEL = re.compile(
    rf"(?!{NO_LEVEL})[{LEVELS}]|各|有关|相关|其他|团[省市县区州旗委]|共青|中国|中央|中共|国家|国网|国务院|全[省市县区州]|驻|人行|人民银行|垂直|属地|所有|涉及|党委|党政"
)
#: An office by its name alone: 财政局, 中级人民法院.
BARE_OFFICE = re.compile(
    r"[\u4e00-\u9fff、]{1,14}?(?:局|委员会|委|办|厅|中心|处|室|支队|大队|联|总工会|部|站)$|(?:中级)?(?:人民)?(?:法院|检察院)$"
)
_GROUP = re.compile(r"各|有关|相关|所有|其他|[市县区省州]直(?:部门|单位)|成员单位|(?:单位|部门)$")


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
    return bool(_GROUP.search(name))


def has_level(name: str) -> bool:
    """Whether `name` says whose unit it is (市司法局, 各区政府), as no word of running text does (部门, 政府)."""
    return bool(len(name) >= 3 and (OWN_LEVEL.match(name) or PREFIX.match(name)))


def level_prefix(names: Iterable[str]) -> str:
    """The level (市, 咸宁市) before the first office that has one; empty where none has."""
    for name in names:
        if BARE_OFFICE.search(name) and (match := PREFIX.match(name)):
            return match[1]
    return ""
