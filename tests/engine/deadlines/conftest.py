"""An office with three cases, on both databases."""

import pytest
from sqlalchemy import Engine

from engine.clock import FixedClock
from engine.settings import Settings
from tests.engine.deadlines.cases import Office, make_cases


@pytest.fixture
def office(any_db: Engine, clock: FixedClock, settings: Settings) -> Office:
    make_cases(any_db)
    return Office(any_db, clock, settings)
