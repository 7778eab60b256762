"""Entries are chained within their stream, and neither they nor the seals can be changed."""

import threading
from collections.abc import Sequence

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import DBAPIError

from engine import audit
from engine.audit import AuditStream
from engine.audit.service import entry_digest
from engine.clock import FixedClock
from engine.context import Actor, Context, Role
from engine.db import Session, transaction
from engine.errors import AccessDenied
from engine.outbox import OutboxMessage
from engine.settings import Settings

CLERK = Actor("李敏", 7, frozenset({(1, Role.REPORTER)}))
SECURITY = Actor("安全员", 8, frozenset({(2, Role.SECURITY_ADMIN)}))


def _record(db: Engine, clock: FixedClock, settings: Settings, stream: str, **detail: object) -> None:
    with transaction(db) as session:
        ctx = Context(session, CLERK, clock, settings)
        audit.record(ctx, stream, "obligation.submitted", ("obligation", 3), **detail)


def test_each_entry_chains_to_the_one_before_it_in_its_stream(
    any_db: Engine, clock: FixedClock, settings: Settings
) -> None:
    for stream in ("work_item:1", "work_item:2", "work_item:1"):
        _record(any_db, clock, settings, stream, round=1)
        clock.move(minutes=1, microseconds=7)
    with transaction(any_db) as session:
        second, first = audit.history(session, "work_item:1")
        assert (first.seq, second.seq) == (1, 2)
        assert second.digest == entry_digest(first.digest, {c: getattr(second, c) for c in vars(second)})
        assert second.facts == {"round": 1}
        assert (second.actor_name, second.action, second.subject_id) == ("李敏", "obligation.submitted", 3)
        head = session.scalars(select(AuditStream).where(AuditStream.name == "work_item:1")).one()
        assert (head.seq, head.digest, head.sealed) == (2, second.digest, False)
        assert [e.seq for e in audit.history(session, "work_item:1", before=2)] == [1]


def test_an_entry_goes_with_its_transaction(any_db: Engine, clock: FixedClock, settings: Settings) -> None:
    with Session(any_db) as session:
        audit.record(Context(session, CLERK, clock, settings), "plan:1", "plan.imported", ("plan", 1))
        session.rollback()
    with transaction(any_db) as session:
        assert audit.history(session, "plan:1") == []


def test_the_records_of_a_transaction_lock_the_head_once_and_late(
    db: Engine, clock: FixedClock, settings: Settings
) -> None:
    statements: list[str] = []
    with transaction(db) as session:
        ctx = Context(session, CLERK, clock, settings)
        session.connection()
        event.listen(db, "before_cursor_execute", lambda _c, _cur, sql, *_: statements.append(sql))
        audit.record(ctx, "work_item:1", "work_item.acknowledged", ("work_item", 1))
        assert statements == []
    lock, written = statements
    assert lock.startswith("INSERT INTO audit_stream")
    assert written.startswith("WITH") and "audit_entry" in written and "UPDATE audit_stream" in written
    with transaction(db) as session:
        ctx = Context(session, CLERK, clock, settings)
        audit.record(ctx, "work_item:1", "work_item.plan_filed", ("work_item", 1))
        audit.record(ctx, "campaign:1", "campaign.closed", ("campaign", 1))
        audit.record(ctx, "work_item:1", "work_item.closed", ("work_item", 1))
        assert [e.seq for e in audit.history(session, "work_item:1")] == [3, 2, 1], "whoever reads sees them"
        assert audit.verify(session, settings.seal_log, settings.seal_key) == []


def test_what_is_recorded_when_all_else_is_written_chains_to_what_was_recorded_before(
    any_db: Engine, clock: FixedClock, settings: Settings
) -> None:
    """A number is given last of all, when the stream's head has been locked already, and that is recorded too."""

    def number(session: Session, items: Sequence[int]) -> None:
        ctx = Context(session, CLERK, clock, settings)
        for item in items:
            audit.record(ctx, "work_item:1", "notice.numbered", ("notice", item))

    with transaction(any_db) as session:
        ctx = Context(session, CLERK, clock, settings)
        audit.record(ctx, "work_item:1", "notice.issued", ("notice", 1))
        session.at_end(number, 1, model=OutboxMessage)
    with transaction(any_db) as session:
        assert [e.seq for e in audit.history(session, "work_item:1")] == [2, 1]
        assert audit.verify(session, settings.seal_log, settings.seal_key) == []


def test_writers_of_one_stream_queue_up_and_lose_nothing(
    any_db: Engine, clock: FixedClock, settings: Settings
) -> None:
    """Also the birth of the stream is contested."""
    start = threading.Barrier(4)

    def write() -> None:
        start.wait()
        for _ in range(10):
            _record(any_db, clock, settings, "work_item:1")

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(any_db) as session:
        entries = audit.history(session, "work_item:1")
        assert [e.seq for e in entries] == list(range(40, 0, -1))
        assert audit.verify(session, settings.seal_log, settings.seal_key) == []


REFUSED = [
    "UPDATE audit_entry SET actor_name = '无名'",
    "UPDATE audit_entry SET detail = '{}'",
    "UPDATE audit_entry SET detail = NULL",
    "UPDATE audit_entry SET detail = NULL, salt = NULL, action = 'nothing.happened'",
    "DELETE FROM audit_entry",
    "UPDATE audit_seal SET signature = ''",
    "DELETE FROM audit_seal",
    "DELETE FROM audit_stream",
    "UPDATE audit_stream SET seq = 0",
    "UPDATE audit_stream SET name = 'work_item:2'",
]


def test_the_database_refuses_changes(any_db: Engine, clock: FixedClock, settings: Settings) -> None:
    _record(any_db, clock, settings, "work_item:1", phone="13900000000")
    audit.seal(any_db, clock, settings)
    statements = list(REFUSED)
    if any_db.dialect.name == "postgresql":
        statements += [f"TRUNCATE {table}" for table in ("audit_entry", "audit_seal", "audit_stream")]
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"), any_db.begin() as connection:
            connection.exec_driver_sql(statement)


def test_personal_detail_is_erased_by_the_security_administrator_and_the_chain_stays_whole(
    any_db: Engine, clock: FixedClock, settings: Settings
) -> None:
    _record(any_db, clock, settings, "account:7", phone="13900000000")
    with transaction(any_db) as session:
        (entry,) = audit.history(session, "account:7")
    for actor in (CLERK, Actor("审计员", 9, frozenset({(2, Role.AUDIT_ADMIN)}))):
        with pytest.raises(AccessDenied), transaction(any_db) as session:
            audit.erase_detail(Context(session, actor, clock, settings), entry.id, "本人要求")
    with transaction(any_db) as session:
        audit.erase_detail(Context(session, SECURITY, clock, settings), entry.id, "本人要求")
    with transaction(any_db) as session:
        erasure, erased = audit.history(session, "account:7")
        assert (erased.detail, erased.salt, erased.facts) == (None, None, None)
        assert (erasure.action, erasure.facts) == ("audit.detail_erased", {"reason": "本人要求"})
        assert audit.verify(session, settings.seal_log, settings.seal_key) == []


def test_equal_details_have_different_digests(any_db: Engine, clock: FixedClock, settings: Settings) -> None:
    """Otherwise a telephone number could be guessed from its digest after erasure."""
    for _ in range(2):
        _record(any_db, clock, settings, "account:7", phone="13900000000")
    with transaction(any_db) as session:
        one, two = audit.history(session, "account:7")
        assert one.detail == two.detail
        assert one.detail_digest != two.detail_digest
