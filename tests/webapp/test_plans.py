"""Plan import in the browser's view: upload, paste, settle, confirm; and what is refused."""

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from lxml import html
from sqlalchemy import func, select

from engine.campaigns.models import Campaign
from engine.files import File
from engine.plans import editing
from engine.plans.models import Plan
from tests import factories
from tests.engine.plans.sample import TEXT, Town
from tests.webapp.conftest import TOKEN, Browser
from webapp.app import Duban


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


def count(town: Town, model: type[Any]) -> int:
    return town.read(lambda s: s.scalar(select(func.count()).select_from(model))) or 0


def upload(browser: Browser, data: bytes, name: str) -> Any:
    token = TOKEN.search(browser.get("/plans").text)
    assert token is not None
    headers = {"X-Filename": quote(name), "X-CSRFToken": token.group(1), "Accept": "application/json"}
    return browser.post("/plans/upload", data=data, headers=headers, content_type="application/octet-stream")


def imported(browser: Browser) -> int:
    answer = browser.submit("/plans", {"text": TEXT})
    assert answer.status_code == 303, html.fromstring(answer.text).text_content()
    return int(answer.location.rsplit("/", 1)[1])


def change(browser: Browser, path: str, form: dict[str, Any]) -> Any:
    return browser.submit(path, form, headers={"HX-Request": "true"})


def test_a_pasted_plan_stands_beside_its_reading(officer: Browser, town: Town) -> None:
    page = html.fromstring(officer.get(f"/plans/{imported(officer)}").text)
    assert page.findtext(".//h1") == "云川市优化营商环境专项行动方案"
    assert len(page.find_class("reading")) == 5
    document = page.find_class("plan-document")[0]
    assert "市行政审批局" in [span.text_content() for span in document.find_class("span-unit")]
    assert next(span.text_content() for span in document.find_class("span-deadline")) == "2026年6月30日前"
    assert "4 项待处理" in page.get_element_by_id("plan-summary").text_content()


def test_an_uploaded_document_is_read_and_kept(officer: Browser, town: Town) -> None:
    staged = upload(officer, TEXT.encode("gb18030"), "方案.txt")
    assert staged.status_code == 201
    answer = officer.submit("/plans", {"document": str(staged.json["id"])})
    assert answer.status_code == 303
    plan = town.all(Plan)[0]
    assert plan.file_name == "方案.txt"
    assert town.read(lambda s: s.get_one(File, plan.file_id).state) == "kept"
    # The same file cannot be handed in twice.
    again = officer.submit("/plans", {"document": str(staged.json["id"])})
    assert again.status_code == 422
    assert "没有找到上传的文件" in again.text


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b" " * 60_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "a.txt", "文件是空的"),
        ("今天天气很好。".encode(), "a.txt", "不像工作方案"),
        (bytes(range(1, 256)) * 40, "a.txt", "无法识别文件"),
        (b"%PDF-1.7 abc", "a.pdf", "PDF 文件已损坏"),
        (b"x" * 50_000_000, "a.txt", "文件超过 20 MB"),
        (bomb, "a.docx", "解压后异常庞大"),
    ],
)
def test_what_is_no_plan_is_refused_beside_the_file_and_leaves_nothing(
    officer: Browser, town: Town, data: bytes | Callable[[], bytes], name: str, sentence: str
) -> None:
    answer = upload(officer, data if isinstance(data, bytes) else data(), name)
    assert answer.status_code == 422
    assert sentence in answer.json["detail"]
    assert (count(town, File), count(town, Plan)) == (0, 0)
    assert not list(town.settings.staging_dir.glob("**/*")) if town.settings.staging_dir.exists() else True


