"""What the document is: title, issuer, 文号, signed date, the year it speaks of, and its kind."""

import re
from collections.abc import Sequence
from datetime import date
from itertools import accumulate

from .assignments.labels import LABEL
from .draft import DocumentKind
from .outline.numbering import read_mark
from .text.lines import Line
from .text.normalise import fold
from .text.numerals import to_int

_TITLE_END = re.compile(
    r"(?:通知|意见|方案|要点|计划|办法|规划|报告|安排|清单|分工|分解|分解表|任务书|任务表|细则|决定|通报|工作行动|行动|公告|实施意见|责任制|措施|若干措施|汇报)"
    r"(?:\([^()]{1,12}\)|》)?$"
)
_PROMULGATES = re.compile(r"(?:印发|转发|下发|发布)《([^》]{4,120})》(?:的通知|的函|的公告)")
_PROMULGATES_BARE = re.compile(r"关于(?:印发|转发|下发)([^《》]{4,80})的通知$")
_REFERENCE = re.compile(r"^[\u4e00-\u9fff]{1,14} ?[〔\[(] ?(?:19|20)\d\d ?[〕\])] ?(?:第 ?)?\d{1,5} ?号$")
_REFERENCE_LABEL = re.compile(r"^(?:文号|发文字号|文件编号) ?: ?")
_N = r"[\d〇零一二三四五六七八九十]"
_DATE_LINE = re.compile(
    rf"^\(?(?P<y>\d{{4}}|[二〇零一三四五六七八九]{{4}}) ?年 ?(?P<m>{_N}{{1,3}}) ?月 ?(?P<d>{_N}{{1,3}}) ?日\)?$"
)
_SIGNED_LINE = re.compile(
    rf"(?P<who>[\u4e00-\u9fff]{{4,40}}[会委府局办室院厅组部]) {{1,30}}{_DATE_LINE.pattern[1:]}"
)
_SIGNED_LABEL = re.compile(
    r"(?:成文日期|签发日期|成文时间) ?: ?(?P<y>\d{4}) ?[-年./] ?(?P<m>\d{1,2}) ?[-月./] ?(?P<d>\d{1,2})"
)
#: 版记 and what stands beside it: to whom copies go, which office printed when.
_IMPRINT = re.compile(
    r"抄送 ?:|主题词 ?:|\(此件|附件 ?\d{0,2} ?:|.{0,40}(?:19|20)\d\d年\d{1,2}月\d{1,2}日 ?印发$"
)
_ISSUER_LABEL = re.compile(r"(?:发文机关|发布机构|发文单位|制发机关) ?: ?([\u4e00-\u9fff]{4,30})")
#: (云政办发〔2024〕3号 2024年3月1日) or (2024年3月1日印发) below the title.
_CAPTION = re.compile(
    r"\((?P<reference>[\u4e00-\u9fff]{1,14} ?[〔\[(] ?(?:19|20)\d\d ?[〕\])] ?(?:第 ?)?\d{1,5} ?号)?[ ,、]{0,9}"
    r"(?P<y>\d{4}) ?年 ?(?P<m>\d{1,2}) ?月 ?(?P<d>\d{1,2}) ?日 ?(?:印发|发布|公布)?\)"
)
_PUBLISHED = re.compile(
    r"(?:发布|发文|印发|公开)?(?:时间|日期) ?: ?(?P<y>\d{4}) ?[-年./]|"
    r"^ {0,9}(?P<printed>\d{4}) ?[-年./] ?\d{1,2} ?[-月./] ?\d{1,2} ?日?(?: {1,9}\d{1,2}:\d\d| {1,9}(?:来源|作者|记者))",
    re.MULTILINE,
)
_ISSUER = re.compile(r"[\u4e00-\u9fff、 ()]{4,60}(?:会|委|府|局|办|室|院|厅|组|部|司|署|公司|中心|处|队|行)")
_BEGINS_TITLE = re.compile(
    r"关于|^[\u4e00-\u9fff]{2,6}[省市县区州旗镇乡]|^(?:19|20)\d\d年|^中共|^全[省市县区]"
)
_RANGE_OF_YEARS = re.compile(r"(?:19|20)\d\d ?年? ?[-~至到] ?(?:19|20)\d\d")
_A_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d) ?年")

