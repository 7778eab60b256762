"""Ladders and the meaning of lights are changed in versions: by whom, when two do it at once, and for which deadlines."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, select

from engine import audit, deadlines, queue
from engine.clock import FixedClock
from engine.context import Actor, Context, Role
from engine.db import transaction
from engine.deadlines import Basis, Colour, Deadline, Scheme, configuring, lights, policies, schemes
from engine.deadlines.ladders import WantedStep
from engine.errors import AccessDenied, InvalidInput, RuleViolation, StaleForm
from engine.settings import Settings
from tests.engine.deadlines.cases import CASE, Office, make_cases, shanghai

DUE = Basis.fixed_date(date(2026, 3, 31), "3月31日前")
SHORT = [
    WantedStep(-5, to=("head",)),
    WantedStep(0, to=("office",)),
    WantedStep(2, "escalate", "always", ("leader",)),
    WantedStep(8, "escalate", "always", ("leader",)),
]


def keeper(office: Office, session: Any, role: Role = Role.SYSTEM_ADMIN) -> Context:
    return Context(session, Actor("钱信", 9, posts=frozenset({(1, role)})), office.clock, office.settings)


def publish(office: Office, wanted: list[WantedStep], expected: int, **more: Any) -> int:
    with transaction(office.engine) as session:
        given = {"note": "按新办法", **more}
        return configuring.publish(
            keeper(office, session), "default", wanted, expected=expected, **given
        ).version


def test_a_new_version_is_for_what_is_set_from_now_on_unless_running_ones_are_told(office: Office) -> None:
    early, late, done, paused = (office.open(DUE, case=1 + n % 3, kind=f"kind.{n}") for n in range(4))
    office.sweep_at(shanghai("2026-03-11"))  # remind_15 has gone out
    with transaction(office.engine) as session:
        deadlines.meet(office.ctx(session), (CASE, 3), "kind.2")
        deadlines.pause(office.ctx(session), paused, "等上级文件")
    assert publish(office, SHORT, 1) == 2
    new = office.open(DUE, case=1)
    assert [office.get(id).policy.version for id in (early, late, done, paused, new)] == [1, 1, 1, 1, 2]
    assert office.get(new).next_step == "remind_5"
    with transaction(office.engine) as session:
        assert configuring.running(session, "default") == {1: 3, 2: 1}
        shown = configuring.rehearse(
            keeper(office, session), session.get_one(Deadline, early), policies.parse(_newest(session).steps)
        )
        assert [(r.step.key, r.is_over) for r in shown] == [
            ("remind_5", False), ("passed", False), ("escalate_2", False), ("escalate_8", False),
        ]  # fmt: skip

    # A third version for the running ones too, when one has passed and a step of the old ladder has come unseen.
    office.sweep_at(shanghai("2026-04-01", 1))
    office.clock.move_to(shanghai("2026-04-01", 20))
    assert publish(office, [*SHORT[:3], WantedStep(9, "escalate", to=("leader",))], 2, running_too=True) == 3
    while queue.work_one(office.engine, office.clock, office.settings):
        pass
    rows = {id: office.get(id) for id in (early, late, done, paused, new)}
    assert [row.policy.version for row in rows.values()] == [3, 3, 1, 3, 3], "what is done keeps its ladder"
    fired = [(s.step, s.policy.version, s.outcome) for s in rows[early].steps]
    assert fired == [
        ("remind_15", 1, "fired"), ("remind_7", 1, "collapsed"), ("remind_3", 1, "collapsed"),
        ("remind_1", 1, "collapsed"), ("passed", 1, "fired"), ("escalate_1", 1, "fired"),
    ]  # fmt: skip
    assert rows[early].next_step == rows[new].next_step == "escalate_2"
    assert rows[paused].next_step is None
    office.sweep_at(shanghai("2026-04-20"))
    assert [(s.step, s.policy.version) for s in office.get(early).steps][6:] == [
        ("escalate_2", 3),
        ("escalate_9", 3),
    ]
    assert [(s.step, s.policy.version) for s in office.get(new).steps] == [
        ("remind_5", 2), ("passed", 2), ("escalate_2", 3), ("escalate_9", 3),
    ]  # fmt: skip
    with transaction(office.engine) as session:
        acts = audit.history(session, "escalation_policy:default")
        assert [entry.action for entry in acts] == ["escalation_policy.published"] * 2


def _newest(session: Any) -> Any:
    return configuring.newest(session, "default")


def test_who_may_publish_and_what_is_refused(office: Office) -> None:
    for role in (Role.OFFICER, Role.LEADER, Role.SECURITY_ADMIN):
        with pytest.raises(AccessDenied), transaction(office.engine) as session:
            configuring.publish(keeper(office, session, role), "default", SHORT, note="改", expected=1)
        with pytest.raises(AccessDenied), transaction(office.engine) as session:
            schemes.publish(keeper(office, session, role), Scheme(yellow_days=3), note="改", expected=0)
    with pytest.raises(InvalidInput) as refused:
        publish(office, SHORT, 1, note=" ")
    assert refused.value.field == "note"
    with transaction(office.engine) as session:
        same = configuring.ladders.as_wanted(policies.parse(_newest(session).steps))
    with pytest.raises(RuleViolation):
        publish(office, same, 1)


def test_the_meaning_of_lights_is_changed_for_all_at_once(office: Office) -> None:
    id = office.open(DUE)
    at = shanghai("2026-03-26")
    with transaction(office.engine) as session:
        before = deadlines.scheme(session)
        assert (before.version, before.yellow_days) == (0, 1)
        wanted = lights.of_dict({**lights.to_dict(before), "yellow_days": 5})
        made = schemes.publish(keeper(office, session), wanted, note="提前预警", expected=0)
        assert (made.version, deadlines.scheme(session).version) == (1, 1)
    with transaction(office.engine) as session:
        scheme, calendar = deadlines.scheme(session), deadlines.ground.newest(session, "default").calendar
        shown = deadlines.light(session.get_one(Deadline, id), at, calendar, scheme)
        assert shown.colour is Colour.YELLOW
        for colour in Colour:
            found = session.scalars(
                select(Deadline.id).where(deadlines.queries.shines(colour, at, calendar, scheme))
            )
            assert list(found) == ([id] if colour is Colour.YELLOW else [])
    for given, error in ((wanted, RuleViolation), (Scheme(yellow_days=2), StaleForm)):
        with pytest.raises(error), transaction(office.engine) as session:
            schemes.publish(
                keeper(office, session), given, note="再改", expected=0 if error is StaleForm else 1
            )


@pytest.mark.parametrize("what", ["ladder", "first lights"])
def test_of_two_editors_one_is_told_to_look_again(
    db: Engine, clock: FixedClock, settings: Settings, what: str
) -> None:
    """The second sees that the first was faster, or is refused by the unique version: never two of one number."""
    make_cases(db)
    office = Office(db, clock, settings)
    ready = threading.Barrier(2)

    def ladder(n: int) -> None:
        publish(office, [*SHORT, WantedStep(10 + n, "escalate", to=("leader",))], 1)

    def light(n: int) -> None:
        with transaction(db) as session:
            schemes.publish(keeper(office, session), Scheme(yellow_days=2 + n), note="改", expected=0)

    outcomes: list[str] = []

    def run(act: Callable[[int], None], n: int) -> None:
        ready.wait()
        try:
            act(n)
            outcomes.append("done")
        except Exception as error:
            outcomes.append(type(error).__name__)

    act = ladder if what == "ladder" else light
    threads = [threading.Thread(target=run, args=(act, n)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["StaleForm", "done"]
