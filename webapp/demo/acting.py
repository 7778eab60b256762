"""How the demo's people act: each verb in a transaction of its own, on a clock that is moved, as on the web."""

import io
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from engine import deadlines, queue
from engine.clock import SHANGHAI, FixedClock, local_date
from engine.context import Actor, Context
from engine.db import transaction
from engine.files import stage
from engine.settings import Settings
from engine.working_days import WorkingCalendar
from notifications import delivery
from webapp.demo.papers import Paper

P = ParamSpec("P")
T = TypeVar("T")
SYSTEM = Actor.system("演示数据")


@dataclass
class Edge:
    """Where verbs are called from. ``now`` is the real instant at which the history ends."""

    db: Engine
    clock: FixedClock
    settings: Settings
    calendar: WorkingCalendar
    now: datetime

    @property
    def today(self) -> date:
        """The real day: days of the story are counted from it."""
        return local_date(self.now)

    @property
    def on(self) -> date:
        """The day that the clock shows."""
        return local_date(self.clock.now())

    def day(self, offset: int) -> date:
        """The n-th working day before (n < 0) or after today."""
        return self.calendar.shift(self.today, offset)

    def act(
        self, actor: Actor, verb: Callable[Concatenate[Context, P], T], *given: P.args, **named: P.kwargs
    ) -> T:
        with transaction(self.db) as session:
            return verb(Context(session, actor, self.clock, self.settings), *given, **named)

    def read(self, read: Callable[[Session], T]) -> T:
        with transaction(self.db, read_only=True) as session:
            return read(session)

    def upload(self, actor: Actor, papers: list[Paper]) -> list[int]:
        """Stage the papers; their ids for the verb that takes them in."""
        return [
            stage(
                self.db, self.settings, self.clock, io.BytesIO(paper.data), name=paper.name, staged_by=actor
            ).id
            for paper in papers
        ]

    def move_to(self, on: date, hour: int, minute: int = 0) -> None:
        """Move the clock to the time of a day; it never goes back, nor beyond the present."""
        at = min(datetime.combine(on, time(hour, minute), SHANGHAI), self.now)
        if at > self.clock.now():
            self.clock.move_to(at)

    def drain(self) -> None:
        """Work the queue until nothing is due; messages that came too early are waited for, but not beyond the present."""
        while True:
            while queue.work_one(self.db, self.clock, self.settings):
                self.clock.move_to(min(self.clock.now() + timedelta(seconds=1), self.now))
            later = self.read(
                lambda session: session.scalar(
                    select(func.min(queue.QueueItem.run_at)).where(queue.QueueItem.state == "ready")
                )
            )
            if later is None or later > self.now:
                return
            self.clock.move_to(max(later, self.clock.now()))

    def sweep(self) -> None:
        """What the ticker does: deadlines that have come, and their consequences."""
        if deadlines.sweep(self.db, self.clock, self.settings).acted:
            self.drain()

    def tell(self) -> None:
        """Dispatch the news. They bear the time at which they happened, so once a day is enough."""
        delivery.dispatch(self.db, self.clock, self.settings)

    def pass_night(self, to: date) -> None:
        """From the day that the clock shows to the morning of another, sweeping at midnight and at nine."""
        on = self.on
        while on < to:
            on += timedelta(days=1)
            for hour in (0, 9):
                self.move_to(on, hour, 1)
                self.sweep()


def quiet(run: Callable[[], Any]) -> None:
    """Without the log lines of messages that come too early and are tried again, which is how queues work."""
    log = logging.getLogger("engine.queue")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        run()
    finally:
        log.setLevel(before)
