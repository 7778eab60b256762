"""What people with an account, or with none, tried to get by: each of these once succeeded."""

import json
import struct
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from werkzeug.datastructures import Headers

from engine.campaigns import rules as campaign_rules
from engine.clock import FixedClock, local_date
from engine.context import Actor, Context, Role
from engine.db import transaction
from engine.errors import InvalidInput, RuleViolation
from engine.files.media import identify
from engine.inspections import rules as inspection_rules
from engine.inspections.models import CheckState, RectificationState, Severity
from engine.organisation import accounts, queries, service
from engine.organisation.credentials import Account
from engine.organisation.models import Unit
from engine.settings import Settings
from engine.working_days.periods import Period
from tests import factories
from tests.conftest import START
from tests.webapp.conftest import Browser, make_app
from webapp.app import Duban
from webapp.plain_input import LARGEST_BODY, LARGEST_FORM, LARGEST_OF_STRANGERS, MOST_FIELDS

FORM = "application/x-www-form-urlencoded"
TODAY = local_date(START)
Act = Callable[..., Any]


@pytest.fixture
def app(sqlite_db: Engine, clock: FixedClock, settings: Settings) -> Duban:
    return make_app(settings, clock, sqlite_db)


@pytest.mark.parametrize(
    "next", ["/\t/evil.example", "/\t\\evil.example", "/\x0b/evil.example", "/a\rSet-Cookie: x"]
)
def test_signing_in_leads_to_no_other_host(browser: Browser, reporter: Actor, next: str) -> None:
    answer = browser.submit("/sign-in", {"login": "li.na", "password": factories.PASSWORD, "next": next})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize("path", ["//evil.example/x", "/%5Cevil.example/x", "/%2F/evil.example"])
def test_the_language_switch_leads_to_no_other_host(browser: Browser, path: str) -> None:
    answer = browser.open(
        "/nothing", environ_overrides={"PATH_INFO": path.replace("%5C", "\\").replace("%2F", "/")}
    )
    assert answer.status_code == 404
    assert 'href="//evil' not in answer.text
    assert 'href="/\\evil' not in answer.text


def test_strangers_send_little(browser: Browser) -> None:
    for path, kind in (
        ("/sign-in", FORM),
        ("/sign-in/persona", FORM),
        ("/api/v1/tokens", "application/json"),
    ):
        answer = browser.post(path, data=b"[" * (LARGEST_OF_STRANGERS + 1), content_type=kind)
        assert answer.status_code == 413, path


