"""Bringing a database up to date: the schema by its migrations, then the rows that every installation needs.

`migrate` runs under a lock, so that several machines may start it together. A starting server only checks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

import engine
from engine import reference
from engine.clock import Clock
from engine.context import Actor, Context
from engine.db import transaction
from engine.settings import Settings
from webapp import loading

MIGRATIONS = Path(engine.__file__).parent / "migrations"
#: Any number, the same for all: the name of the lock.
_LOCK = 8_301_207


def migrate(db: Engine, clock: Clock, settings: Settings) -> None:
    """Upgrade the schema and load the reference rows. Running it again changes nothing."""
    loading.load_engine()
    _make_folder(db)
    with _alone(db):
        config = _config()
        with db.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        with transaction(db) as session:
            reference.load(Context(session, Actor.system("migrate"), clock, settings))


def is_current(db: Engine) -> bool:
    """Whether the schema is the one that this code expects."""
    with db.connect() as connection:
        present = MigrationContext.configure(connection).get_current_heads()
    return set(present) == set(ScriptDirectory.from_config(_config()).get_heads())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _make_folder(db: Engine) -> None:
    if db.dialect.name == "sqlite" and db.url.database:
        Path(db.url.database).parent.mkdir(parents=True, exist_ok=True)


@contextmanager
def _alone(db: Engine) -> Iterator[None]:
    """One migration at a time. On SQLite the write lock of each step does it."""
    if db.dialect.name != "postgresql":
        yield
        return
    with db.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
