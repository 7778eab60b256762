"""A walk through the API in which every operation of its description succeeds, by the person whose duty it is.

A key task goes from confirmation to its accepted summary, with a return, a draw, a finding and its rectification;
a plan goes from its text to a campaign; the directory is kept; administrators look after what went wrong.
"""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from engine import outbox
from engine.campaigns.rules import Limit
from engine.clock import FixedClock, local_date
from engine.context import Context
from engine.outbox import OutboxMessage
from engine.queue import QueueItem
from engine.settings import Settings
from notifications import delivery
from notifications.models import AttemptOutcome, Delivery, DeliveryAttempt, DeliveryState, DispatchFailure
from tests.engine.campaigns.city import SYSTEM, City
from tests.engine.plans.sample import TEXT, Town
from tests.factories import PASSWORD, make_account, make_person
from tests.webapp.api_world import Staffed, Walker
from webapp.app import Duban, create_app

LIMITS = (
    Limit("final", {"rule": "fixed_date", "on": "2026-06-30", "text": "6月30日前"}),  # type: ignore[arg-type]
    Limit(
        "event",  # type: ignore[arg-type]
        {"rule": "after_event", "days": 7, "counting": "working_days", "text": "作出之日起7个工作日内公开"},
        "执法决定公开",
    ),
)


@pytest.fixture
def app(db: Engine, clock: FixedClock, settings: Settings) -> Duban:
    return create_app(settings, clock, db=db)


@pytest.fixture
def staffed(db: Engine, clock: FixedClock, settings: Settings) -> Staffed:
    return Staffed(City(db, clock, settings))


@pytest.fixture
def call(app: Duban, staffed: Staffed) -> Walker:
    return Walker(app, staffed)


def test_every_operation_succeeds_for_the_person_whose_duty_it_is(call: Walker) -> None:
    city = call.staffed.city
    directory(call)
    own_account(call)
    key_task_id = begun(call)
    ladders(call)
    items = reported(call, key_task_id)
    drawn(call, items)
    summed_up(call, key_task_id)
    told(call)
    planned(call, Town(city.db, city.clock, city.settings))
    administrators(call)
    calendar(call)
    assert call.operations - call.seen == set()


def directory(call: Walker) -> None:
    """The system administrator keeps units, people and accounts, the security administrator grants posts."""
    city = call.staffed.city
    keeper, grantor = "system admin", "security admin"
    unit = call(
        keeper, "POST", "/units",
        {"name": "云川市档案局", "level": "city", "kind": "department", "parent_id": city.government.id},
    )  # fmt: skip
    at = f"/units/{unit['id']}"
    call(keeper, "POST", f"{at}/rename", {"name": "云川市档案馆"})
    call(keeper, "POST", f"{at}/aliases", {"alias": "市档案馆"})
    assert call("reporter", "GET", at)["aliases"] == ["云川市档案局", "市档案馆"]
    assert [found["id"] for found in call("reporter", "GET", "/units?search=档案")["items"]] == [unit["id"]]
    group = call(keeper, "POST", "/unit-groups", {"name": "市直各单位", "unit_ids": [city.bureau.id]})
    call(keeper, "PUT", f"/unit-groups/{group['id']}/members", {"unit_ids": [unit["id"], city.lead.id]})
    assert set(call("officer", "GET", f"/unit-groups/{group['id']}")["unit_ids"]) == {
        unit["id"],
        city.lead.id,
    }
    assert [found["name"] for found in call("officer", "GET", "/unit-groups")] == ["市直各单位"]
    person = call(keeper, "POST", "/people", {"name": "郑文", "email": "zheng.wen@example.cn"})
    at = f"/people/{person['id']}"
    post = call(grantor, "POST", f"{at}/posts", {"unit_id": unit["id"], "role": "head", "title": "馆长"})
    assert [one["name"] for one in call("leader", "GET", f"/units/{unit['id']}/people")] == ["郑文"]
    assert call("leader", "GET", at)["posts"] == [post]
    assert [found["id"] for found in call("leader", "GET", "/people?search=郑文")["items"]] == [person["id"]]
    first = call(keeper, "POST", f"{at}/account", {"login": "zheng.wen"})
    second = call(keeper, "POST", f"{at}/account/password")
    assert first["login"] == second["login"] == "zheng.wen"
    assert first["password"] != second["password"]
    call(keeper, "POST", f"{at}/account/disable")
    assert call(grantor, "POST", f"/posts/{post['id']}/dismiss", {})["effective_to"] == "2026-03-02"


