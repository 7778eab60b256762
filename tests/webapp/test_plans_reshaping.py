"""Cutting, joining, adding, adopting and undoing on the page; what two people see of each other."""

from typing import Any

import pytest
from lxml import html

from engine.context import Role
from engine.plans import editing, reshaping
from engine.plans import service as plans
from engine.plans.models import PartRole, Plan, PlanProposal
from tests import factories
from tests.engine.plans.sample import TEXT, Town
from tests.engine.plans.test_proposals import DAYS, RIVER, WATER, WEEKLY, draft
from tests.webapp.conftest import Browser
from webapp.app import Duban

HTMX = {"HX-Request": "true"}


@pytest.fixture
def town(app: Duban) -> Town:
    base = app.extensions["duban"]
    town = Town(base.db, base.clock, base.settings)
    town.act(lambda ctx: factories.make_account(ctx, town.officer, "zhou.min"))
    return town


@pytest.fixture
def officer(browser: Browser, town: Town) -> Browser:
    browser.sign_in("zhou.min")
    return browser


@pytest.fixture
def plan(town: Town) -> Plan:
    return town.imported()


def send(browser: Browser, path: str, form: dict[str, Any]) -> Any:
    return browser.submit(path, form, headers=HTMX)


def fragments(answer: Any) -> html.HtmlElement:
    return html.fromstring(f"<div>{answer.text}</div>")


def numbers(page: html.HtmlElement) -> list[str]:
    return [one.text_content() for one in page.find_class("reading-number")]


def test_a_task_is_cut_where_a_person_chooses_and_all_cards_come_back(
    officer: Browser, town: Town, plan: Plan
) -> None:
    row = town.entry(plan, 4).row
    form = fragments(officer.get(f"/plans/{plan.id}/key-tasks/{row.id}/reshape", headers=HTMX))
    places = form.xpath("//input[@name='at']/@value")
    assert [row.text[int(place) :] for place in places] == ["（牵头单位：各有关部门，责任单位：市财政局）"]
    at = str(row.text.index("2026年"))
    answer = send(
        officer, f"/plans/{plan.id}/key-tasks/{row.id}/split", {"at": [at], "version": str(row.version)}
    )
    assert answer.status_code == 200
    page = fragments(answer)
    assert numbers(page) == ["1", "2", "3", "4", "6", "5"]
    assert page.get_element_by_id("plan-document").get("hx-swap-oob") == "innerHTML"
    assert "撤销：周敏 将第4项分成2项" in page.get_element_by_id("undo").text_content()
    back = send(officer, f"/plans/{plan.id}/undo", {"version": str(town.view(plan).plan.version)})
    assert numbers(fragments(back)) == ["1", "2", "3", "4", "5"]
    assert "（周敏 已撤销）" in back.text


def test_a_task_is_split_by_unit_and_joined_with_another_without_scripts(
    officer: Browser, town: Town, plan: Plan
) -> None:
    row = town.entry(plan, 1).row
    answer = officer.submit(
        f"/plans/{plan.id}/key-tasks/{row.id}/split", {"by_unit": "1", "version": str(row.version)}
    )
    assert (answer.status_code, answer.location) == (303, f"/plans/{plan.id}#read-{row.id}")
    one, six = town.entry(plan, 1).row, town.entry(plan, 6).row
    page = html.fromstring(officer.get(f"/plans/{plan.id}/key-tasks/{one.id}/reshape").text)
    offered = page.xpath("//select[@name='other']/option[@selected]/@value")
    assert offered == [f"{six.id}:{six.version}"]
    answer = officer.submit(
        f"/plans/{plan.id}/key-tasks/{one.id}/merge", {"other": offered, "version": str(one.version)}
    )
    assert answer.status_code == 303
    assert [entry.row.number for entry in town.view(plan).entries] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("path", "form", "sentence"),
    [
        ("split", {}, "请选择从哪一句起分开"),
        ("split", {"at": "999999"}, "请选择从哪一句起分开"),
        ("merge", {}, "请选择两项以上的任务合并"),
        ("merge", {"other": "nonsense"}, "请选择两项以上的任务合并"),
    ],
)
def test_a_refused_cut_stands_in_its_form(
    officer: Browser, town: Town, plan: Plan, path: str, form: dict[str, str], sentence: str
) -> None:
    row = town.entry(plan, 1).row
    answer = send(officer, f"/plans/{plan.id}/key-tasks/{row.id}/{path}", form)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, f"#reshape-{row.id}")
    assert sentence in fragments(answer).find_class("field-error")[0].text_content()
    plain = officer.submit(f"/plans/{plan.id}/key-tasks/{row.id}/{path}", form)
    assert plain.status_code == 422
    assert sentence in plain.text


