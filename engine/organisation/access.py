"""How accounts, people and whatever a unit owes answer the relations that permissions ask about, and whose days a
unit's calendar takes over."""

from sqlalchemy import ColumnElement, false

from engine import working_days
from engine.context import Context
from engine.deadlines.models import Deadline
from engine.organisation.credentials import Account
from engine.organisation.models import Person
from engine.organisation.queries import below, lines
from engine.permissions import Relation, register


def _own_account(ctx: Context) -> ColumnElement[bool]:
    return Account.person_id == ctx.actor.person_id if ctx.actor.person_id is not None else false()


def _own_person(ctx: Context) -> ColumnElement[bool]:
    return Person.id == ctx.actor.person_id if ctx.actor.person_id is not None else false()


register(Account, Relation.SELF, _own_account)
register(Person, Relation.SELF, _own_person)
register(Deadline, Relation.OWN_UNIT, lambda ctx: Deadline.unit_id.in_(ctx.actor.units()))
register(Deadline, Relation.SUPERIOR_OF, lambda ctx: Deadline.unit_id.in_(below(ctx.actor.units())))
working_days.register_line(lines)