def own_account(call: Walker) -> None:
    """A token for a password, who one is, another password, and the token given up."""
    city = call.staffed.city

    def make(ctx: Context) -> None:
        make_account(ctx, make_person(ctx, name="吴桐"), "wu.tong")

    city.act(SYSTEM, make)
    secret = call(None, "POST", "/tokens", {"login": "wu.tong", "password": PASSWORD})["token"]
    headers = {"Authorization": f"Bearer {secret}"}
    assert call(None, "GET", "/me", headers=headers)["name"] == "吴桐"
    call(None, "POST", "/me/password", {"old": PASSWORD, "password": "Qingfeng-2027"}, headers=headers)
    call(None, "DELETE", "/tokens/current", headers=headers)


def begun(call: Walker) -> int:
    """A key task for two units is confirmed and dispatched; its id."""
    city = call.staffed.city
    key_task = city.key_task(responsible=[city.bureau.id, city.county.id], limits=LIMITS)
    at = f"/key-tasks/{key_task.id}"
    assert call("lead head", "GET", at)["work_items"] == {}
    confirmed = call("officer", "POST", f"{at}/confirm", {"progress": None, "version": key_task.version})
    assert confirmed["state"] == "dispatching"
    assert call("officer", "GET", f"{at}/dispatch") == {"state": "ready", "done": 0, "total": 0}
    city.drain()
    assert call("officer", "GET", f"{at}/dispatch") == {"state": "done", "done": 2, "total": 2}
    assert call("lead head", "GET", at)["work_items"] == {"assigned": 2}
    acts = [entry["action"] for entry in call("lead head", "GET", f"{at}/history")["items"]]
    assert acts == ["key_task.dispatched", "key_task.confirmed"]
    [campaign] = call("officer", "GET", "/campaigns")["items"]
    at = f"/campaigns/{campaign['id']}"
    assert call("leader", "GET", at) == campaign
    assert [found["id"] for found in call("officer", "GET", f"{at}/key-tasks")] == [key_task.id]
    [row] = call("officer", "GET", f"{at}/matrix")["rows"]
    assert {cell["unit_id"] for cell in row["cells"]} == {city.bureau.id, city.county.id}
    return key_task.id


def reported(call: Walker, key_task_id: int) -> dict[str, Any]:
    """The bureau's item is reported on, returned once and accepted; the county's is withdrawn."""
    city = call.staffed.city
    found = call("officer", "GET", f"/work-items?key_task_id={key_task_id}&state=assigned")["items"]
    items = {item["unit_id"]: item for item in found}
    mine, other = items[city.bureau.id], items[city.county.id]
    changed(call, other["id"])
    at = f"/work-items/{mine['id']}"
    call("lead reporter", "POST", f"{at}/urge", {"text": "请尽快签收"})
    again = call("officer", "POST", "/urgings", {"work_item_ids": [mine["id"]], "text": "请抓紧"})
    assert again["urged"] == [] and again["refused"][0]["code"] == "urging.too_soon"
    [urged] = call("officer", "GET", f"/urgings?work_item_id={mine['id']}&answered=false")["items"]
    assert (urged["words"], urged["followed"]) == ("请尽快签收", [])
    call("reporter", "POST", f"{at}/acknowledge")
    [urged] = call("reporter", "GET", f"{at}/urgings")
    assert [one["what"] for one in urged["followed"]] == ["acknowledged"]
    assert call("lead reporter", "GET", f"{at}/arrivals") == []  # gathers for the unit still
    call("reporter", "POST", f"{at}/file-plan", {"text": "按季推进", "files": [call.stage("reporter")]})
    [plan_file] = call("lead head", "GET", at)["plan_files"]
    sent = call("lead head", "GET", f"{at}/plan-files/{plan_file['file_id']}")
    assert sent.data == "已完成。\n".encode()
    limits = call("reporter", "GET", f"/key-tasks/{key_task_id}")["limits"]
    event = next(limit for limit in limits if limit["kind"] == "event")
    call(
        "reporter", "POST", f"{at}/events",
        {"limit_id": event["id"], "title": "行政处罚决定〔2026〕1号", "on": "2026-03-02"},
    )  # fmt: skip
    extended(call, at)
    noticed(call, mine["id"])
    falling_due(call, call("head", "GET", at))
    for obligation in call("reporter", "GET", at)["obligations"]:
        for approved in (False, True):
            approve(call, obligation["id"], approved=approved)
    detail = call("head", "GET", at)
    evidence = detail["obligations"][0]["submissions"][0]["files"][0]
    assert call("lead head", "GET", f"/evidence-files/{evidence['id']}").data == "已完成。\n".encode()
    why = call("leader", "GET", f"/deadlines/{detail['obligations'][0]['deadline']['id']}/why")
    assert why["light"]["colour"]
    city.drain()
    assert call("reporter", "GET", at)["state"] == "sampling"
    acts = call("officer", "GET", f"{at}/history?limit=1")
    assert [entry["action"] for entry in acts["items"]] == ["work_item.entered_sampling"]
    assert acts["next"] == str(acts["items"][0]["seq"])
    done = call("lead head", "GET", "/user-tasks/done?limit=1")["items"]
    assert [user_task["form_key"] for user_task in done] == ["review.decide"]
    return detail  # type: ignore[no-any-return]


