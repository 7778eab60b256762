"""One work item through its pages, each form by the person whose duty it is."""

import re

from werkzeug.test import TestResponse

from tests.engine.campaigns.city import City
from tests.webapp.conftest import Browser


def form_of(page: TestResponse) -> str:
    """Address of the user task's form on a page."""
    found = re.search(r'action="(/user-tasks/\d+)"', page.text)
    assert found, page.text
    return found.group(1)


def test_a_work_item_travels_from_page_to_page(city: City, browse) -> None:  # type: ignore[no-untyped-def]
    reporter, head, lead = browse(city.bureau.reporter), browse(city.bureau.head), browse(city.lead.head)
    item = city.work_item()
    path = f"/work-items/{item.id}"

    inbox = reporter.get("/inbox")
    assert f'href="{path}?step=' in inbox.text
    assert "签收" in inbox.text

    def fill(browser: Browser, **form: str) -> TestResponse:
        answer = browser.submit(form_of(browser.get(path)), form)
        assert answer.status_code == 303, answer.text
        return browser.get(path)

    fill(reporter)
    assert "应报事项" in fill(reporter, text="按季推进").text
    assert "已完成三项" in fill(reporter, text="已完成三项").text
    fill(head, signed="true")
    refused = lead.submit(form_of(lead.get(path)), {"approved": "false", "reasons": " "})
    assert refused.status_code == 422
    assert "请填写退回原因" in refused.text
    assert "审核退回" in fill(lead, approved="false", reasons="缺少台账").text
    assert "缺少台账" in reporter.get(path).text
    fill(reporter, text="台账已补")
    fill(head, signed="true")
    fill(lead, approved="true")
    city.drain()
    assert "抽查期" in reporter.get(path).text
    assert "签收" in reporter.get("/inbox/done").text


def test_what_was_typed_stays_when_a_form_is_refused(city: City, browse) -> None:  # type: ignore[no-untyped-def]
    obligation = city.submitted()
    head = browse(city.bureau.head)
    page = head.get(f"/work-items/{obligation.work_item_id}")
    answer = head.submit(form_of(page), {"reasons": "数字对不上"})
    assert answer.status_code == 422
    assert "请填写此项" in answer.text
    assert "数字对不上" in answer.text


def test_a_lost_race_is_told_on_the_page_and_keeps_the_text(city: City, browse) -> None:  # type: ignore[no-untyped-def]
    obligation = city.obligation()
    reporter = browse(city.bureau.reporter)
    form = form_of(reporter.get(f"/work-items/{obligation.work_item_id}"))
    city.submitted(obligation)
    answer = reporter.submit(form, {"text": "我也写了一份", "round": "0"})
    assert answer.status_code == 409
    assert "有人刚刚处理过，请刷新" in answer.text
    assert "我也写了一份" in answer.text


def test_other_units_find_nothing(city: City, browse) -> None:  # type: ignore[no-untyped-def]
    item = city.work_item()
    stranger = browse(city.county.reporter)
    assert stranger.get(f"/work-items/{item.id}").status_code == 403
    assert stranger.get(f"/key-tasks/{item.key_task_id}").status_code == 403
    assert stranger.get(f"/campaigns/{item.campaign_id}").status_code == 403
    form = form_of(browse(city.bureau.reporter).get(f"/work-items/{item.id}"))
    assert stranger.submit(form).status_code == 403


def test_the_office_confirms_and_watches(city: City, browse) -> None:  # type: ignore[no-untyped-def]
    key_task = city.key_task()
    officer = browse(city.officer)
    path = f"/key-tasks/{key_task.id}"
    assert (
        officer.submit(form_of(officer.get(path)), {"progress": "quarter", "version": "1"}).status_code == 303
    )
    assert "正在交办" in officer.get(path).text
    city.drain()
    assert "已全部交办" in officer.get(path + "/progress").text
    matrix = officer.get(f"/campaigns/{key_task.campaign_id}")
    assert "压减审批时限" in matrix.text
    assert officer.get("/campaigns").text.count(f"/campaigns/{key_task.campaign_id}") == 1


def test_a_due_date_explains_itself(city: City, browse) -> None:  # type: ignore[no-untyped-def]
    item = city.work_item()
    reporter = browse(city.bureau.reporter)
    why = re.search(r'href="(/deadlines/\d+/why)"', reporter.get(f"/work-items/{item.id}").text)
    assert why
    assert "开始的当日不计入" in reporter.get(why.group(1)).text
    assert browse(city.county.reporter).get(why.group(1)).status_code == 403


def test_the_diagram_shows_where_the_case_stands(city: City, browse) -> None:  # type: ignore[no-untyped-def]
    item = city.work_item()
    reporter = browse(city.bureau.reporter)
    page = reporter.get(f"/work-items/{item.id}?lang=en").text
    assert 'data-active="acknowledge"' in page
    url = re.search(r'data-bpmn="([^"]+)"', page)
    assert url
    assert reporter.get(url.group(1)).data.startswith(b"<?xml")
