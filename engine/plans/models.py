"""Tables of a plan on its way from a reading to a confirmed assignment.

A plan task is what becomes a key task; its parts are the units as the document names them, matched to the
directory by a person or by an exact name. `plan_task_member` holds the chosen units: one for a matched name,
several for a group expression. `plan_proposal` holds what the document says but assigns to nobody, and
`plan_change` what every change of the draft found, so that it can be undone.

Ids of rows that a change may delete and its undoing brings back are never given twice, on SQLite either.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base
from engine.organisation.models import one_of


class PlanState(StrEnum):
    DRAFT = "draft"
    CONFIRMED = "confirmed"
    DISCARDED = "discarded"


class PartRole(StrEnum):
    LEAD = "lead"  #: 牵头
    RESPONSIBLE = "responsible"  #: 责任
    COOPERATING = "cooperating"  #: 配合
    SUPERVISING = "supervising"  #: 督导


class PartState(StrEnum):
    MATCHED = "matched"
    EXPANDED = "expanded"
    UNMATCHED = "unmatched"
    DROPPED = "dropped"


class LimitKind(StrEnum):
    """The forms of a limit; `data` holds its values, see rules.py."""

    DATE = "date"
    DAYS = "days"  #: counted from the assignment
    CADENCE = "cadence"
    EVENT = "event"  #: counted from each occurrence of a named event
    OPEN = "open"  #: the document sets none that can be counted: a person must


class ReviewerReason(StrEnum):
    SINGLE_LEAD = "single_lead"
    FIRST_LEAD = "first_lead"
    NO_LEAD = "no_lead"
    BY_HAND = "by_hand"
    UNSETTLED = "unsettled"  #: a group leads, or the leading unit is not matched yet


class ProposalKind(StrEnum):
    INDICATOR = "indicator"  #: a figure to reach
    CADENCE = "cadence"  #: something that is to come again and again
    CAMPAIGN = "campaign"  #: 专项行动


class ProposalState(StrEnum):
    OPEN = "open"
    ADOPTED = "adopted"  #: became a plan task
    SET_ASIDE = "set_aside"


class Plan(Base):
    """One imported document. `version` counts changes of the plan as a whole; each plan task has its own."""

    __tablename__ = "plan"
    __table_args__ = (
        one_of("state", PlanState),
        CheckConstraint("(state = 'confirmed') = (confirmed_at IS NOT NULL)", name="confirmed"),
        CheckConstraint("amends_plan_id <> id", name="amends"),
        Index(None, "office_unit_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The supervising office that imported it.
    office_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    title: Mapped[str] = mapped_column(String(300))
    issuer: Mapped[str | None] = mapped_column(String(200))
    #: 文号
    document_number: Mapped[str | None] = mapped_column(String(100))
    signed_on: Mapped[date | None]
    #: The year that undated limits mean.
    document_year: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(30))
    #: The original; None when the text was pasted.
    file_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    file_name: Mapped[str | None] = mapped_column(String(255))
    #: The text as read: all spans count its characters.
    text: Mapped[str] = mapped_column(Text)
    #: Where the text stands in the original: [[first character, what `Place.to_dict` gives], …] in text order.
    places: Mapped[list[list[Any]]] = mapped_column(JSON, deferred=True, default=list)
    #: What binds the whole plan, for display: lists of objects as `PlanDraft.to_dict` gives them.
    duties: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    notes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    #: The plan whose campaign this one changes: 修订版. None for a plan of its own.
    amends_plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"), index=True)
    state: Mapped[str] = mapped_column(String(12), default=PlanState.DRAFT)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None]
    created_by_name: Mapped[str] = mapped_column(String(200))
    confirmed_at: Mapped[datetime | None]
    confirmed_by_name: Mapped[str | None] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class ReadingState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class PlanReading(Base):
    """A large document that is read in the background; see readings.py. `plan_id` is what came of it."""

    __tablename__ = "plan_reading"
    __table_args__ = (
        one_of("state", ReadingState),
        CheckConstraint("(state = 'done') = (plan_id IS NOT NULL)", name="plan"),
        CheckConstraint("(state = 'failed') = (error IS NOT NULL)", name="error"),
        Index(None, "created_by_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    file_name: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(10), default=ReadingState.WAITING)
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    #: Code, text and params of what kept it from being read.
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class PlanTask(Base):
    """One proposed key task. Its version is bumped by every change, parts and limits included."""

    __tablename__ = "plan_task"
    __table_args__ = (
        one_of("reviewer_reason", ReviewerReason),
        UniqueConstraint("plan_id", "number"),
        CheckConstraint("(reviewer_reason = 'unsettled') = (review_unit_id IS NULL)", name="reviewer"),
        CheckConstraint("span_start >= 0 AND span_end >= span_start", name="span"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    #: The document's number where it has its own; what a person adds takes the next free one.
    number: Mapped[int]
    section: Mapped[str] = mapped_column(String(300))
    title: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    span_start: Mapped[int]
    span_end: Mapped[int]
    #: Where it begins in the original, as `Place.to_dict` gives it.
    place: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    review_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    reviewer_reason: Mapped[str] = mapped_column(String(12))
    #: Left out of the campaign by a person.
    dropped: Mapped[bool] = mapped_column(default=False)
    #: A person has compared the repaired places with the original.
    checked: Mapped[bool] = mapped_column(default=False)
    defects: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    indicators: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    confidence: Mapped[float]
    version: Mapped[int] = mapped_column(default=1)


class PlanTaskUnit(Base):
    """A unit or group expression in one of the lists of a plan task."""

    __tablename__ = "plan_task_unit"
    __table_args__ = (
        one_of("role", PartRole),
        one_of("state", PartState),
        UniqueConstraint("plan_task_id", "position"),
        CheckConstraint("(span_start IS NULL) = (span_end IS NULL)", name="span"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_task_id: Mapped[int] = mapped_column(ForeignKey("plan_task.id"))
    #: Place among all units of the task, from 1; within a role, the document's order.
    position: Mapped[int]
    role: Mapped[str] = mapped_column(String(12))
    #: The name with an elided prefix or suffix completed.
    written: Mapped[str] = mapped_column(String(300))
    span_start: Mapped[int | None]
    span_end: Mapped[int | None]
    #: Stands for several units, which a person must choose.
    is_group: Mapped[bool]
    #: The directory's group of this name, if any.
    group_id: Mapped[int | None] = mapped_column(ForeignKey("unit_group.id"))
    state: Mapped[str] = mapped_column(String(12))
    #: Why it was matched: name, short_name, alias, level, learned or by_hand.
    how: Mapped[str | None] = mapped_column(String(12))


class PlanTaskMember(Base):
    """A directory unit that a part stands for; a part that was left out keeps what it stood for."""

    __tablename__ = "plan_task_member"
    __table_args__ = (
        UniqueConstraint("plan_task_unit_id", "unit_id"),
        Index(None, "unit_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_task_unit_id: Mapped[int] = mapped_column(ForeignKey("plan_task_unit.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    position: Mapped[int]


class PlanTaskLimit(Base):
    """A time limit of a plan task. `raw` is what the document says, or how the office worded it."""

    __tablename__ = "plan_task_limit"
    __table_args__ = (
        one_of("kind", LimitKind),
        UniqueConstraint("plan_task_id", "position"),
        CheckConstraint("(span_start IS NULL) = (span_end IS NULL)", name="span"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_task_id: Mapped[int] = mapped_column(ForeignKey("plan_task.id"))
    position: Mapped[int]
    raw: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(12))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    span_start: Mapped[int | None]
    span_end: Mapped[int | None]


class PlanProposal(Base):
    """What the document says and assigns to nobody: a person adopts it with owners, or sets it aside."""

    __tablename__ = "plan_proposal"
    __table_args__ = (
        one_of("kind", ProposalKind),
        one_of("state", ProposalState),
        UniqueConstraint("plan_id", "position"),
        CheckConstraint("(state = 'adopted') = (plan_task_id IS NOT NULL)", name="adopted"),
        CheckConstraint("span_start >= 0 AND span_end >= span_start", name="span"),
        Index(None, "plan_task_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    #: The findings as `PlanDraft.to_dict` gives them: one, or the two bounds of a two-sided figure.
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    span_start: Mapped[int]
    span_end: Mapped[int]
    place: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(12), default=ProposalState.OPEN)
    plan_task_id: Mapped[int | None] = mapped_column(ForeignKey("plan_task.id"))


class PlanChange(Base):
    """One change of a draft: who did what, and what stood there before. The newest can be undone."""

    __tablename__ = "plan_change"
    __table_args__ = (
        UniqueConstraint("plan_id", "seq"),
        CheckConstraint("(undone_at IS NULL) = (undone_by_name IS NULL)", name="undone"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    seq: Mapped[int]
    #: The action of its first audit entry.
    action: Mapped[str] = mapped_column(String(50))
    #: What the line about it names, see `webapp/plan_words`.
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: Ids of the plan tasks that it changed, made or took away.
    touched: Mapped[list[int]] = mapped_column(JSON)
    #: What it found, see changes.py; emptied when it was undone.
    before: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    at: Mapped[datetime]
    by_id: Mapped[int | None]
    by_name: Mapped[str] = mapped_column(String(200))
    undone_at: Mapped[datetime | None]
    undone_by_name: Mapped[str | None] = mapped_column(String(200))


class UnitNameMapping(Base):
    """What an office once confirmed a written name to mean; offered when the name comes again.

    One row per unit: a group expression has several. `written` is levelled as matching levels it.
    """

    __tablename__ = "unit_name_mapping"
    __table_args__ = (UniqueConstraint("office_unit_id", "written", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    written: Mapped[str] = mapped_column(String(300))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    position: Mapped[int]
    confirmed_by_name: Mapped[str] = mapped_column(String(200))
    confirmed_at: Mapped[datetime]
