"""The meaning of the lights' colours as an installation has set it, in versions."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from engine import audit, permissions
from engine.context import Context
from engine.db import Session
from engine.deadlines import lights
from engine.deadlines.lights import DEFAULT, Scheme
from engine.deadlines.models import LightScheme
from engine.errors import InvalidInput, RuleViolation, StaleForm
from engine.permissions import Permission

STREAM = "light_scheme"
_MEMO = "engine.deadlines.schemes"


def scheme(session: Session) -> Scheme:
    """The newest version, else the one the program brings. One SELECT per transaction."""
    found: Scheme | None = session.memo.get(_MEMO)
    if found is None:
        newest = select(LightScheme.content, LightScheme.version).order_by(LightScheme.version.desc())
        row = session.execute(newest.limit(1)).one_or_none()
        found = session.memo[_MEMO] = DEFAULT if row is None else lights.parse(row[0], row[1])
    return found


def versions(session: Session) -> Sequence[LightScheme]:
    """All versions, newest first."""
    return session.scalars(select(LightScheme).order_by(LightScheme.version.desc())).all()


def publish(ctx: Context, wanted: Scheme, *, note: str, expected: int) -> LightScheme:
    """Another meaning of the colours, for all lights from now on.

    ``expected`` is the version that the editor has seen; StaleForm when somebody was faster.
    """
    permissions.require(ctx, Permission.ESCALATION_MANAGE)
    lights.check(wanted)
    # Two editors wait for each other at the newest row; with none yet, the unique version decides.
    newest = select(LightScheme.id).order_by(LightScheme.version.desc()).limit(1).with_for_update()
    ctx.session.execute(newest).all()
    version = ctx.session.scalar(select(func.max(LightScheme.version))) or 0
    if version != expected:
        raise StaleForm()
    before = scheme(ctx.session)
    if lights.to_dict(before) == lights.to_dict(wanted):
        raise RuleViolation("lights.same", "与现行灯色含义相同，没有需要保存的内容")
    if not note.strip():
        raise InvalidInput("lights.note", "请说明为什么修改", field="note")
    row = LightScheme(
        version=version + 1, content=lights.dump(wanted), note=note.strip(), author_id=ctx.actor.person_id,
        author_name=ctx.actor.name, created_at=ctx.clock.now(),
    )  # fmt: skip
    ctx.session.add(row)
    try:
        ctx.session.flush()
    except IntegrityError as error:
        raise StaleForm() from error
    ctx.session.memo.pop(_MEMO, None)
    audit.record(
        ctx, STREAM, "light_scheme.published", (STREAM, row.id), version=row.version, note=row.note,
        before=lights.to_dict(before), after=lights.to_dict(wanted),
    )  # fmt: skip
    return row
