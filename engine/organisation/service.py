"""The verbs on units, groups, people and posts. Accounts have their own file.

Who keeps the directory (system administrator) is not who grants posts (security administrator).
"""

from collections.abc import Iterable
from datetime import date
from typing import TypeVar

from sqlalchemy import delete, select

from engine import audit, permissions
from engine.clock import local_date
from engine.context import Context, Role
from engine.errors import InvalidInput, NotFound, RuleViolation
from engine.organisation import queries, rules
from engine.organisation.models import (
    Delegation,
    Person,
    Post,
    SuccessionKind,
    Unit,
    UnitAlias,
    UnitGroup,
    UnitGroupMember,
    UnitKind,
    UnitLevel,
    UnitSuccession,
)
from engine.organisation.names import pinyin_key
from engine.permissions import Permission

STREAM = "organisation"
R = TypeVar("R", Unit, UnitGroup, Person, Post)


def create_unit(
    ctx: Context,
    *,
    name: str,
    level: UnitLevel,
    kind: UnitKind = UnitKind.DEPARTMENT,
    short_name: str | None = None,
    parent_id: int | None = None,
    aliases: Iterable[str] = (),
    effective_from: date | None = None,
) -> Unit:
    """A new unit under its parent. Without a day it exists from today on."""
    permissions.require(ctx, Permission.ORGANISATION_MANAGE)
    name = rules.clean_name(name)
    parent = ctx.session.get(Unit, parent_id) if parent_id is not None else None
    if parent_id is not None and parent is None:
        raise InvalidInput("organisation.parent_missing", "没有找到上级单位", field="parent_id")
    unit = Unit(
        name=name,
        short_name=rules.clean_name(short_name or name, field="short_name", longest=100),
        level=UnitLevel(level),
        kind=UnitKind(kind),
        parent_id=parent_id,
        path="",
        pinyin_key=pinyin_key(name),
        effective_from=effective_from or local_date(ctx.clock.now()),
    )
    ctx.session.add(unit)
    ctx.session.flush()
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
    ctx.session.add_all(UnitAlias(unit_id=unit.id, alias=alias) for alias in dict.fromkeys(aliases))
    ctx.session.flush()
    audit.record(ctx, STREAM, "unit.created", ("unit", unit.id), name=name, parent_id=parent_id)
    return unit


def rename_unit(
    ctx: Context, unit_id: int, *, name: str, short_name: str | None = None, on: date | None = None
) -> Unit:
    """The same unit under a new name; the former name stays as an alias and in the succession."""
    permissions.require(ctx, Permission.ORGANISATION_MANAGE)
    unit = _locked(ctx, Unit, unit_id)
    name, former = rules.clean_name(name), unit.name
    if name == former:
        raise RuleViolation("organisation.same_name", "新名称与现名称相同")
    on = on or local_date(ctx.clock.now())
    unit.name, unit.pinyin_key, unit.version = name, pinyin_key(name), unit.version + 1
    unit.short_name = rules.clean_name(short_name or name, field="short_name", longest=100)
    add_alias(ctx, unit_id, former)
    if not ctx.session.scalar(
        select(UnitSuccession.id).where(
            UnitSuccession.from_unit_id == unit_id,
            UnitSuccession.to_unit_id == unit_id,
            UnitSuccession.succeeded_on == on,
        )
    ):
        ctx.session.add(
            UnitSuccession(
                from_unit_id=unit_id,
                to_unit_id=unit_id,
                succeeded_on=on,
                kind=SuccessionKind.RENAMED,
                former_name=former,
            )
        )
    ctx.session.flush()
    audit.record(ctx, STREAM, "unit.renamed", ("unit", unit_id), former=former, name=name, on=on.isoformat())
    return unit


def add_alias(ctx: Context, unit_id: int, alias: str) -> None:
    """Another writing of the unit; adding it twice changes nothing."""
    permissions.require(ctx, Permission.ORGANISATION_MANAGE)
    alias = rules.clean_name(alias, field="alias")
    _locked(ctx, Unit, unit_id)
    known = select(UnitAlias.id).where(UnitAlias.unit_id == unit_id, UnitAlias.alias == alias)
    if ctx.session.scalar(known) is None:
        ctx.session.add(UnitAlias(unit_id=unit_id, alias=alias))
        ctx.session.flush()
        audit.record(ctx, STREAM, "unit.alias_added", ("unit", unit_id), alias=alias)


def create_group(ctx: Context, name: str, unit_ids: Iterable[int] = ()) -> UnitGroup:
    permissions.require(ctx, Permission.ORGANISATION_MANAGE)
    name = rules.clean_name(name)
    if ctx.session.scalar(select(UnitGroup.id).where(UnitGroup.name == name)):
        raise InvalidInput("organisation.group_exists", "已有同名单位组", field="name")
    group = UnitGroup(name=name)
    ctx.session.add(group)
    ctx.session.flush()
    audit.record(ctx, STREAM, "unit_group.created", ("unit_group", group.id), name=name)
    set_members(ctx, group.id, unit_ids)
    return group


