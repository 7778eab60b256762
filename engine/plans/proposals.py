"""What a document says and assigns to nobody: figures, recurring acts, campaigns. A person gives it owners.

Reports, narratives, news and indicator plans consist of little else. Adopted, a proposal becomes a plan task
like any other; set aside, it stays in sight and can be taken up again.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from engine import audit
from engine.context import Context
from engine.errors import InvalidInput, NotFound, RuleViolation
from engine.organisation.models import Unit
from engine.plans import rules
from engine.plans.changes import Change, stream
from engine.plans.drafts import open_plan, touched
from engine.plans.editing import existing_units
from engine.plans.limit_forms import LimitForm
from engine.plans.models import (
    LimitKind,
    PartRole,
    PartState,
    PlanProposal,
    PlanTask,
    PlanTaskLimit,
    PlanTaskMember,
    PlanTaskUnit,
    ProposalKind,
    ProposalState,
    ReviewerReason,
)
from engine.plans.parsing import Deadline, DeadlineKind, PlanDraft, Span
from engine.plans.parsing.part import parse_part
from engine.plans.storing import Storing, next_number
from engine.working_days.periods import PERIODS

#: More than this at a time are a mistake of the hand.
MAX_CHOSEN = 500

_SENTENCE_ENDS = "。；;！？!?\n"
_WORDS = {">=": "不低于", "<=": "不超过", ">": "高于", "<": "低于", "=": "为"}
_UNITS = {"working_day": "个工作日", "day": "日", "month": "个月", "hour": "小时", "person": "人"}


def from_draft(plan_id: int, draft: PlanDraft) -> Iterable[PlanProposal]:
    """The proposals of a reading, in the document's order; two bounds of one figure are one proposal."""
    told = draft.to_dict()
    found: list[tuple[ProposalKind, str, list[dict[str, Any]]]] = []
    pairs: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for one in told["indicators"]:
        bounds = pairs.setdefault((one["name"], *one["span"]), [])
        if not bounds:
            found.append((ProposalKind.INDICATOR, "", bounds))
        bounds.append(one)
    found += [(ProposalKind.CADENCE, _cadence_title(one), [one]) for one in told["cadences"]]
    found += [(ProposalKind.CAMPAIGN, one["name"], [one]) for one in told["campaigns"]]
    found.sort(key=lambda entry: entry[2][0]["span"])
    for position, (kind, title, findings) in enumerate(found, 1):
        start, end = findings[0]["span"]
        yield PlanProposal(
            plan_id=plan_id, position=position, kind=kind,
            title=(title or indicator_title(findings))[: rules.MAX_TITLE],
            text=_sentence(draft.text, start, end)[: rules.MAX_TEXT], findings=findings, span_start=start,
            span_end=end, place=findings[0].get("place"),
        )  # fmt: skip


def indicator_title(findings: Sequence[dict[str, Any]]) -> str:
    """The indicator's name and its figure: 城镇污水处理率不低于95%."""
    first = findings[0]
    figures = "、".join(filter(None, map(figure, findings)))
    name = str(first["name"] or "").strip()
    return name + figures if name else str(first["text"])


def figure(finding: dict[str, Any]) -> str:
    """A figure in words; empty where the document names none."""
    value, unit = finding["value"], str(finding["unit"])
    if value is None:
        return ""
    if unit == "date":
        year, month, day = str(value).split("-")
        return f"{int(year)}年{int(month)}月{int(day)}日前"
    if unit == "month-day":
        month, day = str(value).split("-")
        return f"每年{int(month)}月{int(day)}日前"
    word = _WORDS.get(finding["op"] or "", "为")
    if word == "不低于" and unit not in ("%", "分"):
        word = "不少于"
    return f"{word}{value}{_UNITS.get(unit, unit)}"


