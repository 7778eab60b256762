"""Changing the calendar in a database: editions, refusals, and two who do it at once."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from engine import audit, queue, working_days
from engine.clock import FixedClock
from engine.context import Actor, Context, Role
from engine.db import Session, transaction
from engine.errors import AccessDenied, InvalidInput, RuleViolation
from engine.settings import Settings
from engine.working_days import CalendarDay, CalendarDayFact, CalendarEdition, Change, LocalDay, queries
from engine.working_days.service import work_key

ADMIN = Actor("钱鑫", 9, frozenset({(1, Role.SYSTEM_ADMIN)}))
NOTICE = Change(
    2027,
    {
        date(2027, 1, 1): CalendarDayFact(False, "元旦", True),
        date(2027, 1, 4): CalendarDayFact(False, "元旦", True),
        date(2027, 1, 9): CalendarDayFact(True, "元旦", True),
    },
    "国办发明电〔2026〕7号",
    whole_year=True,
)


class Desk:
    """Acts on the calendar of one database, each act in a transaction of its own."""

    def __init__(self, engine: Engine, clock: FixedClock, settings: Settings) -> None:
        self.engine, self.clock, self.settings = engine, clock, settings

    def act(self, verb: Callable[[Context], Any], actor: Actor = ADMIN) -> Any:
        with transaction(self.engine) as session:
            return verb(Context(session, actor, self.clock, self.settings))

    def digest(self) -> str | None:
        return self.act(lambda ctx: working_days.in_force(ctx.session))

    def change(self, wanted: Change, *, expected: str | None = None, actor: Actor = ADMIN) -> CalendarEdition:
        expected = expected or self.digest()
        return self.act(lambda ctx: working_days.change(ctx, wanted, expected=expected), actor)

    def calendar(self, unit_id: int = 0) -> working_days.WorkingCalendar:
        return self.act(lambda ctx: working_days.load_of(ctx.session, unit_id))


@pytest.fixture
def desk(any_db: Engine, clock: FixedClock, settings: Settings) -> Desk:
    return Desk(any_db, clock, settings)


def test_a_year_becomes_official(desk: Desk) -> None:
    edition = desk.change(NOTICE)
    calendar = desk.calendar()
    assert not calendar.is_provisional(date(2027, 5, 1))
    assert [on for on in calendar.days if on.year == 2027] == sorted(NOTICE.days)
    assert (edition.since_on, edition.source, edition.actor_name) == (date(2027, 1, 1), NOTICE.source, "钱鑫")
    assert edition.note == "2027年节假日安排（国办发明电〔2026〕7号）"
    assert edition.recomputed_at is None

    def read(ctx: Context) -> tuple[list[str], bool, str]:
        sources = ctx.session.scalars(
            select(CalendarDay.source).where(
                CalendarDay.on >= date(2027, 1, 1), CalendarDay.on < date(2028, 1, 1)
            )
        )
        waits = queue.progress(ctx.session, work_key(edition.id)) is not None
        return sorted(set(sources)), waits, audit.history(ctx.session, "calendar")[0].action

    assert desk.act(read) == ([NOTICE.source], True, "calendar.changed")


def test_one_day_keeps_the_sources_of_the_others(desk: Desk) -> None:
    desk.change(Change(2026, {date(2026, 10, 8): CalendarDayFact(False, "国庆节", True)}, "补充通知"))
    days = desk.act(lambda ctx: {d.on: d.source for d in queries.year(ctx.session, 2026)})
    assert days[date(2026, 10, 8)] == "补充通知"
    assert days[date(2026, 10, 7)] != "补充通知"
    assert desk.calendar().count_working_days(date(2026, 9, 28), 7).due_on == date(2026, 10, 14)
    desk.change(Change(2026, {date(2026, 10, 8): None}, "更正"))
    assert desk.calendar().count_working_days(date(2026, 9, 28), 7).due_on == date(2026, 10, 13)


def test_local_days_of_a_unit(desk: Desk) -> None:
    day = date(2026, 4, 13)
    desk.change(Change(2026, {day: CalendarDayFact(False, "泼水节", True)}, "州政府通知", unit_id=77))
    assert not desk.calendar(77).is_workday(day)
    assert desk.calendar(78).is_workday(day)
    assert desk.act(lambda ctx: ctx.session.scalar(select(LocalDay.source))) == "州政府通知"
    assert desk.act(lambda ctx: queries.setting_units(ctx.session)) == [(77, 1)]
    desk.change(Change(2026, {day: None}, "废止", unit_id=77))
    assert desk.calendar(77).is_workday(day)
    assert [e.unit_id for e in desk.act(lambda ctx: queries.editions(ctx.session))][:2] == [77, 77]


@pytest.mark.parametrize(
    "actor",
    [Actor("李娜", 3, frozenset({(1, role)})) for role in Role if role is not Role.SYSTEM_ADMIN],
    ids=lambda actor: next(iter(actor.posts))[1].value,
)
def test_only_the_system_administrator(
    db: Engine, clock: FixedClock, settings: Settings, actor: Actor
) -> None:
    with pytest.raises(AccessDenied):
        Desk(db, clock, settings).change(NOTICE, actor=actor)


def test_what_was_shown_for_another_calendar_is_refused(desk: Desk) -> None:
    shown = desk.digest()
    desk.change(Change(2026, {date(2026, 10, 8): CalendarDayFact(False, "国庆节", True)}, "补充通知"))
    with pytest.raises(RuleViolation, match="日历刚刚已被更改"):
        desk.change(NOTICE, expected=shown)
    assert desk.calendar().is_provisional(date(2027, 1, 1))


def test_a_change_of_nothing_is_refused(desk: Desk) -> None:
    desk.change(NOTICE)
    with pytest.raises(RuleViolation, match="没有需要更改的内容"):
        desk.change(NOTICE)
    with pytest.raises(InvalidInput):
        desk.change(Change(2027, {date(2026, 1, 1): None}, "误录"))
    assert desk.act(lambda ctx: ctx.session.scalar(select(func.count(CalendarEdition.id)))) == 2


def test_a_notice_that_a_new_version_knows_is_counted_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {2027: {date(2027, 1, 1): CalendarDayFact(False, "元旦", True)}}
    monkeypatch.setattr(working_days.service, "official_years", lambda: known)
    desk.act(working_days.seed_official)
    newest = desk.act(lambda ctx: queries.editions(ctx.session, limit=1))[0]
    assert newest.since_on == date(2027, 1, 1)
    assert desk.act(lambda ctx: queue.progress(ctx.session, work_key(newest.id))) is not None


def test_two_imports_at_once(db: Engine, clock: FixedClock, settings: Settings) -> None:
    """Both have seen the same effects; one is put in force, the other is told to look again."""
    desk = Desk(db, clock, settings)
    expected = desk.digest()
    other = Change(2027, {date(2027, 1, 1): CalendarDayFact(False, "元旦", True)}, "另一份", whole_year=True)
    both, said = threading.Barrier(2), []

    def put(wanted: Change) -> None:
        with Session(db) as session:
            ctx = Context(session, ADMIN, clock, settings)
            working_days.in_force(session)
            both.wait(timeout=30)
            try:
                working_days.change(ctx, wanted, expected=expected)
                session.commit()
                said.append("done")
            except RuleViolation as error:
                said.append(error.code)

    threads = [threading.Thread(target=put, args=(wanted,)) for wanted in (NOTICE, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(said) == ["done", "working_days.changed_since"]
    assert desk.act(lambda ctx: ctx.session.scalar(select(func.count(CalendarEdition.id)))) == 2
    named = [on for on in desk.calendar().days if on.year == 2027]
    assert len(named) in (1, 3)
