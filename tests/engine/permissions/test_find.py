"""Finding, locking and deciding in one statement; the same answer for one row as for a list."""

from collections.abc import Callable

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from engine import permissions
from engine.context import Actor, Context, Role
from engine.db import Base
from engine.errors import AccessDenied, NotFound
from engine.organisation.credentials import Account
from engine.organisation.models import Person
from engine.permissions import POLICY, Clause, Permission, Relation
from tests import factories

MakeCtx = Callable[..., Context]


@pytest.fixture
def account(make_ctx: MakeCtx) -> Account:
    ctx = make_ctx()
    return factories.make_account(ctx, factories.make_person(ctx, factories.make_unit(ctx), Role.REPORTER))


def _owner(account: Account) -> Actor:
    return Actor("本人", account.person_id, frozenset({(1, Role.REPORTER)}))


STRANGER = Actor("别人", -1, frozenset({(1, Role.REPORTER)}))


def test_find_decides_and_locks_in_one_statement(
    make_ctx: MakeCtx, session: Session, account: Account
) -> None:
    statements: list[str] = []
    ctx = make_ctx(_owner(account))
    session.commit()
    session.connection()
    event.listen(
        session.get_bind(), "before_cursor_execute", lambda _c, _cur, sql, *_: statements.append(sql)
    )
    assert permissions.find(ctx, Permission.ACCOUNT_OWN, Account, account.id) is account
    assert len(statements) == 1
    assert "FOR NO KEY UPDATE OF account" in statements[0]
    permissions.find(ctx, Permission.ACCOUNT_OWN, Account, account.id, lock=False)
    assert "FOR " not in statements[1]


def test_find_refuses_strangers_and_knows_what_is_not_there(make_ctx: MakeCtx, account: Account) -> None:
    with pytest.raises(AccessDenied) as denied:
        permissions.find(make_ctx(STRANGER), Permission.ACCOUNT_OWN, Account, account.id)
    assert denied.value.params == {"permission": "account.own"}
    with pytest.raises(NotFound):
        permissions.find(make_ctx(_owner(account)), Permission.ACCOUNT_OWN, Account, account.id + 1)


def test_the_system_may_do_what_its_job_calls(make_ctx: MakeCtx, account: Account) -> None:
    assert permissions.find(make_ctx(), Permission.ACCOUNT_OWN, Account, account.id) is account
    permissions.require(make_ctx(), Permission.QUEUE_MANAGE)


def test_a_list_shows_exactly_what_a_click_allows(
    make_ctx: MakeCtx, session: Session, account: Account
) -> None:
    for actor in (_owner(account), STRANGER):
        ctx = make_ctx(actor)
        listed = session.scalars(
            permissions.narrow(ctx, Permission.ACCOUNT_OWN, Account, select(Account.id))
        ).all()
        assert (account.id in listed) == permissions.permits(ctx, Permission.ACCOUNT_OWN, Account, account.id)
    assert not permissions.permits(make_ctx(), Permission.ACCOUNT_OWN, Account, account.id + 1)


def test_require_asks_for_the_role_alone(make_ctx: MakeCtx) -> None:
    admin = Actor("管理员", 5, frozenset({(1, Role.SYSTEM_ADMIN)}))
    permissions.require(make_ctx(admin), Permission.QUEUE_MANAGE)
    with pytest.raises(AccessDenied):
        permissions.require(make_ctx(STRANGER), Permission.QUEUE_MANAGE)
    with pytest.raises(AccessDenied):  # a clause on a relation does not help without a row
        permissions.require(make_ctx(STRANGER), Permission.ACCOUNT_OWN)


def test_a_relation_that_nobody_registered_is_an_error_not_a_silent_answer(make_ctx: MakeCtx) -> None:
    with pytest.raises(LookupError, match=r"register\(Person, OWN_UNIT"):
        permissions.expression(make_ctx(STRANGER), Permission.OBLIGATION_SUBMIT, Person)


def _models() -> dict[str, type[Base]]:
    return {mapper.class_.__name__: mapper.class_ for mapper in Base.registry.mappers}


#: Which rows each permission is asked about. What stands here must have every relation registered.
ASKED_OF = {
    Permission.CAMPAIGN_READ: ["Campaign"],
    Permission.KEY_TASK_READ: ["KeyTask"],
    Permission.KEY_TASK_ACCEPT: ["KeyTask"],
    Permission.WORK_ITEM_READ: ["WorkItem"],
    Permission.WORK_ITEM_URGE: ["WorkItem"],
    Permission.OBLIGATION_SUBMIT: ["Obligation"],
    Permission.REVIEW_DECIDE: ["Review"],
    Permission.CHECK_RECORD: ["SiteCheck"],
    Permission.CHECK_READ: ["SiteCheck"],
    Permission.ROUND_READ: ["InspectionRound"],
    Permission.ROUND_DRAW: ["InspectionRound"],
    Permission.RECTIFICATION_SUBMIT: ["Rectification"],
    Permission.RECTIFICATION_VERIFY: ["Rectification"],
    Permission.EVIDENCE_READ: ["Submission", "EvidenceFile"],
    Permission.DEADLINE_READ: ["Deadline"],
    Permission.ACCOUNT_OWN: ["Account"],
}


@pytest.mark.parametrize("permission", ASKED_OF)
def test_rows_answer_every_relation_they_are_asked(
    make_ctx: MakeCtx, session: Session, permission: Permission
) -> None:
    """On PostgreSQL, with every role at once: the SQL of each answer is run, not only built."""
    everyone = Actor("全能", 1, frozenset((1, role) for role in Role))
    for name in ASKED_OF[permission]:
        model = _models()[name]
        query = permissions.narrow(make_ctx(everyone), permission, model, select(model))
        assert session.scalars(query.limit(1)).all() is not None


def test_a_clause_takes_one_exception_or_several() -> None:
    one = Clause(Relation.LEAD_OF, frozenset({Role.HEAD}), Relation.OWN_UNIT)
    assert one.exceptions == (Relation.OWN_UNIT,)
    assert POLICY[Permission.REVIEW_DECIDE][0].exceptions == (Relation.OWN_UNIT, Relation.SUBMITTER)
