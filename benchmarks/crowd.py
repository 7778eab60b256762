"""Many open reports with their processes and deadlines, copied inside the database from one that the verbs have made."""

from sqlalchemy import Connection, Engine, text

from engine.campaigns.models import KeyTask, Obligation, WorkItem
from engine.db import Base
from engine.deadlines import Deadline
from engine.process.models import ProcessInstance, UserTask

#: What differs from copy to copy, as SQL over the source row `s` and the number of the copy `n`.
_COPIES: dict[type[Base], dict[str, str]] = {
    KeyTask: {"number": "s.number + n"},
    WorkItem: {"key_task_id": "s.key_task_id + n"},
    Obligation: {"work_item_id": "s.work_item_id + n"},
    ProcessInstance: {
        "subject_id": "s.subject_id + n",
        "work_item_id": "s.work_item_id + n",
        "state": "convert_to(replace(convert_from(s.state, 'UTF8'), t.task_id, lpad(to_hex(n), 32, '0')), 'UTF8')",
    },
    UserTask: {
        "task_id": "lpad(to_hex(n), 32, '0')",
        "instance_id": "s.instance_id + n",
        "subject_id": "s.subject_id + n",
        "work_item_id": "s.work_item_id + n",
    },
    Deadline: {"subject_id": "s.subject_id + n", "stream": "'work_item:' || (o.work_item_id + n)"},
}


def make_crowd(db: Engine, obligation_id: int, count: int) -> None:
    """Make it ``count`` open obligations of as many work items: copies of an open one, with the ids that follow.

    PostgreSQL only. It must be the newest of its kind, and so must be all that belongs to it.
    """
    with db.begin() as connection:
        for model, other in _COPIES.items():
            _copy(connection, model, other, obligation_id, count - 1)
        connection.execute(text("ANALYZE"))


def _copy(
    connection: Connection, model: type[Base], other: dict[str, str], obligation_id: int, more: int
) -> None:
    table = model.__tablename__
    columns = [column.name for column in model.__table__.columns]
    values = [{"id": "s.id + n", **other}.get(name, f"s.{name}") for name in columns]
    which = {
        "key_task": "s.id = w.key_task_id",
        "work_item": "s.id = w.id",
        "obligation": "s.id = o.id",
        "user_task": "s.id = t.id",
    }.get(table, "s.subject_type = 'obligation' AND s.subject_id = o.id")
    connection.execute(
        text(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"
            f" FROM {table} s, obligation o, work_item w, user_task t, generate_series(1, :more) n"
            f" WHERE o.id = :id AND w.id = o.work_item_id AND t.subject_type = 'obligation' AND t.subject_id = o.id"
            f" AND t.state = 'open' AND {which}"
        ),
        {"id": obligation_id, "more": more},
    )
