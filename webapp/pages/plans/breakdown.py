"""The plan as the breakdown table 任务分解表, to pass on or to bring back in."""

from flask import Response

from webapp import plan_breakdown
from webapp.pages.plans.part import blueprint
from webapp.requests import own_transactions


@blueprint.get("/<int:id>/breakdown.xlsx")
@own_transactions
def spreadsheet(id: int) -> Response:
    return plan_breakdown.send(id, "xlsx")


@blueprint.get("/<int:id>/breakdown.docx")
@own_transactions
def word_document(id: int) -> Response:
    return plan_breakdown.send(id, "docx")
