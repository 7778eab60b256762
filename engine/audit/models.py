"""Tables of the audit: heads of streams, entries, seals; and the triggers that keep them append-only."""

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Index, String, Table, Text, UniqueConstraint, event, false
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base

#: What the first entry of a stream, and the first seal, chain to.
GENESIS = "0" * 64


class AuditStream(Base):
    """The head of one stream: its row lock orders the writers of that stream and of no other."""

    __tablename__ = "audit_stream"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    seq: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    #: Whether the last seal covers this head. The partial index keeps the sealing job cheap.
    sealed: Mapped[bool] = mapped_column(default=False)


Index("ix_audit_stream_unsealed", AuditStream.id,
      postgresql_where=AuditStream.sealed == false(), sqlite_where=AuditStream.sealed == false())  # fmt: skip


class AuditEntry(Base):
    """One act, ``subject.past_tense``. ``detail`` may be erased lawfully; its salted digest stays."""

    __tablename__ = "audit_entry"
    __table_args__ = (UniqueConstraint("stream", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    stream: Mapped[str] = mapped_column(String(100))
    seq: Mapped[int]
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(100))
    subject_type: Mapped[str] = mapped_column(String(50))
    subject_id: Mapped[int]
    #: JSON object; with ``salt`` NULL once erased.
    detail: Mapped[str | None] = mapped_column(Text)
    #: Without it a short detail (a telephone number) could be guessed from its digest after erasure.
    salt: Mapped[str | None] = mapped_column(String(32))
    detail_digest: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))

    @property
    def facts(self) -> dict[str, Any] | None:
        """The detail as given to `record`; None when it was erased."""
        return None if self.detail is None else orjson.loads(self.detail)


class AuditSeal(Base):
    """A signed statement of the heads that changed since the seal before it."""

    __tablename__ = "audit_seal"

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(unique=True)
    at: Mapped[datetime]
    #: JSON: [[stream, seq, digest], …]
    heads: Mapped[str] = mapped_column(Text)
    heads_digest: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    #: Ed25519 over ``digest``, hex.
    signature: Mapped[str] = mapped_column(String(128))


_REFUSAL = "audit rows are append-only"


def trigger_ddl(dialect: str) -> list[str]:
    """Statements that make the audit tables append-only, for migrations: run them after the tables exist.

    The one UPDATE let through on an entry sets ``detail`` and ``salt`` to NULL and changes nothing else.
    """
    differs = "IS DISTINCT FROM" if dialect == "postgresql" else "IS NOT"
    fixed = [c.name for c in AuditEntry.__table__.columns if c.name not in {"detail", "salt"}]
    not_erasure = " OR ".join(
        ["NEW.detail IS NOT NULL", "NEW.salt IS NOT NULL", *(f"OLD.{c} {differs} NEW.{c}" for c in fixed)]
    )
    backwards = f"NEW.seq < OLD.seq OR NEW.name {differs} OLD.name"
    rules = [
        ("audit_entry", "UPDATE", not_erasure),
        ("audit_entry", "DELETE", None),
        ("audit_seal", "UPDATE", None),
        ("audit_seal", "DELETE", None),
        ("audit_stream", "UPDATE", backwards),
        ("audit_stream", "DELETE", None),
    ]
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
            f"{f' WHEN {condition}' if condition else ''} BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            for table, verb, condition in rules
        ]
    function = (
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    rows = [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} FOR EACH ROW"
        f"{f' WHEN ({condition})' if condition else ''} EXECUTE FUNCTION audit_refuse()"
        for table, verb, condition in rules
    ]
    whole = [
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        for table in ("audit_entry", "audit_seal", "audit_stream")
    ]
    return [function, *rows, *whole]


@event.listens_for(Base.metadata, "after_create")
def _make_append_only(_metadata: Any, connection: Connection, *, tables: list[Table], **_: Any) -> None:
    if AuditEntry.__table__ in tables:
        for statement in trigger_ddl(connection.dialect.name):
            connection.exec_driver_sql(statement)
