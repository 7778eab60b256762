"""A change of the calendar: what it takes to show its effects, and to count 100,000 deadlines again. Reported only."""

import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from benchmarks.city import SYSTEM, prepare
from engine import deadlines, process, queue, working_days
from engine.clock import SystemClock, local_date
from engine.context import Context
from engine.db import Base, make_engine, transaction
from engine.deadlines import Basis, Deadline, DeadlineChange, Opening
from engine.settings import Settings
from engine.working_days import CalendarDayFact, Change
from engine.working_days.changes import applied, since

CASE = "benchmark_case"
UNITS, BATCH = 500, 5000


def run(url: str, scale: float, say: Callable[[str], None]) -> dict[str, object]:
    db, clock, settings = make_engine(url), SystemClock(), Settings()
    prepare(db)
    n = max(BATCH, round(100_000 * scale))
    with db.begin() as connection:
        connection.execute(text("INSERT INTO benchmark_case SELECT generate_series(1, :n)"), {"n": n})
    deadlines.register_subject(
        CASE, lock=_lock, on_passed=lambda ctx, deadline: None, on_changed=_moved, model=Case
    )
    today = local_date(clock.now())
    for first in range(1, n + 1, BATCH):
        with transaction(db) as session:
            ctx = Context(session, SYSTEM, clock, settings)
            deadlines.open_many(
                ctx,
                [
                    Opening(
                        (CASE, id), "obligation.due", Basis.working_days_after(today, 20 + id % 10, "签收"),
                        id % UNITS + 1, f"{CASE}:{id}",
                    )
                    for id in range(first, min(first + BATCH, n + 1))
                ],
            )  # fmt: skip
    say(f"recompute: {n} deadlines")
    with transaction(db) as session:
        ctx = Context(session, SYSTEM, clock, settings)
        calendar = working_days.load(session)
        on = calendar.shift(today, 10)
        change = Change(on.year, {on: CalendarDayFact(False, "临时放假", True)}, "通知")
        after = applied(calendar, change)
        began = time.perf_counter()
        shown = deadlines.preview(ctx, after, since(calendar, after) or on)
        preview_s = time.perf_counter() - began
        working_days.change(ctx, change, expected=working_days.in_force(session))
    began = time.perf_counter()
    while queue.work_one(db, clock, settings):
        pass
    recompute_s = time.perf_counter() - began
    with transaction(db) as session:
        moved = session.scalar(select(func.count()).select_from(DeadlineChange))
        waiting = session.scalar(select(func.count()).where(Deadline.due_on < today + timedelta(days=1)))
    db.dispose()
    if not moved == shown.total == n or waiting:
        raise RuntimeError(f"{moved} deadlines moved, {shown.total} shown, of {n}")
    return {
        "recompute_deadlines": n,
        "recompute_100k_s": round(recompute_s * 100_000 / n, 1),
        "recompute_preview_s": round(preview_s, 3),
    }


class Case(Base):
    """What the deadlines hang on."""

    __tablename__ = CASE

    id: Mapped[int] = mapped_column(primary_key=True)


def _lock(ctx: Context, id: int) -> None:
    ctx.session.execute(text("SELECT id FROM benchmark_case WHERE id = :id FOR UPDATE"), {"id": id})


def _moved(ctx: Context, deadline: Deadline) -> None:
    process.set_due(ctx, deadline.subject, deadline.kind, deadline.due_at)
