import pytest
from sqlalchemy import Engine

import engine.handlers  # noqa: F401  makes operators, topics and relations known
from engine.clock import FixedClock
from engine.settings import Settings
from tests.engine.plans.sample import Town


@pytest.fixture
def town(db: Engine, clock: FixedClock, settings: Settings) -> Town:
    return Town(db, clock, settings)
