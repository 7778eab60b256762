"""Figures to reach: rates, counts and durations with their operator, value, unit, period and modality.

以上 以内 以下 不少于 不超过 include the number (民法典 1259); 超过 低于 高于 exclude it. A range is two bounds.
Not read here: limits of the calendar (limits; for plans of figures goal_dates.py). What a figure is called
decides indicator_names.py.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..draft import Indicator
from ..source import Span
from ..text.clauses import clause_end, clause_start, mask, sentence_end, sentence_start, trimmed
from ..text.rejoined import rejoin
from .indicator_names import Wording, coverage_name, names_of
from .quantities import DURATIONS, Quantity, find_quantities
from .tense import tells_history
from .unsaid import read_unsaid

_OPERATOR = re.compile(
    r"(?P<least>不得少于|不得低于|不得短于|不少于|不低于|不小于|不短于|至少|最少|最低)|"
    r"(?P<most>不得超过|不得高于|不得多于|不超过|不超|不多于|不高于|不大于|不长于|最多|至多|最长|最高)|"
    r"(?P<reach>达到|达|(?:提高|提升|增加|增长|上升|扩大|扩展|增至|提)[到至为]|增至|升至|保持在?|稳定在|维持在|突破|≥|>=)|"
    r"(?P<keep>控制(?:在|到)?|(?:压缩|压减|压降|缩短|缩减|降低|下降|减少|精简|降|减|压|缩)[到至为]|≤|<=)|"
    r"(?P<above>超过|超出|超|高于|大于|多于)|(?P<below>低于|少于|小于|短于)"
)
_OPS = {"least": ">=", "reach": ">=", "most": "<=", "keep": "<=", "above": ">", "below": "<"}
_LOOSE = ("least", "most")
_SUFFIX = re.compile(
    r" {0,2}(?:\(含\))?(?:及|或)?(?:(?P<up>以上)|(?P<down>以内|之内|以下|内(?!部|容|设|外))|(?P<about>左右|上下))"
)
_CHANGE = re.compile(
    r"(?P<verb>增长|增加(?!值)|提高|提升|上升|下降|降低|压[减缩降]|减少|缩短|精简|[削缩]减)"
    r"(?P<thing>[\u4e00-\u9fff]{0,8}?) {0,2}$"
)
_BARE_COUNT = re.compile(
    r"(?:新建|新增|新改建|改建|改造|建成|建设|打造|培育|创建|培训|评选|选树|推出|引进|选派|评查|抽查|检查|举办|组织|开展|安排|"
    r"制定|修订|出台|编制|发布|完成|办好|实施|化解|整治|清理|走访|联系|推动|帮扶|发展|认定|确定|遴选|配备)"
    r"[^,。;:\n\d了每]{0,16}$|(?:力争|争取|确保)有?$"
)
_DONE_TO = re.compile(r"(?:^|[,。;:\n])? {0,2}(?:对|将|就)$")
_DOES = re.compile(r"[^,。;:\n]{1,16}(?:实现|完成|开展|进行|达到|实施)")
_RANKS = re.compile(r"(?:进入|保持在?|稳居|位居|位列|位于|居|列|跻身|挤进)[\u4e00-\u9fff]{0,6}$")
_RANKED = re.compile(r"排名[\u4e00-\u9fff]{0,6}$")
_MODALITY = re.compile(
    r"争取|力争|力求|原则上|一般(?!公共|程序|纳税|工业|债|性|案件|事项|企业|户|监管|对象|违法)"
)
_PERIODS = (
    (re.compile("每半年"), "half_year"),
    (re.compile("每季度?"), "quarter"),
    (re.compile("每个?月"), "month"),
    (re.compile("每周|每星期"), "week"),
    (re.compile("每[天日]"), "day"),
    (re.compile("每年|每一年|年内|全年|年度内|一年(?=至少|不少于)|(?<!\\d)年均"), "year"),
)
#: What a change (增长, 压减) is counted in.
_CHANGED = ("%", "个百分点", "倍")
#: 5个工作日内 is a limit of the calendar; 48小时内 is read nowhere else.
_LIMITS = DURATIONS - {"hour", "minute", "秒"}
_EVERY = re.compile(r"每(?:半?年|个?季|个?月|周|[天日])")
_NEAR = 3


@dataclass(frozen=True, slots=True)
class _Figure:
    """A quantity to reach: from `op_start` to `end`, in the clause `clause`. Places count in the stretch that is read."""

    quantity: Quantity
    op: str
    op_start: int
    end: int
    clause: tuple[int, int]
    names: tuple[str, ...]
    period: str | None
    modality: str | None


def read_indicators(
    folded: str, source: str, span: Span, group: str | None = None, year: int | None = None
) -> list[Indicator]:
    """Every figure to reach in `span`, in text order. A bare percentage without an operator is a fact, not a target.

    `year` is the document's year: what was reached in the years before is history.
    """
    stretch = rejoin(folded, source, span)
    plain, text = stretch.text, mask(stretch.text)
    figures: list[_Figure] = []
    for quantity in find_quantities(text, 0, len(text)):
        figure = _listed(text, quantity, figures) or _figure(text, plain, quantity, year)
        if figure:
            figures.append(_named_after(figure, figures, plain))
    found: list[Indicator] = []
    for figure, clause in _clauses(figures, plain):
        place = stretch.span(*clause)
        said = source[place.start : place.end]
        q = figure.quantity
        bounds = [(figure.op, q.low)] if q.high is None else [(">=", q.low), ("<=", q.high)]
        found += [
            Indicator(name, said, place, op, value, q.unit, figure.period, figure.modality, group)
            for name in figure.names
            for op, value in bounds
        ]
    unsaid = [
        Indicator(
            name,
            source[place.start : place.end],
            place,
            op,
            value,
            unit,
            None,
            None,
            group,
            value is not None,
        )
        for name, start, end, op, value, unit in read_unsaid(text, plain, year)
        for place in [stretch.span(start, end)]
        if not any(
            f.clause[0] <= start < f.clause[1] and (f.quantity.low == 100 or value is None) for f in figures
        )
    ]
    return sorted([*found, *unsaid], key=lambda i: i.span.start) if unsaid else found


def _figure(text: str, plain: str, q: Quantity, year: int | None) -> _Figure | None:
    start = clause_start(text, q.start, 0)
    before = text[start : q.start]
    operator = _operator(before)
    suffix = _SUFFIX.match(text, q.end)
    if suffix and suffix["down"] and suffix[0].strip(" ") == "内" and q.unit not in DURATIONS:
        suffix = None
    end = suffix.end() if suffix else q.end
    clause = trimmed(text, start, clause_end(text, end, len(text)))
    rank = (_RANKS.search(before) or _RANKED.search(before)) if q.form == "rank" else None
    stem_end = q.start
    if spoken := operator or rank:
        stem_end = start + spoken.start()
    change = _CHANGE.search(text, max(start, stem_end - 24), stem_end) if q.unit in _CHANGED else None
    op = _op(text, q, before, operator, suffix, change, text[end : clause[1]])
    if op is None:
        return None
    at = sentence_start(text, q.start, 0)
    if tells_history(text[at : sentence_end(text, end, len(text))], text[start:end], year):
        return None
    wording = Wording(
        stem=plain[start : change.start()] if change else plain[start:stem_end],
        gap=plain[start + operator.end() : q.start] if operator else "",
        tail=plain[end : clause[1]],
        lead=plain[clause_start(text, start - 1, at) : start - 1] if start - 1 > at else "",
        change=change["verb"] if change else None,
        thing=plain[change.start("thing") : change.end("thing")] if change else "",
    )
    if q.form == "rate" and q.low == 100 and wording.tail.startswith("覆盖"):
        names = [coverage_name(wording.stem) or wording.tail]
    else:
        names = names_of(wording)
    modality = _MODALITY.search(before)
    return _Figure(
        q,
        op,
        stem_end,
        end,
        clause,
        tuple(names),
        _period(text, at, start, q),
        modality[0] if modality else None,
    )


def _operator(before: str) -> re.Match[str] | None:
    """The last operator that speaks of the quantity behind `before`: close by, or 不少于 with a few words between."""
    result = None
    for match in _OPERATOR.finditer(before, max(0, len(before) - 48)):
        gap = before[match.end() :].strip(" \n")
        loose = match.lastgroup in _LOOSE
        near = len(gap) <= (16 if loose else 26 if gap.endswith("的") else 2)
        if near and not any(c.isdigit() for c in gap):
            result = match
            if loose:
                break
    return result


def _op(
    text: str,
    q: Quantity,
    before: str,
    operator: re.Match[str] | None,
    suffix: re.Match[str] | None,
    change: re.Match[str] | None,
    tail: str,
) -> str | None:
    a_limit = suffix is not None and bool(suffix["down"]) and q.unit in _LIMITS and operator is None
    if a_limit:
        return None  # 5个工作日内: a limit of the calendar
    if q.form == "range":
        spoken = (
            operator
            or suffix
            or q.unit not in _LIMITS
            or q.unit == "working_day"
            or before.endswith(("为", ":"))
        )
        return ">=" if spoken else None
    if q.form == "rank":
        return "<=" if _RANKS.search(before) or _RANKED.search(before) else None
    if q.form == "doubled":
        return ">="
    if suffix:
        return ">=" if suffix["up"] else "=" if suffix["about"] else "<="
    if operator:
        return _OPS[operator.lastgroup or ""]
    if q.form == "rate" and q.low == 100:
        return ">="
    if change:
        return None if "同比" in before or "环比" in before else ">="
    counted = q.form == "count" and q.unit not in DURATIONS
    if counted and (text[q.start].isdigit() or q.unit in "次场期轮"):
        asked = _BARE_COUNT.search(before[-24:]) or (_DONE_TO.search(before) and _DOES.match(tail))
        recurs = q.unit in "次场期轮批" and _EVERY.search(before)  # a cadence
        return ">=" if asked and not recurs else None
    return None


def _period(text: str, sentence: int, start: int, q: Quantity) -> str | None:
    """What the count is of: 每年 in the clause, for counts also earlier in the sentence."""
    counted = q.form in ("count", "range") and q.unit not in DURATIONS and q.unit != "%"
    for floor in (start, sentence) if counted else (start,):
        found = [
            (m.start(), name) for pattern, name in _PERIODS for m in pattern.finditer(text, floor, q.start)
        ]
        if found:
            at, name = max(found)
            return name if counted or text[at] == "每" else None
    return None


def _listed(text: str, q: Quantity, figures: Sequence[_Figure]) -> _Figure | None:
    """分别达到98%和95%: a quantity that shares the operator of the one before it."""
    if not figures or q.start - figures[-1].end > _NEAR or q.high is not None:
        return None
    last = figures[-1]
    if (
        text[last.end : q.start].strip(" ") not in ("和", "、", "及", ",", "与")
        or last.quantity.unit != q.unit
    ):
        return None
    suffix = _SUFFIX.match(text, q.end)
    return replace(last, quantity=q, end=suffix.end() if suffix else q.end)


def _named_after(figure: _Figure, figures: list[_Figure], plain: str) -> _Figure:
    """The figure with the names that depend on the figures before it (分别, 最长, 各村)."""
    run = 0
    while run < len(figures) and figures[-1 - run].op_start == figure.op_start:
        run += 1
    if run and len(figure.names) > run and "分别" in plain[figure.clause[0] : figure.op_start]:
        if run == 1:
            figures[-1] = replace(figures[-1], names=figure.names[:1])
        rest = figure.names if run == 1 else (figure.names[-1],)
        return replace(figure, names=rest[1:])
    if figures and not run:
        last, [name, *more] = figures[-1], figure.names
        same_sentence = not any(stop in plain[last.end : figure.op_start] for stop in "。;\n")
        if _joins(last, figure, plain):
            return replace(figure, names=last.names)
        if same_sentence and not more and (not name or (len(name) <= 3 and name[0] in "各每其单")):
            return replace(figure, names=(f"{last.names[0]}（{name}）" if name else last.names[0],))
    return figure


def _joins(last: _Figure, figure: _Figure, plain: str) -> bool:
    """不少于5个工作日、不超过15个工作日: two bounds of one measurement."""
    between = plain[last.end : figure.op_start]
    return (
        last.op in (">=", ">")
        and figure.op in ("<=", "<")
        and last.quantity.unit == figure.quantity.unit
        and last.quantity.low <= figure.quantity.low
        and bool(re.fullmatch(r"[、,;且但并最长多高也原则上一般 ]{0,6}", between))
    )


def _clauses(figures: list[_Figure], plain: str) -> list[tuple[_Figure, tuple[int, int]]]:
    """Every figure with the clause that is shown for it: two bounds share one."""
    result = [(figure, figure.clause) for figure in figures]
    for i in range(1, len(figures)):
        if figures[i].op_start != figures[i - 1].op_start and _joins(figures[i - 1], figures[i], plain):
            both = (figures[i - 1].clause[0], figures[i].clause[1])
            result[i - 1], result[i] = (figures[i - 1], both), (figures[i], both)
    return result
