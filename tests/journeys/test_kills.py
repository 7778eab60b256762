"""Server and scheduler are killed at random moments under load: nothing that was answered is lost, nothing doubled.

Real processes on PostgreSQL, at least twenty requests under way at each kill of the server, deadlines that pass and
escalate meanwhile. Afterwards the notes of those who worked are held against what is stored.
"""

import logging
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from engine import queue
from engine.campaigns import key_tasks
from engine.campaigns.models import KeyTask, WorkItem
from engine.campaigns.rules import Limit
from engine.clock import FixedClock, SystemClock, local_date
from engine.context import Actor, Context
from engine.db import transaction
from engine.deadlines import Deadline, DeadlineStep
from engine.evidence.models import EvidenceFile, Submission
from engine.files import File
from engine.reviews.models import Review
from engine.settings import Settings
from notifications.models import Notification
from tests.consistency import assert_consistent, come_to_rest
from tests.engine.campaigns.city import SYSTEM, City, Staff
from tests.factories import make_token
from tests.journeys.load import Clerk, Item, Load
from tests.journeys.programs import Program, free_port, mark_current

log = logging.getLogger(__name__)

CLERKS = 28
UNITS = 14
IN_FLIGHT = 20


@dataclass(frozen=True)
class Plan:
    """How much of it. ``sleepers``: key tasks on which nobody works, so that their deadlines pass."""

    server_kills: int
    scheduler_kills: int
    schedulers: int
    sleepers: int
    #: Over how many seconds the sleepers' deadlines come to be seen.
    spread: int


@pytest.fixture
def settings(pg_url: str, settings: Settings) -> Settings:
    return replace(settings, database_url=pg_url, tick_seconds=0.5)


@dataclass
class House:
    """The city, and the programs that serve it."""

    db: Engine
    settings: Settings
    folder: Path
    port: int = field(default_factory=free_port)
    programs: list[Program] = field(default_factory=list)

    def program(self, *words: str) -> Program:
        log = self.folder / f"{len(self.programs)}-{words[0]}.log"
        made = Program(self.settings, log, *words)
        self.programs.append(made)
        return made

    def server(self) -> Program:
        return self.program("serve", "--no-scheduler", "--port", str(self.port), "--threads", "24")


@pytest.fixture
def house(db: Engine, settings: Settings, tmp_path: Path) -> Iterator[House]:
    mark_current(db)
    house = House(db, settings, tmp_path)
    yield house
    for program in house.programs:
        program.kill()


def test_kills_under_load_lose_nothing_and_double_nothing(house: House) -> None:
    survive(house, Plan(server_kills=1, scheduler_kills=1, schedulers=1, sleepers=2, spread=10))


@pytest.mark.soak
def test_twenty_kills_under_load_lose_nothing_and_double_nothing(house: House) -> None:
    survive(house, Plan(server_kills=10, scheduler_kills=10, schedulers=2, sleepers=15, spread=240))


