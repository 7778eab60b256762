"""Matching of brackets by a stack, over text where they are lost, doubled or of the wrong kind.

One pass, constant work per character: a megabyte of one bracket costs what a megabyte of text costs.
"""

from dataclasses import dataclass

_CLOSER = {"(": ")", "〔": "〕", "【": "】", "[": "]", "{": "}"}
_OPENER = {close: open_ for open_, close in _CLOSER.items()}


@dataclass(frozen=True, slots=True)
class Bracket:
    """An opening bracket at `start`; content ends at `end`. `closed` False: no close was found before `end`.

    `outer_end` is behind the closing bracket(s); `doubled` and `mismatched` say what is wrong with them.
    """

    start: int
    end: int
    outer_end: int
    closed: bool
    doubled: bool = False
    mismatched: bool = False


def match_brackets(folded: str, start: int, end: int) -> tuple[list[Bracket], list[int]]:
    """All brackets that open in `folded[start:end]`, by place, and the places of closing ones that close nothing."""
    found: list[Bracket] = []
    stray: list[int] = []
    stack: list[int] = []
    waiting = dict.fromkeys(_CLOSER, 0)
    last: Bracket | None = None
    for at in range(start, end):
        char = folded[at]
        if char in _CLOSER:
            stack.append(at)
            waiting[char] += 1
            last = None
        elif char in _OPENER:
            opener = _OPENER[char]
            if waiting[opener]:
                while folded[stack[-1]] != opener:
                    lost = stack.pop()
                    waiting[folded[lost]] -= 1
                    found.append(Bracket(lost, at, at, False))
                waiting[opener] -= 1
                last = Bracket(stack.pop(), at, at + 1, True)
                found.append(last)
            elif last is not None:
                last = Bracket(last.start, last.end, at + 1, True, doubled=True, mismatched=last.mismatched)
                found[-1] = last
            elif stack:
                opened = stack.pop()
                waiting[folded[opened]] -= 1
                last = Bracket(opened, at, at + 1, True, mismatched=True)
                found.append(last)
            else:
                stray.append(at)
        elif char not in " \n":
            last = None
    found.extend(Bracket(lost, end, end, False) for lost in stack)
    found.sort(key=lambda bracket: bracket.start)
    return found, stray
