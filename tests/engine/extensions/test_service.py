"""Applying and deciding on a real database: who may, what moves, what stays on record, and what ends it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from engine import deadlines
from engine.campaigns import key_tasks, work_items
from engine.campaigns.models import KeyTask, Obligation
from engine.campaigns.rules import Limit
from engine.context import Actor, Context, Role
from engine.deadlines import Colour, Deadline
from engine.deadlines.models import DeadlineChange
from engine.errors import AccessDenied, InvalidInput, RuleViolation, StaleForm, TaskNotOpen
from engine.evidence import service as evidence
from engine.extensions import queries, service
from engine.extensions.models import Extension, ExtensionOpinion, Verdict
from engine.outbox import OutboxMessage
from engine.process.models import ProcessInstance
from engine.reviews import service as reviews
from engine.working_days import load
from notifications import delivery
from notifications.models import Notification
from tests.engine.campaigns.city import SYSTEM, City
from tests.engine.extensions.conftest import (
    FAR,
    PROGRESS,
    REASON,
    SOON,
    asked,
    while_uncommitted,
    with_office,
)
from tests.factories import make_person

AGREED, RETURNED, REFUSED = Verdict.AGREED, Verdict.RETURNED, Verdict.REFUSED
DUE = date(2026, 6, 30)


def due(city: City, obligation_id: int) -> Deadline:
    return city.read(lambda session: queries.deadline_of(session, obligation_id))


def told(city: City, extension: Extension) -> list[str]:
    return city.read(
        lambda s: list(
            s.scalars(
                select(OutboxMessage.kind)
                .where(OutboxMessage.subject_type == "extension", OutboxMessage.subject_id == extension.id)
                .order_by(OutboxMessage.id)
            )
        )
    )


def opinions(city: City, extension: Extension) -> list[tuple[str, str]]:
    found = select(ExtensionOpinion).filter_by(extension_id=extension.id).order_by(ExtensionOpinion.id)
    return [(one.step, one.verdict) for one in city.read(lambda s: s.scalars(found).all())]


def test_the_office_grants_and_the_date_explains_itself(any_city: City) -> None:
    city = any_city
    extension = with_office(city)
    assert (extension.state, extension.from_on, extension.working_days) == ("with_office", DUE, 8)
    assert due(city, extension.obligation_id).due_on == DUE, "nothing moves before it is approved"
    city.act(city.officer, service.decide, extension.id, verdict=AGREED, reasons="情况属实")
    granted = city.get(Extension, extension.id)
    assert (granted.state, granted.decided_at) == ("granted", city.clock.now())
    deadline = due(city, extension.obligation_id)
    assert (deadline.due_on, deadline.original_due_on, deadline.passed_at) == (SOON, DUE, None)
    assert deadline.next_step == "remind_15", "the ladder begins again"
    changes = city.read(lambda s: s.scalars(select(DeadlineChange)).all())
    assert [(c.kind, c.from_on, c.to_on, c.reason) for c in changes] == [("extended", DUE, SOON, REASON)]
    (task,) = city.user_tasks(("obligation", extension.obligation_id))
    assert task.due_at == deadline.due_at
    assert city.read(lambda s: queries.granted(s, extension.obligation_id)) == 1
    actions = city.actions(f"work_item:{extension.work_item_id}")
    assert actions[-4:] == ["extension.applied", "extension.signed", "extension.granted", "deadline.extended"]
    assert told(city, extension) == ["extension.applied", "extension.signed", "extension.granted"]


def test_a_far_date_goes_to_the_leader(city: City, leader: Actor) -> None:
    extension = with_office(city, FAR)
    city.act(city.officer, service.decide, extension.id, verdict=AGREED)
    waiting = city.get(Extension, extension.id)
    assert (waiting.state, waiting.leader_unit_id) == ("with_leader", city.government.id)
    (task,) = city.user_tasks(("extension", extension.id))
    assert (task.form_key, task.unit_id, task.role) == ("extension.approve", city.government.id, Role.LEADER)
    assert due(city, extension.obligation_id).due_on == DUE
    for other in (city.officer, city.bureau.head, city.government.head):
        with pytest.raises(AccessDenied):
            city.act(other, service.approve, extension.id, verdict=AGREED)
    city.act(leader, service.approve, extension.id, verdict=AGREED)
    assert due(city, extension.obligation_id).due_on == FAR
    assert opinions(city, extension) == [("head", "agreed"), ("office", "agreed"), ("leader", "agreed")]


def test_a_second_extension_goes_to_the_leader_and_a_third_is_not_taken(city: City, leader: Actor) -> None:
    obligation_id = city.obligation().id
    first = with_office(city, SOON, obligation_id)
    city.act(city.officer, service.decide, first.id, verdict=AGREED)
    second = with_office(city, date(2026, 7, 14), obligation_id)
    assert (second.ordinal, second.original_on, second.from_on) == (2, DUE, SOON)
    city.act(city.officer, service.decide, second.id, verdict=AGREED)
    city.act(leader, service.approve, second.id, verdict=AGREED)
    assert city.get(Extension, second.id).state == "granted"
    with pytest.raises(RuleViolation) as error:
        asked(city, date(2026, 7, 20), obligation_id)
    assert error.value.code == "extensions.used_up"
    assert due(city, obligation_id).original_due_on == DUE


def test_without_any_leader_the_office_is_told_so_and_can_still_refuse(city: City) -> None:
    extension = with_office(city, FAR)
    with pytest.raises(RuleViolation) as error:
        city.act(city.officer, service.decide, extension.id, verdict=AGREED)
    assert error.value.code == "extensions.no_leader"
    city.act(city.officer, service.decide, extension.id, verdict=REFUSED, reasons="不具备条件")
    assert city.get(Extension, extension.id).state == "refused"


def test_the_campaigns_leader_in_charge_is_asked_first(city: City, leader: Actor) -> None:
    charge = city.act(SYSTEM, make_person, city.county.unit, Role.LEADER)
    campaign = city.campaign(leader_person_id=charge.person_id)
    item = dispatched_item(city, campaign.id)
    extension = with_office(city, FAR, city.obligations(item)[-1].id)
    city.act(city.officer, service.decide, extension.id, verdict=AGREED)
    assert city.get(Extension, extension.id).leader_unit_id == city.county.id
    delivery.dispatch(city.db, city.clock, city.settings)
    kinds = select(Notification.kind).where(Notification.person_id == charge.person_id)
    assert "extension.endorsed" in city.read(lambda s: s.scalars(kinds).all())
    city.act(charge, service.approve, extension.id, verdict=AGREED)


def dispatched_item(city: City, campaign_id: int) -> Any:
    key_task = city.read(lambda s: s.scalars(select(KeyTask).filter_by(campaign_id=campaign_id)).one())
    city.act(city.officer, key_tasks.confirm_assignment, key_task.id)
    city.drain()
    (item,) = city.items(key_task)
    city.act(city.bureau.reporter, work_items.acknowledge, item.id)
    city.act(city.bureau.reporter, work_items.file_plan, item.id, text="按季推进")
    return item


def test_the_offices_own_application_is_decided_by_the_leader_alone(city: City, leader: Actor) -> None:
    item = city.items(city.dispatched(responsible=[city.office.id]))[0]
    city.act(city.office.reporter, work_items.acknowledge, item.id)
    city.act(city.office.reporter, work_items.file_plan, item.id, text="按季推进")
    obligation = city.obligations(item)[-1]
    extension = city.act(
        city.office.reporter, service.apply, obligation.id, new_on=SOON, reason="人手不足", progress=PROGRESS
    )
    city.act(city.office.head, service.sign_off, extension.id, verdict=AGREED)
    assert city.elements(("extension", extension.id)) == {"approve"}
    with pytest.raises(AccessDenied):
        city.act(city.officer, service.decide, extension.id, verdict=AGREED)
    city.act(leader, service.approve, extension.id, verdict=REFUSED, reasons="应当带头按期办结")
    assert (city.get(Extension, extension.id).state, due(city, obligation.id).due_on) == ("refused", DUE)


@pytest.mark.parametrize("step", ["head", "office", "leader"])
def test_each_step_can_return_with_reasons_and_the_unit_asks_again(
    city: City, leader: Actor, step: str
) -> None:
    extension = asked(city, FAR)
    steps = [
        ("head", city.bureau.head, service.sign_off),
        ("office", city.officer, service.decide),
        ("leader", leader, service.approve),
    ]
    for name, actor, verb in steps:
        if name == step:
            with pytest.raises(InvalidInput) as error:
                city.act(actor, verb, extension.id, verdict=RETURNED, reasons=" ")
            assert error.value.field == "reasons"
            city.act(actor, verb, extension.id, verdict=RETURNED, reasons="请附进度")
            break
        city.act(actor, verb, extension.id, verdict=AGREED)
    returned = city.get(Extension, extension.id)
    assert returned.state == "returned"
    (task,) = city.user_tasks(("extension", extension.id))
    assert (task.form_key, task.unit_id) == ("extension.revise", city.bureau.id)
    with pytest.raises(StaleForm):
        city.act(
            city.bureau.reporter,
            service.revise,
            extension.id,
            new_on=SOON,
            reason="附进度",
            progress=PROGRESS,
            expected_version=1,
        )
    city.act(
        city.bureau.reporter, service.revise, extension.id, new_on=SOON, reason="附进度", progress=PROGRESS
    )
    again = city.get(Extension, extension.id)
    assert (again.state, again.new_on, again.working_days, again.leader_unit_id) == ("applied", SOON, 8, None)
    city.act(city.bureau.head, service.sign_off, extension.id, verdict=AGREED)
    city.act(city.officer, service.decide, extension.id, verdict=AGREED)
    assert due(city, extension.obligation_id).due_on == SOON


@pytest.mark.parametrize("step", ["head", "office"])
def test_a_refusal_moves_nothing(city: City, step: str) -> None:
    extension = asked(city) if step == "head" else with_office(city)
    actor, verb = (city.bureau.head, service.sign_off) if step == "head" else (city.officer, service.decide)
    city.act(actor, verb, extension.id, verdict=REFUSED, reasons="理由不充分")
    assert city.get(Extension, extension.id).state == "refused"
    deadline = due(city, extension.obligation_id)
    assert (deadline.due_on, deadline.original_due_on) == (DUE, DUE)
    assert city.read(lambda s: s.scalars(select(DeadlineChange)).all()) == []
    assert told(city, extension)[-1] == "extension.refused"
    assert asked(city, SOON, extension.obligation_id).ordinal == 1, "a refused one does not count"


def test_after_the_limit_it_is_taken_in_as_overdue(city: City) -> None:
    obligation = city.obligation()
    city.at(2026, 7, 2, 9)
    extension = with_office(city, date(2026, 7, 13), obligation.id)
    assert extension.is_late
    deadline = due(city, obligation.id)
    light = city.read(
        lambda s: deadlines.light(deadline, city.clock.now(), load(s), deadlines.scheme(s)).colour
    )
    assert light is Colour.RED
    city.act(city.officer, service.decide, extension.id, verdict=AGREED)
    deadline = due(city, obligation.id)
    assert (deadline.state, deadline.due_on, deadline.is_late) == ("open", date(2026, 7, 13), True)
    assert city.get(Obligation, obligation.id).overdue_at is not None


def test_a_passing_that_no_sweep_has_seen_is_not_forgotten(city: City) -> None:
    """Applied for in time, decided seconds after midnight: the limit went by, and the record says so."""
    extension = with_office(city)
    assert not extension.is_late
    city.clock.move_to(due(city, extension.obligation_id).due_at)
    city.act(city.officer, service.decide, extension.id, verdict=AGREED)
    deadline = due(city, extension.obligation_id)
    assert (deadline.due_on, deadline.state) == (SOON, "open")
    assert deadline.passed_at is not None
    assert city.get(Obligation, extension.obligation_id).overdue_at is not None
    (entry,) = [a for a in city.actions(f"work_item:{extension.work_item_id}") if a == "deadline.passed"]
    assert entry


def test_only_the_applying_unit_withdraws_and_only_while_undecided(city: City) -> None:
    extension = with_office(city)
    for other in (city.county.reporter, city.lead.head, city.officer):
        with pytest.raises(AccessDenied):
            city.act(other, service.withdraw, extension.id)
    city.act(city.bureau.reporter, service.withdraw, extension.id)
    assert city.get(Extension, extension.id).state == "withdrawn"
    assert city.user_tasks(("extension", extension.id)) == []
    with pytest.raises(TaskNotOpen):
        city.act(city.bureau.reporter, service.withdraw, extension.id)
    with pytest.raises(TaskNotOpen):
        city.act(city.officer, service.decide, extension.id, verdict=AGREED)
    assert asked(city, SOON, extension.obligation_id).state == "applied"


def test_who_may_do_what(city: City) -> None:
    obligation = city.obligation()
    for other in (city.county.reporter, city.lead.reporter, city.officer):
        with pytest.raises(AccessDenied):
            city.act(other, service.apply, obligation.id, new_on=SOON, reason="理由", progress=PROGRESS)
    extension = city.act(
        city.bureau.head, service.apply, obligation.id, new_on=SOON, reason="理由", progress=PROGRESS
    )
    for other in (city.bureau.reporter, city.lead.head, city.officer):
        with pytest.raises(AccessDenied):
            city.act(other, service.sign_off, extension.id, verdict=AGREED)
    city.act(city.bureau.head, service.sign_off, extension.id, verdict=AGREED)
    for other in (city.bureau.head, city.lead.head, city.office.head):
        with pytest.raises(AccessDenied):
            city.act(other, service.decide, extension.id, verdict=AGREED)

    def moved_to_the_office(ctx: Context) -> None:
        """The head who signed is an officer of the office by now."""
        ctx.session.get_one(Extension, extension.id).applied_by_id = None
        for said in ctx.session.scalars(select(ExtensionOpinion)):
            said.given_by_id = city.officer.person_id

    city.act(SYSTEM, moved_to_the_office)
    with pytest.raises(AccessDenied):
        city.act(city.officer, service.decide, extension.id, verdict=AGREED)


def test_bad_dates_stand_beside_their_field(city: City) -> None:
    obligation = city.obligation()
    for new_on in (DUE, date(1, 1, 1), date(2026, 12, 31), date(9999, 12, 31)):
        with pytest.raises(InvalidInput) as error:
            asked(city, new_on, obligation.id)
        assert error.value.field == "new_on"
    asked_for = {"new_on": SOON, "reason": REASON, "progress": PROGRESS}
    for field in ("reason", "progress"):
        with pytest.raises(InvalidInput) as error:
            city.act(city.bureau.reporter, service.apply, obligation.id, **(asked_for | {field: " "}))
        assert error.value.field == field


def test_a_milestone_does_not_move_behind_the_final_report(city: City) -> None:
    milestone = Limit(
        "milestone", {"rule": "fixed_date", "on": "2026-06-15", "text": "6月15日前"}, "制定清单"
    )  # type: ignore[arg-type]
    item = city.begun(limits=(*city.new_key_task().limits, milestone))
    first, final = city.obligations(item)
    assert (first.kind, final.kind) == ("milestone", "final")
    with pytest.raises(InvalidInput) as error:
        asked(city, date(2026, 7, 1), first.id)
    assert error.value.code == "extensions.after_final"
    assert asked(city, DUE, first.id).state == "applied"


def test_an_accepted_report_ends_what_was_asked_for_it(city: City) -> None:
    extension = with_office(city)
    review = city.in_review(city.get(Obligation, extension.obligation_id))
    with pytest.raises(RuleViolation) as error:
        city.act(city.officer, service.decide, extension.id, verdict=AGREED)
    assert error.value.code == "extensions.in_review"
    city.act(city.lead.head, reviews.decide, review.id, approved=True)
    city.drain()
    assert city.get(Extension, extension.id).state == "lapsed"
    assert city.user_tasks(("extension", extension.id)) == []


def test_a_cancelled_item_ends_it_too(city: City) -> None:
    extension = asked(city)
    city.cancelled(extension.work_item_id)
    assert city.get(Extension, extension.id).state == "lapsed"
    found = select(ProcessInstance.status).filter_by(subject_type="extension", subject_id=extension.id)
    assert city.read(lambda s: s.scalars(found).one()) == "cancelled"
    assert "extension.lapsed" in city.actions(f"work_item:{extension.work_item_id}")


def race(city: City, *acts: tuple[Any, ...]) -> list[str]:
    """Both acts at once; what became of each."""

    def run(act: tuple[Any, ...]) -> str:
        actor, verb, args, values = act
        try:
            city.act(actor, verb, *args, **values)
        except (RuleViolation, TaskNotOpen) as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(run, acts))


def test_of_two_applications_at_once_one_stands(city: City) -> None:
    obligation = city.obligation()
    values = {"new_on": SOON, "reason": "理由", "progress": PROGRESS}
    acts = [
        (who, service.apply, (obligation.id,), values) for who in (city.bureau.reporter, city.bureau.head)
    ]
    assert race(city, *acts) == ["done", "extensions.undecided"]
    assert len(city.read(lambda s: s.scalars(select(Extension)).all())) == 1


def test_withdrawing_and_granting_at_once_agree(city: City) -> None:
    extension = with_office(city)
    outcome = race(
        city,
        (city.bureau.reporter, service.withdraw, (extension.id,), {}),
        (city.officer, service.decide, (extension.id,), {"verdict": AGREED}),
    )
    assert outcome.count("done") == 1
    state = city.get(Extension, extension.id).state
    assert due(city, extension.obligation_id).due_on == (SOON if state == "granted" else DUE)


def test_signing_the_report_and_granting_at_once_agree(city: City) -> None:
    """Whoever is second finds the other's work done; neither waits for ever."""
    extension = with_office(city)
    city.submitted(city.get(Obligation, extension.obligation_id))
    race(
        city,
        (city.bureau.head, evidence.sign_off, (extension.obligation_id,), {"signed": True}),
        (city.officer, service.decide, (extension.id,), {"verdict": AGREED}),
    )
    deadline = due(city, extension.obligation_id)
    granted = city.get(Extension, extension.id).state == "granted"
    assert (deadline.state, deadline.due_on) == ("met", SOON if granted else DUE)