def test_a_form_of_countless_fields_is_refused_unread(browser: Browser, reporter: Actor) -> None:
    browser.sign_in("li.na")
    began = time.thread_time()
    answer = browser.post("/password", data=b"a&" * (LARGEST_BODY // 2), content_type=FORM)
    assert answer.status_code == 413
    assert time.thread_time() - began < 1  # reading them takes several seconds
    few = browser.submit("/password", {f"a{n}": "" for n in range(MOST_FIELDS // 2)})
    assert few.status_code == 422


@pytest.mark.parametrize("path", ["/files", "/plans/upload", "/plans"])
def test_an_upload_that_calls_itself_a_form_is_not_read_into_memory(
    browser: Browser, reporter: Actor, path: str
) -> None:
    browser.sign_in("li.na")
    answer = browser.post(path, data=b"a=" + b"x" * LARGEST_FORM, content_type=FORM)
    assert answer.status_code == 413


def test_a_call_of_the_api_is_not_larger_than_its_fields(browser: Browser, reporter: Actor, act: Act) -> None:
    headers = Headers({"Authorization": f"Bearer {_token(act, reporter)}"})
    sent = json.dumps({"ids": ["x" * LARGEST_BODY]})
    answer = browser.post(
        "/api/v1/messages/read", data=sent, content_type="application/json", headers=headers
    )
    assert answer.status_code == 413


def test_only_who_may_import_has_a_text_read(
    browser: Browser, reporter: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading a long text costs time, whoever asks for it."""
    browser.sign_in("li.na")
    monkeypatch.setattr("webapp.plan_intake.read_draft", lambda *_: pytest.fail("the text was read"))
    assert browser.submit("/plans", {"text": "一、任务"}).status_code == 403


@pytest.mark.parametrize("on", [date(2000, 1, 1), TODAY - timedelta(1), TODAY])
def test_no_date_joins_the_powers_that_are_kept_apart(act: Act, unit: Unit, on: date) -> None:
    """Of days before the first appointment and after a dismissal that is still to come."""
    auditor = act(lambda ctx: factories.make_person(ctx, unit, Role.AUDIT_ADMIN))
    security = act(lambda ctx: factories.make_person(ctx, unit, Role.SECURITY_ADMIN))
    with pytest.raises(RuleViolation) as refused:
        act(lambda ctx: service.appoint(ctx, auditor.person_id, unit.id, Role.SYSTEM_ADMIN, on=on), security)
    assert refused.value.code == "organisation.separation_of_powers"
    assert _roles(act, auditor) == {Role.AUDIT_ADMIN}


def test_an_appointment_ahead_counts_already(act: Act, unit: Unit) -> None:
    person = act(lambda ctx: factories.make_person(ctx))
    later = TODAY + timedelta(7)
    act(lambda ctx: service.appoint(ctx, person.person_id, unit.id, Role.AUDIT_ADMIN, on=later))
    with pytest.raises(RuleViolation):
        act(lambda ctx: service.appoint(ctx, person.person_id, unit.id, Role.SYSTEM_ADMIN))


def test_an_administrator_acts_through_no_delegation(act: Act, unit: Unit) -> None:
    auditor = act(lambda ctx: factories.make_person(ctx, unit, Role.AUDIT_ADMIN))
    head = act(lambda ctx: factories.make_person(ctx, unit, Role.HEAD))
    act(
        lambda ctx: service.delegate(ctx, head.person_id, auditor.person_id, start_on=TODAY, end_on=TODAY),
        head,
    )
    assert _roles(act, auditor) == {Role.AUDIT_ADMIN}


def test_a_reset_ends_tokens_too(browser: Browser, act: Act, reporter: Actor) -> None:
    """Whoever had guessed the password took a token for ninety days."""
    headers = Headers({"Authorization": f"Bearer {_token(act, reporter)}"})
    assert browser.get("/api/v1/me", headers=headers).status_code == 200
    account_id = act(lambda ctx: _account(ctx, reporter).id)
    act(lambda ctx: accounts.reset_password(ctx, account_id, factories.password_hash()))
    browser.sign_in("li.na")
    new = "Neu-und-lang-2026"
    changed = browser.submit("/password", {"old": factories.PASSWORD, "password": new, "again": new})
    assert changed.status_code == 303
    assert browser.get("/api/v1/me", headers=headers).status_code == 401


@pytest.mark.parametrize("bound", ["from=0001-01-01", "to=9999-12-31", "from=9999-12-31", "to=0001-01-01"])
def test_the_ends_of_the_calendar_are_no_error(browser: Browser, act: Act, unit: Unit, bound: str) -> None:
    def make(ctx: Context) -> Actor:
        auditor = factories.make_person(ctx, unit, Role.AUDIT_ADMIN)
        factories.make_account(ctx, auditor, "auditor")
        return auditor

    act(make)
    browser.sign_in("auditor")
    assert browser.get(f"/audit?{bound}").status_code == 200
    assert browser.get(f"/audit/export.csv?{bound}").data.count(b"\n") >= 1


def test_no_limit_lies_centuries_ahead() -> None:
    """`9999-12-31` ended in an error without a sentence; a year before, in a hundred thousand monthly reports."""
    far, day = date.max - timedelta(400), TODAY
    finding = inspection_rules.FindingDraft("台账缺页", Severity.GENERAL, far)
    for check in (
        lambda: inspection_rules.check_record(CheckState.OPEN, day, day, day, "不符", [finding]),
        lambda: inspection_rules.check_verification(
            RectificationState.SUBMITTED, False, "未整改", far, day, day
        ),
        lambda: campaign_rules.with_defaults([], final_on=far, progress=Period.MONTH, year=2026, today=day),
    ):
        with pytest.raises(InvalidInput) as refused:
            check()
        assert refused.value.code == "plans.limit_far"


def test_over_https_cookies_and_hosts_are_bound_to_it(
    sqlite_db: Engine, clock: FixedClock, settings: Settings, reporter: Actor
) -> None:
    app = make_app(replace(settings, base_url="https://duban.example"), clock, sqlite_db)
    browser: Any = app.test_client()
    page = browser.get("/sign-in", base_url="https://duban.example")
    assert page.headers["Strict-Transport-Security"].startswith("max-age=")
    assert all("Secure" in cookie for cookie in page.headers.getlist("Set-Cookie"))
    assert page.headers.getlist("Set-Cookie")


def test_a_directory_told_of_by_zip64_is_measured_too(tmp_path: Path) -> None:
    """The plain end record tells of 47 bytes, the zip64 record in front of it of 19 MB: zipfile believes the latter."""
    entry = (
        struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0)
        + b"a"
    )
    count = 400_000
    end = 4 + len(entry) * count
    path = tmp_path / "材料.zip"
    path.write_bytes(
        b"PK\3\4" + entry * count
        + struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, end - 4, 4)
        + struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
        + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 47, 4, 0)
    )  # fmt: skip
    with pytest.raises(InvalidInput):
        identify(path, path.name)


def test_a_failed_statement_tells_not_what_it_was_given(sqlite_db: Engine, db: Engine) -> None:
    for engine in (sqlite_db, db):
        with transaction(engine, read_only=True) as session, pytest.raises(DBAPIError) as failed:
            session.execute(text("select * from no_such_table where secret = :secret"), {"secret": "geheim"})
        assert "geheim" not in str(failed.value)


def _roles(act: Act, actor: Actor) -> set[Role]:
    held = act(lambda ctx: queries.acting_posts(ctx.session, actor.person_id or 0, TODAY))
    return {role for _, role in held}


def _account(ctx: Context, actor: Actor) -> Account:
    return ctx.session.scalars(select(Account).where(Account.person_id == actor.person_id)).one()


def _token(act: Act, actor: Actor) -> str:
    secret: str = act(lambda ctx: accounts.issue_token(ctx, _account(ctx, actor).id, name="test")[1])
    return secret
