"""The table of reviews: one per submission that its unit's head has signed."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base
from engine.organisation.models import one_of


class ReviewState(StrEnum):
    #: Waits for the reviewing unit. When its obligation is cancelled it stays so, and nobody can decide.
    OPEN = "open"
    APPROVED = "approved"
    RETURNED = "returned"


class Review(Base):
    """The judgement of the reviewing unit on one submission."""

    __tablename__ = "review"
    __table_args__ = (
        one_of("state", ReviewState),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state <> 'returned' OR reasons <> ''", name="reasons"),
        Index(None, "work_item_id"),
        Index(None, "unit_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), unique=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"))
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    #: The reviewing unit.
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    state: Mapped[str] = mapped_column(String(12), default=ReviewState.OPEN)
    reasons: Mapped[str] = mapped_column(Text, default="")
    opened_at: Mapped[datetime]
    overdue_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None]
    decided_by_name: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[datetime | None]
