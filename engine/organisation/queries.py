"""Reads on units, people and posts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from engine.context import Role
from engine.organisation.credentials import Account
from engine.organisation.models import (
    Delegation,
    Person,
    Post,
    Unit,
    UnitAlias,
    UnitGroup,
    UnitGroupMember,
    UnitSuccession,
)
from engine.organisation.rules import ADMIN_ROLES
from engine.writes import concerning


def below(unit_ids: Collection[int]) -> Select[int]:
    """Ids of all units under the given ones, without these: for relations such as SUPERIOR_OF."""
    above = aliased(Unit)
    return (
        select(Unit.id)
        .join(above, and_(Unit.path.like(above.path + "%"), Unit.id != above.id))
        .where(above.id.in_(unit_ids))
    )


def posts_of(session: Session, person_id: int, on: date) -> Sequence[Post]:
    """The posts that the person holds on the day, without delegated ones."""
    return session.scalars(
        select(Post).where(Post.person_id == person_id, _holds(on)).order_by(Post.id)
    ).all()


def posts_from(session: Session, person_id: int, on: date) -> Sequence[Post]:
    """The posts that the person holds on the day or on any day after it, without delegated ones."""
    lasting = or_(Post.effective_to.is_(None), Post.effective_to > on)
    return session.scalars(select(Post).where(Post.person_id == person_id, lasting).order_by(Post.id)).all()


def acting_posts(session: Session, person_id: int, on: date) -> frozenset[tuple[int, Role]]:
    """(unit id, role) of own and delegated posts on the day; administrators' posts are never delegated, and
    administrators act through no delegation."""
    givers = select(Delegation.from_person_id).where(
        Delegation.to_person_id == person_id, Delegation.start_on <= on, Delegation.end_on >= on
    )
    own = Post.person_id == person_id
    lent = and_(Post.person_id.in_(givers), Post.role.not_in(ADMIN_ROLES))
    rows = session.execute(
        select(Post.unit_id, Post.role, Post.person_id).where(_holds(on), or_(own, lent))
    ).all()
    administrates = any(role in ADMIN_ROLES for _, role, _ in rows)
    return frozenset(
        (unit_id, Role(role)) for unit_id, role, holder in rows if holder == person_id or not administrates
    )


def holders(session: Session, unit_id: int, role: Role, on: date) -> Sequence[Person]:
    """Who fills the role at the unit on the day: holders and, where delegated, their deputies."""
    held = select(Post.person_id).where(Post.unit_id == unit_id, Post.role == role, _holds(on))
    deputies = select(Delegation.to_person_id).where(
        Delegation.from_person_id.in_(held), Delegation.start_on <= on, Delegation.end_on >= on
    )
    who = Person.id.in_(held) if role in ADMIN_ROLES else or_(Person.id.in_(held), Person.id.in_(deputies))
    return session.scalars(select(Person).where(who).order_by(Person.pinyin_key, Person.id)).all()


def units_by_id(session: Session, ids: Iterable[int]) -> dict[int, Unit]:
    wanted = set(ids)
    return (
        {unit.id: unit for unit in session.scalars(select(Unit).where(Unit.id.in_(wanted)))} if wanted else {}
    )


def lines(session: Session, unit_ids: Collection[int]) -> dict[int, list[int]]:
    """The ids from the root down to each unit, itself last. One SELECT."""
    found = concerning(select(Unit.id, Unit.path).where(Unit.id.in_(unit_ids)), Unit)
    return {id: [int(part) for part in path.split("/") if part] for id, path in session.execute(found)}


def unit_page(
    session: Session, *, on: date, after: tuple[str, int] | None = None, limit: int = 50, search: str = ""
) -> Sequence[Unit]:
    """Units that exist on the day in pinyin order, after the (pinyin key, id) of the last one seen."""
    query = select(Unit).where(
        Unit.effective_from <= on, or_(Unit.effective_to.is_(None), Unit.effective_to > on)
    )
    if search:
        query = query.where(
            or_(
                Unit.name.contains(search, autoescape=True), Unit.short_name.contains(search, autoescape=True)
            )
        )
    if after is not None:
        key, id = after
        query = query.where(or_(Unit.pinyin_key > key, and_(Unit.pinyin_key == key, Unit.id > id)))
    return session.scalars(query.order_by(Unit.pinyin_key, Unit.id).limit(limit)).all()


def group_members(session: Session, group_id: int) -> Sequence[Unit]:
    members = select(UnitGroupMember.unit_id).where(UnitGroupMember.group_id == group_id)
    return session.scalars(select(Unit).where(Unit.id.in_(members)).order_by(Unit.pinyin_key, Unit.id)).all()


def groups(session: Session) -> Sequence[UnitGroup]:
    return session.scalars(select(UnitGroup).order_by(UnitGroup.name)).all()


def people_of(session: Session, unit_id: int, on: date) -> Sequence[tuple[Person, Post]]:
    """Who holds which post at the unit on the day."""
    query = (
        select(Person, Post)
        .join(Post, Post.person_id == Person.id)
        .where(Post.unit_id == unit_id, _holds(on))
        .order_by(Person.pinyin_key, Post.id)
    )
    return [(person, post) for person, post in session.execute(query)]


def children(session: Session, parent_ids: Collection[int], on: date, *, limit: int = 500) -> Sequence[Unit]:
    """Units right under the given ones on the day, in pinyin order."""
    under = select(Unit).where(Unit.parent_id.in_(parent_ids), _exists(on))
    return session.scalars(under.order_by(Unit.pinyin_key, Unit.id).limit(limit)).all()


def roots(session: Session, on: date, *, limit: int = 100) -> Sequence[Unit]:
    """Units without a superior on the day."""
    top = select(Unit).where(Unit.parent_id.is_(None), _exists(on))
    return session.scalars(top.order_by(Unit.pinyin_key, Unit.id).limit(limit)).all()


def counts(session: Session, unit_ids: Collection[int], on: date) -> Mapping[int, tuple[int, int]]:
    """(units right under it, people in its posts) of each unit. Two statements."""
    below_each = dict.fromkeys(unit_ids, 0)
    rows = select(Unit.parent_id, func.count()).where(Unit.parent_id.in_(unit_ids), _exists(on))
    for parent_id, n in session.execute(rows.group_by(Unit.parent_id)):
        below_each[parent_id or 0] = n
    people = dict.fromkeys(unit_ids, 0)
    held = select(Post.unit_id, func.count(Post.person_id.distinct())).where(
        Post.unit_id.in_(unit_ids), _holds(on)
    )
    for unit_id, n in session.execute(held.group_by(Post.unit_id)):
        people[unit_id] = n
    return {id: (below_each[id], people[id]) for id in unit_ids}


def above(session: Session, unit: Unit) -> Sequence[Unit]:
    """The way from the root down to the unit, without it."""
    ids = [int(part) for part in unit.path.split("/") if part][:-1]
    found = units_by_id(session, ids)
    return [found[id] for id in ids]


def named(session: Session, written: str, on: date) -> Sequence[Unit]:
    """Units of the day that are written exactly so: by name, else by short name or alias."""
    by_name = session.scalars(select(Unit).where(Unit.name == written, _exists(on))).all()
    if by_name:
        return by_name
    aliases = select(UnitAlias.unit_id).where(UnitAlias.alias == written)
    other = or_(Unit.short_name == written, Unit.id.in_(aliases))
    return session.scalars(select(Unit).where(other, _exists(on)).order_by(Unit.id)).all()


def aliases_of(session: Session, unit_id: int) -> Sequence[str]:
    return session.scalars(
        select(UnitAlias.alias).where(UnitAlias.unit_id == unit_id).order_by(UnitAlias.id)
    ).all()


def successions_of(session: Session, unit_id: int) -> Sequence[UnitSuccession]:
    """What became of the unit, and what it came from, oldest first."""
    part = or_(UnitSuccession.from_unit_id == unit_id, UnitSuccession.to_unit_id == unit_id)
    return session.scalars(
        select(UnitSuccession).where(part).order_by(UnitSuccession.succeeded_on, UnitSuccession.id)
    ).all()


def groups_of(session: Session, unit_id: int) -> Sequence[UnitGroup]:
    joined = select(UnitGroup).join(UnitGroupMember, UnitGroupMember.group_id == UnitGroup.id)
    return session.scalars(joined.where(UnitGroupMember.unit_id == unit_id).order_by(UnitGroup.name)).all()


def people_page(
    session: Session, *, after: tuple[str, int] | None = None, limit: int = 50, search: str = ""
) -> Sequence[Person]:
    """People in pinyin order, after the (pinyin key, id) of the last one seen."""
    query = select(Person)
    if search:
        query = query.where(Person.name.contains(search, autoescape=True))
    if after is not None:
        key, id = after
        query = query.where(or_(Person.pinyin_key > key, and_(Person.pinyin_key == key, Person.id > id)))
    return session.scalars(query.order_by(Person.pinyin_key, Person.id).limit(limit)).all()


def posts_with_units(
    session: Session, person_ids: Collection[int], on: date | None = None
) -> Mapping[int, Sequence[tuple[Post, Unit]]]:
    """Posts of each person, those of a day or all that ever were, oldest first."""
    query = select(Post, Unit).join(Unit, Unit.id == Post.unit_id).where(Post.person_id.in_(person_ids))
    if on is not None:
        query = query.where(_holds(on))
    found: dict[int, list[tuple[Post, Unit]]] = {id: [] for id in person_ids}
    for post, unit in session.execute(query.order_by(Post.effective_from, Post.id)):
        found[post.person_id].append((post, unit))
    return found


def accounts_of(session: Session, person_ids: Collection[int]) -> Mapping[int, Account]:
    """By person id; who has none is missing."""
    query = select(Account).where(Account.person_id.in_(person_ids))
    return {account.person_id: account for account in session.scalars(query)}


def _exists(on: date) -> ColumnElement[bool]:
    return and_(Unit.effective_from <= on, or_(Unit.effective_to.is_(None), Unit.effective_to > on))


def _holds(on: date) -> ColumnElement[bool]:
    return and_(Post.effective_from <= on, or_(Post.effective_to.is_(None), Post.effective_to > on))
