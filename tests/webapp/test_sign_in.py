"""Coming in, being kept out, and going."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import audit
from engine.clock import FixedClock
from engine.context import Actor, Context, Role
from engine.organisation import accounts
from engine.organisation.credentials import Account, SignInSession
from engine.organisation.models import Unit
from tests import factories
from tests.webapp.conftest import Browser
from webapp.app import Duban

REFUSED = "登录名或密码不正确"


def test_signing_in_and_out(browser: Browser, reporter: Actor) -> None:
    answer = browser.sign_in("Li.Na ")
    assert answer.status_code == 303
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("duban_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    page = browser.get("/password")
    assert "李娜" in page.text
    assert "市司法局" in page.text
    token = browser.get_cookie("duban_session")
    assert token is not None
    assert browser.submit("/sign-out").status_code == 303
    browser.set_cookie("duban_session", token.value)
    assert browser.get("/password").status_code == 303


def test_the_secret_is_not_in_the_database(
    browser: Browser, reporter: Actor, act: Callable[..., Any]
) -> None:
    browser.sign_in("li.na")
    token = browser.get_cookie("duban_session")
    assert token is not None
    [stored] = act(lambda ctx: ctx.session.scalars(select(SignInSession.token_hash)).all())
    assert token.value not in stored


@pytest.mark.parametrize("login", ["li.na", "nobody", "", "x" * 500, "'; DROP TABLE account; --"])
def test_a_refusal_says_the_same_to_all(browser: Browser, reporter: Actor, login: str) -> None:
    answer = browser.sign_in(login, "Wrong-password-1")
    assert answer.status_code == 401
    assert REFUSED in answer.text
    assert "duban_session" not in answer.headers.get("Set-Cookie", "")


def test_five_failures_lock_for_fifteen_minutes(
    browser: Browser, reporter: Actor, clock: FixedClock, act: Callable[..., Any]
) -> None:
    for _ in range(5):
        assert browser.sign_in("li.na", "wrong").status_code == 401
    locked = browser.sign_in("li.na")
    assert (locked.status_code, REFUSED in locked.text) == (401, True)
    clock.move(minutes=14)
    assert browser.sign_in("li.na").status_code == 401
    clock.move(minutes=2)
    assert browser.sign_in("li.na").status_code == 303
    account_id = act(lambda ctx: ctx.session.scalar(select(Account.id)))
    actions = [e.action for e in act(lambda ctx: audit.history(ctx.session, f"account:{account_id}"))]
    assert actions[:3] == ["account.signed_in", "sign_in.refused", "sign_in.refused"]
    assert actions.count("account.locked") == 1


def test_failures_far_apart_do_not_lock(browser: Browser, reporter: Actor, clock: FixedClock) -> None:
    for _ in range(3):
        for _ in range(4):
            browser.sign_in("li.na", "wrong")
        clock.move(minutes=16)
    assert browser.sign_in("li.na").status_code == 303


def test_page_and_api_count_together(browser: Browser, reporter: Actor) -> None:
    for _ in range(3):
        browser.sign_in("li.na", "wrong")
    for _ in range(2):
        answer = browser.post("/api/v1/tokens", json={"login": "li.na", "password": "wrong"})
        assert (answer.status_code, answer.json["code"]) == (401, "accounts.sign_in_refused")
    right = {"login": "li.na", "password": factories.PASSWORD}
    assert browser.post("/api/v1/tokens", json=right).status_code == 401
    assert browser.sign_in("li.na").status_code == 401


def test_an_idle_session_ends_on_the_server(browser: Browser, reporter: Actor, clock: FixedClock) -> None:
    browser.sign_in("li.na")
    for _ in range(3):
        clock.move(minutes=20)
        assert browser.get("/password").status_code == 200
    clock.move(minutes=31)
    answer = browser.get("/password", follow_redirects=True)
    assert "登录已超时" in answer.text


def test_a_visit_is_noted_once_a_minute(
    browser: Browser, reporter: Actor, clock: FixedClock, act: Callable[..., Any]
) -> None:
    def seen() -> Any:
        return act(lambda ctx: ctx.session.scalar(select(SignInSession.last_seen_at)))

    browser.sign_in("li.na")
    first = seen()
    clock.move(seconds=30)
    browser.get("/password")
    assert seen() == first
    clock.move(seconds=31)
    browser.get("/password")
    assert seen() == first + timedelta(seconds=61)


def test_signing_in_again_gives_a_new_session(browser: Browser, reporter: Actor) -> None:
    browser.sign_in("li.na")
    old = browser.get_cookie("duban_session")
    browser.sign_in("li.na")
    new = browser.get_cookie("duban_session")
    assert old is not None
    assert new is not None
    assert old.value != new.value
    browser.set_cookie("duban_session", old.value)
    assert browser.get("/password").status_code == 303


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/password?a=1", "/password?a=1"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_where_signing_in_leads(browser: Browser, reporter: Actor, wanted: str, goes: str) -> None:
    form = {"login": "li.na", "password": factories.PASSWORD, "next": wanted}
    assert browser.submit("/sign-in", form).headers["Location"] == goes


def test_a_first_password_must_be_changed(browser: Browser, unit: Unit, act: Callable[..., Any]) -> None:
    def make(ctx: Context) -> None:
        actor = factories.make_person(ctx, unit, Role.HEAD)
        factories.make_account(ctx, actor, "zhou", must_change=True)

    act(make)
    browser.sign_in("zhou")
    assert browser.get("/").headers["Location"] == "/password"
    token = browser.post("/api/v1/tokens", json={"login": "zhou", "password": factories.PASSWORD}).json[
        "token"
    ]
    refused = browser.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert (refused.status_code, refused.json["code"]) == (403, "accounts.must_change")
    new = {"old": factories.PASSWORD, "password": "Xin-mima-2026", "again": "Xin-mima-2026"}
    assert browser.submit("/password", new).status_code == 303
    assert browser.get("/").headers["Location"] != "/sign-in"
    assert browser.get("/password").status_code == 200
    assert browser.sign_in("zhou", "Xin-mima-2026").status_code == 303


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"old": "wrong", "password": "Xin-mima-2026", "again": "Xin-mima-2026"}, REFUSED),
        ({"old": factories.PASSWORD, "password": "short", "again": "short"}, "10至200个字符"),
        ({"old": factories.PASSWORD, "password": "alllowercase", "again": "alllowercase"}, "至少三类"),
        (
            {"old": factories.PASSWORD, "password": "Li.na-is-2026", "again": "Li.na-is-2026"},
            "不得包含登录名",
        ),
        ({"old": factories.PASSWORD, "password": "Xin-mima-2026", "again": "Xin-mima-2027"}, "不一致"),
        (
            {"old": factories.PASSWORD, "password": factories.PASSWORD, "again": factories.PASSWORD},
            "不得与原密码",
        ),
    ],
)
def test_a_bad_new_password_is_refused_beside_its_field(
    browser: Browser, reporter: Actor, form: dict[str, str], sentence: str
) -> None:
    browser.sign_in("li.na")
    answer = browser.submit("/password", form)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert browser.sign_in("li.na").status_code == 303


def test_a_new_password_ends_the_other_sessions(app: Duban, browser: Browser, reporter: Actor) -> None:
    other: Any = app.test_client()
    other.sign_in("li.na")
    browser.sign_in("li.na")
    browser.submit(
        "/password", {"old": factories.PASSWORD, "password": "Xin-mima-2026", "again": "Xin-mima-2026"}
    )
    assert browser.get("/password").status_code == 200
    assert other.get("/password").status_code == 303


def test_a_disabled_account_is_out_at_once(
    browser: Browser, reporter: Actor, act: Callable[..., Any]
) -> None:
    browser.sign_in("li.na")
    account_id = act(lambda ctx: ctx.session.scalar(select(Account.id)))
    act(lambda ctx: accounts.disable_account(ctx, account_id))
    assert browser.get("/password").status_code == 303
    assert browser.sign_in("li.na").status_code == 401


def test_personas_exist_in_demo_mode_only(app: Duban, reporter: Actor) -> None:
    client: Any = app.test_client()
    assert "li.na" not in client.get("/sign-in").text
    assert client.submit("/sign-in/persona", {"login": "li.na"}).status_code == 404
    base = app.extensions["duban"]
    app.extensions["duban"] = replace(base, settings=replace(base.settings, demo=True))
    assert "李娜" in client.get("/sign-in").text
    assert client.submit("/sign-in/persona", {"login": "li.na"}).status_code == 303
    assert "李娜" in client.get("/password").text


def test_a_persona_must_be_one_that_is_shown(demo_app: Duban) -> None:
    client: Any = demo_app.test_client()
    assert client.submit("/sign-in/persona", {"login": "nobody"}).status_code == 404
