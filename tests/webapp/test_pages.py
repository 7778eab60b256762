"""What holds for every page: headers, language, form tokens, errors where the person is."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from engine.clock import FixedClock
from engine.context import Actor
from engine.settings import Settings
from tests.webapp.conftest import Browser
from webapp.app import Duban, create_app


def test_strict_headers_on_every_answer(browser: Browser, reporter: Actor) -> None:
    browser.sign_in("li.na")
    for path in ("/sign-in", "/password", "/nowhere", "/api/v1/me", "/api/docs", "/healthz"):
        headers = browser.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "form-action 'self'" in policy
        assert "unsafe-eval" not in policy
        assert "script-src" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"


def test_a_form_without_its_token_is_refused(browser: Browser, reporter: Actor) -> None:
    answer = browser.post("/sign-in", data={"login": "li.na", "password": "x"})
    assert (answer.status_code, "页面已过期，请刷新后重试" in answer.text) == (400, True)
    assert browser.sign_in("li.na").status_code == 303


def test_another_sessions_form_token_is_refused(app: Duban, browser: Browser, reporter: Actor) -> None:
    other: Any = app.test_client()
    stolen = other.get("/sign-in").text.split('csrf-token" content="')[1].split('"')[0]
    browser.sign_in("li.na")
    assert browser.post("/sign-out", data={"csrf_token": stolen}).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("POST", "/healthz", 405), ("GET", "/sign-out", 405)],
)
def test_errors_have_a_page_with_a_way_back(browser: Browser, method: str, path: str, status: int) -> None:
    answer = browser.open(path, method=method)
    assert answer.status_code == status
    assert "回到首页" in answer.text
    if status == 405:
        assert answer.headers["Allow"]


def test_the_language_is_asked_for_once_and_remembered(browser: Browser) -> None:
    assert '<html lang="zh-CN">' in browser.get("/sign-in").text
    assert '<html lang="en">' in browser.get("/sign-in?lang=en").text
    assert '<html lang="en">' in browser.get("/sign-in").text
    assert '<html lang="zh-CN">' in browser.get("/sign-in?lang=zh").text
    assert '<html lang="zh-CN">' in browser.get("/sign-in?lang=xx").text


def test_the_switch_keeps_the_rest_of_the_address(browser: Browser) -> None:
    assert "/sign-in?next=%2Fpassword&amp;lang=en" in browser.get("/sign-in?next=/password").text


def test_what_was_typed_is_kept_and_never_run(browser: Browser) -> None:
    answer = browser.sign_in("<script>alert(1)</script>")
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "<script>alert(1)" not in answer.text


def test_a_too_large_form_is_refused(browser: Browser) -> None:
    answer = browser.post("/sign-in", data={"login": "x" * 26_000_000})
    assert (answer.status_code, "提交的内容过大" in answer.text) == (413, True)


def test_no_server_without_a_secret(db: Engine, clock: FixedClock, settings: Settings) -> None:
    with pytest.raises(ValueError, match="DUBAN_SECRET_KEY"):
        create_app(replace(settings, secret_key=""), clock, db=db)


def test_health(browser: Browser) -> None:
    assert browser.get("/healthz").json == {"status": "ok"}
