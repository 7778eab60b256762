"""Fold the width of marks and digits without moving a single character.

Published copies mix full and half width. Folding maps one character to one character, so every offset in
the folded text is an offset in the text as read, and spans need no translation table.
"""

#: Full-width ASCII and its smaller and vertical kin, to ASCII.
_FOLD = {0xFF01 + i: 0x21 + i for i in range(94)}
_FOLD |= {
    ord(a): ord(b)
    for a, b in {
        "﹐": ",",
        "﹔": ";",
        "﹕": ":",
        "﹙": "(",
        "﹚": ")",
        "､": "、",
        "｡": "。",
        "﹑": "、",
        "﹒": ".",
        "﹝": "〔",
        "﹞": "〕",
        "［": "[",
        "］": "]",
        "∶": ":",
        "︰": ":",
        "—": "-",
        "–": "-",
        "―": "-",
        "‐": "-",
        "‑": "-",
        "−": "-",
        "─": "-",
        "～": "~",
        "〜": "~",
        "○": "〇",
    }.items()
}
#: Every kind of blank is a blank, every kind of line end is a line end.
_FOLD |= dict.fromkeys((9, 13, 160, 5760, 6158, 8239, 8287, 12288, 65279, 8288, 173), 32)
_FOLD |= dict.fromkeys(range(8192, 8208), 32)
_FOLD |= dict.fromkeys((11, 12, 28, 29, 30, 133, 8232, 8233), 10)


def fold(text: str) -> str:
    """`text` with half-width marks, plain blanks and `\\n` line ends; always of the same length."""
    return text.translate(_FOLD)
