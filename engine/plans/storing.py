"""How one task of a reading becomes rows: its units matched where their names are exact, its limits counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select

from engine.clock import local_date
from engine.context import Context
from engine.db import Session
from engine.organisation import matching
from engine.organisation.models import Unit
from engine.plans import limit_forms, queries, rules
from engine.plans.limit_forms import Defaults, LimitForm
from engine.plans.models import (
    LimitKind,
    PartRole,
    PartState,
    Plan,
    PlanTask,
    PlanTaskLimit,
    PlanTaskMember,
    PlanTaskUnit,
    ReviewerReason,
)
from engine.plans.parsing import Deadline, ParsedTask, UnitName, is_group
from engine.plans.rules import Part
from engine.plans.views import Places


class Storing:
    """Stores tasks of one plan; the directory is loaded once."""

    def __init__(self, ctx: Context, plan: Plan) -> None:
        self.session, self.plan = ctx.session, plan
        self.places = Places(plan.places)
        self._matcher = Matcher(ctx, ctx.session.get_one(Unit, plan.office_unit_id))
        self._defaults = Defaults(ctx.settings.immediate_working_days, ctx.settings.ongoing_period)

    def add(self, parsed: ParsedTask, number: int) -> PlanTask:
        told = parsed.to_dict()
        row = PlanTask(
            plan_id=self.plan.id, number=number, section=parsed.section[:300],
            title=parsed.title[: rules.MAX_TITLE], text=parsed.text[: rules.MAX_TEXT],
            span_start=parsed.span.start, span_end=parsed.span.end, place=self.places.at(parsed.span.start),
            review_unit_id=None, reviewer_reason=ReviewerReason.UNSETTLED, confidence=parsed.confidence,
            defects=told["defects"], indicators=told["indicators"],
        )  # fmt: skip
        self.session.add(row)
        self.session.flush()
        parts = self._units(row, parsed)
        row.review_unit_id, row.reviewer_reason = rules.reviewer(parts, self.plan.office_unit_id)
        self.session.add_all(self._limits(row, parsed.deadlines))
        return row

    def form(self, deadline: Deadline) -> LimitForm:
        form = limit_forms.interpret(deadline, self.plan.signed_on, self._defaults)
        if form.kind is LimitKind.EVENT and (
            scope := limit_forms.scope_before(self.plan.text, deadline.span.start)
        ):
            return replace(form, data=form.data | {"scope": scope})
        return form

    def _limits(self, row: PlanTask, deadlines: Sequence[Deadline]) -> Iterable[PlanTaskLimit]:
        for position, deadline in enumerate(deadlines, 1):
            form = self.form(deadline)
            yield PlanTaskLimit(
                plan_task_id=row.id, position=position, raw=deadline.raw[:300], kind=form.kind, data=form.data,
                span_start=deadline.span.start, span_end=deadline.span.end,
            )  # fmt: skip

    def _units(self, row: PlanTask, parsed: ParsedTask) -> list[Part]:
        listed: tuple[tuple[PartRole, Sequence[UnitName]], ...] = (
            (PartRole.LEAD, parsed.lead_units),
            (PartRole.RESPONSIBLE, parsed.responsible_units),
            (PartRole.COOPERATING, parsed.cooperating_units),
            (PartRole.SUPERVISING, parsed.supervising_units),
        )
        parts: list[Part] = []
        for role, names in listed:
            for name in names:
                parts.append(self._unit(row, role, name, len(parts) + 1))
        return parts

    def _unit(self, row: PlanTask, role: PartRole, name: UnitName, position: int) -> Part:
        found = self._matcher.find(name.text)
        state = PartState.MATCHED if found.unit_id is not None else PartState.UNMATCHED
        part = PlanTaskUnit(
            plan_task_id=row.id, role=role, position=position, written=name.text[:300],
            span_start=name.span.start, span_end=name.span.end, is_group=found.is_group,
            group_id=found.group_id, state=state, how=found.how,
        )  # fmt: skip
        self.session.add(part)
        unit_ids: tuple[int, ...] = ()
        if found.unit_id is not None:
            self.session.flush()
            self.session.add(PlanTaskMember(plan_task_unit_id=part.id, unit_id=found.unit_id, position=1))
            unit_ids = (found.unit_id,)
        return Part(role, state, part.written, part.is_group, unit_ids)


def next_number(session: Session, plan_id: int) -> int:
    """The next free number: what a person adds leaves the document's numbers as they are."""
    return (session.scalar(select(func.max(PlanTask.number)).where(PlanTask.plan_id == plan_id)) or 0) + 1


@dataclass(frozen=True)
class _Found:
    """What the directory says of a written name."""

    is_group: bool
    unit_id: int | None = None
    group_id: int | None = None
    how: str | None = None


class Matcher:
    """Exact matches only: name, short name, alias, level prefix.

    What the office confirmed a name to mean before is offered, never applied; where it says something else than
    the directory, nothing is applied and a person chooses between the two.
    """

    def __init__(self, ctx: Context, office: Unit) -> None:
        on = local_date(ctx.clock.now())
        self.office = office
        self.known = matching.load(ctx.session, on)
        self.levels = {unit.id: unit.level for unit in queries.directory(ctx.session, on)}
        self.learned = queries.learned(ctx.session, office.id)

    def find(self, written: str) -> _Found:
        proposals = self.known.propose(written, near_unit_id=self.office.id)
        groups = [p.group_id for p in proposals if p.group_id is not None]
        units = [p for p in proposals if p.unit_id is not None]
        if (is_group(written) or groups) and not (units and units[0].how == matching.How.NAME):
            return _Found(is_group=True, group_id=groups[0] if groups else None)
        if not units:
            return _Found(is_group=False)
        best = [p for p in units if p.how == units[0].how]
        # 市司法局 also fits the bureaus of county-level cities: the office's own level is meant.
        same_level = [p for p in best if self.levels.get(p.unit_id or 0) == self.office.level]
        sure = best if len(best) == 1 else same_level
        if len(sure) != 1:
            return _Found(is_group=False)
        before = [id for id in self.learned.get(matching.normalise(written), ()) if id in self.levels]
        if before and before != [sure[0].unit_id]:
            return _Found(is_group=False)
        return _Found(is_group=False, unit_id=sure[0].unit_id, how=sure[0].how.value)
