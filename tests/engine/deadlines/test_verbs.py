"""The verbs: what each leaves behind, and what it refuses."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import IntegrityError

from engine import audit, deadlines
from engine.clock import end_of_day
from engine.db import transaction
from engine.deadlines import Basis, Colour, Deadline, DeadlineState, Opening, queries
from engine.deadlines.lights import DEFAULT, light
from engine.errors import InvalidInput, NotFound, RuleViolation
from engine.working_days import load
from tests.engine.deadlines.cases import CASE, Office, shanghai

DUE = Basis.fixed_date(date(2026, 3, 31), "3月31日前")
DUE_AT = end_of_day(date(2026, 3, 31))


@pytest.fixture
def any_db(db: Engine) -> Engine:
    """Verbs are tried on PostgreSQL; the sweep, with its locks, on both."""
    return db


def test_open_keeps_basis_date_and_first_step(office: Office) -> None:
    id = office.open(Basis.working_days_after(date(2026, 3, 2), 10, "签收"))
    opened = office.get(id)
    assert (opened.original_due_on, opened.due_on) == (date(2026, 3, 16), date(2026, 3, 16))
    assert opened.due_at == end_of_day(date(2026, 3, 16)) == shanghai("2026-03-17", 0)
    assert (opened.state, opened.unit_id, opened.stream) == (DeadlineState.OPEN, 5, f"{CASE}:1")
    assert Basis.from_dict(opened.basis).text == "签收"
    # fifteen working days before lies in the past: the first step is the reminder seven before
    assert (opened.next_step, opened.next_action_at) == ("remind_7", shanghai("2026-03-05"))


def test_only_one_live_deadline_of_a_kind(office: Office) -> None:
    office.open(DUE)
    office.open(DUE, kind="review.due")
    office.open(DUE, case=2)
    with pytest.raises(IntegrityError):
        office.open(DUE)
    with transaction(office.engine) as session:
        deadlines.meet(office.ctx(session), (CASE, 1), "obligation.due")
    office.open(DUE)  # a second round
    with transaction(office.engine) as session:  # met and owed anew in one act: the order is kept
        ctx = office.ctx(session)
        deadlines.meet(ctx, (CASE, 1), "obligation.due")
        deadlines.open(ctx, (CASE, 1), "obligation.due", DUE, unit_id=9, stream=f"{CASE}:1")


def test_many_are_opened_with_few_statements(office: Office) -> None:
    openings = [
        Opening((CASE, n), kind, DUE, unit_id=n, stream=f"{CASE}:{n}")
        for n in range(1, 301)
        for kind in ("work_item.acknowledge", "obligation.due")
    ]
    statements: list[str] = []

    def count(*args: object) -> None:
        statements.append(str(args[2]).split()[0])

    event.listen(office.engine, "before_cursor_execute", count)
    with transaction(office.engine) as session:
        deadlines.open_many(office.ctx(session), openings)
    event.remove(office.engine, "before_cursor_execute", count)
    with transaction(office.engine) as session:
        opened = session.scalars(select(Deadline).order_by(Deadline.id)).all()
    assert len({d.id for d in opened}) == 600
    assert len(statements) <= 1 + 6
    assert [(d.subject, d.kind, d.unit_id) for d in opened[:3]] == [
        ((CASE, 1), "work_item.acknowledge", 1),
        ((CASE, 1), "obligation.due", 1),
        ((CASE, 2), "work_item.acknowledge", 2),
    ]


def test_hot_verbs_cost_few_statements(office: Office) -> None:
    office.open(DUE)
    statements: list[str] = []

    def count(*args: object) -> None:
        statements.append(str(args[2]).split()[0])

    event.listen(office.engine, "before_cursor_execute", count)
    with transaction(office.engine) as session:
        ctx = office.ctx(session)
        deadlines.meet(ctx, (CASE, 1), "obligation.due")
        deadlines.open(ctx, (CASE, 1), "review.due", DUE, unit_id=9, stream=f"{CASE}:1")
    event.remove(office.engine, "before_cursor_execute", count)
    together = office.engine.dialect.name == "postgresql"
    sent = [s for s in statements if not s.startswith("BEGIN")]
    assert sent == (["SELECT", "WITH"] if together else ["SELECT", "UPDATE", "INSERT"])


def test_an_unknown_ladder_is_an_error_of_ours(office: Office) -> None:
    with pytest.raises(LookupError):
        office.open(DUE, policy="keine")


def test_met_in_time(office: Office) -> None:
    id = office.open(DUE)
    office.clock.move_to(shanghai("2026-03-31", 23, 59))
    with transaction(office.engine) as session:
        deadlines.meet(office.ctx(session), (CASE, 1), "obligation.due")
    office.clock.move(hours=2)
    with transaction(office.engine) as session:
        deadlines.meet(office.ctx(session), (CASE, 1), "obligation.due")  # nothing is live any more
    met = office.get(id)
    assert (met.met_at, met.is_late, met.next_action_at) == (shanghai("2026-03-31", 23, 59), False, None)
    assert office.sweep_at(shanghai("2026-04-30")) == 0
    assert office.passings() == []


def test_met_late_before_any_sweep_is_recorded_as_passed(office: Office) -> None:
    id = office.open(DUE)
    office.clock.move_to(shanghai("2026-04-01", 0))
    with transaction(office.engine) as session:
        deadlines.meet(office.ctx(session), (CASE, 1), "obligation.due")
    assert office.get(id).passed_at == end_of_day(date(2026, 3, 31))
    assert office.sweep_at(shanghai("2026-04-20")) == 1
    met = office.get(id)
    assert (met.state, met.next_action_at) == (DeadlineState.MET, None)
    assert [(s.step, s.planned_at) for s in met.steps] == [("passed", met.due_at)], "nobody is escalated to"
    assert office.passings() == [(id, "met")]
    assert office.sweep_at(shanghai("2026-05-20")) == 0


def reopen_after_meeting_at(office: Office, met_on: str, reopened_on: str) -> None:
    office.clock.move_to(shanghai(met_on))
    with transaction(office.engine) as session:
        deadlines.meet(office.ctx(session), (CASE, 1), "obligation.due")
    office.clock.move_to(shanghai(reopened_on))
    with transaction(office.engine) as session:
        deadlines.reopen(office.ctx(session), (CASE, 1), "obligation.due", at_least=3, reason="退回")


@pytest.mark.parametrize(
    ("met_on", "reopened_on", "state", "next_step"),
    [
        ("2026-03-12", "2026-03-13", "open", "remind_7"),
        ("2026-03-12", "2026-03-23", "open", "remind_3"),  # the reminder in between is left out
        ("2026-04-02", "2026-04-02", "open", "passed"),  # late, and no sweep has seen it
    ],
)
def test_reopened_with_the_date_it_had(
    office: Office, met_on: str, reopened_on: str, state: str, next_step: str
) -> None:
    id = office.open(DUE)
    reopen_after_meeting_at(office, met_on, reopened_on)
    row = office.get(id)
    assert (row.state, row.due_on, row.met_at, row.next_step) == (state, date(2026, 3, 31), None, next_step)
    office.sweep_at(shanghai("2026-04-30"))
    assert office.get(id).passed_at == DUE_AT
    assert office.passings() == [(id, "passed")]


def test_reopened_when_little_is_left_three_working_days_are_given(office: Office) -> None:
    """Handed in on time, returned after the limit: the time of the review is not the unit's."""
    id = office.open(DUE)
    reopen_after_meeting_at(office, "2026-03-30", "2026-04-02")
    row = office.get(id)
    assert (row.state, row.original_due_on, row.due_on) == ("open", date(2026, 3, 31), date(2026, 4, 8))
    assert (row.is_late, [c.reason for c in row.changes]) == (False, ["退回"])
    office.sweep_at(shanghai("2026-04-30"))
    assert office.passings() == [(id, "passed")]


