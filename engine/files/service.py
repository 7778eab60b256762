"""Files in two steps: bytes stream to staging with no transaction open, then a short verb takes them in.

`stage` leaves nothing behind when it fails. `take_in` belongs to the verb that needs the files, in its
transaction.
"""

import errno
import hashlib
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from obstore.exceptions import BaseError
from sqlalchemy import ColumnElement, Engine, select

from engine.clock import Clock
from engine.context import Actor, Context
from engine.db import Session, retrying, transaction
from engine.errors import InvalidInput, NotFound, RuleViolation, StorageFailed
from engine.files.media import identify, neutral_name
from engine.files.models import File
from engine.files.store import BLOCK, open_store
from engine.permissions import Permission, require
from engine.settings import Settings

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class StagedFile:
    """What the person who uploaded is told, and hands to the verb that takes the file in."""

    id: int
    name: str
    size: int
    sha256: str
    sm3: str
    media_type: str
    has_macros: bool


def stage(
    engine: Engine,
    settings: Settings,
    clock: Clock,
    stream: Readable,
    *,
    name: str,
    media_type_hint: str | None = None,
    staged_by: Actor,
    content_length: int | None = None,
    pages: bool = False,
) -> StagedFile:
    """Take a stream into staging: any size up to ``max_upload_bytes`` in flat memory, hashed on the way.

    ``content_length``, where the client declared it, tells a cut upload from a whole one; ``media_type_hint``
    is what the client claims and decides nothing; ``pages`` takes saved web pages, too. Raises AccessDenied,
    InvalidInput (empty, too big, refused kind) or StorageFailed (disk full, cut); then neither bytes nor a row
    are left.
    """
    require(Context(Session(engine), staged_by, clock, settings), Permission.FILE_STAGE)
    del media_type_hint
    name = neutral_name(name)
    now = clock.now()
    # The name carries the instant, by which the sweep tells an upload that runs from one that was killed.
    key = f"staging/{int(now.timestamp())}-{uuid.uuid4().hex}"
    part = settings.staging_dir / (key.rpartition("/")[2] + ".part")
    store = open_store(settings.file_store)
    try:
        with _telling_trouble():
            size, sha256, sm3 = _write(stream, part, settings.max_upload_bytes, content_length)
            media = identify(part, name, pages=pages)
            store.bring(part, key)
        file = File(
            name=name, media_type=media.media_type, has_macros=media.has_macros,
            size=size, sha256=sha256, sm3=sm3, state="staged", staging_key=key, use_count=0,
            staged_by_id=staged_by.person_id, staged_by_name=staged_by.name, staged_at=now,
        )  # fmt: skip
        return retrying(lambda: _insert(engine, file))
    except BaseException:
        part.unlink(missing_ok=True)
        store.delete(key)
        raise


def take_in(ctx: Context, staged_ids: list[int]) -> list[File]:
    """Make staged files part of what is true, in the caller's transaction and in the order given.

    Only the person who staged a file may; for anyone else it does not exist (NotFound). The bytes move before
    the commit: if the transaction rolls back they wait where they are, and taking in again finds them.
    """
    if not staged_ids:
        return []
    found = {file.id: file for file in lock_with_equals(ctx.session, File.id.in_(staged_ids))}
    store = open_store(ctx.settings.file_store)
    taken = []
    for id in staged_ids:
        file = found.get(id)
        if file is None or file.staged_by_id != ctx.actor.person_id or file.state == "erased":
            raise NotFound("files.not_found", "没有找到上传的文件，请重新上传")
        if file.state != "staged":
            raise RuleViolation("files.taken_already", "文件“{name}”已经提交过，不能重复提交", name=file.name)
        store.keep(file.staging_key, file.kept_key, file.size)
        file.state, file.kept_at, file.use_count = "kept", ctx.clock.now(), 1
        taken.append(file)
    ctx.session.flush()
    return taken


def refer(ctx: Context, file_id: int) -> File:
    """One more row uses a kept file (a returned round hands its evidence in again)."""
    file = _kept(ctx, file_id)
    file.use_count += 1
    file.released_at = None
    return file


def release(ctx: Context, file_id: int) -> None:
    """One row less uses it. When none does, the sweep erases the bytes after a time of grace."""
    file = _kept(ctx, file_id)
    file.use_count -= 1
    if file.use_count == 0:
        file.released_at = ctx.clock.now()


