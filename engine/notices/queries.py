"""Reads: the register with its filters, one sheet for its page, those of a work item, and counts by unit and grade."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select

from engine import permissions
from engine.audit.models import AuditEntry
from engine.campaigns.models import Obligation, WorkItem
from engine.clock import start_of_day
from engine.context import Context
from engine.deadlines import Deadline
from engine.deadlines import queries as deadlines
from engine.errors import NotFound
from engine.files import File
from engine.notices import drafting, steps
from engine.notices.models import OPEN, Notice, NoticeGrade, NoticePaper, NoticeReply, NoticeState
from engine.organisation.models import Unit
from engine.permissions import Permission

_ONE_DAY = timedelta(days=1)
#: Days whose beginning and end are instants in every zone; what lies outside is asked for as these.
_FIRST, _LAST = date(1900, 1, 1), date.max - _ONE_DAY


@dataclass(frozen=True)
class Filter:
    """What of the register is wanted; nothing means all. Days are those of the issue, both inclusive."""

    grade: NoticeGrade | None = None
    state: NoticeState | None = None
    #: Those with something still to be done about them.
    is_open: bool = False
    #: Those that went out and were not cancelled.
    is_sent: bool = False
    unit_id: int | None = None
    year: int | None = None
    issued_from: date | None = None
    issued_until: date | None = None
    #: In the number, the matter or the title of the item.
    search: str = ""


@dataclass(frozen=True)
class Line:
    """One line of the register."""

    notice: Notice
    item: WorkItem
    unit: Unit


@dataclass(frozen=True)
class NoticeDetail:
    """One sheet with what hangs on it. ``deadlines`` by kind, the newest of each."""

    notice: Notice
    item: WorkItem
    obligation: Obligation | None
    unit: Unit
    office: Unit
    former: Notice | None
    follower: Notice | None
    replies: Sequence[NoticeReply]
    papers: Sequence[tuple[NoticePaper, File]]
    deadlines: Mapping[str, Deadline]


@dataclass(frozen=True)
class UnitCount:
    """How many sheets went out to a unit, by grade."""

    unit: Unit
    by_grade: Mapping[NoticeGrade, int]

    @property
    def total(self) -> int:
        return sum(self.by_grade.values())


def register(ctx: Context, wanted: Filter, *, after: int | None = None, limit: int = 50) -> list[Line]:
    """Sheets that the actor may read, newest first; ``after`` is the id of the last one seen."""
    every = (
        select(Notice, WorkItem, Unit)
        .join(WorkItem, WorkItem.id == Notice.work_item_id)
        .join(Unit, Unit.id == Notice.unit_id)
    )
    query = _narrowed(ctx, every, wanted)
    if wanted.search:
        query = query.where(
            or_(
                *(
                    column.contains(wanted.search, autoescape=True)
                    for column in (Notice.number_text, Notice.matter, WorkItem.title)
                )
            )
        )
    if wanted.state is None:  # a draft that came to nothing is worth a look only when asked for
        query = query.where(or_(Notice.state != NoticeState.CANCELLED, Notice.number.is_not(None)))
    if after is not None:
        query = query.where(Notice.id < after)
    return [Line(*row) for row in ctx.session.execute(query.order_by(Notice.id.desc()).limit(limit))]


def years(ctx: Context) -> Sequence[int]:
    """The years in which sheets that the actor may read have numbers, newest first."""
    query = permissions.narrow(
        ctx, Permission.NOTICE_READ, Notice, select(Notice.year).where(Notice.year.is_not(None)).distinct()
    )
    return [year for year in ctx.session.scalars(query.order_by(Notice.year.desc())) if year is not None]


def counts(ctx: Context, wanted: Filter) -> list[UnitCount]:
    """How many sheets went out, by unit and grade, the units with most first. Cancelled ones do not count."""
    every = select(Notice.unit_id, Notice.grade, func.count()).group_by(Notice.unit_id, Notice.grade)
    wanted = replace(wanted, is_sent=True)
    found: dict[int, dict[NoticeGrade, int]] = {}
    for unit_id, grade, count in ctx.session.execute(_narrowed(ctx, every, wanted)):
        found.setdefault(unit_id, {})[NoticeGrade(grade)] = count
    units = {u.id: u for u in ctx.session.scalars(select(Unit).where(Unit.id.in_(found)))}
    rows = [UnitCount(units[id], by_grade) for id, by_grade in found.items()]
    return sorted(rows, key=lambda row: (-row.total, row.unit.pinyin_key, row.unit.id))


def of_work_item(ctx: Context, work_item_id: int) -> Sequence[Notice]:
    """The sheets about an item and its reports that the actor may read, newest first."""
    query = permissions.narrow(ctx, Permission.NOTICE_READ, Notice, select(Notice))
    return ctx.session.scalars(
        query.where(Notice.work_item_id == work_item_id).order_by(Notice.id.desc())
    ).all()


def readable_history(ctx: Context, entries: Sequence[AuditEntry]) -> list[AuditEntry]:
    """The entries of an item's stream without those about sheets that the actor may not read, as drafts are."""
    about = {entry.subject_id for entry in entries if entry.subject_type == "notice"}
    if not about:
        return list(entries)
    query = permissions.narrow(ctx, Permission.NOTICE_READ, Notice, select(Notice.id))
    known = set(ctx.session.scalars(query.where(Notice.id.in_(about))))
    return [entry for entry in entries if entry.subject_type != "notice" or entry.subject_id in known]


