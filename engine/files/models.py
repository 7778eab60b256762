"""A file that someone uploaded. Its bytes lie in the store: ``staging/…``, once taken in ``kept/<sha256>``.

Access is decided by the row that uses the file (an evidence row), never by knowing a digest.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base


class File(Base):
    """One upload: staged -> kept -> erased; or quarantined. Uploads of equal content share the bytes."""

    __tablename__ = "file"
    __table_args__ = (
        CheckConstraint("state IN ('staged', 'kept', 'quarantined', 'erased')", name="state"),
        CheckConstraint("use_count >= 0", name="use_count"),
        CheckConstraint("size > 0", name="size"),
        CheckConstraint("state <> 'kept' OR kept_at IS NOT NULL", name="kept_at"),
        Index(None, "state", "staged_at"),
        Index(None, "state", "checked_at"),
        Index(None, "sha256"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: As the person named it, neutralised.
    name: Mapped[str] = mapped_column(String(255))
    #: By content, not as the browser said.
    media_type: Mapped[str] = mapped_column(String(127))
    #: Bytes.
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    sm3: Mapped[str] = mapped_column(String(64))
    #: An office document that carries macros: to be shown as a warning wherever it can be opened.
    has_macros: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(12))
    staging_key: Mapped[str] = mapped_column(String(100), unique=True)
    #: How many rows of other ideas use it.
    use_count: Mapped[int] = mapped_column(default=0)
    staged_by_id: Mapped[int | None]
    staged_by_name: Mapped[str] = mapped_column(String(200))
    staged_at: Mapped[datetime]
    kept_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    #: When the sweep last looked whether the bytes are there, and since when they are not.
    checked_at: Mapped[datetime | None]
    missing_at: Mapped[datetime | None]

    @property
    def kept_key(self) -> str:
        return f"kept/{self.sha256}"
