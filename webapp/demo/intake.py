"""The plan comes in: the document is read by the real parser, settled by the officer and confirmed."""

import re
from datetime import date
from pathlib import Path

from sqlalchemy import select

from engine import files
from engine.campaigns import from_plan, key_tasks
from engine.campaigns.models import KeyTask, KeyTaskLimit, LimitKind
from engine.context import Actor, Context
from engine.plans import editing, queries, service
from engine.plans.models import PartState, Plan
from engine.working_days.periods import Period
from webapp.demo import conduct
from webapp.demo.acting import Edge
from webapp.demo.city import City
from webapp.demo.papers import Paper

HERE = Path(__file__).parent
_PLACEHOLDER = re.compile(r"\{([+-]\d+)\}")


def document(edge: Edge, name: str, signed: date) -> str:
    """The document's text with its days filled in: ``{-46}`` is the working day 46 before today."""

    def day(match: re.Match[str]) -> str:
        on = edge.day(int(match[1]))
        return f"{'' if on.year == signed.year else f'{on.year}年'}{on.month}月{on.day}日"

    text = _PLACEHOLDER.sub(day, (HERE / name).read_text())
    return text.format(year=signed.year, signed=f"{signed.year}年{signed.month}月{signed.day}日")


def bring_in(edge: Edge, city: City, officer: Actor) -> int:
    """Upload, import, settle and confirm the plan; the campaign's id."""
    text = document(edge, "plan.txt", edge.day(conduct.ISSUED)).encode()
    name = "“清障护企、法治惠民”专项行动方案.txt"
    staged = edge.upload(officer, [Paper(name, text)])
    draft = service.read(text, name)

    def store(ctx: Context) -> int:
        (file,) = files.take_in(ctx, staged)
        return service.import_document(ctx, draft, file=file, file_name=name).id

    plan_id = edge.act(officer, store)
    edge.clock.move(minutes=50)
    edge.act(officer, _settle, plan_id, city, edge.day(conduct.FINAL_ON))
    edge.clock.move(minutes=90)
    return edge.act(officer, from_plan.confirm_plan, plan_id).id


def leave_waiting(edge: Edge, officer: Actor) -> None:
    """The next plan lies in the import page, nothing settled yet."""
    draft = service.read_pasted(document(edge, "next_plan.txt", edge.day(-2)))
    edge.act(officer, service.import_document, draft)


def dispatch(edge: Edge, officer: Actor, task: KeyTask) -> None:
    """Confirm the assignment; a final date and quarterly reports where the document has none."""
    limits = edge.read(
        lambda session: session.scalars(select(KeyTaskLimit).where(KeyTaskLimit.key_task_id == task.id)).all()
    )
    final = next((limit.basis for limit in limits if limit.kind == LimitKind.FINAL), None)
    ends = date.fromisoformat(final["on"]) if final and "on" in final else None
    is_short = final is not None and (ends is None or ends < edge.day(conduct.NO_PROGRESS_BEFORE))
    edge.act(
        officer, key_tasks.confirm_assignment, task.id,
        final_on=None if final else edge.day(conduct.FINAL_ON), progress=None if is_short else Period.QUARTER,
    )  # fmt: skip


def _settle(ctx: Context, plan_id: int, city: City, final_on: date) -> None:
    """What the officer does on the import page: groups, repaired places, missing limits."""
    plan = ctx.session.get_one(Plan, plan_id)
    for entry in queries.view(ctx, plan).entries:
        for part in entry.parts:
            if part.row.state != PartState.UNMATCHED:
                continue
            chosen = sorted(queries.group_choice(ctx, plan, part.row).chosen)
            vague = [city.units["justice"], city.units["approval"]]
            editing.expand_group(ctx, plan_id, part.row.id, chosen or vague, everywhere=bool(chosen))
        if entry.row.defects:
            editing.mark_checked(ctx, plan_id, entry.row.id)
    editing.set_default_limits(ctx, plan_id, final_on=final_on, period=Period.QUARTER)
