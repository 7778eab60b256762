"""A large document is read in the background, with its progress to see; a small one comes in at once.

The office that asked for it gets the draft as if it had waited: the import runs with what the person may do then.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from engine import audit, files, permissions, queue
from engine.clock import Clock, local_date
from engine.context import Context
from engine.db import transaction
from engine.errors import DubanError, NotFound, UnreadableDocument
from engine.files import File
from engine.organisation import accounts
from engine.permissions import Permission
from engine.plans import service
from engine.plans.models import PlanReading, ReadingState
from engine.plans.parsing import PlanDraft
from engine.settings import Settings

TOPIC = "plans.read"
#: Files above this size (bytes) are read in the background.
LARGE = 256 * 1024


def begin(ctx: Context, staged_id: int, *, office_unit_id: int | None = None) -> PlanReading:
    """Take the staged file in, and have it read soon."""
    permissions.require(ctx, Permission.PLAN_IMPORT)
    office = service.importing_office(ctx, office_unit_id)
    (file,) = files.take_in(ctx, [staged_id])
    assert ctx.actor.person_id is not None
    reading = PlanReading(
        office_unit_id=office.id, file_id=file.id, file_name=file.name, created_at=ctx.clock.now(),
        created_by_id=ctx.actor.person_id, state=ReadingState.WAITING,
    )  # fmt: skip
    ctx.session.add(reading)
    ctx.session.flush()
    queue.put(ctx, TOPIC, key(reading.id), {"reading_id": reading.id})
    audit.record(
        ctx,
        f"plan_reading:{reading.id}",
        "plan_reading.begun",
        ("plan_reading", reading.id),
        file_name=file.name,
    )
    return reading


def find(ctx: Context, reading_id: int) -> PlanReading:
    """One's own reading; NotFound for anyone else's."""
    permissions.require(ctx, Permission.PLAN_IMPORT)
    reading = ctx.session.get(PlanReading, reading_id)
    if reading is None or reading.created_by_id != ctx.actor.person_id:
        raise NotFound()
    return reading


def unfinished(ctx: Context, *, limit: int = 5) -> Sequence[PlanReading]:
    """One's own readings of the last week that are not a draft yet: waiting, or failed."""
    recent = PlanReading.created_at > ctx.clock.now() - timedelta(days=7)
    own = PlanReading.created_by_id == ctx.actor.person_id, PlanReading.state != ReadingState.DONE, recent
    return ctx.session.scalars(
        select(PlanReading).where(*own).order_by(PlanReading.id.desc()).limit(limit)
    ).all()


def steps(session: Session, reading: PlanReading) -> tuple[int, int] | None:
    """(pages or sheets done, total) while it is being read."""
    item = queue.progress(session, key(reading.id))
    return item.steps if item is not None else None


def key(reading_id: int) -> str:
    return f"{TOPIC}:{reading_id}"


def _read(
    db: Engine, _clock: Clock, settings: Settings, payload: dict[str, Any], tell: queue.Tell
) -> PlanDraft | UnreadableDocument:
    with transaction(db, read_only=True) as session:
        reading = session.get_one(PlanReading, payload["reading_id"])
        file, name = session.get_one(File, reading.file_id), reading.file_name
    data = b"".join(files.open_bytes(settings, file))
    try:
        return service.read(data, name, tell)
    except UnreadableDocument as error:
        return error


@queue.topic(TOPIC, before=_read)
def _finish(ctx: Context, payload: dict[str, Any], read: PlanDraft | UnreadableDocument) -> None:
    reading = ctx.session.get_one(PlanReading, payload["reading_id"], with_for_update=True)
    if reading.state != ReadingState.WAITING:
        return
    error: DubanError | None = read if isinstance(read, UnreadableDocument) else None
    if isinstance(read, PlanDraft):
        actor = accounts.actor_for(ctx.session, reading.created_by_id, local_date(ctx.clock.now()))
        person = Context(ctx.session, actor, ctx.clock, ctx.settings)
        try:
            plan = service.import_document(
                person, read, file=ctx.session.get_one(File, reading.file_id), file_name=reading.file_name,
                office_unit_id=reading.office_unit_id,
            )  # fmt: skip
            reading.state, reading.plan_id = ReadingState.DONE, plan.id
        except DubanError as refused:  # a post that ended meanwhile
            error = refused
    if error is not None:
        reading.state = ReadingState.FAILED
        reading.error = {"code": error.code, "text": error.text, "params": error.params}
        files.release(ctx, reading.file_id)
