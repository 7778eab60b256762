"""Filters and figures in addresses and forms that nobody would type: no page and no call of the API breaks on them."""

from datetime import datetime

import pytest
from sqlalchemy import Engine

from engine.clock import SHANGHAI, FixedClock
from engine.settings import Settings
from tests.engine.campaigns.city import SYSTEM, City
from tests.factories import make_account
from tests.webapp.conftest import Browser, make_app

HUGE = "9" * 40
ADDRESSES = (
    *(
        f"/notices{page}?from={day}&until={day}"
        for page in ("", "/counts", "/export.xlsx")
        for day in ("0001-01-01", "9999-12-31")
    ),
    *(f"/api/v1/notices?issued_from={day}&issued_until={day}" for day in ("0001-01-01", "9999-12-31")),
    f"/notices?year={HUGE}&unit={HUGE}&after={HUGE}",
    f"/notices/counts?year={HUGE}&unit=-1",
    "/notices?q=%00%25_",
    f"/lights?campaign={HUGE}", "/lights/tiles?campaign=-1", "/lights?campaign=0",
    f"/my-deadlines?campaign={HUGE}&task={HUGE}&unit={HUGE}&kind=x&light=x&after={HUGE}",
    "/due-calendar?month=9999-12", "/due-calendar?month=0001-01", "/due-calendar/9999-12-31", "/due-calendar?month=%00",
    f"/due-calendar?campaign={HUGE}&task=-1&unit={HUGE}",
    f"/urgings?after={HUGE}&page={HUGE}&unit={HUGE}&campaign={HUGE}", "/urgings?from=9999-12-31&until=9999-12-31",
    "/urgings?from=0001-01-01&until=0001-01-01",
    f"/urgings/new?campaign={HUGE}&after={HUGE}&unit={HUGE}",
    f"/change-requests?after={HUGE}", f"/change-requests/ledger?after={HUGE}",
    f"/notices/new/{HUGE}", f"/notices/{HUGE}", f"/change-requests/{HUGE}", f"/deadlines/{HUGE}/why",
    f"/messages/arrivals/work-items/{HUGE}", f"/policies/obligation?version={HUGE}", "/policies/%00",
)  # fmt: skip


@pytest.fixture
def city(sqlite_db: Engine, clock: FixedClock, settings: Settings) -> City:
    return City(sqlite_db, clock, settings)


def test_no_filter_breaks_a_page(
    city: City, sqlite_db: Engine, clock: FixedClock, settings: Settings
) -> None:
    city.obligation()
    city.clock.move_to(datetime(2026, 7, 6, 10, tzinfo=SHANGHAI))
    browser: Browser = make_app(settings, clock, sqlite_db).test_client()  # type: ignore[assignment]
    account = city.act(SYSTEM, make_account, city.officer)
    browser.sign_in(account.login)
    codes = {address: browser.get(address).status_code for address in ADDRESSES}
    assert {address: code for address, code in codes.items() if code >= 500} == {}
    assert codes["/notices?from=9999-12-31&until=9999-12-31"] == 200
