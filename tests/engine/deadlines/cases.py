"""A case for deadlines to hang on: one plain table, locked like a real one, which notes each passing."""

from datetime import datetime

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from engine import deadlines
from engine.clock import SHANGHAI, FixedClock
from engine.context import Actor, Context
from engine.db import transaction
from engine.deadlines import Basis, Deadline
from engine.settings import Settings

CASE = "test_case"


def shanghai(day: str, hour: int = 9, minute: int = 0) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02}:{minute:02}").replace(tzinfo=SHANGHAI)


def make_cases(engine: Engine, count: int = 3) -> None:
    """Rows 1…count of the case table, and the log of passings."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE test_case (id INTEGER PRIMARY KEY, touched INTEGER NOT NULL)"))
        connection.execute(
            text("CREATE TABLE test_passing (deadline_id INTEGER NOT NULL, state TEXT NOT NULL)")
        )
        rows = [{"id": n + 1} for n in range(count)]
        connection.execute(text("INSERT INTO test_case (id, touched) VALUES (:id, 0)"), rows)


def _lock(ctx: Context, id: int) -> None:
    suffix = " FOR UPDATE" if ctx.session.get_bind().dialect.name == "postgresql" else ""
    found = ctx.session.execute(text("SELECT id FROM test_case WHERE id = :id" + suffix), {"id": id}).all()
    assert found


#: Cases whose passing cannot be handled.
POISON: set[int] = set()


def _passed(ctx: Context, deadline: Deadline) -> None:
    if deadline.subject_id in POISON:
        raise ZeroDivisionError("a poisonous case")
    ctx.session.execute(
        text("INSERT INTO test_passing (deadline_id, state) VALUES (:id, :state)"),
        {"id": deadline.id, "state": str(deadline.state)},
    )
    ctx.session.execute(
        text("UPDATE test_case SET touched = touched + 1 WHERE id = :id"), {"id": deadline.subject_id}
    )


class _Base(DeclarativeBase):
    """Apart from the product's own tables, as nothing but tests makes this one."""


class Case(_Base):
    __tablename__ = CASE

    id: Mapped[int] = mapped_column(primary_key=True)


deadlines.register_subject(CASE, lock=_lock, on_passed=_passed, model=Case)


class Office:
    """Acts on deadlines of one database, each act in a transaction of its own, as the edges do."""

    def __init__(self, engine: Engine, clock: FixedClock, settings: Settings) -> None:
        self.engine, self.clock, self.settings = engine, clock, settings

    def ctx(self, session: object, name: str = "张三") -> Context:
        return Context(session, Actor(name, person_id=7), self.clock, self.settings)  # type: ignore[arg-type]

    def open(
        self, basis: Basis, *, case: int = 1, kind: str = "obligation.due", policy: str | None = None
    ) -> int:
        with transaction(self.engine) as session:
            ctx = self.ctx(session)
            deadlines.open(ctx, (CASE, case), kind, basis, unit_id=5, stream=f"{CASE}:{case}", policy=policy)
            return session.scalars(select(Deadline.id).order_by(Deadline.id.desc())).first() or 0

    def sweep_at(self, at: datetime) -> int:
        """Move the clock and sweep once; how many deadlines were acted on."""
        self.clock.move_to(at)
        swept = deadlines.sweep(self.engine, self.clock, self.settings)
        assert swept.failed == 0
        return swept.acted

    def get(self, id: int) -> Deadline:
        with transaction(self.engine, read_only=True) as session:
            deadline = session.get_one(Deadline, id)
            assert deadline.steps is not None
            assert deadline.changes is not None
            assert deadline.policy is not None
            assert all(step.policy for step in deadline.steps)
            return deadline

    def passings(self) -> list[tuple[int, str]]:
        with self.engine.connect() as connection:
            rows = connection.execute(text("SELECT deadline_id, state FROM test_passing ORDER BY 1"))
            return [(row[0], row[1]) for row in rows]
