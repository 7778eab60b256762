"""After a change of the calendar: what moves, once, whatever cuts in; who is told; and what was shown before."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from engine import audit, deadlines, queue, working_days
from engine.clock import end_of_day
from engine.context import Actor, Context
from engine.db import transaction
from engine.deadlines import Basis, Deadline, DeadlineChange, DeadlineState, Opening, explain, recompute
from engine.deadlines.models import ChangeKind
from engine.outbox import OutboxMessage
from engine.queue import QueueItem
from engine.working_days import CalendarDayFact, CalendarEdition, Change, Why
from engine.working_days.changes import applied, since
from engine.working_days.service import TOPIC, work_key
from tests.engine.deadlines.cases import CASE, Office, shanghai

OFF = CalendarDayFact(False, "临时放假", True)
TEN = Basis.working_days_after(date(2026, 3, 2), 10, "签收")  # to 03-16
HOLIDAY = Change(2026, {date(2026, 3, 9): OFF}, "临时通知")


def change(office: Office, wanted: Change = HOLIDAY) -> int:
    with transaction(office.engine) as session:
        ctx = Context(session, Actor.system("test"), office.clock, office.settings)
        return working_days.change(ctx, wanted, expected=working_days.in_force(session)).id


def work(office: Office) -> int:
    """Everything that waits now; how many transactions it took. Notices may be asked for that a case of ours cannot have."""
    n = 0
    while queue.work_one(office.engine, office.clock, office.settings):
        n += 1
    with transaction(office.engine, read_only=True) as session:
        failed = QueueItem.last_error.is_not(None), QueueItem.topic == TOPIC
        assert session.scalars(select(QueueItem.last_error).where(*failed)).all() == []
    return n


def shown(office: Office, wanted: Change = HOLIDAY) -> deadlines.Preview:
    with transaction(office.engine, read_only=True) as session:
        before = working_days.load(session)
        after = applied(before, wanted)
        first_on = since(before, after, wanted.unit_id)
        assert first_on is not None
        return deadlines.preview(office.ctx(session), after, first_on)


def told(office: Office) -> list[tuple[int, int]]:
    with transaction(office.engine, read_only=True) as session:
        rows = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "calendar.dates_moved"))
        return [(m.subject_id, m.facts["count"]) for m in rows]


def test_counted_dates_move_and_printed_ones_stay(office: Office) -> None:
    counted = office.open(TEN)
    printed = office.open(Basis.fixed_date(date(2026, 3, 16), "3月16日前"), case=2)
    rolled = office.open(Basis.calendar_days_after(date(2026, 3, 2), 7, "决定"), case=3)
    preview = shown(office)
    assert preview.by_kind == {"obligation.due": 2}
    assert not any(m.provisional for m in preview.first)
    assert [(m.deadline.id, m.from_on, m.to_on) for m in preview.first] == [
        (rolled, date(2026, 3, 9), date(2026, 3, 10)),
        (counted, date(2026, 3, 16), date(2026, 3, 17)),
    ]
    edition = change(office)
    assert office.get(counted).due_on == date(2026, 3, 16), "the queue does it"
    work(office)
    row = office.get(counted)
    assert (row.original_due_on, row.due_on) == (date(2026, 3, 16), date(2026, 3, 17))
    assert row.due_at == end_of_day(date(2026, 3, 17))
    [moved] = row.changes
    assert (moved.kind, moved.from_on, moved.to_on) == ("recomputed", date(2026, 3, 16), date(2026, 3, 17))
    assert (moved.edition_id, moved.reason) == (edition, "工作日历调整：2026-03-09的安排（临时通知）")
    assert (row.next_step, row.next_action_at) == ("remind_7", shanghai("2026-03-05"))
    assert office.get(rolled).due_on == date(2026, 3, 10)
    still = office.get(printed)
    assert (still.due_on, still.changes) == (date(2026, 3, 16), [])
    assert told(office) == [(5, 2)]
    with transaction(office.engine, read_only=True) as session:
        actions = [e.action for e in audit.history(session, f"{CASE}:1")]
        assert actions[0] == "deadline.recomputed"
        assert session.get_one(CalendarEdition, edition).recomputed_at == office.clock.now()


def test_a_printed_date_keeps_its_day_but_not_the_days_of_its_reminders(office: Office) -> None:
    id = office.open(Basis.fixed_date(date(2026, 3, 16), "3月16日前"))
    assert office.get(id).next_action_at == shanghai("2026-03-05")
    change(office)
    work(office)
    row = office.get(id)
    assert (row.next_step, row.next_action_at) == ("remind_7", shanghai("2026-03-04"))


def test_a_provisional_date_becomes_official(office: Office) -> None:
    id = office.open(Basis.working_days_after(date(2026, 3, 2), 220, "签收"))
    other = office.open(Basis.working_days_after(date(2026, 12, 28), 9, "签收"), case=2)
    assert office.get(id).provisional
    days = {
        date(2027, 1, 1): CalendarDayFact(False, "元旦", True),
        date(2027, 1, 4): CalendarDayFact(False, "元旦", True),
        date(2027, 1, 9): CalendarDayFact(True, "元旦", True),
    }
    was = office.get(other).due_on
    notice = Change(2027, days, "年度通知", whole_year=True)
    preview = shown(office, notice)
    change(office, notice)
    work(office)
    assert preview.settled == 2
    assert not office.get(id).provisional
    assert not office.get(other).provisional
    assert (was, office.get(other).due_on) == (date(2027, 1, 11), date(2027, 1, 11))  # one off, one on
    assert preview.total == sum(bool(office.get(one).changes) for one in (id, other))


@pytest.mark.parametrize("state", ["met", "cancelled"])
def test_what_is_over_stays(office: Office, state: str) -> None:
    id = office.open(TEN)
    with transaction(office.engine) as session:
        end = deadlines.meet if state == "met" else deadlines.cancel
        end(office.ctx(session), (CASE, 1), "obligation.due")
    assert shown(office).total == 0
    change(office)
    work(office)
    assert (office.get(id).due_on, office.get(id).changes) == (date(2026, 3, 16), [])


def test_an_extension_stands_and_a_pause_is_counted_again(office: Office) -> None:
    extended, paused = office.open(TEN), office.open(TEN, case=2)
    resumed = office.open(TEN, case=3)
    office.clock.move_to(shanghai("2026-03-04"))
    with transaction(office.engine) as session:
        ctx = office.ctx(session)
        deadlines.extend(ctx, extended, date(2026, 3, 20), "协查")
        deadlines.pause(ctx, paused, "诉讼")
        deadlines.pause(ctx, resumed, "诉讼")
    office.clock.move_to(shanghai("2026-03-06"))
    with transaction(office.engine) as session:
        deadlines.resume(office.ctx(session), resumed, "诉讼终结")
    assert office.get(resumed).due_on == date(2026, 3, 18)
    preview = shown(office)
    assert [(m.deadline.id, m.to_on) for m in preview.first] == [
        (paused, date(2026, 3, 17)), (resumed, date(2026, 3, 19)),
    ]  # fmt: skip
    change(office)
    work(office)
    assert office.get(extended).due_on == date(2026, 3, 20)
    row = office.get(paused)
    assert (row.due_on, row.state, row.next_action_at) == (date(2026, 3, 17), DeadlineState.PAUSED, None)
    assert office.get(resumed).due_on == date(2026, 3, 19)


def test_what_has_not_gone_by_after_all_is_owed_in_time_again(office: Office) -> None:
    wrong, late = office.open(TEN), office.open(Basis.working_days_after(date(2026, 3, 2), 5, "签收"), case=2)
    office.sweep_at(shanghai("2026-03-17", 9))
    assert (office.get(wrong).state, office.get(late).state) == (DeadlineState.PASSED, DeadlineState.PASSED)
    change(office)
    work(office)
    row = office.get(wrong)
    assert (row.state, row.passed_at, row.due_on) == (DeadlineState.OPEN, None, date(2026, 3, 17))
    assert row.next_step == "passed"
    over = office.get(late)
    assert (over.state, over.passed_at, over.changes) == (DeadlineState.PASSED, shanghai("2026-03-10", 0), [])
    office.sweep_at(shanghai("2026-03-18", 0))
    assert office.get(wrong).passed_at == shanghai("2026-03-18", 0)


def test_a_limit_that_becomes_shorter_ends_today_at_the_earliest(office: Office) -> None:
    change(office)
    work(office)
    id = office.open(Basis.working_days_after(date(2026, 3, 2), 5, "签收"))
    assert office.get(id).due_on == date(2026, 3, 10)
    office.clock.move_to(shanghai("2026-03-10", 15))
    change(office, Change(2026, {date(2026, 3, 9): None}, "取消"))
    work(office)
    assert office.get(id).due_on == date(2026, 3, 10)
    assert office.get(id).state == DeadlineState.OPEN


def test_local_days_move_only_those_beneath(office: Office) -> None:
    with transaction(office.engine) as session:
        ctx = office.ctx(session)
        for n, unit_id in ((1, 5), (2, 6)):
            deadlines.open_many(ctx, [Opening((CASE, n), "obligation.due", TEN, unit_id, f"{CASE}:{n}")])
    local = Change(2026, {date(2026, 3, 9): OFF}, "州政府通知", unit_id=6)
    assert [(m.deadline.unit_id, m.to_on) for m in shown(office, local).first] == [(6, date(2026, 3, 17))]
    change(office, local)
    work(office)
    with transaction(office.engine) as session:
        rows = session.execute(select(Deadline.unit_id, Deadline.due_on))
        due = {unit_id: on for unit_id, on in rows}  # noqa: C416
        assert due == {5: date(2026, 3, 16), 6: date(2026, 3, 17)}
        row = session.scalars(select(Deadline).where(Deadline.unit_id == 6)).one()
        why = explain(row, working_days.load_of(session, 6), office.clock.now(), deadlines.scheme(session))
        assert [d[2:] for d in why.days if d.source] == [(Why.LOCAL_HOLIDAY, "临时放假", "州政府通知")]
        deadlines.open(office.ctx(session), (CASE, 3), "obligation.due", TEN, unit_id=6, stream=f"{CASE}:3")
        opened = session.scalars(select(Deadline).where(Deadline.subject_id == 3)).one()
        assert opened.due_on == date(2026, 3, 17)
    assert told(office) == [(6, 1)]


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recompute, "LOOKED", 4)
    monkeypatch.setattr(recompute, "WRITTEN", 2)


def many(office: Office, kinds: int = 9) -> list[int]:
    return [
        office.open(
            TEN if n % 3 else Basis.fixed_date(date(2026, 3, 16), "限期"), case=n % 3 + 1, kind=f"kind.{n}"
        )
        for n in range(kinds)
    ]


def moves(office: Office) -> dict[int, int]:
    with transaction(office.engine, read_only=True) as session:
        rows = session.execute(
            select(DeadlineChange.deadline_id, func.count()).group_by(DeadlineChange.deadline_id)
        )
        return {id: n for id, n in rows}  # noqa: C416


@pytest.mark.usefixtures("small_chunks")
def test_a_crash_in_the_middle_moves_nothing_twice(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = many(office)
    edition = change(office)
    changed = recompute.subjects.changed
    calls = 0

    def fail(ctx: Context, deadline: Deadline) -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise RuntimeError("the power went")
        changed(ctx, deadline)

    monkeypatch.setattr(recompute.subjects, "changed", fail)
    while queue.work_one(office.engine, office.clock, office.settings):
        pass
    assert 0 < len(moves(office)) < 6, "some are done, the chunk that was cut off left nothing"
    office.clock.move(seconds=30)
    while queue.work_one(office.engine, office.clock, office.settings):
        pass
    assert moves(office) == {id: 1 for n, id in enumerate(ids) if n % 3}
    assert told(office) == [(5, 6)]
    with transaction(office.engine, read_only=True) as session:
        item = queue.progress(session, work_key(edition))
        assert item is not None
        assert item.state == "done"


@pytest.mark.usefixtures("small_chunks")
def test_a_newer_edition_takes_over(office: Office) -> None:
    ids = many(office)
    first = change(office)
    assert queue.work_one(office.engine, office.clock, office.settings)
    second = change(office, Change(2026, {date(2026, 3, 10): OFF}, "再次通知"))
    work(office)
    assert {office.get(id).due_on for n, id in enumerate(ids) if n % 3} == {date(2026, 3, 18)}
    with transaction(office.engine, read_only=True) as session:
        done = session.scalars(
            select(CalendarEdition.recomputed_at).where(CalendarEdition.id.in_([first, second]))
        )
        assert None not in done.all()
    assert told(office) == [(5, 6)], "each unit once, though some dates have moved twice"


def test_what_was_opened_by_the_former_calendar_is_found_later(office: Office) -> None:
    change(office)
    work(office)
    id = office.open(TEN)
    with transaction(office.engine) as session:  # as a transaction leaves it that began before the change
        former = {"due_on": date(2026, 3, 16), "due_at": end_of_day(date(2026, 3, 16))}
        session.execute(
            update(Deadline).where(Deadline.id == id).values(original_due_on=date(2026, 3, 16), **former)
        )
    office.clock.move(minutes=9)
    work(office)
    assert office.get(id).due_on == date(2026, 3, 16)
    office.clock.move(minutes=2)
    work(office)
    assert office.get(id).due_on == date(2026, 3, 17)
    assert told(office) == [(5, 1)]
    office.clock.move(days=1)
    assert work(office) == 0


def test_one_that_has_been_done_meanwhile_is_left_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking and locking, the duty is done."""
    id = office.open(TEN)
    change(office)
    lock = recompute.subjects.lock_many

    def done_first(ctx: Context, found: set[tuple[str, int]]) -> None:
        lock(ctx, found)
        deadlines.meet(ctx, (CASE, 1), "obligation.due")
        ctx.session.send()

    monkeypatch.setattr(recompute.subjects, "lock_many", done_first)
    work(office)
    assert (office.get(id).state, office.get(id).due_on) == (DeadlineState.MET, date(2026, 3, 16))
    assert told(office) == []


def test_the_preview_names_fifty_and_counts_all(office: Office) -> None:
    with transaction(office.engine) as session:
        ctx = office.ctx(session)
        deadlines.open_many(ctx, [Opening((CASE, 1), f"kind.{n}", TEN, 5, f"{CASE}:1") for n in range(60)])
    preview = shown(office)
    assert (preview.total, len(preview.first)) == (60, 50)
    change(office)
    work(office)
    assert sum(moves(office).values()) == 60
    assert {k for _, k in told(office)} == {60}


def test_only_a_change_of_the_calendar_names_an_edition(office: Office) -> None:
    id = office.open(TEN)
    office.clock.move(hours=1)
    with transaction(office.engine) as session:
        deadlines.extend(office.ctx(session), id, date(2026, 3, 20), "协查")
    assert [(c.kind, c.edition_id) for c in office.get(id).changes] == [(ChangeKind.EXTENDED, None)]
    assert office.get(id).due_on - office.get(id).original_due_on == timedelta(days=4)
