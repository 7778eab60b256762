"""The verbs on a plan as a whole: imported from a reading, confirmed, or discarded.

Bytes are read and parsed before, outside any transaction; here a finished `PlanDraft` is stored in one. What
a person changes in between stands in editing.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from engine import audit, outbox, permissions, working_days
from engine.clock import local_date
from engine.context import Context, Role
from engine.errors import AccessDenied, InvalidInput, RuleViolation, UnreadableDocument
from engine.files import File
from engine.organisation import matching
from engine.organisation.models import Unit
from engine.permissions import Permission
from engine.plans import queries, rules
from engine.plans.models import (
    PartRole,
    PartState,
    Plan,
    PlanState,
    PlanTask,
    PlanTaskLimit,
    PlanTaskMember,
    PlanTaskUnit,
    ReviewerReason,
)
from engine.plans.parsing import ParsedTask, PlanDraft, UnitName, is_group, parse_document, parse_text
from engine.plans.rules import Part


def read(data: bytes, name: str) -> PlanDraft:
    """The reading of a document's bytes. Raises UnreadableDocument, also for a document without key tasks."""
    draft = parse_document(data, name)
    _check_readable(draft)
    return draft


def read_pasted(text: str) -> PlanDraft:
    """The reading of a text that a person pasted; UnreadableDocument where nothing is assigned in it."""
    if not text.strip():
        raise UnreadableDocument("plans.empty_text", "没有文字，请粘贴方案全文")
    draft = parse_text(text.replace("\0", " "))
    _check_readable(draft)
    return draft


def _check_readable(draft: PlanDraft) -> None:
    if not draft.key_tasks:
        raise UnreadableDocument(
            "plans.no_key_tasks", "没有读出带责任单位的任务，这份文件不像工作方案，请确认是否选错了文件"
        )


def import_document(
    ctx: Context,
    draft: PlanDraft,
    *,
    file: File | None = None,
    file_name: str | None = None,
    office_unit_id: int | None = None,
) -> Plan:
    """Store a reading as a draft plan of the actor's office; units are matched where their names are exact.

    ``office_unit_id`` is needed only by officers of several offices. ``file`` is the original, taken in.
    """
    permissions.require(ctx, Permission.PLAN_IMPORT)
    office = _office(ctx, office_unit_id)
    _check_readable(draft)
    facts = draft.document
    told = draft.to_dict()
    plan = Plan(
        office_unit_id=office.id, title=(facts.title or file_name or draft.key_tasks[0].title)[:300],
        issuer=facts.issuer and facts.issuer[:200], document_number=facts.reference and facts.reference[:100],
        signed_on=facts.signed_on, document_year=facts.document_year, kind=facts.kind.value,
        file_id=file.id if file else None, file_name=(file_name or (file.name if file else None)),
        text=draft.text, duties=told["duties"], cadences=told["cadences"], indicators=told["indicators"],
        notes=told["notes"], state=PlanState.DRAFT, created_at=ctx.clock.now(),
        created_by_id=ctx.actor.person_id, created_by_name=ctx.actor.name,
    )  # fmt: skip
    ctx.session.add(plan)
    ctx.session.flush()
    _store(ctx, plan, office, draft)
    subject = ("plan", plan.id)
    audit.record(
        ctx, stream(plan.id), "plan.imported", subject, title=plan.title, file_id=plan.file_id,
        file_name=plan.file_name, plan_tasks=len(draft.key_tasks),
    )  # fmt: skip
    outbox.publish(ctx, "plan.imported", subject, title=plan.title)
    return plan


def confirm(ctx: Context, plan_id: int, *, expected_version: int | None = None) -> Plan:
    """The office confirms units, limits and reviewers as they stand; from here the plan does not change.

    Raises RuleViolation while anything is open, naming the tasks. The campaign is made by
    engine/campaigns, in the same transaction.
    """
    plan = permissions.find(ctx, Permission.PLAN_CONFIRM, Plan, plan_id)
    rules.check_draft(plan.state)
    rules.check_version(plan.version, expected_version, of_plan=True)
    seen = queries.view(ctx, plan, proposing=False)
    if not seen.kept:
        raise RuleViolation("plans.nothing_kept", "没有保留任何任务，无法确认")
    if open_numbers := [entry.row.number for entry in seen.unresolved]:
        raise RuleViolation(
            "plans.unresolved", "还有{count}项任务需要处理后才能确认：第{numbers}项", count=len(open_numbers),
            numbers=rules.numbers_text(open_numbers),
        )  # fmt: skip
    plan.state, plan.confirmed_at, plan.confirmed_by_name = (
        PlanState.CONFIRMED,
        ctx.clock.now(),
        ctx.actor.name,
    )
    plan.version += 1
    subject = ("plan", plan.id)
    audit.record(
        ctx, stream(plan.id), "plan.confirmed", subject,
        reviewers={str(entry.row.number): entry.row.review_unit_id for entry in seen.kept},
    )  # fmt: skip
    outbox.publish(ctx, "plan.confirmed", subject, title=plan.title)
    return plan


