"""Approving and returning, by those who may, once, in time or not."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, select

from engine.campaigns.models import Obligation
from engine.context import Context, Role
from engine.deadlines import Deadline
from engine.errors import AccessDenied, InvalidInput, NotFound, TaskNotOpen
from engine.evidence import service as evidence
from engine.evidence.models import Submission
from engine.organisation import accounts
from engine.organisation import service as organisation
from engine.reviews import queries, service
from engine.reviews.models import Review
from tests.engine.campaigns.city import SYSTEM, City
from tests.factories import make_person


def test_approving_accepts_the_report(city: City) -> None:
    review = city.in_review()
    city.act(city.lead.head, service.decide, review.id, approved=True, reasons="材料齐全")
    decided = city.get(Review, review.id)
    assert (decided.state, decided.reasons, decided.decided_by_name) == (
        "approved",
        "材料齐全",
        city.lead.head.name,
    )
    assert city.get(Submission, review.submission_id).state == "accepted"
    obligation = city.get(Obligation, review.obligation_id)
    assert (obligation.state, obligation.accepted_at) == ("accepted", city.clock.now())
    assert city.user_tasks(("obligation", obligation.id)) == []
    states = city.read(lambda s: s.scalars(select(Deadline.state).filter_by(kind="review.due")).all())
    assert states == ["met"]


def test_returning_needs_reasons_and_gives_the_report_back(city: City) -> None:
    review = city.in_review()
    with pytest.raises(InvalidInput) as error:
        city.act(city.lead.head, service.decide, review.id, approved=False, reasons=" ")
    assert error.value.field == "reasons"
    city.act(city.lead.head, service.decide, review.id, approved=False, reasons="缺附件")
    assert city.get(Submission, review.submission_id).state == "returned"
    obligation = city.get(Obligation, review.obligation_id)
    assert (obligation.state, obligation.round) == ("open", 1)
    (task,) = city.user_tasks(("obligation", obligation.id))
    assert (task.form_key, task.unit_id) == ("obligation.submit", city.bureau.id)
    assert task.due_at is not None, "the report has its own date again"


def test_each_round_has_its_own_review_and_limit(city: City) -> None:
    first = city.in_review()
    city.act(city.lead.head, service.decide, first.id, approved=False, reasons="缺附件")
    city.clock.move(days=3)
    second = city.in_review(city.get(Obligation, first.obligation_id))
    assert second.id != first.id
    due = city.read(
        lambda s: s.scalars(select(Deadline).filter_by(kind="review.due").order_by(Deadline.id)).all()
    )
    assert [d.state for d in due] == ["met", "open"]
    assert due[0].due_on < due[1].due_on
    assert city.act(city.bureau.head, queries.of_work_item, first.work_item_id).keys() == {
        first.submission_id,
        second.submission_id,
    }


def test_only_the_head_of_the_reviewing_unit_decides(city: City) -> None:
    review = city.in_review()
    for actor in (city.lead.reporter, city.bureau.head, city.county.head, city.office.head, city.officer):
        with pytest.raises(AccessDenied):
            city.act(actor, service.decide, review.id, approved=True)
    with pytest.raises(NotFound):
        city.act(city.lead.head, service.decide, 999_999, approved=True)
    assert city.get(Review, review.id).state == "open"


def test_a_lead_unit_that_is_responsible_itself_is_reviewed_by_the_office(city: City) -> None:
    item = city.begun(responsible=[city.bureau.id], lead=[city.bureau.id])
    review = city.in_review(city.obligations(item)[-1])
    assert review.unit_id == city.office.id
    with pytest.raises(AccessDenied):
        city.act(city.bureau.head, service.decide, review.id, approved=True)
    city.act(city.office.head, service.decide, review.id, approved=True)


def test_nobody_reviews_their_own_work_from_another_post(city: City) -> None:
    """The head of the responsible bureau also heads the lead unit, or has moved there since."""
    review = city.in_review()

    def also_appoint(ctx: Context) -> None:
        organisation.appoint(ctx, city.bureau.head.person_id, city.lead.id, Role.HEAD)

    city.act(SYSTEM, also_appoint)
    both = city.act(
        SYSTEM,
        lambda ctx: accounts.actor_for(ctx.session, city.bureau.head.person_id, city.clock.now().date()),
    )
    assert both.units(Role.HEAD) == {city.bureau.id, city.lead.id}
    with pytest.raises(AccessDenied):
        city.act(both, service.decide, review.id, approved=True)
    moved = city.act(SYSTEM, make_person, city.lead.unit, Role.HEAD)

    def signed_by(ctx: Context) -> None:
        ctx.session.get_one(Submission, review.submission_id).signed_by_id = moved.person_id

    city.act(SYSTEM, signed_by)
    with pytest.raises(AccessDenied):
        city.act(moved, service.decide, review.id, approved=True)


def test_a_review_that_takes_too_long_is_noted_once(city: City) -> None:
    review = city.in_review()
    city.at(2026, 3, 9, 23)
    assert city.get(Review, review.id).overdue_at is None
    city.at(2026, 3, 10, 0)
    city.at(2026, 3, 12, 9)
    assert city.get(Review, review.id).overdue_at is not None
    assert city.actions(f"work_item:{review.work_item_id}").count("review.fell_overdue") == 1
    city.act(city.lead.head, service.decide, review.id, approved=True)


def test_of_two_decisions_at_once_one_is_late(city: City) -> None:
    review = city.in_review()

    def decide(approved: bool) -> str:
        try:
            city.act(city.lead.head, service.decide, review.id, approved=approved, reasons="缺附件")
        except TaskNotOpen:
            return "late"
        return "returned" if not approved else "approved"

    with ThreadPoolExecutor(2) as pool:
        outcome = set(pool.map(decide, [True, False]))
    assert "late" in outcome
    (won,) = outcome - {"late"}
    assert city.get(Review, review.id).state == won
    decisions = [a for a in city.actions(f"work_item:{review.work_item_id}") if a.startswith("review.")]
    assert decisions == [f"review.{won}"]


def test_the_units_waiting_reviews_are_listed_until_decided(city: City) -> None:
    review = city.in_review()
    assert [r.id for r in city.act(city.lead.head, queries.waiting, city.lead.id)] == [review.id]
    assert city.act(city.lead.head, queries.waiting, city.lead.id, after=review.id) == []
    city.act(city.lead.head, service.decide, review.id, approved=True)
    assert city.act(city.lead.head, queries.waiting, city.lead.id) == []


def test_deciding_costs_few_statements(city: City) -> None:
    """A guard against lazy loading: the figures are what the verbs need, in all with audit, outbox and process."""
    obligation = city.obligation()
    statements: list[str] = []
    event.listen(city.db, "before_cursor_execute", lambda _c, _cur, sql, *_rest: statements.append(sql))
    city.act(city.bureau.reporter, evidence.submit, obligation.id, text="完成")
    submit = len(statements)
    city.act(city.bureau.head, evidence.sign_off, obligation.id, signed=True)
    sign_off = len(statements) - submit
    review = city.read(lambda s: s.scalars(select(Review)).one())
    statements.clear()
    city.act(city.lead.head, service.decide, review.id, approved=True)
    assert submit <= 10
    assert sign_off <= 14
    assert len(statements) <= 12
