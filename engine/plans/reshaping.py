"""Tasks cut in two, put together, or added where the reading missed one.

Numbers of the document stay what they are: a piece that is cut off takes the next free number and stands
behind the task it came from, because tasks stand in the order of their places in the document.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select, update

from engine import audit
from engine.context import Context
from engine.errors import InvalidInput, NotFound
from engine.organisation import matching
from engine.plans import division, queries, rules
from engine.plans.changes import Change, stream
from engine.plans.drafts import done, open_plan, open_task, touched
from engine.plans.models import (
    PartRole,
    PartState,
    PlanProposal,
    PlanTask,
    PlanTaskLimit,
    PlanTaskMember,
    PlanTaskUnit,
)
from engine.plans.parsing import Span
from engine.plans.parsing.part import parse_part
from engine.plans.roles import arrange
from engine.plans.storing import Storing, next_number
from engine.plans.views import Places

#: More tasks than this in one merger are a mistake of the hand.
MAX_MERGED = 50


def split(
    ctx: Context, plan_id: int, plan_task_id: int, at: Sequence[int], *, expected_version: int | None = None
) -> list[int]:
    """Cut a task before the characters ``at`` of its text; the ids of all pieces, the task's own first.

    Units, limits and figures go to the piece in whose text they stand where every piece has some of its own;
    otherwise all pieces get all of them.
    """
    change, row = open_task(ctx, plan_id, plan_task_id, expected_version)
    cut = division.pieces(row.text, at)
    whole, text = Span(row.span_start, row.span_end), row.text
    spans = division.spans_of(change.plan.text, whole, text, cut)
    units = division.share(_units(ctx, row), spans, lambda part: part.span_start)
    limits = division.share(_limits(ctx, row), spans, lambda limit: limit.span_start)
    figures = division.share(row.indicators, spans, lambda found: int(found["span"][0]))
    defects = division.share(row.defects, spans, lambda found: int(found["span"][0]))
    places = Places(change.plan.places)
    made = [row]
    for n in range(1, len(cut)):
        piece = text[cut[n].start : cut[n].end].strip()
        values = {
            "title": division.title_of(piece) or row.title, "text": piece, "span_start": spans[n].start,
            "span_end": spans[n].end, "place": places.at(spans[n].start), "indicators": figures[n],
            "defects": defects[n],
        }  # fmt: skip
        made.append(_copy(change, row, values, units[n], limits[n]))
    row.text = text[: cut[0].end].strip()
    row.span_start, row.span_end = spans[0].start, spans[0].end
    row.indicators, row.defects = figures[0], defects[0]
    _keep(ctx, row, units[0], limits[0])
    return _split(change, made)


def split_by_unit(
    ctx: Context, plan_id: int, plan_task_id: int, *, expected_version: int | None = None
) -> list[int]:
    """One task for each responsible unit or group, all else alike; the ids, the task's own first."""
    change, row = open_task(ctx, plan_id, plan_task_id, expected_version)
    listed = _units(ctx, row)
    owing = [part for part in listed if part.role == PartRole.RESPONSIBLE and part.state != PartState.DROPPED]
    if len(owing) < 2:
        raise InvalidInput("plans.one_responsible", "这项任务没有两个以上的责任单位，不能按单位分开")
    if len(owing) > division.MAX_PIECES:
        raise InvalidInput("plans.cut_many", "一次最多分成{max}项", field="at", max=division.MAX_PIECES)
    others, limits, title = [part for part in listed if part not in owing], _limits(ctx, row), row.title
    made = [row]
    for part in owing[1:]:
        made.append(_copy(change, row, {"title": _titled(title, part)}, [*others, part], limits))
    row.title = _titled(title, owing[0])
    _keep(ctx, row, [*others, owing[0]], limits)
    return _split(change, made)


