import pytest
from sqlalchemy import Engine

import engine.handlers  # noqa: F401  makes operators, topics and relations known
from engine.clock import FixedClock
from engine.settings import Settings
from tests.engine.campaigns.city import City


@pytest.fixture
def city(db: Engine, clock: FixedClock, settings: Settings) -> City:
    """A city on PostgreSQL with an office, a lead bureau, a responsible bureau and a county."""
    return City(db, clock, settings)


@pytest.fixture
def any_city(any_db: Engine, clock: FixedClock, settings: Settings) -> City:
    """The same city on PostgreSQL and on SQLite, one after the other."""
    return City(any_db, clock, settings)
