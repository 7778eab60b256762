"""What happened is told to nobody unless it was committed, and to one dispatcher only."""

from sqlalchemy import Engine

from engine import outbox
from engine.clock import FixedClock
from engine.context import Actor, Context
from engine.db import Session, transaction
from engine.settings import Settings


def _publish(db: Engine, clock: FixedClock, settings: Settings, kind: str, *, commit: bool = True) -> None:
    with Session(db) as session:
        ctx = Context(session, Actor("李敏", 7), clock, settings)
        outbox.publish(ctx, kind, ("review", 3), reasons="照片不清", round=2)
        if commit:
            session.commit()


def _clear(db: Engine, clock: FixedClock, settings: Settings) -> None:
    with transaction(db) as session:
        ctx = Context(session, Actor.system("test"), clock, settings)
        outbox.mark_dispatched(ctx, outbox.undispatched(session))


def test_a_message_lives_and_dies_with_its_transaction(
    any_db: Engine, clock: FixedClock, settings: Settings
) -> None:
    _clear(any_db, clock, settings)
    _publish(any_db, clock, settings, "review.lost", commit=False)
    _publish(any_db, clock, settings, "review.returned")
    with transaction(any_db) as session:
        (message,) = outbox.undispatched(session)
        assert (message.kind, message.subject_type, message.subject_id) == ("review.returned", "review", 3)
        assert message.facts == {"reasons": "照片不清", "round": 2}
        assert (message.actor_name, message.created_at) == ("李敏", clock.now())
        assert len(message.message_id) == 36


def test_dispatched_messages_are_not_handed_out_again(
    any_db: Engine, clock: FixedClock, settings: Settings
) -> None:
    _clear(any_db, clock, settings)
    for kind in ("a.happened", "b.happened", "c.happened"):
        _publish(any_db, clock, settings, kind)
    with transaction(any_db) as session:
        ctx = Context(session, Actor.system("test"), clock, settings)
        batch = outbox.undispatched(session, limit=2)
        assert [m.kind for m in batch] == ["a.happened", "b.happened"]
        outbox.mark_dispatched(ctx, batch)
    with transaction(any_db) as session:
        assert [m.kind for m in outbox.undispatched(session)] == ["c.happened"]


def test_two_dispatchers_share_the_work_on_postgresql(
    db: Engine, clock: FixedClock, settings: Settings
) -> None:
    _clear(db, clock, settings)
    for kind in ("a.happened", "b.happened"):
        _publish(db, clock, settings, kind)
    with transaction(db) as one, transaction(db) as two:
        assert [m.kind for m in outbox.undispatched(one, limit=1)] == ["a.happened"]
        assert [m.kind for m in outbox.undispatched(two)] == ["b.happened"]