def merge(
    ctx: Context,
    plan_id: int,
    plan_task_ids: Sequence[int],
    *,
    expected_versions: Mapping[int, int] | None = None,
) -> PlanTask:
    """Put tasks together into the one that stands first in the document.

    Texts are joined; each unit is listed once, where it is listed highest (牵头 before 责任); limits and
    figures are united. ``expected_versions`` by task id.
    """
    change = open_plan(ctx, plan_id)
    wanted = set(plan_task_ids)
    if not 2 <= len(wanted) <= MAX_MERGED:
        raise InvalidInput("plans.merge_two", "请选择两项以上的任务合并", field="other")
    query = select(PlanTask).where(PlanTask.plan_id == change.plan.id, PlanTask.id.in_(wanted))
    rows = ctx.session.scalars(
        query.order_by(*queries.IN_ORDER).execution_options(populate_existing=True)
    ).all()
    if len(rows) != len(wanted):
        raise NotFound()
    for row in rows:
        rules.check_version(row.version, (expected_versions or {}).get(row.id))
    change.remember(row.id for row in rows)
    first, others = rows[0], rows[1:]
    first.text = rules.clean_text("\n".join(row.text for row in rows if row.text.strip()))
    if not _between(ctx, change, rows):
        first.span_end = max(row.span_end for row in rows)
    first.indicators = _once(found for row in rows for found in row.indicators)
    first.defects = _once(found for row in rows for found in row.defects)
    first.checked = all(row.checked for row in rows)
    first.dropped = all(row.dropped for row in rows)
    first.confidence = min(row.confidence for row in rows)
    _unite_units(ctx, first, rows)
    _unite_limits(ctx, first, rows)
    _take_over_proposals(ctx, change, first, others)
    numbers = [row.number for row in others]
    for row in others:
        audit.record(
            ctx,
            stream(change.plan.id),
            "plan_task.merged",
            ("plan_task", row.id),
            into=first.id,
            number=row.number,
        )
    ctx.session.execute(delete(PlanTask).where(PlanTask.id.in_([row.id for row in others])))
    touched(change, first, "plan_task.merged", numbers=numbers)
    change.record("plan_task.merged", number=first.number, others=rules.numbers_text(numbers))
    return first


def add_from_text(ctx: Context, plan_id: int, text: str, *, expected_version: int | None = None) -> PlanTask:
    """A further task from a stretch of the document that the reading missed: units and limits are read in it."""
    change = open_plan(ctx, plan_id, expected_version)
    plan = change.plan
    wanted = rules.clean_text(text)
    if not wanted:
        raise InvalidInput("plans.marked_empty", "请先在原文中选择文字", field="text")
    taken = ctx.session.execute(
        select(PlanTask.span_start, PlanTask.span_end).where(PlanTask.plan_id == plan.id)
    )
    span = division.find(plan.text, wanted, [Span(start, end) for start, end in taken])
    if span is None:
        raise InvalidInput("plans.marked_unknown", "原文中没有这段文字，请从原文中选择或者复制", field="text")
    parsed = parse_part(plan.text, span, plan.document_year, plan.signed_on)
    if len(parsed.text) > rules.MAX_TEXT:
        raise InvalidInput("plans.text_long", "任务内容不得超过{max}字", field="text", max=rules.MAX_TEXT)
    row = Storing(ctx, plan).add(parsed, next_number(ctx.session, plan.id))
    row.title = (parsed.title or division.title_of(parsed.text))[: rules.MAX_TITLE]
    change.remember_made(row.id)
    return done(change, row, "plan_task.added", title=row.title)


def _split(change: Change, made: Sequence[PlanTask]) -> list[int]:
    numbers = [row.number for row in made]
    for row in made:
        touched(change, row, "plan_task.split", numbers=numbers)
    change.record("plan_task.split", number=numbers[0], count=len(made))
    return [row.id for row in made]


def _copy(
    change: Change,
    row: PlanTask,
    values: Mapping[str, Any],
    units: Sequence[PlanTaskUnit],
    limits: Sequence[PlanTaskLimit],
) -> PlanTask:
    """A further task like `row` but for ``values``, with copies of these units and limits."""
    session = change.ctx.session
    copied = (
        "plan_id", "section", "title", "text", "span_start", "span_end", "place", "review_unit_id",
        "reviewer_reason", "dropped", "checked", "defects", "indicators", "confidence",
    )  # fmt: skip
    new = PlanTask(**{name: getattr(row, name) for name in copied} | dict(values))
    new.number = next_number(session, row.plan_id)
    session.add(new)
    session.flush()
    change.remember_made(new.id)
    for position, part in enumerate(units, 1):
        twin = PlanTaskUnit(
            plan_task_id=new.id, position=position, role=part.role, written=part.written,
            span_start=part.span_start, span_end=part.span_end, is_group=part.is_group, group_id=part.group_id,
            state=part.state, how=part.how,
        )  # fmt: skip
        session.add(twin)
        session.flush()
        session.add_all(
            PlanTaskMember(plan_task_unit_id=twin.id, unit_id=unit_id, position=place)
            for place, unit_id in enumerate(queries.member_ids(session, part.id), 1)
        )
    session.add_all(
        PlanTaskLimit(
            plan_task_id=new.id, position=position, raw=limit.raw, kind=limit.kind, data=limit.data,
            span_start=limit.span_start, span_end=limit.span_end,
        )
        for position, limit in enumerate(limits, 1)
    )  # fmt: skip
    session.flush()
    return new


