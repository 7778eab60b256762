"""In a plan of figures a date is a figure too: pass by the end of 2021, report every year by 03-31, publish within 20 days.

In a plan that assigns units these are deadlines (limits) and never figures.
"""

import re
from collections.abc import Sequence

from ..draft import Deadline, DeadlineKind, Indicator
from ..limits.deadlines import Calendar, read_deadlines
from ..source import Span
from ..text.clauses import clause_end, clause_start, trimmed
from ..text.numerals import to_int
from .indicator_names import clean
from .tense import tells_history

_GOAL = re.compile(r"通过|完成|实现|建成|达到|达标|创成|创建|形成|建立|出台|取得")
_IN_YEAR = re.compile(
    r"(?:在|于|到|至) ?(?P<year>20\d\d) ?年"
    r"(?:(?P<half>[上下])半年|第?(?P<quarter>[一二三四1-4]) ?季度|底|末|度)?(?:之?前|内)?"
    r"(?=[^,。;\n\d]{0,6}(?:通过|完成|实现|建成|达到|达标|创成|形成))"
)
_QUARTER = re.compile(r"第?([一二三四1-4]) ?季度?")
_HALF = re.compile(r"([上下])半年")


def read_goal_dates(
    folded: str,
    source: str,
    span: Span,
    when: Calendar,
    group: str | None,
    figures: Sequence[Indicator],
    *,
    recurring: bool,
) -> list[Indicator]:
    """The figures that limits of time make in `span`; `figures` are those already read in it. What only recurs
    (每季通报) is taken where `recurring` says so."""
    found: list[Indicator] = []
    limits = read_deadlines(folded, source, span, when).deadlines
    for limit in limits:
        place = _clause(folded, limit.span, span)
        inside = [i for i in figures if i.span.start < place.end and place.start < i.span.end]
        clause = folded[place.start : place.end]
        if tells_history(clause, clause):
            continue
        said = _figure(limit, folded, place, inside, recurring)
        if said:
            op, value, unit, period, inferred = said
            name = _name(source, folded, place, limit.span)
            text = source[place.start : place.end]
            found.append(Indicator(name, text, place, op, value, unit, period, None, group, inferred))
    for match in _IN_YEAR.finditer(folded, span.start, span.end):
        at = Span(match.start(), match.end())
        if any(limit.span.start < at.end and at.start < limit.span.end for limit in limits):
            continue
        place = _clause(folded, at, span)
        day = _end_of_part(match["quarter"], match["half"]) or "12-31"
        value = f"{match['year']}-{day}"
        found.append(
            Indicator(
                _name(source, folded, place, at),
                source[place.start : place.end],
                place,
                "<=",
                value,
                "date",
                group=group,
            )
        )
    return sorted(found, key=lambda i: i.span)


def told_once(figures: Sequence[Indicator]) -> list[Indicator]:
    """Without dates that an earlier figure tells already."""
    kept: list[Indicator] = []
    seen: dict[tuple[object, str], list[str]] = {}
    for figure in figures:
        if figure.unit in ("date", "month-day"):
            names = seen.setdefault((figure.value, figure.unit), [])
            if any(figure.name[:8] in name or name[:8] in figure.name for name in names):
                continue
            names.append(figure.name)
        kept.append(figure)
    return kept


def _figure(
    limit: Deadline, folded: str, place: Span, inside: Sequence[Indicator], recurring: bool
) -> tuple[str, float | str, str, str | None, bool] | None:
    """Operator, value, unit, period and whether the value is only meant."""
    match limit.kind:
        case DeadlineKind.WORKING_DAYS | DeadlineKind.CALENDAR_DAYS if limit.days:
            unit = "working_day" if limit.kind is DeadlineKind.WORKING_DAYS else "day"
            known = any(i.unit == unit and i.value == limit.days for i in inside)
            return None if known else ("<=", float(limit.days), unit, None, False)
        case DeadlineKind.DATE | DeadlineKind.PERIOD:
            on = limit.date_on or limit.end_on
            if on is None or inside or not _GOAL.search(folded, place.start, place.end):
                return None
            return "<=", on.isoformat(), "date", None, False
        case DeadlineKind.RECURRING if recurring and limit.period:
            if limit.period == "year" and (day := _day_of_year(limit, folded)):
                return "<=", day, "month-day", "year", False
            if inside:
                return None
            attribute = (
                folded[limit.span.end : limit.span.end + 1] == "的" or folded[limit.span.end - 1] == "的"
            )
            return ">=", float(limit.min_count or 1), "次", limit.period, attribute
    return None


def _day_of_year(limit: Deadline, folded: str) -> str | None:
    if limit.month and limit.day:
        return f"{limit.month:02}-{limit.day:02}"
    said = folded[limit.span.start : limit.span.end]
    quarter, half = _QUARTER.search(said), _HALF.search(said)
    return _end_of_part(quarter and quarter[1], half and half[1])


def _end_of_part(quarter: str | None, half: str | None) -> str | None:
    """The last day of a quarter or a half of any year, as month-day."""
    if quarter:
        return ("03-31", "06-30", "09-30", "12-31")[(to_int(quarter) or 1) - 1]
    return {"上": "06-30", "下": "12-31"}.get(half or "")


def _clause(folded: str, limit: Span, span: Span) -> Span:
    start = clause_start(folded, limit.start, span.start)
    return Span(*trimmed(folded, start, clause_end(folded, limit.end, span.end)))


def _name(source: str, folded: str, place: Span, limit: Span) -> str:
    """The clause without the limit."""
    rest = (
        clean(folded[place.start : limit.start])
        + " "
        + clean(folded[limit.end : place.end].removeprefix("的"))
    )
    name = re.sub(r"^(?:以|均|由)|的目标$", "", rest.strip(" ")).replace(" ", "")
    return name[:40] or source[place.start : place.end][:40]
