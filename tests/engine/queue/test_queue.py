"""Work to be done later: exactly once, in chunks that go on where they stopped; poison is parked."""

import threading
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError

from engine import audit, outbox, queue
from engine.clock import Clock, FixedClock
from engine.context import Actor, Context, Role
from engine.db import Session, transaction
from engine.errors import AccessDenied, NotFound, RuleViolation
from engine.outbox import OutboxMessage
from engine.queue import MAX_ATTEMPTS, QueueItem
from engine.settings import Settings

ADMIN = Actor("管理员", 5, frozenset({(1, Role.SYSTEM_ADMIN)}))


@pytest.fixture
def topics(monkeypatch: pytest.MonkeyPatch) -> None:
    """Topics declared by a test end with it."""
    monkeypatch.setattr(queue, "_handlers", dict(queue._handlers))
    monkeypatch.setattr(queue, "_before", dict(queue._before))


class House:
    def __init__(self, db: Engine, clock: FixedClock, settings: Settings) -> None:
        self.db, self.clock, self.settings = db, clock, settings
        with transaction(db) as session:  # what the reference rows left is not ours to count
            session.query(QueueItem).delete()

    def ctx(self, session: Session, actor: Actor | None = None) -> Context:
        return Context(session, actor or Actor.system("test"), self.clock, self.settings)

    def put(self, topic: str, key: str, **payload: Any) -> bool:
        with transaction(self.db) as session:
            return queue.put(self.ctx(session), topic, key, payload)

    def work(self) -> bool:
        return queue.work_one(self.db, self.clock, self.settings)

    def item(self, key: str) -> QueueItem:
        with transaction(self.db) as session:
            item = queue.progress(session, key)
            assert item is not None
            return item

    def effects(self, kind: str) -> int:
        with transaction(self.db) as session:
            return session.scalar(select(func.count(OutboxMessage.id)).where(OutboxMessage.kind == kind)) or 0


@pytest.fixture
def house(any_db: Engine, clock: FixedClock, settings: Settings, topics: None) -> House:
    return House(any_db, clock, settings)


@pytest.fixture
def pg_house(db: Engine, clock: FixedClock, settings: Settings, topics: None) -> House:
    return House(db, clock, settings)


def _effect(ctx: Context, payload: dict[str, Any], progress: dict[str, Any]) -> None:
    outbox.publish(ctx, "probe.happened", ("probe", payload["n"]))


def test_an_item_is_worked_once_by_the_system_in_its_topic(house: House) -> None:
    seen: list[tuple[str, bool, dict[str, Any]]] = []

    @queue.topic("probe")
    def handle(ctx: Context, payload: dict[str, Any], progress: dict[str, Any]) -> None:
        seen.append((ctx.actor.name, ctx.actor.is_system, payload))

    assert house.put("probe", "a", n=1, text="签收")
    assert house.work()
    assert not house.work()
    assert seen == [("queue probe", True, {"n": 1, "text": "签收"})]
    item = house.item("a")
    assert (item.state, item.run_at, item.finished_at) == ("done", None, house.clock.now())


def test_a_key_is_put_once_even_after_it_is_done(house: House) -> None:
    queue.topic("probe")(_effect)
    assert house.put("probe", "a", n=1)
    assert not house.put("probe", "a", n=1)
    assert house.work()
    assert not house.put("probe", "a", n=1)
    assert not house.work()
    assert house.effects("probe.happened") == 1


def test_what_was_put_goes_with_its_transaction(house: House) -> None:
    with Session(house.db) as session:
        queue.put(house.ctx(session), "probe", "a", {})
        session.rollback()
    assert not house.work()


def test_items_wait_for_their_time_and_go_in_order(house: House) -> None:
    order: list[int] = []
    queue.topic("probe")(lambda _ctx, payload, _progress: order.append(payload["n"]))
    now = house.clock.now()
    with transaction(house.db) as session:
        for n, hours in ((1, 2), (2, 1), (3, 1)):
            queue.put(house.ctx(session), "probe", str(n), {"n": n}, run_at=now + timedelta(hours=hours))
    assert not house.work()
    house.clock.move(hours=2)
    while house.work():
        pass
    assert order == [2, 3, 1]


