"""Names of people behind a label such as 责任领导: where one ends and the next begins."""

import re

from .normalise import fold

_HARD = "、,;。\n"
_BLANKS = re.compile(r"[ \t]+")


def read_people(source: str, start: int, end: int) -> list[str]:
    """The names in `source[start:end]`, in order; what stands in a bracket behind a name belongs to it.

    A blank parts two names, but in 张 三 it only lays out the characters of one.
    """
    names: list[str] = []
    depth, at = 0, start
    folded = fold(source[start:end]) + "\n"
    for i, char in enumerate(folded, start=start):
        depth += (char in "(〔") - (char in ")〕")
        if char in _HARD and (depth <= 0 or i == end):
            names += _in_piece(folded[at - start : i - start], source[at:i])
            at = i + 1
            depth = 0
    return names


def _in_piece(folded: str, written: str) -> list[str]:
    parts = [
        part for part in _BLANKS.split(_cut_ends(folded, written).replace("\u3000", " ").strip()) if part
    ]
    if len(parts) > 1 and all(len(part) == 1 for part in parts):
        return ["".join(parts)]
    return [part for part in parts if part != "等"]


def _cut_ends(folded: str, written: str) -> str:
    """Without a bracket that has no partner, which closes the whole assignment."""
    start, end = 0, len(folded)
    while start < end and folded[start] in ") 〕】.":
        start += 1
    while end > start and (
        folded[end - 1] in " (〔【."
        or (folded[end - 1] in ")〕】" and not set("(〔【") & set(folded[start:end]))
    ):
        end -= 1
    return written[start:end]
