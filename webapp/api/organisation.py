"""Units, groups of units, people, posts and accounts: everyone in a post reads, administrators keep them.

The system administrator keeps units, people and accounts, the security administrator grants posts (三权分立).
"""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from engine import permissions
from engine.clock import local_date
from engine.context import Context
from engine.db import Base
from engine.errors import NotFound
from engine.organisation import accounts, queries, service
from engine.organisation.credentials import Account
from engine.organisation.models import Person, Post, Unit, UnitGroup
from engine.permissions import Permission
from webapp import idempotency
from webapp.api import ApiBlueprint, id_after, page_by_id
from webapp.requests import context, in_transaction, own_transactions
from webapp.schemas import organisation as given_by
from webapp.schemas.directory import (
    DismissSchema,
    GroupDetailSchema,
    GroupMembersSchema,
    GroupReadSchema,
    HolderSchema,
    NewGroupSchema,
    NewPasswordSchema,
    NewPostSchema,
    NewUnitSchema,
    PersonDetailSchema,
    PersonPageSchema,
    PostReadSchema,
    SearchQuerySchema,
    UnitDetailSchema,
    UnitPageSchema,
    UnitReadSchema,
)
from webapp.told import columns

R = TypeVar("R", bound=Base)

blueprint = ApiBlueprint("organisation", "", "Units, people, posts and accounts.")


@blueprint.get("/units")
@blueprint.arguments(SearchQuerySchema, location="query")
@blueprint.response(200, UnitPageSchema)
def units(asked: dict[str, Any]) -> dict[str, Any]:
    """Units that exist today, in the order of their pinyin; `search` is a part of the name."""
    ctx, today = _reading()
    rows = queries.unit_page(
        ctx.session, on=today, after=_place(ctx, Unit, asked), limit=asked["limit"], search=asked["search"]
    )
    return page_by_id(rows, asked)


@blueprint.get("/units/<int:id>")
@blueprint.response(200, UnitDetailSchema)
def unit(id: int) -> dict[str, Any]:
    """One unit with its other writings, the units right under it, and the groups it belongs to."""
    ctx, today = _reading()
    row = _get(ctx, Unit, id)
    return {
        **columns(row),
        "aliases": queries.aliases_of(ctx.session, id),
        "unit_ids": [below.id for below in queries.children(ctx.session, [id], today)],
        "group_ids": [group.id for group in queries.groups_of(ctx.session, id)],
    }


@blueprint.get("/units/<int:id>/people")
@blueprint.response(200, HolderSchema(many=True))
def people_of_unit(id: int) -> list[dict[str, Any]]:
    """Who holds which post at the unit today."""
    ctx, today = _reading()
    _get(ctx, Unit, id)
    return [
        {**columns(post), "name": person.name} for person, post in queries.people_of(ctx.session, id, today)
    ]


@blueprint.post("/units")
@blueprint.arguments(NewUnitSchema)
@blueprint.response(201, UnitReadSchema)
def create_unit(given: dict[str, Any]) -> Unit:
    """A new unit under its parent, from today on."""
    return service.create_unit(context(), **given)


@blueprint.post("/units/<int:id>/rename")
@blueprint.arguments(given_by.RenameUnitSchema)
@blueprint.response(200, UnitReadSchema)
def rename_unit(given: dict[str, Any], id: int) -> Unit:
    """The same unit under a new name; the former one stays as an alias."""
    return service.rename_unit(context(), id, **given)


@blueprint.post("/units/<int:id>/aliases")
@blueprint.arguments(given_by.AliasSchema)
@blueprint.response(204)
def add_alias(given: dict[str, Any], id: int) -> str:
    """Another writing of the unit; adding it twice changes nothing."""
    service.add_alias(context(), id, given["alias"])
    return ""


@blueprint.get("/unit-groups")
@blueprint.response(200, GroupReadSchema(many=True))
def groups() -> Any:
    """Groups of units that documents name together."""
    ctx, _ = _reading()
    return queries.groups(ctx.session)


@blueprint.get("/unit-groups/<int:id>")
@blueprint.response(200, GroupDetailSchema)
def group(id: int) -> dict[str, Any]:
    """One group with its members."""
    ctx, _ = _reading()
    return _group(ctx, _get(ctx, UnitGroup, id))


@blueprint.post("/unit-groups")
@blueprint.arguments(NewGroupSchema)
@blueprint.response(201, GroupDetailSchema)
def create_group(given: dict[str, Any]) -> dict[str, Any]:
    """A new group of units."""
    ctx = context()
    return _group(ctx, service.create_group(ctx, given["name"], given["unit_ids"]))


@blueprint.put("/unit-groups/<int:id>/members")
@blueprint.arguments(GroupMembersSchema)
@blueprint.response(200, GroupDetailSchema)
def set_members(given: dict[str, Any], id: int) -> dict[str, Any]:
    """Exactly these units form the group from now on."""
    ctx = context()
    service.set_members(ctx, id, given["unit_ids"])
    return _group(ctx, _get(ctx, UnitGroup, id))


