"""Schedulers in processes of their own, which are killed at random moments."""

import multiprocessing
import random
from collections.abc import Callable
from multiprocessing.process import BaseProcess

import engine.handlers  # noqa: F401  makes operators and subjects known, before the processes are forked
from engine import deadlines
from engine.clock import FixedClock
from engine.db import make_engine, transaction
from engine.settings import Settings

_fork = multiprocessing.get_context("forkserver")
_fork.set_forkserver_preload([__name__])


def _tick(url: str, clock: FixedClock) -> None:
    """One scheduler: sweeps until nothing is due."""
    db = make_engine(url)
    while True:
        deadlines.sweep(db, clock, Settings())
        with transaction(db, read_only=True) as session:
            if not deadlines.due_ids(session, clock.now(), 1):
                return


def sweep_and_kill(
    url: str, clock: FixedClock, *, processes: int, kills: int, seed: int, is_over: Callable[[], bool]
) -> int:
    """Let so many processes sweep until nothing is due, kill one after the other meanwhile, ``kills`` times at most, and
    put another into its place. How many were killed."""
    dice = random.Random(seed)
    ticking: list[BaseProcess] = []
    killed = 0

    def start() -> None:
        ticking.append(_fork.Process(target=_tick, args=(url, clock), daemon=True))
        ticking[-1].start()

    try:
        for _ in range(processes):
            start()
        while killed < kills:
            victim = dice.choice(ticking)
            victim.join(dice.uniform(0.02, 0.4))
            if is_over():
                break
            victim.kill()
            victim.join()
            killed += 1
            ticking.remove(victim)
            start()
        for process in ticking:
            process.join(900)
            assert process.exitcode == 0
    finally:
        for process in ticking:
            process.kill()
            process.join()
            process.close()
    return killed
