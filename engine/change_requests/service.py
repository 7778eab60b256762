"""The verbs: ask, revise, withdraw; sign off, decide, approve. The diagram carries it out or refuses in the end.

Every verb locks from above: the key task where an item is to change hands, the item, the report, the request. So what
is accepted, cancelled or amended at the same instant and the decision come one after the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from engine import permissions, process
from engine.campaigns import key_tasks, obligations
from engine.campaigns.models import Obligation, WorkItem
from engine.campaigns.rules import check_state, check_version, text_of
from engine.change_requests import checks, ending, rules, telling
from engine.change_requests.models import (
    UNDECIDED,
    ChangeRequest,
    ChangeRequestOpinion,
    RequestKind,
    RequestState,
)
from engine.context import Context
from engine.errors import NotFound, RuleViolation
from engine.extensions import steps
from engine.extensions.models import Step, Verdict
from engine.permissions import Permission
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
    by_office = not checks.is_own(ctx, item)
    waiting = select(ChangeRequest.id).where(
        ChangeRequest.work_item_id == item.id,
        ChangeRequest.by_office == by_office,
        ChangeRequest.state.in_(UNDECIDED),
    )
    if ctx.session.scalar(waiting.limit(1)) is not None:
        raise RuleViolation("change_requests.undecided", "该事项已有一份变更申请正在办理")
    obligation = checks.report_of(ctx, item, obligation_id) if kind in rules.OF_REPORTS else None
    checks.check_place(ctx, kind, item, obligation)
    target = to_unit_id if kind is RequestKind.TRANSFER else None
    checks.check_target(ctx, kind, item, target, required=by_office)
    request = ChangeRequest(
        work_item_id=item.id, kind=kind, obligation_id=obligation.id if obligation else None,
        to_unit_id=target, review_on=checks.review_day(ctx, kind, review_on), by_office=by_office,
        reason=checks.reason_of(reason), applied_at=ctx.clock.now(), applied_by_id=ctx.actor.person_id,
        applied_by_name=ctx.actor.name,
    )  # fmt: skip
    _begin(ctx, request, item)
    ctx.session.add(request)
    ctx.session.flush()
    subject = ("change_request", request.id)
    telling.record(
        ctx, request, "change_request.asked", kind=kind, reason=request.reason, by_office=by_office,
        to_unit_id=target, review_on=request.review_on,
    )  # fmt: skip
    telling.tell_begun(ctx, request)
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
    checks.check_side(ctx, request, item)
    check_state(request.state, RequestState.RETURNED)
    check_version(request.version, expected_version)
    kind = RequestKind(request.kind)
    checks.check_place(ctx, kind, item, found.obligation)
    if kind is RequestKind.TRANSFER:
        request.to_unit_id = to_unit_id
    checks.check_target(ctx, kind, item, request.to_unit_id, required=request.by_office)
    request.reason, request.review_on = checks.reason_of(reason), checks.review_day(ctx, kind, review_on)
    request.leader_unit_id = None
    _begin(ctx, request, item)
    request.version += 1
    telling.record(ctx, request, "change_request.revised", reason=request.reason)
    telling.tell_begun(ctx, request)
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
    checks.check_side(ctx, request, found.item)
    check_state(request.state, *UNDECIDED)
    ending.end(ctx, request, RequestState.WITHDRAWN)
    telling.record(ctx, request, "change_request.withdrawn")
    telling.publish(ctx, request, "change_request.withdrawn")
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
        checks.check_target(ctx, kind, item, target, required=True)
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
        checks.check_place(ctx, kind, item, found.obligation)
        checks.check_target(ctx, kind, item, request.to_unit_id, required=step is not Step.HEAD)
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
        telling.record(ctx, request, _FACTS[step, verdict], reasons=words)
        telling.tell(ctx, request, words)
    process.complete_user_task(ctx, subject, steps.ELEMENTS[step], variables)


def _begin(ctx: Context, request: ChangeRequest, item: WorkItem) -> None:
    """It lies with the head of the unit, or with the leader where the office proposes."""
    request.state = RequestState.APPLIED
    if request.by_office:
        request.state, request.leader_unit_id = RequestState.WITH_LEADER, steps.leader_unit(ctx, item)
