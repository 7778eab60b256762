"""The stored calendar: seeding, replacing a year, and a cache that can never serve a stale one."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import Engine, func, select

from engine import working_days
from engine.clock import FixedClock
from engine.context import Actor, Context
from engine.db import Session
from engine.settings import Settings
from engine.working_days import CalendarDay, CalendarDayFact, CalendarEdition, DayStatus
from tests.engine.working_days.test_calendar import CALENDAR


def in_session(engine: Engine, clock: FixedClock, settings: Settings, act: Callable[[Context], None]) -> None:
    with Session(engine) as session:
        act(Context(session, Actor.system("test"), clock, settings))


def test_seeded_calendar_equals_what_is_known(any_db: Engine) -> None:
    with Session(any_db) as session:
        loaded = working_days.load(session)
        assert loaded == CALENDAR
        assert working_days.load(session) is loaded
        sources = session.scalars(select(CalendarDay.source).distinct()).all()
        assert len(sources) == 2


def test_seeding_again_changes_nothing(session: Session, make_ctx: Callable[..., Context]) -> None:
    before = session.scalars(select(CalendarEdition.digest)).all()
    working_days.seed_official(make_ctx())
    assert session.scalars(select(CalendarEdition.digest)).all() == before


def test_a_notice_replaces_a_provisional_year(any_db: Engine, clock: FixedClock, settings: Settings) -> None:
    notice = {
        date(2027, 1, 1): CalendarDayFact(False, "元旦", True),
        date(2027, 1, 4): CalendarDayFact(False, "元旦", True),
        date(2027, 1, 9): CalendarDayFact(True, "元旦", True),
    }

    def replace(ctx: Context) -> None:
        before = working_days.load(ctx.session)
        assert before.count_working_days(date(2026, 12, 31), 1).due_on == date(2027, 1, 4)
        working_days.replace_year(ctx, 2027, notice, source="一份通知")
        after = working_days.load(ctx.session)
        count = after.count_working_days(date(2026, 12, 31), 5)
        assert (count.due_on, count.provisional) == (date(2027, 1, 9), False)
        assert after.days.keys() & notice.keys() == notice.keys()
        assert not any(on.year == 2027 for on in after.days.keys() - notice.keys())
        assert after.is_provisional(date(2028, 3, 1))
        assert before.is_provisional(date(2027, 3, 1)), "a loaded calendar is a value and never changes"
        # seeding keeps what an administrator has entered
        working_days.seed_official(ctx)
        assert working_days.load(ctx.session) == after

    in_session(any_db, clock, settings, replace)


def test_a_refused_change_leaves_the_calendar_as_it_was(
    any_db: Engine, clock: FixedClock, settings: Settings
) -> None:
    def replace_and_roll_back(ctx: Context) -> None:
        working_days.replace_year(ctx, 2026, {}, source="误录")
        assert working_days.load(ctx.session).is_workday(date(2026, 10, 1))
        ctx.session.rollback()
        assert not working_days.load(ctx.session).is_workday(date(2026, 10, 1))

    in_session(any_db, clock, settings, replace_and_roll_back)


def test_a_later_notice_replaces_the_provisional_days_at_the_next_seeding(
    session: Session, make_ctx: Callable[..., Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {2027: {date(2027, 1, 1): CalendarDayFact(False, "元旦", True)}}
    monkeypatch.setattr(working_days.service, "official_years", lambda: known)
    working_days.seed_official(make_ctx())
    of_2027 = select(CalendarDay.status, func.count()).where(
        CalendarDay.on.between(date(2027, 1, 1), date(2027, 12, 31))
    )
    assert session.execute(of_2027.group_by(CalendarDay.status)).all() == [(DayStatus.OFFICIAL, 1)]
    assert not working_days.load(session).is_workday(date(2026, 10, 1)), "years not named stay"
