"""Who may do what, written a second time by hand: role × relation × permission. Extend it with every permission.

R 经办人  H 单位负责人  I 检查员  O 督办专员  L 分管领导  S 系统管理员  C 安全管理员  A 审计管理员
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from engine import permissions
from engine.clock import FixedClock
from engine.context import Actor, Context, Role
from engine.permissions import POLICY, Permission, Relation
from engine.settings import Settings
from tests.conftest import START

LETTERS = dict(zip("RHIOLSCA", Role, strict=True))

PARTIES = "own_unit:RHIOL superior_of:HOL lead_of:RHIOL cooperates_on:RHIOL supervises:RHIOL office_of:RHIOL"

TABLE = {
    "plan.import": "anyone:O",
    "plan.read": "office_of:OL",
    "plan.edit": "office_of:O",
    "plan.confirm": "office_of:O",
    "campaign.create": "anyone:O",
    "campaign.read": PARTIES,
    "campaign.manage": "office_of:O",
    "key_task.read": PARTIES,
    "key_task.confirm": "office_of:O",
    "key_task.summarise": "lead_of:H",
    "key_task.accept": "office_of:O unless:submitter",
    "work_item.read": PARTIES + " drawn_for:I took_over:RHIOL",
    "work_item.acknowledge": "own_unit:R",
    "work_item.file_plan": "own_unit:R",
    "work_item.urge": "lead_of:RH office_of:O",
    "work_item.record_event": "own_unit:R",
    "obligation.submit": "own_unit:R",
    "obligation.sign_off": "own_unit:H",
    "review.decide": "lead_of:H unless:own_unit unless:submitter",
    "evidence.read": PARTIES + " drawn_for:I took_over:RHIOL",
    "file.stage": "anyone:RHIO",
    "round.read": PARTIES,
    "round.draw": "office_of:OI",
    "check.read": PARTIES + " drawn_for:I",
    "check.record": "drawn_for:I unless:own_unit unless:submitter",
    "rectification.submit": "own_unit:R",
    "rectification.verify": "drawn_for:I unless:own_unit unless:submitter",
    "organisation.read": "anyone:RHIOLSCA",
    "organisation.manage": "anyone:S",
    "organisation.appoint": "anyone:C",
    "account.manage": "anyone:S",
    "account.own": "self:RHIOLSCA",
    "audit.read": "anyone:A",
    "audit.erase": "anyone:C",
    "calendar.read": "anyone:RHIOLSCA",
    "calendar.manage": "anyone:S",
    "escalation.read": "anyone:RHIOLSCA",
    "escalation.manage": "anyone:S",
    "queue.manage": "anyone:S",
    "endpoint.manage": "anyone:S",
    "message_template.manage": "anyone:S",
    "deadline.read": "own_unit:RHIOL superior_of:HOL",
    "extension.read": PARTIES + " in_charge_of:L",
    "extension.apply": "own_unit:RH",
    "extension.sign_off": "own_unit:H",
    "extension.decide": "office_of:O unless:own_unit unless:submitter",
    "extension.approve": "in_charge_of:L unless:own_unit unless:submitter",
    "change_request.read": PARTIES + " in_charge_of:L",
    "change_request.ask": "own_unit:RH office_of:O",
    "change_request.sign_off": "own_unit:H",
    "change_request.decide": "office_of:O unless:own_unit unless:submitter",
    "change_request.approve": "in_charge_of:L unless:own_unit unless:submitter",
    "notice.read": PARTIES + " in_charge_of:L",
    "notice.draft": "office_of:O",
    "notice.issue": "office_of:H in_charge_of:L unless:submitter",
    "notice.answer": "own_unit:RH",
    "notice.verify": "office_of:O unless:own_unit",
}

US, OTHERS = 1, 2


class ProbeBase(DeclarativeBase):
    """Apart from the product's tables."""


class Probe(ProbeBase):
    """A row that stands in exactly the relations named in its columns to the unit (or person) given there."""

    __tablename__ = "probe"

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str]
    own_unit: Mapped[int]
    superior_of: Mapped[int]
    lead_of: Mapped[int]
    cooperates_on: Mapped[int]
    supervises: Mapped[int]
    office_of: Mapped[int]
    in_charge_of: Mapped[int]
    took_over: Mapped[int]
    drawn_for: Mapped[int]
    self_: Mapped[int] = mapped_column("self")
    submitter: Mapped[int]


RELATIONS = [r for r in Relation if r is not Relation.ANYONE]


def _row(label: str, *relations: str) -> Probe:
    return Probe(label=label, **{_column(r): US if r in relations else OTHERS for r in RELATIONS})


