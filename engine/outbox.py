"""What has happened and must be told: rows written in the same transaction as the change itself.

Nothing is sent here. notifications/ reads undispatched rows, decides who is told, and marks them dispatched;
``message_id`` stays the same through every retry, so that a receiver can drop the second copy.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import orjson
from sqlalchemy import Index, String, Table, Text, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base
from engine.writes import Parameter


class OutboxMessage(Base):
    """One fact, ``subject.past_tense``, not yet or already handed to the notifications."""

    __tablename__ = "outbox_message"
    __table_args__ = (Index(None, "dispatched_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(36), unique=True)
    kind: Mapped[str] = mapped_column(String(100))
    subject_type: Mapped[str] = mapped_column(String(50))
    subject_id: Mapped[int]
    #: JSON object; `facts` reads it.
    data: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    dispatched_at: Mapped[datetime | None]

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = orjson.loads(self.data)
        return facts


def publish(ctx: Context, kind: str, subject: tuple[str, int], **data: Any) -> None:
    """Note that something happened: ids and outcomes in ``data``. One INSERT, sent with the other writes."""
    ctx.session.later(
        _message,
        {
            "message_id": str(uuid.uuid4()),
            "kind": kind,
            "subject_type": subject[0],
            "subject_id": subject[1],
            "data": orjson.dumps(data).decode(),
            "actor_name": ctx.actor.name,
            "created_at": ctx.clock.now(),
        },
    )


def _message(p: Parameter) -> Any:
    names = ("message_id", "kind", "subject_type", "subject_id", "data", "actor_name", "created_at")
    return insert(cast(Table, OutboxMessage.__table__)).values({name: p(name) for name in names})


def undispatched(session: Session, *, limit: int = 100) -> Sequence[OutboxMessage]:
    """Oldest rows that nobody has dispatched, locked; rows that another dispatcher holds are passed over."""
    waiting = select(OutboxMessage).where(OutboxMessage.dispatched_at.is_(None))
    return session.scalars(
        waiting.order_by(OutboxMessage.id).limit(limit).with_for_update(skip_locked=True)
    ).all()


def mark_dispatched(ctx: Context, messages: Sequence[OutboxMessage]) -> None:
    """In the same transaction as what the dispatch wrote."""
    ids = [message.id for message in messages]
    ctx.session.execute(
        update(OutboxMessage).where(OutboxMessage.id.in_(ids)).values(dispatched_at=ctx.clock.now())
    )
