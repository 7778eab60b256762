"""The editor of ladders and of the lights' meaning: rows come and go, faults stand beside them, a preview names people."""

import re
from typing import Any

from engine import queue
from engine.campaigns import queries as campaigns
from engine.context import Role
from engine.deadlines import configuring
from tests import factories
from tests.engine.campaigns.city import SYSTEM, City
from tests.webapp.conftest import Browser
from webapp.app import Duban


def enter(app: Duban, city: City, actor: Any) -> Browser:
    account = city.act(SYSTEM, factories.make_account, actor)
    browser: Browser = app.test_client()  # type: ignore[assignment]
    assert browser.sign_in(account.login).status_code == 303
    return browser


def typed(text: str) -> dict[str, Any]:
    """The rows of the editor as a browser would send them."""
    form: dict[str, Any] = {
        name: value
        for name, value in re.findall(r'<input[^>]* name="(\w+-\d+)" value="(\w*)"', text)
        if "to-" not in name
    }
    for name, options in re.findall(r'<select[^>]* name="([\w-]+)"[^>]*>(.*?)</select>', text, re.S):
        chosen = re.search(r'value="([\w.]+)" selected', options)
        form[name] = chosen.group(1) if chosen else ""
    for name, value in re.findall(r'type="checkbox"[^>]* name="(to-\d+)" value="(\w+)" checked', text):
        form.setdefault(name, []).append(value)
    form["version"] = re.findall(r'name="version" value="(\d+)"', text)[0]
    return form


def test_a_ladder_is_changed_previewed_and_published(app: Duban, city: City) -> None:
    item = city.work_item()
    keeper = enter(app, city, city.act(SYSTEM, factories.make_person, city.bureau.unit, Role.SYSTEM_ADMIN))
    assert "到期后3个工作日：拟发督办通知单" in keeper.get("/policies").text
    path = "/policies/default/edit"
    form = typed(keeper.get(path).text)
    assert sum(name.startswith("side-") for name in form) == 9
    assert form["side-4"] == "passing"

    # a row more, and one less: nothing is stored
    added = keeper.submit(path, {**form, "do": "add"})
    assert added.status_code == 200
    form = typed(added.text)
    assert (form["side-9"], form["days-9"]) == ("after", "")
    form = typed(keeper.submit(path, {**form, "do": "remove-0"}).text)
    assert (form["days-0"], sum(name.startswith("side-") for name in form)) == ("7", 9)
    assert "side-8" in typed(keeper.submit(path, {**form, "do": "remove-3"}).text), "the passing stays"

    # what is wrong stands beside its field, and what was typed is kept
    wrong = keeper.submit(path, {**form, "days-8": "3天", "action-8": "remind", "do": "preview"})
    assert wrong.status_code == 422
    assert 'value="3天"' in wrong.text
    assert re.search(r'id="days-8-error">天数须为30以内的整数', wrong.text)
    assert re.search(r'id="to-8-error">请至少选择一个通知对象', wrong.text)
    endless = {**form, "days-8": "000001" + "0" * 5000, "do": "preview"}
    assert keeper.submit(path, endless).status_code == 422

    # on a real deadline: which days, whom by name, what is over
    form |= {
        "days-8": "5",
        "action-8": "notice.talk",
        "to-8": ["head", "office"],
        "condition-8": "no_extension_pending",
    }
    shown = keeper.submit(path, {**form, "do": "preview"})
    assert shown.status_code == 200, shown.text
    assert item.number in shown.text
    for person in (city.bureau.reporter, city.bureau.head, city.officer):
        assert person.name in shown.text
    assert "拟发约谈通知" in shown.text
    form = typed(shown.text)
    assert [form[f"days-{n}"] for n in (0, 1, 2, 4, 5, 6)] == ["7", "3", "1", "1", "3", "5"], (
        "in order of time"
    )

    nameless = keeper.submit(path, {**form, "do": "save", "scope": "running"})
    assert nameless.status_code == 422
    assert "请说明为什么修改" in nameless.text
    assert keeper.submit(path, {**form, "do": "save", "scope": "running", "note": "试行"}).status_code == 303
    stale = keeper.submit(path, {**form, "do": "save", "note": "再改"})
    assert stale.status_code == 409
    page = keeper.get("/policies/default").text
    assert "取消：到期前15个工作日：发送提醒" in page
    assert "增加：到期后5个工作日：拟发约谈通知" in page
    assert "正在办理的期限换用新版本" in page
    while queue.work_one(city.db, city.clock, city.settings):
        pass
    assert "换用新版本" not in keeper.get("/policies/default/progress").text
    assert city.act(SYSTEM, lambda ctx: configuring.running(ctx.session, "default").keys()) == {2}
    for path in ("/policies/default?version=1", "/policies/window", "/light-meanings"):
        assert keeper.get(path).status_code == 200
    assert keeper.get("/policies/unknown").status_code == 404
    assert keeper.get("/policies/default?version=9").status_code == 404
    assert enter(app, city, city.officer).get("/policies/default/edit").status_code == 403


def test_every_light_says_why_and_wears_the_words_of_the_installation(app: Duban, city: City) -> None:
    item = city.work_item()
    reporter = enter(app, city, city.bureau.reporter)
    keeper = enter(app, city, city.act(SYSTEM, factories.make_person, city.bureau.unit, Role.SYSTEM_ADMIN))
    leader = re.compile(r'class="(?:light light-\w+|cell-why)" href="(/deadlines/\d+/why)"')
    places = (
        "/inbox",
        f"/work-items/{item.id}",
        f"/key-tasks/{item.key_task_id}",
        f"/campaigns/{item.campaign_id}",
    )
    for place in places:
        page = reporter.get(place).text
        assert leader.search(page), place
    why = leader.search(reporter.get("/inbox").text)
    assert why
    text = reporter.get(why.group(1)).text
    assert "经办人在期限内完成“签收”" in text
    assert "下一步" in text
    assert "第1版" in text
    assert "灯色含义" in reporter.get("/inbox").text
    for place in places:
        assert "正常" in reporter.get(place).text

    form = {
        "in_time": "green", "reminded": "green", "due_soon": "yellow", "overdue": "red", "paused": "grey",
        "met": "grey", "met_late": "yellow", "cancelled": "grey", "yellow_days": "10", "version": "0", "note": "按市里规定",
        "word_green": "绿灯", "word_blue": "蓝灯", "word_yellow": "黄灯", "word_red": "红灯", "word_grey": "销灯",
    }  # fmt: skip
    wrong = keeper.submit("/light-meanings", {**form, "yellow_days": "-3"})
    assert wrong.status_code == 422
    assert "临近到期的天数须在0至15个工作日之间" in wrong.text
    assert "请选择灯色" in keeper.submit("/light-meanings", {**form, "met": "pink"}).text
    assert reporter.submit("/light-meanings", form).status_code == 403
    assert keeper.submit("/light-meanings", form).status_code == 303
    assert keeper.submit("/light-meanings", form).status_code == 409
    versions = keeper.get("/light-meanings").text
    assert "已完成，但曾逾期：灰灯 → 黄灯" in versions
    assert "临近到期：1 → 10个工作日" in versions
    for place in places:
        page = reporter.get(place).text
        assert "黄灯" in page, place
        assert "正常" not in page, place
    assert "10个工作日内到期" in reporter.get(why.group(1)).text
    assert city.act(city.officer, campaigns.matrix, item.campaign_id).colours["yellow"] > 0
