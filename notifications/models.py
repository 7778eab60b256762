"""Tables of what is told: one notification per message and person, one announcement per message for the endpoints
of administrators, and the deliveries that carry them.

A delivery is one mail or short message to one person, or one call of one endpoint. It gathers what waits for its
receiver until it is first sent; from then on its content and its id stay, whatever has to be tried again.
"""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base
from engine.organisation.models import one_of


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    WEBHOOK = "webhook"
    WECOM = "wecom"
    DINGTALK = "dingtalk"


#: Channels that reach a person; the others reach an endpoint.
PERSONAL = (Channel.EMAIL, Channel.SMS)


class DeliveryState(StrEnum):
    GATHERING = "gathering"  #: more may still be added
    SENDING = "sending"  #: claimed; bytes may be moving, until the lease ends
    WAITING = "waiting"  #: an attempt failed, another follows
    SENT = "sent"
    FAILED = "failed"  #: given up; needs an administrator
    DROPPED = (
        "dropped"  #: everything in it was read on the site before it went out, or the endpoint was stopped
    )


class AttemptOutcome(StrEnum):
    SENT = "sent"
    DEFERRED = "deferred"  #: failed for now
    REFUSED = "refused"  #: failed for good
    UNKNOWN = "unknown"  #: no answer, or the process died before it recorded one: it may have arrived


