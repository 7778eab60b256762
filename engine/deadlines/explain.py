"""Every due date explains itself: trigger, rule and law, each day, each change, the ladder, and why the light has
its colour.

Facts and msgids only; pages and the command line put them into words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from engine.clock import local_date
from engine.deadlines.basis import Basis, Rule
from engine.deadlines.lights import Light, Scheme, light
from engine.deadlines.models import ChangeKind, Deadline, DeadlineChange, DeadlineState, StepOutcome
from engine.deadlines.policies import Step, parse, schedule
from engine.texts import N_
from engine.working_days import CountedDay, WorkingCalendar

RULE_TEXT: Mapping[Rule, str] = {
    Rule.FIXED_DATE: N_("文件写明的日期，含当日，至当日24时届满；遇休息日不顺延"),
    Rule.WORKING_DAYS: N_("自次日起计算工作日，休息日、节假日不计，调休上班日计入"),
    Rule.CALENDAR_DAYS: N_("自次日起逐日计算，最后一日为休息日的，顺延至其后第一个工作日"),
    Rule.PERIOD_END: N_("报告周期的最后一日，含当日，至当日24时届满；遇休息日不顺延"),
    Rule.PERIOD_DAY: N_(
        "文件写明的每期报送日，含当日，至当日24时届满；当月没有该日的，为当月最后一日；遇休息日不顺延"
    ),
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
        N_("参照《行政许可法》第八十二条：以工作日计算的期限不含法定节假日"),
        N_("《民法典》第一千二百五十九条：“以内”“届满”包括本数"),
    ),
    Rule.CALENDAR_DAYS: (
        N_("《民法典》第二百零一条：开始的当日不计入"),
        N_("《民法典》第二百零三条第一款：末日为法定休假日的顺延"),
        N_("《民法典》第一千二百五十九条：“以内”“届满”包括本数"),
    ),
    Rule.PERIOD_END: (
        N_("《民法典》第二百零三条第二款：至当日24时止"),
        N_("《民法典》第二百零四条：文件另有规定的从其规定"),
    ),
    Rule.PERIOD_DAY: (
        N_("《民法典》第二百零三条第二款：至当日24时止"),
        N_("《民法典》第二百零四条：文件另有规定的从其规定"),
    ),
}


class Standing(StrEnum):
    """What has become of a step, or will."""

    FIRED = "fired"
    COLLAPSED = "collapsed"
    SKIPPED = "skipped"
    NEXT = "next"
    AHEAD = "ahead"
    LEFT_OUT = "left_out"  #: its time was over when the present date was set
    DROPPED = "dropped"  #: the duty was done, or time stands still, before it came

    @property
    def text(self) -> str:
        return STANDING_TEXT[self]


STANDING_TEXT: Mapping[Standing, str] = {
    Standing.FIRED: N_("已执行"),
    Standing.COLLAPSED: N_("已由后一步代替"),
    Standing.SKIPPED: N_("不符合条件，未执行"),
    Standing.NEXT: N_("下一步"),
    Standing.AHEAD: N_("尚未到时"),
    Standing.LEFT_OUT: N_("设定期限时已过，不再执行"),
    Standing.DROPPED: N_("不再执行"),
}


@dataclass(frozen=True)
class Rung:
    """One step of the ladder for the present date. ``version`` of the policy that caused it, once it is handled."""

    step: Step
    planned_at: datetime
    standing: Standing
    handled_at: datetime | None = None
    version: int | None = None


@dataclass(frozen=True)
class Explanation:
    """All that a person needs to check the date by hand.

    ``days`` is empty for a date that needed no counting. ``counted_to`` is what the rule yields by
    today's calendar; it equals ``original_due_on`` unless a holiday notice has changed since.
    ``working_days_left`` is negative when late, None when nothing is owed. ``extended`` counts how often a later date
    was given. ``ladder`` is the policy's, for the present date; ``reached`` and ``coming`` are among its rungs.
    ``light_text`` takes the parameter ``n``.
    """

    rule: Rule
    rule_text: str
    law: tuple[str, ...]
    trigger_on: date
    trigger_text: str
    length: int | None
    #: The first day on which the duty can be done, of a two-sided limit.
    earliest_on: date | None
    days: tuple[CountedDay, ...]
    counted_to: date
    original_due_on: date
    changes: tuple[DeadlineChange, ...]
    extended: int
    due_on: date
    due_at: datetime
    provisional: bool
    provisional_text: str | None
    working_days_left: int | None
    light: Light
    light_text: str
    near_days: int
    policy_key: str
    policy_version: int
    ladder: tuple[Rung, ...]

    @property
    def reached(self) -> Rung | None:
        """The last step that was taken for the present date."""
        return next((rung for rung in reversed(self.ladder) if rung.standing is Standing.FIRED), None)

    @property
    def coming(self) -> Rung | None:
        return next((rung for rung in self.ladder if rung.standing is Standing.NEXT), None)


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
        earliest_on=basis.earliest_on(calendar),
        days=count.days,
        counted_to=count.due_on,
        original_due_on=deadline.original_due_on,
        changes=tuple(deadline.changes),
        extended=sum(change.kind == ChangeKind.EXTENDED for change in deadline.changes),
        due_on=deadline.due_on,
        due_at=deadline.due_at,
        provisional=deadline.provisional,
        provisional_text=PROVISIONAL_TEXT if deadline.provisional else None,
        working_days_left=calendar.working_days_between(local_date(now), deadline.due_on) if owed else None,
        light=shown,
        light_text=shown.reason.text,
        near_days=scheme.yellow_days,
        policy_key=deadline.policy.key,
        policy_version=deadline.policy.version,
        ladder=_ladder(deadline, parse(deadline.policy.steps), calendar),
    )


def _ladder(deadline: Deadline, steps: Sequence[Step], calendar: WorkingCalendar) -> tuple[Rung, ...]:
    """Where the deadline stands on its ladder. What was handled for an earlier date is history, not here."""
    handled = {done.step: done for done in deadline.steps if done.due_at == deadline.due_at}
    found = []
    standing = Standing.LEFT_OUT if deadline.next_step else Standing.DROPPED
    if deadline.state == DeadlineState.PASSED and deadline.next_step is None:
        standing = Standing.LEFT_OUT  # the ladder is climbed to its end
    for planned in schedule(steps, deadline.due_on, calendar):
        done = handled.get(planned.step.key)
        if planned.step.key == deadline.next_step:
            standing = Standing.AHEAD
        if done is not None:
            outcome = Standing(StepOutcome(done.outcome).value)
            found.append(Rung(planned.step, done.planned_at, outcome, done.fired_at, done.policy.version))
        elif planned.step.key == deadline.next_step:
            found.append(Rung(planned.step, planned.at, Standing.NEXT))
        else:
            over = planned.at <= deadline.opened_at
            found.append(Rung(planned.step, planned.at, Standing.LEFT_OUT if over else standing))
    return tuple(found)
