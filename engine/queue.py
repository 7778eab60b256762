"""One table of work to be done later, and one claim loop.

A verb records its intent with `put` in its own transaction. A worker claims an item, then runs its handler
and finishes the item in one transaction, so that the effect happens once. A handler that returns progress
continues in a further transaction: bulk work goes in chunks and goes on where it stopped. What must not run
in a transaction (a document is parsed, a file rendered) stands in a part of its own, `before` the handler. A
failing item is tried again after a growing pause and parked after five attempts; it never holds up the others.

Threads or processes that call `work_one` again and again belong to the edge; nothing here waits or sleeps.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import orjson
from sqlalchemy import CheckConstraint, Engine, Index, String, Table, Text, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine import audit
from engine.clock import Clock
from engine.context import Actor, Context
from engine.db import Base, retrying, transaction
from engine.errors import NotFound, RuleViolation
from engine.permissions import Permission, require
from engine.settings import Settings

log = logging.getLogger(__name__)

#: ``handler(ctx, payload, progress)`` -> None when done, or the new progress when there is more to do.
Handler = Callable[[Context, dict[str, Any], Any], dict[str, Any] | None]
#: ``tell(done, total)`` shows how far the work is, and keeps the item from being taken over.
Tell = Callable[[int, int], None]
#: ``before(db, clock, settings, payload, tell)`` works with no transaction open; what it returns is the handler's third
#: argument in place of the progress.
Before = Callable[[Engine, Clock, Settings, dict[str, Any], Tell], Any]

MAX_ATTEMPTS = 5
#: How long a worker may be silent before another takes its item over.
LEASE = timedelta(minutes=5)

_handlers: dict[str, Handler] = {}
_before: dict[str, Before] = {}


class QueueItem(Base):
    """One piece of work: ready -> running -> done, or parked after too many attempts."""

    __tablename__ = "queue_item"
    __table_args__ = (
        CheckConstraint("state IN ('ready', 'running', 'done', 'parked')", name="state"),
        CheckConstraint("(state IN ('done', 'parked')) = (run_at IS NULL)", name="run_at"),
        Index(None, "run_at", "id"),
        Index(None, "state", "finished_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(100))
    key: Mapped[str] = mapped_column(String(200), unique=True)
    #: JSON object, as given to `put`.
    payload: Mapped[str] = mapped_column(Text)
    #: JSON object, as the handler returned it; ``done`` and ``total`` in it feed a progress page.
    progress: Mapped[str] = mapped_column(Text, default="{}")
    state: Mapped[str] = mapped_column(String(10), default="ready")
    #: Not before this instant; while running: when the lease ends. NULL once done or parked.
    run_at: Mapped[datetime | None]
    #: Counts every claim and never goes back, so that a worker knows whether an item is still its own.
    claim: Mapped[int] = mapped_column(default=0)
    #: Claims since the last progress.
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    @property
    def steps(self) -> tuple[int, int] | None:
        """(done, total) as far as the handler tells them."""
        told = orjson.loads(self.progress)
        return (int(told["done"]), int(told["total"])) if "done" in told and "total" in told else None


@dataclass(frozen=True)
class _Claim:
    item_id: int
    topic: str
    number: int
    attempts: int


def topic(name: str, *, before: Before | None = None) -> Callable[[Handler], Handler]:
    """Declare the one handler of a topic: ``topic("campaigns.dispatch")(dispatch)``, or as a decorator."""

    def declare(handler: Handler) -> Handler:
        if _handlers.setdefault(name, handler) is not handler:
            raise ValueError(f"topic {name} has a handler already")
        if before is not None:
            _before[name] = before
        return handler

    return declare


def put(
    ctx: Context, topic: str, key: str, payload: dict[str, Any], *, run_at: datetime | None = None
) -> bool:
    """Record work to be done after this transaction commits. False if the key was put before, ever."""
    kind = postgresql.insert if ctx.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    now = ctx.clock.now()
    row = kind(cast(Table, QueueItem.__table__)).values(
        topic=topic,
        key=key,
        payload=orjson.dumps(payload).decode(),
        progress="{}",
        state="ready",
        run_at=run_at or now,
        claim=0,
        attempts=0,
        created_at=now,
    )
    added = row.on_conflict_do_nothing(index_elements=["key"]).returning(QueueItem.id)
    return ctx.session.execute(added).one_or_none() is not None


def work_one(engine: Engine, clock: Clock, settings: Settings) -> bool:
    """Claim one due item and run it. True if there was one, whatever became of it."""
    claim = retrying(lambda: _claim(engine, clock))
    if claim is None:
        return False
    try:
        prepared = _prepare(engine, clock, settings, claim)
        retrying(lambda: _run(engine, clock, settings, claim, prepared))
    except Exception as error:  # whatever a handler raises is this item's failure, not the worker's
        log.warning("queue item %s (%s) failed", claim.item_id, claim.topic, exc_info=True)
        reason = f"{type(error).__name__}: {error}"
        retrying(lambda: _fail(engine, clock, claim, reason))
    return True


def retry(ctx: Context, id: int) -> None:
    """Give a parked item five new attempts, beginning now, from where its progress stands."""
    require(ctx, Permission.QUEUE_MANAGE)
    item = ctx.session.get(QueueItem, id, with_for_update=True)
    if item is None:
        raise NotFound()
    if item.state != "parked":
        raise RuleViolation("queue.not_parked", "只有已挂起的后台工作才能重新执行")
    item.state, item.run_at, item.attempts, item.finished_at = "ready", ctx.clock.now(), 0, None
    audit.record(ctx, "queue", "queue_item.retried", ("queue_item", id), key=item.key)


def progress(session: Session, key: str) -> QueueItem | None:
    """The item of a key, for a progress page."""
    return session.scalars(select(QueueItem).where(QueueItem.key == key)).one_or_none()


def parked(session: Session, *, limit: int = 100) -> Sequence[QueueItem]:
    """Items that need a person, newest first."""
    stuck = select(QueueItem).where(QueueItem.state == "parked")
    return session.scalars(stuck.order_by(QueueItem.finished_at.desc()).limit(limit)).all()


def counts(session: Session) -> dict[str, int]:
    """How many items are ready, running and parked."""
    unfinished = QueueItem.state.in_(["ready", "running", "parked"])
    query = select(QueueItem.state, func.count()).where(unfinished).group_by(QueueItem.state)
    return {state: n for state, n in session.execute(query)}  # noqa: C416


def forget_done(ctx: Context, *, older_than: timedelta = timedelta(days=90), limit: int = 1000) -> int:
    """Remove up to ``limit`` items done long ago (their keys may be put again); returns how many."""
    done = QueueItem.state == "done", QueueItem.finished_at < ctx.clock.now() - older_than
    ids = ctx.session.scalars(select(QueueItem.id).where(*done).limit(limit)).all()
    ctx.session.execute(delete(QueueItem).where(QueueItem.id.in_(ids)))
    return len(ids)


def _claim(engine: Engine, clock: Clock) -> _Claim | None:
    now = clock.now()
    due = select(QueueItem).where(QueueItem.run_at <= now).order_by(QueueItem.run_at, QueueItem.id).limit(1)
    if engine.dialect.name == "sqlite":  # an idle worker leaves the write lock alone
        with transaction(engine, read_only=True) as session:
            if session.scalars(due).one_or_none() is None:
                return None
    with transaction(engine) as session:
        item = session.scalars(due.with_for_update(skip_locked=True)).one_or_none()
        if item is None:
            return None
        item.state, item.run_at = "running", now + LEASE
        item.claim += 1
        item.attempts += 1
        return _Claim(item.id, item.topic, item.claim, item.attempts)


def _run(engine: Engine, clock: Clock, settings: Settings, claim: _Claim, prepared: Any) -> None:
    """The handler and the end of its item, in one transaction.

    The row stays locked meanwhile, so that a handler slower than its lease is passed over by other workers.
    """
    with transaction(engine) as session:
        item = _still_ours(session, claim)
        if item is None:
            return
        if claim.attempts > MAX_ATTEMPTS:
            raise RuntimeError("the worker died while running it")
        handler = _handlers.get(claim.topic)
        if handler is None:
            raise LookupError(f"no handler for topic {claim.topic}")
        ctx = Context(session, Actor.system(f"queue {claim.topic}"), clock, settings)
        given = prepared if claim.topic in _before else orjson.loads(item.progress)
        more = handler(ctx, orjson.loads(item.payload), given)
        item.attempts, item.last_error = 0, None
        if more is None:
            item.state, item.run_at, item.finished_at = "done", None, clock.now()
        else:
            item.state, item.run_at, item.progress = "ready", clock.now(), orjson.dumps(more).decode()


def _prepare(engine: Engine, clock: Clock, settings: Settings, claim: _Claim) -> Any:
    """The part of the work for which no transaction is open."""
    before = _before.get(claim.topic)
    if before is None or claim.attempts > MAX_ATTEMPTS:
        return None

    def tell(done: int, total: int) -> None:
        def attempt() -> None:
            with transaction(engine) as session:
                if item := _still_ours(session, claim):
                    item.progress = orjson.dumps({"done": done, "total": total}).decode()
                    item.run_at = clock.now() + LEASE

        retrying(attempt)

    with transaction(engine, read_only=True) as session:
        payload = session.scalars(select(QueueItem.payload).where(QueueItem.id == claim.item_id)).one()
    return before(engine, clock, settings, orjson.loads(payload), tell)


def _fail(engine: Engine, clock: Clock, claim: _Claim, reason: str) -> None:
    with transaction(engine) as session:
        item = _still_ours(session, claim)
        if item is None:
            return
        item.last_error = reason[:2000].replace("\0", "")
        if claim.attempts >= MAX_ATTEMPTS:
            item.state, item.run_at, item.finished_at = "parked", None, clock.now()
        else:
            item.state, item.run_at = "ready", clock.now() + _pause(claim.attempts)


def _pause(attempts: int) -> timedelta:
    """How long to wait after the n-th failure: 10 s, 40 s, 160 s, 640 s."""
    return timedelta(seconds=10 * 4 ** (attempts - 1))


def _still_ours(session: Session, claim: _Claim) -> QueueItem | None:
    mine = select(QueueItem).where(QueueItem.id == claim.item_id, QueueItem.claim == claim.number)
    return session.scalars(mine.where(QueueItem.state == "running").with_for_update()).one_or_none()
