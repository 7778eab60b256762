"""What a transaction writes waits until its end, or until somebody reads, and then goes in few statements.

A verb changes several rows, adds an audit entry, a message and user tasks; sent one by one they cost a round trip each,
which is most of what a verb costs. So changed rows and the writes given to `Session.later` wait; on PostgreSQL they go
together as one statement with data-modifying CTEs, on SQLite, which has none, one after the other. Nothing has to
remember to send: a commit sends, and so does every statement of the session, except those that name with
`concerning` what alone they read. New rows are inserted by the ORM as ever, because their ids are needed at once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast
from weakref import WeakSet

from sqlalchemy import (
    JSON,
    BindParameter,
    ClauseElement,
    Executable,
    String,
    Table,
    Text,
    bindparam,
    column,
    event,
    func,
    insert,
    inspect,
    orm,
    select,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.dml import Insert, UpdateBase
from sqlalchemy.sql.visitors import iterate
from sqlalchemy.types import NullType, TypeEngine

#: Makes the parameter of a name: ``p("due_at")``.
Parameter = Callable[[str], BindParameter[Any]]
#: Builds one INSERT or UPDATE over parameters. Declared once, at module level: its identity is the key under which
#: the statement is kept. It names every column that has a default in Python; an UPDATE finds its rows by equality.
Build = Callable[[Parameter], UpdateBase]
Values = Mapping[str, Any]
Finish = Callable[["Session", list[Any]], None]
S = TypeVar("S", bound=Executable)


class _Group(NamedTuple):
    """Writes of one build, which may go together."""

    build: Build
    values: list[Values]


class Session(orm.Session):
    """The ORM's session, with writes that wait."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._waiting: list[_Group] = []
        self._last: dict[Table, _Group] = {}
        self._unfinished: dict[Finish, list[Any]] = {}
        self._promised: set[Table] = set()
        #: What ideas remember for the length of the transaction, under names of their own.
        self.memo: dict[Any, Any] = {}

    def later(self, build: Build, values: Values) -> None:
        """Let one row's write wait. An INSERT must not need an UPDATE that waits to make room for it."""
        self._begin()
        statement = _alone(build)
        if not isinstance(statement, Insert):
            if _table(statement) in self._promised:
                self.send()  # it may concern a row that is only promised
            self._collect()  # what has been changed before on the same row comes before
        self._wait(build, values)

    def _wait(self, build: Build, values: Values) -> None:
        table = _table(_alone(build))
        group = self._last.get(table)
        if group is None or group.build is not build:
            group = self._last[table] = _Group(build, [])
            self._waiting.append(group)
        group.values.append(values)

    def at_end(self, finish: Finish, item: Any, *, model: Any) -> None:
        """Call ``finish(session, items)`` once, with all its items, just before what waits is sent.

        New rows have their ids by then. ``model`` is what it will write.
        """
        self._begin()
        self._unfinished.setdefault(finish, []).append(item)
        self._promised.add(inspect(model).local_table)

    def waits_for(self, model: Any) -> bool:
        """Whether something that waits writes to the model's table."""
        return inspect(model).local_table in self._last

    def send(self) -> None:
        """Send what waits: new rows first, then changed rows and waiting writes."""
        self._collect()
        if self.new or self.deleted:
            self.flush()
        while self._unfinished:
            finish = next(iter(self._unfinished))
            finish(self, self._unfinished.pop(finish))
        self._promised.clear()
        if not self._waiting:
            return
        groups, self._waiting, self._last = self._waiting, [], {}
        connection = self.connection()
        for statement, values in _statements(groups, connection.dialect.name == "postgresql"):
            connection.execute(statement, values)

    if not TYPE_CHECKING:  # the ORM's own signatures stand

        def execute(self, statement, *args, **options):
            self._before(statement)
            return super().execute(statement, *args, **options)

        def scalar(self, statement, *args, **options):
            self._before(statement)
            return super().scalar(statement, *args, **options)

        def scalars(self, statement, *args, **options):
            self._before(statement)
            return super().scalars(statement, *args, **options)

    def begin_nested(self) -> orm.SessionTransaction:
        self.send()  # or a rollback to the savepoint would take it along
        return super().begin_nested()

    def forget(self) -> None:
        """Drop what waits and what is remembered: the transaction has ended."""
        self._waiting, self._last, self._unfinished = [], {}, {}
        self._promised.clear()
        self.memo.clear()

    def _begin(self) -> None:
        if not self.in_transaction():  # else a rollback would find nothing to end, and what waits would stay
            self.begin()

    def _before(self, statement: Executable) -> None:
        """Send what waits unless the statement has said that it concerns nothing of it."""
        concerned: frozenset[Table] | None = statement.get_execution_options().get("concerning")
        if concerned is None:
            if self._waiting or self._unfinished or self.dirty or self.new or self.deleted:
                self.send()
        elif concerned.intersection(self._tables()):
            self.send()

    def _tables(self) -> Iterator[Any]:
        """The tables that something waits for."""
        yield from self._last
        yield from self._promised
        for rows in (self.dirty, self.new, self.deleted):
            for row in rows:
                yield inspect(row).mapper.local_table

    def _collect(self) -> None:
        """Turn the changed rows into waiting writes; what is no plain change is left to the ORM's flush."""
        alike: dict[Build, list[Values]] = {}  # so that many rows go in few statements
        for row in self.dirty:
            state: Any = inspect(row)
            changed = {
                name: state.dict[name]
                for name, before in state.committed_state.items()
                if name in state.dict and state.dict[name] is not before and state.dict[name] != before
            }
            if any(isinstance(value, ClauseElement) for value in changed.values()):
                self.flush()
                continue
            # As after a flush; without it the ORM would send the same change again.
            state._commit_all(state.dict, self.identity_map)
            if changed:
                build = _row_update(state.mapper, tuple(sorted(changed)))
                alike.setdefault(build, []).append({"key": state.identity[0], **changed})
        for build, rows in alike.items():
            for values in rows:
                self._wait(build, values)


