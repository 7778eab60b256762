"""An amended plan is held against its campaign and applied, in the browser: by mouse, by keyboard, without script."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import factories
from tests.engine.campaigns.amended import A, Amended, C, Line
from tests.engine.campaigns.city import SYSTEM, City
from tests.journeys.stage import Stage
from tests.journeys.visitor import DESK, PHONE, Visitor, viewport


@pytest.fixture
def story(stage: Stage) -> Amended:
    story = Amended(City(stage.db, stage.clock, stage.settings))
    story.city.act(SYSTEM, lambda ctx: factories.make_account(ctx, story.city.officer, "officer"))
    story.dispatch(A)
    return story


def version(story: Amended) -> int:
    first = replace(story.lines[0], body="2026年9月30日前完成。", responsible=(story.city.bureau,))
    added = Line(C, "2026年10月31日前完成。", story.city.lead, (story.city.bureau,))
    return story.version(first, story.lines[1], added).id


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("DUBAN_PICTURES"):
        for width in (DESK, PHONE):
            page.set_viewport_size(viewport(width))
            page.screenshot(path=Path(folder) / f"amendment-{name}-{width}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.set_viewport_size(viewport(DESK))


def test_from_the_campaign_to_the_units_that_are_told(
    stage: Stage, story: Amended, enter: Callable[..., Visitor]
) -> None:
    officer = enter(stage, "officer")
    officer.go(f"/campaigns/{story.campaign.id}").open("导入修订版")
    first = replace(story.lines[0], body="2026年9月30日前完成。", responsible=(story.city.bureau,))
    officer.fill("方案全文", story.document([first, story.lines[1]], story.title + "（修订版）"))
    officer.press("读取方案")
    page = officer.page
    expect(page.locator("#amends")).to_contain_text("的修订版")
    picture(page, "draft")
    officer.open("与原方案对比")
    picture(page, "compare")
    boxes = page.locator("input[name=keys]")
    expect(boxes).to_have_count(3)
    unticked = page.locator("input[name=keys]:not(:checked)")
    expect(unticked).to_have_count(1)
    unticked.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="应用所选变更").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("确认应用变更")
    expect(page.locator("#summary")).to_contain_text("影响 2 个在办工作事项")
    picture(page, "summary")
    officer.fill("调整依据或者理由", "市政府常务会议研究决定")
    officer.press("确认应用")
    expect(page.locator("#applying")).to_contain_text("正在应用所选变更")
    stage.tick()
    expect(page.locator("#applying")).to_contain_text("已全部应用")
    officer.open("查看结果")
    picture(page, "applied")
    expect(page.locator("input[name=keys]")).to_have_count(0)
    assert {name: item.state for name, item in story.items(A).items()} == {
        "bureau": "assigned",
        "county": "cancelled",
    }


def test_everything_works_without_script(stage: Stage, story: Amended, chromium: Browser) -> None:
    id = version(story)
    context = chromium.new_context(base_url=stage.url, java_script_enabled=False, viewport=viewport(PHONE))
    page = context.new_page()
    visitor = Visitor(page, [])
    page.goto("/sign-in")
    page.get_by_label("登录名").fill("officer")
    page.get_by_label("密码").fill(factories.PASSWORD)
    page.get_by_role("button", name="登录").click()
    visitor.go(f"/plans/{id}/amendment").open("全部不勾选")
    expect(page.locator("input[name=keys]:checked")).to_have_count(0)
    page.locator("input[name=keys][value^='limit-moved']").check()
    page.get_by_role("button", name="应用所选变更").click()
    page.get_by_label("调整依据或者理由").fill("研究决定")
    page.get_by_role("button", name="确认应用").click()
    stage.tick()
    page.reload()
    expect(page.locator(".amend-applied")).to_have_count(1)
    expect(page.locator("input[name=keys]")).to_have_count(3)
    context.close()
