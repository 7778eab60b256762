"""催办 through its pages: on the item, from a list, and the record of what followed."""

import re

from engine.campaigns import work_items
from tests.engine.campaigns.city import City


def choices(page: str) -> list[int]:
    return [int(id) for id in re.findall(r'name="ids" value="(\d+)"', page)]


def test_items_are_urged_and_the_record_shows_what_followed(city: City, browse) -> None:  # type: ignore[no-untyped-def]
    officer, lead, reporter = browse(city.officer), browse(city.lead.head), browse(city.bureau.reporter)
    item, other = city.work_item(), city.work_item()
    case = f"/work-items/{item.id}"
    assert f'action="{case}/urge"' in officer.get(case).text
    assert f'action="{case}/urge"' not in reporter.get(case).text
    too_long = officer.submit(f"{case}/urge", {"words": "长" * 501})
    assert too_long.status_code == 422 and "长" * 501 in too_long.text
    assert officer.submit(f"{case}/urge", {"words": "请<b>尽快</b>签收"}).status_code == 303
    shown = lead.get(case).text
    assert "请&lt;b&gt;尽快&lt;/b&gt;签收" in shown and "尚无进展" in shown
    assert f'action="{case}/urge"' not in shown and "起可以再次催办" in shown
    refused = lead.submit(f"{case}/urge", {"words": "快"})
    assert refused.status_code == 422 and f"{city.officer.name}已于" in refused.text

    listed = lead.get("/urgings/new").text
    assert choices(listed) == [other.id], "what was urged today cannot be chosen"
    assert "批量催办" in lead.get("/urgings").text
    nothing = lead.submit("/urgings", {"words": "请抓紧"})
    assert nothing.status_code == 422 and "请先勾选" in nothing.text and "请抓紧" in nothing.text
    done = lead.submit("/urgings?late=1", {"ids": [str(other.id), str(item.id)], "words": "请抓紧"})
    assert done.status_code == 303 and done.headers["Location"].endswith("/urgings/new?late=1")
    told = lead.get("/urgings/new").text
    assert "已催办 1 项" in told and f"{item.number}：{city.officer.name}已于" in told
    assert choices(told) == []
    assert reporter.submit("/urgings", {"ids": [str(item.id)]}).status_code == 403
    assert choices(reporter.get("/urgings/new").text) == []

    city.act(city.bureau.reporter, work_items.acknowledge, item.id)
    record = reporter.get("/urgings").text
    assert record.count("请抓紧") == 1 and "签收" in record
    assert "请抓紧" in officer.get("/urgings?answered=no").text
    assert "请抓紧" not in officer.get("/urgings?answered=yes").text
    assert "请抓紧" not in officer.get(f"/urgings?item={item.id}").text
    assert "请抓紧" in officer.get("/urgings?answered=no-such&item=x&after=y").text, (
        "nonsense narrows nothing"
    )
    stranger = browse(city.county.head).get("/urgings").text
    assert "请抓紧" not in stranger and "目前没有催办记录" in stranger
    assert "Batch urging" in officer.get("/urgings/new?lang=en").text
