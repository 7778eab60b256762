"""The one thing passed around: who acts, on which session, by which clock, under which settings."""

from dataclasses import dataclass, field
from enum import StrEnum

from engine.clock import Clock
from engine.db import Session
from engine.settings import Settings


class Role(StrEnum):
    """What a post entitles to. A person holds posts; a post is (unit, role)."""

    REPORTER = "reporter"  #: 经办人: does the unit's work and reports
    HEAD = "head"  #: 单位负责人: signs off what the unit submits, approves for a lead unit
    INSPECTOR = "inspector"  #: 检查员: draws, checks on site, verifies rectification
    OFFICER = "officer"  #: 督办专员 of the supervising office
    LEADER = "leader"  #: 分管领导
    SYSTEM_ADMIN = "system_admin"  #: 系统管理员
    SECURITY_ADMIN = "security_admin"  #: 安全管理员
    AUDIT_ADMIN = "audit_admin"  #: 审计管理员


@dataclass(frozen=True)
class Actor:
    """Who acts: a person in all posts held today, or the system in a named job.

    ``posts`` are (unit id, role) pairs. A system actor has ``person_id`` None and may do everything its job calls.
    """

    name: str
    person_id: int | None = None
    posts: frozenset[tuple[int, Role]] = field(default_factory=frozenset)

    @classmethod
    def system(cls, job: str) -> "Actor":
        return cls(name=job)

    @property
    def is_system(self) -> bool:
        return self.person_id is None

    def units(self, *roles: Role) -> frozenset[int]:
        """Unit ids where the actor holds one of the roles (any role when none is named)."""
        return frozenset(unit for unit, role in self.posts if not roles or role in roles)

    def holds(self, *roles: Role) -> bool:
        return any(role in roles for _, role in self.posts)


@dataclass(frozen=True)
class Context:
    """The explicit first argument of every verb."""

    session: Session
    actor: Actor
    clock: Clock
    settings: Settings