def test_reopened_after_its_passing_it_can_pass_again_and_stays_late(office: Office) -> None:
    id = office.open(DUE)
    office.sweep_at(shanghai("2026-04-01", 0))
    reopen_after_meeting_at(office, "2026-04-01", "2026-04-02")
    row = office.get(id)
    assert (row.state, row.passed_at) == (DeadlineState.OPEN, DUE_AT)
    office.sweep_at(shanghai("2026-04-30"))
    assert office.passings() == [(id, "passed")] * 2


def test_reopened_with_an_extended_date_it_can_pass_again(office: Office) -> None:
    id = office.open(DUE)
    office.sweep_at(shanghai("2026-04-01", 0))
    with transaction(office.engine) as session:
        deadlines.extend(office.ctx(session), id, date(2026, 4, 20), "理由")
    reopen_after_meeting_at(office, "2026-04-10", "2026-04-13")
    assert office.get(id).state == DeadlineState.OPEN
    office.sweep_at(shanghai("2026-04-30"))
    assert office.passings() == [(id, "passed")] * 2


def test_nothing_to_reopen(office: Office) -> None:
    office.open(DUE)
    with pytest.raises(NotFound), transaction(office.engine) as session:
        deadlines.reopen(office.ctx(session), (CASE, 1), "obligation.due", at_least=3, reason="退回")


