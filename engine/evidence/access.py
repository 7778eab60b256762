"""Submissions and their files are seen by whoever sees the work item."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, exists

from engine.campaigns.access import of_work_item, register_by_work_item
from engine.context import Context
from engine.evidence.models import EvidenceFile, Submission
from engine.permissions import Answer, Relation, register

register_by_work_item(Submission, Submission.work_item_id)


def _of_submission(answer: Answer) -> Callable[[Context], ColumnElement[bool]]:
    def of_submission(ctx: Context) -> ColumnElement[bool]:
        return (
            exists()
            .where(Submission.id == EvidenceFile.submission_id, answer(ctx))
            .correlate_except(Submission)
        )

    return of_submission


for _relation in (
    Relation.OWN_UNIT,
    Relation.SUPERIOR_OF,
    Relation.LEAD_OF,
    Relation.COOPERATES_ON,
    Relation.SUPERVISES,
    Relation.OFFICE_OF,
):
    register(EvidenceFile, _relation, _of_submission(of_work_item(Submission.work_item_id, _relation)))
