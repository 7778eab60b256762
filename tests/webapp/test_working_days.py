"""The calendar's pages: the year, a change with its effects shown, the import with a sentence for each wrong line."""

import html
import io
import json
import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from engine import working_days
from engine.campaigns.models import WorkItem
from engine.campaigns.rules import Limit
from engine.clock import end_of_day
from engine.context import Context, Role
from engine.deadlines import Deadline
from engine.working_days import CalendarEdition
from notifications import delivery
from notifications.models import Notification
from notifications.templates import render
from tests import factories
from tests.engine.campaigns.city import SYSTEM, City
from tests.webapp.conftest import Browser
from webapp.app import Duban

HEAD = "日期,至,类型,名称\n"
CARRIED = re.compile(r'name="change" value="([^"]*)"')


@pytest.fixture
def admin(app: Duban, city: City) -> Browser:
    return signed_in(app, city, Role.SYSTEM_ADMIN)


def signed_in(app: Duban, city: City, role: Role) -> Browser:
    def make(ctx: Context) -> str:
        return factories.make_account(ctx, factories.make_person(ctx, city.government.unit, role)).login

    browser: Browser = app.test_client()  # type: ignore[assignment]
    assert browser.sign_in(city.act(SYSTEM, make)).status_code == 303
    return browser


def confirm(browser: Browser, preview: Any) -> Any:
    """Press the button under the effects."""
    assert preview.status_code == 200, preview.text
    found = CARRIED.search(preview.text)
    assert found
    return browser.submit("/working-days/apply", {"change": html.unescape(found.group(1))})


def calendar(city: City, unit_id: int = 0) -> working_days.WorkingCalendar:
    return city.read(lambda session: working_days.load_of(session, unit_id))


def test_a_year_by_months(admin: Browser) -> None:
    page = admin.get("/working-days?year=2026").text
    assert page.count('<table class="cal-month"') == 12
    assert page.count("cal-make-up") == 6 + 1  # and one in the legend
    assert 'title="2026-10-10 调休上班 国庆节"' in page
    assert "已公布" in page
    assert "暂定" not in page
    page = admin.get("/working-days?year=2027").text
    assert "尚未公布" in page
    assert "暂定" in page
    assert "National Day" in admin.get("/working-days?year=2026&lang=en").text


def test_who_only_reads_is_offered_no_change(app: Duban, city: City) -> None:
    browser = signed_in(app, city, Role.REPORTER)
    page = browser.get("/working-days").text
    assert "/working-days/day" not in page
    assert "/working-days/import" not in page
    for path in ("/working-days/day?on=2026-10-01", "/working-days/import"):
        assert browser.get(path).status_code == 403
    for path in ("/working-days/day", "/working-days/import", "/working-days/apply"):
        assert browser.submit(path, {"on": "2026-10-01"}).status_code in (403, 422)
    assert browser.get("/working-days/editions").status_code == 200


def test_a_change_is_shown_then_made_then_followed(admin: Browser, city: City, app: Duban) -> None:
    """From the day's form to the inbox of the unit whose date has moved."""
    city.dispatched()
    day = city.read(lambda session: session.scalars(select(Deadline)).one())
    assert day.kind == "work_item.acknowledge"
    form = admin.get(f"/working-days/day?on={day.due_on}").text
    assert "工作日" in form
    given = {"on": day.due_on.isoformat(), "kind": "holiday", "name": "临时放假", "source": "市政府公告"}
    preview = admin.submit("/working-days/day", given)
    assert "签收时限" in preview.text
    assert "将要变动的期限" in preview.text
    assert calendar(city).is_workday(day.due_on), "nothing is in force yet"
    answer = confirm(admin, preview)
    assert answer.status_code == 303
    edition = answer.headers["Location"]
    assert "正在重新计算期限" in admin.get(edition).text
    city.drain()
    assert "期限已全部重新计算" in admin.get(edition + "/progress").text
    moved = city.get(Deadline, day.id)
    assert moved.due_on == calendar(city).next_workday(day.due_on)
    [task] = [t for t in city.user_tasks(("work_item", day.subject_id)) if t.deadline_kind == day.kind]
    assert task.due_at == end_of_day(moved.due_on), "the inbox sorts by the new date"
    delivery.dispatch(city.db, city.clock, city.settings)
    told = city.read(
        lambda session: session.scalars(
            select(Notification).where(Notification.kind == "calendar.dates_moved")
        ).all()
    )
    assert {n.person_id for n in told} == {city.bureau.reporter.person_id, city.bureau.head.person_id}
    watching = city.read(
        lambda session: session.scalars(
            select(Notification).where(Notification.kind == "calendar.watched_dates_moved")
        ).all()
    )
    knowing = (city.lead.head, city.office.head, city.officer)
    assert {n.person_id for n in watching} == {actor.person_id for actor in knowing}
    assert all("有1项期限" in render(n.kind, n.params, "zh").title for n in watching)
    shown = render(told[0].kind, told[0].params, "zh")
    assert "有1项期限随之变动" in shown.title
    assert shown.detail == f"依据：{day.due_on}的安排（市政府公告）"
    assert render(told[0].kind, told[0].params, "en").detail.startswith("Source: Arrangement of ")
    reader = app.test_client()
    login = city.act(SYSTEM, lambda ctx: factories.make_account(ctx, city.bureau.reporter).login)
    reader.sign_in(login)  # type: ignore[attr-defined]
    why = reader.get(f"/deadlines/{day.id}/why").text
    assert f"工作日历调整：{day.due_on}的安排（市政府公告）" in why
    assert edition in why
    assert "临时放假" in why


