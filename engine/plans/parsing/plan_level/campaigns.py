"""专项行动 and 攻坚行动 that reports, narratives and news name: proposals, never key tasks."""

import re
from collections.abc import Sequence

from ..draft import Campaign
from ..source import Span

_ACTION = r"(?:行动(?:计划)?|攻坚战|保卫战|歼灭战)"
_HEADING = re.compile(rf"[^。;!?\n]{{2,40}}?{_ACTION}(?:\([^()\n]{{1,20}}\))?[。:]?$")
_COUNTED = re.compile(rf"[一二三四五六七八九十几\d] ?(?:大|项|个)[\u4e00-\u9fff]{{0,6}}?{_ACTION}”?$")
_NUMBER = re.compile(r"^(?:[(〔]?[一二三四五六七八九十\d]{1,3}[)〕、.,:]+ ?|[①-⑳]|[一二三四五六七八九十]是)")
_VERB = r"(?:深入|全面|扎实|组织|持续|统筹|部署|启动|开展|实施|推进|深化|抓好|打好|打赢)"
_VERBS = re.compile(rf"^{_VERB}{{1,3}}")
_NAMED = re.compile(
    rf"{_VERB}{{1,3}}(?P<name>[\u4e00-\u9fff“”()、]{{2,40}}?(?:专项[\u4e00-\u9fff]{{0,4}}行动|攻坚[\u4e00-\u9fff]{{0,4}}行动|提升行动|整治行动|"
    r"年行动(?:计划)?|行动计划|攻坚战|保卫战))”?(?!方案)"
)
_STAGES = re.compile(
    r"(?:分为?|包括|经过|按照)(?P<list>[\u4e00-\u9fff、“” ]{6,100}?)等?[一二三四五六七八九\d]?个?(?:环节|阶段|步骤)"
)


def name_in_heading(heading: str) -> str | None:
    """The campaign that a short line names, as a heading does."""
    if len(heading) > 45 or not _HEADING.match(heading) or _COUNTED.search(heading.rstrip("。:")):
        return None
    name = _VERBS.sub("", _NUMBER.sub("", heading.rstrip("。:")))
    return name if len(name) > 4 else None


def read_named_campaigns(folded: str, source: str, span: Span) -> list[Campaign]:
    """Campaigns named in running text: 开展…专项行动, 实施…三年行动计划."""
    found = []
    for match in _NAMED.finditer(folded, span.start, span.end):
        said = match["name"]
        if _COUNTED.search(said):
            continue
        place = Span(match.start("name"), match.end("name"))
        written = source[place.start : place.end]
        found.append(Campaign(_unquoted(_VERBS.sub("", written)), written, place))
    return found


def read_stages(folded: str, spans: Sequence[Span]) -> tuple[str, ...]:
    """The steps that the paragraphs of a campaign list (分为部署安排、自查自评、…等环节)."""
    for span in spans:
        for match in _STAGES.finditer(folded, span.start, span.end):
            steps = [
                s.strip(" “”")
                for s in re.split(
                    "、|(?<=[\u4e00-\u9fff]{2})(?:以及|和|及)(?=[\u4e00-\u9fff]{2})", match["list"]
                )
            ]
            steps = [s for s in steps if s]
            if len(steps) >= 3 and all(len(s) <= 12 for s in steps):
                return tuple(steps)
    return ()


def _unquoted(name: str) -> str:
    return name[1:] if name.startswith("“") and "”" not in name else name
