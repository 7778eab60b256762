"""Plans of other shapes, written for these tests, against answers written by hand before the reading code met them.

An answer (samples/NAME.json) judges what the field's rules decide and leaves the rest out:

- sections, titles, indicators, defects, duties, cadences and notes are judged where the key is there; in an answer that says
  `strict` a key left out means that there is nothing to be found;
- numbers, the five lists of units, and limits are always judged: a key left out means that there is none;
- `at_least` (duties, notes) and `defects_at_least` name what must be found among others;
- a unit may have readings parted by `|` (the prefix that a list leaves out may be restored or not), and so may the unit
  of a figure; a limit may have several under `any`; an indicator or cadence with `optional` may be found or not.
"""

import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.plans.parsing import parse_document, parse_text

from .sample_files import BUILT

FOLDER = Path(__file__).parent / "samples"
TEXTS = sorted(p.name for p in FOLDER.glob("*.txt"))
NAMES = sorted([*TEXTS, *(p.name for p in FOLDER.glob("*.html")), *BUILT])
FULL_WIDTH = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in ",:;()"})
NARROW = str.maketrans({chr(half + 0xFEE0): chr(half) for half in map(ord, ",:;()")})
UNIT_LISTS = ("lead_units", "responsible_units", "cooperating_units", "supervising_units", "leaders")

Found = dict[str, Any]
Differences = Iterator[str]


def _bytes(name: str) -> bytes:
    return BUILT[name]() if name in BUILT else (FOLDER / name).read_bytes()


@functools.cache
def _answer(name: str, width: str) -> Found:
    raw = (FOLDER / name).with_suffix(".json").read_text(encoding="utf-8")
    answer: Found = json.loads(
        raw, object_hook=lambda found: {k: _in_width(v, width) for k, v in found.items()}
    )
    return answer


@functools.cache
def _read(name: str, width: str) -> Found:
    if width == "as written":
        return parse_document(_bytes(name), name).to_dict()
    return parse_text(_bytes(name).decode("utf-8").translate(WIDTHS[width])).to_dict()


WIDTHS: dict[str, dict[int, Any]] = {"as written": {}, "full": FULL_WIDTH, "half": NARROW}


def _in_width(value: Any, width: str) -> Any:
    if isinstance(value, str):
        return value.translate(WIDTHS[width])
    if isinstance(value, list):
        return [_in_width(v, width) for v in value]
    return value


def _document(read: Found, answer: Found) -> Differences:
    for name, wanted in answer["document"].items():
        if read["document"][name] != wanted:
            yield f"{name}: {read['document'][name]!r}, not {wanted!r}"


def _places(read: Found, answer: Found) -> Differences:
    judged = [[k for k in ("section", "number") if k in t] for t in answer["tasks"]]
    wanted = [[t[k] for k in keys] for keys, t in zip(judged, answer["tasks"], strict=True)]
    judged += [["section", "number"]] * (len(read["tasks"]) - len(judged))
    found = [[t[k] for k in keys] for keys, t in zip(judged, read["tasks"], strict=False)]
    if found != wanted:
        yield f"key tasks {found}, not {wanted}"


def _pairs(read: Found, answer: Found) -> Iterator[tuple[Found, Found, tuple[Any, Any]]]:
    """Each key task with its answer and its place; none where their count differs, which `_places` reports."""
    if len(read["tasks"]) == len(answer["tasks"]):
        for row, wanted in zip(read["tasks"], answer["tasks"], strict=True):
            yield row, wanted, (row["section"], row["number"])
    elif answer["tasks"]:
        pytest.fail(f"{len(read['tasks'])} key tasks, not {len(answer['tasks'])}", pytrace=False)


def _units(read: Found, answer: Found) -> Differences:
    for row, wanted, place in _pairs(read, answer):
        for name in UNIT_LISTS:
            units = [unit.split("|") for unit in wanted.get(name, [])]
            found = row[name]
            if len(found) != len(units) or any(f not in u for f, u in zip(found, units, strict=True)):
                yield f"{place} {name}: {found}, not {wanted.get(name, [])}"


def _limits(read: Found, answer: Found) -> Differences:
    for row, wanted, place in _pairs(read, answer):
        found = [{k: v for k, v in d.items() if k not in ("raw", "span")} for d in row["deadlines"]]
        limits = [d.get("any", [d]) for d in wanted.get("deadlines", [])]
        if len(found) != len(limits) or any(f not in d for f, d in zip(found, limits, strict=True)):
            yield f"{place} limits: {found}, not {wanted.get('deadlines', [])}"


def _figures(read: Found, answer: Found) -> Differences:
    for row, wanted, place in _pairs(read, answer):
        if "indicators" in wanted or answer.get("strict"):
            figures = wanted.get("indicators", [])
            found = [[i["op"], i["value"], i["unit"], i["modality"]] for i in row["indicators"]]
            if len(found) != len(figures) or not all(map(_same_figure, found, figures)):
                yield f"{place} indicators: {found}, not {figures}"


