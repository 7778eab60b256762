from datetime import date
from typing import Any

import pytest

from engine.change_requests import service
from engine.change_requests.models import ChangeRequest, RequestKind
from engine.context import Actor, Role
from engine.extensions.models import Verdict
from tests.engine.campaigns.city import SYSTEM, City
from tests.engine.campaigns.conftest import any_city as any_city
from tests.engine.campaigns.conftest import city as city
from tests.factories import make_person

REASON = "须待省级平台建成，目前不具备办理条件"
REVIEW_ON = date(2026, 9, 1)


@pytest.fixture
def leader(city: City) -> Actor:
    """The leader of the government, above the office."""
    return city.act(SYSTEM, make_person, city.government.unit, Role.LEADER)


def ask(
    city: City, item_id: int, kind: RequestKind, actor: Actor | None = None, **given: Any
) -> ChangeRequest:
    """The bureau's reporter asks, or who is named."""
    if kind is RequestKind.SUSPEND:
        given.setdefault("review_on", REVIEW_ON)
    who = actor or city.bureau.reporter
    return city.act(who, service.ask, item_id, kind=kind, reason=REASON, **given)


def granted(
    city: City, leader: Actor, item_id: int, kind: RequestKind, *, proposed: bool = False, **given: Any
) -> ChangeRequest:
    """Asked for by the unit and agreed to by everybody, or proposed by the office and approved."""
    request = ask(city, item_id, kind, city.officer if proposed else None, **given)
    if not proposed:
        city.act(city.bureau.head, service.sign_off, request.id, verdict=Verdict.AGREED)
        city.act(city.officer, service.decide, request.id, verdict=Verdict.AGREED)
    if city.get(ChangeRequest, request.id).state == "with_leader":
        city.act(leader, service.approve, request.id, verdict=Verdict.AGREED, reasons="同意")
    return city.get(ChangeRequest, request.id)
