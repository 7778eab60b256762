"""Finding rows of a case that answer by the case's own permissions."""

from engine import permissions
from engine.campaigns.models import KeyTask, WorkItem
from engine.context import Context
from engine.deadlines import Deadline
from engine.errors import NotFound
from engine.permissions import Permission


def find_deadline(ctx: Context, id: int) -> Deadline:
    """A deadline stands on the stream of a work item: who may read the item may ask why; of a
    key task's, who may read that. NotFound, AccessDenied."""
    deadline = ctx.session.get(Deadline, id)
    if deadline is None:
        raise NotFound()
    if deadline.subject_type == "key_task":
        permissions.find(ctx, Permission.KEY_TASK_READ, KeyTask, deadline.subject_id, lock=False)
        return deadline
    kind, _, item_id = deadline.stream.partition(":")
    if kind != "work_item":
        raise NotFound()
    permissions.find(ctx, Permission.WORK_ITEM_READ, WorkItem, int(item_id), lock=False)
    return deadline


def of_deadline(ctx: Context, deadline: Deadline) -> KeyTask | WorkItem:
    """The case that a deadline belongs to, of which the actor has been found to be a reader."""
    if deadline.subject_type == "key_task":
        return ctx.session.get_one(KeyTask, deadline.subject_id)
    return ctx.session.get_one(WorkItem, int(deadline.stream.partition(":")[2]))
