"""When a unit may be urged, as tables."""

from datetime import date, datetime

import pytest

from engine.clock import SHANGHAI
from engine.errors import InvalidInput, RuleViolation
from engine.urging import rules
from engine.urging.rules import Last
from engine.working_days import WorkingCalendar
from engine.working_days.official import official_years


@pytest.fixture(scope="module")
def calendar() -> WorkingCalendar:
    years = official_years()
    return WorkingCalendar({on: day for days in years.values() for on, day in days.items()}, frozenset(years))


@pytest.mark.parametrize(
    ("state", "suspended", "reports", "refused"),
    [
        ("assigned", False, [], None),
        ("acknowledged", False, [], None),
        ("in_progress", False, ["accepted", "open"], None),
        ("in_progress", False, ["submitted"], None),  # lies with the unit's own head
        ("in_progress", False, ["in_review", "accepted", "cancelled"], "urging.nothing_owed"),
        ("in_progress", True, ["open"], "urging.suspended"),
        ("sampling", False, ["accepted"], "urging.nothing_owed"),
        ("closed", False, ["accepted"], "urging.nothing_owed"),
        ("cancelled", False, ["open"], "urging.nothing_owed"),
    ],
)
def test_a_unit_is_urged_for_what_it_owes(
    state: str, suspended: bool, reports: list[str], refused: str | None
) -> None:
    if refused is None:
        rules.check_owed(state, suspended=suspended, reports=reports)
        return
    with pytest.raises(RuleViolation) as error:
        rules.check_owed(state, suspended=suspended, reports=reports)
    assert error.value.code == refused


def at(*when: int) -> datetime:
    return datetime(*when, tzinfo=SHANGHAI)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("urged_at", "pause", "again_on"),
    [
        (at(2026, 3, 3, 9), 1, date(2026, 3, 4)),
        (at(2026, 3, 3, 23, 59), 1, date(2026, 3, 4)),
        (at(2026, 3, 6, 9), 1, date(2026, 3, 9)),  # Friday: not before Monday
        (at(2026, 3, 7, 9), 1, date(2026, 3, 9)),  # on a Saturday
        (at(2026, 9, 30, 9), 1, date(2026, 10, 8)),  # before the National Day holidays
        (at(2026, 3, 3, 9), 3, date(2026, 3, 6)),
        (at(2026, 3, 3, 9), 0, date(2026, 3, 3)),
    ],
)
def test_an_item_may_be_urged_again_so_many_working_days_later(
    calendar: WorkingCalendar, urged_at: datetime, pause: int, again_on: date
) -> None:
    last = Last("王芳", urged_at)
    assert rules.next_on(urged_at, pause, calendar) == again_on
    rules.check_pause(last, again_on, pause, calendar)
    rules.check_pause(None, urged_at.date(), pause, calendar)
    if pause:
        with pytest.raises(RuleViolation) as error:
            rules.check_pause(last, date.fromordinal(again_on.toordinal() - 1), pause, calendar)
        assert str(error.value) == f"王芳已于{urged_at:%Y-%m-%d %H:%M}催办过该事项，{again_on}起可以再次催办"


def test_limits_of_a_person_of_a_list_and_of_words() -> None:
    rules.check_daily(99, 100)
    with pytest.raises(RuleViolation):
        rules.check_daily(100, 100)
    rules.check_chosen(range(rules.MAX_ITEMS))
    for chosen in ([], range(rules.MAX_ITEMS + 1)):
        with pytest.raises(InvalidInput):
            rules.check_chosen(chosen)
    assert rules.words_of("  请抓紧 \n") == "请抓紧"
    with pytest.raises(InvalidInput):
        rules.words_of("长" * (rules.MAX_WORDS + 1))
