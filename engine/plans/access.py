"""How a plan answers the relations that permissions ask about: it belongs to the office that imported it."""

from sqlalchemy import ColumnElement

from engine.context import Context
from engine.permissions import Relation, register
from engine.plans.models import Plan


def _of_office(ctx: Context) -> ColumnElement[bool]:
    return Plan.office_unit_id.in_(ctx.actor.units())


register(Plan, Relation.OFFICE_OF, _of_office)
