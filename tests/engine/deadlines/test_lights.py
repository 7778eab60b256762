"""What the colours of lights mean, as an installation may set it."""

import pytest

from engine.deadlines import Colour, Light, Reason, Scheme, light
from engine.deadlines.lights import check, dump, of_dict, parse, to_dict
from engine.errors import InvalidInput
from tests.engine.deadlines.cases import shanghai
from tests.engine.deadlines.test_rules import CALENDAR, MET, PASSED, REMINDED, deadline


def scheme(**changed: object) -> Scheme:
    """The program's scheme, with some reasons in another colour or other words."""
    given = to_dict(Scheme())
    for name, value in changed.items():
        if name == "yellow_days":
            given[name] = value
        elif name in tuple(Reason):
            given["colours"][name] = value
        else:
            given["words"][name.removeprefix("word_")] = value
    return of_dict(given)


LATER = deadline("2026-03-31", "met", **MET, **PASSED)


@pytest.mark.parametrize(
    ("wanted", "shown", "now", "expected"),
    [
        # blue not used: a reminder does not show
        (
            scheme(reminded="green"),
            deadline("2026-03-31", **REMINDED),
            "2026-03-12",
            (Colour.GREEN, Reason.REMINDED),
        ),
        # blue is good, as in some counties
        (scheme(in_time="blue"), deadline("2026-03-31"), "2026-03-02", (Colour.BLUE, Reason.IN_TIME)),
        # made up later: yellow stays where a place has it so
        (scheme(met_late="yellow"), LATER, "2026-05-01", (Colour.YELLOW, Reason.MET_LATE)),
        (scheme(yellow_days=5), deadline("2026-03-31"), "2026-03-24", (Colour.YELLOW, Reason.DUE_SOON)),
        (scheme(yellow_days=5), deadline("2026-03-31"), "2026-03-23", (Colour.GREEN, Reason.IN_TIME)),
        (scheme(yellow_days=0), deadline("2026-03-31"), "2026-03-30", (Colour.GREEN, Reason.IN_TIME)),
        (scheme(yellow_days=0), deadline("2026-03-31"), "2026-03-31", (Colour.YELLOW, Reason.DUE_SOON)),
    ],
)
def test_a_light_has_the_colour_that_the_installation_gives_its_reason(
    wanted: Scheme, shown: object, now: str, expected: tuple[Colour, Reason]
) -> None:
    assert light(shown, shanghai(now), CALENDAR, wanted) == Light(*expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"yellow_days": -1}, "yellow_days"),
        ({"yellow_days": 16}, "yellow_days"),
        ({"overdue": "grey"}, "overdue"),
        ({"in_time": "grey"}, "in_time"),
        ({"in_time": "red"}, "overdue"),
        ({"overdue": "yellow"}, "overdue"),
        ({"met_late": "red"}, "met_late"),
        ({"word_red": " "}, "word_red"),
        ({"word_blue": "临近期限的事项"}, "word_blue"),
        ({"word_blue": "正常"}, "word_green"),
    ],
)
def test_a_scheme_that_nobody_could_read_is_refused(changed: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(scheme(**changed))
    assert refused.value.field == field


def test_a_scheme_comes_back_as_it_was_stored_and_the_default_is_sound() -> None:
    check(Scheme())
    assert parse(dump(scheme(reminded="green", word_red="红灯")), 3) == of_dict(
        to_dict(scheme(reminded="green", word_red="红灯")), 3
    )
    assert Scheme().uses_blue
    assert not scheme(reminded="green").uses_blue
