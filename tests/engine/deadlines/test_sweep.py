"""The sweep on both databases: a ladder climbed, downtime, failures, and plans that stay cheap."""

import logging
from datetime import date
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, select, text

from engine import audit, deadlines, outbox, working_days
from engine.clock import FixedClock
from engine.db import transaction
from engine.deadlines import Action, Basis, Deadline, DeadlineState, Fact, actions, policies, subjects
from engine.settings import Settings
from engine.working_days import CalendarDayFact
from tests.engine.deadlines import cases
from tests.engine.deadlines.cases import CASE, Office, make_cases, shanghai

DUE = Basis.fixed_date(date(2026, 3, 31), "3月31日前")


def told(office: Office) -> list[tuple[str, str, list[str]]]:
    """What went to the outbox: (fact, step, recipients)."""
    with transaction(office.engine, read_only=True) as session:
        rows = session.scalars(select(outbox.OutboxMessage).order_by(outbox.OutboxMessage.id))
        return [(m.kind, m.facts["step"], m.facts["recipients"]) for m in rows]


def test_a_ladder_is_climbed_to_its_end(office: Office) -> None:
    id = office.open(DUE)
    climbed = [
        ("2026-03-10", 9, "remind_15", "remind_7"),
        ("2026-03-20", 9, "remind_7", "remind_3"),
        ("2026-03-26", 9, "remind_3", "remind_1"),
        ("2026-03-30", 9, "remind_1", "passed"),
        ("2026-04-01", 0, "passed", "escalate_1"),
        ("2026-04-01", 9, "escalate_1", "escalate_3"),
        ("2026-04-03", 9, "escalate_3", "escalate_10"),
        ("2026-04-15", 9, "escalate_10", "escalate_20"),
        ("2026-04-29", 9, "escalate_20", None),
    ]
    for n, (on, hour, step, following) in enumerate(climbed):
        assert office.sweep_at(shanghai(on, hour - 1, 59) if hour else shanghai("2026-03-31", 23, 59)) == 0
        assert office.sweep_at(shanghai(on, hour)) == 1
        row = office.get(id)
        assert [s.step for s in row.steps] == [c[2] for c in climbed[: n + 1]]
        assert row.steps[-1].planned_at == row.steps[-1].fired_at == shanghai(on, hour)
        assert row.next_step == following
        assert (row.next_action_at is None) == (following is None)
        assert office.sweep_at(shanghai(on, hour)) == 0, step
    row = office.get(id)
    assert (row.state, row.passed_at) == (DeadlineState.PASSED, shanghai("2026-04-01", 0))
    assert office.passings() == [(id, "passed")]
    assert told(office) == [
        ("deadline.reminded", "remind_15", ["reporter"]),
        ("deadline.reminded", "remind_7", ["reporter"]),
        ("deadline.reminded", "remind_3", ["reporter", "head"]),
        ("deadline.reminded", "remind_1", ["reporter", "head"]),
        ("deadline.passed", "passed", ["reporter", "head"]),
        ("deadline.escalated", "escalate_1", ["lead"]),
        ("deadline.escalated", "escalate_3", ["head", "office"]),
        ("deadline.escalated", "escalate_10", ["leader"]),
        ("deadline.escalated", "escalate_20", ["office", "leader"]),
    ]
    with transaction(office.engine, read_only=True) as session:
        entries = audit.history(session, f"{CASE}:1")
        assert [e.action for e in reversed(entries)] == [kind for kind, _, _ in told(office)]
        assert all(e.actor_name == "期限巡查" for e in entries)


def test_missed_reminders_collapse_into_the_latest(office: Office) -> None:
    id = office.open(DUE)
    assert office.sweep_at(shanghai("2026-03-28", 15)) == 1
    steps = [(s.step, s.outcome, s.planned_at) for s in office.get(id).steps]
    assert steps == [
        ("remind_15", "collapsed", shanghai("2026-03-10")),
        ("remind_7", "collapsed", shanghai("2026-03-20")),
        ("remind_3", "fired", shanghai("2026-03-26")),
    ]
    assert told(office) == [("deadline.reminded", "remind_3", ["reporter", "head"])]


