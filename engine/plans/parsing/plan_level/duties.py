"""Duties that bind the whole plan: sentences of the chapters on organisation, and phases without units."""

import re

from ..draft import Duty
from ..limits.deadlines import Calendar, read_deadlines
from ..source import Span

_DUTIES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (
            "filing",
            "报备|备查|备案|报送|上报|呈报|报告|抄送|"
            "报[^,。;、]{0,14}(?:办公室|办|委|局|政府|厅|组|院|中心|审定|审批|审核)",
        ),
        (
            "organisation",
            "(?:成立|组建|设立|建立|召开)[^,。;]{0,24}"
            "(?:专班|领导小组|联席会议|工作组|专门会议|动员会|部署会|机构)|专门会议|动员部署",
        ),
        (
            "assessment",
            "评定|考评|考核评价|奖惩|表彰|表扬|通报批评|约谈|追责|问责|问效|责任追究|绩效|评先|评优|一票否决",
        ),
        ("inspection", "抽查|督导|检查|督查|督察|督办|暗访|巡查|跟踪问效|核查|督促|监督"),
        ("assessment", "考核|评估|评价|验收"),
        ("briefing", "简报|专刊|投稿|信息报送|典型|宣传|媒体|舆论|经验|宣讲|解读|新闻"),
        (
            "organisation",
            "专班|领导小组|联席会议|动员|组织领导|组织机构|领导机构|主要负责人|第一责任人|分管|亲自|专人|联络员|"
            "经费|资金保障|人员保障|协调机制|协同|协作|配合|压实责任|责任分工|明确责任|统筹协调|细化|"
            "制定[^,。;]{0,12}方案",
        ),
    )
)
#: 信息报送 and the reporting of what was learnt are briefings, though they say 报送.
_BRIEFING_FIRST = re.compile("信息报送|简报|专刊|投稿")
_PARTING = ("filing", "inspection", "assessment")
_CLAUSE = re.compile(r"[^,]+,?")
_SENTENCE = re.compile(r"[^。;\n]+[。;]?")
_PERSON = re.compile(
    r"^ {0,8}(?:(?:常务)?副?组 {0,8}长|成 {0,8}员|主 {0,4}任|联系人)? {0,4}:? {0,4}"
    r"[\u4e00-\u9fff]{1,4}(?: {1,12}[\u4e00-\u9fff]{1,3})? {1,12}[\u4e00-\u9fff、()]{2,40}$"
)
_STAGE = re.compile(
    r"(?:阶段|步骤|环节)[^。\n]{0,12}?(?:\((?P<when>[^()\n]{2,40})\)|[:,。\n]|$)|^第[一二三四五六]阶段"
)
_STAGE_WORDS = re.compile(r"阶段|第[一二三四五六]步|步骤$")


def read_duties(folded: str, source: str, span: Span) -> list[Duty]:
    """One duty a sentence, where it says one of the known kinds; what is filed, checked and assessed in one sentence
    (报市府办备查,落实情况纳入年度考评) is one duty each."""
    duties: list[Duty] = []
    for match in _SENTENCE.finditer(folded, span.start, span.end):
        if len(match[0]) < 8 or _PERSON.match(match[0][:80]):
            continue
        for start, end, kind in _parts(folded, match.start(), match.end()):
            while start < end and folded[start] == " ":
                start += 1
            duties.append(Duty(source[start:end], Span(start, end), kind))
    return duties


def _parts(folded: str, start: int, end: int) -> list[tuple[int, int, str]]:
    """A sentence cut where a clause of another of the parting kinds begins; the rest stays with what precedes it."""
    whole = _kind(folded[start:end])
    if whole is None:
        return []
    parts: list[tuple[int, int, str]] = []
    begin, current = start, None
    for clause in _CLAUSE.finditer(folded, start, end):
        kind = _kind(clause[0])
        if kind not in _PARTING:
            continue
        if current is not None and kind != current:
            parts.append((begin, clause.start(), current))
            begin = clause.start()
        current = kind
    return [*parts, (begin, end, current or whole)] if parts else [(start, end, whole)]


def _kind(text: str) -> str | None:
    if _BRIEFING_FIRST.search(text):
        return "briefing"
    return next((name for name, pattern in _DUTIES if pattern.search(text)), None)


def read_stage(folded: str, source: str, heading: Span, whole: Span, when: Calendar) -> Duty | None:
    """A phase of the plan (「自查摸底阶段(7月3日至7月15日)」): `whole` with the days its heading or first sentence tells.

    A heading without days is no stage: 分阶段推进 says nothing that could be watched.
    """
    title = folded[heading.start : heading.end]
    if not _STAGE_WORDS.search(title[:60]) or not (found := _STAGE.search(title)):
        return None
    fields = (
        [Span(heading.start + found.start("when"), heading.start + found.end("when"))]
        if found["when"]
        else []
    )
    first = folded.find("。", heading.end + 1, min(whole.end, heading.end + 120))
    reach = heading if fields else Span(heading.start, max(heading.end, first))
    days = [
        (d.start_on or d.date_on, d.end_on or d.date_on)
        for d in read_deadlines(folded, source, reach, when, fields=fields).deadlines
        if d.start_on or d.date_on
    ]
    starts = [start for start, _ in days if start]
    ends = [end for _, end in days if end]
    if not ends:
        return None
    start = min(starts) if starts and (len(days) > 1 or starts[0] != ends[0]) else None
    return Duty(source[whole.start : whole.end], whole, "stage", start, max(ends))
