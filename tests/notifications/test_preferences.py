"""What people want to be told: topics by channel, quiet hours, the morning's digest."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from engine import audit, working_days
from engine.clock import SHANGHAI, FixedClock
from engine.db import transaction
from engine.errors import AccessDenied, InvalidInput
from engine.organisation.models import Person
from engine.settings import Settings
from notifications import digest, duties, messages, preferences
from notifications.models import Channel, Notification
from notifications.preferences import Wishes, quiet_until
from notifications.templates import NEWS, render
from notifications.topics import Topic, topic
from tests import factories
from tests.engine.campaigns.city import City
from tests.notifications.conftest import Office, Post, copied


@pytest.fixture
def office(template: Office, tmp_path: Path, clock: FixedClock, mail_settings: Settings) -> Iterator[Office]:
    with copied(template, tmp_path, clock, mail_settings) as office:
        with transaction(office.db) as session:
            session.get_one(Person, office.officers[0].person_id).email = "jia@yunshan.example"
        yield office


def wish(office: Office, language: str = "zh", **given: object) -> None:
    with transaction(office.db) as session:
        preferences.change(office.ctx(session, office.officers[0]), Wishes(**given), language)  # type: ignore[arg-type]


def at(clock: str) -> datetime:
    return datetime.combine(date(2026, 3, 2), time.fromisoformat(clock), SHANGHAI)


@pytest.mark.parametrize(
    ("start", "end", "now", "expected"),
    [
        ("22:00", "07:00", "21:59", None),
        ("22:00", "07:00", "22:00", datetime(2026, 3, 3, 7, 0, tzinfo=SHANGHAI)),
        ("22:00", "07:00", "00:00", datetime(2026, 3, 2, 7, 0, tzinfo=SHANGHAI)),
        ("22:00", "07:00", "06:59", datetime(2026, 3, 2, 7, 0, tzinfo=SHANGHAI)),
        ("22:00", "07:00", "07:00", None),
        ("12:00", "14:00", "13:00", datetime(2026, 3, 2, 14, 0, tzinfo=SHANGHAI)),
        ("12:00", "14:00", "14:00", None),
        (None, None, "03:00", None),
    ],
)
def test_quiet_hours(start: str | None, end: str | None, now: str, expected: datetime | None) -> None:
    hours = [time.fromisoformat(written) if written else None for written in (start, end)]
    assert quiet_until(Wishes(quiet_from=hours[0], quiet_until=hours[1]), at(now)) == expected


@pytest.mark.parametrize(
    ("wishes", "kind", "email", "sms"),
    [
        (Wishes(), "deadline.reminded", True, False),
        (Wishes(email_muted=frozenset({"time"})), "deadline.reminded", False, False),
        (Wishes(email_muted=frozenset({"time"})), "work_item.urged", False, False),
        (Wishes(email_muted=frozenset({"time"})), "work_item.assigned", True, False),
        (Wishes(sms_topics=frozenset({"review"})), "review.returned", True, True),
        (Wishes(digest=True, sms_topics=frozenset({"time"})), "deadline.reminded", False, False),
        (Wishes(digest=True, sms_topics=frozenset({"time"})), "deadline.passed", True, True),
        (Wishes(digest=True, email_muted=frozenset({"time"})), "digest.due", True, False),
    ],
)
def test_who_wants_what(wishes: Wishes, kind: str, email: bool, sms: bool) -> None:
    assert (wishes.wants(Channel.EMAIL, kind), wishes.wants(Channel.SMS, kind)) == (email, sms)


def test_every_kind_of_news_has_a_topic() -> None:
    assert {topic(kind) for kind in NEWS} == set(Topic)
    assert topic("something.new") is Topic.OTHER


def test_what_is_muted_stays_on_the_site(office: Office, post: Post) -> None:
    wish(office, email_muted=frozenset({"duty"}))
    office.news()
    assert office.deliveries() == []
    with transaction(office.db) as session:
        assert messages.unread_count(session, office.officers[0].person_id or 0) == 1


def test_mails_wait_for_the_morning(office: Office, post: Post) -> None:
    wish(office, quiet_from=time(8), quiet_until=time(18, 30))
    office.news()
    assert office.later(minutes=3) == 0  # 9:03
    assert office.later(hours=9) == 0
    assert office.deliveries()[0].attempts == 0
    office.clock.move_to(datetime(2026, 3, 2, 18, 30, tzinfo=SHANGHAI))
    assert office.later() == 1
    assert len(post.mails) == 1


def test_the_night_passes_midnight(office: Office, post: Post) -> None:
    wish(office, quiet_from=time(22), quiet_until=time(7))
    office.clock.move_to(datetime(2026, 3, 2, 21, 58, 30, tzinfo=SHANGHAI))
    office.news()
    assert office.later(minutes=2) == 0  # 22:00:30
    assert office.later(hours=2) == 0
    assert office.later(hours=6, minutes=59) == 0  # 6:59:30
    assert office.deliveries()[0].due_at == datetime(2026, 3, 3, 7, 0, tzinfo=SHANGHAI)
    assert office.later(seconds=30) == 1
    assert len(post.mails) == 1


def test_who_has_no_channel_finds_everything_on_the_site(office: Office, post: Post) -> None:
    """Nothing is made that could never be sent."""
    wish(office, digest=True, sms_topics=frozenset(Topic))
    with transaction(office.db) as session:
        person = session.get_one(Person, office.officers[0].person_id)
        person.email = person.phone = None
    office.settings = replace(office.settings, sms_url="http://127.0.0.1:1/")
    office.news(2)
    assert office.deliveries() == []
    with transaction(office.db) as session:
        assert messages.unread_count(session, office.officers[0].person_id or 0) == 2


def test_the_language_is_that_of_the_messages(office: Office, post: Post) -> None:
    wish(office, "en")
    office.news()
    office.later(minutes=3)
    assert post.mails[0]["Content-Language"] == "en"


@pytest.mark.parametrize(
    ("field", "language", "given"),
    [
        ("language", "fr", {}),
        ("topics", "zh", {"sms_topics": frozenset({"gossip"})}),
        ("quiet_until", "zh", {"quiet_from": time(22)}),
        ("quiet_until", "zh", {"quiet_from": time(22), "quiet_until": time(22)}),
    ],
)
def test_what_cannot_be_wished(office: Office, field: str, language: str, given: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as wrong:
        wish(office, language, **given)
    assert wrong.value.field == field


def test_a_change_is_recorded_and_ones_own(office: Office) -> None:
    wish(office, digest=True)
    wish(office, digest=False)
    person_id = office.officers[0].person_id
    with transaction(office.db) as session:
        assert not preferences.mine(office.ctx(session, office.officers[0])).digest
        history = audit.history(session, f"person:{person_id}", limit=9)
        assert [entry.action for entry in history] == ["preferences.changed"] * 2
        nobody = factories.make_person(office.ctx(session))
        with pytest.raises(AccessDenied):
            preferences.change(office.ctx(session, nobody), Wishes(), "zh")


def test_the_digest_comes_once_on_a_working_morning(
    sqlite_db: Engine, clock: FixedClock, settings: Settings
) -> None:
    city = City(sqlite_db, clock, settings)
    item = city.begun()
    head = city.bureau.head
    city.act(head, preferences.change, Wishes(digest=True), "zh")

    def morning(of: date, minute: int = 30) -> list[str]:
        """Titles of all digests so far, after two looks at the time."""
        clock.move_to(datetime.combine(of, time(8, minute), SHANGHAI))
        for _ in range(2):
            digest.send_due(sqlite_db, clock, settings)
        with transaction(sqlite_db) as session:
            query = (
                select(Notification).where(Notification.kind == preferences.DIGEST).order_by(Notification.id)
            )
            return [render(row.kind, row.params, "zh").title for row in session.scalars(query)]

    with transaction(sqlite_db) as session:
        owed = duties.owed_by(session, head.person_id or 0, date(2026, 3, 2), since=None, until=None)
        assert {one.deadline.unit_id for one in owed} == {item.unit_id}
        assert {one.named["number"] for one in owed} == {item.number}
        assert (
            duties.owed_by(session, city.lead.head.person_id or 0, date(2026, 3, 2), since=None, until=None)
            == []
        )
        calendar = working_days.load(session)
    due_on = owed[0].deadline.due_on
    first = next(on for n in range(7, -1, -1) if calendar.is_workday(on := due_on - timedelta(days=n)))
    rest = next(on for n in range(1, 9) if not calendar.is_workday(on := first + timedelta(days=n)))
    assert morning(first - timedelta(days=30)) == []
    assert morning(first, 29) == []
    titles = morning(first)
    assert len(titles) == 1
    assert titles[0].startswith("今后7天内有")
    before = len(morning(rest - timedelta(days=1)))
    assert len(morning(rest)) == before
