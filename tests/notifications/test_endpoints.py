"""Webhooks, group robots and short messages over real HTTP: signed, repeated with the same id, a dead one alone."""

import hashlib
import hmac
import json
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine, select

from engine import audit, outbox
from engine.clock import FixedClock
from engine.context import Actor, Context, Role
from engine.db import transaction
from engine.errors import AccessDenied, InvalidInput, RuleViolation
from engine.settings import Settings
from notifications import circuits, delivery, endpoints, failures
from notifications.channels import group_text, robots, sms, webhook
from notifications.channels.content import Mail, Piece
from notifications.models import AttemptOutcome, Channel, DeliveryState, Endpoint, Preference
from notifications.topics import Topic
from tests import factories
from tests.notifications.conftest import Office, build_office, copied
from tests.notifications.receiver import Receiver, listening

SECRET = "0123456789abcdef-secret"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as found:
        yield found


@pytest.fixture
def plain(settings: Settings) -> Settings:
    return replace(
        settings,
        base_url="http://duban.yunshan.example",
        mail_gather_seconds=120,
        mail_attempts=3,
        http_timeout_seconds=5,
    )


@pytest.fixture
def quiet(template: Office, tmp_path: Path, clock: FixedClock, plain: Settings) -> Iterator[Office]:
    """One officer with a telephone, no mail server; a copy of the template, on SQLite."""
    with copied(template, tmp_path, clock, plain) as office:
        yield office


def keeper(office: Office) -> Actor:
    with transaction(office.db) as session:
        ctx = office.ctx(session)
        return factories.make_person(ctx, factories.make_unit(ctx), Role.SYSTEM_ADMIN)


def act(office: Office, verb: Callable[[Context], Any], actor: Actor | None = None) -> Any:
    by = actor or keeper(office)
    with transaction(office.db) as session:
        return verb(office.ctx(session, by))


def add(office: Office, channel: str, url: str, **other: Any) -> int:
    row, _ = act(office, lambda ctx: endpoints.add(ctx, channel=channel, name="机器人", url=url, **other))
    found: int = row.id
    return found


def row_of(office: Office, id: int) -> Endpoint:
    with transaction(office.db) as session:
        return session.get_one(Endpoint, id)


def test_a_webhook_is_signed_and_says_what_happened(quiet: Office, receiver: Receiver) -> None:
    add(quiet, "webhook", receiver.url("/in?x=1"), secret=SECRET)
    quiet.news()
    assert quiet.later() == 1
    (call,) = receiver.calls
    told = json.loads(call.body)
    assert told["event"] == call.headers["Duban-Event"] == "campaign.closed"
    assert told["id"] == call.headers["Duban-Message-Id"] == quiet.deliveries()[0].mail_id
    assert told["subject"] == {"type": "campaign", "id": quiet.campaign_id}
    assert told["title"] == "专项行动“秋季专项行动”已全部办结"
    assert told["url"] == f"http://duban.yunshan.example/campaigns/{quiet.campaign_id}"
    timestamp = call.headers["Duban-Timestamp"]
    assert int(timestamp) == int(quiet.clock.now().timestamp())
    expected = hmac.new(SECRET.encode(), timestamp.encode() + b"." + call.body, hashlib.sha256).hexdigest()
    assert call.headers["Duban-Signature"] == f"v1={expected}"
    assert call.path == "/in?x=1"
    assert [d.state for d in quiet.deliveries()] == [DeliveryState.SENT]


def test_the_example_of_the_documents_verifies(quiet: Office, receiver: Receiver) -> None:
    """The code that receivers copy is run here as it stands."""
    page = (Path(__file__).parents[2] / "docs/webhooks.md").read_text()
    code = page.partition("```python\n")[2].partition("```")[0]
    example: dict[str, Any] = {}
    exec(code, example)
    add(quiet, "webhook", receiver.url(), secret=SECRET)
    quiet.news()
    quiet.later()
    (call,) = receiver.calls
    now, seen = quiet.clock.now().timestamp(), set[str]()
    verify = example["verify"]
    assert verify(SECRET, call.headers, call.body, seen, now)["event"] == "campaign.closed"
    assert verify(SECRET, call.headers, call.body, seen, now) is None  # the second copy
    for secret, body, at in [
        (SECRET, call.body + b" ", now),
        ("another", call.body, now),
        (SECRET, call.body, now + 301),
    ]:
        with pytest.raises(ValueError):
            verify(secret, call.headers, body, set(), at)


