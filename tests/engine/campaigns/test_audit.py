"""Every verb and every operator leaves an entry, in the stream where its readers look, and says who acted."""

import inspect
import re
from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from engine.audit import AuditEntry
from engine.campaigns import key_tasks, obligations, service, work_items
from engine.campaigns.models import LimitKind, Obligation
from engine.campaigns.rules import Limit
from engine.change_requests import service as changes
from engine.change_requests.models import RequestKind
from engine.context import Actor, Role
from engine.evidence import service as evidence
from engine.extensions import service as extensions
from engine.extensions.models import Verdict
from engine.reviews import service as reviews
from engine.urging import service as urging
from tests.engine.campaigns.city import SYSTEM, City
from tests.factories import make_person

FINAL = Limit(LimitKind.FINAL, {"rule": "fixed_date", "on": "2026-06-30", "text": "6月30日前"})
EVENT = Limit(
    LimitKind.EVENT, {"rule": "after_event", "days": 7, "counting": "working_days", "text": "作出决定之日起"}
)
Act = tuple[Actor, Callable[..., Any], tuple[Any, ...], dict[str, Any]]


def create(city: City) -> Act:
    given = {
        "title": "行动",
        "office_unit_id": city.office.id,
        "year": 2026,
        "key_tasks": [city.new_key_task()],
    }
    return city.officer, service.create, (), given


def confirm(city: City) -> Act:
    return city.officer, key_tasks.confirm_assignment, (city.key_task().id,), {}


def settled(city: City) -> int:
    item = city.sampling()
    city.at(2026, 3, 17, 9)
    return item.key_task_id


def summarise(city: City) -> Act:
    return city.lead.head, key_tasks.summarise, (settled(city),), {"text": "总结"}


def accept_summary(city: City) -> Act:
    id = settled(city)
    city.act(city.lead.head, key_tasks.summarise, id, text="总结")
    return city.officer, key_tasks.accept_summary, (id,), {"accepted": True}


def return_summary(city: City) -> Act:
    actor, verb, args, _ = accept_summary(city)
    return actor, verb, args, {"accepted": False, "reasons": "缺数据"}


def acknowledge(city: City) -> Act:
    return city.bureau.reporter, work_items.acknowledge, (city.work_item().id,), {}


def file_plan(city: City) -> Act:
    actor, verb, args, _ = acknowledge(city)
    city.act(actor, verb, *args)
    return actor, work_items.file_plan, args, {"text": "方案"}


def urge(city: City) -> Act:
    return city.officer, urging.urge, (city.work_item().id,), {}


def record_event(city: City) -> Act:
    item = city.begun(limits=(FINAL, EVENT))
    limits = city.act(SYSTEM, obligations._limits, item.key_task_id)
    given = {"limit_id": limits[1].id, "title": "决定", "on": date(2026, 3, 2)}
    return city.bureau.reporter, obligations.record_event, (item.id,), given


def submit(city: City) -> Act:
    return city.bureau.reporter, evidence.submit, (city.obligation().id,), {"text": "完成"}


def sign_off(city: City) -> Act:
    return city.bureau.head, evidence.sign_off, (city.submitted().id,), {"signed": True}


def refuse(city: City) -> Act:
    return city.bureau.head, evidence.sign_off, (city.submitted().id,), {"signed": False, "reasons": "不准"}


def approve(city: City) -> Act:
    return city.lead.head, reviews.decide, (city.in_review().id,), {"approved": True}


def return_report(city: City) -> Act:
    return city.lead.head, reviews.decide, (city.in_review().id,), {"approved": False, "reasons": "缺附件"}


ASKED = {"new_on": date(2026, 7, 10), "reason": "联调延后", "progress": "已完成七成"}


def apply(city: City) -> Act:
    return city.bureau.reporter, extensions.apply, (city.obligation().id,), ASKED


def asked(city: City) -> int:
    actor, verb, args, given = apply(city)
    return int(city.act(actor, verb, *args, **given).id)


def withdraw(city: City) -> Act:
    return city.bureau.head, extensions.withdraw, (asked(city),), {}


def sign_extension(city: City) -> Act:
    return city.bureau.head, extensions.sign_off, (asked(city),), {"verdict": Verdict.AGREED}


def return_extension(city: City) -> Act:
    actor, verb, args, _ = sign_extension(city)
    return actor, verb, args, {"verdict": Verdict.RETURNED, "reasons": "请附进度"}


def revise(city: City) -> Act:
    actor, verb, args, given = return_extension(city)
    city.act(actor, verb, *args, **given)
    return city.bureau.reporter, extensions.revise, args, ASKED


def grant(city: City) -> Act:
    actor, verb, args, given = sign_extension(city)
    city.act(actor, verb, *args, **given)
    return city.officer, extensions.decide, args, {"verdict": Verdict.AGREED}


def to_leader(city: City, given: dict[str, Any]) -> Act:
    leader = city.act(SYSTEM, make_person, city.government.unit, Role.LEADER)
    far = city.act(
        city.bureau.reporter,
        extensions.apply,
        city.obligation().id,
        **(ASKED | {"new_on": date(2026, 8, 3)}),
    )
    city.act(city.bureau.head, extensions.sign_off, far.id, verdict=Verdict.AGREED)
    city.act(city.officer, extensions.decide, far.id, verdict=Verdict.AGREED)
    return leader, extensions.approve, (far.id,), given


def refuse_extension(city: City) -> Act:
    return to_leader(city, {"verdict": Verdict.REFUSED, "reasons": "不具备条件"})