def adopt(
    ctx: Context,
    plan_id: int,
    proposal_ids: Sequence[int],
    *,
    responsible: Sequence[int],
    lead: Sequence[int] = (),
    expected_version: int | None = None,
) -> list[int]:
    """Each proposal becomes a task of these units; the ids of the new tasks, in the proposals' order.

    Limits follow from the document's words; where it has none, a person settles them as for any task.
    """
    change = open_plan(ctx, plan_id, expected_version)
    rows = _open_rows(change, proposal_ids)
    leads = existing_units(ctx, lead) if lead else []
    # A unit stands in one list only: whoever leads is responsible already.
    owing = [id for id in existing_units(ctx, responsible) if id not in leads]
    if not owing:
        owing, leads = leads, []
    units = {unit.id: unit for unit in ctx.session.scalars(select(Unit).where(Unit.id.in_([*leads, *owing])))}
    listed = [(PartRole.LEAD, units[id]) for id in leads] + [
        (PartRole.RESPONSIBLE, units[id]) for id in owing
    ]
    storing = Storing(ctx, change.plan)
    made = []
    for proposal in rows:
        row = _task_of(change, storing, proposal, listed)
        proposal.state, proposal.plan_task_id = ProposalState.ADOPTED, row.id
        touched(change, row, "plan_proposal.adopted", proposal_id=proposal.id, title=row.title)
        made.append(row.id)
    change.record(
        "plan_proposal.adopted", count=len(rows), title=rows[0].title,
        units="、".join(units[id].short_name for id in owing[:3]),
    )  # fmt: skip
    return made


def set_aside(
    ctx: Context, plan_id: int, proposal_ids: Sequence[int], *, expected_version: int | None = None
) -> list[int]:
    """Make nothing of these proposals; they stay in sight. Their ids."""
    change = open_plan(ctx, plan_id, expected_version)
    rows = _open_rows(change, proposal_ids)
    return _turn(change, rows, ProposalState.SET_ASIDE, "plan_proposal.set_aside")


def reopen(
    ctx: Context, plan_id: int, proposal_ids: Sequence[int], *, expected_version: int | None = None
) -> list[int]:
    """Take up again what was set aside."""
    change = open_plan(ctx, plan_id, expected_version)
    rows = [row for row in _rows(change, proposal_ids) if row.state == ProposalState.SET_ASIDE]
    if not rows:
        raise RuleViolation("plans.proposal_not_aside", "所选内容没有被搁置")
    return _turn(change, rows, ProposalState.OPEN, "plan_proposal.reopened")


def _turn(change: Change, rows: Sequence[PlanProposal], state: ProposalState, action: str) -> list[int]:
    for row in rows:
        row.state = state
    ctx, plan = change.ctx, change.plan
    ctx.session.flush()
    audit.record(ctx, stream(plan.id), action, ("plan", plan.id), proposals=[row.id for row in rows])
    change.record(action, count=len(rows), title=rows[0].title)
    return [row.id for row in rows]


def _rows(change: Change, proposal_ids: Sequence[int]) -> list[PlanProposal]:
    wanted = set(proposal_ids)
    if not wanted:
        raise InvalidInput("plans.no_proposals", "请先选择内容", field="proposals")
    if len(wanted) > MAX_CHOSEN:
        raise InvalidInput(
            "plans.too_many_proposals", "一次最多选择{max}条", field="proposals", max=MAX_CHOSEN
        )
    query = select(PlanProposal).where(PlanProposal.plan_id == change.plan.id, PlanProposal.id.in_(wanted))
    rows = list(change.ctx.session.scalars(query.order_by(PlanProposal.position)))
    if len(rows) != len(wanted):
        raise NotFound()
    change.remember_proposals(rows)
    return rows


def _open_rows(change: Change, proposal_ids: Sequence[int]) -> list[PlanProposal]:
    rows = _rows(change, proposal_ids)
    for row in rows:
        if row.state != ProposalState.OPEN:
            raise RuleViolation("plans.proposal_settled", "“{title}”已经处理过，请刷新核对", title=row.title)
    return rows


