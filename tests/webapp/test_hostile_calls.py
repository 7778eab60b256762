"""Calls that no honest program makes: each is refused with a sentence, on both databases, and none is unexpected."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from engine.clock import FixedClock
from engine.settings import Settings
from tests.engine.campaigns.city import City
from tests.webapp.api_world import PREFIX, Staffed
from tests.webapp.conftest import Browser
from tests.webapp.visitor import Visitor
from webapp.app import Duban, create_app


@pytest.fixture
def app(any_db: Engine, clock: FixedClock, settings: Settings) -> Duban:
    app = create_app(settings, clock, db=any_db)
    app.test_client_class = Browser
    return app


@pytest.fixture
def staffed(any_db: Engine, clock: FixedClock, settings: Settings) -> Staffed:
    return Staffed(City(any_db, clock, settings))


HUGE = 2**63
#: (who, method, path, body, statuses). A text body is sent as it stands.
CALLS: list[tuple[str, str, str, Any, set[int]]] = [
    ("officer", "GET", f"/work-items/{HUGE}", None, {404}),
    ("officer", "GET", f"/work-items/{HUGE - 1}", None, {404}),
    ("officer", "GET", "/work-items/%00", None, {404, 422}),
    ("officer", "GET", "/diagrams/work%00item", None, {422}),
    ("officer", "GET", f"/work-items?after={HUGE}", None, {200}),
    ("officer", "GET", "/work-items?after=①", None, {200}),
    ("officer", "GET", f"/work-items?campaign_id={HUGE}", None, {422}),
    ("officer", "GET", "/units?search=%00", None, {422}),
    ("officer", "GET", "/user-tasks?after=0001-01-01T00:00:00%2B23:59_1", None, {200}),
    ("officer", "GET", f"/user-tasks?after=2026-03-02T00:00:00%2B00:00_{HUGE}", None, {200}),
    ("audit admin", "GET", "/audit?since=0001-01-01&until=9999-12-31", None, {200}),
    ("system admin", "POST", "/people", {"name": "李\0娜"}, {422}),
    ("system admin", "POST", "/people", '{"name": "\\ud800"}', {422}),
    ("system admin", "POST", "/people", '{"\\ud800": "x"}', {422}),
    ("system admin", "POST", "/people", '{"name": ' + "[" * 100_000, {400}),
    ("system admin", "POST", "/people", '{"name": ' + "[" * 100_000 + "]" * 100_000 + "}", {400, 422}),
    ("system admin", "POST", "/people", '{"name": ' + "9" * 5_000 + "}", {400}),
    ("system admin", "POST", "/people", b"\xff\xfe", {400}),
    ("system admin", "POST", "/people", "null", {422}),
    ("system admin", "POST", "/people", "[]", {422}),
    ("system admin", "POST", "/units", {"name": "局" * 201, "level": "city", "kind": "department"}, {422}),
    (
        "system admin", "POST", "/units",
        {"name": "局", "level": "city", "kind": "department", "parent_id": HUGE}, {422},
    ),
    ("officer", "POST", "/key-tasks/{draft}/confirm", {"final_on": "9999-12-31"}, {422}),
    ("officer", "POST", "/key-tasks/{draft}/confirm", {"version": 10**30}, {409}),
    ("officer", "POST", "/rounds", {"campaign_id": HUGE, "title": "x", "rate": 1, "seed_source": "x"}, {422}),
    (
        "officer", "POST", "/rounds",
        {"campaign_id": 1, "title": "x", "rate": 10**30, "seed_source": "x"}, {422, 404},
    ),
    ("security admin", "POST", "/people/1/posts", {"unit_id": 1, "role": "head", "on": "9999-12-31"}, {201}),
    ("reporter", "POST", "/messages/read", {"ids": [HUGE]}, {422}),
    ("reporter", "POST", "/messages/read", {"ids": [1] * 1001}, {422}),
]  # fmt: skip


def test_what_no_honest_program_sends(app: Duban, staffed: Staffed) -> None:
    client = app.test_client()
    draft = staffed.city.key_task()
    found = {}
    for who, method, path, body, statuses in CALLS:
        sent = body if isinstance(body, str | bytes) else json.dumps(body)
        data = {} if body is None else {"data": sent, "content_type": "application/json"}
        answer = client.open(
            PREFIX + path.replace("{draft}", str(draft.id)),
            method=method,
            headers=staffed.bearer(who),
            **data,
        )
        if answer.status_code not in statuses:
            found[method, path, str(body)[:60]] = answer.status_code, answer.text[:200]
        elif answer.status_code >= 400:
            assert answer.mimetype == "application/problem+json"
            assert answer.json["detail"]  # type: ignore[index]
    assert found == {}


def test_what_no_browser_sends(app: Duban, staffed: Staffed) -> None:
    """The same doors on the pages: paths, addresses and forms."""
    officer = Visitor(app, staffed.city, staffed.people["officer"], {})
    for route, sent, status in (
        (f"GET /work-items/{HUGE}", None, 404),
        (f"GET /campaigns?after={HUGE}", None, 200),
        ("GET /campaigns?after=①", None, 200),
        (f"GET /plans?before={HUGE}", None, 200),
        ("GET /rounds?campaign=²", None, 200),
        (f"GET /messages?after={HUGE}", None, 200),
        ("GET /organisation?q=%00", None, 422),
        (f"GET /organisation?q=x&after={HUGE}", None, 200),
        (f"GET /organisation/people?after={HUGE}", None, 200),
        ("POST /messages/read", {"ids": str(HUGE)}, 303),
        ("POST /plans", {"text": "甲\0乙"}, 422),
        ("POST /rounds/new", {"title": "x", "campaign_id": str(HUGE), "rate": "1", "seed_source": "x"}, 422),
    ):
        answer = officer(route, None, sent)
        assert answer.status_code == status, (route, answer.status_code)


def test_more_than_fits(any_db: Engine, clock: FixedClock, settings: Settings, staffed: Staffed) -> None:
    app = create_app(replace(settings, max_upload_bytes=1000), clock, db=any_db)
    headers = {**staffed.bearer("reporter"), "X-Filename": "a.txt"}
    upload = {"content_type": "application/octet-stream", "headers": headers}
    answers = [app.test_client().post(f"{PREFIX}/files", data=b"x" * size, **upload) for size in (1000, 1001)]
    assert [answer.status_code for answer in answers] == [201, 413]
    assert answers[1].mimetype == "application/problem+json"