def test_who_comes_too_late_sees_what_the_other_did(officer: Browser, town: Town, plan: Plan) -> None:
    colleague = town.act(
        lambda ctx: factories.make_person(ctx, town.units["市营商办"], Role.OFFICER, name="李红")
    )
    row = town.entry(plan, 1).row
    seen = town.view(plan).plan.version
    town.act(editing.edit, plan.id, row.id, title="公布清单", text="新内容", by=colleague)
    late = send(officer, f"/plans/{plan.id}/key-tasks/{row.id}/wording",
                {"title": "我的题目", "text": "我的内容", "version": str(row.version)})  # fmt: skip
    told = fragments(late)
    form = told.xpath("//form[contains(@action, 'wording')]")[0]
    assert "李红 修改第1项的名称或者内容" in form.find_class("field-error")[0].text_content()
    assert [p.text_content() for p in form.find_class("saved-text")] == ["公布清单", "新内容"]
    assert told.get_element_by_id(f"title-{row.id}").text.strip() == "我的题目"
    cut = send(
        officer, f"/plans/{plan.id}/key-tasks/{row.id}/split", {"at": "3", "version": str(row.version)}
    )
    assert (cut.status_code, "李红 修改第1项" in cut.text) == (422, True)
    undo = send(officer, f"/plans/{plan.id}/undo", {"version": str(seen)})
    assert undo.status_code == 422
    assert (
        "李红 修改第1项"
        in fragments(undo).get_element_by_id("plan-summary").find_class("error-list")[0].text_content()
    )
    assert town.entry(plan, 1).row.title == "公布清单"


def test_a_missed_stretch_is_added_or_refused_beside_its_field(
    officer: Browser, town: Town, plan: Plan
) -> None:
    refused = send(officer, f"/plans/{plan.id}/key-tasks", {"text": "没有的文字"})
    assert (refused.status_code, refused.headers["HX-Retarget"]) == (422, "#plan-missed")
    field = fragments(refused).get_element_by_id("missed-text")
    assert field.text.strip() == "没有的文字"
    added = send(officer, f"/plans/{plan.id}/key-tasks", {"text": "各责任单位要细化举措"})
    assert numbers(fragments(added)) == ["1", "2", "3", "4", "5", "6"]
    assert fragments(added).xpath("//@data-choose") == [str(town.entry(plan, 6).row.id)]
    plain = officer.submit(f"/plans/{plan.id}/key-tasks", {"text": "没有的文字"})
    assert plain.status_code == 422
    assert "原文中没有这段文字" in plain.text


def test_a_unit_changes_its_role_and_comes_first(officer: Browser, town: Town, plan: Plan) -> None:
    part = town.part(plan, 1, "市财政局")
    path = f"/plans/{plan.id}/units/{part.id}/role"
    assert send(officer, path, {"role": "boss"}).status_code == 422
    assert send(officer, path, {"role": "lead"}).status_code == 200
    assert send(officer, path, {"first": "1"}).status_code == 200
    assert town.names(plan, 1, PartRole.LEAD) == ["市财政局", "市司法局", "市审批局"]


def test_what_was_confirmed_the_last_time_is_offered_and_accepted_at_once(
    officer: Browser, town: Town, plan: Plan
) -> None:
    town.do(editing.match_unit, plan.id, town.part(plan, 3, "市公安居").id, town.id("市公安局"))
    again = town.imported()
    shown = officer.get(f"/plans/{again.id}").text
    assert "云川市公安局（上次确认）" in shown
    assert "1 处单位名称上次确认过，一并采用" in shown
    answer = send(officer, f"/plans/{again.id}/remembered", {"version": str(town.view(again).plan.version)})
    assert answer.status_code == 200
    assert town.names(again, 3, PartRole.RESPONSIBLE) == ["市公安局"]
    assert "上次确认" in answer.text


def test_the_filters_show_what_needs_a_person_first(officer: Browser, town: Town, plan: Plan) -> None:
    town.do(editing.drop, plan.id, town.entry(plan, 5).row.id)

    def chosen(address: str) -> tuple[str, list[str]]:
        page = html.fromstring(officer.get(address).text)
        chips = page.get_element_by_id("plan-filters").find_class("chip")
        return page.find_class("plan-list")[0].get("data-show"), [chip.text_content() for chip in chips]

    counts = ["需要处理 3", "全部 5", "已就绪 1", "不纳入 1"]
    assert chosen(f"/plans/{plan.id}") == ("attention", counts)
    assert chosen(f"/plans/{plan.id}?show=dropped") == ("dropped", counts)
    assert chosen(f"/plans/{plan.id}?show=nonsense") == ("attention", counts)


def test_the_summary_lists_what_is_open_before_it_is_confirmed(
    officer: Browser, town: Town, plan: Plan
) -> None:
    town.do(editing.drop, plan.id, town.entry(plan, 2).row.id)
    page = html.fromstring(officer.get(f"/plans/{plan.id}/confirm").text)
    totals = [one.text_content() for one in page.find_class("plan-totals")[0].iter("dd")]
    assert totals == ["4", "5", "4", "4", "4", "1", "0"]
    assert "“市公安居”未对应到单位名录" in page.get_element_by_id("unresolved").text_content()
    assert page.xpath("//form[@id='confirm-plan']") == []
    for number in (1, 3, 4, 5):
        town.do(editing.drop, plan.id, town.entry(plan, number).row.id)
    town.do(editing.restore, plan.id, town.entry(plan, 2).row.id)
    assert 'id="confirm-plan"' in officer.get(f"/plans/{plan.id}/confirm").text


