"""What falls due: the counts say what the lists and the lights say, narrowed to the actor, in few statements."""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from engine import deadlines, working_days
from engine.campaigns import due, key_tasks, queries, work_items
from engine.campaigns.due import URGENCY, Wanted
from engine.campaigns.models import Campaign
from engine.context import Actor, Context
from engine.deadlines import Colour, Deadline
from engine.errors import AccessDenied
from tests.engine.campaigns.city import SYSTEM, City
from tests.engine.campaigns.test_queries import count


def story(city: City) -> Campaign:
    """Key task 1 for bureau and county, 2 for the county; on 5 March the bureau reports, the county has not even
    acknowledged, and the bureau's clock for one report stands still."""
    campaign = city.campaign(
        city.new_key_task(1, responsible=[city.bureau.id, city.county.id]),
        city.new_key_task(2, responsible=[city.county.id], cooperating=[city.bureau.id]),
    )
    for row in city.act(city.officer, queries.key_tasks, campaign.id):
        city.act(city.officer, key_tasks.confirm_assignment, row.key_task.id, progress=None)
    city.drain()
    first = city.act(city.officer, queries.work_items, unit_id=city.bureau.id)[0].item
    city.act(city.bureau.reporter, work_items.acknowledge, first.id)
    city.at(2026, 3, 5, 9)
    return campaign


def colours(city: City, rows: list[due.DueRow]) -> Counter[Colour]:
    """As `deadlines.light` says of each row."""

    def shown(ctx: Context) -> Counter[Colour]:
        calendar, scheme = working_days.load(ctx.session), deadlines.scheme(ctx.session)
        return Counter(
            deadlines.light(row.deadline, ctx.clock.now(), calendar, scheme).colour for row in rows
        )

    return city.act(SYSTEM, shown)


def test_counts_lists_and_lights_agree(any_city: City) -> None:
    city = any_city
    campaign = story(city)
    every = city.act(city.officer, due.listed, Wanted())
    assert len(every) == 4  # three to acknowledge, of which one has led to a plan to file
    assert [row.deadline.due_at for row in every] == sorted(row.deadline.due_at for row in every)
    counts = city.act(city.officer, due.count, Wanted())
    assert counts == colours(city, every)
    for colour in URGENCY:
        rows = city.act(city.officer, due.listed, Wanted(colour=colour))
        assert colours(city, rows) == ({colour: counts[colour]} if counts[colour] else {})

    days = city.act(city.officer, due.by_day, Wanted(since=date(2026, 3, 1), until=date(2026, 3, 31)))
    assert {on: day.counts for on, day in days.items()} == {
        on: colours(city, [row for row in every if row.deadline.due_on == on]) for on in days
    }
    assert set(days) == {row.deadline.due_on for row in every}
    busiest = days[every[0].deadline.due_on]
    assert [one.colour for one in busiest.first] == [Colour.RED, Colour.RED, Colour.GREY], "most urgent first"

    wall = city.act(city.officer, due.wall, campaign.id)
    live = city.act(city.officer, due.listed, Wanted(live=True))
    assert wall.counts == colours(city, live)
    assert [(lamp.number, lamp.colour, lamp.counts) for lamp in wall.key_tasks] == [
        (number, Colour.RED, colours(city, [row for row in live if row.item.number.startswith(number)]))
        for number in ("1", "2")
    ]
    assert [lamp.id for lamp in wall.units] == [city.county.id, city.bureau.id], "overdue first"
    assert wall.units[0].deadline_id == live[0].deadline.id, "the light leads to the most urgent deadline"

    paused = live[-1].deadline
    city.act(SYSTEM, deadlines.pause, paused.id, "等待上级批复")
    wall = city.act(city.officer, due.wall, campaign.id)
    (bureau,) = (lamp for lamp in wall.units if lamp.id == city.bureau.id)
    assert (bureau.colour, bureau.deadline_id) == (Colour.GREY, paused.id), (
        "time stands still, it is still owed"
    )


def test_everyone_sees_what_a_click_would_show(city: City) -> None:
    campaign = story(city)
    for actor, seen in (
        (city.officer, 4),
        (city.government.head, 4),
        (city.lead.reporter, 4),
        (city.bureau.reporter, 3),  # two of its own, and one that it cooperates on
        (city.county.head, 2),
        (city.staff().head, 0),
    ):
        rows = city.act(actor, due.listed, Wanted())
        assert len(rows) == seen, actor
        assert city.act(actor, due.count, Wanted()).total() == seen
        assert sum(day.counts.total() for day in city.act(actor, due.by_day, Wanted()).values()) == seen
        for row in rows:
            city.act(actor, queries.work_item_page, row.item.id)
    with pytest.raises(AccessDenied):
        city.act(city.staff().head, due.wall, campaign.id)

    own = city.act(city.bureau.reporter, due.listed, Wanted(own=True, live=True))
    assert [(row.unit.id, row.deadline.kind) for row in own] == [(city.bureau.id, "work_item.plan")]
    assert own[0].user_task is not None
    assert own[0].user_task.form_key == "work_item.file_plan"
    waiting = city.act(city.bureau.reporter, due.listed, Wanted(waiting=True))
    assert [row.deadline.id for row in waiting] == [own[0].deadline.id]
    assert city.act(city.bureau.head, due.listed, Wanted(waiting=True)) == [], "filing is the reporter's"
    assert (
        city.act(city.officer, due.listed, Wanted(kind="work_item.plan"))[0].deadline.id == own[0].deadline.id
    )


def test_pages_follow_by_key_and_statements_do_not_grow(city: City) -> None:
    campaign = story(city)
    whole = [row.deadline.id for row in city.act(city.officer, due.listed, Wanted())]
    first = city.act(city.officer, due.listed, Wanted(), limit=2)
    place = (first[-1].deadline.due_at, first[-1].deadline.id)
    rest = city.act(city.officer, due.listed, Wanted(), limit=2, after=place)
    assert [row.deadline.id for row in first + rest] == whole

    def statements() -> list[int]:
        reads: list[tuple[Any, Any]] = [
            (due.by_day, Wanted()), (due.listed, Wanted()), (due.count, Wanted()), (due.wall, campaign.id),
        ]  # fmt: skip
        return [count(city, city.officer, read, given) for read, given in reads]

    few = statements()
    more = city.campaign(
        *(city.new_key_task(n, responsible=[city.bureau.id, city.county.id]) for n in range(1, 6))
    )
    for row in city.act(city.officer, queries.key_tasks, more.id):
        city.act(city.officer, key_tasks.confirm_assignment, row.key_task.id, progress=None)
    city.drain()
    assert statements() == few


def test_a_moved_date_concerns_who_reviews_and_who_supervises(city: City) -> None:
    story(city)

    def watching(ctx: Context) -> dict[int, int]:
        return dict(due.watching(ctx, select(Deadline.id).where(Deadline.kind == "work_item.acknowledge")))

    assert city.act(SYSTEM, watching) == {city.lead.id: 3, city.office.id: 3}


def test_a_deadline_of_another_case_is_left_out(city: City) -> None:
    story(city)

    def elsewhere(ctx: Context) -> None:
        one = ctx.session.scalars(select(Deadline).limit(1)).one()
        one.stream = "notice:17"

    city.act(SYSTEM, elsewhere)
    assert len(city.act(Actor.system("test"), due.listed, Wanted())) == 3
