"""Signing in and out, and changing one's own password. In demo mode, one click makes you a persona."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from engine.context import Context, Role
from engine.errors import InvalidInput, SignInRefused
from engine.organisation.credentials import Account
from webapp import auth
from webapp.errors import field_errors, sentence, status_of
from webapp.language import gettext
from webapp.navigation import navigation
from webapp.personas import personas
from webapp.requests import actor, ground, in_transaction, own_transactions

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """The first page of the bar: for most, the inbox; a leader, who owes nothing, sees how things stand."""
    seen = navigation.seen()
    if {role for _, role in actor().posts} == {Role.LEADER}:
        return redirect(url_for("lights.wall"))
    return redirect(url_for(seen[0].endpoint if seen else "sign_in.change_password"))


@blueprint.get("/sign-in")
@auth.public
def sign_in() -> ResponseReturnValue:
    if auth.visitor() is not None:
        return redirect(_next())
    return _sign_in_page({}, "")


@blueprint.post("/sign-in")
@auth.public
@own_transactions
def submit_sign_in() -> ResponseReturnValue:
    login = request.form.get("login", "")
    try:
        account_id = auth.prove(login, request.form.get("password", ""))
    except SignInRefused as error:
        return _sign_in_page(field_errors(error), login), status_of(error)
    return _enter(account_id)


@blueprint.post("/sign-in/persona")
@auth.public
@own_transactions
def become_persona() -> ResponseReturnValue:
    """Demo mode only: sign in as one of the personas, without a password."""
    if not ground().settings.demo:
        abort(404)
    login = request.form.get("login", "")

    def find(ctx: Context) -> int | None:
        if login not in {persona.login for persona in personas(ctx)}:
            return None
        return ctx.session.scalar(select(Account.id).where(Account.login == login))

    account_id = in_transaction(find, read_only=True)
    if account_id is None:
        abort(404)
    return _enter(account_id)


@blueprint.post("/sign-out")
@own_transactions
def sign_out() -> ResponseReturnValue:
    cookie.clear()
    flash(gettext("您已退出。"), "success")
    response = redirect(url_for("sign_in.sign_in"), code=303)
    auth.end_session(response)
    return response


@blueprint.get("/password")
def change_password() -> ResponseReturnValue:
    return render_template("sign_in/password.html", errors={}, must_change=_must_change())


@blueprint.post("/password")
@own_transactions
def submit_password() -> ResponseReturnValue:
    visitor = auth.visitor()
    assert visitor is not None
    old, new, again = (request.form.get(name, "") for name in ("old", "password", "again"))
    try:
        if new != again:
            raise InvalidInput("accounts.password_again", "两次填写的新密码不一致", field="again")
        auth.change_password(visitor, old, new)
    except SignInRefused as error:
        shown = {"old": sentence(error)}
        return render_template("sign_in/password.html", errors=shown, must_change=_must_change()), 422
    except InvalidInput as error:
        shown = field_errors(error)
        return render_template("sign_in/password.html", errors=shown, must_change=_must_change()), 422
    flash(gettext("密码已修改，其他设备上的登录已退出。"), "success")
    return redirect(url_for("sign_in.home"), code=303)


def _sign_in_page(errors: dict[str, str], login: str) -> str:
    shown = in_transaction(personas, read_only=True) if ground().settings.demo else []
    return render_template("sign_in/sign_in.html", errors=errors, login=login, next=_next(), personas=shown)


def _enter(account_id: int) -> ResponseReturnValue:
    cookie.clear()
    response = redirect(_next(), code=303)
    auth.start_session(account_id, response)
    return response


def _next() -> str:
    """Where the person wanted to go; only an address of ours, never another host."""
    wanted = request.values.get("next", "")
    # Browsers drop tabs and line ends from an address: "/<tab>/host" is "//host" to them.
    ours = wanted.startswith("/") and not wanted.startswith("//") and wanted.isprintable()
    return wanted if ours and "\\" not in wanted else url_for("sign_in.home")


def _must_change() -> bool:
    visitor = auth.visitor()
    return visitor is not None and visitor.must_change