def extended(call: Walker, item: str) -> None:
    """A later date is asked for, taken back, asked for again, returned by the office and granted by the leader."""
    owed = call("reporter", "GET", item)["obligations"]
    place, final = next((n, one) for n, one in enumerate(owed) if one["kind"] == "final")
    at = f"/obligations/{final['id']}/extensions"
    asked = {"new_on": "2026-07-28", "reason": "系统联调延后", "progress": "已完成七成"}
    first = call("head", "POST", at, asked)
    assert call("reporter", "POST", f"/extensions/{first['id']}/withdraw")["state"] == "withdrawn"
    second = call("reporter", "POST", at, asked)
    own = f"/extensions/{second['id']}"
    call("head", "POST", f"{own}/sign-off", {"verdict": "agreed", "version": second["version"]})
    call("officer", "POST", f"{own}/decide", {"verdict": "returned", "reasons": "请附进度"})
    call("reporter", "POST", f"{own}/revise", {**asked, "reason": "系统联调延后，已完成七成"})
    call("head", "POST", f"{own}/sign-off", {"verdict": "agreed"})
    assert call("officer", "POST", f"{own}/decide", {"verdict": "agreed"})["state"] == "with_leader"
    assert call("leader", "POST", f"{own}/approve", {"verdict": "agreed"})["state"] == "granted"
    assert len(call("leader", "GET", own)["opinions"]) == 5
    assert [one["state"] for one in call("lead head", "GET", f"{item}/extensions")] == [
        "withdrawn",
        "granted",
    ]
    assert call("reporter", "GET", item)["obligations"][place]["deadline"]["due_on"] == asked["new_on"]


def noticed(call: Walker, item_id: int) -> None:
    """A reminder is drawn up, sent back, issued, answered twice and done with; a circular is taken back."""
    at = f"/work-items/{item_id}/notices"
    made = call("officer", "POST", at, {"grade": "reminder_letter", "contact": "督查室"})
    own = f"/notices/{made['id']}"
    written = {
        name: made[name] for name in ("matter", "grounds", "requirement", "reply_on", "reply_form", "contact")
    }
    edited = call("officer", "PUT", own, {**written, "requirement": "请于月底前办结", "version": 1})
    assert (edited["requirement"], edited["version"]) == ("请于月底前办结", 2)
    call("officer", "POST", f"{own}/submit", written)
    call("office head", "POST", f"{own}/approve", {"agreed": False, "reasons": "请写明时限"})
    call("officer", "POST", f"{own}/submit", written)
    out = call("office head", "POST", f"{own}/approve", {"agreed": True})
    assert (out["state"], out["number"], out["number_text"][:3]) == ("issued", 1, "督办〔")
    call.staffed.city.drain()
    told = call("reporter", "GET", own)
    assert [paper["format"] for paper in told["papers"]] == ["docx", "pdf"]
    assert call("reporter", "GET", f"{own}/paper.docx").data[:2] == b"PK"
    assert call("reporter", "GET", f"{own}/paper.pdf").data[:4] == b"%PDF"
    assert call("reporter", "POST", f"{own}/receipt")["state"] == "received"
    call("head", "POST", f"{own}/reply", {"text": "正在办理"})
    call("officer", "POST", f"{own}/verify", {"satisfied": False, "reasons": "没有完成时间"})
    call("reporter", "POST", f"{own}/reply", {"text": "月底前办结"})
    assert call("officer", "POST", f"{own}/verify", {"satisfied": True})["state"] == "closed"
    graver = call("officer", "POST", at, {"grade": "circular", "start_reason": "领导批示件"})
    gone = call("officer", "POST", f"/notices/{graver['id']}/cancel", {"reason": "暂缓"})
    assert (gone["state"], gone["number"]) == ("cancelled", None)
    assert [one["id"] for one in call("officer", "GET", at)] == [graver["id"], made["id"]]
    found = call("reporter", "GET", f"/notices?grade=reminder_letter&search={out['number_text']}")
    assert [one["id"] for one in found["items"]] == [made["id"]]
    (count,) = call("officer", "GET", f"/notices/counts?year={out['year']}")
    assert (count["total"], count["by_grade"]) == (1, {"reminder_letter": 1})


