"""The tables of notices: one sheet about one matter, what was answered to it, its papers, and the counters of numbers."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base
from engine.organisation.models import one_of


class NoticeGrade(StrEnum):
    """The rungs, the mildest first. What an installation calls them is a setting."""

    REMINDER_LETTER = "reminder_letter"  #: 提醒函
    SUPERVISION_NOTICE = "supervision_notice"  #: 督办通知单
    CIRCULAR = "circular"  #: 通报批评
    TALK = "talk"  #: 约谈


class NoticeState(StrEnum):
    DRAFT = "draft"  #: lies with the office, new or returned
    SUBMITTED = "submitted"  #: waits for the one who issues it
    ISSUED = "issued"  #: waits for the unit's receipt
    RECEIVED = "received"  #: waits for the unit's reply
    REPLIED = "replied"  #: waits for the office to verify
    CLOSED = "closed"
    ESCALATED = "escalated"  #: a graver one about the same matter has taken its place
    CANCELLED = "cancelled"  #: 作废; keeps the number that it had


#: States in which something is still to be done about it.
OPEN = (
    NoticeState.DRAFT,
    NoticeState.SUBMITTED,
    NoticeState.ISSUED,
    NoticeState.RECEIVED,
    NoticeState.REPLIED,
)
#: States before it has gone out.
UNISSUED = (NoticeState.DRAFT, NoticeState.SUBMITTED)
#: States in which the unit owes something.
RUNNING = (NoticeState.ISSUED, NoticeState.RECEIVED)
_OPEN_SQL = "state IN ('draft', 'submitted', 'issued', 'received', 'replied')"
_OPEN_OF_ITEM = f"{_OPEN_SQL} AND obligation_id IS NULL"


class Notice(Base):
    """One sheet: to whom, about what, what is asked until when, and what became of it."""

    __tablename__ = "notice"
    __table_args__ = (
        one_of("grade", NoticeGrade),
        one_of("state", NoticeState),
        CheckConstraint("unit_id <> office_unit_id", name="to_others"),
        CheckConstraint(
            "(number IS NULL) = (issued_at IS NULL) AND (number IS NULL) = (year IS NULL)", name="numbered"
        ),
        CheckConstraint("number IS NULL OR (number > 0 AND number_text <> '')", name="number"),
        CheckConstraint("state IN ('draft', 'submitted', 'cancelled') OR number IS NOT NULL", name="issued"),
        CheckConstraint("state NOT IN ('draft', 'submitted') OR number IS NULL", name="unissued"),
        CheckConstraint(
            "(state IN ('closed', 'escalated', 'cancelled')) = (closed_at IS NOT NULL)", name="closed"
        ),
        CheckConstraint("(state = 'cancelled') = (cancel_reason IS NOT NULL)", name="cancelled"),
        CheckConstraint("state NOT IN ('received', 'replied') OR received_at IS NOT NULL", name="received"),
        UniqueConstraint("office_unit_id", "year", "number"),
        # 一事一单: one running sheet of a grade about one matter.
        Index(
            "uq_notice_of_obligation",
            "obligation_id",
            "grade",
            unique=True,
            postgresql_where=text(_OPEN_SQL),
            sqlite_where=text(_OPEN_SQL),
        ),
        Index(
            "uq_notice_of_item",
            "work_item_id",
            "grade",
            unique=True,
            postgresql_where=text(_OPEN_OF_ITEM),
            sqlite_where=text(_OPEN_OF_ITEM),
        ),
        Index(None, "work_item_id", "id"),
        Index(None, "unit_id", "id"),
        Index(None, "office_unit_id", "id"),
        Index(None, "issued_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    #: The report that is late; None when it is about the item as a whole.
    obligation_id: Mapped[int | None] = mapped_column(ForeignKey("obligation.id"))
    grade: Mapped[str] = mapped_column(String(20))
    #: As the installation called the grade when the sheet was drawn up.
    title: Mapped[str] = mapped_column(String(50))
    #: Whom it is sent to, and who sends it.
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    office_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    state: Mapped[str] = mapped_column(String(12), default=NoticeState.DRAFT)

    #: Given when it is issued, without gaps within office and year.
    year: Mapped[int | None]
    number: Mapped[int | None]
    number_text: Mapped[str | None] = mapped_column(String(100))

    # What the sheet says. Editable until it is approved, never after.
    matter: Mapped[str] = mapped_column(Text)
    grounds: Mapped[str] = mapped_column(Text)  #: 依据
    requirement: Mapped[str] = mapped_column(Text)
    #: The limit that it is about, and by how many working days that was over when it was drawn up or issued.
    due_on: Mapped[date | None]
    days_late: Mapped[int] = mapped_column(default=0)
    #: Until when the unit answers.
    reply_on: Mapped[date]
    reply_form: Mapped[str] = mapped_column(Text)  #: 反馈方式
    contact: Mapped[str] = mapped_column(String(200), default="")
    #: Names as of the act: 主办, 协办.
    lead_name: Mapped[str] = mapped_column(String(200))
    assisting_names: Mapped[str] = mapped_column(Text, default="")
    #: Why it begins higher than the grade before it would allow.
    start_reason: Mapped[str | None] = mapped_column(Text)
    #: The milder one that went unanswered.
    former_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"))

    #: Where the leader sits who issues it; None where the head of the office does.
    leader_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    drafted_at: Mapped[datetime]
    drafted_by_id: Mapped[int | None]
    drafted_by_name: Mapped[str] = mapped_column(String(100))
    submitted_by_id: Mapped[int | None]
    submitted_by_name: Mapped[str | None] = mapped_column(String(100))
    return_reasons: Mapped[str | None] = mapped_column(Text)
    issued_at: Mapped[datetime | None]
    #: 签发人.
    issued_by_id: Mapped[int | None]
    issued_by_name: Mapped[str | None] = mapped_column(String(100))
    received_at: Mapped[datetime | None]
    received_by_name: Mapped[str | None] = mapped_column(String(100))
    #: Number of the latest reply; 0 before the first.
    round: Mapped[int] = mapped_column(default=0)
    #: When the limits passed without receipt, without reply; they stay set.
    receipt_late_at: Mapped[datetime | None]
    reply_late_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)


class NoticeReply(Base):
    """One answer of the unit, and how the office found it."""

    __tablename__ = "notice_reply"
    __table_args__ = (
        UniqueConstraint("notice_id", "round"),
        CheckConstraint("(satisfied IS NULL) = (verified_at IS NULL)", name="verified"),
        CheckConstraint("satisfied IS NULL OR satisfied OR reasons <> ''", name="reasons"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    round: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    replied_at: Mapped[datetime]
    replied_by_id: Mapped[int | None]
    replied_by_name: Mapped[str] = mapped_column(String(100))
    satisfied: Mapped[bool | None]
    reasons: Mapped[str | None] = mapped_column(Text)
    verified_at: Mapped[datetime | None]
    verified_by_name: Mapped[str | None] = mapped_column(String(100))


class NoticePaper(Base):
    """The sheet as it was archived when it was issued. Never updated."""

    __tablename__ = "notice_paper"
    __table_args__ = (
        CheckConstraint("format IN ('docx', 'pdf')", name="format"),
        UniqueConstraint("notice_id", "format"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    format: Mapped[str] = mapped_column(String(4))
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    name: Mapped[str] = mapped_column(String(255))
    archived_at: Mapped[datetime]


class NoticeCounter(Base):
    """The last number that an office has given in a year. Locked last in a transaction."""

    __tablename__ = "notice_counter"
    __table_args__ = (UniqueConstraint("office_unit_id", "year"), CheckConstraint("last > 0", name="last"))

    id: Mapped[int] = mapped_column(primary_key=True)
    office_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    year: Mapped[int]
    last: Mapped[int]
