"""Urging by hand: throttled per item and per person, told to the unit in one message for all that gathers meanwhile.

What a unit is urged about waits `urging_gather_seconds` in the queue. Each act puts a piece of work of its own: the first
to be due tells all that is there, the others find nothing left; so none is lost whatever commits in between.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from engine import audit, outbox, permissions, queue, working_days
from engine.campaigns.models import Obligation, WorkItem
from engine.campaigns.work_items import WORKING, stream
from engine.clock import local_date, start_of_day
from engine.context import Context
from engine.errors import RuleViolation
from engine.organisation.models import Person
from engine.permissions import Permission
from engine.urging import rules
from engine.urging.models import Urging, UrgingKind
from engine.urging.rules import Last

TELL_TOPIC = "urging.tell"
#: Items that one message lists; it counts them all.
LISTED = 50


@dataclass(frozen=True)
class Outcome:
    """What became of one item of a list: urged, or why not."""

    item: WorkItem
    refusal: RuleViolation | None


def urge(ctx: Context, work_item_id: int, *, text: str = "") -> WorkItem:
    """催办 one item. RuleViolation when nothing is owed, or it was urged too recently: the error says by whom."""
    words = rules.words_of(text)
    item = permissions.find(ctx, Permission.WORK_ITEM_URGE, WorkItem, work_item_id)
    done = _done_today(ctx)
    _urge(ctx, item, words, UrgingKind.SINGLE, done)
    _tell_later(ctx, [item])
    return item


def urge_many(ctx: Context, work_item_ids: Collection[int], *, text: str = "") -> list[Outcome]:
    """催办 several items chosen from a list; those that may not be urged now are left out, with the reason.

    NotFound or AccessDenied when one of them is none of the actor's: no list shows such.
    """
    words, ids = rules.words_of(text), sorted(set(work_item_ids))
    rules.check_chosen(ids)
    items = [permissions.find(ctx, Permission.WORK_ITEM_URGE, WorkItem, id) for id in ids]
    done, outcomes = _done_today(ctx), list[Outcome]()
    for item in items:
        try:
            _urge(ctx, item, words, UrgingKind.BATCH, done)
        except RuleViolation as refusal:
            outcomes.append(Outcome(item, refusal))
        else:
            done += 1
            outcomes.append(Outcome(item, None))
    _tell_later(ctx, [outcome.item for outcome in outcomes if outcome.refusal is None])
    return outcomes


def _urge(ctx: Context, item: WorkItem, words: str, kind: UrgingKind, done: int) -> None:
    """One item, which is locked; ``done`` is how often the actor has urged today."""
    now = ctx.clock.now()
    reports = ctx.session.scalars(select(Obligation.state).where(Obligation.work_item_id == item.id)).all()
    rules.check_owed(item.state, suspended=item.suspended_at is not None, reports=reports)
    calendar = working_days.load_of(ctx.session, item.unit_id)
    pause = ctx.settings.urging_pause_working_days
    rules.check_pause(_last(ctx, item.id), local_date(now), pause, calendar)
    rules.check_daily(done, ctx.settings.urging_daily_max)
    item.urged_at = now
    row = Urging(
        work_item_id=item.id, unit_id=item.unit_id, kind=kind, by_person_id=ctx.actor.person_id,
        by_name=ctx.actor.name, urged_at=now, words=words,
    )  # fmt: skip
    ctx.session.add(row)
    audit.record(ctx, stream(item.id), "work_item.urged", ("work_item", item.id), text=words, kind=kind)


def _last(ctx: Context, work_item_id: int) -> Last | None:
    latest = select(Urging.by_name, Urging.urged_at).where(Urging.work_item_id == work_item_id)
    found = ctx.session.execute(latest.order_by(Urging.id.desc()).limit(1)).one_or_none()
    return Last(*found) if found else None


def _done_today(ctx: Context) -> int:
    """How many items the actor has urged today. Their row is locked, after the items, so that two acts count in turn."""
    if ctx.actor.person_id is None:
        return 0
    own = select(Person.id).where(Person.id == ctx.actor.person_id)
    ctx.session.execute(own.with_for_update(key_share=True)).one()
    since = start_of_day(local_date(ctx.clock.now()))
    mine = select(func.count()).where(Urging.by_person_id == ctx.actor.person_id, Urging.urged_at >= since)
    return ctx.session.scalar(mine) or 0


def _tell_later(ctx: Context, items: Sequence[WorkItem]) -> None:
    run_at = ctx.clock.now() + timedelta(seconds=ctx.settings.urging_gather_seconds)
    first = {item.unit_id: item.id for item in reversed(items)}
    for unit_id, item_id in sorted(first.items()):
        key = f"{TELL_TOPIC}:{unit_id}:{item_id}:{ctx.clock.now().timestamp()}"
        queue.put(ctx, TELL_TOPIC, key, {"unit_id": unit_id}, run_at=run_at)


@queue.topic(TELL_TOPIC)
def tell(ctx: Context, payload: dict[str, Any], _progress: dict[str, Any]) -> None:
    """Queue handler: hand on to a unit, in one message, all that it was urged about and not told yet."""
    unit_id, now = payload["unit_id"], ctx.clock.now()
    waiting = select(Urging).where(Urging.unit_id == unit_id, Urging.told_at.is_(None)).order_by(Urging.id)
    rows = ctx.session.scalars(waiting.with_for_update()).all()
    items = {
        item.id: item
        for item in ctx.session.scalars(
            select(WorkItem).where(WorkItem.id.in_([row.work_item_id for row in rows]))
        )
    }
    for row in rows:
        row.told_at = now
    live = [row for row in rows if items[row.work_item_id].state in WORKING]
    if not live:
        return
    by = "、".join(dict.fromkeys(row.by_name for row in live))
    chosen = {row.work_item_id: row for row in live}
    if len(chosen) == 1:
        row = live[-1]
        words = "；".join(dict.fromkeys(one.words for one in live if one.words))
        outbox.publish(
            ctx, "work_item.urged", ("work_item", row.work_item_id), unit_id=unit_id, text=words, actor=by
        )
        return
    said = [
        {"work_item_id": id, "number": items[id].number, "title": items[id].title, "text": row.words}
        for id, row in list(chosen.items())[:LISTED]
    ]
    outbox.publish(ctx, "unit.urged", ("unit", unit_id), count=len(chosen), urged=said, actor=by)
