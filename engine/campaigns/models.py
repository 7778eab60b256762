"""Tables of campaigns. A work item belongs to one responsible unit; what it must report are obligations.

Who reviews stands on the work item itself (`review_unit_id`), because it differs per unit: where the lead
unit is itself the responsible one, the supervising office reviews.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base
from engine.organisation.models import one_of
from engine.plans.models import PartRole


class CampaignState(StrEnum):
    RUNNING = "running"
    CLOSED = "closed"


class KeyTaskState(StrEnum):
    DRAFT = "draft"  #: read from the plan, the office has not confirmed who does what
    CONFIRMED = "confirmed"
    DISPATCHING = "dispatching"  #: work items are being made, in chunks
    RUNNING = "running"
    SUMMARISED = "summarised"  #: the lead unit has reported, the office has not accepted yet
    CLOSED = "closed"
    CANCELLED = "cancelled"  #: an amended plan has dropped it


#: A unit has the part in a key task that the plan gave it.
UnitRole = PartRole


class LimitKind(StrEnum):
    FINAL = "final"
    MILESTONE = "milestone"
    CADENCE = "cadence"
    EVENT = "event"  #: one report per event, such as 作出执法决定之日起7个工作日内


class WorkItemState(StrEnum):
    ASSIGNED = "assigned"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    SAMPLING = "sampling"  #: all reports accepted; may be drawn until the window ends
    INSPECTING = "inspecting"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class ObligationKind(StrEnum):
    MILESTONE = "milestone"
    PERIOD = "period"
    EVENT = "event"
    FINAL = "final"


class ObligationState(StrEnum):
    OPEN = "open"
    SUBMITTED = "submitted"  #: waits for the unit's head
    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    CANCELLED = "cancelled"


class Campaign(Base):
    """One plan on its way: 专项行动."""

    __tablename__ = "campaign"
    __table_args__ = (
        one_of("state", CampaignState),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint("sampling_days BETWEEN 0 AND 250", name="sampling_days"),
        Index(None, "office_unit_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: A plan becomes one campaign; None for a campaign entered by hand.
    plan_id: Mapped[int | None] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(String(300))
    year: Mapped[int]
    office_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    leader_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: Working days during which a settled work item may be drawn for inspection.
    sampling_days: Mapped[int] = mapped_column(default=10)
    state: Mapped[str] = mapped_column(String(12), default=CampaignState.RUNNING)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class KeyTask(Base):
    """One numbered task of the plan: 重点任务."""

    __tablename__ = "key_task"
    __table_args__ = (
        one_of("state", KeyTaskState),
        UniqueConstraint("campaign_id", "number"),
        CheckConstraint("(state IN ('closed', 'cancelled')) = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint("(state = 'cancelled') = (cancel_reason IS NOT NULL)", name="cancelled"),
        CheckConstraint("state NOT IN ('summarised', 'closed') OR summary IS NOT NULL", name="summary"),
        Index(None, "lead_unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    number: Mapped[int]
    section: Mapped[str] = mapped_column(String(300), default="")
    title: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text, default="")
    #: The single or first named lead unit; None when the document names none.
    lead_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    #: Reviews and sums up: the lead unit, else the supervising office.
    review_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    office_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    state: Mapped[str] = mapped_column(String(12), default=KeyTaskState.DRAFT)
    confirmed_at: Mapped[datetime | None]
    dispatched_at: Mapped[datetime | None]
    #: When the last of its work items was closed or cancelled.
    settled_at: Mapped[datetime | None]
    summary: Mapped[str | None] = mapped_column(Text)
    summarised_at: Mapped[datetime | None]
    summarised_by_id: Mapped[int | None]
    summarised_by_name: Mapped[str | None] = mapped_column(String(100))
    #: Why the office sent the last summary back.
    return_reasons: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)


class KeyTaskUnit(Base):
    """A unit's part in a key task. `position` is its place in the document's list, from 1."""

    __tablename__ = "key_task_unit"
    __table_args__ = (
        one_of("role", UnitRole),
        UniqueConstraint("key_task_id", "unit_id", "role"),
        UniqueConstraint("key_task_id", "role", "position"),
        Index(None, "unit_id", "role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key_task_id: Mapped[int] = mapped_column(ForeignKey("key_task.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[str] = mapped_column(String(12))
    position: Mapped[int]


class KeyTaskLimit(Base):
    """A time limit of a key task: the template of obligations. The forms of `basis` stand in rules.py."""

    __tablename__ = "key_task_limit"
    __table_args__ = (one_of("kind", LimitKind), Index(None, "key_task_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key_task_id: Mapped[int] = mapped_column(ForeignKey("key_task.id"))
    kind: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(200), default="")
    basis: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: When an amended plan took it back; obligations that rest on it keep it.
    withdrawn_at: Mapped[datetime | None]


class WorkItem(Base):
    """What one responsible unit has to do for one key task: 工作事项."""

    __tablename__ = "work_item"
    __table_args__ = (
        one_of("state", WorkItemState),
        UniqueConstraint("key_task_id", "number"),
        # A unit that an amended plan left out may come back with a later one, to a new item.
        Index(
            "uq_work_item_unit",
            "key_task_id",
            "unit_id",
            unique=True,
            postgresql_where=text("state <> 'cancelled'"),
            sqlite_where=text("state <> 'cancelled'"),
        ),
        CheckConstraint("unit_id <> review_unit_id", name="reviewed_by_others"),
        CheckConstraint("(state IN ('closed', 'cancelled')) = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint(
            "state IN ('assigned', 'cancelled') OR acknowledged_at IS NOT NULL", name="acknowledged"
        ),
        CheckConstraint("(plan_text IS NULL) = (plan_filed_at IS NULL)", name="plan"),
        CheckConstraint("state <> 'cancelled' OR cancel_reason IS NOT NULL", name="cancelled"),
        CheckConstraint(
            "suspended_at IS NULL OR state IN ('assigned', 'acknowledged', 'in_progress')", name="suspended"
        ),
        Index(None, "campaign_id", "id"),
        Index(None, "unit_id", "id"),
        Index(None, "review_unit_id", "id"),
        Index(None, "office_unit_id", "id"),
        Index(
            "ix_work_item_suspended",
            "id",
            postgresql_where=text("suspended_at IS NOT NULL"),
            sqlite_where=text("suspended_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    key_task_id: Mapped[int] = mapped_column(ForeignKey("key_task.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    review_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    office_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    #: Number of the key task and place of the unit in its list: `3-07`.
    number: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(12), default=WorkItemState.ASSIGNED)
    assigned_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by_name: Mapped[str | None] = mapped_column(String(100))
    #: The unit's own implementation plan 实施方案, stored for the record (备查), not approved.
    plan_text: Mapped[str | None] = mapped_column(Text)
    plan_filed_at: Mapped[datetime | None]
    plan_filed_by_name: Mapped[str | None] = mapped_column(String(100))
    urged_at: Mapped[datetime | None]
    #: 挂账: since when all its clocks stand still; None while they run.
    suspended_at: Mapped[datetime | None]
    #: When the last obligation was settled; from then the item waits for the draw.
    settled_at: Mapped[datetime | None]
    #: When it became certain whether the item is inspected: drawn, or the window ended.
    sampling_decided_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)


class WorkItemFile(Base):
    """A file of the unit's implementation plan."""

    __tablename__ = "work_item_file"
    __table_args__ = (UniqueConstraint("work_item_id", "file_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    name: Mapped[str] = mapped_column(String(255))


class Obligation(Base):
    """One thing to report: a milestone, one period of a cadence, an event, or the final report 应报事项."""

    __tablename__ = "obligation"
    __table_args__ = (
        one_of("kind", ObligationKind),
        one_of("state", ObligationState),
        CheckConstraint("round >= 0", name="round"),
        CheckConstraint("state IN ('open', 'cancelled') OR round > 0", name="submitted"),
        CheckConstraint("(state = 'accepted') = (accepted_at IS NOT NULL)", name="accepted"),
        CheckConstraint("(period_start IS NULL) = (period_end IS NULL)", name="period"),
        CheckConstraint("(kind = 'period') = (period_end IS NOT NULL)", name="period_kind"),
        CheckConstraint("ordinal IS NULL OR (kind = 'period' AND ordinal > 0)", name="ordinal"),
        UniqueConstraint("work_item_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    limit_id: Mapped[int | None] = mapped_column(ForeignKey("key_task_limit.id"))
    #: Place in the item's list, by due date, from 1.
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(200))
    period_start: Mapped[date | None]
    period_end: Mapped[date | None]
    #: Which one it is of those that a count asks for in the period (每年不少于2次), from 1.
    ordinal: Mapped[int | None]
    #: The lower bound of a two-sided limit: nothing is handed in before this day.
    earliest_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(12), default=ObligationState.OPEN)
    #: Number of the latest submission; 0 before the first.
    round: Mapped[int] = mapped_column(default=0)
    #: When the limit passed without the head's signature; stays set when the report comes later.
    overdue_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]


class AmendmentState(StrEnum):
    OPEN = "open"  #: 未采用
    CHOSEN = "chosen"  #: ticked by a person, about to be applied
    APPLIED = "applied"
    KEPT = "kept"  #: could not be applied, `note` says why: what is finished is not touched


class AmendmentChange(Base):
    """One difference between the campaign and an amended version of its plan, and what became of it.

    Written when the first changes of the amended plan are applied; `key` and the forms of `old` and `new` are those
    of plans/amendment.py.
    """

    __tablename__ = "amendment_change"
    __table_args__ = (
        one_of("state", AmendmentState),
        UniqueConstraint("plan_id", "key"),
        CheckConstraint("state = 'open' OR chosen_at IS NOT NULL", name="chosen"),
        CheckConstraint("(state = 'applied') = (applied_at IS NOT NULL)", name="applied"),
        CheckConstraint("(state = 'kept') = (note IS NOT NULL)", name="kept"),
        CheckConstraint("key_task_id IS NOT NULL OR plan_task_id IS NOT NULL", name="about"),
        Index(None, "campaign_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    #: The amended plan.
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    key: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    #: The key task that it changes; of an added one, once it has been made.
    key_task_id: Mapped[int | None] = mapped_column(ForeignKey("key_task.id"))
    #: The task of the amended plan; None for what it dropped.
    plan_task_id: Mapped[int | None] = mapped_column(ForeignKey("plan_task.id"))
    old: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    new: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    state: Mapped[str] = mapped_column(String(12), default=AmendmentState.OPEN)
    #: Why it could not be applied: a msgid.
    note: Mapped[str | None] = mapped_column(Text)
    #: How many work items it changed, and how many finished ones it left alone.
    touched: Mapped[int] = mapped_column(default=0)
    untouched: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(Text)
    chosen_at: Mapped[datetime | None]
    chosen_by_id: Mapped[int | None]
    chosen_by_name: Mapped[str | None] = mapped_column(String(200))
    applied_at: Mapped[datetime | None]
