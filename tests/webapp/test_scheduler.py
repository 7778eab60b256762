"""The ticker and the queue's threads, on a real database."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from engine import queue
from engine.clock import FixedClock
from engine.context import Actor, Context
from engine.db import transaction
from engine.jobs import Job
from engine.settings import Settings
from webapp.scheduler import Background


def test_jobs_run_again_and_again_though_one_fails(
    sqlite_db: Engine, clock: FixedClock, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    ran: list[str] = []
    thrice = threading.Event()

    def good(db: Engine, given: Any, _settings: Settings) -> None:
        assert given is clock
        ran.append("good")
        if len(ran) == 3:
            thrice.set()

    def bad(*_: Any) -> None:
        raise ZeroDivisionError("broken job")

    background = Background(
        sqlite_db,
        clock,
        replace(settings, tick_seconds=0.05),
        workers=0,
        periodic=[Job("bad", 0, bad), Job("good", 0, good)],
    )
    background.start()
    assert thrice.wait(20)
    background.stop()
    count = len(ran)
    assert "job bad failed" in caplog.text
    assert len(ran) == count


def test_a_long_job_is_left_between_its_parts(
    sqlite_db: Engine, clock: FixedClock, settings: Settings
) -> None:
    begun, parts = threading.Event(), 0

    def endless(*_: Any) -> Iterator[int]:
        nonlocal parts
        while True:
            parts += 1
            begun.set()
            yield parts

    job = Job("endless", 0, endless)
    background = Background(sqlite_db, clock, settings, workers=0, periodic=[job])
    background.start()
    assert begun.wait(20)
    background.stop()
    assert parts > 0


def test_queue_threads_work_what_is_put(
    any_db: Engine, clock: FixedClock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []
    all_done = threading.Event()

    def handle(ctx: Context, payload: dict[str, Any], _progress: dict[str, Any]) -> None:
        done.append(payload["n"])
        if len(done) == 20:
            all_done.set()

    monkeypatch.setitem(queue._handlers, "test.topic", handle)
    with transaction(any_db) as session:
        ctx = Context(session, Actor.system("test"), clock, settings)
        for n in range(20):
            queue.put(ctx, "test.topic", f"test:{n}", {"n": n})
    background = Background(any_db, clock, settings, workers=2, periodic=[])
    background.start()
    assert all_done.wait(30)
    background.stop()
    assert sorted(done) == list(range(20))
