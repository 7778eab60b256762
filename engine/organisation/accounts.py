"""Accounts: passwords, sign-in, sessions, tokens, and the actor that a person is today.

Hashing takes a tenth of a second and much memory, so that it never stands in a transaction: whoever calls
reads with `look_up`, compares with `password_matches`, and only then opens the transaction of `sign_in`. A
refusal is returned and not raised, because its count must be committed.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import audit, permissions
from engine.context import Actor, Context
from engine.errors import AccessDenied, InvalidInput, NotFound
from engine.organisation import queries, rules
from engine.organisation.credentials import Account, ApiToken, SignInSession
from engine.organisation.models import Person
from engine.permissions import Permission
from engine.texts import N_

#: One sentence whatever was wrong, so that nobody learns which logins exist or are locked.
REFUSAL = N_("登录名或密码不正确。连续5次不正确的，该登录名暂停登录15分钟")
LAST_SEEN_STEP = timedelta(minutes=1)
TOKEN_LIFE = timedelta(days=90)

_hasher = PasswordHasher()


@dataclass(frozen=True)
class Credentials:
    """What `look_up` found, to be compared outside a transaction."""

    account_id: int
    password_hash: str


@dataclass(frozen=True)
class Visitor:
    """Who stands behind a session cookie or a bearer token."""

    account_id: int
    person_id: int
    name: str
    language: str
    must_change: bool
    session_id: int | None = None
    token_id: int | None = None
    may_write: bool = True
    #: The session's last_seen_at is older than a minute and should be written, in a transaction of its own.
    is_stale: bool = False


def hash_password(password: str) -> str:
    """argon2id with a random salt. Slow on purpose; never call it in a transaction."""
    return _hasher.hash(password)


def random_password() -> str:
    """A first password, to be changed at the first sign-in."""
    return f"Db-{secrets.token_urlsafe(12)}-7"


def password_matches(credentials: Credentials | None, password: str) -> bool:
    """Compare, taking as long for an unknown login as for a known one. Never call it in a transaction."""
    try:
        return _hasher.verify(credentials.password_hash if credentials else _nobodys_hash(), password) and (
            credentials is not None
        )
    except (VerificationError, InvalidHashError):
        return False


def look_up(session: Session, login: str) -> Credentials | None:
    row = session.execute(
        select(Account.id, Account.password_hash).where(Account.login == login.strip().lower()[:64])
    ).one_or_none()
    return Credentials(*row) if row else None


def sign_in(ctx: Context, credentials: Credentials | None, matches: bool, *, ip: str) -> Account | None:
    """Settle an attempt under the account's lock: None is a refusal, which must be committed too.

    A right password is refused as well while the account rests or is disabled, or when it has just changed.
    """
    now = ctx.clock.now()
    account = _locked(ctx, credentials.account_id) if credentials else None
    if account is None or credentials is None:
        audit.record(ctx, "organisation", "sign_in.refused", ("account", 0), ip=ip, reason="unknown")
        return None
    if rules.is_locked(account.locked_until, now) or account.disabled_at is not None:
        _note(
            ctx, account, "sign_in.refused", ip=ip, reason="locked" if not account.disabled_at else "disabled"
        )
        return None
    if not matches or account.password_hash != credentials.password_hash:
        failures = rules.count_failure(account.failed_count, account.first_failed_at, now)
        account.failed_count, account.first_failed_at = failures.count, failures.first_at
        account.locked_until = failures.locked_until
        ctx.session.flush()
        _note(ctx, account, "sign_in.refused", ip=ip, reason="password", count=failures.count)
        if failures.locked_until:
            _note(ctx, account, "account.locked", until=failures.locked_until.isoformat())
        return None
    account.failed_count, account.first_failed_at, account.locked_until = 0, None, None
    account.last_signed_in_at = now
    ctx.session.flush()
    _note(ctx, account, "account.signed_in", ip=ip)
    return account


def open_session(ctx: Context, account_id: int, *, ip: str) -> str:
    """The secret of a new session, for the cookie; only its hash is stored."""
    token, now = secrets.token_urlsafe(32), ctx.clock.now()
    ctx.session.add(
        SignInSession(
            token_hash=_digest(token), account_id=account_id, created_at=now, last_seen_at=now, ip=ip[:64]
        )
    )
    ctx.session.flush()
    return token


def find_session(session: Session, token: str, now: datetime, idle: timedelta) -> Visitor | None:
    """Whose session it is, unless it ended, idled away, or the account was disabled."""
    row = session.execute(
        select(SignInSession, Account, Person)
        .join(Account, Account.id == SignInSession.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(
            SignInSession.token_hash == _digest(token),
            SignInSession.ended_at.is_(None),
            SignInSession.last_seen_at > now - idle,
            Account.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    opened, account, person = row
    return Visitor(
        account_id=account.id,
        person_id=person.id,
        name=person.name,
        language=person.language,
        must_change=account.must_change,
        session_id=opened.id,
        is_stale=now - opened.last_seen_at >= LAST_SEEN_STEP,
    )


def see_again(ctx: Context, session_id: int) -> None:
    """Note that the session is still in use. A short transaction of its own."""
    ctx.session.execute(
        update(SignInSession).where(SignInSession.id == session_id).values(last_seen_at=ctx.clock.now())
    )


def sign_out(ctx: Context, session_id: int) -> None:
    """End the session at once; a second time changes nothing."""
    account_id = ctx.session.scalar(
        update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.ended_at.is_(None))
        .values(ended_at=ctx.clock.now())
        .returning(SignInSession.account_id)
    )
    if account_id is not None:
        audit.record(ctx, f"account:{account_id}", "account.signed_out", ("account", account_id))


def issue_token(
    ctx: Context, account_id: int, *, name: str, may_write: bool = True, life: timedelta = TOKEN_LIFE
) -> tuple[ApiToken, str]:
    """A bearer token of the account: the row and the secret, which is shown this once."""
    name = rules.clean_name(name, longest=100)
    secret, now = "duban_" + secrets.token_urlsafe(32), ctx.clock.now()
    token = ApiToken(
        account_id=account_id,
        name=name,
        token_hash=_digest(secret),
        scopes="read write" if may_write else "read",
        created_at=now,
        expires_at=now + life,
    )
    ctx.session.add(token)
    ctx.session.flush()
    audit.record(
        ctx, f"account:{account_id}", "token.issued", ("account", account_id), token_id=token.id, name=name
    )
    return token, secret


def revoke_token(ctx: Context, account_id: int, token_id: int) -> None:
    """The account's own token grants nothing from now on."""
    token = ctx.session.scalar(
        select(ApiToken).where(ApiToken.id == token_id, ApiToken.account_id == account_id).with_for_update()
    )
    if token is None:
        raise NotFound()
    if token.revoked_at is None:
        token.revoked_at = ctx.clock.now()
        ctx.session.flush()
        audit.record(
            ctx, f"account:{account_id}", "token.revoked", ("account", account_id), token_id=token_id
        )


