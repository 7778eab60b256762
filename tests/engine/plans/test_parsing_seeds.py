"""The published samples: the task plan equals the checked answers, also after every variant; the others hold no task."""

import itertools
import json
import random
from pathlib import Path

import pytest

from engine.plans.parsing import parse_document, parse_text

from . import seed_variants as variants

SHARED = Path(__file__).parents[3].parent / "shared"
needs_samples = pytest.mark.skipif(
    not (SHARED / "seeds").is_dir(), reason="the published samples (../shared/seeds) are absent"
)


def _sample(number: str) -> Path:
    return next((SHARED / "seeds").glob(f"{number}_*.txt"))


def _original() -> variants.Case:
    truth = json.loads((SHARED / "truth" / "plan_seed000.json").read_text(encoding="utf-8"))
    return variants.original(_sample("000").read_text(encoding="utf-8"), truth)


def _check(case: variants.Case) -> None:
    draft = parse_text(case.text)
    result = draft.to_dict()
    assert [t["number"] for t in result["tasks"]] == [a.number for a in case.answers]
    for row, answer in zip(result["tasks"], case.answers, strict=True):
        assert tuple(row["lead_units"]) == answer.lead, row["number"]
        assert tuple(row["responsible_units"]) in answer.responsible, row["number"]
        assert row["cooperating_units"] == row["supervising_units"] == [], row["number"]
        assert variants.limits_of(row["deadlines"]) == answer.limits, row["number"]
        assert tuple(sorted(d["name"] for d in row["defects"])) == answer.defects, row["number"]
        start, end = row["span"]
        assert case.text[start:end] == row["text"]
        for found in (*row["deadlines"], *row["indicators"], *row["defects"]):
            start, end = found["span"]
            assert case.text[start:end] == found.get("raw", found.get("text"))
    document = result["document"]
    assert (
        document["title"],
        document["issuer"],
        document["signed_date"],
        document["document_year"],
        document["kind"],
    ) == (case.title, case.issuer, case.signed, case.year, "task_plan")


@needs_samples
def test_the_task_plan_reads_as_checked_by_hand() -> None:
    _check(_original())


@needs_samples
def test_sections_and_figures_of_the_task_plan() -> None:
    truth = json.loads((SHARED / "truth" / "plan_seed000.json").read_text(encoding="utf-8"))["tasks"]
    read = parse_document(_sample("000").read_bytes(), "a.txt").to_dict()
    assert [t["section"] for t in read["tasks"]] == [t["section"] for t in truth]
    figures = {
        t["number"]: [(i["op"], i["value"], i["unit"], i["modality"]) for i in t["indicators"]]
        for t in read["tasks"]
        if t["indicators"]
    }
    assert figures == {
        5: [(">=", 1, "个", None), ("<=", 2, "个", None)],
        11: [(">=", 30, "%", "争取")],
        13: [(">=", 2, "次", None)],
    }
    assert {d["kind"] for d in read["duties"]} == {
        "organisation",
        "filing",
        "inspection",
        "assessment",
        "briefing",
    }


COMBINATIONS = [
    names
    for n in range(1, len(variants.VARIANTS) + 1)
    for names in itertools.combinations(variants.VARIANTS, n)
]


@needs_samples
@pytest.mark.parametrize("names", COMBINATIONS, ids="+".join)
def test_variants_of_the_task_plan(names: tuple[str, ...]) -> None:
    for seed in (1, 2, 3):
        rng = random.Random(f"{'+'.join(names)} {seed}")
        case = _original()
        for name in names:
            case = variants.VARIANTS[name](case, rng)
        _check(case)


@needs_samples
@pytest.mark.parametrize(
    ("number", "kind"),
    [("001", "indicator_plan"), ("002", "annual_report"), ("003", "narrative"), ("004", "news")],
)
def test_other_kinds_of_document_hold_no_task(number: str, kind: str) -> None:
    text = _sample(number).read_text(encoding="utf-8")
    for result in (parse_text(text).to_dict(), parse_text(text.translate(variants.FULL_WIDTH)).to_dict()):
        assert result["tasks"] == []
        assert result["document"]["kind"] == kind
