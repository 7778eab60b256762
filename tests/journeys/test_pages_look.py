"""Every page, by a person whose page it is: at a desk and on a phone, in both languages.

Nothing fails or complains in the browser, nothing overflows, and axe finds nothing. With DUBAN_PICTURES naming a
folder, the pages are also photographed there, to be looked at.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from engine.clock import FixedClock
from engine.db import make_engine
from engine.settings import Settings
from tests.conftest import START
from tests.journeys import scene as scenes
from tests.journeys.scene import Scene
from tests.journeys.stage import serving
from tests.journeys.visitor import DESK, PHONE, Visitor, viewport
from tests.schema import prepare

AXE = Path(__file__).parents[2] / "webapp/frontend/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

#: Who looks at what: a path, or the name of one in the scene.
LOOKS: dict[str, tuple[str, ...]] = {
    "": ("/sign-in",),
    "zhou.min": (
        "/inbox", "/inbox/done", "/plans", "/plans/new", "amendment", "amended draft", "plan", "plan reading", "plan cut",
        "plan summary", "indicators", "group choice", "campaign", "key task to confirm",
        "extension to decide", "/change-requests", "/change-requests/ledger", "change to decide",
        "item inspected", "/rounds", "/rounds/new", "/rounds/1", "/rounds/2", "check recorded",
        "notice form", "notice to revise", "notice to verify", "/organisation", "/urgings", "/urgings/new",
        "arrivals",
    ),
    "luo.an": ("/notices", "/notices/counts", "notice to approve"),
    "li.na": ("/my-deadlines", "/due-calendar", "/due-calendar?month=2027-02", "/due-calendar/2026-03-31",
        "notice to receive",
        "/inbox", "/campaigns", "key task", "extension form", "extension granted", "change choice",
        "change form", "item overdue", "record form",
        "item returned", "why", "/messages", "/messages/settings", "/password"),
    "yao.jun": ("item to begin", "change granted"),
    "shi.wen": ("extension to revise",),
    "chen.gang": ("/inbox", "item returned"),
    "inspector": ("/checks", "check to make"),
    "verifier": ("rectification to verify",),
    "rectifier": ("rectification to make",),
    "gao.yuan": ("/inbox", "campaign", "/lights", "/lights?by=unit&ground=dark", "extension to approve"),
    "qian.xin": (
        "/organisation", "unit", "person", "/organisation/people", "/organisation/groups", "group", "/queue",
        "/organisation/units/new", "/organisation/people/new", "/organisation/groups/new", "/messages/failures",
        "/messages/endpoints", "/messages/endpoints/new", "/messages/health", "/messages/health/deliveries",
        "/messages/health/attempts", "/messages/templates", "/messages/templates/deadline.reminded",
        "/working-days", "/working-days?year=2027", "/working-days/day?on=2026-10-01", "/working-days/import?year=2027",
        "/working-days/editions", "/working-days/editions/1",
        "/policies", "/policies/default", "/policies/default/edit", "/light-meanings",
    ),
    "han.mei": ("/audit", "/permissions"),
}  # fmt: skip

#: Answers to GET that are no pages of their own: parts, downloads, redirections.
NO_PAGES = {
    "lights.tiles",
    "policies.progress", "working_days.progress", "working_days.template_csv", "working_days.template_json",
    "sign_in.home", "health", "static", "diagrams.show", "key_tasks.progress", "rounds.progress", "audit.export",
    "amendments.progress", "calendar_feed.show",
    "deliveries.attempts", "rectifications.file", "rounds.certificate_csv", "rounds.certificate_json",
    "notices.export", "notices.word_paper", "notices.pdf_paper",
    "work_items.plan_file", "work_items.evidence_file", "plans.spreadsheet", "plans.word_document", "plans.card",
}  # fmt: skip


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("scene")
    db = make_engine(f"sqlite:///{folder / 'duban.db'}")
    prepare(db)
    settings = Settings(
        file_store=str(folder / "files"), secret_key="only-for-tests", seal_key=str(folder / "seal.pem"),
        seal_log=str(folder / "seals.jsonl"),
    )  # fmt: skip
    with serving(db, FixedClock(START), settings) as stage:
        yield scenes.build(stage)
    db.dispose()


@pytest.mark.parametrize("who", LOOKS, ids=lambda who: who or "nobody")
def test_pages_can_be_shown(scene: Scene, enter: Callable[..., Visitor], who: str) -> None:
    visitor = enter(scene.stage, scene.logins.get(who, who) or None)
    wrong: list[str] = []
    for language in ("zh", "en"):
        if language == "en":
            visitor.page.set_viewport_size(viewport(DESK))
            visitor.page.locator("header").get_by_role("link", name="English").click()
        for name in LOOKS[who]:
            visitor.page.set_viewport_size(viewport(DESK))
            visitor.go(scene.paths.get(name, name))
            for diagram in visitor.page.locator("[data-bpmn]").all():
                diagram.locator("svg .djs-shape").first.wait_for()
            wrong += [f"{language} {name}: {fault}" for fault in _faults(visitor.page, who, name, language)]
    assert wrong == []


def _faults(page: Page, who: str, name: str, language: str) -> Iterator[str]:
    """Both widths of a loaded page. axe looks at the desk in Chinese and at the phone in English."""
    for width in (DESK, PHONE):
        page.set_viewport_size(viewport(width))
        if folder := os.environ.get("DUBAN_PICTURES"):
            file = f"{who or 'nobody'}-{name.strip('/').replace('/', '-').replace(' ', '_')}-{width}-{language}.png"
            page.screenshot(path=Path(folder) / file, full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            yield f"{wide} px wide at {width}: {page.evaluate(_WIDEST, width)}"
        if (width == DESK) == (language == "zh"):
            yield from _axe(page)
    if page.locator("h1").count() != 1:
        yield "not exactly one h1"
    if page.title().startswith("督办 ·") or not page.title():
        yield "no title of its own"


_WIDEST = """width => [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > width + 1)
  .slice(0, 3).map(e => `${e.tagName}.${e.className} ${Math.round(e.getBoundingClientRect().right)}`).join('; ')"""


def _axe(page: Page) -> Iterator[str]:
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(r => r.violations)",
        RULES,
    )
    for fault in found:
        places = "; ".join(f"{node['html'][:120]} ({_why(node)})" for node in fault["nodes"][:3])
        yield f"axe {fault['id']}: {places}"


def _why(node: dict) -> str:  # type: ignore[type-arg]
    return " ".join(check["message"] for check in [*node["any"], *node["all"], *node["none"]])[:200]


def test_no_page_is_left_out(scene: Scene, enter: Callable[..., Visitor]) -> None:
    """Every address that answers GET with a page is looked at by somebody above."""
    from webapp.app import create_app

    rules = create_app(scene.stage.settings, scene.stage.clock, db=scene.stage.db).url_map
    looked_at = {
        rules.bind("localhost").match(scene.paths.get(name, name).partition("?")[0], "GET")[0]
        for names in LOOKS.values()
        for name in names
    }
    pages = {
        rule.endpoint
        for rule in rules.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith("/api")
    }
    assert sorted(pages - looked_at - NO_PAGES) == []
    assert pages >= NO_PAGES