def find_token(session: Session, secret: str, now: datetime) -> Visitor | None:
    """Whose bearer token it is, unless expired, revoked, or the account was disabled."""
    row = session.execute(
        select(ApiToken, Account, Person)
        .join(Account, Account.id == ApiToken.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(
            ApiToken.token_hash == _digest(secret),
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > now,
            Account.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    token, account, person = row
    return Visitor(
        account_id=account.id,
        person_id=person.id,
        name=person.name,
        language=person.language,
        must_change=account.must_change,
        token_id=token.id,
        may_write="write" in token.scopes.split(),
    )


def actor_for(session: Session, person_id: int, on: date) -> Actor:
    """The person in all posts held on the day, own and delegated."""
    name = session.scalar(select(Person.name).where(Person.id == person_id))
    if name is None:
        raise NotFound()
    return Actor(name=name, person_id=person_id, posts=queries.acting_posts(session, person_id, on))


def create_account(
    ctx: Context, person_id: int, login: str, password_hash: str, *, must_change: bool = True
) -> Account:
    """An account for the person. Check the password with `rules.check_password` and hash it beforehand."""
    permissions.require(ctx, Permission.ACCOUNT_MANAGE)
    login = rules.clean_login(login)
    if ctx.session.get(Person, person_id) is None:
        raise NotFound()
    if ctx.session.scalar(select(Account.id).where(Account.login == login)):
        raise InvalidInput("accounts.login_taken", "登录名已被使用过", field="login")
    if ctx.session.scalar(select(Account.id).where(Account.person_id == person_id)):
        raise InvalidInput("accounts.person_has_account", "该人员已有账号", field="person_id")
    account = Account(person_id=person_id, login=login, password_hash=password_hash, must_change=must_change)
    ctx.session.add(account)
    ctx.session.flush()
    _note(ctx, account, "account.created", person_id=person_id, login=login)
    return account


def change_password(ctx: Context, account_id: int, new_hash: str, *, keep_session: int | None = None) -> None:
    """The holder's own change, after the edge has compared the old password. Ends all other sessions."""
    account = _locked(ctx, account_id)
    if account is None or account.person_id != ctx.actor.person_id:
        raise AccessDenied()
    account.password_hash, account.must_change = new_hash, False
    _end_sessions(ctx, account_id, keep_session)
    _note(ctx, account, "account.password_changed")


def reset_password(ctx: Context, account_id: int, new_hash: str) -> None:
    """An administrator's reset: the holder must choose a new one at the next sign-in. Sessions and tokens end."""
    permissions.require(ctx, Permission.ACCOUNT_MANAGE)
    account = _locked(ctx, account_id)
    if account is None:
        raise NotFound()
    account.password_hash, account.must_change = new_hash, True
    account.failed_count, account.first_failed_at, account.locked_until = 0, None, None
    _end_sessions(ctx, account_id, None)
    # Whoever knew the password may hold a token that outlives it.
    live = ApiToken.account_id == account_id, ApiToken.revoked_at.is_(None)
    ctx.session.execute(update(ApiToken).where(*live).values(revoked_at=ctx.clock.now()))
    _note(ctx, account, "account.password_reset")


def disable_account(ctx: Context, account_id: int) -> None:
    """Nobody signs in with it again; sessions and tokens end at once."""
    permissions.require(ctx, Permission.ACCOUNT_MANAGE)
    account = _locked(ctx, account_id)
    if account is None:
        raise NotFound()
    if account.disabled_at is None:
        account.disabled_at = ctx.clock.now()
        _end_sessions(ctx, account_id, None)
        _note(ctx, account, "account.disabled")


def _end_sessions(ctx: Context, account_id: int, keep: int | None) -> None:
    open_ones = update(SignInSession).where(
        SignInSession.account_id == account_id, SignInSession.ended_at.is_(None)
    )
    if keep is not None:
        open_ones = open_ones.where(SignInSession.id != keep)
    ctx.session.flush()
    ctx.session.execute(open_ones.values(ended_at=ctx.clock.now()))


def _locked(ctx: Context, account_id: int) -> Account | None:
    return ctx.session.scalar(
        select(Account)
        .where(Account.id == account_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _note(ctx: Context, account: Account, action: str, **detail: object) -> None:
    audit.record(ctx, f"account:{account.id}", action, ("account", account.id), **detail)


def _digest(secret: str) -> str:
    """Random secrets of 256 bits need no salt and no slowness."""
    return hashlib.sha256(secret.encode()).hexdigest()


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))