def test_a_webhook_that_fails_is_called_again_with_the_same_id_and_a_new_time(
    quiet: Office, receiver: Receiver
) -> None:
    id = add(quiet, "webhook", receiver.url(), secret=SECRET)
    receiver.answers = [(503, b"busy"), (503, b"busy")]
    quiet.news()
    assert quiet.later() == 1
    assert row_of(quiet, id).failures == 1
    assert quiet.later(seconds=59) == 0
    assert quiet.later(seconds=1) == 1
    assert quiet.later(minutes=2) == 1
    assert row_of(quiet, id).failures == 0
    assert len({call.headers["Duban-Message-Id"] for call in receiver.calls}) == 1
    assert len({call.body for call in receiver.calls}) == 1
    assert len({call.headers["Duban-Timestamp"] for call in receiver.calls}) == 3
    assert quiet.attempts() == [AttemptOutcome.DEFERRED, AttemptOutcome.DEFERRED, AttemptOutcome.SENT]


def test_a_dead_endpoint_rests_and_holds_up_no_other(quiet: Office, receiver: Receiver) -> None:
    dead = add(quiet, "webhook", "http://127.0.0.1:1/", secret=SECRET)
    alive = add(quiet, "webhook", receiver.url(), secret=SECRET)
    quiet.news(5)
    assert quiet.later() == 6  # five to the living one, a single try of the dead one
    assert len(receiver.calls) == 5
    assert row_of(quiet, dead).rests_until == quiet.clock.now() + circuits.pause(1)
    assert row_of(quiet, alive).last_sent_at == quiet.clock.now()
    for minutes in (1, 2, 4, 8):
        assert quiet.later(minutes=minutes) == 1
    with transaction(quiet.db) as session:
        assert endpoints.count_failing(session) == 1
        assert failures.count_failed(session) == 1
        health = {one.endpoint.id: one for one in endpoints.overview(session)}
    assert (health[dead].waiting, health[alive].waiting) == (5, 0)
    assert health[dead].is_failing


def test_what_an_endpoint_gave_up_begins_again_together(quiet: Office, receiver: Receiver) -> None:
    id = add(quiet, "webhook", receiver.url(), secret=SECRET)
    receiver.answers = [(400, b"no"), (422, b"never")]
    quiet.news(2)
    assert quiet.later() == 2
    with transaction(quiet.db) as session:
        ((row, to), _) = failures.failed_deliveries(session)
        assert (to.name, to.address) == ("机器人", f"http://127.0.0.1:{receiver.port}")
        assert row.last_error == "422 never"
    assert act(quiet, lambda ctx: endpoints.retry_failed(ctx, id)) == 2
    assert quiet.later() == 2
    assert [d.state for d in quiet.deliveries()] == [DeliveryState.SENT] * 2


def test_topics_and_units_narrow_what_an_endpoint_is_told(quiet: Office, receiver: Receiver) -> None:
    with transaction(quiet.db) as session:
        other = factories.make_unit(quiet.ctx(session)).id
    add(quiet, "webhook", receiver.url("/all"), secret=SECRET)
    add(quiet, "webhook", receiver.url("/inspection"), secret=SECRET, topics=[Topic.INSPECTION])
    add(quiet, "webhook", receiver.url("/other"), secret=SECRET, unit_id=other)
    quiet.news()
    quiet.later()
    assert [call.path for call in receiver.calls] == ["/all"]


def test_wecom_gathers_into_one_text(quiet: Office, receiver: Receiver) -> None:
    add(quiet, "wecom", receiver.url("/cgi-bin/webhook/send?key=abc"))
    quiet.news(2)
    assert quiet.later(seconds=119) == 0
    assert quiet.later(seconds=1) == 1
    (call,) = receiver.calls
    sent = json.loads(call.body)
    assert sent["msgtype"] == "text"
    assert sent["text"]["content"].count("专项行动“秋季专项行动”已全部办结") == 2
    assert f"（消息编号 {quiet.deliveries()[0].mail_id[:8]}）" in sent["text"]["content"]
    assert call.path == "/cgi-bin/webhook/send?key=abc"


