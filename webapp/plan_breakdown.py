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

_FORMATS = {
    "xlsx": (breakdown.to_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "docx": (breakdown.to_docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
}


def send(plan_id: int, ending: str) -> Response:
    """For views with `own_transactions`: none is open while the table is written."""

    def gather(ctx: Context) -> Breakdown:
        plan = permissions.find(ctx, Permission.PLAN_READ, Plan, plan_id, lock=False)
        return breakdown.of_plan(queries.view(ctx, plan, proposing=False))

    table = in_transaction(gather, read_only=True)
    write, media_type = _FORMATS[ending]
    return downloads.attachment(write(table), f"{table.heading}.{ending}", media_type)
