"""The verbs on a plan as a whole: imported from a reading, confirmed, or discarded.

Bytes are read and parsed before, outside any transaction; here a finished `PlanDraft` is stored in one. What
a person changes in between stands in editing.py.
"""

from engine import audit, outbox, permissions
from engine.context import Context, Role
from engine.errors import AccessDenied, InvalidInput, RuleViolation, UnreadableDocument
from engine.files import File
from engine.organisation.models import Unit
from engine.permissions import Permission
from engine.plans import changes, proposals, queries, rules
from engine.plans.bounded_reading import read_document, read_text
from engine.plans.changes import stream
from engine.plans.models import Plan, PlanState
from engine.plans.parsing import PlanDraft
from engine.plans.parsing.reading import Progress
from engine.plans.storing import Storing


def read(data: bytes, name: str, progress: Progress | None = None) -> PlanDraft:
    """The reading of a document's bytes. Raises UnreadableDocument, also where nothing in it can be imported."""
    draft = read_document(data, name, progress)
    _check_readable(draft)
    return draft


def read_pasted(text: str) -> PlanDraft:
    """The reading of a text that a person pasted; UnreadableDocument where nothing is assigned in it."""
    if not text.strip():
        raise UnreadableDocument("plans.empty_text", "没有文字，请粘贴方案全文")
    draft = read_text(text.replace("\0", " "))
    _check_readable(draft)
    return draft


def _check_readable(draft: PlanDraft) -> None:
    if not (draft.key_tasks or draft.indicators or draft.cadences or draft.campaigns):
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
    office = importing_office(ctx, office_unit_id)
    _check_readable(draft)
    facts = draft.document
    told = draft.to_dict()
    plan = Plan(
        office_unit_id=office.id, title=(facts.title or file_name or draft.text.split(maxsplit=1)[0])[:300],
        issuer=facts.issuer and facts.issuer[:200], document_number=facts.reference and facts.reference[:100],
        signed_on=facts.signed_on, document_year=facts.document_year, kind=facts.kind.value,
        file_id=file.id if file else None, file_name=(file_name or (file.name if file else None)),
        text=draft.text, places=[[place.start, place.to_dict()] for place in draft.source.places],
        duties=told["duties"], notes=told["notes"], state=PlanState.DRAFT, created_at=ctx.clock.now(),
        created_by_id=ctx.actor.person_id, created_by_name=ctx.actor.name,
    )  # fmt: skip
    ctx.session.add(plan)
    ctx.session.flush()
    _store(ctx, plan, draft)
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
    if seen.owners_needed:
        raise RuleViolation(
            "plans.proposals_open", "还有{count}条指标没有确定责任单位，请采用或者不采用后再确认",
            count=len(seen.owners_needed),
        )  # fmt: skip
    plan.state, plan.confirmed_at, plan.confirmed_by_name = (
        PlanState.CONFIRMED,
        ctx.clock.now(),
        ctx.actor.name,
    )
    plan.version += 1
    changes.forget(ctx.session, plan.id)
    subject = ("plan", plan.id)
    audit.record(
        ctx, stream(plan.id), "plan.confirmed", subject,
        reviewers={str(entry.row.number): entry.row.review_unit_id for entry in seen.kept},
    )  # fmt: skip
    outbox.publish(ctx, "plan.confirmed", subject, title=plan.title)
    return plan


def discard(ctx: Context, plan_id: int, *, expected_version: int | None = None) -> Plan:
    """Give up a draft: a wrong file, or a better one came. It stays on record, out of sight."""
    plan = permissions.find(ctx, Permission.PLAN_EDIT, Plan, plan_id)
    rules.check_draft(plan.state)
    rules.check_version(plan.version, expected_version, of_plan=True)
    plan.state = PlanState.DISCARDED
    plan.version += 1
    audit.record(ctx, stream(plan.id), "plan.discarded", ("plan", plan.id), title=plan.title)
    outbox.publish(ctx, "plan.discarded", ("plan", plan.id), title=plan.title)
    return plan


def importing_office(ctx: Context, given: int | None) -> Unit:
    """The office for which the actor imports: the only one of theirs, or the one given."""
    own = ctx.actor.units(Role.OFFICER)
    if given is None:
        if len(own) != 1:
            raise InvalidInput("plans.office", "请选择由哪个督办机构导入", field="office_unit_id")
        (given,) = own
    elif not ctx.actor.is_system and given not in own:
        raise AccessDenied()
    return ctx.session.get_one(Unit, given)


def _store(ctx: Context, plan: Plan, draft: PlanDraft) -> None:
    storing = Storing(ctx, plan)
    numbers = [parsed.number for parsed in draft.key_tasks]
    own_numbers = len(set(numbers)) == len(numbers) and min(numbers, default=1) > 0
    for position, parsed in enumerate(draft.key_tasks, 1):
        storing.add(parsed, parsed.number if own_numbers else position)
    ctx.session.add_all(proposals.from_draft(plan.id, draft))
    ctx.session.flush()
