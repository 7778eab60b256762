"""The small city is built once; each test gets a copy of its database."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from engine.clock import FixedClock
from engine.db import make_engine
from engine.settings import Settings
from tests.conftest import START, _database
from tests.engine.inspections.world import World, build


@pytest.fixture(scope="session")
def city(
    pg_server: str, pg_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, World]]:
    """Name of a database where three districts wait for the draw, and who is who in it."""
    name = "city_" + uuid.uuid4().hex[:8]
    with psycopg.connect(pg_server, autocommit=True) as connection:
        connection.execute(f"create database {name} template {pg_template} strategy file_copy")
    db = make_engine(_database(pg_server, name))
    built = build(db, FixedClock(START), Settings(file_store=str(tmp_path_factory.mktemp("files"))))
    db.dispose()
    yield name, built
    with psycopg.connect(pg_server, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def world(pg_server: str, city: tuple[str, World], tmp_path: Path) -> Iterator[World]:
    """Three districts, all reports accepted, waiting for the draw; on PostgreSQL."""
    template, built = city
    name = "w_" + uuid.uuid4().hex[:12]
    with psycopg.connect(pg_server, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template} strategy file_copy")
    db = make_engine(_database(pg_server, name))
    yield replace(
        built,
        db=db,
        clock=FixedClock(built.clock.now()),
        settings=Settings(file_store=str(tmp_path / "files")),
    )
    db.dispose()
    with psycopg.connect(pg_server, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")
