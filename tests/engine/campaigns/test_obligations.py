"""Obligations: overdue once, reopened with their date, events, and what the final report settles."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from engine.campaigns import obligations, work_items
from engine.campaigns.models import LimitKind, Obligation, WorkItem
from engine.campaigns.rules import Limit
from engine.deadlines import Deadline
from engine.errors import AccessDenied, InvalidInput, RuleViolation, TaskNotOpen
from engine.evidence import service as evidence
from engine.reviews import service as reviews
from tests.engine.campaigns.city import City

FINAL = Limit(LimitKind.FINAL, {"rule": "fixed_date", "on": "2026-06-30", "text": "6月30日前"})


def limit(kind: str, title: str = "", **basis: Any) -> Limit:
    return Limit(LimitKind(kind), basis, title)


def due(city: City, obligation: Obligation) -> Deadline:
    return city.read(
        lambda s: s.scalars(select(Deadline).filter_by(subject_id=obligation.id, kind="obligation.due")).one()
    )


def test_a_report_that_is_not_signed_in_time_is_overdue_once(city: City) -> None:
    obligation = city.submitted()  # handed in, but the head has not signed
    city.at(2026, 6, 30, 23)
    assert city.get(Obligation, obligation.id).overdue_at is None
    city.at(2026, 7, 1, 0)
    city.at(2026, 7, 3, 9)
    marked = city.get(Obligation, obligation.id)
    assert marked.overdue_at is not None
    assert city.actions(f"work_item:{obligation.work_item_id}").count("obligation.fell_overdue") == 1
    city.act(city.bureau.head, evidence.sign_off, obligation.id, signed=True)
    assert due(city, obligation).state == "met"
    assert city.get(Obligation, obligation.id).overdue_at == marked.overdue_at


def test_the_clock_stops_at_the_signature_and_runs_on_after_a_return(city: City) -> None:
    review = city.in_review()
    obligation = city.get(Obligation, review.obligation_id)
    assert due(city, obligation).state == "met"
    city.at(2026, 7, 1, 9)  # the unit's date passes while others review
    assert city.get(Obligation, obligation.id).overdue_at is None
    city.act(city.lead.head, reviews.decide, review.id, approved=False, reasons="缺附件")
    again = due(city, obligation)
    assert (again.state, again.due_on, again.original_due_on) == (
        "open",
        date(2026, 7, 6),  # three working days, because the time of the review is not the unit's
        date(2026, 6, 30),
    )
    city.at(2026, 7, 6, 18)
    assert city.get(Obligation, obligation.id).overdue_at is None
    city.at(2026, 7, 7, 9)
    assert city.get(Obligation, obligation.id).overdue_at is not None
    assert due(city, obligation).state == "passed"


def test_a_report_signed_late_before_any_sweep_saw_it_is_overdue_too(city: City) -> None:
    obligation = city.submitted()
    city.clock.move(days=130)
    city.act(city.bureau.head, evidence.sign_off, obligation.id, signed=True)
    assert city.get(Obligation, obligation.id).overdue_at is None
    city.at(2026, 7, 10, 18)
    assert city.get(Obligation, obligation.id).overdue_at is not None


def test_two_reports_settle_the_item_whichever_is_accepted_last(city: City) -> None:
    item = city.begun(limits=(FINAL, limit("milestone", "公布清单", rule="fixed_date", on="2026-05-31")))
    milestone, final = city.obligations(item)
    city.accepted(final)
    city.drain()
    assert city.get(WorkItem, item.id).state == "in_progress", "the milestone is still owed"
    city.accepted(milestone)
    city.drain()
    assert city.get(WorkItem, item.id).state == "sampling"


def test_periods_that_have_not_ended_fall_away_with_the_final_report(city: City) -> None:
    item = city.begun(limits=(FINAL, limit("cadence", rule="each", period="month")))
    march, april, may, final = city.obligations(item)
    city.at(2026, 4, 10, 9)
    city.accepted(final)
    city.drain()
    assert city.get(WorkItem, item.id).state == "in_progress", "March has ended and is still owed"
    city.accepted(march)
    city.drain()
    assert city.get(WorkItem, item.id).state == "sampling"
    for dropped in (april, may):
        assert city.get(Obligation, dropped.id).state == "cancelled"
        assert city.user_tasks(("obligation", dropped.id)) == []
        assert due(city, dropped).state == "cancelled"
        with pytest.raises(TaskNotOpen):
            city.act(city.bureau.reporter, evidence.submit, dropped.id, text="四月进展")


def test_an_event_brings_a_report_of_its_own(city: City) -> None:
    seven = limit("event", "公示", rule="after_event", days=7, counting="working_days", text="作出决定之日起")
    item = city.begun(limits=(FINAL, seven))
    (final,) = city.obligations(item)
    limits = city.act(city.officer, obligations._limits, item.key_task_id)
    event_id = next(one.id for one in limits if one.kind == "event")

    def record(**values: Any) -> Obligation:
        given = {"limit_id": event_id, "title": "行政处罚决定1号", "on": date(2026, 3, 2)}
        return city.act(city.bureau.reporter, obligations.record_event, item.id, **(given | values))

    with pytest.raises(InvalidInput):
        record(on=date(2026, 3, 3))
    with pytest.raises(InvalidInput):
        record(limit_id=final.limit_id)
    with pytest.raises(InvalidInput):
        record(title=" ")
    with pytest.raises(AccessDenied):
        city.act(
            city.lead.head,
            obligations.record_event,
            item.id,
            limit_id=event_id,
            title="决定",
            on=date(2026, 3, 2),
        )
    one, two = record(), record(title="行政处罚决定2号")
    assert (one.kind, one.position, two.position) == ("event", 2, 3)
    assert due(city, one).due_on == date(2026, 3, 11)
    city.accepted(final)
    city.drain()
    assert city.get(WorkItem, item.id).state == "in_progress"
    for event in (one, two):
        city.accepted(event)
    city.drain()
    assert city.get(WorkItem, item.id).state == "sampling"


def test_a_report_with_a_lower_bound_is_not_handed_in_early(city: City) -> None:
    """28 September and a week of holidays: five working days end on the make-up Saturday of 10 October."""
    city.at(2026, 9, 28, 9)
    bound = limit(
        "event",
        "审核意见",
        rule="after_event",
        days=15,
        min_days=5,
        counting="working_days",
        text="收到材料之日起",
    )
    final = limit("final", rule="fixed_date", on="2026-12-31", text="年底前")
    item = city.begun(limits=(final, bound))
    limits = city.act(city.officer, obligations._limits, item.key_task_id)
    given = {"title": "规范性文件1号", "on": date(2026, 9, 28)}
    given["limit_id"] = next(one.id for one in limits if one.kind == "event")
    made = city.act(city.bureau.reporter, obligations.record_event, item.id, **given)
    with pytest.raises(InvalidInput, match="已经登记过"):
        city.act(city.bureau.reporter, obligations.record_event, item.id, **given)
    assert (made.earliest_on, due(city, made).due_on) == (date(2026, 10, 10), date(2026, 10, 23))
    city.at(2026, 10, 9, 9)
    with pytest.raises(RuleViolation, match="2026-10-10起方可报送"):
        city.act(city.bureau.reporter, evidence.submit, made.id, text="出具意见")
    city.at(2026, 10, 10, 9)
    assert city.act(city.bureau.reporter, evidence.submit, made.id, text="出具意见").round == 1


def test_a_count_is_owed_whatever_the_final_report_says(city: City) -> None:
    item = city.begun(
        limits=(FINAL, limit("cadence", rule="each", period="year", count=2, text="每年不少于2次"))
    )
    first, second, final = sorted(city.obligations(item), key=lambda o: (o.kind == "final", o.position))
    assert (first.ordinal, second.ordinal, final.ordinal) == (1, 2, None)
    for done in (final, first):
        city.accepted(done)
    city.drain()
    assert city.get(WorkItem, item.id).state == "in_progress", "the second time is still owed"
    city.accepted(second)
    city.drain()
    assert city.get(WorkItem, item.id).state == "sampling"


def test_an_event_needs_an_item_under_way(city: City) -> None:
    item = city.work_item()
    city.act(city.bureau.reporter, work_items.acknowledge, item.id)
    with pytest.raises(TaskNotOpen):
        city.act(
            city.bureau.reporter,
            obligations.record_event,
            item.id,
            limit_id=1,
            title="决定",
            on=date(2026, 3, 2),
        )
