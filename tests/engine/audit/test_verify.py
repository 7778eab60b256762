"""Each attack on the audit, by one who owns the database but neither key nor file of seals, is found."""

import stat
import threading
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from sqlalchemy import Connection, Engine, select, text

from engine import audit
from engine.audit import AuditEntry, AuditSeal, Problem
from engine.audit.models import GENESIS
from engine.audit.seals import log_line, make_key, seal_digest
from engine.audit.service import entry_digest, sm3
from engine.clock import FixedClock
from engine.context import Actor, Context
from engine.db import Session, transaction
from engine.errors import RuleViolation
from engine.settings import Settings

STREAMS = ("work_item:1", "work_item:2", "campaign:1")


class Ledger:
    """An audit with three streams of five entries each, sealed twice."""

    def __init__(self, db: Engine, clock: FixedClock, settings: Settings) -> None:
        self.db, self.clock, self.settings = db, clock, settings
        for round in range(2):
            for n in range(5 - 2 * round):
                for stream in STREAMS[round:]:
                    self.record(stream, n)
            self.seal()

    def record(self, stream: str, n: int = 0) -> None:
        with transaction(self.db) as session:
            ctx = Context(session, Actor("李敏", 7), self.clock, self.settings)
            audit.record(ctx, stream, "obligation.submitted", ("obligation", n), round=n)
        self.clock.move(seconds=1)

    def seal(self) -> int:
        return audit.seal(self.db, self.clock, self.settings)

    def verify(self) -> list[Problem]:
        with transaction(self.db, read_only=True) as session:
            return self.verify_in(session)

    def verify_in(self, session: Session) -> list[Problem]:
        return audit.verify(session, self.settings.seal_log, self.settings.seal_key)

    def attack(self, act: Callable[[Connection], object]) -> list[Problem]:
        """Run ``act`` with the triggers off, as the owner of the database can; look; undo it all."""
        with self.db.begin() as connection:
            if self.db.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            else:
                triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
                for name in connection.scalars(text(triggers)).all():
                    connection.execute(text(f"DROP TRIGGER {name}"))
            act(connection)
            with Session(connection) as session:
                found = self.verify_in(session)
            connection.rollback()
        return found

    def log(self) -> list[bytes]:
        return Path(self.settings.seal_log).read_bytes().splitlines(keepends=True)

    def write_log(self, lines: list[bytes]) -> None:
        Path(self.settings.seal_log).write_bytes(b"".join(lines))


@pytest.fixture
def ledger(any_db: Engine, clock: FixedClock, settings: Settings) -> Ledger:
    return Ledger(any_db, clock, settings)


def _recompute(connection: Connection, stream: str) -> None:
    """What a careful forger does after an edit: every digest of the stream anew, and its head."""
    previous = GENESIS
    columns = AuditEntry.__table__.columns
    entries = connection.execute(
        select(*columns).where(columns.stream == stream).order_by(columns.seq)
    ).mappings()
    for entry in entries.all():
        previous = entry_digest(previous, entry)
        connection.execute(
            text("UPDATE audit_entry SET digest = :digest WHERE id = :id"),
            {"digest": previous, "id": entry["id"]},
        )
    connection.execute(
        text(
            "UPDATE audit_stream SET digest = :digest, seq = "
            "(SELECT max(seq) FROM audit_entry WHERE stream = :stream) WHERE name = :stream"
        ),
        {"digest": previous, "stream": stream},
    )


EDIT = "UPDATE audit_entry SET actor_name = '王强' WHERE stream = 'work_item:1' AND seq = 3"


def _sql(statement: str) -> Callable[[Connection], object]:
    return lambda connection: connection.exec_driver_sql(statement)


def test_an_untouched_audit_has_no_problems(ledger: Ledger) -> None:
    assert ledger.verify() == []
    ledger.record("work_item:1")
    assert ledger.verify() == []
    assert len(ledger.log()) == 2


