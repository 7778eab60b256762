"""A unit registers records, each with a limit of its own class."""

from datetime import date

from engine.campaigns.models import LimitKind
from engine.campaigns.rules import Limit
from tests.engine.campaigns.city import City
from tests.engine.campaigns.test_obligations import FINAL, due


def per_record(days: int, scope: str) -> Limit:
    basis = {
        "rule": "after_event", "days": days, "counting": "working_days", "event": "执法决定作出之日",
        "scope": scope, "text": f"执法决定作出之日起{days}个工作日内",
    }  # fmt: skip
    return Limit(LimitKind.EVENT, basis, scope)


def test_each_record_is_due_by_the_limit_of_its_class(city: City, browse) -> None:  # type: ignore[no-untyped-def]
    item = city.begun(limits=(FINAL, per_record(7, "行政许可、行政处罚决定"), per_record(20, "其他执法决定")))
    reporter, officer = browse(city.bureau.reporter), browse(city.officer)
    case = f"/work-items/{item.id}"
    assert f'href="{case}/records/new"' in reporter.get(case).text
    assert f'href="{case}/records/new"' not in officer.get(case).text
    form = reporter.get(f"{case}/records/new").text
    seven, twenty = (
        form.index(f"{scope}：执法决定作出之日起{days}个工作日内")
        for scope, days in (("行政许可、行政处罚决定", 7), ("其他执法决定", 20))
    )  # fmt: skip
    assert seven < twenty
    values = [form[:at].rpartition(' value="')[2].partition('"')[0] for at in (seven, twenty)]
    missing = reporter.submit(f"{case}/records/new", {"title": "云公罚〔2026〕1号", "on": "2026-03-02"})
    assert missing.status_code == 422
    assert "云公罚〔2026〕1号" in missing.text, "what was typed is kept"
    ahead = reporter.submit(
        f"{case}/records/new", {"limit_id": values[0], "title": "云公罚〔2026〕1号", "on": "2026-03-03"}
    )
    assert "事项发生日期不得晚于今天" in ahead.text
    for limit_id, title in zip(values, ("云公罚〔2026〕1号", "云公强〔2026〕2号"), strict=True):
        sent = reporter.submit(
            f"{case}/records/new", {"limit_id": limit_id, "title": title, "on": "2026-03-02"}
        )
        assert sent.status_code == 303
    again = reporter.submit(
        f"{case}/records/new", {"limit_id": values[0], "title": "云公罚〔2026〕1号", "on": "2026-03-02"}
    )
    assert "“云公罚〔2026〕1号”已经登记过" in again.text
    dues = {o.title: due(city, o).due_on for o in city.obligations(item) if o.kind == "event"}
    assert dues == {"云公罚〔2026〕1号": date(2026, 3, 11), "云公强〔2026〕2号": date(2026, 3, 30)}
    assert officer.get(f"{case}/records/new").status_code == 403
