from datetime import date
from typing import Any

import pytest

from engine.context import Actor, Role
from engine.notices import service
from engine.notices.models import Notice
from tests.engine.campaigns.city import SYSTEM, City
from tests.engine.campaigns.conftest import any_city as any_city
from tests.engine.campaigns.conftest import city as city
from tests.factories import make_person

#: The report of the city is due on 2026-06-30, a Tuesday; this is four working days late.
LATE = (2026, 7, 6, 10)
#: Five working days from then.
ANSWER_BY = date(2026, 7, 13)


@pytest.fixture
def leader(city: City) -> Actor:
    """The leader of the government, above the office."""
    return city.act(SYSTEM, make_person, city.government.unit, Role.LEADER)


def late_obligation(city: City, **values: Any) -> int:
    """A report that is late, on the day of `LATE`. No ladder has drawn up anything for it."""
    id = city.obligation(**values).id
    city.clock.move_to(moment(*LATE))
    return id


def moment(*when: int) -> Any:
    from datetime import datetime

    from engine.clock import SHANGHAI

    return datetime(*when, tzinfo=SHANGHAI)  # type: ignore[arg-type,misc]


def drafted(
    city: City, obligation_id: int | None = None, grade: str = "reminder_letter", **given: Any
) -> Notice:
    id = obligation_id or late_obligation(city)
    from engine.campaigns.models import Obligation

    item_id = city.get(Obligation, id).work_item_id
    return city.act(city.officer, service.draft, item_id, obligation_id=id, grade=grade, **given)


def issued(
    city: City, obligation_id: int | None = None, grade: str = "reminder_letter", **given: Any
) -> Notice:
    notice = drafted(city, obligation_id, grade, **given)
    city.act(city.officer, service.submit, notice.id)
    city.act(city.office.head, service.approve, notice.id, agreed=True)
    return city.get(Notice, notice.id)


def replied(city: City, notice: Notice, text: str = "已完成八成，本周内办结") -> Notice:
    city.act(city.bureau.reporter, service.confirm_receipt, notice.id)
    city.act(city.bureau.reporter, service.reply, notice.id, text=text)
    return city.get(Notice, notice.id)