def test_a_provisional_date_says_so_everywhere(admin: Browser, city: City, app: Duban) -> None:
    city.at(2026, 12, 31, 9)
    city.dispatched(limits=(Limit("final", {"rule": "fixed_date", "on": "2027-06-30", "text": "6月30日前"}),))  # type: ignore[arg-type]
    day = city.read(lambda session: session.scalars(select(Deadline)).one())
    assert day.provisional
    login = city.act(SYSTEM, lambda ctx: factories.make_account(ctx, city.bureau.reporter).login)
    reader: Any = app.test_client()
    reader.sign_in(login)
    item = city.read(lambda session: session.scalars(select(WorkItem.id)).one())
    campaign = city.read(lambda session: session.get_one(WorkItem, item).campaign_id)
    for path in ("/inbox", f"/work-items/{item}", f"/deadlines/{day.id}/why"):
        assert "暂定" in reader.get(path).text, path
    assert campaign


def test_a_year_is_imported_whole(admin: Browser, city: City) -> None:
    text = HEAD + "2027-01-01,2027-01-03,放假,元旦\n2027-01-09,,上班,元旦\n"
    upload = {
        "year": "2027",
        "source": "国办发明电〔2026〕7号",
        "file": (io.BytesIO(text.encode("gb18030")), "a.csv"),
    }
    answer = confirm(admin, admin.submit("/working-days/import", upload, content_type="multipart/form-data"))
    assert answer.status_code == 303
    found = calendar(city)
    assert 2027 in found.official_years
    assert [on.day for on in found.days if on.year == 2027] == [1, 2, 3, 9]
    page = admin.get("/working-days/editions").text
    assert "2027年节假日安排（国办发明电〔2026〕7号）" in page


def test_a_wrong_line_stops_the_import_and_what_was_typed_stays(admin: Browser, city: City) -> None:
    text = HEAD + "2027-01-01,,放假,元旦\n2027-13-01,,放假,x\n2027-05-01,,休假,劳动节\n"
    before = calendar(city)
    refused = admin.submit("/working-days/import", {"year": "2027", "text": text, "source": "一份"})
    assert refused.status_code == 422
    assert "文件中有2处错误，未导入任何内容" in refused.text
    assert "第3行：日期“2027-13-01”无法识别" in refused.text
    assert "第4行：类型“休假”应为“放假”或“上班”" in refused.text
    assert "2027-05-01,,休假,劳动节" in refused.text
    assert 'value="一份"' in refused.text
    assert calendar(city) is before


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"kind": "", "name": "节", "source": "文"}, "请选择放假、上班或者恢复"),
        ({"kind": "holiday", "name": "", "source": "文"}, "请写明名称"),
        ({"kind": "holiday", "name": "节", "source": ""}, "请填写依据"),
        ({"kind": "holiday", "name": "节" * 61, "source": "文"}, "填写有误"),
        ({"kind": "holiday", "name": "国庆节", "source": "文"}, "没有需要更改的内容"),
    ],
)
def test_a_day_that_cannot_be_changed_so(admin: Browser, given: dict[str, str], says: str) -> None:
    refused = admin.submit("/working-days/day", {"on": "2026-10-01", **given})
    assert refused.status_code == 422
    assert says in refused.text


def test_local_days_of_a_unit(admin: Browser, city: City) -> None:
    unit = city.county
    found = admin.get("/working-days", query_string={"year": 2026, "named": unit.unit.name})
    assert found.headers["Location"].endswith(f"unit={unit.id}")
    given = {
        "on": "2026-04-13", "unit": str(unit.id), "kind": "holiday", "name": "泼水节", "source": "州政府通知",
    }  # fmt: skip
    assert confirm(admin, admin.submit("/working-days/day", given)).status_code == 303
    below = city.staff(unit)
    assert not calendar(city, below.id).is_workday(date(2026, 4, 13))
    assert calendar(city, city.bureau.id).is_workday(date(2026, 4, 13))
    page = admin.get(f"/working-days?year=2026&unit={below.id}").text
    assert 'title="2026-04-13 地方规定放假 泼水节 州政府通知"' in page
    assert "没有找到单位" in admin.get("/working-days?named=某局").text


def test_two_administrators_with_the_same_effects_before_them(admin: Browser, app: Duban, city: City) -> None:
    other = signed_in(app, city, Role.SYSTEM_ADMIN)
    given = {"on": "2026-10-08", "kind": "holiday", "name": "国庆节", "source": "补充通知"}
    mine, theirs = (who.submit("/working-days/day", given) for who in (admin, other))
    assert confirm(admin, mine).status_code == 303
    late = confirm(other, theirs)
    assert late.status_code == 422
    assert "日历刚刚已被更改" in late.text
    assert len(city.read(lambda session: session.scalars(select(CalendarEdition.id)).all())) == 2


@pytest.mark.parametrize("sent", ["", "{", "[]", "[" * 9000, '{"year": 2026}', "null"])
def test_a_change_that_was_tampered_with(admin: Browser, city: City, sent: str) -> None:
    before = calendar(city)
    assert admin.submit("/working-days/apply", {"change": sent}).status_code == 422
    assert calendar(city) is before


def test_templates_to_fill_in(admin: Browser) -> None:
    text = admin.get("/working-days/template.csv?year=2027").data.decode("utf-8-sig")
    assert text.startswith("日期,至,类型,名称\r\n2027-01-01,,放假,元旦\r\n")
    told = json.loads(admin.get("/working-days/template.json?year=2027").data)
    assert told["days"][0] == {"date": "2027-01-01", "kind": "holiday", "name": "元旦"}
    for path in ("/working-days/day?on=x", "/working-days/day?on=1999-01-01", "/working-days/editions/99999"):
        assert admin.get(path).status_code == 404
