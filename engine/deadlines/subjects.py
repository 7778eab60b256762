"""What deadlines hang on: each idea says here how its row is locked and what the passing of a limit does
to it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from engine.context import Context
from engine.deadlines.models import Deadline


class Lock(Protocol):
    def __call__(self, ctx: Context, id: int, /) -> object: ...


class Hook(Protocol):
    def __call__(self, ctx: Context, deadline: Deadline, /) -> object: ...


@dataclass(frozen=True)
class _Subject:
    lock: Lock
    on_passed: Hook
    on_changed: Hook | None


_subjects: dict[str, _Subject] = {}
_instance_locks: list[Callable[[Context, tuple[str, int]], object]] = []


def register_subject(
    subject_type: str, *, lock: Lock, on_passed: Hook, on_changed: Hook | None = None
) -> None:
    """Say how deadlines of one type of row are handled. Registering twice replaces.

    ``lock(ctx, id)`` takes the case row FOR UPDATE. ``on_passed(ctx, deadline)`` runs once per date of a
    deadline, when the limit has gone by, in the sweep's transaction with everything locked. It may come
    late: the duty may have been done after the limit but before a sweep saw it (``deadline.state`` is
    then "met"), so it must work when the diagram has moved on. ``on_changed(ctx, deadline)`` runs in the
    verb that extends, pauses or resumes.
    """
    _subjects[subject_type] = _Subject(lock, on_passed, on_changed)


def register_instance_lock(lock: Callable[[Context, tuple[str, int]], object]) -> None:
    """How the process instance of a subject is locked, between the case row and the deadline."""
    if lock not in _instance_locks:
        _instance_locks.append(lock)


def lock(ctx: Context, subject: tuple[str, int]) -> None:
    """Lock case row and process instance of a subject, in this order."""
    _subjects[subject[0]].lock(ctx, subject[1])
    for lock_instance in _instance_locks:
        lock_instance(ctx, subject)


def in_order(found: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Subjects of several types in the order in which they are locked: of the idea that stands lower first, then by
    id."""
    places = {subject_type: n for n, subject_type in enumerate(_subjects)}
    return sorted(found, key=lambda subject: (places[subject[0]], subject[1]))


def passed(ctx: Context, deadline: Deadline) -> None:
    _subjects[deadline.subject_type].on_passed(ctx, deadline)


def changed(ctx: Context, deadline: Deadline) -> None:
    subject = _subjects.get(deadline.subject_type)
    if subject is not None and subject.on_changed is not None:
        subject.on_changed(ctx, deadline)
