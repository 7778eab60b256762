"""What runs beside the requests: a ticker for the periodic jobs, and threads that work the queue.

APScheduler only ticks: when something is due stands in tables, and each job claims what it works on, so that
any number of these may run, inside servers or in processes of their own.
"""

import logging
import threading
from collections.abc import Iterable, Iterator

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine

from engine import jobs, queue
from engine.clock import Clock, SystemClock
from engine.jobs import Job
from engine.settings import Settings
from webapp import loading

log = logging.getLogger(__name__)

#: Seconds that an idle queue worker waits before it looks again, and after a failure of the database.
IDLE_SECONDS = 0.5
FAILED_SECONDS = 5.0


class Background:
    """Ticker and queue workers of one process. `start`, later `stop`; it is not started twice."""

    def __init__(
        self,
        db: Engine,
        clock: Clock,
        settings: Settings,
        *,
        workers: int = 2,
        periodic: Iterable[Job] | None = None,
    ) -> None:
        loading.load_engine()
        self._db, self._clock, self._settings = db, clock, settings
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"queue-{n}", daemon=True) for n in range(workers)
        ]
        jobs = _all_jobs() if periodic is None else list(periodic)
        self._ticker = BackgroundScheduler(
            timezone="UTC",
            # A thread for each: one that waits for a dead server holds up no other.
            executors={"default": ThreadPoolExecutor(max(len(jobs), 1))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for job in jobs:
            self._ticker.add_job(
                self._run,
                "interval",
                args=[job],
                id=job.name,
                seconds=max(job.seconds, settings.tick_seconds),
                next_run_time=SystemClock().now(),
            )

    def start(self) -> None:
        self._ticker.start()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let what runs end, begin nothing more. What is cut off by force is taken up again from its row."""
        self._stopping.set()
        self._ticker.shutdown(wait=True)
        for thread in self._threads:
            thread.join()

    def _run(self, job: Job) -> None:
        try:
            ran = job.run(self._db, self._clock, self._settings)
            if isinstance(ran, Iterator):  # it comes in parts
                while not self._stopping.is_set() and next(ran, None) is not None:
                    pass
        except Exception:
            log.exception("job %s failed; it runs again at its next turn", job.name)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                pause = 0.0 if queue.work_one(self._db, self._clock, self._settings) else IDLE_SECONDS
            except Exception:
                log.exception("the queue could not be read")
                pause = FAILED_SECONDS
            if pause:
                self._stopping.wait(pause)


def _all_jobs() -> list[Job]:
    """The engine's jobs and those of the notifications, which the engine does not know."""
    from notifications import jobs as notification_jobs

    return [*jobs.JOBS, *notification_jobs.JOBS]
