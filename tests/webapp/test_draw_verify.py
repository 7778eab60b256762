"""`duban draw verify`: anybody with the file repeats the draw, without a database."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.inspections import sampling
from engine.inspections.certificate import Certificate, Member, PoolMember
from webapp.cli import main


def drawn() -> Certificate:
    """Four items and two inspectors, drawn at 50 per cent by the procedure itself."""
    members = [Member(k, f"1-{k}", f"第{k}区", f"/1/{k}/") for k in (2, 3, 4, 5)]
    pool = (PoolMember(8, "甲", "督查室", ("/1/9/",)), PoolMember(9, "乙", "第2区", ("/1/2/", "/1/9/")))
    frozen = sampling.population_hash(m.item for m in members)
    chosen = sampling.draw("7 1 4", frozen, (m.key for m in members), 2)
    paths = {m.key: m.unit_path for m in members}
    lots = sampling.assign(
        "7 1 4", frozen, [(d.key, paths[d.key]) for d in chosen], [p.inspector for p in pool]
    )
    by_key = {d.key: (d.rank, lot.inspector) for d, lot in zip(chosen, lots, strict=True)}
    population = tuple(
        replace(
            m,
            ticket=sampling.ticket("7 1 4", frozen, m.key),
            rank=by_key.get(m.key, (None, None))[0],
            inspector=by_key.get(m.key, (None, None))[1],
        )
        for m in members
    )
    return Certificate(
        round=1,
        title="第一轮抽查",
        rate=50,
        seed_source="福彩3D",
        seed="7 1 4",
        population_hash=frozen,
        inspector_hash=sampling.inspector_hash(p.inspector for p in pool),
        prepared_at="2026-03-02T01:00:00+00:00",
        drawn_at="2026-03-03T01:00:00+00:00",
        population=population,
        inspectors=pool,
    )


def test_a_true_certificate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(drawn().as_json()))
    assert main(["draw", "verify", str(file)]) == 0
    assert "4 -> 2" in capsys.readouterr().out


def test_a_false_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(replace(drawn(), seed="7 1 5").as_json()))
    assert main(["draw", "verify", str(file)]) == 1
    assert "签号与复算不符" in capsys.readouterr().out


@pytest.mark.parametrize(
    "content", ["", "{}", "[1]", "\ufeff{", '{"rate": "x", "population": [], "inspectors": []}']
)
def test_no_certificate(tmp_path: Path, content: str) -> None:
    file = tmp_path / "draw.json"
    file.write_text(content)
    assert main(["draw", "verify", str(file)]) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": 714},
        {"seed_source": None},
        {"population_hash": 1},
        {"population": [{"key": 2, "number": "1", "unit": "区", "unit_path": None}]},
        {"population": [{"key": "2", "number": "1", "unit": 3, "unit_path": "/1/"}]},
        {"inspectors": [{"key": 8, "name": "甲", "unit": "室", "lines": [1]}]},
        {"rate": 0},
        {"more": 1},
    ],
)
def test_values_of_the_wrong_kind(tmp_path: Path, wrong: dict[str, object]) -> None:
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(drawn().as_json() | wrong))
    assert main(["draw", "verify", str(file)]) == 2


def test_no_file(tmp_path: Path) -> None:
    assert main(["draw", "verify", str(tmp_path / "absent.json")]) == 2
