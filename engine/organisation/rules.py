"""Pure decisions about people and accounts: logins, passwords, lockout, which roles exclude each other."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from engine.context import Role
from engine.errors import InvalidInput, RuleViolation

#: GB/T 22239-2019 8.1.4.1 b: failures are counted, and a login rests after too many.
FAILURES_ALLOWED = 5
FAILURE_WINDOW = timedelta(minutes=15)
LOCK_TIME = timedelta(minutes=15)

#: 三权分立: no two of these in one person, nor any of them beside business roles.
ADMIN_ROLES = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,62}[a-z0-9]")
_CLASSES = (re.compile(r"[a-z]"), re.compile(r"[A-Z]"), re.compile(r"[0-9]"), re.compile(r"[^a-zA-Z0-9]"))


def clean_login(login: str) -> str:
    """The login as it is stored. InvalidInput where it is not 3 to 64 letters, digits and ``._@-``."""
    cleaned = login.strip().lower()
    if not _LOGIN.fullmatch(cleaned):
        raise InvalidInput(
            "accounts.login", "登录名应为3至64位小写字母、数字或“._@-”，首尾为字母或数字", field="login"
        )
    return cleaned


def check_password(password: str, login: str) -> None:
    """At least 10 characters, three of four classes, without the login (GB/T 22239-2019 8.1.4.1 a)."""
    if not 10 <= len(password) <= 200:
        raise InvalidInput("accounts.password_length", "密码应为10至200个字符", field="password")
    if sum(bool(kind.search(password)) for kind in _CLASSES) < 3:
        raise InvalidInput(
            "accounts.password_classes",
            "密码应包含大写字母、小写字母、数字、其他符号中的至少三类",
            field="password",
        )
    if login.lower() in password.lower():
        raise InvalidInput("accounts.password_login", "密码不得包含登录名", field="password")


@dataclass(frozen=True)
class Failures:
    """Where an account stands after a failed attempt."""

    count: int
    first_at: datetime
    locked_until: datetime | None


def count_failure(count: int, first_at: datetime | None, now: datetime) -> Failures:
    """One more failure; the fifth within fifteen minutes locks for fifteen minutes."""
    if first_at is None or now - first_at >= FAILURE_WINDOW:
        count, first_at = 0, now
    count += 1
    return Failures(count, first_at, now + LOCK_TIME if count >= FAILURES_ALLOWED else None)


def is_locked(locked_until: datetime | None, now: datetime) -> bool:
    return locked_until is not None and now < locked_until


def holds_on(effective_from: date, effective_to: date | None, on: date) -> bool:
    """Whether a half-open span covers the day."""
    return effective_from <= on and (effective_to is None or on < effective_to)


def check_roles_compatible(held: Collection[str], role: Role) -> None:
    """RuleViolation when the role would join what 三权分立 keeps apart."""
    others = {Role(other) for other in held} - {role}
    if (role in ADMIN_ROLES and others) or others & ADMIN_ROLES:
        raise RuleViolation(
            "organisation.separation_of_powers",
            "系统管理员、安全管理员、审计管理员应由不同人员担任，且不得兼任业务岗位",
        )


def check_span(start_on: date, end_on: date, today: date) -> None:
    if end_on < start_on:
        raise InvalidInput("organisation.span", "结束日期不得早于开始日期", field="end_on")
    if end_on < today:
        raise InvalidInput("organisation.span_past", "结束日期已过", field="end_on")


def clean_name(name: str, *, field: str = "name", longest: int = 200) -> str:
    """The name without blanks around it. InvalidInput when empty or too long."""
    cleaned = " ".join(name.split())
    if not cleaned:
        raise InvalidInput("organisation.name_missing", "请填写名称", field=field)
    if len(cleaned) > longest:
        raise InvalidInput("organisation.name_long", "名称不得超过{longest}字", field=field, longest=longest)
    return cleaned
