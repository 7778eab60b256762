"""Database ground: the declarative base, portable types, engines and transactions.

PostgreSQL runs READ COMMITTED with row locks. SQLite takes BEGIN IMMEDIATE for writers, which stands in for row
locks, and a deferred BEGIN for readers, so that a page view never takes the write lock.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
from sqlalchemy import BigInteger, DateTime, Dialect, Engine, Integer, MetaData, create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from engine.writes import Session as Session

T = TypeVar("T")

#: Integer keys that SQLite can still autoincrement.
BigId = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored in UTC. SQLite returns naive values; they come back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return (
            value.astimezone(UTC) if dialect.name != "sqlite" else value.astimezone(UTC).replace(tzinfo=None)
        )

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, int: BigId}


def make_engine(url: str, **options: Any) -> Engine:
    """An engine for PostgreSQL (``postgresql://``, psycopg 3) or SQLite (``sqlite:///path``)."""
    # What a failed statement was given stands in no log and no error that is shown: passwords' hashes, names, texts.
    options.setdefault("hide_parameters", True)
    if not url.startswith("sqlite"):
        engine = create_engine(url, **options)
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", _check_alive)
        return engine
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False}, **options)

    @event.listens_for(engine, "connect")
    def _connect(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None  # SQLAlchemy emits BEGIN itself, see below
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
            dbapi.execute("PRAGMA " + pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        read_only = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


#: Seconds after which a resting connection is asked whether it still lives, before a transaction begins on it.
_RESTED = 1.0


def _note_use(_connection: Any, record: Any) -> None:
    record.info["used"] = time.monotonic()


def _check_alive(connection: Any, record: Any, _proxy: Any) -> None:
    """What SQLAlchemy's pre-ping does for each transaction, done for those only that could need it."""
    if time.monotonic() - record.info.get("used", time.monotonic()) < _RESTED:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise DisconnectionError() from error


@contextmanager
def transaction(engine: Engine, *, read_only: bool = False) -> Iterator[Session]:
    """One session in one transaction: committed when the block ends well, rolled back otherwise."""
    with (
        Session(
            engine.execution_options(read_only=True) if read_only else engine, expire_on_commit=False
        ) as session,
        session.begin(),
    ):
        yield session


#: SQLSTATEs worth a second try: serialization failure, deadlock.
_RETRYABLE = {"40001", "40P01"}


def is_retryable(error: BaseException) -> bool:
    """Whether the whole verb may simply be tried again: deadlock, serialisation failure, database is locked."""
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return state in _RETRYABLE or "database is locked" in str(error.orig)


def retrying(attempt: Callable[[], T], tries: int = 3) -> T:
    """Run a whole transaction, up to three times when the database asks for it. Only edges call this."""
    for n in range(1, tries + 1):
        try:
            return attempt()
        except DBAPIError as error:
            if n == tries or not is_retryable(error):
                raise
            time.sleep(0.02 * n)
    raise AssertionError("unreachable")