PLAIN_ATTACKS = [
    ("UPDATE audit_entry SET actor_name = '王强' WHERE stream = 'work_item:1' AND seq = 3",
     {Problem("entry_changed", "work_item:1", 3)}),
    ("UPDATE audit_entry SET detail = '{\"round\":9}' WHERE stream = 'work_item:1' AND seq = 3",
     {Problem("detail_changed", "work_item:1", 3)}),
    ("UPDATE audit_entry SET detail = NULL, salt = NULL WHERE stream = 'work_item:1' AND seq = 3",
     {Problem("erasure_unrecorded", "work_item:1", 3)}),
    ("DELETE FROM audit_entry WHERE stream = 'work_item:1' AND seq = 2",
     {Problem("entry_missing", "work_item:1", 2)}),
    ("DELETE FROM audit_entry WHERE stream = 'work_item:1' AND seq = 5",
     {Problem("head_wrong", "work_item:1", 4), Problem("sealed_entry_wrong", "work_item:1", 5)}),
    ("DELETE FROM audit_entry WHERE stream = 'work_item:1'",
     {Problem("stream_dropped", "work_item:1", 5), Problem("sealed_entry_wrong", "work_item:1", 5)}),
    ("UPDATE audit_stream SET digest = '0' WHERE name = 'work_item:1'",
     {Problem("head_wrong", "work_item:1", 5)}),
    ("DELETE FROM audit_stream WHERE name = 'work_item:1'",
     {Problem("head_wrong", "work_item:1", 5)}),
    ("DELETE FROM audit_seal WHERE seq = 2",
     {Problem("seal_missing", seq=2)}),
    ("DELETE FROM audit_seal",
     {Problem("seal_missing", seq=1), Problem("seal_missing", seq=2)}),
    ("UPDATE audit_seal SET heads = '[]' WHERE seq = 1",
     {Problem("seal_changed", seq=1)}),
]  # fmt: skip


def test_plain_attacks_are_found(ledger: Ledger) -> None:
    found = {statement: set(ledger.attack(_sql(statement))) for statement, _ in PLAIN_ATTACKS}
    assert found == dict(PLAIN_ATTACKS)
    assert ledger.verify() == []


def test_swapped_entries_are_found(ledger: Ledger) -> None:
    def swap(connection: Connection) -> None:
        for old, new in ((3, 99), (4, 3), (99, 4)):
            connection.execute(
                text("UPDATE audit_entry SET seq = :new WHERE stream = 'work_item:1' AND seq = :old"),
                {"old": old, "new": new},
            )

    found = ledger.attack(swap)
    assert {Problem("entry_changed", "work_item:1", n) for n in (3, 4)} <= set(found)


def test_a_recomputed_chain_is_found_by_the_seal(ledger: Ledger) -> None:
    def forge(connection: Connection) -> None:
        connection.execute(text(EDIT))
        _recompute(connection, "work_item:1")

    assert ledger.attack(forge) == [Problem("sealed_entry_wrong", "work_item:1", 5)]


def test_a_cut_tail_with_a_moved_head_is_found_by_the_seal(ledger: Ledger) -> None:
    def cut(connection: Connection) -> None:
        connection.execute(text("DELETE FROM audit_entry WHERE stream = 'work_item:2' AND seq > 6"))
        _recompute(connection, "work_item:2")

    assert ledger.attack(cut) == [Problem("sealed_entry_wrong", "work_item:2", 8)]


def test_a_stream_dropped_with_its_head_is_found_by_the_seal(ledger: Ledger) -> None:
    def drop(connection: Connection) -> None:
        connection.execute(text("DELETE FROM audit_entry WHERE stream = 'work_item:2'"))
        connection.execute(text("DELETE FROM audit_stream WHERE name = 'work_item:2'"))

    assert {p.code for p in ledger.attack(drop)} == {"sealed_entry_wrong"}


