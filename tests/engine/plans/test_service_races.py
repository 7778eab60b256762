"""Two officers at the same plan at the same moment, on two connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from engine.campaigns import from_plan
from engine.campaigns.models import Campaign
from engine.errors import DubanError, RuleViolation, StaleForm
from engine.plans import editing
from tests.engine.plans.sample import Town


def both(town: Town, *verbs: Callable[[], Any]) -> list[DubanError | None]:
    """Run the verbs at once; what each was refused with."""
    start = Barrier(len(verbs))

    def run(verb: Callable[[], Any]) -> DubanError | None:
        start.wait(timeout=30)
        try:
            verb()
        except DubanError as error:
            return error
        return None

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(run, verbs))


def test_a_plan_is_confirmed_once(town: Town) -> None:
    plan = town.imported()
    for number in (1, 3, 4, 5):
        town.do(editing.drop, plan.id, town.entry(plan, number).row.id)
    refused = both(town, *[lambda: town.do(from_plan.confirm_plan, plan.id)] * 2)
    assert [type(error) for error in refused if error] == [RuleViolation]
    assert len(town.all(Campaign)) == 1


def test_of_two_forms_with_the_same_version_one_is_saved(town: Town) -> None:
    plan = town.imported()
    row = town.entry(plan, 1).row

    def save(title: str) -> Callable[[], Any]:
        return lambda: town.do(
            editing.edit, plan.id, row.id, title=title, text="", expected_version=row.version
        )

    refused = both(town, save("甲"), save("乙"))
    assert [type(error) for error in refused if error] == [StaleForm]
    winner = "甲" if refused[0] is None else "乙"
    assert (town.entry(plan, 1).row.title, town.entry(plan, 1).row.version) == (winner, row.version + 1)


def test_two_plans_learn_the_same_name_without_quarrel(town: Town) -> None:
    plans = [town.imported(), town.imported()]
    parts = [town.part(plan, 3, "市公安居").id for plan in plans]
    refused = both(
        town,
        *[
            lambda plan=plan, part=part: town.do(editing.match_unit, plan.id, part, town.id("市公安局"))
            for plan, part in zip(plans, parts, strict=True)
        ],
    )
    assert refused == [None, None]
