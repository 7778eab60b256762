"""The small city is built once; each test gets a copy of its database."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.clock import FixedClock
from engine.db import make_engine
from engine.settings import Settings
from tests.conftest import START
from tests.engine.inspections.world import World, build
from tests.pristine import Databases, address


@pytest.fixture(scope="session")
def cities(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Databases, World]]:
    """Databases where three districts wait for the draw, and who is who in them."""
    name = databases.take()
    db = make_engine(address(databases.server, name))
    built = build(db, FixedClock(START), Settings(file_store=str(tmp_path_factory.mktemp("files"))))
    db.dispose()
    made = Databases(databases.server, name)
    yield made, built
    made.close()
    databases.drop(name)


@pytest.fixture
def world(cities: tuple[Databases, World], tmp_path: Path) -> Iterator[World]:
    """Three districts, all reports accepted, waiting for the draw; on PostgreSQL."""
    made, built = cities
    name = made.take()
    yield replace(
        built,
        db=made.engine(name),
        clock=FixedClock(built.clock.now()),
        settings=Settings(file_store=str(tmp_path / "files")),
    )
    made.give(name)
