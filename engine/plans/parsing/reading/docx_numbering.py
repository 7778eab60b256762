"""The numbers that Word counts itself: they stand nowhere in the text, but a reader of the page sees them.

Follows ECMA-376 part 1, 17.9: a paragraph (or its style) names a list and a level; a level has a start, a
format and a pattern such as %1、 or (%2) or %1.%2.
"""

import re
from dataclasses import dataclass, field
from typing import Any

_HAN = "〇一二三四五六七八九"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_LEGAL = "零壹贰叁肆伍陆柒捌玖"
_PLACEHOLDER = re.compile(r"%([1-9])")
_DEEPEST = 9


def han(number: int, digits: str = _HAN, units: str = "十百千") -> str:
    """12 as 十二, 105 as 一百〇五; digit by digit beyond 9999."""
    if not 0 < number <= 9999:
        return "".join(digits[int(c)] for c in str(number))
    written, gap = "", False
    for place, digit in zip(range(len(str(number)) - 1, -1, -1), map(int, str(number)), strict=True):
        if digit == 0:
            gap = bool(written)
            continue
        written += (digits[0] if gap else "") + digits[digit] + (units[place - 1] if place else "")
        gap = False
    return written.removeprefix(digits[1]) if units == "十百千" and 10 <= number < 20 else written


def _letters(number: int) -> str:
    return chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, 20)


