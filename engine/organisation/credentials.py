"""Tables of how people and machines prove who they are: accounts, sign-in sessions, tokens.

Of secrets only hashes are stored: argon2 of passwords, SHA-256 of random tokens. Accounts are disabled, never
deleted, so that a login is never used a second time.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base


class Account(Base):
    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("failed_count >= 0", name="failed_count"),
        CheckConstraint("login = lower(login)", name="login_lower"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change: Mapped[bool]
    #: Failures since `first_failed_at`; both start anew after a success or fifteen minutes.
    failed_count: Mapped[int] = mapped_column(default=0)
    first_failed_at: Mapped[datetime | None]
    locked_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    last_signed_in_at: Mapped[datetime | None]


class SignInSession(Base):
    __tablename__ = "sign_in_session"
    __table_args__ = (Index(None, "account_id", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    #: Written at most once a minute.
    last_seen_at: Mapped[datetime]
    ip: Mapped[str] = mapped_column(String(64))
    ended_at: Mapped[datetime | None]


class ApiToken(Base):
    """A bearer token of a machine or of a person's script. It acts with the posts of its account's person."""

    __tablename__ = "api_token"
    __table_args__ = (Index(None, "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(String(100))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    #: "read" or "read write".
    scopes: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
