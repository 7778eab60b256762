"""The schema as the models say it, with the rows that every installation has."""

import importlib
import pkgutil

from sqlalchemy import Engine

import engine
from engine.clock import SystemClock
from engine.context import Actor, Context
from engine.db import Base, transaction
from engine.settings import Settings


def import_models() -> None:
    """Import every module that declares tables, so that the metadata is whole."""
    import notifications

    for package in (engine, notifications):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if "migrations" not in module.name:
                importlib.import_module(module.name)


def prepare(db: Engine) -> None:
    """Create all tables and the reference rows (calendar, escalation policies, diagrams)."""
    from engine import reference

    import_models()
    Base.metadata.create_all(db)
    with transaction(db) as session:
        reference.load(Context(session, Actor.system("migrate"), SystemClock(), Settings()))
