"""Urging on a real database: who may, how often, what the unit is told, and what followed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from engine.campaigns import work_items
from engine.campaigns.models import WorkItem
from engine.context import Actor, Context
from engine.errors import AccessDenied, DubanError, InvalidInput, NotFound, RuleViolation
from engine.evidence import service as evidence
from engine.extensions import service as extensions
from engine.outbox import OutboxMessage
from engine.urging import queries, service
from engine.urging.models import Urging
from notifications import delivery
from notifications.models import Notification
from notifications.templates import told
from tests.engine.campaigns.city import SYSTEM, City


def sent(city: City) -> list[OutboxMessage]:
    kinds = ("work_item.urged", "unit.urged")
    found = select(OutboxMessage).where(OutboxMessage.kind.in_(kinds)).order_by(OutboxMessage.id)
    return city.read(lambda s: list(s.scalars(found)))


def gathered(city: City) -> None:
    city.clock.move(seconds=city.settings.urging_gather_seconds)
    city.drain()


def rows(city: City, actor: Actor | None = None, **values: Any) -> list[queries.UrgingRow]:
    return city.act(actor or city.officer, queries.urgings, **values)


def followed(city: City, **values: Any) -> list[list[str]]:
    return [[one.what.value for one in row.followed] for row in rows(city, **values)]


def test_an_item_is_urged_once_a_working_day_and_stays_on_record(any_city: City) -> None:
    city = any_city
    item = city.work_item()
    for stranger in (city.bureau.reporter, city.bureau.head, city.county.head):
        with pytest.raises(AccessDenied):
            city.act(stranger, service.urge, item.id)
    with pytest.raises(InvalidInput):
        city.act(city.officer, service.urge, item.id, text="长" * 501)
    city.act(city.lead.head, service.urge, item.id, text=" 请尽快签收 ")
    with pytest.raises(RuleViolation) as error:
        city.act(city.officer, service.urge, item.id)
    assert error.value.code == "urging.too_soon"
    assert (error.value.params["by"], error.value.params["again_on"]) == (city.lead.head.name, "2026-03-03")
    assert city.get(WorkItem, item.id).urged_at == city.clock.now()
    city.at(2026, 3, 3, 0)
    city.act(city.officer, service.urge, item.id)
    assert city.actions(f"work_item:{item.id}").count("work_item.urged") == 2
    found = rows(city, work_item_id=item.id)
    assert [(r.urging.by_name, r.urging.words, r.urging.kind) for r in found] == [
        (city.officer.name, "", "single"),
        (city.lead.head.name, "请尽快签收", "single"),
    ]
    assert [r.again_at for r in found] == [None, found[0].urging.urged_at]


def test_what_is_done_or_lies_with_others_is_not_urged(city: City) -> None:
    review = city.in_review()
    with pytest.raises(RuleViolation) as error:
        city.act(city.officer, service.urge, review.work_item_id)
    assert error.value.code == "urging.nothing_owed"
    assert city.act(city.officer, queries.candidates) == []
    with pytest.raises(NotFound):
        city.act(city.officer, service.urge_many, [review.work_item_id, 10**6])


def test_several_items_reach_the_unit_as_one_message(city: City) -> None:
    first, second, third = (city.work_item() for _ in range(3))
    county = city.work_item(responsible=[city.county.id])
    city.act(city.lead.head, service.urge, first.id, text="月底前报送")
    city.clock.move(seconds=30)
    outcomes = city.act(
        city.officer, service.urge_many, [third.id, second.id, first.id, county.id], text="请抓紧"
    )
    assert [(o.item.id, o.refusal and o.refusal.code) for o in outcomes] == [
        (first.id, "urging.too_soon"), (second.id, None), (third.id, None), (county.id, None),
    ]  # fmt: skip
    assert sent(city) == [], "the unit is told when the window ends"
    gathered(city)
    messages = sent(city)
    assert sorted((m.kind, m.subject_id) for m in messages) == [
        ("unit.urged", city.bureau.id),
        ("work_item.urged", county.id),
    ]
    delivery.dispatch(city.db, city.clock, city.settings)
    mine = select(Notification).where(Notification.person_id == city.bureau.reporter.person_id)
    news = city.read(
        lambda s: [told(n, "zh") for n in s.scalars(mine) if n.kind in ("work_item.urged", "unit.urged")]
    )
    assert [one.title for one in news] == [
        f"{city.lead.head.name}、{city.officer.name}催办3个事项，请抓紧办理"
    ]
    assert news[0].detail.count("请抓紧") == 2 and "月底前报送" in news[0].detail
    assert first.number in news[0].detail
    gathered(city)
    assert len(sent(city)) == 2, "nothing is told twice"
    assert all(row.urging.told_at for row in rows(city))
    city.at(2026, 3, 3, 9)
    city.act(city.officer, service.urge, first.id)
    city.at(2026, 3, 3, 10)
    assert [m.kind for m in sent(city)][2:] == ["work_item.urged"], "a later one is a message of its own"
    city.at(2026, 3, 4, 9)
    city.act(city.officer, service.urge_many, [second.id, third.id])
    for gone in (second, third):
        city.act(
            SYSTEM, lambda ctx, id=gone.id: work_items.withdraw(ctx, work_items.lock(ctx, id), "职责划转")
        )
    gathered(city)
    assert len(sent(city)) == 3, "nobody is told to hurry with what has been withdrawn"


def test_a_person_urges_so_many_items_a_day(city: City) -> None:
    ids = [city.work_item().id for _ in range(3)]
    city.settings = replace(city.settings, urging_daily_max=2)
    outcomes = city.act(city.officer, service.urge_many, ids)
    assert [o.refusal.code if o.refusal else None for o in outcomes] == [None, None, "urging.enough_today"]
    city.act(city.lead.head, service.urge, ids[2])
    city.at(2026, 3, 3, 0)
    city.act(city.officer, service.urge, ids[0])


def test_the_record_says_what_followed(any_city: City) -> None:
    city = any_city
    item = city.work_item()
    city.act(city.officer, service.urge, item.id)
    assert followed(city, work_item_id=item.id) == [[]]
    assert len(rows(city, answered=False)) == 1 and rows(city, answered=True) == []
    city.clock.move(hours=1)
    city.act(city.bureau.reporter, work_items.acknowledge, item.id)
    city.clock.move(hours=1)
    city.act(city.bureau.reporter, work_items.file_plan, item.id, text="按季推进")
    city.at(2026, 3, 3, 9)
    city.act(city.officer, service.urge, item.id)
    city.at(2026, 3, 4, 9)
    city.act(city.officer, service.urge, item.id)
    city.clock.move(hours=1)
    final = city.obligations(item)[-1]
    city.act(
        city.bureau.reporter,
        extensions.apply,
        final.id,
        new_on=date(2026, 7, 10),
        reason="联调延后",
        progress="已完成七成",
    )
    city.clock.move(hours=1)
    city.act(city.bureau.reporter, evidence.submit, final.id, text="已完成")
    assert followed(city) == [["extension_applied", "submitted"], [], ["acknowledged", "plan_filed"]]
    assert [r.urging.urged_at.day for r in rows(city, answered=False)] == [3], (
        "nothing until it was urged again"
    )
    assert len(rows(city, answered=True)) == 2
    newest, *older = rows(city)
    assert [r.urging.id for r in rows(city, after=newest.urging.id)] == [r.urging.id for r in older]
    for actor, seen in ((city.bureau.reporter, 3), (city.lead.head, 3), (city.county.head, 0)):
        assert len(rows(city, actor)) == seen
    assert len(rows(city, unit_id=city.bureau.id, campaign_id=item.campaign_id)) == 3
    assert rows(city, unit_id=city.county.id) == []


def test_the_list_to_urge_from(any_city: City) -> None:
    city = any_city
    late, early = city.work_item(), city.begun()
    city.at(2026, 3, 5, 0)  # the first has not been acknowledged in time

    def listed(actor: Actor = city.officer, **values: Any) -> list[tuple[int, date | None]]:
        found = city.act(actor, queries.candidates, **values)
        return [(one.row.item.id, one.again_on) for one in found]

    assert listed() == [(late.id, None), (early.id, None)] == listed(city.lead.reporter)
    assert listed(late=True) == [(late.id, None)]
    assert listed(key_task_id=early.key_task_id) == [(early.id, None)] == listed(after=late.id)
    assert listed(city.bureau.head) == []
    city.act(city.officer, service.urge, late.id)
    assert listed(late=True) == [(late.id, date(2026, 3, 6))]

    def own(ctx: Context) -> Any:
        return queries.may_urge_now(ctx, ctx.session.get_one(WorkItem, late.id))

    found = city.act(city.lead.head, own)
    assert (found.last.by_name, found.again_on) == (city.officer.name, date(2026, 3, 6))
    assert city.act(city.bureau.head, own) is None


def race(city: City, *acts: tuple[Actor, Any, Any]) -> list[str]:
    def run(act: tuple[Actor, Any, Any]) -> str:
        actor, verb, given = act
        try:
            done = city.act(actor, verb, given)
        except DubanError as error:
            return error.code
        return "done" if not isinstance(done, list) else str(sum(o.refusal is None for o in done))

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def test_two_urge_at_the_same_instant_and_one_is_told_who_was_first(city: City) -> None:
    item = city.work_item()
    acts = [(actor, service.urge, item.id) for actor in (city.officer, city.lead.head)]
    assert race(city, *acts) == ["done", "urging.too_soon"]
    assert len(rows(city)) == 1
    several = [city.work_item().id for _ in range(4)]
    # Chosen in opposite orders: each act locks by id, so that neither waits for the other for ever.
    batches = [(city.officer, service.urge_many, several), (city.lead.head, service.urge_many, several[::-1])]
    assert race(city, *batches) == ["0", "4"]
    assert city.read(lambda s: len(s.scalars(select(Urging)).all())) == 5


def test_one_person_in_two_windows_does_not_exceed_the_day(city: City) -> None:
    ids = [city.work_item().id for _ in range(4)]
    city.settings = replace(city.settings, urging_daily_max=2)
    assert race(city, *((city.officer, service.urge, id) for id in ids)) == [
        "done", "done", "urging.enough_today", "urging.enough_today",
    ]  # fmt: skip


def test_what_is_urged_while_others_are_told_is_told_next(city: City) -> None:
    items = [city.work_item().id for _ in range(6)]
    city.act(city.officer, service.urge, items[0])
    city.clock.move(seconds=city.settings.urging_gather_seconds)
    with ThreadPoolExecutor(6) as pool:
        urged = [pool.submit(city.act, city.officer, service.urge, id) for id in items[1:]]
        city.drain()
        for one in urged:
            one.result()
    gathered(city)
    named = [m.facts.get("count", 1) for m in sent(city)]
    assert sum(named) == 6 and all(row.urging.told_at for row in rows(city))
