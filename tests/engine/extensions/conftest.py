from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import text

from engine.context import Actor, Context, Role
from engine.db import transaction
from engine.errors import RuleViolation, TaskNotOpen
from engine.extensions import service
from engine.extensions.models import Extension, Verdict
from tests.engine.campaigns.city import SYSTEM, City
from tests.engine.campaigns.conftest import any_city as any_city
from tests.engine.campaigns.conftest import city as city
from tests.factories import make_person

#: The report of the city is due on 2026-06-30; this moves it by eight working days, what the office may decide.
SOON = date(2026, 7, 10)
#: Seventeen working days.
FAR = date(2026, 7, 23)
REASON, PROGRESS = "系统联调延后", "已完成七成"


@pytest.fixture
def leader(city: City) -> Actor:
    """The leader of the government, above the office."""
    return city.act(SYSTEM, make_person, city.government.unit, Role.LEADER)


def asked(city: City, new_on: date = SOON, obligation_id: int | None = None) -> Extension:
    """An application of the bureau that waits for its head."""
    id = obligation_id or city.obligation().id
    return city.act(city.bureau.reporter, service.apply, id, new_on=new_on, reason=REASON, progress=PROGRESS)


def with_office(city: City, new_on: date = SOON, obligation_id: int | None = None) -> Extension:
    extension = asked(city, new_on, obligation_id)
    city.act(city.bureau.head, service.sign_off, extension.id, verdict=Verdict.AGREED)
    return city.get(Extension, extension.id)


WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def while_uncommitted(
    city: City, actor: Actor, first: Callable[[Context], object], second: Callable[[], object]
) -> str:
    """What becomes of ``second`` on a connection of its own, begun when the actor's ``first`` has been done but not
    committed: its error's code, or "done". The first commits once the second waits for it, or has not waited."""

    def run() -> str:
        try:
            second()
        except (RuleViolation, TaskNotOpen) as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(1) as pool:
        with transaction(city.db) as session:
            first(Context(session, actor, city.clock, city.settings))
            outcome = pool.submit(run)
            with city.db.connect() as watching:
                while not outcome.done() and not watching.scalar(WAITING):
                    watching.rollback()
        return outcome.result()
