"""From a confirmed plan to its campaign: one act, so that no confirmed plan is left without one."""

from collections.abc import Mapping, Sequence
from datetime import date

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
        sampling_days=sampling_days, key_tasks=[to_key_task(entry, year) for entry in seen.kept],
    )  # fmt: skip


def to_key_task(entry: PlanTaskView, year: int) -> NewKeyTask:
    """A task of the plan of a year as the key task that it becomes. No limit of it may be open."""
    row = entry.row
    units = {role: [unit.id for part in entry.of_role(role) for unit in part.units] for role in PartRole}
    ends = {limit.id: entry.dues[limit.id].due_on for limit in entry.limits if limit.id in entry.dues}
    return NewKeyTask(
        number=row.number, title=row.title, text=row.text, section=row.section, lead=units[PartRole.LEAD],
        responsible=units[PartRole.RESPONSIBLE], cooperating=units[PartRole.COOPERATING],
        supervising=units[PartRole.SUPERVISING], limits=to_limits(entry.limits, ends, year),
        review_unit_id=row.review_unit_id,
    )  # fmt: skip


def to_limits(limits: Sequence[PlanTaskLimit], ends: Mapping[int, date], year: int) -> list[Limit]:
    """The plan's limits as templates of obligations: the last date is final, the others are milestones.

    ``ends`` are the known days by limit. A count from the assignment is final only where no date is set. What is to
    be kept up (6月30日前完成并长期坚持) does not end with a date of the year: that is a milestone, the reports begin
    behind it, and the office's final date ends them.
    """
    ongoing = any(limit.data.get("ongoing") for limit in limits)
    final = max(ends.values(), default=None)
    longest = max(
        (one.data["days"] for one in limits if one.kind == PlanLimitKind.DAYS and one.id not in ends),
        default=None,
    )
    since = None
    if ongoing:
        longest = None
        if final is not None and final < date(year, 12, 31):
            since, final = final, None
    found: list[Limit] = []
    has_final = False
    for limit in limits:
        is_last = ends.get(limit.id) == final if final is not None else _is_longest(limit, ends, longest)
        is_final = is_last and not has_final
        has_final = has_final or is_final
        made = _limit(limit, is_final=is_final, since=since)
        if made not in found:
            found.append(made)
    return found


def _is_longest(limit: PlanTaskLimit, ends: Mapping[int, date], longest: int | None) -> bool:
    counted = limit.kind == PlanLimitKind.DAYS and limit.id not in ends
    return counted and longest is not None and limit.data["days"] == longest


def _limit(limit: PlanTaskLimit, *, is_final: bool, since: date | None) -> Limit:
    role, data, raw = LimitKind.FINAL if is_final else LimitKind.MILESTONE, limit.data, limit.raw
    title = "" if is_final else _stage(raw)
    match PlanLimitKind(limit.kind):
        case PlanLimitKind.DATE:
            return Limit(role, {"rule": "fixed_date", "on": data["on"], "text": raw}, title)
        case PlanLimitKind.DAYS:
            counted = {name: value for name, value in data.items() if name != "counting"}
            return Limit(role, {"rule": data["counting"], **counted, "text": raw}, title)
        case PlanLimitKind.CADENCE:
            starts = {"since": since.isoformat()} if since and data.get("ongoing") else {}
            return Limit(LimitKind.CADENCE, {"rule": "each", **data, **starts, "text": raw})
        case PlanLimitKind.EVENT:
            name = f"{data['scope']}（{raw}）" if data.get("scope") else raw
            return Limit(LimitKind.EVENT, {"rule": "after_event", **data, "text": raw}, name[:200])
    raise ValueError(f"an open limit cannot be assigned: {raw}")


def _stage(raw: str) -> str:
    """What the report of a milestone is called: the document's words alone would name no report."""
    return f"阶段报告（{raw[:180]}）"