def test_cancel_one_kind_or_all(office: Office) -> None:
    first, second, other = office.open(DUE), office.open(DUE, kind="review.due"), office.open(DUE, case=2)
    with transaction(office.engine) as session:
        ctx = office.ctx(session)
        assert deadlines.cancel(ctx, (CASE, 1), "review.due") == 1
        assert deadlines.cancel(ctx, (CASE, 1)) == 1
        assert deadlines.cancel(ctx, (CASE, 1)) == 0
    assert office.get(first).state == office.get(second).state == DeadlineState.CANCELLED
    assert office.get(other).state == DeadlineState.OPEN
    assert office.sweep_at(shanghai("2026-05-20")) == 1


def test_extend_keeps_the_original_date_and_begins_the_ladder_anew(office: Office) -> None:
    id = office.open(DUE)
    office.sweep_at(shanghai("2026-03-26"))
    assert office.get(id).reminded_at is not None
    with transaction(office.engine) as session:
        deadlines.extend(office.ctx(session), id, date(2026, 4, 30), "材料由省厅统一印发")
        entry = audit.history(session, f"{CASE}:1")[0]
        assert (entry.action, entry.actor_name) == ("deadline.extended", "张三")
    extended = office.get(id)
    assert (extended.original_due_on, extended.due_on) == (date(2026, 3, 31), date(2026, 4, 30))
    assert extended.due_at == end_of_day(date(2026, 4, 30))
    assert (extended.reminded_at, extended.next_step) == (None, "remind_15")
    (change,) = extended.changes
    assert (change.kind, change.from_on, change.to_on) == ("extended", date(2026, 3, 31), date(2026, 4, 30))
    assert (change.reason, change.actor_id) == ("材料由省厅统一印发", 7)
    office.sweep_at(shanghai("2026-04-27"))
    fired = [(s.step, s.due_at) for s in office.get(id).steps if s.outcome == "fired"]
    assert fired == [("remind_3", DUE_AT), ("remind_3", extended.due_at)], "the same rung, once per date"


def test_extended_after_passing_is_owed_anew_and_can_pass_again(office: Office) -> None:
    id = office.open(DUE)
    office.sweep_at(shanghai("2026-04-01"))
    assert office.get(id).state == DeadlineState.PASSED
    with transaction(office.engine) as session:
        deadlines.extend(office.ctx(session), id, date(2026, 4, 10), "另定追踪期限")
    assert (office.get(id).state, office.get(id).passed_at) == (DeadlineState.OPEN, DUE_AT)
    office.sweep_at(shanghai("2026-04-11"))
    again = office.get(id)
    assert (again.state, again.passed_at) == (DeadlineState.PASSED, DUE_AT), "the first lateness stays"
    assert office.passings() == [(id, "passed"), (id, "passed")]


@pytest.mark.parametrize(
    ("new_on", "reason", "error"),
    [
        ("2026-03-31", "理由", "deadlines.not_later"),
        ("2026-03-30", "理由", "deadlines.not_later"),
        ("2026-04-30", "  ", "deadlines.reason"),
    ],
)
def test_extend_refuses(office: Office, new_on: str, reason: str, error: str) -> None:
    id = office.open(DUE)
    with pytest.raises(InvalidInput) as refused, transaction(office.engine) as session:
        deadlines.extend(office.ctx(session), id, date.fromisoformat(new_on), reason)
    assert refused.value.code == error
    assert office.get(id).changes == []


def test_extend_refuses_a_day_that_is_over_and_what_has_ended(office: Office) -> None:
    id = office.open(DUE)
    office.clock.move_to(shanghai("2026-05-11"))
    with pytest.raises(InvalidInput), transaction(office.engine) as session:
        deadlines.extend(office.ctx(session), id, date(2026, 5, 10), "理由")
    with transaction(office.engine) as session:
        deadlines.cancel(office.ctx(session), (CASE, 1))
    with pytest.raises(RuleViolation), transaction(office.engine) as session:
        deadlines.extend(office.ctx(session), id, date(2026, 6, 10), "理由")
    with pytest.raises(NotFound), transaction(office.engine) as session:
        deadlines.extend(office.ctx(session), id + 1, date(2026, 6, 10), "理由")


def test_paused_time_is_not_counted(office: Office) -> None:
    id = office.open(Basis.working_days_after(date(2026, 3, 2), 10, "签收"))  # due 03-16
    office.clock.move_to(shanghai("2026-03-09"))  # five working days are left: 10, 11, 12, 13, 16
    with transaction(office.engine) as session:
        deadlines.pause(office.ctx(session), id, "等待省厅文件")
    assert office.get(id).next_action_at is None
    assert office.sweep_at(shanghai("2026-04-13")) == 0
    with transaction(office.engine) as session:
        deadlines.resume(office.ctx(session), id, "文件已到")
    resumed = office.get(id)
    assert (resumed.state, resumed.due_on) == (DeadlineState.OPEN, date(2026, 4, 20))
    assert resumed.original_due_on == date(2026, 3, 16)
    assert [c.kind for c in resumed.changes] == ["paused", "resumed"]
    assert resumed.next_step == "remind_3"
    with transaction(office.engine, read_only=True) as session:
        actions = [e.action for e in audit.history(session, f"{CASE}:1")]
        assert actions == ["deadline.resumed", "deadline.paused"]


