"""What binds the whole plan: duties of the chapters on organisation, and cadences outside the key tasks."""

import re

from .deadlines import Calendar, read_deadlines
from .draft import Cadence, DeadlineKind, Duty
from .source import Span

_DUTIES = (
    ("filing", re.compile("报备|备查|备案|报送|上报|报[^,。;、]{0,14}(?:办|办公室|委|局|政府)")),
    ("inspection", re.compile("抽查|督导检查|督查|督察|检查|暗访")),
    ("assessment", re.compile("考评|考核|评定|评估|奖惩|问责")),
    ("briefing", re.compile("简报|专刊|投稿|信息报送|典型选树|宣传|媒体")),
    ("organisation", re.compile("专班|领导小组|联席会议|专门会议|动员部署|组织领导机构")),
)
_SENTENCE = re.compile(r"[^。;\n]+[。;]?")
_CLAUSE_START = re.compile(r"[,。;\n:]")


def read_duties(folded: str, source: str, span: Span) -> list[Duty]:
    """One duty a sentence, where the sentence says one of the known kinds."""
    duties: list[Duty] = []
    for match in _SENTENCE.finditer(folded, span.start, span.end):
        text = match[0]
        if len(text) < 8:
            continue
        kind = next((name for name, pattern in _DUTIES if pattern.search(text)), None)
        if kind:
            start = match.start() + len(text) - len(text.lstrip(" "))
            duties.append(Duty(source[start : match.end()], Span(start, match.end()), kind))
    return duties


def read_cadences(folded: str, source: str, span: Span, subject: str, when: Calendar) -> list[Cadence]:
    """Recurring acts (每季度通报…) in `span`; the action is what the rest of the clause says."""
    cadences: list[Cadence] = []
    for limit in read_deadlines(folded, source, span, when).deadlines:
        if limit.kind is not DeadlineKind.RECURRING or limit.period is None:
            continue
        edge = re.compile(r"[,。;\n、]").search(folded, limit.span.end, min(span.end, limit.span.end + 80))
        end = edge.start() if edge else min(span.end, limit.span.end + 80)
        action = source[limit.span.end : end].strip()
        if action:
            place = Span(limit.span.start, end)
            cadences.append(Cadence(subject, limit.period, action, source[place.start : place.end], place))
    return cadences
