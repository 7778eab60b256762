"""What a list of units names only once and means for all: 市发改委、国土局 and 甲区、乙区管委会."""

import re

from .unit_names import BARE_OFFICE, OWN_LEVEL, PREFIX, ends_like_unit, level_prefix

#: Branches bear the name of their place, which may stand in front (东山公安分局): no level is put before them.
_BRANCH = re.compile("(?:分局|支局|支行|分行|分公司)$")
_PLACE_INSIDE = re.compile(
    r"(?<!城)[省市县区州旗镇乡](?!场|民|容|域|块|村|划|志)|街道|公司|银行|集团|大学|学院"
)
_PLACE = re.compile(r"(?!各)[\u4e00-\u9fff]{2,9}?(区|县|市|镇|乡|街道)")
_PLACE_SUFFIX = re.compile(
    r"[\u4e00-\u9fff]{2,9}?(区|县|市|镇|乡|街道)(管委会|管理委员会|人民政府|政府|办事处|党工委)"
)
_STEM = re.compile(r"[省市县区州]?(?:[\u4e00-\u9fff]{2,8}|[A-Z])")
#: Offices of a party committee: 县委组织部、宣传部 means 县委宣传部.
_PARTY_OFFICE = re.compile(
    r"(?:宣传|组织|统战|社会工作|社工|政法|编|网信|改革|农|台|巡察|老干部|机要|保密|督查)(?:部|委|办|局|室)"
)
_SQUAD = re.compile(r"([\u4e00-\u9fff]{2,12}局)[\u4e00-\u9fff]{2,8}[支大中]队")
_BARE_SQUAD = re.compile(r"[\u4e00-\u9fff]{2,8}[支大中]队")
_SHORT_ENDING = re.compile("[局委办]$")


def complete(names: list[str], prefix: str) -> list[str]:
    """The names with what the list left out; `prefix` is the level that the list before it had."""
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
                and not OWN_LEVEL.match(names[i + 1])
                and _STEM.fullmatch(names[i])
                and not ends_like_unit(names[i])
                and (ending := _SHORT_ENDING.search(completed[i + 1]))
            ):
                completed[i] = names[i] + ending[0]
    _complete_prefixes(completed, prefix)
    return completed


def _complete_prefixes(names: list[str], inherited: str) -> None:
    """Give offices without a level that of the first one, or of the list before: 市发改委、国土局."""
    prefix = level_prefix(names) if names and PREFIX.match(names[0]) else ""
    prefix = prefix or inherited
    above = ""
    for i, name in enumerate(names):
        bare = (
            BARE_OFFICE.fullmatch(name)
            and not OWN_LEVEL.match(name)
            and not _PLACE_INSIDE.search(name[1:-1])
            and not _BRANCH.search(name)
        )
        if bare and (squad := _SQUAD.fullmatch(above)) and _BARE_SQUAD.fullmatch(name):
            names[i] = squad[1] + name
        elif bare and prefix and not (i == 0 and PREFIX.match(name)):
            party = above.startswith(prefix + "委") and _PARTY_OFFICE.fullmatch(name)
            names[i] = prefix + ("委" if party else "") + name
        above = names[i]
        prefix = prefix or level_prefix([above])