def test_after_downtime_lateness_is_recorded_with_its_true_dates(office: Office) -> None:
    id = office.open(DUE)
    assert office.sweep_at(shanghai("2026-04-10", 15)) == 1
    row = office.get(id)
    assert row.passed_at == shanghai("2026-04-01", 0)
    fired = [(s.step, s.planned_at) for s in row.steps if s.outcome == "fired"]
    assert fired == [
        ("passed", shanghai("2026-04-01", 0)),
        ("escalate_1", shanghai("2026-04-01")),
        ("escalate_3", shanghai("2026-04-03")),
    ]
    assert all(s.fired_at == shanghai("2026-04-10", 15) for s in row.steps)
    assert len(row.steps) == 7
    assert [kind for kind, _, _ in told(office)] == ["deadline.passed"] + ["deadline.escalated"] * 2
    assert (row.next_step, row.next_action_at) == ("escalate_10", shanghai("2026-04-15"))


def test_a_window_ends_without_telling_anybody(office: Office) -> None:
    id = office.open(DUE, kind="work_item.sampling")
    assert office.get(id).next_step == "passed"
    assert office.sweep_at(shanghai("2026-04-01", 0)) == 1
    assert office.passings() == [(id, "passed")]
    assert told(office) == []
    assert office.get(id).next_action_at is None


def test_a_changed_ladder_binds_only_what_opens_later(office: Office) -> None:
    old = office.open(DUE)
    with transaction(office.engine) as session:
        ladder: list[dict[str, Any]] = [
            {"key": "remind_5", "offset": -5, "to": ["head"]},
            {"key": "passed", "offset": 0, "to": ["office"]},
        ]
        policy = policies.publish(office.ctx(session), "default", ladder)
        assert policy.version == 2
        policies.seed_policies(office.ctx(session))  # does not undo it
    new = office.open(DUE, case=2)
    office.sweep_at(shanghai("2026-05-20"))
    assert [s.step for s in office.get(new).steps] == ["remind_5", "passed"]
    assert len(office.get(old).steps) == 9


