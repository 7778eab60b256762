"""People: who holds which post, appointing and dismissing; and their accounts, with first passwords shown once."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from engine import permissions
from engine.clock import local_date
from engine.context import Context, Role
from engine.errors import InvalidInput, NotFound, RuleViolation
from engine.organisation import accounts, queries, service
from engine.organisation.credentials import Account
from engine.organisation.models import Person, Post
from engine.permissions import Permission
from webapp import task_forms
from webapp.errors import field_errors
from webapp.keyset import PAGE, number
from webapp.language import gettext
from webapp.pages.organisation.part import blueprint, choices, may, reading, submit, unit_named
from webapp.personas import ROLE_NAMES
from webapp.requests import context, in_transaction, own_transactions
from webapp.schemas.organisation import AccountSchema, AppointSchema, PersonSchema
from webapp.subjects import NO_ATTEMPT, Attempt


@blueprint.get("/people")
def people() -> str:
    ctx, today = reading()
    asked, after = request.args.get("q", "").strip(), number(request.args.get("after"))
    last = ctx.session.get(Person, after) if after else None
    place = (last.pinyin_key, last.id) if last else None
    found = queries.people_page(ctx.session, search=asked, after=place, limit=PAGE)
    ids = [person.id for person in found]
    allowed = may(ctx)
    return render_template(
        "organisation/people.html", people=found, posts=queries.posts_with_units(ctx.session, ids, today),
        accounts=queries.accounts_of(ctx.session, ids) if allowed["accounts"] else {}, asked=asked, may=allowed,
        role_names=ROLE_NAMES,
        next=url_for("organisation.people", q=asked or None, after=found[-1].id) if len(found) == PAGE else None,
    )  # fmt: skip


@blueprint.get("/people/new")
def new_person() -> str:
    permissions.require(reading()[0], Permission.ORGANISATION_MANAGE)
    return _new(NO_ATTEMPT)


def _new(attempt: Attempt) -> str:
    return render_template("organisation/new_person.html", attempt=attempt)


@blueprint.post("/people/new")
def create_person() -> ResponseReturnValue:
    def verb(ctx: Context, given: dict[str, Any]) -> str:
        made = service.create_person(ctx, **given)
        flash(gettext("人员已登记，可以开立账号；岗位由安全管理员任命。"), "success")
        return url_for("organisation.person", id=made.id)

    return submit(Permission.ORGANISATION_MANAGE, PersonSchema, verb, _new)


@blueprint.get("/people/<int:id>")
def person(id: int) -> str:
    return _page(context(), id, NO_ATTEMPT)


def _page(ctx: Context, id: int, attempt: Attempt, *, secret: tuple[str, str] | None = None) -> str:
    """`secret`: a login and its new password, shown this once."""
    permissions.require(ctx, Permission.ORGANISATION_READ)
    row = ctx.session.get(Person, id)
    if row is None:
        raise NotFound()
    today = local_date(ctx.clock.now())
    allowed = may(ctx)
    return render_template(
        "organisation/person.html", holder=row, posts=queries.posts_with_units(ctx.session, [id])[id], today=today,
        account=queries.accounts_of(ctx.session, [id]).get(id) if allowed["accounts"] else None,
        units=choices(ctx, today) if allowed["appoint"] else [], roles=[(r.value, ROLE_NAMES[r]) for r in Role],
        role_names=ROLE_NAMES, attempt=attempt, secret=secret, may=allowed,
    )  # fmt: skip


@blueprint.post("/people/<int:id>/posts")
def appoint(id: int) -> ResponseReturnValue:
    def verb(ctx: Context, given: dict[str, Any]) -> str:
        unit = unit_named(ctx, given.pop("unit"), "unit")
        service.appoint(ctx, id, unit.id, **given)
        flash(gettext("已任命。"), "success")
        return url_for("organisation.person", id=id)

    return submit(
        Permission.ORGANISATION_APPOINT, AppointSchema, verb, lambda attempt: _page(context(), id, attempt)
    )


@blueprint.post("/posts/<int:id>/dismiss")
def dismiss(id: int) -> ResponseReturnValue:
    ctx = context()
    permissions.require(ctx, Permission.ORGANISATION_APPOINT)
    post = ctx.session.get(Post, id)
    if post is None:
        raise NotFound()
    try:
        service.dismiss(ctx, id)
    except RuleViolation as error:
        ctx.session.rollback()
        return _page(ctx, post.person_id, Attempt(errors=field_errors(error))), 422
    flash(gettext("已免去该岗位。"), "success")
    return redirect(url_for("organisation.person", id=post.person_id), code=303)


@blueprint.post("/people/<int:id>/account")
@own_transactions
def create_account(id: int) -> ResponseReturnValue:
    """A new account with a random first password, which is shown in the answer and nowhere else."""
    in_transaction(lambda ctx: permissions.require(ctx, Permission.ACCOUNT_MANAGE), read_only=True)
    try:
        login = task_forms.read_form(AccountSchema)["login"]
    except ValidationError as error:
        return _refused(id, task_forms.messages(error))
    return _with_password(id, lambda ctx, hash: accounts.create_account(ctx, id, login, hash).login)


@blueprint.post("/people/<int:id>/account/password")
@own_transactions
def reset_password(id: int) -> ResponseReturnValue:
    """A new random password in place of a forgotten one; all sessions end."""
    in_transaction(lambda ctx: permissions.require(ctx, Permission.ACCOUNT_MANAGE), read_only=True)

    def verb(ctx: Context, hash: str) -> str:
        account = _account(ctx, id)
        accounts.reset_password(ctx, account.id, hash)
        return account.login

    return _with_password(id, verb)


@blueprint.post("/people/<int:id>/account/disable")
def disable_account(id: int) -> ResponseReturnValue:
    ctx = context()
    permissions.require(ctx, Permission.ACCOUNT_MANAGE)
    accounts.disable_account(ctx, _account(ctx, id).id)
    flash(gettext("账号已停用，其全部登录已退出。"), "success")
    return redirect(url_for("organisation.person", id=id), code=303)


def _account(ctx: Context, person_id: int) -> Account:
    account = queries.accounts_of(ctx.session, [person_id]).get(person_id)
    if account is None:
        raise NotFound()
    return account


def _with_password(id: int, verb: Callable[[Context, str], str]) -> ResponseReturnValue:
    """Run a verb that stores a new password, hashed outside the transaction, and show the password."""
    password = accounts.random_password()
    hash = accounts.hash_password(password)
    try:
        login = in_transaction(lambda ctx: verb(ctx, hash))
    except (InvalidInput, RuleViolation) as error:
        return _refused(id, field_errors(error))
    return in_transaction(lambda ctx: _page(ctx, id, NO_ATTEMPT, secret=(login, password)), read_only=True)


def _refused(id: int, errors: dict[str, str]) -> ResponseReturnValue:
    attempt = Attempt(values=task_forms.posted(AccountSchema), errors=errors)
    return in_transaction(lambda ctx: _page(ctx, id, attempt), read_only=True), 422
