"""The verbs: ask, revise, withdraw; sign off, decide, approve. The diagram carries it out or refuses in the end.

Every verb locks from above: the key task where an item is to change hands, the item, the report, the request. So what
is accepted, cancelled or amended at the same instant and the decision come one after the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from engine import audit, deadlines, outbox, permissions, process
from engine.campaigns import key_tasks, obligations, work_items
from engine.campaigns.models import Obligation, WorkItem, WorkItemState
from engine.campaigns.rules import check_state, check_version, text_of
from engine.change_requests import acts, rules
from engine.change_requests.models import (
    UNDECIDED,
    ChangeRequest,
    ChangeRequestOpinion,
    RequestKind,
    RequestState,
)
from engine.clock import local_date
from engine.context import Context, Role
from engine.deadlines import Deadline
from engine.errors import AccessDenied, InvalidInput, NotFound, RuleViolation
from engine.extensions import steps
from engine.extensions.models import Step, Verdict
from engine.extensions.queries import deadline_of
from engine.organisation.models import Unit
from engine.permissions import Permission
from engine.plans.rules import check_not_far
from engine.texts import N_

#: What the audit calls an opinion that does not end the matter.
_FACTS: Mapping[tuple[Step, Verdict], str] = {
    (Step.HEAD, Verdict.AGREED): "change_request.signed",
    (Step.OFFICE, Verdict.AGREED): "change_request.endorsed",
    (Step.HEAD, Verdict.RETURNED): "change_request.returned",
    (Step.OFFICE, Verdict.RETURNED): "change_request.returned",
    (Step.LEADER, Verdict.RETURNED): "change_request.returned",
}


def ask(
    ctx: Context,
    work_item_id: int,
    *,
    kind: RequestKind,
    reason: str,
    obligation_id: int | None = None,
    to_unit_id: int | None = None,
    review_on: date | None = None,
) -> ChangeRequest:
    """The responsible unit asks for a change of an item of its own, or the supervising office proposes one.

    ``obligation_id`` for a pause and its end; ``to_unit_id`` for a transfer, from the office at once, from a unit
    where it knows; ``review_on`` for a suspension. Nothing changes before it is approved.
    Raises InvalidInput, RuleViolation where it cannot be asked for.
    """
    item = permissions.find(ctx, Permission.CHANGE_REQUEST_ASK, WorkItem, work_item_id)
    by_office = not _is_own(ctx, item)
    waiting = select(ChangeRequest.id).where(
        ChangeRequest.work_item_id == item.id,
        ChangeRequest.by_office == by_office,
        ChangeRequest.state.in_(UNDECIDED),
    )
    if ctx.session.scalar(waiting.limit(1)) is not None:
        raise RuleViolation("change_requests.undecided", "该事项已有一份变更申请正在办理")
    obligation = _report_of(ctx, item, obligation_id) if kind in rules.OF_REPORTS else None
    _check_place(ctx, kind, item, obligation)
    target = to_unit_id if kind is RequestKind.TRANSFER else None
    _check_target(ctx, kind, item, target, required=by_office)
    request = ChangeRequest(
        work_item_id=item.id, kind=kind, obligation_id=obligation.id if obligation else None,
        to_unit_id=target, review_on=_review_day(ctx, kind, review_on), by_office=by_office,
        reason=_reason(reason), applied_at=ctx.clock.now(), applied_by_id=ctx.actor.person_id,
        applied_by_name=ctx.actor.name,
    )  # fmt: skip
    _begin(ctx, request, item)
    ctx.session.add(request)
    ctx.session.flush()
    subject = ("change_request", request.id)
    _record(
        ctx, request, "change_request.asked", kind=kind, reason=request.reason, by_office=by_office,
        to_unit_id=target, review_on=request.review_on,
    )  # fmt: skip
    _tell_begun(ctx, request)
    steps.pass_on(ctx, subject, item, RequestState.APPLIED, request.state, request.leader_unit_id)
    variables: dict[str, bool | int] = {
        "responsible_unit_id": item.unit_id, "office_unit_id": item.office_unit_id, "by_office": by_office,
        "agreed": False, "refused": False, "to_leader": False,
    }  # fmt: skip
    if request.leader_unit_id is not None:
        variables["leader_unit_id"] = request.leader_unit_id
    process.start(ctx, "change_request", subject, work_item_id=item.id, variables=variables)
    return request


def revise(
    ctx: Context,
    change_request_id: int,
    *,
    reason: str,
    to_unit_id: int | None = None,
    review_on: date | None = None,
    expected_version: int | None = None,
) -> ChangeRequest:
    """Hand in a returned request again, with a better reason, another unit or another day."""
    found = _find(ctx, Permission.CHANGE_REQUEST_ASK, change_request_id)
    request, item = found.request, found.item
    _check_side(ctx, request, item)
    check_state(request.state, RequestState.RETURNED)
    check_version(request.version, expected_version)
    kind = RequestKind(request.kind)
    _check_place(ctx, kind, item, found.obligation)
    if kind is RequestKind.TRANSFER:
        request.to_unit_id = to_unit_id
    _check_target(ctx, kind, item, request.to_unit_id, required=request.by_office)
    request.reason, request.review_on = _reason(reason), _review_day(ctx, kind, review_on)
    request.leader_unit_id = None
    _begin(ctx, request, item)
    request.version += 1
    _record(ctx, request, "change_request.revised", reason=request.reason)
    _tell_begun(ctx, request)
    subject = ("change_request", request.id)
    steps.pass_on(ctx, subject, item, RequestState.RETURNED, request.state, request.leader_unit_id)
    variables: dict[str, int] = {}
    if request.leader_unit_id is not None:
        variables["leader_unit_id"] = request.leader_unit_id
    process.complete_user_task(ctx, subject, "revise_proposal" if request.by_office else "revise", variables)
    return request


def withdraw(ctx: Context, change_request_id: int) -> ChangeRequest:
    """Who asked takes back what has not been decided; everything stays as it is."""
    found = _find(ctx, Permission.CHANGE_REQUEST_ASK, change_request_id)
    request = found.request
    _check_side(ctx, request, found.item)
    check_state(request.state, *UNDECIDED)
    _end(ctx, request, RequestState.WITHDRAWN)
    _record(ctx, request, "change_request.withdrawn")
    _publish(ctx, request, "change_request.withdrawn")
    return request


def sign_off(
    ctx: Context,
    change_request_id: int,
    *,
    verdict: Verdict,
    reasons: str = "",
    expected_version: int | None = None,
) -> ChangeRequest:
    """The head of the asking unit agrees, returns or refuses."""
    found = _find(ctx, Permission.CHANGE_REQUEST_SIGN_OFF, change_request_id)
    to_leader = found.item.office_unit_id == found.item.unit_id
    _judge(ctx, found, Step.HEAD, verdict, reasons, expected_version, to_leader=to_leader)
    return found.request


def decide(
    ctx: Context,
    change_request_id: int,
    *,
    verdict: Verdict,
    reasons: str = "",
    to_unit_id: int | None = None,
    expected_version: int | None = None,
) -> ChangeRequest:
    """The supervising office agrees, returns or refuses; what is not for it alone then goes to the leader.

    ``to_unit_id`` is the unit that takes over, where the office names it or another one.
    """
    found = _find(ctx, Permission.CHANGE_REQUEST_DECIDE, change_request_id)
    request, item = found.request, found.item
    kind = RequestKind(request.kind)
    if kind is RequestKind.TRANSFER and verdict is Verdict.AGREED:
        target = to_unit_id or request.to_unit_id
        _check_target(ctx, kind, item, target, required=True)
        request.to_unit_id = target
    to_leader = rules.needs_leader(
        kind, by_office=request.by_office, own_office=item.office_unit_id == item.unit_id
    )
    _judge(ctx, found, Step.OFFICE, verdict, reasons, expected_version, to_leader=to_leader)
    return request


def approve(
    ctx: Context,
    change_request_id: int,
    *,
    verdict: Verdict,
    reasons: str = "",
    expected_version: int | None = None,
) -> ChangeRequest:
    """The leader in charge has the last word."""
    found = _find(ctx, Permission.CHANGE_REQUEST_APPROVE, change_request_id)
    _judge(ctx, found, Step.LEADER, verdict, reasons, expected_version, to_leader=False)
    return found.request


# What the diagram does by itself.


def grant(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: everybody has agreed, and it is done."""
    request = ctx.session.get_one(ChangeRequest, subject[1])
    item = ctx.session.get_one(WorkItem, request.work_item_id)
    request.state, request.decided_at = RequestState.GRANTED, ctx.clock.now()
    words = _last_words(ctx, request)
    _record(ctx, request, "change_request.granted", kind=request.kind, reasons=words)
    acts.carry_out(ctx, request, item)
    _publish(ctx, request, "change_request.granted", reasons=words)


