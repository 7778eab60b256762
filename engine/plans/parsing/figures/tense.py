"""Whether a clause tells what was reached already: 截至目前…, 去年…, 累计…, 完成了…, 近年来….

A figure of the past is no figure to reach. Words that ask for something (力争, 确保, 不低于) speak against it, where
they stand in the same clause.
"""

import re

_PAST = re.compile(
    r"截(?:至|止到?)(?!时间|日期)|目前|据(?:悉|统计|了解)|(?<![对将为而])已(?!知)|累计(?!目标)|共计|"
    r"共[有受办建开组发完培收召出举]|去年|往年|近年来|近几年|以来|连续[一二三四五六七八九十\d]|"
    r"取得[^,。;\n]{0,10}(?:成效|成绩|进展|突破)|(?<=[\u4e00-\u9fff])(?<![为除罢知])了(?![解结断如然])|先后|曾经?"
)
_ASKS = re.compile(
    r"力争|争取|力求|确保|努力|保证|不低于|不得?少于|不得|至少|不得?超过|不高于|应(?!急|用|诉|对|聘|届|答)|必须|须(?!知)|目标|"
    r"下一步|计划(?!生育)|拟|务必|要(?![求点素件闻害塞领道])|(?:到|至|于) ?20\d\d ?年"
)
_YEAR = re.compile(r"(?<![\d比较到至与于-])(20\d\d) ?年(?![底末内前-])")
#: Paragraphs of reports and news ask for something to come.
_ASKS_WEAKLY = re.compile(_ASKS.pattern + r"|将|提出|明确|实现|推进|加强|完善|深入")
#: What reports and news count up, though a plan may ask for it: 今年上半年, 共抽查案卷320卷.
_REPORTED = re.compile(
    r"今年(?:以来|上半年|前[一二三四五六七八九十]个?月|第?[一二三]季度)|(?<!\d)1月?[-~至]\d{1,2}月|"
    r"(?<![公中])共[\u4e00-\u9fff]{1,8}\d"
)
PLANS_AHEAD = re.compile(
    r"安排|打算|计划|下一步|下步|下一阶段|下一年|今后|思路|目标|要求|举措$|努力方向|对策"
)


def tells_history(sentence: str, clause: str, year: int | None = None) -> bool:
    """`sentence` surrounds `clause`, which ends with the figure. `year` is the document's: years before it are past."""
    past = bool(_PAST.search(sentence)) or (
        year is not None and any(int(y) < year for y in _YEAR.findall(sentence))
    )
    return past and not _ASKS.search(clause)


def paragraph_looks_ahead(paragraph: str, clause: str) -> bool:
    """Whether a figure in a report or news is asked for, and not reported."""
    if _ASKS.search(clause):
        return True
    if _REPORTED.search(paragraph[:400]):
        return False
    return not _PAST.search(paragraph[:200]) and bool(_ASKS_WEAKLY.search(paragraph[:400]))
