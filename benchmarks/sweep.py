"""The sweep: against claiming and writing by hand, beside a million deadlines that wait, and by two processes at once."""

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from typing import Any

from sqlalchemy import Engine, select, text

import engine.handlers  # noqa: F401  makes operators and subjects known
from benchmarks.city import City, prepare
from benchmarks.crowd import make_crowd
from benchmarks.rounds import ROUNDS, interleave, median_ms, ratio
from benchmarks.step import statements
from benchmarks.sweep_floor import SweepFloor
from engine import deadlines, working_days
from engine.clock import FixedClock, SystemClock, end_of_day, local_date, start_of_day
from engine.db import Base, make_engine, transaction
from engine.deadlines.sweep import TOGETHER
from engine.settings import Settings
from webapp.scheduler import Background

PROCESSES = 2
#: The floor's deadlines lie so far ahead that the sweep which is measured beside it never meets them.
FAR = timedelta(days=36525)
Say = Callable[[str], None]


def run(url: str, scale: float, say: Say) -> dict[str, object]:
    """`scale` 1: 1,000,000 deadlines that wait, 50,000 of them due at once; 1,000 acts a round against the floors."""
    db = make_engine(url)
    prepare(db)
    block = max(TOGETHER, round(1000 * scale))
    sides = 3  # ours, the floor that takes as many together, the floor that takes each alone
    waiting, due = max(2000, round(1_000_000 * scale)), max(1000, round(50_000 * scale))
    say(f"sweep: {waiting + sides * 4 * (ROUNDS + 1) * block} obligations with their processes and deadlines")
    city = City(db, Settings(), bureaus=1)
    ((first, _unit), *_others) = reversed(city.open_obligations(city.campaign(1, city.units)))
    crowd = Crowd(db, first, block, sides)
    make_crowd(db, first, crowd.size + waiting)
    crowd.settle()
    report: dict[str, object] = {}
    report |= _against_the_floors(db, url, crowd, say)
    report |= _idle(db, url, say)
    report |= _thousand(db, crowd, say)
    report |= _many_due(db, url, due, crowd, say)
    db.dispose()
    return report


class Crowd:
    """Deadlines in blocks. Block b of a side comes when the side's clock has moved on by b minutes."""

    def __init__(self, db: Engine, first: int, block: int, sides: int) -> None:
        self.db, self.first, self.block = db, first, block
        self.blocks = ROUNDS + 1
        #: of one act of one side
        self.stretch = self.blocks * block
        self.size = 2 * sides * self.stretch

    def settle(self) -> None:
        """Everybody waits; heads of the audit's streams exist for all sides alike."""
        far = datetime(2300, 1, 1, tzinfo=UTC)
        with self.db.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO audit_stream (name, seq, digest, sealed)"
                    " SELECT DISTINCT stream, 0, repeat('0', 64), true FROM deadline ON CONFLICT DO NOTHING"
                )
            )
            connection.execute(
                text("UPDATE deadline SET next_action_at = :far WHERE next_action_at IS NOT NULL"),
                {"far": far},
            )
        with self.db.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))

    def arm(self, part: int, step: str, due_on: Any, at: datetime) -> None:
        """Let a part's blocks come, one a minute, from ``at`` on."""
        with self.db.begin() as connection:
            connection.execute(
                text(
                    "UPDATE deadline SET due_on = :due_on, due_at = :due_at, next_step = :step,"
                    " next_action_at = CAST(:at AS timestamptz)"
                    "   + (((subject_id - :begin) / :block) + 1) * interval '1 minute'"
                    " WHERE subject_type = 'obligation' AND subject_id >= :begin AND subject_id < :end"
                ),
                {
                    "due_on": due_on, "due_at": end_of_day(due_on), "step": step, "at": at, "block": self.block,
                    "begin": self.first + part * self.stretch, "end": self.first + (part + 1) * self.stretch,
                },
            )  # fmt: skip


def _against_the_floors(db: Engine, url: str, crowd: Crowd, say: Say) -> dict[str, object]:
    with transaction(db, read_only=True) as session:
        calendar = working_days.load(session)
    today = calendar.shift(local_date(SystemClock().now()), 1)
    report: dict[str, object] = {}
    for n, (name, step, due_on, act) in enumerate(
        (
            ("sweep", "remind_15", calendar.shift(today, 15), SweepFloor.remind),
            ("sweep_passed", "passed", today - timedelta(days=1), SweepFloor.pass_by),
        )
    ):
        begin = start_of_day(today) + timedelta(hours=9) if step != "passed" else start_of_day(today)
        for side, at in enumerate((begin, begin + FAR, begin + 2 * FAR)):
            crowd.arm(3 * n + side, step, due_on, at)
        together, alone = SweepFloor(url, TOGETHER), SweepFloor(url, 1)
        turns = {
            "ours": _ours(db, crowd, begin),
            "floor": _theirs(together, act, crowd, begin + FAR),
            "single": _theirs(alone, act, crowd, begin + 2 * FAR),
        }
        contenders = {name: turn.__next__ for name, turn in turns.items()}
        say(f"{name}: {ROUNDS} rounds of {crowd.block} a side")
        interleave(contenders, portions=1, rounds=1)
        with statements(db) as seen:
            costs = interleave(contenders, portions=1)
        report |= ratio(costs, "floor", "ours").report(f"{name}_vs_floor")
        report |= ratio(costs, "single", "ours").report(f"{name}_vs_single_floor")
        report[f"{name}_ms"] = round(median_ms(costs["ours"]) / crowd.block, 3)
        report[f"{name}_floor_ms"] = round(median_ms(costs["floor"]) / crowd.block, 3)
        report[f"{name}_single_floor_ms"] = round(median_ms(costs["single"]) / crowd.block, 3)
        report[f"{name}_statements"] = round(len(seen) / (ROUNDS * crowd.block), 2)
    return report