def survive(house: House, plan: Plan) -> None:
    seed = random.randrange(2**32)
    log.warning("seed %s", seed)
    dice = random.Random(seed)
    items = a_city_two_months_ago(house, plan, dice)

    log.info("the city stands")
    server = house.server().start()
    schedulers = [house.program("scheduler").start() for _ in range(plan.schedulers)]
    load = Load(house.port)
    load.up.set()
    dice.shuffle(items)
    clerks = [Clerk(load, items[n::CLERKS], dice.randrange(2**32)) for n in range(CLERKS)]
    for clerk in clerks:
        clerk.start()
    try:
        kill_at_random(load, server, schedulers, plan, dice)
    finally:
        load.enough.set()
        load.up.set()
        for clerk in clerks:
            clerk.join(150)
    log.info("the kills are over")
    assert load.trouble == []
    assert not any(clerk.is_alive() for clerk in clerks)
    assert [program.stop() for program in (server, *schedulers)] == [0] * (1 + plan.schedulers)
    assert [line for program in house.programs for line in program.errors()] == []

    # What a killed worker held is free when its lease has ended.
    clock = FixedClock(SystemClock().now() + queue.LEASE + timedelta(minutes=1))
    come_to_rest(house.db, house.settings, clock)
    log.warning(
        "%s acts, %s cut, %s replayed, %s rivals",
        len(load.acts),
        load.cut,
        load.replayed,
        load.rivals_refused,
    )
    assert load.cut >= plan.server_kills * IN_FLIGHT / 2
    log.info("everything is at rest")
    with transaction(house.db, read_only=True) as session:
        each_answer_is_kept_once(session, load)
        each_step_fired_once(session)
        each_person_was_told_once(session)
    assert_consistent(house.db, house.settings, now=clock.now())

    # And the story goes on from there: windows end, what was late escalates to the end of its ladder.
    clock.move(days=60)
    come_to_rest(house.db, house.settings, clock)
    with transaction(house.db, read_only=True) as session:
        each_step_fired_once(session)
        closed = session.scalar(select(func.count()).where(WorkItem.state == "closed"))
        sampled = session.scalar(select(func.count()).where(WorkItem.settled_at.is_not(None)))
        assert closed == sampled
    assert_consistent(house.db, house.settings, now=clock.now())


# The city.


def a_city_two_months_ago(house: House, plan: Plan, dice: random.Random) -> list[Item]:
    """Two key tasks for the clerks and some for nobody, dispatched long enough ago that everything is late."""
    clock = FixedClock(SystemClock().now() - timedelta(days=60))
    city = City(house.db, clock, house.settings)
    staff = [city.staff(city.government) for _ in range(UNITS)]
    limits = [
        Limit(kind, {"rule": "fixed_date", "on": str(local_date(clock.now() + timedelta(days))), "text": title}, title)  # type: ignore[arg-type]
        for kind, days, title in (("milestone", 10, "启动"), ("milestone", 20, "中期"), ("final", 30, "办结"))
    ]  # fmt: skip
    keys = [
        city.new_key_task(number, responsible=[one.id for one in staff], limits=tuple(limits))
        for number in range(1, 3 + plan.sleepers)
    ]
    campaign = city.campaign(*keys, year=local_date(clock.now()).year)
    city.act(SYSTEM, confirm_all, city.officer, campaign.id)
    city.drain()
    tokens = {
        actor: city.act(SYSTEM, make_token, actor) for one in (*staff, city.lead) for actor in people(one)
    }
    by_unit = {one.id: one for one in staff}
    items = city.read(lambda session: session.scalars(select(WorkItem).order_by(WorkItem.id)).all())
    assert len(items) == len(keys) * UNITS
    worked = [item for item in items if item.number.partition("-")[0] in ("1", "2")]
    spread_out(house.db, [item.id for item in items if item not in worked], plan.spread, dice)
    return [
        Item(
            item.id, tokens[by_unit[item.unit_id].reporter], tokens[by_unit[item.unit_id].head],
            tokens[city.lead.head],
        )
        for item in worked
    ]  # fmt: skip


def people(staff: Staff) -> tuple[Actor, Actor]:
    return staff.reporter, staff.head


def confirm_all(ctx: Context, officer: Actor, campaign_id: int) -> None:
    by_officer = replace(ctx, actor=officer)
    for id in ctx.session.scalars(select(KeyTask.id).where(KeyTask.campaign_id == campaign_id)).all():
        key_tasks.confirm_assignment(by_officer, id, progress=None)


def spread_out(db: Engine, work_items: list[int], seconds: int, dice: random.Random) -> None:
    """Let the deadlines of these items come before the sweep bit by bit, all through the kills."""
    now = SystemClock().now()
    with transaction(db) as session:
        found = Deadline.subject_type == "work_item", Deadline.subject_id.in_(work_items)
        for deadline in session.scalars(select(Deadline).where(*found)):
            deadline.next_action_at = now + timedelta(seconds=dice.uniform(0, seconds))


# The kills.


