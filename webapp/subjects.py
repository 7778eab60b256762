"""The page of a case with the form of one open user task in its panel 现在, as shown first and after a refusal.

Page modules say with `shows` which rows their page is for; user_tasks.py asks for that page again when a form is
refused, so that what was typed stays where it was typed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from engine.context import Context
from engine.files import File
from engine.process.models import UserTask
from webapp.keyset import number


@dataclass(frozen=True)
class Attempt:
    """What was typed into the form of a user task and why it was refused. ``errors[""]`` is for the form as a whole."""

    user_task_id: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    staged: Sequence[File] = ()


NO_ATTEMPT = Attempt()
_pages: dict[str, Callable[[UserTask, Attempt], str]] = {}


def shows(
    *subject_types: str,
) -> Callable[[Callable[[UserTask, Attempt], str]], Callable[[UserTask, Attempt], str]]:
    """Declare the page of some subject types: a function of the user task and the refused attempt."""

    def declare(page: Callable[[UserTask, Attempt], str]) -> Callable[[UserTask, Attempt], str]:
        for subject_type in subject_types:
            _pages[subject_type] = page
        return page

    return declare


def page_of(user_task: UserTask, attempt: Attempt) -> str:
    """The whole page of the user task's case, with the refused form in it."""
    return _pages[user_task.subject_type](user_task, attempt)


def still_staged(ctx: Context, ids: Sequence[Any]) -> Sequence[File]:
    """The actor's own staged files among the ids that a refused form handed in."""
    wanted = [id for id in map(number, map(str, ids)) if id is not None]
    if not wanted:
        return ()
    return ctx.session.scalars(
        select(File)
        .where(File.id.in_(wanted), File.state == "staged", File.staged_by_id == ctx.actor.person_id)
        .order_by(File.id)
    ).all()
