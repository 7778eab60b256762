"""The words that name a role: labels (牵头单位:) and verbs (…牵头,…按职责分工负责)."""

import re
from enum import StrEnum


class Role(StrEnum):
    """What a label or verb is about: one of four parts that units have, people, time, or something else."""

    LEAD = "lead"
    RESPONSIBLE = "responsible"
    COOPERATING = "cooperating"
    SUPERVISING = "supervising"
    PEOPLE = "people"
    TIME = "time"
    OTHER = "other"


UNIT_ROLES = (Role.LEAD, Role.RESPONSIBLE, Role.COOPERATING, Role.SUPERVISING)

_BODY = "(?:单位|部门|科室|处室|股室|机构|主体|委室|地区)"
_LABELS: tuple[tuple[Role, str], ...] = (
    (
        Role.PEOPLE,
        "(?:(?:责任|牵头|分管|包联|包抓|包保|挂点|联系|协助|配合)(?:市|县|区|校)?(?:级)?领导|第一责任人|直接责任人|具体责任人|责任人员?|联系人|联络员)",
    ),
    (
        Role.TIME,
        "(?:完成|整改|办结|办理|拟定|落实|工作)(?:时限|期限|时间|节点)(?:要求)?|时限要求|时间节点|时间要求|时间安排|进度安排|时限",
    ),
    (
        Role.OTHER,
        "联系(?:电话|方式)|(?:办公)?电话|目标要求|工作(?:目标|措施|要求|内容|举措)|整改(?:目标|措施|内容)|成果形式|考核指标|主要措施|具体措施|备注",
    ),
    (
        Role.COOPERATING,
        f"责任\\(配合\\){_BODY}|(?:主要|协同)?(?:配合|协办|协作|协同|参与|参加|协助)(?:责任)?{_BODY}",
    ),
    (Role.SUPERVISING, f"(?:督导|督办|验收|监督|督查|督促|考核){_BODY}"),
    (
        Role.LEAD,
        f"指标长单位|(?:总牵头|牵头|主要|主办|主责|第一|汇总|责任牵头)(?:\\(责任\\)|责任)?{_BODY}|总牵头|"
        f"牵头和责任{_BODY}",
    ),
    (Role.RESPONSIBLE, f"(?:具体|共同)?(?:责任|承办|落实|实施|执行|办理|承担)(?:落实|实施)?{_BODY}"),
)


def _spaced(pattern: str) -> str:
    """Let blanks, or a line end, stand between the characters of a label: 责 任 单 位."""
    return re.sub(r"([\u4e00-\u9fff])(?![?*+{])", r"\1[ \\n]{0,2}", pattern)


_GROUPS = "|".join(f"(?P<{role.value}>{_spaced(pattern)})" for role, pattern in _LABELS)
_LEVEL = "(?:市级|市直|县级|县直|区级|区直|省级|省直|镇级)?"

#: A label that its colon proves; 牵头: alone needs it.
_SHORT = "|".join(
    f"(?P<{role}_short>{_spaced(words)})"
    for role, words in (
        ("lead", "牵头|主办"),
        ("responsible", "承办"),
        ("cooperating", "配合|协办"),
        ("supervising", "督导"),
    )
)
LABEL = re.compile(f"{_LEVEL}(?:{_GROUPS}|(?:{_SHORT})(?= {{0,2}}:)) {{0,2}}(?P<mark>[:为])")
#: A further label in a run of labels, which a blank on either side may set off instead of a colon.
NEXT_LABEL = re.compile(
    f"{_LEVEL}(?:{_GROUPS}|(?:{_SHORT})(?= {{0,2}}:))(?P<mark> {{0,2}}[:为]| +(?=[省市县区州各]))"
)
#: A label at the start of a bracket or a line, where the colon may be lost or a blank.
BARE_LABEL = re.compile(
    f"{_LEVEL}(?:{_GROUPS}|(?:{_SHORT})(?= {{0,2}}:))(?P<mark> {{0,2}}[:为]| +|(?=[省市县区州各]))"
)

#: A label by itself, as the head of a table column.
_NAME = re.compile(f"{_LEVEL}(?:{_GROUPS})")


#: P8: the rule, in a preface or in the first bracket, that the unit listed first leads.
LEADS_FIRST = re.compile(
    r"(?:列|排|居|排名|排序|位列)(?:在|于)?(?:第一|首)(?:位|个|名)?[^。;\n]{0,20}(?:牵头|汇总|主办|主责)|"
    r"(?:第一个|首个|第一)(?:责任)?(?:单位|部门)[^。;\n]{0,8}(?:牵头|汇总|主办)"
)

_MEASURES = re.compile(r"(?:整改|工作|主要|具体|重点)(?:措施|任务|内容|举措|安排)(?:如下)? {0,2}:$")


def ends_with_measures(line: str) -> bool:
    """Whether what is numbered below `line` is a list of measures (整改措施:)."""
    return bool(_MEASURES.search(line[-20:]))


def role_of(match: re.Match[str]) -> Role:
    """The role that a match of one of the patterns of this file stands for."""
    said = match.groupdict()
    return next(role for role in Role if said.get(role.value) or said.get(f"{role.value}_short"))


def role_of_name(name: str) -> Role | None:
    """The role that a label without its colon stands for; None where `name` is no label."""
    match = _NAME.fullmatch(name)
    return role_of(match) if match else None


_DIVISION = (
    r"(?:按(?:照)?|根据|依(?:据|照)?|结合)(?:各自|本单位)?(?:职责|职能|分工|任务|工作)"
    r"(?:和|、)?(?:职责|职能|分工|任务|要求)*(?:范围)?(?:内)?"
)
_VERBS: tuple[tuple[Role, str], ...] = (
    (
        Role.LEAD,
        r"(?:分别|共同|总|负责|具体|联合)?牵头(?:负责)?(?:抓好?|组织|推进|统筹)?(?:落实|实施|办理|推进|完成|组织|协调)?|主办|主责|负责汇总|汇总|作?为(?:总|主要)?(?:牵头|主办|主责)(?:责任)?(?:单位|部门)",
    ),
    (
        Role.COOPERATING,
        r"(?:积极|共同|分别|协同|密切)?(?:配合|协办|协作|协同|参与|参加|协助)(?:落实|实施|推进|做好)?|"
        r"作?为(?:主要)?(?:配合|协办|协作|协同|参与)(?:单位|部门)",
    ),
    (
        Role.SUPERVISING,
        r"(?:负责|分别)?(?:督导|验收|监督|督办|督促落实|督促指导)|作?为(?:督导|监督|验收)(?:单位|部门)",
    ),
    (
        Role.RESPONSIBLE,
        rf"(?:等)?{_DIVISION}(?:共同|分别|具体|各负其责|组织|抓好)?(?:负责|落实|实施|承办|抓好落实|推进)?(?:落实|实施)?|"
        r"(?:分别|共同|分工|具体|各自|组织|各)?(?:负责|承办|抓好落实|落实|实施)(?:组织)?(?:落实|实施|办理|推进)?|"
        r"作?为(?:主要)?(?:责任|承办|落实|实施)(?:单位|部门)",
    ),
)
#: A verb that closes a group of units: a separator or the end must follow.
VERB = re.compile(
    "(?:"
    + "|".join(f"(?P<{role.value}>{pattern})" for role, pattern in _VERBS)
    + r")(?=[ \n]{0,3}(?:[,、;。.)〕】\]]|$)| +[省市县区州各])"
)
#: Parts the leading unit from those beside it: A会同B负责.
TOGETHER_WITH = re.compile("会同|(?:商|联合)(?=[省市县区各])")