def test_a_step_is_taken_when_its_condition_holds_and_does_the_gravest_that_is_asked(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafted: list[tuple[int, str, str]] = []
    monkeypatch.setattr(actions, "_performing", {})
    monkeypatch.setattr(subjects, "_facts", {})
    for action in (Action.REMINDER_LETTER, Action.CIRCULAR):
        actions.register(action, lambda ctx, d, step: drafted.append((d.id, step.action, d.state)))
    submitted = {1: False, 2: True}
    deadlines.register_fact(CASE, Fact.SUBMITTED, lambda ctx, d: submitted[d.subject_id])
    ladder = [
        {"key": "remind_3", "offset": -3, "to": ["reporter"]},
        {"key": "remind_1", "offset": -1, "to": ["head"], "condition": "not_submitted"},
        {"key": "passed", "offset": 0, "to": []},
        {
            "key": "letter",
            "offset": 1,
            "to": ["lead"],
            "condition": "not_submitted",
            "action": "notice.reminder_letter",
        },
        {"key": "circular", "offset": 3, "to": ["office"], "action": "notice.circular"},
        {"key": "final", "offset": 5, "to": ["leader"], "condition": "final_only"},
    ]
    with transaction(office.engine) as session:
        policies.publish(office.ctx(session), "default", ladder)
    owing, handed_in = office.open(DUE), office.open(DUE, case=2)
    office.sweep_at(shanghai("2026-03-30"))
    outcomes = {id: [(s.step, s.outcome) for s in office.get(id).steps] for id in (owing, handed_in)}
    assert outcomes[owing] == [("remind_3", "collapsed"), ("remind_1", "fired")]
    assert outcomes[handed_in] == [("remind_3", "fired"), ("remind_1", "skipped")]
    office.sweep_at(shanghai("2026-04-01"))
    assert drafted == [(owing, "notice.reminder_letter", "passed")]
    submitted[2] = False
    office.sweep_at(shanghai("2026-04-20"))
    assert sorted(drafted[1:]) == [(id, "notice.circular", "passed") for id in (owing, handed_in)]
    assert [(s.step, s.outcome) for s in office.get(handed_in).steps][2:] == [
        ("passed", "fired"), ("letter", "skipped"), ("circular", "fired"), ("final", "skipped"),
    ]  # fmt: skip
    assert [step for _, step, _ in told(office)].count("letter") == 1
    late = office.open(DUE, case=3)
    submitted[3] = False
    office.sweep_at(shanghai("2026-04-20"))
    assert drafted[3:] == [(late, "notice.circular", "passed")], "after downtime one sheet, not two"
    assert office.get(late).next_step is None


@pytest.mark.parametrize(
    "ladder",
    [
        [{"key": "remind_1", "offset": -1, "to": ["head"]}],  # never passes
        [{"key": "late", "offset": 0, "to": ["head"]}],
        [{"key": "passed", "offset": 0, "to": ["head"]}, {"key": "passed", "offset": 1, "to": ["head"]}],
        [{"key": "passed", "offset": 0, "to": ["everybody"]}],
    ],
)
def test_a_ladder_that_makes_no_sense_is_refused(office: Office, ladder: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError), transaction(office.engine) as session:
        policies.publish(office.ctx(session), "default", ladder)


def test_a_step_that_a_new_notice_moves_away_waits(office: Office) -> None:
    id = office.open(Basis.fixed_date(date(2026, 3, 31), "限期"))  # remind_7 on 03-20
    office.sweep_at(shanghai("2026-03-19"))
    with transaction(office.engine) as session:
        calendar = working_days.load(session)
        notice = {on: f for on, f in calendar.days.items() if on.year == 2026}
        notice[date(2026, 3, 28)] = CalendarDayFact(True, "补班", True)  # a Saturday is worked
        working_days.replace_year(office.ctx(session), 2026, notice, source="一份通知")
    assert office.sweep_at(shanghai("2026-03-20")) == 0
    row = office.get(id)
    assert (row.next_step, row.next_action_at) == ("remind_7", shanghai("2026-03-23"))
    assert office.sweep_at(shanghai("2026-03-23")) == 1


def test_a_failing_case_is_logged_and_holds_up_no_other(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    bad = [office.open(DUE, case=1, kind=f"kind.{n}") for n in range(3)]
    good = [office.open(DUE, case=2, kind=f"kind.{n}") for n in range(3)]
    with office.engine.begin() as connection:
        connection.execute(text("DELETE FROM test_case WHERE id = 1"))
    office.clock.move_to(shanghai("2026-04-01"))
    with caplog.at_level(logging.ERROR):
        swept = deadlines.sweep(office.engine, office.clock, office.settings, batch=2)
    assert (swept.acted, swept.failed) == (3, 3)
    assert len(caplog.records) == 3
    assert {id for id, _ in office.passings()} == set(good)
    assert all(office.get(id).steps == [] for id in bad), "what failed is whole or absent"
    with transaction(office.engine, read_only=True) as session:
        assert sorted(deadlines.due_ids(session, office.clock.now())) == bad


def test_a_poisonous_case_takes_none_of_its_neighbours_along(
    office: Office, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They share a transaction until one of them fails."""
    bad, *good = (office.open(DUE, case=case) for case in (2, 1, 3))
    monkeypatch.setattr(cases, "POISON", {2})
    office.clock.move_to(shanghai("2026-04-01", 10))
    with caplog.at_level(logging.ERROR):
        swept = deadlines.sweep(office.engine, office.clock, office.settings)
    assert (swept.acted, swept.failed) == (2, 1)
    assert [record.getMessage() for record in caplog.records] == [f"deadline {bad} could not be handled"]
    assert {id for id, _ in office.passings()} == set(good)
    assert office.get(bad).steps == []
    monkeypatch.setattr(cases, "POISON", set())
    assert office.sweep_at(office.clock.now()) == 1
    assert len(told(office)) == 6


def test_what_another_holds_is_passed_over_and_comes_last(
    db: Engine, clock: FixedClock, settings: Settings
) -> None:
    make_cases(db)
    office = Office(db, clock, settings)
    held, *others = (office.open(DUE, case=case) for case in (2, 1, 3))
    clock.move_to(shanghai("2026-04-01", 0))
    parts = deadlines.sweep_in_parts(db, clock, settings)
    with db.begin() as connection:
        connection.execute(text("SELECT id FROM test_case WHERE id = 2 FOR UPDATE"))
        assert next(parts).acted == 2
    assert [id for id, _ in office.passings()] == others
    assert [part.acted for part in parts] == [1]
    assert office.get(held).passed_at == shanghai("2026-04-01", 0)


def test_a_sweep_may_be_left_between_two_transactions(office: Office) -> None:
    ids = [office.open(DUE, case=case, kind=f"kind.{n}") for case in (1, 2, 3) for n in range(2)]
    office.clock.move_to(shanghai("2026-04-01", 0))
    parts = deadlines.sweep_in_parts(office.engine, office.clock, office.settings)
    assert next(parts).acted == 3, "each case once"
    parts.close()  # type: ignore[attr-defined]
    assert len(office.passings()) == 3
    assert office.sweep_at(office.clock.now()) == 3
    assert [id for id, _ in office.passings()] == ids


def test_due_ids_come_longest_waiting_first(office: Office) -> None:
    late = office.open(Basis.fixed_date(date(2026, 4, 20), "限期"), kind="work_item.sampling")
    early = office.open(Basis.fixed_date(date(2026, 4, 10), "限期"), case=2, kind="work_item.sampling")
    with transaction(office.engine, read_only=True) as session:
        assert deadlines.due_ids(session, shanghai("2026-04-10")) == []
        assert deadlines.due_ids(session, shanghai("2026-04-11", 0)) == [early]
        assert deadlines.due_ids(session, shanghai("2026-05-01")) == [early, late]
        assert deadlines.due_ids(session, shanghai("2026-05-01"), limit=1) == [early]


def test_facts_carry_what_a_message_needs(office: Office) -> None:
    id = office.open(DUE)
    office.sweep_at(shanghai("2026-03-31", 9))
    with transaction(office.engine, read_only=True) as session:
        (message,) = session.scalars(select(outbox.OutboxMessage))
        assert orjson.loads(message.data) == {
            "deadline_id": id,
            "deadline_kind": "obligation.due",
            "step": "remind_1",
            "offset": -1,
            "due_on": "2026-03-31",
            "planned_at": "2026-03-30T01:00:00+00:00",
            "unit_id": 5,
            "recipients": ["reporter", "head"],
        }
        assert (message.subject_type, message.subject_id) == (CASE, 1)


def test_an_idle_tick_reads_an_index_only(any_db: Engine, office: Office) -> None:
    with transaction(any_db) as session:
        openings = [
            deadlines.Opening((CASE, n), "obligation.due", DUE, unit_id=1, stream="x") for n in range(5000)
        ]
        deadlines.open_many(office.ctx(session), openings)
    query = select(Deadline.next_action_at, Deadline.id).where(
        Deadline.next_action_at <= shanghai("2026-03-02")
    )
    query = query.order_by(Deadline.next_action_at, Deadline.id).limit(500)
    with any_db.connect() as connection:
        compiled = str(query.compile(any_db, compile_kwargs={"literal_binds": True}))
        if any_db.dialect.name == "postgresql":
            connection.execute(text("ANALYZE deadline"))
            plan = "\n".join(connection.scalars(text("EXPLAIN " + compiled)))
        else:
            plan = "\n".join(row[3] for row in connection.execute(text("EXPLAIN QUERY PLAN " + compiled)))
    assert "ix_deadline_next_action" in plan
    assert "SCAN" not in plan.replace("Index Only Scan", "").replace("Index Scan", ""), plan