def changed(call: Walker, item_id: int) -> None:
    """An item is suspended by the county's wish, lifted by the office's, and in the end cancelled."""
    at = f"/work-items/{item_id}"
    asked = {"kind": "suspend", "reason": "须待省级平台建成", "review_on": "2026-09-01"}
    first = call("county reporter", "POST", f"{at}/change-requests", asked)
    assert call("county reporter", "POST", f"/change-requests/{first['id']}/withdraw")["state"] == "withdrawn"
    own = f"/change-requests/{call('county reporter', 'POST', f'{at}/change-requests', asked)['id']}"
    call("county head", "POST", f"{own}/sign-off", {"verdict": "agreed"})
    assert [one["kind"] for one in call("officer", "GET", "/change-requests")["items"]] == ["suspend"]
    call("officer", "POST", f"{own}/decide", {"verdict": "returned", "reasons": "写明条件"})
    call(
        "county reporter", "POST", f"{own}/revise", {"reason": "须待省级平台验收", "review_on": "2026-10-01"}
    )
    call("county head", "POST", f"{own}/sign-off", {"verdict": "agreed"})
    assert call("officer", "POST", f"{own}/decide", {"verdict": "agreed"})["state"] == "with_leader"
    assert call("leader", "POST", f"{own}/approve", {"verdict": "agreed"})["state"] == "granted"
    [line] = call("officer", "GET", "/suspended-items")["items"]
    assert (line["work_item_id"], line["review_on"]) == (item_id, "2026-10-01")
    assert len(call("leader", "GET", own)["opinions"]) == 5
    assert call("officer", "GET", at)["suspended_at"] is not None
    for kind in ("lift", "cancel"):
        made = call("officer", "POST", f"{at}/change-requests", {"kind": kind, "reason": "职责已并入市级"})
        call("leader", "POST", f"/change-requests/{made['id']}/approve", {"verdict": "agreed"})
    assert call("officer", "GET", at)["state"] == "cancelled"
    assert len(call("county head", "GET", f"{at}/change-requests")) == 4


def approve(call: Walker, obligation_id: int, *, approved: bool) -> None:
    """One round: submitted with a file, signed off, judged."""
    at = f"/obligations/{obligation_id}"
    submitted = call(
        "reporter", "POST", f"{at}/submit", {"text": "已完成", "files": [call.stage("reporter")]}
    )
    call("head", "POST", f"{at}/sign-off", {"signed": True, "round": submitted["round"]})
    waiting = call("lead head", "GET", "/user-tasks")["items"]
    assert [task["subject_id"] for task in waiting if task["form_key"] == "review.decide"] == [obligation_id]
    item = call("lead head", "GET", f"/work-items/{waiting[0]['work_item_id']}")
    review = next(r for r in item["reviews"] if r["state"] == "open")
    reasons = "" if approved else "缺少佐证材料"
    decided = call(
        "lead head", "POST", f"/reviews/{review['id']}/decide", {"approved": approved, "reasons": reasons}
    )
    assert decided["state"] == ("approved" if approved else "returned")


def drawn(call: Walker, item: dict[str, Any]) -> None:
    """A round is frozen, withdrawn, frozen again and drawn; the check finds something, which is put right."""
    city = call.staffed.city
    scheme = {
        "campaign_id": item["campaign_id"], "title": "上半年抽查", "rate": 100,
        "seed_source": "福彩3D 第2026120期开奖号码",
    }  # fmt: skip
    first = call("officer", "POST", "/rounds", scheme)
    assert (
        call("officer", "POST", f"/rounds/{first['id']}/withdraw", {"reason": "名单有误"})["state"]
        == "withdrawn"
    )
    at = f"/rounds/{call('officer', 'POST', '/rounds', scheme)['id']}"
    assert call("reporter", "GET", at)["sample_size"] == 1
    assert [line["work_item_id"] for line in call("head", "GET", f"{at}/population")["items"]] == [item["id"]]
    call("officer", "POST", f"{at}/draw", {"seed": "3 0 9"})
    city.drain()
    assert call("officer", "GET", at)["checks"] == {"open": 1}
    assert [one["id"] for one in call("officer", "GET", "/rounds")["items"]][-1] == first["id"]
    [chosen] = call("reporter", "GET", f"{at}/selected")["items"]
    certificate = call("reporter", "GET", f"{at}/certificate")
    assert certificate["population"][0]["ticket"] == chosen["ticket"]
    check = call("officer", "POST", f"/checks/{chosen['check_id']}/redraw", {"reason": "检查员因病"})
    inspector = call.staffed.name_of(check["inspector_person_id"])
    assert [one["id"] for one in call(inspector, "GET", "/checks")["items"]] == [check["id"]]
    assert len(call("officer", "GET", f"/work-items/{item['id']}/checks")) == 2
    today = local_date(city.clock.now())
    finding = {
        "text": "台账缺两个月",
        "due_on": (today + timedelta(days=20)).isoformat(),
        "severity": "serious",
    }
    call(
        inspector, "POST", f"/checks/{check['id']}/record",
        {"visited_on": today.isoformat(), "conclusion": "与报送不一致", "findings": [finding]},
    )  # fmt: skip
    city.drain()
    [found] = call("head", "GET", f"/checks/{check['id']}")["findings"]
    rectify = f"/rectifications/{found['rectification']['id']}"
    call("reporter", "POST", f"{rectify}/submit", {"text": "已补齐", "files": [call.stage("reporter")]})
    file = call(inspector, "GET", rectify)["reports"][0]["files"][0]
    assert call(inspector, "GET", f"/rectification-files/{file['id']}").data == "已完成。\n".encode()
    call(inspector, "POST", f"{rectify}/verify", {"passed": True})
    city.drain()
    assert call("officer", "POST", f"{at}/close")["state"] == "closed"


