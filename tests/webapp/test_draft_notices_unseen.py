"""A notice that has not gone out is the office's own: the history of the item does not tell the unit of it either."""

from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from engine.clock import SHANGHAI, FixedClock
from engine.notices import service
from engine.settings import Settings
from tests.engine.campaigns.city import SYSTEM, City
from tests.factories import PASSWORD, make_account
from tests.webapp.conftest import make_app


def test_only_the_office_reads_of_a_draft(sqlite_db: Engine, clock: FixedClock, settings: Settings) -> None:
    city = City(sqlite_db, clock, settings)
    item_id = city.obligation().work_item_id
    clock.move_to(datetime(2026, 7, 6, 10, tzinfo=SHANGHAI))
    city.act(city.officer, service.draft, item_id, grade="reminder_letter")
    app = make_app(settings, clock, sqlite_db)
    told: dict[Any, tuple[bool, bool]] = {}
    for name, actor in (("unit", city.bureau.reporter), ("lead", city.lead.head), ("office", city.officer)):
        account = city.act(SYSTEM, make_account, actor)
        browser: Any = app.test_client()
        browser.sign_in(account.login)
        page = browser.get(f"/work-items/{item_id}").text
        made = browser.post("/api/v1/tokens", json={"login": account.login, "password": PASSWORD}).get_json()
        answer = browser.get(
            f"/api/v1/work-items/{item_id}/history", headers={"Authorization": f"Bearer {made['token']}"}
        )
        assert answer.status_code == 200
        acts = [entry["action"] for entry in answer.get_json()["items"]]
        assert "work_item.acknowledged" in acts
        told[name] = ("拟督办单" in page, "notice.drafted" in acts)
    assert told == {"unit": (False, False), "lead": (False, False), "office": (True, True)}
