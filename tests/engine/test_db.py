"""The database ground: instants stay aware, readers take no write lock."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from engine.db import UtcDateTime, is_retryable, make_engine, retrying, transaction


def test_instants_come_back_aware_in_utc(any_db: Engine) -> None:
    at = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    with transaction(any_db) as s:
        s.execute(text("create table probe (at timestamp with time zone)"))
        from sqlalchemy import column, insert, select, table

        probe = table("probe", column("at", UtcDateTime()))
        s.execute(insert(probe).values(at=at))
        assert s.scalar(select(probe.c.at)) == at


def test_a_naive_instant_is_refused(db: Engine) -> None:
    with pytest.raises(ValueError, match="naive"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), db.dialect)


def test_a_reader_passes_a_writer_on_sqlite(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    with transaction(engine) as writer:
        writer.execute(text("create table probe (n int)"))
        with transaction(engine, read_only=True) as reader:
            assert reader.scalar(text("select count(*) from sqlite_master where name = 'probe'")) == 0
    engine.dispose()


def test_a_locked_database_is_tried_three_times(sqlite_url: str) -> None:
    tries = []

    def attempt() -> None:
        tries.append(1)
        raise OperationalError("x", {}, Exception("database is locked"))

    with pytest.raises(OperationalError):
        retrying(attempt)
    assert len(tries) == 3
    assert not is_retryable(ValueError("database is locked"))
