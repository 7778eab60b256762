"""Interleaved rounds: contenders take turns in small portions, so that a busy machine is busy for all of them."""

import random
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ROUNDS = 7


@dataclass(frozen=True)
class Ratio:
    """One cost divided by another: the median over the rounds, with the lowest and the highest."""

    median: float
    low: float
    high: float

    def report(self, key: str) -> dict[str, object]:
        return {key: round(self.median, 3), f"{key}_spread": [round(self.low, 3), round(self.high, 3)]}


Costs = Mapping[str, list[float]]


def interleave(
    contenders: Mapping[str, Callable[[], object]],
    *,
    portions: int,
    rounds: int = ROUNDS,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Seconds per portion of each contender, one figure a round. Each call of a contender does one portion.

    `clock` is `time.process_time` where nothing is waited for and the portions differ much in length: on a busy
    machine a long portion is interrupted and a short one is not.
    """
    costs: dict[str, list[float]] = {name: [] for name in contenders}
    turn = random.Random(20260302)
    for _ in range(rounds):
        spent = dict.fromkeys(contenders, 0.0)
        for _ in range(portions):
            order = list(contenders)
            turn.shuffle(order)
            for name in order:
                began = clock()
                contenders[name]()
                spent[name] += clock() - began
        for name, seconds in spent.items():
            costs[name].append(seconds / portions)
    return costs


def ratio(costs: Costs, over: str, under: str) -> Ratio:
    """`over`'s cost divided by `under`'s, round by round."""
    per_round = [a / b for a, b in zip(costs[over], costs[under], strict=True)]
    return Ratio(statistics.median(per_round), min(per_round), max(per_round))


def median_ms(seconds: list[float]) -> float:
    return round(statistics.median(seconds) * 1000, 3)