def summed_up(call: Walker, key_task_id: int) -> None:
    """All items have ended: the lead unit sums up, the office accepts."""
    at = f"/key-tasks/{key_task_id}"
    call("lead head", "POST", f"{at}/summarise", {"text": "全部办结"})
    assert call("officer", "POST", f"{at}/accept", {"accepted": True})["state"] in ("summarised", "closed")


def told(call: Walker) -> None:
    """Messages of the person: read one, then all."""
    city = call.staffed.city
    delivery.dispatch(city.db, city.clock, city.settings)
    found = call("reporter", "GET", "/messages?unread=true")["items"]
    unread = call("reporter", "GET", "/messages/unread")["unread"]
    assert unread == len(found) > 1
    assert all(message["title"] for message in found)
    assert call("reporter", "POST", "/messages/read", {"ids": [found[0]["id"]]}) == {"unread": unread - 1}
    assert call("reporter", "POST", "/messages/read", {}) == {"unread": 0}
    assert call("reporter", "GET", "/me/calendar-feed") == {"renewed_at": None}
    assert call("reporter", "POST", "/me/calendar-feed")["url"].endswith(".ics")
    call("reporter", "DELETE", "/me/calendar-feed")
    at = "/me/notification-settings"
    before = call("reporter", "GET", at)
    wished = {
        **before,
        "email_topics": ["time"],
        "quiet_from": "22:00",
        "quiet_until": "07:00",
        "digest": True,
    }
    assert call("reporter", "PUT", at, wished) == wished
    call("reporter", "PUT", at, before)
    assert call("reporter", "GET", at) == before


def planned(call: Walker, town: Town) -> None:
    """A plan is read, settled in every way there is, and confirmed; another one is given up."""
    call.staffed.people["planner"] = town.officer
    call.staffed.renew()
    spare = call("planner", "POST", "/plans", {"text": TEXT})
    assert call("planner", "POST", f"/plans/{spare['id']}/discard")["state"] == "discarded"
    plan = call("planner", "POST", "/plans", {"file": call.stage("planner", "方案.txt", TEXT.encode())})
    at = f"/plans/{plan['id']}"
    assert call("planner", "GET", "/plans")["items"][0]["id"] == plan["id"]
    first, _, third, fourth, _ = call("planner", "GET", at)["key_tasks"]
    units = {unit["written"]: unit for task in (first, third) for unit in task["units"]}
    group = {"unit_ids": [town.id("临溪县"), town.id("望江区")]}
    call("planner", "PUT", f"{at}/units/{units['各县（市、区）人民政府']['id']}", group)
    call("planner", "PUT", f"{at}/units/{units['市公安居']['id']}", {"unit_ids": [town.id("市公安局")]})
    call("planner", "PATCH", f"{at}/key-tasks/{fourth['id']}", {"dropped": True})
    added = {"role": "cooperating", "unit_id": town.id("市财政局")}
    mine = call("planner", "POST", f"{at}/key-tasks/{third['id']}/units", added)["units"][-1]
    call("planner", "POST", f"{at}/units/{mine['id']}/drop", {})
    call("planner", "POST", f"{at}/units/{mine['id']}/restore", {})
    call("planner", "PUT", f"{at}/units/{mine['id']}", {"unit_ids": [added["unit_id"]]})
    limits = f"{at}/key-tasks/{third['id']}/limits"
    day = {"kind": "date", "data": {"on": "2026-11-30"}}
    [limit] = call("planner", "POST", limits, day)["limits"]
    day["data"]["on"] = "2026-12-15"  # type: ignore[index]
    call("planner", "PUT", f"{limits}/{limit['id']}", day)
    assert call("planner", "DELETE", f"{limits}/{limit['id']}")["limits"] == []
    call("planner", "POST", f"{at}/default-limits", {"final_on": "2026-12-31", "period": "quarter"})
    assert [task["problems"] for task in call("planner", "GET", at)["key_tasks"]] == [[]] * 5
    reshaped(call, town, at)
    assert call("planner", "POST", f"{at}/confirm", {})["title"]
    amended(call, town, plan["id"])
    for ending in ("xlsx", "docx"):
        table = call("planner", "GET", f"{at}/breakdown.{ending}").data
        assert call("planner", "POST", "/plans", {"file": call.stage("planner", f"分解表.{ending}", table)})[
            "id"
        ]