def ask_change(city: City) -> Act:
    return (
        city.bureau.reporter,
        changes.ask,
        (city.work_item().id,),
        {"kind": RequestKind.CANCEL, "reason": "职责划转"},
    )


def changed(city: City, *, last: str = "asked") -> tuple[int, Actor]:
    """A request to cancel an item that has come as far as ``last``; and the leader."""
    leader = city.act(SYSTEM, make_person, city.government.unit, Role.LEADER)
    item = city.work_item()
    id = city.act(city.bureau.reporter, changes.ask, item.id, kind=RequestKind.CANCEL, reason="职责划转").id
    if last in ("signed", "endorsed"):
        city.act(city.bureau.head, changes.sign_off, id, verdict=Verdict.AGREED)
    if last == "endorsed":
        city.act(city.officer, changes.decide, id, verdict=Verdict.AGREED)
    return id, leader


def withdraw_change(city: City) -> Act:
    return city.bureau.head, changes.withdraw, (changed(city)[0],), {}


def sign_change(city: City) -> Act:
    return city.bureau.head, changes.sign_off, (changed(city)[0],), {"verdict": Verdict.AGREED}


def revise_change(city: City) -> Act:
    id, _ = changed(city)
    city.act(city.bureau.head, changes.sign_off, id, verdict=Verdict.RETURNED, reasons="写明去向")
    return city.bureau.reporter, changes.revise, (id,), {"reason": "职责划转至县里"}


def endorse_change(city: City) -> Act:
    return city.officer, changes.decide, (changed(city, last="signed")[0],), {"verdict": Verdict.AGREED}


def grant_change(city: City) -> Act:
    id, leader = changed(city, last="endorsed")
    return leader, changes.approve, (id,), {"verdict": Verdict.AGREED}


VERBS: list[tuple[Callable[[City], Act], Callable[..., Any], str]] = [
    (create, service.create, "campaign.created"),
    (confirm, key_tasks.confirm_assignment, "key_task.confirmed"),
    (summarise, key_tasks.summarise, "key_task.summarised"),
    (accept_summary, key_tasks.accept_summary, "key_task.summary_accepted"),
    (return_summary, key_tasks.accept_summary, "key_task.summary_returned"),
    (acknowledge, work_items.acknowledge, "work_item.acknowledged"),
    (file_plan, work_items.file_plan, "work_item.plan_filed"),
    (urge, urging.urge, "work_item.urged"),
    (record_event, obligations.record_event, "obligation.event_recorded"),
    (submit, evidence.submit, "obligation.submitted"),
    (sign_off, evidence.sign_off, "obligation.signed_off"),
    (refuse, evidence.sign_off, "obligation.sign_off_refused"),
    (approve, reviews.decide, "review.approved"),
    (return_report, reviews.decide, "review.returned"),
    (apply, extensions.apply, "extension.applied"),
    (withdraw, extensions.withdraw, "extension.withdrawn"),
    (sign_extension, extensions.sign_off, "extension.signed"),
    (return_extension, extensions.sign_off, "extension.returned"),
    (revise, extensions.revise, "extension.revised"),
    (grant, extensions.decide, "extension.granted"),
    (refuse_extension, extensions.approve, "extension.refused"),
    (ask_change, changes.ask, "change_request.asked"),
    (withdraw_change, changes.withdraw, "change_request.withdrawn"),
    (sign_change, changes.sign_off, "change_request.signed"),
    (revise_change, changes.revise, "change_request.revised"),
    (endorse_change, changes.decide, "change_request.endorsed"),
    (grant_change, changes.approve, "work_item.cancelled"),
]


@pytest.mark.parametrize(("prepare", "verb", "action"), VERBS, ids=[action for *_, action in VERBS])
def test_a_verb_leaves_an_entry(
    city: City, prepare: Callable[[City], Act], verb: Callable[..., Any], action: str
) -> None:
    actor, prepared, args, values = prepare(city)
    assert prepared is verb
    before = city.read(
        lambda s: s.scalars(select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(1)).one()
    )
    city.act(actor, verb, *args, **values)
    entries = city.read(lambda s: s.scalars(select(AuditEntry).where(AuditEntry.id > before)).all())
    (entry,) = [one for one in entries if one.action == action]
    assert (entry.actor_id, entry.actor_name) == (actor.person_id, actor.name)
    assert entry.stream.split(":")[0] in ("campaign", "work_item")


def verbs_of(module: ModuleType) -> set[Callable[..., Any]]:
    """What people may do: public functions of the module that ask a permission, by themselves or by their finder."""
    asks = re.compile(r"permissions\.(find|require)\(|_find(_latest)?\(")
    return {
        function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_")
        and function.__module__ == module.__name__
        and asks.search(inspect.getsource(function))
    }


def test_the_table_names_every_verb() -> None:
    asked = {verb for _, verb, _ in VERBS}
    modules = (service, key_tasks, work_items, obligations, evidence, reviews, extensions, changes)
    assert {verb for module in modules for verb in verbs_of(module)} - asked == set()


def test_what_the_diagrams_do_is_on_record_too(city: City) -> None:
    obligation = city.obligation()
    city.at(2026, 7, 1, 9)
    city.accepted(city.get(Obligation, obligation.id))
    city.drain()
    city.at(2026, 8, 3, 9)
    actions = city.actions(f"work_item:{obligation.work_item_id}")
    for action in (
        "work_item.assigned",
        "work_item.obligations_opened",
        "obligation.fell_overdue",
        "work_item.settled",
        "work_item.entered_sampling",
        "work_item.sampling_decided",
        "work_item.closed",
    ):
        assert actions.count(action) == 1, action
