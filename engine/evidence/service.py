"""Handing in: the reporter submits a round with its files, the head of the unit signs it off or refuses.

Both hold the obligation's row: it is the case, and no two rounds of it can be under way at once.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Executable, bindparam, select

from engine import audit, deadlines, files, outbox, permissions, process
from engine.campaigns import rules
from engine.campaigns.models import Obligation, ObligationState, WorkItem
from engine.campaigns.obligations import DUE
from engine.campaigns.work_items import stream
from engine.clock import local_date
from engine.context import Context
from engine.db import Base
from engine.errors import AccessDenied, InvalidInput, NotFound, StaleForm
from engine.evidence.models import EvidenceFile, Submission, SubmissionState
from engine.permissions import Permission
from engine.texts import N_

MAX_FILES = 100


def submit(
    ctx: Context,
    obligation_id: int,
    *,
    text: str,
    staged_file_ids: Sequence[int] = (),
    notes: Mapping[int, str] | None = None,
    expected_round: int | None = None,
) -> Submission:
    """Hand in the next round: what was done, with evidence. It goes to the head of the unit.

    ``expected_round`` is the obligation's ``round`` that the form was shown for. ``notes`` says per staged
    file id what the file proves. Raises TaskNotOpen, StaleForm, InvalidInput.
    """
    obligation = permissions.find(ctx, Permission.OBLIGATION_SUBMIT, Obligation, obligation_id)
    rules.check_state(obligation.state, ObligationState.OPEN)
    rules.check_not_early(obligation.earliest_on, local_date(ctx.clock.now()))
    if expected_round is not None and expected_round != obligation.round:
        raise StaleForm()
    if len(staged_file_ids) > MAX_FILES:
        raise InvalidInput("evidence.too_many_files", "一次最多上传{max}个文件", field="files", max=MAX_FILES)
    now = ctx.clock.now()
    submission = Submission(
        obligation_id=obligation.id, work_item_id=obligation.work_item_id, round=obligation.round + 1,
        text=rules.text_of(text, field="text", missing=N_("请填写办理情况")), state=SubmissionState.SUBMITTED,
        submitted_by_id=ctx.actor.person_id, submitted_by_name=ctx.actor.name, submitted_at=now,
    )  # fmt: skip
    ctx.session.add(submission)
    ctx.session.flush()
    obligation.round, obligation.state = submission.round, ObligationState.SUBMITTED
    kept = _attach(ctx, submission, staged_file_ids, notes or {}) if staged_file_ids else []
    subject = ("obligation", obligation.id)
    audit.record(
        ctx, stream(obligation.work_item_id), "obligation.submitted", subject, round=obligation.round,
        files=[[file.file_id, file.name] for file in kept],
    )  # fmt: skip
    outbox.publish(ctx, "obligation.submitted", subject, round=obligation.round)
    process.complete_user_task(ctx, subject, "submit_evidence")
    return submission


def sign_off(
    ctx: Context, obligation_id: int, *, signed: bool, reasons: str = "", expected_round: int | None = None
) -> Submission:
    """The head signs the latest round, which stops the unit's clock and sends it to review; or refuses.

    A refusal needs reasons and gives the obligation back to the reporter; the clock has run on all the time.
    """
    obligation, submission, item = _find_latest(ctx, obligation_id)
    rules.check_state(obligation.state, ObligationState.SUBMITTED)
    if expected_round is not None and expected_round != obligation.round:
        raise StaleForm()
    submission.signed_at = ctx.clock.now()
    submission.signed_by_id, submission.signed_by_name = ctx.actor.person_id, ctx.actor.name
    subject = ("obligation", obligation.id)
    if signed:
        submission.state = SubmissionState.IN_REVIEW
        obligation.state = ObligationState.IN_REVIEW
        deadlines.meet(ctx, subject, DUE)
    else:
        submission.refusal = rules.text_of(reasons, field="reasons", missing=N_("请填写退回原因"))
        submission.state = SubmissionState.REFUSED
        obligation.state = ObligationState.OPEN
    fact = "obligation.signed_off" if signed else "obligation.sign_off_refused"
    audit.record(ctx, stream(item.id), fact, subject, round=obligation.round, reasons=reasons.strip())
    outbox.publish(ctx, fact, subject, round=obligation.round, reasons=reasons.strip())
    process.complete_user_task(ctx, subject, "sign_off", {"signed": signed})
    return submission


def _find_latest(ctx: Context, obligation_id: int) -> tuple[Obligation, Submission, WorkItem]:
    """The obligation, locked, and its latest round, and the work item, which opening the review reads."""
    query = permissions.prepared(ctx, Permission.OBLIGATION_SIGN_OFF, Obligation, _latest)
    found = ctx.session.execute(query, {"id": obligation_id}).one_or_none()
    if found is None:
        raise NotFound()
    obligation, submission, item, may = found
    if not may:
        raise AccessDenied()
    if submission is None or submission.round != obligation.round:
        rules.check_state(obligation.state, ObligationState.SUBMITTED)
        raise StaleForm()
    return obligation, submission, item


def _latest(allowed: ColumnElement[bool], _model: type[Base]) -> Executable:
    return (
        select(Obligation, Submission, WorkItem, allowed.label("allowed"))
        .join(WorkItem, WorkItem.id == Obligation.work_item_id)
        .outerjoin(
            Submission, (Submission.obligation_id == Obligation.id) & (Submission.round == Obligation.round)
        )
        .where(Obligation.id == bindparam("id"))
        .with_for_update(of=Obligation)
        .execution_options(populate_existing=True)
    )


def _attach(
    ctx: Context, submission: Submission, staged_ids: Sequence[int], notes: Mapping[int, str]
) -> list[EvidenceFile]:
    taken = files.take_in(ctx, list(staged_ids))
    kept = [
        EvidenceFile(
            submission_id=submission.id, file_id=file.id, name=file.name, note=notes.get(staged, "")[:300]
        )
        for staged, file in zip(staged_ids, taken, strict=True)
    ]
    ctx.session.add_all(kept)
    return kept
