"""Entries are chained within their stream and cannot be changed."""

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from engine import audit
from engine.audit import AuditEntry, AuditStream
from engine.audit.service import entry_digest
from engine.clock import FixedClock
from engine.context import Actor, Context, Role
from engine.db import transaction
from engine.settings import Settings


def _record(db: Engine, clock: FixedClock, settings: Settings, stream: str, **detail: object) -> None:
    with transaction(db) as session:
        ctx = Context(session, Actor("李敏", 7), clock, settings)
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
