"""Every form of limit, written out, reads back to itself: alone, and among others in one cell of a table."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidInput
from engine.plans import limit_forms
from engine.plans.limit_forms import LimitForm
from engine.plans.models import LimitKind
from engine.plans.parsing import read_limits
from engine.working_days.periods import Period

TODAY = date(2026, 3, 2)
DATES = st.dates(TODAY, date(2036, 12, 31)).map(date.isoformat)
EVENTS = st.sampled_from(["执法决定作出之日", "投诉受理之日", "收到材料之日"])
SCOPES = st.sampled_from(["行政许可、行政处罚决定", "重大行政执法决定信息"])


@st.composite
def forms(draw: st.DrawFn) -> LimitForm:
    """Any limit that a person can settle, in the form in which it is kept."""
    kind = draw(st.sampled_from([LimitKind.DATE, LimitKind.DAYS, LimitKind.EVENT, LimitKind.CADENCE]))
    data: dict[str, Any]
    if kind is LimitKind.DATE:
        data = {"on": draw(DATES)}
        if draw(st.booleans()):
            data["from_on"] = draw(st.dates(TODAY, date.fromisoformat(data["on"])).map(date.isoformat))
    elif kind is LimitKind.CADENCE:
        period = draw(st.sampled_from(Period))
        data = {"period": period.value}
        if draw(st.booleans()):
            data["count"] = draw(st.integers(2, 99))
            if draw(st.booleans()):
                data["levels"] = ["市", "县"]
        elif period.takes_day and draw(st.booleans()):
            data["day"] = draw(st.integers(1, 7 if period is Period.WEEK else 31))
            data["month"] = draw(st.none() | st.integers(1, period.months)) if period.months > 1 else None
            data["about"] = draw(st.sampled_from(["", "previous", "current"]))
    else:
        data = {"days": draw(st.integers(2, 365)), "counting": draw(st.sampled_from(limit_forms.COUNTINGS))}
        if draw(st.booleans()):
            data["min_days"] = draw(st.integers(1, data["days"] - 1))
        if kind is LimitKind.EVENT:
            data["event"], data["scope"] = draw(EVENTS), draw(st.just("") | SCOPES)
        elif draw(st.booleans()):
            data["from_on"] = draw(DATES)
    return limit_forms.check_limit(LimitForm(kind, data), TODAY)


def read(text: str) -> list[LimitForm]:
    """As `Storing` keeps what a cell says."""
    found = []
    for deadline in read_limits(text):
        form = limit_forms.interpret(deadline, None)
        scope = limit_forms.scope_before(text, deadline.span.start) if form.kind is LimitKind.EVENT else ""
        found.append(LimitForm(form.kind, form.data | ({"scope": scope} if scope else {})))
    return found


@given(forms())
def test_what_was_settled_reads_back(form: LimitForm) -> None:
    assert read(limit_forms.describe(form)) == [form]


@given(st.lists(forms(), min_size=2, max_size=4))
def test_limits_in_one_cell_stay_apart(listed: list[LimitForm]) -> None:
    assert read("；".join(map(limit_forms.describe, listed))) == listed


@given(forms())
def test_a_settled_form_is_kept_as_it_is(form: LimitForm) -> None:
    assert limit_forms.check_limit(form, TODAY) == form


@pytest.mark.parametrize(
    ("kind", "data", "field"),
    [
        ("date", {"on": "2026-06-30", "from_on": "2026-07-01"}, "from_on"),
        ("date", {"on": "2026-06-30", "from_on": "昨天"}, "from_on"),
        ("days", {"days": 5, "counting": "working_days", "from_on": "0001-01-01"}, "from_on"),
        ("days", {"days": 5, "counting": "working_days", "min_days": 5}, "min_days"),
        ("days", {"days": 5, "counting": "working_days", "min_days": "两"}, "min_days"),
        ("days", {"days": True, "counting": "working_days"}, "days"),
        ("event", {"days": 5, "counting": "working_days", "event": "长" * 101}, "event"),
        ("cadence", {"period": "month", "day": 32}, "day"),
        ("cadence", {"period": "week", "day": 8}, "day"),
        ("cadence", {"period": "quarter", "day": 5, "month": 4}, "day"),
        ("cadence", {"period": "year", "month": 5}, "day"),
        ("cadence", {"period": "year", "count": 367}, "day"),
        ("cadence", {"period": "year", "count": 2, "levels": "市县"}, "levels"),
        ("cadence", {"period": ["year"]}, "period"),
    ],
)
def test_wrong_values_are_told_by_their_field(kind: str, data: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        limit_forms.check_limit(LimitForm(LimitKind(kind), data), TODAY)
    assert error.value.field == field
