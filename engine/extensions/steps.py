"""What every approved act has in common: head of the unit, supervising office, leader in charge, each in their time.

An application for a later date and a request for a change go the same way; where they end differs.
"""

from collections.abc import Mapping

from engine import deadlines
from engine.campaigns import leaders
from engine.campaigns.models import WorkItem
from engine.campaigns.work_items import stream
from engine.clock import local_date
from engine.context import Context
from engine.deadlines import Basis
from engine.errors import RuleViolation
from engine.extensions.models import ExtensionState, Step, Verdict
from engine.texts import N_

#: The state in which a step's word is awaited, and the element of the diagrams where it is given.
AWAITING: Mapping[Step, ExtensionState] = {
    Step.HEAD: ExtensionState.APPLIED,
    Step.OFFICE: ExtensionState.WITH_OFFICE,
    Step.LEADER: ExtensionState.WITH_LEADER,
}
ELEMENTS: Mapping[Step, str] = {Step.HEAD: "sign_off", Step.OFFICE: "decide", Step.LEADER: "approve"}
_TRIGGERS: Mapping[ExtensionState, str] = {
    ExtensionState.WITH_OFFICE: N_("报送督办机构之日起审批"),
    ExtensionState.WITH_LEADER: N_("报送分管领导之日起审定"),
}
_SUFFIXES: Mapping[ExtensionState, str] = {
    ExtensionState.WITH_OFFICE: "decide",
    ExtensionState.WITH_LEADER: "approve",
}


def next_state(step: Step, verdict: Verdict, to_leader: bool) -> ExtensionState | None:
    """Where the diagram carries it; None where it ends, which the diagram's operators write."""
    if verdict is Verdict.RETURNED:
        return ExtensionState.RETURNED
    if verdict is Verdict.REFUSED or step is Step.LEADER:
        return None
    if to_leader:
        return ExtensionState.WITH_LEADER
    return ExtensionState.WITH_OFFICE if step is Step.HEAD else None


def limit_kind(subject_type: str, state: str) -> str | None:
    """The kind of the deadline that those have with whom it lies; None while it lies with the unit."""
    suffix = _SUFFIXES.get(ExtensionState(state))
    return f"{subject_type}.{suffix}" if suffix else None


def pass_on(
    ctx: Context, subject: tuple[str, int], item: WorkItem, had: str, state: str, leader_unit_id: int | None
) -> None:
    """The time of those ends with whom it lay in the state ``had``, and that of the next ones begins: working days
    by setting."""
    kind = limit_kind(subject[0], had)
    if kind is not None:
        deadlines.meet(ctx, subject, kind)
    kind = limit_kind(subject[0], state)
    if kind is None:
        return
    unit_id = item.office_unit_id if state == ExtensionState.WITH_OFFICE else leader_unit_id
    assert unit_id is not None
    deadlines.open(
        ctx, subject, kind,
        Basis.working_days_after(
            local_date(ctx.clock.now()), ctx.settings.decision_working_days, _TRIGGERS[ExtensionState(state)]
        ),
        unit_id=unit_id, stream=stream(item.id),
    )  # fmt: skip


def leader_unit(ctx: Context, item: WorkItem) -> int:
    """As `leaders.leader_unit`, but raises RuleViolation when nobody holds such a post."""
    unit_id = leaders.leader_unit(ctx, item)
    if unit_id is not None:
        return unit_id
    raise RuleViolation("extensions.no_leader", "没有可以审定的分管领导，请先由安全管理员任命")