def test_a_decision_waits_for_what_is_being_done_to_the_report(city: City) -> None:
    """The report is locked first: else its signature, not committed yet, would be overlooked."""
    extension = with_office(city)
    id = extension.obligation_id
    city.submitted(city.get(Obligation, id))
    outcome = while_uncommitted(
        city,
        city.bureau.head,
        lambda ctx: evidence.sign_off(ctx, id, signed=True),
        lambda: city.act(city.officer, service.decide, extension.id, verdict=AGREED),
    )
    assert outcome == "extensions.in_review"
    assert (due(city, id).due_on, city.get(Extension, extension.id).state) == (DUE, "with_office")


def test_which_date_counts(city: City, leader: Actor) -> None:
    """Approved in time: the new one. Not approved: the old one. Applied for too late: the one that had gone by."""

    def counts(obligation_id: int) -> date:
        def read(session):  # type: ignore[no-untyped-def]
            deadline = queries.deadline_of(session, obligation_id)
            return queries.scored(session, [deadline])[obligation_id].counts_against_on

        return city.read(read)

    first = with_office(city)
    assert counts(first.obligation_id) == DUE, "what is only asked for moves nothing"
    city.act(city.officer, service.decide, first.id, verdict=AGREED)
    assert counts(first.obligation_id) == SOON
    refused = with_office(city, date(2026, 7, 16), first.obligation_id)
    city.act(city.officer, service.decide, refused.id, verdict=REFUSED, reasons="理由不充分")
    assert counts(first.obligation_id) == SOON
    city.at(2026, 7, 13, 9)
    late = with_office(city, date(2026, 7, 20), first.obligation_id)
    city.act(city.officer, service.decide, late.id, verdict=AGREED)
    city.act(leader, service.approve, late.id, verdict=AGREED)
    assert due(city, first.obligation_id).due_on == date(2026, 7, 20)
    assert counts(first.obligation_id) == SOON, "late all the same"


def test_who_decides_has_three_working_days_and_is_reminded(city: City, leader: Actor) -> None:
    extension = with_office(city, FAR)
    (task,) = city.user_tasks(("extension", extension.id))
    limits = select(Deadline).where(Deadline.subject_type == "extension").order_by(Deadline.id)
    (office,) = city.read(lambda s: s.scalars(limits).all())
    assert (office.kind, office.unit_id, office.due_on, task.due_at) == (
        "extension.decide", city.office.id, date(2026, 3, 5), office.due_at,
    )  # fmt: skip
    city.at(2026, 3, 6, 9)
    assert "extension.decision_fell_late" in city.actions(f"work_item:{extension.work_item_id}")
    city.act(city.officer, service.decide, extension.id, verdict=AGREED)
    office, chief = city.read(lambda s: s.scalars(limits).all())
    assert (office.state, office.is_late, chief.kind, chief.unit_id) == (
        "met", True, "extension.approve", city.government.id,
    )  # fmt: skip
    city.act(city.bureau.reporter, service.withdraw, extension.id)
    assert [one.state for one in city.read(lambda s: s.scalars(limits).all())] == ["met", "cancelled"]
