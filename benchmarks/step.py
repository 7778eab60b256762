"""One step of the obligation's loop: submit, sign_off, decide (returned), each in a transaction of its own.

The verbs run with their permissions, on many cases in turn, as the web's edge runs them. Their cost is held against
the floors, and against itself when fifty rounds of rework lie behind a case.
"""

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import Any

from sqlalchemy import Engine, event, func, select

from benchmarks.city import City, prepare
from benchmarks.floor import TEXT, VERBS, CoreFloor, PsycopgFloor
from benchmarks.rounds import ROUNDS, interleave, median_ms, ratio
from engine.db import make_engine, transaction
from engine.evidence import service as evidence
from engine.process.models import ProcessInstance
from engine.reviews import service as reviews
from engine.reviews.models import Review, ReviewState
from engine.settings import Settings

REWORK = 50
Case = tuple[int, int]  #: obligation id, responsible unit


class Steps:
    """The three verbs on one obligation after the other."""

    def __init__(self, city: City) -> None:
        self.city = city

    def submit(self, case: Case) -> None:
        self.city.act(self.city.reporters[case[1]], evidence.submit, case[0], text=TEXT)

    def sign_off(self, case: Case) -> None:
        self.city.act(self.city.heads[case[1]], evidence.sign_off, case[0], signed=True)

    def decide(self, review_id: int) -> None:
        self.city.act(
            self.city.reviewer, reviews.decide, review_id, approved=False, reasons="数字不准，请核对"
        )

    def review_of(self, case: Case) -> int:
        """Which review a person would have clicked on; read outside what is measured."""
        with transaction(self.city.db, read_only=True) as session:
            return session.scalars(
                select(Review.id).where(Review.obligation_id == case[0], Review.state == ReviewState.OPEN)
            ).one()

    def loop(self, case: Case) -> None:
        self.submit(case)
        self.sign_off(case)
        self.decide(self.review_of(case))


def run(url: str, scale: float, say: Callable[[str], None]) -> dict[str, object]:
    """The figures of the step. `scale` 1 means 1,000 cases and 300 loops a round."""
    db = make_engine(url)
    prepare(db)
    cases = max(60, int(1000 * scale))
    per_round = max(20, int(300 * scale))
    fresh_cases = 8 * ROUNDS
    say(f"step: opening {3 * cases + fresh_cases} obligations")
    city = City(db, Settings(), bureaus=30)
    per_key_task = 30 * 3
    key_tasks = -(-(3 * cases + fresh_cases) // per_key_task)
    obligations = city.open_obligations(city.campaign(key_tasks, city.units))
    spread = sorted(obligations, key=lambda case: case[0] * 7919 % 10007)  # neighbours do not share an item
    ours, psycopg_cases, core_cases = (spread[n * cases : (n + 1) * cases] for n in range(3))
    fresh = spread[3 * cases : 3 * cases + fresh_cases]
    steps = Steps(city)
    report: dict[str, object] = {}
    report |= _against_the_floors(db, url, steps, ours, psycopg_cases, core_cases, per_round, say)
    report |= _statements(db, steps, ours[:20])
    report |= _growth(db, steps, ours[-4:], fresh, say)
    db.dispose()
    return report


def _against_the_floors(
    db: Engine, url: str, steps: Steps, ours: list[Case], psycopg_cases: list[Case], core_cases: list[Case],
    per_round: int, say: Callable[[str], None],
) -> dict[str, object]:  # fmt: skip
    psycopg_floor, core_floor = PsycopgFloor(url), CoreFloor(db)
    turns = {
        "ours": _verbs(ours, steps),
        "floor": _floor_verbs(psycopg_cases, psycopg_floor),
        "core": _floor_verbs(core_cases, core_floor),
    }
    contenders = {name: turn.__next__ for name, turn in turns.items()}
    say("step: warming up")
    interleave(contenders, portions=30, rounds=1)
    say(f"step: {ROUNDS} rounds of {3 * per_round} steps each")
    costs = interleave(contenders, portions=3 * per_round)
    return {
        **ratio(costs, "floor", "ours").report("step_vs_floor"),
        **ratio(costs, "core", "ours").report("step_vs_core_floor"),
        "step_ms": median_ms(costs["ours"]),
        "step_floor_ms": median_ms(costs["floor"]),
        "step_core_floor_ms": median_ms(costs["core"]),
    }


def _verbs(cases: list[Case], steps: Steps) -> Iterator[None]:
    """One verb a turn. The cases advance abreast, so that each step meets another case than the one before it."""
    while True:
        for begin in range(0, len(cases), 20):
            batch = cases[begin : begin + 20]
            for case in batch:
                yield steps.submit(case)
            for case in batch:
                yield steps.sign_off(case)
            reviews = [steps.review_of(case) for case in batch]
            for review in reviews:
                yield steps.decide(review)


def _floor_verbs(cases: list[Case], floor: Any) -> Iterator[None]:
    for begin in cycle(range(0, len(cases), 20)):
        for verb in VERBS:
            for case in cases[begin : begin + 20]:
                yield floor.step(verb, case[0])


def _statements(db: Engine, steps: Steps, cases: list[Case]) -> dict[str, object]:
    """Statements per verb, COMMIT not counted: the mean over the three verbs, and the most that each took."""
    counted: dict[str, list[int]] = {verb: [] for verb in VERBS}
    for case in cases:
        with statements(db) as seen:
            steps.submit(case)
        counted["submit"].append(len(seen))
        with statements(db) as seen:
            steps.sign_off(case)
        counted["sign_off"].append(len(seen))
        review = steps.review_of(case)
        with statements(db) as seen:
            steps.decide(review)
        counted["decide"].append(len(seen))
    mean = statistics.mean(n for each in counted.values() for n in each)
    return {
        "step_statements": round(mean, 2),
        "step_statements_by_verb": {verb: max(each) for verb, each in counted.items()},
    }


@contextmanager
def statements(db: Engine) -> Iterator[list[str]]:
    """What goes over the wire within the block, in order."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        seen.append(sql)

    event.listen(db, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db, "before_cursor_execute", note)


def _growth(
    db: Engine, steps: Steps, worn: list[Case], fresh: list[Case], say: Callable[[str], None]
) -> dict[str, object]:
    say(f"step: {REWORK} rounds of rework on {len(worn)} cases")
    for case in worn:
        for _ in range(REWORK):
            steps.loop(case)
    turn = {"worn": cycle(worn), "fresh": iter(fresh)}
    contenders = {name: lambda cases=cases: steps.loop(next(cases)) for name, cases in turn.items()}
    costs = interleave(contenders, portions=len(fresh) // ROUNDS)
    with transaction(db, read_only=True) as session:
        size = func.avg(func.length(ProcessInstance.state))
        of_worn = ProcessInstance.subject_id.in_([case[0] for case in worn])
        average = session.scalar(select(size).where(ProcessInstance.subject_type == "obligation", of_worn))
    return {
        **ratio(costs, "worn", "fresh").report("step_rounds_growth"),
        "instance_bytes": round(average or 0),
    }
