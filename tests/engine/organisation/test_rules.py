"""Logins, passwords, lockout and roles: tables of cases."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.context import Role
from engine.errors import InvalidInput, RuleViolation
from engine.organisation import rules

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(("typed", "kept"), [(" Li.Na ", "li.na"), ("a-b_c", "a-b_c"), ("x@y.cn", "x@y.cn")])
def test_a_login_is_levelled(typed: str, kept: str) -> None:
    assert rules.clean_login(typed) == kept


@pytest.mark.parametrize("typed", ["", "ab", ".ab", "ab.", "李娜", "a b c", "a" * 65, "a'b"])
def test_a_bad_login_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        rules.clean_login(typed)
    assert caught.value.field == "login"


@pytest.mark.parametrize("password", ["Abcdefgh1j", "abcdefg-1j", "ABCDEFG-1J", "密码Abcdefg1"])
def test_a_good_password(password: str) -> None:
    rules.check_password(password, "li.na")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Abcdef-1", "accounts.password_length"),
        ("Aa1-" * 51, "accounts.password_length"),
        ("abcdefghij", "accounts.password_classes"),
        ("abcdefghi1", "accounts.password_classes"),
        ("XX-Li.Na-1x", "accounts.password_login"),
    ],
)
def test_a_weak_password_is_refused(password: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        rules.check_password(password, "li.na")
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("count", "minutes_ago", "now_count", "locks"),
    [
        (0, None, 1, False),
        (3, 5, 4, False),
        (4, 5, 5, True),
        (4, 14, 5, True),
        (4, 15, 1, False),
        (7, 1, 8, True),
    ],
)
def test_counting_failures(count: int, minutes_ago: int | None, now_count: int, locks: bool) -> None:
    first_at = None if minutes_ago is None else NOON - timedelta(minutes=minutes_ago)
    failures = rules.count_failure(count, first_at, NOON)
    assert (failures.count, failures.locked_until is not None) == (now_count, locks)
    if locks:
        assert failures.locked_until == NOON + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("held", "role", "allowed"),
    [
        ([], Role.SYSTEM_ADMIN, True),
        ([Role.REPORTER], Role.HEAD, True),
        ([Role.AUDIT_ADMIN], Role.AUDIT_ADMIN, True),
        ([Role.SYSTEM_ADMIN], Role.SECURITY_ADMIN, False),
        ([Role.SECURITY_ADMIN], Role.AUDIT_ADMIN, False),
        ([Role.OFFICER], Role.AUDIT_ADMIN, False),
        ([Role.SYSTEM_ADMIN], Role.REPORTER, False),
    ],
)
def test_separation_of_powers(held: list[Role], role: Role, allowed: bool) -> None:
    if allowed:
        rules.check_roles_compatible(held, role)
    else:
        with pytest.raises(RuleViolation):
            rules.check_roles_compatible(held, role)
