"""Reads: the matrix, lists and the page of one work item, narrowed to the actor and without a query per row."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from engine.campaigns import key_tasks, queries, work_items
from engine.campaigns.models import Campaign, UnitRole, WorkItemState
from engine.context import Actor
from engine.deadlines import Colour
from engine.errors import AccessDenied, NotFound
from engine.evidence import queries as evidence
from engine.reviews import queries as reviews
from tests.engine.campaigns.city import City


def count(city: City, actor: Actor, read: Callable[..., Any], *args: Any, **values: Any) -> int:
    """How many statements a read takes."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(city.db, "before_cursor_execute", note)
    try:
        city.act(actor, read, *args, **values)
    finally:
        event.remove(city.db, "before_cursor_execute", note)
    return len(seen)


def two_key_tasks(city: City) -> Campaign:
    """Key task 1 for bureau and county, 2 for the county alone; the bureau has reported on 1, all is dispatched."""
    campaign = city.campaign(
        city.new_key_task(1, responsible=[city.bureau.id, city.county.id]),
        city.new_key_task(2, responsible=[city.county.id], cooperating=[city.bureau.id]),
    )
    for row in city.act(city.officer, queries.key_tasks, campaign.id):
        city.act(city.officer, key_tasks.confirm_assignment, row.key_task.id, progress=None)
    city.drain()
    first = city.act(city.officer, queries.work_items, unit_id=city.bureau.id)[0].item
    city.act(city.bureau.reporter, work_items.acknowledge, first.id)
    city.act(city.bureau.reporter, work_items.file_plan, first.id, text="方案")
    return campaign


def test_the_matrix_shows_each_unit_under_each_key_task(city: City) -> None:
    campaign = two_key_tasks(city)
    matrix = city.act(city.officer, queries.matrix, campaign.id)
    few = count(city, city.officer, queries.matrix, campaign.id)
    assert {unit.id for unit in matrix.units} == {city.bureau.id, city.county.id}
    first, second = matrix.rows
    assert set(first.cells) == {city.bureau.id, city.county.id}
    assert set(second.cells) == {city.county.id}
    cell = first.cells[city.bureau.id]
    assert (cell.state, cell.accepted, cell.total, cell.overdue) == (WorkItemState.IN_PROGRESS, 0, 1, 0)
    assert cell.owed is not None
    assert cell.owed.due_on.isoformat() == "2026-06-30"
    assert matrix.colours.total() == 3
    city.at(2026, 3, 5, 9)  # the county has not acknowledged in two working days
    late = city.act(city.officer, queries.matrix, campaign.id)
    assert late.colours == {Colour.RED: 2, Colour.GREEN: 1}

    more = city.campaign(
        *(city.new_key_task(n, responsible=[city.bureau.id, city.county.id]) for n in range(1, 6))
    )
    for row in city.act(city.officer, queries.key_tasks, more.id):
        city.act(city.officer, key_tasks.confirm_assignment, row.key_task.id, progress=None)
    city.drain()
    assert count(city, city.officer, queries.matrix, more.id) == few, (
        "the number of statements does not grow with the campaign"
    )


def test_counts_follow_the_reports(city: City) -> None:
    item = city.sampling()
    matrix = city.act(city.officer, queries.matrix, item.campaign_id)
    cell = matrix.rows[0].cells[city.bureau.id]
    assert (cell.state, cell.accepted, cell.total, cell.owed) == (WorkItemState.SAMPLING, 1, 1, None)
    assert cell.colour == Colour.GREY, "the unit owes nothing during the sampling window"


def test_a_list_never_shows_what_a_click_would_refuse(city: City) -> None:
    campaign = two_key_tasks(city)
    for actor, seen in (
        (city.officer, 3),
        (city.government.head, 3),  # above the units
        (city.lead.reporter, 3),
        (city.bureau.reporter, 2),  # its own, and one that it cooperates on
        (city.county.head, 2),
        (city.staff().head, 0),
    ):
        rows = city.act(actor, queries.work_items, campaign_id=campaign.id)
        assert len(rows) == seen, actor
        for row in rows:
            assert city.act(actor, queries.work_item_page, row.item.id).item.id == row.item.id
        allowed = {row.item.id for row in rows}
        for other in city.act(city.officer, queries.work_items):
            if other.item.id not in allowed:
                with pytest.raises(AccessDenied):
                    city.act(actor, queries.work_item_page, other.item.id)


