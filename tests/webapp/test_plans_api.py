"""The plan's verbs through the API: import by text and by file, settle, confirm, refuse."""

from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from engine.campaigns.models import Campaign
from engine.plans.models import Plan
from tests import factories
from tests.engine.plans.sample import TEXT, Town
from webapp.app import Duban

API = "/api/v1"


class Client:
    """An HTTP client with the officer's token."""

    def __init__(self, app: Duban, login: str) -> None:
        self.client = app.test_client()
        asked = {"login": login, "password": factories.PASSWORD}
        token = self.client.post(f"{API}/tokens", json=asked).json["token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.open(API + path, method=method, json=body, headers={**self.headers, **headers})

    def stage(self, data: bytes, name: str) -> int:
        headers = {**self.headers, "X-Filename": quote(name)}
        answer = self.client.post(
            f"{API}/files", data=data, headers=headers, content_type="application/octet-stream"
        )
        return int(answer.json["id"])


@pytest.fixture
def town(app: Duban) -> Town:
    base = app.extensions["duban"]
    town = Town(base.db, base.clock, base.settings)
    town.act(lambda ctx: factories.make_account(ctx, town.officer, "zhou.min"))
    town.act(lambda ctx: factories.make_account(ctx, town.reporter, "wang.lei"))
    return town


@pytest.fixture
def api(app: Duban, town: Town) -> Client:
    return Client(app, "zhou.min")


def test_a_plan_goes_in_is_settled_and_confirmed(api: Client, town: Town) -> None:
    created = api("POST", "/plans", {"text": TEXT})
    assert created.status_code == 201
    id = created.json["id"]
    shown = api("GET", f"/plans/{id}").json
    assert [len(task["problems"]) for task in shown["key_tasks"]] == [1, 0, 2, 2, 1]
    assert shown["key_tasks"][0]["problems"] == [
        {"code": "group", "text": "“各县（市、区）人民政府”尚未展开为具体单位"}
    ]
    first, _, third, fourth, _ = shown["key_tasks"]
    units = {unit["written"]: unit for task in shown["key_tasks"] for unit in task["units"]}
    group = {"unit_ids": [town.id("临溪县"), town.id("望江区")], "version": first["version"]}
    answer = api("PUT", f"/plans/{id}/units/{units['各县（市、区）人民政府']['id']}", group)
    assert answer.status_code == 200
    assert answer.json["problems"] == []
    stale = api("PATCH", f"/plans/{id}/key-tasks/{first['id']}", {"title": "晚", "version": first["version"]})
    assert (stale.status_code, stale.json["code"]) == (409, "plans.stale")
    assert town.id("市公安局") in units["市公安居"]["proposals"]
    api("PUT", f"/plans/{id}/units/{units['市公安居']['id']}", {"unit_ids": [town.id("市公安局")]})
    patched = api("PATCH", f"/plans/{id}/key-tasks/{fourth['id']}", {"dropped": True, "title": "清理指南"})
    assert (patched.json["dropped"], patched.json["title"]) == (True, "清理指南")
    limit = {"kind": "date", "data": {"on": "2026-11-30"}}
    added = api("POST", f"/plans/{id}/key-tasks/{third['id']}/limits", limit)
    assert (added.status_code, added.json["limits"][0]["data"]) == (201, {"on": "2026-11-30"})
    refused = api("POST", f"/plans/{id}/confirm", {})
    assert (refused.status_code, refused.json["code"]) == (422, "plans.unresolved")
    defaults = api("POST", f"/plans/{id}/default-limits", {"final_on": "2026-12-31", "period": "quarter"})
    confirmed = api("POST", f"/plans/{id}/confirm", {"version": defaults.json["version"]})
    assert confirmed.status_code == 201
    assert town.all(Campaign)[0].id == confirmed.json["id"]
    assert api("GET", "/plans").json["items"][0]["state"] == "confirmed"


def test_repeating_an_import_with_the_same_key_has_one_effect(api: Client, town: Town) -> None:
    file = api.stage(TEXT.encode(), "方案.txt")
    answers = [api("POST", "/plans", {"file": file}, **{"Idempotency-Key": "k1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert town.read(lambda s: s.scalar(select(func.count()).select_from(Plan))) == 1
    assert api("POST", "/plans", {"file": file}).status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "plans.nothing_given"),
        ({"text": "会议圆满结束。"}, "plans.no_key_tasks"),
        ({"text": TEXT, "office_unit_id": None, "boss": 1}, "http.422"),
    ],
)
def test_what_is_no_plan_is_refused(api: Client, town: Town, body: dict[str, Any], code: str) -> None:
    answer = api("POST", "/plans", body)
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert town.all(Plan) == []


def test_others_get_nothing(api: Client, town: Town, app: Duban) -> None:
    id = api("POST", "/plans", {"text": TEXT}).json["id"]
    other = Client(app, "wang.lei")
    assert other("GET", f"/plans/{id}").status_code == 403
    assert other("GET", "/plans").json["items"] == []
    assert other("POST", "/plans", {"text": TEXT}).status_code == 403
    assert other("POST", f"/plans/{id}/confirm", {}).status_code == 403
    assert other("POST", f"/plans/{id}/discard").status_code == 403
    part = town.part(town.all(Plan)[0], 3, "市公安居")
    assert other("PUT", f"/plans/{id}/units/{part.id}", {"unit_ids": [1]}).status_code == 403