def reshaped(call: Walker, town: Town, at: str) -> None:
    """Everything that changes several key tasks at once, and each of it undone."""

    def undone() -> str:
        return str(call("planner", "POST", f"{at}/undo", {})["text"])

    listed = call("planner", "GET", at)["key_tasks"]
    pieces = call("planner", "POST", f"{at}/key-tasks/{listed[1]['id']}/split", {"at": [5]})["key_tasks"]
    assert [piece["number"] for piece in pieces] == [2, 6]
    both = [{"id": piece["id"], "version": piece["version"]} for piece in pieces]
    assert call("planner", "POST", f"{at}/key-tasks/merge", {"key_tasks": both})["number"] == 2
    added = call("planner", "POST", f"{at}/key-tasks", {"text": "各责任单位要细化举措"})
    assert added["problems"]
    unit = next(unit for unit in listed[0]["units"] if unit["written"] == "市财政局")
    moved = call("planner", "PATCH", f"{at}/units/{unit['id']}", {"role": "lead", "first": True})
    assert moved["units"][0]["written"] == "市财政局"
    assert [undone() for _ in range(5)][-1] == "周敏 将第2项分成2项"
    assert len(call("planner", "GET", f"{at}/changes")["items"]) > 5
    text = "云川市营商环境指标\n\n一、总体目标\n\n到2026年底，网上可办率达到95%以上，投诉办结率不低于98%。\n"
    figures = f"/plans/{call('planner', 'POST', '/plans', {'text': text})['id']}"
    first, *others = [row["id"] for row in call("planner", "GET", f"{figures}/proposals")["items"]]
    owner = {"responsible": [town.id("市财政局")]}
    assert call("planner", "POST", f"{figures}/proposals/adopt", {"proposals": [first], **owner})["key_tasks"]
    for verb in ("set-aside", "reopen"):
        assert call("planner", "POST", f"{figures}/proposals/{verb}", {"proposals": others})["items"]
    again = f"/plans/{call('planner', 'POST', '/plans', {'text': TEXT})['id']}"
    assert call("planner", "POST", f"{again}/remembered", {})["key_tasks"]
    led = f"/plans/{call('planner', 'POST', '/plans', {'text': TEXT.replace('，责任单位：', '，配合单位：')})['id']}"
    (changed, *_) = call("planner", "POST", f"{led}/leads-responsible", {})["key_tasks"]
    assert {unit["role"] for unit in changed["units"]} == {"lead", "responsible", "cooperating"}


def amended(call: Walker, town: Town, plan_id: int) -> None:
    """An amended version changes the campaign by what is chosen."""
    text = TEXT.replace("2026年6月30日前完成", "2026年9月30日前完成")
    plan = call("planner", "POST", "/plans", {"text": text})
    at = f"/plans/{plan['id']}"
    assert call("planner", "PUT", f"{at}/amends", {"amends_plan_id": plan_id})["amends_plan_id"] == plan_id
    for task in call("planner", "GET", at)["key_tasks"]:
        settled = {"dropped": True} if task["problems"] else {"checked": True}
        call("planner", "PATCH", f"{at}/key-tasks/{task['id']}", settled)
    found = call("planner", "GET", f"{at}/amendment")
    assert found["unresolved"] == []
    [moved] = [change for change in found["changes"] if change["kind"] == "limit_moved"] or [
        found["changes"][0]
    ]
    asked = {"keys": [moved["key"]], "reason": "市政府常务会议研究决定", "version": found["version"]}
    assert call("planner", "POST", f"{at}/amendment/apply", asked)["applying"]
    town_city = call.staffed.city
    town_city.drain()
    states = {
        change["key"]: change["state"] for change in call("planner", "GET", f"{at}/amendment")["changes"]
    }
    assert states.pop(moved["key"]) == "applied"
    assert set(states.values()) <= {"open"}


