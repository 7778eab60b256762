"""Finding out whether anyone touched the audit: edited, cut, dropped, recomputed or forged.

Reads everything once, in order, without holding it in memory, while others go on writing. Needs only to read
the three tables, the file of seals, and the public half of the sealing key.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import exists, select, tuple_
from sqlalchemy.orm import Session

from engine.audit.models import GENESIS, AuditEntry, AuditSeal, AuditStream
from engine.audit.seals import is_signed, log_line, read_public_key, seal_digest
from engine.audit.service import entry_digest, record, sm3
from engine.context import Context
from engine.permissions import Permission, require
from engine.texts import N_

#: code -> Chinese sentence (msgid); {stream} and {seq} are filled in by whoever shows it.
PROBLEMS = {
    "entry_missing": N_("{stream} 第{seq}条记录缺失"),
    "entry_changed": N_("{stream} 第{seq}条记录被改动"),
    "detail_changed": N_("{stream} 第{seq}条记录的明细被改动"),
    "erasure_unrecorded": N_("{stream} 第{seq}条记录的明细被清除，但没有清除记录"),
    "head_wrong": N_("{stream} 的链头与第{seq}条记录不符，末尾可能被截断"),
    "stream_dropped": N_("{stream} 的全部记录缺失（链头为第{seq}条）"),
    "sealed_entry_wrong": N_("{stream} 第{seq}条记录与封存时不符，可能被删除或整链重算"),
    "seal_changed": N_("第{seq}次封存的内容被改动"),
    "seal_forged": N_("第{seq}次封存的签名无效"),
    "seal_missing": N_("第{seq}次封存在数据库中缺失"),
    "seal_unlogged": N_("第{seq}次封存不在封存文件中"),
    "seal_differs": N_("第{seq}次封存与封存文件不一致"),
    "log_damaged": N_("封存文件第{seq}行无法读取"),
    "key_missing": N_("找不到封存公钥，签名未能核对"),
}


#: Where verifying itself is recorded.
STREAM = "audit"


@dataclass(frozen=True)
class Problem:
    """One finding: ``code`` of PROBLEMS, where it is. ``stream`` is empty for findings about seals."""

    code: str
    stream: str = ""
    seq: int = 0

    @property
    def text(self) -> str:
        """The Chinese msgid."""
        return PROBLEMS[self.code]

    def __str__(self) -> str:
        return self.text.format(stream=self.stream, seq=self.seq)


def verify(
    session: Session, seal_log: str | Path, seal_key: str | Path, *, limit: int = 1000
) -> list[Problem]:
    """All that is wrong, at most ``limit`` findings; an empty list means that nobody touched the audit.

    ``seal_key`` is the PEM of the sealing key or of its public half (``….pub``).
    """

    def findings() -> Iterator[Problem]:
        yield from _entries(session)
        yield from _dropped(session)
        yield from _seals(session, Path(seal_log), Path(seal_key))

    return list(islice(findings(), limit))


def note(ctx: Context, problems: list[Problem], *, shown: int = 50) -> None:
    """Record that somebody verified, and what was found: the first problems by name."""
    require(ctx, Permission.AUDIT_READ)
    named = [[problem.code, problem.stream, problem.seq] for problem in problems[:shown]]
    record(ctx, STREAM, "audit.verified", ("audit", 0), problems=len(problems), first=named)


def last_verification(session: Session) -> AuditEntry | None:
    """The latest entry that `note` wrote."""
    query = select(AuditEntry).where(AuditEntry.stream == STREAM, AuditEntry.action == "audit.verified")
    return session.scalars(query.order_by(AuditEntry.seq.desc()).limit(1)).one_or_none()


def _entries(session: Session) -> Iterator[Problem]:
    """Each stream's chain from its first entry to its head."""
    columns = AuditEntry.__table__.columns
    query = select(*columns).order_by(AuditEntry.stream, AuditEntry.seq)
    rows = session.execute(query, execution_options={"yield_per": 1000}).mappings()
    streams = groupby(rows, key=lambda row: str(row["stream"]))
    while batch := list(islice(_streams_checked(streams), 500)):
        for _, _, problems in batch:
            yield from problems
        yield from _heads(session, {stream: last for stream, last, _ in batch})


