"""Two schedulers at once on PostgreSQL: every effect happens exactly once, and no deadline is forgotten."""

import multiprocessing
import os
from collections import Counter
from datetime import date
from multiprocessing.synchronize import Barrier

import pytest
from sqlalchemy import Engine, func, select, text

from engine import audit, deadlines, outbox
from engine.clock import FixedClock
from engine.db import make_engine, transaction
from engine.deadlines import Basis, Deadline, DeadlineState, DeadlineStep, Opening
from engine.settings import Settings
from tests.engine.deadlines.cases import CASE, Office, make_cases, shanghai

PROCESSES = 2
DUE = Basis.fixed_date(date(2026, 3, 31), "3月31日前")
#: The instant at which the limit passes, with every reminder missed.
NOW = shanghai("2026-04-01", 0)


def tick(url: str, start: Barrier, results: "multiprocessing.Queue[tuple[int, int]]") -> None:
    """One scheduler: waits for the others, then sweeps once."""
    engine = make_engine(url)
    with engine.connect():
        pass
    start.wait(60)
    swept = deadlines.sweep(engine, FixedClock(NOW), Settings(), batch=500)
    engine.dispose()
    results.put((swept.acted, swept.failed))


def race(url: str) -> list[tuple[int, int]]:
    spawn = multiprocessing.get_context("spawn")
    start, results = spawn.Barrier(PROCESSES), spawn.Queue()
    processes = [spawn.Process(target=tick, args=(url, start, results)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    swept = [results.get(timeout=1200) for _ in processes]
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    return swept


def check_once(count: int, pg_url: str, db: Engine, settings: Settings) -> None:
    make_cases(db, count)
    office = Office(db, FixedClock(shanghai("2026-03-02")), settings)
    with transaction(db) as session:
        openings = [
            Opening((CASE, n), "obligation.due", DUE, unit_id=n % 50, stream=f"{CASE}:{n}")
            for n in range(1, count + 1)
        ]
        deadlines.open_many(office.ctx(session), openings)
        ids = set(session.scalars(select(Deadline.id)))

    swept = race(pg_url)

    assert sum(acted for acted, _ in swept) == count
    assert all(acted > 0 and failed == 0 for acted, failed in swept), swept
    assert Counter(id for id, _ in office.passings()) == Counter(ids)
    with transaction(db, read_only=True) as session:
        touched = session.execute(text("SELECT touched, count(*) FROM test_case GROUP BY touched")).all()
        assert [tuple(row) for row in touched] == [(1, count)]
        steps = select(
            DeadlineStep.step,
            DeadlineStep.outcome,
            func.count(),
            func.count(DeadlineStep.deadline_id.distinct()),
        )
        recorded = {
            tuple(row) for row in session.execute(steps.group_by(DeadlineStep.step, DeadlineStep.outcome))
        }
        missed = {(f"remind_{n}", "collapsed", count, count) for n in (15, 7, 3, 1)}
        assert recorded == missed | {("passed", "fired", count, count)}
        states = select(Deadline.state, Deadline.next_step, Deadline.passed_at, func.count())
        grouped = session.execute(
            states.group_by(Deadline.state, Deadline.next_step, Deadline.passed_at)
        ).all()
        assert [tuple(row) for row in grouped] == [(DeadlineState.PASSED, "escalate_1", NOW, count)]
        facts = {"deadline.passed": count}
        message, entry = outbox.OutboxMessage, audit.AuditEntry
        sent = session.execute(select(message.kind, func.count()).group_by(message.kind)).all()
        assert dict(sent) == facts
        assert session.scalar(select(func.count(message.message_id.distinct()))) == count
        of_cases = select(entry.action, func.count()).where(entry.subject_type == CASE)
        written = session.execute(of_cases.group_by(entry.action)).all()
        assert dict(written) == facts
        assert deadlines.due_ids(session, NOW) == []


def test_two_processes_do_every_effect_once(pg_url: str, db: Engine, settings: Settings) -> None:
    check_once(2_000, pg_url, db, settings)


@pytest.mark.soak
def test_two_processes_do_every_effect_once_over_many(pg_url: str, db: Engine, settings: Settings) -> None:
    assert os.environ["DUBAN_SOAK"] == "1"
    check_once(20_000, pg_url, db, settings)
