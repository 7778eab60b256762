"""Whether an urging arrived: for who sent it, person by person and way by way."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from engine import outbox
from engine.clock import FixedClock
from engine.errors import AccessDenied
from engine.organisation.models import Person
from engine.settings import Settings
from notifications import arrivals, delivery, messages
from notifications.models import Channel, DeliveryState
from tests.engine.campaigns.city import SYSTEM, City
from tests.notifications.conftest import Post


def test_the_sender_sees_who_has_read_it_and_which_mail_arrived(
    sqlite_db: Engine, clock: FixedClock, mail_settings: Settings, post: Post
) -> None:
    city = City(sqlite_db, clock, mail_settings)
    item, other = city.begun(), city.begun(title="另一事项")
    head, reporter, lead = city.bureau.head, city.bureau.reporter, city.lead.head

    def give_address(ctx: object) -> None:
        for actor, address in ((head, "head@yunshan.example"), (reporter, "reporter@yunshan.example")):
            ctx.session.get_one(Person, actor.person_id).email = address  # type: ignore[attr-defined]

    city.act(SYSTEM, give_address)
    delivery.dispatch(
        sqlite_db, clock, replace(mail_settings, smtp_host="")
    )  # what building it has published
    city.act(SYSTEM, outbox.publish, "work_item.urged", ("work_item", item.id), text="请尽快")
    clock.move(minutes=1)
    said = [{"work_item_id": item.id, "number": item.number, "title": item.title, "text": ""}]
    city.act(SYSTEM, outbox.publish, "unit.urged", ("unit", item.unit_id), count=1, urged=said)
    delivery.dispatch(sqlite_db, clock, mail_settings)
    post.rcpt_answers = ["550 no such user"]
    clock.move_to(clock.now() + timedelta(minutes=3))
    delivery.deliver_due(sqlite_db, clock, mail_settings)
    city.act(reporter, messages.mark_read)
    found, [together, alone] = city.act(lead, arrivals.about, item.id)
    assert found.id == item.id
    assert {one.notification.kind for one in alone} == {"work_item.urged"}
    assert {one.notification.kind for one in together} == {"unit.urged"}
    by_person = {one.person.id: one for one in alone}
    assert set(by_person) == {head.person_id, reporter.person_id}
    assert by_person[reporter.person_id].notification.read_at == clock.now()
    assert by_person[head.person_id].notification.read_at is None
    states = {id: [(way.channel, way.state) for way in one.ways] for id, one in by_person.items()}
    assert sorted(state for ways in states.values() for _, state in ways) == [
        DeliveryState.FAILED,
        DeliveryState.SENT,
    ]
    assert {channel for ways in states.values() for channel, _ in ways} == {Channel.EMAIL}
    assert city.act(lead, arrivals.about, other.id)[1] == []
    for stranger in (head, reporter):
        with pytest.raises(AccessDenied):
            city.act(stranger, arrivals.about, item.id)
