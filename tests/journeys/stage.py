"""A running server on a database and a clock of the test's own, and time that passes when the test says so.

The server answers from threads of this process. Sweep, queue and notifications run when `tick` is called, by the
same functions that the ticker calls.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from engine import deadlines, queue
from engine.clock import SHANGHAI, FixedClock, local_date
from engine.context import Actor, Context
from engine.db import transaction
from engine.queue import QueueItem
from engine.settings import Settings
from notifications import delivery
from webapp import serving as web
from webapp.app import create_app

T = TypeVar("T")


@dataclass
class Stage:
    db: Engine
    clock: FixedClock
    settings: Settings
    url: str

    def act(self, verb: Callable[..., T], *args: Any, by: Actor | None = None, **values: Any) -> T:
        """One verb in a transaction of its own; the system acts when nobody is named."""
        with transaction(self.db) as session:
            return verb(
                Context(session, by or Actor.system("test"), self.clock, self.settings), *args, **values
            )

    def read(self, look: Callable[[Session], T]) -> T:
        with transaction(self.db, read_only=True) as session:
            return look(session)

    @property
    def today(self) -> date:
        return local_date(self.clock.now())

    def tick(self) -> None:
        """What the ticker does, until nothing is left to do now."""
        for _ in range(100):
            assert deadlines.sweep(self.db, self.clock, self.settings).failed == 0
            while queue.work_one(self.db, self.clock, self.settings):
                pass
            delivery.dispatch(self.db, self.clock, self.settings)
            waiting = self.read(lambda session: list(session.scalars(select(QueueItem).where(
                QueueItem.state.in_(["ready", "parked"])))))  # fmt: skip
            if not waiting:
                return
            # A message that came before its reader waits for its next turn.
            assert all(item.state == "ready" for item in waiting), [item.last_error for item in waiting]
            self.clock.move(seconds=15)
        raise AssertionError("the queue does not come to rest")

    def at(self, month: int, day: int, hour: int = 9) -> None:
        """Let the time pass until that day of 2026 in Shanghai."""
        self.clock.move_to(datetime(2026, month, day, hour, tzinfo=SHANGHAI))
        self.tick()


@contextmanager
def serving(
    db: Engine, clock: FixedClock, settings: Settings, *, wrap: Callable[[Any], Any] = lambda app: app
) -> Iterator[Stage]:
    """The application behind its real server on a free port of this machine. ``wrap`` puts something between."""
    # The clock leaps by weeks: nobody is signed out by that.
    settings = replace(settings, session_idle_minutes=10_000_000)
    app = wrap(create_app(settings, clock, db=db))
    server = web.make_server(app, settings, host="127.0.0.1", port=0, threads=8)
    stop = threading.Event()

    def run() -> None:
        web.answer(server, until=stop.is_set)
        web.finish(server)

    thread = threading.Thread(target=run, name="server")
    thread.start()
    try:
        yield Stage(db, clock, settings, f"http://127.0.0.1:{server.effective_port}")
    finally:
        stop.set()
        server.pull_trigger()
        thread.join(60)
        assert not thread.is_alive()