def test_dingtalk_signs_the_address(quiet: Office, receiver: Receiver) -> None:
    add(quiet, "dingtalk", receiver.url("/robot/send?access_token=t"), secret="SECabc")
    quiet.news()
    quiet.later(minutes=2)
    (call,) = receiver.calls
    asked = {name: value for name, (value,) in parse_qs(urlsplit(call.path).query).items()}
    assert asked["access_token"] == "t"
    assert asked["timestamp"] == str(int(quiet.clock.now().timestamp() * 1000))
    assert asked["sign"] == robots.dingtalk_sign("SECabc", asked["timestamp"])


def test_the_dingtalk_signature_is_the_one_of_its_rules() -> None:
    """HMAC-SHA256 of "timestamp\\nsecret" with the secret, Base64: worked out with openssl dgst."""
    assert robots.dingtalk_sign("SECabc", "1577262236757") == "I5TKCOTTj6fad4sJ4q9RsIffw0PAChVQZQGTdtRbNEQ="


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (b'{"errcode":45009,"errmsg":"api freq out of limit"}', DeliveryState.WAITING),
        (b'{"errcode":310000,"errmsg":"sign not match"}', DeliveryState.WAITING),
        (b'{"errcode":40058,"errmsg":"invalid request"}', DeliveryState.FAILED),
        (b"<html>ok</html>", DeliveryState.WAITING),
        (b'{"errcode":0}', DeliveryState.SENT),
    ],
)
def test_a_robots_verdict_counts_not_the_http_status(
    quiet: Office, receiver: Receiver, answer: bytes, state: str
) -> None:
    add(quiet, "wecom", receiver.url("/send?key=k"))
    receiver.answers = [(200, answer)]
    quiet.news()
    quiet.later(minutes=2)
    assert [d.state for d in quiet.deliveries()] == [state]


def test_robots_say_nothing_that_was_meant_for_one_person(quiet: Office, receiver: Receiver) -> None:
    add(quiet, "wecom", receiver.url("/robot"))
    add(quiet, "webhook", receiver.url("/hook"), secret=SECRET)
    person = quiet.officers[0].person_id
    with transaction(quiet.db) as session:
        outbox.publish(
            quiet.ctx(session), "check.assigned", ("campaign", quiet.campaign_id), person_id=person
        )
    delivery.dispatch(quiet.db, quiet.clock, quiet.settings)
    quiet.later(minutes=2)
    assert [call.path for call in receiver.calls] == ["/hook"]


def test_texts_fit_what_a_robot_takes(clock: FixedClock) -> None:
    piece = Piece("很长的标题" * 60, "", "http://x/1", clock.now(), unit="市司法局")
    mail = Mail("0a1b2c3d-x", "群", "", "zh", clock.now(), [piece] * 5)
    text = group_text.compose(mail, robots.WECOM_LONGEST)
    assert len(text.encode()) <= robots.WECOM_LONGEST
    assert "[市司法局] 很长的标题" in text
    assert "另有 3 条，请登录督办系统查看。" in text
    assert text.endswith("（消息编号 0a1b2c3d）")
    alone = group_text.compose(replace(mail, pieces=[replace(piece, title="长" * 9000)]), 2048)
    assert "另有 1 条" in alone


def sms_office(quiet: Office, receiver: Receiver, *topics: str) -> None:
    quiet.settings = replace(quiet.settings, sms_url=receiver.url("/sms"), sms_token="t0ken-t0ken")
    with transaction(quiet.db) as session:
        session.add(
            Preference(
                person_id=quiet.officers[0].person_id, email_muted=[], sms_topics=list(topics), digest=False
            )
        )


