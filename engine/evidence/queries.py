"""Reads: what was handed in for a work item, and one file of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from engine import permissions
from engine.context import Context
from engine.errors import AccessDenied, NotFound
from engine.evidence.models import EvidenceFile, Submission
from engine.files import File
from engine.permissions import Permission


@dataclass(frozen=True)
class Round:
    """One submission with its files."""

    submission: Submission
    files: Sequence[tuple[EvidenceFile, File]]


def rounds(ctx: Context, work_item_id: int) -> dict[int, list[Round]]:
    """What the actor may read of an item's submissions, by obligation, oldest first. Two statements."""
    query = permissions.narrow(ctx, Permission.EVIDENCE_READ, Submission, select(Submission))
    found = ctx.session.scalars(
        query.where(Submission.work_item_id == work_item_id).order_by(
            Submission.obligation_id, Submission.round
        )
    ).all()
    files: dict[int, list[tuple[EvidenceFile, File]]] = {}
    attached = (
        select(EvidenceFile, File)
        .join(File, File.id == EvidenceFile.file_id)
        .where(EvidenceFile.submission_id.in_([s.id for s in found]))
        .order_by(EvidenceFile.id)
    )
    for evidence, file in ctx.session.execute(attached) if found else ():
        files.setdefault(evidence.submission_id, []).append((evidence, file))
    by_obligation: dict[int, list[Round]] = {}
    for submission in found:
        by_obligation.setdefault(submission.obligation_id, []).append(
            Round(submission, files.get(submission.id, []))
        )
    return by_obligation


def evidence_file(ctx: Context, evidence_file_id: int) -> tuple[EvidenceFile, File]:
    """One file to be shown, decided by the submission it belongs to. Raises NotFound, AccessDenied."""
    allowed = permissions.expression(ctx, Permission.EVIDENCE_READ, Submission)
    found = ctx.session.execute(
        select(EvidenceFile, File, allowed.label("allowed"))
        .join(File, File.id == EvidenceFile.file_id)
        .join(Submission, Submission.id == EvidenceFile.submission_id)
        .where(EvidenceFile.id == evidence_file_id)
    ).one_or_none()
    if found is None:
        raise NotFound()
    evidence, file, may = found
    if not may:
        raise AccessDenied()
    return evidence, file
