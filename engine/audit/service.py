"""Writing and reading the audit. Each entry's SM3 digest covers that of the one before it in its stream."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

import orjson
from cryptography.hazmat.primitives import hashes
from sqlalchemy import Executable, Table, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.audit.models import GENESIS, AuditEntry, AuditStream
from engine.context import Context
from engine.errors import NotFound
from engine.permissions import Permission, require

_ENTRY = cast(Table, AuditEntry.__table__)
_HEAD = cast(Table, AuditStream.__table__)
_WRITTEN = [c.name for c in _ENTRY.columns if c.name != "id"]


def record(ctx: Context, stream: str, action: str, subject: tuple[str, int], **detail: Any) -> None:
    """Append one entry to ``stream`` ("work_item:12"): who, when, ``action`` ("obligation.submitted"), what.

    Locks the stream's head until commit. Two statements on PostgreSQL, three on SQLite.
    """
    text = orjson.dumps(detail).decode()
    salt = secrets.token_hex(16)
    seq, previous = advance(ctx.session, stream)
    values: dict[str, Any] = {
        "stream": stream,
        "seq": seq,
        "at": ctx.clock.now(),
        "actor_id": ctx.actor.person_id,
        "actor_name": ctx.actor.name,
        "action": action,
        "subject_type": subject[0],
        "subject_id": subject[1],
        "detail": text,
        "salt": salt,
        "detail_digest": sm3(salt + text),
    }
    values["digest"] = entry_digest(previous, values)
    for statement in _append(ctx.session.get_bind().dialect.name):
        ctx.session.execute(statement, {f"p_{name}": value for name, value in values.items()})


def history(
    session: Session,
    stream: str,
    *,
    subject: tuple[str, int] | None = None,
    limit: int = 200,
    before: int | None = None,
) -> list[AuditEntry]:
    """Entries of one stream, of one subject in it if named, newest first.

    ``before`` is the seq of the last one already shown.
    """
    query = select(AuditEntry).where(AuditEntry.stream == stream)
    if subject is not None:
        query = query.where(AuditEntry.subject_type == subject[0], AuditEntry.subject_id == subject[1])
    if before is not None:
        query = query.where(AuditEntry.seq < before)
    return list(session.scalars(query.order_by(AuditEntry.seq.desc()).limit(limit)))


def erase_detail(ctx: Context, entry_id: int, reason: str) -> None:
    """Erase the personal detail of one entry (PIPL art. 47); the act itself is recorded in the same stream.

    The chain stays whole, because it holds the salted digest of the detail, and the salt is erased too.
    """
    require(ctx, Permission.AUDIT_ERASE)
    entry = ctx.session.get(AuditEntry, entry_id)
    if entry is None:
        raise NotFound()
    erased = update(AuditEntry).where(AuditEntry.id == entry_id).values(detail=None, salt=None)
    ctx.session.execute(erased)
    record(ctx, entry.stream, "audit.detail_erased", ("audit_entry", entry_id), reason=reason)


def advance(session: Session, stream: str) -> tuple[int, str]:
    """Lock the head of a stream, born if need be, and return its next seq and the digest to chain to."""
    dialect = session.get_bind().dialect.name
    seq, digest = session.execute(_advance(dialect), {"p_name": stream, "p_digest": GENESIS}).one()
    return seq, digest


def entry_digest(previous: str, entry: Mapping[Any, Any]) -> str:
    """The chain's link: SM3 over the link before and everything an entry says, the detail by its digest."""
    return sm3(
        orjson.dumps(
            [
                previous,
                entry["stream"],
                entry["seq"],
                instant(entry["at"]),
                entry["actor_id"],
                entry["actor_name"],
                entry["action"],
                entry["subject_type"],
                entry["subject_id"],
                entry["detail_digest"],
            ]
        )
    )


def instant(at: datetime) -> str:
    """The one spelling of an instant under a digest."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def sm3(data: str | bytes) -> str:
    """SM3 (GB/T 32905) in hex."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data.encode() if isinstance(data, str) else data)
    return digest.finalize().hex()


@cache
def _advance(dialect: str) -> Executable:
    """An upsert locks the row whether it was there or not, and two births of one stream cannot collide."""
    kind = postgresql.insert if dialect == "postgresql" else sqlite.insert
    born = kind(_HEAD).values(name=bindparam("p_name"), seq=1, digest=bindparam("p_digest"), sealed=False)
    moved = born.on_conflict_do_update(
        index_elements=["name"], set_={"seq": _HEAD.c.seq + 1, "sealed": False}
    )
    return moved.returning(_HEAD.c.seq, _HEAD.c.digest)


@cache
def _append(dialect: str) -> Sequence[Executable]:
    """Entry and new head: one data-modifying CTE where the database knows it, else one after the other."""
    entry = insert(_ENTRY).values({name: bindparam(f"p_{name}") for name in _WRITTEN})
    head = update(_HEAD).where(_HEAD.c.name == bindparam("p_stream")).values(digest=bindparam("p_digest"))
    return [head.add_cte(entry.cte("entry"))] if dialect == "postgresql" else [entry, head]