#: No line of a title ends or holds a sentence.
_SENTENCE = re.compile(r"[。;!?]|:$")
#: Sentences and labels; a colon or question inside a headline is none.
_NO_HEADLINE = re.compile(f"[。;:]$|[。;]|{LABEL.pattern}")

_REPORT = re.compile(
    r"(?:情况|工作)[^。\n]{0,40}(?:报告|汇报|公布|通报)如下|(?:情况|年度)(?:的)?报告$|^[一二三四五六七八九]、存在(?:的)?(?:主要)?(?:不足|问题)",
    re.MULTILINE,
)
_REPORT_TITLE = re.compile(r"(?:报告|总结|汇报|情况|情况表|通报)(?:\([^()]{1,12}\))?$")
_REPORT_ENDINGS = ("报告", "总结", "汇报")
#: 试行, or the years it is for: in brackets on the line below the title.
_TITLE_BRACKET = re.compile(r"\((?:[^()]{0,12}(?:试行|暂行|草案|稿|修订|版)|(?:19|20)\d\d[^()]{0,14}年度?)\)")
_PLAN_TITLE = re.compile(r"(?:意见|方案|要点|计划|办法|规划|细则|任务书|清单)(?:\([^()]{1,12}\))?$")
#: Titles below which sentences may assign: plans, and what hands out tasks by another name.
_TASK_TITLE = re.compile(
    _PLAN_TITLE.pattern + r"|(?:分工|分解表?|任务表?|安排|措施|通知|目标|行动|台账)(?:\([^()]{1,20}\))?$"
)
_NEWS = re.compile(
    r"^近日,|据(?:悉|了解|介绍),|记者|本报讯|(?:负责人|相关负责同志)(?:说|介绍|表示)|"
    r"[书局主院市县区镇乡处科所队站][记长任][\u4e00-\u9fff]{2,3}(?:说|介绍|表示)|^\((?:责任)?编辑 ?:|通讯员|日讯",
    re.MULTILINE,
)


def compact(text: str) -> str:
    """Without the blanks between Chinese characters, which only lay out."""
    return re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", text).strip()


def read_title(lines: Sequence[Line], head: Sequence[Line], source: str) -> str | None:
    """The title of the plan itself: what a covering notice promulgates, else the last title before the text,
    else a short first line. Cut from `source`; only layout blanks are dropped."""
    original = "".join(compact(source[line.start : line.end]) for line in lines[:40])
    ends = set(accumulate(len(compact(source[line.start : line.end])) for line in lines[:40]))
    for match in _PROMULGATES.finditer(fold(original)):
        if match.end() in ends:
            return original[match.start(1) : match.end(1)]
    titles = _titles(head[:40], source)
    for title in titles:
        if bare := _PROMULGATES_BARE.search(title):
            return bare[1]
    if plans := [t for t in titles if not t.endswith(("通知", "公告", "函"))]:
        return plans[-1]
    if titles:
        return titles[0]
    if not lines or read_mark(lines[0].text, 1):
        return None
    first = compact(source[lines[0].start : lines[0].end])
    return first if 4 <= len(first) <= 60 and not _NO_HEADLINE.search(fold(first)) else None


