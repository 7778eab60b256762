"""Uploads: streamed in flat memory, told by content, whole or absent; taken in by a verb, kept write-once."""

import hashlib
import io
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from engine import audit, files
from engine.clock import FixedClock
from engine.context import Actor, Context, Role
from engine.db import Session, transaction
from engine.errors import AccessDenied, InvalidInput, NotFound, RuleViolation, StorageFailed
from engine.files import File, StagedFile
from engine.settings import Settings

CLERK = Actor("周凯", 11, frozenset({(1, Role.REPORTER)}))
OTHER = Actor("吴婷", 12, frozenset({(1, Role.REPORTER)}))
PDF = b"%PDF-1.7\n1 0 obj\n" + b"x" * 3_000_000

Stage = Callable[..., StagedFile]


@pytest.fixture
def stage(any_db: Engine, settings: Settings, clock: FixedClock) -> Stage:
    def upload(data: bytes = PDF, name: str = "总结.pdf", by: Actor = CLERK, **more: object) -> StagedFile:
        return files.stage(any_db, settings, clock, io.BytesIO(data), name=name, staged_by=by, **more)  # type: ignore[arg-type]

    return upload


def _stored(settings: Settings) -> set[str]:
    root = Path(settings.file_store)
    return {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()}


def _take_in(db: Engine, clock: FixedClock, settings: Settings, *ids: int, by: Actor = CLERK) -> list[File]:
    with transaction(db) as session:
        return files.take_in(Context(session, by, clock, settings), list(ids))


def test_an_upload_is_hashed_and_waits_in_staging(stage: Stage, any_db: Engine, settings: Settings) -> None:
    staged = stage(content_length=len(PDF))
    assert staged.size == len(PDF)
    assert staged.sha256 == hashlib.sha256(PDF).hexdigest()
    assert staged.sm3 == hashlib.new("sm3", PDF).hexdigest()
    assert staged.media_type == "application/pdf"
    with transaction(any_db) as session:
        file = session.get_one(File, staged.id)
        assert (file.state, file.staged_by_id, file.use_count) == ("staged", 11, 0)
        assert _stored(settings) == {file.staging_key}


def test_taken_in_bytes_lie_under_their_digest_and_come_back(
    stage: Stage, any_db: Engine, settings: Settings, clock: FixedClock
) -> None:
    staged = stage()
    (file,) = _take_in(any_db, clock, settings, staged.id)
    assert (file.state, file.use_count) == ("kept", 1)
    assert _stored(settings) == {f"kept/{staged.sha256}"}
    blocks = list(files.open_bytes(settings, file))
    assert b"".join(blocks) == PDF
    assert max(map(len, blocks)) <= 2 << 20


def test_equal_content_is_kept_once_and_each_upload_has_its_row(
    stage: Stage, any_db: Engine, settings: Settings, clock: FixedClock
) -> None:
    first, second = stage(), stage(name="副本.pdf", by=OTHER)
    (one,) = _take_in(any_db, clock, settings, first.id)
    (two,) = _take_in(any_db, clock, settings, second.id, by=OTHER)
    assert one.id != two.id
    assert _stored(settings) == {f"kept/{first.sha256}"}


def test_only_the_uploader_takes_a_file_in_and_only_once(
    stage: Stage, any_db: Engine, settings: Settings, clock: FixedClock
) -> None:
    staged = stage()
    with pytest.raises(NotFound):
        _take_in(any_db, clock, settings, staged.id, by=OTHER)
    with pytest.raises(NotFound):
        _take_in(any_db, clock, settings, staged.id + 1)
    _take_in(any_db, clock, settings, staged.id)
    with pytest.raises(RuleViolation, match="已经提交过"):
        _take_in(any_db, clock, settings, staged.id)


