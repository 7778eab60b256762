"""What may be asked for, and who decides: tables of cases."""

from datetime import date, datetime

import pytest

from engine.campaigns.models import ObligationState
from engine.clock import SHANGHAI
from engine.deadlines import Deadline, DeadlineState
from engine.errors import InvalidInput, RuleViolation
from engine.extensions import rules
from engine.extensions.rules import Limits

LIMITS = Limits(max_count=2, max_working_days=60, office_working_days=10)
DUE, TODAY = date(2026, 6, 30), date(2026, 6, 1)


def deadline(state: DeadlineState = DeadlineState.OPEN, due_on: date = DUE) -> Deadline:
    return Deadline(state=state, due_on=due_on, due_at=datetime(2026, 7, 1, tzinfo=SHANGHAI))


@pytest.mark.parametrize(
    ("state", "time", "granted", "refused"),
    [
        (ObligationState.OPEN, DeadlineState.OPEN, 0, None),
        (ObligationState.OPEN, DeadlineState.PASSED, 0, None),
        (ObligationState.SUBMITTED, DeadlineState.OPEN, 1, None),
        (ObligationState.SUBMITTED, DeadlineState.OPEN, 2, "extensions.used_up"),
        (ObligationState.IN_REVIEW, DeadlineState.MET, 0, "extensions.not_running"),
        (ObligationState.ACCEPTED, DeadlineState.MET, 0, "extensions.not_running"),
        (ObligationState.CANCELLED, DeadlineState.CANCELLED, 0, "extensions.not_running"),
        (ObligationState.OPEN, DeadlineState.PAUSED, 0, "extensions.paused"),
    ],
)
def test_where_something_can_be_asked_for(
    state: ObligationState, time: DeadlineState, granted: int, refused: str | None
) -> None:
    assert rules.has_place(state, deadline(time), granted=granted, limits=LIMITS) == (refused is None)
    if refused is None:
        rules.check_place(state, deadline(time), granted=granted, limits=LIMITS)
        return
    with pytest.raises(RuleViolation) as error:
        rules.check_place(state, deadline(time), granted=granted, limits=LIMITS)
    assert error.value.code == refused


@pytest.mark.parametrize(
    ("new_on", "today", "working_days", "final_on", "refused"),
    [
        (date(2026, 7, 1), TODAY, 1, None, None),
        (DUE, TODAY, 0, None, "extensions.not_later"),
        (date(2026, 6, 29), TODAY, 0, None, "extensions.not_later"),
        (date(2026, 7, 10), date(2026, 7, 10), 8, None, "extensions.not_later"),
        (date(2026, 7, 11), date(2026, 7, 10), 8, None, None),
        (date(2026, 9, 22), TODAY, 60, None, None),
        (date(2026, 9, 23), TODAY, 61, None, "extensions.too_far"),
        (date(2026, 7, 10), TODAY, 8, date(2026, 7, 10), None),
        (date(2026, 7, 11), TODAY, 8, date(2026, 7, 10), "extensions.after_final"),
    ],
)
def test_dates(
    new_on: date, today: date, working_days: int, final_on: date | None, refused: str | None
) -> None:
    def check() -> None:
        rules.check_date(
            new_on, due_on=DUE, today=today, working_days=working_days, final_on=final_on, limits=LIMITS
        )

    if refused is None:
        check()
        return
    with pytest.raises(InvalidInput) as error:
        check()
    assert (error.value.code, error.value.field) == (refused, "new_on")


@pytest.mark.parametrize(
    ("state", "time", "due_on", "today", "refused"),
    [
        (ObligationState.OPEN, DeadlineState.PASSED, DUE, date(2026, 7, 5), None),
        (ObligationState.IN_REVIEW, DeadlineState.MET, DUE, TODAY, "extensions.in_review"),
        (ObligationState.OPEN, DeadlineState.PAUSED, DUE, TODAY, "extensions.standing_still"),
        (ObligationState.OPEN, DeadlineState.OPEN, date(2026, 7, 10), TODAY, "extensions.date_gone"),
        (ObligationState.OPEN, DeadlineState.PASSED, DUE, date(2026, 7, 10), "extensions.date_gone"),
    ],
)
def test_what_can_still_be_agreed_to(
    state: ObligationState, time: DeadlineState, due_on: date, today: date, refused: str | None
) -> None:
    asked_for = date(2026, 7, 10)
    if refused is None:
        rules.check_grantable(state, deadline(time, due_on), asked_for, today)
        return
    with pytest.raises(RuleViolation) as error:
        rules.check_grantable(state, deadline(time, due_on), asked_for, today)
    assert error.value.code == refused


@pytest.mark.parametrize(
    ("ordinal", "working_days", "expected"), [(1, 1, False), (1, 10, False), (1, 11, True), (2, 1, True)]
)
def test_who_has_the_last_word(ordinal: int, working_days: int, expected: bool) -> None:
    assert rules.needs_leader(ordinal, working_days, LIMITS) is expected