def test_bulk_work_goes_in_chunks_and_on_where_it_stopped(house: House) -> None:
    fails = iter([False, True, False, False])

    @queue.topic("probe")
    def handle(ctx: Context, payload: dict[str, Any], progress: dict[str, Any]) -> dict[str, Any] | None:
        done = int(progress.get("done", 0))
        for n in range(done, done + 2):
            outbox.publish(ctx, "probe.happened", ("probe", n))
        if next(fails):
            raise RuntimeError("power cut")
        return {"done": done + 2, "total": payload["total"]} if done + 2 < payload["total"] else None

    house.put("probe", "a", total=6)
    assert house.work()
    assert house.item("a").steps == (2, 6)
    assert house.effects("probe.happened") == 2
    assert house.work()
    assert (house.item("a").steps, house.item("a").attempts) == ((2, 6), 1)
    assert house.effects("probe.happened") == 2  # the failed chunk left nothing
    house.clock.move(seconds=10)
    assert house.work()
    assert house.item("a").attempts == 0  # progress forgives
    assert house.work()
    assert house.item("a").state == "done"
    with transaction(house.db) as session:
        numbers = session.scalars(select(OutboxMessage.subject_id).order_by(OutboxMessage.id)).all()
    assert list(numbers)[-6:] == [0, 1, 2, 3, 4, 5]


def test_poison_pauses_longer_each_time_is_parked_and_blocks_nothing(house: House) -> None:
    @queue.topic("poison")
    def handle(ctx: Context, payload: dict[str, Any], progress: dict[str, Any]) -> None:
        outbox.publish(ctx, "poison.happened", ("probe", 1))
        raise RuntimeError("毒")

    queue.topic("probe")(_effect)
    house.put("poison", "bad")
    house.put("probe", "good", n=1)
    assert house.work()
    assert house.work()
    assert house.item("good").state == "done"
    for seconds in (10, 40, 160, 640):
        house.clock.move(seconds=seconds - 1)
        assert not house.work()
        house.clock.move(seconds=1)
        assert house.work()
    house.clock.move(days=1)
    assert not house.work()
    bad = house.item("bad")
    assert (bad.state, bad.run_at, bad.last_error) == ("parked", None, "RuntimeError: 毒")
    assert house.effects("poison.happened") == 0
    with transaction(house.db) as session:
        assert [item.key for item in queue.parked(session)] == ["bad"]


def test_a_topic_without_a_handler_is_a_failure_that_is_shown(house: House) -> None:
    house.put("unknown", "a")
    assert house.work()
    assert house.item("a").last_error == "LookupError: no handler for topic unknown"


def test_a_topic_has_one_handler(topics: None) -> None:
    queue.topic("probe")(_effect)
    queue.topic("probe")(_effect)
    with pytest.raises(ValueError, match="probe"):
        queue.topic("probe")(lambda _ctx, _payload, _progress: None)


def test_a_deadlock_is_tried_again_at_once(house: House) -> None:
    class Deadlock(Exception):
        sqlstate = "40P01"

    fails = iter([True, True, False])

    @queue.topic("probe")
    def handle(ctx: Context, payload: dict[str, Any], progress: dict[str, Any]) -> None:
        outbox.publish(ctx, "probe.happened", ("probe", 1))
        if next(fails):
            raise OperationalError("UPDATE", {}, Deadlock())

    house.put("probe", "a")
    assert house.work()
    assert (house.item("a").state, house.item("a").last_error) == ("done", None)
    assert house.effects("probe.happened") == 1


def _die(house: House) -> None:
    """A worker claims the next item and is killed before it begins."""
    assert queue._claim(house.db, house.clock) is not None


def test_the_item_of_a_dead_worker_is_taken_over_after_its_lease(house: House) -> None:
    queue.topic("probe")(_effect)
    house.put("probe", "a", n=1)
    _die(house)
    assert not house.work()
    house.clock.move(minutes=5)
    assert house.work()
    assert house.item("a").state == "done"


def test_an_item_that_kills_its_workers_is_parked(house: House) -> None:
    queue.topic("probe")(_effect)
    house.put("probe", "a", n=1)
    for _ in range(MAX_ATTEMPTS):
        _die(house)
        house.clock.move(minutes=5)
    assert house.work()
    assert (house.item("a").state, house.item("a").last_error) == (
        "parked",
        "RuntimeError: the worker died while running it",
    )
    assert house.effects("probe.happened") == 0


def test_what_must_not_run_in_a_transaction_comes_before(house: House, topics: None) -> None:
    seen: list[Any] = []

    def before(
        db: Engine, clock: Clock, settings: Settings, payload: dict[str, Any], tell: queue.Tell
    ) -> str:
        tell(2, 5)  # another transaction may write the row: none is open here
        seen.append(house.item("a").steps)
        return f"prepared {payload['n']}"

    queue.topic("slow", before=before)(lambda _ctx, _payload, prepared: seen.append(prepared))
    house.put("slow", "a", n=7)
    assert house.work()
    assert seen == [(2, 5), "prepared 7"]
    assert house.item("a").state == "done"


