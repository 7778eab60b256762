"""A plan's breakdown table 任务分解表 as a download, for pages and API."""

from flask import Response

from engine import permissions
from engine.context import Context
from engine.permissions import Permission
from engine.plans import breakdown, queries
from engine.plans.breakdown import Breakdown
from engine.plans.models import Plan
from webapp import downloads
from webapp.requests import in_transaction

MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_WRITERS = {"xlsx": breakdown.to_xlsx, "docx": breakdown.to_docx}


def send(plan_id: int, ending: str) -> Response:
    """For views with `own_transactions`: none is open while the table is written."""

    def gather(ctx: Context) -> Breakdown:
        plan = permissions.find(ctx, Permission.PLAN_READ, Plan, plan_id, lock=False)
        return breakdown.of_plan(queries.view(ctx, plan, proposing=False))

    table = in_transaction(gather, read_only=True)
    return downloads.attachment(_WRITERS[ending](table), f"{table.heading}.{ending}", MEDIA_TYPES[ending])
