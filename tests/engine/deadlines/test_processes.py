"""Three schedulers on PostgreSQL, killed at random moments: every effect happens exactly once, nothing is forgotten."""

import logging
import os
import random
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text

from benchmarks.crowd import make_crowd
from engine import audit, deadlines, working_days
from engine.clock import FixedClock, end_of_day
from engine.db import transaction
from engine.deadlines import Deadline, DeadlineState, DeadlineStep, EscalationPolicy, policies
from engine.deadlines.policies import StepKind
from engine.outbox import OutboxMessage
from engine.process.models import ProcessInstance, UserTask
from engine.settings import Settings
from tests.engine.campaigns.city import City
from tests.engine.deadlines.cases import shanghai
from tests.engine.deadlines.tickers import sweep_and_kill

log = logging.getLogger(__name__)

#: Two days after the limit, with every reminder missed.
NOW = shanghai("2026-07-02", 10)
_FACTS = {StepKind.PASSED: "deadline.passed", StepKind.ESCALATION: "deadline.escalated"}


def test_killed_schedulers_do_every_effect_once(
    pg_url: str, db: Engine, clock: FixedClock, settings: Settings
) -> None:
    survive(City(db, clock, settings), pg_url, count=2_000, kills=10)


@pytest.mark.soak
def test_killed_schedulers_do_every_effect_once_over_many(
    pg_url: str, db: Engine, clock: FixedClock, settings: Settings
) -> None:
    assert os.environ["DUBAN_SOAK"] == "1"
    survive(City(db, clock, settings), pg_url, count=20_000, kills=200)


def survive(city: City, url: str, *, count: int, kills: int) -> None:
    first = city.obligation()
    make_crowd(city.db, first.id, count)
    city.clock.move_to(NOW)
    ours = Deadline.kind == "obligation.due"
    with transaction(city.db, read_only=True) as session:
        due = session.scalars(select(Deadline).where(ours, Deadline.subject_id == first.id)).one()
        steps = policies.parse(session.get_one(EscalationPolicy, due.policy_id).steps)
        schedule = policies.schedule(steps, due.due_on, working_days.load(session))
        versions = set(session.scalars(select(ProcessInstance.version).where(of_reports(ProcessInstance))))
        offered = session.scalar(select(func.count()).where(of_reports(UserTask)))
        outbox_before = session.scalar(select(func.max(OutboxMessage.id))) or 0
        assert len(deadlines.due_ids(session, NOW, count + 1)) == count
    seed = random.randrange(2**32)
    log.warning("seed %s", seed)

    def is_over() -> bool:
        with transaction(city.db, read_only=True) as session:
            return not deadlines.due_ids(session, NOW, 1)

    killed = sweep_and_kill(url, FixedClock(NOW), processes=3, kills=kills, seed=seed, is_over=is_over)

    assert killed >= kills // 4, "too fast to be killed"
    come = [planned for planned in schedule if planned.at <= NOW]
    following = next(planned for planned in schedule if planned.at > NOW)
    taken = [planned.step for planned in come if planned.step.kind is not StepKind.REMINDER]
    assert [step.kind for step in taken[:2]] == [StepKind.PASSED, StepKind.ESCALATION]
    with transaction(city.db, read_only=True) as session:

        def groups(*columns: Any, where: Any) -> dict[Any, int]:
            query = select(*columns, func.count()).where(where).group_by(*columns)
            return {tuple(row[:-1]): row[-1] for row in session.execute(query)}

        # Each step once, with its true time.
        step, entry, message = DeadlineStep, audit.AuditEntry, OutboxMessage
        of_ours = step.deadline_id.in_(select(Deadline.id).where(ours))
        recorded = groups(step.step, step.planned_at, step.outcome, where=of_ours)
        outcomes = {kind: "collapsed" if kind is StepKind.REMINDER else "fired" for kind in StepKind}
        assert recorded == {(p.step.key, p.at, outcomes[p.step.kind]): count for p in come}
        assert session.scalar(select(func.count(step.deadline_id.distinct()))) == count
        # Each message once, each entry once, for each case.
        wanted = Counter(_FACTS[step.kind] for step in taken)
        sent = groups(message.kind, message.subject_id, where=message.id > outbox_before)
        assert Counter(sent.values()) == Counter({n: count * k for n, k in Counter(wanted.values()).items()})
        assert {kind for kind, _ in sent} == set(wanted)
        written = groups(entry.action, entry.subject_id, where=entry.at == NOW)
        expected = {**wanted, "obligation.fell_overdue": 1}
        assert {action: n for (action, _), n in written.items()} == expected
        assert Counter(action for action, _ in written) == dict.fromkeys(expected, count)
        # Late once, since the end of the day; the ladder waits for its next step.
        standing = groups(
            Deadline.state, Deadline.passed_at, Deadline.next_step, Deadline.next_action_at, where=ours
        )
        assert standing == {
            (DeadlineState.PASSED, end_of_day(due.due_on), following.step.key, following.at): count
        }
        assert session.execute(text("SELECT overdue_at, count(*) FROM obligation GROUP BY 1")).all() == [
            (NOW, count)
        ]
        # The timer of each process has fired once, and nobody has lost or been given a thing to do.
        (before,) = versions
        assert groups(ProcessInstance.version, where=of_reports(ProcessInstance)) == {(before + 1,): count}
        assert session.scalar(select(func.count()).where(of_reports(UserTask))) == offered == count


def of_reports(model: Any) -> Any:
    return model.subject_type == "obligation"