def administrators(call: Walker) -> None:
    """What went wrong is tried again; the audit is searched and verified; the policy is open to all."""
    city = call.staffed.city
    item, mail, failure = city.act(SYSTEM, went_wrong)
    background = call("system admin", "GET", "/queue")
    assert [parked["id"] for parked in background["parked"]] == [item]
    assert call("system admin", "POST", f"/queue/{item}/retry")["state"] == "ready"
    assert [one["id"] for one in call("system admin", "GET", "/failed-deliveries")["items"]] == [mail]
    [attempt] = call("system admin", "GET", f"/failed-deliveries/{mail}/attempts")
    assert attempt["detail"] == "550 no such user"
    call("system admin", "POST", f"/failed-deliveries/{mail}/retry")
    assert [one["id"] for one in call("system admin", "GET", "/failed-dispatches")] == [failure]
    call("system admin", "POST", f"/failed-dispatches/{failure}/retry")
    hook = {"channel": "webhook", "name": "政务协同平台", "url": "https://hooks.example/in?key=1"}
    endpoint = call("system admin", "POST", "/endpoints", hook)
    assert (endpoint["shown"], len(endpoint["secret"])) == ("https://hooks.example", 43)
    at = f"/endpoints/{endpoint['id']}"
    assert call("system admin", "POST", f"{at}/trial")["failures"] == 0
    assert call("system admin", "POST", f"{at}/retry") == {"count": 0}
    assert call("system admin", "POST", f"{at}/stop")["stopped_at"]
    assert call("system admin", "POST", f"{at}/resume")["stopped_at"] is None
    assert [one["id"] for one in call("system admin", "GET", "/endpoints")] == [endpoint["id"]]
    mine = [
        one for one in call("system admin", "GET", "/delivery-health") if one["endpoint_id"] == endpoint["id"]
    ]
    assert [(one["name"], one["circuit"], one["parked"]) for one in mine] == [("政务协同平台", "closed", 0)]
    waiting = call("system admin", "GET", "/deliveries?channel=email&state=waiting")["items"]
    assert [(one["id"], one["state"]) for one in waiting] == [(mail, "waiting")]
    tries = call("system admin", "GET", "/delivery-attempts?outcome=failed&within=day")["items"]
    assert [(one["delivery_id"], one["may_repeat"]) for one in tries] == [(mail, False)]
    words(call)
    found = call("audit admin", "GET", "/audit?stream=organisation&actor=test&since=2026-03-01&limit=5")[
        "items"
    ]
    assert {entry["stream"] for entry in found} == {"organisation"}
    assert len(found) == 5
    problems = call("audit admin", "POST", "/audit/verify")["problems"]
    assert {problem["code"] for problem in problems} <= {"key_missing"}
    policy = {row["permission"]: row["clauses"] for row in call("head", "GET", "/permissions")}
    assert policy["review.decide"] == [
        {"relation": "lead_of", "roles": ["head"], "exceptions": ["own_unit", "submitter"]}
    ]
    assert b"<bpmn:" in call("reporter", "GET", "/diagrams/work_item").data


def falling_due(call: Walker, item: dict[str, Any]) -> None:
    """What the bureau's head owes is listed, counted by day, and lights the campaign's wall alike."""
    owed = call("head", "GET", "/deadlines?scope=unit&limit=1")["items"]
    everything = call("officer", "GET", f"/deadlines?campaign_id={item['campaign_id']}&live=false")["items"]
    assert owed[0]["id"] in {one["id"] for one in everything}
    days = call("officer", "GET", "/due-days?since=2026-01-01&until=2026-12-31")
    assert sum(sum(day["lights"].values()) for day in days) == len(everything)
    wall = call("officer", "GET", f"/campaigns/{item['campaign_id']}/lights")
    live = call("officer", "GET", f"/deadlines?campaign_id={item['campaign_id']}")["items"]
    assert sum(wall["lights"].values()) == len(live)
    assert wall["key_tasks"][0]["deadline_id"] in {one["id"] for one in live}


