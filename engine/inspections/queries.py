"""Reads for the pages of rounds, checks and rectifications, and the certificate of a draw."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import permissions
from engine.context import Context
from engine.files import File
from engine.inspections import sampling
from engine.inspections.certificate import Certificate, Member, PoolMember
from engine.inspections.models import (
    CheckState,
    Draw,
    DrawExclusion,
    ExclusionReason,
    Finding,
    InspectionRound,
    Rectification,
    RectificationFile,
    RectificationReport,
    RoundInspector,
    SiteCheck,
)
from engine.organisation.models import Person, Unit
from engine.permissions import Permission


@dataclass(frozen=True)
class Exclusion:
    """Who or what was left out, as the draw's page shows it. ``number`` or ``person`` may be empty."""

    reason: str
    number: str
    person: str
    unit: str  #: the unit whose line made an inspector stand back


@dataclass(frozen=True)
class Report:
    """What the unit reported in one round, with its files."""

    report: RectificationReport
    files: Sequence[tuple[RectificationFile, File]]


@dataclass(frozen=True)
class FindingDetail:
    """A finding with its rectification (None until the diagram has opened it) and reports, oldest first."""

    finding: Finding
    unit_name: str
    rectification: Rectification | None
    reports: Sequence[Report]


def rounds(
    ctx: Context, *, campaign_id: int | None = None, limit: int = 50, after: int | None = None
) -> Sequence[InspectionRound]:
    """Newest first; ``after`` is the id of the last one seen."""
    query = permissions.narrow(ctx, Permission.ROUND_READ, InspectionRound, select(InspectionRound))
    if campaign_id is not None:
        query = query.where(InspectionRound.campaign_id == campaign_id)
    if after is not None:
        query = query.where(InspectionRound.id < after)
    return ctx.session.scalars(query.order_by(InspectionRound.id.desc()).limit(limit)).all()


def find_round(ctx: Context, round_id: int) -> InspectionRound:
    return permissions.find(ctx, Permission.ROUND_READ, InspectionRound, round_id, lock=False)


def certificate(ctx: Context, round_id: int) -> Certificate:
    """Everything that is needed to repeat the draw. Tickets of items not selected are computed here."""
    row = find_round(ctx, round_id)
    lots = ctx.session.scalars(select(Draw).where(Draw.round_id == row.id).order_by(Draw.work_item_id))
    pool = ctx.session.scalars(
        select(RoundInspector).where(RoundInspector.round_id == row.id).order_by(RoundInspector.person_id)
    )
    left = set(
        ctx.session.scalars(
            select(DrawExclusion.person_id).where(
                DrawExclusion.round_id == row.id, DrawExclusion.reason == ExclusionReason.LEFT
            )
        )
    )
    return Certificate(
        round=row.id,
        title=row.title,
        rate=row.rate,
        seed_source=row.seed_source,
        seed=row.seed,
        population_hash=row.population_hash,
        inspector_hash=row.inspector_hash,
        prepared_at=row.prepared_at.isoformat(),
        drawn_at=row.drawn_at.isoformat() if row.drawn_at else None,
        population=tuple(
            Member(
                key=lot.work_item_id,
                number=lot.number,
                unit=lot.unit_name,
                unit_path=lot.unit_path,
                ticket=None
                if row.seed is None
                else lot.ticket or sampling.ticket(row.seed, row.population_hash, lot.work_item_id),
                rank=lot.rank,
                inspector=lot.inspector_person_id,
            )
            for lot in lots
        ),
        inspectors=tuple(
            PoolMember(
                key=member.person_id,
                name=member.name,
                unit=member.unit_name,
                lines=tuple(member.lines.split()),
                left=member.person_id in left,
            )
            for member in pool
        ),
    )


def population(ctx: Context, round_id: int, *, after: int = 0, limit: int = 100) -> Sequence[Draw]:
    """The frozen list by item id, in pages; ``after`` is the last work item id seen."""
    row = find_round(ctx, round_id)
    query = select(Draw).where(Draw.round_id == row.id, Draw.work_item_id > after)
    return ctx.session.scalars(query.order_by(Draw.work_item_id).limit(limit)).all()


def selected(
    ctx: Context, round_id: int, *, after: int = 0, limit: int = 100
) -> Sequence[tuple[Draw, SiteCheck | None]]:
    """The drawn items by rank, each with its present check; ``after`` is the last rank seen."""
    row = find_round(ctx, round_id)
    query = (
        select(Draw, SiteCheck)
        .outerjoin(
            SiteCheck,
            (SiteCheck.round_id == Draw.round_id)
            & (SiteCheck.work_item_id == Draw.work_item_id)
            & (SiteCheck.state != CheckState.WITHDRAWN),
        )
        .where(Draw.round_id == row.id, Draw.rank > after)
    )
    return [(lot, check) for lot, check in ctx.session.execute(query.order_by(Draw.rank).limit(limit))]


def exclusions(ctx: Context, round_id: int, *, limit: int = 500) -> Sequence[Exclusion]:
    row = find_round(ctx, round_id)
    query = (
        select(DrawExclusion, func.coalesce(Draw.number, ""), func.coalesce(Person.name, ""), Unit.name)
        .outerjoin(
            Draw,
            (Draw.round_id == DrawExclusion.round_id) & (Draw.work_item_id == DrawExclusion.work_item_id),
        )
        .outerjoin(Person, Person.id == DrawExclusion.person_id)
        .outerjoin(Unit, Unit.path == DrawExclusion.line)
        .where(DrawExclusion.round_id == row.id)
    )
    return [
        Exclusion(entry.reason, number, person, unit or "")
        for entry, number, person, unit in ctx.session.execute(query.order_by(DrawExclusion.id).limit(limit))
    ]


