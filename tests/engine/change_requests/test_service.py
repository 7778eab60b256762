"""Asking and deciding on a real database: who may, what is done at last and not before, and what ends a request."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select

from engine import deadlines
from engine.campaigns import obligations, work_items
from engine.campaigns.models import KeyTaskUnit, Obligation, WorkItem
from engine.campaigns.queries import work_item_page
from engine.change_requests import queries, service
from engine.change_requests.models import ChangeRequest, ChangeRequestOpinion, RequestKind
from engine.context import Actor, Context
from engine.db import transaction
from engine.deadlines import Deadline
from engine.deadlines.models import DeadlineChange
from engine.deadlines.queries import latest
from engine.errors import AccessDenied, InvalidInput, RuleViolation, StaleForm, TaskNotOpen
from engine.evidence import service as evidence
from engine.evidence.queries import rounds as rounds_of
from engine.extensions.models import Extension, Verdict
from engine.extensions.queries import deadline_of
from engine.outbox import OutboxMessage
from engine.reviews import service as reviews
from notifications import delivery
from notifications.models import Notification
from tests.engine.campaigns.city import SYSTEM, City
from tests.engine.change_requests.conftest import REASON, REVIEW_ON, ask, granted
from tests.engine.extensions.conftest import WAITING, while_uncommitted
from tests.engine.extensions.conftest import asked as asked_for_later

AGREED, RETURNED, REFUSED = Verdict.AGREED, Verdict.RETURNED, Verdict.REFUSED
PAUSE, RESUME, CANCEL, TRANSFER, SUSPEND, LIFT = RequestKind
DUE = date(2026, 6, 30)


def due(city: City, obligation_id: int) -> Deadline:
    return city.read(lambda session: deadline_of(session, obligation_id))


def clocks(city: City, item_id: int) -> dict[str, tuple[str, date]]:
    """State and date of the newest deadline of each kind, of the item and its reports."""

    def read(session):  # type: ignore[no-untyped-def]
        rows = session.scalars(
            select(Deadline).where(Deadline.stream == f"work_item:{item_id}").order_by(Deadline.id)
        )
        return {row.kind: (row.state, row.due_on) for row in rows}

    return city.read(read)


def test_a_report_is_paused_by_the_office_and_runs_on_with_what_was_left(city: City, leader: Actor) -> None:
    obligation = city.obligation()
    item_id = obligation.work_item_id
    request = ask(city, item_id, PAUSE, obligation_id=obligation.id)
    assert (request.state, due(city, obligation.id).state) == ("applied", "open")
    city.act(city.bureau.head, service.sign_off, request.id, verdict=AGREED)
    assert due(city, obligation.id).state == "open", "nothing stands still before it is approved"
    city.act(city.officer, service.decide, request.id, verdict=AGREED, reasons="情况属实")
    assert city.get(ChangeRequest, request.id).state == "granted"
    paused = due(city, obligation.id)
    assert (paused.state, paused.next_action_at) == ("paused", None)
    left = city.act(SYSTEM, _left, paused)
    city.at(2026, 7, 6, 9)
    assert city.get(Obligation, obligation.id).overdue_at is None
    granted(city, leader, item_id, RESUME, obligation_id=obligation.id)
    running = due(city, obligation.id)
    assert (running.state, running.original_due_on, running.passed_at) == ("open", DUE, None)
    assert city.act(SYSTEM, _left, running) == left
    changes = city.read(lambda s: s.scalars(select(DeadlineChange).order_by(DeadlineChange.id)).all())
    assert [(c.kind, c.reason) for c in changes] == [("paused", REASON), ("resumed", REASON)]


def _left(ctx, deadline: Deadline) -> int:  # type: ignore[no-untyped-def]
    from engine.clock import local_date
    from engine.working_days import load

    return load(ctx.session).working_days_between(local_date(ctx.clock.now()), deadline.due_on)


def test_a_suspended_item_stands_still_whatever_is_opened_until_it_is_lifted(
    city: City, leader: Actor
) -> None:
    item = city.work_item()
    with pytest.raises(InvalidInput) as error:
        city.act(city.bureau.reporter, service.ask, item.id, kind=SUSPEND, reason=REASON)
    assert error.value.field == "review_on"
    request = ask(city, item.id, SUSPEND)
    city.act(city.bureau.head, service.sign_off, request.id, verdict=AGREED)
    city.act(city.officer, service.decide, request.id, verdict=AGREED)
    assert clocks(city, item.id)["work_item.acknowledge"][0] == "open"
    for other in (city.officer, city.bureau.head, city.government.head):
        with pytest.raises(AccessDenied):
            city.act(other, service.approve, request.id, verdict=AGREED)
    city.act(leader, service.approve, request.id, verdict=AGREED, reasons="同意挂账")
    suspended = city.get(WorkItem, item.id)
    assert (suspended.state, suspended.suspended_at) == ("assigned", city.clock.now())
    assert clocks(city, item.id)["work_item.acknowledge"][0] == "paused"
    (line,) = city.act(city.officer, queries.ledger)
    assert (line.item.id, line.request.reason, line.approved_by) == (item.id, REASON, leader.name)
    assert (line.request.review_on, line.is_due) == (REVIEW_ON, False)
    assert city.act(city.county.reporter, queries.ledger) == []
    # Hands are not tied, but what is opened stands still as well.
    city.act(city.bureau.reporter, work_items.acknowledge, item.id)
    assert clocks(city, item.id)["work_item.plan"][0] == "paused"
    city.act(city.bureau.reporter, work_items.file_plan, item.id, text="按季推进")
    (report,) = city.obligations(item)
    assert due(city, report.id).state == "paused"
    review = city.in_review(report)
    assert clocks(city, item.id)["review.due"][0] == "paused"
    city.act(city.lead.head, reviews.decide, review.id, approved=False, reasons="缺附件")
    assert due(city, report.id).state == "paused", "what is owed again stands still, too"
    city.at(2026, 9, 1, 9)
    assert city.get(Obligation, report.id).overdue_at is None
    assert city.act(city.officer, queries.ledger)[0].is_due
    with pytest.raises(RuleViolation) as refused:
        ask(city, item.id, SUSPEND)
    assert refused.value.code == "change_requests.suspended"
    lifted = granted(city, leader, item.id, LIFT)
    assert lifted.state == "granted"
    assert city.get(WorkItem, item.id).suspended_at is None
    running = due(city, report.id)
    assert (running.state, running.due_on > date(2026, 9, 1), running.original_due_on) == ("open", True, DUE)
    assert city.act(city.officer, queries.ledger) == []
    actions = city.actions(f"work_item:{item.id}")
    assert {"work_item.suspended", "work_item.lifted"} <= set(actions)
    delivery.dispatch(city.db, city.clock, city.settings)
    told = select(Notification.kind).where(Notification.person_id == leader.person_id)
    assert "change_request.endorsed" in city.read(lambda s: s.scalars(told).all())
    told = select(Notification.kind).where(Notification.person_id == city.bureau.reporter.person_id)
    assert city.read(lambda s: s.scalars(told).all()).count("change_request.granted") == 2


def test_what_is_late_may_be_suspended_and_stays_as_late_as_it_was(city: City, leader: Actor) -> None:
    obligation = city.obligation()
    city.at(2026, 7, 3, 9)  # three working days late
    late = due(city, obligation.id)
    assert late.state == "passed"
    with pytest.raises(RuleViolation) as error:
        ask(city, obligation.work_item_id, PAUSE, obligation_id=obligation.id)
    assert error.value.code == "change_requests.overdue"
    granted(city, leader, obligation.work_item_id, SUSPEND)
    paused = due(city, obligation.id)
    assert (paused.state, paused.passed_at) == ("paused", late.passed_at)
    city.at(2026, 8, 3, 9)
    granted(city, leader, obligation.work_item_id, LIFT)
    again = due(city, obligation.id)
    assert (again.state, again.passed_at, again.due_on) == ("passed", late.passed_at, date(2026, 7, 29))
    assert again.next_step == "escalate_10"
    city.at(2026, 8, 3, 10)
    actions = city.actions(f"work_item:{obligation.work_item_id}")
    assert actions.count("deadline.passed") == 1, "its passing is told once"
    assert actions.count("obligation.fell_overdue") == 1
    assert city.get(Obligation, obligation.id).overdue_at is not None


def test_a_pause_of_its_own_outlasts_the_suspension_of_its_item(city: City, leader: Actor) -> None:
    obligation = city.obligation()
    item_id = obligation.work_item_id
    granted(city, leader, item_id, PAUSE, obligation_id=obligation.id)
    granted(city, leader, item_id, SUSPEND, proposed=True)
    granted(city, leader, item_id, LIFT, proposed=True)
    assert due(city, obligation.id).state == "paused"
    granted(city, leader, item_id, RESUME, proposed=True, obligation_id=obligation.id)
    assert due(city, obligation.id).state == "open"


def test_a_cancelled_item_ends_with_the_leaders_word_only(city: City, leader: Actor) -> None:
    later = asked_for_later(city)
    item_id = later.work_item_id
    asked = ask(city, item_id, PAUSE, obligation_id=later.obligation_id)
    proposal = ask(city, item_id, CANCEL, city.officer)
    assert (proposal.by_office, proposal.state, proposal.leader_unit_id) == (
        True, "with_leader", city.government.id,
    )  # fmt: skip
    with pytest.raises(AccessDenied):
        city.act(city.officer, service.approve, proposal.id, verdict=AGREED)
    assert city.get(WorkItem, item_id).state == "in_progress"
    city.act(leader, service.approve, proposal.id, verdict=RETURNED, reasons="写明由谁接手")
    (task,) = city.user_tasks(("change_request", proposal.id))
    assert (task.element_id, task.unit_id) == ("revise_proposal", city.office.id)
    with pytest.raises(AccessDenied):
        city.act(city.bureau.reporter, service.revise, proposal.id, reason="不办了")
    with pytest.raises(StaleForm):
        city.act(city.officer, service.revise, proposal.id, reason="已并入市级", expected_version=1)
    city.act(city.officer, service.revise, proposal.id, reason="已并入市级")
    city.act(leader, service.approve, proposal.id, verdict=AGREED)
    item = city.get(WorkItem, item_id)
    assert (item.state, item.cancel_reason) == ("cancelled", "已并入市级")
    assert city.get(ChangeRequest, proposal.id).state == "granted"
    assert city.get(ChangeRequest, asked.id).state == "lapsed"
    assert city.get(Extension, later.id).state == "lapsed"
    with pytest.raises(RuleViolation):
        ask(city, item_id, CANCEL)


def test_the_office_is_told_to_look_again_at_what_is_suspended(city: City, leader: Actor) -> None:
    item = city.begun()
    request = granted(city, leader, item.id, SUSPEND)
    about = ("change_request", request.id)

    def limit() -> Deadline:
        return city.read(lambda s: latest(s, about, "change_request.review"))  # type: ignore[arg-type, return-value]

    assert (limit().unit_id, limit().due_on, limit().state) == (city.office.id, REVIEW_ON, "open")
    city.at(2026, 8, 31, 9, 1)
    city.act(SYSTEM, deadlines.act, limit().id)
    city.at(2026, 9, 2, 9)
    city.act(SYSTEM, deadlines.act, limit().id)
    told = city.read(
        lambda s: s.scalars(select(OutboxMessage).filter_by(subject_type=about[0], subject_id=about[1])).all()
    )
    said = [(m.kind, m.facts["recipients"]) for m in told if m.kind.startswith("deadline.")]
    assert said == [("deadline.reminded", ["office"]), ("deadline.passed", ["office"])]
    granted(city, leader, item.id, LIFT)
    assert limit().state == "met"
    again = granted(city, leader, item.id, SUSPEND, review_on=date(2026, 11, 2))
    about = ("change_request", again.id)
    city.cancelled(item.id)
    assert limit().state == "cancelled", "an item that has ended is not looked at again"


def _hold_that_the_old_file_is_read_and_no_more(city: City, old_id: int, report: Obligation) -> None:
    """By the unit that has taken over; a third unit goes on being refused."""
    new, stranger = city.county.reporter, city.staff().reporter
    assert city.act(new, work_item_page, old_id).item.id == old_id
    (rounds,) = city.act(new, rounds_of, old_id).values()
    assert [one.submission.text for one in rounds] == ["已完成一半"]
    with pytest.raises(AccessDenied):
        city.act(stranger, work_item_page, old_id)
    assert city.act(stranger, rounds_of, old_id) == {}
    for verb, id, given in (
        (work_items.file_plan, old_id, {"text": "另报"}),
        (evidence.submit, report.id, {"text": "代报"}),
        (service.ask, old_id, {"kind": CANCEL, "reason": REASON}),
    ):
        with pytest.raises(AccessDenied):
            city.act(new, verb, id, **given)


def test_a_wrong_assignment_goes_to_another_unit_and_keeps_its_history(city: City, leader: Actor) -> None:
    item = city.begun()
    report = city.obligations(item)[0]
    city.submitted(report, "已完成一半")
    assert city.act(city.county.reporter, rounds_of, item.id) == {}, "it is not theirs yet"
    with pytest.raises(InvalidInput) as error:
        ask(city, item.id, TRANSFER, city.officer)
    assert error.value.field == "to_unit_id", "who proposes it names the unit"
    request = ask(city, item.id, TRANSFER)
    city.act(city.bureau.head, service.sign_off, request.id, verdict=AGREED)
    for unit_id in (None, city.bureau.id, 999_999):
        with pytest.raises(InvalidInput) as error:
            city.act(city.officer, service.decide, request.id, verdict=AGREED, to_unit_id=unit_id)
        assert error.value.field == "to_unit_id"
    city.act(city.officer, service.decide, request.id, verdict=AGREED, to_unit_id=city.county.id)
    assert city.get(WorkItem, item.id).state == "in_progress"
    city.act(leader, service.approve, request.id, verdict=AGREED)
    city.drain()
    old = city.get(WorkItem, item.id)
    assert old.state == "cancelled"
    assert old.cancel_reason == f"移交{city.county.unit.name}：{REASON}"
    made = city.get(WorkItem, city.get(ChangeRequest, request.id).new_work_item_id or 0)
    assert (made.unit_id, made.state, made.key_task_id) == (city.county.id, "assigned", item.key_task_id)
    assert made.number != item.number
    parts = city.read(
        lambda s: s.scalars(
            select(KeyTaskUnit.unit_id).filter_by(key_task_id=item.key_task_id, role="responsible")
        ).all()
    )
    assert parts == [city.county.id]
    origin = city.act(city.county.reporter, queries.origin, made.id)
    assert origin is not None
    assert origin.unit.id == city.bureau.id
    assert "work_item.plan_filed" in city.actions(f"work_item:{item.id}")
    assert "work_item.taken_over" in city.actions(f"work_item:{made.id}")
    city.act(city.county.reporter, work_items.acknowledge, made.id)
    _hold_that_the_old_file_is_read_and_no_more(city, old.id, report)
    # It is the only item of its key task, which waits for it and not for its lead unit's summary.
    assert city.user_tasks(("key_task", item.key_task_id)) == []


def test_each_step_can_refuse_or_return_and_nothing_moves(city: City, leader: Actor) -> None:
    item = city.work_item()
    steps = [
        (city.bureau.head, service.sign_off),
        (city.officer, service.decide),
        (leader, service.approve),
    ]
    for last in range(3):
        request = ask(city, item.id, SUSPEND)
        for actor, verb in steps[:last]:
            city.act(actor, verb, request.id, verdict=AGREED)
        actor, verb = steps[last]
        with pytest.raises(InvalidInput) as error:
            city.act(actor, verb, request.id, verdict=RETURNED, reasons=" ")
        assert error.value.field == "reasons"
        city.act(actor, verb, request.id, verdict=RETURNED, reasons="请说明条件")
        assert city.elements(("change_request", request.id)) == {"revise"}
        city.act(
            city.bureau.reporter, service.revise, request.id, reason="补充说明", review_on=date(2026, 10, 1)
        )
        for again, word in steps[:last]:
            city.act(again, word, request.id, verdict=AGREED)
        city.act(actor, verb, request.id, verdict=REFUSED, reasons="具备条件")
        assert city.get(ChangeRequest, request.id).state == "refused"
    assert city.get(WorkItem, item.id).suspended_at is None
    assert clocks(city, item.id)["work_item.acknowledge"][0] == "open"
    said = city.read(lambda s: s.scalars(select(ChangeRequestOpinion.verdict)).all())
    assert (said.count("returned"), said.count("refused")) == (3, 3)


def test_only_who_asked_withdraws_and_each_side_has_one_request_at_a_time(city: City, leader: Actor) -> None:
    item = city.work_item()
    for other in (city.county.reporter, city.lead.head):
        with pytest.raises(AccessDenied):
            ask(city, item.id, CANCEL, other)
    own = ask(city, item.id, CANCEL)
    with pytest.raises(RuleViolation) as error:
        ask(city, item.id, SUSPEND, city.bureau.head)
    assert error.value.code == "change_requests.undecided"
    proposal = ask(city, item.id, SUSPEND, city.officer)
    for request, other in ((own, city.officer), (proposal, city.bureau.reporter)):
        with pytest.raises(AccessDenied):
            city.act(other, service.withdraw, request.id)
    waiting = city.act(city.officer, queries.waiting)
    assert [(one.subject_type, one.kind) for one in waiting] == [
        ("change_request", "cancel"), ("change_request", "suspend"),
    ]  # fmt: skip
    assert [one.deadline is not None for one in waiting] == [False, True]
    city.act(city.bureau.head, service.withdraw, own.id)
    city.act(city.officer, service.withdraw, proposal.id)
    assert city.act(city.officer, queries.waiting) == []
    for request in (own, proposal):
        assert city.user_tasks(("change_request", request.id)) == []
        with pytest.raises(TaskNotOpen):
            city.act(
                leader, service.approve, request.id, verdict=AGREED
            ) if request is proposal else city.act(
                city.bureau.head, service.sign_off, request.id, verdict=AGREED
            )


def test_the_deciders_have_their_time_and_their_lateness_is_on_record(city: City, leader: Actor) -> None:
    item = city.work_item()
    request = ask(city, item.id, CANCEL)
    city.act(city.bureau.head, service.sign_off, request.id, verdict=AGREED)
    (task,) = city.user_tasks(("change_request", request.id))
    limit = city.read(lambda s: s.scalars(select(Deadline).filter_by(kind="change_request.decide")).one())
    assert (task.due_at, limit.unit_id, limit.due_on) == (limit.due_at, city.office.id, date(2026, 3, 5))
    city.at(2026, 3, 6, 9)
    assert "change_request.decision_fell_late" in city.actions(f"work_item:{item.id}")
    assert city.elements(("change_request", request.id)) == {"decide"}
    delivery.dispatch(city.db, city.clock, city.settings)
    told = select(Notification.kind).where(Notification.person_id == city.officer.person_id)
    assert "deadline.passed" in city.read(lambda s: s.scalars(told).all())
    city.act(city.officer, service.decide, request.id, verdict=AGREED)
    theirs = city.read(lambda s: s.scalars(select(Deadline).filter_by(kind="change_request.approve")).one())
    assert theirs.unit_id == city.government.id
    city.at(2026, 3, 12, 9)
    delivery.dispatch(city.db, city.clock, city.settings)
    told = select(Notification.kind).where(Notification.person_id == leader.person_id)
    assert "deadline.passed" in city.read(lambda s: s.scalars(told).all())
    city.act(leader, service.approve, request.id, verdict=AGREED)
    live = select(Deadline.id).where(Deadline.subject_type == "change_request", Deadline.state != "met")
    assert city.read(lambda s: s.scalars(live).all()) == []


def test_what_is_settled_leaves_nothing_to_decide(city: City) -> None:
    obligation = city.obligation()
    request = ask(city, obligation.work_item_id, SUSPEND)
    city.accepted(obligation)
    city.drain()
    assert city.get(ChangeRequest, request.id).state == "lapsed"
    kinds = select(OutboxMessage.kind).where(OutboxMessage.subject_type == "change_request")
    assert city.read(lambda s: s.scalars(kinds).all())[-1] == "change_request.lapsed"


def test_a_suspended_item_that_gets_done_after_all_leaves_the_ledger(any_city: City) -> None:
    city = any_city
    from engine.context import Role
    from tests.factories import make_person

    leader = city.act(SYSTEM, make_person, city.government.unit, Role.LEADER)
    obligation = city.obligation()
    granted(city, leader, obligation.work_item_id, SUSPEND)
    city.act(city.bureau.reporter, evidence.submit, obligation.id, text="已完成")
    city.accepted_after_submission(obligation)
    city.drain()
    item = city.get(WorkItem, obligation.work_item_id)
    assert (item.state, item.suspended_at) == ("sampling", None)
    assert due(city, obligation.id).state == deadlines.DeadlineState.MET


def waiting_for_the_last_word(city: City, item_id: int, kind: RequestKind) -> ChangeRequest:
    return ask(city, item_id, kind, city.officer)


def test_a_cancellation_and_an_acceptance_at_once_come_one_after_the_other(city: City, leader: Actor) -> None:
    review = city.in_review()
    request = waiting_for_the_last_word(city, review.work_item_id, CANCEL)
    outcome = while_uncommitted(
        city,
        leader,
        lambda ctx: service.approve(ctx, request.id, verdict=AGREED),
        lambda: city.act(city.lead.head, reviews.decide, review.id, approved=True),
    )
    assert outcome != "done"
    assert city.get(Obligation, review.obligation_id).state == "cancelled"


def test_what_is_accepted_meanwhile_is_not_touched(city: City, leader: Actor) -> None:
    review = city.in_review()
    request = waiting_for_the_last_word(city, review.work_item_id, CANCEL)
    outcome = while_uncommitted(
        city,
        city.lead.head,
        lambda ctx: reviews.decide(ctx, review.id, approved=True),
        lambda: city.act(leader, service.approve, request.id, verdict=AGREED),
    )
    assert outcome == "done"
    assert city.get(Obligation, review.obligation_id).state == "accepted"


def test_a_cancellation_holds_no_head_of_the_audit_while_it_waits_for_a_report(
    city: City, leader: Actor
) -> None:
    """Else who judges the report waits for the head, and each for the other."""
    review = city.in_review()
    request = waiting_for_the_last_word(city, review.work_item_id, CANCEL)

    def approve() -> None:  # once, not again after a deadlock
        with transaction(city.db) as own:
            service.approve(Context(own, leader, city.clock, city.settings), request.id, verdict=AGREED)

    with ThreadPoolExecutor(1) as pool, transaction(city.db) as session:
        ctx = Context(session, city.lead.head, city.clock, city.settings)
        obligations.lock(ctx, review.obligation_id)
        waits = pool.submit(approve)
        with city.db.connect() as watching:
            while not waits.done() and not watching.scalar(WAITING):
                watching.rollback()
        reviews.decide(ctx, review.id, approved=True)
        session.commit()
        waits.result()
    assert city.get(Obligation, review.obligation_id).state == "accepted"
    assert city.get(ChangeRequest, request.id).state == "granted"


def test_a_pause_waits_for_what_is_being_done_to_the_report(city: City, leader: Actor) -> None:
    obligation = city.submitted()
    request = ask(city, obligation.work_item_id, PAUSE, obligation_id=obligation.id)
    city.act(city.bureau.head, service.sign_off, request.id, verdict=AGREED)
    outcome = while_uncommitted(
        city,
        city.bureau.head,
        lambda ctx: evidence.sign_off(ctx, obligation.id, signed=True),
        lambda: city.act(city.officer, service.decide, request.id, verdict=AGREED),
    )
    assert outcome == "change_requests.not_running"
    assert due(city, obligation.id).state == "met"


def test_of_two_requests_at_once_one_stands(city: City) -> None:
    item = city.work_item()
    outcome = while_uncommitted(
        city,
        city.bureau.reporter,
        lambda ctx: service.ask(ctx, item.id, kind=CANCEL, reason=REASON),
        lambda: ask(city, item.id, CANCEL, city.bureau.head),
    )
    assert outcome == "change_requests.undecided"
    assert len(city.read(lambda s: s.scalars(select(ChangeRequest)).all())) == 1
