"""What may be asked for when, and who has the last word: tables of cases."""

from datetime import date, datetime

import pytest

from engine.campaigns.models import Obligation, ObligationState, WorkItem, WorkItemState
from engine.change_requests import rules
from engine.change_requests.models import RequestKind
from engine.clock import SHANGHAI
from engine.deadlines import Deadline, DeadlineState
from engine.errors import InvalidInput, RuleViolation

NOW, DUE_AT = datetime(2026, 6, 1, tzinfo=SHANGHAI), datetime(2026, 7, 1, tzinfo=SHANGHAI)
PAUSE, RESUME, CANCEL, TRANSFER, SUSPEND, LIFT = RequestKind
WORKING, DONE = WorkItemState.IN_PROGRESS, WorkItemState.CLOSED


@pytest.mark.parametrize(
    ("kind", "state", "suspended", "refused"),
    [
        (CANCEL, WORKING, False, None),
        (CANCEL, WorkItemState.ASSIGNED, True, None),
        (CANCEL, WorkItemState.SAMPLING, False, None),
        (CANCEL, WorkItemState.INSPECTING, False, "change_requests.not_cancellable"),
        (CANCEL, DONE, False, "change_requests.not_cancellable"),
        (TRANSFER, WorkItemState.ASSIGNED, False, None),
        (TRANSFER, WORKING, True, None),
        (TRANSFER, WorkItemState.SAMPLING, False, "change_requests.not_working"),
        (SUSPEND, WORKING, False, None),
        (SUSPEND, WORKING, True, "change_requests.suspended"),
        (SUSPEND, WorkItemState.SAMPLING, False, "change_requests.not_working"),
        (LIFT, WORKING, True, None),
        (LIFT, WORKING, False, "change_requests.not_suspended"),
    ],
)
def test_what_can_be_asked_about_an_item(
    kind: RequestKind, state: WorkItemState, suspended: bool, refused: str | None
) -> None:
    item = WorkItem(state=state, suspended_at=NOW if suspended else None)
    assert rules.has_place(kind, item, None, None, NOW) == (refused is None)
    if refused is not None:
        with pytest.raises(RuleViolation) as error:
            rules.check_place(kind, item, None, None, NOW)
        assert error.value.code == refused


@pytest.mark.parametrize(
    ("kind", "state", "time", "now", "suspended", "refused"),
    [
        (PAUSE, ObligationState.OPEN, DeadlineState.OPEN, NOW, False, None),
        (PAUSE, ObligationState.SUBMITTED, DeadlineState.OPEN, NOW, False, None),
        (PAUSE, ObligationState.IN_REVIEW, DeadlineState.MET, NOW, False, "change_requests.not_running"),
        (PAUSE, ObligationState.OPEN, DeadlineState.PASSED, DUE_AT, False, "change_requests.overdue"),
        (PAUSE, ObligationState.OPEN, DeadlineState.OPEN, DUE_AT, False, "change_requests.overdue"),
        (PAUSE, ObligationState.OPEN, DeadlineState.PAUSED, NOW, False, "change_requests.paused"),
        (PAUSE, ObligationState.OPEN, DeadlineState.PAUSED, NOW, True, "change_requests.suspended_anyhow"),
        (RESUME, ObligationState.OPEN, DeadlineState.PAUSED, DUE_AT, False, None),
        (RESUME, ObligationState.OPEN, DeadlineState.OPEN, NOW, False, "change_requests.not_paused"),
        (RESUME, ObligationState.OPEN, DeadlineState.PAUSED, NOW, True, "change_requests.suspended_anyhow"),
    ],
)
def test_what_can_be_asked_about_the_time_of_a_report(
    kind: RequestKind,
    state: ObligationState,
    time: DeadlineState,
    now: datetime,
    suspended: bool,
    refused: str | None,
) -> None:
    item = WorkItem(state=WORKING, suspended_at=NOW if suspended else None)
    report, deadline = Obligation(state=state), Deadline(state=time, due_at=DUE_AT)
    if refused is None:
        rules.check_place(kind, item, report, deadline, now)
        return
    with pytest.raises(RuleViolation) as error:
        rules.check_place(kind, item, report, deadline, now)
    assert error.value.code == refused


@pytest.mark.parametrize(
    ("kind", "by_office", "own_office", "expected"),
    [
        (PAUSE, False, False, False),
        (RESUME, False, False, False),
        (LIFT, False, False, False),
        (CANCEL, False, False, True),
        (TRANSFER, False, False, True),
        (SUSPEND, False, False, True),
        (LIFT, True, False, True),
        (PAUSE, False, True, True),
    ],
)
def test_who_has_the_last_word(kind: RequestKind, by_office: bool, own_office: bool, expected: bool) -> None:
    assert rules.needs_leader(kind, by_office=by_office, own_office=own_office) is expected


@pytest.mark.parametrize(
    ("kind", "review_on", "refused"),
    [
        (SUSPEND, date(2026, 6, 2), None),
        (SUSPEND, date(2026, 6, 1), "change_requests.review_gone"),
        (SUSPEND, None, "change_requests.no_review"),
        (CANCEL, None, None),
    ],
)
def test_what_is_suspended_is_looked_at_again(
    kind: RequestKind, review_on: date | None, refused: str | None
) -> None:
    if refused is None:
        rules.check_review_day(kind, review_on, date(2026, 6, 1))
        return
    with pytest.raises(InvalidInput) as error:
        rules.check_review_day(kind, review_on, date(2026, 6, 1))
    assert (error.value.code, error.value.field) == (refused, "review_on")
