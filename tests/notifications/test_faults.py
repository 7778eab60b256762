"""What dies and what hangs: a killed sender, a silent server, a line that is cut instead of an answer."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.clock import FixedClock
from engine.context import Context, Role
from engine.db import transaction
from engine.organisation.models import Person
from engine.settings import Settings
from notifications import delivery, endpoints, failures, health, records
from notifications.health import Circuit, Window
from notifications.models import AttemptOutcome, Channel, DeliveryAttempt, DeliveryState
from notifications.records import Show, Side, Tries
from tests import factories
from tests.notifications.conftest import Office, Post, copied
from tests.notifications.receiver import Receiver, listening

SECRET = "a-secret-of-sixteen"
LONG = 60  # seconds after which a test gives up waiting for another process

#: Sends what is due by two channels at once, as the ticker does, at the instant given.
SENDER = """
import sys, threading
from datetime import datetime
from engine.clock import FixedClock
from engine.db import make_engine
from engine.settings import Settings
from notifications import delivery
from notifications.models import Channel

settings, clock = Settings.from_env(), FixedClock(datetime.fromisoformat(sys.argv[1]))
db = make_engine(settings.database_url)
for channel in (Channel.EMAIL, Channel.WEBHOOK):
    threading.Thread(target=delivery.deliver_due, args=(db, clock, settings, [channel])).start()
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as taken:
        yield taken


@pytest.fixture
def office(
    template: Office, tmp_path: Path, clock: FixedClock, mail_settings: Settings, receiver: Receiver
) -> Iterator[Office]:
    """One officer with an address, and a webhook."""
    with copied(template, tmp_path, clock, mail_settings) as office:
        with transaction(office.db) as session:
            ctx = office.ctx(session)
            session.get_one(Person, office.officers[0].person_id).email = "jia@yunshan.example"
            keeper = factories.make_person(ctx, factories.make_unit(ctx), Role.SYSTEM_ADMIN)
            endpoints.add(
                Context(session, keeper, clock, mail_settings), channel="webhook", name="平台", url=receiver.url(),
                secret=SECRET,
            )  # fmt: skip
        yield office


