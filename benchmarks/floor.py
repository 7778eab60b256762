"""The floor of a step: the rows of submit, sign_off and decide written without rules, process or ORM.

Twice: `PsycopgFloor` with the statements of floor.sql, and `CoreFloor` with SQLAlchemy Core, which writes the same
rows one statement a row, as Core is commonly used.
"""

import re
import secrets
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import psycopg
from psycopg.rows import dict_row
from sqlalchemy import Engine, bindparam, insert, text, update

from engine.audit.service import entry_digest, sm3
from engine.db import Base

SQL = dict(
    re.findall(
        r"-- name: (\S+)\n(.+?)\s*(?=\n-- name:|\Z)", Path(__file__).with_name("floor.sql").read_text(), re.S
    )
)
VERBS = ("submit", "sign_off", "decide")
#: What differs from verb to verb: the act, and the user task that is offered next.
_ACTS = {
    "submit": ("obligation.submitted", "sign_off", "单位负责人签批", "obligation.sign_off", "head", "obligation.due"),
    "sign_off": ("obligation.signed_off", "review", "审核", "review.decide", "head", "review.due"),
    "decide": (
        "review.returned", "submit_evidence", "填报进展并上传佐证材料", "obligation.submit", "reporter",
        "obligation.due",
    ),
}  # fmt: skip
_BASIS = orjson.dumps(
    {
        "rule": "working_days",
        "on": "2026-03-02",
        "text": "责任单位报送之日起审核",
        "days": 5,
        "period_start": None,
    }
).decode()
TEXT = "已完成本阶段压减任务，证照合一事项占比达到目标值。" * 4


def values(verb: str, found: dict[str, Any]) -> dict[str, Any]:
    """Every value that the verb writes, from what the locking SELECT found."""
    now = datetime.now(UTC)
    action, element_id, name, form_key, role, kind = _ACTS[verb]
    detail = orjson.dumps({"round": found["round"], "files": []}).decode()
    subject = ("review", found["review_id"]) if verb == "decide" else ("obligation", found["obligation_id"])
    salt = secrets.token_hex(16)
    given = {
        "offered_due_at": now + timedelta(days=7), "due_on": now.date() + timedelta(days=7),
        "next_action_at": now + timedelta(days=5), "basis": _BASIS, "text": TEXT, "reasons": "数字不准，请核对",
        **found,
        "now": now, "at": now, "actor_id": 7, "actor_name": "人员7", "task_id": uuid.uuid4().hex,
        "element_id": element_id, "task_name": name, "form_key": form_key, "role": role, "deadline_kind": kind,
        "stream": f"work_item:{found['work_item_id']}", "action": action, "subject_type": subject[0],
        "subject_id": subject[1], "detail": detail, "salt": salt, "detail_digest": sm3(salt + detail),
        "message_id": str(uuid.uuid4()),
    }  # fmt: skip
    given["digest"] = entry_digest(found["previous"], given)
    return given


class PsycopgFloor:
    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, row_factory=dict_row)

    def step(self, verb: str, obligation_id: int) -> None:
        found = self.connection.execute(SQL[f"{verb}.read"], {"obligation_id": obligation_id}).fetchone()
        assert found is not None
        self.connection.execute(SQL[f"{verb}.write"], values(verb, found))
        self.connection.commit()


class CoreFloor:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.reads = {verb: text(re.sub(r"%\((\w+)\)s", r":\1", SQL[f"{verb}.read"])) for verb in VERBS}
        self.writes = _core_writes()

    def step(self, verb: str, obligation_id: int) -> None:
        with self.engine.begin() as connection:
            found = connection.execute(self.reads[verb], {"obligation_id": obligation_id}).mappings().one()
            given = {f"p_{name}": value for name, value in values(verb, dict(found)).items()}
            for statement in self.writes[verb]:
                connection.execute(statement, given)


def _core_writes() -> dict[str, list[Any]]:
    """The writes of floor.sql, a statement a row, built once."""

    def changed(table: str, key: str, **given: Any) -> Any:
        rows = Base.metadata.tables[table]
        return update(rows).where(rows.c.id == bindparam(f"p_{key}")).values(given)

    def added(table: str, *same: str, **other: Any) -> Any:
        """Columns that take the value of their own name, and others."""
        return insert(Base.metadata.tables[table]).values({name: p(name) for name in same} | other)

    def p(name: str) -> Any:
        return bindparam(f"p_{name}")  # Core keeps the bare names of columns for itself

    version = Base.metadata.tables["process_instance"].c.version
    common = [
        changed("process_instance", "instance_id", state=p("process_state"), version=version + 1),
        changed(
            "user_task", "user_task_id", state="completed", ended_at=p("now"), completed_by_id=p("actor_id"),
            completed_by_name=p("actor_name"),
        ),
        added(
            "user_task", "task_id", "instance_id", "element_id", "form_key", "role", "work_item_id", "deadline_kind",
            name=p("task_name"), unit_id=p("offered_unit_id"), subject_type="obligation", state="open",
            subject_id=p("obligation_id"), opened_at=p("now"), due_at=p("offered_due_at"), due_key=p("offered_due_at"),
        ),
        added(
            "audit_entry", "stream", "seq", "at", "actor_id", "actor_name", "action", "subject_type", "subject_id",
            "detail", "salt", "detail_digest", "digest",
        ),
        changed("audit_stream", "head_id", seq=p("seq"), digest=p("digest"), sealed=False),
        added(
            "outbox_message", "message_id", "subject_type", "subject_id", "actor_name", kind=p("action"),
            data=p("detail"), created_at=p("now"),
        ),
    ]  # fmt: skip
    met = changed(
        "deadline", "deadline_id", state="met", met_at=p("now"), next_action_at=None, next_step=None
    )
    return {
        "submit": [
            changed("obligation", "obligation_id", round=p("round"), state="submitted"),
            added(
                "submission", "obligation_id", "work_item_id", "round", "text", state="submitted",
                submitted_by_id=p("actor_id"), submitted_by_name=p("actor_name"), submitted_at=p("now"),
            ),
            *common,
        ],
        "sign_off": [
            changed("obligation", "obligation_id", state="in_review"),
            changed(
                "submission", "submission_id", state="in_review", signed_by_id=p("actor_id"),
                signed_by_name=p("actor_name"), signed_at=p("now"),
            ),
            met,
            added(
                "review", "submission_id", "obligation_id", "work_item_id", unit_id=p("offered_unit_id"),
                state="open", reasons="", opened_at=p("now"),
            ),
            added(
                "deadline", "stream", "due_on", "policy_id", "next_action_at", subject_type="obligation",
                subject_id=p("obligation_id"), kind="review.due", unit_id=p("offered_unit_id"),
                basis=orjson.loads(_BASIS), original_due_on=p("due_on"), due_at=p("offered_due_at"),
                provisional=False, state="open", opened_at=p("now"), next_step="remind_1",
            ),
            *common,
        ],
        "decide": [
            changed("obligation", "obligation_id", state="open"),
            changed("submission", "submission_id", state="returned"),
            changed(
                "review", "review_id", state="returned", reasons=p("reasons"), decided_at=p("now"),
                decided_by_id=p("actor_id"), decided_by_name=p("actor_name"),
            ),
            met,
            changed("deadline", "reopened_id", state="open", met_at=None, next_action_at=p("next_action_at"),
                    next_step="remind_15"),
            *common,
        ],
    }  # fmt: skip