def _task_of(
    change: Change, storing: Storing, proposal: PlanProposal, listed: Sequence[tuple[PartRole, Unit]]
) -> PlanTask:
    session, plan = change.ctx.session, change.plan
    first = proposal.findings[0]
    row = PlanTask(
        plan_id=plan.id, number=next_number(session, plan.id),
        section=str(first.get("group") or first.get("subject") or "")[:300], title=proposal.title,
        text=proposal.text, span_start=proposal.span_start, span_end=proposal.span_end, place=proposal.place,
        review_unit_id=None, reviewer_reason=ReviewerReason.UNSETTLED, confidence=1.0, defects=[],
        indicators=proposal.findings if proposal.kind == ProposalKind.INDICATOR else [],
    )  # fmt: skip
    session.add(row)
    session.flush()
    change.remember_made(row.id)
    for position, (role, unit) in enumerate(listed, 1):
        part = PlanTaskUnit(
            plan_task_id=row.id, role=role, position=position, written=unit.name, is_group=False,
            state=PartState.MATCHED, how="by_hand",
        )  # fmt: skip
        session.add(part)
        session.flush()
        session.add(PlanTaskMember(plan_task_unit_id=part.id, unit_id=unit.id, position=1))
    for position, (raw, form, span) in enumerate(_limits(change, storing, proposal), 1):
        session.add(
            PlanTaskLimit(
                plan_task_id=row.id, position=position, raw=raw[:300], kind=form.kind, data=form.data,
                span_start=span.start, span_end=span.end,
            )
        )  # fmt: skip
    session.flush()
    return row


def _limits(change: Change, storing: Storing, proposal: PlanProposal) -> list[tuple[str, LimitForm, Span]]:
    plan, first = change.plan, proposal.findings[0]
    span = Span(proposal.span_start, proposal.span_end)
    if proposal.kind == ProposalKind.CADENCE:
        deadline = Deadline(
            DeadlineKind.RECURRING, first["text"], span, period=first["period"],
            min_count=first.get("min_count"), month=first.get("month"), day=first.get("day"),
        )  # fmt: skip
        return [(deadline.raw, storing.form(deadline), span)]
    if first.get("unit") == "date" and first.get("value"):
        return [(first["text"], LimitForm(LimitKind.DATE, {"on": str(first["value"])}), span)]
    if first.get("period") in PERIODS:
        return [(first["text"], LimitForm(LimitKind.CADENCE, {"period": first["period"]}), span)]
    if proposal.kind == ProposalKind.CAMPAIGN:
        return []
    # A duration that is to be reached (压缩至3个工作日) is a figure; only days of the calendar limit the task.
    around = _edges(plan.text, span.start, span.end)
    return [
        (limit.raw, storing.form(limit), limit.span)
        for limit in parse_part(plan.text, around, plan.document_year, plan.signed_on).deadlines
        if limit.kind in (DeadlineKind.DATE, DeadlineKind.PERIOD)
    ]


def _cadence_title(one: dict[str, Any]) -> str:
    subject, text = str(one["subject"] or "").strip(), str(one["text"]).strip()
    return text if not subject or subject in text else f"{subject}：{text}"


def _sentence(text: str, start: int, end: int) -> str:
    around = _edges(text, start, end)
    return re.sub(r"[\t\u3000]+", " ", text[around.start : around.end]).strip()


def _edges(text: str, start: int, end: int) -> Span:
    """The sentence around a finding, at most some hundred characters to either side."""
    low, high = max(0, start - 300), min(len(text), end + 300)
    before = max((text.rfind(mark, low, start) for mark in _SENTENCE_ENDS), default=-1)
    after = [at for mark in _SENTENCE_ENDS if (at := text.find(mark, max(end - 1, start), high)) >= 0]
    return Span(before + 1 if before >= 0 else low, min(after) + 1 if after else high)
