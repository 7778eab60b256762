"""Figures that stand in no figure: 审计全覆盖 and 全部经过审核 mean 100%; 低于全省平均水平 names no value."""

import re
from collections.abc import Iterator

from ..text.clauses import clause_end, clause_start, sentence_end, sentence_start, trimmed
from .indicator_names import clean, coverage_name, is_measured
from .tense import tells_history

_ALL_COVERED = re.compile(r"(?:100% ?|百分之?百 ?)?全(?:面)?覆盖(?=[,。;:、\n)”和并且且 ]|$)")
_ALL = re.compile(
    r"全部(?P<verb>经过|通过|完成|达到|达标|实现|纳入|接受|建成|配备|办结|整改|销号|建立|落实到位|进行)(?P<rest>[\u4e00-\u9fff“”]{0,20})"
)
_COMPARED = re.compile(
    r"(?P<op>不低于|不高于|高于|优于|好于|低于|达到)(?P<with>(?:全[国省市县区]|省定|市定|国家|上级|规定)[\u4e00-\u9fff]{0,8}?"
    r"(?:平均水平|平均值|平均数|平均|目标|标准|要求))"
)
_OPS = {"不低于": ">=", "达到": ">=", "高于": ">", "优于": ">=", "好于": ">=", "不高于": "<=", "低于": "<"}
_DROPPED = ("经过", "接受", "进行")


def read_unsaid(
    text: str, plain: str, year: int | None
) -> Iterator[tuple[str, int, int, str, float | None, str]]:
    """Name, start, end, operator, value and unit of each; `text` is `plain` with what counts nothing blanked."""
    for match in _ALL_COVERED.finditer(text):
        start, end = _clause(text, match)
        if (
            (name := coverage_name(plain[start : match.start()]))
            and len(name) > 4
            and not _past(text, match, year)
        ):
            yield name, start, end, ">=", 100.0, "%"
    for match in _ALL.finditer(text):
        start, end = _clause(text, match)
        what = clean(plain[start : match.start()])
        if len(what) >= 3 and not _past(text, match, year):
            verb = "" if match["verb"] in _DROPPED else match["verb"]
            yield (
                (what + verb + plain[match.start("rest") : match.end("rest")])[:40],
                start,
                end,
                ">=",
                100.0,
                "%",
            )
    for match in _COMPARED.finditer(text):
        start, end = _clause(text, match)
        what = clean(plain[start : match.start()])
        if is_measured(what) and not _past(text, match, year):
            yield what[-40:], start, end, _OPS[match["op"]], None, ""


def _clause(text: str, match: re.Match[str]) -> tuple[int, int]:
    return trimmed(text, clause_start(text, match.start(), 0), clause_end(text, match.end(), len(text)))


def _past(text: str, match: re.Match[str], year: int | None) -> bool:
    start = clause_start(text, match.start(), 0)
    around = text[sentence_start(text, match.start(), 0) : sentence_end(text, match.end(), len(text))]
    return tells_history(around, text[start : match.end()], year)
