"""Names of people behind a label such as 责任领导: where one ends and the next begins."""

import re

from ..text.normalise import fold

_HARD = "、,;。\n"
#: A stretch without blanks, except inside the bracket behind a name; either width.
_PART = re.compile("(?:[^ \\t\u3000\u00a0\u2002(\uff08〔]|[(\uff08〔][^)\uff09〕]*[)\uff09〕]?)+")
_BRACKET = re.compile("[(\uff08〔].*")


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
    names: list[str] = []
    open_name = False
    for part in _PART.findall(_cut_ends(folded, written)):
        single = len(_BRACKET.sub("", part)) == 1
        if single and open_name:
            names[-1] += part
        elif part != "等":
            names.append(part)
        open_name = single and len(part) == 1
    return names


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
