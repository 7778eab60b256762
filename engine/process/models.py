"""Tables of the process engine: published definitions, running instances and the mirror of their user tasks.

The diagram's state is one opaque text per instance (see codec); what people are offered stands in `user_task`, so
that an inbox is plain SQL and never opens a process state.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base


class InstanceStatus(StrEnum):
    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class UserTaskState(StrEnum):
    OPEN = "open"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"  #: the process left it without a person's act (cancelled)


class ProcessDefinition(Base):
    """One immutable version of a diagram. Running instances stay on theirs."""

    __tablename__ = "process_definition"
    __table_args__ = (UniqueConstraint("key", "version"), UniqueConstraint("key", "sha256"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    version: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    xml: Mapped[bytes] = mapped_column(LargeBinary)
    published_at: Mapped[datetime]

    @property
    def spec_key(self) -> str:
        """Name of this version in stored process states, the same in every database: `obligation@9f86d081884c7d65`."""
        return f"{self.key}@{self.sha256[:16]}"


class ProcessInstance(Base):
    """One running (or ended) process of one domain row."""

    __tablename__ = "process_instance"
    __table_args__ = (
        UniqueConstraint("subject_type", "subject_id"),
        CheckConstraint("status IN ('running', 'completed', 'cancelled')", name="status"),
        CheckConstraint("(status = 'running') = (ended_at IS NULL)", name="ended"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("process_definition.id"))
    spec_key: Mapped[str] = mapped_column(String(80))
    subject_type: Mapped[str] = mapped_column(String(30))
    subject_id: Mapped[int]
    #: The work item whose page shows this process, if any.
    work_item_id: Mapped[int | None]
    #: Written by codec.dump; never queried.
    state: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(12), default=InstanceStatus.RUNNING)
    version: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class UserTask(Base):
    """A user task that is or was offered to the holders of a post: (unit, role), never only to a person."""

    __tablename__ = "user_task"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'completed', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
        Index("ix_user_task_instance", "instance_id", "state"),
        Index("ix_user_task_subject", "subject_type", "subject_id", "state"),
        Index(
            "ix_user_task_inbox",
            "unit_id",
            "role",
            "due_key",
            "id",
            postgresql_where=text("state = 'open'"),
            sqlite_where=text("state = 'open'"),
        ),
        Index("ix_user_task_done", "completed_by_id", "ended_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The engine's id of the task, hex; one row per activation.
    task_id: Mapped[str] = mapped_column(String(32), unique=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    element_id: Mapped[str] = mapped_column(String(60))
    #: The element's Chinese name, which is the msgid of its translation.
    name: Mapped[str] = mapped_column(String(200))
    form_key: Mapped[str] = mapped_column(String(60))
    unit_id: Mapped[int]
    role: Mapped[str] = mapped_column(String(30))
    subject_type: Mapped[str] = mapped_column(String(30))
    subject_id: Mapped[int]
    work_item_id: Mapped[int | None] = mapped_column(index=True)
    deadline_kind: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(12), default=UserTaskState.OPEN)
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    #: `due_at`, or the end of time where nothing is due: sorts and pages without NULLs.
    due_key: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    completed_by_id: Mapped[int | None]
    completed_by_name: Mapped[str | None] = mapped_column(Text)