def test_a_seal_forged_after_a_recomputed_chain_is_found(ledger: Ledger, tmp_path: Path) -> None:
    """The forger makes seals and file agree with the new chain, but signs with another key."""
    key = make_key(tmp_path / "forged.pem")
    lines: list[bytes] = []

    def forge(connection: Connection) -> None:
        connection.execute(text(EDIT))
        _recompute(connection, "work_item:1")
        head = connection.scalar(text("SELECT digest FROM audit_stream WHERE name = 'work_item:1'"))
        previous = GENESIS
        for row in connection.execute(select(AuditSeal.__table__).order_by(AuditSeal.seq)).mappings().all():
            values = dict(row)
            heads = [[s, n, head if s == "work_item:1" else d] for s, n, d in orjson.loads(row["heads"])]
            values |= {"heads": orjson.dumps(heads).decode(), "previous": previous}
            values["heads_digest"] = sm3(values["heads"])
            made = AuditSeal(**values)
            made.digest = previous = seal_digest(made)
            made.signature = key.sign(bytes.fromhex(made.digest)).hex()
            table = AuditSeal.__table__
            connection.execute(
                table.update()  # type: ignore[attr-defined]
                .where(table.c.id == made.id)
                .values({c.name: getattr(made, c.name) for c in table.columns})
            )
            lines.append(orjson.dumps(log_line(made)) + b"\n")

    assert {p.code for p in ledger.attack(forge)} == {"seal_differs", "seal_forged"}
    ledger.write_log(lines)
    lines.clear()
    assert ledger.attack(forge) == [Problem("seal_forged", seq=1), Problem("seal_forged", seq=2)]


def test_changes_of_the_file_are_found(ledger: Ledger) -> None:
    first, second = ledger.log()
    ledger.write_log([second])
    assert ledger.verify() == [Problem("seal_unlogged", seq=1)]
    ledger.write_log([first])
    assert ledger.verify() == [Problem("seal_unlogged", seq=2)]
    ledger.write_log([b"{}\n", first, second])
    assert ledger.verify() == [Problem("log_damaged", seq=1)]
    ledger.write_log([first, second.replace(b'"signature":"', b'"signature":"0')])
    assert ledger.verify() == [Problem("seal_differs", seq=2)]
    Path(ledger.settings.seal_log).unlink()
    assert ledger.verify() == [Problem("seal_unlogged", seq=1), Problem("seal_unlogged", seq=2)]


def test_without_the_key_the_signatures_count_as_unchecked(ledger: Ledger) -> None:
    Path(ledger.settings.seal_key).unlink()
    assert ledger.verify() == [Problem("key_missing")]


def test_the_public_half_is_enough_to_verify(ledger: Ledger) -> None:
    public = Path(ledger.settings.seal_key + ".pub")
    with transaction(ledger.db) as session:
        assert audit.verify(session, ledger.settings.seal_log, public) == []


def test_only_changed_heads_are_sealed_and_nothing_when_nothing_changed(ledger: Ledger) -> None:
    assert ledger.seal() == 0
    ledger.record("campaign:1")
    assert ledger.seal() == 1
    with transaction(ledger.db) as session:
        seals = session.scalars(select(AuditSeal).order_by(AuditSeal.seq)).all()
        sealed = [[head[:2] for head in orjson.loads(s.heads) if head[0] in STREAMS] for s in seals]
        assert sealed == [
            [["work_item:1", 5], ["work_item:2", 5], ["campaign:1", 5]],
            [["work_item:2", 8], ["campaign:1", 8]],
            [["campaign:1", 9]],
        ]


def test_a_seal_committed_before_a_crash_reaches_the_file_later(ledger: Ledger) -> None:
    """Also where the crash left half a line."""
    first, second = ledger.log()
    ledger.write_log([first, second[:50]])
    assert ledger.seal() == 0
    assert ledger.log() == [first, second]
    assert ledger.verify() == []


def test_the_key_is_private_and_never_replaced(ledger: Ledger) -> None:
    path = Path(ledger.settings.seal_key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        make_key(path)
    path.unlink()
    ledger.record("campaign:1")
    with pytest.raises(RuleViolation, match="请从备份恢复"):
        ledger.seal()
    assert not path.exists()


def test_sealers_and_writers_at_once_leave_one_chain(ledger: Ledger) -> None:
    errors: list[BaseException] = []

    def run(act: Callable[[], object]) -> Callable[[], None]:
        def loop() -> None:
            try:
                for _ in range(8):
                    act()
            except BaseException as error:
                errors.append(error)

        return loop

    acts = [
        ledger.seal,
        ledger.seal,
        lambda: ledger.record("work_item:1"),
        lambda: ledger.record("campaign:1"),
    ]
    threads = [threading.Thread(target=run(act)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    ledger.seal()
    assert ledger.verify() == []
