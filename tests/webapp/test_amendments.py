"""The compare page of an amended plan: ticks, summary, application, what is left; as plain pages."""

from dataclasses import replace

import pytest
from lxml import html

from tests import factories
from tests.engine.campaigns.amended import A, Amended, B, C, Line
from tests.engine.campaigns.city import SYSTEM, City
from tests.webapp.conftest import Browser
from webapp.app import Duban


@pytest.fixture
def story(app: Duban) -> Amended:
    base = app.extensions["duban"]
    story = Amended(City(base.db, base.clock, base.settings))
    city = story.city

    def accounts(ctx: object) -> None:
        factories.make_account(ctx, city.officer, "officer")  # type: ignore[arg-type]
        factories.make_account(ctx, city.bureau.reporter, "reporter")  # type: ignore[arg-type]

    city.act(SYSTEM, accounts)
    return story


@pytest.fixture
def officer(browser: Browser, story: Amended) -> Browser:
    browser.sign_in("officer")
    return browser


def page(answer: object) -> html.HtmlElement:
    return html.fromstring(answer.text)  # type: ignore[attr-defined]


def ticks(shown: html.HtmlElement) -> dict[str, bool]:
    return {box.get("value"): box.get("checked") is not None for box in shown.xpath("//input[@name='keys']")}


def changed(story: Amended) -> int:
    """A version with a dropped unit, a moved date, a new key task; its id."""
    first = replace(story.lines[0], body="2026年9月30日前完成。", responsible=(story.city.bureau,))
    added = Line(C, "2026年10月31日前完成。", story.city.lead, (story.city.bureau,))
    return story.version(first, story.lines[1], added).id


def test_the_draft_page_offers_what_it_may_amend_and_takes_it_back(officer: Browser, story: Amended) -> None:
    draft = story.imported(story.lines, story.title + "（修订版）")
    note = page(officer.get(f"/plans/{draft.id}")).get_element_by_id("amends").text_content()
    assert "可能是它的修订版" in note
    form = {"amends_plan_id": str(story.campaign.plan_id), "version": str(draft.version)}
    assert officer.submit(f"/plans/{draft.id}/amends", form).status_code == 303
    note = page(officer.get(f"/plans/{draft.id}")).get_element_by_id("amends").text_content()
    assert f"这是《{story.title}》的修订版" in note
    assert officer.get(f"/plans/{draft.id}/confirm").location.endswith(f"/plans/{draft.id}/amendment")
    officer.submit(f"/plans/{draft.id}/amends", {"amends_plan_id": ""})
    note = page(officer.get(f"/plans/{draft.id}")).get_element_by_id("amends").text_content()
    assert "可能是它的修订版" in note


def test_a_version_imported_from_the_campaign_page_is_one_at_once(officer: Browser, story: Amended) -> None:
    [link] = page(officer.get(f"/campaigns/{story.campaign.id}")).xpath("//a[text()='导入修订版']/@href")
    form = page(officer.get(link))
    [amends] = form.xpath("//input[@name='amends']/@value")
    answer = officer.submit(
        "/plans", {"text": story.document(story.lines, "另一个题目的方案"), "amends": amends}
    )
    assert answer.status_code == 303, answer.text
    note = page(officer.get(answer.location)).get_element_by_id("amends").text_content()
    assert f"这是《{story.title}》的修订版" in note


