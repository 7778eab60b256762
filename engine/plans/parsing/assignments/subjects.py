"""Sentences whose subject is the unit: 市公安局负责…, 市公安局要牵头…, or a unit as heading: 市公安局:负责….

The weakest evidence of who does it: a plan may be written so throughout, but running text is full of units that
merely act. So a sentence counts only where it begins with the unit, and the caller asks only in a plan.
"""

import re

from ..source import Span
from ..text.lines import Line
from .assignment import Assignment, add_units
from .labels import Role
from .unit_names import has_level, is_group

_VERB = re.compile(
    r"(?P<colon>:)|(?:要|应当?|须|必须|具体|全面|主要)?(?:(?P<lead>负责牵头|牵头)|"
    r"负责|组织|制定|编制|开展|做好|建立|完善|推进|加强|完成|落实|梳理|公布|清理)|要(?=[\u4e00-\u9fff]{2})|应当|"
    r"(?:于|在)?(?=(?:20\d\d年)?\d{1,2}月)"
)
_TIME_FIRST = re.compile(r"[^,。;:]{0,20}(?:前|底|内|日|月|末|年),")
_COLON_DUTY = re.compile(r":[ \n]?(?:要|具体)?(?:负责|牵头|承担|组织|制定|做好|协助|配合|完成)")
#: Groups that may answer for a task; 各单位 and 各部门 in a sentence are everybody.
_KIND_OF_PLACE = re.compile(r"各(?:乡镇|街道|[省市县区州旗盟镇乡村])")
#: No list of subjects is longer.
_MAX_SUBJECT = 90


def read_subject(folded: str, source: str, lines: list[Line], body_start: int) -> Assignment | None:
    """The units that the text behind a number, or its second sentence or line, begins with; None where there are none."""
    if not lines:
        return None
    starts = [max(lines[0].start, body_start)]
    stop = folded.find("。", starts[0], min(lines[0].end, starts[0] + 40))
    if 0 <= stop < lines[0].end - 1:
        starts.append(stop + 1)
    elif len(lines) > 1 and lines[0].end - starts[0] <= 40:
        starts.append(lines[1].start)
    for start in starts:
        if found := _at(folded, source, start, lines[-1].end):
            return found
    return None


def _at(folded: str, source: str, start: int, end: int) -> Assignment | None:
    if time := _TIME_FIRST.match(folded, start, end):
        start = time.end()
    window = min(end, start + _MAX_SUBJECT)
    for verb in _VERB.finditer(folded, start + 2, window):
        if any(mark in folded[start : verb.start()] for mark in "。;\n"):
            return None
        if verb["colon"] and not _COLON_DUTY.match(folded, verb.start(), end):
            return None
        leads = verb["lead"] or (verb["colon"] and "牵头" in folded[verb.end() : verb.end() + 5])
        assignment = Assignment(Span(start, verb.start()), labelled=False, tentative=True)
        role = Role.LEAD if leads else Role.RESPONSIBLE
        if not add_units(assignment, folded, source, role, start, verb.start(), strict=True):
            continue
        names = [unit.text for units in assignment.units.values() for unit in units]
        plain = verb["colon"] or (verb[0].endswith("负责") and all(map(_KIND_OF_PLACE.match, names)))
        if has_level(names[0]) and (plain or not all(map(is_group, names))):
            return assignment
        return None
    return None
