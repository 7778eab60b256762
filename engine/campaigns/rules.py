"""What follows from a key task's limits, and when a case may move on. Pure: no database, no clock.

A limit's `basis` is one of

* ``{"rule": "fixed_date", "on": "2026-06-30", "text": "6月30日前"}`` for final and milestone,
* ``{"rule": "working_days" | "calendar_days", "days": 20, "text": "交办之日起20个工作日内"}`` likewise,
  counted from the assignment, or from the day ``"from_on"`` (发文之日起),
* ``{"rule": "each", "period": "quarter", "text": "每季度"}`` for a cadence, with ``"day"``, ``"month"`` and ``"about"``
  where the document names the day (每季度末月25日前), ``"count"`` where it asks for so many in a period (每年不少于2次),
  ``"since"`` (a date) if the reports begin later than the assignment and ``"until"`` if they end before the final limit,
* ``{"rule": "after_event", "days": 7, "counting": "working_days", "text": "作出执法决定之日起7个工作日内"}``.

A count may have ``"min_days"``: what is handed in earlier is refused. ``text`` holds the document's words; every due
date shows them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from typing import Any

from engine.campaigns.models import LimitKind, ObligationKind, ObligationState
from engine.deadlines.basis import Basis
from engine.errors import InvalidInput, RuleViolation, StaleForm, TaskNotOpen
from engine.plans.limit_forms import MAX_COUNT, MAX_DAYS, cadence_of, check_not_far
from engine.plans.rules import item_reviewer
from engine.texts import N_
from engine.working_days import WorkingCalendar
from engine.working_days.periods import Cadence, Period, period_name, periods

#: Who judges what one responsible unit hands in.
reviewer = item_reviewer

#: The words of limits that no document set: an amended one that is silent, too, leaves them as they are.
BY_OFFICE = frozenset(
    {
        N_("督办机构确定的办结日期"),
        N_("督办机构确定的报告周期"),
        N_("文件未写明时限，按计划年度末办结"),
        N_("定期报告进展"),
    }
)

ACKNOWLEDGE_WORKING_DAYS = 2
PLAN_WORKING_DAYS = 10
MAX_TEXT = 20_000


#: A count per period up to this makes as many reports; a greater one is told in one report.
MOST_COUNTED = 12


@dataclass(frozen=True)
class Limit:
    """One time limit of a key task. ``id`` is None before it is stored."""

    kind: LimitKind
    basis: dict[str, Any]
    title: str = ""
    id: int | None = None


@dataclass(frozen=True)
class Duty:
    """An obligation to be opened, with the basis of its due date."""

    kind: ObligationKind
    title: str
    basis: Basis
    due_on: date
    limit_id: int | None = None
    period: tuple[date, date] | None = None
    #: Which one it is of those that a count asks for in the period, from 1.
    ordinal: int | None = None
    #: What is handed in before this day is refused.
    earliest_on: date | None = None


_FORMS = {
    LimitKind.FINAL: ("fixed_date", "working_days", "calendar_days"),
    LimitKind.MILESTONE: ("fixed_date", "working_days", "calendar_days"),
    LimitKind.CADENCE: ("each",),
    LimitKind.EVENT: ("after_event",),
}


def check_limits(limits: Sequence[Limit], today: date) -> None:
    """Each limit has one of the forms above and lies ahead; one final limit at most. Raises InvalidInput."""
    if sum(limit.kind == LimitKind.FINAL for limit in limits) > 1:
        raise InvalidInput(
            "key_tasks.several_finals", "一项重点任务只能有一个办结时限，其余请列为阶段时限", field="limits"
        )
    for limit in limits:
        if limit.basis.get("rule") not in _FORMS[limit.kind]:
            raise InvalidInput(
                "key_tasks.limit_form", "时限“{title}”的写法无法识别", title=limit.title, field="limits"
            )
        try:
            _check_values(limit, today)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput(
                "key_tasks.limit_values", "时限“{title}”的日期或者天数不对", title=limit.title, field="limits"
            ) from error


def _check_values(limit: Limit, today: date) -> None:
    basis = limit.basis
    if basis["rule"] == "each":
        next(cadence_of(basis).reports(today))
        if not 0 < int(basis.get("count", 1)) <= MAX_COUNT:
            raise ValueError(basis["count"])
        last = basis.get("until")
    else:
        last = basis.get("on")
        if basis["rule"] == "fixed_date":
            date.fromisoformat(basis["on"])
        elif not 0 <= int(basis.get("min_days", 0)) < int(basis["days"]) <= MAX_DAYS:
            raise ValueError(basis["days"])
    for name in ("from_on", "since"):
        if name in basis:
            date.fromisoformat(basis[name])
    if basis["rule"] == "after_event" and basis["counting"] not in ("working_days", "calendar_days"):
        raise ValueError(basis["counting"])
    if last is not None and date.fromisoformat(last) < today:
        raise InvalidInput(
            "key_tasks.limit_past",
            "时限“{title}”（{on}）早于今天，请更正",
            title=limit.title,
            on=last,
            field="limits",
        )


def with_defaults(
    limits: Sequence[Limit], *, final_on: date | None, progress: Period | None, year: int, today: date
) -> list[Limit]:
    """The limits that the confirmation adds, so that no key task goes out without a final date.

    ``final_on`` is the date that the office chose, else the plan year's last day is final. ``progress``
    is the cadence of progress reports where the document sets none.
    """
    kinds = {limit.kind for limit in limits}
    added: list[Limit] = []
    if LimitKind.FINAL not in kinds:
        on = final_on or _year_end(limits, year)
        if on < today:
            raise InvalidInput("key_tasks.final_needed", "请指定今天以后的办结日期", field="final_on")
        check_not_far(on, today, field="final_on")
        text = N_("督办机构确定的办结日期") if final_on else N_("文件未写明时限，按计划年度末办结")
        added.append(Limit(LimitKind.FINAL, {"rule": "fixed_date", "on": on.isoformat(), "text": text}))
    elif final_on is not None:
        raise RuleViolation("key_tasks.has_final", "文件已写明办结时限，不能另行指定")
    if progress is not None and LimitKind.CADENCE not in kinds:
        added.append(
            Limit(LimitKind.CADENCE, {"rule": "each", "period": progress.value, "text": N_("定期报告进展")})
        )
    return added


def _year_end(limits: Sequence[Limit], year: int) -> date:
    """The plan year's last day, or the day in the next year on which a yearly report about this one is due."""
    last = date(year, 12, 31)
    for limit in limits:
        if limit.kind == LimitKind.CADENCE and limit.basis["period"] == Period.YEAR:
            last = max(last, cadence_of(limit.basis).due_on(date(year, 1, 1)))
    return last


