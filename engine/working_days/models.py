"""The days on which the calendar departs from the plain week, and the editions in which they were entered."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base


class DayStatus(StrEnum):
    #: Stands in a notice of the State Council's General Office.
    OFFICIAL = "official"
    #: Statutory days of a year whose notice is not out: no swaps, no make-up days.
    PROVISIONAL = "provisional"


class CalendarDay(Base):
    """A named day: a holiday, or a weekend day that is worked to make up for one.

    A date without a row follows the plain week. A year is official when its rows are (every year has New
    Year's Day).
    """

    __tablename__ = "calendar_day"
    __table_args__ = (CheckConstraint("status IN ('official', 'provisional')", name="status"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column("date", unique=True)
    is_workday: Mapped[bool]
    #: The festival, in Chinese: 春节.
    name: Mapped[str] = mapped_column(String(60))
    #: Where it comes from: a notice's number, or the data package.
    source: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(12))


class LocalDay(Base):
    """A day that a unit has set for itself and the units beneath it, such as a festival of an autonomous prefecture."""

    __tablename__ = "local_day"
    __table_args__ = (UniqueConstraint("unit_id", "date"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int]
    on: Mapped[date] = mapped_column("date")
    is_workday: Mapped[bool]
    name: Mapped[str] = mapped_column(String(60))
    #: Who has said so: a notice of the prefecture's government.
    source: Mapped[str] = mapped_column(String(200))


class CalendarEdition(Base):
    """One change of the calendar. The newest row's digest names the calendar in force."""

    __tablename__ = "calendar_edition"
    __table_args__ = (
        Index(
            "ix_calendar_edition_waiting",
            "id",
            postgresql_where=text("recomputed_at IS NULL"),
            sqlite_where=text("recomputed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: SHA-256 over all days: equal digests mean equal calendars, on whatever database.
    digest: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(String(200))
    #: The unit whose days changed; NULL for the country's.
    unit_id: Mapped[int | None]
    #: JSON list of days, read by changes.parse.
    changes: Mapped[str] = mapped_column(Text)
    #: The first day whose meaning is another; NULL when there was no calendar before.
    since_on: Mapped[date | None]
    actor_name: Mapped[str] = mapped_column(String(200))
    entered_at: Mapped[datetime]
    #: When all limits that rest on it had been counted again.
    recomputed_at: Mapped[datetime | None]
