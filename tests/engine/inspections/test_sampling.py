"""The lot: laws that hold for every population, rate and seed, and one draw worked out by hand."""

import hashlib
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.inspections import sampling
from engine.inspections.sampling import Inspector, Item

keys = st.lists(st.integers(1, 10**9), unique=True, min_size=1, max_size=60)
seeds = st.text(min_size=1, max_size=20)
rates = st.integers(1, 100)
populations = keys.map(lambda ks: [Item(k, f"3-{k % 97}", f"第{k % 7}局") for k in ks])


def selected(items: list[Item], seed: str, rate: int) -> list[int]:
    frozen = sampling.population_hash(items)
    return [
        drawn.key
        for drawn in sampling.draw(
            seed, frozen, (i.key for i in items), sampling.sample_size(len(items), rate)
        )
    ]


def test_a_draw_can_be_repeated_with_nothing_but_sha256() -> None:
    items = [Item(12, "3-07", "市司法局"), Item(3, "1-01", "市 公安局"), Item(40, "12-2", "章贡区人民政府")]
    text = "3 1-01 市 公安局\n12 3-07 市司法局\n40 12-2 章贡区人民政府\n"
    frozen = hashlib.sha256(text.encode()).hexdigest()
    assert sampling.population_hash(items) == frozen
    by_hand = sorted(
        (hashlib.sha256(f"福彩3D 7 1 4|{frozen}|{k}".encode()).hexdigest(), k) for k in (3, 12, 40)
    )
    drawn = sampling.draw(" 福彩3D  7 1 4\n", frozen, [40, 3, 12], 2)
    assert [(d.ticket, d.key) for d in drawn] == by_hand[:2]
    assert [d.rank for d in drawn] == [1, 2]


@pytest.mark.parametrize(
    ("population", "rate", "expected"),
    [(0, 5, 0), (1, 1, 1), (20, 5, 1), (21, 5, 2), (100, 1, 1), (101, 1, 2), (7, 100, 7), (999, 33, 330)],
)
def test_sample_size_rounds_up(population: int, rate: int, expected: int) -> None:
    assert sampling.sample_size(population, rate) == expected


@pytest.mark.parametrize("rate", [0, -1, 101])
def test_impossible_rates_are_refused(rate: int) -> None:
    with pytest.raises(ValueError):
        sampling.sample_size(10, rate)


@given(populations, seeds, rates, st.randoms(use_true_random=False))
def test_order_of_the_list_does_not_matter(
    items: list[Item], seed: str, rate: int, rnd: random.Random
) -> None:
    shuffled = items[:]
    rnd.shuffle(shuffled)
    assert selected(shuffled, seed, rate) == selected(items, seed, rate)


@given(populations, seeds, rates, rates)
def test_a_higher_rate_only_adds(items: list[Item], seed: str, one: int, other: int) -> None:
    low, high = sorted((one, other))
    few, many = selected(items, seed, low), selected(items, seed, high)
    assert many[: len(few)] == few


@given(populations, seeds, rates)
def test_as_many_as_promised_each_once(items: list[Item], seed: str, rate: int) -> None:
    drawn = selected(items, seed, rate)
    assert len(drawn) == len(set(drawn)) == max(1, -(-len(items) * rate // 100))
    assert set(drawn) <= {i.key for i in items}


@given(populations, seeds)
def test_changing_one_item_changes_the_hash(items: list[Item], seed: str) -> None:
    changed = [Item(items[0].key, items[0].number, items[0].unit + "改"), *items[1:]]
    assert sampling.population_hash(changed) != sampling.population_hash(items)
    assert sampling.population_hash(items[1:]) != sampling.population_hash(items)


def test_every_item_is_drawn_about_as_often_as_the_rate_says() -> None:
    """2,000 seeds, 40 items, 25 %: each item binomial(2000, 1/4), deviation 19.4; five of them: 97."""
    items = [Item(k, str(k), "局") for k in range(1, 41)]
    frozen = sampling.population_hash(items)
    ks = [i.key for i in items]
    counts = Counter(
        d.key
        for n in range(2000)
        for d in sampling.draw(f"第{n}期", frozen, ks, sampling.sample_size(40, 25))
    )
    assert sum(counts.values()) == 20_000
    assert all(abs(counts[k] - 500) <= 97 for k in ks)


def test_the_hash_refuses_a_list_out_of_order_or_with_a_double() -> None:
    digest = sampling.PopulationHash()
    digest.add(Item(5, "1", "局"))
    for key in (5, 4):
        with pytest.raises(ValueError):
            digest.add(Item(key, "1", "局"))


LINES = ["/1/", "/1/2/", "/1/2/21/", "/1/3/", "/1/12/", "/4/"]


@pytest.mark.parametrize(
    ("one", "other", "related"),
    [
        ("/1/2/", "/1/2/", True),
        ("/1/", "/1/2/21/", True),
        ("/1/2/21/", "/1/2/", True),
        ("/1/2/", "/1/3/", False),
        ("/1/2/", "/1/21/", False),
        ("/1/12/", "/1/1/", False),
    ],
)
def test_same_line(one: str, other: str, related: bool) -> None:
    assert sampling.same_line(one, other) is related
    assert sampling.same_line(other, one) is related


pools = st.lists(
    st.tuples(st.integers(1, 10**6), st.frozensets(st.sampled_from(LINES), min_size=1, max_size=3)),
    unique_by=lambda pair: pair[0],
    max_size=12,
).map(lambda pairs: [Inspector(k, lines) for k, lines in pairs])
cases = st.lists(
    st.tuples(st.integers(1, 10**6), st.sampled_from(LINES)), unique_by=lambda c: c[0], max_size=30
)


@given(seeds, cases, pools)
def test_nobody_inspects_the_own_line(seed: str, items: list[tuple[int, str]], pool: list[Inspector]) -> None:
    lines = {i.key: i.lines for i in pool}
    for (key, line), found in zip(items, sampling.assign(seed, "h", items, pool), strict=True):
        assert found.item == key
        free = {k for k, own in lines.items() if not any(sampling.same_line(o, line) for o in own)}
        assert set(found.recused) == set(lines) - free
        if free:
            assert found.inspector in free
        else:
            assert found.inspector is None


@given(seeds, st.integers(1, 8), st.integers(0, 40))
def test_load_is_spread_evenly_where_nobody_stands_back(seed: str, inspectors: int, items: int) -> None:
    pool = [Inspector(k, frozenset({"/9/"})) for k in range(inspectors)]
    load = Counter(
        a.inspector for a in sampling.assign(seed, "h", [(n, "/1/2/") for n in range(items)], reversed(pool))
    )
    counts = [load[i.key] for i in pool]
    assert sum(counts) == items
    assert max(counts) - min(counts) <= 1


def test_who_inspects_depends_on_the_seed() -> None:
    pool = [Inspector(k, frozenset({"/9/"})) for k in range(5)]
    firsts = {next(sampling.assign(f"{n}", "h", [(1, "/1/")], pool)).inspector for n in range(60)}
    assert firsts == set(range(5))