def discard(ctx: Context, plan_id: int) -> Plan:
    """Give up a draft: a wrong file, or a better one came. It stays on record, out of sight."""
    plan = permissions.find(ctx, Permission.PLAN_EDIT, Plan, plan_id)
    rules.check_draft(plan.state)
    plan.state = PlanState.DISCARDED
    plan.version += 1
    audit.record(ctx, stream(plan.id), "plan.discarded", ("plan", plan.id), title=plan.title)
    outbox.publish(ctx, "plan.discarded", ("plan", plan.id), title=plan.title)
    return plan


def stream(plan_id: int) -> str:
    """The audit stream of a plan and its tasks."""
    return f"plan:{plan_id}"


def _office(ctx: Context, given: int | None) -> Unit:
    own = ctx.actor.units(Role.OFFICER)
    if given is None:
        if len(own) != 1:
            raise InvalidInput("plans.office", "请选择由哪个督办机构导入", field="office_unit_id")
        (given,) = own
    elif not ctx.actor.is_system and given not in own:
        raise AccessDenied()
    return ctx.session.get_one(Unit, given)


def _store(ctx: Context, plan: Plan, office: Unit, draft: PlanDraft) -> None:
    calendar = working_days.load(ctx.session)

    def count_from(on: date, days: int, counting: str) -> date:
        count = calendar.count_working_days if counting == "working_days" else calendar.count_calendar_days
        return count(on, days).due_on

    matcher = _Matcher(ctx, office)
    numbers = [parsed.number for parsed in draft.key_tasks]
    own_numbers = len(set(numbers)) == len(numbers) and min(numbers) > 0
    for position, parsed in enumerate(draft.key_tasks, 1):
        row = PlanTask(
            plan_id=plan.id, number=parsed.number if own_numbers else position, section=parsed.section[:300],
            title=parsed.title[: rules.MAX_TITLE], text=parsed.text[: rules.MAX_TEXT],
            span_start=parsed.span.start, span_end=parsed.span.end, review_unit_id=None,
            reviewer_reason=ReviewerReason.UNSETTLED, confidence=parsed.confidence,
            defects=parsed.to_dict()["defects"], indicators=parsed.to_dict()["indicators"],
        )  # fmt: skip
        ctx.session.add(row)
        ctx.session.flush()
        parts = _store_units(ctx, row, parsed, matcher)
        row.review_unit_id, row.reviewer_reason = rules.reviewer(parts, office.id)
        for place, deadline in enumerate(parsed.deadlines, 1):
            form = rules.interpret(deadline, draft.document.signed_on, count_from)
            ctx.session.add(
                PlanTaskLimit(
                    plan_task_id=row.id, position=place, raw=deadline.raw[:300], kind=form.kind,
                    data=form.data,
                    span_start=deadline.span.start, span_end=deadline.span.end,
                )
            )  # fmt: skip
    ctx.session.flush()


def _store_units(ctx: Context, row: PlanTask, parsed: ParsedTask, matcher: "_Matcher") -> list[Part]:
    listed: tuple[tuple[PartRole, Sequence[UnitName]], ...] = (
        (PartRole.LEAD, parsed.lead_units),
        (PartRole.RESPONSIBLE, parsed.responsible_units),
        (PartRole.COOPERATING, parsed.cooperating_units),
        (PartRole.SUPERVISING, parsed.supervising_units),
    )
    parts: list[Part] = []
    for role, names in listed:
        for name in names:
            parts.append(_store_unit(ctx, row, role, name, len(parts) + 1, matcher))
    return parts


def _store_unit(
    ctx: Context, row: PlanTask, role: PartRole, name: UnitName, position: int, matcher: "_Matcher"
) -> Part:
    found = matcher.find(name.text)
    state = PartState.MATCHED if found.unit_id is not None else PartState.UNMATCHED
    part = PlanTaskUnit(
        plan_task_id=row.id, role=role, position=position, written=name.text[:300],
        span_start=name.span.start, span_end=name.span.end, is_group=found.is_group, group_id=found.group_id, state=state,
        how=found.how,
    )  # fmt: skip
    ctx.session.add(part)
    unit_ids: tuple[int, ...] = ()
    if found.unit_id is not None:
        ctx.session.flush()
        ctx.session.add(PlanTaskMember(plan_task_unit_id=part.id, unit_id=found.unit_id, position=1))
        unit_ids = (found.unit_id,)
    return Part(role, state, part.written, part.is_group, unit_ids)


@dataclass(frozen=True)
class _Found:
    """What the directory says of a written name."""

    is_group: bool
    unit_id: int | None = None
    group_id: int | None = None
    how: str | None = None


class _Matcher:
    """Exact matches only: what was confirmed before, then name, short name, alias, level prefix."""

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
        before = [
            unit_id for unit_id in self.learned.get(matching.normalise(written), ()) if unit_id in self.levels
        ]
        if len(before) == 1:
            return _Found(is_group=False, unit_id=before[0], how="learned")
        if not units:
            return _Found(is_group=False)
        best = [p for p in units if p.how == units[0].how]
        # 市司法局 also fits the bureaus of county-level cities: the office's own level is meant.
        same_level = [p for p in best if self.levels.get(p.unit_id or 0) == self.office.level]
        sure = best if len(best) == 1 else same_level
        if len(sure) != 1:
            return _Found(is_group=False)
        return _Found(is_group=False, unit_id=sure[0].unit_id, how=sure[0].how.value)
