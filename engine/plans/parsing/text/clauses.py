"""Clauses and sentences around a place in the folded text; every look is bounded, so that reading stays linear."""

import re

BLANK = "\u25a1"
REACH = 100
_EDGES = ",。;:\n!?"
_STOPS = "。;\n!?"
#: Names of documents, short slogans, document numbers and articles: a number in them counts nothing.
_N = r"[\d一二三四五六七八九十百]{1,5}"
_NO_PROSE = re.compile(
    r"《[^《》\n]{1,100}》|“[^“”。,;\n]{1,40}”|‘[^‘’。,;\n]{1,40}’|〔 ?\d{4} ?〕(?:\d{1,5}号)?|"
    rf"第 ?{_N}(?: ?(?:至|到|[-~、]) ?(?:第 ?)?{_N})? ?[条款项章节次个批期届]|一(?:岗双责|票否决)"
)


def mask(text: str) -> str:
    """`text` with names of documents, slogans in quotes and numbers of articles blanked, of the same length."""
    return _NO_PROSE.sub(lambda m: BLANK * len(m[0]), text)


def clause_start(text: str, at: int, floor: int) -> int:
    """Where the clause around `at` begins: behind the last mark, or behind a bracket that is still open."""
    closed = 0
    for i in range(at - 1, max(floor, at - REACH) - 1, -1):
        char = text[i]
        if char in ")〕】":
            closed += 1
        elif char in "(〔【":
            if not closed:
                return i + 1
            closed -= 1
        elif char in (_STOPS if closed else _EDGES) and not _in_number(text, i):
            return i + 1
    return max(floor, at - REACH)


def clause_end(text: str, at: int, ceiling: int) -> int:
    """Where the clause around `at` ends: before the next mark, or before a bracket that closes it."""
    opened = 0
    for i in range(at, min(ceiling, at + REACH)):
        char = text[i]
        if char in "(〔【":
            opened += 1
        elif char in ")〕】":
            if not opened:
                return i
            opened -= 1
        elif char in (_STOPS if opened else _EDGES) and not _in_number(text, i):
            return i
    return min(ceiling, at + REACH)


def sentence_start(text: str, at: int, floor: int) -> int:
    """Where the sentence around `at` begins, at most two clauses' reach back."""
    floor = max(floor, at - 2 * REACH)
    return max(floor, max(text.rfind(stop, floor, at) for stop in _STOPS) + 1)


def sentence_end(text: str, at: int, ceiling: int) -> int:
    """Where the sentence around `at` ends, at most one clause's reach on."""
    ceiling = min(ceiling, at + REACH)
    ends = [i for stop in _STOPS if (i := text.find(stop, at, ceiling)) >= 0]
    return min(ends, default=ceiling)


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """`start` and `end` without blanks and marks at the edges."""
    while start < end and text[start] in " ,、。;:\n":
        start += 1
    while end > start and text[end - 1] in " ,、。;:\n":
        end -= 1
    return start, end


def _in_number(text: str, at: int) -> bool:
    return text[at] == "," and text[at - 1 : at].isdigit() and text[at + 1 : at + 4].isdigit()