def refuse(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: somebody has refused. Everything goes on as before."""
    request = ctx.session.get_one(ChangeRequest, subject[1])
    request.state, request.decided_at = RequestState.REFUSED, ctx.clock.now()
    words = _last_words(ctx, request)
    _record(ctx, request, "change_request.refused", kind=request.kind, reasons=words)
    _publish(ctx, request, "change_request.refused", reasons=words)


def note_late(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: the office or the leader has not decided in time. It is decided all the same."""
    request = ctx.session.get_one(ChangeRequest, subject[1])
    _record(ctx, request, "change_request.decision_fell_late", state=request.state)


def _lapse(ctx: Context, work_item_id: int, obligation_ids: Sequence[int] | None = None) -> None:
    """Nothing is left to be changed: of the whole item, or of these reports."""
    query = select(ChangeRequest).where(
        ChangeRequest.work_item_id == work_item_id, ChangeRequest.state.in_(UNDECIDED)
    )
    if obligation_ids is not None:
        query = query.where(ChangeRequest.obligation_id.in_(obligation_ids))
    for request in ctx.session.scalars(query.order_by(ChangeRequest.id).with_for_update()):
        if request.state in UNDECIDED:  # not the one that is just being carried out
            _end(ctx, request, RequestState.LAPSED)
            _record(ctx, request, "change_request.lapsed")
            _publish(ctx, request, "change_request.lapsed")


def _lapse_of_item(ctx: Context, item: WorkItem) -> None:
    if item.state == WorkItemState.CANCELLED or item.settled_at is not None:
        _lapse(ctx, item.id)


def _lapse_of_reports(ctx: Context, ended: Sequence[Obligation]) -> None:
    _lapse(ctx, ended[0].work_item_id, [obligation.id for obligation in ended])


work_items.when_items_end(_lapse_of_item)
work_items.when_obligations_end(_lapse_of_reports)


@dataclass(frozen=True)
class _Found:
    request: ChangeRequest
    item: WorkItem
    obligation: Obligation | None


def _find(ctx: Context, permission: Permission, change_request_id: int) -> _Found:
    """The request, locked after what it is about."""
    about = ctx.session.execute(
        select(ChangeRequest.kind, ChangeRequest.obligation_id, WorkItem.id, WorkItem.key_task_id)
        .join(WorkItem, WorkItem.id == ChangeRequest.work_item_id)
        .where(ChangeRequest.id == change_request_id)
    ).one_or_none()
    if about is None:
        raise NotFound()
    kind, obligation_id, item_id, key_task_id = about
    if kind == RequestKind.TRANSFER:
        key_tasks.lock(ctx, key_task_id)
    item = ctx.session.scalars(
        select(WorkItem)
        .where(WorkItem.id == item_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    obligation = obligations.lock(ctx, obligation_id) if obligation_id is not None else None
    return _Found(permissions.find(ctx, permission, ChangeRequest, change_request_id), item, obligation)


def _judge(
    ctx: Context,
    found: _Found,
    step: Step,
    verdict: Verdict,
    reasons: str,
    expected_version: int | None,
    *,
    to_leader: bool,
) -> None:
    """One step's word: kept as an opinion, then the diagram goes on with it."""
    request, item = found.request, found.item
    check_state(request.state, steps.AWAITING[step])
    check_version(request.version, expected_version)
    agreed, words = verdict is Verdict.AGREED, reasons.strip()
    if agreed:
        kind = RequestKind(request.kind)
        _check_place(ctx, kind, item, found.obligation)
        _check_target(ctx, kind, item, request.to_unit_id, required=step is not Step.HEAD)
    else:
        words = text_of(reasons, field="reasons", missing=N_("请写明退回或者不予同意的理由"))
    ctx.session.add(
        ChangeRequestOpinion(
            change_request_id=request.id, step=step, verdict=verdict, reasons=words,
            given_at=ctx.clock.now(), given_by_id=ctx.actor.person_id, given_by_name=ctx.actor.name,
        )
    )  # fmt: skip
    ctx.session.flush()
    request.version += 1
    variables: dict[str, bool | int] = {
        "agreed": agreed,
        "refused": verdict is Verdict.REFUSED,
        "to_leader": agreed and to_leader,
    }
    if agreed and to_leader:
        request.leader_unit_id = variables["leader_unit_id"] = steps.leader_unit(ctx, item)
    state = steps.next_state(step, verdict, to_leader)
    subject = ("change_request", request.id)
    # Where it ends, the time of those who had the last word ends with their word.
    steps.pass_on(ctx, subject, item, request.state, state or RequestState.GRANTED, request.leader_unit_id)
    if state is not None:
        request.state = state
        _record(ctx, request, _FACTS[step, verdict], reasons=words)
        _tell(ctx, request, step, words)
    process.complete_user_task(ctx, subject, steps.ELEMENTS[step], variables)


def _begin(ctx: Context, request: ChangeRequest, item: WorkItem) -> None:
    """It lies with the head of the unit, or with the leader where the office proposes."""
    request.state = RequestState.APPLIED
    if request.by_office:
        request.state, request.leader_unit_id = RequestState.WITH_LEADER, steps.leader_unit(ctx, item)


def _end(ctx: Context, request: ChangeRequest, state: RequestState) -> None:
    request.state, request.decided_at = state, ctx.clock.now()
    request.version += 1
    process.cancel(ctx, ("change_request", request.id))
    deadlines.cancel(ctx, ("change_request", request.id))


def _is_own(ctx: Context, item: WorkItem) -> bool:
    return item.unit_id in ctx.actor.units(Role.REPORTER, Role.HEAD)


def is_askers(ctx: Context, request: ChangeRequest, item: WorkItem) -> bool:
    """What the unit has asked for is the unit's to change or take back, and what the office proposes the office's."""
    offices = item.office_unit_id in ctx.actor.units(Role.OFFICER)
    return offices if request.by_office else _is_own(ctx, item)


def _check_side(ctx: Context, request: ChangeRequest, item: WorkItem) -> None:
    if not is_askers(ctx, request, item):
        raise AccessDenied()


def _report_of(ctx: Context, item: WorkItem, obligation_id: int | None) -> Obligation:
    if obligation_id is None:
        raise InvalidInput("change_requests.no_report", "请选择应报事项", field="obligation_id")
    mine = select(Obligation.id).where(Obligation.id == obligation_id, Obligation.work_item_id == item.id)
    if ctx.session.scalar(mine) is None:
        raise InvalidInput("change_requests.no_report", "请选择应报事项", field="obligation_id")
    return obligations.lock(ctx, obligation_id)


def _check_place(ctx: Context, kind: RequestKind, item: WorkItem, obligation: Obligation | None) -> None:
    deadline = deadline_of(ctx.session, obligation.id) if obligation is not None else None
    rules.check_place(kind, item, obligation, deadline, ctx.clock.now())


def _check_target(
    ctx: Context, kind: RequestKind, item: WorkItem, to_unit_id: int | None, *, required: bool
) -> None:
    if kind is not RequestKind.TRANSFER or (to_unit_id is None and not required):
        return
    unit = ctx.session.get(Unit, to_unit_id) if to_unit_id is not None else None
    today = local_date(ctx.clock.now())
    if unit is None or unit.effective_from > today or (unit.effective_to or date.max) <= today:
        raise InvalidInput("change_requests.no_unit", "请选择接收单位", field="to_unit_id")
    live = select(WorkItem.id).where(
        WorkItem.key_task_id == item.key_task_id,
        WorkItem.unit_id == unit.id,
        WorkItem.state != WorkItemState.CANCELLED,
    )
    rules.check_target(item, unit.id, ctx.session.scalar(live.limit(1)) is not None)


def _review_day(ctx: Context, kind: RequestKind, review_on: date | None) -> date | None:
    today = local_date(ctx.clock.now())
    rules.check_review_day(kind, review_on, today)
    if kind is not RequestKind.SUSPEND or review_on is None:
        return None
    check_not_far(review_on, today, field="review_on")
    return review_on


def _reason(reason: str) -> str:
    return text_of(reason, field="reason", missing=N_("请填写申请理由"))


def _last_words(ctx: Context, request: ChangeRequest) -> str:
    query = select(ChangeRequestOpinion.reasons).where(ChangeRequestOpinion.change_request_id == request.id)
    return ctx.session.scalars(query.order_by(ChangeRequestOpinion.id.desc()).limit(1)).one()


def _record(ctx: Context, request: ChangeRequest, fact: str, **facts: object) -> None:
    audit.record(
        ctx, work_items.stream(request.work_item_id), fact, ("change_request", request.id),
        obligation_id=request.obligation_id, **facts,
    )  # fmt: skip


def _tell_begun(ctx: Context, request: ChangeRequest) -> None:
    fact = "change_request.proposed" if request.by_office else "change_request.asked"
    _publish(ctx, request, fact, reason=request.reason)


def _tell(ctx: Context, request: ChangeRequest, step: Step, words: str) -> None:
    if request.state == RequestState.RETURNED:
        fact = "change_request.proposal_returned" if request.by_office else "change_request.returned"
        _publish(ctx, request, fact, reasons=words)
    elif request.state == RequestState.WITH_LEADER:
        _publish(ctx, request, "change_request.endorsed", reasons=words)
    else:
        _publish(ctx, request, "change_request.signed")


def _publish(ctx: Context, request: ChangeRequest, fact: str, **facts: object) -> None:
    outbox.publish(ctx, fact, ("change_request", request.id), change_kind=request.kind, **facts)


def _lock(ctx: Context, id: int) -> ChangeRequest:
    query = select(ChangeRequest).where(ChangeRequest.id == id).with_for_update()
    return ctx.session.scalars(query.execution_options(populate_existing=True)).one()


def _on_passed(ctx: Context, deadline: Deadline) -> None:
    process.fire_deadline(ctx, deadline.subject, deadline.kind)


deadlines.register_subject(
    "change_request", lock=_lock, on_passed=_on_passed, on_changed=work_items.on_deadline_changed,
    model=ChangeRequest,
)  # fmt: skip
