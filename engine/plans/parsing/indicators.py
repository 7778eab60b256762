"""Figures to reach: rates, counts and durations with their operator, value, unit and modality.

以上 以内 以下 不少于 不超过 include the number (民法典 1259); 超过 低于 高于 exclude it. A range is two bounds.
"""

import re

from .draft import Indicator
from .numerals import NUMBER, to_int
from .source import Span

_VALUE = r"(?P<value>\d{1,9}(?:\.\d{1,4})?)"
_MEASURE = (
    r"(?P<unit>个工作日|工作日|个月|小时|日|天|年|人次|万人次|万人|万元|亿元|"
    r"[次个件人场期轮批篇条项家户名宗处份亩所])"
)
_AT_LEAST = r"不少于|不得少于|不低于|不得低于|至少|最少|达到|达|提高到|提高至|提升到|提升至|增加到|≥|>="
_AT_MOST = r"不超过|不得超过|不多于|不高于|控制在|压缩至|压缩到|压减至|降至|降到|缩短至|≤|<="
_OP = rf"(?:(?P<least>{_AT_LEAST})|(?P<most>{_AT_MOST})|(?P<above>超过|高于|大于)|(?P<below>低于|少于|小于))"
_AFTER = r"(?:及)?(?:(?P<up>以上)|(?P<down>以内|以下|之内))"

_RATE = re.compile(rf"(?:{_OP} {{0,2}})?(?:{_VALUE} {{0,2}}%|百分之(?P<han>{NUMBER}))(?: {{0,2}}{_AFTER})?")
_RANGE = re.compile(
    rf"(?<![\d.])(?P<low>\d{{1,5}}) {{0,2}}[-~至] {{0,2}}(?P<high>\d{{1,5}}) {{0,2}}{_MEASURE}(?![底末份])"
)
_BOUND = re.compile(
    rf"{_OP}[\u4e00-\u9fff ]{{0,6}}?"
    rf"(?:{_VALUE}|(?P<han>[一二三四五六七八九十百两]{{1,5}})) {{0,2}}{_MEASURE}(?: {{0,2}}{_AFTER})?"
)
_BOUND_AFTER = re.compile(rf"(?<![\d.第]){_VALUE} {{0,2}}{_MEASURE} {{0,2}}(?:及)?(?P<up>以上)")
_MODALITY = re.compile(r"争取|力争|力求|原则上|一般")
_PERIOD = (
    (re.compile("每半年"), "half_year"),
    (re.compile("每季"), "quarter"),
    (re.compile("每个?月"), "month"),
    (re.compile("每周|每星期"), "week"),
    (re.compile("每年|年内|全年|年度"), "year"),
)
_CLAUSE_EDGE = re.compile(r"[,。;:\n]")
_UNITS = {
    "个工作日": "working_day",
    "工作日": "working_day",
    "日": "day",
    "天": "day",
    "个月": "month",
    "小时": "hour",
}
_NOISE = re.compile(
    r"^(?:确保|力争|争取|力求|实现|要|使|且|并|其中|每年|年内|全年|在现有基础上)+|(?:力争|争取|力求|原则上|一般|确保|均|再|应|要|必须)+$"
)


def read_indicators(folded: str, source: str, span: Span, group: str | None = None) -> list[Indicator]:
    """Every figure to reach in `span`, in text order. A bare percentage without an operator is a fact, not a target."""
    found: list[Indicator] = []
    for match in _RATE.finditer(folded, span.start, span.end):
        groups = match.groupdict()
        value = float(match["value"]) if match["value"] else float(to_int(match["han"]) or 0)
        op = _operator(groups)
        if op is None and value == 100:
            op = ">="
        if op is not None:
            found.append(_make(folded, source, span, match, op, value, "%", group))
    for match in _RANGE.finditer(folded, span.start, span.end):
        for op, bound in ((">=", match["low"]), ("<=", match["high"])):
            found.append(_make(folded, source, span, match, op, float(bound), match["unit"], group))
    for pattern in (_BOUND, _BOUND_AFTER):
        for match in pattern.finditer(folded, span.start, span.end):
            groups = match.groupdict()
            value = (
                float(groups["value"]) if groups.get("value") else float(to_int(groups.get("han") or "") or 0)
            )
            op = _operator(groups)
            taken = any(i.span.start < match.end() and match.start() < i.span.end for i in found[-8:])
            if op is not None and value and not taken:
                found.append(_make(folded, source, span, match, op, value, match["unit"], group))
    return sorted(found, key=lambda i: (i.span, i.op != ">="))


def _operator(groups: dict[str, str | None]) -> str | None:
    for name, op in (
        ("up", ">="),
        ("down", "<="),
        ("most", "<="),
        ("above", ">"),
        ("below", "<"),
        ("least", ">="),
    ):
        if groups.get(name):
            return op
    return None


def _make(
    folded: str,
    source: str,
    span: Span,
    match: re.Match[str],
    op: str,
    value: float,
    unit: str,
    group: str | None,
) -> Indicator:
    floor = max(span.start, match.start() - 60)
    edges = list(_CLAUSE_EDGE.finditer(folded, floor, match.start()))
    clause_start = edges[-1].end() if edges else floor
    before = folded[clause_start : match.start()]
    name = before.strip(" 、")
    previous = None
    while name != previous:
        previous, name = name, _NOISE.sub("", name).strip(" ")
    if not name:
        tail = folded[match.end() : min(span.end, match.end() + 30)]
        name = _CLAUSE_EDGE.split(tail)[0].strip(" ")
    modality = _MODALITY.search(before)
    period = next((p for pattern, p in _PERIOD if pattern.search(before)), None)
    place = Span(match.start(), match.end())
    return Indicator(
        name=name,
        text=source[place.start : place.end],
        span=place,
        op=op,
        value=value,
        unit=_UNITS.get(unit, unit),
        period=period,
        modality=modality[0] if modality else None,
        group=group,
    )