def test_a_failure_before_the_transaction_is_the_items_own(house: House, topics: None) -> None:
    def before(*_: Any) -> None:
        raise OSError("no such file")

    queue.topic("slow", before=before)(lambda _ctx, _payload, _prepared: None)
    house.put("slow", "a")
    assert house.work()
    assert (house.item("a").state, house.item("a").last_error) == ("ready", "OSError: no such file")


def test_a_worker_that_lost_its_item_does_nothing(house: House) -> None:
    """Also when the item went through a chunk meanwhile and counts its attempts from one again."""
    queue.topic("probe")(lambda _ctx, _payload, progress: None if progress else {"half": True})
    house.put("probe", "a", n=1)
    stale = queue._claim(house.db, house.clock)
    assert stale is not None
    house.clock.move(minutes=5)
    assert house.work()
    _die(house)
    before = house.item("a")
    queue._run(house.db, house.clock, house.settings, stale, None)
    queue._fail(house.db, house.clock, stale, "too late")
    after = house.item("a")
    assert (after.state, after.claim, after.last_error) == (before.state, before.claim, None)
    assert orjson.loads(after.progress) == {"half": True}


def test_a_parked_item_is_retried_by_the_system_administrator(house: House) -> None:
    house.put("unknown", "a")
    for _ in range(MAX_ATTEMPTS):
        house.work()
        house.clock.move(seconds=640)
    item = house.item("a")
    assert item.state == "parked"
    with transaction(house.db) as session:
        with pytest.raises(AccessDenied):
            queue.retry(house.ctx(session, Actor("甲", 1, frozenset({(1, Role.HEAD)}))), item.id)
        with pytest.raises(NotFound):
            queue.retry(house.ctx(session, ADMIN), item.id + 1)
        queue.retry(house.ctx(session, ADMIN), item.id)
        with pytest.raises(RuleViolation, match="已挂起"):
            queue.retry(house.ctx(session, ADMIN), item.id)
        assert [e.action for e in audit.history(session, "queue")] == ["queue_item.retried"]
    queue.topic("unknown")(lambda _ctx, _payload, _progress: None)
    assert house.work()
    assert house.item("a").state == "done"


def test_items_done_long_ago_are_forgotten(house: House) -> None:
    queue.topic("probe")(_effect)
    house.put("probe", "old", n=1)
    house.work()
    house.clock.move(days=80)
    house.put("probe", "new", n=2)
    house.put("unknown", "waiting")
    house.work()
    house.clock.move(days=20)
    with transaction(house.db) as session:
        assert queue.forget_done(house.ctx(session)) == 1
        keys = session.scalars(select(QueueItem.key).order_by(QueueItem.id)).all()
    assert keys == ["new", "waiting"]


def test_several_workers_do_every_item_once(house: House) -> None:
    """Real threads with connections of their own."""
    queue.topic("probe")(_effect)
    with transaction(house.db) as session:
        for n in range(60):
            queue.put(house.ctx(session), "probe", f"item {n}", {"n": n})
    errors: list[BaseException] = []
    worked: list[int] = []
    start = threading.Barrier(3)

    def work() -> None:
        try:
            start.wait()
            count = 0
            while house.work():
                count += 1
            worked.append(count)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sum(worked) == 60
    with transaction(house.db) as session:
        done = session.scalars(
            select(OutboxMessage.subject_id).where(OutboxMessage.kind == "probe.happened")
        ).all()
    assert sorted(done) == list(range(60))


def test_a_handler_slower_than_its_lease_is_not_overtaken(pg_house: House) -> None:
    """On PostgreSQL its row stays locked while it runs; on SQLite the one write lock does the same."""
    house = pg_house
    running, go_on = threading.Event(), threading.Event()

    @queue.topic("slow")
    def handle(ctx: Context, payload: dict[str, Any], progress: dict[str, Any]) -> None:
        running.set()
        assert go_on.wait(30)
        outbox.publish(ctx, "slow.happened", ("probe", 1))

    queue.topic("probe")(_effect)
    house.put("slow", "slow")
    slow = threading.Thread(target=house.work)
    slow.start()
    assert running.wait(30)
    house.clock.move(hours=1)
    house.put("probe", "quick", n=1)
    assert house.work()  # passes over the slow item, whose lease is over, to the next
    assert house.item("quick").state == "done"
    assert not house.work()
    go_on.set()
    slow.join()
    assert house.item("slow").state == "done"
    assert house.effects("slow.happened") == 1


def test_an_idle_worker_leaves_the_write_lock_of_sqlite_alone(
    sqlite_db: Engine, clock: FixedClock, settings: Settings, topics: None
) -> None:
    house = House(sqlite_db, clock, settings)
    with transaction(sqlite_db) as session:
        session.connection()  # holds the write lock
        assert not house.work()
