"""PostgreSQL databases that tests share one after the other, each handed out as the template left it.

Making a database costs a quarter of a second, putting the few rows back that a test has changed a tenth of that. What
cannot be put back with certainty (a changed schema, thousands of rows) is dropped, and the next test gets a new one.
"""

import uuid
from dataclasses import dataclass, field
from functools import cached_property

import psycopg
from psycopg import Connection, sql
from sqlalchemy import Engine

from engine.db import make_engine

#: More rows than these, or more uses, leave so much dead space that plans and speed would change.
_ROWS, _USES = 2_000, 40

#: Rows of a table and the newest transaction that wrote one: a change of either means that it was written to.
Marks = dict[str, tuple[int, int | None]]


def address(server: str, name: str) -> str:
    """Address of another database on the server of ``server``."""
    base, _, query = server.partition("?")
    return base.rsplit("/", 1)[0] + "/" + name + ("?" + query if query else "")


@dataclass
class _Database:
    name: str
    address: str
    marks: Marks
    uses: int = 0

    @cached_property
    def engine(self) -> Engine:
        """One for all its tests, as it keeps the statements that it has compiled."""
        return make_engine(self.address)


@dataclass
class Databases:
    """Fresh databases of one template; ``take`` one, ``give`` it back, ``close`` at the end."""

    server: str
    template: str
    _idle: list[_Database] = field(default_factory=list)
    _taken: dict[str, _Database] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self._connect(self.template) as connection:
            self._probe = _probe(_tables(connection))
            self._shape = _shape(connection)
            self._numbers = _numbers(connection)
            self._marks = _marks(connection, self._probe)
            self._rows = {
                table: _read(connection, table) for table, (rows, _) in self._marks.items() if rows > 0
            }

    def take(self) -> str:
        """Name of a database as the template has it."""
        if self._idle:
            database = self._idle.pop()
        else:
            name = "d_" + uuid.uuid4().hex[:12]
            database = _Database(name, address(self.server, name), self._marks)
            self._run(f"create database {database.name} template {self.template} strategy wal_log")
        self._taken[database.name] = database
        return database.name

    def engine(self, name: str) -> Engine:
        """Of a database that was taken; its connections are closed when it is given back."""
        return self._taken[name].engine

    def give(self, name: str) -> None:
        """Take back what a test is done with; whoever is still connected is cut off."""
        database = self._taken.pop(name)
        database.uses += 1
        database.engine.dispose()
        if database.uses < _USES and self._restored(database):
            self._idle.append(database)
        else:
            self.drop(name)

    def drop(self, name: str) -> None:
        self._taken.pop(name, None)
        self._run(f"drop database {name} with (force)")

    def close(self) -> None:
        for database in self._idle:
            self._run(f"drop database {database.name} with (force)")

    def _restored(self, database: _Database) -> bool:
        with self._connect(database.name) as connection:
            connection.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
            if _shape(connection) != self._shape:
                return False
            marks = _marks(connection, self._probe)
            changed = [table for table in marks if marks[table] != database.marks[table]]
            if sum(marks[table][0] for table in changed) > _ROWS:
                return False
            with connection.transaction():
                connection.execute("set local session_replication_role = replica")  # no triggers, any order
                for table in changed:
                    connection.execute(sql.SQL("delete from {}").format(sql.Identifier(table)))
                    if table in self._rows:
                        _write(connection, table, self._rows[table])
                for sequence, number in _numbers(connection).items():
                    if number != self._numbers[sequence]:
                        _set_number(connection, sequence, self._numbers[sequence])
            database.marks = marks | (_marks(connection, _probe(changed)) if changed else {})
            return True

    def _connect(self, name: str) -> Connection:
        return psycopg.connect(address(self.server, name), autocommit=True)

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement)


def _tables(connection: Connection) -> list[str]:
    found = connection.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
    )
    return [name for (name,) in found]


def _probe(tables: list[str]) -> sql.Composed:
    mark = sql.SQL("select {}, count(*), max(xmin::text::bigint) from {}")
    return sql.SQL(" union all ").join(
        mark.format(sql.Literal(name), sql.Identifier(name)) for name in tables
    )


def _marks(connection: Connection, probe: sql.Composed) -> Marks:
    return {name: (rows, newest) for name, rows, newest in connection.execute(probe)}


def _shape(connection: Connection) -> tuple[object, ...] | None:
    """What tells whether tables, columns, triggers, functions or schemas were made, changed or dropped."""
    return connection.execute(
        """select (select count(*) from pg_namespace),
                  (select sum(hashtextextended(relname || relkind::text, relfilenode::bigint)) from pg_class
                   where relnamespace = 'public'::regnamespace),
                  (select count(*) from pg_attribute where not attisdropped), (select count(*) from pg_constraint),
                  (select count(*) || string_agg(tgname || tgenabled::text, ',' order by tgrelid, tgname)
                   from pg_trigger where not tgisinternal),
                  (select sum(hashtextextended(prosrc, 0)) from pg_proc
                   where pronamespace = 'public'::regnamespace)"""
    ).fetchone()


def _numbers(connection: Connection) -> dict[str, int | None]:
    return dict(
        connection.execute(
            "select sequencename, last_value from pg_sequences where schemaname = 'public'"
        ).fetchall()
    )


def _set_number(connection: Connection, sequence: str, number: int | None) -> None:
    connection.execute(
        "select setval(%s::regclass, %s, %s)", (f'"{sequence}"', number or 1, number is not None)
    )


def _read(connection: Connection, table: str) -> bytes:
    with connection.cursor().copy(sql.SQL("copy {} to stdout").format(sql.Identifier(table))) as copy:
        return b"".join(bytes(part) for part in copy)


def _write(connection: Connection, table: str, rows: bytes) -> None:
    with connection.cursor().copy(sql.SQL("copy {} from stdin").format(sql.Identifier(table))) as copy:
        copy.write(rows)