def test_a_saved_page_is_read_without_what_stands_around_it(officer: Browser, town: Town) -> None:
    lines = "".join(f"<p>{line}</p>" for line in TEXT.splitlines())
    around = (
        "<!doctype html><title>门户</title><ul class=nav><li>首页</li></ul>",
        "<div class=footer>网站地图</div>",
    )
    page = f"{around[0]}<div>{lines}</div>{around[1]}"
    staged = upload(officer, page.encode(), "方案.html")
    assert staged.status_code == 201, staged.json
    answer = officer.submit("/plans", {"document": staged.json["id"]})
    shown = html.fromstring(officer.get(answer.location).text)
    assert len(shown.xpath("//*[@id='plan-cards']/article")) == 5
    assert "网站地图" not in shown.xpath("//*[@id='plan-document']")[0].text_content()


def test_a_pasted_text_that_is_no_plan_is_refused_beside_its_field(officer: Browser, town: Town) -> None:
    answer = officer.submit("/plans", {"text": "会议圆满结束。"})
    assert answer.status_code == 422
    page = html.fromstring(answer.text)
    assert "不像工作方案" in page.get_element_by_id("text-error").text_content()
    assert page.get_element_by_id("text").text.strip() == "会议圆满结束。"
    assert count(town, Plan) == 0
    nothing = officer.submit("/plans", {})
    assert "请选择方案文件，或者粘贴方案全文" in nothing.text


def test_everything_is_settled_by_small_forms_and_the_plan_confirmed(officer: Browser, town: Town) -> None:
    id = imported(officer)
    plan = town.all(Plan)[0]
    entries = {entry.row.number: entry.row for entry in town.view(plan).entries}
    refused = officer.submit(f"/plans/{id}/confirm", {"version": str(plan.version)})
    assert refused.status_code == 422
    assert "还有4项任务需要处理后才能确认：第1、3、4、5项" in refused.text

    group = town.part(plan, 1, "各县（市、区）人民政府")
    choice = html.fromstring(
        officer.get(f"/plans/{id}/units/{group.id}/choice", headers={"HX-Request": "true"}).text
    )
    ticked = choice.xpath("//input[@name='unit_ids'][@checked]/@value")
    assert len(ticked) == 3
    answer = change(officer, f"/plans/{id}/units/{group.id}/expand",
                    {"unit_ids": ticked, "version": str(entries[1].version)})  # fmt: skip
    assert answer.status_code == 200
    assert 'id="plan-summary" hx-swap-oob="true"' in answer.text

    part = town.part(plan, 3, "市公安居")
    assert change(officer, f"/plans/{id}/units/{part.id}/match", {"unit": "云川市公安局"}).status_code == 200
    leads = town.part(plan, 4, "各有关部门")
    form = {"unit_ids": [str(town.id("市司法局"))]}
    assert change(officer, f"/plans/{id}/units/{leads.id}/expand", form).status_code == 200
    reviewer = f"/plans/{id}/key-tasks/{entries[4].id}/reviewer"
    assert change(officer, reviewer, {"unit": "市司法局"}).status_code == 200
    defaults = officer.submit(f"/plans/{id}/limits", {"period": "quarter", "final_on": "2026-12-31"})
    assert defaults.status_code == 303

    version = town.view(plan).plan.version
    answer = officer.submit(f"/plans/{id}/confirm", {"version": str(version)})
    assert answer.status_code == 303
    campaign = town.all(Campaign)[0]
    assert answer.location == f"/campaigns/{campaign.id}"
    shown = officer.get(f"/plans/{id}").text
    assert "查看专项行动" in shown
    chips = {
        chip.get("data-filter"): chip.find_class("chip-count")[0].text
        for chip in html.fromstring(shown).find_class("chip")
    }
    assert chips == {"attention": "0", "all": "5", "settled": "5", "dropped": "0"}
    assert not re.search(r'action="/plans/\d+/(key-tasks|units|confirm)', shown)


