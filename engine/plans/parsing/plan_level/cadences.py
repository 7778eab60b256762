"""Acts that recur: 每周监测、每月检查复核, 日监测、周调度、月通报, 按季通报, 适时督查, each with its own action.

Time limits that recur inside a key task are its deadlines (limits); here the whole plan is spoken of.
"""

import re
from collections.abc import Iterator

from ..draft import Cadence
from ..source import Span
from ..text.clauses import clause_end, clause_start, sentence_start, trimmed
from ..text.numerals import NUMBER, to_int
from ..text.rejoined import Rejoined, rejoin

_DO = (
    r"(?:监测|调度|通报|报告|报送|上报|研判|会商|例会|小结|总结|抽查|督导|督查|督办|检查|巡查|评比|评估|点评|考评|考核|汇总|"
    r"排名|晾晒|分析|复盘|跟踪|清零|推送|更新|公示|公布|反馈|走访|盘点|推进)"
)
_ACT = (
    r"(?:组织|开展|进行|召开|编发|编印|印发|听取|研究|对|就|向|将|收集|梳理|核查|核验|暗访|明察|回访|培训|学习|公开|发布|"
    r"下发|实施|检验|抽|查|督|通|报|调|评|考|总|分析|更新|走访)"
)
_EVERY = (
    r"每 ?(?P<n>[两二三四五六\d])? ?个?一?个? ?"
    r"(?P<unit>半年|年度?|季度?|月度?(?!份)|周|星期|旬|[日天])(?!代会|均|边|常)"
)
_BEFORE = r"(?:之前|以前|下班前|前)"
#: The day within the period: 5日前, 末月25日前, 1月31日前, 五前, 第一季度, 底.
_DAY = (
    r"的?(?:(?P<month>1[0-2]|0?[1-9](?!\d)|十[一二]?|[一二三四五六七八九]) ?月份?|"
    r"末个?月|最后一个?月|首个?月|第?[一二三]个月)?的?"
    r"(?:第?(?P<day>3[01]|[12]\d|0?[1-9](?!\d)|[二三]?十[一二三四五六七八九]?) ?[日号]"
    rf"{_BEFORE}?|(?P<last>[底末]){_BEFORE}?|(?P<weekday>[一二三四五六日天]){_BEFORE}|"
    r"第?[一二三四]季度[末底]?前?|[上下]半年|(?:第?[一二三]|最后一)个工作日[前内]?)?(?:的(?!第))?"
)
_OPENS = r"(?:(?<=[、,。;:“‘(\n ])|(?<=实行)|(?<=建立)|(?<=坚持)|(?<=落实)|(?<=执行)|(?<=推行)|^)"
_MARK = re.compile(
    rf"{_EVERY}{_DAY}|{_OPENS}(?P<short>[日周旬月季年]|季度|半年)(?={_DO})|"
    r"[逐按](?P<by>[日周旬月季年]|季度)(?![度份龄])|一(?P<once>[日周旬月季年])一(?=[\u4e00-\u9fff]{2})|"
    rf"(?P<adhoc>定期(?:或者?|和|与|、)?不定期|不定期|适时|随时)地?(?={_ACT})"
)
_LONG = re.compile(
    r"近 ?(?P<n>[两二三四五\d]) ?年[^,。;\n]{0,24}(?:进行|开展|实施)[^,。;\n]{0,6}(?:考评|评估|评议|考核|审计)"
)
_YEARLY = re.compile(r"纳入(?:年终|年度|年底|全年)[^,。;\n]{0,24}(?:考核|考评|绩效|述职|评价)")
_PERIODS = {
    "半年": "half_year", "年": "year", "年度": "year", "季": "quarter", "季度": "quarter", "月": "month", "月度": "month",
    "周": "week", "星期": "week", "旬": "ten_days", "日": "day", "天": "day",
}  # fmt: skip
_MULTIPLES = {("月", 2): "two_months", ("周", 2): "two_weeks", ("月", 3): "quarter", ("月", 6): "half_year"}
_ACTOR = re.compile(
    r"(?:^|[,:“])(?:由|请)?(?P<actor>[\u4e00-\u9fff()、〔〕]{0,40}?(?:部门|单位|机关|办公室|督查室|政府|专班|领导小组|小组|街道\)?|乡镇|"
    r"县区|\)|办|局|委|院|中心|科|处|室|厅|会|队|所|站|镇|乡|区|县|市|公司|者|人))(?:将|要|应当?|须|需|必须|负责)?$"
)
_SUBJECT = re.compile(
    r"(?P<actor>[\u4e00-\u9fff()、〔〕]{1,40}?(?:部门|单位|机关|办公室|督查室|政府|专班|小组|街道|乡镇|局|委|院|中心|镇|乡))(?:要|应当?|须|需|必须|负责)"
)
_COUNT = re.compile(
    rf"(?:不少于|至少|不低于|不得少于)[^,。;\n\d]{{0,16}}?(?P<least>{NUMBER}) ?(?:次|场|期|轮|批|篇|件|个|家|项|条)|"
    rf"(?<!第)(?P<n>{NUMBER}) ?(?:次|场|期|轮|批)(?!会议|全会)"
)
_PAST = re.compile(r"了(?!解)|去年|(?<![对将])已")
#: 月通报、年考核制度: what is set up is the act, not the system.
_SYSTEM = re.compile(r"(?:工作)?(?:制度|机制|办法|模式)$")
_ONCE = re.compile(r"^(?:一次|一期|一轮|1次)(?=[\u4e00-\u9fff])")
_LONGEST = 80