def test_a_verb_that_rolls_back_may_be_repeated(
    stage: Stage, any_db: Engine, settings: Settings, clock: FixedClock
) -> None:
    staged = stage()
    with Session(any_db) as session:
        files.take_in(Context(session, CLERK, clock, settings), [staged.id])
        session.rollback()
    (file,) = _take_in(any_db, clock, settings, staged.id)
    assert b"".join(files.open_bytes(settings, file)) == PDF


def test_files_come_back_in_the_order_asked_for(
    stage: Stage, any_db: Engine, settings: Settings, clock: FixedClock
) -> None:
    ids = [stage(PDF + bytes([n]), name=f"{n}.pdf").id for n in range(3)]
    wanted = [ids[2], ids[0], ids[1]]
    assert [file.id for file in _take_in(any_db, clock, settings, *wanted)] == wanted


class Stream:
    """A body that ends with an error of the operating system, or tells how it was read."""

    def __init__(self, blocks: int, end: OSError | None = None) -> None:
        self.left, self.end, self.largest = blocks, end, 0

    def read(self, size: int) -> bytes:
        self.largest = max(self.largest, size)
        if self.left:
            self.left -= 1
            return b"%PDF-1.7\n".ljust(size, b"y")
        if self.end:
            raise self.end
        return b""


def _nothing_left(db: Engine, settings: Settings) -> bool:
    with transaction(db) as session:
        return not _stored(settings) and session.scalar(select(func.count(File.id))) == 0


def test_no_transaction_is_open_while_bytes_come(
    any_db: Engine, settings: Settings, clock: FixedClock
) -> None:
    """Between any two blocks somebody else writes, also on SQLite, and no pooled connection is held."""

    class Busy(Stream):
        def read(self, size: int) -> bytes:
            with transaction(any_db) as session:
                ctx = Context(session, OTHER, clock, settings)
                audit.record(ctx, "work_item:1", "work_item.acknowledged", ("work_item", 1))
            assert any_db.pool.checkedout() == 0  # type: ignore[attr-defined]
            return super().read(size)

    files.stage(any_db, settings, clock, Busy(3), name="a.pdf", staged_by=CLERK)
    with transaction(any_db) as session:
        assert len(audit.history(session, "work_item:1")) == 4


@pytest.mark.parametrize("megabytes", [48, pytest.param(500, marks=pytest.mark.soak)])
def test_memory_stays_flat(sqlite_db: Engine, settings: Settings, clock: FixedClock, megabytes: int) -> None:
    stream = Stream(megabytes)
    tracemalloc.start()
    try:
        staged = files.stage(sqlite_db, settings, clock, stream, name="a.pdf", staged_by=CLERK)
        (file,) = _take_in(sqlite_db, clock, settings, staged.id)
        read = sum(map(len, files.open_bytes(settings, file)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert read == staged.size == megabytes << 20
    assert stream.largest == 1 << 20
    assert peak < 24 << 20


def test_a_full_disk_leaves_nothing(sqlite_url: str, tmp_path: Path) -> None:
    """A real refusal by the operating system: a process that may write no file beyond four megabytes."""
    program = f"""
import resource, signal, sys
from engine import audit, files
from engine.clock import SystemClock
from engine.context import Actor
from engine.db import make_engine
from engine.errors import StorageFailed
from engine.settings import Settings
from tests.engine.files.test_files import CLERK, Stream

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, 4 << 20))
settings = Settings(file_store={str(tmp_path / "files")!r})
try:
    files.stage(make_engine({sqlite_url!r}), settings, SystemClock(), Stream(8), name="a.pdf", staged_by=CLERK)
except StorageFailed as error:
    print(error.code, error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "files.disk_full 存储空间不足，文件未保存，请联系系统管理员处理后重新上传\n"
    assert list((tmp_path / "files" / "staging").iterdir()) == []


def test_a_remote_store_takes_the_same_calls(
    any_db: Engine, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """obstore's memory store stands in the place of a bucket; the local staging folder ends empty."""
    monkeypatch.chdir(tmp_path)
    remote = Settings(file_store="memory:///")
    staged = files.stage(any_db, remote, clock, Stream(3), name="a.pdf", staged_by=CLERK)
    (file,) = _take_in(any_db, clock, remote, staged.id)
    assert sum(map(len, files.open_bytes(remote, file))) == 3 << 20
    assert not [p for p in remote.staging_dir.glob("*") if p.is_file()]


def test_a_cut_upload_leaves_nothing(stage: Stage, any_db: Engine, settings: Settings) -> None:
    with pytest.raises(StorageFailed, match="只收到3000017字节，应为4000000字节") as error:
        stage(content_length=4_000_000)
    assert error.value.code == "files.cut"
    assert _nothing_left(any_db, settings)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(28, "No space left on device"), "files.disk_full"),
        (OSError(122, "Disk quota exceeded"), "files.disk_full"),
        (OSError(5, "Input/output error"), "files.store_failed"),
        (ConnectionResetError(104, "Connection reset by peer"), "files.interrupted"),
    ],
)
def test_a_failing_disk_or_line_leaves_nothing(
    any_db: Engine, settings: Settings, clock: FixedClock, error: OSError, code: str
) -> None:
    with pytest.raises(StorageFailed) as failed:
        files.stage(any_db, settings, clock, Stream(3, error), name="a.pdf", staged_by=CLERK)
    assert failed.value.code == code
    assert "文件未保存" in str(failed.value)
    assert _nothing_left(any_db, settings)


