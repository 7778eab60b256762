"""The application on a real database, and browsers that hold cookies and send the form token."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from engine.clock import FixedClock
from engine.context import Actor, Context, Role
from engine.db import make_engine, transaction
from engine.organisation.models import Unit
from engine.settings import Settings
from tests import factories
from tests.conftest import START
from tests.engine.campaigns.city import SYSTEM, City
from webapp.app import Duban, create_app
from webapp.requests import Ground

TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


class Browser(FlaskClient):
    """A test client which adds the form token of the last page to what it posts."""

    def submit(self, path: str, form: dict[str, Any] | None = None, **other: Any) -> TestResponse:
        page = self.get("/password", follow_redirects=True)
        found = TOKEN.search(page.text)
        return self.post(path, data={**(form or {}), "csrf_token": found.group(1) if found else ""}, **other)

    def sign_in(self, login: str, password: str = factories.PASSWORD) -> TestResponse:
        return self.submit("/sign-in", {"login": login, "password": password})


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Duban:
    """Routes and the machine interface's description, put together once: each test gives it a ground of its own."""
    nowhere = make_engine(f"sqlite:///{tmp_path_factory.mktemp('nowhere') / 'duban.db'}")
    return make_app(Settings(secret_key="only-for-tests"), FixedClock(START), nowhere)


@pytest.fixture
def app(built: Duban, db: Engine, clock: FixedClock, settings: Settings) -> Duban:
    built.extensions["duban"] = Ground(db=db, clock=clock, settings=settings)
    return built


@pytest.fixture
def demo_app(db: Engine, clock: FixedClock, settings: Settings) -> Duban:
    return make_app(replace(settings, demo=True), clock, db)


def make_app(settings: Settings, clock: FixedClock, db: Engine) -> Duban:
    app = create_app(settings, clock, db=db)
    app.testing = True
    app.test_client_class = Browser
    return app


@pytest.fixture
def browser(app: Duban) -> Browser:
    return app.test_client()  # type: ignore[return-value]


@pytest.fixture
def act(app: Duban) -> Callable[..., Any]:
    """`act(lambda ctx: …, actor)` in a committed transaction of its own."""
    base = app.extensions["duban"]

    def run(verb: Callable[[Context], Any], actor: Actor | None = None) -> Any:
        with transaction(base.db) as session:
            return verb(Context(session, actor or Actor.system("test"), base.clock, base.settings))

    return run


@pytest.fixture
def unit(act: Callable[..., Any]) -> Unit:
    made: Unit = act(lambda ctx: factories.make_unit(ctx, "云川市司法局", short_name="市司法局"))
    return made


@pytest.fixture
def reporter(act: Callable[..., Any], unit: Unit) -> Iterator[Actor]:
    """A reporter with the login `li.na`."""

    def make(ctx: Context) -> Actor:
        actor = factories.make_person(ctx, unit, Role.REPORTER, name="李娜")
        factories.make_account(ctx, actor, "li.na")
        return actor

    return act(make)  # type: ignore[no-any-return]


@pytest.fixture
def city(db: Engine, clock: FixedClock, settings: Settings) -> City:
    return City(db, clock, settings)


@pytest.fixture
def browse(app: Duban, city: City) -> Callable[[Actor], Browser]:
    """`browse(actor)`: a browser signed in as the person."""

    def open_browser(actor: Actor) -> Browser:
        account = city.act(SYSTEM, factories.make_account, actor)
        browser: Browser = app.test_client()  # type: ignore[assignment]
        assert browser.sign_in(account.login).status_code == 303
        return browser

    return open_browser