def duties(limits: Sequence[Limit], assigned_on: date, calendar: WorkingCalendar) -> list[Duty]:
    """The obligations that a work item assigned on a day has from its beginning, soonest due first.

    Reports of a cadence end before the final report, which covers the last period; a count is owed up to the end.
    Limits that wait for an event make no duty yet.
    """
    final = next(limit for limit in limits if limit.kind == LimitKind.FINAL)
    final_on = _basis(final, assigned_on).count(calendar).due_on
    found = [
        duty
        for limit in (final, *(one for one in limits if one is not final))
        for duty in duties_of(limit, assigned_on, final_on, calendar)
    ]
    return sorted(found, key=lambda duty: (duty.due_on, duty.kind == ObligationKind.FINAL))


def duties_of(limit: Limit, assigned_on: date, final_on: date, calendar: WorkingCalendar) -> list[Duty]:
    """What one limit asks of a work item that was assigned, or got the limit, on a day and ends on ``final_on``."""
    if limit.kind == LimitKind.CADENCE:
        return list(_period_duties(limit, assigned_on, final_on))
    if limit.kind == LimitKind.EVENT:
        return []
    basis = _basis(limit, assigned_on)
    is_final = limit.kind == LimitKind.FINAL
    title = limit.title or (N_("办结报告") if is_final else basis.text)
    kind = ObligationKind.FINAL if is_final else ObligationKind.MILESTONE
    return [_duty(kind, title, basis, calendar, limit.id)]


def event_duty(limit: Limit, title: str, on: date, calendar: WorkingCalendar) -> Duty:
    """The obligation that one event, such as a decision made on a day, brings about."""
    return _duty(ObligationKind.EVENT, title, _counted(limit.basis, on), calendar, limit.id)


def _duty(
    kind: ObligationKind, title: str, basis: Basis, calendar: WorkingCalendar, limit_id: int | None
) -> Duty:
    due_on, earliest_on = basis.count(calendar).due_on, basis.earliest_on(calendar)
    return Duty(kind, title, basis, due_on, limit_id, earliest_on=earliest_on)


def _basis(limit: Limit, assigned_on: date) -> Basis:
    values = limit.basis
    if values["rule"] == "fixed_date":
        return Basis.fixed_date(date.fromisoformat(values["on"]), str(values.get("text", "")))
    return _counted(values, date.fromisoformat(values["from_on"]) if "from_on" in values else assigned_on)


def _counted(values: dict[str, Any], on: date) -> Basis:
    working = values.get("counting", values["rule"]) == "working_days"
    count = Basis.working_days_after if working else Basis.calendar_days_after
    return count(on, int(values["days"]), str(values.get("text", "")), at_least=values.get("min_days"))