def test_an_error_that_is_not_ours_also_leaves_nothing(
    any_db: Engine, settings: Settings, clock: FixedClock
) -> None:
    class Broken(Stream):
        def read(self, size: int) -> bytes:
            raise KeyError("client")

    with pytest.raises(KeyError):
        files.stage(any_db, settings, clock, Broken(0), name="a.pdf", staged_by=CLERK)
    assert _nothing_left(any_db, settings)


@pytest.mark.parametrize("declared", [True, False])
def test_too_large_and_empty_are_refused(
    any_db: Engine, tmp_path: Path, clock: FixedClock, declared: bool
) -> None:
    small = Settings(file_store=str(tmp_path / "files"), max_upload_bytes=2_000_000)
    length = 3 << 20 if declared else None
    with pytest.raises(InvalidInput, match="不能超过2MB"):
        files.stage(any_db, small, clock, Stream(3), name="a.pdf", staged_by=CLERK, content_length=length)
    with pytest.raises(InvalidInput, match="文件是空的"):
        files.stage(any_db, small, clock, Stream(0), name="a.pdf", staged_by=CLERK)
    assert _nothing_left(any_db, small)


def test_who_may_not_upload_is_refused_before_a_byte_is_read(stage: Stage, any_db: Engine) -> None:
    auditor = Actor("审计", 13, frozenset({(1, Role.AUDIT_ADMIN)}))
    stream = Stream(1)
    with pytest.raises(AccessDenied):
        stage(by=auditor)
    assert stream.largest == 0


def test_changed_bytes_end_a_download_before_its_last_block(
    stage: Stage, any_db: Engine, settings: Settings, clock: FixedClock
) -> None:
    (file,) = _take_in(any_db, clock, settings, stage().id)
    path = Path(settings.file_store) / file.kept_key
    path.write_bytes(PDF[:-1] + b"z")
    received: list[bytes] = []
    with pytest.raises(StorageFailed, match="不一致"):
        received.extend(files.open_bytes(settings, file))
    assert sum(map(len, received)) < len(PDF)
    path.unlink()
    with pytest.raises(StorageFailed, match="缺失"):
        files.open_bytes(settings, file)


def test_an_archive_with_a_monstrous_directory_is_refused(stage: Stage) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.txt", "x")
    raw = bytearray(data.getvalue())
    end = raw.rfind(b"PK\x05\x06")
    raw[end + 12 : end + 16] = (1 << 30).to_bytes(4, "little")
    with pytest.raises(InvalidInput, match="损坏"):
        stage(bytes(raw), name="a.zip")
