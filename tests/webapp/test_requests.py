"""The transaction edge: what commits, what rolls back, what is tried again."""

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from flask import Blueprint, request
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError
from werkzeug.exceptions import Conflict

from engine import audit
from engine.clock import FixedClock
from engine.context import Actor
from engine.errors import AccessDenied, RuleViolation
from engine.organisation import service
from engine.organisation.models import Unit, UnitLevel
from engine.settings import Settings
from tests.webapp.conftest import Browser, make_app
from webapp import requests
from webapp.app import Duban, create_app
from webapp.auth import public
from webapp.requests import context, own_transactions


@pytest.fixture
def app(db: Engine, clock: FixedClock, settings: Settings) -> Duban:
    """One of its own: these tests add routes."""
    return make_app(settings, clock, db)


@pytest.fixture
def tries() -> list[str]:
    return []


@pytest.fixture
def probe(any_db: Engine, clock: FixedClock, settings: Settings, tries: list[str]) -> Duban:
    """The application with views that write a unit and then go wrong in one way or another."""
    app = create_app(settings, clock, db=any_db)
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    blueprint = Blueprint("probe", __name__)

    def write() -> None:
        ctx = requests.context()
        system = Actor.system("probe")
        service.create_unit(
            type(ctx)(ctx.session, system, ctx.clock, ctx.settings), name="云川市档案局", level=UnitLevel.CITY
        )

    @blueprint.route("/probe/<how>", methods=["GET", "POST"])
    @public
    def probe(how: str) -> Any:
        tries.append(how)
        write()
        match how:
            case "status-422":
                return "no", 422
            case "rule":
                raise RuleViolation("probe", "不可以")
            case "http":
                raise Conflict
            case "crash":
                raise ZeroDivisionError("secret detail")
            case "deadlock-once" if len(tries) == 1:
                raise OperationalError("x", {}, psycopg.errors.DeadlockDetected())
            case "deadlock-always":
                raise OperationalError("x", {}, psycopg.errors.DeadlockDetected())
            case "locked-once" if len(tries) == 1:
                raise OperationalError("x", {}, Exception("database is locked"))
        return request.form.get("kept", "ok")

    @blueprint.post("/own")
    @public
    @own_transactions
    def own() -> Any:
        context()

    app.register_blueprint(blueprint)
    return app


def units(db: Engine) -> int:
    with db.connect() as connection:
        return connection.scalar(select(func.count()).select_from(Unit)) or 0


@pytest.mark.parametrize(
    ("how", "status", "written"),
    [
        ("good", 200, 1),
        ("status-422", 422, 0),
        ("rule", 422, 0),
        ("http", 409, 0),
        ("crash", 500, 0),
        ("deadlock-once", 200, 1),
        ("deadlock-always", 500, 0),
        ("locked-once", 200, 1),
    ],
)
def test_under_400_commits_all_else_rolls_back(
    probe: Duban, any_db: Engine, how: str, status: int, written: int
) -> None:
    answer = probe.test_client().post(f"/probe/{how}", data={"kept": "what was typed"})
    assert (answer.status_code, units(any_db)) == (status, written)
    if status == 200:
        assert answer.text == "what was typed"


def test_three_tries_at_most(probe: Duban, tries: list[str]) -> None:
    probe.test_client().post("/probe/deadlock-always")
    assert len(tries) == 3


def test_a_get_keeps_nothing(probe: Duban, any_db: Engine) -> None:
    probe.test_client().get("/probe/good")
    assert units(any_db) == 0


def test_a_get_cannot_write_on_postgresql(db: Engine, clock: FixedClock, settings: Settings) -> None:
    app = create_app(settings, clock, db=db)
    with app.test_request_context("/"):
        session = requests.context().session
        with pytest.raises((InternalError, DBAPIError)):
            session.execute(text("UPDATE unit SET version = 2"))
        requests.close()
    with db.begin() as connection:
        connection.execute(text("UPDATE unit SET version = 2"))


def test_a_get_waits_for_no_writer_on_sqlite(
    sqlite_db: Engine, clock: FixedClock, settings: Settings
) -> None:
    app = create_app(settings, clock, db=sqlite_db)
    done: list[int] = []
    with sqlite_db.begin() as writer:
        writer.execute(text("UPDATE unit SET version = 2"))
        reader = threading.Thread(target=lambda: done.append(app.test_client().get("/sign-in").status_code))
        reader.start()
        reader.join(10)
        assert done == [200]


def test_a_crash_tells_a_number_and_no_detail(probe: Duban, caplog: pytest.LogCaptureFixture) -> None:
    answer = probe.test_client().post("/probe/crash")
    [logged] = [record.getMessage() for record in caplog.records if "incident" in record.getMessage()]
    incident = logged.split()[1].rstrip(":")
    assert incident in answer.text
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text
    assert "secret detail" in caplog.text


def test_streaming_views_hold_no_transaction(probe: Duban) -> None:
    assert probe.test_client().post("/own").status_code == 500


def test_a_denied_act_outlives_its_request(
    app: Duban, browser: Browser, reporter: Actor, act: Callable[..., Any]
) -> None:
    blueprint = Blueprint("probe", __name__)

    @blueprint.post("/probe")
    def denied() -> Any:
        context().session.execute(text("UPDATE unit SET version = 99"))
        raise AccessDenied(permission="work_item.acknowledge")

    app.register_blueprint(blueprint)
    browser.sign_in("li.na")
    answer = browser.submit("/probe")
    assert (answer.status_code, "您没有进行此操作的权限" in answer.text) == (403, True)
    assert "李娜" in answer.text
    assert act(lambda ctx: ctx.session.scalar(select(Unit.version))) == 1
    newest = act(lambda ctx: audit.history(ctx.session, "account:1", limit=1))[0]
    assert newest.action == "access.denied"
    assert "work_item.acknowledge" in newest.detail