def _same_figure(found: list[Any], wanted: list[Any]) -> bool:
    op, value, unit, *modality = wanted
    same = found[:2] == [op, value] and found[2] in unit.split("|")
    return same and (not modality or found[3:] == modality)


def _defects(read: Found, answer: Found) -> Differences:
    for row, wanted, place in _pairs(read, answer):
        found = sorted(d["name"] for d in row["defects"])
        if ("defects" in wanted or answer.get("strict")) and found != sorted(wanted.get("defects", [])):
            yield f"{place} defects: {found}, not {wanted.get('defects', [])}"
        if lost := set(wanted.get("defects_at_least", [])) - set(found):
            yield f"{place} defects: {found} lack {sorted(lost)}"


def _wordings(read: Found, answer: Found) -> Differences:
    for row, wanted, place in _pairs(read, answer):
        if "title" in wanted and row["title"] != wanted["title"]:
            yield f"{place} title: {row['title']!r}, not {wanted['title']!r}"


def _overlap(found: Found, fragment: str) -> bool:
    return fragment in found["text"] or found["text"] in fragment


def _in_order(found: list[Found], wanted: list[Any], agrees: Callable[[Found, Any], bool]) -> Differences:
    """What stands in one list only; `optional` answers may be passed over."""
    rest = sorted(found, key=lambda f: f["span"])
    for answer in wanted:
        if rest and agrees(rest[0], answer):
            rest.pop(0)
        elif not (isinstance(answer, dict) and answer.get("optional")):
            yield f"wanted {answer}, read { ({k: v for k, v in rest[0].items() if k != 'span'} if rest else None) }"
            return
    for invented in rest:
        yield f"nothing was wanted where {invented} was read"


def _is_figure(found: Found, answer: Found) -> bool:
    if not _overlap(found, answer["in"]) or any(
        found[k] != answer[k] for k in ("period", "modality") if k in answer
    ):
        return False
    inferred = answer.get("inferred", False)
    if inferred and found["value"] is None:
        return True
    figure = [found["op"], found["value"], found["unit"]]
    wanted = [answer["op"], answer.get("value", 100), answer["unit"]]
    return _same_figure(figure, wanted) and bool(found.get("inferred")) == inferred


def _is_cadence(found: Found, answer: Any) -> bool:
    if isinstance(answer, str):
        return bool(found["period"] == answer)
    return bool(found["period"] == answer["period"]) and _overlap(found, answer["in"])


def _plan_level(read: Found, answer: Found) -> Differences:
    if "indicators" in answer:
        yield from _in_order(read["indicators"], answer["indicators"], _is_figure)
    if "cadences" in answer or answer.get("strict"):
        yield from _in_order(read["cadences"], answer.get("cadences", []), _is_cadence)
    for name, word in (("duties", "kind"), ("notes", "code")):
        found = [entry[word] for entry in read[name]]
        if (name in answer or answer.get("strict")) and found != answer.get(name, []):
            yield f"{name}: {found}, not {answer.get(name, [])}"
        if lost := set(answer.get("at_least", {}).get(name, [])) - set(found):
            yield f"{name}: {found} lack {sorted(lost)}"


ASPECTS: dict[str, Callable[[Found, Found], Differences]] = {
    "document": _document,
    "places": _places,
    "titles": _wordings,
    "units": _units,
    "limits": _limits,
    "indicators": _figures,
    "defects": _defects,
    "plan level": _plan_level,
}


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("name", NAMES)
def test_a_plan_reads_as_written_by_hand(name: str, aspect: str) -> None:
    found = list(ASPECTS[aspect](_read(name, "as written"), _answer(name, "as written")))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("width", ["full", "half"])
@pytest.mark.parametrize("name", TEXTS)
def test_the_width_of_marks_changes_nothing(name: str, width: str, aspect: str) -> None:
    found = list(ASPECTS[aspect](_read(name, width), _answer(name, width)))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", TEXTS)
def test_gb18030_reads_like_utf_8(name: str) -> None:
    text = _bytes(name).decode("utf-8")
    assert parse_document(text.encode("gb18030"), name) == parse_document(text.encode("utf-8"), name)


#: Documents whose key tasks are rows of a table.
ROWS = ("flattened.txt", "tabbed_annex.txt")


@pytest.mark.parametrize("name", TEXTS)
def test_every_span_shows_what_was_read(name: str) -> None:
    text, read = _bytes(name).decode("utf-8"), _read(name, "as written")
    for task in read["tasks"]:
        start, end = task["span"]
        if name in ROWS:  # the cells that say what to do; those that say who and when have lists of their own
            assert all(line.split("：")[-1] in text[start:end] for line in task["text"].split("\n"))
        else:
            assert text[start:end] == task["text"], task["number"]
        for found in (*task["deadlines"], *task["indicators"], *task["defects"]):
            start, end = found["span"]
            assert text[start:end] == found.get("raw", found.get("text")), (task["number"], found)
    for found in (*read["indicators"], *read["cadences"], *read["duties"]):
        start, end = found["span"]
        assert text[start:end] == found["text"]
