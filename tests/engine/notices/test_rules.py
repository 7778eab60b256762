"""The grades that an installation may have, and which may be sent when."""

from datetime import date

import pytest

from engine.errors import InvalidInput, RuleViolation
from engine.notices import rules
from engine.notices.models import NoticeState
from engine.notices.rules import Former
from engine.settings import Settings

LADDER = rules.grades(Settings().notice_grades)
COLOURED = "reminder_letter:蓝色督办单:blue:head;supervision_notice:橙色督办单:orange:head;circular:红色督办单:red:leader"
REMINDER, NOTICE, CIRCULAR, TALK = LADDER


def test_the_default_grades() -> None:
    assert [(g.name, g.colour, g.needs_leader) for g in LADDER] == [
        ("提醒函", "blue", False), ("督办通知单", "yellow", False), ("通报批评", "orange", True),
        ("约谈通知", "red", True),
    ]  # fmt: skip


def test_three_sheets_by_colour() -> None:
    assert [(g.place, g.name, g.colour) for g in rules.grades(COLOURED)] == [
        (0, "蓝色督办单", "blue"), (1, "橙色督办单", "orange"), (2, "红色督办单", "red"),
    ]  # fmt: skip
    with pytest.raises(InvalidInput):
        rules.grade_of(rules.grades(COLOURED), "talk")


@pytest.mark.parametrize(
    "written",
    [
        "", "提醒函", "reminder_letter:提醒函:blue", "reminder_letter::blue:head", "reminder_letter:提醒函:pink:head",
        "reminder_letter:提醒函:blue:clerk", "letter:提醒函:blue:head", f"reminder_letter:{'长' * 21}:blue:head",
        "talk:约谈:red:leader;reminder_letter:提醒函:blue:head",
        "talk:约谈:red:leader;talk:再约谈:red:leader",
    ],
)  # fmt: skip
def test_grades_that_cannot_be_read(written: str) -> None:
    with pytest.raises(ValueError):
        rules.grades(written)


@pytest.mark.parametrize(
    "form", ["督办〔{year}〕号", "督办{n}号", "督办〔{jahr}〕{n}号", "督办〔{year}〕{n号", "{}{}"]
)
def test_forms_of_numbers_that_cannot_be_used(form: str) -> None:
    with pytest.raises(ValueError):
        rules.check_settings(Settings().notice_grades, form)


def test_a_number() -> None:
    rules.check_settings(COLOURED, "{office}督〔{year}〕{n}号")
    assert rules.number_text("督办〔{year}〕{n}号", office="督查室", year=2026, number=1) == "督办〔2026〕1号"
    assert (
        rules.number_text("{office}督〔{year}〕{n}号", office="督查室", year=2026, number=12)
        == "督查室督〔2026〕12号"
    )


def sent(grade: str, state: str, is_unanswered: bool = False, id: int = 1) -> Former:
    return Former(id, grade, state, is_unanswered)


UNANSWERED = sent("reminder_letter", "received", True)


@pytest.mark.parametrize(
    ("grade", "before", "reason", "refused"),
    [
        (REMINDER, [], None, None),
        (NOTICE, [], None, "notices.rung_skipped"),
        (NOTICE, [], "领导批示", None),
        (NOTICE, [UNANSWERED], None, None),
        (NOTICE, [sent("reminder_letter", "issued")], None, "notices.rung_skipped"),
        (NOTICE, [sent("reminder_letter", "replied")], None, "notices.rung_skipped"),
        (NOTICE, [sent("reminder_letter", "closed")], None, "notices.rung_skipped"),
        (NOTICE, [sent("reminder_letter", "cancelled")], None, "notices.rung_skipped"),
        (CIRCULAR, [UNANSWERED], None, "notices.rung_skipped"),
        (
            CIRCULAR,
            [sent("reminder_letter", "escalated"), sent("supervision_notice", "issued", True, 2)],
            None,
            None,
        ),
        (TALK, [sent("circular", "issued", True)], None, None),
        (REMINDER, [sent("reminder_letter", "closed")], None, None),
        (REMINDER, [sent("reminder_letter", "draft")], None, "notices.one_sheet"),
        (REMINDER, [sent("reminder_letter", "replied")], "再发", "notices.one_sheet"),
        (REMINDER, [sent("circular", "submitted")], None, "notices.graver_running"),
        (REMINDER, [sent("circular", "cancelled")], None, None),
    ],
)
def test_what_may_be_sent_when(
    grade: rules.Grade, before: list[Former], reason: str | None, refused: str
) -> None:
    if refused is None:
        rules.check_start(LADDER, grade, before, reason)
        return
    with pytest.raises((InvalidInput, RuleViolation)) as error:
        rules.check_start(LADDER, grade, before, reason)
    assert error.value.code == refused


def test_the_former_is_the_latest_milder_one_that_was_out() -> None:
    before = [sent("reminder_letter", "closed", id=1), sent("reminder_letter", "received", True, id=2),
              sent("supervision_notice", "draft", id=3)]  # fmt: skip
    assert rules.former_of(LADDER, CIRCULAR, before) == before[1]
    assert rules.former_of(LADDER, REMINDER, before) is None


def test_every_state_is_known() -> None:
    for state in NoticeState:
        rules.former_of(LADDER, TALK, [sent("circular", state)])


@pytest.mark.parametrize(
    ("reply_on", "allowed"),
    [
        (date(2026, 7, 6), False),
        (date(2026, 7, 7), True),
        (date(2027, 7, 7), True),
        (date(2027, 7, 8), False),
    ],
)
def test_the_unit_has_time_to_answer(reply_on: date, allowed: bool) -> None:
    if allowed:
        rules.check_reply_on(reply_on, date(2026, 7, 6))
        return
    with pytest.raises(InvalidInput):
        rules.check_reply_on(reply_on, date(2026, 7, 6))


def test_nothing_is_pressed_for_that_is_not_owed_and_never_at_the_office_itself() -> None:
    rules.check_wanted(item_over=False, report_over=False)
    for over in ({"item_over": True, "report_over": False}, {"item_over": False, "report_over": True}):
        with pytest.raises(RuleViolation):
            rules.check_wanted(**over)
    rules.check_unit(1, 2)
    with pytest.raises(RuleViolation):
        rules.check_unit(1, 1)
