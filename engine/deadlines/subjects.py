"""What deadlines hang on: each idea says here how its row is locked and what the passing of a limit does
to it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import select

from engine.context import Context
from engine.deadlines.conditions import Fact
from engine.deadlines.models import Deadline


class Lock(Protocol):
    def __call__(self, ctx: Context, id: int, /) -> object: ...


class Hook(Protocol):
    def __call__(self, ctx: Context, deadline: Deadline, /) -> object: ...


class Ask(Protocol):
    def __call__(self, ctx: Context, deadline: Deadline, /) -> bool: ...


class InstanceLock(Protocol):
    def __call__(self, ctx: Context, subject_type: str, ids: Collection[int], /, *, load: bool) -> object: ...


@dataclass(frozen=True)
class _Subject:
    lock: Lock
    on_passed: Hook
    on_changed: Hook | None
    model: Any


_subjects: dict[str, _Subject] = {}
_instance_locks: list[InstanceLock] = []
_facts: dict[tuple[str, Fact], Ask] = {}


def register_subject(
    subject_type: str, *, lock: Lock, on_passed: Hook, on_changed: Hook | None = None, model: Any = None
) -> None:
    """Say how deadlines of one type of row are handled. Registering twice replaces.

    ``lock(ctx, id)`` takes the case row FOR UPDATE. ``on_passed(ctx, deadline)`` runs once per date of a
    deadline, when the limit has gone by, in the sweep's transaction with everything locked. It may come
    late: the duty may have been done after the limit but before a sweep saw it (``deadline.state`` is
    then "met"), so it must work when the diagram has moved on. ``on_changed(ctx, deadline)`` runs in the
    verb that extends, pauses or resumes. With ``model`` many rows of the type are locked in one statement.
    """
    _subjects[subject_type] = _Subject(lock, on_passed, on_changed, model)


def register_fact(subject_type: str, fact: Fact, ask: Ask) -> None:
    """Say how a fact is found out that a ladder's conditions ask for. Registering twice replaces.

    ``ask(ctx, deadline)`` may read the database; the sweep asks it with everything locked.
    """
    _facts[subject_type, fact] = ask


def is_so(ctx: Context, deadline: Deadline, fact: Fact) -> bool:
    """Whether a fact holds of a deadline now; False where no idea knows of such a thing."""
    ask = _facts.get((deadline.subject_type, fact))
    return ask is not None and ask(ctx, deadline)


def register_instance_lock(lock: InstanceLock) -> None:
    """How the process instances of subjects of one type are locked, between the case rows and the deadlines.

    With ``load`` they are about to hear that a limit has passed, so that they may be read whole.
    """
    if lock not in _instance_locks:
        _instance_locks.append(lock)


def lock(ctx: Context, subject: tuple[str, int]) -> None:
    """Lock case row and process instance of a subject, in this order."""
    _subjects[subject[0]].lock(ctx, subject[1])
    for lock_instance in _instance_locks:
        lock_instance(ctx, subject[0], (subject[1],), load=False)


def lock_many(ctx: Context, found: Iterable[tuple[str, int]]) -> None:
    """Lock the case rows and process instances of subjects of several types: of the idea that stands lower first, by
    id."""
    ids: dict[str, list[int]] = {}
    for subject_type, id in sorted(found):
        ids.setdefault(subject_type, []).append(id)
    types = [subject_type for subject_type in _subjects if subject_type in ids]
    for subject_type in types:
        subject = _subjects[subject_type]
        if subject.model is not None:
            key = subject.model.__mapper__.primary_key[0]
            rows = select(key).where(key.in_(ids[subject_type])).order_by(key)
            ctx.session.execute(rows.with_for_update())
        else:
            for id in ids[subject_type]:
                subject.lock(ctx, id)
    for lock_instances in _instance_locks:
        for subject_type in types:
            lock_instances(ctx, subject_type, ids[subject_type], load=False)


def is_claimable(subject_type: str) -> bool:
    """Whether many rows of a type are locked in one statement."""
    return _subjects[subject_type].model is not None


def claim(
    ctx: Context, found: Iterable[tuple[str, int]], *, load: bool = False
) -> dict[tuple[str, int], object]:
    """Lock the case rows and process instances of subjects of one claimable type, as far as nobody holds the case.
    ``load`` as in `register_instance_lock`.

    The rows by subject: as long as they are kept, `Session.get` finds them without a statement.
    """
    by_id = {id: (subject_type, id) for subject_type, id in found}
    ((subject_type, _), *_) = by_id.values()
    model = _subjects[subject_type].model
    key = model.__mapper__.primary_key[0]
    rows = select(model).where(key.in_(by_id)).order_by(key).with_for_update(skip_locked=True)
    claimed = {
        by_id[row.id]: row for row in ctx.session.scalars(rows.execution_options(populate_existing=True))
    }
    if claimed:
        for lock_instances in _instance_locks:
            lock_instances(ctx, subject_type, [id for _, id in claimed], load=load)
    return claimed


def passed(ctx: Context, deadline: Deadline) -> None:
    _subjects[deadline.subject_type].on_passed(ctx, deadline)


def changed(ctx: Context, deadline: Deadline) -> None:
    subject = _subjects.get(deadline.subject_type)
    if subject is not None and subject.on_changed is not None:
        subject.on_changed(ctx, deadline)