def test_a_short_message_goes_to_those_who_want_them(quiet: Office, receiver: Receiver) -> None:
    sms_office(quiet, receiver, "duty")
    quiet.news()
    assert quiet.later(minutes=2) == 1
    (call,) = receiver.calls
    assert call.headers["Authorization"] == "Bearer t0ken-t0ken"
    assert json.loads(call.body) == {
        "id": quiet.deliveries()[0].mail_id,
        "phone": "13800000001",
        "text": "【督办中心】专项行动“秋季专项行动”已全部办结",
    }


def test_nobody_gets_short_messages_unasked(quiet: Office, receiver: Receiver) -> None:
    quiet.settings = replace(quiet.settings, sms_url=receiver.url("/sms"))
    quiet.news()
    assert quiet.deliveries() == []


def test_an_unreachable_gateway_ends_the_run_and_a_bad_number_does_not(
    quiet: Office, receiver: Receiver, clock: FixedClock
) -> None:
    mail = Mail("id", "甲", "no number", "zh", clock.now(), [Piece("a", "", "", clock.now())])
    with pytest.raises(sms.Refused):
        sms.send(quiet.settings, mail)
    two = replace(mail, pieces=mail.pieces * 2)
    assert sms.text(quiet.settings, two) == "【督办中心】您有 2 条新消息，请登录督办系统查看"
    long = replace(mail, pieces=[Piece("长" * 999, "", "", clock.now())])
    assert len(sms.text(quiet.settings, long)) == sms.LONGEST


@pytest.mark.parametrize("channel", ["webhook", "wecom"])
def test_a_crash_is_noted_and_repeated_once(quiet: Office, receiver: Receiver, channel: str) -> None:
    add(quiet, channel, receiver.url(), secret=SECRET)
    quiet.news()
    quiet.clock.move(minutes=2)
    claim = delivery._claim(quiet.db, quiet.clock, quiet.settings, Channel(channel))
    assert claim is not None
    delivery._hand_over(quiet.settings, claim, quiet.clock.now())
    # the process dies here; another one looks
    assert quiet.later(minutes=9) == 0
    assert quiet.later(minutes=1) == 1
    assert quiet.later(days=1) == 0
    assert len(receiver.calls) == 2
    assert len({call.body for call in receiver.calls}) == 1
    assert quiet.attempts() == [AttemptOutcome.UNKNOWN, AttemptOutcome.SENT]


@pytest.mark.parametrize(("channel", "copies"), [("webhook", 3), ("wecom", 2)])
def test_who_cannot_tell_copies_gets_two_at_most(
    quiet: Office, receiver: Receiver, channel: str, copies: int
) -> None:
    add(quiet, channel, receiver.url(), secret=SECRET)
    quiet.news()
    quiet.clock.move(minutes=2)
    while claim := delivery._claim(quiet.db, quiet.clock, quiet.settings, Channel(channel)):
        delivery._hand_over(quiet.settings, claim, quiet.clock.now())
        quiet.clock.move(minutes=10)
    assert len(receiver.calls) == copies
    assert [d.state for d in quiet.deliveries()] == [DeliveryState.FAILED]


def test_only_system_administrators_set_endpoints(quiet: Office) -> None:
    id = add(quiet, "webhook", "https://hooks.example/x")
    (officer,) = quiet.officers
    verbs: list[Callable[[Context], Any]] = [
        lambda ctx: endpoints.add(ctx, channel="webhook", name="x", url="https://hooks.example/x"),
        lambda ctx: endpoints.stop(ctx, id),
        lambda ctx: endpoints.resume(ctx, id),
        lambda ctx: endpoints.send_trial(ctx, id),
        lambda ctx: endpoints.retry_failed(ctx, id),
    ]
    for verb in verbs:
        with pytest.raises(AccessDenied):
            act(quiet, verb, officer)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("url", {"url": "http://intranet.example/x"}),
        ("url", {"url": "https://x/" + "a" * 1000}),
        ("name", {"name": " "}),
        ("channel", {"channel": "email"}),
        ("topics", {"topics": ["unheard of"]}),
        ("secret", {"secret": "short"}),
        ("secret", {"secret": "密" * 20}),
        ("language", {"language": "fr"}),
        ("unit_id", {"unit_id": 987_654}),
    ],
)
def test_what_cannot_be_an_endpoint(quiet: Office, field: str, given: dict[str, Any]) -> None:
    whole = {"channel": "webhook", "name": "x", "url": "https://hooks.example/x", **given}
    with pytest.raises(InvalidInput) as wrong:
        act(quiet, lambda ctx: endpoints.add(ctx, **whole))
    assert wrong.value.field == field


