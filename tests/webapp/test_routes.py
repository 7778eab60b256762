"""Every route and who may use it, written by hand: a route without a row fails, and a row without a route.

PUBLIC: anyone. SIGNED_IN: everyone with an account; rows are guarded by permissions of their own. A set of
roles: only people in one of these posts.
"""

import re
from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest
from sqlalchemy import Engine

from engine.clock import FixedClock
from engine.context import Actor, Context, Role
from engine.organisation import accounts
from engine.organisation.models import Unit
from engine.settings import Settings
from tests import factories
from tests.webapp.conftest import Browser
from webapp.app import Duban, create_app


class Who(Enum):
    PUBLIC = "public"
    SIGNED_IN = "signed in"


PUBLIC, SIGNED_IN = Who.PUBLIC, Who.SIGNED_IN

ROUTES: dict[str, Who | set[Role]] = {
    "GET /": SIGNED_IN,
    "GET /static/<path:filename>": PUBLIC,
    "GET /healthz": PUBLIC,
    "GET /sign-in": PUBLIC,
    "POST /sign-in": PUBLIC,
    "POST /sign-in/persona": PUBLIC,
    "POST /sign-out": SIGNED_IN,
    "GET /password": SIGNED_IN,
    "POST /password": SIGNED_IN,
    "GET /inbox": SIGNED_IN,
    "GET /inbox/done": SIGNED_IN,
    "GET /campaigns": SIGNED_IN,
    "GET /campaigns/<int:id>": SIGNED_IN,
    "GET /key-tasks/<int:id>": SIGNED_IN,
    "GET /key-tasks/<int:id>/progress": SIGNED_IN,
    "GET /work-items/<int:id>": SIGNED_IN,
    "POST /work-items/<int:id>/cancel": SIGNED_IN,
    "POST /work-items/<int:id>/urge": SIGNED_IN,
    "GET /work-items/<int:id>/plan-files/<int:file_id>": SIGNED_IN,
    "GET /work-items/files/<int:id>": SIGNED_IN,
    "POST /user-tasks/<int:id>": SIGNED_IN,
    "POST /files": SIGNED_IN,
    "GET /deadlines/<int:id>/why": SIGNED_IN,
    "GET /diagrams/<spec_key>.bpmn": SIGNED_IN,
    "GET /api/docs": PUBLIC,
    "GET /api/openapi.json": PUBLIC,
    "POST /api/v1/tokens": PUBLIC,
    "DELETE /api/v1/tokens/current": SIGNED_IN,
    "GET /api/v1/me": SIGNED_IN,
}
GUARDED = sorted(route for route, who in ROUTES.items() if who is not PUBLIC)
FOR_ROLES = sorted(route for route, who in ROUTES.items() if isinstance(who, set))


@pytest.fixture
def app(db: Engine, clock: FixedClock, settings: Settings) -> Duban:
    app = create_app(settings, clock, db=db)
    app.testing = True
    app.test_client_class = Browser
    return app


def routes(app: Duban) -> set[str]:
    return {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def call(client: Any, route: str, **other: Any) -> Any:
    method, rule = route.split(" ")
    path = re.sub(r"<(?:path:|string:)?\w+>", "x", re.sub(r"<int:\w+>", "1", rule))
    if path.startswith("/api/") or method == "GET":
        return client.open(path, method=method, **other)
    return client.submit(path, **other)


def test_every_route_has_a_row_and_every_row_a_route(app: Duban) -> None:
    assert routes(app) == set(ROUTES)


@pytest.mark.parametrize("route", GUARDED)
def test_nobody_comes_in_without_signing_in(app: Duban, route: str) -> None:
    answer = call(app.test_client(), route)
    if "/api/" in route:
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    else:
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/sign-in")


@pytest.mark.parametrize("route", [route for route in GUARDED if "/api/" in route])
def test_the_api_takes_no_cookie(app: Duban, act: Callable[..., Any], reporter: Actor, route: str) -> None:
    client: Any = app.test_client()
    client.sign_in("li.na")
    assert call(client, route).status_code == 401


@pytest.mark.parametrize("route", FOR_ROLES)
@pytest.mark.parametrize("role", list(Role))
def test_only_the_named_roles(
    app: Duban, act: Callable[..., Any], unit: Unit, route: str, role: Role
) -> None:
    """Others are refused; the named ones are not, whatever else their empty request lacks."""

    def make(ctx: Context) -> str:
        actor = factories.make_person(ctx, unit, role)
        account = factories.make_account(ctx, actor, "somebody")
        return accounts.issue_token(ctx, account.id, name="test")[1]

    token = act(make)
    client: Any = app.test_client()
    client.sign_in("somebody")
    headers = {"Authorization": f"Bearer {token}"} if "/api/" in route else {}
    allowed = ROUTES[route]
    assert isinstance(allowed, set)
    assert (call(client, route, headers=headers).status_code == 403) == (role not in allowed)
