"""The periodic look over the store: uploads that nobody took in, bytes nobody uses, bytes that are gone."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import and_, or_, select

from engine import audit
from engine.context import Context
from engine.files.models import File
from engine.files.service import lock_with_equals
from engine.files.store import Store, open_store
from engine.settings import Settings

#: How long an upload may wait to be taken in, and kept bytes without use to be erased.
STAGED_FOR = timedelta(hours=24)
UNUSED_FOR = timedelta(days=30)


@dataclass
class Swept:
    """What one run did: rows removed and erased, leftover objects removed, ids of files without bytes."""

    removed: int = 0
    erased: int = 0
    leftovers: int = 0
    missing: list[int] = field(default_factory=list)


def sweep_orphans(ctx: Context, *, limit: int = 1000) -> Swept:
    """Remove what nobody will use and look whether up to ``limit`` kept files still have their bytes.

    Erasing and missing bytes are recorded in the audit stream "files". Repeating it is harmless.
    """
    store, swept, now = open_store(ctx.settings.file_store), Swept(), ctx.clock.now()
    _remove_unused(ctx, store, swept, now, limit)
    _remove_leftovers(ctx, store, swept, now - STAGED_FOR)
    _look_for_bytes(ctx, store, swept, now, limit)
    return swept


def _remove_unused(ctx: Context, store: Store, swept: Swept, now: datetime, limit: int) -> None:
    forgotten = and_(File.state == "staged", File.staged_at < now - STAGED_FOR)
    unused = and_(File.state == "kept", File.use_count == 0, File.released_at < now - UNUSED_FOR)
    found = ctx.session.scalars(
        select(File.id).where(or_(forgotten, unused)).order_by(File.id).limit(limit)
    ).all()
    for id in found:
        equals = lock_with_equals(ctx.session, File.id == id)
        file = next((row for row in equals if row.id == id), None)
        if file is None or file.state not in {"staged", "kept"} or file.use_count > 0:
            continue  # taken in, or in use again, since it was looked up
        store.delete(file.staging_key)
        if not any(row.id != id and row.state != "erased" for row in equals):
            store.delete(file.kept_key)
        if file.state == "staged":
            ctx.session.delete(file)
            swept.removed += 1
        else:
            file.state = "erased"
            audit.record(ctx, "files", "file.erased", ("file", id), name=file.name, sha256=file.sha256)
            swept.erased += 1
        ctx.session.flush()


def _remove_leftovers(ctx: Context, store: Store, swept: Swept, before: datetime) -> None:
    """Objects in staging without a row: the process was killed between the bytes and the row."""
    old = (key for key in _staged_keys(ctx.settings, store) if _begun_at(key) < before.timestamp())
    while batch := list(islice(old, 500)):
        known = set(ctx.session.scalars(select(File.staging_key).where(File.staging_key.in_(batch))))
        for key in set(batch) - known:
            store.delete(key)
            (ctx.settings.staging_dir / key.rpartition("/")[2]).unlink(missing_ok=True)
            swept.leftovers += 1


def _look_for_bytes(ctx: Context, store: Store, swept: Swept, now: datetime, limit: int) -> None:
    due = (
        select(File).where(File.state == "kept").order_by(File.checked_at.nulls_first(), File.id).limit(limit)
    )
    for file in ctx.session.scalars(due.with_for_update(skip_locked=True)):
        file.checked_at = now
        there = store.size(file.kept_key) == file.size
        if there:
            file.missing_at = None
            continue
        swept.missing.append(file.id)
        if file.missing_at is None:
            file.missing_at = now
            audit.record(ctx, "files", "file.bytes_missed", ("file", file.id), sha256=file.sha256)


def _staged_keys(settings: Settings, store: Store) -> Iterator[str]:
    yield from store.keys("staging/")
    if store.folder is None:
        yield from (f"staging/{part.name}" for part in settings.staging_dir.glob("*.part"))


def _begun_at(key: str) -> float:
    """The instant in a staging key; names that are not ours count as new, and stay."""
    began = key.rpartition("/")[2].partition("-")[0]
    return float(began) if began.isdigit() else float("inf")
