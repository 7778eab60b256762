"""The head of a table: which row names the columns, and what each column holds.

A table of key tasks has a column that says what is to be done and one that says who does it or by when; any
other table (statistics, scores, services offered, contacts) is none of ours. Labels of roles come from assignments.labels.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from ..assignments.labels import UNIT_ROLES, Role, role_of_name
from ..source import Span


class Kind(StrEnum):
    NUMBER = "number"
    SECTION = "section"
    #: The name of a key task, beside a column that holds its text.
    NAME = "name"
    #: What is to be done, the problem, the measure, the goal.
    TEXT = "text"
    UNITS = "units"
    PEOPLE = "people"
    TIME = "time"
    INDICATOR = "indicator"
    #: Shown with the key task and not read: 备注, 成果形式, unknown labels.
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Column:
    """`weak`: the label alone does not make a table one of key tasks. `people`: names of persons stand beside
    the units; `time`: limits do."""

    kind: Kind
    label: str
    role: Role | None = None
    weak: bool = False
    people: bool = False
    time: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """Rows `first` to `last` name the columns."""

    columns: tuple[Column, ...]
    first: int
    last: int

    def places(self, *kinds: Kind) -> list[int]:
        return [i for i, column in enumerate(self.columns) if column.kind in kinds]

    @property
    def says_all(self) -> bool:
        """Whether each column is all there is to say of its kind: 任务名称 with 任务内容, limits and 指标 apart.

        The breakdown table that the product writes is of this kind: an empty cell says that there is none.
        """
        kinds = {column.kind for column in self.columns}
        return {Kind.NAME, Kind.TEXT, Kind.UNITS, Kind.TIME, Kind.INDICATOR} <= kinds

    @property
    def lists_problems(self) -> bool:
        labels = [column.label for column in self.columns]
        rectifies = sum("整改" in label for label in labels)
        return rectifies > 1 or (rectifies == 1 and any("问题" in label for label in labels))

    @property
    def reports(self) -> bool:
        """Whether a column tells what was done."""
        return any(_TELLS.fullmatch(column.label) for column in self.columns)


_TELLS = re.compile(r".{0,8}(?:完成|落实|进展|整改|推进|办理|工作)情况|.{0,4}(?:进展|工作成效)|是否完成")
_NUMBER = re.compile(
    r"序号?|编号|项次|序次|序列号?|No\.?|№|.{0,2}(?:任务|问题|事项|项目)(?:编|序)号", re.IGNORECASE
)
_SECTION = re.compile(
    r".{0,6}(?:类别|分类|类型|领域|板块|大类|归类|门类)|类|方面|阶段|(?:工作|实施|推进)阶段|一级指标|重点方向|专项行动|责任分类"
)
_NAME = re.compile(r"(?:任务|工作任务|重点任务|事项|工作事项|项目)名称|任务标题")
_STRONG = re.compile(
    r".{0,8}(?:任务|事项|措施|举措|问题)(?:内容|清单|描述|表述|要求|分解|目标|简述|情况描述)?|"
    r"(?:重点|主要|具体|年度|目标|中心|核心|专项)工作(?:内容|任务|要求|安排)?|工作(?:内容|目标|要求|要点|安排|重点|项目|计划)?|"
    r"(?:主要|具体|实施|建设|改革|整改|重点|细化|分解|督办|反馈)(?:内容|目标|要求|要点)|目标要求|任务及目标|目标及任务|重点项目"
)
_WEAK = re.compile(r"内容|项目|名称|目标|年度目标|总体目标|目标内容|要求|指标名称|项目名称|要点|安排|计划")
_INDICATOR = re.compile(
    r"(?:考核|量化|主要|绩效|具体|工作|任务|年度|核心|二级|三级)?指标(?:要求)?|(?:年度|指标)?目标值|指标值|量化目标"
)
_TIME = re.compile(
    r"[^及和与/、]{0,6}(?:时限|期限|完成时间|完成日期|时间节点|时间要求|时间安排|进度安排|起止时间|时间进度|完成节点|办结时间|整改时间)(?:要求)?"
)
_WEAK_TIME = re.compile(r"时间|日期|进度|时间进度|年限|实施时间|开展时间|启动时间|开始时间|进度要求")
_PEOPLE = re.compile(
    r"[^及和与/、]{0,6}(?:领导|责任人|负责人|负责同志|联系人|联络员|包案人|包保人|经办人|承办人)员?"
)
_UNIT_PREFIX = re.compile(
    r"(?:整改|任务|工作|落实|改革|具体|直接|主体|项目)(?=牵头|责任|配合|督导|验收|主办|承办)"
)
_MORE_UNITS = (
    (
        Role.LEAD,
        re.compile(r"牵头(?:局|处|办|委|组|专班|专项组|单位部门|县区|地区|责任)?|主办|总牵头|第一责任单位"),
    ),
    (
        Role.RESPONSIBLE,
        re.compile(
            r"责任(?:县|区|市|乡|镇|街道|地|方|局|处|办|班|组|者|县市区|市县|市区|区县|乡镇|镇街|专班|专项组|单位部门|部门单位)?|"
            r"承办|主体责任(?:单位)?|实施(?:主体|部门)|责任落实(?:单位)?|任务承接单位|具体单位"
        ),
    ),
    (Role.COOPERATING, re.compile(r"配合|协办|协同|协作|参与|参加|配合(?:局|处|办|县区|地区|专班)")),
    (Role.SUPERVISING, re.compile(r"督导|验收|监督|督办|督查|验收销号单位|督导验收单位|销号单位")),
)
_WEAK_UNITS = re.compile(r"单位|部门|科室|处室|单位名称|部门名称|责任科")
#: Columns of tables that are no plan: scores, services and their legal basis, timetables.
_FOREIGN = re.compile(
    r"分值|得分|扣分|自评分?|考核分|权重.{0,3}|评分.{0,4}|计分.{0,4}|赋分.{0,4}|标准分|满分|"
    r"(?:设定|法律|法定|实施|办理|抽查|检查|收费|处罚|政策|许可)依据|办理流程|申请材料|服务对象|收费标准|"
    r"地点|会议地点|授课.{0,3}|主持人?|议程|主讲.{0,2}|参会.{0,4}|地址|开户.{0,4}"
)
_KNOWN_OTHER = re.compile(
    r"备注|说明|计量单位|成果形式|.{0,2}成果|联系(?:电话|方式)|.{0,2}电话|手机.{0,2}|完成标志|验收标准|.{0,6}情况|任务来源|问题来源|"
    r"来源|依据|资金.{0,6}|投资.{0,6}|第?[一二三四1-4]季度.{0,4}|[上下]半年.{0,4}|\d{1,2}月份?.{0,4}|.{0,4}进展|附件|状态|序列"
)
_SPLIT = re.compile(r"[及和与/、]|以及")
_TAIL = re.compile(r"\([^()]{0,60}\)?|[:*※]$")
MAX_LABEL = 24


def plain(text: str) -> str:
    """A label as compared: without blanks."""
    return re.sub(r"\s", "", text)


@lru_cache(maxsize=4096)
def column_of(label: str) -> Column | None:
    """What a column under `label` (folded) holds, None where the label is not known."""
    whole = plain(label)
    if not whole or len(whole) > 80:
        return None
    bare = _TAIL.sub("", whole)
    for name in dict.fromkeys((whole, bare)):
        if len(name) <= MAX_LABEL and (found := _simple(name)):
            return replace(found, label=bare or whole)
    parts = [part for part in _SPLIT.split(bare) if part]
    if 1 < len(parts) <= 4:
        kinds = [_simple(part) for part in parts]
        units = [k for k in kinds if k and k.kind is Kind.UNITS and not k.weak]
        if units:
            people = any(k and k.kind is Kind.PEOPLE for k in kinds)
            time = any(k and k.kind is Kind.TIME for k in kinds)
            return replace(units[0], label=bare, people=people, time=time)
        if all(kinds) and kinds[0]:
            return replace(kinds[0], label=bare)
    return None


def _simple(name: str) -> Column | None:
    if _NUMBER.fullmatch(name):
        return Column(Kind.NUMBER, name)
    if _SECTION.fullmatch(name):
        return Column(Kind.SECTION, name)
    if units := _unit_role(name):
        return Column(Kind.UNITS, name, units)
    role = role_of_name(name)
    if role is Role.PEOPLE or _PEOPLE.fullmatch(name):
        return Column(Kind.PEOPLE, name)
    if role is Role.TIME or _TIME.fullmatch(name):
        return Column(Kind.TIME, name)
    if _NAME.fullmatch(name):
        return Column(Kind.NAME, name)
    if _INDICATOR.fullmatch(name):
        return Column(Kind.INDICATOR, name)
    if _TELLS.fullmatch(name) or _FOREIGN.fullmatch(name):
        return Column(Kind.OTHER, name)
    if _STRONG.fullmatch(name):
        return Column(Kind.TEXT, name)
    if _WEAK.fullmatch(name):
        return Column(Kind.TEXT, name, weak=True)
    if _WEAK_TIME.fullmatch(name):
        return Column(Kind.TIME, name, weak=True)
    if _WEAK_UNITS.fullmatch(name):
        return Column(Kind.UNITS, name, Role.RESPONSIBLE, weak=True)
    if _KNOWN_OTHER.fullmatch(name):
        return Column(Kind.OTHER, name)
    return None


def _unit_role(name: str) -> Role | None:
    name = _UNIT_PREFIX.sub("", name, count=1)
    role = role_of_name(name)
    if role in UNIT_ROLES:
        return role
    return next((r for r, pattern in _MORE_UNITS if pattern.fullmatch(name)), None)


def find_header(rows: Sequence[Sequence[Span]], folded: str, at: int) -> Header | None:
    """The header that begins with row `at`, over one to three rows; None where that row is no header."""
    if not _labels_row(rows[at], folded):
        return None
    last = at
    while last < at + 2 and last + 1 < len(rows) and _goes_on(rows, folded, last):
        last += 1
    columns = tuple(
        _column([_text(folded, rows[i][c]) for i in range(at, last + 1)]) for c in range(len(rows[at]))
    )
    columns = _settle(columns)
    return Header(columns, at, last) if accepts(columns) else None


def accepts(columns: Sequence[Column]) -> bool:
    """Whether these are the columns of a table of key tasks."""
    if any(_FOREIGN.fullmatch(column.label) for column in columns):
        return False
    says_what = [c for c in columns if c.kind in (Kind.NAME, Kind.TEXT)]
    strong = any(not c.weak for c in says_what)
    who = [c for c in columns if c.kind is Kind.UNITS]
    if strong:
        return any(not c.weak for c in who) or any(c.kind is Kind.TIME and not c.weak for c in columns)
    owners = any(c.role in (Role.LEAD, Role.RESPONSIBLE) and not c.weak for c in who)
    return bool(says_what) and owners


def _labels_row(row: Sequence[Span], folded: str) -> bool:
    """Whether most cells of a row are labels, and at least two."""
    cells = {span for span in row if span.start < span.end}
    if len(cells) < 2 or any(span.end - span.start > 80 for span in cells):
        return False
    known = sum(column_of(_text(folded, span)) is not None for span in cells)
    return known >= 2 and known * 2 >= len(cells)


def _goes_on(rows: Sequence[Sequence[Span]], folded: str, last: int) -> bool:
    """Whether the next row belongs to the header: a label stands beside it in both, or it parts a wide label."""
    row, below = rows[last], rows[last + 1]
    own = [c for c in range(len(row)) if below[c].start < below[c].end and below[c] != row[c]]
    if not own or any(below[c].end - below[c].start > 40 for c in own):
        return False
    if any(below[c] == row[c] and row[c].start < row[c].end for c in range(len(row))):
        return True
    wide = all(row[c].start == row[c].end or (c and row[c] == row[c - 1]) or _is_wide(row, c) for c in own)
    return wide and all(column_of(_text(folded, below[c])) for c in own)


def _is_wide(row: Sequence[Span], c: int) -> bool:
    return c + 1 < len(row) and (row[c + 1] == row[c] or row[c + 1].start == row[c + 1].end)


def _column(labels: list[str]) -> Column:
    """The lowest label that is known decides; the ones above it lend their role (责任单位 over 第一批)."""
    written = list(dict.fromkeys(plain(label) for label in labels if label.strip()))
    for label in reversed(written):
        if (found := column_of(label)) and not (found.weak and len(written) > 1):
            return found
    for label in written:
        if found := column_of(label):
            return found
    return Column(Kind.OTHER, _TAIL.sub("", written[-1]) if written else "", weak=not written)


def _settle(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """What a label means beside the others."""
    kinds = {column.kind for column in columns}
    units = any(c.kind is Kind.UNITS and not c.weak for c in columns)
    settled = []
    for column in columns:
        if column.kind is Kind.UNITS and column.weak and units:
            column = replace(column, kind=Kind.OTHER, role=None)  # 单位 beside 责任单位: a unit of measure
        elif column.kind is Kind.NAME and Kind.TEXT not in kinds:
            column = replace(column, kind=Kind.TEXT)
        elif column.kind is Kind.INDICATOR and not kinds & {Kind.NAME, Kind.TEXT}:
            column = replace(column, kind=Kind.TEXT, weak=True)
        settled.append(column)
    return tuple(settled)


def _text(folded: str, span: Span) -> str:
    return folded[span.start : span.end].strip(" \n")
