"""Notices through their pages, each form by the person whose duty it is; the register, its counts and its export."""

import io
import re
from datetime import datetime

import openpyxl

from engine.clock import SHANGHAI
from tests.engine.campaigns.city import City

WRITTEN = {
    "matter": "压减审批时限（事项编号1-01）", "grounds": "《方案》", "requirement": "=1+1 请抓紧办理",
    "reply_on": "2026-07-13", "reply_form": "书面反馈", "contact": "督查室",
}  # fmt: skip


def form_in(text: str) -> str:
    found = re.search(r'action="(/user-tasks/\d+)"', text)
    assert found, text
    return found.group(1)


def test_a_sheet_goes_its_way_through_the_pages(city: City, browse) -> None:  # type: ignore[no-untyped-def]
    obligation = city.obligation()
    city.clock.move_to(datetime(2026, 7, 6, 10, tzinfo=SHANGHAI))
    case, new = f"/work-items/{obligation.work_item_id}", f"/notices/new/{obligation.work_item_id}"
    officer, head, reporter = (browse(one) for one in (city.officer, city.office.head, city.bureau.reporter))
    about = f"{new}?obligation={obligation.id}"
    assert f'href="{about}"' in officer.get(case).text
    assert new not in reporter.get(case).text
    assert reporter.get(about).status_code == 403

    shown = officer.get(f"{about}&grade=supervision_notice").text
    assert "直接发督办通知单的理由" in shown
    assert "应于2026年6月30日前办结" in shown
    given = {**WRITTEN, "grade": "supervision_notice", "obligation_id": str(obligation.id)}
    wrong = officer.submit(new, {**given, "reply_on": "2026-07-06"})
    assert wrong.status_code == 422
    assert "请抓紧办理" in wrong.text
    wrong = officer.submit(new, given)
    assert wrong.status_code == 422
    assert "直接发督办通知单须写明理由" in wrong.text
    made = officer.submit(new, {**given, "start_reason": "市政府领导批示件"})
    assert made.status_code == 303
    page = made.headers["Location"]
    assert reporter.get(page).status_code == 403
    assert "市政府领导批示件" in officer.get(page).text
    assert "拟定督办单送审" in officer.get("/inbox").text

    saved = officer.submit(f"{page}/edit", {**WRITTEN, "contact": "王科", "version": "1"})
    assert saved.status_code == 303
    stale = officer.submit(form_in(officer.get(page).text), {**WRITTEN, "version": "1"})
    assert stale.status_code == 409
    sent = officer.submit(form_in(officer.get(page).text), {**WRITTEN, "version": "2"})
    assert sent.status_code == 303
    assert "/user-tasks/" not in officer.get(page).text
    refused = head.submit(form_in(head.get(page).text), {"agreed": "false", "version": "3"})
    assert refused.status_code == 422
    assert "请写明退回的理由" in refused.text
    assert head.submit(form_in(head.get(page).text), {"agreed": "true", "version": "3"}).status_code == 303
    assert "督办〔2026〕1号" in head.get(page).text
    assert "正在制作正式文件" in head.get(page).text
    city.drain()

    arrivals = f"/messages/arrivals{case}"
    assert f'href="{arrivals}"' in officer.get(page).text
    assert officer.get(arrivals).status_code == 200
    assert "签收督办单" in reporter.get("/inbox").text
    seen = reporter.get(page).text
    assert arrivals not in seen
    assert re.search(r"SM3 [0-9a-f]{64}", seen)
    assert re.search(r"SHA-256 [0-9a-f]{64}", seen)
    assert reporter.get(f"{page}/paper.pdf").data[:4] == b"%PDF"
    assert reporter.submit(form_in(seen)).status_code == 303
    empty = reporter.submit(form_in(reporter.get(page).text), {"text": ""})
    assert empty.status_code == 422
    assert reporter.submit(form_in(reporter.get(page).text), {"text": "本周办结"}).status_code == 303
    assert "本周办结" in officer.get(page).text
    done = officer.submit(form_in(officer.get(page).text), {"satisfied": "true"})
    assert done.status_code == 303
    assert "督办单已办结" in reporter.get(page).text
    assert "Notice closed" in reporter.get(f"{page}?lang=en").text
    assert "督办〔2026〕1号" in reporter.get(f"{case}?lang=zh").text

    register = officer.get("/notices?q=督办〔2026〕1号&grade=supervision_notice&state=closed&year=2026")
    assert page in register.text
    assert "没有符合条件的督办单" in officer.get("/notices?q=不存在").text
    assert officer.get("/notices?from=x&after=abc&unit=zzz&grade=zzz&state=zzz&year=99999").status_code == 200
    counted = officer.get("/notices/counts?year=2026").text
    assert (
        f"/notices?year=2026&amp;unit={city.bureau.id}&amp;grade=supervision_notice&amp;state=sent" in counted
    )
    assert page in officer.get("/notices?year=2026&state=sent").text
    table = officer.get("/notices/export.xlsx?year=2026")
    sheet = openpyxl.load_workbook(io.BytesIO(table.data)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert [row[0] for row in rows] == ["编号", "督办〔2026〕1号"]
    assert rows[1][3] == city.bureau.unit.name


def test_strangers_see_nothing_and_what_is_cancelled_stays_in_the_register(city: City, browse) -> None:  # type: ignore[no-untyped-def]
    from engine.notices import service

    item = city.begun()
    notice = city.act(city.officer, service.draft, item.id, grade="reminder_letter")
    city.act(city.officer, service.submit, notice.id)
    city.act(city.office.head, service.approve, notice.id, agreed=True)
    page = f"/notices/{notice.id}"
    stranger, officer = browse(city.county.reporter), browse(city.officer)
    for address in (page, f"{page}/paper.pdf", f"{page}/paper.docx"):
        assert stranger.get(address).status_code == 403
    assert stranger.submit(f"{page}/cancel", {"reason": "不想办"}).status_code == 403
    assert page not in stranger.get("/notices").text
    assert "督办〔" not in stranger.get("/notices/counts?year=2026").text
    bare = openpyxl.load_workbook(io.BytesIO(stranger.get("/notices/export.xlsx").data)).active
    assert bare.max_row == 1
    assert officer.get(f"{page}/paper.pdf").status_code == 404, "not rendered yet"
    assert officer.submit(f"{page}/cancel", {"reason": " "}).status_code == 422
    assert officer.submit(f"{page}/cancel", {"reason": "发错单位"}).status_code == 303
    assert "已作废：发错单位" in officer.get(page).text
    assert "督办〔2026〕1号" in officer.get("/notices?state=cancelled").text
    assert "督办〔2026〕1号" in officer.get("/notices").text
    assert "督办〔2026〕1号" not in officer.get("/notices?state=sent").text
    assert officer.submit(f"{page}/cancel", {"reason": "再作废"}).status_code == 409
