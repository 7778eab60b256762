"""Lines of the folded text: trimmed, with their place, and without the furniture of web pages."""

import re
from dataclasses import dataclass

#: What web pages put around a document. Anchored at the start of a line.
_FURNITURE = re.compile(
    r"(?:无障碍|关怀版|长者|老年模式|网站支持IPv6|当前位置|您(?:现在)?的位置|首页 ?[>》-]|来源 ?:|时间 ?:|"
    r"信息来源|(?:发布|发文|更新|公开|创建)(?:时间|日期) ?:|访问量|浏览(?:量|次数)|阅读(?:量|次数)|点击(?:数|量|次数)|"
    r"文章关键词|关键词 ?:|分享(?:到)? ?:|分享到|扫码|扫一扫|打印本页|打印|关闭窗口|【?(?:字体|字号)|\[?字体|责任编辑|"
    r"编辑 ?:|审核 ?:|相关阅读|相关(?:文章|链接|解读)|附件下载|上一(?:篇|条)|下一(?:篇|条)|猜你想看|版权所有|copyright|"
    r"主办单位 ?:.{0,40}(?:ICP|网站)|工业和信息化部 ?备案|.{0,6}ICP备|声明 ?:|nEO_IMG|返回(?:顶部|首页)|"
    r"-? ?\d{1,3} ?-?$|第 ?\d{1,3} ?页)",
    re.IGNORECASE,
)

_NOT_LINE_END = re.compile(r"[^\n]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its outer blanks: `folded[start:end] == text`. `after_blank` if an empty line stands before."""

    start: int
    end: int
    text: str
    after_blank: bool


def split_lines(folded: str) -> list[Line]:
    """All lines that hold text and are no furniture, in order."""
    lines: list[Line] = []
    at, after_blank = 0, True
    for raw in folded.split("\n"):
        text = raw.strip(" ")
        start = at + len(raw) - len(raw.lstrip(" "))
        if not text:
            after_blank = True
        elif not _FURNITURE.match(text):
            lines.append(Line(start, start + len(text), text, after_blank))
            after_blank = False
        at += len(raw) + 1
    return lines


def without_furniture(folded: str, lines: list[Line]) -> str:
    """`folded` with blanks where no line of `lines` stands, so that a page mark inside a list is not read."""
    kept: list[str] = []
    at = 0
    for line in lines:
        kept += [_NOT_LINE_END.sub(" ", folded[at : line.start]), line.text]
        at = line.end
    return "".join([*kept, _NOT_LINE_END.sub(" ", folded[at:])])