def _keep(
    ctx: Context, row: PlanTask, units: Sequence[PlanTaskUnit], limits: Sequence[PlanTaskLimit]
) -> None:
    """Take away what is not among ``units`` and ``limits``."""
    kept = {part.id for part in units}
    gone = [part for part in _units(ctx, row) if part.id not in kept]
    of_gone = PlanTaskMember.plan_task_unit_id.in_([part.id for part in gone])
    ctx.session.execute(delete(PlanTaskMember).where(of_gone))
    wanted = {limit.id for limit in limits}
    for one in [*gone, *(limit for limit in _limits(ctx, row) if limit.id not in wanted)]:
        ctx.session.delete(one)
    ctx.session.flush()


def _units(ctx: Context, row: PlanTask) -> list[PlanTaskUnit]:
    query = select(PlanTaskUnit).where(PlanTaskUnit.plan_task_id == row.id).order_by(PlanTaskUnit.position)
    return list(ctx.session.scalars(query))


def _limits(ctx: Context, row: PlanTask) -> list[PlanTaskLimit]:
    query = select(PlanTaskLimit).where(PlanTaskLimit.plan_task_id == row.id).order_by(PlanTaskLimit.position)
    return list(ctx.session.scalars(query))


def _titled(title: str, part: PlanTaskUnit) -> str:
    tail = f"（{part.written}）"
    return title[: rules.MAX_TITLE - len(tail)] + tail if len(tail) < rules.MAX_TITLE else title


def _once(found: Any) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    for one in found:
        if one not in kept:
            kept.append(one)
    return kept


def _between(ctx: Context, change: Change, rows: Sequence[PlanTask]) -> bool:
    """Whether other tasks stand between these: then they have no common place."""
    start, end = rows[0].span_start, max(row.span_start for row in rows)
    query = select(PlanTask.id).where(
        PlanTask.plan_id == change.plan.id, PlanTask.span_start.between(start, end),
        PlanTask.id.not_in([row.id for row in rows]),
    )  # fmt: skip
    return ctx.session.scalar(query.limit(1)) is not None


def _unite_units(ctx: Context, first: PlanTask, rows: Sequence[PlanTask]) -> None:
    order = {role: position for position, role in enumerate(PartRole)}
    listed = [part for row in rows for part in _units(ctx, row)]
    members = {part.id: tuple(queries.member_ids(ctx.session, part.id)) for part in listed}

    def same(part: PlanTaskUnit) -> object:
        return (members[part.id], part.is_group) if members[part.id] else matching.normalise(part.written)

    kept: dict[object, PlanTaskUnit] = {}
    # What is left out in one task and listed in another is listed.
    for part in sorted(
        listed, key=lambda part: (part.state == PartState.DROPPED, order[PartRole(part.role)])
    ):
        kept.setdefault(same(part), part)
    gone = [part for part in listed if kept[same(part)] is not part]
    ctx.session.execute(
        delete(PlanTaskMember).where(PlanTaskMember.plan_task_unit_id.in_([part.id for part in gone]))
    )
    for part in gone:
        ctx.session.delete(part)
    staying = [part for part in listed if kept[same(part)] is part]
    beyond = max((part.position for part in listed), default=0)
    for position, part in enumerate(staying, 1):
        part.plan_task_id, part.position = first.id, beyond + position
    ctx.session.flush()
    arrange(staying, ctx)


def _unite_limits(ctx: Context, first: PlanTask, rows: Sequence[PlanTask]) -> None:
    listed = [limit for row in rows for limit in _limits(ctx, row)]
    kept: list[PlanTaskLimit] = []
    for limit in listed:
        if any(
            (other.kind, other.data, other.raw if other.kind == "open" else "")
            == (limit.kind, limit.data, limit.raw if limit.kind == "open" else "")
            for other in kept
        ):
            ctx.session.delete(limit)
        else:
            kept.append(limit)
    ctx.session.flush()
    beyond = max((limit.position for limit in listed), default=0)
    for offset in (beyond, 0):
        for position, limit in enumerate(kept, 1):
            limit.plan_task_id, limit.position = first.id, offset + position
        ctx.session.flush()


def _take_over_proposals(ctx: Context, change: Change, first: PlanTask, others: Sequence[PlanTask]) -> None:
    of_others = PlanProposal.plan_task_id.in_([row.id for row in others])
    change.remember_proposals(ctx.session.scalars(select(PlanProposal).where(of_others)))
    ctx.session.execute(update(PlanProposal).where(of_others).values(plan_task_id=first.id))