def test_proposals_are_adopted_with_owners_or_set_aside(officer: Browser, town: Town) -> None:
    plan = town.do(plans.import_document, draft(), file_name="指标.docx")
    rows = {row.title: row for row in town.all(PlanProposal)}
    page = html.fromstring(officer.get(f"/plans/{plan.id}").text)
    assert [one.text_content() for one in page.find_class("proposal")[0].iter("h3")] == [WATER]
    assert "第2段" in page.find_class("proposal")[0].text_content()
    assert page.get_element_by_id("plan-filters").find_class("chip-count")[0].text == "4"
    path = f"/plans/{plan.id}/proposals"
    wrong = send(officer, path, {"proposals": [str(rows[WATER].id)], "responsible": "市财政局、天外局"})
    assert (wrong.status_code, wrong.headers["HX-Retarget"]) == (422, "#plan-proposals")
    assert "单位名录中没有“天外局”" in wrong.text
    kept = fragments(wrong)
    assert kept.get_element_by_id("proposal-responsible").get("value") == "市财政局、天外局"
    assert kept.xpath("//input[@name='proposals'][@checked]/@value") == [str(rows[WATER].id)]
    adopted = send(officer, path, {"proposals": [str(rows[name].id) for name in (WATER, DAYS)],
                                   "responsible": "市财政局、云川市司法局", "lead": "市司法局"})  # fmt: skip
    assert adopted.status_code == 200
    assert numbers(fragments(adopted)) == ["1", "2"]
    assert town.names(plan, 1, PartRole.LEAD) == ["市司法局"]
    refused = officer.submit(f"/plans/{plan.id}/confirm")
    assert refused.status_code == 422
    for verb in ("set_aside", "reopen", "set_aside"):
        answer = send(
            officer, path, {"proposals": [str(rows[name].id) for name in (WEEKLY, RIVER)], verb: "1"}
        )
        assert answer.status_code == 200
    assert "不采用的 2 条" in answer.text
    nothing = officer.submit(path, {"set_aside": "1"})
    assert (nothing.status_code, "请先选择内容" in nothing.text) == (422, True)


def test_one_card_is_shown_as_it_stands(officer: Browser, town: Town, plan: Plan) -> None:
    row = town.entry(plan, 2).row
    address = f"/plans/{plan.id}/key-tasks/{row.id}"
    assert f'id="read-{row.id}"' in officer.get(address, headers=HTMX).text
    assert officer.get(address).location == f"/plans/{plan.id}#read-{row.id}"
    assert officer.get(f"/plans/{plan.id}/key-tasks/999999999", headers=HTMX).status_code == 404


def test_whole_plan_forms_are_refused_when_another_was_faster(
    officer: Browser, town: Town, plan: Plan
) -> None:
    seen = str(town.view(plan).plan.version)
    town.do(reshaping.add_from_text, plan.id, "各责任单位要细化举措")
    limits = officer.submit(
        f"/plans/{plan.id}/limits", {"period": "month", "final_on": "2026-11-30", "version": seen}
    )
    assert (limits.status_code, "刚被他人修改" in limits.text) == (422, True)
    assert html.fromstring(limits.text).get_element_by_id("default-on").get("value") == "2026-11-30"
    assert officer.submit(f"/plans/{plan.id}/discard", {"version": seen}).status_code == 422


def test_others_neither_cut_nor_undo(officer: Browser, town: Town, plan: Plan, app: Duban) -> None:
    town.act(lambda ctx: factories.make_account(ctx, town.reporter, "wang.lei"))
    other: Browser = app.test_client()  # type: ignore[assignment]
    other.sign_in("wang.lei")
    row = town.entry(plan, 1).row
    at = f"/plans/{plan.id}"
    for path in (
        f"key-tasks/{row.id}/split",
        f"key-tasks/{row.id}/merge",
        "key-tasks",
        "undo",
        "remembered",
        "proposals",
    ):
        assert other.submit(f"{at}/{path}", {"text": TEXT[:10], "at": "3"}).status_code == 403
    for path in ("confirm", f"key-tasks/{row.id}/reshape"):
        assert other.get(f"{at}/{path}").status_code == 403
    assert other.get(f"{at}/key-tasks/{row.id}", headers=HTMX).status_code == 403


def test_owners_without_number_are_refused_unread(officer: Browser, town: Town) -> None:
    """Each name is looked up in the whole directory."""
    plan = town.do(plans.import_document, draft())
    proposed = town.all(PlanProposal)[0]
    form = {"proposals": proposed.id, "adopt": "1"}
    many = "、".join(f"市第{n}局" for n in range(101))
    answer = send(officer, f"/plans/{plan.id}/proposals", form | {"responsible": many})
    assert answer.status_code == 422
    assert "一次最多选择100个单位" in answer.text
    again = send(officer, f"/plans/{plan.id}/proposals", form | {"responsible": "市财政局、" * 500})
    assert again.status_code == 200, again.text