def _streams_checked(
    streams: Iterable[tuple[str, Iterator[Mapping[Any, Any]]]],
) -> Iterator[tuple[str, int, list[Problem]]]:
    """(stream, last seq, problems) of each stream in turn."""
    for stream, entries in streams:
        expected, previous = 1, GENESIS
        problems: list[Problem] = []
        erased: dict[int, int] = {}
        recorded: set[int] = set()
        for entry in entries:
            seq = entry["seq"]
            if seq != expected:
                gap = range(expected, min(seq, expected + 10))
                problems.extend(Problem("entry_missing", stream, n) for n in gap)
            elif entry_digest(previous, entry) != entry["digest"]:
                problems.append(Problem("entry_changed", stream, seq))
            if entry["detail"] is None:
                erased[entry["id"]] = seq
            elif sm3((entry["salt"] or "") + entry["detail"]) != entry["detail_digest"]:
                problems.append(Problem("detail_changed", stream, seq))
            if entry["action"] == "audit.detail_erased":
                recorded.add(entry["subject_id"])
            expected, previous = seq + 1, entry["digest"]
        silent = [seq for id, seq in erased.items() if id not in recorded]
        problems.extend(Problem("erasure_unrecorded", stream, seq) for seq in silent)
        yield stream, expected - 1, problems


def _heads(session: Session, last: dict[str, int]) -> Iterator[Problem]:
    """A head names an entry that exists and is the last one, or later: others may write meanwhile."""
    found = session.execute(
        select(AuditStream.name, AuditStream.seq, AuditEntry.id)
        .outerjoin(
            AuditEntry,
            (AuditEntry.stream == AuditStream.name)
            & (AuditEntry.seq == AuditStream.seq)
            & (AuditEntry.digest == AuditStream.digest),
        )
        .where(AuditStream.name.in_(last))
    )
    good = {name for name, seq, entry_id in found if entry_id is not None and seq >= last[name]}
    yield from (Problem("head_wrong", stream, seq) for stream, seq in last.items() if stream not in good)


def _dropped(session: Session) -> Iterator[Problem]:
    empty = ~exists().where(AuditEntry.stream == AuditStream.name)
    for stream, seq in session.execute(select(AuditStream.name, AuditStream.seq).where(empty)):
        yield Problem("stream_dropped", stream, seq)


def _seals(session: Session, log: Path, key_path: Path) -> Iterator[Problem]:
    """Each seal: its chain, its signature, its line in the file, and the entries that it names."""
    key = read_public_key(key_path)
    seals = session.scalars(select(AuditSeal).order_by(AuditSeal.seq).execution_options(yield_per=100))
    lines = _lines(log)
    line = next(lines, None)
    expected, previous = 1, GENESIS
    for row in seals:
        while isinstance(line, Problem) or (line is not None and line["seq"] < row.seq):
            yield line if isinstance(line, Problem) else Problem("seal_missing", seq=line["seq"])
            line = next(lines, None)
        if line is None or line["seq"] > row.seq:
            yield Problem("seal_unlogged", seq=row.seq)
        else:
            if line != log_line(row):
                yield Problem("seal_differs", seq=row.seq)
            line = next(lines, None)
        unbroken = row.seq == expected and row.previous == previous
        if not unbroken or sm3(row.heads) != row.heads_digest or seal_digest(row) != row.digest:
            yield Problem("seal_changed", seq=row.seq)
        if key is not None and not is_signed(row, key):
            yield Problem("seal_forged", seq=row.seq)
        yield from _sealed_entries(session, row.heads)
        expected, previous = row.seq + 1, row.digest
    while line is not None:
        yield line if isinstance(line, Problem) else Problem("seal_missing", seq=line["seq"])
        line = next(lines, None)
    if key is None and expected > 1:
        yield Problem("key_missing")


def _sealed_entries(session: Session, heads: str) -> Iterator[Problem]:
    """Chains only grow: what was a head once is an entry with the same digest for ever."""
    try:
        named = iter([(str(stream), int(seq), str(digest)) for stream, seq, digest in orjson.loads(heads)])
    except (ValueError, TypeError):
        return  # the seal was reported as changed already
    while batch := list(islice(named, 400)):
        wanted = tuple_(AuditEntry.stream, AuditEntry.seq).in_([(stream, seq) for stream, seq, _ in batch])
        query = select(AuditEntry.stream, AuditEntry.seq, AuditEntry.digest).where(wanted)
        there = {tuple(row) for row in session.execute(query)}
        yield from (Problem("sealed_entry_wrong", s, n) for s, n, d in batch if (s, n, d) not in there)


def _lines(log: Path) -> Iterator[dict[str, Any] | Problem]:
    if not log.exists():
        return
    with log.open("rb") as file:
        for number, raw in enumerate(file, 1):
            try:
                line = orjson.loads(raw)
                line["seq"] = int(line["seq"])
                yield line
            except (ValueError, TypeError, KeyError):
                yield Problem("log_damaged", seq=number)
