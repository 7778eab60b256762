"""What follows from a key task's limits, and when a case may move on. Pure: no database, no clock.

A limit's `basis` is one of

* ``{"rule": "fixed_date", "on": "2026-06-30", "text": "6月30日前"}`` for final and milestone,
* ``{"rule": "working_days" | "calendar_days", "days": 20, "text": "交办之日起20个工作日内"}`` likewise,
  counted from the assignment,
* ``{"rule": "each", "period": "quarter", "text": "每季度"}`` for a cadence, with ``"until"`` (a date) if it
  ends before the final limit,
* ``{"rule": "after_event", "days": 7, "counting": "working_days", "text": "作出执法决定之日起7个工作日内"}``.

``text`` holds the document's words; every due date shows them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from engine.campaigns.models import LimitKind, ObligationKind, ObligationState
from engine.deadlines.basis import Basis
from engine.errors import InvalidInput, RuleViolation, StaleForm, TaskNotOpen
from engine.plans.rules import check_not_far, item_reviewer
from engine.texts import N_
from engine.working_days import WorkingCalendar

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


class Period(StrEnum):
    """The cadences of reports; the value's months."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"

    @property
    def months(self) -> int:
        return {"month": 1, "quarter": 3, "half_year": 6, "year": 12}[self.value]


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
        Period(basis["period"])
        last = basis.get("until")
    else:
        last = basis.get("on")
        if basis["rule"] == "fixed_date":
            date.fromisoformat(basis["on"])
        elif not 0 < int(basis["days"]) <= 3660:
            raise ValueError(basis["days"])
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
        on = final_on or date(year, 12, 31)
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


def duties(limits: Sequence[Limit], assigned_on: date, calendar: WorkingCalendar) -> list[Duty]:
    """The obligations that a work item assigned on a day has from its beginning, soonest due first.

    Reports of a cadence end before the final report, which covers the last period. A first period of which
    less than half is left is not reported. Limits that wait for an event make no duty yet.
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
    return [Duty(kind, title, basis, basis.count(calendar).due_on, limit.id)]


def event_duty(limit: Limit, title: str, on: date, calendar: WorkingCalendar) -> Duty:
    """The obligation that one event, such as a decision made on a day, brings about."""
    count = (
        Basis.working_days_after if limit.basis["counting"] == "working_days" else Basis.calendar_days_after
    )
    basis = count(on, int(limit.basis["days"]), str(limit.basis["text"]))
    return Duty(ObligationKind.EVENT, title, basis, basis.count(calendar).due_on, limit.id)


def _basis(limit: Limit, assigned_on: date) -> Basis:
    values = limit.basis
    text = str(values.get("text", ""))
    if values["rule"] == "fixed_date":
        return Basis.fixed_date(date.fromisoformat(values["on"]), text)
    count = Basis.working_days_after if values["rule"] == "working_days" else Basis.calendar_days_after
    return count(assigned_on, int(values["days"]), text)


def _period_duties(limit: Limit, assigned_on: date, final_on: date) -> Iterator[Duty]:
    period = Period(limit.basis["period"])
    until = date.fromisoformat(limit.basis["until"]) if limit.basis.get("until") else final_on
    for first, last in periods(period, assigned_on):
        if last > until or last >= final_on:
            return
        if (last - assigned_on).days * 2 < (last - first).days + 1:
            continue
        title = (
            limit.title + "（" + period_name(period, first) + "）"
            if limit.title
            else (period_name(period, first) + "进展报告")
        )
        basis = Basis.period_end(last, str(limit.basis.get("text", "")), period_start=first)
        yield Duty(ObligationKind.PERIOD, title, basis, last, limit.id, (first, last))


def periods(period: Period, on: date) -> Iterator[tuple[date, date]]:
    """First and last day of the calendar periods from the one that holds ``on``, without end."""
    month = (on.month - 1) // period.months * period.months
    first = date(on.year, month + 1, 1)
    while True:
        later = first.year * 12 + first.month - 1 + period.months
        following = date(later // 12, later % 12 + 1, 1)
        yield first, following - timedelta(days=1)
        first = following


def period_name(period: Period, first: date) -> str:
    """2026年第二季度"""
    names = {
        Period.MONTH: f"{first.year}年{first.month}月",
        Period.QUARTER: f"{first.year}年第{'一二三四'[(first.month - 1) // 3]}季度",
        Period.HALF_YEAR: f"{first.year}年{'上半年' if first.month == 1 else '下半年'}",
        Period.YEAR: f"{first.year}年度",
    }
    return names[period]


@dataclass(frozen=True)
class Standing:
    """How far one obligation is, as `settlement` needs it."""

    id: int
    kind: ObligationKind
    state: ObligationState
    round: int
    period_end: date | None


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
