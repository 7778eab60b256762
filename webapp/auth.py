"""Who is asking: a session cookie on pages, a bearer token on the API, never the one for the other.

Everything asks for a signed-in person unless its view is marked `public`. The secrets live in the database as
hashes; the cookie is HttpOnly and SameSite=Lax and ends with the server's own idle time.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from flask import current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug import Response

from engine.clock import local_date
from engine.context import Actor, Context
from engine.errors import AccessDenied, InvalidInput, SignInRefused
from engine.organisation import accounts, rules
from engine.organisation.accounts import Visitor
from engine.organisation.credentials import Account
from webapp.requests import READING, client_ip, ground, in_transaction

F = TypeVar("F", bound=Callable[..., Any])

COOKIE = "duban_session"
#: What a person may still reach whose first password must be changed.
_BEFORE_CHANGE = frozenset({"sign_in.change_password", "sign_in.submit_password", "sign_in.sign_out"})
_NEVER_ASKED = frozenset({"static", "health"})


def public(view: F) -> F:
    """Mark a view that may be seen without signing in."""
    view.public = True  # type: ignore[attr-defined]
    return view


def is_public(endpoint: str) -> bool:
    return endpoint in _NEVER_ASKED or getattr(current_app.view_functions.get(endpoint), "public", False)


def is_api() -> bool:
    return request.path.startswith("/api/v")


def visitor() -> Visitor | None:
    """Who has signed in, or came with a token."""
    found: Visitor | None = g.get("visitor")
    return found


def identify() -> ResponseReturnValue | None:
    """Before each request: learn who asks, turn away who must not be here."""
    endpoint = request.endpoint
    if endpoint in _NEVER_ASKED:
        return None
    found = _identify_token() if is_api() else _identify_session()
    if found is not None:
        g.visitor = found
        if found.is_stale and found.session_id is not None:
            session_id = found.session_id
            in_transaction(lambda ctx: accounts.see_again(ctx, session_id))
    if endpoint is None or is_public(endpoint):
        return None
    if found is None:
        return _turn_away()
    if is_api():
        if found.must_change:
            raise AccessDenied("accounts.must_change", "请先登录网页修改初始密码")
        if not found.may_write and request.method not in READING:
            raise AccessDenied("tokens.read_only", "该令牌只可读取")
    elif found.must_change and endpoint not in _BEFORE_CHANGE:
        return redirect(url_for("sign_in.change_password"), code=303)
    return None


def prove(login: str, password: str) -> int:
    """The account id behind a login and its password. Raises SignInRefused; the failure has been counted.

    Three steps, so that no transaction is open while the password is hashed.
    """
    credentials = in_transaction(lambda ctx: accounts.look_up(ctx.session, login), read_only=True)
    matches = accounts.password_matches(credentials, password)
    ip = client_ip()
    account_id = in_transaction(lambda ctx: _account_id(ctx, credentials, matches, ip), by=_gate())
    if account_id is None:
        raise SignInRefused("accounts.sign_in_refused", accounts.REFUSAL)
    return account_id


def change_password(visitor: Visitor, old: str, new: str) -> None:
    """The visitor's own change. Raises InvalidInput for the new password, SignInRefused for the old one.

    The hashing stands outside the transactions, as everywhere; all other sessions end.
    """
    account_id = visitor.account_id
    login = in_transaction(lambda ctx: _login(ctx, account_id), read_only=True)
    rules.check_password(new, login)
    if new == old:
        raise InvalidInput("accounts.password_same", "新密码不得与原密码相同", field="password")
    prove(login, old)
    new_hash = accounts.hash_password(new)
    in_transaction(
        lambda ctx: accounts.change_password(ctx, account_id, new_hash, keep_session=visitor.session_id)
    )


def start_session(account_id: int, response: Response) -> None:
    """A new session for the account, whatever session there was before; its secret goes into the cookie."""
    ip, old = client_ip(), visitor()

    def open_new(ctx: Context) -> str:
        if old is not None and old.session_id is not None:
            accounts.sign_out(ctx, old.session_id)
        return accounts.open_session(ctx, account_id, ip=ip)

    token = in_transaction(open_new, by=_gate())
    response.set_cookie(
        COOKIE, token, httponly=True, samesite="Lax", secure=ground().settings.secure_cookies, path="/"
    )


def end_session(response: Response) -> None:
    found = visitor()
    if found is not None and found.session_id is not None:
        session_id = found.session_id
        in_transaction(lambda ctx: accounts.sign_out(ctx, session_id))
    response.delete_cookie(COOKIE, path="/")


def _login(ctx: Context, account_id: int) -> str:
    return ctx.session.scalars(select(Account.login).where(Account.id == account_id)).one()


def _gate() -> Actor:
    return Actor.system("sign-in")


def _account_id(ctx: Context, credentials: accounts.Credentials | None, matches: bool, ip: str) -> int | None:
    account = accounts.sign_in(ctx, credentials, matches, ip=ip)
    return account.id if account else None


def _identify_session() -> Visitor | None:
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    idle = timedelta(minutes=ground().settings.session_idle_minutes)

    def find(ctx: Context) -> Visitor | None:
        return _with_actor(ctx, accounts.find_session(ctx.session, token, ctx.clock.now(), idle))

    return in_transaction(find, read_only=True)


def _identify_token() -> Visitor | None:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret:
        return None
    return in_transaction(
        lambda ctx: _with_actor(ctx, accounts.find_token(ctx.session, secret.strip(), ctx.clock.now())),
        read_only=True,
    )


def _with_actor(ctx: Context, found: Visitor | None) -> Visitor | None:
    if found is not None:
        g.actor = accounts.actor_for(ctx.session, found.person_id, local_date(ctx.clock.now()))
    return found


def _turn_away() -> ResponseReturnValue:
    if is_api():
        raise SignInRefused("access.token_needed", "请求须带有效的访问令牌")
    if request.cookies.get(COOKIE):
        from webapp.language import gettext

        flash(gettext("登录已超时或已退出，请重新登录。"), "warning")
    here = request.full_path.rstrip("?") if request.method in READING else None
    address = url_for("sign_in.sign_in", next=here)
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": address})
    return redirect(address, code=303)
