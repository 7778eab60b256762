"""Fold the width of marks and digits without moving a single character.

Published copies mix full and half width. Folding maps one character to one character, so every offset in
the folded text is an offset in the text as read, and spans need no translation table.
"""

#: Full-width ASCII and its smaller and vertical kin, to ASCII.
_FOLD = {0xFF01 + i: 0x21 + i for i in range(94)}
_FOLD |= {ord(a): ord(b) for a, b in {
    "﹐": ",", "﹔": ";", "﹕": ":", "﹙": "(", "﹚": ")", "､": "、", "｡": "。", "﹑": "、", "﹒": ".",
    "﹝": "〔", "﹞": "〕", "［": "[", "］": "]", "∶": ":", "︰": ":",
    "—": "-", "–": "-", "―": "-", "‐": "-", "‑": "-", "−": "-", "─": "-", "～": "~", "〜": "~", "○": "〇",
}.items()}
#: Every kind of blank is a blank, every kind of line end is a line end.
_FOLD |= {code: 0x20 for code in (0x09, 0x0D, 0xA0, 0x1680, 0x180E, 0x202F, 0x205F, 0x3000, 0xFEFF, 0x2060, 0xAD)}
_FOLD |= {code: 0x20 for code in range(0x2000, 0x2010)}
_FOLD |= {code: 0x0A for code in (0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029)}


def fold(text: str) -> str:
    """`text` with half-width marks, plain blanks and `\\n` line ends; always of the same length."""
    return text.translate(_FOLD)
