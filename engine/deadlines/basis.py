"""What a due date rests on: a printed date, a count of days from a trigger, the end or a named day of a period.

Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from engine.working_days import Count, WorkingCalendar


class Rule(StrEnum):
    FIXED_DATE = "fixed_date"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    PERIOD_END = "period_end"
    PERIOD_DAY = "period_day"


@dataclass(frozen=True)
class Basis:
    """A rule with its values, kept on the deadline so that the date can explain itself for ever.

    ``on`` is the printed date, the trigger's date or the period's last day. ``text`` says in Chinese
    where it comes from: the words of the plan (6月30日前), or the act that started the count (签收事项下达).
    ``at_least`` is the lower bound of a two-sided count (不少于5个、不超过15个工作日), in the same days.
    """

    rule: Rule
    on: date
    text: str
    days: int | None = None
    period_start: date | None = None
    at_least: int | None = None

    @classmethod
    def fixed_date(cls, on: date, source_text: str) -> "Basis":
        """A date printed in a document, or set by a person: inclusive, and it does not roll."""
        return cls(Rule.FIXED_DATE, on, source_text)

    @classmethod
    def working_days_after(
        cls, trigger_on: date, n: int, trigger_text: str, *, at_least: int | None = None
    ) -> "Basis":
        """N个工作日内, counted from the day after the trigger."""
        return cls(Rule.WORKING_DAYS, trigger_on, trigger_text, days=n, at_least=at_least)

    @classmethod
    def calendar_days_after(
        cls, trigger_on: date, n: int, trigger_text: str, *, at_least: int | None = None
    ) -> "Basis":
        """N日内, counted from the day after the trigger, rolling forward to a working day."""
        return cls(Rule.CALENDAR_DAYS, trigger_on, trigger_text, days=n, at_least=at_least)

    @classmethod
    def period_end(cls, end_on: date, text: str, *, period_start: date | None = None) -> "Basis":
        """The last day of one period of a cadence (每季度): a date like a printed one."""
        return cls(Rule.PERIOD_END, end_on, text, period_start=period_start)

    @classmethod
    def period_day(cls, on: date, text: str, *, period_start: date | None = None) -> "Basis":
        """The day that a document names for the report on each period (每月10日前): a date like a printed one."""
        return cls(Rule.PERIOD_DAY, on, text, period_start=period_start)

    def earliest_on(self, calendar: WorkingCalendar) -> date | None:
        """The first day on which the duty can be done, where the count has a lower bound: its day N itself, since
        不少于 includes the number (民法典 1259)."""
        if self.at_least is None:
            return None
        if self.rule is Rule.WORKING_DAYS:
            return calendar.shift(self.on, self.at_least)
        return self.on + timedelta(days=self.at_least)

    def count(self, calendar: WorkingCalendar) -> Count:
        """The due date, with each day counted or skipped (none for a date that needs no counting)."""
        if self.rule is Rule.WORKING_DAYS:
            return calendar.count_working_days(self.on, self.days or 0)
        if self.rule is Rule.CALENDAR_DAYS:
            return calendar.count_calendar_days(self.on, self.days or 0)
        return Count(self.on, (), provisional=False)

    def to_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule.value,
            "on": self.on.isoformat(),
            "text": self.text,
            "days": self.days,
            "period_start": self.period_start.isoformat() if self.period_start else None,
            "at_least": self.at_least,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Basis":
        start = values.get("period_start")
        return cls(
            Rule(values["rule"]),
            date.fromisoformat(values["on"]),
            values["text"],
            values.get("days"),
            date.fromisoformat(start) if start else None,
            values.get("at_least"),
        )