def test_address_and_secret_stand_nowhere_in_the_clear(
    quiet: Office, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    id = add(
        quiet, "dingtalk", receiver.url("/robot/send?access_token=t0pSecretToken"), secret="SECabcdef123"
    )
    receiver.answers = [(500, b"failed: access_token=t0pSecretToken SECabcdef123")]
    quiet.news()
    quiet.later(minutes=2)
    with transaction(quiet.db) as session:
        row = session.get_one(Endpoint, id)
        told = [entry.detail for entry in audit.history(session, "notifications", limit=9)]
        attempts = [a.detail for a in failures.attempts_of(session, quiet.deliveries()[0].id)]
        columns = {c.key: getattr(row, c.key) for c in Endpoint.__table__.columns}
    everything = repr((columns, told, attempts, caplog.text, row))
    assert "500 failed: *** ***" in everything
    for secret in ("t0pSecretToken", "SECabcdef123"):
        assert secret not in everything


def test_a_webhook_without_a_secret_gets_one_once(quiet: Office, receiver: Receiver) -> None:
    row, made = act(quiet, lambda ctx: endpoints.add(ctx, channel="webhook", name="x", url=receiver.url()))
    assert made
    assert len(made) >= 32
    act(quiet, lambda ctx: endpoints.send_trial(ctx, row.id))
    assert quiet.later() == 1
    (call,) = receiver.calls
    assert json.loads(call.body)["title"] == "测试消息：督办系统可以向“x”推送"
    assert call.headers["Duban-Signature"] == webhook.sign(made, call.headers["Duban-Timestamp"], call.body)


def test_another_key_says_that_the_secret_is_to_be_entered_anew(quiet: Office, receiver: Receiver) -> None:
    id = add(quiet, "webhook", receiver.url(), secret=SECRET)
    quiet.settings = replace(quiet.settings, secret_key="another")
    quiet.news()
    quiet.later()
    assert receiver.calls == []
    assert "enter it anew" in (row_of(quiet, id).last_error or "")
    quiet.settings = replace(quiet.settings, secret_key="")
    with pytest.raises(RuleViolation):
        add(quiet, "webhook", receiver.url(), secret=SECRET)


def test_a_stopped_endpoint_is_told_nothing(quiet: Office, receiver: Receiver) -> None:
    id = add(quiet, "webhook", receiver.url(), secret=SECRET)
    quiet.news()
    act(quiet, lambda ctx: endpoints.stop(ctx, id))
    quiet.news()
    assert quiet.later() == 0
    assert [d.state for d in quiet.deliveries()] == [DeliveryState.DROPPED]
    with pytest.raises(RuleViolation):
        act(quiet, lambda ctx: endpoints.send_trial(ctx, id))
    act(quiet, lambda ctx: endpoints.resume(ctx, id))
    quiet.news()
    assert quiet.later() == 1
    with transaction(quiet.db) as session:
        acts = [entry.action for entry in audit.history(session, "notifications", limit=9)]
    assert acts == ["endpoint.resumed", "endpoint.stopped", "endpoint.added"]


def test_two_senders_call_each_webhook_once(
    db: Engine, clock: FixedClock, plain: Settings, receiver: Receiver
) -> None:
    office = build_office(db, clock, plain, {"name": "甲"})
    add(office, "webhook", receiver.url(), secret=SECRET)
    add(office, "wecom", receiver.url("/robot"))
    office.news(8)
    clock.move(minutes=2)
    tried: list[int] = []
    senders = [
        threading.Thread(target=lambda: tried.append(delivery.deliver_due(db, clock, plain)))
        for _ in range(3)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sum(tried) == len(receiver.calls) == 9
    with transaction(db) as session:
        assert session.scalars(select(Endpoint.failures)).all() == [0, 0]
