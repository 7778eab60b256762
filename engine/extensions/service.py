"""The verbs: apply, revise, withdraw; sign off, decide, approve. The diagram grants or refuses in the end.

Every verb locks the obligation first, so that a report that is accepted or cancelled at the same instant and the
decision about its date come one after the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import select

from engine import audit, deadlines, outbox, permissions, process, working_days
from engine.campaigns import obligations, work_items
from engine.campaigns.models import Obligation, ObligationKind, WorkItem
from engine.campaigns.rules import check_state, check_version, text_of
from engine.campaigns.work_items import stream
from engine.clock import local_date
from engine.context import Actor, Context
from engine.deadlines import Deadline
from engine.errors import NotFound, RuleViolation
from engine.extensions import rules, steps
from engine.extensions.models import UNDECIDED, Extension, ExtensionOpinion, ExtensionState, Step, Verdict
from engine.extensions.queries import deadline_of, granted, limits_of
from engine.permissions import Permission
from engine.plans.rules import check_not_far
from engine.texts import N_

#: What the audit calls an opinion that does not end the matter.
_FACTS: Mapping[tuple[Step, Verdict], str] = {
    (Step.HEAD, Verdict.AGREED): "extension.signed",
    (Step.OFFICE, Verdict.AGREED): "extension.endorsed",
    (Step.HEAD, Verdict.RETURNED): "extension.returned",
    (Step.OFFICE, Verdict.RETURNED): "extension.returned",
    (Step.LEADER, Verdict.RETURNED): "extension.returned",
}


def apply(ctx: Context, obligation_id: int, *, new_on: date, reason: str, progress: str) -> Extension:
    """The responsible unit asks for a later date, says why and how far it has come. It goes to the unit's head; the
    present date runs on.

    After the limit the application is taken in all the same, but counts as overdue: `is_late`.
    Raises InvalidInput for date, reason and progress, RuleViolation where nothing can be asked for.
    """
    obligation = permissions.find(ctx, Permission.EXTENSION_APPLY, Obligation, obligation_id)
    item = ctx.session.get_one(WorkItem, obligation.work_item_id)
    undecided = select(Extension.id).where(
        Extension.obligation_id == obligation.id, Extension.state.in_(UNDECIDED)
    )
    if ctx.session.scalar(undecided.limit(1)) is not None:
        raise RuleViolation("extensions.undecided", "该应报事项已有一份延期申请正在办理")
    now = ctx.clock.now()
    deadline = deadline_of(ctx.session, obligation.id)
    count = granted(ctx.session, obligation.id)
    rules.check_place(obligation.state, deadline, granted=count, limits=limits_of(ctx))
    extension = Extension(
        obligation_id=obligation.id, work_item_id=item.id, ordinal=count + 1, state=ExtensionState.APPLIED,
        reason=_reason(reason), progress=_progress(progress), original_on=deadline.original_due_on,
        from_on=deadline.due_on, new_on=new_on,
        working_days=_checked_distance(ctx, obligation, deadline, new_on), is_late=now >= deadline.due_at,
        applied_at=now, applied_by_id=ctx.actor.person_id, applied_by_name=ctx.actor.name,
    )  # fmt: skip
    ctx.session.add(extension)
    ctx.session.flush()
    _record(
        ctx, extension, "extension.applied", from_on=extension.from_on, new_on=new_on, reason=extension.reason,
        progress=extension.progress, is_late=extension.is_late,
    )  # fmt: skip
    outbox.publish(ctx, "extension.applied", ("extension", extension.id), due_on=new_on.isoformat())
    process.start(
        ctx, "extension_request", ("extension", extension.id), work_item_id=item.id,
        variables={
            "responsible_unit_id": item.unit_id, "office_unit_id": item.office_unit_id,
            "agreed": False, "refused": False, "to_leader": False,
        },
    )  # fmt: skip
    return extension


def revise(
    ctx: Context,
    extension_id: int,
    *,
    new_on: date,
    reason: str,
    progress: str,
    expected_version: int | None = None,
) -> Extension:
    """Hand in a returned application again, with another date or a better reason."""
    extension, obligation = _find(ctx, Permission.EXTENSION_APPLY, extension_id)
    check_state(extension.state, ExtensionState.RETURNED)
    check_version(extension.version, expected_version)
    deadline = deadline_of(ctx.session, obligation.id)
    rules.check_place(obligation.state, deadline, granted=extension.ordinal - 1, limits=limits_of(ctx))
    distance = _checked_distance(ctx, obligation, deadline, new_on)
    extension.reason, extension.progress = _reason(reason), _progress(progress)
    extension.from_on, extension.new_on = deadline.due_on, new_on
    extension.working_days, extension.leader_unit_id = distance, None
    extension.state = ExtensionState.APPLIED
    extension.version += 1
    _record(
        ctx,
        extension,
        "extension.revised",
        new_on=new_on,
        reason=extension.reason,
        progress=extension.progress,
    )
    outbox.publish(ctx, "extension.applied", ("extension", extension.id), due_on=new_on.isoformat())
    process.complete_user_task(ctx, ("extension", extension.id), "revise")
    return extension


def withdraw(ctx: Context, extension_id: int) -> Extension:
    """The unit takes back what has not been decided; the date stays as it is."""
    extension, _ = _find(ctx, Permission.EXTENSION_APPLY, extension_id)
    check_state(extension.state, *UNDECIDED)
    _end(ctx, extension, ExtensionState.WITHDRAWN)
    _record(ctx, extension, "extension.withdrawn")
    outbox.publish(ctx, "extension.withdrawn", ("extension", extension.id))
    return extension


def sign_off(
    ctx: Context,
    extension_id: int,
    *,
    verdict: Verdict,
    reasons: str = "",
    expected_version: int | None = None,
) -> Extension:
    """The head of the applying unit agrees, returns or refuses. Where the office itself applies, the leader is next."""
    extension, obligation = _find(ctx, Permission.EXTENSION_SIGN_OFF, extension_id)
    item = ctx.session.get_one(WorkItem, extension.work_item_id)
    to_leader = item.office_unit_id == item.unit_id
    _judge(ctx, extension, obligation, Step.HEAD, verdict, reasons, expected_version, to_leader=to_leader)
    return extension


def decide(
    ctx: Context,
    extension_id: int,
    *,
    verdict: Verdict,
    reasons: str = "",
    expected_version: int | None = None,
) -> Extension:
    """The supervising office agrees, returns or refuses. A large or second extension then goes to the leader."""
    extension, obligation = _find(ctx, Permission.EXTENSION_DECIDE, extension_id)
    to_leader = rules.needs_leader(extension.ordinal, extension.working_days, limits_of(ctx))
    _judge(ctx, extension, obligation, Step.OFFICE, verdict, reasons, expected_version, to_leader=to_leader)
    return extension


def approve(
    ctx: Context,
    extension_id: int,
    *,
    verdict: Verdict,
    reasons: str = "",
    expected_version: int | None = None,
) -> Extension:
    """The leader in charge has the last word."""
    extension, obligation = _find(ctx, Permission.EXTENSION_APPROVE, extension_id)
    _judge(ctx, extension, obligation, Step.LEADER, verdict, reasons, expected_version, to_leader=False)
    return extension


# What the diagram does by itself.


def grant(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: everybody has agreed. The deadline moves; lateness that is on record stays there."""
    extension = ctx.session.get_one(Extension, subject[1])
    extension.state, extension.decided_at = ExtensionState.GRANTED, ctx.clock.now()
    deadline = deadline_of(ctx.session, extension.obligation_id)
    # A limit that went by before any sweep saw it would be forgotten with the new date.
    deadlines.act(replace(ctx, actor=Actor.system(N_("期限巡查"))), deadline.id)
    words = _last_words(ctx, extension)
    _record(
        ctx, extension, "extension.granted", original_on=extension.original_on, from_on=deadline.due_on,
        new_on=extension.new_on, ordinal=extension.ordinal, reasons=words,
    )  # fmt: skip
    deadlines.extend(ctx, deadline.id, extension.new_on, extension.reason)
    outbox.publish(ctx, "extension.granted", subject, due_on=extension.new_on.isoformat(), reasons=words)