def beginning(ctx: Context, work_item_id: int, obligation_id: int | None, grade: str) -> drafting.Suggestion:
    """What a new sheet would begin with, for its form. Raises NotFound, AccessDenied, InvalidInput."""
    item = permissions.find(ctx, Permission.NOTICE_DRAFT, WorkItem, work_item_id, lock=False)
    return drafting.suggest(ctx, item, obligation_id, grade)


def notice_detail(ctx: Context, notice_id: int) -> NoticeDetail:
    """One sheet for its page. Raises NotFound, AccessDenied."""
    notice = permissions.find(ctx, Permission.NOTICE_READ, Notice, notice_id, lock=False)
    session = ctx.session
    readable = permissions.expression(ctx, Permission.NOTICE_READ, Notice)
    former = session.scalar(select(Notice).where(Notice.id == notice.former_id, readable))
    follower = session.scalars(
        select(Notice).where(Notice.former_id == notice.id, readable).order_by(Notice.id.desc())
    ).first()
    replies = session.scalars(
        select(NoticeReply).where(NoticeReply.notice_id == notice.id).order_by(NoticeReply.round)
    ).all()
    return NoticeDetail(
        notice=notice,
        item=session.get_one(WorkItem, notice.work_item_id),
        obligation=session.get(Obligation, notice.obligation_id) if notice.obligation_id else None,
        unit=session.get_one(Unit, notice.unit_id),
        office=session.get_one(Unit, notice.office_unit_id),
        former=former,
        follower=follower,
        replies=replies,
        papers=papers(ctx, notice.id),
        deadlines={d.kind: d for d in deadlines.of_subject(session, ("notice", notice.id))},
    )


def papers(ctx: Context, notice_id: int) -> list[tuple[NoticePaper, File]]:
    """The archived papers of a sheet, Word first. The caller has decided about access."""
    rows = ctx.session.execute(
        select(NoticePaper, File)
        .join(File, File.id == NoticePaper.file_id)
        .where(NoticePaper.notice_id == notice_id)
        .order_by(NoticePaper.format)
    )
    return [(paper, file) for paper, file in rows]


def paper(ctx: Context, notice_id: int, form: str) -> tuple[NoticePaper, File]:
    """One archived paper, decided by its sheet. Raises NotFound, AccessDenied."""
    permissions.find(ctx, Permission.NOTICE_READ, Notice, notice_id, lock=False)
    found = next((one for one in papers(ctx, notice_id) if one[0].format == form), None)
    if found is None:
        raise NotFound()
    return found


def due_of(detail: NoticeDetail) -> Deadline | None:
    """The limit that runs now: of the receipt, then of the reply."""
    kind = steps.RECEIPT if detail.notice.state == NoticeState.ISSUED else steps.REPLY
    found = detail.deadlines.get(kind)
    return found if found is not None and found.is_live else None


def _narrowed(ctx: Context, every: Any, wanted: Filter) -> Select[Any]:
    query: Select[Any] = permissions.narrow(ctx, Permission.NOTICE_READ, Notice, every)
    for column, value in (
        (Notice.grade, wanted.grade),
        (Notice.state, wanted.state),
        (Notice.unit_id, wanted.unit_id),
        (Notice.year, wanted.year),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.is_sent:
        query = query.where(Notice.issued_at.is_not(None), Notice.state != NoticeState.CANCELLED)
    if wanted.is_open:
        query = query.where(Notice.state.in_(OPEN))
    if wanted.issued_from is not None:
        query = query.where(Notice.issued_at >= start_of_day(max(wanted.issued_from, _FIRST)))
    if wanted.issued_until is not None:
        query = query.where(Notice.issued_at < start_of_day(min(wanted.issued_until, _LAST) + _ONE_DAY))
    return query
