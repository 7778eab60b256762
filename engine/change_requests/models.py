"""The tables of requests to change how an item goes on, and of what each step said about them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base
from engine.extensions.models import UNDECIDED, UNDECIDED_SQL, ExtensionState, Step, Verdict
from engine.organisation.models import one_of

#: A request goes through the states of an application for a later date.
RequestState = ExtensionState

__all__ = ["UNDECIDED", "ChangeRequest", "ChangeRequestOpinion", "RequestKind", "RequestState"]


class RequestKind(StrEnum):
    PAUSE = "pause"  #: 暂停计时 of one report
    RESUME = "resume"  #: 恢复计时
    CANCEL = "cancel"  #: 撤销
    TRANSFER = "transfer"  #: 移交: assigned to the wrong unit
    SUSPEND = "suspend"  #: 挂账: not feasible yet, the whole item stands still
    LIFT = "lift"  #: 解除挂账


class ChangeRequest(Base):
    """One request: what for, why, and what became of it."""

    __tablename__ = "change_request"
    __table_args__ = (
        one_of("kind", RequestKind),
        one_of("state", RequestState),
        CheckConstraint(f"({UNDECIDED_SQL}) = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state <> 'with_leader' OR leader_unit_id IS NOT NULL", name="leader"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("(kind IN ('pause', 'resume')) = (obligation_id IS NOT NULL)", name="obligation"),
        CheckConstraint("(kind = 'suspend') = (review_on IS NOT NULL)", name="review"),
        CheckConstraint("to_unit_id IS NULL OR kind = 'transfer'", name="unit"),
        CheckConstraint("kind <> 'transfer' OR state <> 'granted' OR to_unit_id IS NOT NULL", name="target"),
        Index(
            "uq_change_request_undecided",
            "work_item_id",
            "by_office",
            unique=True,
            postgresql_where=text(UNDECIDED_SQL),
            sqlite_where=text(UNDECIDED_SQL),
        ),
        Index(None, "work_item_id", "id"),
        Index(None, "new_work_item_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    kind: Mapped[str] = mapped_column(String(12))
    #: The report whose time is to be paused or to run again.
    obligation_id: Mapped[int | None] = mapped_column(ForeignKey("obligation.id"))
    #: Who is to take the item over; the office names the unit at the latest when it agrees.
    to_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    #: When what is suspended is to be looked at again.
    review_on: Mapped[date | None]
    #: The supervising office proposes it; else the responsible unit has asked.
    by_office: Mapped[bool]
    state: Mapped[str] = mapped_column(String(12), default=RequestState.APPLIED)
    reason: Mapped[str] = mapped_column(Text)
    #: Where the leader who decides holds the post; once it is known that one has to.
    leader_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    #: What was made for the unit that took over.
    new_work_item_id: Mapped[int | None] = mapped_column(ForeignKey("work_item.id"))
    applied_at: Mapped[datetime]
    applied_by_id: Mapped[int | None]
    applied_by_name: Mapped[str] = mapped_column(String(100))
    decided_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class ChangeRequestOpinion(Base):
    """What one step said about the request. Never updated."""

    __tablename__ = "change_request_opinion"
    __table_args__ = (
        one_of("step", Step),
        one_of("verdict", Verdict),
        CheckConstraint("verdict = 'agreed' OR reasons <> ''", name="reasons"),
        Index(None, "change_request_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    change_request_id: Mapped[int] = mapped_column(ForeignKey("change_request.id"))
    step: Mapped[str] = mapped_column(String(12))
    verdict: Mapped[str] = mapped_column(String(12))
    reasons: Mapped[str] = mapped_column(Text, default="")
    given_at: Mapped[datetime]
    given_by_id: Mapped[int | None]
    given_by_name: Mapped[str] = mapped_column(String(100))