def read_cadences(
    folded: str, source: str, span: Span, subject: str, *, yearly_assessment: bool = False
) -> list[Cadence]:
    """Every recurring act in `span`, in text order; `yearly_assessment` takes 纳入年终考核 for one, too."""
    stretch = rejoin(folded, source, span)
    text = stretch.text
    found: list[Cadence] = []
    sentence, actor = -1, None
    chain = -1
    for match in _MARK.finditer(text):
        start = clause_start(text, match.start(), 0)
        if _PAST.search(text, start, match.start()):
            continue
        at = sentence_start(text, match.start(), 0)
        actor = _actor(text[start : match.start()]) or (actor if at == sentence else None)
        sentence = at
        begin, end, here = _action(text, match.end(), chained=match.start() - 1 == chain)
        chain = end
        if match["short"] and (system := _SYSTEM.search(text, begin, end)):
            end = system.start()
        if end - begin < 2 or _PAST.search(text, begin, end):
            continue
        counted = _COUNT.search(text, begin, end)
        place, act = stretch.span(match.start(), end), stretch.span(begin, end)
        month, day = _day(match)
        found.append(
            Cadence(
                subject,
                _period(match),
                source[act.start : act.end],
                source[place.start : place.end],
                place,
                _written(here or actor, stretch, source, start, end),
                (to_int(counted["least"] or counted["n"]) or 1) if counted else 1,
                month,
                day,
            )
        )
    for match, period in _assessments(text, yearly_assessment):
        begin, end = trimmed(text, clause_start(text, match.start(), 0), match.end())
        place = stretch.span(begin, end)
        said = source[place.start : place.end]
        if not _PAST.search(said):
            found.append(Cadence(subject, period, said, said, place))
    return sorted(found, key=lambda c: c.span)


def _assessments(text: str, yearly: bool) -> Iterator[tuple[re.Match[str], str]]:
    for match in _LONG.finditer(text):
        yield match, f"{to_int(match['n']) or 1}year"
    if yearly:
        for match in _YEARLY.finditer(text):
            yield match, "year"


def _period(match: re.Match[str]) -> str:
    if match["adhoc"]:
        return "ad_hoc"
    unit = match["unit"] or match["short"] or match["by"] or match["once"]
    count = to_int(match["n"] or "") or 1
    if count > 1:
        return _MULTIPLES.get((unit, count)) or f"{count}{_PERIODS[unit]}"
    return _PERIODS[unit]


def _day(match: re.Match[str]) -> tuple[int | None, int | None]:
    period = _PERIODS.get(match["unit"] or "")
    month = to_int(match["month"] or "") if period == "year" else None
    if match["weekday"] and period == "week":
        return None, "一二三四五六日".find(match["weekday"].replace("天", "日")) + 1
    day = to_int(match["day"] or "") if match["day"] else 31 if match["last"] and period != "week" else None
    return month, day


def _action(text: str, at: int, *, chained: bool) -> tuple[int, int, str | None]:
    """What is done, behind the mark that ends at `at`; where only a date stands there, the next clause says it."""
    actor = None
    ceiling = min(len(text), at + _LONGEST)
    end = _edge(text, at, ceiling)
    begin, end = trimmed(text, at, end)
    if end - begin < 2 and text[at : at + 1] in (",", ":"):
        begin, end = trimmed(text, at + 1, _edge(text, at + 1, ceiling))
        if subject := _SUBJECT.match(text, begin, end):
            actor, begin = subject["actor"], subject.end()
    if once := _ONCE.match(text[begin:end]):
        begin += once.end()
    if chained and (etc := text.find("等", begin + 2, end)) > 0:
        end = etc
    return begin, end, actor


def _edge(text: str, at: int, ceiling: int) -> int:
    """The end of the clause, or a 、 or 和 behind which the next cadence begins."""
    end = clause_end(text, at, ceiling)
    quote = re.compile("[”’]").search(text, at, end)
    if quote and not re.compile("[“‘]").search(text, at, quote.start()):
        end = quote.start()
    for sep in re.compile("[、和]").finditer(text, at, end):
        if _MARK.match(text, sep.end()):
            return sep.start()
    return end


def _actor(before: str) -> str | None:
    match = _ACTOR.search(before[-60:].rstrip(" "))
    return match["actor"].strip("、") if match else None


def _written(actor: str | None, stretch: Rejoined, source: str, start: int, end: int) -> str | None:
    """`actor` with the marks of the source, where it stands near by."""
    if actor is None:
        return None
    at = stretch.text.find(actor, max(0, start - 2 * _LONGEST), end)
    if at < 0:
        return actor
    place = stretch.span(at, at + len(actor))
    return source[place.start : place.end]