def _titles(head: Sequence[Line], source: str) -> list[str]:
    """Titles in the head, each put together from its lines: at the very top, or below a signature or 附件."""
    texts = [compact(source[line.start : line.end]) for line in head]
    folded = [fold(text) for text in texts]
    running_text = next((i for i, text in enumerate(folded) if len(text) > 60 or "。" in text), len(head))
    titles: list[str] = []
    for i, text in enumerate(folded):
        if not _is_title_line(folded, i) or not _TITLE_END.search(text):
            continue
        j = i
        while (
            not _BEGINS_TITLE.search("".join(folded[j : i + 1]))
            and j > 0
            and i - j < 3
            and _is_title_line(folded, j - 1)
            and (
                not _TITLE_END.search(folded[j - 1])
                or not (head[j].after_blank or folded[j - 1].endswith(("通知", "公告", "函", "文件")))
            )
        ):
            j -= 1
        if j and folded[j].startswith("关于") and not head[j].after_blank and _names_issuer(folded[j - 1]):
            j -= 1
        above = folded[j - 1] if j else ""
        if j < running_text or _DATE_LINE.match(above) or above.startswith("附件") or _REFERENCE.match(above):
            titles.append("".join(texts[j : i + 1]) + _bracket_below(head, texts, folded, i))
    return titles


def _bracket_below(head: Sequence[Line], texts: Sequence[str], folded: Sequence[str], i: int) -> str:
    """(试行) or (2024-2026年) on the line below a title; a date in brackets is none."""
    below = folded[i + 1] if i + 1 < len(folded) and not head[i + 1].after_blank else ""
    if _TITLE_BRACKET.fullmatch(below) and not _DATE_LINE.match(below):
        return texts[i + 1]
    return ""


def _names_issuer(text: str) -> bool:
    """Whether a line holds nothing but who issues: the first line of many titles."""
    return len(text) <= 60 and bool(_ISSUER.fullmatch(text))


def _is_title_line(folded: Sequence[str], i: int) -> bool:
    text = folded[i]
    if not 2 <= len(text) <= 60 or _SENTENCE.search(text) or ">" in text or text.startswith("附件"):
        return False
    if _DATE_LINE.match(text) or _REFERENCE.match(text):
        return False
    return not (i + 1 < len(folded) and _DATE_LINE.match(folded[i + 1]))


def read_sign_off(lines: Sequence[Line], source: str, folded: str) -> tuple[str | None, date | None]:
    """Issuer and date as signed: a line that is only a date, with the name or names above it or before it."""
    first: date | None = None
    for i, line in enumerate(lines):
        if len(line.text) > 100:
            continue
        match = _DATE_LINE.match(line.text) or _SIGNED_LINE.match(line.text)
        if not match or not (on := _date(match)):
            continue
        if "who" in match.re.groupindex:
            return compact(source[line.start : line.start + match.end("who")]), on
        if signers := _signers(lines, i):
            return "、".join(compact(source[above.start : above.end]) for above in signers), on
        first = first or on
    if first is None and (match := _SIGNED_LABEL.search(folded)):
        first = _date(match)
    if first is None and (caption := _caption(lines)):
        first = _date(caption)
    return None, first


def _caption(lines: Sequence[Line]) -> re.Match[str] | None:
    """The line in brackets below a title that says number and date."""
    return next((m for line in lines[:12] if (m := _CAPTION.fullmatch(line.text))), None)


def _signers(lines: Sequence[Line], i: int) -> list[Line]:
    """The lines above the date in line `i` that name who signs: one, or two of one place (市委办公室, 市政府办公室)."""
    above = lines[i - 1] if i else None
    if above is None or not _names_issuer(compact(above.text)):
        return []
    if i >= 2 and len(lines[i - 2].text) <= 40:
        first, second = (compact(line.text).removeprefix("中共") for line in (lines[i - 2], above))
        if _names_issuer(first) and first != second and first[:2] == second[:2] and "、" not in first:
            return [lines[i - 2], above]
    return [above]


def read_issuer(lines: Sequence[Line], folded: str) -> str | None:
    """The issuer where no signature names it: a label, or what stands before 关于 in the title."""
    if match := _ISSUER_LABEL.search(folded):
        return match[1]
    for line in lines[:12]:
        name = compact(line.text).partition("关于")[0]
        if "关于" in line.text and _ISSUER.fullmatch(name):
            return name
    return None


