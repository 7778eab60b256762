"""Whether an urging or a notice arrived, for those who send them: who was told, who has read it, and by which ways."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from engine import permissions
from engine.campaigns.models import WorkItem
from engine.context import Context
from engine.organisation.models import Person
from engine.permissions import Permission
from notifications.models import Channel, Delivery, DeliveryItem, DeliveryState, Notification

#: What is sent to one unit about one item, by hand or on paper.
KINDS = ("work_item.urged", "notice.issued")
#: Several items in one message: it stands with the unit and lists them.
TOGETHER = "unit.urged"
#: Messages that are looked through, newest first.
MOST = 500


@dataclass(frozen=True)
class Way:
    """One delivery that carries it. ``at``: when it ended, or the next attempt."""

    channel: Channel
    state: DeliveryState
    at: datetime | None


@dataclass(frozen=True)
class Arrival:
    """One person who was told on the site, and by what else."""

    notification: Notification
    person: Person
    ways: Sequence[Way]


def about(ctx: Context, work_item_id: int) -> tuple[WorkItem, list[list[Arrival]]]:
    """The item and each urging or notice about it, newest first, with everybody who was told. For who may urge it."""
    item = permissions.find(ctx, Permission.WORK_ITEM_URGE, WorkItem, work_item_id, lock=False)
    own = select(Notification).where(Notification.work_item_id == item.id, Notification.kind.in_(KINDS))
    together = select(Notification).where(
        Notification.work_item_id.is_(None),
        Notification.kind == TOGETHER,
        Notification.subject_id == item.unit_id,
    )
    found = list(ctx.session.scalars(own.order_by(Notification.id.desc()).limit(MOST)))
    for news in ctx.session.scalars(together.order_by(Notification.id.desc()).limit(MOST)):
        if any(one.get("work_item_id") == item.id for one in news.params.get("urged") or ()):
            found.append(news)
    people = _people(ctx, found)
    ways = _ways(ctx, found)
    messages: dict[str, list[Arrival]] = {}
    for news in sorted(found, key=lambda news: (-news.created_at.timestamp(), news.id)):
        arrival = Arrival(news, people[news.person_id], ways.get(news.id, ()))
        messages.setdefault(news.message_id, []).append(arrival)
    return item, list(messages.values())


def _people(ctx: Context, found: Sequence[Notification]) -> Mapping[int, Person]:
    ids = {news.person_id for news in found}
    return {person.id: person for person in ctx.session.scalars(select(Person).where(Person.id.in_(ids)))}


def _ways(ctx: Context, found: Sequence[Notification]) -> Mapping[int, Sequence[Way]]:
    query = (
        select(DeliveryItem.notification_id, Delivery)
        .join(Delivery, Delivery.id == DeliveryItem.delivery_id)
        .where(DeliveryItem.notification_id.in_([news.id for news in found]))
    )
    ways: dict[int, list[Way]] = {}
    for id, row in ctx.session.execute(query.order_by(Delivery.id)):
        if id is not None:
            way = Way(Channel(row.channel), DeliveryState(row.state), row.ended_at or row.due_at)
            ways.setdefault(id, []).append(way)
    return ways
