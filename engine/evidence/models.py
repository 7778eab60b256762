"""Tables of submissions and their files. A round is one attempt; the obligation's `round` is the latest."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base
from engine.organisation.models import one_of


class SubmissionState(StrEnum):
    SUBMITTED = "submitted"  #: waits for the unit's head
    REFUSED = "refused"  #: the head did not sign
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    ACCEPTED = "accepted"


class Submission(Base):
    """What a unit reports for one obligation in one round."""

    __tablename__ = "submission"
    __table_args__ = (
        one_of("state", SubmissionState),
        UniqueConstraint("obligation_id", "round"),
        CheckConstraint("round > 0", name="round"),
        CheckConstraint("(state = 'submitted') = (signed_at IS NULL)", name="signed"),
        CheckConstraint("state <> 'refused' OR refusal IS NOT NULL", name="refused"),
        Index(None, "work_item_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"))
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    round: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12), default=SubmissionState.SUBMITTED)
    submitted_by_id: Mapped[int | None]
    submitted_by_name: Mapped[str] = mapped_column(String(100))
    submitted_at: Mapped[datetime]
    #: The head's act, whether signed or refused.
    signed_by_id: Mapped[int | None]
    signed_by_name: Mapped[str | None] = mapped_column(String(100))
    signed_at: Mapped[datetime | None]
    #: Why the head did not sign.
    refusal: Mapped[str | None] = mapped_column(Text)


class EvidenceFile(Base):
    """A file handed in with a submission. Access goes by this row, never by the file's hash."""

    __tablename__ = "evidence_file"
    __table_args__ = (UniqueConstraint("submission_id", "file_id"), Index(None, "file_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    name: Mapped[str] = mapped_column(String(255))
    note: Mapped[str] = mapped_column(String(300), default="")
