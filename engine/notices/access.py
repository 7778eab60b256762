"""How notices answer the relations: as their work item does, once they are out; before that only to the office.

Nobody issues what they have drawn up or sent for approval, nor a sheet to a unit of their own: both are SUBMITTER here.
"""

from sqlalchemy import ColumnElement, and_, func, or_

from engine.campaigns.access import of_work_item
from engine.context import Context
from engine.notices.models import Notice
from engine.organisation.queries import below
from engine.permissions import Answer, Relation, register


def _issued(answer: Answer) -> Answer:
    """The relation holds for the paper only once it has been issued."""
    return lambda ctx: and_(Notice.issued_at.is_not(None), answer(ctx))


def _barred(ctx: Context) -> ColumnElement[bool]:
    person = ctx.actor.person_id
    return or_(
        func.coalesce(Notice.drafted_by_id, 0) == person,
        func.coalesce(Notice.submitted_by_id, 0) == person,
        Notice.unit_id.in_(ctx.actor.units()),
    )


register(Notice, Relation.OWN_UNIT, _issued(lambda ctx: Notice.unit_id.in_(ctx.actor.units())))
register(Notice, Relation.SUPERIOR_OF, _issued(lambda ctx: Notice.unit_id.in_(below(ctx.actor.units()))))
for _relation in (Relation.LEAD_OF, Relation.COOPERATES_ON, Relation.SUPERVISES):
    register(Notice, _relation, _issued(of_work_item(Notice.work_item_id, _relation)))
register(Notice, Relation.OFFICE_OF, lambda ctx: Notice.office_unit_id.in_(ctx.actor.units()))
register(
    Notice,
    Relation.IN_CHARGE_OF,
    lambda ctx: func.coalesce(Notice.leader_unit_id, 0).in_(ctx.actor.units()),
)
register(Notice, Relation.SUBMITTER, _barred)