@event.listens_for(Session, "before_commit")
def _send(session: Session) -> None:
    session.send()


@event.listens_for(Session, "after_soft_rollback")
@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: orm.SessionTransaction) -> None:
    if transaction.parent is None or transaction.nested:  # not those that each flush has of its own
        session.forget()


def concerning(statement: S, *models: Any) -> S:
    """A statement that touches these models' tables only: what waits for others need not be sent before it."""
    tables = frozenset(inspect(model).local_table for model in models)
    prepared: S = statement.execution_options(concerning=tables, autoflush=False)
    return prepared


@lru_cache(maxsize=512)
def _row_update(mapper: orm.Mapper[Any], names: tuple[str, ...]) -> Build:
    """The UPDATE of some columns of one row."""
    table: Any = mapper.local_table
    (key,) = mapper.primary_key

    def build(p: Parameter) -> UpdateBase:
        return (
            update(table)
            .where(key == p("key"))
            .values({mapper.columns[name].name: p(name) for name in names})
        )

    _ROW_UPDATES.add(build)
    return build


#: The builds that `_row_update` has made.
_ROW_UPDATES: WeakSet[Build] = WeakSet()


def _statements(groups: Sequence[_Group], together: bool) -> Iterator[tuple[Executable, Any]]:
    """The groups in order, as many as possible in one statement."""
    pending: list[_Group] = []
    for group in groups:
        if pending and (len(group.values) > 1 or not together or _meets(group, pending)):
            yield _as_one(pending)
            pending = []
        if len(group.values) > 1:
            yield _as_many(group, together)
        else:
            pending.append(group)
    if pending:
        yield _as_one(pending)


def _meets(group: _Group, pending: Iterable[_Group]) -> bool:
    """Whether an UPDATE might touch a row that the same statement writes: it would not see it."""
    statement = _alone(group.build)
    table = _table(statement)
    if isinstance(statement, Insert):
        return False
    of_a_row = group.build in _ROW_UPDATES  # by its id, which no row has before it is inserted
    return any(
        _table(other) is table and not (of_a_row and isinstance(other, Insert))
        for other in (_alone(waiting.build) for waiting in pending)
    )


