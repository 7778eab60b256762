"""Writing and reading the audit. Each entry's SM3 digest covers that of the one before it in its stream."""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

import orjson
from cryptography.hazmat.primitives import hashes
from sqlalchemy import Executable, Table, Text, bindparam, false, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.audit.models import GENESIS, AuditEntry, AuditStream
from engine.context import Context
from engine.db import Session as Writing
from engine.errors import NotFound
from engine.permissions import Permission, require
from engine.writes import Parameter

_ENTRY = cast(Table, AuditEntry.__table__)
_HEAD = cast(Table, AuditStream.__table__)
_WRITTEN = [c.name for c in _ENTRY.columns if c.name != "id"]


def record(ctx: Context, stream: str, action: str, subject: tuple[str, int], **detail: Any) -> None:
    """Append one entry to ``stream`` ("work_item:12"): who, when, ``action`` ("obligation.submitted"), what.

    The entry is chained when the transaction's writes are sent, so that the stream's head, locked last of all, is
    locked for the shortest time: one statement for all streams, the entries go with the other writes.
    """
    text = orjson.dumps(detail).decode()
    salt = secrets.token_hex(16)
    entry: dict[str, Any] = {
        "stream": stream,
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
    ctx.session.at_end(_chain, entry, model=AuditEntry)


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


def _chain(session: Writing, entries: Sequence[dict[str, Any]]) -> None:
    """Lock the heads of the streams, in order of name, and let the entries wait, each chained to the one before.

    They go in one statement with rows that this transaction has locked already, or that only the holder of their case's
    lock may change (deadlines): so the head is the last lock in effect.
    """
    if session.waits_for(AuditStream):
        session.send()  # what was recorded at the end of all else is chained to a head that has not been written yet
    wanted = Counter(entry["stream"] for entry in entries)
    connection = session.connection()
    moved = connection.execute(*_advance(connection.dialect.name, sorted(wanted.items())))
    heads = {name: (seq - wanted[name], digest) for name, seq, digest in moved}
    for entry in entries:
        seq, previous = heads[entry["stream"]]
        entry["seq"] = seq + 1
        entry["digest"] = entry_digest(previous, entry)
        heads[entry["stream"]] = entry["seq"], entry["digest"]
        session.later(_entry, entry)
    for stream, (_, digest) in heads.items():
        session.later(_head, {"stream": stream, "digest": digest})


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


def _advance(dialect: str, wanted: Sequence[tuple[str, int]]) -> tuple[Executable, Any]:
    """Lock the heads of streams in their order and count them on, born if need be: each with its new seq and the digest
    to chain to.

    An upsert locks the row whether it was there or not, and two births of one stream cannot collide.
    """
    if dialect == "postgresql" and len(wanted) > 1:
        return _advance_many(), {"names": [name for name, _ in wanted], "counts": [n for _, n in wanted]}
    rows = [{"name": name, "seq": n, "digest": GENESIS, "sealed": False} for name, n in wanted]
    return _advance_one(dialect), rows if len(rows) > 1 else rows[0]


@cache
def _advance_one(dialect: str) -> Executable:
    return _counted_on((postgresql.insert if dialect == "postgresql" else sqlite.insert)(_HEAD))


@cache
def _advance_many() -> Executable:
    """The same over arrays: the length of the statement does not grow with the rows."""
    names = bindparam("names", type_=postgresql.ARRAY(Text()))
    counts = bindparam("counts", type_=postgresql.ARRAY(_HEAD.c.seq.type))
    given = func.unnest(names, counts).table_valued("name", "seq", name="given").render_derived()
    rows = select(given.c.name, given.c.seq, literal(GENESIS), false()).order_by(given.c.name)
    return _counted_on(postgresql.insert(_HEAD).from_select(["name", "seq", "digest", "sealed"], rows))


def _counted_on(born: Any) -> Executable:
    moved = born.on_conflict_do_update(
        index_elements=["name"], set_={"seq": _HEAD.c.seq + born.excluded.seq, "sealed": False}
    )
    counted: Executable = moved.returning(_HEAD.c.name, _HEAD.c.seq, _HEAD.c.digest)
    return counted


def _entry(p: Parameter) -> Any:
    return insert(_ENTRY).values({name: p(name) for name in _WRITTEN})


def _head(p: Parameter) -> Any:
    return update(_HEAD).where(_HEAD.c.name == p("stream")).values(digest=p("digest"))
