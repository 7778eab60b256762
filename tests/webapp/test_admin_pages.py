"""Messages, background work, audit, directory and the permission table: who sees what, and what it does."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text

from engine import queue
from engine.audit import AuditEntry
from engine.clock import FixedClock
from engine.context import Actor, Context, Role
from engine.organisation import service
from engine.organisation.credentials import Account
from engine.organisation.models import Person, Post, Unit, UnitGroup, UnitLevel
from engine.permissions import Permission, Relation
from notifications.models import Delivery, DeliveryState, Notification
from tests import factories
from tests.webapp.conftest import Browser
from webapp.app import Duban
from webapp.pages import permissions

Act = Callable[..., Any]
Sign = Callable[..., Browser]


@pytest.fixture
def sign_in(app: Duban, act: Act, unit: Unit) -> Sign:
    """`sign_in(Role.OFFICER)`: a browser of somebody new in that post."""

    def open_browser(*roles: Role) -> Browser:
        def make(ctx: Context) -> str:
            return factories.make_account(ctx, factories.make_person(ctx, unit, *roles)).login

        browser: Browser = app.test_client()  # type: ignore[assignment]
        assert browser.sign_in(act(make)).status_code == 303
        return browser

    return open_browser


def told(act: Act, person_id: int, n: int = 1, **other: Any) -> list[int]:
    """Notifications for a person about work items, oldest first."""

    def make(ctx: Context) -> list[int]:
        rows = [
            Notification(
                **{
                    "message_id": f"{person_id}-{i}", "person_id": person_id, "kind": "work_item.assigned",
                    "subject_type": "work_item", "subject_id": 7, "work_item_id": 7, "created_at": ctx.clock.now(),
                    "params": {"number": f"3-{i:02}", "title": "清理文件"}, **other,
                }
            )
            for i in range(n)
        ]  # fmt: skip
        ctx.session.add_all(rows)
        ctx.session.flush()
        return [row.id for row in rows]

    return act(make)  # type: ignore[no-any-return]


# messages


def test_the_bell_counts_what_is_unread(browser: Browser, act: Act, reporter: Actor) -> None:
    browser.sign_in("li.na")
    assert "还没有消息" in browser.get("/messages").text
    first, second = told(act, reporter.person_id or 0, 2)
    page = browser.get("/messages").text
    assert "消息，2 条未读" in page
    assert page.index("3-01") < page.index("3-00")
    opened = browser.submit(f"/messages/{first}/open")
    assert (opened.status_code, opened.headers["Location"]) == (303, "/work-items/7")
    assert "消息，1 条未读" in browser.get("/messages").text
    unread = browser.get("/messages?only=unread").text
    assert ("3-01" in unread, "3-00" in unread) == (True, False)
    assert browser.submit("/messages/read", {"ids": [str(second)]}).status_code == 303
    assert "消息，0 条未读" in browser.get("/messages").text


def test_all_are_marked_read_at_once_and_only_ones_own(browser: Browser, act: Act, reporter: Actor) -> None:
    other = act(lambda ctx: factories.make_person(ctx))
    theirs = told(act, other.person_id, 1)[0]
    told(act, reporter.person_id or 0, 3)
    browser.sign_in("li.na")
    assert browser.submit(f"/messages/{theirs}/open").status_code == 404
    browser.submit("/messages/read", {"all": "1", "ids": [str(theirs)]})
    left = act(
        lambda ctx: ctx.session.scalars(select(Notification.id).where(Notification.read_at.is_(None))).all()
    )
    assert left == [theirs]


def test_messages_are_paged_by_key(browser: Browser, act: Act, reporter: Actor) -> None:
    told(act, reporter.person_id or 0, 51)
    browser.sign_in("li.na")
    first = browser.get("/messages").text
    assert ("3-50" in first, "3-00" in first) == (True, False)
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link
    last = browser.get(link.group(1).replace("&amp;", "&")).text
    assert ("3-00" in last, "3-50" in last, 'rel="next"' in last) == (True, False, False)


def test_news_in_the_readers_language(browser: Browser, act: Act, reporter: Actor) -> None:
    told(act, reporter.person_id or 0, 1, params={"number": "9-09", "title": "<b>清理</b>"})
    browser.sign_in("li.na")
    page = browser.get("/messages").text
    assert "&lt;b&gt;清理" in page
    assert "<b>清理" not in page


# what could not be told, and what could not be done


def test_a_mail_given_up_is_shown_and_sent_again(sign_in: Sign, act: Act, reporter: Actor) -> None:
    def make(ctx: Context) -> int:
        now = ctx.clock.now()
        row = Delivery(
            channel="email", person_id=reporter.person_id, state=DeliveryState.FAILED, mail_id="m", attempts=8,
            last_error="550 no such user", created_at=now, ended_at=now,
        )  # fmt: skip
        ctx.session.add(row)
        ctx.session.flush()
        return row.id

    mail = act(make)
    admin = sign_in(Role.SYSTEM_ADMIN)
    page = admin.get("/messages/failures").text
    assert "550 no such user" in page
    assert "李娜" in page
    assert "没有发送记录" in admin.get(f"/messages/failures/{mail}/attempts").text
    assert admin.submit(f"/messages/failures/{mail}/retry").status_code == 303
    assert "550 no such user" not in admin.get("/messages/failures").text
    again = admin.submit(f"/messages/failures/{mail}/retry")
    assert (again.status_code, "只有发送失败的消息才能重新发送" in again.text) == (422, True)


def test_parked_work_is_shown_with_its_error_and_done_again(sign_in: Sign, act: Act) -> None:
    def park(ctx: Context) -> int:
        queue.put(ctx, "campaigns.dispatch", "campaigns.dispatch:9", {})
        item = ctx.session.scalars(select(queue.QueueItem)).one()
        item.state, item.run_at, item.finished_at = "parked", None, ctx.clock.now()
        item.last_error, item.progress = "LookupError: <unit 4>", '{"done": 20, "total": 31}'
        return item.id

    item = act(park)
    admin = sign_in(Role.SYSTEM_ADMIN)
    page = admin.get("/queue").text
    assert "LookupError: &lt;unit 4&gt;" in page
    assert "20 / 31" in page
    assert admin.submit(f"/queue/{item}/retry").status_code == 303
    assert "没有挂起的工作" in admin.get("/queue").text
    assert admin.submit(f"/queue/{item}/retry").status_code == 422


# audit


def test_entries_are_found_by_stream_actor_and_day(
    sign_in: Sign, act: Act, clock: FixedClock, unit: Unit
) -> None:
    clock.move(days=2)
    name = "赵明"
    boss = Actor(name, person_id=None)
    act(lambda ctx: service.create_unit(ctx, name="市档案局", level=UnitLevel.CITY), boss)
    admin = sign_in(Role.AUDIT_ADMIN)
    everything = admin.get("/audit").text
    assert "新建单位" in everything
    assert "开立账号" in everything
    mine = admin.get(f"/audit?actor={name}").text
    assert ("市档案局" in mine, "开立账号" in mine) == (True, False)
    assert "开立账号" not in admin.get("/audit?kind=organisation").text
    assert "新建单位" not in admin.get("/audit?kind=account").text
    day = date(2026, 3, 4).isoformat()
    assert ("市档案局" in admin.get(f"/audit?from={day}&to={day}").text) is True
    assert ("市档案局" in admin.get("/audit?to=2026-03-03").text) is False
    wrong = admin.get("/audit?from=后天").text
    assert "请填写正确的日期" in wrong


def test_the_export_is_whole_and_harmless_in_a_spreadsheet(sign_in: Sign, act: Act) -> None:
    admin = sign_in(Role.AUDIT_ADMIN)
    evil = Actor("=HYPERLINK(1)", person_id=None)
    act(lambda ctx: service.create_unit(ctx, name="市档案局", level=UnitLevel.CITY), evil)
    answer = admin.get("/audit/export.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    lines = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    n = act(lambda ctx: len(ctx.session.scalars(select(AuditEntry.id)).all()))
    assert len(lines) == n
    assert lines[0]["行为人"] == "'=HYPERLINK(1)"
    assert not [cell for line in lines for cell in line.values() if cell.startswith(("=", "@"))]
    filtered = admin.get("/audit/export.csv?kind=account").data.decode("utf-8-sig")
    assert {line["卷宗"].partition(":")[0] for line in csv.DictReader(io.StringIO(filtered))} == {"account"}


def test_an_export_longer_than_a_portion(sign_in: Sign, act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = sign_in(Role.AUDIT_ADMIN)
    monkeypatch.setattr("webapp.pages.audit.BATCH", 2)
    n = act(lambda ctx: len(ctx.session.scalars(select(AuditEntry.id)).all()))
    assert n > 4
    assert len(admin.get("/audit/export.csv").text.strip().splitlines()) == n + 1


def test_verification_tells_whether_anybody_touched_it(sign_in: Sign, act: Act, unit: Unit) -> None:
    admin = sign_in(Role.AUDIT_ADMIN)
    assert "还没有核验过" in admin.get("/audit").text
    assert admin.submit("/audit/verify").status_code == 303
    assert "记录完整" in admin.get("/audit").text

    def tamper(ctx: Context) -> None:
        ctx.session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        ctx.session.execute(
            text("UPDATE audit_entry SET actor_name = '别人' WHERE stream = 'organisation' AND seq = 1")
        )
        ctx.session.execute(text("ALTER TABLE audit_entry ENABLE TRIGGER USER"))

    act(tamper)
    admin.submit("/audit/verify")
    page = admin.get("/audit").text
    assert "发现 1 处问题" in page
    assert "组织机构 第1条记录被改动" in page


# the directory


def people(act: Act, name: str) -> Any:
    return act(lambda ctx: ctx.session.scalars(select(Person).where(Person.name == name)).one())


def test_a_unit_a_person_an_account_and_a_post_each_by_whose_duty_it_is(
    app: Duban, sign_in: Sign, act: Act, unit: Unit
) -> None:
    keeper, security = sign_in(Role.SYSTEM_ADMIN), sign_in(Role.SECURITY_ADMIN)
    form = {
        "name": "云川市档案局",
        "short_name": "市档案局",
        "parent": "市司法局",
        "level": "city",
        "kind": "department",
    }
    made = keeper.submit("/organisation/units/new", form)
    assert made.status_code == 303, made.text
    assert "云川市档案局" in keeper.get(f"/organisation/units/{unit.id}").text
    assert security.submit("/organisation/units/new", form).status_code == 403

    person = keeper.submit("/organisation/people/new", {"name": "孙琳", "email": "sun@example.cn"})
    path = person.headers["Location"]
    account = keeper.submit(path + "/account", {"login": "sun.lin"})
    assert account.status_code == 200
    password = re.search(r"Db-[\w-]+-7", account.text)
    assert password
    assert password.group() not in keeper.get(path).text
    appointment = {"unit": "市档案局", "role": "reporter"}
    assert keeper.submit(path + "/posts", appointment).status_code == 403
    assert security.submit(path + "/account", {"login": "sun2"}).status_code == 403
    assert security.submit(path + "/posts", appointment).status_code == 303
    assert "sun.lin" not in security.get(path).text
    assert "sun@example.cn" not in security.get(path).text
    newcomer: Browser = app.test_client()  # type: ignore[assignment]
    assert newcomer.sign_in("sun.lin", password.group()).status_code == 303
    assert newcomer.get("/inbox").headers["Location"] == "/password"

    post = act(
        lambda ctx: ctx.session.scalars(select(Post).where(Post.person_id == people(act, "孙琳").id)).one()
    )
    assert security.submit(f"/organisation/posts/{post.id}/dismiss").status_code == 303
    late = security.submit(f"/organisation/posts/{post.id}/dismiss")
    assert (late.status_code, "该岗位已经免去" in late.text) == (422, True)

    again = keeper.submit(path + "/account/password")
    assert again.status_code == 200
    assert newcomer.get("/password").status_code == 303
    assert keeper.submit(path + "/account/disable").status_code == 303
    fresh: Browser = app.test_client()  # type: ignore[assignment]
    found = re.search(r"Db-[\w-]+-7", again.text)
    assert found
    assert fresh.sign_in("sun.lin", found.group()).status_code == 401


@pytest.mark.parametrize(
    ("path", "form", "sentence"),
    [
        ("/organisation/units/new", {"name": " ", "level": "city", "kind": "court"}, "请填写名称"),
        ("/organisation/units/new", {"name": "法院", "level": "city", "kind": "court", "parent": "无"}, "没有找到单位“无”"),
        ("/organisation/units/new", {"name": "市法院", "level": "moon", "kind": "court"}, "填写有误，请检查"),
        ("/organisation/people/new", {"name": "王", "email": "无"}, "电子邮箱格式不正确"),
        ("/organisation/groups/new", {"name": "各局", "members": "市司法局\n某某局"}, "没有找到单位“某某局”"),
    ],
)  # fmt: skip
def test_what_was_typed_stays(
    sign_in: Sign, act: Act, path: str, form: dict[str, str], sentence: str
) -> None:
    keeper = sign_in(Role.SYSTEM_ADMIN)
    answer = keeper.submit(path, form)
    assert answer.status_code == 422
    assert sentence in answer.text
    for field in ("name", "parent", "email", "members"):
        assert form.get(field, "").strip() in answer.text
    assert act(lambda ctx: ctx.session.scalars(select(UnitGroup)).all()) == []


def test_powers_stay_apart(sign_in: Sign, act: Act, unit: Unit, reporter: Actor) -> None:
    security = sign_in(Role.SECURITY_ADMIN)
    path = f"/organisation/people/{reporter.person_id}"
    refused = security.submit(path + "/posts", {"unit": unit.name, "role": "audit_admin", "title": "科长"})
    assert refused.status_code == 422
    assert "应由不同人员担任" in refused.text
    assert 'value="科长"' in refused.text


def test_a_login_is_never_used_twice(sign_in: Sign, act: Act, reporter: Actor) -> None:
    keeper = sign_in(Role.SYSTEM_ADMIN)
    path = keeper.submit("/organisation/people/new", {"name": "孙琳"}).headers["Location"]
    refused = keeper.submit(path + "/account", {"login": "li.na"})
    assert (refused.status_code, "登录名已被使用过" in refused.text) == (422, True)
    assert 'value="li.na"' in refused.text
    n = act(lambda ctx: len(ctx.session.scalars(select(Account).where(Account.login == "li.na")).all()))
    assert n == 1


def test_a_group_is_set_by_names_and_a_unit_found_by_any_of_its_own(
    sign_in: Sign, act: Act, unit: Unit
) -> None:
    keeper = sign_in(Role.SYSTEM_ADMIN)
    assert (
        keeper.submit(f"/organisation/units/{unit.id}/aliases", {"alias": "市司法行政机关"}).status_code
        == 303
    )
    made = keeper.submit("/organisation/groups/new", {"name": "政法单位", "members": "市司法行政机关\n"})
    assert made.status_code == 303, made.text
    assert "云川市司法局" in keeper.get(made.headers["Location"]).text
    assert "政法单位" in keeper.get(f"/organisation/units/{unit.id}").text
    renamed = keeper.submit(f"/organisation/units/{unit.id}/rename", {"name": "云川市司法厅"})
    assert renamed.status_code == 303
    assert "原名：云川市司法局" in keeper.get(f"/organisation/units/{unit.id}").text
    assert "云川市司法厅" in keeper.get("/organisation?q=司法厅").text
    assert keeper.submit(made.headers["Location"] + "/members", {"members": ""}).status_code == 303
    assert "还没有成员" in keeper.get(made.headers["Location"]).text


def test_addresses_that_nobody_wrote_find_the_first_page(sign_in: Sign) -> None:
    for role, paths in (
        (
            Role.SYSTEM_ADMIN,
            ("/messages", "/messages/failures", "/organisation/people", "/organisation?q=市"),
        ),
        (Role.AUDIT_ADMIN, ("/audit",)),
        (Role.OFFICER, ("/rounds",)),
        (Role.INSPECTOR, ("/checks",)),
    ):
        browser = sign_in(role)
        for path in paths:
            for place in ("x", "9" * 30, "-1", "²"):
                mark = "&" if "?" in path else "?"
                assert browser.get(f"{path}{mark}after={place}").status_code == 200, (path, place)


# the table of permissions


def test_the_whole_policy_has_words(sign_in: Sign) -> None:
    assert set(permissions.WORDS) == set(Permission)
    assert set(permissions.RELATIONS) == set(Relation)
    page = sign_in(Role.REPORTER).get("/permissions").text
    assert all(f">{permission.value}<" in page for permission in Permission)
    row = page.split(f">{Permission.REVIEW_DECIDE.value}<")[1].split("</tr>")[0]
    assert "审核（牵头）单位" in row
    assert "单位负责人" in row
    assert "责任单位、提交者本人" in row
    assert "经办人" not in row