def test_a_stale_form_keeps_what_was_typed_and_saves_nothing(officer: Browser, town: Town) -> None:
    id = imported(officer)
    plan = town.all(Plan)[0]
    row = town.entry(plan, 1).row
    town.do(editing.edit, plan.id, row.id, title="公布权责清单", text=row.text)
    path = f"/plans/{id}/key-tasks/{row.id}/wording"
    answer = change(officer, path, {"title": "我的题目", "text": "我的内容", "version": str(row.version)})
    assert answer.status_code == 422
    page = html.fromstring(f"<div>{answer.text}</div>")
    assert page.get_element_by_id(f"title-{row.id}").text.strip() == "我的题目"
    form = page.xpath("//form[contains(@action, 'wording')]")[0]
    assert "刚被他人修改" in form.find_class("field-error")[0].text_content()
    assert page.xpath("//form[contains(@action, 'wording')]//input[@name='version']/@value") == [
        str(row.version + 1)
    ]
    assert town.entry(plan, 1).row.title == "公布权责清单"


@pytest.mark.parametrize(
    ("path", "form", "sentence"),
    [
        ("key-tasks/{task}/wording", {"title": " ", "text": ""}, "请填写任务名称"),
        ("key-tasks/{task}/limits", {"kind": "date", "on": "2020-01-01"}, "早于今天"),
        ("key-tasks/{task}/limits", {"kind": "date", "on": "明天"}, "请填写日期"),
        (
            "key-tasks/{task}/limits",
            {"kind": "days", "days": "0", "counting": "working_days"},
            "天数应为1至3660",
        ),
        (
            "key-tasks/{task}/limits",
            {"kind": "event", "days": "5", "counting": "working_days"},
            "请写明从何时起算",
        ),
        ("key-tasks/{task}/limits", {"kind": "nonsense"}, "请选择时限的类型"),
        ("key-tasks/{task}/limits", {"kind": "cadence", "period": "fortnight"}, "请选择报告周期"),
        ("key-tasks/{task}/limits", {"kind": "cadence", "period": "week", "day": "8"}, "报送日不对"),
        (
            "key-tasks/{task}/limits",
            {"kind": "cadence", "period": "quarter", "month": "4", "day": "5"},
            "报送日不对",
        ),
        ("key-tasks/{task}/limits", {"kind": "cadence", "period": "year", "count": "-2"}, "报送日不对"),
        (
            "key-tasks/{task}/limits",
            {"kind": "days", "days": "5", "min_days": "5", "counting": "working_days"},
            "最短天数应小于最长天数",
        ),
        (
            "key-tasks/{task}/limits",
            {"kind": "date", "on": "2026-06-30", "from_on": "2026-07-01"},
            "起始日期不得晚于截止日期",
        ),
        ("key-tasks/{task}/reviewer", {"unit": ""}, "请填写或选择单位"),
        ("key-tasks/{task}/reviewer", {"unit": "天外局"}, "单位名录中没有“天外局”"),
        ("key-tasks/{task}/units", {"role": "boss", "unit": "市财政局"}, "请选择单位的职责"),
        ("units/{part}/match", {"unit_id": "999999999"}, "单位名录中没有这个单位"),
        ("units/{part}/expand", {}, "请至少选择一个单位"),
    ],
)
def test_each_refusal_is_one_sentence_in_its_place(
    officer: Browser, town: Town, path: str, form: dict[str, str], sentence: str
) -> None:
    id = imported(officer)
    plan = town.all(Plan)[0]
    ids = {"task": town.entry(plan, 1).row.id, "part": town.part(plan, 1, "各县（市、区）人民政府").id}
    before = town.view(plan).plan.version
    answer = change(officer, f"/plans/{id}/" + path.format(**ids), form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert town.view(plan).plan.version == before


def test_each_form_of_limit_is_set_shown_and_kept(officer: Browser, town: Town) -> None:
    id = imported(officer)
    plan = town.all(Plan)[0]
    task_id = town.entry(plan, 1).row.id
    empty = dict.fromkeys(
        ("on", "from_on", "day", "month", "about", "count", "min_days", "event", "scope", "days"), ""
    )
    for form, shown in (
        ({"kind": "date", "on": "2026-06-30", "from_on": "2026-04-01"}, "2026-04-01至2026-06-30"),
        ({"kind": "cadence", "period": "month", "day": "10"}, "每月10日前，报告上期情况"),
        ({"kind": "cadence", "period": "month", "day": "10", "about": "current"}, "每月10日前，报告本期情况"),
        ({"kind": "cadence", "period": "quarter", "month": "3", "day": "25"}, "每季度第3个月25日前，报告本期情况"),
        ({"kind": "cadence", "period": "year", "month": "1", "day": "31"}, "每年1月底前，报告上期情况"),
        ({"kind": "cadence", "period": "week", "day": "5"}, "每周五前，报告本期情况"),
        ({"kind": "cadence", "period": "year", "count": "2", "levels": "市、县"}, "每年不少于2次（市、县各级）"),
        ({"kind": "days", "days": "20", "counting": "working_days", "from_on": "2026-12-01"}, "2026-12-01起20个工作日内"),
        (
            {
                "kind": "event", "days": "15", "min_days": "5", "counting": "working_days",
                "event": "收到材料之日", "scope": "规范性文件",
            },
            "规范性文件：收到材料之日起不少于5个、不超过15个工作日",
        ),
    ):  # fmt: skip
        version = town.entry(plan, 1).row.version
        answer = change(
            officer, f"/plans/{id}/key-tasks/{task_id}/limits", {**empty, **form, "version": str(version)}
        )
        assert answer.status_code == 200, answer.text
        assert shown in answer.text
    limit = next(one for one in town.entry(plan, 1).limits if "from_on" in one.data and one.kind == "days")
    assert limit.data == {"days": 20, "counting": "working_days", "from_on": "2026-12-01"}
    page = officer.get(f"/plans/{id}").text
    assert "即 2026-12-29" in page


def test_without_scripts_a_form_leads_back_to_its_task(officer: Browser, town: Town) -> None:
    id = imported(officer)
    row = town.entry(town.all(Plan)[0], 2).row
    answer = officer.submit(f"/plans/{id}/key-tasks/{row.id}/drop", {"version": str(row.version)})
    assert (answer.status_code, answer.location) == (303, f"/plans/{id}#read-{row.id}")
    assert town.entry(town.all(Plan)[0], 2).row.dropped


def test_a_discarded_plan_leaves_the_list(officer: Browser, town: Town) -> None:
    id = imported(officer)
    assert "云川市优化营商环境专项行动方案" in officer.get("/plans").text
    assert officer.submit(f"/plans/{id}/discard").status_code == 303
    assert "还没有导入方案" in officer.get("/plans").text


def test_others_neither_see_nor_import_plans(officer: Browser, town: Town, app: Duban) -> None:
    id = imported(officer)
    town.act(lambda ctx: factories.make_account(ctx, town.reporter, "wang.lei"))
    other: Browser = app.test_client()  # type: ignore[assignment]
    other.sign_in("wang.lei")
    assert other.get(f"/plans/{id}").status_code == 403
    assert other.get("/plans/new").status_code == 403
    assert other.submit("/plans", {"text": TEXT}).status_code == 403
    assert upload_as(other).status_code == 403
    assert other.submit(f"/plans/{id}/confirm").status_code == 403
    part = town.part(town.all(Plan)[0], 3, "市公安居")
    assert other.get(f"/plans/{id}/units/{part.id}/choice").status_code == 403
    assert other.submit(f"/plans/{id}/units/{part.id}/match", {"unit": "云川市公安局"}).status_code == 403
    assert count(town, Plan) == 1


def upload_as(browser: Browser) -> Any:
    token = TOKEN.search(browser.get("/password").text)
    headers = {"X-Filename": "a.txt", "X-CSRFToken": token.group(1) if token else ""}
    return browser.post(
        "/plans/upload", data=TEXT.encode(), headers=headers, content_type="application/octet-stream"
    )


def test_a_name_with_what_no_name_may_hold_is_no_error(officer: Browser, town: Town) -> None:
    for name in ("方案\0.docx", "../" * 50 + "方案.docx", "长" * 3_000 + ".docx"):
        assert upload(officer, bomb(), name).status_code == 422
