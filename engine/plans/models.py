"""Tables of a plan on its way from a reading to a confirmed assignment.

A plan task is what becomes a key task; its parts are the units as the document names them, matched to the
directory by a person or by an exact name. `plan_task_member` holds the chosen units: one for a matched name,
several for a group expression.
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


class Plan(Base):
    """One imported document. `version` counts changes of the plan as a whole; each plan task has its own."""

    __tablename__ = "plan"
    __table_args__ = (
        one_of("state", PlanState),
        CheckConstraint("(state = 'confirmed') = (confirmed_at IS NOT NULL)", name="confirmed"),
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
    #: What binds the whole plan, for display: lists of objects as `PlanDraft.to_dict` gives them.
    duties: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    cadences: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    indicators: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    notes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(12), default=PlanState.DRAFT)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None]
    created_by_name: Mapped[str] = mapped_column(String(200))
    confirmed_at: Mapped[datetime | None]
    confirmed_by_name: Mapped[str | None] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class PlanTask(Base):
    """One proposed key task. Its version is bumped by every change, parts and limits included."""

    __tablename__ = "plan_task"
    __table_args__ = (
        one_of("reviewer_reason", ReviewerReason),
        UniqueConstraint("plan_id", "number"),
        CheckConstraint("(reviewer_reason = 'unsettled') = (review_unit_id IS NULL)", name="reviewer"),
        CheckConstraint("span_start >= 0 AND span_end >= span_start", name="span"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    number: Mapped[int]
    section: Mapped[str] = mapped_column(String(300))
    title: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    span_start: Mapped[int]
    span_end: Mapped[int]
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
    """A directory unit that a part stands for."""

    __tablename__ = "plan_task_member"
    __table_args__ = (UniqueConstraint("plan_task_unit_id", "unit_id"), Index(None, "unit_id"))

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
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_task_id: Mapped[int] = mapped_column(ForeignKey("plan_task.id"))
    position: Mapped[int]
    raw: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(12))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    span_start: Mapped[int | None]
    span_end: Mapped[int | None]


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