def refuse(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: somebody has refused. The date stays, and with it what is scored."""
    extension = ctx.session.get_one(Extension, subject[1])
    extension.state, extension.decided_at = ExtensionState.REFUSED, ctx.clock.now()
    words = _last_words(ctx, extension)
    _record(ctx, extension, "extension.refused", reasons=words)
    outbox.publish(ctx, "extension.refused", subject, reasons=words)


def note_late(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: the office or the leader has not decided in time. What is asked for is decided all the same."""
    extension = ctx.session.get_one(Extension, subject[1])
    _record(ctx, extension, "extension.decision_fell_late", state=extension.state)


def _lapse(ctx: Context, ended: Sequence[Obligation]) -> None:
    """Obligations, locked, were accepted or have fallen away: what was asked for them is decided no more."""
    ids = [obligation.id for obligation in ended]
    open_ones = select(Extension).where(Extension.obligation_id.in_(ids), Extension.state.in_(UNDECIDED))
    for extension in ctx.session.scalars(open_ones.order_by(Extension.id).with_for_update()):
        _end(ctx, extension, ExtensionState.LAPSED)
        _record(ctx, extension, "extension.lapsed")
        outbox.publish(ctx, "extension.lapsed", ("extension", extension.id))


work_items.when_obligations_end(_lapse)


def _end(ctx: Context, extension: Extension, state: ExtensionState) -> None:
    extension.state, extension.decided_at = state, ctx.clock.now()
    extension.version += 1
    process.cancel(ctx, ("extension", extension.id))
    deadlines.cancel(ctx, ("extension", extension.id))


def _judge(
    ctx: Context,
    extension: Extension,
    obligation: Obligation,
    step: Step,
    verdict: Verdict,
    reasons: str,
    expected_version: int | None,
    *,
    to_leader: bool,
) -> None:
    """One step's word: kept as an opinion, then the diagram goes on with it."""
    item = ctx.session.get_one(WorkItem, extension.work_item_id)
    check_state(extension.state, steps.AWAITING[step])
    check_version(extension.version, expected_version)
    agreed = verdict is Verdict.AGREED
    words = reasons.strip()
    if agreed:
        deadline = deadline_of(ctx.session, obligation.id)
        rules.check_grantable(obligation.state, deadline, extension.new_on, local_date(ctx.clock.now()))
    else:
        words = text_of(reasons, field="reasons", missing=N_("请写明退回或者不予同意的理由"))
    ctx.session.add(
        ExtensionOpinion(
            extension_id=extension.id, step=step, verdict=verdict, reasons=words, new_on=extension.new_on,
            given_at=ctx.clock.now(), given_by_id=ctx.actor.person_id, given_by_name=ctx.actor.name,
        )
    )  # fmt: skip
    ctx.session.flush()
    extension.version += 1
    variables: dict[str, bool | int] = {
        "agreed": agreed,
        "refused": verdict is Verdict.REFUSED,
        "to_leader": agreed and to_leader,
    }
    if agreed and to_leader:
        extension.leader_unit_id = variables["leader_unit_id"] = steps.leader_unit(ctx, item)
    state = steps.next_state(step, verdict, to_leader)
    subject = ("extension", extension.id)
    # Where it ends, the time of those who had the last word ends with their word.
    steps.pass_on(
        ctx, subject, item, extension.state, state or ExtensionState.GRANTED, extension.leader_unit_id
    )
    if state is not None:
        extension.state = state
        _record(ctx, extension, _FACTS[step, verdict], reasons=words)
        _tell(ctx, extension, state, words)
    process.complete_user_task(ctx, subject, steps.ELEMENTS[step], variables)


def _tell(ctx: Context, extension: Extension, state: ExtensionState, words: str) -> None:
    subject, due_on = ("extension", extension.id), extension.new_on.isoformat()
    if state is ExtensionState.RETURNED:
        outbox.publish(ctx, "extension.returned", subject, reasons=words)
    elif state is ExtensionState.WITH_LEADER:
        outbox.publish(ctx, "extension.endorsed", subject, due_on=due_on)
    else:
        outbox.publish(ctx, "extension.signed", subject, due_on=due_on)


def _checked_distance(ctx: Context, obligation: Obligation, deadline: Deadline, new_on: date) -> int:
    """The working days from the present date to the new one, which is allowed."""
    today = local_date(ctx.clock.now())
    calendar = working_days.load_of(ctx.session, deadline.unit_id)
    check_not_far(new_on, today, field="new_on")
    # Days are counted one by one: none for a date that is refused anyhow.
    later = new_on > deadline.due_on
    distance = calendar.working_days_between(deadline.due_on, new_on) if later else 0
    rules.check_date(
        new_on, due_on=deadline.due_on, today=today, working_days=distance,
        final_on=_final_on(ctx, obligation), limits=limits_of(ctx),
    )  # fmt: skip
    return distance


def _final_on(ctx: Context, obligation: Obligation) -> date | None:
    if obligation.kind == ObligationKind.FINAL:
        return None
    final = ctx.session.scalars(
        select(Obligation.id).where(
            Obligation.work_item_id == obligation.work_item_id, Obligation.kind == ObligationKind.FINAL
        )
    ).first()
    return deadline_of(ctx.session, final).due_on if final is not None else None


def _reason(reason: str) -> str:
    return text_of(reason, field="reason", missing=N_("请填写延期理由"))


def _progress(progress: str) -> str:
    return text_of(progress, field="progress", missing=N_("请填写目前进展"))


def _last_words(ctx: Context, extension: Extension) -> str:
    query = select(ExtensionOpinion.reasons).where(ExtensionOpinion.extension_id == extension.id)
    return ctx.session.scalars(query.order_by(ExtensionOpinion.id.desc()).limit(1)).one()


def _record(ctx: Context, extension: Extension, fact: str, **facts: object) -> None:
    audit.record(
        ctx, stream(extension.work_item_id), fact, ("extension", extension.id),
        obligation_id=extension.obligation_id, **facts,
    )  # fmt: skip


def _find(ctx: Context, permission: Permission, extension_id: int) -> tuple[Extension, Obligation]:
    """The application, locked after the obligation that it is about."""
    obligation_id = ctx.session.scalar(select(Extension.obligation_id).where(Extension.id == extension_id))
    if obligation_id is None:
        raise NotFound()
    obligation = obligations.lock(ctx, obligation_id)
    return permissions.find(ctx, permission, Extension, extension_id), obligation


def _lock(ctx: Context, id: int) -> Extension:
    query = select(Extension).where(Extension.id == id).with_for_update()
    return ctx.session.scalars(query.execution_options(populate_existing=True)).one()


def _on_passed(ctx: Context, deadline: Deadline) -> None:
    process.fire_deadline(ctx, deadline.subject, deadline.kind)


deadlines.register_subject(
    "extension", lock=_lock, on_passed=_on_passed, on_changed=work_items.on_deadline_changed, model=Extension
)
