"""Which places are key tasks: one invented document for each shape of the field notes, in both widths.

key_task_shapes.txt holds the documents (=== name), each with its answer (---): one line per key task with section,
number, and lists by letter (L lead, R responsible, C cooperating, S supervising, P people, D defects).
"""

from pathlib import Path

import pytest

from engine.plans.parsing import parse_text

from .widths import both_widths, narrow

FILE = Path(__file__).parent / "key_task_shapes.txt"
LETTERS = {
    "L": "lead_units",
    "R": "responsible_units",
    "C": "cooperating_units",
    "S": "supervising_units",
    "P": "leaders",
}


def _shapes() -> list[tuple[str, str, list[str]]]:
    shapes = []
    for block in FILE.read_text(encoding="utf-8").split("=== ")[1:]:
        head, _, answer = block.partition("\n---")
        name, _, text = head.partition("\n")
        shapes.append((name, text + "\n", answer.strip("\n").splitlines()))
    return shapes


SHAPES = _shapes()


def _rows(text: str) -> list[str]:
    rows = []
    for row in parse_text(text).to_dict()["tasks"]:
        lists = {letter: row[name] for letter, name in LETTERS.items()}
        lists["D"] = [d["name"] for d in row["defects"]]
        parts = [f"{letter} {'; '.join(values)}" for letter, values in lists.items() if values]
        rows.append(" | ".join([row["section"], str(row["number"]), *parts]))
    return rows


@both_widths
@pytest.mark.parametrize(("text", "expected"), [s[1:] for s in SHAPES], ids=[s[0] for s in SHAPES])
def test_every_shape(text: str, expected: list[str], width: dict[int, str]) -> None:
    assert narrow(_rows(text.translate(width))) == expected


@pytest.mark.parametrize("text", [s[1] for s in SHAPES if s[2]], ids=[s[0] for s in SHAPES if s[2]])
def test_no_text_of_a_numbered_place_is_lost(text: str) -> None:
    """Everything between the first and the last key task stands in one of them, but for headings and blanks."""
    key_tasks = parse_text(text).key_tasks
    at = key_tasks[0].span.start
    for key_task in key_tasks:
        between = text[at : key_task.span.start].strip()
        assert len(between) <= 25, between
        assert "。" not in between[:-1], between
        at = key_task.span.end


def test_text_behind_the_assignment_stays_in_the_key_task() -> None:
    text = "云川市方案\n一、任务\n1.清理事项。(责任单位:市甲局)清理率不低于95%。\n2.公开清单。(责任单位:市乙局)\n"
    first = parse_text(text).key_tasks[0]
    assert first.text.endswith("清理率不低于95%。")
    assert [(i.op, i.value) for i in first.indicators] == [(">=", 95)]


def test_a_unit_that_merely_begins_a_sentence_is_less_sure() -> None:
    text = "云川市方案\n一、任务\n1.市甲局负责清理事项。\n2.市乙局负责公开清单。\n"
    assert [t.confidence for t in parse_text(text).key_tasks] == [0.6, 0.6]
    assert parse_text(text).key_tasks[0].title == "市甲局负责清理事项"
