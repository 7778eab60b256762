"""Deadlines: what is owed by which unit until when, the steps that have fired, and how the date was
changed."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base


class DeadlineState(StrEnum):
    OPEN = "open"
    PASSED = "passed"  #: the limit went by and the duty is still owed
    PAUSED = "paused"  #: stands still by an approved act
    MET = "met"  #: done; `passed_at` tells whether it was late
    CANCELLED = "cancelled"


#: States in which the duty is still owed; at most one such deadline per subject and kind.
LIVE = (DeadlineState.OPEN, DeadlineState.PASSED, DeadlineState.PAUSED)
LIVE_SQL = "state IN ('open', 'passed', 'paused')"


class EscalationPolicy(Base):
    """One immutable version of a ladder: which reminder and which escalation goes out when, and to whom."""

    __tablename__ = "escalation_policy"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    #: JSON list of steps, read by policies.parse.
    steps: Mapped[str] = mapped_column(Text)
    #: Why it was changed, by whom; the first versions are the program's.
    note: Mapped[str] = mapped_column(String(300), default="")
    author_id: Mapped[int | None]
    author_name: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]


class LightScheme(Base):
    """One immutable version of what the colours of lights mean. The newest is in force."""

    __tablename__ = "light_scheme"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(unique=True)
    #: JSON, read by lights.parse.
    content: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(String(300))
    author_id: Mapped[int | None]
    author_name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class Deadline(Base):
    """One limit of one duty. The only truth about it: diagrams and pages ask here."""

    __tablename__ = "deadline"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'passed', 'paused', 'met', 'cancelled')", name="state"),
        CheckConstraint("(state = 'met') = (met_at IS NOT NULL)", name="met"),
        CheckConstraint("state <> 'passed' OR passed_at IS NOT NULL", name="passed"),
        CheckConstraint("(state = 'paused') = (paused_on IS NOT NULL)", name="paused"),
        CheckConstraint("(next_action_at IS NULL) = (next_step IS NULL)", name="next_step"),
        CheckConstraint("state NOT IN ('paused', 'cancelled') OR next_action_at IS NULL", name="resting"),
        Index(
            "ix_deadline_next_action",
            "next_action_at",
            "id",
            postgresql_where=text("next_action_at IS NOT NULL"),
            sqlite_where=text("next_action_at IS NOT NULL"),
        ),
        Index(
            "uq_deadline_live",
            "subject_type",
            "subject_id",
            "kind",
            unique=True,
            postgresql_where=text(LIVE_SQL),
            sqlite_where=text(LIVE_SQL),
        ),
        Index("ix_deadline_subject", "subject_type", "subject_id", "kind", "id"),
        Index("ix_deadline_unit", "unit_id", "state", "due_at", "id"),
        Index("ix_deadline_due", "due_at", "id"),
        Index(
            "ix_deadline_live",
            "due_at",
            "id",
            postgresql_where=text(LIVE_SQL),
            sqlite_where=text(LIVE_SQL),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_type: Mapped[str] = mapped_column(String(30))
    subject_id: Mapped[int]
    #: What is due: `obligation.due`, `review.due`…
    kind: Mapped[str] = mapped_column(String(40))
    #: The unit that owes it.
    unit_id: Mapped[int]
    #: Audit stream of the case.
    stream: Mapped[str] = mapped_column(String(60))
    #: How the date came about, read by Basis.from_dict.
    basis: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: The date before any extension; scores are held against it.
    original_due_on: Mapped[date]
    #: Inclusive: the duty is in time until 24:00 of this day in Shanghai.
    due_on: Mapped[date]
    #: The instant after which it is late: the end of `due_on`.
    due_at: Mapped[datetime]
    #: The date depends on a year whose holiday notice is not out.
    provisional: Mapped[bool]
    state: Mapped[str] = mapped_column(String(12), default=DeadlineState.OPEN)
    opened_at: Mapped[datetime]
    #: When a limit first went by: the true instant, not that of the sweep which found it.
    passed_at: Mapped[datetime | None]
    met_at: Mapped[datetime | None]
    #: Latest reminder for the present date.
    reminded_at: Mapped[datetime | None]
    paused_on: Mapped[date | None]
    policy_id: Mapped[int] = mapped_column(ForeignKey("escalation_policy.id"))
    #: Always the time of the next step that has not fired, else NULL.
    next_action_at: Mapped[datetime | None]
    next_step: Mapped[str | None] = mapped_column(String(30))

    changes: Mapped[list["DeadlineChange"]] = relationship(order_by="DeadlineChange.id", viewonly=True)
    steps: Mapped[list["DeadlineStep"]] = relationship(order_by="DeadlineStep.id", viewonly=True)
    policy: Mapped["EscalationPolicy"] = relationship(viewonly=True)

    @property
    def subject(self) -> tuple[str, int]:
        return self.subject_type, self.subject_id

    @property
    def is_live(self) -> bool:
        """Whether the duty is still owed."""
        return self.state in LIVE

    @property
    def is_late(self) -> bool:
        """Whether a limit went by before the duty was done, at any time of its life."""
        return self.passed_at is not None


class StepOutcome(StrEnum):
    FIRED = "fired"
    COLLAPSED = "collapsed"  #: a reminder that a later one, or the limit itself, had overtaken
    SKIPPED = "skipped"  #: its condition did not hold


class DeadlineStep(Base):
    """A step of the ladder that has been handled, once per date of the deadline."""

    __tablename__ = "deadline_step"
    __table_args__ = (
        UniqueConstraint("deadline_id", "policy_id", "step", "due_at"),
        CheckConstraint("outcome IN ('fired', 'collapsed', 'skipped')", name="outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadline.id"))
    policy_id: Mapped[int] = mapped_column(ForeignKey("escalation_policy.id"))
    step: Mapped[str] = mapped_column(String(30))
    #: The deadline's `due_at` when the step was handled.
    due_at: Mapped[datetime]
    #: When it should have happened.
    planned_at: Mapped[datetime]
    fired_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(12))

    #: The version that caused it.
    policy: Mapped["EscalationPolicy"] = relationship(viewonly=True)


class ChangeKind(StrEnum):
    EXTENDED = "extended"
    PAUSED = "paused"
    RESUMED = "resumed"
    RECOMPUTED = "recomputed"  #: a holiday notice moved it
    AMENDED = "amended"  #: an amended plan gave another date


class DeadlineChange(Base):
    """One change of a deadline's date, by whom and why. Never updated."""

    __tablename__ = "deadline_change"
    __table_args__ = (
        CheckConstraint("kind IN ('extended', 'paused', 'resumed', 'recomputed', 'amended')", name="kind"),
        CheckConstraint("(kind = 'recomputed') = (edition_id IS NOT NULL)", name="edition"),
        Index("ix_deadline_change_deadline", "deadline_id", "id"),
        Index(
            "ix_deadline_change_edition",
            "edition_id",
            "id",
            postgresql_where=text("edition_id IS NOT NULL"),
            sqlite_where=text("edition_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadline.id"))
    kind: Mapped[str] = mapped_column(String(12))
    from_on: Mapped[date]
    to_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    #: The edition of the calendar that moved it.
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("calendar_edition.id"))
