"""Tables of what people are told: one notification per message and person, and the mails that carry them.

A delivery is one mail to one person. It gathers what waits for that person until it is first sent; from then
on its content and its Message-ID stay, whatever has to be tried again.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base
from engine.organisation.models import one_of


class Channel(StrEnum):
    EMAIL = "email"


class DeliveryState(StrEnum):
    GATHERING = "gathering"  #: more may still be added
    SENDING = "sending"  #: claimed; bytes may be moving, until the lease ends
    WAITING = "waiting"  #: an attempt failed, another follows
    SENT = "sent"
    FAILED = "failed"  #: given up; needs an administrator
    DROPPED = "dropped"  #: everything in it was read on the site before it went out


class AttemptOutcome(StrEnum):
    SENT = "sent"
    DEFERRED = "deferred"  #: failed for now
    REFUSED = "refused"  #: failed for good


class Notification(Base):
    """One thing told to one person, shown on the site until read, and after."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("message_id", "person_id"),
        Index(None, "person_id", "id"),
        Index(
            "ix_notification_unread",
            "person_id",
            postgresql_where=text("read_at IS NULL"),
            sqlite_where=text("read_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The outbox message's stable id.
    message_id: Mapped[str] = mapped_column(String(36))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    #: The fact, ``subject.past_tense``: key of the texts in templates.py.
    kind: Mapped[str] = mapped_column(String(100))
    subject_type: Mapped[str] = mapped_column(String(50))
    subject_id: Mapped[int]
    work_item_id: Mapped[int | None]
    #: What the texts name; written at dispatch, so that old news keep their names.
    params: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: When it happened.
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class Delivery(Base):
    """One mail to one person."""

    __tablename__ = "delivery"
    __table_args__ = (
        one_of("channel", Channel),
        one_of("state", DeliveryState),
        CheckConstraint("(due_at IS NULL) = (state IN ('sent', 'failed', 'dropped'))", name="due"),
        Index(
            "uq_delivery_gathering",
            "channel",
            "person_id",
            unique=True,
            postgresql_where=text("state = 'gathering'"),
            sqlite_where=text("state = 'gathering'"),
        ),
        Index(
            "ix_delivery_due",
            "due_at",
            "id",
            postgresql_where=text("due_at IS NOT NULL"),
            sqlite_where=text("due_at IS NOT NULL"),
        ),
        Index(None, "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(20), default=DeliveryState.GATHERING)
    #: Left part of the Message-ID of every attempt, so that receivers can drop a second copy.
    mail_id: Mapped[str] = mapped_column(String(36), unique=True)
    #: Next attempt; while sending: when the lease ends.
    due_at: Mapped[datetime | None]
    #: Claims so far; a worker that comes back late sees that it is no longer its own.
    attempts: Mapped[int] = mapped_column(default=0)
    #: Attempts when an administrator last let it begin again.
    attempts_forgiven: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class DeliveryItem(Base):
    """Which notifications a mail carries."""

    __tablename__ = "delivery_item"
    __table_args__ = (UniqueConstraint("delivery_id", "notification_id"), Index(None, "notification_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    notification_id: Mapped[int] = mapped_column(ForeignKey("notification.id"))


class DeliveryAttempt(Base):
    """One try to send. Without an end the process died meanwhile: whether the mail went out is not known."""

    __tablename__ = "delivery_attempt"
    __table_args__ = (
        CheckConstraint("outcome IS NULL OR outcome IN ('sent', 'deferred', 'refused')", name="outcome"),
        CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended"),
        UniqueConstraint("delivery_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    number: Mapped[int]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(20))
    #: The server's answer, or what went wrong.
    detail: Mapped[str] = mapped_column(Text, default="")


class DispatchFailure(Base):
    """An outbox message that could not be turned into notifications: parked, so that it holds nothing up."""

    __tablename__ = "dispatch_failure"
    __table_args__ = (Index(None, "resolved_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox_message.id"), unique=True)
    error: Mapped[str] = mapped_column(Text)
    failed_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