def _column(relation: str) -> str:
    return "self_" if relation == "self" else str(relation)


@pytest.fixture(scope="module")
def probes() -> Iterator[Engine]:
    """A row per relation, a row in none, and a row per pair."""
    for relation in RELATIONS:
        column = getattr(Probe, _column(relation))
        permissions.register(Probe, relation, lambda ctx, column=column: column.in_(ctx.actor.units()))  # type: ignore[arg-type, misc]
    engine = create_engine("sqlite://")
    ProbeBase.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add(_row("nobody"))
        session.add_all(_row(str(r), r) for r in RELATIONS)
        session.add_all(_row(f"{a}+{b}", a, b) for a in RELATIONS for b in RELATIONS if a < b)
    yield engine
    engine.dispose()


def _context(session: Session, *posts: tuple[int, Role]) -> Context:
    clock = FixedClock(START)
    return Context(session, Actor("某人", 1, frozenset(posts)), clock, Settings())


def _allowed(session: Session, permission: Permission, *posts: tuple[int, Role]) -> set[str]:
    query = permissions.narrow(_context(session, *posts), permission, Probe, select(Probe.label))  # type: ignore[arg-type]
    return set(session.scalars(query))


def test_every_permission_stands_in_the_table() -> None:
    assert set(TABLE) == {str(p) for p in Permission}


def test_no_permission_is_forgotten_in_the_policy() -> None:
    assert set(POLICY) == set(Permission)


@pytest.mark.parametrize("permission", Permission)
def test_role_relation_permission(probes: Engine, permission: Permission) -> None:
    """Each role, on a row in one relation or in two of them at once, against the table's line."""
    cells = [cell.split(":") for cell in TABLE[permission].split()]
    barred = {who for relation, who in cells if relation == "unless"}
    with Session(probes) as session:
        labels = set(session.scalars(select(Probe.label)))
        for letter, role in LETTERS.items():
            granting = {relation for relation, who in cells if relation != "unless" and letter in who}
            expected = {
                label
                for label in labels
                if ("anyone" in granting or granting & set(label.split("+")))
                and not barred & set(label.split("+"))
            }
            assert _allowed(session, permission, (US, role)) == expected, role
            assert _allowed(session, permission, (3, role)) == (("anyone" in granting and labels) or set()), (
                role
            )


@pytest.mark.parametrize("permission", Permission)
def test_permissions_that_need_no_row(probes: Engine, permission: Permission) -> None:
    cells = dict(cell.split(":") for cell in TABLE[permission].split())
    with Session(probes) as session:
        for letter, role in LETTERS.items():
            assert permissions.holds(_context(session, (US, role)), permission) == (
                letter in cells.get("anyone", "")
            )


@pytest.mark.parametrize("permission", Permission)
def test_without_a_post_nothing_is_allowed(probes: Engine, permission: Permission) -> None:
    with Session(probes) as session:
        assert _allowed(session, permission) == set()
        assert not permissions.holds(_context(session), permission)


def test_three_administrators_share_no_power_and_do_no_business() -> None:
    """三权分立: none of them does what another does, and none takes part in the duties."""
    shared = {"organisation.read", "account.own", "calendar.read", "escalation.read"}
    powers = {
        letter: {
            name for name, line in TABLE.items() if letter in line.split(":", 1)[1] and name not in shared
        }
        for letter in "SCA"
    }
    assert not powers["S"] & powers["C"]
    assert not powers["S"] & powers["A"]
    assert not powers["C"] & powers["A"]
    for names in powers.values():
        assert all(TABLE[name].startswith("anyone:") for name in names)


def test_the_role_must_be_held_in_the_unit_that_stands_in_the_relation(probes: Engine) -> None:
    """Head elsewhere and clerk here makes no head here."""
    with Session(probes) as session:
        posts = (US, Role.REPORTER), (3, Role.HEAD)
        assert "own_unit" in _allowed(session, Permission.OBLIGATION_SUBMIT, *posts)
        assert _allowed(session, Permission.OBLIGATION_SIGN_OFF, *posts) == set()


def test_an_exception_counts_every_post_of_the_actor(probes: Engine) -> None:
    """Who heads the lead unit but is also a clerk of the responsible one does not review it."""
    with Session(probes) as session, session.begin():
        row = _row("lead elsewhere", "own_unit")
        row.lead_of = 3
        session.add(row)
        session.flush()
        assert "lead elsewhere" in _allowed(session, Permission.REVIEW_DECIDE, (3, Role.HEAD))
        posts = (3, Role.HEAD), (US, Role.REPORTER)
        assert "lead elsewhere" not in _allowed(session, Permission.REVIEW_DECIDE, *posts)
        session.rollback()