def test_resumed_on_the_same_day_nothing_moves(office: Office) -> None:
    id = office.open(DUE)
    with transaction(office.engine) as session:
        deadlines.pause(office.ctx(session), id, "误操作")
        deadlines.resume(office.ctx(session), id, "更正")
    assert office.get(id).due_on == date(2026, 3, 31)


def test_pause_and_resume_refuse(office: Office) -> None:
    id = office.open(DUE)
    with pytest.raises(RuleViolation), transaction(office.engine) as session:
        deadlines.resume(office.ctx(session), id, "理由")
    with transaction(office.engine) as session:
        deadlines.pause(office.ctx(session), id, "理由")
    with pytest.raises(RuleViolation), transaction(office.engine) as session:
        deadlines.pause(office.ctx(session), id, "理由")
    with pytest.raises(RuleViolation), transaction(office.engine) as session:
        deadlines.extend(office.ctx(session), id, date(2026, 6, 10), "理由")
    with transaction(office.engine) as session:
        deadlines.resume(office.ctx(session), id, "理由")
    office.clock.move_to(shanghai("2026-04-01"))
    with pytest.raises(RuleViolation), transaction(office.engine) as session:
        deadlines.pause(office.ctx(session), id, "理由")


def test_the_idea_is_told_of_every_change(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, date]] = []
    monkeypatch.setattr(deadlines.subjects, "_subjects", {**deadlines.subjects._subjects})
    deadlines.register_subject(
        CASE,
        lock=lambda ctx, id: None,
        on_passed=lambda ctx, d: None,
        on_changed=lambda ctx, d: told.append((str(d.state), d.due_on)),
    )
    id = office.open(DUE)
    with transaction(office.engine) as session:
        ctx = office.ctx(session)
        deadlines.extend(ctx, id, date(2026, 4, 30), "理由")
        deadlines.pause(ctx, id, "理由")
        deadlines.resume(ctx, id, "理由")
    assert told == [(s, date(2026, 4, 30)) for s in ("open", "paused", "open")]


def test_lists_filter_by_the_same_light_that_rows_show(office: Office) -> None:
    for n in range(60):
        basis = Basis.fixed_date(date(2026, 3, 2) + timedelta(days=n), "限期")
        office.open(basis, case=1 + n % 3, kind=f"kind.{n}")
    with transaction(office.engine) as session:
        deadlines.cancel(office.ctx(session), (CASE, 1), "kind.30")
        deadlines.meet(office.ctx(session), (CASE, 2), "kind.31")
    office.sweep_at(shanghai("2026-03-20"))
    seen = set()
    for at in (shanghai("2026-03-20", 10), shanghai("2026-03-28"), shanghai("2026-05-02")):
        with transaction(office.engine, read_only=True) as session:
            calendar = load(session)
            by_light = {
                d.id: light(d, at, calendar, DEFAULT).colour for d in session.scalars(select(Deadline))
            }
            for colour in Colour:
                ids = session.scalars(
                    select(Deadline.id).where(queries.shines(colour, at, calendar, DEFAULT))
                )
                assert set(ids) == {id for id, c in by_light.items() if c is colour}
            seen |= set(by_light.values())
    assert seen == set(Colour)


def test_reads_for_pages(office: Office) -> None:
    old = office.open(DUE)
    with transaction(office.engine) as session:
        deadlines.meet(office.ctx(session), (CASE, 1), "obligation.due")
    new, other = office.open(DUE), office.open(Basis.fixed_date(date(2026, 3, 20), "限期"), case=2)
    with transaction(office.engine, read_only=True) as session:
        live = queries.live(session, (CASE, 1), "obligation.due")
        latest = queries.latest(session, (CASE, 1), "obligation.due")
        assert live is latest is not None
        assert live.id == new
        assert queries.live(session, (CASE, 3), "obligation.due") is None
        assert [d.id for d in queries.of_subject(session, (CASE, 1))] == [old, new]
        many = queries.latest_of_many(session, CASE, [1, 2, 3], "obligation.due")
        assert {case: d.id for case, d in many.items()} == {1: new, 2: other}
        late = queries.overdue(session, shanghai("2026-04-02"))
        assert [d.id for d in late] == [other, new]
        assert queries.overdue(session, shanghai("2026-04-02"), unit_ids=[6]) == []
