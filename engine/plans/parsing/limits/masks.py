"""What holds dates and durations but never a limit: names of documents, quotations, document numbers."""

import re

from .compact import BLANK
from .phrases import ROUTINES

_NOT_READ = re.compile(
    r"《[^《》\n]{1,100}》|〔\d{4}〕|"
    # Quoted words are slogans, except names of days and plan periods, and rhythms that are introduced so.
    rf"“(?!十[一二三四五六七八九]五|五一|十一|七一|八一|[^”\n]{{0,12}}[周月季度](?:{ROUTINES}))[^“”\n]{{1,40}}”"
)


def mask(text: str) -> str:
    """`text`, of the same length, without what must not be read."""
    return _NOT_READ.sub(lambda m: BLANK * len(m[0]), text)
