"""The API's own ways: tokens, problem details, repeated requests, its description."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from engine.clock import FixedClock
from engine.context import Actor
from engine.idempotency import IdempotencyKey
from engine.organisation import service
from engine.organisation.models import Unit, UnitLevel
from engine.settings import Settings
from tests import factories
from webapp.api import ApiBlueprint
from webapp.app import Duban, create_app
from webapp.requests import context


@pytest.fixture
def app(any_db: Engine, clock: FixedClock, settings: Settings) -> Duban:
    """With one writing call, which makes a unit and answers its id."""
    app = create_app(settings, clock, db=any_db)
    app.testing = True
    blueprint = ApiBlueprint("probe", "/probe", "For tests.")

    @blueprint.post("/<how>")
    def make(how: str) -> Any:
        ctx = context()
        made = service.create_unit(
            type(ctx)(ctx.session, Actor.system("probe"), ctx.clock, ctx.settings),
            name="云川市档案局",
            level=UnitLevel.CITY,
        )
        return {"id": made.id}, 422 if how == "refused" else 201

    app.extensions["csrf"].exempt(blueprint)
    app.extensions["duban.api"].register_blueprint(blueprint)
    return app


@pytest.fixture
def client(app: Duban, reporter: Actor) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def bearer(client: FlaskClient) -> dict[str, str]:
    return {"Authorization": "Bearer " + token(client)}


def token(client: FlaskClient, **more: Any) -> str:
    asked = {"login": "li.na", "password": factories.PASSWORD, **more}
    found: str = client.post("/api/v1/tokens", json=asked).json["token"]  # type: ignore[index]
    return found


def count(db: Engine, model: Any) -> int:
    with db.connect() as connection:
        return connection.scalar(select(func.count()).select_from(model)) or 0


def test_who_one_is(client: FlaskClient, bearer: dict[str, str], reporter: Actor) -> None:
    [(unit_id, role)] = reporter.posts
    assert client.get("/api/v1/me", headers=bearer).json == {
        "person_id": reporter.person_id,
        "name": "李娜",
        "posts": [{"unit_id": unit_id, "role": role}],
    }


def test_a_token_can_be_given_up(client: FlaskClient, bearer: dict[str, str]) -> None:
    assert client.delete("/api/v1/tokens/current", headers=bearer).status_code == 204
    answer = client.get("/api/v1/me", headers=bearer)
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


def test_a_token_expires(client: FlaskClient, bearer: dict[str, str], clock: FixedClock) -> None:
    clock.move(days=90)
    assert client.get("/api/v1/me", headers=bearer).status_code == 401


def test_a_read_only_token_reads(client: FlaskClient, any_db: Engine) -> None:
    bearer = {"Authorization": "Bearer " + token(client, read_only=True)}
    assert client.get("/api/v1/me", headers=bearer).status_code == 200
    answer = client.post("/api/v1/probe/good", headers=bearer)
    assert (answer.status_code, answer.json["code"]) == (403, "tokens.read_only")  # type: ignore[index]


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer nonsense", "Basic bGkubmE6eA==", "x"])
def test_other_credentials_are_refused(client: FlaskClient, header: str) -> None:
    assert client.get("/api/v1/me", headers={"Authorization": header}).status_code == 401


def test_a_problem_names_code_sentence_and_fields(client: FlaskClient) -> None:
    answer = client.post("/api/v1/tokens", json={"login": 7})
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.json["code"] == "http.422"  # type: ignore[index]
    assert set(answer.json["errors"]["json"]) == {"login", "password"}  # type: ignore[index]
    refused = client.post("/api/v1/tokens", json={"login": "x", "password": "y"})
    assert refused.json["detail"].startswith("登录名或密码不正确")  # type: ignore[index]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/api/v1/nowhere", 404), ("TRACE", "/api/v1/me", 405)]
)
def test_what_is_not_there_is_a_problem_too(client: FlaskClient, method: str, path: str, status: int) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    if status == 405:
        assert "GET" in answer.headers["Allow"]


def test_a_repeated_request_has_one_effect(
    client: FlaskClient, bearer: dict[str, str], any_db: Engine
) -> None:
    before = count(any_db, Unit)
    keyed = {**bearer, "Idempotency-Key": "one"}
    first = client.post("/api/v1/probe/good", headers=keyed)
    second = client.post("/api/v1/probe/good", headers=keyed)
    assert (first.status_code, first.json) == (second.status_code, second.json)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert count(any_db, Unit) == before + 1
    client.post("/api/v1/probe/good", headers={**bearer, "Idempotency-Key": "two"})
    assert count(any_db, Unit) == before + 2


def test_a_key_belongs_to_one_request(client: FlaskClient, bearer: dict[str, str]) -> None:
    keyed = {**bearer, "Idempotency-Key": "one"}
    client.post("/api/v1/probe/good", headers=keyed)
    other = client.post("/api/v1/probe/good", headers=keyed, json={"a": 1})
    assert (other.status_code, other.json["code"]) == (422, "idempotency.reused")  # type: ignore[index]


def test_a_refusal_does_not_use_up_the_key(
    client: FlaskClient, bearer: dict[str, str], any_db: Engine
) -> None:
    keyed = {**bearer, "Idempotency-Key": "one"}
    assert client.post("/api/v1/probe/refused", headers=keyed).status_code == 422
    assert count(any_db, IdempotencyKey) == 0
    assert client.post("/api/v1/probe/good", headers=keyed).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_bad_key_is_refused(client: FlaskClient, bearer: dict[str, str], key: str) -> None:
    answer = client.post("/api/v1/probe/good", headers={**bearer, "Idempotency-Key": key})
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency.key")  # type: ignore[index]


def test_the_same_key_at_the_same_time(app: Duban, bearer: dict[str, str], any_db: Engine) -> None:
    before = count(any_db, Unit)
    keyed = {**bearer, "Idempotency-Key": "race"}
    start, answers = threading.Barrier(4), []

    def send() -> None:
        client = app.test_client()
        start.wait()
        answers.append(client.post("/api/v1/probe/good", headers=keyed))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json["id"] for answer in answers}) == 1
    assert count(any_db, Unit) == before + 1


def test_the_description(client: FlaskClient, act: Callable[..., Any]) -> None:
    spec: Any = client.get("/api/openapi.json").json
    assert spec["openapi"] == "3.1.0"
    assert spec["paths"]["/api/v1/tokens"]["post"]["security"] == []
    writing = spec["paths"]["/api/v1/tokens/current"]["delete"]
    key = {"$ref": "#/components/parameters/IdempotencyKey"}
    assert key in writing["parameters"]
    keyless = [
        f"{method} {path}"
        for path, operations in spec["paths"].items()
        for method in {"post", "put", "patch", "delete"} & set(operations)
        if key not in operations[method].get("parameters", [])
    ]
    assert sorted(keyless) == [
        "post /api/v1/audit/verify",
        "post /api/v1/calendar/preview",
        "post /api/v1/endpoints",
        "post /api/v1/files",
        "post /api/v1/me/calendar-feed",
        "post /api/v1/me/password",
        "post /api/v1/message-templates/{kind}/preview",
        "post /api/v1/people/{id}/account",
        "post /api/v1/people/{id}/account/password",
        "post /api/v1/policies/{key}/preview",
        "post /api/v1/tokens",
    ]
    problems = spec["components"]["responses"]["DEFAULT_ERROR"]["content"]
    assert list(problems) == ["application/problem+json"]
    page = client.get("/api/docs").text
    assert "/api/v1/tokens" in page
    assert "https://" not in page


def test_tokens_last_ninety_days(client: FlaskClient, clock: FixedClock) -> None:
    asked = {"login": "li.na", "password": factories.PASSWORD}
    expires_at = client.post("/api/v1/tokens", json=asked).json["expires_at"]  # type: ignore[index]
    assert expires_at == (clock.now() + timedelta(days=90)).isoformat()
