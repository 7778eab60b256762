"""The floor of the sweep: claim deadlines that are due, write what a step writes, nothing else (floor.sql)."""

import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any

import orjson
import psycopg
from psycopg.rows import dict_row

from benchmarks.floor import SQL
from engine.audit.service import entry_digest, sm3

ACTOR = "期限巡查"


class SweepFloor:
    """``together`` deadlines a transaction: one pick for all, then per transaction one locking SELECT, one statement
    that writes, one COMMIT. The digests of the entries are computed between the two."""

    def __init__(self, url: str, together: int) -> None:
        self.connection = psycopg.connect(url, row_factory=dict_row)
        self.together = together

    def remind(self, after: datetime, now: datetime) -> int:
        return self._sweep("remind", after, now)

    def pass_by(self, after: datetime, now: datetime) -> int:
        return self._sweep("pass", after, now)

    def _sweep(self, act: str, after: datetime, now: datetime) -> int:
        done, limit = 0, 500
        while True:
            picked = self.connection.execute(
                SQL["sweep.pick"], {"after": after, "now": now, "limit": limit}
            ).fetchall()
            self.connection.commit()
            ids = [row["id"] for row in picked]
            for begin in range(0, len(ids), self.together):
                asked = {"ids": ids[begin : begin + self.together], "now": now}
                rows = self.connection.execute(SQL["sweep.read"], asked).fetchall()
                self.connection.execute(SQL[f"sweep.{act}"], _values(act, rows, now))
                self.connection.commit()
                done += len(rows)
            if len(ids) < limit:
                return done


def _values(act: str, rows: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    given: dict[str, Any] = {
        "now": now, "actor_name": ACTOR, "planned_at": now, "next_action_at": now + timedelta(days=9),
        "deadline_ids": [r["deadline_id"] for r in rows], "subject_ids": [r["subject_id"] for r in rows],
        "policy_ids": [r["policy_id"] for r in rows], "due_ats": [r["due_at"] for r in rows],
        "process_states": [r["process_state"] for r in rows], "streams": [r["stream"] for r in rows],
        "message_ids": [str(uuid.uuid4()) for _ in rows],
        "seqs": [r["seq"] + (2 if act == "pass" else 1) for r in rows],
    }  # fmt: skip
    step, facts = ("passed", "deadline.passed") if act == "pass" else ("remind_15", "deadline.reminded")
    for row in rows:
        detail = orjson.dumps({
            "deadline_id": row["deadline_id"], "deadline_kind": row["kind"], "step": step, "due_on": row["due_on"],
            "planned_at": now, "unit_id": row["unit_id"], "recipients": ["reporter"], "offset": 0,
        }).decode()  # fmt: skip
        digest = _entry(given, "", row, facts, row["seq"] + 1, row["previous"], detail, now)
        if act == "pass":
            told = orjson.dumps({"round": row["round"]}).decode()
            _entry(given, "overdue_", row, "obligation.fell_overdue", row["seq"] + 2, digest, told, now)
    return given


def _entry(
    given: dict[str, Any], prefix: str, row: dict[str, Any], action: str, seq: int, previous: str, detail: str,
    now: datetime,
) -> str:  # fmt: skip
    salt = secrets.token_hex(16)
    entry = {
        "stream": row["stream"], "seq": seq, "at": now, "actor_id": None, "actor_name": ACTOR, "action": action,
        "subject_type": "obligation", "subject_id": row["subject_id"], "detail_digest": sm3(salt + detail),
    }  # fmt: skip
    digest = entry_digest(previous, entry)
    found = {"details": detail, "salts": salt, "detail_digests": entry["detail_digest"], "digests": digest}
    for name, value in found.items():
        given.setdefault(prefix + name, []).append(value)
    return digest
