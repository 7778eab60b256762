"""A change of the calendar, alike on pages and API: what it would move, and putting it in force."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine import deadlines, queue, working_days
from engine.context import Context
from engine.deadlines import Preview
from engine.errors import NotFound, RuleViolation
from engine.organisation.models import Unit
from engine.permissions import Permission, require
from engine.queue import QueueItem
from engine.working_days import CalendarEdition, Change, DayChange, changes
from engine.working_days.service import work_key


@dataclass(frozen=True)
class Shown:
    """The effects of a change, for the calendar with the digest."""

    digest: str
    days: Sequence[DayChange]
    moved: Preview


def preview(ctx: Context, wanted: Change) -> Shown:
    """What the change would do if it were put in force now. Changes nothing."""
    require(ctx, Permission.CALENDAR_MANAGE)
    _check(ctx, wanted)
    digest = working_days.in_force(ctx.session) or ""
    before = working_days.load_digest(ctx.session, digest)
    after = changes.applied(before, wanted)
    first_on = changes.since(before, after, wanted.unit_id)
    if first_on is None:
        raise RuleViolation("working_days.same", "与现行日历相同，没有需要更改的内容")
    days = changes.differences(before, after, wanted.unit_id)
    return Shown(digest, days, deadlines.preview(ctx, after, first_on))


def apply(ctx: Context, wanted: Change, digest: str) -> CalendarEdition:
    """Put it in force; the deadlines follow in the background."""
    require(ctx, Permission.CALENDAR_MANAGE)
    _check(ctx, wanted)
    return working_days.change(ctx, wanted, expected=digest)


def _check(ctx: Context, wanted: Change) -> None:
    changes.check(wanted)
    if wanted.unit_id is not None and ctx.session.get(Unit, wanted.unit_id) is None:
        raise NotFound()


def progress(ctx: Context, edition: CalendarEdition) -> QueueItem | None:
    """How far counting again has come; None when it is over, or was never needed."""
    if edition.recomputed_at is not None:
        return None
    return queue.progress(ctx.session, work_key(edition.id))