def test_changes_are_ticked_summed_up_and_applied(officer: Browser, story: Amended) -> None:
    story.dispatch(A)
    id = changed(story)
    shown = page(officer.get(f"/plans/{id}/amendment"))
    before = ticks(shown)
    assert {key.split(":")[0]: ticked for key, ticked in before.items()} == {
        "wording": True, "limit-moved": True, "unit-": False, "add": True,
    }  # fmt: skip
    text = shown.text_content()
    for expected in (
        "2026-06-30前",
        "2026-09-30前",
        "终止1个在办工作事项",
        "影响2个在办工作事项",
        "1 项重点任务没有变化",
    ):
        assert expected in text, expected
    assert not any(ticks(page(officer.get(f"/plans/{id}/amendment?tick=none"))).values())
    assert all(ticks(page(officer.get(f"/plans/{id}/amendment?tick=all"))).values())

    assert officer.submit(f"/plans/{id}/amendment/summary", {}).status_code == 422
    summary = officer.submit(f"/plans/{id}/amendment/summary", {"keys": list(before), "version": "1"})
    assert summary.status_code == 200
    text = page(summary).text_content()
    assert "影响 2 个在办工作事项" in text
    assert "不能撤回" in text
    assert len(page(summary).xpath("//input[@name='keys']")) == 4

    chosen = [key for key in before if not key.startswith("add")]
    plan = story.city.get(type(story.version(*story.lines)), id)
    form = {"keys": chosen, "reason": "", "version": str(plan.version)}
    refused = officer.submit(f"/plans/{id}/amendment/apply", form)
    assert refused.status_code == 422
    assert "请填写调整依据或者理由" in refused.text
    stale = officer.submit(f"/plans/{id}/amendment/apply", form | {"reason": "研究决定", "version": "99"})
    assert stale.status_code == 422
    answer = officer.submit(f"/plans/{id}/amendment/apply", form | {"reason": "研究决定"})
    assert answer.status_code == 303, answer.text
    assert "正在应用所选变更" in officer.get(f"/plans/{id}/amendment").text
    assert "hx-get" in officer.get(f"/plans/{id}/amendment/progress").text
    story.city.drain()
    assert "已全部应用" in officer.get(f"/plans/{id}/amendment/progress").text
    after = page(officer.get(f"/plans/{id}/amendment"))
    assert list(ticks(after)) == [key for key in before if key.startswith("add")]
    assert "研究决定" in after.text_content()
    assert "未采用的变更 1 项" in officer.get(f"/plans/{id}").text
    assert f"/plans/{id}/amendment" in officer.get(f"/campaigns/{story.campaign.id}").text
    assert {name: item.state for name, item in story.items(A).items()} == {
        "bureau": "assigned",
        "county": "cancelled",
    }


def test_an_unsettled_version_says_what_is_open_and_offers_no_application(
    officer: Browser, story: Amended
) -> None:
    plan = story.version(*story.lines, Line(C, "依法限期办结。", story.city.lead, (story.city.bureau,)))
    shown = page(officer.get(f"/plans/{plan.id}/amendment"))
    assert "还有 1 项任务需要处理" in shown.text_content()
    assert not shown.xpath("//button[@form='amendment']")


def test_a_version_without_differences_says_so(officer: Browser, story: Amended) -> None:
    text = officer.get(f"/plans/{story.version(*story.lines).id}/amendment").text
    assert "修订版与专项行动没有差别" in text


def test_no_other_unit_sees_or_applies_it(browser: Browser, story: Amended) -> None:
    browser.sign_in("reporter")
    id = changed(story)
    assert browser.get(f"/plans/{id}/amendment").status_code == 403
    for path in ("amendment/summary", "amendment/apply", "amends"):
        assert browser.submit(f"/plans/{id}/{path}", {"keys": "drop:1", "reason": "试试"}).status_code == 403


def test_the_history_of_a_report_names_the_document(officer: Browser, story: Amended) -> None:
    item = story.dispatch(A)["bureau"]
    id = changed(story)
    keys = [
        key for key in story.entries(story.city.get(type(story.version(*story.lines)), id)) if "limit" in key
    ]
    version = page(officer.get(f"/plans/{id}/amendment")).xpath(
        "//form[@id='amendment']//input[@name='version']/@value"
    )
    officer.submit(
        f"/plans/{id}/amendment/apply", {"keys": keys, "reason": "研究决定", "version": version[0]}
    )
    story.city.drain()
    text = officer.get(f"/work-items/{item.id}").text
    assert "按修订版调整要求" in text
    assert B not in text
