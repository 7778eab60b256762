"""Notices on a real database: who may, what the numbers do, what the limits do, what ends them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from engine import deadlines, permissions
from engine.campaigns import work_items
from engine.campaigns.models import Obligation
from engine.clock import FixedClock
from engine.context import Actor, Context
from engine.db import transaction
from engine.errors import AccessDenied, InvalidInput, RuleViolation, StaleForm, TaskNotOpen
from engine.notices import service
from engine.notices.models import Notice, NoticeCounter, NoticeReply
from engine.outbox import OutboxMessage
from engine.permissions import Permission
from engine.reviews import service as reviews
from tests.engine.campaigns.city import SYSTEM, City
from tests.engine.extensions.conftest import while_uncommitted
from tests.engine.notices.conftest import ANSWER_BY, drafted, issued, late_obligation, replied
from tests.factories import make_person


def told(city: City, notice: Notice) -> list[str]:
    query = (
        select(OutboxMessage.kind)
        .where(OutboxMessage.subject_type == "notice", OutboxMessage.subject_id == notice.id)
        .order_by(OutboxMessage.id)
    )
    return city.read(lambda s: list(s.scalars(query)))


def live(city: City, notice: Notice) -> dict[str, date]:
    found = city.read(lambda s: deadlines.queries.of_subject(s, ("notice", notice.id)))
    return {d.kind: d.due_on for d in found if d.is_live}


def test_a_sheet_from_its_draft_to_its_end(any_city: City) -> None:
    city = any_city
    notice = drafted(city)
    assert (notice.state, notice.number, notice.title, notice.days_late) == ("draft", None, "提醒函", 4)
    assert (notice.due_on, notice.reply_on) == (date(2026, 6, 30), ANSWER_BY)
    assert "应于2026年6月30日前办结" in notice.grounds
    assert city.elements(("notice", notice.id)) == {"finalise"}
    city.act(city.officer, service.submit, notice.id)
    assert city.elements(("notice", notice.id)) == {"approve_by_head"}
    with pytest.raises(AccessDenied):
        city.act(city.bureau.reporter, service.confirm_receipt, notice.id)
    city.act(city.office.head, service.approve, notice.id, agreed=True)
    out = city.get(Notice, notice.id)
    assert (out.state, out.year, out.number, out.number_text) == ("issued", 2026, 1, "督办〔2026〕1号")
    assert (out.issued_at, out.issued_by_name) == (city.clock.now(), city.office.head.name)
    assert live(city, out) == {"notice.receipt": date(2026, 7, 7), "notice.reply": ANSWER_BY}
    (task,) = city.user_tasks(("notice", notice.id))
    assert (task.form_key, task.unit_id, task.work_item_id) == (
        "notice.sign_for", city.bureau.id, out.work_item_id,
    )  # fmt: skip
    back = replied(city, out)
    assert (back.state, back.round, live(city, back)) == ("replied", 1, {})
    city.act(city.officer, service.verify, notice.id, satisfied=True)
    done = city.get(Notice, notice.id)
    assert (done.state, done.closed_at, done.reply_late_at) == ("closed", city.clock.now(), None)
    assert city.elements(("notice", notice.id)) == set()
    facts = [a for a in city.actions(f"work_item:{out.work_item_id}") if a.startswith("notice.")]
    assert facts == [
        "notice.drafted", "notice.submitted", "notice.issued", "notice.numbered", "notice.received",
        "notice.replied", "notice.satisfied", "notice.closed",
    ]  # fmt: skip
    assert told(city, out) == [
        "notice.submitted", "notice.issued", "notice.received", "notice.replied", "notice.closed",
    ]  # fmt: skip


def test_a_reply_that_does_not_do_is_given_again_with_days_left(city: City) -> None:
    notice = issued(city)
    replied(city, notice)
    city.at(2026, 7, 20, 10)
    with pytest.raises(InvalidInput):
        city.act(city.officer, service.verify, notice.id, satisfied=False, reasons=" ")
    city.act(city.officer, service.verify, notice.id, satisfied=False, reasons="没有完成时间")
    again = city.get(Notice, notice.id)
    assert (again.state, again.reply_on) == ("received", date(2026, 7, 23)), "three working days at least"
    assert live(city, again) == {"notice.reply": date(2026, 7, 23)}
    city.act(city.bureau.head, service.reply, notice.id, text="7月底前办结")
    city.act(city.officer, service.verify, notice.id, satisfied=True)
    assert "notice.reply_returned" in city.actions(f"work_item:{again.work_item_id}")
    rows = city.read(lambda s: s.scalars(select(NoticeReply).order_by(NoticeReply.round)).all())
    assert [(r.round, r.satisfied, r.reasons) for r in rows] == [(1, False, "没有完成时间"), (2, True, None)]


def test_limits_pass_and_the_next_grade_may_follow_and_takes_the_place(city: City, leader: Actor) -> None:
    first = issued(city)
    id = first.obligation_id
    assert id is not None
    with pytest.raises(InvalidInput) as skipped:
        drafted(city, id, "supervision_notice")
    assert (skipped.value.code, skipped.value.field) == ("notices.rung_skipped", "start_reason")
    city.at(2026, 7, 8, 1)
    assert city.get(Notice, first.id).receipt_late_at is not None
    city.act(city.bureau.reporter, service.confirm_receipt, first.id)
    city.at(2026, 7, 14, 1)
    late = city.get(Notice, first.id)
    assert late.reply_late_at is not None
    # The ladder of the report has asked for the next grade meanwhile, and found it out of turn then.
    for waiting in city.read(lambda s: s.scalars(select(Notice.id).where(Notice.state == "draft")).all()):
        city.act(city.officer, service.cancel, waiting, reason="另行拟稿")
    second = issued(city, id, "supervision_notice")
    assert (second.former_id, second.start_reason) == (first.id, None)
    assert f"此前已发{first.number_text}" in second.grounds
    former = city.get(Notice, first.id)
    assert (former.state, live(city, former), city.user_tasks(("notice", first.id))) == ("escalated", {}, [])
    with pytest.raises(TaskNotOpen):
        city.act(city.bureau.reporter, service.reply, first.id, text="已完成")
    with pytest.raises(RuleViolation) as lower:
        drafted(city, id, "reminder_letter")
    assert lower.value.code == "notices.graver_running"


def test_important_matters_begin_higher_with_a_reason_and_the_leader_issues(
    city: City, leader: Actor
) -> None:
    notice = drafted(city, grade="circular", start_reason="市政府主要领导批示件")
    assert notice.start_reason == "市政府主要领导批示件"
    city.act(city.officer, service.submit, notice.id)
    waiting = city.get(Notice, notice.id)
    assert waiting.leader_unit_id == city.government.id
    assert city.elements(("notice", notice.id)) == {"approve_by_leader"}
    with pytest.raises(AccessDenied):
        city.act(city.office.head, service.approve, notice.id, agreed=True)
    with pytest.raises(InvalidInput):
        city.act(leader, service.approve, notice.id, agreed=False)
    city.act(leader, service.approve, notice.id, agreed=False, reasons="请核实逾期天数")
    back = city.get(Notice, notice.id)
    assert (back.state, back.return_reasons) == ("draft", "请核实逾期天数")
    assert city.actions(f"work_item:{notice.work_item_id}")[-1] == "notice.returned"
    city.act(city.officer, service.submit, notice.id)
    city.act(leader, service.approve, notice.id, agreed=True)
    assert city.get(Notice, notice.id).issued_by_name == leader.name


def test_one_matter_one_sheet_and_nothing_where_nothing_is_owed(city: City) -> None:
    first = drafted(city)
    with pytest.raises(RuleViolation) as twice:
        drafted(city, first.obligation_id)
    assert twice.value.code == "notices.one_sheet"
    other = city.act(city.officer, service.draft, first.work_item_id, grade="reminder_letter")
    assert other.obligation_id is None, "the item as a whole is another matter"
    city.accepted(city.get(Obligation, first.obligation_id))  # type: ignore[arg-type]
    city.drain()
    lapsed = city.get(Notice, first.id)
    assert (lapsed.state, lapsed.number, lapsed.cancel_reason) == (
        "cancelled", None, "应报事项已办结或者撤销",
    )  # fmt: skip
    with pytest.raises(RuleViolation) as over:
        drafted(city, first.obligation_id)
    assert over.value.code == "notices.nothing_owed"
    stranger = city.act(SYSTEM, make_person, city.county.unit)
    with pytest.raises(AccessDenied):
        city.act(stranger, service.draft, first.work_item_id, grade="reminder_letter")


def test_who_may_see_and_act(city: City) -> None:
    notice = drafted(city)

    def sees(actor: Actor) -> bool:
        return city.act(actor, permissions.permits, Permission.NOTICE_READ, Notice, notice.id)

    assert sees(city.officer)
    assert sees(city.office.head)
    assert not sees(city.bureau.reporter), "a draft is the office's own"
    assert not sees(city.lead.head)
    for actor in (city.bureau.reporter, city.bureau.head, city.lead.head, city.office.reporter):
        with pytest.raises(AccessDenied):
            city.act(actor, service.submit, notice.id)
    city.act(city.officer, service.submit, notice.id)
    for actor in (city.officer, city.bureau.head, city.lead.head):
        with pytest.raises(AccessDenied):
            city.act(actor, service.approve, notice.id, agreed=True)
    city.act(city.office.head, service.approve, notice.id, agreed=True)
    assert sees(city.bureau.reporter)
    assert sees(city.lead.head)
    assert sees(city.government.head)
    assert not sees(city.county.reporter)
    for actor in (city.county.reporter, city.lead.reporter, city.officer):
        with pytest.raises(AccessDenied):
            city.act(actor, service.confirm_receipt, notice.id)
    replied(city, notice)
    for actor in (city.bureau.reporter, city.lead.head):
        with pytest.raises(AccessDenied):
            city.act(actor, service.verify, notice.id, satisfied=True)


def test_nobody_issues_what_they_drew_up(city: City) -> None:
    both = city.act(SYSTEM, make_person, city.office.unit, "officer", "head")
    id = late_obligation(city)
    item_id = city.get(Obligation, id).work_item_id
    notice = city.act(both, service.draft, item_id, obligation_id=id, grade="reminder_letter")
    city.act(both, service.submit, notice.id)
    with pytest.raises(AccessDenied):
        city.act(both, service.approve, notice.id, agreed=True)
    city.act(city.office.head, service.approve, notice.id, agreed=True)


def test_what_a_draft_says_is_changed_until_it_is_sent_on(city: City) -> None:
    notice = drafted(city)
    content = service.Content(
        matter="整改台账", grounds="《方案》", requirement="尽快", reply_on=ANSWER_BY, reply_form="书面", contact="王",
    )  # fmt: skip
    city.act(city.officer, service.edit, notice.id, content=content, expected_version=1)
    with pytest.raises(StaleForm):
        city.act(city.officer, service.submit, notice.id, content=content, expected_version=1)
    for changed, field in (
        ({"matter": " "}, "matter"), ({"grounds": ""}, "grounds"), ({"requirement": ""}, "requirement"),
        ({"reply_form": ""}, "reply_form"), ({"contact": "王" * 201}, "contact"),
        ({"reply_on": date(2026, 7, 6)}, "reply_on"), ({"reply_on": date(2028, 1, 1)}, "reply_on"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput) as wrong:
            city.act(
                city.officer, service.submit, notice.id,
                content=service.Content(**{**content.__dict__, **changed}),  # type: ignore[arg-type]
            )  # fmt: skip
        assert wrong.value.field == field
    city.act(city.officer, service.submit, notice.id, content=content)
    with pytest.raises(TaskNotOpen):
        city.act(city.officer, service.edit, notice.id, content=content)
    city.clock.move(days=10)
    with pytest.raises(InvalidInput):
        city.act(city.office.head, service.approve, notice.id, agreed=True)


def test_a_cancelled_sheet_keeps_its_number(city: City) -> None:
    other_id = city.obligation().id
    first = issued(city)
    city.act(city.officer, service.cancel, first.id, reason="发错单位")
    gone = city.get(Notice, first.id)
    assert (gone.state, gone.number, gone.cancel_reason) == ("cancelled", 1, "发错单位")
    assert city.actions(f"work_item:{gone.work_item_id}")[-1] == "notice.cancelled"
    assert live(city, gone) == {}
    assert city.user_tasks(("notice", first.id)) == []
    assert issued(city, first.obligation_id).number == 2
    draft = drafted(city, other_id)
    city.act(city.officer, service.cancel, draft.id, reason="不再需要")
    assert city.get(Notice, draft.id).number is None


def test_offices_and_years_count_apart(city: City) -> None:
    second = City(city.db, city.clock, city.settings)
    id, other_id = city.obligation().id, second.obligation().id
    assert issued(city).number == 1
    assert issued(second, other_id).number == 1
    city.clock.move_to(city.clock.now().replace(year=2027, month=1, day=4))
    assert issued(city, id).number_text == "督办〔2027〕1号"
    counters = city.read(
        lambda s: s.execute(
            select(NoticeCounter.office_unit_id, NoticeCounter.year, NoticeCounter.last)
        ).all()
    )
    assert sorted(map(tuple, counters)) == sorted(
        [(city.office.id, 2026, 1), (second.office.id, 2026, 1), (city.office.id, 2027, 1)]
    )


def test_many_issue_at_once_without_a_gap_and_what_rolls_back_leaves_none(city: City) -> None:
    """Eight connections issue sixteen sheets; every third is rolled back first, and issued anew."""
    ids = []
    for n in range(8):
        item = city.begun(title=f"任务{n}")
        ids.append(item.id)
    city.clock.move_to(city.clock.now().replace(month=7, day=6))
    notices = []
    for id in ids:
        for obligation_id in (None, city.obligations(city.get(work_items.WorkItem, id))[-1].id):
            made = city.act(
                city.officer, service.draft, id, obligation_id=obligation_id, grade="supervision_notice",
                start_reason="批示件",
            )  # fmt: skip
            city.act(city.officer, service.submit, made.id)
            notices.append(made.id)

    class Undone(Exception):
        pass

    def approve(n: int, id: int, *, fail: bool) -> int | None:
        try:
            with transaction(city.db) as session:
                ctx = Context(session, city.office.head, FixedClock(city.clock.now()), city.settings)
                number = service.approve(ctx, id, agreed=True).number
                if fail:
                    raise Undone
                return number
        except Undone:
            return None

    def both(given: tuple[int, int]) -> int | None:
        n, id = given
        if n % 3 == 0:
            approve(n, id, fail=True)
        return approve(n, id, fail=False)

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(both, enumerate(notices)))
    assert sorted(n for n in numbers if n is not None) == list(range(1, len(notices) + 1))
    stored = city.read(lambda s: s.scalars(select(Notice.number).order_by(Notice.number)).all())
    assert list(stored) == list(range(1, len(notices) + 1))


def test_two_approvals_at_once_issue_one_sheet(city: City) -> None:
    notice = drafted(city)
    city.act(city.officer, service.submit, notice.id)

    def attempt(_: Any) -> str:
        try:
            city.act(city.office.head, service.approve, notice.id, agreed=True)
        except TaskNotOpen:
            return "late"
        return "issued"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, range(2))) == ["issued", "late"]
    assert city.get(Notice, notice.id).number == 1


def test_a_draft_waits_for_what_is_being_done_to_the_report(city: City) -> None:
    """Else it would outlive the acceptance, which ends only the drafts that it sees."""
    review = city.in_review()
    outcome = while_uncommitted(
        city,
        city.lead.head,
        lambda ctx: reviews.decide(ctx, review.id, approved=True),
        lambda: drafted(city, review.obligation_id),
    )
    assert outcome == "notices.nothing_owed"
    assert city.read(lambda s: s.scalars(select(Notice.id)).all()) == []
