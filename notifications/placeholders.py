"""What may stand in an installation's own words for a kind of news: a closed set of names, checked before anything is saved.

Names are replaced by text and that is all: nothing of what is typed here is ever evaluated.
"""

import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass

from engine.errors import InvalidInput
from engine.settings import Settings
from engine.texts import N_
from notifications.channels import sms
from notifications.templates import NEWS, placeholders

#: The product's own lines below a title: reasons, words added, what changed, what is due. Empty where there are none.
DETAIL = "detail"

NAMES: Mapping[str, str] = {
    "number": N_("事项或者任务编号"),
    "title": N_("事项、任务或者行动的名称"),
    "unit": N_("承办单位"),
    "part": N_("应报材料或者问题"),
    "actor": N_("办理人"),
    "due_on": N_("期限"),
    "owner": N_("逾期单位"),
    "what": N_("到期的内容"),
    "document": N_("文件"),
    "role": N_("单位职责"),
    "count": N_("项数"),
    DETAIL: N_("理由、附言、变动等明细"),
}

#: What recipients.py knows of the subject of a kind, by its first word, beside what the product's own text names.
_KNOWN: Mapping[str, tuple[str, ...]] = {
    "work_item": ("number", "title", "unit", "actor"),
    "obligation": ("number", "title", "unit", "part", "actor"),
    "review": ("number", "title", "unit", "part", "actor"),
    "extension": ("number", "title", "unit", "part", "actor"),
    "change_request": ("number", "title", "unit", "part", "actor"),
    "notice": ("number", "title", "unit", "part", "actor"),
    "check": ("number", "title", "unit", "actor"),
    "rectification": ("number", "title", "unit", "part", "actor"),
    "key_task": ("number", "title", "unit", "actor"),
    "campaign": ("title", "actor"),
    "deadline": ("number", "title", "unit", "owner", "part", "what", "due_on"),
}
#: What a reader cannot do without, where the product names it.
_MANDATORY = ("number", "title", "due_on", "count")

#: Characters that a name stands for as a rule, to tell how long a short message becomes.
_LENGTHS = {"number": 8, "title": 40, "unit": 12, "part": 30, "actor": 8, "due_on": 10, "owner": 12, "what": 8,
            "document": 40, "role": 8, "count": 3}  # fmt: skip
_USUAL = 12

LONGEST_TITLE, LONGEST_BODY = 200, 2000
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Wording:
    """Title and body in both languages. The title is the line on the site, the subject of a mail, the short message."""

    title_zh: str
    body_zh: str
    title_en: str
    body_en: str

    def in_language(self, language: str) -> tuple[str, str]:
        return (self.title_en, self.body_en) if language == "en" else (self.title_zh, self.body_zh)

    @property
    def cleaned(self) -> "Wording":
        """Titles on one line, line ends as one character, nothing around it."""
        title_zh, body_zh, title_en, body_en = (text.replace("\r\n", "\n").strip() for text in astuple(self))
        return Wording(" ".join(title_zh.split()), body_zh, " ".join(title_en.split()), body_en)


def allowed(kind: str) -> list[str]:
    """The names that may stand in texts of the kind, in the order of `NAMES`."""
    known = {*_KNOWN.get(kind.partition(".")[0], ()), *placeholders(NEWS[kind][1]), DETAIL}
    return [*(name for name in NAMES if name in known), *sorted(known - set(NAMES))]


def mandatory(kind: str) -> list[str]:
    """The names that each title must hold; each body must hold `DETAIL`."""
    return [name for name in _MANDATORY if name in placeholders(NEWS[kind][1])]


def problems(settings: Settings, kind: str, wording: Wording) -> dict[str, InvalidInput]:
    """What is wrong, by field; empty when it may be saved."""
    found: dict[str, InvalidInput] = {}
    for language in ("zh", "en"):
        title, body = wording.in_language(language)
        for field, text, needed, longest in (
            (f"title_{language}", title, mandatory(kind), LONGEST_TITLE),
            (f"body_{language}", body, [DETAIL], LONGEST_BODY),
        ):
            wrong = _wrong(kind, field, text, needed, longest)
            if wrong is None and text is title:
                wrong = _too_long_for_sms(settings, field, title)
            if wrong is not None:
                found[field] = wrong
    return found


def sms_length(settings: Settings, title: str) -> int:
    """Characters of the short message when the names stand for what they usually do."""
    fixed = sms.room(settings, re.sub(r"\{\w+\}", "", title))
    return fixed + sum(_LENGTHS.get(name, _USUAL) for name in re.findall(r"\{(\w+)\}", title))


def _wrong(kind: str, field: str, text: str, needed: list[str], longest: int) -> InvalidInput | None:
    if not text:
        return InvalidInput("wordings.empty", "请填写", field=field)
    if len(text) > longest:
        return InvalidInput("wordings.long", "最多{longest}个字符", field=field, longest=longest)
    if _CONTROL.search(text):
        return InvalidInput("wordings.control", "不能含有控制字符", field=field)
    unknown = sorted(placeholders(text) - set(allowed(kind)))
    if unknown:
        return InvalidInput(
            "wordings.unknown", "这类消息没有占位符{names}", field=field, names="{" + unknown[0] + "}"
        )
    if re.search(r"[{}]", re.sub(r"\{\w+\}", "", text, flags=re.ASCII)):
        return InvalidInput(
            "wordings.braces",
            "花括号只能用于占位符，例如{example}",
            field=field,
            example="{" + allowed(kind)[0] + "}",
        )
    missing = [name for name in needed if name not in placeholders(text)]
    if missing:
        return InvalidInput(
            "wordings.missing", "必须含有占位符{names}", field=field, names="{" + missing[0] + "}"
        )
    return None


def _too_long_for_sms(settings: Settings, field: str, title: str) -> InvalidInput | None:
    length = sms_length(settings, title)
    if length <= sms.LONGEST:
        return None
    return InvalidInput(
        "wordings.sms", "短信会有约{length}个字符，最多{longest}个，请缩短", field=field, length=length,
        longest=sms.LONGEST,
    )  # fmt: skip