@blueprint.get("/people")
@blueprint.arguments(SearchQuerySchema, location="query")
@blueprint.response(200, PersonPageSchema)
def people(asked: dict[str, Any]) -> dict[str, Any]:
    """People in the order of their pinyin; `search` is a part of the name."""
    ctx, _ = _reading()
    rows = queries.people_page(
        ctx.session, after=_place(ctx, Person, asked), limit=asked["limit"], search=asked["search"]
    )
    return page_by_id(rows, asked)


@blueprint.get("/people/<int:id>")
@blueprint.response(200, PersonDetailSchema)
def person(id: int) -> dict[str, Any]:
    """One person with all posts, former ones included."""
    ctx, _ = _reading()
    return _person(ctx, _get(ctx, Person, id))


@blueprint.post("/people")
@blueprint.arguments(given_by.PersonSchema)
@blueprint.response(201, PersonDetailSchema)
def create_person(given: dict[str, Any]) -> dict[str, Any]:
    """A new person, without post and account yet."""
    ctx = context()
    return _person(ctx, service.create_person(ctx, **given))


@blueprint.post("/people/<int:id>/posts")
@blueprint.arguments(NewPostSchema)
@blueprint.response(201, PostReadSchema)
def appoint(given: dict[str, Any], id: int) -> Post:
    """The person holds the role at the unit from the day on."""
    return service.appoint(context(), id, **given)


@blueprint.post("/posts/<int:id>/dismiss")
@blueprint.arguments(DismissSchema)
@blueprint.response(200, PostReadSchema)
def dismiss(given: dict[str, Any], id: int) -> Post:
    """The post ends and grants nothing any more."""
    ctx = context()
    service.dismiss(ctx, id, on=given["on"])
    return ctx.session.get_one(Post, id)


@blueprint.post("/people/<int:id>/account")
@blueprint.arguments(given_by.AccountSchema)
@blueprint.response(201, NewPasswordSchema)
@idempotency.keyless
@own_transactions
def create_account(given: dict[str, Any], id: int) -> dict[str, str]:
    """An account with a random first password."""
    return _with_password(lambda ctx, hash: accounts.create_account(ctx, id, given["login"], hash))


@blueprint.post("/people/<int:id>/account/password")
@blueprint.response(200, NewPasswordSchema)
@idempotency.keyless
@own_transactions
def reset_password(id: int) -> dict[str, str]:
    """A new random password in place of a forgotten one; all sessions end."""

    def verb(ctx: Context, hash: str) -> Account:
        account = _account(ctx, id)
        accounts.reset_password(ctx, account.id, hash)
        return account

    return _with_password(verb)


@blueprint.post("/people/<int:id>/account/disable")
@blueprint.response(204)
def disable_account(id: int) -> str:
    """Nobody signs in with the account again."""
    ctx = context()
    accounts.disable_account(ctx, _account(ctx, id).id)
    return ""


def _reading() -> tuple[Context, date]:
    ctx = context()
    permissions.require(ctx, Permission.ORGANISATION_READ)
    return ctx, local_date(ctx.clock.now())


def _get(ctx: Context, model: type[R], id: int) -> R:
    row = ctx.session.get(model, id)
    if row is None:
        raise NotFound()
    return row


def _place(ctx: Context, model: Any, asked: dict[str, Any]) -> tuple[str, int] | None:
    """The sort key of the last row seen."""
    after = id_after(asked)
    last = ctx.session.get(model, after) if after is not None else None
    return (last.pinyin_key, last.id) if last else None


def _group(ctx: Context, row: UnitGroup) -> dict[str, Any]:
    members = queries.group_members(ctx.session, row.id)
    return {**columns(row), "unit_ids": [unit.id for unit in members]}


def _person(ctx: Context, row: Person) -> dict[str, Any]:
    posts = queries.posts_with_units(ctx.session, [row.id])[row.id]
    return {**columns(row), "posts": [post for post, _ in posts]}


def _account(ctx: Context, person_id: int) -> Account:
    permissions.require(ctx, Permission.ACCOUNT_MANAGE)
    account = queries.accounts_of(ctx.session, [person_id]).get(person_id)
    if account is None:
        raise NotFound()
    return account


def _with_password(verb: Callable[[Context, str], Account]) -> dict[str, str]:
    """Run a verb that stores a new password, which is hashed while no transaction is open."""
    in_transaction(lambda ctx: permissions.require(ctx, Permission.ACCOUNT_MANAGE), read_only=True)
    password = accounts.random_password()
    hash = accounts.hash_password(password)
    return {"login": in_transaction(lambda ctx: verb(ctx, hash).login), "password": password}
