"""Every periodic job of the engine, one list. The ticker of the edge calls them; each opens its own transactions.

Any number of processes may run them at the same time: each job claims what it works on.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from engine import audit, deadlines, files, idempotency, queue, working_days
from engine.clock import Clock
from engine.context import Actor, Context
from engine.db import retrying, transaction
from engine.settings import Settings
from engine.texts import N_

Run = Callable[[Engine, Clock, Settings], object]


@dataclass(frozen=True)
class Job:
    """``seconds`` between two runs; 0 means at every tick.

    A long ``run`` is a generator: it may be left after each part, when the process is to end.
    """

    name: str
    seconds: int
    run: Run


def in_one_transaction(name: str, verb: Callable[[Context], object]) -> Run:
    """A job that is one verb of the system actor."""

    def run(engine: Engine, clock: Clock, settings: Settings) -> object:
        def attempt() -> object:
            with transaction(engine) as session:
                return verb(Context(session, Actor.system(name), clock, settings))

        return retrying(attempt)

    return run


JOBS: tuple[Job, ...] = (
    Job(N_("期限巡查"), 0, deadlines.sweep_in_parts),
    Job(N_("审计封存"), 300, audit.seal),
    Job(N_("清理暂存文件"), 3600, in_one_transaction(N_("清理暂存文件"), files.sweep_orphans)),
    Job(N_("清理后台工作"), 3600, in_one_transaction(N_("清理后台工作"), queue.forget_done)),
    Job(N_("清理重复请求记录"), 86400, in_one_transaction(N_("清理重复请求记录"), idempotency.forget_old)),
    Job(N_("延展工作日历"), 86400, in_one_transaction(N_("延展工作日历"), working_days.seed_official)),
)
