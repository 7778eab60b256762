"""Write the next revision from what the models say: `python -m engine.migrations.generate "why"`.

With `--initial` the first revision is written anew; that is for the time before the first release only.
"""

import argparse
import importlib
import pkgutil
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from alembic import command
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.operations.ops import CreateIndexOp, OpContainer
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import make_url, text
from sqlalchemy.types import TypeEngine

import engine
from engine.audit.models import trigger_ddl
from engine.db import Base, BigId, UtcDateTime, make_engine

HERE = Path(__file__).parent
VERSIONS = HERE / "versions"

PAGE = '''"""{why}"""
# ruff: noqa: E501

import sqlalchemy as sa
from alembic import op

from engine.db import BigId, UtcDateTime

revision = "{revision}"
down_revision = {down_revision!r}
{constants}

def upgrade() -> None:
    {body}
'''

TRIGGERS = """
#: What makes the audit append-only, by dialect.
TRIGGERS = {{
    "postgresql": [{postgresql}],
    "sqlite": [{sqlite}],
}}
"""


def config() -> Config:
    """Alembic's configuration: where the revisions lie."""
    found = Config()
    found.set_main_option("script_location", str(HERE))
    return found


def import_models() -> None:
    """Import all modules that declare tables; those above the engine are found by name."""
    for package in (engine, importlib.import_module("notifications")):
        _import_all(package)


def _import_all(package: ModuleType) -> None:
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if ".migrations" not in module.name:
            importlib.import_module(module.name)


def generate(why: str, *, initial: bool = False) -> Path | None:
    """Write the revision that leads from the newest one to the models. None when there is nothing to do."""
    import_models()
    if initial:
        for old in VERSIONS.glob("0*.py"):
            old.unlink()
    head = ScriptDirectory.from_config(config()).get_current_head()
    body = _difference()
    if body is None:
        return None
    revision = f"{int(head or 0) + 1:04}"
    constants = ""
    if head is None:
        lists = {d: "".join(f"{ddl!r}," for ddl in trigger_ddl(d)) for d in ("postgresql", "sqlite")}
        constants = TRIGGERS.format(**lists)
        body += "\n    connection = op.get_bind()"
        body += "\n    for statement in TRIGGERS[connection.dialect.name]:"
        body += "\n        connection.exec_driver_sql(statement)"
    page = PAGE.format(why=why, revision=revision, down_revision=head, constants=constants, body=body)
    path = VERSIONS / f"{revision}_{re.sub(r'[^a-z0-9]+', '_', why.lower()).strip('_')[:50]}.py"
    path.write_text(page)
    for tidy in (["check", "-q", "--fix", "--exit-zero"], ["format", "-q"]):
        subprocess.run([sys.executable, "-m", "ruff", *tidy, str(path)], check=True)  # noqa: S603
    return path


def _difference() -> str | None:
    """Python that leads from the revisions, run on an empty database, to the models."""
    with tempfile.TemporaryDirectory() as folder:
        database = make_engine(f"sqlite:///{folder}/revisions.db")
        with database.begin() as connection:
            settings = config()
            settings.attributes["connection"] = connection
            command.upgrade(settings, "head")
            found = produce_migrations(
                MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata
            )
        database.dispose()
    if found.upgrade_ops is None or found.upgrade_ops.is_empty():
        return None
    _write_out_conditions(found.upgrade_ops)
    rendered = render_python_code(
        found.upgrade_ops,
        render_as_batch=True,
        render_item=_render_type,
        migration_context=MigrationContext.configure(dialect_name="postgresql"),
    )
    return "\n".join(line for line in rendered.splitlines() if "# ###" not in line).strip()


def _write_out_conditions(container: OpContainer) -> None:
    """Give each dialect the conditions of its partial indexes in its own words (false, 0)."""
    for operation in container.ops:
        if isinstance(operation, OpContainer):
            _write_out_conditions(operation)
        elif isinstance(operation, CreateIndexOp):
            for dialect in (make_url(f"{name}://").get_dialect()() for name in ("postgresql", "sqlite")):
                key = f"{dialect.name}_where"
                if key in operation.kw:
                    words = operation.kw[key].compile(
                        dialect=dialect, compile_kwargs={"literal_binds": True, "include_table": False}
                    )
                    operation.kw[key] = text(str(words))


def _render_type(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    if kind == "type" and isinstance(item, UtcDateTime):
        return "UtcDateTime()"
    if kind == "type" and isinstance(item, TypeEngine) and repr(item) == repr(BigId):
        return "BigId"
    return False


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m engine.migrations.generate", description=__doc__)
    parser.add_argument("why", nargs="?", default="The whole schema", help="what changes, in a few words")
    parser.add_argument("--initial", action="store_true", help="write the first revision anew")
    given = parser.parse_args()
    written = generate(given.why, initial=given.initial)
    sys.stdout.write(f"{written or 'nothing to do: the revisions equal the models'}\n")


if __name__ == "__main__":
    main()