def _period_duties(limit: Limit, assigned_on: date, final_on: date) -> Iterator[Duty]:
    values, cadence = limit.basis, cadence_of(limit.basis)
    start = max(assigned_on, date.fromisoformat(values["since"])) if values.get("since") else assigned_on
    end = min(date.fromisoformat(values["until"]), final_on) if values.get("until") else final_on
    if int(values.get("count", 1)) > 1:
        yield from _counted_reports(limit, cadence.period, start, end)
        return
    for first, last, due_on in cadence.reports(start):
        if due_on > end or due_on >= final_on:
            return
        if _is_asked(cadence, first, last, due_on, start):
            yield _report(limit, cadence.period, (first, last), due_on)


def _is_asked(cadence: Cadence, first: date, last: date, due_on: date, start: date) -> bool:
    """Whether a period that began before the duty did is told of: when half of it is left.

    A yearly act with a day of its own is asked for on every such day ahead: waiting a year would lose it.
    """
    if cadence.period is Period.YEAR and cadence.day is not None:
        return due_on > start
    last = min(last, due_on)
    return (last - start).days * 2 >= (last - first).days + 1


def _report(limit: Limit, period: Period, days: tuple[date, date], due_on: date) -> Duty:
    name = period_name(period, days[0])
    title = f"{limit.title}（{name}）" if limit.title else f"{name}进展报告"
    text = str(limit.basis.get("text", ""))
    if limit.basis.get("day") is None:
        basis = Basis.period_end(due_on, text, period_start=days[0])
    else:
        basis = Basis.period_day(due_on, text, period_start=days[0])
    return Duty(ObligationKind.PERIOD, title, basis, due_on, limit.id, days)


def _counted_reports(limit: Limit, period: Period, start: date, end: date) -> Iterator[Duty]:
    """每年不少于2次: so many reports in each period, due by its end or by the item's, whichever comes first.

    The year in which the duty begins always counts whole; of other periods half has to lie within, unless there is
    only the one.
    """
    count = int(limit.basis["count"])
    numbers: Sequence[int | None] = range(1, count + 1) if count <= MOST_COUNTED else (None,)
    listed = list(takewhile(lambda days: days[0] <= end, periods(period, start)))
    asked = [
        (first, last)
        for first, last in listed
        if (period is Period.YEAR and first <= start)
        or ((min(last, end) - max(first, start)).days + 1) * 2 >= (last - first).days + 1
    ]
    text = str(limit.basis.get("text", ""))
    for first, last in asked or listed[:1]:
        name = period_name(period, first)
        due_on = min(last, end)
        basis = (
            Basis.period_end(last, text, period_start=first) if last <= end else Basis.fixed_date(end, text)
        )
        for n in numbers:
            told = f"{name}第{n}次（共{count}次）" if n else f"{name}（不少于{count}次）"
            title = f"{limit.title}：{told}" if limit.title else told
            yield Duty(ObligationKind.PERIOD, title, basis, due_on, limit.id, (first, last), n)


@dataclass(frozen=True)
class Standing:
    """How far one obligation is, as `settlement` needs it."""

    id: int
    kind: ObligationKind
    state: ObligationState
    round: int
    period_end: date | None  #: None also for one of several that a count asks for: none of them falls away


def settlement(obligations: Sequence[Standing], today: date) -> list[int] | None:
    """None while something is still owed; else the ids of the periods that nobody need report any more.

    The final report settles the item. A period that has not ended by then and was never reported falls away;
    one that has ended, a milestone or an event is still owed.
    """
    if not any(o.kind == ObligationKind.FINAL and o.state == ObligationState.ACCEPTED for o in obligations):
        return None
    dropped: list[int] = []
    for o in obligations:
        if o.state in (ObligationState.ACCEPTED, ObligationState.CANCELLED):
            continue
        untouched = o.state == ObligationState.OPEN and o.round == 0
        if o.period_end is not None and o.period_end >= today and untouched:
            dropped.append(o.id)
        else:
            return None
    return dropped


def check_state(state: str, *expected: str) -> None:
    """TaskNotOpen unless the row is still where the form found it: somebody was faster."""
    if state not in expected:
        raise TaskNotOpen()


def check_not_early(earliest_on: date | None, today: date) -> None:
    """A limit with a lower bound (不少于5个工作日) cannot be met before it: somebody was promised that time."""
    if earliest_on is not None and today < earliest_on:
        raise RuleViolation(
            "obligations.too_early",
            "该事项有最短期限，{on}起方可报送，请届时再提交",
            on=earliest_on.isoformat(),
        )


def check_version(version: int, expected: int | None) -> None:
    """StaleForm when the row was changed since the form was shown; None asks nothing."""
    if expected is not None and version != expected:
        raise StaleForm()


def text_of(text: str, *, field: str, missing: str) -> str:
    """The text without blanks around it. Raises InvalidInput: ``missing`` when it is empty, or that it is too long."""
    text = text.strip()
    if not text:
        raise InvalidInput("text.empty", missing, field=field)
    if len(text) > MAX_TEXT:
        raise InvalidInput("text.too_long", "内容不得超过{max}字", field=field, max=MAX_TEXT)
    return text