def kill_at_random(
    load: Load, server: Program, schedulers: list[Program], plan: Plan, dice: random.Random
) -> None:
    victims = ["server"] * plan.server_kills + ["scheduler"] * plan.scheduler_kills
    dice.shuffle(victims)
    for victim in victims:
        log.info("a %s is going to be killed", victim)
        if victim == "server":
            load.wait_for_answers(dice.randint(10, 60), in_flight=IN_FLIGHT)
            load.up.clear()
            server.kill()
            server.start()
            load.up.set()
        else:
            load.wait_for_answers(dice.randint(10, 60))
            scheduler = dice.choice(schedulers)
            scheduler.kill()
            scheduler.start()
    load.wait_for_answers(30)


# Afterwards.


def each_answer_is_kept_once(session: Session, load: Load) -> None:
    """What clerks were answered is what is stored, no more and no less."""
    of = {verb: [act for act in load.acts if act.verb == verb] for verb in {act.verb for act in load.acts}}
    assert set(of) == {"acknowledge", "file_plan", "submit", "sign_off", "decide"}

    submitted = {
        (row.obligation_id, row.round, row.id, row.text) for row in session.scalars(select(Submission))
    }
    assert Counter(submitted) == Counter(
        (act.subject_id, act.answer["round"], act.answer["id"], act.sent["text"]) for act in of["submit"]
    )
    evidence = Counter(
        tuple(row) for row in session.execute(select(EvidenceFile.submission_id, EvidenceFile.file_id))
    )
    assert evidence == Counter((act.answer["id"], id) for act in of["submit"] for id in act.sent["files"])

    signed = select(Submission).where(Submission.signed_at.is_not(None))
    assert Counter((row.id, row.state != "refused") for row in session.scalars(signed)) == Counter(
        (act.answer["id"], act.sent["signed"]) for act in of["sign_off"]
    )
    decided = select(Review).where(Review.decided_at.is_not(None))
    assert Counter((row.id, row.state, row.reasons) for row in session.scalars(decided)) == Counter(
        (act.subject_id, "approved" if act.sent["approved"] else "returned", act.sent["reasons"])
        for act in of["decide"]
    )
    acknowledged = select(WorkItem.id).where(WorkItem.acknowledged_at.is_not(None))
    assert Counter(session.scalars(acknowledged)) == Counter(act.subject_id for act in of["acknowledge"])
    planned = select(WorkItem).where(WorkItem.plan_filed_at.is_not(None))
    assert Counter((row.id, row.plan_text) for row in session.scalars(planned)) == Counter(
        (act.subject_id, act.sent["text"]) for act in of["file_plan"]
    )
    taken = {id for verb in ("submit", "file_plan") for act in of[verb] for id in act.sent["files"]}
    kept: dict[int, Any] = dict(
        session.execute(select(File.id, File.sha256).where(File.state == "kept")).all()
    )
    assert kept == {id: load.staged[id] for id in taken}
    assert len(taken) > 0


def each_step_fired_once(session: Session) -> None:
    """A step of a ladder has one record and one entry in the audit; the audit knows of no other."""
    steps = Counter(
        session.execute(
            select(DeadlineStep.deadline_id, DeadlineStep.step).where(DeadlineStep.outcome == "fired")
        ).all()
    )
    told = session.execute(
        text(
            "SELECT (detail::json->>'deadline_id')::bigint, detail::json->>'step' FROM audit_entry "
            "WHERE action IN ('deadline.reminded', 'deadline.passed', 'deadline.escalated')"
        )
    )
    assert steps == Counter((id, step) for id, step in told)
    assert steps
    # Of a deadline that was extended after a return each step may come again, for its new date.
    again = select(DeadlineStep.deadline_id, DeadlineStep.step, DeadlineStep.due_at)
    assert max(Counter(session.execute(again).all()).values()) == 1


def each_person_was_told_once(session: Session) -> None:
    told = Counter(session.execute(select(Notification.message_id, Notification.person_id)).all())
    assert told
    assert max(told.values()) == 1
