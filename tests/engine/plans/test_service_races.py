"""Two officers at the same plan at the same moment, on two connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from engine.campaigns import from_plan
from engine.campaigns.models import Campaign
from engine.errors import DubanError, NotFound, RuleViolation, StaleForm
from engine.plans import changes, editing, reshaping
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


def test_of_two_who_undo_what_they_see_one_is_told_that_it_is_gone(town: Town) -> None:
    plan = town.imported()
    for number in (1, 2):
        town.do(editing.drop, plan.id, town.entry(plan, number).row.id)
    seen = town.view(plan).plan.version
    refused = both(town, *[lambda: town.do(changes.undo, plan.id, expected_version=seen)] * 2)
    assert [type(error) for error in refused if error] == [StaleForm]
    assert [entry.row.dropped for entry in town.view(plan).entries] == [True, False, False, False, False]


def test_two_mergers_of_the_same_task_leave_every_text_once(town: Town) -> None:
    plan = town.imported()
    rows = {entry.row.number: entry.row for entry in town.view(plan).entries}
    before = {row.text for row in rows.values()}

    def merge(one: int, two: int) -> Callable[[], Any]:
        ids = [rows[one].id, rows[two].id]
        return lambda: town.do(reshaping.merge, plan.id, ids, expected_versions=dict.fromkeys(ids, 1))

    refused = both(town, merge(1, 2), merge(2, 3))
    assert len([error for error in refused if isinstance(error, NotFound | StaleForm)]) == 1
    texts = "\n".join(entry.row.text for entry in town.view(plan).entries)
    assert {text for text in before if texts.count(text) == 1} == before


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