def _ours(db: Engine, crowd: Crowd, begin: datetime) -> Iterator[None]:
    for n in range(1, crowd.blocks + 1):
        swept = deadlines.sweep(db, FixedClock(begin + timedelta(minutes=n)), Settings())
        _check(swept.acted, crowd.block)
        yield


def _theirs(floor: SweepFloor, act: Any, crowd: Crowd, begin: datetime) -> Iterator[None]:
    for n in range(1, crowd.blocks + 1):
        _check(act(floor, begin + timedelta(minutes=n - 1), begin + timedelta(minutes=n)), crowd.block)
        yield


def _check(done: int, wanted: int) -> None:
    if done != wanted:
        raise RuntimeError(f"{done} deadlines handled, not {wanted}")


def _idle(db: Engine, url: str, say: Say) -> dict[str, object]:
    """A tick at which nothing is due, beside all that waits and beside nothing."""
    with db.begin() as connection:
        connection.execute(text("CREATE SCHEMA nothing"))
        waiting = connection.scalar(text("SELECT count(*) FROM deadline WHERE next_action_at IS NOT NULL"))
    empty = make_engine(url, connect_args={"options": "-csearch_path=nothing"})
    Base.metadata.create_all(empty)
    early = FixedClock(datetime(2020, 1, 1, tzinfo=UTC))
    say(f"sweep: idle ticks beside {waiting}")
    contenders: dict[str, Callable[[], object]] = {
        "many": lambda: deadlines.sweep(db, early, Settings()),
        "none": lambda: deadlines.sweep(empty, early, Settings()),
    }
    interleave(contenders, portions=50, rounds=1)
    costs = interleave(contenders, portions=200)
    empty.dispose()
    return {
        **ratio(costs, "many", "none").report("idle_tick_growth"),
        "idle_tick_pending": waiting,
        "idle_tick_ms": median_ms(costs["many"]),
    }


def _thousand(db: Engine, crowd: Crowd, say: Say) -> dict[str, object]:
    """1,000 limits that pass in the same second, by one scheduler with default settings and all its jobs."""
    say("sweep: 1000 in the same second")
    begin, n = crowd.first + crowd.size, 1000
    background = Background(db, SystemClock(), Settings())
    background.start()
    time.sleep(3)  # the first run of every job is over
    came_at = _let_pass(db, begin, n)
    late = _lateness(db, begin, n, came_at)
    background.stop()
    first = min(late)
    beyond = [seconds - first for seconds in late]
    return {
        "timers_1000_beyond_tick_p95_s": round(statistics.quantiles(beyond, n=20)[-1], 3),
        "timers_1000_lateness_p95_s": round(statistics.quantiles(late, n=20)[-1], 3),
        "tick_s": Settings().tick_seconds,
    }


def _many_due(db: Engine, url: str, due: int, crowd: Crowd, say: Say) -> dict[str, object]:
    """Very many at once, by two processes that sweep as soon as they come."""
    say(f"sweep: {due} at once by {PROCESSES} processes")
    begin = crowd.first + crowd.size + 1000
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Barrier(PROCESSES + 1)
    processes = [spawn.Process(target=_sweep_once, args=(url, start)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    came_at = _let_pass(db, begin, due)
    start.wait(300)
    came_at = max(came_at, SystemClock().now())
    late = _lateness(db, begin, due, came_at)
    for process in processes:
        process.join(60)
        _check(process.exitcode or 0, 0)
    return {
        "sweep_due": due,
        "sweep_lateness_p50_s": round(statistics.median(late), 2),
        "sweep_lateness_p99_s": round(statistics.quantiles(late, n=100)[-1], 2),
        "sweep_per_s": round(due / max(late)),
    }


def _sweep_once(url: str, start: Barrier) -> None:
    db = make_engine(url)
    deadlines.due_ids  # noqa: B018  everything is imported
    with db.connect():
        pass
    start.wait(300)
    deadlines.sweep(db, SystemClock(), Settings())
    db.dispose()


def _let_pass(db: Engine, begin: int, n: int) -> datetime:
    """Limits of yesterday that nobody has seen pass; their time comes now."""
    yesterday = local_date(SystemClock().now()) - timedelta(days=1)
    came_at = SystemClock().now() + timedelta(seconds=1)
    with db.begin() as connection:
        connection.execute(
            text(
                "UPDATE deadline SET due_on = :on, due_at = :at, next_step = 'passed', next_action_at = :came"
                " WHERE subject_type = 'obligation' AND subject_id >= :begin AND subject_id < :end"
            ),
            {"on": yesterday, "at": end_of_day(yesterday), "came": came_at, "begin": begin, "end": begin + n},
        )
    return came_at


def _lateness(db: Engine, begin: int, n: int, came_at: datetime) -> list[float]:
    """Seconds from the moment when they were due to that when each was handled; waits until all are."""
    query = (
        select(deadlines.DeadlineStep.fired_at)
        .join(deadlines.Deadline, deadlines.Deadline.id == deadlines.DeadlineStep.deadline_id)
        .where(
            deadlines.Deadline.subject_type == "obligation",
            deadlines.Deadline.subject_id >= begin,
            deadlines.Deadline.subject_id < begin + n,
            deadlines.DeadlineStep.step == "passed",
        )
    )
    while True:
        with transaction(db, read_only=True) as session:
            fired = session.scalars(query).all()
        if len(fired) == n:
            return [(at - came_at).total_seconds() for at in fired]
        time.sleep(0.5)
