"""Large uploads, cut uploads and a full disk: whoever else is at work does not notice, and nothing half-written
remains.
"""

import hashlib
import http.client
import json
import random
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from engine.clock import FixedClock
from engine.files import File
from engine.settings import Settings
from tests.consistency import assert_consistent
from tests.engine.campaigns.city import SYSTEM, City
from tests.factories import make_token
from tests.journeys.programs import Program, mark_current
from tests.journeys.stage import serving

MB = 1 << 20
PATIENCE = 120


def call(port: int, path: str, token: str, body: Any, **headers: str) -> tuple[int, Any]:
    """Status and body of one POST. The body is JSON unless it is bytes or a generator of them."""
    raw = isinstance(body, bytes) or hasattr(body, "__next__")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        given = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/octet-stream" if raw else "application/json",
        }
        connection.request("POST", "/api/v1" + path, body if raw else json.dumps(body), given | headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def stored(db: Engine, settings: Settings, city: City) -> tuple[list[str], list[str]]:
    """States of the rows of files, and names of what lies in the store."""
    rows = city.read(lambda session: list(session.scalars(select(File.state).order_by(File.id))))
    folder = Path(settings.file_store)
    return rows, sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@dataclass
class SlowReading:
    """Between server and application: the bytes of an upload come to a halt in the middle until told to go on."""

    app: Any
    halt_at: int
    halted: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    #: How many uploads the application was asked to take.
    uploads: int = 0

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/api/v1/files":
            self.uploads += 1
            environ["wsgi.input"] = _Halting(environ["wsgi.input"], self)
        return self.app(environ, start_response)


class _Halting:
    def __init__(self, stream: Any, slow: SlowReading) -> None:
        self._stream, self._slow, self._read = stream, slow, 0

    def read(self, size: int = -1) -> bytes:
        if self._read >= self._slow.halt_at and not self._slow.go_on.is_set():
            self._slow.halted.set()
            assert self._slow.go_on.wait(PATIENCE)
        data: bytes = self._stream.read(size)
        self._read += len(data)
        return data


@dataclass
class Upload:
    """So many MB that are sent from a generator, which stops in the middle until told to go on."""

    size: int
    half_sent: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    sha256: Any = field(default_factory=hashlib.sha256)

    def blocks(self) -> Iterator[bytes]:
        noise = random.Random(1).randbytes(MB)
        for n in range(self.size):
            if n == self.size // 2:
                self.half_sent.set()
                assert self.go_on.wait(PATIENCE)
            block = (b"%PDF-1.7\n" + n.to_bytes(4, "big") + noise)[:MB]
            self.sha256.update(block)
            yield block

    @property
    def length(self) -> int:
        return self.size * MB


@pytest.mark.parametrize("size", [50, pytest.param(500, marks=pytest.mark.soak)])
def test_during_a_large_upload_others_submit_at_once_on_sqlite(
    sqlite_db: Engine, clock: FixedClock, settings: Settings, size: int
) -> None:
    city = City(sqlite_db, clock, settings)
    first, second = city.obligation(), city.obligation()
    uploader, other = (
        city.act(SYSTEM, make_token, city.lead.reporter),
        city.act(SYSTEM, make_token, city.bureau.reporter),
    )
    upload, slow = Upload(size), SlowReading(None, halt_at=size * MB // 2)

    def wrap(app: Any) -> Any:
        slow.app = app
        return slow

    with serving(sqlite_db, clock, settings, wrap=wrap) as stage, ThreadPoolExecutor(1) as pool:
        port = int(stage.url.rpartition(":")[2])
        sent = pool.submit(
            call, port, "/files", uploader, upload.blocks(), **{"X-Filename": "a.pdf", "Content-Length": str(upload.length)}
        )  # fmt: skip
        try:
            # While the bytes come in over a slow line…
            assert upload.half_sent.wait(PATIENCE)
            status, answer = call(port, f"/obligations/{first.id}/submit", other, {"text": "已完成"})
            assert (status, answer["round"]) == (201, 1)
            assert not sent.done()
            upload.go_on.set()
            # …and while they are written to the store and hashed.
            assert slow.halted.wait(PATIENCE)
            status, answer = call(port, f"/obligations/{second.id}/submit", other, {"text": "已完成"})
            assert (status, answer["round"]) == (201, 1)
            assert not sent.done()
        finally:
            upload.go_on.set()
            slow.go_on.set()
        status, file = sent.result(PATIENCE)
    assert (status, file["size"], file["sha256"]) == (201, upload.length, upload.sha256.hexdigest())
    stage.tick()
    assert_consistent(sqlite_db, stage.settings, now=clock.now())


def test_an_upload_cut_in_the_middle_leaves_nothing(
    sqlite_db: Engine, clock: FixedClock, settings: Settings
) -> None:
    city = City(sqlite_db, clock, settings)
    uploader = city.act(SYSTEM, make_token, city.bureau.reporter)
    watch = SlowReading(None, halt_at=100 * MB)

    def wrap(app: Any) -> Any:
        watch.app = app
        return watch

    with serving(sqlite_db, clock, settings, wrap=wrap) as stage:
        port = int(stage.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as line:
            head = (
                "POST /api/v1/files HTTP/1.1\r\nHost: duban\r\nX-Filename: a.txt\r\n"
                f"Authorization: Bearer {uploader}\r\nContent-Length: {5 * MB}\r\n\r\n"
            )
            line.sendall(head.encode() + "证".encode() * (MB // 2))
        # The server goes on, and has read what came before.
        status, whole = call(port, "/files", uploader, "证据".encode(), **{"X-Filename": "b.txt"})
        assert (status, whole["size"]) == (201, 6)
    # It has ended, and with it everything that it might still have done.
    assert watch.uploads == 1
    states, names = stored(sqlite_db, settings, city)
    assert states == ["staged"]
    assert len(names) == 1


@dataclass
class Served:
    """`duban serve` in a process of its own, whose disk can be made full."""

    program: Program
    port: int

    def room(self, bytes: int) -> None:
        """No file may grow beyond so many bytes from now on."""
        hard = resource.prlimit(self.program.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.program.pid, resource.RLIMIT_FSIZE, (bytes, hard))


@pytest.fixture
def served(pg_url: str, db: Engine, settings: Settings, tmp_path: Path) -> Iterator[Served]:
    mark_current(db)
    given = replace(settings, database_url=pg_url)
    program = Program(given, tmp_path / "serve.log", "serve", "--no-scheduler", "--port", "0")
    try:
        program.begin()
        yield Served(program, int(program.wait_until_up().strip().rstrip("/").rpartition(":")[2]))
    finally:
        program.kill()


@pytest.mark.parametrize(
    ("size", "where"), [(300_000, "in the store"), (3_000_000, "on the way, in the server's temporary file")]
)
def test_a_full_disk_is_told_and_the_server_goes_on(
    served: Served, db: Engine, clock: FixedClock, settings: Settings, size: int, where: str
) -> None:
    city = City(db, clock, settings)
    obligation = city.obligation()
    reporter = city.act(SYSTEM, make_token, city.bureau.reporter)
    data = "证".encode() * (size // 3)
    upload: Callable[[], tuple[int, Any]] = lambda: call(  # noqa: E731
        served.port, "/files", reporter, data, **{"X-Filename": "a.txt"}
    )
    served.room(100_000)
    status, problem = upload()
    assert (status, problem["code"]) == (507, "files.disk_full"), where
    assert problem["detail"] == "存储空间不足，文件未保存，请联系系统管理员处理后重新上传"
    assert stored(db, settings, city) == ([], [])
    # Nobody else is hindered, and once there is room again the same upload succeeds.
    status, answer = call(served.port, f"/obligations/{obligation.id}/submit", reporter, {"text": "已完成"})
    assert (status, answer["round"]) == (201, 1)
    served.room(resource.RLIM_INFINITY)
    status, file = upload()
    assert (status, file["size"]) == (201, len(data))
    assert len(stored(db, settings, city)[1]) == 1
    assert served.program.stop() == 0
    assert served.program.errors() == []


def test_a_full_disk_under_the_database_is_told_and_leaves_nothing(
    sqlite_db: Engine, clock: FixedClock, settings: Settings
) -> None:
    city = City(sqlite_db, clock, settings)
    obligation = city.obligation()
    reporter = city.act(SYSTEM, make_token, city.bureau.reporter)
    path, report = f"/obligations/{obligation.id}/submit", {"text": "办" * 19_000}

    def no_more_pages(connection: Any, _record: Any) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    with serving(sqlite_db, clock, settings) as stage:
        port = int(stage.url.rpartition(":")[2])
        event.listen(sqlite_db, "connect", no_more_pages)
        sqlite_db.dispose()
        status, problem = call(port, path, reporter, report)
        assert (status, problem["code"]) == (507, "storage.full")
        assert problem["detail"] == "存储空间不足，本次操作未保存，请联系系统管理员"
        event.remove(sqlite_db, "connect", no_more_pages)
        sqlite_db.dispose()
        stage.tick()
        assert_consistent(sqlite_db, stage.settings, now=clock.now())
        status, answer = call(port, path, reporter, report)
        assert (status, answer["round"]) == (201, 1)
