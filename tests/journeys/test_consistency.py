"""The consistency check itself: silent over every kind of case on its way, and not to be deceived."""

import io
from pathlib import Path

from sqlalchemy import Engine, select, text

from engine import files
from engine.clock import FixedClock
from engine.context import Actor
from engine.db import Session
from engine.inspections import checks, rectifications
from engine.inspections.models import Rectification, Severity
from engine.inspections.rules import FindingDraft
from engine.settings import Settings
from tests.consistency import assert_consistent, come_to_rest, problems
from tests.engine.inspections.world import World, build

#: What somebody or something might have done, and a piece of what is said about it.
DAMAGE = (
    ("UPDATE work_item SET state = 'in_progress', closed_at = NULL WHERE state = 'closed'", "its process stands at"),
    ("UPDATE rectification SET state = 'open'", "its process stands at"),
    ("UPDATE process_instance SET state = (SELECT state FROM process_instance WHERE subject_type = 'key_task') "
     "WHERE subject_type = 'rectification'", "stands at"),
    ("UPDATE user_task SET state = 'withdrawn', ended_at = opened_at WHERE state = 'open'", "not what is offered"),
    ("UPDATE user_task SET unit_id = unit_id + 1 WHERE state = 'open'", "not what is offered"),
    ("UPDATE user_task SET due_at = opened_at WHERE state = 'open' AND deadline_kind IS NOT NULL",
     "not what is offered"),
    ("UPDATE obligation SET round = round + 1", "has rounds"),
    ("UPDATE submission SET state = 'returned'", "its review"),
    ("DELETE FROM review", "its review"),
    ("INSERT INTO outbox_message (message_id, kind, subject_type, subject_id, data, actor_name, created_at, "
     "dispatched_at) SELECT 'again', kind, subject_type, subject_id, data, actor_name, created_at, dispatched_at "
     "FROM outbox_message WHERE kind = 'check.recorded' LIMIT 1", "stands 2 times, happened 1"),
    ("DELETE FROM outbox_message WHERE kind = 'review.approved'", "stands 0 times, happened 1"),
    ("UPDATE outbox_message SET dispatched_at = NULL", "wait to be dispatched"),
    ("ALTER TABLE audit_entry DISABLE TRIGGER USER; DELETE FROM audit_entry WHERE action = 'work_item.closed'",
     "stands 0 times, happened 1"),
    ("UPDATE deadline SET state = 'met', met_at = opened_at, next_action_at = NULL, next_step = NULL "
     "WHERE kind = 'rectification.due' AND state IN ('open', 'passed')", "owes []"),
    ("UPDATE deadline SET next_action_at = opened_at, next_step = 'passed' WHERE state = 'met'", "has been due"),
    ("UPDATE deadline SET passed_at = NULL WHERE state = 'met'", "its step says otherwise"),
    ("UPDATE queue_item SET state = 'parked', run_at = NULL WHERE topic = 'process.message'", "is parked"),
    ("DELETE FROM queue_item WHERE topic = 'work_items.settle'", "was never put"),
    ("UPDATE file SET sha256 = repeat('0', 64)", "has no bytes"),
    ("UPDATE file SET sm3 = repeat('0', 64)", "has other bytes"),
    ("UPDATE file SET use_count = 0", "is used 1 times"),
    ("DELETE FROM rectification_file; DELETE FROM file", "bytes of no file"),
    ("INSERT INTO idempotency_key (caller_id, key, fingerprint, created_at) VALUES (1, 'k', 'f', now())",
     "hold no answer"),
)  # fmt: skip


def test_every_case_on_its_way_and_every_damage(db: Engine, clock: FixedClock, settings: Settings) -> None:
    world = build(db, clock, settings, units=2)
    agree(world)
    world.drawn()
    agree(world)
    found, clean = world.checks()
    defects = [FindingDraft(text, Severity.GENERAL, world.in_days(10)) for text in ("台账不全", "公示不全")]
    record(world, found, *defects)
    record(world, clean)
    agree(world)
    row, _untouched = world.read(select(Rectification).order_by(Rectification.id))
    report(world, row)
    inspector = world.inspector_of(found)
    world.act(inspector, rectifications.verify_rectification, row.id, passed=False, reasons="佐证不足")
    agree(world)
    world.pass_time(world.in_days(30))
    agree(world)
    report(world, row)
    agree(world)

    with Session(db) as session:
        for damage, said in DAMAGE:
            session.execute(text(damage))
            told = problems(session, settings, clock.now())
            session.rollback()
            assert any(said in problem for problem in told), (damage, told)
        assert problems(session, settings, clock.now()) == []
    (bytes_kept,) = (Path(settings.file_store) / "kept").iterdir()
    bytes_kept.write_bytes(b"x" * bytes_kept.stat().st_size)
    with Session(db) as session:
        assert any("has other bytes" in problem for problem in problems(session, settings, clock.now()))


def agree(world: World) -> None:
    come_to_rest(world.db, world.settings, world.clock)
    assert_consistent(world.db, world.settings, now=world.clock.now())


def record(world: World, check: object, *findings: FindingDraft) -> None:
    world.act(
        world.inspector_of(check),  # type: ignore[arg-type]
        checks.record_check,
        check.id,  # type: ignore[attr-defined]
        visited_on=world.today(),
        conclusion="到场检查完毕",
        findings=findings,
    )


def report(world: World, row: Rectification) -> None:
    assert world.reporters
    reporter: Actor = world.reporters[row.responsible_unit_id]
    staged = files.stage(
        world.db,
        world.settings,
        world.clock,
        io.BytesIO("已整改".encode()),
        name="说明.txt",
        staged_by=reporter,
    )
    world.act(
        reporter, rectifications.submit_rectification, row.id, text="已经整改", staged_file_ids=[staged.id]
    )
