"""When a step of a ladder is taken."""

import pytest

from engine.deadlines.conditions import CONDITION_TEXT, Condition, Fact, holds

NOTHING: set[Fact] = set()


@pytest.mark.parametrize(
    ("condition", "so", "taken"),
    [
        ("always", NOTHING, True),
        ("always", set(Fact), True),
        ("not_submitted", NOTHING, True),
        ("not_submitted", {Fact.SUBMITTED}, False),
        ("not_submitted", set(Fact) - {Fact.SUBMITTED}, True),
        ("final_only", NOTHING, False),
        ("final_only", {Fact.FINAL}, True),
        ("final_only", {Fact.MILESTONE}, False),
        ("milestone_only", {Fact.MILESTONE}, True),
        ("milestone_only", {Fact.FINAL}, False),
        ("no_extension_pending", NOTHING, True),
        ("no_extension_pending", {Fact.EXTENSION_PENDING}, False),
        ("not_urged", {Fact.SUBMITTED}, True),
        ("not_urged", {Fact.URGED}, False),
    ],
)
def test_when_a_condition_holds(condition: str, so: set[Fact], taken: bool) -> None:
    assert holds(Condition(condition), so.__contains__) is taken


def test_every_condition_has_words() -> None:
    assert set(CONDITION_TEXT) == set(Condition)
