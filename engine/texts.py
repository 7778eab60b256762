"""Texts for people, in their language. Chinese is the source; English stands in one gettext catalogue.

The catalogue is read from its .po file when first asked for, so that nothing has to be compiled. Web, mail,
command line and the names of BPMN elements use it alike.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

LANGUAGES = ("zh", "en")
CATALOGUE = Path(__file__).parent / "locale" / "en" / "LC_MESSAGES" / "duban.po"


def translate(text: str, language: str, **params: Any) -> str:
    """The text in the language, its ``{name}`` parameters filled in; untranslated texts stay Chinese."""
    found = gettext(text, language)
    return found.format(**params) if params else found


def gettext(text: str, language: str) -> str:
    """The text in the language, parameters untouched."""
    return _english().get(text, text) if language == "en" else text


def N_(text: str) -> str:
    """Mark a text for the catalogue where it is only named, and translated later."""
    return text


#: Texts with parameters that the system itself writes into rows, such as the name of a period's report.
STORED = (
    N_("{year}年{month}月"),
    N_("{year}年第一季度"),
    N_("{year}年第二季度"),
    N_("{year}年第三季度"),
    N_("{year}年第四季度"),
    N_("{year}年上半年"),
    N_("{year}年下半年"),
    N_("{year}年度"),
    N_("{period}进展报告"),
    N_("{title}（{period}）"),
    N_("阶段报告（{title}）"),
    N_("{date}前"),
    N_("交办之日起{days}个工作日内"),
    N_("交办之日起{days}日内"),
    N_("{year}年节假日安排（{title}）"),
    N_("{year}年节假日暂定安排（{title}）"),
    N_("{date}的安排（{title}）"),
    N_("{year}年地方安排（{title}）"),
    N_("{year}年部分日期的安排（{title}）"),
    N_("工作日历调整：{title}"),
    N_("预置节假日安排"),
    N_("依据{title}调整：{reason}"),
    N_("第{pages}页没有文字，可能是扫描件，请先做文字识别"),
    N_("第{pages}页已损坏，未能读取"),
    N_("工作表“{title}”已隐藏，未读取"),
    N_("工作表“{title}”有 {days} 行被隐藏或筛选掉，已一并读取"),
    N_("工作表“{title}”的 {pages} 是公式，文件中没有保存结果，按空白处理"),
    N_("依据{title}调整时限"),
)
_PARAMETERS = {
    "year": r"\d{4}", "month": r"\d{1,2}", "days": r"\d+", "date": r"\d{4}-\d\d-\d\d", "title": ".+",
    "reason": ".+", "pages": "[A-Z0-9、等]+",
    "period": r"\d{4}年(?:\d{1,2}月|第[一二三四]季度|[上下]半年|度)",
}  # fmt: skip


def stored(text: str, language: str) -> str:
    """A text from a row in the language, if the system itself wrote it; what people wrote stays as it is."""
    if language != "en" or text in _english():
        return gettext(text, language)
    for source, pattern in _stored_patterns():
        if found := pattern.fullmatch(text):
            return gettext(source, language).format(
                **{name: stored(value, language) for name, value in found.groupdict().items()}
            )
    return text


@cache
def _stored_patterns() -> list[tuple[str, re.Pattern[str]]]:
    def group(field: re.Match[str]) -> str:
        return f"(?P<{field[1]}>{_PARAMETERS[field[1]]})"

    return [(source, re.compile(re.sub(r"\{(\w+)\}", group, source), re.DOTALL)) for source in STORED]


@cache
def _english() -> dict[str, str]:
    if not CATALOGUE.exists():
        return {}
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="en")
    return {
        str(message.id): str(message.string)
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }
