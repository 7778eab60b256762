"""An application for a later date through its pages, each form by the person whose duty it is."""

import re
from datetime import date

from engine.extensions import service
from tests.engine.campaigns.city import City


def form_in(text: str) -> str:
    found = re.search(r'action="(/user-tasks/\d+)"', text)
    assert found, text
    return found.group(1)


def test_a_later_date_is_asked_for_and_granted(city: City, browse) -> None:  # type: ignore[no-untyped-def]
    reporter, head, officer = browse(city.bureau.reporter), browse(city.bureau.head), browse(city.officer)
    obligation = city.obligation()
    case, ask = f"/work-items/{obligation.work_item_id}", f"/extensions/new/{obligation.id}"
    assert f'href="{ask}"' in reporter.get(case).text
    assert f'href="{ask}"' not in officer.get(case).text
    assert "2 次" in reporter.get(ask).text
    wrong = reporter.submit(ask, {"new_on": "2026-06-30", "reason": "联调延后", "progress": "已完成七成"})
    assert wrong.status_code == 422
    assert "新的期限须晚于现行期限和今天" in wrong.text
    assert "联调延后" in wrong.text
    sent = reporter.submit(ask, {"new_on": "2026-07-10", "reason": "联调延后", "progress": "已完成七成"})
    assert sent.status_code == 303
    page = sent.headers["Location"]
    assert f'href="{ask}"' not in reporter.get(case).text, "one application at a time"
    assert "单位负责人审签延期申请" in head.get("/inbox").text
    refused = head.submit(form_in(head.get(page).text), {"verdict": "returned", "version": "1"})
    assert refused.status_code == 422
    assert "请写明退回或者不予同意的理由" in refused.text
    assert head.submit(form_in(head.get(page).text), {"verdict": "agreed", "version": "1"}).status_code == 303
    stale = officer.submit(form_in(officer.get(page).text), {"verdict": "agreed", "version": "1"})
    assert stale.status_code == 409
    assert (
        officer.submit(form_in(officer.get(page).text), {"verdict": "agreed", "version": "2"}).status_code
        == 303
    )
    assert "已批准，期限延长至" in officer.get(page).text
    shown = reporter.get(case).text
    assert "已延期 1 次" in shown
    assert "批准延期" in shown
    why = re.findall(r'href="(/deadlines/\d+/why)"', shown)[-1]
    assert "联调延后" in reporter.get(why).text
    assert "Extension granted" in reporter.get(f"{case}?lang=en").text


def test_an_application_is_withdrawn_and_strangers_see_nothing(city: City, browse) -> None:  # type: ignore[no-untyped-def]
    obligation = city.obligation()
    asked = city.act(
        city.bureau.reporter,
        service.apply,
        obligation.id,
        new_on=date(2026, 7, 10),
        reason="联调延后",
        progress="已完成七成",
    )
    page = f"/extensions/{asked.id}"
    stranger, reporter = browse(city.county.reporter), browse(city.bureau.reporter)
    assert stranger.get(page).status_code == 403
    assert stranger.submit(f"{page}/withdraw").status_code == 403
    assert reporter.submit(f"{page}/withdraw").status_code == 303
    assert "申请单位已撤回" in reporter.get(page).text
    assert reporter.submit(f"{page}/withdraw").status_code == 409
