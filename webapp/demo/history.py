"""Months of history: day after day people look into their inboxes and do what has its turn.

It begins with the plan and ends at the real present, so that the lights of the demo are always of today.
"""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import audit
from engine.campaigns import obligations
from engine.campaigns.models import KeyTaskLimit, LimitKind
from engine.clock import start_of_day
from engine.context import Actor
from engine.inspections import sampling
from engine.inspections import service as inspections
from engine.inspections.models import Draw, InspectionRound, RoundInspector
from engine.process.models import UserTask, UserTaskState
from engine.urging import service as urging
from notifications import messages
from notifications.models import Notification
from webapp.demo import changes, conduct, intake, words
from webapp.demo.acting import Edge
from webapp.demo.city import City
from webapp.demo.story import Story
from webapp.demo.turns import TURNS

#: When people take up work on a day, in minutes from midnight: from half past nine, with a pause at noon.
_HOURS = [*range(9 * 60 + 30, 12 * 60), *range(14 * 60 + 10, 17 * 60 + 30)]


def live(edge: Edge, city: City) -> None:
    """Everything from the plan's arrival to now."""
    officer = city.people["shenmin"]
    edge.move_to(edge.day(conduct.IMPORTED), 10)
    story = Story(edge, city, intake.bring_in(edge, city, officer))
    for offset in range(conduct.IMPORTED + 1, 0):
        edge.pass_night(edge.day(offset))
        _work(story, officer, offset)
        edge.sweep()
        edge.tell()
        if offset % 10 == 0:
            audit.seal(edge.db, edge.clock, edge.settings)
    edge.pass_night(edge.today)
    edge.clock.move_to(edge.now)
    edge.sweep()
    edge.tell()
    _read_messages(edge, city)
    audit.seal(edge.db, edge.clock, edge.settings)


def _work(story: Story, officer: Actor, offset: int) -> None:
    """A working day: what was planned for it, and what people find in their inboxes."""
    edge = story.edge
    edge.move_to(edge.on, 9, 10)
    _follow_script(story, officer, offset)
    waiting = select(UserTask).where(UserTask.state == UserTaskState.OPEN).order_by(UserTask.id)
    due = [
        one
        for one in edge.read(lambda session: session.scalars(waiting).all())
        if one.form_key in TURNS and _has_come(story, one)
    ]
    due.sort(key=lambda one: one.id * 7919 % 1009)
    for place, one in enumerate(due):
        minute = _HOURS[place * len(_HOURS) // len(due)]
        edge.move_to(edge.on, minute // 60, minute % 60)
        if story.get(UserTask, one.id).state != UserTaskState.OPEN:
            continue  # what somebody did earlier in the day has settled it
        TURNS[one.form_key][1](story, one)
        edge.drain()


def _has_come(story: Story, one: UserTask) -> bool:
    """Whether its day is here; each is asked for its day once, when it has come up."""
    if one.id not in story.turns:
        story.turns[one.id] = TURNS[one.form_key][0](story, one) or date.max
    return story.turns[one.id] <= story.edge.on


def _follow_script(story: Story, officer: Actor, offset: int) -> None:
    edge = story.edge
    for number, one in story.key_tasks.items():
        if (
            number not in conduct.UNCONFIRMED
            and conduct.CONFIRMED_LATE.get(number, conduct.DISPATCHED) == offset
        ):
            edge.clock.move(minutes=2)
            intake.dispatch(edge, officer, one)
    edge.drain()
    for number, day in enumerate((conduct.FIRST_ROUND, conduct.SECOND_ROUND), 1):
        if offset == day - 1:
            _prepare_round(story, officer, f"第{'一二'[number - 1]}轮随机抽查")
        elif offset == day:
            edge.act(officer, inspections.draw, number, _number_that_fits(story, number))
            edge.drain()
    if offset == conduct.SECOND_ROUND - 3:
        edge.act(officer, inspections.close_round, 1)
    changes.follow_script(story, officer, offset)
    for day, number, unit in conduct.URGED:
        if day == offset:
            edge.act(officer, urging.urge, story.item(number, unit).id, text=words.URGE)
    for day, number, unit, text in conduct.EVENTS:
        if day == offset:
            _record_event(story, number, unit, text)
    if offset == -1:
        intake.leave_waiting(edge, officer)


def _record_event(story: Story, number: int, unit: str, text: int) -> None:
    item = story.item(number, unit)
    limit = select(KeyTaskLimit.id).where(
        KeyTaskLimit.key_task_id == item.key_task_id, KeyTaskLimit.kind == LimitKind.EVENT
    )
    limit_id = story.edge.read(lambda session: session.scalars(limit.order_by(KeyTaskLimit.id)).first())
    assert limit_id is not None
    reporter = next(actor for actor in story.city.people.values() if item.unit_id in actor.units())
    titles = words.EVENTS if number == 1 else words.REQUESTS
    story.edge.act(
        reporter, obligations.record_event, item.id, limit_id=limit_id, title=titles[text], on=story.edge.on
    )


def _prepare_round(story: Story, officer: Actor, title: str) -> None:
    """Freeze the lists; the number comes out in the evening, so that the draw is on the next day."""
    on = story.edge.on
    source = f"{on.year}年{on.month}月{on.day}日福彩3D开奖号码"
    story.edge.act(
        officer, inspections.prepare_round, story.campaign_id, title=title, rate=40, seed_source=source
    )


def _number_that_fits(story: Story, round_id: int) -> str:
    """Of the thousand numbers that may come out, one by which the demo's inspector has enough to do.

    The draw itself is the real one; only which number "came out" is ours to invent.
    """
    row = story.get(InspectionRound, round_id)
    busy = story.city.people[conduct.BUSY_INSPECTOR].person_id

    def pools(session: Session) -> tuple[list[Draw], list[sampling.Inspector]]:
        lots = list(session.scalars(select(Draw).where(Draw.round_id == row.id)))
        people = session.scalars(select(RoundInspector).where(RoundInspector.round_id == row.id))
        return lots, [sampling.Inspector(one.person_id, frozenset(one.lines.split())) for one in people]

    lots, inspectors = story.edge.read(pools)
    paths = {lot.work_item_id: lot.unit_path for lot in lots}
    running = {lot.work_item_id for lot in lots if lot.number.startswith("4-")}
    size = sampling.sample_size(row.population_size, row.rate)
    for number in range(1000):
        seed = " ".join(f"{(number * 617 + 358) % 1000:03d}")
        drawn = [one.key for one in sampling.draw(seed, row.population_hash, paths, size)]
        found = sampling.assign(seed, row.population_hash, [(key, paths[key]) for key in drawn], inspectors)
        chosen = [one.inspector for one in found]
        if chosen.count(busy) >= 2 and (not running or len(running & set(drawn)) >= 2):
            return seed
    raise AssertionError("no number fits: more inspectors than items?")


def _read_messages(edge: Edge, city: City) -> None:
    """Everybody has read the news, except those of the last days."""
    since = edge.day(-3)
    for person in city.people.values():
        old = select(Notification.id).where(
            Notification.person_id == person.person_id, Notification.created_at < start_of_day(since)
        )
        ids = edge.read(lambda session, old=old: session.scalars(old).all())  # type: ignore[misc]
        if ids:
            edge.act(person, messages.mark_read, ids)