def set_members(ctx: Context, group_id: int, unit_ids: Iterable[int]) -> None:
    """Exactly these units form the group from now on."""
    permissions.require(ctx, Permission.ORGANISATION_MANAGE)
    group = _locked(ctx, UnitGroup, group_id)
    wanted = list(dict.fromkeys(unit_ids))
    found = set(ctx.session.scalars(select(Unit.id).where(Unit.id.in_(wanted))))
    if found != set(wanted):
        raise InvalidInput("organisation.unit_missing", "所选单位不存在", field="unit_ids")
    ctx.session.execute(delete(UnitGroupMember).where(UnitGroupMember.group_id == group.id))
    ctx.session.add_all(UnitGroupMember(group_id=group.id, unit_id=unit_id) for unit_id in wanted)
    ctx.session.flush()
    audit.record(ctx, STREAM, "unit_group.members_set", ("unit_group", group_id), unit_ids=wanted)


def create_person(
    ctx: Context, name: str, *, phone: str | None = None, email: str | None = None, language: str = "zh"
) -> Person:
    permissions.require(ctx, Permission.ORGANISATION_MANAGE)
    name = rules.clean_name(name, longest=100)
    if email and "@" not in email:
        raise InvalidInput("organisation.email", "电子邮箱格式不正确", field="email")
    if language not in ("zh", "en"):
        raise InvalidInput("organisation.language", "没有这种语言", field="language")
    person = Person(
        name=name, phone=phone or None, email=email or None, language=language, pinyin_key=pinyin_key(name)
    )
    ctx.session.add(person)
    ctx.session.flush()
    audit.record(ctx, STREAM, "person.created", ("person", person.id), name=name)
    return person


def appoint(
    ctx: Context,
    person_id: int,
    unit_id: int,
    role: Role,
    *,
    title: str | None = None,
    on: date | None = None,
) -> Post:
    """The person holds the role at the unit from the day on (today when none is given)."""
    permissions.require(ctx, Permission.ORGANISATION_APPOINT)
    person = _locked(ctx, Person, person_id)
    unit = ctx.session.get(Unit, unit_id)
    if unit is None:
        raise NotFound()
    on = on or local_date(ctx.clock.now())
    # Also posts that begin later: with a day in the past or ahead nobody gets around 三权分立.
    held = queries.posts_from(ctx.session, person_id, on)
    rules.check_roles_compatible([post.role for post in held], role)
    if any(post.unit_id == unit_id and post.role == role for post in held):
        raise RuleViolation("organisation.already_appointed", "{name}已担任该岗位", name=person.name)
    post = Post(person_id=person_id, unit_id=unit_id, role=Role(role), title=title, effective_from=on)
    ctx.session.add(post)
    ctx.session.flush()
    audit.record(
        ctx,
        STREAM,
        "post.appointed",
        ("person", person_id),
        unit_id=unit_id,
        role=str(role),
        on=on.isoformat(),
    )
    return post


def dismiss(ctx: Context, post_id: int, *, on: date | None = None) -> None:
    """The post ends: from ``on`` (today) it grants nothing any more."""
    permissions.require(ctx, Permission.ORGANISATION_APPOINT)
    post = _locked(ctx, Post, post_id)
    if post.effective_to is not None:
        raise RuleViolation("organisation.already_dismissed", "该岗位已经免去")
    post.effective_to = max(on or local_date(ctx.clock.now()), post.effective_from)
    ctx.session.flush()
    audit.record(
        ctx,
        STREAM,
        "post.dismissed",
        ("person", post.person_id),
        unit_id=post.unit_id,
        role=post.role,
        on=post.effective_to.isoformat(),
    )


def delegate(
    ctx: Context, from_person_id: int, to_person_id: int, *, start_on: date, end_on: date
) -> Delegation:
    """Posts of one person also act through another, both days included. People delegate only their own."""
    if ctx.actor.person_id != from_person_id:
        permissions.require(ctx, Permission.ORGANISATION_APPOINT)
    _locked(ctx, Person, from_person_id)
    if ctx.session.get(Person, to_person_id) is None:
        raise InvalidInput("organisation.person_missing", "没有找到受托人", field="to_person_id")
    if from_person_id == to_person_id:
        raise InvalidInput("organisation.delegate_self", "不得委托给本人", field="to_person_id")
    rules.check_span(start_on, end_on, local_date(ctx.clock.now()))
    delegation = Delegation(
        from_person_id=from_person_id, to_person_id=to_person_id, start_on=start_on, end_on=end_on
    )
    ctx.session.add(delegation)
    ctx.session.flush()
    audit.record(
        ctx,
        STREAM,
        "delegation.granted",
        ("person", from_person_id),
        to_person_id=to_person_id,
        start_on=start_on.isoformat(),
        end_on=end_on.isoformat(),
    )
    return delegation


def _locked(ctx: Context, model: type[R], id: int) -> R:
    row = ctx.session.scalar(select(model).where(model.id == id).with_for_update())
    if row is None:
        raise NotFound()
    return row
