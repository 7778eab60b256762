"""Tables of rounds, the frozen pools and their lots, checks on site, findings and their rectification.

Names of units and people are kept as of the act: a published draw reads the same after a unit was renamed.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base
from engine.organisation.models import one_of


class RoundState(StrEnum):
    PREPARED = "prepared"  #: pools frozen and published, seed not known yet
    DRAWN = "drawn"
    CLOSED = "closed"  #: results complete
    WITHDRAWN = "withdrawn"  #: given up before the draw, with a reason


class ExclusionReason(StrEnum):
    OPEN_CHECK = "open_check"  #: item: a check of it is still open
    RECUSED = "recused"  #: inspector: holds a post in the unit's line
    LEFT = "left"  #: inspector: no longer holds the post on the day of the draw
    CANCELLED = "cancelled"  #: item: drawn, but cancelled meanwhile


class CheckState(StrEnum):
    OPEN = "open"
    FINDINGS = "findings"  #: recorded, rectification runs
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"  #: another inspector was drawn instead, with a reason


class Severity(StrEnum):
    MINOR = "minor"
    GENERAL = "general"
    SERIOUS = "serious"


class RectificationState(StrEnum):
    OPEN = "open"
    SUBMITTED = "submitted"
    CLOSED = "closed"


class InspectionRound(Base):
    """One public draw over a campaign's approved and closed work items."""

    __tablename__ = "inspection_round"
    __table_args__ = (
        one_of("state", RoundState),
        CheckConstraint("rate BETWEEN 1 AND 100", name="rate"),
        CheckConstraint("population_size >= 0", name="population_size"),
        CheckConstraint("state NOT IN ('drawn', 'closed') OR seed IS NOT NULL", name="seed"),
        CheckConstraint("(seed IS NULL) = (drawn_at IS NULL)", name="drawn"),
        Index(None, "campaign_id", "id"),
        # Whoever does not like a frozen list must withdraw it, with a reason, before freezing another.
        Index(
            "uq_inspection_round_prepared",
            "campaign_id",
            unique=True,
            postgresql_where=text("state = 'prepared'"),
            sqlite_where=text("state = 'prepared'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), default=RoundState.PREPARED)
    #: per cent
    rate: Mapped[int]
    #: what the seed is going to be, announced with the frozen list
    seed_source: Mapped[str] = mapped_column(String(300))
    seed: Mapped[str | None] = mapped_column(String(300))
    population_size: Mapped[int]
    population_hash: Mapped[str] = mapped_column(String(64))
    inspector_hash: Mapped[str] = mapped_column(String(64))
    prepared_at: Mapped[datetime]
    prepared_by_id: Mapped[int | None]
    prepared_by_name: Mapped[str] = mapped_column(String(200))
    drawn_at: Mapped[datetime | None]
    drawn_by_id: Mapped[int | None]
    drawn_by_name: Mapped[str | None] = mapped_column(String(200))
    ended_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)


class Draw(Base):
    """One member of a round's population; ticket, rank and inspector are filled in when it is selected.

    The tickets of the others are not stored: whoever asks for them computes them again, which is the point.
    """

    __tablename__ = "draw"
    __table_args__ = (
        UniqueConstraint("round_id", "work_item_id"),
        UniqueConstraint("round_id", "rank"),
        CheckConstraint("(rank IS NULL) = (ticket IS NULL)", name="ticket"),
        CheckConstraint("(rank IS NULL) = (inspector_person_id IS NULL)", name="inspector"),
        Index(None, "work_item_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("inspection_round.id"))
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    number: Mapped[str] = mapped_column(String(50))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    unit_name: Mapped[str] = mapped_column(String(200))
    #: the unit's place in the tree when the list was frozen
    unit_path: Mapped[str] = mapped_column(String(300))
    ticket: Mapped[str | None] = mapped_column(String(64))
    #: 1 is the smallest ticket; NULL when not selected
    rank: Mapped[int | None]
    inspector_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    @property
    def selected(self) -> bool:
        return self.rank is not None


class RoundInspector(Base):
    """One member of a round's inspector pool, frozen together with the population."""

    __tablename__ = "round_inspector"
    __table_args__ = (UniqueConstraint("round_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("inspection_round.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(100))
    #: where the inspector post is
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    unit_name: Mapped[str] = mapped_column(String(200))
    #: unit paths of all posts held, sorted, one blank between: '/1/4/ /1/9/'
    lines: Mapped[str] = mapped_column(Text)


class DrawExclusion(Base):
    """Who or what was left out of a draw, and why."""

    __tablename__ = "draw_exclusion"
    __table_args__ = (
        one_of("reason", ExclusionReason),
        CheckConstraint("work_item_id IS NOT NULL OR person_id IS NOT NULL", name="whom"),
        Index(None, "round_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("inspection_round.id"))
    reason: Mapped[str] = mapped_column(String(20))
    work_item_id: Mapped[int | None] = mapped_column(ForeignKey("work_item.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: the unit path that forbids it, for an inspector who stands back
    line: Mapped[str | None] = mapped_column(String(300))
    noted_at: Mapped[datetime]


class SiteCheck(Base):
    """A check on site of one drawn work item by one drawn inspector. Subject type ``check``."""

    __tablename__ = "site_check"
    __table_args__ = (
        one_of("state", CheckState),
        CheckConstraint("state IN ('open', 'withdrawn') OR recorded_at IS NOT NULL", name="recorded"),
        CheckConstraint("(state IN ('closed', 'withdrawn')) = (ended_at IS NOT NULL)", name="ended"),
        UniqueConstraint("replaces_id"),
        Index(None, "round_id", "id"),
        Index(None, "inspector_person_id", "state"),
        Index(
            "uq_site_check_running",
            "work_item_id",
            unique=True,
            postgresql_where=text("state IN ('open', 'findings')"),
            sqlite_where=text("state IN ('open', 'findings')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("inspection_round.id"))
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    inspector_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    inspector_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    inspector_name: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(20), default=CheckState.OPEN)
    #: the item was closed before it was drawn: nothing waits for this check
    is_recheck: Mapped[bool]
    opened_at: Mapped[datetime]
    visited_on: Mapped[date | None]
    conclusion: Mapped[str | None] = mapped_column(Text)
    recorded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    #: the check whose inspector was replaced by this one's, and why
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("site_check.id"))
    replaced_reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)


class Finding(Base):
    """A problem found by a check, with the unit that has to put it right and its limit."""

    __tablename__ = "finding"
    __table_args__ = (
        one_of("severity", Severity),
        UniqueConstraint("check_id", "position"),
        Index(None, "work_item_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    check_id: Mapped[int] = mapped_column(ForeignKey("site_check.id"))
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    position: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    due_on: Mapped[date]


class Rectification(Base):
    """Putting one finding right: reports and re-inspections until the inspector is satisfied."""

    __tablename__ = "rectification"
    __table_args__ = (
        one_of("state", RectificationState),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        UniqueConstraint("finding_id"),
        Index(None, "check_id", "state"),
        Index(None, "work_item_id"),
        Index(None, "responsible_unit_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"))
    check_id: Mapped[int] = mapped_column(ForeignKey("site_check.id"))
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    responsible_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(20), default=RectificationState.OPEN)
    #: number of the latest report, 0 before the first
    round: Mapped[int] = mapped_column(default=0)
    overdue_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class RectificationReport(Base):
    """What the unit reported in one round, and what the inspector found when looking again."""

    __tablename__ = "rectification_report"
    __table_args__ = (
        UniqueConstraint("rectification_id", "round"),
        CheckConstraint("(passed IS NULL) = (verified_at IS NULL)", name="verified"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rectification_id: Mapped[int] = mapped_column(ForeignKey("rectification.id"))
    round: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    submitted_by_id: Mapped[int | None]
    submitted_by_name: Mapped[str] = mapped_column(String(200))
    submitted_at: Mapped[datetime]
    passed: Mapped[bool | None]
    reasons: Mapped[str | None] = mapped_column(Text)
    verified_by_id: Mapped[int | None]
    verified_by_name: Mapped[str | None] = mapped_column(String(200))
    verified_at: Mapped[datetime | None]


class RectificationFile(Base):
    """Evidence attached to a rectification report."""

    __tablename__ = "rectification_file"
    __table_args__ = (UniqueConstraint("report_id", "file_id"), Index(None, "file_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("rectification_report.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    name: Mapped[str] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(Text)
