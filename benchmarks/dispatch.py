"""交办: work items made by the queue in chunks, against one statement a chunk. 10,000 items a side at SCALE 1."""

import secrets
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import orjson
import psycopg
from psycopg.rows import dict_row

from benchmarks.city import City, prepare
from benchmarks.floor import SQL
from benchmarks.rounds import ROUNDS, interleave, median_ms, ratio
from engine.audit.models import GENESIS
from engine.audit.service import entry_digest, sm3
from engine.campaigns.dispatch import CHUNK
from engine.db import make_engine
from engine.settings import Settings


def run(url: str, scale: float, say: Callable[[str], None]) -> dict[str, object]:
    db = make_engine(url)
    prepare(db)
    units = max(CHUNK, round(10_000 * scale / (ROUNDS + 1)))
    city = City(db, Settings(), bureaus=units)
    key_tasks = city.campaign(2 * (ROUNDS + 1), city.units)
    for_us, for_floor = key_tasks[: ROUNDS + 1], key_tasks[ROUNDS + 1 :]
    for id in for_us[:1]:
        city.confirm(id)
    city.drain()  # so that there is a process state to write
    say(f"dispatch: {ROUNDS} rounds of {units} items a side")
    floor = Floor(url)
    floor.dispatch(for_floor[0])
    contenders = {"ours": _ours(city, for_us[1:]).__next__, "floor": _theirs(floor, for_floor[1:]).__next__}
    costs = interleave(contenders, portions=1)
    db.dispose()
    return {
        **ratio(costs, "floor", "ours").report("dispatch_vs_floor"),
        "dispatch_item_ms": round(median_ms(costs["ours"]) / units, 3),
        "dispatch_floor_item_ms": round(median_ms(costs["floor"]) / units, 3),
    }


def _ours(city: City, key_tasks: list[int]) -> Iterator[None]:
    """From the office's confirmation to the last item, all transactions of the queue included."""
    for id in key_tasks:
        city.confirm(id)
        yield city.drain()


def _theirs(floor: "Floor", key_tasks: list[int]) -> Iterator[None]:
    for id in key_tasks:
        yield floor.dispatch(id)


class Floor:
    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, row_factory=dict_row)
        template = self.connection.execute(
            "SELECT definition_id, spec_key, state AS process_state FROM process_instance"
            " WHERE subject_type = 'work_item' LIMIT 1"
        ).fetchone()
        policy = self.connection.execute("SELECT id AS policy_id FROM escalation_policy LIMIT 1").fetchone()
        self.connection.commit()
        self.same = {**(template or {}), **(policy or {}), "actor_name": "queue campaigns.dispatch"}

    def dispatch(self, key_task_id: int) -> None:
        position = 0
        while made := self._chunk(key_task_id, position):
            position += made

    def _chunk(self, key_task_id: int, position: int) -> int:
        asked = {"key_task_id": key_task_id, "position": position, "size": CHUNK}
        found = self.connection.execute(SQL["dispatch.read"], asked).fetchone()
        assert found is not None
        size = len(found["unit_ids"])
        if size:
            self.connection.execute(SQL["dispatch.write"], self._values(found, position, size))
        self.connection.commit()
        return size

    def _values(self, found: dict[str, object], position: int, size: int) -> dict[str, object]:
        now = datetime.now(UTC)
        ids: list[int] = found["item_ids"][:size]  # type: ignore[index]
        details, salts, digests = [], [], []
        for id, unit_id in zip(ids, found["unit_ids"], strict=True):  # type: ignore[call-overload]
            details.append(orjson.dumps({"key_task_id": found["key_task_id"], "unit_id": unit_id}).decode())
            salts.append(secrets.token_hex(16))
            entry = {
                "stream": f"work_item:{id}", "seq": 1, "at": now, "actor_id": None,
                "actor_name": self.same["actor_name"], "action": "work_item.assigned", "subject_type": "work_item",
                "subject_id": id, "detail_digest": sm3(salts[-1] + details[-1]),
            }  # fmt: skip
            digests.append((entry["detail_digest"], entry_digest(GENESIS, entry)))
        return {
            **found, **self.same, "item_ids": ids, "instance_ids": found["instance_ids"][:size],  # type: ignore[index]
            "numbers": [f"{found['number']}-{position + n:02d}" for n in range(1, size + 1)],
            "task_ids": [uuid.uuid4().hex for _ in ids], "message_ids": [str(uuid.uuid4()) for _ in ids],
            "salts": salts, "details": details, "detail_digests": [d for d, _ in digests],
            "digests": [d for _, d in digests], "now": now, "due_on": now.date() + timedelta(days=2),
            "due_at": now + timedelta(days=2), "next_action_at": now + timedelta(days=1),
            "basis": orjson.dumps({"rule": "working_days", "days": 2, "text": "事项交办之日起签收"}).decode(),
        }  # fmt: skip