def test_a_sender_killed_between_sending_and_recording_is_followed_by_one_copy_that_says_so(
    office: Office, post: Post, receiver: Receiver
) -> None:
    taken, released = (threading.Event(), threading.Event()), threading.Event()

    def held(one: threading.Event) -> None:
        one.set()
        released.wait(LONG)

    post.on_data, receiver.on_call = (lambda: held(taken[0])), (lambda: held(taken[1]))
    office.news()
    office.clock.move(minutes=3)
    settings = replace(
        office.settings, database_url=office.db.url.render_as_string(hide_password=False), smtp_timeout_seconds=LONG,
        http_timeout_seconds=LONG,
    )  # fmt: skip
    told = {f"DUBAN_{field.name.upper()}": str(getattr(settings, field.name)) for field in fields(settings)}
    child = subprocess.Popen(
        [sys.executable, "-c", SENDER, office.clock.now().isoformat()],
        env={**os.environ, **told}, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    try:
        assert [one.wait(LONG) for one in taken] == [True, True]
    finally:
        child.kill()
        assert child.wait(LONG) == -signal.SIGKILL
        released.set()
    post.on_data = receiver.on_call = None
    assert [row.state for row in office.deliveries()] == [DeliveryState.SENDING] * 2
    assert office.later(minutes=9) == 0  # its lease still runs
    assert office.later(minutes=1) == 2
    assert office.later(days=1) == 0
    assert len(post.mails) == len(receiver.calls) == 2
    assert len({mail["Message-ID"] for mail in post.mails}) == 1
    assert len({call.headers["Duban-Message-Id"] for call in receiver.calls}) == 1
    assert len({call.body for call in receiver.calls}) == 1
    with transaction(office.db, read_only=True) as session:
        log = select(DeliveryAttempt).order_by(DeliveryAttempt.number, DeliveryAttempt.delivery_id)
        assert [(row.outcome, row.may_repeat) for row in session.scalars(log)] == [
            *[(AttemptOutcome.UNKNOWN, False)] * 2,
            *[(AttemptOutcome.SENT, True)] * 2,
        ]
        again = records.attempts(session, Side(), Tries.REPEATED)
        assert {(attempt.channel, receiver.name) for attempt, _, receiver in again} == {
            ("email", "甲"),
            ("webhook", "平台"),
        }
        assert len(records.deliveries(session, Side(Channel.EMAIL), Show.REPEATED)) == 1


def test_a_mail_server_that_hangs_holds_up_nobody_else(
    office: Office, post: Post, receiver: Receiver
) -> None:
    hanging, released = threading.Event(), threading.Event()

    def hang() -> None:
        hanging.set()
        released.wait(LONG)

    post.on_data = hang
    office.settings = replace(office.settings, smtp_timeout_seconds=LONG)
    for _ in range(5):
        office.news()
        office.clock.move(minutes=1)
    office.clock.move(minutes=2)
    mails = threading.Thread(
        target=delivery.by(Channel.EMAIL), args=(office.db, office.clock, office.settings)
    )
    mails.start()
    try:
        assert hanging.wait(LONG)
        delivery.by(Channel.WEBHOOK)(office.db, office.clock, office.settings)
        assert mails.is_alive()
        ids = [row.mail_id for row in office.deliveries() if row.channel == Channel.WEBHOOK]
        assert [call.headers["Duban-Message-Id"] for call in receiver.calls] == ids
        assert len(ids) == 5
    finally:
        released.set()
        mails.join()
    assert len(post.mails) == 1


def test_a_dead_mail_server_rests_longer_and_longer_and_one_mail_shows_that_it_is_back(
    office: Office, post: Post
) -> None:
    office.settings = replace(office.settings, smtp_port=1, mail_attempts=20)
    office.news()
    assert office.later(minutes=3) == 2  # a mail in vain, and the webhook

    def mail_health() -> health.Health:
        with transaction(office.db, read_only=True) as session:
            return health.overview(session, office.settings, office.clock.now())[0]

    for minutes in (1, 2, 4, 8):
        assert mail_health().circuit is Circuit.OPEN
        assert office.later(seconds=60 * minutes - 1) == 0
        office.clock.move(seconds=1)
        assert mail_health().circuit is Circuit.PROBING
        assert office.later() == 1
    ill = mail_health()
    assert (ill.failures, ill.waiting, ill.parked) == (5, 1, 0)
    assert "ConnectionRefused" in (ill.last_error or "")
    assert ill.rests_until is not None
    assert (ill.rests_until - office.clock.now()).total_seconds() == 16 * 60
    assert ill.rates[Window.DAY].percent == 100.0
    with transaction(office.db) as session:
        assert failures.count_failed(session) == 1  # the badge of the administrator
    office.settings = replace(office.settings, smtp_port=post.port)
    assert office.later(minutes=16) == 1
    well = mail_health()
    assert (well.circuit, well.failures, well.waiting, well.last_error) == (Circuit.CLOSED, 0, 0, None)
    assert well.last_sent_at == office.clock.now()
    assert (well.rates[Window.WEEK].attempts, well.rates[Window.WEEK].failed) == (6, 5)
    with transaction(office.db) as session:
        assert failures.count_failed(session) == 0


def test_an_answer_that_is_lost_is_no_refusal_and_the_next_try_may_be_a_copy(
    office: Office, post: Post, receiver: Receiver
) -> None:
    post.hangs_up, receiver.answers = True, [(0, b"")]
    office.news()
    assert office.later(minutes=3) == 2
    post.hangs_up = False
    assert office.attempts() == [AttemptOutcome.UNKNOWN] * 2
    assert office.later(minutes=1) == 2
    assert (len(post.mails), len(receiver.calls)) == (2, 2)
    with transaction(office.db, read_only=True) as session:
        assert len(records.attempts(session, Side(), Tries.REPEATED)) == 2
        assert len(records.attempts(session, Side(Channel.WEBHOOK), Tries.FAILED)) == 1


def test_a_robot_whose_answers_are_lost_gets_two_copies_at_most(office: Office, receiver: Receiver) -> None:
    with transaction(office.db) as session:
        keeper = factories.make_person(
            office.ctx(session), factories.make_unit(office.ctx(session)), Role.SYSTEM_ADMIN
        )
        at = Context(session, keeper, office.clock, office.settings)
        endpoints.add(at, channel="wecom", name="群", url=receiver.url("/robot"))
    receiver.answers = [(200, b""), *[(0, b"")] * 9]
    office.news()
    for _ in range(6):
        office.later(hours=1)
    assert [call.path for call in receiver.calls].count("/robot") == 2
    with transaction(office.db, read_only=True) as session:
        assert len(records.deliveries(session, Side(Channel.WECOM), Show.FAILED)) == 1