def test_the_matrix_shows_each_actor_their_part(city: City) -> None:
    campaign = two_key_tasks(city)
    cells = [len(row.cells) for row in city.act(city.county.reporter, queries.matrix, campaign.id).rows]
    assert cells == [1, 1]
    with pytest.raises(AccessDenied):
        city.act(city.staff().head, queries.matrix, campaign.id)
    with pytest.raises(NotFound):
        city.act(city.officer, queries.matrix, 999_999)


def test_work_items_are_paged_by_key_and_filtered(city: City) -> None:
    campaign = two_key_tasks(city)
    whole = city.act(city.officer, queries.work_items, campaign_id=campaign.id)
    first = city.act(city.officer, queries.work_items, campaign_id=campaign.id, limit=2)
    rest = city.act(
        city.officer, queries.work_items, campaign_id=campaign.id, limit=2, after=first[-1].item.id
    )
    assert [r.item.id for r in first + rest] == [r.item.id for r in whole]
    begun = city.act(city.officer, queries.work_items, states=[WorkItemState.IN_PROGRESS])
    assert [row.unit.id for row in begun] == [city.bureau.id]
    assert city.act(city.officer, queries.work_items, key_task_id=999_999) == []
    few = count(city, city.officer, queries.work_items, limit=1)
    assert count(city, city.officer, queries.work_items, limit=3) == few


def test_key_tasks_are_listed_with_units_and_counts(city: City) -> None:
    campaign = two_key_tasks(city)
    first, second = city.act(city.officer, queries.key_tasks, campaign.id)
    assert first.items == {WorkItemState.IN_PROGRESS: 1, WorkItemState.ASSIGNED: 1}
    assert [unit.id for unit in first.units[UnitRole.RESPONSIBLE]] == [city.bureau.id, city.county.id]
    assert [unit.id for unit in second.units[UnitRole.COOPERATING]] == [city.bureau.id]
    assert [limit.kind for limit in first.limits] == ["final"]
    assert count(city, city.officer, queries.key_tasks, campaign.id) == 4
    assert city.act(city.staff().head, queries.key_tasks, campaign.id) == []


def test_campaigns_are_listed_newest_first(city: City) -> None:
    one, two = city.campaign(), city.campaign()
    assert [c.id for c in city.act(city.officer, queries.campaigns)] == [two.id, one.id]
    assert [c.id for c in city.act(city.officer, queries.campaigns, after=two.id)] == [one.id]
    assert city.act(city.county.head, queries.campaigns) == []


def test_the_page_of_a_work_item_holds_the_whole_case(city: City) -> None:
    review = city.in_review()
    page = city.act(city.bureau.head, queries.work_item_page, review.work_item_id)
    assert page.campaign.id == page.item.campaign_id
    assert {city.bureau.id, city.lead.id, city.office.id} <= set(page.units)
    (row,) = page.obligations
    assert row.deadline.state == "met"
    assert row.light.colour == Colour.GREY
    assert row.review_deadline is not None
    assert [d.kind for d in page.deadlines] == ["work_item.acknowledge", "work_item.plan"]
    assert [entry.action for entry in page.history][:2] == ["obligation.signed_off", "obligation.submitted"]
    rounds = city.act(city.bureau.head, evidence.rounds, review.work_item_id)
    judged = city.act(city.bureau.head, reviews.of_work_item, review.work_item_id)
    assert judged[rounds[row.obligation.id][0].submission.id].id == review.id
    assert count(city, city.officer, queries.work_item_page, review.work_item_id) <= 10


def test_a_page_that_is_not_there_is_not_found(city: City) -> None:
    with pytest.raises(NotFound):
        city.act(city.officer, queries.work_item_page, 999_999)
