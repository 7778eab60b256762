"""What follows from a reading: who reviews, what is still open. Pure. The forms of limits stand in limit_forms.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine.errors import InvalidInput, RuleViolation, StaleForm
from engine.plans.limit_forms import LimitForm
from engine.plans.limit_forms import check_not_far as check_not_far
from engine.plans.models import LimitKind, PartRole, PartState, PlanState, ReviewerReason
from engine.texts import N_

MAX_TITLE = 300
MAX_TEXT = 20_000
#: A reading less sure than this needs a person who compares it with the original.
DOUBTFUL = 0.6


@dataclass(frozen=True)
class Part:
    """A listed unit, as far as rules need it. `unit_ids` are the directory units it stands for."""

    role: PartRole
    state: PartState
    written: str
    is_group: bool = False
    unit_ids: tuple[int, ...] = ()


def reviewer(
    parts: Sequence[Part], office_unit_id: int, chosen_id: int | None = None
) -> tuple[int | None, ReviewerReason]:
    """Who reviews and why: who was chosen by hand, the single or first named lead unit, else the office.

    A group in the lead is settled by hand; so is a first lead that is not matched yet.
    """
    if chosen_id is not None:
        return chosen_id, ReviewerReason.BY_HAND
    leads = [part for part in parts if part.role is PartRole.LEAD and part.state is not PartState.DROPPED]
    if not leads:
        return office_unit_id, ReviewerReason.NO_LEAD
    first = leads[0]
    if first.is_group or first.state is not PartState.MATCHED:
        return None, ReviewerReason.UNSETTLED
    reason = ReviewerReason.SINGLE_LEAD if len(leads) == 1 else ReviewerReason.FIRST_LEAD
    return first.unit_ids[0], reason


def item_reviewer(
    unit_id: int, review_unit_id: int | None, office_unit_id: int, above_id: int | None
) -> int | None:
    """Who reviews what one responsible unit hands in: never itself; then the office, or the unit above it."""
    candidates = (review_unit_id, office_unit_id, above_id)
    return next((unit for unit in candidates if unit is not None and unit != unit_id), None)


@dataclass(frozen=True)
class Problem:
    """What keeps a plan task from being confirmed. `text` is a source text with `{name}` parameters."""

    code: str
    text: str
    params: Mapping[str, Any] = field(default_factory=dict)


def problems(
    *,
    title: str,
    parts: Sequence[Part],
    limits: Sequence[tuple[str, LimitForm, date | None]],
    review_unit_id: int | None,
    office_unit_id: int,
    above_office_id: int | None,
    today: date,
) -> list[Problem]:
    """Everything that a person must settle before the task can be assigned; limits are (raw, form, the day
    on which it ends if that is known)."""
    found: list[Problem] = []
    if not title.strip():
        found.append(Problem("title", N_("缺少任务名称")))
    for part in parts:
        if part.state is PartState.UNMATCHED:
            text = N_("“{name}”尚未展开为具体单位") if part.is_group else N_("“{name}”未对应到单位名录")
            found.append(Problem("group" if part.is_group else "unit", text, {"name": part.written}))
    responsible = [p for p in parts if p.role is PartRole.RESPONSIBLE and p.state is not PartState.DROPPED]
    if not responsible:
        found.append(Problem("no_responsible", N_("没有责任单位")))
    found += _limit_problems(limits, today)
    if review_unit_id is None:
        # A single lead that is not matched yet is a problem already told; matched, it reviews.
        leads = [p for p in parts if p.role is PartRole.LEAD and p.state is not PartState.DROPPED]
        if leads and (leads[0].is_group or leads[0].state is PartState.EXPANDED):
            found.append(Problem("reviewer", N_("牵头的是一组单位，请指定由谁审核")))
    else:
        owing = {unit for part in responsible for unit in part.unit_ids}
        if any(
            item_reviewer(unit, review_unit_id, office_unit_id, above_office_id) is None for unit in owing
        ):
            found.append(
                Problem("no_reviewer", N_("督办机构自己是责任单位，没有其他单位可以审核，请另行指定审核单位"))
            )
    return found


def _limit_problems(limits: Sequence[tuple[str, LimitForm, date | None]], today: date) -> list[Problem]:
    if not limits:
        return [Problem("no_limit", N_("文件没有写明时限，请确定办结日期或者报告周期"))]
    found: list[Problem] = []
    for raw, form, ends_on in limits:
        if form.kind is LimitKind.OPEN:
            found.append(Problem("open_limit", N_("“{raw}”无法推算日期，请确定时限"), {"raw": raw}))
        elif ends_on is not None and ends_on < today:
            found.append(
                Problem(
                    "past_limit",
                    N_("“{raw}”（{on}）已经过去，请更正或者删除"),
                    {"raw": raw, "on": ends_on.isoformat()},
                )
            )
    return found


# Checks of the verbs.


def check_draft(state: str) -> None:
    if state == PlanState.CONFIRMED:
        raise RuleViolation("plans.confirmed", "该方案已经确认，不能再修改")
    if state == PlanState.DISCARDED:
        raise RuleViolation("plans.discarded", "该方案已经废弃，不能再修改")


def check_version(version: int, expected: int | None, *, of_plan: bool = False) -> None:
    """StaleForm when the row was changed since the form was shown; None asks nothing."""
    if expected is None or version == expected:
        return
    if of_plan:
        raise StaleForm("plans.stale_plan", "方案刚被他人修改，请核对后再操作")
    raise StaleForm("plans.stale", "这项任务刚被他人修改，您的修改没有保存，请核对后再改")


def clean_title(title: str) -> str:
    title = " ".join(title.split())
    if not title:
        raise InvalidInput("plans.title_missing", "请填写任务名称", field="title")
    if len(title) > MAX_TITLE:
        raise InvalidInput("plans.title_long", "任务名称不得超过{max}字", field="title", max=MAX_TITLE)
    return title


def clean_text(text: str) -> str:
    text = text.strip()
    if len(text) > MAX_TEXT:
        raise InvalidInput("plans.text_long", "任务内容不得超过{max}字", field="text", max=MAX_TEXT)
    return text


def numbers_text(numbers: Sequence[int], limit: int = 10) -> str:
    """第3、5、9项 for a sentence; the rest is counted."""
    shown = "、".join(str(number) for number in numbers[:limit])
    return shown + ("等" if len(numbers) > limit else "")
