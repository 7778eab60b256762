"""One effect for a request that is sent twice: the first answer is kept and given again.

The key is claimed by an INSERT in the transaction of the verb itself. A second request with the same key
waits for the first to end: then it finds the answer, or, when the first was rolled back, does the work.
Knows no HTTP: an answer is a text with a few facts.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from sqlalchemy import Index, String, Text, UniqueConstraint, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from engine.context import Context
from engine.db import Base
from engine.errors import InvalidInput, RuleViolation

KEPT_FOR = timedelta(days=7)
LONGEST_KEY = 200


class IdempotencyKey(Base):
    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("caller_id", "key"), Index(None, "created_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The account that called.
    caller_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(LONGEST_KEY))
    #: SHA-256 of what was asked for.
    fingerprint: Mapped[str] = mapped_column(String(64))
    #: JSON of an `Answer`; none while the first request runs, and for ever where nothing was to be kept.
    answer: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    headers: dict[str, str]


def fingerprint(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def claim(ctx: Context, caller_id: int, key: str, asked: str) -> Answer | None:
    """None when the work is to be done now; the kept answer when it was done before.

    Raises InvalidInput for a key of a wrong length, RuleViolation when the key was used for something else.
    """
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise InvalidInput(
            "idempotency.key", "Idempotency-Key应为1至{longest}个可见字符", longest=LONGEST_KEY
        )
    insert = postgresql.insert if ctx.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    claimed = ctx.session.execute(
        insert(IdempotencyKey)
        .values(caller_id=caller_id, key=key, fingerprint=asked, created_at=ctx.clock.now())
        .on_conflict_do_nothing(index_elements=["caller_id", "key"])
        .returning(IdempotencyKey.id)
    ).scalar_one_or_none()
    if claimed is not None:
        return None
    kept = ctx.session.execute(
        select(IdempotencyKey.fingerprint, IdempotencyKey.answer).where(
            IdempotencyKey.caller_id == caller_id, IdempotencyKey.key == key
        )
    ).one()
    if kept.fingerprint != asked:
        raise RuleViolation("idempotency.reused", "该Idempotency-Key已用于另一请求")
    return Answer(**orjson.loads(kept.answer))


def keep(ctx: Context, caller_id: int, key: str, answer: Answer) -> None:
    """Store the answer beside the claim, in the same transaction."""
    ctx.session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.caller_id == caller_id, IdempotencyKey.key == key)
        .values(answer=orjson.dumps(answer).decode())
    )


def forget_old(ctx: Context) -> None:
    """Drop what nobody repeats any more."""
    ctx.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < ctx.clock.now() - KEPT_FOR))
