"""Lines of the folded text: trimmed, with their place, and without the furniture of web pages."""

import re
from dataclasses import dataclass

#: What web pages and printers put around a document, at the start of a line.
_FURNITURE = re.compile(
    r"无障碍|关怀版|长者(?:助手|模式|版|专区)|老年模式|适老|网站支持IPv6|本站支持|手机版|繁体版|English|"
    r"(?:当前|您(?:的|现在的|所在的|当前的)?|你的|现在的?)位置 ?[:>]?|首页 ?[>》»/|-]|网站首页|"
    r"返回(?:顶部|首页|列表|上一页)|"
    r"(?:信息)?来源 ?:|稿件来源|文章来源|(?:发布|发文|更新|公开|创建|录入)?(?:时间|日期) ?: ?(?:\d{4}|$)|"
    r"(?:访问|浏览|阅读|点击)(?:量|数|次数) ?[:\d]?|人气 ?:|(?:文章)?关键[词字] ?:|"
    r"分享(?:到|至)? ?(?::|微信|微博|QQ|$)|扫(?:码|一扫)(?:浏览|分享|关注|在手机|下载|打开|$)|用微信扫|"
    r"打印(?:本页|此页|正文|文章)?(?: |$)|【?(?:打印|关闭|收藏)】?(?: |$)|关闭(?:窗口|本页)|我要(?:纠错|打印|分享|收藏)|"
    r"[【\[]?字[体号] ?[:：]|责任编辑|(?:网站)?编辑 ?:|(?:审核|校对|作者|撰稿|供稿|摄影) ?: ?.{0,20}$|"
    r"相关(?:阅读|文章|链接|新闻|文档|稿件)|(?:政策|图文|相关)解读(?:$| ?[:>])|附件下载|相关附件|"
    r"上一(?:篇|条|页)|下一(?:篇|条|页)|猜你(?:想看|喜欢)|热门(?:文章|推荐|关键词)|推荐(?:阅读|文章)|"
    r"版权所有|copyright|©|主办(?:单位)? ?:.{0,40}(?:ICP|网站|承办)|(?:网站)?承办(?:单位)? ?:.{0,40}(?:ICP|网站|维护)|"
    r"网站(?:标识码|地图|声明)|政府网站标识码|联系我们(?:$| ?[|:])|工业和信息化部 ?备案|.{0,6}ICP备|.{0,4}公网安备|"
    r"(?:免责)?声明 ?:|本(?:站|网)(?:转载|所有|声明)|nEO_IMG|"
    r"-{0,3} ?\d{1,4} ?-{0,3}$|第 ?\d{1,4} ?页(?: ?[,/]? ?共 ?\d{1,4} ?页)?$|\d{1,4} ?/ ?\d{1,4}$",
    re.IGNORECASE,
)
#: A line that says who has to do something is content, whatever it begins with.
_ASSIGNS = re.compile(
    r"牵头|(?:责任|配合|落实|实施|协办|督导)(?:单位|部门) ?:|负责(?!人|任)|分工|完成时[限间] ?:|时限 ?:"
)

#: Heads the links to other pages that stand below a document, and what no such link holds.
_HEADS_LINKS = re.compile(r"相关(?:阅读|文章|链接|新闻|文档|稿件|信息)|猜你|热门|推荐(?:阅读|文章)|延伸阅读")
_NO_LINK = re.compile(r"[。;]|(?:单位|部门|时[限间]) ?:|牵头")
_MAX_LINK = 60

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
    links: int | None = None
    for raw in folded.split("\n"):
        text = raw.strip(" ")
        start = at + len(raw) - len(raw.lstrip(" "))
        if not text:
            after_blank = True
        elif is_furniture(text):
            links = len(lines) if _HEADS_LINKS.match(text) else links
        else:
            links = None if len(text) > _MAX_LINK or _NO_LINK.search(text) else links
            lines.append(Line(start, start + len(text), text, after_blank))
            after_blank = False
        at += len(raw) + 1
    return lines if links is None else lines[:links]


def is_furniture(text: str) -> bool:
    """Whether a folded, trimmed line belongs to the page around a document and not to the document."""
    return bool(_FURNITURE.match(text)) and not _ASSIGNS.search(text, 0, 2000)


def without_furniture(folded: str, lines: list[Line]) -> str:
    """`folded` with blanks where no line of `lines` stands, so that a page mark inside a list is not read."""
    kept: list[str] = []
    at = 0
    for line in lines:
        kept += [_NOT_LINE_END.sub(" ", folded[at : line.start]), line.text]
        at = line.end
    return "".join([*kept, _NOT_LINE_END.sub(" ", folded[at:])])