def find_check(ctx: Context, check_id: int) -> SiteCheck:
    return permissions.find(ctx, Permission.CHECK_READ, SiteCheck, check_id, lock=False)


def find_rectification(ctx: Context, rectification_id: int) -> Rectification:
    return permissions.find(ctx, Permission.CHECK_READ, Rectification, rectification_id, lock=False)


def checks_of(ctx: Context, work_item_id: int) -> Sequence[SiteCheck]:
    """All checks of a work item that the actor may see, oldest first."""
    query = permissions.narrow(ctx, Permission.CHECK_READ, SiteCheck, select(SiteCheck))
    return ctx.session.scalars(
        query.where(SiteCheck.work_item_id == work_item_id).order_by(SiteCheck.id)
    ).all()


def my_checks(ctx: Context, *, after: int = 0, limit: int = 50) -> Sequence[SiteCheck]:
    """What the actor was drawn for and has to record or to see rectified; ``after`` is the last id seen."""
    query = select(SiteCheck).where(
        SiteCheck.inspector_person_id == ctx.actor.person_id,
        SiteCheck.state.in_([CheckState.OPEN, CheckState.FINDINGS]),
        SiteCheck.id > after,
    )
    return ctx.session.scalars(query.order_by(SiteCheck.id).limit(limit)).all()


def findings_of(ctx: Context, check_id: int) -> Sequence[FindingDetail]:
    """The findings of a check with everything that was done about them."""
    check = find_check(ctx, check_id)
    rows = ctx.session.execute(
        select(Finding, Unit.name, Rectification)
        .join(Unit, Unit.id == Finding.unit_id)
        .outerjoin(Rectification, Rectification.finding_id == Finding.id)
        .where(Finding.check_id == check.id)
        .order_by(Finding.position)
    ).all()
    reports = _reports(ctx.session, [rectification.id for _, _, rectification in rows if rectification])
    return [
        FindingDetail(finding, unit, rectification, reports.get(rectification.id if rectification else 0, ()))
        for finding, unit, rectification in rows
    ]


def rectification_detail(ctx: Context, rectification_id: int) -> FindingDetail:
    """One rectification with its finding and reports. Raises NotFound, AccessDenied."""
    row = find_rectification(ctx, rectification_id)
    finding, unit = ctx.session.execute(
        select(Finding, Unit.name)
        .join(Unit, Unit.id == row.responsible_unit_id)
        .where(Finding.id == row.finding_id)
    ).one()
    return FindingDetail(finding, unit, row, _reports(ctx.session, [row.id]).get(row.id, ()))


def rectification_file(ctx: Context, rectification_file_id: int) -> tuple[RectificationFile, File]:
    """One file of a report, decided by the rectification it proves. Raises NotFound, AccessDenied."""
    row = permissions.find(
        ctx, Permission.EVIDENCE_READ, RectificationFile, rectification_file_id, lock=False
    )
    return row, ctx.session.get_one(File, row.file_id)


def rectified(session: Session, ids: Iterable[int]) -> dict[int, tuple[Rectification, Finding]]:
    """Rectifications with their findings, by id, for a page of a list that the actor has been offered."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = session.execute(
        select(Rectification, Finding)
        .join(Finding, Finding.id == Rectification.finding_id)
        .where(Rectification.id.in_(wanted))
    )
    return {row.id: (row, finding) for row, finding in rows}


def pool(ctx: Context, round_id: int) -> Sequence[RoundInspector]:
    """The frozen inspectors of a round."""
    row = find_round(ctx, round_id)
    query = select(RoundInspector).where(RoundInspector.round_id == row.id)
    return ctx.session.scalars(query.order_by(RoundInspector.unit_name, RoundInspector.person_id)).all()


def check_counts(ctx: Context, round_id: int) -> Mapping[CheckState, int]:
    """How many checks of a round are in which state."""
    row = find_round(ctx, round_id)
    query = select(SiteCheck.state, func.count()).where(SiteCheck.round_id == row.id)
    return {CheckState(state): n for state, n in ctx.session.execute(query.group_by(SiteCheck.state))}


def _reports(session: Session, rectification_ids: Sequence[int]) -> dict[int, list[Report]]:
    """Two statements, however many rectifications."""
    reports = session.scalars(
        select(RectificationReport)
        .where(RectificationReport.rectification_id.in_(rectification_ids))
        .order_by(RectificationReport.rectification_id, RectificationReport.round)
    ).all()
    files: dict[int, list[tuple[RectificationFile, File]]] = {}
    attached = (
        select(RectificationFile, File)
        .join(File, File.id == RectificationFile.file_id)
        .where(RectificationFile.report_id.in_([report.id for report in reports]))
        .order_by(RectificationFile.id)
    )
    for row, file in session.execute(attached) if reports else ():
        files.setdefault(row.report_id, []).append((row, file))
    found: dict[int, list[Report]] = {}
    for report in reports:
        found.setdefault(report.rectification_id, []).append(Report(report, files.get(report.id, [])))
    return found
