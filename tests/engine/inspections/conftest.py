import pytest
from sqlalchemy import Engine

from engine.clock import FixedClock
from engine.settings import Settings
from tests.engine.inspections.world import World, build


@pytest.fixture
def world(db: Engine, clock: FixedClock, settings: Settings) -> World:
    """Three districts, all reports accepted, waiting for the draw; on PostgreSQL."""
    return build(db, clock, settings)
