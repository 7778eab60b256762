"""Draw, check on site and rectification through their pages, each form by the person whose duty it is."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from lxml import html
from sqlalchemy import select

from engine.context import Actor
from engine.inspections import certificate
from engine.inspections import service as inspections
from engine.inspections.models import InspectionRound, Rectification, SiteCheck
from engine.organisation.credentials import Account
from tests import factories
from tests.engine.inspections.conftest import cities, world
from tests.engine.inspections.world import World
from tests.webapp.conftest import Browser
from webapp.app import create_app

__all__ = ["cities", "world"]  # fixtures

Browse = Callable[[Actor], Browser]


@pytest.fixture
def browse(world: World) -> Browse:
    """`browse(actor)`: a browser signed in as the person."""
    world.settings = replace(world.settings, secret_key="only-for-tests")
    app = create_app(world.settings, world.clock, db=world.db)
    app.testing = True
    app.test_client_class = Browser

    def open_browser(actor: Actor) -> Browser:
        known = world.read(select(Account.login).where(Account.person_id == actor.person_id))
        login = known[0] if known else world.act(None, factories.make_account, actor).login
        browser: Browser = app.test_client()  # type: ignore[assignment]
        assert browser.sign_in(login).status_code == 303
        return browser

    return open_browser


def form_of(page: Any) -> str:
    found = re.search(r'action="(/user-tasks/\d+)"', page.text)
    assert found, page.text
    return found.group(1)


def values(page: Any) -> dict[str, str]:
    """What the form of the panel holds, by field. (A browser drops the first line feed of a textarea.)"""
    form = html.fromstring(page.text).xpath("//aside//form")[0]
    return {name: (value or "").removeprefix("\n") for name, value in form.fields.items()}


def row(world: World, model: Any) -> Any:
    return world.read(select(model).order_by(model.id.desc()))[0]


SCHEME = {"title": "上半年抽查", "rate": "50", "seed_source": "福彩3D 第2026120期开奖号码"}


def prepared(world: World, officer: Browser) -> InspectionRound:
    answer = officer.submit("/rounds/new", {**SCHEME, "campaign_id": str(world.campaign_id)})
    assert answer.status_code == 303, answer.text
    made: InspectionRound = row(world, InspectionRound)
    return made


def recorded(world: World, browse: Browse, *findings: dict[str, str]) -> SiteCheck:
    """A check that was recorded on its page."""
    if not world.checks():
        world.drawn()
    check = world.checks()[0]
    inspector = browse(world.inspector_of(check))
    path = f"/checks/{check.id}"
    form = {"visited_on": world.today().isoformat(), "conclusion": "与报送不一致"}
    for number, finding in enumerate(findings, 1):
        form.update({f"findings.{number}.{name}": value for name, value in finding.items()})
    answer = inspector.submit(form_of(inspector.get(path)), form)
    assert (answer.status_code, answer.headers["Location"]) == (303, path), answer.text
    world.drain()
    return world.checks()[0]


def finding(world: World, text: str = "台账缺两个月") -> dict[str, str]:
    return {"text": text, "severity": "serious", "due_on": world.in_days(20).isoformat()}


def test_a_round_is_frozen_published_drawn_and_repeated_by_anyone(world: World, browse: Browse) -> None:
    officer = browse(world.officer)  # type: ignore[arg-type]
    assert "还没有抽查" in officer.get("/rounds").text
    round = prepared(world, officer)
    page = officer.get(f"/rounds/{round.id}").text
    for published in (round.population_hash, round.inspector_hash, SCHEME["seed_source"], "第1区人民政府"):
        assert published in page
    draft = json.loads(officer.get(f"/rounds/{round.id}/certificate.json").data)
    assert draft["seed"] is None
    assert draft["commitment"] in page

    assert officer.submit(f"/rounds/{round.id}/draw", {"seed": "3 0 9"}).status_code == 303
    assert "正在派发检查" in officer.get(f"/rounds/{round.id}/progress").text
    world.drain()
    assert "检查已全部派发" in officer.get(f"/rounds/{round.id}/progress").text
    page = officer.get(f"/rounds/{round.id}").text
    checks = world.checks()
    assert len(checks) == 2
    assert all(f'href="/checks/{check.id}"' in page and check.inspector_name in page for check in checks)

    reporter = browse(next(iter(world.reporters.values())))  # type: ignore[union-attr]
    found = certificate.from_json(json.loads(reporter.get(f"/rounds/{round.id}/certificate.json").data))
    assert certificate.verify(found) == []
    assert found.seed == "3 0 9"
    sheet = reporter.get(f"/rounds/{round.id}/certificate.csv")
    assert sheet.headers["Content-Disposition"].startswith("attachment")
    lines = list(csv.DictReader(io.StringIO(sheet.data.decode("utf-8-sig"))))
    assert sum(line["rank"] != "" for line in lines) == 2
    assert officer.get(f"/rounds?campaign={world.campaign_id}").text.count(f'href="/rounds/{round.id}"') == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": ""}, "请填写此项"),
        ({"rate": "很多"}, "请填写整数"),
        ({"rate": "0"}, "抽查比例应在 1% 至 100% 之间"),
        ({"seed_source": " "}, "请写明随机数来源"),
    ],
)
def test_a_refused_scheme_keeps_what_was_typed(
    world: World, browse: Browse, wrong: dict[str, str], sentence: str
) -> None:
    officer = browse(world.officer)  # type: ignore[arg-type]
    answer = officer.submit("/rounds/new", {**SCHEME, "campaign_id": str(world.campaign_id), **wrong})
    assert answer.status_code == 422
    assert sentence in answer.text
    kept = {**SCHEME, **wrong}
    typed = dict(html.fromstring(answer.text).xpath("//main//form")[0].fields)
    assert {name: typed[name] for name in SCHEME} == kept
    assert typed["campaign_id"] == str(world.campaign_id)
    assert world.read(select(InspectionRound)) == []


def test_only_the_office_draws(world: World, browse: Browse) -> None:
    officer, stranger = browse(world.officer), browse(next(iter(world.heads.values())))  # type: ignore[arg-type,union-attr]
    round = prepared(world, officer)
    assert "编制抽查方案" not in stranger.get("/rounds").text
    assert (
        stranger.submit("/rounds/new", {**SCHEME, "campaign_id": str(world.campaign_id)}).status_code == 403
    )
    page = stranger.get(f"/rounds/{round.id}")
    assert page.status_code == 200
    assert "/draw" not in page.text
    assert stranger.submit(f"/rounds/{round.id}/draw", {"seed": "1"}).status_code == 403
    assert stranger.submit(f"/rounds/{round.id}/withdraw", {"reason": "不满意"}).status_code == 403
    assert stranger.submit(f"/rounds/{round.id}/close").status_code == 403


def test_a_scheme_is_withdrawn_with_a_reason_only(world: World, browse: Browse) -> None:
    officer = browse(world.officer)  # type: ignore[arg-type]
    path = f"/rounds/{prepared(world, officer).id}"
    refused = officer.submit(path + "/withdraw", {"reason": ""})
    assert (refused.status_code, "请填写此项" in refused.text) == (422, True)
    assert officer.submit(path + "/withdraw", {"reason": "来源写错一期"}).status_code == 303
    assert "来源写错一期" in officer.get(path).text
    late = officer.submit(path + "/draw", {"seed": "1"})
    assert (late.status_code, "该轮抽查已经抽签或已撤回" in late.text) == (422, True)


def test_a_finding_travels_from_the_site_to_its_end(world: World, browse: Browse) -> None:
    check = recorded(world, browse, finding(world))
    rectification: Rectification = row(world, Rectification)
    path = f"/rectifications/{rectification.id}"
    inspector = browse(world.inspector_of(check))
    reporter = browse(world.reporters[rectification.responsible_unit_id])  # type: ignore[index]
    inbox = reporter.get("/inbox").text
    assert "台账缺两个月" in inbox
    assert f'href="{path}"' in inbox
    assert f'href="{path}"' in inspector.get(f"/checks/{check.id}").text
    assert "/user-tasks/" not in inspector.get(path).text

    def fill(browser: Browser, **form: str) -> str:
        answer = browser.submit(form_of(browser.get(path)), form)
        assert answer.status_code == 303, answer.text
        return browser.get(path).text

    assert "等待检查员" in fill(reporter, text="已补齐两个月台账")
    refused = inspector.submit(form_of(inspector.get(path)), {"passed": "false"})
    assert (refused.status_code, "退回整改应当说明理由" in refused.text) == (422, True)
    fill(inspector, passed="false", reasons="三月仍缺")
    assert "三月仍缺" in reporter.get(path).text
    fill(reporter, text="三月已补")
    assert "该整改已销号" in fill(inspector, passed="true")
    world.drain()
    assert "该检查已办结" in inspector.get(f"/checks/{check.id}").text
    officer = browse(world.officer)  # type: ignore[arg-type]
    assert officer.submit(f"/rounds/{check.round_id}/close").status_code == 422
    for other in world.checks()[1:]:
        inspector = browse(world.inspector_of(other))
        form = {"visited_on": world.today().isoformat(), "conclusion": "属实"}
        assert inspector.submit(form_of(inspector.get(f"/checks/{other.id}")), form).status_code == 303
    world.drain()
    assert officer.submit(f"/rounds/{check.round_id}/close").status_code == 303
    assert "本轮抽查已结束" in officer.get(f"/rounds/{check.round_id}").text


def test_findings_are_added_and_removed_without_scripts_and_nothing_is_saved(
    world: World, browse: Browse
) -> None:
    world.drawn()
    check = world.checks()[0]
    inspector = browse(world.inspector_of(check))
    path = f"/checks/{check.id}/rows"
    typed = {"conclusion": "存疑", "findings.1.text": "甲", "findings.1.severity": "minor"}
    more = inspector.submit(path, {**typed, "add": "1"})
    assert (more.status_code, values(more)["conclusion"]) == (200, "存疑")
    found = values(more)
    assert (found["findings.1.text"], found["findings.1.severity"], found["findings.2.text"]) == (
        "甲",
        "minor",
        "",
    )
    less = values(inspector.submit(path, {**typed, "findings.2.text": "乙", "remove": "1"}))
    assert (less["findings.1.text"], "findings.2.text" in less) == ("乙", False)
    assert values(inspector.submit(path, {**typed, "remove": "1"}))["findings.1.text"] == ""
    assert world.checks()[0].recorded_at is None


def test_a_refused_record_keeps_all_rows_and_says_which_is_wrong(world: World, browse: Browse) -> None:
    world.drawn()
    check = world.checks()[0]
    inspector = browse(world.inspector_of(check))
    form = form_of(inspector.get(f"/checks/{check.id}"))
    late = {"text": "乙", "due_on": world.today().isoformat()}
    sent = {"visited_on": world.today().isoformat(), "conclusion": "存疑"}
    rows = {
        "findings.2.text": "甲",
        "findings.2.due_on": world.in_days(9).isoformat(),
        "findings.7.text": "乙",
    }
    missing = inspector.submit(form, {**sent, **rows})
    assert missing.status_code == 422
    tree = html.fromstring(missing.text)
    assert tree.get_element_by_id("findings.2.due_on-error").text == "请填写此项"
    assert (values(missing)["findings.1.text"], values(missing)["findings.2.text"]) == ("甲", "乙")
    sent |= {f"findings.1.{name}": value for name, value in late.items()}
    wrong = inspector.submit(form, sent)
    assert (wrong.status_code, "整改期限应晚于今天" in wrong.text) == (422, True)
    assert (
        html.fromstring(wrong.text).get_element_by_id("findings.1.due_on-error").text == "整改期限应晚于今天"
    )
    assert world.checks()[0].recorded_at is None


def test_a_check_is_shown_to_its_parties_and_recorded_by_the_one_drawn(world: World, browse: Browse) -> None:
    world.drawn()
    check = world.checks()[0]
    drawn = browse(world.inspector_of(check))
    assert f'href="/checks/{check.id}"' in drawn.get("/checks").text
    form = form_of(drawn.get(f"/checks/{check.id}"))
    others = [actor for id, actor in world.inspectors.items() if id != check.inspector_person_id]  # type: ignore[union-attr]
    for other in map(browse, others):
        assert f'href="/checks/{check.id}"' not in other.get("/checks").text
        sent = {"visited_on": world.today().isoformat(), "conclusion": "属实"}
        assert other.submit(form, sent).status_code == 403
    unit = check.work_item_id and world.item(check.work_item_id).unit_id
    own = browse(world.heads[unit])  # type: ignore[index]
    page = own.get(f"/checks/{check.id}")
    assert (page.status_code, "等待检查员" in page.text) == (200, True)
    foreign = next(actor for id, actor in world.heads.items() if id != unit)  # type: ignore[union-attr]
    stranger = browse(foreign)
    assert stranger.get(f"/checks/{check.id}").status_code == 403
    assert stranger.submit(f"/checks/{check.id}/rows", {"add": "1"}).status_code == 403
    assert stranger.submit(f"/checks/{check.id}/redraw", {"reason": "换人"}).status_code == 403


def test_another_inspector_is_drawn_with_a_reason(world: World, browse: Browse) -> None:
    world.drawn()
    check = world.checks()[-1]
    officer = browse(world.officer)  # type: ignore[arg-type]
    path = f"/checks/{check.id}"
    assert officer.submit(path + "/redraw", {"reason": " "}).status_code == 422
    answer = officer.submit(path + "/redraw", {"reason": "检查员出差"})
    assert answer.status_code == 303, answer.text
    assert "检查员出差" in officer.get(path).text
    made = world.checks()[-1]
    assert (made.replaces_id, answer.headers["Location"]) == (check.id, f"/checks/{made.id}")
    assert made.inspector_person_id != check.inspector_person_id
    assert made.inspector_name in officer.get(f"/checks/{made.id}").text


def test_the_lists_of_a_round_cost_the_same_whatever_their_length(world: World, browse: Browse) -> None:
    """One more drawn item and one more inbox row cost no further statement."""
    from sqlalchemy import event

    counted: list[str] = []
    event.listen(world.db, "before_cursor_execute", lambda *a: counted.append(a[2]))

    def cost(browser: Browser, path: str) -> int:
        assert browser.get(path).status_code == 200
        counted.clear()
        browser.get(path)
        return len(counted)

    check = recorded(world, browse, finding(world))
    unit = world.item(check.work_item_id).unit_id
    reporter = browse(world.reporters[unit])  # type: ignore[index]
    inspector = browse(world.inspector_of(check))
    before = cost(reporter, "/inbox"), cost(inspector, f"/checks/{check.id}"), cost(inspector, "/checks")
    world.act(world.officer, inspections.redraw_inspector, world.checks()[1].id, "出差")
    more = [c for c in world.checks() if c.state == "open"]
    for other in more:
        recorded_by = browse(world.inspector_of(other))
        form = {"visited_on": world.today().isoformat(), "conclusion": "存疑"}
        for n in (1, 2, 3):
            form.update({f"findings.{n}.{k}": v for k, v in finding(world, f"问题{n}").items()})
        assert recorded_by.submit(form_of(recorded_by.get(f"/checks/{other.id}")), form).status_code == 303
    world.drain()
    big = more[0]
    after = (
        cost(browse(world.reporters[world.item(big.work_item_id).unit_id]), "/inbox"),  # type: ignore[index]
        cost(browse(world.inspector_of(big)), f"/checks/{big.id}"),
        cost(browse(world.inspector_of(big)), "/checks"),
    )
    assert all(now <= then for now, then in zip(after, before, strict=True)), (before, after)


def test_files_of_a_report_go_to_those_who_may_read_them(world: World, browse: Browse) -> None:
    check = recorded(world, browse, finding(world))
    rectification: Rectification = row(world, Rectification)
    reporter = browse(world.reporters[rectification.responsible_unit_id])  # type: ignore[index]
    token = re.search(r'name="csrf-token" content="([^"]+)"', reporter.get("/password").text)
    assert token
    headers = {"X-Filename": "%E5%8F%B0%E8%B4%A6.txt", "X-CSRFToken": token.group(1)}
    staged = reporter.post(
        "/files", data="一月、二月已补齐".encode(), headers=headers, content_type="application/octet-stream"
    )
    assert staged.status_code == 201, staged.text
    path = f"/rectifications/{rectification.id}"
    sent = {"text": "已补", "files": str(staged.json["id"])}
    assert reporter.submit(form_of(reporter.get(path)), sent).status_code == 303
    inspector = browse(world.inspector_of(check))
    link = re.search(r'href="(/rectifications/files/\d+)"', inspector.get(path).text)
    assert link
    assert inspector.get(link.group(1)).data.decode() == "一月、二月已补齐"
    foreign = next(a for id, a in world.heads.items() if id != rectification.responsible_unit_id)  # type: ignore[union-attr]
    assert browse(foreign).get(link.group(1)).status_code == 403
    assert browse(foreign).get(path).status_code == 403
