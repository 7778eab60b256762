"""The review of a signed submission: by the lead unit, or by the office where the lead is responsible."""

from typing import Any, cast

from sqlalchemy import ColumnElement, Executable, Table, bindparam, insert, literal, select, type_coerce

from engine import audit, deadlines, outbox, permissions, process
from engine.campaigns import rules, standstill, work_items
from engine.campaigns.models import Obligation, ObligationState, WorkItem
from engine.campaigns.obligations import DUE
from engine.campaigns.work_items import stream
from engine.clock import local_date
from engine.context import Context
from engine.db import Base
from engine.deadlines import Basis
from engine.errors import AccessDenied, NotFound
from engine.evidence.models import Submission, SubmissionState
from engine.permissions import Permission
from engine.reviews.models import Review, ReviewState
from engine.texts import N_
from engine.writes import Parameter

REVIEW_DUE = "review.due"
REVIEW_WORKING_DAYS = 5
#: What a unit has at least to supplement what was returned.
SUPPLEMENT_WORKING_DAYS = 3


def open_review(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator of the obligation's process: the latest round goes to the reviewing unit."""
    obligation = ctx.session.get_one(Obligation, subject[1])
    item = ctx.session.get_one(WorkItem, obligation.work_item_id)
    now = ctx.clock.now()
    ctx.session.later(
        _review,
        {
            "obligation_id": obligation.id, "round": obligation.round, "unit_id": item.review_unit_id,
            "opened_at": now,
        },
    )  # fmt: skip
    deadlines.open(
        ctx, subject, REVIEW_DUE,
        Basis.working_days_after(local_date(now), REVIEW_WORKING_DAYS, N_("责任单位报送之日起审核")),
        unit_id=item.review_unit_id, stream=stream(item.id),
    )  # fmt: skip
    if item.suspended_at is not None:
        standstill.keep(ctx, item.id)


def _review(p: Parameter) -> Any:
    row = {
        "submission_id": Submission.id,
        "obligation_id": Submission.obligation_id,
        "work_item_id": Submission.work_item_id,
        "unit_id": p("unit_id"),
        "state": literal(ReviewState.OPEN.value),
        "reasons": literal(""),
        "opened_at": type_coerce(p("opened_at"), Review.opened_at.type),
    }
    latest = Submission.obligation_id == p("obligation_id"), Submission.round == p("round")
    return insert(cast(Table, Review.__table__)).from_select(list(row), select(*row.values()).where(*latest))


def decide(ctx: Context, review_id: int, *, approved: bool, reasons: str = "") -> Review:
    """Approve what was handed in, or return it with reasons: the unit's clock runs on with the date it had.

    Raises TaskNotOpen when it has been decided, AccessDenied for one's own unit's submission, InvalidInput.
    """
    review, submission, obligation = _find(ctx, review_id)
    rules.check_state(review.state, ReviewState.OPEN)
    rules.check_state(obligation.state, ObligationState.IN_REVIEW)
    now = ctx.clock.now()
    subject = ("obligation", obligation.id)
    review.reasons = (
        reasons.strip() if approved else rules.text_of(reasons, field="reasons", missing=N_("请填写退回原因"))
    )
    review.state = ReviewState.APPROVED if approved else ReviewState.RETURNED
    review.decided_at, review.decided_by_id, review.decided_by_name = now, ctx.actor.person_id, ctx.actor.name
    submission.state = SubmissionState.ACCEPTED if approved else SubmissionState.RETURNED
    if not approved:
        obligation.state = ObligationState.OPEN
        deadlines.reopen(ctx, subject, DUE, at_least=SUPPLEMENT_WORKING_DAYS, reason=N_("审核退回，补充材料"))
        standstill.keep(ctx, review.work_item_id)
    deadlines.meet(ctx, subject, REVIEW_DUE)
    fact = "review.approved" if approved else "review.returned"
    audit.record(
        ctx, stream(review.work_item_id), fact, ("review", review.id), obligation_id=obligation.id,
        round=submission.round, reasons=review.reasons,
    )  # fmt: skip
    outbox.publish(
        ctx, fact, ("review", review.id), obligation_id=obligation.id, work_item_id=review.work_item_id,
        reasons=review.reasons,
    )  # fmt: skip
    process.complete_user_task(ctx, subject, "review", {"approved": approved})
    return review


def mark_overdue(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: the reviewing unit has not decided in time."""
    review = ctx.session.scalars(
        select(Review).where(Review.obligation_id == subject[1], Review.state == ReviewState.OPEN)
    ).one()
    review.overdue_at = ctx.clock.now()
    audit.record(
        ctx, stream(review.work_item_id), "review.fell_overdue", ("review", review.id), unit_id=review.unit_id
    )


def _hand_over(ctx: Context, item: WorkItem) -> None:
    """What lies with the old reviewer goes to the new one, with the limit that it had."""
    ctx.session.send()
    lying = select(Review).where(Review.work_item_id == item.id, Review.state == ReviewState.OPEN)
    for review in ctx.session.scalars(lying.order_by(Review.id).with_for_update()):
        review.unit_id = item.review_unit_id
        deadlines.hand_over(ctx, ("obligation", review.obligation_id), REVIEW_DUE, item.review_unit_id)


work_items.when_handed_over(_hand_over)


def _find(ctx: Context, review_id: int) -> tuple[Review, Submission, Obligation]:
    """The review with what it judges, the obligation locked first: one statement."""
    query = permissions.prepared(ctx, Permission.REVIEW_DECIDE, Review, _judged)
    found = ctx.session.execute(query, {"id": review_id}).one_or_none()
    if found is None:
        raise NotFound()
    review, submission, obligation, may = found
    if not may:
        raise AccessDenied()
    return review, submission, obligation


def _judged(allowed: ColumnElement[bool], _model: type[Base]) -> Executable:
    return (
        select(Review, Submission, Obligation, allowed.label("allowed"))
        .join(Submission, Submission.id == Review.submission_id)
        .join(Obligation, Obligation.id == Review.obligation_id)
        .where(Review.id == bindparam("id"))
        .with_for_update(of=[Obligation, Review])
        .execution_options(populate_existing=True)
    )