class MessageTemplate(Base):
    """One version of the installation's own words for a kind of news; without texts: back to the product's.

    Rows are never changed: what has been told keeps the version it was told in, through every retry.
    """

    __tablename__ = "message_template"
    __table_args__ = (
        UniqueConstraint("kind", "version"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint(
            "(title_zh IS NULL) = (body_zh IS NULL) AND (title_zh IS NULL) = (title_en IS NULL)"
            " AND (title_zh IS NULL) = (body_en IS NULL)",
            name="whole",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(100))
    version: Mapped[int]
    title_zh: Mapped[str | None] = mapped_column(String(200))
    body_zh: Mapped[str | None] = mapped_column(Text)
    title_en: Mapped[str | None] = mapped_column(String(200))
    body_en: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(String(200))

    @property
    def is_own(self) -> bool:
        """False for a return to the product's words."""
        return self.title_zh is not None

    def texts(self, language: str) -> tuple[str, str]:
        """Title and body in the language; only of a version with texts."""
        title, body = (self.title_en, self.body_en) if language == "en" else (self.title_zh, self.body_zh)
        assert title is not None
        assert body is not None
        return title, body


class Notification(Base):
    """One thing told to one person, shown on the site until read, and after."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("message_id", "person_id"),
        Index(None, "person_id", "id"),
        Index(None, "work_item_id", "kind"),
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
    #: The installation's own words at dispatch; NULL: the product's.
    template_id: Mapped[int | None] = mapped_column(ForeignKey("message_template.id"))
    #: When it happened.
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]

    template: Mapped[MessageTemplate | None] = relationship(lazy="selectin", viewonly=True)


class Preference(Base):
    """What a person has changed about what they are told; without a row the defaults of preferences.py hold."""

    __tablename__ = "notification_preference"
    __table_args__ = (CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    #: Topics about which no mail is wanted, so that a topic of a later version is not lost.
    email_muted: Mapped[list[str]] = mapped_column(JSON)
    #: Topics about which short messages are wanted.
    sms_topics: Mapped[list[str]] = mapped_column(JSON)
    #: In Shanghai; the hours may pass midnight.
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    digest: Mapped[bool]
    #: The last morning on which the digest was made.
    digest_on: Mapped[date | None]


class CalendarFeed(Base):
    """The secret by which a person's calendar program reads their deadlines; only its hash is stored."""

    __tablename__ = "calendar_feed"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    renewed_at: Mapped[datetime]


class Endpoint(Base):
    """Where a webhook or a group robot listens, set by a system administrator. Address and secret are encrypted."""

    __tablename__ = "endpoint"
    __table_args__ = (
        CheckConstraint("channel IN ('webhook', 'wecom', 'dingtalk')", name="channel"),
        CheckConstraint("language IN ('zh', 'en')", name="language"),
        CheckConstraint("failures >= 0", name="failures"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(100))
    #: Scheme and host of the address: all of it that is ever shown.
    shown: Mapped[str] = mapped_column(String(300))
    sealed_url: Mapped[str] = mapped_column(Text)
    sealed_secret: Mapped[str | None] = mapped_column(Text)
    #: Topics that are sent.
    topics: Mapped[list[str]] = mapped_column(JSON)
    #: Only what concerns this unit; NULL: everything.
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    language: Mapped[str] = mapped_column(String(5))
    created_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    #: Failures since it last took something; while it rests nothing is tried.
    failures: Mapped[int] = mapped_column(default=0)
    rests_until: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    last_sent_at: Mapped[datetime | None]


class Announcement(Base):
    """One fact that endpoints are told, whoever else is."""

    __tablename__ = "announcement"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The outbox message's stable id.
    message_id: Mapped[str] = mapped_column(String(36), unique=True)
    kind: Mapped[str] = mapped_column(String(100))
    subject_type: Mapped[str] = mapped_column(String(50))
    subject_id: Mapped[int]
    work_item_id: Mapped[int | None]
    params: Mapped[dict[str, Any]] = mapped_column(JSON)
    template_id: Mapped[int | None] = mapped_column(ForeignKey("message_template.id"))
    created_at: Mapped[datetime]

    template: Mapped[MessageTemplate | None] = relationship(lazy="selectin", viewonly=True)


class Gateway(Base):
    """The mail server or the gateway for short messages, from its first failure on: while it rests nothing is tried."""

    __tablename__ = "gateway"
    __table_args__ = (
        CheckConstraint("channel IN ('email', 'sms')", name="channel"),
        CheckConstraint("failures >= 0", name="failures"),
    )

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    #: In a row, since it last took something.
    failures: Mapped[int] = mapped_column(default=0)
    rests_until: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)


class Delivery(Base):
    """One mail or short message to one person, or one call of one endpoint."""

    __tablename__ = "delivery"
    __table_args__ = (
        one_of("channel", Channel),
        one_of("state", DeliveryState),
        CheckConstraint("(person_id IS NULL) <> (endpoint_id IS NULL)", name="receiver"),
        CheckConstraint("(person_id IS NOT NULL) = (channel IN ('email', 'sms'))", name="personal"),
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
            "uq_delivery_endpoint_gathering",
            "endpoint_id",
            unique=True,
            postgresql_where=text("state = 'gathering'"),
            sqlite_where=text("state = 'gathering'"),
        ),
        Index(
            "ix_delivery_due",
            "channel",
            "due_at",
            "id",
            postgresql_where=text("due_at IS NOT NULL"),
            sqlite_where=text("due_at IS NOT NULL"),
        ),
        Index(None, "state", "id"),
        Index(None, "channel", "state", "ended_at"),
        Index(
            "ix_delivery_parked",
            "channel",
            "endpoint_id",
            postgresql_where=text("state = 'failed'"),
            sqlite_where=text("state = 'failed'"),
        ),
        Index(None, "endpoint_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    endpoint_id: Mapped[int | None] = mapped_column(ForeignKey("endpoint.id"))
    state: Mapped[str] = mapped_column(String(20), default=DeliveryState.GATHERING)
    #: In every attempt (of a mail: left part of its Message-ID), so that receivers can drop a second copy.
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
    """What a delivery carries: notifications of its person, or announcements."""

    __tablename__ = "delivery_item"
    __table_args__ = (
        UniqueConstraint("delivery_id", "notification_id"),
        UniqueConstraint("delivery_id", "announcement_id", name="uq_delivery_item_announcement"),
        CheckConstraint("(notification_id IS NULL) <> (announcement_id IS NULL)", name="one"),
        Index(None, "notification_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    notification_id: Mapped[int | None] = mapped_column(ForeignKey("notification.id"))
    announcement_id: Mapped[int | None] = mapped_column(ForeignKey("announcement.id"))


class DeliveryAttempt(Base):
    """One try to send. ``unknown`` is written by whoever finds that the process before it died meanwhile."""

    __tablename__ = "delivery_attempt"
    __table_args__ = (
        CheckConstraint(
            "outcome IS NULL OR outcome IN ('sent', 'deferred', 'refused', 'unknown')", name="outcome"
        ),
        CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended"),
        one_of("channel", Channel),
        UniqueConstraint("delivery_id", "number"),
        Index(None, "started_at", "channel", "endpoint_id", "outcome"),
        Index(
            "ix_delivery_attempt_repeated",
            "delivery_id",
            postgresql_where=text("may_repeat"),
            sqlite_where=text("may_repeat = 1"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    number: Mapped[int]
    #: Of the delivery, once more here: failure rates are counted over many attempts.
    channel: Mapped[str] = mapped_column(String(20))
    endpoint_id: Mapped[int | None] = mapped_column(ForeignKey("endpoint.id"))
    #: An attempt before this one may have arrived, so that the receiver may get this for the second time.
    may_repeat: Mapped[bool] = mapped_column(default=False)
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
