"""The grades of an installation, and what may be sent when. Pure.

Default grades after common practice; 三明 calls them blue, orange and red sheets: each only after the limit of the one
before has passed without reason, important matters may begin higher (DOMAIN §4.2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from engine.errors import InvalidInput, RuleViolation
from engine.notices.models import OPEN, UNISSUED, NoticeGrade, NoticeState
from engine.texts import N_

#: What the default setting calls the grades; other names stand as the installation writes them.
NAMES = (N_("提醒函"), N_("督办通知单"), N_("通报批评"), N_("约谈通知"))
COLOURS = ("blue", "yellow", "orange", "red")
#: Who issues a sheet of a grade: the head of the office, or the leader in charge.
ISSUERS = ("head", "leader")


@dataclass(frozen=True)
class Grade:
    """One rung as the installation has it. ``name`` stands on papers and pages."""

    key: NoticeGrade
    name: str
    colour: str
    issuer: str
    place: int

    @property
    def needs_leader(self) -> bool:
        return self.issuer == "leader"


@dataclass(frozen=True)
class Former:
    """A sheet about the same matter; ``is_unanswered``: it is out, and its limit went by without a reply."""

    id: int
    grade: str
    state: str
    is_unanswered: bool


@lru_cache(maxsize=8)
def grades(written: str) -> tuple[Grade, ...]:
    """The setting `notice_grades`, the mildest first: `reminder_letter:提醒函:blue:head;…`. ValueError when it is wrong."""
    found = []
    for place, part in enumerate(filter(None, (one.strip() for one in written.split(";")))):
        pieces = [piece.strip() for piece in part.split(":")]
        if len(pieces) != 4 or not pieces[1] or len(pieces[1]) > 20:
            raise ValueError(f"DUBAN_NOTICE_GRADES: {part!r} is not key:name:colour:issuer")
        key, name, colour, issuer = pieces
        if colour not in COLOURS or issuer not in ISSUERS:
            raise ValueError(f"DUBAN_NOTICE_GRADES: colours are {COLOURS}, issuers {ISSUERS}, not {part!r}")
        found.append(Grade(NoticeGrade(key), name, colour, issuer, place))
    keys = [grade.key for grade in found]
    if not keys or keys != [key for key in NoticeGrade if key in keys]:
        raise ValueError("DUBAN_NOTICE_GRADES: each grade once, the mildest first")
    return tuple(found)


def grade_of(offered: Sequence[Grade], key: str) -> Grade:
    """InvalidInput where the installation does not use the grade."""
    found = next((grade for grade in offered if grade.key == key), None)
    if found is None:
        raise InvalidInput("notices.no_such_grade", "本系统未启用这一等级的督办单", field="grade")
    return found


def former_of(offered: Sequence[Grade], grade: Grade, sent: Sequence[Former]) -> Former | None:
    """The sheet that this one would follow: the latest issued one of a milder grade. ``sent`` by id."""
    milder = {one.key for one in offered if one.place < grade.place}
    issued = [one for one in sent if one.grade in milder and one.state not in _NEVER_OUT]
    return issued[-1] if issued else None


def may_follow(offered: Sequence[Grade], grade: Grade, former: Former | None) -> bool:
    """Whether the grade comes by the order: the mildest always, the others when the one right before went unanswered."""
    if grade.place == 0:
        return True
    before = offered[grade.place - 1].key
    return former is not None and former.grade == before and former.is_unanswered


def check_start(
    offered: Sequence[Grade], grade: Grade, sent: Sequence[Former], start_reason: str | None
) -> None:
    """One running sheet of a grade about one matter, none below a running graver one, and no rung skipped unreasoned."""
    running = [one for one in sent if one.state in OPEN]
    if any(one.grade == grade.key for one in running):
        raise RuleViolation("notices.one_sheet", "该事项已有一份正在办理的{name}，一事一单", name=grade.name)
    graver = {one.key for one in offered if one.place > grade.place}
    if any(one.grade in graver for one in running):
        raise RuleViolation("notices.graver_running", "该事项已有一份等级更高的督办单正在办理")
    if not may_follow(offered, grade, former_of(offered, grade, sent)) and not start_reason:
        raise InvalidInput(
            "notices.rung_skipped",
            "前一等级的督办单尚未逾期未复，直接发{name}须写明理由",
            field="start_reason",
            name=grade.name,
        )


_NEVER_OUT = (*UNISSUED, NoticeState.CANCELLED)


def check_unit(unit_id: int, office_unit_id: int) -> None:
    if unit_id == office_unit_id:
        raise RuleViolation("notices.own_office", "责任单位就是督办机构本身，不能向自己发督办单")


def check_reply_on(reply_on: date, today: date) -> None:
    """The unit must have time: the day lies ahead, and not beyond a year."""
    if reply_on <= today:
        raise InvalidInput("notices.reply_on", "反馈期限须晚于今天", field="reply_on")
    if (reply_on - today).days > 366:
        raise InvalidInput("notices.reply_far", "反馈期限不得超过一年", field="reply_on")


def check_wanted(*, item_over: bool, report_over: bool) -> None:
    """Nothing is pressed for any more once the report has been accepted or the item is done."""
    if item_over or report_over:
        raise RuleViolation("notices.nothing_owed", "该事项已办结或者撤销，无须再发督办单")


def number_text(form: str, *, office: str, year: int, number: int) -> str:
    """发文字号: 督办〔2026〕1号."""
    return form.format(office=office, year=year, n=number)


def check_settings(written: str, form: str) -> None:
    """ValueError, for the start of a process, where grades or the form of numbers cannot be read."""
    grades(written)
    try:
        one, other = (number_text(form, office="office", year=2026, number=n) for n in (1, 2))
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError(
            f"DUBAN_NOTICE_NUMBER_FORM: {form!r} takes {{office}}, {{year}} and {{n}}"
        ) from error
    if one == other or "{year}" not in form:
        raise ValueError(f"DUBAN_NOTICE_NUMBER_FORM: {form!r} must show {{year}} and {{n}}")