def open_bytes(settings: Settings, file: File) -> Iterator[bytes]:
    """The bytes of a kept file, in blocks of about 1 MiB. The caller has decided about access.

    Raises StorageFailed at once when the bytes are missing. The SHA-256 is computed again on the way: where
    it differs, the last block is withheld and StorageFailed raised, so that a download ends visibly broken.
    """
    if file.state != "kept":
        raise NotFound("files.not_kept", "该文件不可下载")
    store = open_store(settings.file_store)
    if store.size(file.kept_key) != file.size:
        raise StorageFailed("files.bytes_missing", "文件内容缺失或已损坏，请联系系统管理员")
    return _checked(store.blocks(file.kept_key), file.sha256)


def staged_bytes(ctx: Context, staged_id: int) -> tuple[StagedFile, Callable[[], bytes]]:
    """A staged file of the actor's own, and how to read it whole once the transaction is over.

    NotFound where it was taken in, swept away or is someone else's.
    """
    file = ctx.session.get(File, staged_id)
    if file is None or file.state != "staged" or file.staged_by_id != ctx.actor.person_id:
        raise NotFound("files.not_found", "没有找到上传的文件，请重新上传")
    key, store = file.staging_key, open_store(ctx.settings.file_store)
    told = StagedFile(file.id, file.name, file.size, file.sha256, file.sm3, file.media_type, file.has_macros)
    return told, lambda: b"".join(store.blocks(key))


def _write(stream: Readable, part: Path, limit: int, expected: int | None) -> tuple[int, str, str]:
    """Stream to ``part`` and sync it; returns size, SHA-256 and SM3."""
    if expected is not None and expected > limit:
        raise _too_large(limit)
    part.parent.mkdir(parents=True, exist_ok=True)
    size, sha256, sm3 = 0, hashlib.sha256(), hashes.Hash(hashes.SM3())
    with part.open("xb") as out:
        while block := stream.read(BLOCK):
            size += len(block)
            if size > limit:
                raise _too_large(limit)
            sha256.update(block)
            sm3.update(block)
            out.write(block)
        out.flush()
        os.fsync(out.fileno())
    if expected is not None and size < expected:
        raise StorageFailed(
            "files.cut",
            "上传中断：只收到{received}字节，应为{expected}字节，文件未保存，请重新上传",
            received=size,
            expected=expected,
        )
    if size == 0:
        raise InvalidInput("files.empty", "文件是空的，请选择有内容的文件", field="file")
    return size, sha256.hexdigest(), sm3.finalize().hex()


@contextmanager
def _telling_trouble() -> Iterator[None]:
    """Say in one sentence what the disk, the store or the line refused."""
    try:
        yield
    except (ConnectionError, TimeoutError) as error:
        raise StorageFailed("files.interrupted", "上传中断，文件未保存，请重新上传") from error
    except (OSError, BaseError) as error:
        full = getattr(error, "errno", None) in _FULL or "No space left" in str(error)
        if full:
            raise StorageFailed(
                "files.disk_full", "存储空间不足，文件未保存，请联系系统管理员处理后重新上传"
            ) from error
        raise StorageFailed("files.store_failed", "文件存储出现故障，文件未保存，请稍后重新上传") from error


def _too_large(limit: int) -> InvalidInput:
    return InvalidInput(
        "files.too_large", "文件太大，单个文件不能超过{limit}MB", field="file", limit=limit // 1_000_000
    )


def _insert(engine: Engine, file: File) -> StagedFile:
    with transaction(engine) as session:
        session.add(file)
        session.flush()
        return StagedFile(
            file.id, file.name, file.size, file.sha256, file.sm3, file.media_type, file.has_macros
        )


def _kept(ctx: Context, file_id: int) -> File:
    file = ctx.session.get(File, file_id, with_for_update=True)
    if file is None or file.state != "kept":
        raise NotFound()
    return file


def lock_with_equals(session: Session, which: ColumnElement[bool]) -> Sequence[File]:
    """The named rows and all others of equal content, locked by id.

    Bytes are shared by content, so that who keeps and who erases must meet at a common lock.
    """
    digests = select(File.sha256).where(which)
    rows = select(File).where(File.sha256.in_(digests)).order_by(File.id).with_for_update()
    return session.scalars(rows.execution_options(populate_existing=True)).all()


def _checked(blocks: Iterator[bytes], sha256: str) -> Iterator[bytes]:
    digest, last = hashlib.sha256(), b""
    for block in blocks:
        digest.update(block)
        if last:
            yield last
        last = block
    if digest.hexdigest() != sha256:
        raise StorageFailed("files.bytes_changed", "文件内容与提交时不一致，请联系系统管理员")
    yield last
