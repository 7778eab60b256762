"""One Chromium for all journeys; a fresh server, database and clock for each."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine

from engine.clock import FixedClock
from engine.settings import Settings
from tests.journeys.stage import Stage, serving
from tests.journeys.visitor import DESK, Visitor

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--font-render-hinting=none", "--lang=zh-CN",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that drives the browser on one worker: it is shared, and two on two cores disturb each other."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    assert path, "Chromium is missing: apt-get install chromium fonts-noto-cjk (or run `make browser`)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def stage(sqlite_db: Engine, clock: FixedClock, settings: Settings) -> Iterator[Stage]:
    """The server on SQLite, as an installation without any other service runs it."""
    with serving(sqlite_db, clock, settings) as running:
        yield running


@pytest.fixture
def pg_stage(db: Engine, clock: FixedClock, settings: Settings) -> Iterator[Stage]:
    with serving(db, clock, settings) as running:
        yield running


@pytest.fixture
def enter(chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """`enter(stage, login)`: a person with a browser of their own. Nothing may have gone wrong in it at the end."""
    visitors: list[Visitor] = []

    def make(stage: Stage, login: str | None = None, *, width: int = DESK) -> Visitor:
        visitor = Visitor.enter(chromium, stage.url, width=width)
        visitors.append(visitor)
        return visitor.sign_in(login) if login else visitor

    yield make
    trouble = [line for visitor in visitors for line in visitor.trouble]
    for visitor in visitors:
        visitor.page.context.close()
    assert trouble == []
