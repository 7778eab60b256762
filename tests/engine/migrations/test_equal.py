"""The revisions and the models make the same database: every column, constraint, index and trigger."""

import re
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from engine.db import Base
from engine.migrations.generate import config, import_models

REMEDY = "run `python -m engine.migrations.generate` (before the first release: `--initial`)"

POSTGRESQL_CATALOGUE = """
SELECT 'column', table_name, column_name,
       concat_ws(' ', data_type, character_maximum_length, is_nullable, column_default)
  FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
  FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'function', '', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


def catalogue(connection: Connection) -> dict[tuple[str, str, str], object]:
    """What the database itself says it holds, by (kind, table, name)."""
    if connection.dialect.name == "postgresql":
        rows = connection.execute(text(POSTGRESQL_CATALOGUE))
        found = {(kind, table, name): definition for kind, table, name, definition in rows}
    else:
        master = connection.execute(
            text("SELECT type, tbl_name, name, sql FROM sqlite_master WHERE sql <> ''")
        )
        found = {(kind, table, name): _items(sql) for kind, table, name, sql in master}
    return {key: definition for key, definition in found.items() if key[1] != "alembic_version"}


def _items(sql: str) -> list[str]:
    """The lines of a CREATE statement without regard to their order, spacing and quotes."""
    lines = (re.sub(r"\s+", " ", line).strip(' ,"') for line in sql.replace('"', "").splitlines())
    return sorted(line for line in lines if line)


def upgrade(engine: Engine) -> None:
    with engine.begin() as connection:
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")


def empty(engine: Engine) -> None:
    """Take away everything that the fixture has put there."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        else:
            for trigger in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")):
                connection.execute(text(f"DROP TRIGGER {trigger}"))
            Base.metadata.drop_all(connection)
            # The database keeps its own table of the ids that are never given twice.
            left = connection.scalars(text("SELECT name FROM sqlite_master WHERE sql <> ''")).all()
            assert set(left) <= {"sqlite_sequence"}


@pytest.fixture
def migrated(any_db: Engine) -> tuple[Engine, dict[tuple[str, str, str], object]]:
    """A database made by the revisions alone, and what the models made of the same one before."""
    import_models()
    with any_db.connect() as connection:
        by_models = catalogue(connection)
    empty(any_db)
    upgrade(any_db)
    return any_db, by_models


def test_revisions_equal_models(migrated: tuple[Engine, dict[tuple[str, str, str], object]]) -> None:
    engine, by_models = migrated
    with engine.connect() as connection:
        by_revisions = catalogue(connection)
        assert len(by_models) > len(Base.metadata.tables) > 40
        assert by_revisions.keys() == by_models.keys(), REMEDY
        different = {key for key, definition in by_revisions.items() if definition != by_models[key]}
        assert not different, REMEDY
        # and alembic itself finds nothing that a next revision would have to do
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrading_again_changes_nothing(
    migrated: tuple[Engine, dict[tuple[str, str, str], object]],
) -> None:
    engine, _ = migrated
    with engine.connect() as connection:
        before = catalogue(connection)
    upgrade(engine)
    with engine.connect() as connection:
        assert catalogue(connection) == before


def test_the_audit_is_append_only_after_migration(
    migrated: tuple[Engine, dict[tuple[str, str, str], object]],
) -> None:
    engine, _ = migrated
    with engine.connect() as connection:
        guarded = {(table, name) for kind, table, name in catalogue(connection) if kind == "trigger"}
    for table in ("audit_entry", "audit_seal", "audit_stream"):
        assert {(table, f"{table}_no_update"), (table, f"{table}_no_delete")} <= guarded


def test_revisions_form_one_line() -> None:
    script = ScriptDirectory.from_config(config())
    revisions = list(script.walk_revisions())
    assert len(script.get_heads()) == 1
    assert [r.revision for r in reversed(revisions)] == [f"{n:04}" for n in range(1, len(revisions) + 1)]
    for revision in revisions:
        assert Path(revision.path).name.startswith(f"{revision.revision}_")
        assert revision.doc
