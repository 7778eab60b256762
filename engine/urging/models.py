"""The table of urgings: one row per item and act, never changed but for the time at which it was told."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base
from engine.organisation.models import one_of


class UrgingKind(StrEnum):
    SINGLE = "single"  #: from the item's own page
    BATCH = "batch"  #: several items chosen from a list


class Urging(Base):
    """Somebody urged the responsible unit about one work item."""

    __tablename__ = "urging"
    __table_args__ = (
        one_of("kind", UrgingKind),
        Index(None, "work_item_id", "id"),
        Index(None, "unit_id", "id"),
        Index(None, "by_person_id", "urged_at"),
        Index(
            "ix_urging_untold",
            "unit_id",
            postgresql_where=text("told_at IS NULL"),
            sqlite_where=text("told_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    #: The responsible unit, as of the act.
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[str] = mapped_column(String(10))
    #: None for the system.
    by_person_id: Mapped[int | None]
    by_name: Mapped[str] = mapped_column(String(200))
    urged_at: Mapped[datetime]
    words: Mapped[str] = mapped_column(Text, default="")
    #: When it was handed on to the unit, together with what else had gathered for it.
    told_at: Mapped[datetime | None]
