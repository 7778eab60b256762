"""The tables of applications for a later date, and of what each step said about them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base
from engine.organisation.models import one_of


class ExtensionState(StrEnum):
    APPLIED = "applied"  #: waits for the head of the unit
    WITH_OFFICE = "with_office"
    WITH_LEADER = "with_leader"
    RETURNED = "returned"  #: lies with the applicants for revision
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"  #: what it was about was accepted or fell away before it was decided


#: States in which nothing has been decided; at most one such application per obligation.
UNDECIDED = (
    ExtensionState.APPLIED,
    ExtensionState.WITH_OFFICE,
    ExtensionState.WITH_LEADER,
    ExtensionState.RETURNED,
)
UNDECIDED_SQL = "state IN ('applied', 'with_office', 'with_leader', 'returned')"


class Extension(Base):
    """One application: from which date to which, why, and what became of it."""

    __tablename__ = "extension"
    __table_args__ = (
        one_of("state", ExtensionState),
        CheckConstraint("new_on > from_on", name="later"),
        CheckConstraint(f"({UNDECIDED_SQL}) = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state <> 'with_leader' OR leader_unit_id IS NOT NULL", name="leader"),
        CheckConstraint("reason <> '' AND progress <> '' AND ordinal > 0", name="asked"),
        Index(
            "uq_extension_undecided",
            "obligation_id",
            unique=True,
            postgresql_where=text(UNDECIDED_SQL),
            sqlite_where=text(UNDECIDED_SQL),
        ),
        Index(None, "obligation_id", "id"),
        Index(None, "work_item_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"))
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    #: Of how many it would be, if granted.
    ordinal: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default=ExtensionState.APPLIED)
    reason: Mapped[str] = mapped_column(Text)
    #: How far the unit has come.
    progress: Mapped[str] = mapped_column(Text)
    #: Before any extension; what was not approved in time is scored against it.
    original_on: Mapped[date]
    #: The date that stood when it was applied for.
    from_on: Mapped[date]
    new_on: Mapped[date]
    #: By how many working days `new_on` lies after `from_on`.
    working_days: Mapped[int]
    #: First handed in after the limit: counts as overdue, whatever is decided.
    is_late: Mapped[bool]
    #: Where the leader who decides holds the post; once it is known that one has to.
    leader_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    applied_at: Mapped[datetime]
    applied_by_id: Mapped[int | None]
    applied_by_name: Mapped[str] = mapped_column(String(100))
    decided_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Step(StrEnum):
    """Who has to say something about an application, in this order."""

    HEAD = "head"
    OFFICE = "office"
    LEADER = "leader"


class Verdict(StrEnum):
    AGREED = "agreed"
    RETURNED = "returned"
    REFUSED = "refused"


class ExtensionOpinion(Base):
    """What one step said about the application as it then was. Never updated."""

    __tablename__ = "extension_opinion"
    __table_args__ = (
        one_of("step", Step),
        one_of("verdict", Verdict),
        CheckConstraint("verdict = 'agreed' OR reasons <> ''", name="reasons"),
        Index(None, "extension_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    extension_id: Mapped[int] = mapped_column(ForeignKey("extension.id"))
    step: Mapped[str] = mapped_column(String(12))
    verdict: Mapped[str] = mapped_column(String(12))
    reasons: Mapped[str] = mapped_column(Text, default="")
    #: The date that was asked for at the time.
    new_on: Mapped[date]
    given_at: Mapped[datetime]
    given_by_id: Mapped[int | None]
    given_by_name: Mapped[str] = mapped_column(String(100))
