"""The directory: units in a tree, groups, posts, delegation, and who may change it."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from engine import audit
from engine.clock import FixedClock, local_date
from engine.context import Actor, Context, Role
from engine.errors import AccessDenied, InvalidInput, NotFound, RuleViolation
from engine.organisation import accounts, matching, queries, service
from engine.organisation.models import Unit, UnitLevel, UnitSuccession
from tests import factories

MakeCtx = Callable[..., Context]
TODAY = date(2026, 3, 2)


@pytest.fixture
def ctx(make_ctx: MakeCtx) -> Context:
    return make_ctx()


def actions(ctx: Context) -> list[str]:
    return [entry.action for entry in reversed(audit.history(ctx.session, "organisation"))]


def test_a_tree_of_units(ctx: Context) -> None:
    city = factories.make_unit(ctx, "云川市人民政府")
    county = factories.make_unit(ctx, "临溪县人民政府", city, UnitLevel.COUNTY)
    bureau = factories.make_unit(ctx, "临溪县司法局", county, UnitLevel.COUNTY)
    other = factories.make_unit(ctx, "云川市司法局", city)
    assert bureau.path == f"/{city.id}/{county.id}/{bureau.id}/"
    assert set(ctx.session.scalars(queries.below([city.id]))) == {county.id, bureau.id, other.id}
    assert set(ctx.session.scalars(queries.below([county.id, other.id]))) == {bureau.id}


def test_an_id_that_begins_alike_is_no_ancestor(ctx: Context) -> None:
    units = [factories.make_unit(ctx) for _ in range(11)]
    child = factories.make_unit(ctx, parent=units[10])
    assert list(ctx.session.scalars(queries.below([units[0].id]))) == []
    assert list(ctx.session.scalars(queries.below([units[10].id]))) == [child.id]


def test_a_renamed_unit_is_found_by_its_former_name(ctx: Context) -> None:
    unit = factories.make_unit(ctx, "云川市法制办公室")
    service.rename_unit(ctx, unit.id, name="云川市司法局", short_name="市司法局")
    found = matching.load(ctx.session, TODAY).propose("云川市法制办公室")
    assert [(p.unit_id, p.name) for p in found] == [(unit.id, "云川市司法局")]
    assert ctx.session.scalar(select(UnitSuccession.former_name)) == "云川市法制办公室"
    assert actions(ctx) == ["unit.created", "unit.alias_added", "unit.renamed"]
    with pytest.raises(RuleViolation):
        service.rename_unit(ctx, unit.id, name="云川市司法局")


def test_a_group_holds_exactly_what_is_set(ctx: Context) -> None:
    a, b, c = (factories.make_unit(ctx) for _ in range(3))
    group = service.create_group(ctx, "各县（市、区）人民政府", [a.id, b.id, a.id])
    service.set_members(ctx, group.id, [b.id, c.id])
    assert {unit.id for unit in queries.group_members(ctx.session, group.id)} == {b.id, c.id}
    with pytest.raises(InvalidInput):
        service.set_members(ctx, group.id, [a.id, 999])
    with pytest.raises(InvalidInput):
        service.create_group(ctx, "各县（市、区）人民政府")


def test_names_sort_by_pinyin(ctx: Context) -> None:
    for name in ("重庆路街道", "云川市司法局", "安平县人民政府"):
        factories.make_unit(ctx, name)
    page = queries.unit_page(ctx.session, on=TODAY, limit=2)
    assert [unit.name for unit in page] == ["安平县人民政府", "重庆路街道"]
    last = page[-1]
    rest = queries.unit_page(ctx.session, on=TODAY, after=(last.pinyin_key, last.id))
    assert [unit.name for unit in rest] == ["云川市司法局"]


def test_a_post_begins_and_ends(ctx: Context, clock: FixedClock) -> None:
    unit = factories.make_unit(ctx)
    person = service.create_person(ctx, "周敏")
    post = service.appoint(ctx, person.id, unit.id, Role.HEAD, on=TODAY + timedelta(days=1))
    assert accounts.actor_for(ctx.session, person.id, TODAY).posts == frozenset()
    clock.move(days=1)
    today = local_date(clock.now())
    assert accounts.actor_for(ctx.session, person.id, today).posts == {(unit.id, Role.HEAD)}
    with pytest.raises(RuleViolation):
        service.appoint(ctx, person.id, unit.id, Role.HEAD)
    service.dismiss(ctx, post.id)
    assert accounts.actor_for(ctx.session, person.id, today).posts == frozenset()
    with pytest.raises(RuleViolation):
        service.dismiss(ctx, post.id)


def test_nobody_joins_two_administrations(ctx: Context) -> None:
    unit = factories.make_unit(ctx)
    admin = factories.make_person(ctx, unit, Role.SYSTEM_ADMIN)
    assert admin.person_id is not None
    with pytest.raises(RuleViolation):
        service.appoint(ctx, admin.person_id, unit.id, Role.AUDIT_ADMIN)


def test_delegation_lends_business_posts_for_its_days(ctx: Context) -> None:
    unit = factories.make_unit(ctx)
    away = factories.make_person(ctx, unit, Role.HEAD)
    deputy = factories.make_person(ctx, unit, Role.REPORTER)
    third = factories.make_person(ctx, unit, Role.REPORTER)
    assert away.person_id is not None
    assert deputy.person_id is not None
    assert third.person_id is not None
    service.delegate(ctx, away.person_id, deputy.person_id, start_on=TODAY, end_on=TODAY + timedelta(days=2))
    service.delegate(ctx, deputy.person_id, third.person_id, start_on=TODAY, end_on=TODAY)

    def posts(person_id: int, on: date) -> set[Role]:
        return {role for _, role in accounts.actor_for(ctx.session, person_id, on).posts}

    assert posts(deputy.person_id, TODAY) == {Role.HEAD, Role.REPORTER}
    assert posts(deputy.person_id, TODAY + timedelta(days=2)) == {Role.HEAD, Role.REPORTER}
    assert posts(deputy.person_id, TODAY + timedelta(days=3)) == {Role.REPORTER}
    assert posts(third.person_id, TODAY) == {Role.REPORTER}
    told = [p.id for p in queries.holders(ctx.session, unit.id, Role.HEAD, TODAY)]
    assert set(told) == {away.person_id, deputy.person_id}


def test_administration_is_never_delegated(ctx: Context) -> None:
    unit = factories.make_unit(ctx)
    admin = factories.make_person(ctx, unit, Role.AUDIT_ADMIN)
    other = factories.make_person(ctx, unit, Role.REPORTER)
    assert admin.person_id is not None
    assert other.person_id is not None
    service.delegate(ctx, admin.person_id, other.person_id, start_on=TODAY, end_on=TODAY)
    assert not accounts.actor_for(ctx.session, other.person_id, TODAY).holds(Role.AUDIT_ADMIN)


@pytest.mark.parametrize(
    ("start", "end"), [(TODAY, TODAY - timedelta(days=1)), (date(2026, 1, 1), date(2026, 2, 1))]
)
def test_a_delegation_has_days_ahead(ctx: Context, start: date, end: date) -> None:
    one, two = (factories.make_person(ctx).person_id for _ in range(2))
    assert one is not None
    assert two is not None
    with pytest.raises(InvalidInput):
        service.delegate(ctx, one, two, start_on=start, end_on=end)


#: Who may do what to the directory; a business role may nothing of it.
MAY: dict[str, Role] = {
    "create_unit": Role.SYSTEM_ADMIN,
    "rename_unit": Role.SYSTEM_ADMIN,
    "add_alias": Role.SYSTEM_ADMIN,
    "create_group": Role.SYSTEM_ADMIN,
    "create_person": Role.SYSTEM_ADMIN,
    "create_account": Role.SYSTEM_ADMIN,
    "disable_account": Role.SYSTEM_ADMIN,
    "reset_password": Role.SYSTEM_ADMIN,
    "appoint": Role.SECURITY_ADMIN,
    "delegate": Role.SECURITY_ADMIN,
}


@pytest.mark.parametrize("role", list(Role))
def test_who_may_change_the_directory(make_ctx: MakeCtx, role: Role) -> None:
    system = make_ctx()
    unit = factories.make_unit(system)
    someone = factories.make_person(system, unit, Role.REPORTER)
    account = factories.make_account(system, someone)
    nameless = factories.make_person(system)
    assert someone.person_id is not None
    assert nameless.person_id is not None
    ctx = make_ctx(factories.make_person(system, unit, role))
    act: dict[str, Callable[[], object]] = {
        "create_unit": lambda: service.create_unit(ctx, name="新单位", level=UnitLevel.CITY),
        "rename_unit": lambda: service.rename_unit(ctx, unit.id, name="新名称"),
        "add_alias": lambda: service.add_alias(ctx, unit.id, "别名"),
        "create_group": lambda: service.create_group(ctx, "组"),
        "create_person": lambda: service.create_person(ctx, "某人"),
        "create_account": lambda: accounts.create_account(ctx, nameless.person_id or 0, "new.login", "x"),
        "disable_account": lambda: accounts.disable_account(ctx, account.id),
        "reset_password": lambda: accounts.reset_password(ctx, account.id, "x"),
        "appoint": lambda: service.appoint(ctx, someone.person_id or 0, unit.id, Role.HEAD),
        "delegate": lambda: service.delegate(
            ctx, someone.person_id or 0, nameless.person_id or 0, start_on=TODAY, end_on=TODAY
        ),
    }
    done = set()
    for verb in MAY:
        attempt = ctx.session.begin_nested()
        try:
            act[verb]()
            done.add(verb)
        except AccessDenied:
            pass
        attempt.rollback()
    assert done == {verb for verb, allowed in MAY.items() if allowed is role}


def test_one_may_delegate_ones_own_posts(make_ctx: MakeCtx) -> None:
    system = make_ctx()
    unit = factories.make_unit(system)
    head, deputy = (factories.make_person(system, unit, Role.HEAD) for _ in range(2))
    assert head.person_id is not None
    assert deputy.person_id is not None
    service.delegate(make_ctx(head), head.person_id, deputy.person_id, start_on=TODAY, end_on=TODAY)
    with pytest.raises(InvalidInput):
        service.delegate(make_ctx(head), head.person_id, head.person_id, start_on=TODAY, end_on=TODAY)


@pytest.mark.parametrize("name", ["", "  ", "市" * 201])
def test_a_name_is_neither_empty_nor_endless(ctx: Context, name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        service.create_unit(ctx, name=name, level=UnitLevel.CITY)
    assert caught.value.field == "name"
    assert ctx.session.scalar(select(Unit.id)) is None


def test_what_is_missing_is_not_found(ctx: Context) -> None:
    with pytest.raises(NotFound):
        service.rename_unit(ctx, 99, name="新名称")
    with pytest.raises(NotFound):
        accounts.actor_for(ctx.session, 99, TODAY)
    with pytest.raises(InvalidInput):
        service.create_unit(ctx, name="某局", level=UnitLevel.CITY, parent_id=99)


def test_system_actor_is_no_person(ctx: Context) -> None:
    assert Actor.system("x").is_system
    assert not factories.make_person(ctx).is_system
