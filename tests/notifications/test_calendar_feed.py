"""The calendar of one's own deadlines: the format to the octet, and who may read it."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from engine import audit, deadlines
from engine.clock import FixedClock
from engine.context import Context
from engine.db import transaction
from engine.deadlines.models import Deadline
from engine.errors import NotFound
from engine.organisation.credentials import Account
from engine.settings import Settings
from notifications import calendar_feed, duties, icalendar
from notifications.models import CalendarFeed
from tests import factories
from tests.engine.campaigns.city import SYSTEM, City
from webapp.app import create_app


def unfolded(body: bytes) -> list[str]:
    return body.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a;b,c", r"a\;b\,c"),
        ("back\\slash", r"back\\slash"),
        ("一\r\n二\r三\n四", r"一\n二\n三\n四"),
        ("bell\x07\x00", "bell"),
        ("x\r\nBEGIN:VALARM", r"x\nBEGIN:VALARM"),
    ],
)
def test_texts_are_escaped(value: str, written: str) -> None:
    assert icalendar.text(value) == written


@pytest.mark.parametrize("line", ["x" * 75, "x" * 76, "SUMMARY:" + "督" * 100, "a" + "𠀀" * 60, "x" * 400])
def test_lines_are_folded_by_octets_and_no_character_is_cut(line: str) -> None:
    folded = icalendar.fold(line)
    assert all(len(part.encode()) <= 75 for part in folded.split("\r\n"))
    assert folded.replace("\r\n ", "") == line
    assert ("\r\n" in folded) == (len(line.encode()) > 75)


def test_an_event_is_one_whole_day_without_an_alarm() -> None:
    at = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    event = icalendar.AllDay("deadline-1@x", date(2026, 3, 6), "报送，甲;乙", "", "http://x/1", at)
    assert unfolded(icalendar.calendar("督办", [event])) == [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Duban//Deadlines//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        "X-WR-CALNAME:督办", "BEGIN:VEVENT", "UID:deadline-1@x", "DTSTAMP:20260302T010000Z",
        "SEQUENCE:0", "DTSTART;VALUE=DATE:20260306", r"SUMMARY:报送，甲\;乙", "URL:http://x/1", "STATUS:CONFIRMED",
        "TRANSP:TRANSPARENT", "CLASS:PRIVATE",
        "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip


def test_the_feed_is_ones_own_and_its_address_can_be_renewed(
    sqlite_db: Engine, clock: FixedClock, settings: Settings
) -> None:
    city = City(sqlite_db, clock, settings)
    item = city.begun(title="清理，文件;甲")
    head, other = city.bureau.head, city.lead.head
    for actor in (head, other):
        city.act(SYSTEM, factories.make_account, actor)
    token = city.act(head, calendar_feed.renew)
    client = create_app(settings, clock, db=sqlite_db).test_client()
    answer = client.get(f"/calendar/{token}.ics")
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    lines = unfolded(answer.data)
    summaries = [line for line in lines if line.startswith("SUMMARY:")]
    assert summaries
    assert all(item.number in line for line in summaries)
    assert f"URL:{settings.base_url}/work-items/{item.id}" in lines
    assert not any("VALARM" in line for line in lines)
    assert len({line for line in lines if line.startswith("UID:")}) == len(summaries)
    same = client.get(f"/calendar/{token}.ics", headers={"If-None-Match": answer.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    theirs = client.get(f"/calendar/{city.act(other, calendar_feed.renew)}.ics")
    assert "BEGIN:VEVENT" not in unfolded(theirs.data)
    with transaction(sqlite_db) as session:
        assert token not in repr([row.token_hash for row in session.query(CalendarFeed)])
    renewed = city.act(head, calendar_feed.renew)
    assert client.get(f"/calendar/{token}.ics").status_code == 404
    assert client.get(f"/calendar/{renewed}.ics").status_code == 200
    with transaction(sqlite_db) as session:
        session.query(Account).filter_by(person_id=head.person_id).one().disabled_at = clock.now()
    assert client.get(f"/calendar/{renewed}.ics").status_code == 404
    city.act(head, calendar_feed.stop)
    city.act(head, calendar_feed.stop)
    with pytest.raises(NotFound):
        city.act(head, calendar_feed.read, renewed)
    with transaction(sqlite_db) as session:
        acts = [entry.action for entry in audit.history(session, f"person:{head.person_id}", limit=9)]
    assert acts == ["calendar_feed.stopped", "calendar_feed.renewed", "calendar_feed.renewed"]


def test_an_overdue_duty_stays_and_says_so(sqlite_db: Engine, clock: FixedClock, settings: Settings) -> None:
    city = City(sqlite_db, clock, settings)
    city.begun()
    city.act(SYSTEM, factories.make_account, city.bureau.head)
    token = city.act(city.bureau.head, calendar_feed.renew)
    clock.move_to(clock.now() + timedelta(days=400))
    deadlines.sweep(sqlite_db, clock, settings)
    lines = unfolded(city.act(SYSTEM, calendar_feed.read, token))
    assert any(re.match("DESCRIPTION:已逾期", line) for line in lines)


def test_what_becomes_of_a_date_reaches_the_calendar_under_the_same_uid(
    sqlite_db: Engine, clock: FixedClock, settings: Settings
) -> None:
    city = City(sqlite_db, clock, settings)
    city.begun()
    head = city.bureau.head
    city.act(SYSTEM, factories.make_account, head)
    token = city.act(head, calendar_feed.renew)
    [duty, *_] = city.act(
        SYSTEM,
        lambda ctx: duties.owed_by(
            ctx.session, head.person_id or 0, date(2026, 3, 2), since=None, until=None
        ),
    )
    id, due_on = duty.deadline.id, duty.deadline.due_on

    def event() -> dict[str, str]:
        lines = unfolded(city.act(SYSTEM, calendar_feed.read, token))
        at = next(n for n, line in enumerate(lines) if line.startswith(f"UID:deadline-{id}@"))
        end = lines.index("END:VEVENT", at)
        return dict(line.split(":", 1) for line in lines[at:end])

    def change(verb: Callable[..., Any], *given: Any) -> dict[str, str]:
        clock.move(minutes=1)
        city.act(SYSTEM, verb, *given)
        return event()

    def mark_provisional(ctx: Context) -> None:
        ctx.session.get_one(Deadline, id).provisional = True

    first = event()
    assert (first["SEQUENCE"], first["STATUS"]) == ("0", "CONFIRMED")
    assert "LAST-MODIFIED" not in first
    moved = change(deadlines.extend, id, due_on + timedelta(days=7), "联调延后")
    assert moved["DTSTART;VALUE=DATE"] == f"{due_on + timedelta(days=7):%Y%m%d}"
    assert (moved["SEQUENCE"], moved["STATUS"]) == ("1", "CONFIRMED")
    assert moved["LAST-MODIFIED"] == f"{clock.now():%Y%m%dT%H%M%SZ}"
    assert moved["DTSTAMP"] == first["DTSTAMP"]
    paused = change(deadlines.pause, id, "等待上级批复")
    assert (paused["SEQUENCE"], paused["STATUS"], paused["DESCRIPTION"]) == ("2", "TENTATIVE", "已暂停计时")
    resumed = change(deadlines.resume, id, "已批复")
    assert (resumed["SEQUENCE"], resumed["STATUS"]) == ("3", "CONFIRMED")
    provisional = change(mark_provisional)
    assert provisional["STATUS"] == "TENTATIVE"
    assert provisional["SUMMARY"].endswith("（暂定）")
    assert provisional["DESCRIPTION"] == "该年放假安排尚未公布，日期可能调整"
    cancelled = change(deadlines.cancel, duty.deadline.subject)
    assert (cancelled["SEQUENCE"], cancelled["STATUS"]) == ("4", "CANCELLED")
    clock.move(days=365)
    with pytest.raises(StopIteration):
        event()
