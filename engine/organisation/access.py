"""How accounts and people answer the relations that permissions ask about."""

from sqlalchemy import ColumnElement, false

from engine.context import Context
from engine.organisation.credentials import Account
from engine.organisation.models import Person
from engine.permissions import Relation, register


def _own_account(ctx: Context) -> ColumnElement[bool]:
    return Account.person_id == ctx.actor.person_id if ctx.actor.person_id is not None else false()


def _own_person(ctx: Context) -> ColumnElement[bool]:
    return Person.id == ctx.actor.person_id if ctx.actor.person_id is not None else false()


register(Account, Relation.SELF, _own_account)
register(Person, Relation.SELF, _own_person)
