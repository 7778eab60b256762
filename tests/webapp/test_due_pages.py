"""The pages of time: a month and its days, one's own deadlines, the wall of lights; counts lead to what they count."""

import re
from typing import Any

import pytest
from sqlalchemy import Engine, select

from engine import deadlines
from engine.campaigns import key_tasks, queries, work_items
from engine.clock import FixedClock
from engine.context import Actor, Context, Role
from engine.deadlines import Deadline
from engine.settings import Settings
from tests.engine.campaigns.city import SYSTEM, City
from tests.factories import make_person

HREF = re.compile(r'href="([^"]+)"')
WORD = re.compile(
    r'<a class="light light-(\w+)" href="(/due-calendar/[^"]+)">.*?<span class="num">(\d+)</span>'
)


@pytest.fixture
def city(db: Engine, clock: FixedClock, settings: Settings) -> City:
    """Two key tasks, of which the bureau works on one and the county has not acknowledged in time; one report's time
    stands still."""
    city = City(db, clock, settings)
    campaign = city.campaign(
        city.new_key_task(1, responsible=[city.bureau.id, city.county.id]),
        city.new_key_task(2, title="精简<材料>", responsible=[city.county.id]),
    )
    for row in city.act(city.officer, queries.key_tasks, campaign.id):
        city.act(city.officer, key_tasks.confirm_assignment, row.key_task.id, progress=None)
    city.drain()
    item = city.act(city.officer, queries.work_items, unit_id=city.bureau.id)[0].item
    city.act(city.bureau.reporter, work_items.acknowledge, item.id)
    city.act(city.bureau.reporter, work_items.file_plan, item.id, text="按季推进")
    final = city.read(
        lambda session: session.scalars(select(Deadline).where(Deadline.kind == "obligation.due")).one()
    )
    city.act(SYSTEM, deadlines.pause, final.id, "等待上级批复")
    city.at(2026, 3, 5, 9)
    return city


def test_the_pages_of_time(city: City, browse: Any) -> None:
    """One story, one database."""
    a_month_counts_its_days_and_each_count_leads_to_its_list(city, browse)
    my_deadlines_say_what_to_press_and_narrow(city, browse)
    the_wall_puts_the_overdue_first_and_leads_to_the_why(city, browse)


def a_month_counts_its_days_and_each_count_leads_to_its_list(city: City, browse: Any) -> None:
    officer = browse(city.officer)
    page = officer.get("/due-calendar?month=2026-03").text
    found = WORD.findall(page)
    assert {(colour, int(n)) for colour, _, n in found} >= {("red", 2)}
    for colour, href, n in found:
        listed = officer.get(href.replace("&amp;", "&")).text
        assert len(re.findall(rf'<a class="light light-{colour}" href="/deadlines/\d+/why"', listed)) == int(
            n
        ), href
    assert "精简&lt;材料&gt;" in page
    for href in ("/due-calendar?month=2026-02&amp;of=all", "/due-calendar?month=2026-04&amp;of=all"):
        assert f'href="{href}"' in page
    assert officer.get("/due-calendar?month=2026-10").text.count(">休<") >= 7, "the holidays are marked"
    assert "2027年节假日安排尚未公布" in officer.get("/due-calendar?month=2027-01").text
    for wrong in ("/due-calendar?month=2026-13", "/due-calendar/2026-02-30", "/due-calendar?month=9999-01"):
        assert officer.get(wrong).status_code == 404
    assert "暂停</span>" in officer.get("/due-calendar?month=2026-06").text
    june = officer.get("/due-calendar/2026-06-30").text
    assert "暂停" in june, "time that stands still is not called done"


def my_deadlines_say_what_to_press_and_narrow(city: City, browse: Any) -> None:
    reporter, head = browse(city.county.reporter), browse(city.county.head)
    mine = reporter.get("/my-deadlines").text
    assert mine.count("已逾期 ") == 2
    assert mine.index("1-02") < mine.index("2-01")
    presses = re.findall(r'class="btn btn-outline btn-sm" href="(/work-items/\d+\?step=\d+)"', mine)
    assert len(presses) == 2
    assert reporter.get(presses[0]).status_code == 200
    assert "没有符合条件的期限" in reporter.get("/my-deadlines?light=green").text
    assert "目前没有期限" in head.get("/my-deadlines?of=mine").text, "acknowledging is the reporter's"
    assert "无需您办理" in head.get("/my-deadlines").text
    for odd in ("?of=x&light=x&kind=x&campaign=x&task=x&unit=x&after=x", "?task=99999&unit=99999"):
        assert reporter.get("/my-deadlines" + odd).status_code == 200
    assert city.bureau.unit.short_name not in reporter.get("/my-deadlines?of=all").text


def the_wall_puts_the_overdue_first_and_leads_to_the_why(city: City, browse: Any) -> None:
    leader = browse(city.act(SYSTEM, _leader, city))
    assert leader.get("/").headers["Location"] == "/lights", "a leader sees first how things stand"
    page = leader.get("/lights").text
    assert re.findall(r'class="wall-tile light-(\w+)"', page) == ["red", "red"]
    units = leader.get("/lights?by=unit&ground=dark").text
    assert re.findall(r'class="wall-tile light-(\w+)"', units) == ["red", "grey"]
    assert "wall-dark" in units
    for href in HREF.findall(page[page.index("wall-tiles") :]):
        assert leader.get(href.replace("&amp;", "&")).status_code == 200, href
    poll = re.search(r'hx-get="([^"]+)"', units)
    assert poll
    tiles = leader.get(poll.group(1).replace("&amp;", "&")).text
    assert tiles.lstrip().startswith('<div class="wall-lights"')
    assert "<html" not in tiles
    stranger = browse(city.act(SYSTEM, lambda ctx: make_person(ctx, city.staff().unit, Role.HEAD)))
    campaign = re.search(r"campaign=(\d+)", page)
    assert campaign
    assert stranger.get(f"/lights?campaign={campaign.group(1)}").status_code == 403
    assert "还没有专项行动" in stranger.get("/lights").text


def _leader(ctx: Context, city: City) -> Actor:
    return make_person(ctx, city.government.unit, Role.LEADER)
