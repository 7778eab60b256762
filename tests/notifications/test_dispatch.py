"""Who is told what: from the outbox to the messages on the site."""

import threading

import pytest
from sqlalchemy import Engine, func, select

from engine import outbox
from engine.clock import FixedClock
from engine.context import Role
from engine.db import transaction
from engine.outbox import OutboxMessage
from engine.settings import Settings
from notifications import delivery, failures, messages
from notifications.models import DispatchFailure, Notification
from notifications.templates import render
from tests import factories
from tests.engine.inspections.world import World
from tests.notifications.conftest import Office, build_office


@pytest.fixture
def quiet(any_db: Engine, clock: FixedClock, settings: Settings) -> Office:
    """Two officers, no mail server."""
    return build_office(any_db, clock, settings, {"name": "甲"}, {"name": "乙"})


def told(db: Engine, kind: str) -> set[int]:
    with transaction(db) as session:
        return set(session.scalars(select(Notification.person_id).where(Notification.kind == kind)))


def test_each_step_is_told_to_those_whose_turn_it_is(world: World) -> None:
    assert world.reporters and world.heads and world.lead and world.officer
    delivery.dispatch(world.db, world.clock, world.settings)
    reporters = {actor.person_id for actor in world.reporters.values()}
    heads = {actor.person_id for actor in world.heads.values()}
    expected = {
        "work_item.assigned": reporters | heads,
        "work_item.acknowledged": set(),
        "obligation.submitted": heads,
        "obligation.signed_off": {world.lead.person_id},
        "review.approved": reporters | heads,
        "key_task.dispatched": {world.lead.person_id},
    }
    assert {kind: told(world.db, kind) for kind in expected} == expected
    item = world.items()[1]
    with transaction(world.db) as session:
        mine = messages.list_for(session, world.reporters[item.unit_id].person_id or 0)
        assert {n.work_item_id for n in mine} == {item.id}
        assigned = next(n for n in mine if n.kind == "work_item.assigned")
        shown = render(assigned.kind, assigned.params, "zh")
    assert shown.title == f"新交办事项 {item.number}“清理行政规范性文件”，请签收"


def test_the_drawn_inspector_is_told_by_name(world: World) -> None:
    world.drawn(rate=1)
    (check,) = world.checks()
    delivery.dispatch(world.db, world.clock, world.settings)
    assert told(world.db, "check.assigned") == {check.inspector_person_id}


def test_reminders_go_to_the_relations_of_the_ladder(world: World) -> None:
    assert world.heads and world.office and world.officer
    item = world.items()[0]
    with transaction(world.db) as session:
        ctx = world.act(None, lambda c: c)
        outbox.publish(
            type(ctx)(session, ctx.actor, world.clock, world.settings),
            "deadline.escalated",
            ("work_item", item.id),
            deadline_kind="work_item.plan",
            due_on="2026-03-20",
            unit_id=item.unit_id,
            recipients=["head", "office", "leader"],
        )
    delivery.dispatch(world.db, world.clock, world.settings)
    assert told(world.db, "deadline.escalated") == {
        world.heads[item.unit_id].person_id,
        world.officer.person_id,
    }
    with transaction(world.db) as session:
        news = session.scalars(select(Notification).where(Notification.kind == "deadline.escalated")).first()
        assert news is not None
        assert render(news.kind, news.params, "zh").title == (
            f"第1区人民政府逾期未完成事项 {item.number}“清理行政规范性文件”的实施方案报备，"
            "期限为 2026-03-20，请督促"
        )


def test_a_message_is_told_once_and_can_be_read(quiet: Office) -> None:
    quiet.news(3)
    assert delivery.dispatch(quiet.db, quiet.clock, quiet.settings) == 0
    first, second = quiet.officers
    assert first.person_id
    assert second.person_id
    with transaction(quiet.db) as session:
        assert messages.unread_count(session, first.person_id) == 3
        page = messages.list_for(session, first.person_id, limit=2)
        rest = messages.list_for(session, first.person_id, after=page[-1].id)
        assert [n.id for n in [*page, *rest]] == sorted((n.id for n in [*page, *rest]), reverse=True)
        assert len(page) == 2
        assert len(rest) == 1
        of_first = [n.id for n in [*page, *rest]]
        assert messages.mark_read(quiet.ctx(session, second), of_first) == 0
        assert messages.mark_read(quiet.ctx(session, first), of_first[:1]) == 1
    with transaction(quiet.db) as session:
        assert messages.unread_count(session, first.person_id) == 2
        assert messages.unread_count(session, second.person_id) == 3
        assert len(messages.list_for(session, first.person_id, unread_only=True)) == 2


def test_a_dispatch_that_is_repeated_tells_nobody_twice(quiet: Office) -> None:
    quiet.news(1)
    with transaction(quiet.db) as session:
        session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first().dispatched_at = None  # type: ignore[union-attr]
    assert delivery.dispatch(quiet.db, quiet.clock, quiet.settings) == 1
    with transaction(quiet.db) as session:
        assert messages.unread_count(session, quiet.officers[0].person_id or 0) == 1


def test_a_message_that_makes_no_sense_is_parked_and_holds_nothing_up(quiet: Office) -> None:
    with transaction(quiet.db) as session:
        outbox.publish(quiet.ctx(session), "review.returned", ("review", 987_654), reasons="x")
        outbox.publish(quiet.ctx(session), "campaign.closed", ("campaign", quiet.campaign_id))
        outbox.publish(quiet.ctx(session), "something.unheard_of", ("campaign", quiet.campaign_id))
    assert delivery.dispatch(quiet.db, quiet.clock, quiet.settings) == 3
    with transaction(quiet.db) as session:
        ctx = quiet.ctx(session)
        assert messages.unread_count(session, quiet.officers[0].person_id or 0) == 1
        ((failure, message),) = failures.failed_dispatches(session)
        assert message.kind == "review.returned"
        admin = factories.make_person(ctx, factories.make_unit(ctx), Role.SYSTEM_ADMIN)
        failures.retry_dispatch(quiet.ctx(session, admin), failure.id)
        assert failures.failed_dispatches(session) == []
    assert delivery.dispatch(quiet.db, quiet.clock, quiet.settings) == 1
    with transaction(quiet.db) as session:
        assert session.scalar(select(func.count()).select_from(DispatchFailure)) == 1
        assert len(failures.failed_dispatches(session)) == 1


def test_two_dispatchers_at_once_tell_everything_once(
    db: Engine, clock: FixedClock, mail_settings: Settings
) -> None:
    office = build_office(db, clock, mail_settings, *({"email": f"p{n}@yunshan.example"} for n in range(3)))
    with transaction(db) as session:
        for _ in range(250):
            outbox.publish(office.ctx(session), "campaign.closed", ("campaign", office.campaign_id))
    done: list[int] = []
    workers = [
        threading.Thread(target=lambda: done.append(delivery.dispatch(db, clock, mail_settings)))
        for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(done) == 3
    assert sum(done) == 250
    with transaction(db) as session:
        for officer in office.officers:
            assert messages.unread_count(session, officer.person_id or 0) == 250
    assert len(office.deliveries()) == 3
