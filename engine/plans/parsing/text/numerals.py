"""Numbers as official documents write them: 12, １２ (already narrowed), 十二, 二十五, 二〇二一, 二O二一, 两."""

import re

_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "O": 0, "o": 0, "两": 2}

#: The characters of a Chinese number, for character classes.
HAN_DIGITS = "〇零○一二三四五六七八九十百两"
#: One number, Arabic or Chinese, as a regex fragment (bounded, so that scanning stays linear).
NUMBER = rf"(?:\d{{1,6}}|[{HAN_DIGITS}]{{1,7}})"
#: A year, Arabic or Chinese; the letter O and the digit 0 are often typed for 〇.
YEAR = r"(?:(?<!\d)(?:19|20)\d\d|二[〇零○Oo0][〇零○Oo0一二三四五六七八九]{2})"

_ARABIC = re.compile(r"[0-9]{1,9}")


def to_int(written: str) -> int | None:
    """The value of `written`, or None where it is no number. Digits in a row are read one by one (二〇二一)."""
    if _ARABIC.fullmatch(written):
        return int(written)
    written = written.replace("0", "〇")
    if not written or any(c not in _DIGITS and c not in "十百" for c in written):
        return None
    if "十" not in written and "百" not in written:
        return int("".join(str(_DIGITS[c]) for c in written))
    total = current = 0
    for c in written:
        if c == "百":
            total, current = total + (current or 1) * 100, 0
        elif c == "十":
            total, current = total + (current or 1) * 10, 0
        else:
            current = _DIGITS[c]
    return total + current
