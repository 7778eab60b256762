"""Sealing: what the heads of the streams were, signed with a key and written to a file outside the database.

Whoever can change the database but has neither the key nor the file cannot recompute a chain, cut its tail or
drop a stream unseen; see verification.py. What came after the last seal has only its chain and the triggers.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from sqlalchemy import Engine, false, func, select, text, update
from sqlalchemy.orm import Session

from engine.audit.models import GENESIS, AuditSeal, AuditStream
from engine.audit.service import instant, sm3
from engine.clock import Clock
from engine.context import Actor, Context
from engine.db import retrying, transaction
from engine.errors import RuleViolation
from engine.settings import Settings

#: Heads in one seal at most; a busier time makes several seals.
BATCH = 5000


def seal(engine: Engine, clock: Clock, settings: Settings) -> int:
    """The job: seal every head that changed, then bring the file up to date. Returns the number of new seals.

    The file is written after the commit. A crash in between leaves it one seal behind until the next run.
    """

    def attempt() -> AuditSeal | None:
        with transaction(engine) as session:
            return seal_heads(Context(session, Actor.system("audit seal"), clock, settings))

    made = 0
    while retrying(attempt) is not None:
        made += 1
    with transaction(engine, read_only=True) as session:
        copy_to_log(session, Path(settings.seal_log))
    return made


def seal_heads(ctx: Context) -> AuditSeal | None:
    """Seal the heads that changed since the last seal; None if none did. RuleViolation if its key is lost."""
    session = ctx.session
    unsealed = select(AuditStream).where(AuditStream.sealed == false()).order_by(AuditStream.id)
    if session.scalars(unsealed.limit(1)).first() is None:
        return None
    key = _signing_key(ctx)
    seq, previous = _lock_last(session)
    # A head that a writer holds at this moment is left to the next seal.
    changed = session.scalars(unsealed.limit(BATCH).with_for_update(skip_locked=True)).all()
    if not changed:
        return None
    heads = orjson.dumps([[head.name, head.seq, head.digest] for head in changed]).decode()
    made = AuditSeal(seq=seq + 1, at=ctx.clock.now(), heads=heads, heads_digest=sm3(heads), previous=previous)
    made.digest = seal_digest(made)
    made.signature = key.sign(bytes.fromhex(made.digest)).hex()
    session.add(made)
    sealed = update(AuditStream).where(AuditStream.id.in_([head.id for head in changed]))
    session.execute(sealed.values(sealed=True), execution_options={"synchronize_session": False})
    session.flush()
    return made


def copy_to_log(session: Session, log: Path) -> None:
    """Append the seals that the file does not have yet, and sync it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        last = _last_in(file)
        missing = select(AuditSeal).where(AuditSeal.seq > last).order_by(AuditSeal.seq)
        for row in session.scalars(missing.execution_options(yield_per=100)):
            file.write(orjson.dumps(log_line(row)) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def log_line(row: AuditSeal) -> dict[str, Any]:
    """What the file holds of a seal: enough to prove the row, without the names of streams."""
    return {
        "seq": row.seq,
        "at": instant(row.at),
        "heads": row.heads_digest,
        "previous": row.previous,
        "digest": row.digest,
        "signature": row.signature,
    }


def seal_digest(row: AuditSeal) -> str:
    return sm3(orjson.dumps([row.seq, instant(row.at), row.heads_digest, row.previous]))


def is_signed(row: AuditSeal, key: Ed25519PublicKey) -> bool:
    try:
        key.verify(bytes.fromhex(row.signature), bytes.fromhex(row.digest))
    except (InvalidSignature, ValueError):
        return False
    return True


def make_key(path: Path) -> Ed25519PrivateKey:
    """A new signing key, readable by its owner only, and beside it ``<path>.pub`` for those who verify.

    An existing key is never replaced: FileExistsError. Whoever is killed in the middle leaves no half a key.
    """
    key = Ed25519PrivateKey.generate()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # unlike a rename it replaces nothing
    finally:
        draft.unlink()
    _show_public_half(path, key)
    return key


def _show_public_half(path: Path, key: Ed25519PrivateKey) -> None:
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.with_name(path.name + ".pub").write_bytes(public)


def read_public_key(path: Path) -> Ed25519PublicKey | None:
    """The verifying key from a PEM with either half; None without such a file. ValueError for other kinds."""
    if not path.exists():
        return None
    pem = path.read_bytes()
    key = load_pem_private_key(pem, None).public_key() if b"PRIVATE" in pem else load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError(f"{path} holds no Ed25519 key")
    return key


def _signing_key(ctx: Context) -> Ed25519PrivateKey:
    """Made at first use only: once there are seals, a lost key must be noticed, not replaced."""
    path = Path(ctx.settings.seal_key)
    if path.exists():
        key = load_pem_private_key(path.read_bytes(), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"{path} holds no Ed25519 key")
        if not path.with_name(path.name + ".pub").exists():
            with suppress(OSError):  # its folder may well be read-only
                _show_public_half(path, key)
        return key
    if ctx.session.scalar(select(func.count(AuditSeal.id))):
        raise RuleViolation(
            "audit.seal_key_missing", "找不到审计封存密钥{path}，请从备份恢复", path=str(path)
        )
    try:
        return make_key(path)
    except FileExistsError:  # another process has made it just now
        return _signing_key(ctx)


def _lock_last(session: Session) -> tuple[int, str]:
    """Seq and digest of the last seal, until commit also for any other sealer. Readers are not held up."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE audit_seal IN EXCLUSIVE MODE"))
    row = session.execute(
        select(AuditSeal.seq, AuditSeal.digest).order_by(AuditSeal.seq.desc()).limit(1)
    ).one_or_none()
    return (0, GENESIS) if row is None else (row.seq, row.digest)


def _last_in(file: IO[bytes]) -> int:
    """Seq of the last whole line; a line that a crash cut short is taken away."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - 65536))
    tail = file.read()
    whole = tail[: tail.rfind(b"\n") + 1]
    if len(whole) < len(tail):
        file.truncate(end - (len(tail) - len(whole)))
    lines = whole.splitlines()
    return int(orjson.loads(lines[-1])["seq"]) if lines else 0
