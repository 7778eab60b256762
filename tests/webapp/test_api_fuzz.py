"""What schemathesis invents, sent to every operation as each kind of person: never an unexpected error, and every
answer as the OpenAPI document describes it.

The city holds cases in most states, and most ids are drawn from those that exist, so that calls get far.
"""

import os
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import Engine, select

from engine.campaigns.models import Campaign, KeyTask, Obligation, WorkItem
from engine.clock import FixedClock
from engine.deadlines import Deadline
from engine.evidence.models import EvidenceFile
from engine.inspections import service as inspections
from engine.inspections.models import InspectionRound, Rectification, RectificationFile, SiteCheck
from engine.organisation.models import Person, Post, Unit, UnitGroup
from engine.plans import service as plans
from engine.plans.models import Plan, PlanTask, PlanTaskLimit, PlanTaskUnit
from engine.queue import QueueItem
from engine.reviews.models import Review
from engine.settings import Settings
from tests.engine.campaigns.city import City
from tests.engine.plans.sample import TEXT
from tests.webapp.api_world import PREFIX, Staffed, description, operations
from webapp.app import Duban, create_app

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ROLES = [
    "reporter", "head", "lead head", "officer", "inspector", "leader", "system admin", "security admin",
    "audit admin", None,
]  # fmt: skip
#: Whose rows the ids in a path name, by the word before them; the second and third id of a plan's path by name.
ROWS: dict[str, Any] = {
    "campaigns": Campaign, "key-tasks": KeyTask, "work-items": WorkItem, "obligations": Obligation,
    "reviews": Review, "deadlines": Deadline, "evidence-files": EvidenceFile, "rounds": InspectionRound,
    "checks": SiteCheck, "rectifications": Rectification, "rectification-files": RectificationFile,
    "plans": Plan, "units": Unit, "unit-groups": UnitGroup, "people": Person, "posts": Post,
    "queue": QueueItem, "entry_id": PlanTask, "part_id": PlanTaskUnit, "limit_id": PlanTaskLimit,
}  # fmt: skip
#: Whose duty calls are, by the first word of the path: every other call is theirs, the rest anybody's.
DUTY = {
    "key-tasks": "officer", "plans": "officer", "rounds": "officer", "work-items": "reporter",
    "obligations": "reporter", "rectifications": "reporter", "reviews": "lead head", "checks": "inspector",
    "units": "system admin", "unit-groups": "system admin", "people": "system admin",
    "posts": "security admin", "queue": "system admin", "failed-deliveries": "system admin", "endpoints": "system admin",
    "failed-dispatches": "system admin", "audit": "audit admin",
}  # fmt: skip
#: Calls after which a caller is no longer who they were; they come at the end.
UNDOING = ("/account", "/posts", "/me/password", "/tokens/current")


@pytest.fixture
def app(db: Engine, clock: FixedClock, settings: Settings) -> Duban:
    return create_app(settings, clock, db=db)


@pytest.fixture
def staffed(db: Engine, clock: FixedClock, settings: Settings) -> Staffed:
    """Cases of all kinds: in review, drawn, waiting for the draw, just assigned; and a plan being read."""
    city = City(db, clock, settings)
    staffed = Staffed(city)
    drawn = city.sampling()
    scheme = {"title": "第一轮抽查", "rate": 100, "seed_source": "福彩3D 第2026056期"}
    first = city.act(city.officer, inspections.prepare_round, drawn.campaign_id, **scheme)
    city.act(city.officer, inspections.draw, first.id, "7 1 4")
    city.drain()
    waiting = city.sampling()
    city.act(city.officer, inspections.prepare_round, waiting.campaign_id, **scheme)
    city.in_review()
    city.work_item()
    city.key_task()
    city.act(city.officer, plans.import_document, plans.read_pasted(TEXT), file_name="方案.txt")
    return staffed


@pytest.mark.parametrize(
    "examples", [4, pytest.param(50, marks=pytest.mark.soak)], ids=["briefly", "at length"]
)
def test_whatever_is_sent_is_answered_as_described(app: Duban, staffed: Staffed, examples: int) -> None:
    schema = description(app)
    existing = {word: _ids(staffed, model) for word, model in ROWS.items()}
    found = []
    for operation in sorted(operations(schema), key=lambda one: any(part in one.path for part in UNDOING)):
        try:
            _fuzz(operation, staffed, existing, examples)()
        except Exception as error:  # all operations are tried, so that one look shows everything
            found.append(f"{operation.label}\n{_told(error)}")
    assert found == [], "\n\n".join(found)


def _fuzz(
    operation: APIOperation, staffed: Staffed, existing: dict[str, list[int]], examples: int
) -> Callable[[], None]:
    positive = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    cases = [positive, positive, positive]
    if operation.body or operation.path_parameters or operation.query:
        cases.append(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    before = re.findall(r"([\w-]+)/\{(\w+)\}", operation.path)
    known = strategies.fixed_dictionaries(
        {
            name: strategies.sampled_from(ids)
            for word, name in before
            if (ids := existing.get(name) or existing.get(word))
        }
    )
    duty = DUTY.get(operation.path.removeprefix(PREFIX).split("/")[1], "reporter")
    callers = strategies.one_of(strategies.just(duty), strategies.sampled_from(ROLES))

    @settings(
        max_examples=examples, deadline=None, derandomize=not os.environ.get("DUBAN_SOAK"), database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(
        case=strategies.one_of(cases), who=callers, ids=known, invented=strategies.integers(0, 4),
    )  # fmt: skip
    def send(case: Case, who: str | None, ids: dict[str, int], invented: int) -> None:
        if invented:  # else the ids are schemathesis's own, too
            case.path_parameters = {**(case.path_parameters or {}), **ids}
        case.call_and_validate(headers=staffed.bearer(who), checks=CHECKS)
        if operation.path.endswith(UNDOING):
            staffed.renew()

    return send


def _ids(staffed: Staffed, model: Any) -> list[int]:
    return staffed.city.read(lambda session: list(session.scalars(select(model.id).limit(50))))


def _told(error: BaseException) -> str:
    parts = getattr(error, "exceptions", [error])
    notes = getattr(error, "__notes__", [])
    return "\n".join([*(f"{type(part).__name__}: {part}" for part in parts), *notes])[:3000]
