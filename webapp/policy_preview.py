"""A ladder tried on a real deadline: when each step falls, who would be told by name, and what is over already."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from engine.campaigns.models import WorkItem
from engine.clock import local_date
from engine.context import Context
from engine.deadlines import Deadline, configuring
from engine.deadlines.configuring import Rehearsed
from engine.deadlines.policies import Step
from engine.organisation.queries import units_by_id
from notifications.recipients import Directory
from webapp.formats import day
from webapp.words import WORDS, word


@dataclass(frozen=True)
class Row:
    """One step with the people it would tell, as they hold their posts today."""

    step: Rehearsed
    people: Sequence[str]


@dataclass(frozen=True)
class Sample:
    deadline: Deadline
    label: str


def preview(ctx: Context, deadline: Deadline, steps: Sequence[Step]) -> list[Row]:
    """Changes nothing. Raises AccessDenied."""
    found = configuring.rehearse(ctx, deadline, steps)
    directory = Directory(ctx.session, local_date(ctx.clock.now()))
    case = replace(directory.about(*deadline.subject), unit_id=deadline.unit_id)
    return [
        Row(one, [person.name for person in directory.people(case, one.step.to)] if one.step.to else [])
        for one in found
    ]


def samples(ctx: Context, key: str) -> list[Sample]:
    """Running deadlines of a ladder, in words: item, unit, what is due, and when."""
    rows = configuring.samples(ctx.session, key)
    numbers = _numbers(ctx, rows)
    units = units_by_id(ctx.session, {row.unit_id for row in rows})
    return [
        Sample(
            row,
            " · ".join(
                filter(
                    None,
                    (
                        numbers.get(row.stream, ""),
                        units[row.unit_id].short_name if row.unit_id in units else "",
                        word("deadline_kind", row.kind) if row.kind in WORDS["deadline_kind"] else row.kind,
                        day(row.due_on),
                    ),
                )
            ),
        )
        for row in rows
    ]


def _numbers(ctx: Context, rows: Sequence[Deadline]) -> dict[str, str]:
    """The work items' numbers by stream."""
    ids = {int(row.stream.partition(":")[2]) for row in rows if row.stream.startswith("work_item:")}
    if not ids:
        return {}
    named = select(WorkItem.id, WorkItem.number).where(WorkItem.id.in_(ids))
    return {f"work_item:{id}": number for id, number in ctx.session.execute(named)}