def _roman(number: int) -> str:
    if number > 4999:
        return str(number)
    marks = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
             (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
    written = ""
    for value, mark in marks:
        written += mark * (number // value)
        number %= value
    return written


def written(number: int, form: str) -> str:
    """`number` in a format of Word (17.18.59 ST_NumberFormat); an unknown one counts in Arabic figures."""
    if number < 1:
        return (
            "〇" if form.startswith(("chinese", "japanese", "taiwanese", "ideographDigital")) else str(number)
        )
    if form in ("none", "bullet"):
        return ""
    if form == "chineseLegalSimplified" or form == "ideographLegalTraditional":
        return han(number, _LEGAL, "拾佰仟")
    if form in ("ideographDigital", "japaneseDigitalTenThousand", "taiwaneseDigital"):
        return "".join(_HAN[int(c)] for c in str(number))
    if form.startswith(("chineseCounting", "japaneseCounting", "taiwaneseCounting", "koreanCounting")):
        return han(number)
    if form == "ideographTraditional":
        return _STEMS[(number - 1) % 10]
    if form == "ideographZodiac":
        return _BRANCHES[(number - 1) % 12]
    if form in ("decimalEnclosedCircle", "decimalEnclosedCircleChinese"):
        return chr(0x245F + number) if number <= 20 else str(number)
    if form == "decimalEnclosedParen":
        return chr(0x2473 + number) if number <= 20 else f"({number})"
    if form == "decimalEnclosedFullstop":
        return chr(0x2487 + number) if number <= 20 else f"{number}."
    if form == "ideographEnclosedCircle":
        return chr(0x327F + number) if number <= 10 else han(number)
    if form.startswith("decimalFullWidth"):
        return "".join(chr(0xFF10 + int(c)) for c in str(number))
    if form == "decimalZero":
        return f"{number:02}"
    if form in ("lowerLetter", "upperLetter"):
        return _letters(number).upper() if form == "upperLetter" else _letters(number)
    if form in ("lowerRoman", "upperRoman"):
        return _roman(number).upper() if form == "upperRoman" else _roman(number)
    return str(number)


@dataclass(frozen=True, slots=True)
class Step:
    """One level of a list."""

    start: int = 1
    form: str = "decimal"
    pattern: str = ""
    suffix: str = "tab"
    legal: bool = False
    restart: int | None = None
    style: str | None = None


@dataclass(slots=True)
class _List:
    """A w:num: the steps of its definition with its own changes; lists of one definition count together."""

    definition: str
    steps: dict[int, Step]
    starts: dict[int, int] = field(default_factory=dict)
    begun: bool = False


class Numbering:
    """Counts through one document. `w` is the namespace of its elements, in braces."""

    def __init__(self, w: str, styles: Any | None, numbering: Any | None) -> None:
        self._w = w
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, list[int]] = {}
        self._styles: dict[str, tuple[str | None, Any | None, str]] = {}
        if styles is not None:
            self._read_styles(styles)
        if numbering is not None:
            self._read_lists(numbering)

    def style_name(self, style: str | None) -> str:
        return self._styles[style][2] if style in self._styles else ""

    def label(self, properties: Any | None) -> str:
        """What Word writes before the paragraph with these properties (w:pPr); counts it."""
        w = self._w
        own = properties.find(f"{w}numPr") if properties is not None else None
        style_mark = properties.find(f"{w}pStyle") if properties is not None else None
        style = style_mark.get(f"{w}val") if style_mark is not None else None
        name, level = self._named(own)
        if name is None or level is None:
            style_name, style_level = self._of_style(style)
            if name is None:
                name, level = style_name, level if level is not None else style_level
            else:
                level = level if level is not None else (style_level or 0)
        found = self._lists.get(name or "")
        if found is None or name == "0":
            return ""
        return self._next(found, min(max(level or 0, 0), _DEEPEST - 1))

    def _next(self, found: _List, level: int) -> str:
        counts = self._counts.setdefault(found.definition, [0] * _DEEPEST)
        if not found.begun:
            found.begun = True
            for at, start in found.starts.items():
                counts[at] = start - 1 if start > 0 else 0
                counts[at + 1 :] = [0] * (_DEEPEST - at - 1)
        step = found.steps.get(level, Step())
        if counts[level] == 0:
            counts[level] = found.starts.get(level, step.start)
        else:
            counts[level] += 1
        for deeper in range(level + 1, _DEEPEST):
            restart = found.steps.get(deeper, Step()).restart
            if restart is None or 0 < level + 1 <= restart:
                counts[deeper] = 0

        def number(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            of = found.steps.get(at, Step())
            value = counts[at] or of.start
            return written(value, "decimal" if step.legal and at != level else of.form)

        if step.form in ("bullet", "none"):
            shown = _PLACEHOLDER.sub("", step.pattern)
            return shown if step.form == "none" and shown.strip() else ""
        label = _PLACEHOLDER.sub(number, step.pattern)
        return label + " " if label and label[-1] < "\x7f" and step.suffix != "nothing" else label

    def _named(self, num_pr: Any | None) -> tuple[str | None, int | None]:
        if num_pr is None:
            return None, None
        name, level = num_pr.find(f"{self._w}numId"), num_pr.find(f"{self._w}ilvl")
        return (
            name.get(f"{self._w}val") if name is not None else None,
            _whole(level.get(f"{self._w}val")) if level is not None else None,
        )

    def _of_style(self, style: str | None) -> tuple[str | None, int | None]:
        """The list of a style or of one that it is based on; the level may stand in the list instead."""
        at: str | None = style
        for _ in range(10):
            if at not in self._styles:
                break
            base, num_pr, _name = self._styles[at]
            name, level = self._named(num_pr)
            if name is not None:
                if level is None and name in self._lists:
                    steps = self._lists[name].steps
                    level = next((n for n, step in steps.items() if step.style == at), None)
                return name, level
            at = base
        return None, None

    def _read_styles(self, styles: Any) -> None:
        w = self._w
        for style in styles.iterchildren(f"{w}style"):
            base, name = style.find(f"{w}basedOn"), style.find(f"{w}name")
            self._styles[style.get(f"{w}styleId", "")] = (
                base.get(f"{w}val") if base is not None else None,
                style.find(f"{w}pPr/{w}numPr"),
                name.get(f"{w}val", "") if name is not None else "",
            )

    def _read_lists(self, numbering: Any) -> None:
        w = self._w
        definitions = {a.get(f"{w}abstractNumId"): a for a in numbering.iterchildren(f"{w}abstractNum")}
        by_style = {
            link.get(f"{w}val"): key
            for key, a in definitions.items()
            if (link := a.find(f"{w}styleLink")) is not None
        }
        read: dict[str | None, dict[int, Step]] = {}
        for num in numbering.iterchildren(f"{w}num"):
            link = num.find(f"{w}abstractNumId")
            key = link.get(f"{w}val") if link is not None else None
            if key not in definitions:
                continue
            elsewhere = definitions[key].find(f"{w}numStyleLink")
            if elsewhere is not None:
                key = by_style.get(elsewhere.get(f"{w}val"), key)
            if key not in read:  # a definition may have many lists
                read[key] = self._steps(definitions[key])
            steps = read[key]
            starts: dict[int, int] = {}
            for change in num.iterchildren(f"{w}lvlOverride"):
                level = _whole(change.get(f"{w}ilvl")) or 0
                steps = steps | self._steps(change)
                start = change.find(f"{w}startOverride")
                if start is not None and level < _DEEPEST:
                    starts[level] = _whole(start.get(f"{w}val")) or 0
            self._lists[num.get(f"{w}numId", "")] = _List(str(key), steps, starts)

    def _steps(self, holder: Any) -> dict[int, Step]:
        steps: dict[int, Step] = {}
        for lvl in holder.iterchildren(f"{self._w}lvl"):
            held: dict[str, str] = {}
            for name in ("start", "numFmt", "lvlText", "suff", "lvlRestart", "pStyle"):
                found = lvl.find(f"{self._w}{name}")
                if found is not None:
                    held[name] = found.get(f"{self._w}val", "")
            level = _whole(lvl.get(f"{self._w}ilvl")) or 0
            if 0 <= level < _DEEPEST:
                steps[level] = Step(
                    start=_whole(held.get("start")) or 1,
                    form=held.get("numFmt", "decimal"),
                    pattern=held.get("lvlText", "")[:40],
                    suffix=held.get("suff", "tab"),
                    legal=lvl.find(f"{self._w}isLgl") is not None,
                    restart=_whole(held.get("lvlRestart")),
                    style=held.get("pStyle"),
                )
        return steps


def _whole(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"\d{1,6}", text) else None