def closing_lines(lines: Sequence[Line]) -> set[int]:
    """Starts of lines that sign, date or distribute the document and so belong to no numbered place."""
    closing: set[int] = set()
    for i, line in enumerate(lines):
        text = line.text
        if len(text) <= 30 and _DATE_LINE.match(text):
            closing.add(line.start)
            closing.update(above.start for above in _signers(lines, i))
        elif (len(text) <= 100 and _SIGNED_LINE.match(text)) or _IMPRINT.match(text[:80]):
            closing.add(line.start)
    return closing


def read_reference(head: Sequence[Line]) -> str | None:
    """The 文号 as written, from a line of its own in the head or from the bracket below the title."""
    for line in head[:20]:
        written = _REFERENCE_LABEL.sub("", line.text)
        if _REFERENCE.match(written):
            return compact(written)
    caption = _caption(head)
    return compact(caption["reference"]) if caption and caption["reference"] else None


def read_document_year(title: str | None, signed_on: date | None, folded: str) -> int | None:
    """The year that limits without a year mean: the signed year, or a later one that the title names."""
    named = None
    if title and not _RANGE_OF_YEARS.search(fold(title)) and (match := _A_YEAR.search(fold(title))):
        named = int(match[1])
    if signed_on:
        return named if named and named > signed_on.year else signed_on.year
    if named:
        return named
    if match := _PUBLISHED.search(folded):
        return int(match["y"] or match["printed"])
    years = [int(y) for y in _A_YEAR.findall(folded[:20_000])]
    return max(set(years), key=lambda y: (years.count(y), y)) if years else None


def is_report(title: str | None) -> bool:
    """Whether the title promises what was done, not what is to do."""
    return bool(title and _REPORT_TITLE.search(fold(title)))


def gives_tasks(title: str | None) -> bool:
    """Whether the title is one of a plan, or of what hands out tasks by another name."""
    return bool(title and _TASK_TITLE.search(fold(title)))


def promises_tasks(title: str | None, folded: str, sentences: int) -> bool:
    """Whether sentences alone (市甲局牵头,市乙局配合), without a label or a bracket, may be key tasks here.

    In a plan they are; in a report or in news they tell what was done. Without a telling title it takes two.
    """
    if gives_tasks(title) and not _NEWS.search(folded[:200_000]):
        return True
    sample = folded[:200_000]
    if (title and title.endswith(_REPORT_ENDINGS)) or _REPORT.search(sample) or _NEWS.search(sample):
        return False
    return sentences > 1


def read_kind(
    title: str | None, folded: str, *, has_key_tasks: bool, lists_problems: bool, indicators: int
) -> DocumentKind:
    """What the document is. Whoever is assigned makes a plan; without assignments the wording decides."""
    if has_key_tasks:
        return DocumentKind.RECTIFICATION_LIST if lists_problems else DocumentKind.TASK_PLAN
    sample = folded[:200_000]
    plan_title = bool(title and _PLAN_TITLE.search(fold(title)))
    if (title and title.endswith(_REPORT_ENDINGS)) or (_REPORT.search(sample) and not plan_title):
        return DocumentKind.ANNUAL_REPORT
    if plan_title and indicators >= 3:
        return DocumentKind.INDICATOR_PLAN
    if len(_NEWS.findall(sample)) >= 2:
        return DocumentKind.NEWS
    orders = plan_title or bool(title and fold(title).endswith("通知"))
    return DocumentKind.TASK_PLAN if orders else DocumentKind.NARRATIVE


def _date(match: re.Match[str]) -> date | None:
    try:
        return date(to_int(match["y"]) or 0, to_int(match["m"]) or 0, to_int(match["d"]) or 0)
    except ValueError:
        return None
