"""Numbers without gaps within an office and a year, however many issue at once.

The counter's row is the last lock of a transaction: it is taken when everything else has been written, and held until
the commit that makes the number true. What is rolled back gives its number back.
"""

from collections.abc import Sequence
from functools import cache
from typing import cast

from sqlalchemy import Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

from engine import audit, outbox
from engine.campaigns.work_items import stream
from engine.clock import local_date
from engine.context import Context
from engine.db import Session
from engine.notices import rules
from engine.notices.models import Notice, NoticeCounter, NoticeState
from engine.organisation.models import Unit

_COUNTER = cast(Table, NoticeCounter.__table__)


def give_at_end(ctx: Context, notice: Notice, office: Unit) -> None:
    """Have the sheet numbered and thereby issued when the transaction's writes are sent."""
    ctx.session.at_end(_give, (ctx, notice, office), model=Notice)


def _give(session: Session, waiting: Sequence[tuple[Context, Notice, Unit]]) -> None:
    for ctx, notice, office in sorted(waiting, key=lambda one: (one[2].id, one[1].id)):
        now = ctx.clock.now()
        year = local_date(now).year
        number = session.connection().execute(
            _count(session.get_bind().dialect.name), {"office_unit_id": office.id, "year": year, "last": 1}
        ).scalar_one()  # fmt: skip
        notice.year, notice.number, notice.issued_at = year, number, now
        notice.number_text = rules.number_text(
            ctx.settings.notice_number_form, office=office.short_name, year=year, number=number
        )
        notice.state = NoticeState.ISSUED
        # The stream's head is locked already: the issue was recorded before.
        audit.record(
            ctx,
            stream(notice.work_item_id),
            "notice.numbered",
            ("notice", notice.id),
            number=notice.number_text,
        )
        outbox.publish(ctx, "notice.issued", ("notice", notice.id), due_on=notice.reply_on.isoformat())
    session.flush()


@cache
def _count(dialect: str) -> Executable:
    born = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(_COUNTER)
    counted = born.on_conflict_do_update(
        index_elements=["office_unit_id", "year"], set_={"last": _COUNTER.c.last + 1}
    )
    return counted.returning(_COUNTER.c.last)
