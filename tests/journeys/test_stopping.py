"""A server that is told to end answers what it was asked before: what runs, and what waits for a thread."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine, select, text

from engine.campaigns.models import WorkItem
from engine.clock import FixedClock, SystemClock
from engine.settings import Settings
from tests.consistency import assert_consistent, come_to_rest
from tests.engine.campaigns.city import SYSTEM, City
from tests.factories import make_token
from tests.journeys.programs import Program, mark_current
from tests.journeys.test_uploads import call

THREADS, CALLERS = 3, 8


def test_sigterm_lets_requests_finish(
    pg_url: str, db: Engine, clock: FixedClock, settings: Settings, tmp_path: Path
) -> None:
    mark_current(db)
    city = City(db, clock, replace(settings, database_url=pg_url))
    units = [city.staff(city.government) for _ in range(CALLERS)]
    key_task = city.dispatched(responsible=[unit.id for unit in units])
    tokens = {unit.id: city.act(SYSTEM, make_token, unit.reporter) for unit in units}
    items = city.items(key_task)
    log = tmp_path / "serve.log"
    program = Program(city.settings, log, "serve", "--no-scheduler", "--port", "0", "--threads", str(THREADS))
    try:
        program.begin()
        port = int(program.wait_until_up().strip().rstrip("/").rpartition(":")[2])
        with ThreadPoolExecutor(CALLERS) as pool:
            with db.begin() as holding:
                holding.execute(select(WorkItem.id).with_for_update())
                asked = [
                    pool.submit(call, port, f"/work-items/{item.id}/acknowledge", tokens[item.unit_id], {})
                    for item in items
                ]
                until(lambda: waiting_for_locks(db) == THREADS)
                until(lambda: f"Task queue depth is {CALLERS - THREADS}" in log.read_text())
                program.tell_to_stop()
                assert program.read_line() == "Duban: finishing what has begun\n"
                assert not any(answer.done() for answer in asked)
            assert [answer.result(60)[0] for answer in asked] == [200] * CALLERS
        assert program.wait() == 0
    finally:
        program.kill()
    assert program.errors() == []
    assert {item.state for item in city.items(key_task)} == {"acknowledged"}
    now = FixedClock(SystemClock().now())
    come_to_rest(db, city.settings, now)
    assert_consistent(db, city.settings, now=now.now())


def waiting_for_locks(db: Engine) -> int:
    """How many connections to this database wait for a lock."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with db.connect() as connection:
        return int(connection.scalar(text(waiting)))


def until(condition: Callable[[], bool]) -> None:
    """For what tells nobody when it has come about."""
    for _ in range(1200):
        if condition():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it did not come about within a minute")