def calendar(call: Walker) -> None:
    """The system administrator makes a day a holiday of a county; everyone reads the calendar and its editions."""
    unit_id = call.staffed.city.county.id
    wanted = {
        "year": 2027, "source": "县政府通知", "unit_id": unit_id,
        "days": [{"on": "2027-03-03", "kind": "holiday", "name": "建县纪念日"}],
    }  # fmt: skip
    shown = call("system admin", "POST", "/calendar/preview", wanted)
    assert shown["changes"] == [
        {
            "on": "2027-03-03",
            "before": {"kind": "plain", "name": ""},
            "after": {"kind": "holiday", "name": "建县纪念日"},
        }
    ]
    assert shown["total"] == 0
    made = call("system admin", "POST", "/calendar/changes", {**wanted, "digest": shown["digest"]})
    assert call("reporter", "GET", f"/calendar/editions/{made['id']}")["changes"] == shown["changes"]
    assert call("reporter", "GET", "/calendar/editions?limit=1")["items"][0]["id"] == made["id"]
    year = call("reporter", "GET", f"/calendar/years/2027?unit_id={unit_id}")
    assert [day["name"] for day in year["days"] if day["unit_id"] == unit_id] == ["建县纪念日"]
    assert not year["official"]


def ladders(call: Walker) -> None:
    """The system administrator tries a ladder on a running deadline and publishes it; everyone reads what holds."""
    keeper = "system admin"
    found = {one["key"]: one for one in call("reporter", "GET", "/policies")}
    steps = [
        {name: step[name] for name in ("offset", "action", "condition", "to")}
        for step in found["default"]["steps"][1:]
    ]
    running = call("officer", "GET", "/deadlines")["items"]
    shown = [
        call(keeper, "POST", "/policies/default/preview", {"steps": steps, "deadline_id": one["id"]})
        for one in running
        if one["kind"] == "work_item.acknowledge"
    ]
    assert [step["offset"] for step in shown[0]] == sorted(step["offset"] for step in steps)
    assert shown[0][0]["people"]
    made = call(keeper, "POST", "/policies/default/versions", {"steps": steps, "note": "试行", "expected": 1})
    assert (made["version"], made["running"]) == (2, 0)
    assert [one["version"] for one in call("reporter", "GET", "/policies/default/versions")] == [2, 1]
    meaning = call("reporter", "GET", "/light-scheme")
    wanted = {name: meaning[name] for name in ("colours", "words")} | {"yellow_days": 3}
    changed = call(keeper, "POST", "/light-scheme/versions", {**wanted, "note": "提前预警", "expected": 0})
    assert changed == {**wanted, "version": 1}


def words(call: Walker) -> None:
    """The installation words a kind of message, after a look at it, and takes it back."""
    at = "/message-templates/campaign.closed"
    wording = {
        "title_zh": "{title}办结",
        "body_zh": "{detail}",
        "title_en": "Done: {title}",
        "body_en": "{detail}",
    }
    seen = call("system admin", "POST", f"{at}/preview", {**wording, "title_en": "{nobody}"})
    assert set(seen["problems"]) == {"title_en"}
    assert seen["forms"]["zh"][0]["channel"] == "in_app"
    changed = call("system admin", "PUT", at, {**wording, "version": 0})
    assert (changed["version"], changed["is_own"], changed["mandatory"]) == (1, True, ["title"])
    kinds = {one["kind"]: one for one in call("system admin", "GET", "/message-templates")}
    assert kinds["campaign.closed"] == changed
    assert not call("system admin", "POST", f"{at}/reset", {"version": 1})["is_own"]


def went_wrong(ctx: Context) -> tuple[int, int, int]:
    """Ids of a parked item of the queue, a mail given up, and a message that nobody could be told."""
    now = ctx.clock.now()
    item = QueueItem(
        topic="work_items.settle", key="parked", payload='{"work_item_id": 1}', state="parked", attempts=5,
        last_error="RuntimeError", created_at=now, finished_at=now,
    )  # fmt: skip
    person_id = ctx.session.scalars(select(Delivery.person_id)).first() or 1
    mail = Delivery(
        channel="email", person_id=person_id, state=DeliveryState.FAILED, mail_id="m", attempts=1,
        last_error="550", created_at=now, ended_at=now,
    )  # fmt: skip
    outbox.publish(ctx, "work_item.urged", ("work_item", 1))
    ctx.session.add_all([item, mail])
    ctx.session.flush()
    told = ctx.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert told is not None
    ctx.session.execute(update(OutboxMessage).where(OutboxMessage.id == told.id).values(dispatched_at=now))
    attempt = DeliveryAttempt(
        delivery_id=mail.id, number=1, channel=mail.channel, started_at=now, ended_at=now, outcome=AttemptOutcome.REFUSED,
        detail="550 no such user",
    )  # fmt: skip
    failure = DispatchFailure(outbox_id=told.id, error="KeyError", failed_at=now)
    ctx.session.add_all([attempt, failure])
    ctx.session.flush()
    return item.id, mail.id, failure.id
