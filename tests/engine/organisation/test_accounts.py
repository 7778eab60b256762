"""Accounts under the hood: races, locks, secrets."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from engine.clock import FixedClock
from engine.context import Actor, Context, Role
from engine.db import retrying, transaction
from engine.errors import AccessDenied, InvalidInput
from engine.organisation import accounts
from engine.organisation.credentials import Account, ApiToken, SignInSession
from engine.settings import Settings
from tests import factories

Act = Callable[..., object]


@pytest.fixture
def account_id(any_db: Engine, clock: FixedClock, settings: Settings) -> int:
    with transaction(any_db) as session:
        ctx = Context(session, Actor.system("test"), clock, settings)
        actor = factories.make_person(ctx, factories.make_unit(ctx), Role.HEAD)
        return factories.make_account(ctx, actor, "zhou").id


def attempt(db: Engine, clock: FixedClock, settings: Settings, password: str) -> bool:
    with transaction(db, read_only=True) as session:
        found = accounts.look_up(session, "zhou")
    matches = accounts.password_matches(found, password)

    def settle() -> bool:
        with transaction(db) as session:
            ctx = Context(session, Actor.system("sign-in"), clock, settings)
            return accounts.sign_in(ctx, found, matches, ip="192.0.2.1") is not None

    return retrying(settle)


def test_failures_at_the_same_time_are_all_counted(
    any_db: Engine, clock: FixedClock, settings: Settings, account_id: int
) -> None:
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: attempt(any_db, clock, settings, "wrong"), range(5)))
    assert answers == [False] * 5
    assert not attempt(any_db, clock, settings, factories.PASSWORD)
    with transaction(any_db, read_only=True) as session:
        account = session.get(Account, account_id)
        assert account is not None
        assert (account.failed_count, account.locked_until) == (5, clock.now() + timedelta(minutes=15))


def test_a_right_guess_that_comes_too_late_is_refused(
    any_db: Engine, clock: FixedClock, settings: Settings, account_id: int
) -> None:
    with transaction(any_db, read_only=True) as session:
        found = accounts.look_up(session, "zhou")
    for _ in range(5):
        attempt(any_db, clock, settings, "wrong")
    with transaction(any_db) as session:
        ctx = Context(session, Actor.system("sign-in"), clock, settings)
        assert accounts.sign_in(ctx, found, True, ip="") is None


def test_a_password_changed_meanwhile_is_refused(
    any_db: Engine, clock: FixedClock, settings: Settings, account_id: int
) -> None:
    with transaction(any_db) as session:
        ctx = Context(session, Actor.system("sign-in"), clock, settings)
        found = accounts.look_up(session, "zhou")
        accounts.reset_password(ctx, account_id, "another hash")
        assert accounts.sign_in(ctx, found, True, ip="") is None


def test_an_unknown_login_matches_nothing() -> None:
    assert not accounts.password_matches(None, factories.PASSWORD)
    assert not accounts.password_matches(accounts.Credentials(1, "no hash"), factories.PASSWORD)


def test_secrets_are_kept_as_hashes(
    any_db: Engine, clock: FixedClock, settings: Settings, account_id: int
) -> None:
    with transaction(any_db) as session:
        ctx = Context(session, Actor.system("test"), clock, settings)
        token = accounts.open_session(ctx, account_id, ip="192.0.2.1")
        _, secret = accounts.issue_token(ctx, account_id, name="报表")
        stored = [
            *session.scalars(select(SignInSession.token_hash)),
            *session.scalars(select(ApiToken.token_hash)),
        ]
        assert token not in stored
        assert secret not in stored
        assert accounts.find_session(session, token, clock.now(), timedelta(minutes=30)) is not None
        assert accounts.find_session(session, secret, clock.now(), timedelta(minutes=30)) is None
        assert accounts.find_token(session, secret, clock.now()) is not None


def test_a_login_is_used_once_for_ever(make_ctx: Callable[..., Context]) -> None:
    ctx = make_ctx()
    first = factories.make_account(ctx, factories.make_person(ctx), "zhou")
    accounts.disable_account(ctx, first.id)
    with pytest.raises(InvalidInput):
        factories.make_account(ctx, factories.make_person(ctx), " ZHOU")
    assert ctx.session.scalar(select(Account.disabled_at)) is not None


def test_only_the_holder_changes_a_password(make_ctx: Callable[..., Context]) -> None:
    ctx = make_ctx()
    mine, other = factories.make_person(ctx), factories.make_person(ctx)
    account = factories.make_account(ctx, mine)
    with pytest.raises(AccessDenied):
        accounts.change_password(make_ctx(other), account.id, "x")
    accounts.change_password(make_ctx(mine), account.id, "x")
    assert account.password_hash == "x"


def test_the_database_refuses_a_capital_login(any_db: Engine, account_id: int) -> None:
    with pytest.raises(IntegrityError), transaction(any_db) as session:
        session.execute(Account.__table__.update().values(login="Zhou"))  # type: ignore[attr-defined]
