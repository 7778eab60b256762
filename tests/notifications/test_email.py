"""Mails over a real SMTP server: gathered, retried, given up, never doubled beyond what SMTP makes unavoidable."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from engine import audit
from engine.clock import FixedClock
from engine.context import Role
from engine.db import make_engine, transaction
from engine.errors import AccessDenied, RuleViolation
from engine.organisation.models import Person
from engine.settings import Settings
from notifications import circuits, delivery, failures, messages
from notifications.channels import email
from notifications.channels.email import Mail, Piece, Refused
from notifications.models import AttemptOutcome, DeliveryState
from tests import factories
from tests.notifications.conftest import Office, Post, build_office


def test_much_news_makes_one_mail_after_a_while(office: Office, post: Post) -> None:
    office.news(2)
    assert office.later(seconds=60) == 0
    office.news(1)
    assert post.mails == []
    assert office.later(seconds=60) == 1
    (mail,) = post.mails
    assert mail["Subject"] == "【督办】您有 3 条新消息"
    assert str(mail["To"]) == "张三 <zhangsan@yunshan.example>"
    assert mail["Message-ID"].startswith("<")
    assert mail["Message-ID"].endswith("@yunshan.example>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    plain, rich = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert rich is not None
    for part in (plain.get_content(), rich.get_content()):
        assert part.count("专项行动“秋季专项行动”已全部办结") == 3
        assert f"http://duban.yunshan.example/campaigns/{office.campaign_id}" in part
    assert [d.state for d in office.deliveries()] == [DeliveryState.SENT]
    assert office.later(days=1) == 0


def test_news_after_the_mail_has_gone_makes_another(office: Office, post: Post) -> None:
    office.news()
    office.later(minutes=3)
    office.news()
    office.later(minutes=3)
    assert len(post.mails) == 2
    assert post.mails[0]["Message-ID"] != post.mails[1]["Message-ID"]
    assert post.mails[0]["Subject"] == "【督办】专项行动“秋季专项行动”已全部办结"


def test_each_person_gets_an_own_mail_in_their_language(
    any_db: Engine, clock: FixedClock, mail_settings: Settings, post: Post
) -> None:
    office = build_office(
        any_db,
        clock,
        mail_settings,
        {"name": "张三", "email": "zhangsan@yunshan.example"},
        {"name": "Li Si", "email": "lisi@yunshan.example", "language": "en"},
        {"name": "王五"},
    )
    office.news(2)
    assert office.later(minutes=3) == 2
    by_person = {str(mail["To"]): mail for mail in post.mails}
    assert {to: mail["Content-Language"] for to, mail in by_person.items()} == {
        "张三 <zhangsan@yunshan.example>": "zh-CN",
        "Li Si <lisi@yunshan.example>": "en",
    }
    told = [office.officers[n].person_id for n in range(3)]
    with transaction(any_db, read_only=True) as session:
        assert [messages.unread_count(session, id) for id in told if id] == [2, 2, 2]


@pytest.mark.parametrize("where", ["rcpt_answers", "data_answers"])
def test_try_later_is_tried_later_with_the_same_mail(office: Office, post: Post, where: str) -> None:
    setattr(post, where, ["451 4.7.1 greylisted", "421 4.3.2 busy"])
    office.news(2)
    assert office.later(minutes=3) == 1
    (waiting,) = office.deliveries()
    assert waiting.state == DeliveryState.WAITING
    assert "451" in (waiting.last_error or "")
    assert office.later(seconds=59) == 0
    office.news(1)  # does not change a mail that has been tried
    assert office.later(seconds=1) == 1
    assert office.later(seconds=119) >= 0
    assert office.later(seconds=1) == 1
    first = next(d for d in office.deliveries() if d.id == waiting.id)
    assert first.state == DeliveryState.SENT
    mail = next(m for m in post.mails if m["Message-ID"] == f"<{waiting.mail_id}@yunshan.example>")
    assert "2 条" in mail["Subject"]


def test_after_so_many_failures_an_administrator_sees_it_and_can_begin_again(
    office: Office, post: Post
) -> None:
    post.data_answers = ["452 4.2.2 mailbox full"] * 3
    office.news()
    for _ in range(5):
        office.later(hours=1)
    (row,) = office.deliveries()
    assert row.state == DeliveryState.FAILED
    assert office.attempts() == [AttemptOutcome.DEFERRED] * 3
    assert post.mails == []
    with transaction(office.db) as session:
        ctx = office.ctx(session)
        ((failed, person),) = failures.failed_deliveries(session)
        assert (failed.id, person.name) == (row.id, "张三")
        assert "452" in (failed.last_error or "")
        assert [a.detail[:3] for a in failures.attempts_of(session, row.id)] == ["452"] * 3
        admin = factories.make_person(ctx, factories.make_unit(ctx), Role.SYSTEM_ADMIN)
    with pytest.raises(AccessDenied), transaction(office.db) as session:
        failures.retry_delivery(office.ctx(session, office.officers[0]), row.id)
    with transaction(office.db) as session:
        failures.retry_delivery(office.ctx(session, admin), row.id)
        assert [e.action for e in audit.history(session, "notifications", limit=9)] == ["delivery.retried"]
    with pytest.raises(RuleViolation), transaction(office.db) as session:
        failures.retry_delivery(office.ctx(session, admin), row.id)
    assert office.later() == 1
    assert len(post.mails) == 1


@pytest.mark.parametrize(
    ("where", "answer"), [("rcpt_answers", "550 5.1.1 no such user"), ("data_answers", "554 5.7.1 spam")]
)
def test_a_refusal_for_good_is_not_repeated(office: Office, post: Post, where: str, answer: str) -> None:
    setattr(post, where, [answer])
    office.news()
    assert office.later(minutes=3) == 1
    (row,) = office.deliveries()
    assert row.state == DeliveryState.FAILED
    assert answer.split()[0] in (row.last_error or "")
    assert office.later(days=1) == 0


def test_an_unreachable_server_costs_one_attempt_a_run(
    any_db: Engine, clock: FixedClock, mail_settings: Settings, post: Post
) -> None:
    office = build_office(
        any_db, clock, mail_settings, *({"email": f"p{n}@yunshan.example"} for n in range(3))
    )
    office.settings = replace(mail_settings, smtp_port=1)
    office.news()
    assert office.later(minutes=3) == 1
    assert sorted(d.state for d in office.deliveries()) == ["gathering", "gathering", "waiting"]
    office.settings = mail_settings
    assert office.later(minutes=1) == 3
    assert len(post.mails) == 3


def test_a_crash_between_sending_and_recording_repeats_the_same_mail_once(office: Office, post: Post) -> None:
    office.news()
    office.clock.move(minutes=3)
    claim = delivery._claim(office.db, office.clock, office.settings)
    assert claim is not None
    email.send(office.settings, email.compose(office.settings, claim.mail))
    # the process dies here; another one looks
    assert office.later(minutes=1) == 0
    assert office.later(minutes=9) == 1
    assert office.later(days=1) == 0
    first, second = post.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert (
        first.as_string().replace("\r", "").splitlines()[:6]
        == (second.as_string().replace("\r", "").splitlines()[:6])
    )
    assert office.attempts() == [AttemptOutcome.UNKNOWN, AttemptOutcome.SENT]


def test_a_sender_that_comes_back_late_does_not_disturb_the_next(office: Office, post: Post) -> None:
    office.news()
    office.clock.move(minutes=3)
    slow = delivery._claim(office.db, office.clock, office.settings)
    office.clock.move(minutes=10)
    quick = delivery._claim(office.db, office.clock, office.settings)
    assert slow is not None
    assert quick is not None
    delivery._record(office.db, office.clock, office.settings, slow, AttemptOutcome.DEFERRED, "timed out")
    assert office.deliveries()[0].state == DeliveryState.SENDING
    delivery._record(office.db, office.clock, office.settings, quick, AttemptOutcome.SENT, "250")
    assert office.deliveries()[0].state == DeliveryState.SENT
    assert office.attempts() == [AttemptOutcome.DEFERRED, AttemptOutcome.SENT]


def test_a_sender_that_dies_every_time_is_given_up(office: Office) -> None:
    office.news()
    office.clock.move(minutes=3)
    for _ in range(3):
        assert delivery._claim(office.db, office.clock, office.settings) is not None
        office.clock.move(minutes=10)
    assert delivery._claim(office.db, office.clock, office.settings) is None
    assert office.deliveries()[0].state == DeliveryState.FAILED


def test_what_was_read_on_the_site_is_not_mailed(office: Office, post: Post) -> None:
    office.news(2)
    (officer,) = office.officers
    assert officer.person_id
    with transaction(office.db) as session:
        newest = messages.list_for(session, officer.person_id)[0]
        assert messages.mark_read(office.ctx(session, officer), [newest.id]) == 1
    office.later(minutes=3)
    assert post.mails[0]["Subject"] == "【督办】专项行动“秋季专项行动”已全部办结"
    office.news(1)
    with transaction(office.db) as session:
        assert messages.mark_read(office.ctx(session, officer)) == 2
    assert office.later(minutes=3) == 0
    assert [d.state for d in office.deliveries()] == [DeliveryState.SENT, DeliveryState.DROPPED]


def test_without_a_mail_server_nothing_waits_to_be_mailed(office: Office) -> None:
    office.settings = replace(office.settings, smtp_host="")
    office.news()
    assert office.deliveries() == []


def test_an_address_that_is_none_is_given_up_and_holds_nobody_up(
    any_db: Engine, clock: FixedClock, mail_settings: Settings, post: Post
) -> None:
    office = build_office(
        any_db, clock, mail_settings, {"email": "good1@yunshan.example"}, {"email": "good2@yunshan.example"}
    )
    with transaction(any_db) as session:
        session.get_one(Person, office.officers[0].person_id).email = "no address\r\nBcc: all@yunshan.example"
    office.news()
    assert office.later(minutes=3) == 2
    assert sorted(d.state for d in office.deliveries()) == ["failed", "sent"]
    assert [str(m["To"].addresses[0].addr_spec) for m in post.mails] == ["good2@yunshan.example"]


def test_nothing_typed_by_a_person_reaches_headers_or_markup(
    mail_settings: Settings, clock: FixedClock
) -> None:
    piece = Piece("标题\r\nBcc: a@b.c <script>", "理由：<b>", "http://x/?a=1&b=2", clock.now())
    mail = Mail("id-1", "张\n三", "a@yunshan.example", "zh", clock.now(), [piece])
    message = email.compose(mail_settings, mail)
    assert message["Bcc"] is None
    assert message["Subject"] == "【督办】标题 Bcc: a@b.c <script>"
    rich = message.get_body(("html",))
    assert rich is not None
    assert "<script>" not in rich.get_content()
    assert "理由：&lt;b&gt;" in rich.get_content()
    with pytest.raises(Refused):
        email.compose(mail_settings, replace(mail, address="x"))


def test_no_transaction_is_open_while_bytes_move(
    db: Engine, clock: FixedClock, mail_settings: Settings, post: Post
) -> None:
    office = build_office(db, clock, mail_settings, {"email": "a@yunshan.example"})
    office.news()
    seen: list[int] = []
    watcher = make_engine(db.url.render_as_string(hide_password=False))

    def look() -> None:
        with watcher.connect() as connection:
            seen.append(
                connection.execute(
                    text(
                        "select count(*) from pg_stat_activity where datname = current_database()"
                        " and pid <> pg_backend_pid() and xact_start is not null"
                    )
                ).scalar_one()
            )

    post.on_data = look
    office.later(minutes=3)
    watcher.dispose()
    assert seen == [0]


def test_two_senders_at_once_send_each_mail_once(
    db: Engine, clock: FixedClock, mail_settings: Settings, post: Post
) -> None:
    office = build_office(db, clock, mail_settings, *({"email": f"p{n}@yunshan.example"} for n in range(12)))
    office.news()
    clock.move(minutes=3)
    tried: list[int] = []
    senders = [
        threading.Thread(target=lambda: tried.append(delivery.deliver_due(db, clock, mail_settings)))
        for _ in range(3)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sum(tried) == 12
    assert len({mail["Message-ID"] for mail in post.mails}) == len(post.mails) == 12


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 1), (2, 2), (3, 4), (8, 128), (9, 240), (50, 240)])
def test_pauses_grow(attempts: int, minutes: int) -> None:
    assert circuits.pause(attempts) == timedelta(minutes=minutes)
