"""Rows for tests, made by the real verbs: units, people in posts, accounts.

Names are numbered so that two calls never collide. All take the Context first, usually a system one.
"""

from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import count
from typing import Any

from argon2 import PasswordHasher

from engine.clock import local_date
from engine.context import Actor, Context, Role
from engine.organisation import accounts, service
from engine.organisation.credentials import Account
from engine.organisation.models import Unit, UnitKind, UnitLevel

PASSWORD = "Yuanyang-2026"
_numbers = count(1)


def make_unit(
    ctx: Context,
    name: str | None = None,
    parent: Unit | None = None,
    level: UnitLevel = UnitLevel.CITY,
    kind: UnitKind = UnitKind.DEPARTMENT,
    **other: Any,
) -> Unit:
    return service.create_unit(
        ctx,
        name=name or f"市测试{next(_numbers)}局",
        level=level,
        kind=kind,
        parent_id=parent.id if parent else None,
        **other,
    )


def make_person(
    ctx: Context, unit: Unit | None = None, *roles: Role, name: str | None = None, **other: Any
) -> Actor:
    """A new person in the roles at the unit, as the actor of verbs."""
    person = service.create_person(ctx, name or f"测试人员{next(_numbers)}", **other)
    for role in roles:
        assert unit is not None
        service.appoint(ctx, person.id, unit.id, role)
    return accounts.actor_for(ctx.session, person.id, local_date(ctx.clock.now()))


def make_account(
    ctx: Context, actor: Actor, login: str | None = None, *, must_change: bool = False
) -> Account:
    """An account whose password is `PASSWORD`."""
    assert actor.person_id is not None
    return accounts.create_account(
        ctx, actor.person_id, login or f"user{next(_numbers)}", password_hash(), must_change=must_change
    )


def make_token(ctx: Context, actor: Actor) -> str:
    """A bearer token of a new account of the person, good for ten years."""
    account = make_account(ctx, actor)
    life = timedelta(days=3650)
    return accounts.issue_token(replace(ctx, actor=actor), account.id, name="test", life=life)[1]


@cache
def password_hash() -> str:
    """Of `PASSWORD`, quick to compare: argon2 keeps its cost in the hash."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
