"""Campaigns and key tasks through their verbs: create, confirm, dispatch in chunks, sum up, accept, close."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from engine import deadlines, queue
from engine.campaigns import dispatch, key_tasks, service
from engine.campaigns.models import Campaign, KeyTask, KeyTaskLimit, LimitKind, Obligation, WorkItem
from engine.campaigns.rules import Limit
from engine.context import Actor
from engine.errors import AccessDenied, InvalidInput, NotFound, RuleViolation, StaleForm, TaskNotOpen
from engine.process.models import ProcessInstance
from engine.working_days.periods import Period
from tests.engine.campaigns.city import City


def test_a_campaign_starts_each_key_task_at_the_office(city: City) -> None:
    campaign = city.campaign(
        city.new_key_task(1), city.new_key_task(2, lead=[], cooperating=[city.county.id])
    )
    first, second = city.read(
        lambda s: s.scalars(
            select(KeyTask).where(KeyTask.campaign_id == campaign.id).order_by(KeyTask.number)
        ).all()
    )
    assert (first.lead_unit_id, first.review_unit_id) == (city.lead.id, city.lead.id)
    assert (second.lead_unit_id, second.review_unit_id) == (None, city.office.id)
    (task,) = city.user_tasks(("key_task", first.id))
    assert (task.form_key, task.unit_id, task.role) == ("key_task.confirm", city.office.id, "officer")
    assert city.actions(f"campaign:{campaign.id}") == ["campaign.created"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"key_tasks": []}, "campaigns.no_key_tasks"),
        ({"numbers": [1, 1]}, "campaigns.numbers"),
        ({"responsible": []}, "key_tasks.no_unit"),
        ({"title": " "}, "text.empty"),
        (
            {"limits": [Limit(LimitKind.FINAL, {"rule": "fixed_date", "on": "2021-12-31"}, "年底前")]},
            "key_tasks.limit_past",
        ),
    ],
)
def test_a_campaign_that_cannot_be_assigned_is_refused(city: City, given: dict[str, Any], code: str) -> None:
    numbers = given.pop("numbers", [1])
    wanted = given.pop("key_tasks", None)
    asked = [city.new_key_task(n, **given) for n in numbers] if wanted is None else wanted
    with pytest.raises(InvalidInput) as error:
        city.act(
            city.officer,
            service.create,
            title="行动",
            office_unit_id=city.office.id,
            year=2026,
            key_tasks=asked,
        )
    assert error.value.code == code
    assert city.read(lambda s: s.scalar(select(func.count()).select_from(Campaign))) == 0


def test_only_an_officer_of_the_office_creates_its_campaign(city: City) -> None:
    for actor, office in ((city.bureau.reporter, city.bureau.id), (city.officer, city.bureau.id)):
        with pytest.raises(AccessDenied):
            city.act(
                actor,
                service.create,
                title="行动",
                office_unit_id=office,
                year=2026,
                key_tasks=[city.new_key_task()],
            )


def test_confirming_adds_the_limits_that_the_document_lacks(city: City) -> None:
    key_task = city.key_task(limits=())
    city.act(city.officer, key_tasks.confirm_assignment, key_task.id, expected_version=1)
    limits = city.read(
        lambda s: s.scalars(select(KeyTaskLimit).where(KeyTaskLimit.key_task_id == key_task.id)).all()
    )
    assert {(one.kind, one.basis.get("on")) for one in limits} == {("final", "2026-12-31"), ("cadence", None)}
    confirmed = city.get(KeyTask, key_task.id)
    assert (confirmed.state, confirmed.version) == ("dispatching", 2)


def test_confirming_refuses_what_is_stale_past_or_not_the_actors(city: City) -> None:
    key_task = city.key_task(limits=())

    def confirm(actor: Actor, id: int = key_task.id, **values: Any) -> None:
        city.act(actor, key_tasks.confirm_assignment, id, **values)

    with pytest.raises(StaleForm):
        confirm(city.officer, expected_version=7)
    with pytest.raises(InvalidInput):
        confirm(city.officer, final_on=date(2026, 3, 1))
    with pytest.raises(AccessDenied):
        confirm(city.lead.head)
    with pytest.raises(NotFound):
        confirm(city.officer, id=999_999)
    assert city.get(KeyTask, key_task.id).state == "draft"
    confirm(city.officer)
    with pytest.raises(TaskNotOpen):
        confirm(city.officer)


def test_an_office_that_nobody_can_review_is_told_so(city: City) -> None:
    alone = city.key_task(lead=[], responsible=[city.office.id])
    city.act(city.officer, key_tasks.confirm_assignment, alone.id)  # the government above it reviews
    city.drain()
    assert city.items(alone)[0].review_unit_id == city.government.id

    def cut_off(ctx: Any) -> None:
        from engine.organisation.models import Unit

        ctx.session.get_one(Unit, city.office.id).parent_id = None

    city.act(city.officer, cut_off)
    key_task = city.key_task(lead=[], responsible=[city.office.id])
    with pytest.raises(RuleViolation) as error:
        city.act(city.officer, key_tasks.confirm_assignment, key_task.id)
    assert error.value.code == "key_tasks.no_reviewer"


def test_dispatch_goes_on_where_a_chunk_ended(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "CHUNK", 2)
    units = [city.staff(city.government).id for _ in range(5)]
    key_task = city.key_task(responsible=units)
    city.act(city.officer, key_tasks.confirm_assignment, key_task.id, progress=None)
    seen = []
    while queue.work_one(city.db, city.clock, city.settings):
        item = city.act(city.officer, dispatch.progress_of, key_task.id)
        assert item is not None
        seen.append((len(city.items(key_task)), item.steps))
    assert seen == [(2, (2, 5)), (4, (4, 5)), (5, (5, 5)), (5, (5, 5))]
    items = city.items(key_task)
    assert [item.unit_id for item in items] == units
    assert [item.number for item in items] == ["1-01", "1-02", "1-03", "1-04", "1-05"]
    assert city.get(KeyTask, key_task.id).state == "running"

    # The same chunk once more, as after a crash before its progress was kept, makes nothing twice.
    def reset(ctx: Any) -> None:
        ctx.session.get_one(KeyTask, key_task.id).state = "dispatching"

    city.act(city.officer, reset)
    city.act(Actor.system("queue"), dispatch.dispatch_chunk, {"key_task_id": key_task.id, "total": 5}, {})
    assert len(city.items(key_task)) == 5


def test_each_dispatched_item_has_its_process_its_deadline_and_its_reviewer(city: City) -> None:
    key_task = city.dispatched(responsible=[city.bureau.id, city.lead.id])
    bureau, lead = city.items(key_task)
    assert bureau.review_unit_id == city.lead.id
    assert lead.review_unit_id == city.office.id, "nobody reviews what their own unit hands in"
    (task,) = city.user_tasks(("work_item", bureau.id))
    assert (task.form_key, task.unit_id, task.role) == ("work_item.acknowledge", city.bureau.id, "reporter")
    due = city.read(lambda s: s.scalars(select(deadlines.Deadline).filter_by(subject_id=bureau.id)).one())
    assert (due.kind, due.due_on) == ("work_item.acknowledge", date(2026, 3, 4))
    assert task.due_at == due.due_at


def test_the_summary_may_be_returned_before_it_closes_the_key_task(city: City) -> None:
    item = city.sampling()
    key_task = city.get(KeyTask, item.key_task_id)
    with pytest.raises(TaskNotOpen):  # the item is not closed yet
        city.act(city.lead.head, key_tasks.summarise, key_task.id, text="总结")
    city.at(2026, 3, 17, 9)
    with pytest.raises(AccessDenied):
        city.act(city.bureau.head, key_tasks.summarise, key_task.id, text="总结")
    city.act(city.lead.head, key_tasks.summarise, key_task.id, text="总结")
    with pytest.raises(InvalidInput):
        city.act(city.officer, key_tasks.accept_summary, key_task.id, accepted=False)
    city.act(city.officer, key_tasks.accept_summary, key_task.id, accepted=False, reasons="缺数据")
    returned = city.get(KeyTask, key_task.id)
    assert (returned.state, returned.return_reasons) == ("running", "缺数据")
    city.act(city.lead.head, key_tasks.summarise, key_task.id, text="总结（补充数据）")
    city.act(city.officer, key_tasks.accept_summary, key_task.id, accepted=True)
    assert city.get(KeyTask, key_task.id).state == "closed"
    assert city.get(Campaign, item.campaign_id).state == "running"  # until the queue has looked
    city.drain()
    assert city.get(Campaign, item.campaign_id).state == "closed"


def test_a_campaign_stays_open_while_one_key_task_is(city: City) -> None:
    campaign = city.campaign(city.new_key_task(1), city.new_key_task(2))
    first = city.read(lambda s: s.scalars(select(KeyTask.id).where(KeyTask.number == 1)).one())
    city.act(city.officer, key_tasks.confirm_assignment, first, progress=None)
    city.drain()
    (item,) = city.items(city.get(KeyTask, first))
    city.cancelled(item.id)
    city.drain()
    city.act(city.lead.head, key_tasks.summarise, first, text="总结")
    city.act(city.officer, key_tasks.accept_summary, first, accepted=True)
    city.drain()
    assert city.get(KeyTask, first).state == "closed"
    assert city.get(Campaign, campaign.id).state == "running"


def test_whoever_wrote_the_summary_does_not_accept_it(city: City) -> None:
    """The office leads itself and its head is also officer: another officer of the office must accept."""
    from engine.context import Role
    from tests.factories import make_person

    both = city.act(Actor.system("test"), make_person, city.office.unit, Role.HEAD, Role.OFFICER)
    key_task = city.dispatched(lead=[])
    (item,) = city.items(key_task)
    city.cancelled(item.id)
    city.drain()
    city.act(both, key_tasks.summarise, key_task.id, text="总结")
    with pytest.raises(AccessDenied):
        city.act(both, key_tasks.accept_summary, key_task.id, accepted=True)
    city.act(city.officer, key_tasks.accept_summary, key_task.id, accepted=True)


def test_two_officers_who_confirm_at_once_dispatch_once(city: City) -> None:
    key_task = city.key_task()

    def confirm(_n: int) -> str:
        try:
            city.act(city.officer, key_tasks.confirm_assignment, key_task.id, progress=Period.QUARTER)
        except TaskNotOpen:
            return "late"
        return "first"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(confirm, range(2))) == ["first", "late"]
    city.drain()
    assert len(city.items(key_task)) == 1
    assert city.read(lambda s: s.scalar(select(func.count()).select_from(WorkItem))) == 1
    kinds = city.read(lambda s: s.scalars(select(KeyTaskLimit.kind).order_by(KeyTaskLimit.id)).all())
    assert kinds == ["final", "cadence"]
    assert city.read(lambda s: s.scalar(select(func.count()).select_from(Obligation))) == 0
    assert city.read(lambda s: s.scalar(select(func.count()).select_from(ProcessInstance))) == 2
