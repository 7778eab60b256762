"""From a confirmed plan to its campaign: one act, so that no confirmed plan is left without one."""

from collections.abc import Iterable
from typing import Any

from engine.campaigns import service
from engine.campaigns.models import Campaign, LimitKind
from engine.campaigns.rules import Limit
from engine.campaigns.service import NewKeyTask
from engine.clock import local_date
from engine.context import Context
from engine.errors import RuleViolation
from engine.plans import queries
from engine.plans import service as plans
from engine.plans.models import LimitKind as PlanLimitKind
from engine.plans.models import PartRole, PlanTaskLimit
from engine.plans.views import PlanTaskView


def confirm_plan(
    ctx: Context, plan_id: int, *, expected_version: int | None = None, sampling_days: int = 10
) -> Campaign:
    """Confirm the plan and create its campaign, whose key tasks then wait for the office's assignment."""
    plan = plans.confirm(ctx, plan_id, expected_version=expected_version)
    if plan.amends_plan_id is not None:
        raise RuleViolation(
            "amendments.own_campaign", "这是修订版，请在对比页上选择要采用的变更，不另立专项行动"
        )
    seen = queries.view(ctx, plan, proposing=False)
    year = plan.document_year or (plan.signed_on or local_date(ctx.clock.now())).year
    return service.create(
        ctx, title=plan.title, office_unit_id=plan.office_unit_id, year=year, plan_id=plan.id,
        sampling_days=sampling_days, key_tasks=[to_key_task(entry) for entry in seen.kept],
    )  # fmt: skip


def to_key_task(entry: PlanTaskView) -> NewKeyTask:
    """A task of the plan as the key task that it becomes. No limit of it may be open."""
    row = entry.row
    units = {role: [unit.id for part in entry.of_role(role) for unit in part.units] for role in PartRole}
    return NewKeyTask(
        number=row.number, title=row.title, text=row.text, section=row.section, lead=units[PartRole.LEAD],
        responsible=units[PartRole.RESPONSIBLE], cooperating=units[PartRole.COOPERATING],
        supervising=units[PartRole.SUPERVISING], limits=to_limits(entry.limits),
        review_unit_id=row.review_unit_id,
    )  # fmt: skip


def to_limits(limits: Iterable[PlanTaskLimit]) -> list[Limit]:
    """The plan's limits as templates of obligations: the last date is final, the others are milestones.

    A count from the assignment is final only where no date is set.
    """
    listed = [(PlanLimitKind(limit.kind), limit.data, limit.raw) for limit in limits]
    final = max((data["on"] for kind, data, _ in listed if kind is PlanLimitKind.DATE), default=None)
    longest = max((data["days"] for kind, data, _ in listed if kind is PlanLimitKind.DAYS), default=None)
    found: list[Limit] = []
    has_final = False
    for kind, data, raw in listed:
        ends = data.get("on") == final if final is not None else data.get("days") == longest
        is_final = kind in (PlanLimitKind.DATE, PlanLimitKind.DAYS) and ends and not has_final
        has_final = has_final or is_final
        limit = _limit(kind, data, raw, is_final=is_final)
        if limit not in found:
            found.append(limit)
    return found


def _limit(kind: PlanLimitKind, data: dict[str, Any], raw: str, *, is_final: bool) -> Limit:
    role = LimitKind.FINAL if is_final else LimitKind.MILESTONE
    match kind:
        case PlanLimitKind.DATE:
            return Limit(
                role, {"rule": "fixed_date", "on": data["on"], "text": raw}, "" if is_final else _stage(raw)
            )
        case PlanLimitKind.DAYS:
            basis = {"rule": data["counting"], "days": data["days"], "text": raw}
            return Limit(role, basis, "" if is_final else _stage(raw))
        case PlanLimitKind.CADENCE:
            return Limit(LimitKind.CADENCE, {"rule": "each", "period": data["period"], "text": raw})
        case PlanLimitKind.EVENT:
            basis = {"rule": "after_event", "days": data["days"], "counting": data["counting"], "text": raw}
            return Limit(LimitKind.EVENT, basis, raw[:200])
    raise ValueError(f"an open limit cannot be assigned: {raw}")


def _stage(raw: str) -> str:
    """What the report of a milestone is called: the document's words alone would name no report."""
    return f"阶段报告（{raw[:180]}）"
