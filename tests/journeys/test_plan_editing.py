"""A draft is put right by keyboard and mouse, by two people at once, and nothing that is being typed is lost."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import select

from engine.plans import editing
from engine.plans import service as plans
from engine.plans.models import Plan, PlanTask
from tests.journeys import sample_plan, town
from tests.journeys.scene import INDICATORS
from tests.journeys.stage import Stage
from tests.journeys.town import Town
from tests.journeys.visitor import Visitor

Enter = Callable[..., Visitor]
TEXT = sample_plan.TEXT.replace("各县（市、区）信访局", "市公安居").replace("市政府热线办", "市公安居")


@pytest.fixture
def city(stage: Stage) -> Town:
    return town.build(
        stage, sample_plan.TEXT, office="市营商办", lead="市司法局", owner="市公安局", unlike={}
    )


@pytest.fixture
def plan(stage: Stage, city: Town) -> Plan:
    return stage.act(plans.import_document, plans.read_pasted(TEXT), by=city.people["zhou.min"])


def card(officer: Visitor, number: int) -> Locator:
    exact = re.compile(rf"^\s*{number}\s")
    return officer.page.locator(
        "#plan-cards .reading", has=officer.page.locator(".reading-title", has_text=exact)
    )


def numbers(officer: Visitor) -> Locator:
    return officer.page.locator("#plan-cards .reading-number")


def test_tasks_are_walked_cut_joined_and_put_back_by_keyboard(stage: Stage, plan: Plan, enter: Enter) -> None:
    officer = enter(stage, "zhou.min").go(f"/plans/{plan.id}")
    page = officer.page
    first = page.locator("#plan-cards .reading.is-chosen .reading-title")
    expect(first).to_contain_text("1")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("#plan-cards .reading.is-chosen .reading-number")).to_have_text("2")
    page.keyboard.press("s")
    choice = page.locator(".reshape input[name=at]").first
    expect(choice).to_be_focused()
    page.keyboard.press("Space")
    page.get_by_role("button", name="拆分", exact=True).click()
    expect(numbers(officer)).to_have_text(["1", "2", "7", "3", "4", "5", "6"])
    expect(page.locator("#undo")).to_have_text("撤销：周敏 将第2项分成2项")
    page.locator(".reading.is-chosen .reading-title").focus()
    page.keyboard.press("m")
    expect(page.locator("select[name=other]")).to_be_focused()
    page.get_by_role("button", name="合并", exact=True).click()
    expect(numbers(officer)).to_have_text(["1", "2", "3", "4", "5", "6"])
    page.locator(".reading.is-chosen .reading-title").focus()
    page.keyboard.press("u")
    expect(numbers(officer)).to_have_text(["1", "2", "7", "3", "4", "5", "6"])
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("撤销最近一次修改")


def test_typing_survives_what_happens_to_other_tasks(
    stage: Stage, plan: Plan, city: Town, enter: Enter
) -> None:
    officer = enter(stage, "zhou.min").go(f"/plans/{plan.id}?show=all")
    page = officer.page
    typed, other = card(officer, 6), card(officer, 5)
    typed.get_by_text("修改名称和内容").click()
    typed.get_by_label("任务名称").fill("打了一半的名称")
    # The same words are matched everywhere, in the card with the typing, too.
    other.get_by_role("button", name=re.compile("市公安局")).click()
    expect(other.locator(".part-matched", has_text="市公安居")).to_contain_text("市公安局")
    expect(typed.get_by_text("这项任务刚有变动")).to_be_visible()
    expect(typed.get_by_label("任务名称")).to_have_value("打了一半的名称")
    # All cards come back when a task is cut, this one with its typing.
    page.locator("#undo").click()
    expect(page.locator("#undo")).to_have_count(0)
    expect(card(officer, 6).get_by_label("任务名称")).to_have_value("打了一半的名称")
    with officer.refused(422):
        card(officer, 6).get_by_role("button", name="保存").click()
        refusal = card(officer, 6).get_by_role("alert").first
        expect(refusal).to_contain_text("刚被他人修改")
        expect(refusal).to_be_in_viewport()
    expect(card(officer, 6).get_by_label("任务名称")).to_have_value("打了一半的名称")
    card(officer, 6).get_by_role("button", name="保存").click()
    expect(card(officer, 6).locator(".reading-title")).to_contain_text("打了一半的名称")


def test_an_undoing_that_comes_too_late_shows_what_the_other_did(
    stage: Stage, plan: Plan, city: Town, enter: Enter
) -> None:
    by = city.people["zhou.min"]
    rows = stage.read(lambda s: s.scalars(select(PlanTask.id).where(PlanTask.plan_id == plan.id)).all())
    stage.act(editing.drop, plan.id, rows[0], by=by)
    officer = enter(stage, "zhou.min").go(f"/plans/{plan.id}")
    stage.act(editing.drop, plan.id, rows[1], by=by)
    with officer.refused(422):
        officer.page.locator("#undo").click()
        expect(officer.page.locator("#plan-summary [role=alert]")).to_contain_text("周敏 不纳入第2项")
    officer.page.locator("#undo").click()
    expect(officer.page.locator("#undo")).to_have_text("撤销：周敏 不纳入第1项")


def test_filters_hold_and_marked_words_become_a_task(stage: Stage, plan: Plan, enter: Enter) -> None:
    officer = enter(stage, "zhou.min").go(f"/plans/{plan.id}")
    page = officer.page
    page.locator("[data-filter=dropped]").click()
    expect(page.get_by_text("没有不纳入的任务。")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?show=dropped$"))
    page.locator("[data-filter=all]").click()
    card(officer, 2).get_by_role("button", name="不纳入此任务").click()
    expect(page.locator("[data-filter=dropped] .chip-count")).to_have_text("1")
    expect(page.locator("[data-filter=all]")).to_have_attribute("aria-current", "true")
    page.locator(".plan-document p", has_text="各责任单位要细化举措").first.evaluate(
        "p => { const range = document.createRange(); range.selectNodeContents(p);"
        " getSelection().removeAllRanges(); getSelection().addRange(range); }"
    )
    page.get_by_role("button", name="把选中的文字补充为任务").click()
    expect(page.get_by_role("button", name="把选中的文字补充为任务")).to_be_hidden()
    page.get_by_role("button", name="补充为任务", exact=True).click()
    expect(page.locator("#plan-cards .reading.is-chosen .reading-number")).to_have_text("7")


def test_figures_get_their_owners(stage: Stage, city: Town, enter: Enter) -> None:
    plan = stage.act(plans.import_document, plans.read_pasted(INDICATORS), by=city.people["zhou.min"])
    officer = enter(stage, "zhou.min").go(f"/plans/{plan.id}")
    page = officer.page
    figures = page.locator("[name=proposals]")
    page.get_by_role("button", name="全选").click()
    expect(page.locator("[name=proposals]:checked")).to_have_count(figures.count())
    page.get_by_role("button", name="全不选").click()
    page.get_by_role("checkbox", name="网上可办率").check()
    page.locator("#proposal-responsible").fill(f"{town.CITY}市公安局".replace("市市", "市"))
    page.get_by_role("button", name="所选采用为任务").click()
    expect(numbers(officer)).to_have_text(["1"])
    expect(page.locator("#undo")).to_contain_text("采用“网上可办率不低于95%”")
