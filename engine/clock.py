"""The one place that reads the wall clock. Instants are aware UTC; days are days in Shanghai."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved: for tests and for making a demo's history."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        """Move by a timedelta's keywords (days=1, hours=2)."""
        self.at += timedelta(**by)

    def move_to(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)


def local_date(at: datetime) -> date:
    """The calendar day in Shanghai of an aware instant; ValueError for a naive one, whose zone nobody knows."""
    if at.tzinfo is None:
        raise ValueError("naive datetime")
    return at.astimezone(SHANGHAI).date()


def end_of_day(on: date) -> datetime:
    """The last instant of a day in Shanghai: a date limit is inclusive, to 24:00 (Civil Code art. 203)."""
    return datetime.combine(on + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)


def start_of_day(on: date) -> datetime:
    return datetime.combine(on, time(), SHANGHAI).astimezone(UTC)


def morning_of(on: date, hour: int = 9) -> datetime:
    """Office opening on a day in Shanghai: when reminders go out."""
    return datetime.combine(on, time(hour), SHANGHAI).astimezone(UTC)
