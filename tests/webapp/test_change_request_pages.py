"""A change of an item through its pages: chosen, asked for, agreed to by each in turn, and seen in the ledger."""

import re

from sqlalchemy import select

from engine.change_requests import service
from engine.change_requests.models import ChangeRequest, RequestKind
from engine.context import Role
from tests.engine.campaigns.city import SYSTEM, City
from tests.factories import make_person
from tests.webapp.test_extension_pages import form_in


def test_an_item_is_suspended_and_stands_in_the_ledger(city: City, browse) -> None:  # type: ignore[no-untyped-def]
    leader = city.act(SYSTEM, make_person, city.government.unit, Role.LEADER)
    reporter, head = browse(city.bureau.reporter), browse(city.bureau.head)
    officer, chief = browse(city.officer), browse(leader)
    obligation = city.obligation()
    case, ask = f"/work-items/{obligation.work_item_id}", f"/change-requests/new/{obligation.work_item_id}"
    assert f'href="{ask}"' in reporter.get(case).text
    assert f'href="{ask}"' in officer.get(case).text
    assert f'href="{ask}"' not in chief.get(case).text
    choice = reporter.get(ask).text
    assert f"{ask}?kind=suspend" in choice
    assert "kind=lift" not in choice
    sent = {"kind": "suspend", "reason": "须待省级平台建成"}
    wrong = reporter.submit(ask, sent)
    assert wrong.status_code == 422
    assert "请填写复核日期" in wrong.text
    assert "须待省级平台建成" in wrong.text
    made = reporter.submit(ask, {**sent, "review_on": "2026-09-01"})
    assert made.status_code == 303
    page = made.headers["Location"]
    assert "已有一份变更申请正在办理" in reporter.get(ask).text
    assert "单位负责人审签变更申请" in head.get("/inbox").text
    refused = head.submit(form_in(head.get(page).text), {"verdict": "refused", "version": "1"})
    assert refused.status_code == 422
    assert "请写明退回或者不予同意的理由" in refused.text
    for n, browser in enumerate((head, officer, chief), 1):
        assert page in browser.get("/change-requests").text
        agreed = {"verdict": "agreed", "version": str(n)}
        assert browser.submit(form_in(browser.get(page).text), agreed).status_code == 303
    assert "已批准并办理" in chief.get(page).text
    assert page not in officer.get("/change-requests").text
    ledger = officer.get("/change-requests/ledger").text
    assert "须待省级平台建成" in ledger
    assert leader.name in ledger
    assert "2026-09-01" in ledger
    shown = reporter.get(case).text
    assert "起挂账" in shown
    assert "批准变更" in shown
    assert "Suspended" in reporter.get(f"{case}?lang=en").text


def test_the_office_names_who_takes_over_and_strangers_see_nothing(city: City, browse) -> None:  # type: ignore[no-untyped-def]
    leader = city.act(SYSTEM, make_person, city.government.unit, Role.LEADER)
    item = city.work_item()
    asked = city.act(city.bureau.reporter, service.ask, item.id, kind=RequestKind.TRANSFER, reason="分工有误")
    page = f"/change-requests/{asked.id}"
    stranger, head, officer = browse(city.county.reporter), browse(city.bureau.head), browse(city.officer)
    assert stranger.get(page).status_code == 403
    assert stranger.submit(f"{page}/withdraw").status_code == 403
    assert page not in stranger.get("/change-requests").text
    head.submit(form_in(head.get(page).text), {"verdict": "agreed", "version": "1"})
    shown = officer.get(page).text
    why = re.search(r'href="(/deadlines/\d+/why)"', shown)
    assert why
    assert "报送督办机构之日起审批" in officer.get(why.group(1)).text, (
        "who decides has a limit that explains itself"
    )
    form = form_in(shown)
    missing = officer.submit(form, {"verdict": "agreed", "version": "2"})
    assert missing.status_code == 422
    assert "请选择接收单位" in missing.text
    named = {"verdict": "agreed", "version": "2", "to_unit_id": str(city.county.id)}
    assert officer.submit(form, named).status_code == 303
    chief = browse(leader)
    chief.submit(form_in(chief.get(page).text), {"verdict": "agreed", "version": "3"})
    made = city.read(lambda s: s.scalars(select(ChangeRequest.new_work_item_id)).one())
    assert "分工有误" in stranger.get(f"/work-items/{made}").text
    assert f"移交{city.county.unit.name}" in browse(city.bureau.reporter).get(f"/work-items/{item.id}").text
