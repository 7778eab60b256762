"""Every due date explains itself: trigger, rule and law, each day, each change, and why the light has its
colour.

Facts and msgids only; pages and the command line put them into words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from engine.clock import local_date
from engine.deadlines.basis import Basis, Rule
from engine.deadlines.lights import Light, Scheme, light
from engine.deadlines.models import Deadline, DeadlineChange
from engine.texts import N_
from engine.working_days import CountedDay, WorkingCalendar

RULE_TEXT: Mapping[Rule, str] = {
    Rule.FIXED_DATE: N_("文件写明的日期，含当日，至当日24时届满；遇休息日不顺延"),
    Rule.WORKING_DAYS: N_("自次日起计算工作日，休息日、节假日不计，调休上班日计入"),
    Rule.CALENDAR_DAYS: N_("自次日起逐日计算，最后一日为休息日的，顺延至其后第一个工作日"),
    Rule.PERIOD_END: N_("报告周期的最后一日，含当日，至当日24时届满；遇休息日不顺延"),
}

#: Articles on which each rule rests (msgids).
LAW: Mapping[Rule, tuple[str, ...]] = {
    Rule.FIXED_DATE: (
        N_("《民法典》第二百零三条第二款：至当日24时止"),
        N_("《民法典》第二百零四条：文件另有规定的从其规定"),
    ),
    Rule.WORKING_DAYS: (
        N_("《民法典》第二百零一条：开始的当日不计入"),
        N_("国务院办公厅年度节假日安排通知：放假日与调休上班日"),
    ),
    Rule.CALENDAR_DAYS: (
        N_("《民法典》第二百零一条：开始的当日不计入"),
        N_("《民法典》第二百零三条第一款：末日为法定休假日的顺延"),
    ),
    Rule.PERIOD_END: (
        N_("《民法典》第二百零三条第二款：至当日24时止"),
        N_("《民法典》第二百零四条：文件另有规定的从其规定"),
    ),
}


@dataclass(frozen=True)
class Explanation:
    """All that a person needs to check the date by hand.

    ``days`` is empty for a date that needed no counting. ``counted_to`` is what the rule yields by
    today's calendar; it equals ``original_due_on`` unless a holiday notice has changed since.
    ``working_days_left`` is negative when late, None when nothing is owed.
    """

    rule: Rule
    rule_text: str
    law: tuple[str, ...]
    trigger_on: date
    trigger_text: str
    length: int | None
    days: tuple[CountedDay, ...]
    counted_to: date
    original_due_on: date
    changes: tuple[DeadlineChange, ...]
    due_on: date
    due_at: datetime
    provisional: bool
    provisional_text: str | None
    working_days_left: int | None
    light: Light
    light_text: str


PROVISIONAL_TEXT = N_("该年度节假日安排尚未公布，日期为暂定，公布后将重新计算")


def explain(deadline: Deadline, calendar: WorkingCalendar, now: datetime, scheme: Scheme) -> Explanation:
    """Why ``deadline`` is due when it is, and why its light has its colour at ``now``."""
    basis = Basis.from_dict(deadline.basis)
    count = basis.count(calendar)
    shown = light(deadline, now, calendar, scheme)
    owed = deadline.met_at is None and deadline.is_live
    return Explanation(
        rule=basis.rule,
        rule_text=RULE_TEXT[basis.rule],
        law=LAW[basis.rule],
        trigger_on=basis.on,
        trigger_text=basis.text,
        length=basis.days,
        days=count.days,
        counted_to=count.due_on,
        original_due_on=deadline.original_due_on,
        changes=tuple(deadline.changes),
        due_on=deadline.due_on,
        due_at=deadline.due_at,
        provisional=deadline.provisional,
        provisional_text=PROVISIONAL_TEXT if deadline.provisional else None,
        working_days_left=calendar.working_days_between(local_date(now), deadline.due_on) if owed else None,
        light=shown,
        light_text=shown.reason.text,
    )
