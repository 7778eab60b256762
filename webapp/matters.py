"""What a user task is about, for lists: number, title, part, unit, due date with its light, and the way to its page.

A page of a list costs a fixed number of statements, however long it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy import and_, or_, select

from engine import deadlines, working_days
from engine.campaigns.models import KeyTask, Obligation, WorkItem
from engine.change_requests.models import ChangeRequest
from engine.clock import local_date
from engine.context import Context
from engine.deadlines import Deadline, DeadlineState, Light
from engine.extensions.models import Extension
from engine.inspections.queries import rectified
from engine.notices.models import Notice
from engine.organisation import queries as organisation
from engine.process.models import UserTask
from webapp.language import stored


@dataclass(frozen=True)
class Matter:
    """One line of a list. ``part`` is the obligation's title or the finding, if the user task belongs to one."""

    user_task: UserTask
    number: str
    title: str
    part: str
    unit: str
    href: str
    light: Light | None
    due_on: date | None
    days_left: int | None
    provisional: bool
    #: Where the light explains itself.
    why: str | None


def href(user_task: UserTask) -> str:
    """The page on which the user task is done."""
    if user_task.subject_type in ("work_item", "obligation"):
        return url_for("work_items.show", id=user_task.work_item_id, step=user_task.id)
    if user_task.subject_type == "key_task":
        return url_for("key_tasks.show", id=user_task.subject_id)
    return url_for(f"{user_task.subject_type}s.show", id=user_task.subject_id)


def after_completing(user_task: UserTask) -> str:
    """Where a person goes on: the case's page, which shows what has become of it."""
    return href(user_task).partition("?")[0]


def describe(ctx: Context, user_tasks: Sequence[UserTask]) -> list[Matter]:
    """The matters of a page of user tasks, in their order."""
    items = _by_id(ctx, WorkItem, (t.work_item_id for t in user_tasks if t.work_item_id))
    obligations = _by_id(ctx, Obligation, _ids(user_tasks, "obligation"))
    asked = _by_id(ctx, Extension, _ids(user_tasks, "extension"))
    changes = _by_id(ctx, ChangeRequest, _ids(user_tasks, "change_request"))
    about = {one.obligation_id for one in (*asked.values(), *changes.values()) if one.obligation_id}
    obligations |= _by_id(ctx, Obligation, about)
    key_tasks = _by_id(ctx, KeyTask, _ids(user_tasks, "key_task"))
    notices = _by_id(ctx, Notice, _ids(user_tasks, "notice"))
    rectifications = rectified(ctx.session, _ids(user_tasks, "rectification"))
    owners = {item.unit_id for item in items.values()} | {k.review_unit_id for k in key_tasks.values()}
    owners |= {row.responsible_unit_id for row, _ in rectifications.values()}
    units = organisation.units_by_id(ctx.session, owners)
    due = _deadlines(ctx, user_tasks)
    calendar, now, scheme = working_days.load(ctx.session), ctx.clock.now(), deadlines.scheme(ctx.session)
    own = working_days.of_units(ctx.session, calendar, {deadline.unit_id for deadline in due.values()})
    found = []
    for task in user_tasks:
        item = items.get(task.work_item_id or 0)
        key_task = key_tasks.get(task.subject_id) if task.subject_type == "key_task" else None
        by_type = {"extension": asked, "change_request": changes}
        request = by_type.get(task.subject_type, {}).get(task.subject_id)
        reported = request.obligation_id if request else task.subject_id
        obligation = obligations.get(reported) if request or task.subject_type == "obligation" else None
        found_bad = rectifications.get(task.subject_id) if task.subject_type == "rectification" else None
        rectification, finding = found_bad or (None, None)
        notice = notices.get(task.subject_id) if task.subject_type == "notice" else None
        owner = item.unit_id if item else key_task.review_unit_id if key_task else 0
        unit = units.get(rectification.responsible_unit_id if rectification else owner)
        deadline = due.get((task.subject_type, task.subject_id, task.deadline_kind or ""))
        found.append(
            Matter(
                user_task=task,
                number=item.number if item else str(key_task.number) if key_task else "",
                title=item.title if item else key_task.title if key_task else "",
                part=_part(obligation, finding, notice),
                unit=unit.short_name if unit else "",
                href=href(task),
                light=deadlines.light(deadline, now, calendar, scheme) if deadline else None,
                due_on=deadline.due_on if deadline else None,
                days_left=own[deadline.unit_id].working_days_between(local_date(now), deadline.due_on)
                if deadline and deadline.state != DeadlineState.PAUSED
                else None,
                provisional=bool(deadline and deadline.provisional),
                why=url_for("deadlines.why", id=deadline.id) if deadline else None,
            )
        )
    return found


def _part(obligation: Any, finding: Any, notice: Notice | None) -> str:
    if notice is not None:
        return f"{stored(notice.title)} {notice.number_text or ''}".strip()
    return stored(obligation.title) if obligation else finding.text if finding else ""


def _ids(user_tasks: Iterable[UserTask], subject_type: str) -> list[int]:
    return [t.subject_id for t in user_tasks if t.subject_type == subject_type]


def _by_id(ctx: Context, model: Any, ids: Iterable[int]) -> dict[int, Any]:
    wanted = set(ids)
    if not wanted:
        return {}
    return {row.id: row for row in ctx.session.scalars(select(model).where(model.id.in_(wanted)))}


def _deadlines(ctx: Context, user_tasks: Sequence[UserTask]) -> dict[tuple[str, int, str], Deadline]:
    """The newest deadline of each user task's kind. One statement."""
    wanted: dict[tuple[str, str], set[int]] = {}
    for t in user_tasks:
        if t.deadline_kind:
            wanted.setdefault((t.subject_type, t.deadline_kind), set()).add(t.subject_id)
    if not wanted:
        return {}
    # One branch per kind and not a list of triples: SQLite finds no index for rows IN (VALUES …).
    one_of = or_(
        *(
            and_(Deadline.subject_type == subject_type, Deadline.kind == kind, Deadline.subject_id.in_(ids))
            for (subject_type, kind), ids in sorted(wanted.items())
        )
    )
    rows = ctx.session.scalars(select(Deadline).where(one_of).order_by(Deadline.id))
    return {(d.subject_type, d.subject_id, d.kind): d for d in rows}
