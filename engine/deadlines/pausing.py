"""The verbs pause and resume: time stands still by an approved act, and runs on with what was left of it.

As with the other verbs, no permission is asked here; both write an audit entry of their own.
"""

from engine import working_days
from engine.clock import local_date
from engine.context import Context
from engine.deadlines import ground, policies, rules, standing, subjects
from engine.deadlines.models import ChangeKind, Deadline, DeadlineState, DeadlineStep, StepOutcome
from engine.deadlines.service import lock_row, move, note_change


def pause(ctx: Context, deadline_id: int, reason: str, *, even_passed: bool = False) -> Deadline:
    """Let time stand still by an approved act: no reminder, no lateness, until `resume`.

    ``even_passed`` stops the ladder of a limit that has gone by as well; its lateness stays on record.
    """
    deadline = lock_row(ctx, deadline_id)
    rules.check_pause(deadline, ctx.clock.now(), even_passed)
    deadline.state = DeadlineState.PAUSED
    deadline.paused_on = local_date(ctx.clock.now())
    deadline.next_action_at = deadline.next_step = None
    note_change(ctx, deadline, ChangeKind.PAUSED, deadline.due_on, reason)
    ctx.session.flush()
    subjects.changed(ctx, deadline)
    return deadline


def resume(ctx: Context, deadline_id: int, reason: str) -> Deadline:
    """Let time run again. The working days that were left when it stopped are counted on from today; what was late by
    some days is late by as many, and climbs on from there."""
    deadline = lock_row(ctx, deadline_id)
    paused_on, was_on = rules.check_resume(deadline), deadline.due_on
    reckoning = ground.of_policy(ctx.session, deadline.policy_id)
    calendar = working_days.of_unit(ctx.session, reckoning.calendar, deadline.unit_id)
    new_on = standing.resumed(deadline.due_on, paused_on, local_date(ctx.clock.now()), calendar)
    move(ctx, deadline, new_on, ChangeKind.RESUMED, reason)
    if was_on < paused_on and deadline.due_at <= ctx.clock.now():
        _late_as_before(ctx, deadline, reckoning, calendar, is_moved=new_on != was_on)
    return deadline


def _late_as_before(
    ctx: Context,
    deadline: Deadline,
    reckoning: ground.Ground,
    calendar: working_days.WorkingCalendar,
    *,
    is_moved: bool,
) -> None:
    """The limit had gone by when time stopped: its passing is not told again, what comes after it is."""
    now = ctx.clock.now()
    deadline.state = DeadlineState.PASSED
    ahead = policies.first_again(reckoning.steps, deadline.due_on, now, True, calendar)
    deadline.next_action_at = ahead.at if ahead else None
    deadline.next_step = ahead.step.key if ahead else None
    if is_moved:
        ctx.session.add(
            DeadlineStep(
                deadline_id=deadline.id, policy_id=deadline.policy_id, step=policies.PASSED,
                due_at=deadline.due_at, planned_at=deadline.due_at, fired_at=now, outcome=StepOutcome.COLLAPSED,
            )
        )  # fmt: skip
    ctx.session.flush()
