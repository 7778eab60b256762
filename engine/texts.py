"""Texts for people, in their language. Chinese is the source; English stands in one gettext catalogue.

The catalogue is read from its .po file when first asked for, so that nothing has to be compiled. Web, mail,
command line and the names of BPMN elements use it alike.
"""

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
