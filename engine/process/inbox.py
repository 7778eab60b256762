"""What waits for a person: plain indexed SQL over the mirror of the user tasks.

A user task is offered to the holders of a post (unit, role), so whoever holds the post today sees it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, false, func, or_, select, tuple_
from sqlalchemy.orm import Session

from engine.context import Context
from engine.process.models import UserTask, UserTaskState
from engine.process.operators import Subject


def offered(ctx: Context) -> ColumnElement[bool]:
    """Offered to one of the actor's posts. One OR branch per role keeps the index on (unit, role) in use."""
    by_role: dict[str, list[int]] = {}
    for unit_id, role in sorted(ctx.actor.posts):
        by_role.setdefault(role, []).append(unit_id)
    return or_(
        false(),
        *((UserTask.role == role) & UserTask.unit_id.in_(units) for role, units in by_role.items()),
    )


def open_user_tasks(
    ctx: Context,
    *,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
    form_key: str | None = None,
    due_before: datetime | None = None,
) -> Sequence[UserTask]:
    """Open user tasks offered to the actor, soonest due first. ``after`` is the last row's (due_key, id)."""
    query = select(UserTask).where(UserTask.state == UserTaskState.OPEN, offered(ctx))
    if form_key:
        query = query.where(UserTask.form_key == form_key)
    if due_before:
        query = query.where(UserTask.due_key < due_before)
    if after is not None:
        query = query.where(tuple_(UserTask.due_key, UserTask.id) > after)
    return ctx.session.scalars(query.order_by(UserTask.due_key, UserTask.id).limit(limit)).all()


def count_open(ctx: Context) -> int:
    return (
        ctx.session.scalar(
            select(func.count())
            .select_from(UserTask)
            .where(UserTask.state == UserTaskState.OPEN, offered(ctx))
        )
        or 0
    )


def completed_user_tasks(
    ctx: Context, *, after: tuple[datetime, int] | None = None, limit: int = 50
) -> Sequence[UserTask]:
    """What the actor completed in person, latest first. ``after`` is the last row's (ended_at, id)."""
    query = select(UserTask).where(UserTask.completed_by_id == ctx.actor.person_id)
    if after is not None:
        query = query.where(tuple_(UserTask.ended_at, UserTask.id) < after)
    return ctx.session.scalars(
        query.order_by(UserTask.ended_at.desc(), UserTask.id.desc()).limit(limit)
    ).all()


def find_open(session: Session, subject: Subject) -> Sequence[UserTask]:
    """The open user tasks of one domain row."""
    return session.scalars(
        select(UserTask)
        .where(
            UserTask.subject_type == subject[0],
            UserTask.subject_id == subject[1],
            UserTask.state == UserTaskState.OPEN,
        )
        .order_by(UserTask.id)
    ).all()


def is_offered(ctx: Context, user_task: UserTask) -> bool:
    """Whether the actor holds a post that the user task is offered to: for showing or hiding its form."""
    return any(unit == user_task.unit_id and role == user_task.role for unit, role in ctx.actor.posts)
