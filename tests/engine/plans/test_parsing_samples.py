"""Plans of other shapes, written for these tests, against answers written by hand before the reading code met them."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.plans.parsing import parse_document, parse_text

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.txt"))
FULL_WIDTH = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in ",:;()"})
UNIT_LISTS = ("lead_units", "responsible_units", "cooperating_units", "supervising_units", "leaders")
NARROW = str.maketrans({chr(half + 0xFEE0): chr(half) for half in map(ord, ",:;()")})


def _answers(path: Path) -> dict[str, Any]:
    answers: dict[str, Any] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return answers


def _check(result: dict[str, Any], expected: dict[str, Any]) -> None:
    assert result["document"] == expected["document"]
    assert [(t["section"], t["number"]) for t in result["tasks"]] == [
        (t["section"], t["number"]) for t in expected["tasks"]
    ]
    for row, answer in zip(result["tasks"], expected["tasks"], strict=True):
        place = (row["section"], row["number"])
        for name in UNIT_LISTS:
            assert row[name] == answer.get(name, []), (place, name)
        wanted = answer.get("deadlines", [])
        assert [
            {k: v for k, v in d.items() if k not in ("raw", "span")} for d in row["deadlines"]
        ] == wanted, place
        assert [[i["op"], i["value"], i["unit"]] for i in row["indicators"]] == answer.get(
            "indicators", []
        ), place
        assert sorted(d["name"] for d in row["defects"]) == answer.get("defects", []), place
    assert [d["kind"] for d in result["duties"]] == expected.get("duties", [])
    assert [c["period"] for c in result["cadences"]] == expected.get("cadences", [])
    assert [n["code"] for n in result["notes"]] == expected.get("notes", [])


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_a_plan_reads_as_written_by_hand(path: Path) -> None:
    _check(parse_document(path.read_bytes(), path.name).to_dict(), _answers(path))


@pytest.mark.parametrize("width", [FULL_WIDTH, NARROW], ids=["full", "half"])
@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_the_width_of_marks_changes_nothing(path: Path, width: dict[int, Any]) -> None:
    answers = json.loads(
        path.with_suffix(".json").read_text(encoding="utf-8"),
        object_hook=lambda found: {k: _in_width(v, width) for k, v in found.items()},
    )
    _check(parse_text(path.read_text(encoding="utf-8").translate(width)).to_dict(), answers)


def _in_width(value: Any, width: dict[int, Any]) -> Any:
    if isinstance(value, str):
        return value.translate(width)
    if isinstance(value, list):
        return [_in_width(v, width) for v in value]
    return value


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_gb18030_reads_like_utf_8(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert parse_document(text.encode("gb18030"), path.name) == parse_document(
        text.encode("utf-8"), path.name
    )
