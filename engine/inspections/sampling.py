"""The lot, pure and seeded: who holds the published list, rate and seed computes the same result anywhere.

The procedure is written for people in docs/sampling.md; this module and that page must say the same. Nothing
here reads a database, a clock or a random source. SHA-256 in lower-case hex throughout, texts in UTF-8.
"""

import hashlib
import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

#: Named in every certificate, so that a later procedure can never be mistaken for this one.
PROCEDURE = "duban-lot-1"


@dataclass(frozen=True)
class Item:
    """One member of the population: ``key`` is unique in it, ``unit`` is the unit's name as of freezing."""

    key: int
    number: str
    unit: str

    @property
    def line(self) -> str:
        """``key number unit``: blanks in the number are dropped, runs of blanks in the unit become one."""
        return f"{self.key} {''.join(self.number.split())} {' '.join(self.unit.split())}"


@dataclass(frozen=True)
class Drawn:
    """A selected item with its ticket and its rank (1 is the smallest ticket)."""

    rank: int
    key: int
    ticket: str


@dataclass(frozen=True)
class Inspector:
    """A member of the second pool: ``lines`` are the unit paths ('/1/5/') of every post the person holds."""

    key: int
    lines: frozenset[str]


@dataclass(frozen=True)
class Assignment:
    """Who inspects an item, and who stands back from it (inspector's key -> unit path that forbids it)."""

    item: int
    inspector: int | None
    recused: Mapping[int, str] = field(default_factory=dict)


class PopulationHash:
    """SHA-256 over the canonical lines, each ended by a line feed. Feed it in ascending order of key."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._last: int | None = None
        self.size = 0

    def add(self, item: Item) -> None:
        if self._last is not None and item.key <= self._last:
            raise ValueError("population must be fed in ascending order of key, each key once")
        self._last = item.key
        self.size += 1
        self._digest.update(item.line.encode() + b"\n")

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def population_hash(items: Iterable[Item]) -> str:
    """The population hash of items given in any order."""
    digest = PopulationHash()
    for item in sorted(items, key=lambda i: i.key):
        digest.add(item)
    return digest.hexdigest()


def commitment(population: str, inspectors: str, rate: int, seed_source: str) -> str:
    """What is published before the seed can be known: one hash over both pools, rate and promised source."""
    return _sha256("|".join((PROCEDURE, population, inspectors, str(rate), clean_seed(seed_source))))


def clean_seed(seed: str) -> str:
    """The seed as it enters the tickets: outer blanks dropped, inner runs of blanks one space."""
    return " ".join(seed.split())


def sample_size(population: int, rate: int) -> int:
    """How many are drawn: ``rate`` per cent, rounded up; so at least one of a population not empty."""
    if not 1 <= rate <= 100:
        raise ValueError("rate must be 1 to 100 per cent")
    return -(-population * rate // 100)


def ticket(seed: str, population: str, key: int) -> str:
    """SHA-256 of ``seed|population hash|key``."""
    return _sha256(f"{clean_seed(seed)}|{population}|{key}")


def draw(seed: str, population: str, keys: Iterable[int], size: int) -> list[Drawn]:
    """The ``size`` smallest tickets, ascending, whatever the order of ``keys``; memory is O(size)."""
    beginning = hashlib.sha256(f"{clean_seed(seed)}|{population}|".encode())  # the same for every ticket

    def value(key: int) -> str:
        whole = beginning.copy()
        whole.update(b"%d" % key)
        return whole.hexdigest()

    smallest = heapq.nsmallest(size, ((value(key), key) for key in keys))
    return [Drawn(rank, key, value) for rank, (value, key) in enumerate(smallest, start=1)]


def assign(
    seed: str,
    population: str,
    items: Sequence[tuple[int, str]],
    inspectors: Iterable[Inspector],
) -> Iterator[Assignment]:
    """Draw one inspector for each (item key, unit path), in the order of the items' ranks.

    Those stand back who hold a post in the inspected unit, above it or below it. Of the rest, those with the
    fewest items so far in this round are in the lot, and the smallest SHA-256 of
    ``seed|population hash|item|inspector`` wins. ``inspector`` is None when everybody had to stand back.
    """
    pool = sorted(inspectors, key=lambda i: i.key)
    load = {inspector.key: 0 for inspector in pool}
    for key, line in items:
        recused: dict[int, str] = {}
        free: list[int] = []
        for inspector in pool:
            forbidding = next((own for own in sorted(inspector.lines) if same_line(own, line)), None)
            if forbidding is None:
                free.append(inspector.key)
            else:
                recused[inspector.key] = forbidding
        if not free:
            yield Assignment(key, None, recused)
            continue
        fewest = min(load[candidate] for candidate in free)
        lot = (candidate for candidate in free if load[candidate] == fewest)
        chosen = min(lot, key=lambda candidate: inspector_ticket(seed, population, key, candidate))
        load[chosen] += 1
        yield Assignment(key, chosen, recused)


def inspector_ticket(seed: str, population: str, item: int, inspector: int) -> str:
    """SHA-256 of ``seed|population hash|item key|inspector key``."""
    return _sha256(f"{clean_seed(seed)}|{population}|{item}|{inspector}")


def same_line(one: str, other: str) -> bool:
    """Whether two unit paths ('/1/5/') name the same unit or one stands above the other."""
    return one.startswith(other) or other.startswith(one)


def inspector_hash(inspectors: Iterable[Inspector]) -> str:
    """SHA-256 over ``key path path…`` lines (paths sorted as text), ascending by key, as above."""
    lines = (
        f"{inspector.key} {' '.join(sorted(inspector.lines))}\n"
        for inspector in sorted(inspectors, key=lambda i: i.key)
    )
    return _sha256("".join(lines))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
