"""A saved page before it is parsed: what shows no text is cut out, and what would cost without bound refused.

Building the tree costs time in proportion to the depth of nesting, and each unclosed formatting element
(<b>, <font>) is repeated in every block that follows; a few hundred kilobytes can so ask for hours.
"""

import re

from engine.errors import UnreadableDocument

MAX_TAGS = 400_000
MAX_DEPTH = 250
MAX_REPEATED = 1_000_000


def words(names: str) -> frozenset[str]:
    return frozenset(names.split())


_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,30})|<!--|<!\[CDATA\[")
#: Elements whose content is no text of the page.
_SILENT = frozenset(
    ("script", "style", "svg", "noscript", "template", "iframe", "object", "textarea", "select")
)
_VOID = words("area base br col embed hr img input link meta param source track wbr frame basefont bgsound")
#: Elements that their own kind or their parent closes.
_SELF_ENDING = frozenset(
    [
        "p",
        "li",
        "td",
        "th",
        "tr",
        "tbody",
        "thead",
        "tfoot",
        "option",
        "optgroup",
        "dt",
        "dd",
        "html",
        "head",
        "body",
        "colgroup",
        "caption",
        "rt",
        "rp",
    ]
)
_FORMATTING = words("a b big code em font i nobr s small strike strong tt u")
_INLINE = _FORMATTING | {"span"}
_MAX_ATTRIBUTES = 300


def cut(markup: str) -> str:
    """`markup` without scripts, styles, drawings and comments. Raises `plans.html_unsafe`."""
    folded = _lower(markup)
    kept: list[str] = []
    open_tags: list[str] = []
    unclosed = dict.fromkeys(_FORMATTING, 0)
    at = tags = repeated = 0
    while match := _TAG.search(markup, at):
        start = match.start()
        kept.append(markup[at:start])
        if not match[2]:
            close = "-->" if match[0] == "<!--" else "]]>"
            end = markup.find(close, start)
            at = len(markup) if end < 0 else end + len(close)
            continue
        name, closing = match[2].lower(), bool(match[1])
        tags += 1
        if name in _SILENT and not closing:
            end = folded.find(f"</{name}", start)
            end = folded.find(">", end) if end >= 0 else -1
            at = len(markup) if end < 0 else end + 1
            continue
        end = markup.find(">", start)
        at = len(markup) if end < 0 else end + 1
        tag = markup[start:at]
        if len(tag) > 4000 and len(tag.split(None, _MAX_ATTRIBUTES)) > _MAX_ATTRIBUTES:
            raise _unsafe()
        kept.append(tag)
        if name in _FORMATTING:
            unclosed[name] = max(0, unclosed[name] + (-1 if closing else 1))
        elif not closing:
            repeated += sum(unclosed.values())
        if name not in _VOID and name not in _SELF_ENDING and not tag.endswith("/>"):
            _nest(open_tags, name, closing=closing)
        if tags > MAX_TAGS or len(open_tags) > MAX_DEPTH or repeated > MAX_REPEATED:
            raise _unsafe()
    kept.append(markup[at:])
    return "".join(kept)


def _nest(open_tags: list[str], name: str, *, closing: bool) -> None:
    if not closing:
        open_tags.append(name)
        return
    for back in range(1, min(len(open_tags), 12) + 1):
        if open_tags[-back] == name:
            del open_tags[-back:]
            return
        if name in _INLINE and open_tags[-back] not in _INLINE:
            return  # an inline end tag does not reach through a block


def _lower(markup: str) -> str:
    """ASCII letters in lower case; str.lower may change the length."""
    return markup.translate({at: at + 32 for at in range(65, 91)})


def _unsafe() -> UnreadableDocument:
    return UnreadableDocument(
        "plans.html_unsafe", "网页的结构异常复杂，已拒绝读取，请复制其中的正文后粘贴导入"
    )
