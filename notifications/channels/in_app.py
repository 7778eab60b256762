"""On the site itself: a row per message and person, written in the transaction of the dispatch."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.organisation.models import Person
from engine.outbox import OutboxMessage
from notifications.models import Notification
from notifications.recipients import Case


def post(
    session: Session,
    message: OutboxMessage,
    case: Case,
    people: Sequence[Person],
    template_id: int | None = None,
) -> dict[int, int]:
    """Tell people about a message; returns person id -> notification id of those not told before."""
    if not people:
        return {}
    kind = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    rows = [
        {
            "message_id": message.message_id,
            "person_id": person.id,
            "kind": message.kind,
            "subject_type": message.subject_type,
            "subject_id": message.subject_id,
            "work_item_id": case.work_item_id,
            "params": case.params,
            "template_id": template_id,
            "created_at": message.created_at,
            "read_at": None,
        }
        for person in people
    ]
    added = kind(cast(Table, Notification.__table__)).values(rows)
    told = added.on_conflict_do_nothing(index_elements=["message_id", "person_id"]).returning(
        Notification.person_id, Notification.id
    )
    return {row.person_id: row.id for row in session.execute(told)}
