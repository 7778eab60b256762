"""The digest: what is due within seven days, in one message on the morning of each working day, for those who want it.

Made once per person and morning; a scheduler that was down in the morning makes it when it is back, that day.
"""

import uuid
from datetime import date, time, timedelta

from sqlalchemy import ColumnElement, Engine, or_, select

from engine import working_days
from engine.clock import SHANGHAI, Clock, local_date
from engine.context import Actor, Context
from engine.db import retrying, transaction
from engine.settings import Settings
from notifications import duties, gathering, wordings
from notifications.models import Notification, Preference
from notifications.preferences import DIGEST

#: From when on in the morning.
HOUR = time(8, 30)
AHEAD = timedelta(days=7)
#: As many duties as one message lists; the title counts them all.
LISTED = 50


def send_due(engine: Engine, clock: Clock, settings: Settings) -> int:
    """Make the digests of today that are not made yet; returns how many people were looked at."""
    now = clock.now()
    if now.astimezone(SHANGHAI).time() < HOUR:
        return 0
    today, looked_at = local_date(now), 0
    with transaction(engine, read_only=True) as session:
        ids = session.scalars(
            select(Preference.person_id).where(*_waits(today)).order_by(Preference.person_id)
        ).all()
        if not ids or not working_days.load(session).is_workday(today):
            return 0
    for person_id in ids:
        looked_at += retrying(lambda id=person_id: _make(engine, clock, settings, id, today))  # type: ignore[misc]
    return looked_at


def _waits(today: date) -> tuple[ColumnElement[bool], ...]:
    return Preference.digest.is_(True), or_(Preference.digest_on.is_(None), Preference.digest_on < today)


def _make(engine: Engine, clock: Clock, settings: Settings, person_id: int, today: date) -> int:
    with transaction(engine) as session:
        mine = select(Preference).where(Preference.person_id == person_id, *_waits(today))
        row = session.scalars(mine.with_for_update(skip_locked=True)).one_or_none()
        if row is None:
            return 0  # another process was faster
        row.digest_on = today
        found = duties.owed_by(session, person_id, today, since=today, until=today + AHEAD)
        if not found:
            return 1
        listed = [
            {
                **one.named, "due_on": one.deadline.due_on.isoformat(), "deadline_kind": one.deadline.kind,
                "provisional": one.deadline.provisional,
            }
            for one in found[:LISTED]
        ]  # fmt: skip
        own = wordings.current_ids(session).get(DIGEST)
        news = Notification(
            message_id=str(uuid.uuid4()), person_id=person_id, kind=DIGEST, subject_type="person",
            subject_id=person_id, template_id=own, params={"count": len(found), "due": listed}, created_at=clock.now(),
        )  # fmt: skip
        session.add(news)
        session.flush()
        ctx = Context(session, Actor.system("notifications"), clock, settings)
        gathering.for_people(ctx, {person_id: [(news.id, DIGEST)]})
        return 1
