"""Which ladders are sound, how their steps are called, and how versions differ."""

import json
from typing import Any

import pytest

from engine.deadlines import Action, actions
from engine.deadlines.ladders import LadderRefused, WantedStep, as_wanted, check, differences, written
from engine.deadlines.policies import LADDERS, parse
from webapp.loading import load_engine

PASSING = WantedStep(0, "remind", to=("head",))
HEAD = ("head",)


@pytest.mark.parametrize("key", LADDERS)
def test_the_ladders_of_an_installation_are_sound_and_come_back(key: str) -> None:
    steps = parse(json.dumps(LADDERS[key]))
    check(key, as_wanted(steps))
    assert parse(json.dumps(written(as_wanted(steps)))) == steps


@pytest.mark.parametrize(
    ("steps", "faults"),
    [
        ([WantedStep(None, to=HEAD), PASSING], [(0, "offset", "policies.offset")]),
        ([PASSING, WantedStep(31, "escalate", to=HEAD)], [(1, "offset", "policies.offset")]),
        ([PASSING, WantedStep(-3, "escalate", to=HEAD)], [(1, "action", "policies.early")]),
        ([PASSING, WantedStep(3, "remind", to=HEAD)], [(1, "action", "policies.late")]),
        ([PASSING, WantedStep(3, "notice.fine", to=HEAD)], [(1, "action", "policies.action")]),
        ([PASSING, WantedStep(3, "escalate")], [(1, "to", "policies.nobody")]),
        ([PASSING, WantedStep(3, "escalate", to=("everybody",))], [(1, "to", "policies.to")]),
        ([PASSING, WantedStep(3, "escalate", to=("head", "head"))], [(1, "to", "policies.to")]),
        ([PASSING, WantedStep(3, "escalate", "on_mondays", HEAD)], [(1, "condition", "policies.condition")]),
        ([WantedStep(0, condition="final_only")], [(0, "condition", "policies.passing_always")]),
        ([WantedStep(0, "notice.talk")], [(0, "action", "policies.at_passing")]),
        ([WantedStep(-3, to=HEAD)], [(0, "offset", "policies.passing")]),
        ([PASSING, WantedStep(0, to=("office",))], [(1, "offset", "policies.twice"), (0, "offset", "policies.passing")]),
        (
            [PASSING, WantedStep(3, "escalate", to=HEAD), WantedStep(3, "escalate", to=("office",))],
            [(2, "offset", "policies.twice")],
        ),
        ([PASSING, *(WantedStep(n, "escalate", to=HEAD) for n in range(1, 21))], [(20, "offset", "policies.many")]),
        # every fault is told, not only the first
        (
            [WantedStep(None), PASSING, WantedStep(3, "remind")],
            [(0, "offset", "policies.offset"), (0, "to", "policies.nobody"), (2, "action", "policies.late"),
             (2, "to", "policies.nobody")],
        ),
    ],
)  # fmt: skip
def test_faults_stand_beside_their_fields(
    steps: list[WantedStep], faults: list[tuple[int, str, str]]
) -> None:
    with pytest.raises(LadderRefused) as refused:
        check("default", steps)
    assert [(p.row, p.field, p.error.code) for p in refused.value.problems] == faults


@pytest.mark.parametrize(
    ("key", "sound"), [("default", True), ("review", False), ("check", False), ("window", False)]
)
def test_papers_are_drafted_only_where_a_responsible_unit_owes(key: str, sound: bool) -> None:
    steps = [PASSING, WantedStep(3, "notice.supervision_notice")]
    if sound:
        check(key, steps)
    else:
        with pytest.raises(LadderRefused):
            check(key, steps)


def test_steps_stand_in_order_of_time_with_keys_of_their_own() -> None:
    steps = [
        WantedStep(3, "escalate", to=HEAD), PASSING, WantedStep(-7, to=HEAD),
        WantedStep(3, "notice.talk", "final_only"),
    ]  # fmt: skip
    check("default", steps)
    assert [(s["key"], s["offset"]) for s in written(steps)] == [
        ("remind_7", -7), ("passed", 0), ("escalate_3", 3), ("escalate_3_2", 3),
    ]  # fmt: skip


def test_versions_differ_by_steps_that_came_went_or_changed() -> None:
    def ladder(*steps: tuple[Any, ...]) -> Any:
        return parse(json.dumps(written([PASSING, *(WantedStep(*s) for s in steps)])))

    before = ladder((-7, "remind", "always", HEAD), (3, "escalate", "always", HEAD))
    after = ladder((-5, "remind", "always", HEAD), (3, "notice.talk", "final_only", HEAD))
    found = [(d.before and d.before.key, d.after and d.after.key) for d in differences(before, after)]
    assert found == [("remind_7", None), (None, "remind_5"), ("escalate_3", "escalate_3")]
    assert differences(before, before) == []


def test_every_paper_that_a_ladder_may_ask_for_is_drafted_by_somebody() -> None:
    load_engine()
    papers = [action for action in Action if action.startswith("notice.")]
    assert len(papers) == 4
    assert all(actions.registered(action) for action in papers)