def _as_one(groups: Sequence[_Group]) -> tuple[Executable, Any]:
    values = {}
    for n, group in enumerate(groups):
        values.update(_named(n, group.values[0]))
    return _together(tuple(group.build for group in groups)), values


@lru_cache(maxsize=1024)
def _together(builds: tuple[Build, ...]) -> Executable:
    """One statement of several: all but the last as data-modifying CTEs."""
    *others, last = (build(_parameters(n)) for n, build in enumerate(builds))
    return last.add_cte(*(other.cte(f"w{n}") for n, other in enumerate(others)))


def _as_many(group: _Group, together: bool) -> tuple[Executable, Any]:
    """One statement over all rows of the group where the database and the build allow it, else one a row."""
    rows = _over_arrays(group.build) if together else None
    if rows is None or not rows.may_take(group.values):
        return _alone(group.build), [_named(0, values) for values in group.values]
    return rows.statement, {
        f"{name}_array": [_plain(values[name]) for values in group.values] for name in rows.names
    }


@dataclass(frozen=True)
class _OverArrays:
    """A build as one statement over arrays of values, one array a parameter."""

    statement: Executable
    names: Sequence[str]
    #: The parameters by which an UPDATE finds its rows; none for an INSERT.
    finding: Sequence[str]

    def may_take(self, rows: Sequence[Values]) -> bool:
        """An UPDATE that met a row twice would keep either of the values."""
        return not self.finding or len({tuple(row[n] for n in self.finding) for row in rows}) == len(rows)


@lru_cache(maxsize=1024)
def _over_arrays(build: Build) -> _OverArrays | None:
    """None for what arrays cannot hold, and for an INSERT that computes its values."""
    alone = _alone(build)
    binds = alone.compile(dialect=_POSTGRESQL).binds
    types = {
        key.removeprefix("w0_"): _element(bind.type) for key, bind in binds.items() if key.startswith("w0_")
    }
    if any(isinstance(type, JSON | NullType) for type in types.values()):
        return None
    arrays = (bindparam(f"{name}_array", type_=postgresql.ARRAY(type)) for name, type in types.items())
    columns = (column(name, type) for name, type in types.items())
    given = func.unnest(*arrays).table_valued(*columns, name="given").render_derived()
    if isinstance(alone, Insert):
        values: dict[Any, Any] = cast(Any, build(lambda name: bindparam(name)))._values
        if not all(isinstance(value, BindParameter) for value in values.values()):
            return None
        taken = [given.c[value.key] if value.key in types else value for value in values.values()]
        statement: Executable = insert(alone.table).from_select(list(values), select(*taken))
        return _OverArrays(statement, tuple(types), ())
    found = [
        bind.key.removeprefix("w0_") for bind in iterate(alone.whereclause) if isinstance(bind, BindParameter)
    ]
    finding = tuple(name for name in found if name in types)
    return _OverArrays(build(lambda name: given.c[name]), tuple(types), finding)  # type: ignore[arg-type, return-value]


_POSTGRESQL: Any = cast(Any, postgresql.dialect)()


def _element(type: TypeEngine[Any]) -> TypeEngine[Any]:
    """Texts without their length: the array's cast would cut off what is too long, where the column refuses it."""
    return Text() if isinstance(type, String) else type


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _alone(build: Build) -> Any:
    return _together((build,))


def _table(statement: Any) -> Table:
    table: Table = statement.table
    return table


def _parameters(n: int) -> Parameter:
    # Prefixed: the bare names of columns are kept by SQLAlchemy for values of its own.
    return lambda name: bindparam(f"w{n}_{name}")


def _named(n: int, values: Values) -> dict[str, Any]:
    return {f"w{n}_{name}": value for name, value in values.items()}
